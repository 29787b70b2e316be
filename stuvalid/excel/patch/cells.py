"""Writing cells into a worksheet's XML: values, formats, rows and cells that were not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stuvalid.excel.address import address, parse_range
from stuvalid.excel.patch.edits import Severity
from stuvalid.excel.patch.formulas import RemovedFormula, mend_formulas, removed_formula
from stuvalid.excel.patch.markup import attribute, attribute_span, cell_text, is_true, number, with_attribute
from stuvalid.excel.patch.sheet import Cell, Row, SheetXml
from stuvalid.excel.patch.styles import StyleBook


@dataclass(frozen=True, slots=True)
class Change:
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

    def apply(self, changes: Mapping[tuple[int, int], Change]) -> None:
        """Changes by (row, column); each cell is found or made at its right place."""
        by_row: dict[int, dict[int, Change]] = {}
        for row, col in sorted(changes):
            by_row.setdefault(row, {})[col] = changes[row, col]
        self._write_rows(by_row)
        self._extend_dimension()
        written = {place for place, change in changes.items() if change.writes}
        self.notes += mend_formulas(self._sheet, self._removed, written)

    @property
    def dropped_formulas(self) -> bool:
        return "formula-replaced" in self.notes or "array-formula-values" in self.notes

    def _write_rows(self, by_row: dict[int, dict[int, Change]]) -> None:
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

    def _new_row(self, row: int, changes: dict[int, Change]) -> bytes:
        cells = b"".join(self._new_cell(row, col, change, b"") for col, change in changes.items())
        p = self._sheet.markup.prefix
        return b'<%srow r="%d">%s</%srow>' % (p, row + 1, cells, p)

    def _change_row(self, row: Row, changes: dict[int, Change]) -> None:
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

    def _change_unreferenced(self, row: Row, tag: bytes, changes: dict[int, Change]) -> None:
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

    def _change_cell(self, cell: Cell, change: Change) -> None:
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

    def _restyle(self, cell: Cell, style: int) -> None:
        markup = self._sheet.markup
        span = attribute_span(markup.xml, b"s", cell.start, cell.tag_end)
        if span is None:
            after_name = cell.start + len(b"<" + markup.prefix + b"c")
            span = (after_name, after_name)
        markup.splices.replace(*span, b' s="%d"' % style)

    def _new_cell(self, row: int, col: int, change: Change, row_tag: bytes) -> bytes:
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
    def _widened(tag: bytes, columns: Mapping[int, Change]) -> bytes:
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
