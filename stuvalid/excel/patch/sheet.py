"""One worksheet part: where its sections, rows and cells are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from stuvalid.excel.address import parse_address, parse_range
from stuvalid.excel.patch.markup import INSIDE, Element, Markup, attribute, broken_part, is_true, number, tag_pattern
from stuvalid.excel.patch.relations import Dialect

# Order of CT_Worksheet behind the comments' drawing: it must come before the first of these.
_BEHIND_LEGACY_DRAWING = {
    b"legacyDrawingHF",
    b"drawingHF",
    b"picture",
    b"oleObjects",
    b"controls",
    b"webPublishItems",
    b"tableParts",
    b"extLst",
}
_WRAPPER = b"AlternateContent"
_ALTERNATIVE = (
    b'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    b'<mc:Choice xmlns:v="urn:schemas-microsoft-com:vml" Requires="v">%s</mc:Choice></mc:AlternateContent>'
)
_STANDARD_WIDTH = 8.43


@dataclass(frozen=True, slots=True)
class Row:
    """One ``<row>``: ``number`` counts from 0."""

    number: int
    start: int
    tag_end: int
    inner_end: int
    end: int

    @property
    def empty(self) -> bool:
        return self.inner_end == self.end


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One ``<c>``: its tag is ``start`` … ``tag_end``, its content ``tag_end`` … ``inner_end``."""

    row: int
    col: int
    start: int
    tag_end: int
    inner_end: int
    end: int


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """One ``<col>``: columns ``first`` … ``last`` (from 0), width in characters (0 when hidden)."""

    first: int
    last: int
    style: int
    width: float


class SheetXml:
    """The XML of a worksheet, indexed once; changes are collected in ``markup.splices``."""

    def __init__(self, data: bytes, part: str) -> None:
        markup = self.markup = Markup(data, part)
        p = markup.prefix
        shadow = markup.shadow
        opening = tag_pattern(p + b"sheetData").search(shadow)
        if opening is None:
            raise broken_part(part, "它没有单元格区", "it has no cell area")
        if opening[0].endswith(b"/>"):
            inner_end = end = opening.end()
        else:
            inner_end = shadow.rfind(b"</" + p + b"sheetData")
            end = shadow.find(b">", inner_end) + 1
            if inner_end < opening.end() or end == 0:
                raise broken_part(part, "它的单元格区不完整", "its cell area is truncated")
        self.data = Element(b"sheetData", opening.start(), opening.end(), inner_end, end)
        self.head = list(markup.children_between(markup.root.tag_end, opening.start()))
        self.tail = list(markup.children_between(end, markup.root.inner_end))
        self._cell_start = re.compile(rb"<" + re.escape(p) + rb"c(?=[\s/>])" + INSIDE + rb">")
        self._cell_end = re.compile(rb"</" + re.escape(p) + rb"c\s*>")
        self._row_start = re.compile(rb"<" + re.escape(p) + rb"row(?=[\s/>])" + INSIDE + rb">")
        self._row_end = re.compile(rb"</" + re.escape(p) + rb"row\s*>")

    def section(self, name: bytes) -> Element | None:
        """The first child of the worksheet of that name, except the cell area."""
        return next((child for child in (*self.head, *self.tail) if child.name == name), None)

    def rows(self) -> Iterator[Row]:
        """All rows in order; a row without a number follows the one before."""
        shadow = self.markup.shadow
        position, limit = self.data.tag_end, self.data.inner_end
        previous = -1
        while (found := self._row_start.search(shadow, position, limit)) is not None:
            tag = found[0]
            here = number(tag, b"r", previous + 2) - 1
            if tag.endswith(b"/>"):
                inner_end = position = found.end()
            else:
                closing = self._row_end.search(shadow, found.end(), limit)
                if closing is None:
                    raise broken_part(self.markup.part, "它的行不完整", "a row is not closed")
                inner_end, position = closing.span()
            yield Row(here, found.start(), found.end(), inner_end, position)
            previous = here

    def cells(self, row: Row) -> Iterator[SheetCell]:
        """All cells of a row; a cell without a reference follows the one before."""
        shadow = self.markup.shadow
        position = row.tag_end
        previous = -1
        while (found := self._cell_start.search(shadow, position, row.inner_end)) is not None:
            place = parse_address(attribute(found[0], b"r") or "")
            previous = place[1] if place else previous + 1
            cell = self._cell(row.number, previous, found, row)
            yield cell
            position = cell.end

    def cell_at(self, row: Row, reference: bytes, col: int) -> SheetCell | None:
        """The cell that carries ``reference``, found without looking at its neighbours."""
        shadow = self.markup.shadow
        at = shadow.find(b'r="' + reference + b'"', row.tag_end, row.inner_end)
        if at < 0:
            return None
        start = shadow.rfind(b"<", row.tag_end, at)
        found = self._cell_start.match(shadow, start, row.inner_end) if start >= 0 else None
        if found is None or not shadow[at - 1 : at].isspace():
            return None
        return self._cell(row.number, col, found, row)

    def _cell(self, row: int, col: int, found: re.Match[bytes], within: Row) -> SheetCell:
        if found[0].endswith(b"/>"):
            return SheetCell(row, col, found.start(), found.end(), found.end(), found.end())
        closing = self._cell_end.search(self.markup.shadow, found.end(), within.inner_end)
        if closing is None:
            raise broken_part(self.markup.part, "它的单元格不完整", "a cell is not closed")
        return SheetCell(row, col, found.start(), found.end(), closing.start(), closing.end())

    @cached_property
    def merges(self) -> list[tuple[int, int, int, int]]:
        """Merged ranges as (first row, first column, last row, last column)."""
        area = self.section(b"mergeCells")
        if area is None:
            return []
        ranges = (parse_range(attribute(self.markup.tag(child), b"ref") or "") for child in self.markup.children(area))
        return [found for found in ranges if found is not None]

    @cached_property
    def columns(self) -> list[ColumnFormat]:
        area = self.section(b"cols")
        if area is None:
            return []
        result = []
        for child in self.markup.children(area):
            tag = self.markup.tag(child)
            first = number(tag, b"min", 1) - 1
            width = 0.0 if is_true(tag, b"hidden") else _width(attribute(tag, b"width"))
            result.append(ColumnFormat(first, number(tag, b"max", first + 1) - 1, number(tag, b"style", 0), width))
        return result

    def column(self, col: int) -> ColumnFormat:
        """Format of one column; the standard one when nothing is said."""
        for column in self.columns:
            if column.first <= col <= column.last:
                return column
        return ColumnFormat(col, col, 0, _STANDARD_WIDTH)

    def deselect(self) -> None:
        """Take the sheet out of the selection, so that typing does not go to several sheets at once."""
        views = self.section(b"sheetViews")
        if views is None:
            return
        for view in self.markup.children(views):
            if is_true(self.markup.tag(view), b"tabSelected"):
                self.markup.retag(view, tabSelected=None)

    def legacy_drawing(self) -> tuple[Element, Element] | None:
        """The reference to the drawing of the comments' boxes, and what to cut with it: itself or its wrapper.

        Strict files wrap it, for their schema does not know it.
        """
        for child in self.tail:
            if self._kind(child) == b"legacyDrawing":
                return next(iter(self._wrapped(child)), child), child
        return None

    def add_legacy_drawing(self, identifier: str, relations_namespace: bytes) -> None:
        """Refer to the drawing that holds the comments' boxes, at the place the standard demands."""
        prefix = self._relations_prefix(relations_namespace)
        declaration = b"" if prefix else b' xmlns:r="' + relations_namespace + b'"'
        text = b'<%slegacyDrawing%s %s:id="%s"/>' % (
            self.markup.prefix,
            declaration,
            prefix or b"r",
            identifier.encode(),
        )
        if relations_namespace == Dialect(strict=True).relations:
            text = _ALTERNATIVE % text
        followers = [child.start for child in self.tail if self._kind(child) in _BEHIND_LEGACY_DRAWING]
        self.markup.splices.insert(min(followers, default=self.markup.root.inner_end), text)

    def relation_id(self, element: Element, relations_namespace: bytes) -> str:
        """The ``r:id`` of an element, whatever prefix the file uses for it."""
        tag = self.markup.tag(element)
        prefix = self._relations_prefix(relations_namespace)
        return attribute(tag, (prefix or b"r") + b":id") or ""

    def _relations_prefix(self, namespace: bytes) -> bytes:
        found = re.search(
            rb"xmlns:([^\s=]+)\s*=\s*[\"']" + re.escape(namespace) + rb"[\"']", self.markup.tag(self.markup.root)
        )
        return found[1] if found else b""

    def _kind(self, element: Element) -> bytes:
        """An element's name; for a wrapper of alternatives the name of what it wraps."""
        if element.name.rpartition(b":")[2] != _WRAPPER:
            return element.name
        return next((wrapped.name for wrapped in self._wrapped(element)), element.name)

    def _wrapped(self, element: Element) -> Iterator[Element]:
        if element.name.rpartition(b":")[2] == _WRAPPER:
            for choice in self.markup.children(element):
                yield from self.markup.children(choice)


def _width(text: str | None) -> float:
    try:
        return max(float(text or _STANDARD_WIDTH), 0.0)
    except ValueError:
        return _STANDARD_WIDTH
