"""Writing cells into a worksheet's XML: values, formats, rows and cells that were not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from stuvalid.excel.address import address, parse_range
from stuvalid.excel.patch.edits import Severity
from stuvalid.excel.patch.markup import (
    INSIDE,
    attribute,
    attribute_span,
    cell_text,
    escape,
    is_true,
    number,
    unescape,
    with_attribute,
)
from stuvalid.excel.patch.sheet import Row, SheetCell, SheetXml
from stuvalid.excel.patch.styles import StyleBook


@dataclass(frozen=True, slots=True)
class CellChange:
    """What becomes of one cell. ``writes`` says whether ``text`` is meant (None then empties the cell)."""

    writes: bool = False
    text: str | None = None
    fill: Severity | None = None


class CellWriter:
    """Applies changes to one sheet and remembers what followed from them."""

    def __init__(self, sheet: SheetXml, styles: StyleBook) -> None:
        self._sheet = sheet
        self._styles = styles
        self._removed: list[RemovedFormula] = []
        self._created: list[tuple[int, int]] = []
        self.notes: list[str] = []

    def apply(self, changes: Mapping[tuple[int, int], CellChange]) -> None:
        """Changes by (row, column); each cell is found or made at its right place."""
        by_row: dict[int, dict[int, CellChange]] = {}
        for row, col in sorted(changes):
            by_row.setdefault(row, {})[col] = changes[row, col]
        self._write_rows(by_row)
        self._extend_dimension()
        written = {place for place, change in changes.items() if change.writes}
        self.notes += mend_formulas(self._sheet, self._removed, written)

    @property
    def dropped_formulas(self) -> bool:
        return "formula-replaced" in self.notes or "array-formula-values" in self.notes

    def _write_rows(self, by_row: dict[int, dict[int, CellChange]]) -> None:
        rows = list(self._sheet.rows())
        present = {row.number: row for row in reversed(rows)}
        behind: list[bytes] = []
        for target, changes in by_row.items():
            if target in present:
                self._change_row(present[target], changes)
                continue
            new = self._new_row(target, changes)
            at = next((row.start for row in rows if row.number > target), None)
            if at is None:
                behind.append(new)
            else:
                self._sheet.markup.splices.insert(at, new)
        if behind:
            self._sheet.markup.append_inside(self._sheet.data, b"".join(behind))

    def _new_row(self, row: int, changes: dict[int, CellChange]) -> bytes:
        cells = b"".join(self._new_cell(row, col, change, b"") for col, change in changes.items())
        p = self._sheet.markup.prefix
        return b'<%srow r="%d">%s</%srow>' % (p, row + 1, cells, p)

    def _change_row(self, row: Row, changes: dict[int, CellChange]) -> None:
        sheet = self._sheet
        tag = sheet.markup.xml[row.start : row.tag_end]
        if row.empty:
            cells = b"".join(self._new_cell(row.number, col, change, tag) for col, change in changes.items())
            opening = self._widened(tag, changes)[:-2].rstrip() + b">"
            sheet.markup.splices.replace(row.start, row.end, opening + cells + b"</" + sheet.markup.prefix + b"row>")
            return
        missing = {}
        for col, change in changes.items():
            cell = sheet.cell_at(row, address(row.number, col).encode(), col)
            if cell is None:
                missing[col] = change
            else:
                self._change_cell(cell, change)
        if missing:
            self._change_unreferenced(row, tag, missing)

    def _change_unreferenced(self, row: Row, tag: bytes, changes: dict[int, CellChange]) -> None:
        """Cells that carry no reference, and cells to be made between those that are there."""
        sheet = self._sheet
        cells = list(sheet.cells(row))
        present = {cell.col: cell for cell in cells}
        absent = {}
        for col, change in changes.items():
            if col in present:
                self._change_cell(present[col], change)
            else:
                absent[col] = change
        behind = cells[-1].end if cells else row.tag_end
        for col, change in absent.items():
            at = next((cell.start for cell in cells if cell.col > col), behind)
            sheet.markup.splices.insert(at, self._new_cell(row.number, col, change, tag))
        widened = self._widened(tag, absent)
        if widened != tag:
            sheet.markup.splices.replace(row.start, row.tag_end, widened)

    def _change_cell(self, cell: SheetCell, change: CellChange) -> None:
        xml = self._sheet.markup.xml
        tag = xml[cell.start : cell.tag_end]
        style = number(tag, b"s", 0)
        derived = self._styles.derive(style, text=change.writes, fill=change.fill)
        if not change.writes:
            if derived != style:
                self._restyle(cell, derived)
            return
        content = xml[cell.tag_end : cell.inner_end]
        removed = removed_formula(cell, content, self._sheet.markup.prefix)
        if removed is not None:
            self._removed.append(removed)
            self.notes.append("formula-replaced")
        new_tag = with_attribute(tag, b"s", str(derived)) if derived != style else tag
        for name in (b"t", b"cm", b"vm"):
            new_tag = with_attribute(new_tag, name, None)
        self._sheet.markup.splices.replace(cell.start, cell.end, self._with_text(new_tag, change.text))

    def _restyle(self, cell: SheetCell, style: int) -> None:
        markup = self._sheet.markup
        span = attribute_span(markup.xml, b"s", cell.start, cell.tag_end)
        if span is None:
            after_name = cell.start + len(b"<" + markup.prefix + b"c")
            span = (after_name, after_name)
        markup.splices.replace(*span, b' s="%d"' % style)

    def _new_cell(self, row: int, col: int, change: CellChange, row_tag: bytes) -> bytes:
        base = self._sheet.column(col).style
        if is_true(row_tag, b"customFormat"):
            base = number(row_tag, b"s", base)
        style = self._styles.derive(base, text=change.writes, fill=change.fill)
        tag = b'<%sc r="%s" s="%d"/>' % (self._sheet.markup.prefix, address(row, col).encode(), style)
        self._created.append((row, col))
        return self._with_text(tag, change.text if change.writes else None)

    def _with_text(self, tag: bytes, text: str | None) -> bytes:
        """The cell with an inline string: the shared strings stay untouched, and every program reads it."""
        p = self._sheet.markup.prefix
        opening = tag[: -2 if tag.endswith(b"/>") else -1].rstrip()
        if not text:
            return opening + b"/>"
        return b'%s t="inlineStr"><%sis><%st xml:space="preserve">%s</%st></%sis></%sc>' % (
            opening,
            p,
            p,
            cell_text(text),
            p,
            p,
            p,
        )

    @staticmethod
    def _widened(tag: bytes, columns: Mapping[int, CellChange]) -> bytes:
        """The row's tag with ``spans`` covering the new columns, if it says any."""
        first, _, last = (attribute(tag, b"spans") or "").partition(":")
        if not columns or not (first.isdigit() and last.isdigit()):
            return tag
        low, high = min(int(first), min(columns) + 1), max(int(last), max(columns) + 1)
        if (low, high) == (int(first), int(last)):
            return tag
        return with_attribute(tag, b"spans", f"{low}:{high}")

    def _extend_dimension(self) -> None:
        element = self._sheet.section(b"dimension")
        if element is None or not self._created:
            return
        stated = parse_range(attribute(self._sheet.markup.tag(element), b"ref") or "")
        if stated is None:
            return
        rows = [row for row, _ in self._created]
        cols = [col for _, col in self._created]
        first = (min(stated[0], *rows), min(stated[1], *cols))
        last = (max(stated[2], *rows), max(stated[3], *cols))
        if (*first, *last) != stated:
            self._sheet.markup.retag(element, ref=f"{address(*first)}:{address(*last)}")


@dataclass(frozen=True, slots=True)
class RemovedFormula:
    """A formula that was in (row, col); ``shared`` is its group, ``text`` is empty in all but the group's first."""

    row: int
    col: int
    shared: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Formula:
    cell: SheetCell
    start: int
    end: int
    tag: bytes
    text: str


@lru_cache(maxsize=8)
def _formula_pattern(prefix: bytes) -> re.Pattern[bytes]:
    name = re.escape(prefix) + b"f"
    return re.compile(rb"(<" + name + rb"(?=[\s/>])" + INSIDE + rb")(?:(?<=/)>|>(.*?)</" + name + rb"\s*>)", re.DOTALL)


def removed_formula(cell: SheetCell, content: bytes, prefix: bytes) -> RemovedFormula | None:
    """The formula in a cell's content, if there is one."""
    found = _formula_pattern(prefix).search(content) if b"f" in content else None
    if found is None:
        return None
    shared = attribute(found[1], b"si") if attribute(found[1], b"t") == "shared" else None
    return RemovedFormula(cell.row, cell.col, shared, unescape((found[2] or b"").decode("utf-8", "replace")))


def mend_formulas(sheet: SheetXml, removed: list[RemovedFormula], written: set[tuple[int, int]]) -> list[str]:
    """Keep what depended on the overwritten cells working; returns note codes.

    Cells that shared a removed formula get it written out. An array formula of which one cell was overwritten
    is given up: its cells keep their last values, as Excel would not have allowed the overwriting at all.
    """
    masters = {item.shared: item for item in removed if item.shared is not None and item.text}
    area = sheet.markup.shadow
    begin, end = sheet.data.tag_end, sheet.data.inner_end
    with_arrays = bool(written) and any(
        area.find(word, begin, end) >= 0 for word in (b'"array"', b"'array'", b'"dataTable"', b"'dataTable'")
    )
    if not masters and not with_arrays:
        return []
    notes: list[str] = []
    for formula in _formulas(sheet):
        if (formula.cell.row, formula.cell.col) in written:
            # The first cell of an array itself: its formula went with the old content.
            continue
        kind = attribute(formula.tag, b"t")
        master = masters.get(attribute(formula.tag, b"si") or "") if kind == "shared" else None
        if master is not None and not formula.text:
            _write_out(sheet, formula, master)
            notes.append("shared-formula-written-out")
        elif kind in {"array", "dataTable"} and _touches(formula, written):
            _give_up(sheet, formula)
            notes.append("array-formula-values")
    return notes


def _formulas(sheet: SheetXml) -> list[_Formula]:
    pattern = _formula_pattern(sheet.markup.prefix)
    result = []
    for row in sheet.rows():
        for cell in sheet.cells(row):
            found = pattern.search(sheet.markup.xml, cell.tag_end, cell.inner_end)
            if found is not None:
                text = unescape((found[2] or b"").decode("utf-8", "replace"))
                result.append(_Formula(cell, found.start(), found.end(), found[1] + b">", text))
    return result


def _write_out(sheet: SheetXml, formula: _Formula, master: RemovedFormula) -> None:
    from openpyxl.formula.translate import Translator

    origin = address(master.row, master.col)
    target = address(formula.cell.row, formula.cell.col)
    text = Translator("=" + master.text, origin=origin).translate_formula(target)[1:]
    p = sheet.markup.prefix
    sheet.markup.splices.replace(formula.start, formula.end, b"<%sf>%s</%sf>" % (p, escape(text), p))


def _touches(formula: _Formula, written: set[tuple[int, int]]) -> bool:
    area = parse_range(attribute(formula.tag, b"ref") or "")
    if area is None:
        return False
    top, left, bottom, right = area
    return any(top <= row <= bottom and left <= col <= right for row, col in written)


def _give_up(sheet: SheetXml, formula: _Formula) -> None:
    # "cm" marks a dynamic array. Only its own bytes go: the format beside it may be changed as well.
    span = attribute_span(sheet.markup.xml, b"cm", formula.cell.start, formula.cell.tag_end)
    if span is not None:
        sheet.markup.splices.replace(*span, b"")
    sheet.markup.splices.replace(formula.start, formula.end, b"")
