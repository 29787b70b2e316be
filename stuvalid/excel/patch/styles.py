"""Cell formats: new ones derived from those in use, by appending to ``styles.xml``."""

from __future__ import annotations

import re

from stuvalid.excel.patch.edits import FILLS, Severity
from stuvalid.excel.patch.markup import Element, Markup, number, with_attribute

_SOLID = re.compile(
    rb"""patternType\s*=\s*["']solid["'][^<>]*>\s*<(?:[^\s<>/:]+:)?fgColor\s([^<>]*?)/>"""
    rb"""(?:\s*<(?:[^\s<>/:]+:)?bgColor\s([^<>]*?)/>)?"""
)
_NO_FILL = re.compile(rb"""patternType\s*=\s*["'](?:none|gray125)["']|<(?:[^\s<>/:]+:)?patternFill\s*/>""")
_ALTERNATIVES = re.compile(rb"<(\w+):AlternateContent\b.*?</\1:AlternateContent\s*>", re.DOTALL)
_ALTERNATIVE_SECTION = re.compile(
    rb"<\w+:Choice\b[^>]*>\s*(<((?:\w+:)?(?:numFmts|fonts|fills|borders|cellStyleXfs|cellXfs|cellStyles|dxfs))\b.*</\2\s*>)"
    rb"\s*</\w+:Choice\s*>",
    re.DOTALL,
)
_TEXT_FORMAT = "49"  # the built-in number format "@"
_SECTIONS = (
    b"numFmts",
    b"fonts",
    b"fills",
    b"borders",
    b"cellStyleXfs",
    b"cellXfs",
    b"cellStyles",
    b"dxfs",
    b"tableStyles",
    b"colors",
    b"extLst",
)
_FIRST_ITEMS = {
    b"fonts": [b'<{p}font><{p}sz val="11"/><{p}name val="Calibri"/></{p}font>'],
    b"fills": [
        b'<{p}fill><{p}patternFill patternType="none"/></{p}fill>',
        b'<{p}fill><{p}patternFill patternType="gray125"/></{p}fill>',
    ],
    b"borders": [b"<{p}border><{p}left/><{p}right/><{p}top/><{p}bottom/><{p}diagonal/></{p}border>"],
    b"cellStyleXfs": [b'<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'],
    b"cellXfs": [b'<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'],
}


class _Section:
    """One counted list of ``styles.xml``, e.g. ``fills``."""

    def __init__(self, markup: Markup, name: bytes, element: Element | None) -> None:
        self.name = name
        self.element = element
        self.items: list[bytes] = []
        if element is not None:
            self.items = [
                markup.xml[child.start : child.end]
                for child in markup.children(element)
                if child.name == name[:-1] or (name.endswith(b"Xfs") and child.name == b"xf")
            ]
        self.kept = len(self.items)
        self.grown = False
        if not self.items:
            self.items = [item.replace(b"{p}", markup.prefix) for item in _FIRST_ITEMS.get(name, [])]
        self._index: dict[bytes, int] = {}
        for position, item in enumerate(self.items):
            self._index.setdefault(item, position)

    def position_of(self, item: bytes) -> int:
        """Index of ``item``, appended when the list does not have it."""
        found = self._index.get(item)
        if found is None:
            found = self._index[item] = len(self.items)
            self.items.append(item)
            self.grown = True
        return found


def _chosen(found: re.Match[bytes]) -> bytes:
    """What an alternative around a whole section stands for: a section that is not found would be written twice."""
    section = _ALTERNATIVE_SECTION.search(found.group())
    return section.group(1) if section is not None else found.group()


class StyleBook:
    """The cell formats (``cellXfs``) of a workbook; indexes are those of a cell's ``s`` attribute."""

    def __init__(self, data: bytes, part: str) -> None:
        self._markup = Markup(_ALTERNATIVES.sub(_chosen, data), part)
        found = {child.name: child for child in self._markup.children(self._markup.root)}
        self._elements = found
        self._sections = {name: _Section(self._markup, name, found.get(name)) for name in _FIRST_ITEMS}
        self._derived: dict[tuple[int, bool, Severity | None], int] = {}

    def derive(self, base: int, *, text: bool = False, fill: Severity | None = None) -> int:
        """The format ``base`` with number format "@" and/or a severity's fill; all else as it was."""
        key = (base, text, fill)
        if key not in self._derived:
            self._derived[key] = self._derive(base, text, fill)
        return self._derived[key]

    def numbered(self, base: int, number_format: int) -> int:
        """The format ``base`` with a built-in number format."""
        formats = self._sections[b"cellXfs"]
        item = formats.items[base]
        end = item.find(b">") + 1
        tag = with_attribute(item[:end], b"numFmtId", str(number_format))
        return formats.position_of(with_attribute(tag, b"applyNumberFormat", "1") + item[end:])

    def font(self, inner: bytes) -> int:
        """A font by the XML of its properties (``{p}`` stands for the namespace prefix)."""
        return self._add(b"fonts", b"<{p}font>" + inner + b"</{p}font>")

    def body_font(self) -> bytes:
        """Name, size and family of the workbook's own default font, to make variants of."""
        first = self._sections[b"fonts"].items[0]
        inner = first[first.find(b">") + 1 : first.rfind(b"</")]
        return inner if not first.endswith(b"/>") else b'<{p}sz val="11"/>'

    def solid_fill(self, colour: str) -> int:
        """A plain fill by its ARGB colour."""
        return self._add(
            b"fills",
            b'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="%s"/>'
            b'<{p}bgColor indexed="64"/></{p}patternFill></{p}fill>' % colour.encode(),
        )

    def thin_border(self) -> int:
        sides = b"".join(
            b'<{p}%s style="thin"><{p}color rgb="FFBFBFBF"/></{p}%s>' % (side, side)
            for side in (b"left", b"right", b"top", b"bottom")
        )
        return self._add(b"borders", b"<{p}border>" + sides + b"<{p}diagonal/></{p}border>")

    def cell_format(self, *, font: int = 0, fill: int = 0, border: int = 0, text: bool, alignment: bytes) -> int:
        """A new format; ``alignment`` are the attributes of its alignment."""
        return self._add(
            b"cellXfs",
            b'<{p}xf numFmtId="%d" fontId="%d" fillId="%d" borderId="%d" xfId="0" applyNumberFormat="1" '
            b'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><{p}alignment %s/></{p}xf>'
            % (int(_TEXT_FORMAT) if text else 0, font, fill, border, alignment),
        )

    @property
    def changed(self) -> bool:
        return any(section.grown for section in self._sections.values())

    def render(self) -> bytes:
        markup = self._markup
        for name, section in self._sections.items():
            new = section.items[section.kept :]
            if not new:
                continue
            element = section.element
            if element is None:
                self._insert_section(name, section)
            elif element.empty:
                markup.splices.replace(element.start, element.end, self._whole(name, section))
            else:
                markup.retag(element, count=str(len(section.items)))
                markup.append_inside(element, b"".join(new))
        return markup.render()

    def _insert_section(self, name: bytes, section: _Section) -> None:
        text = self._whole(name, section)
        followers = _SECTIONS[_SECTIONS.index(name) + 1 :]
        following = [self._elements[later].start for later in followers if later in self._elements]
        if following:
            self._markup.splices.insert(min(following), text)
        else:
            self._markup.append_inside(self._markup.root, text)

    def _whole(self, name: bytes, section: _Section) -> bytes:
        full = self._markup.prefix + name
        return b'<%s count="%d">%s</%s>' % (full, len(section.items), b"".join(section.items), full)

    def _derive(self, base: int, text: bool, fill: Severity | None) -> int:
        formats = self._sections[b"cellXfs"]
        item = formats.items[base if base < len(formats.items) else 0]
        end = item.find(b">") + 1
        tag, rest = item[:end], item[end:]
        if text and number(tag, b"numFmtId", 0) != int(_TEXT_FORMAT):
            tag = with_attribute(with_attribute(tag, b"numFmtId", _TEXT_FORMAT), b"applyNumberFormat", "1")
        if fill is not None and self._can_cover(number(tag, b"fillId", 0)):
            position = self._mark(number(tag, b"fillId", 0), FILLS[fill])
            tag = with_attribute(with_attribute(tag, b"fillId", str(position)), b"applyFill", "1")
        return base if tag + rest == item else formats.position_of(tag + rest)

    def _can_cover(self, base: int) -> bool:
        """Whether a mark could put this fill back: patterns and gradients stay, and the comment alone is the mark."""
        fills = self._sections[b"fills"].items
        return base >= len(fills) or any(kind.search(fills[base]) for kind in (_SOLID, _NO_FILL))

    def _mark(self, base: int, colour: str) -> int:
        """A solid fill of ``colour`` that remembers the fill it covers.

        Programs ignore the second colour of a solid fill but keep it, so `unmark` can put the first one back.
        """
        fills = self._sections[b"fills"].items
        former = _SOLID.search(fills[base]) if base < len(fills) else None
        # `unmark` trusts the second colour where this one stands as we write it: LibreOffice puts its own into both.
        self.solid_fill(colour)
        kept = former[1].strip() if former else b'indexed="64"'
        if former and any(b'"%s"' % mark.encode() in former[1] for mark in FILLS.values()):
            kept = former[2].strip() if former[2] else b'indexed="64"'
        return self._add(
            b"fills",
            b'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="%s"/>'
            b"<{p}bgColor %s/></{p}patternFill></{p}fill>" % (colour.encode(), kept),
        )

    def _add(self, name: bytes, item: bytes) -> int:
        return self._sections[name].position_of(item.replace(b"{p}", self._markup.prefix))


def empty_styles(namespace: bytes) -> bytes:
    """A ``styles.xml`` for a workbook that has none: the lists are filled when first used."""
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%s"/>' % namespace
