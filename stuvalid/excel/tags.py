"""Small, safe look-ups in XML parts without building a tree: tags by local name, attributes, text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html import unescape as _html_unescape

from stuvalid.excel.refusals import refusal

_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENTITIES = re.compile(r"(?:&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);){1,64}")
_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PROLOG = 4096


def as_utf8(data: bytes) -> bytes:
    """An XML part as UTF-8 without a mark; a document type, the root of all XML bombs, is refused."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            data = data[len(mark) :]
            if encoding != "utf-8":
                data = data.decode(encoding, "replace").encode("utf-8", "replace")
            break
    else:
        data = _transcoded(data)
    forbid_doctype(data)
    return data


def _transcoded(data: bytes) -> bytes:
    if data[:2] in {b"<\x00", b"\x00<"}:
        encoding = "utf-16-le" if data[0] else "utf-16-be"
        return data.decode(encoding, "replace").encode("utf-8", "replace")
    declared = _ENCODING.match(data[:200])
    name = declared.group(1).decode().lower() if declared else "utf-8"
    if name in {"utf-8", "utf8", "us-ascii", "ascii", "utf-16"}:
        return data
    try:
        return data.decode(name, "replace").encode("utf-8", "replace")
    except LookupError:
        return data


def is_utf8(head: bytes) -> bool:
    """Whether an XML part that begins with ``head`` is plain UTF-8; a document type is refused."""
    forbid_doctype(head)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        return False
    declaration = head[:200].split(b"?>")[0].lower()
    return b"encoding" not in declaration or b"utf-8" in declaration


def forbid_doctype(head: bytes) -> None:
    """Raise when a document type is declared before the root element; no spreadsheet program writes one."""
    place = head.find(b"<!DOCTYPE", 0, _PROLOG * 16)
    if place >= 0 and not _ROOT.search(head, 0, place):
        raise refusal("bomb", "XML DOCTYPE")


_ROOT = re.compile(rb"<[A-Za-z_]")


@cache
def _tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"""<(?:[\w.-]+:)?{name}(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>""")


def elements(text: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of every element with this local name, in document order."""
    for match in _tag(name).finditer(text):
        yield attributes(match.group(1))


def attributes(text: str) -> dict[str, str]:
    """The attributes in the inside of a tag; names with and, where unambiguous, without their prefix."""
    found: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(text):
        value = unescape(double or single)
        found[name] = value
        found.setdefault(name.rpartition(":")[2], value)
    return found


def section(text: str, name: str) -> str:
    """The inside of the first element with this local name, empty when there is none."""
    start = _tag(name).search(text)
    if start is None or start.group(1).endswith("/"):
        return ""
    end = re.compile(rf"</(?:[\w.-]+:)?{name}\s*>").search(text, start.end())
    return text[start.end() : end.start() if end else len(text)]


def unescape(text: str) -> str:
    """XML's five entities and character references; anything else stays as written."""
    return _ENTITIES.sub(_meant, text) if "&" in text else text


def _meant(match: re.Match[str]) -> str:
    return _known(match.group())


# Some programs write every Chinese character as a reference, and the same words again and again.
_known = lru_cache(maxsize=1 << 16)(_html_unescape)


def is_true(value: str | None) -> bool:
    """An xsd:boolean attribute."""
    return value in {"1", "true", "on"}
