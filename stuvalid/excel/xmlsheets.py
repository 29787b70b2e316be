"""Formats whose sheets are one XML document: OpenDocument (.ods, .fods) and SpreadsheetML 2003."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

import numpy as np

from stuvalid.excel.grid import Grid, Pool, SheetInfo
from stuvalid.excel.model import MAX_COLUMNS, Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.tags import as_utf8, is_true
from stuvalid.excel.values import iso_text, number_text

_SHEET_ROWS = 1_048_576


def read_ods(package: Package, limits: Limits) -> Workbook:
    """All sheets of an OpenDocument spreadsheet."""
    if "meta-inf/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise refusal("encrypted", "ods")
    if "content.xml" not in package:
        raise refusal("corrupt", "missing content.xml")
    reader = _OpenDocument(limits)
    _parse(reader.start, reader.end, reader.characters, package.pieces("content.xml"))
    return _workbook("ods", reader.sheets, reader.notes)


def read_flat_xml(data: bytes, limits: Limits) -> Workbook:
    """SpreadsheetML 2003 or a flat OpenDocument, both a single XML file."""
    data = as_utf8(data)
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB of XML")
    pieces = [data[place : place + (1 << 16)] for place in range(0, len(data), 1 << 16)]
    if b"urn:schemas-microsoft-com:office:spreadsheet" in data[:8192]:
        reader: _SpreadsheetML | _OpenDocument = _SpreadsheetML(limits)
        kind = "spreadsheetml"
    elif b"opendocument" in data[:8192] and b"office:spreadsheet" in data:
        reader, kind = _OpenDocument(limits), "fods"
    else:
        raise refusal("not-a-workbook", "XML")
    _parse(reader.start, reader.end, reader.characters, pieces)
    return _workbook(kind, reader.sheets, reader.notes)


def _workbook(kind: str, sheets: list[Sheet], notes: list[Note]) -> Workbook:
    if not sheets:
        raise refusal("corrupt", "no sheet")
    return Workbook(kind, sheets, notes=notes)


def _parse(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
    pieces: Iterable[bytes],
) -> None:
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


class _SheetBuilder:
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


class _OpenDocument:
    """Events of OpenDocument's ``content.xml``."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._limits = limits
        self._builder: _SheetBuilder | None = None
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
            self._builder = _SheetBuilder(info, self._limits)
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
        rows = range(self._row, min(self._row + self._rows, _SHEET_ROWS))
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


_ML_KINDS = {"Number": Kind.NUMBER, "DateTime": Kind.DATE, "Boolean": Kind.BOOLEAN, "Error": Kind.ERROR}


class _SpreadsheetML:
    """Events of SpreadsheetML 2003; prefixes are taken off."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._limits = limits
        self._builder: _SheetBuilder | None = None
        self._row = self._col = self._column = -1
        self._text: list[str] | None = None
        self._kind = Kind.TEXT
        self._wide = 0
        self._rows_more = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        found = {key.rpartition(":")[2]: value for key, value in attrs.items()}
        if name == "Worksheet":
            info = SheetInfo(found.get("Name", ""), protected=is_true(found.get("Protected")))
            self._builder = _SheetBuilder(info, self._limits)
            self._row = self._column = -1
            self._rows_more = 0
        elif self._builder is None:
            return
        elif name == "Row":
            self._start_row(found, self._builder)
        elif name == "Column":
            self._column = _next(found, self._column)
            more = _merge(found.get("Span"))  # as many further columns look the same
            if is_true(found.get("Hidden")) and self._column + more < MAX_COLUMNS - 1:
                self._builder.info.hidden_columns.update(range(self._column, self._column + more + 1))
            self._column += more
        elif name == "Cell":
            self._start_cell(found, self._builder)
        elif name == "Visible":
            self._text = []
        elif name == "Data" and "Type" in found:
            self._kind = _ML_KINDS.get(found["Type"], Kind.TEXT)
            self._text = []

    def _start_row(self, found: dict[str, str], builder: _SheetBuilder) -> None:
        self._row = _next(found, self._row + self._rows_more)
        self._rows_more = _merge(found.get("Span"))
        self._col = -1
        if is_true(found.get("Hidden")) and self._rows_more < _SHEET_ROWS:
            builder.info.hidden_rows += range(self._row, self._row + self._rows_more + 1)

    def _start_cell(self, found: dict[str, str], builder: _SheetBuilder) -> None:
        self._col = _next(found, self._col + self._wide)
        right, down = _merge(found.get("MergeAcross")), _merge(found.get("MergeDown"))
        if right or down:
            builder.info.merged.append((self._row, self._col, self._row + down, self._col + right))
        self._wide = right
        if "Formula" in found:
            builder.formulas.append((self._row, self._col))

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if self._builder is None:
            return
        if name == "Data" and self._text is not None:
            self._put("".join(self._text), self._builder)
            self._text = None
        elif name == "Row":
            self._wide = 0
        elif name == "Visible" and self._text is not None:
            self._builder.info.visible = "".join(self._text).startswith("SheetVisible")
            self._text = None
        elif name == "Worksheet":
            self.sheets.append(self._builder.sheet())
            self.notes += self._builder.info.notes
            self._builder = None

    def _put(self, text: str, builder: _SheetBuilder) -> None:
        if self._kind == Kind.NUMBER:
            try:
                text = number_text(float(text))
            except ValueError:
                self._kind = Kind.TEXT
        elif self._kind == Kind.DATE:
            text = iso_text(text)
        elif self._kind == Kind.BOOLEAN:
            text = "TRUE" if is_true(text) else "FALSE"
        if text:
            row, col = max(self._row, 0), max(self._col, 0)
            builder.put(range(row, row + 1), range(col, col + 1), text, self._kind)

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _next(found: dict[str, str], last: int) -> int:
    index = found.get("Index", "")
    return int(index) - 1 if index.isascii() and index.isdigit() and 0 < len(index) < 9 else last + 1


def _merge(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 8 else 0
