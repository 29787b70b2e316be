"""OpenDocument spreadsheets, in a package (.ods) or as one XML file (.fods)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

import numpy as np

from stuvalid.excel.grid import Grid, Pool, SheetInfo
from stuvalid.excel.model import Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.tags import is_true
from stuvalid.excel.values import iso_text, number_text

SHEET_ROWS = 1_048_576


def read_ods(package: Package, limits: Limits) -> Workbook:
    """All sheets of an OpenDocument spreadsheet."""
    if "meta-inf/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise refusal("encrypted", "ods")
    if "content.xml" not in package:
        raise refusal("corrupt", "missing content.xml")
    reader = OpenDocument(limits)
    parse_xml(reader.start, reader.end, reader.characters, package.pieces("content.xml"))
    return workbook_of("ods", reader.sheets, reader.notes)


def workbook_of(kind: str, sheets: list[Sheet], notes: list[Note]) -> Workbook:
    """The workbook of these sheets; a file without any is refused."""
    if not sheets:
        raise refusal("corrupt", "no sheet")
    return Workbook(kind, sheets, notes=notes)


def parse_xml(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
    pieces: Iterable[bytes],
) -> None:
    """Feed the pieces of a UTF-8 document to these handlers; a document type or a fault of the XML is refused."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise refusal("corrupt", str(error)) from error


def _refuse_doctype(*_declaration: object) -> None:
    raise refusal("bomb", "XML DOCTYPE")


def _count(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 9 else 1


class SheetBuilder:
    """One sheet under construction, with cells that may repeat in both directions."""

    def __init__(self, info: SheetInfo, limits: Limits) -> None:
        self.info = info
        self.pool = Pool()
        self.grid = Grid(self.pool, limits)
        self.formulas: list[tuple[int, int]] = []
        self._limits = limits

    def put(self, rows: range, cols: range, text: str, kind: Kind) -> None:
        """The same value in a block of cells."""
        if len(rows) == 1 and len(cols) == 1:
            self.grid.put(rows[0], cols[0], text, kind)
            return
        if len(rows) * len(cols) > self._limits.cells:
            raise refusal("bomb", "repeated cells")
        ref = self.pool.add([text.encode("utf-8", "replace")])
        down = np.repeat(np.array(rows, np.int32), len(cols))
        right = np.tile(np.array(cols, np.int32), len(rows))
        refs = np.full(len(down), ref, np.int32)
        self.grid.add(down, right, refs, np.full(len(down), kind, np.uint8))

    def sheet(self) -> Sheet:
        """Lay the sheet out."""
        if self.formulas:
            self.info.formulas.append(np.array(self.formulas, np.int32))
        return self.grid.sheet(self.info)


class OpenDocument:
    """Events of OpenDocument's ``content.xml``."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._limits = limits
        self._builder: SheetBuilder | None = None
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._rows = self._col = 0
        self._row_cells: list[tuple[int, int, str, Kind, bool]] = []
        self._attributes: dict[str, str] | None = None
        self._paragraphs: list[str] = []
        self._in_text = 0
        self._annotation = 0
        self._column = 0

    def start(self, tag: str, found: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "annotation":
            self._annotation += 1
        elif name == "style":
            self._style = found.get("style:name", "")
        elif name == "table-properties" and found.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table" and tag.startswith("table:"):
            visible = found.get("table:style-name") not in self._hidden_styles
            info = SheetInfo(found.get("table:name", ""), visible, is_true(found.get("table:protected")))
            self._builder = SheetBuilder(info, self._limits)
            self._row = self._column = 0
        elif self._builder is not None:
            self._start_inside(name, found)

    def _start_inside(self, name: str, found: dict[str, str]) -> None:
        if name == "table-column":
            self._start_column(found)
        elif name == "table-row":
            self._start_row(found)
        elif name in {"table-cell", "covered-table-cell"}:
            self._attributes = found
            self._paragraphs = []
        elif not self._annotation and self._attributes is not None:
            self._start_text(name, found)

    def _start_text(self, name: str, found: dict[str, str]) -> None:
        if name in {"p", "h"}:
            self._in_text += 1
            self._paragraphs.append("")
        elif self._in_text and name == "s":
            self._paragraphs[-1] += " " * min(_count(found.get("text:c")), 1000)
        elif self._in_text and name in {"tab", "line-break"}:
            self._paragraphs[-1] += "\t" if name == "tab" else "\n"

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "annotation":
            self._annotation = max(self._annotation - 1, 0)
        elif name in {"p", "h"} and self._in_text and not self._annotation:
            self._in_text -= 1
        elif self._builder is None:
            return
        elif name in {"table-cell", "covered-table-cell"}:
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table" and tag.startswith("table:"):
            self.sheets.append(self._builder.sheet())
            self.notes += self._builder.info.notes
            self._builder = None
            if len(self.sheets) > self._limits.sheets:
                raise refusal("bomb", "too many sheets")

    def characters(self, text: str) -> None:
        if self._in_text and not self._annotation and self._paragraphs:
            self._paragraphs[-1] += text

    def _start_column(self, found: dict[str, str]) -> None:
        assert self._builder is not None
        times = _count(found.get("table:number-columns-repeated"))
        if found.get("table:visibility", "visible") != "visible" and times < 1000:
            self._builder.info.hidden_columns.update(range(self._column, self._column + times))
        self._column += times

    def _start_row(self, found: dict[str, str]) -> None:
        assert self._builder is not None
        self._rows = _count(found.get("table:number-rows-repeated"))
        self._col = 0
        self._row_cells = []
        if found.get("table:visibility", "visible") != "visible" and self._rows < 100_000:
            self._builder.info.hidden_rows += range(self._row, self._row + self._rows)

    def _end_cell(self) -> None:
        found, self._attributes = self._attributes or {}, None
        times = _count(found.get("table:number-columns-repeated"))
        text, kind = _value(found, "\n".join(self._paragraphs))
        formula = "table:formula" in found
        if text or formula:
            self._row_cells.append((self._col, times, text, kind, formula))
        down, right = (
            _count(found.get("table:number-rows-spanned")),
            _count(found.get("table:number-columns-spanned")),
        )
        if (down > 1 or right > 1) and self._builder is not None:
            self._builder.info.merged.append((self._row, self._col, self._row + down - 1, self._col + right - 1))
        self._col += times

    def _end_row(self) -> None:
        assert self._builder is not None
        rows = range(self._row, min(self._row + self._rows, SHEET_ROWS))
        for col, times, text, kind, formula in self._row_cells:
            if text:
                self._builder.put(rows, range(col, col + times), text, kind)
            if formula and len(rows) * times < 1_000_000:
                self._builder.formulas += [(row, col + step) for row in rows for step in range(times)]
        self._row += self._rows


def _value(found: dict[str, str], shown: str) -> tuple[str, Kind]:
    """The text and kind of an OpenDocument cell by its value type."""
    if found.get("calcext:value-type") == "error" or (shown.startswith(("#", "Err:")) and "table:formula" in found):
        return shown, Kind.ERROR
    kind = found.get("office:value-type", "")
    if kind in {"float", "percentage", "currency"}:
        return _number(found.get("office:value", ""), shown), Kind.NUMBER
    if kind in {"date", "time"}:
        return iso_text(found.get(f"office:{kind}-value", shown)), Kind.DATE
    if kind == "boolean":
        return ("TRUE" if found.get("office:boolean-value") == "true" else "FALSE"), Kind.BOOLEAN
    return found.get("office:string-value", shown), Kind.TEXT


def _number(raw: str, shown: str) -> str:
    try:
        return number_text(float(raw))
    except ValueError:
        return shown
