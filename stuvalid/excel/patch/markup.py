"""Finding places in XML and changing them there, so that every byte not meant stays as it was.

A tree would be ten times slower and would lose prefixes, order, blanks and comments. What makes scanning
safe is well-formedness: ``<`` never occurs inside an attribute value, and comments and CDATA, the only
places where something could look like a tag without being one, are blanked in the scanned copy.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from stuvalid.errors import UnreadableFile

# The inside of a tag up to its ">". No "<" is allowed, so a broken file cannot make matching quadratic.
INSIDE = rb"""[^"'<>]*(?:"[^"<]*"[^"'<>]*|'[^'<]*'[^"'<>]*)*"""
_TAG = re.compile(rb"<(/?)([^\s/>!?\"'=<]+)((?=[\s/>])" + INSIDE + rb")>")
_NOT_MARKUP = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_ATTRIBUTE = re.compile(rb"""([^\s="'/<>]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ASCII_COMPATIBLE = {"utf-8", "ascii"}
_KNOWN_ENCODINGS = _ASCII_COMPATIBLE | {
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "iso8859-1",
    "cp1252",
    "gb2312",
    "gbk",
    "gb18030",
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element's place: ``start`` … ``tag_end`` is its start tag, ``inner_end`` … ``end`` its end tag."""

    name: bytes
    start: int
    tag_end: int
    inner_end: int
    end: int

    @property
    def empty(self) -> bool:
        """Written as ``<name/>``."""
        return self.inner_end == self.end == self.tag_end


@dataclass(slots=True)
class Splices:
    """Replacements by offset, applied together; the offsets are those of the unchanged text."""

    _items: list[tuple[int, int, int, bytes]] = field(default_factory=list)

    def replace(self, start: int, end: int, text: bytes) -> None:
        """``[start, end)`` becomes ``text``; insertions at one place keep the order they were given in."""
        self._items.append((start, end, len(self._items), text))

    def insert(self, at: int, text: bytes) -> None:
        self.replace(at, at, text)

    def __bool__(self) -> bool:
        return bool(self._items)

    def applied(self, xml: bytes) -> bytes:
        pieces = []
        position = 0
        for start, end, _, text in sorted(self._items):
            if start < position:
                raise ValueError("overlapping changes")
            pieces += [xml[position:start], text]
            position = end
        pieces.append(xml[position:])
        return b"".join(pieces)


class Markup:
    """One XML part, ready to be searched and spliced.

    Raises UnreadableFile for a DOCTYPE (entities are how small files grow without end), an encoding no
    spreadsheet program writes, or a text without a root element.
    """

    def __init__(self, data: bytes, part: str) -> None:
        self.part = part
        self.xml = _as_utf8(data, part)
        self.shadow = _masked(self.xml)
        self._open_root()
        if b"<!DOCTYPE" in self.shadow:
            raise _broken(part, "它含有 DOCTYPE 声明", "it has a DOCTYPE", reason="hostile")
        self.splices = Splices()
        opening = _TAG.search(self.shadow)
        if opening is None or opening[1]:
            raise _broken(part, "它不是 XML", "it is not XML")
        name = opening[2]
        closing = self.shadow.rfind(b"</" + name)
        end = self.shadow.find(b">", closing) + 1
        if closing < opening.end() or end == 0:
            raise _broken(part, "它不完整", "it is truncated")
        self.root = Element(name, opening.start(), opening.end(), closing, end)
        head, colon, _ = name.rpartition(b":")
        self.prefix = head + colon

    def _open_root(self) -> None:
        """``<root/>`` becomes ``<root></root>``, so that several things can be appended to it."""
        found = _TAG.search(self.shadow)
        if found is not None and found[3].endswith(b"/"):
            whole = found[0][:-2].rstrip() + b"></" + found[2] + b">"
            self.xml = self.shadow = self.xml[: found.start()] + whole

    @property
    def changed(self) -> bool:
        return bool(self.splices)

    def render(self) -> bytes:
        return self.splices.applied(self.xml)

    def tag(self, element: Element) -> bytes:
        """The start tag as written."""
        return self.xml[element.start : element.tag_end]

    def children(self, parent: Element) -> Iterator[Element]:
        """Direct children of ``parent``, in order."""
        return self.children_between(parent.tag_end, parent.inner_end)

    def children_between(self, start: int, end: int) -> Iterator[Element]:
        """The outermost elements that begin in ``[start, end)``; the names lose the root's own prefix."""
        depth = 0
        opened: re.Match[bytes] | None = None
        for found in _TAG.finditer(self.shadow, start, end):
            if found[1]:
                depth -= 1
                if depth == 0 and opened is not None:
                    yield self._element(opened, found.start(), found.end())
            elif found[3].endswith(b"/"):
                if depth == 0:
                    yield self._element(found, found.end(), found.end())
            else:
                if depth == 0:
                    opened = found
                depth += 1

    def child(self, parent: Element, name: bytes) -> Element | None:
        """The first direct child of that name."""
        return next((child for child in self.children(parent) if child.name == name), None)

    def descendants(self, name: bytes, start: int = 0, end: int | None = None) -> Iterator[re.Match[bytes]]:
        """Start tags of ``name`` (root's prefix) at any depth; match span = the tag."""
        return tag_pattern(self.prefix + name).finditer(self.shadow, start, len(self.shadow) if end is None else end)

    def append_inside(self, parent: Element, text: bytes) -> None:
        """Insert ``text`` as the last child of ``parent``."""
        if parent.empty:
            opening = self.tag(parent)[:-2].rstrip() + b">"
            full = self._full_name(parent)
            self.splices.replace(parent.start, parent.end, opening + text + b"</" + full + b">")
        else:
            self.splices.insert(parent.inner_end, text)

    def retag(self, element: Element, **attributes: str | None) -> None:
        """Set (or with None drop) attributes in the element's start tag."""
        tag = self.tag(element)
        for name, value in attributes.items():
            tag = with_attribute(tag, name.encode(), value)
        self.splices.replace(element.start, element.tag_end, tag)

    def _element(self, opening: re.Match[bytes], inner_end: int, end: int) -> Element:
        name = opening[2]
        if self.prefix and name.startswith(self.prefix):
            name = name[len(self.prefix) :]
        return Element(name, opening.start(), opening.end(), inner_end, end)

    def _full_name(self, element: Element) -> bytes:
        found = _TAG.match(self.shadow, element.start)
        return found[2] if found else element.name


@lru_cache(maxsize=64)
def tag_pattern(name: bytes) -> re.Pattern[bytes]:
    """Matches one start tag of that full name."""
    return re.compile(rb"<" + re.escape(name) + rb"(?=[\s/>])" + INSIDE + rb">")


@lru_cache(maxsize=64)
def _attribute_pattern(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(\s)" + re.escape(name) + rb"""\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")


def attribute(tag: bytes, name: bytes) -> str | None:
    """The value of one attribute of a start tag, references resolved."""
    found = _attribute_pattern(name).search(tag)
    if found is None:
        return None
    return unescape((found[2] if found[2] is not None else found[3]).decode("utf-8", "replace"))


def attribute_span(xml: bytes, name: bytes, start: int, tag_end: int) -> tuple[int, int] | None:
    """Where one attribute is written (with the blank before it) in the tag ``[start, tag_end)``."""
    found = _attribute_pattern(name).search(xml, start, tag_end)
    return found.span() if found else None


def attributes(tag: bytes) -> dict[str, str]:
    """All attributes of a start tag, by the name they are written with."""
    return {
        found[1].decode("utf-8", "replace"): unescape(
            (found[2] if found[2] is not None else found[3]).decode("utf-8", "replace")
        )
        for found in _ATTRIBUTE.finditer(tag)
    }


def with_attribute(tag: bytes, name: bytes, value: str | None) -> bytes:
    """The start tag with one attribute set, replaced, or (None) dropped."""
    found = _attribute_pattern(name).search(tag)
    written = b"" if value is None else name + b'="' + escape_attribute(value) + b'"'
    if found is not None:
        lead = found[1] if written else b""
        return tag[: found.start()] + lead + written + tag[found.end() :]
    if not written:
        return tag
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + b" " + written + tag[end:]


def number(tag: bytes, name: bytes, default: int) -> int:
    """An attribute as a non-negative integer; ``default`` when absent or not one."""
    text = attribute(tag, name)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else default


def is_true(tag: bytes, name: bytes) -> bool:
    return attribute(tag, name) in {"1", "true"}


def unescape(text: str) -> str:
    if "&" not in text:
        return text
    return _REFERENCE.sub(_resolve, text)


def _resolve(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if code <= 0x10FFFF else "�"


# What XML 1.0 cannot carry is written as Excel writes it; a text that already looks so is protected.
_UNCARRIED = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]")
_NOT_PLAIN = re.compile(r"[\x00-\x08\x0b-\x1f&<>\ud800-\udfff\ufffe\uffff]|_x")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def cell_text(text: str) -> bytes:
    """A cell's text as content of ``<t>``: markup escaped, control characters as ``_x000B_``."""
    if _NOT_PLAIN.search(text) is None:
        return text.encode()
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    text = _UNCARRIED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return escape(text)


def escape(text: str) -> bytes:
    """Text as element content; characters XML cannot carry become U+FFFD."""
    text = _UNCARRIED.sub("\ufffd", _LONE_SURROGATE.sub("\ufffd", text)) if _needs_care(text) else text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def _needs_care(text: str) -> bool:
    return _UNCARRIED.search(text) is not None or _LONE_SURROGATE.search(text) is not None


def escape_attribute(text: str) -> bytes:
    """Text as an attribute's value in double quotes; tabs and line breaks survive."""
    plain = escape(text).replace(b'"', b"&quot;")
    return plain.replace(b"\t", b"&#9;").replace(b"\n", b"&#10;")


def _masked(xml: bytes) -> bytes:
    if b"<!--" not in xml and b"<![CDATA[" not in xml and xml.find(b"<?", 2) < 0:
        return xml
    return _NOT_MARKUP.sub(lambda found: b" " * len(found[0]), xml)


def _as_utf8(data: bytes, part: str) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[:1] == b"\0" or data[1:2] == b"\0":
        encoding = "utf-16-le" if data[0] else "utf-16-be"
    else:
        body = data[3:] if data.startswith(codecs.BOM_UTF8) else data
        declared = _DECLARED.match(body)
        encoding = _codec(declared[1].decode()) if declared else "utf-8"
    if encoding not in _KNOWN_ENCODINGS:
        raise _broken(part, f"它用了无法识别的编码 {encoding}", f"its encoding {encoding} is unknown")
    if encoding == "utf-8":
        return data
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        raise _broken(part, "它的文字编码有误", "its text is not in the encoding it declares") from error
    return re.sub(r'(<\?xml[^>]*?encoding\s*=\s*["\'])[^"\']*', r"\g<1>UTF-8", text, count=1).encode()


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return name.lower()


def _broken(part: str, zh: str, en: str, *, reason: str = "corrupt") -> UnreadableFile:
    return UnreadableFile(
        f"工作簿内部的 {part} 无法处理：{zh}。",
        f"{part} inside the workbook cannot be processed: {en}.",
        reason=reason,
        mend_zh="请用 Excel 或 WPS 打开后另存一份再试。",
        mend_en="Open it in Excel or WPS, save a copy and try that.",
    )


def broken_part(part: str, zh: str, en: str) -> UnreadableFile:
    """The error for a part whose structure is not what the standard says."""
    return _broken(part, zh, en)
