"""SpreadsheetML 2003, and the choice between the two formats that are one XML file."""

from __future__ import annotations

from stuvalid.excel.grid import SheetInfo
from stuvalid.excel.model import MAX_COLUMNS, Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.opendocument import SHEET_ROWS, OpenDocument, SheetBuilder, parse_xml, workbook_of
from stuvalid.excel.refusals import refusal
from stuvalid.excel.tags import as_utf8, is_true
from stuvalid.excel.values import iso_text, number_text

_ML_KINDS = {"Number": Kind.NUMBER, "DateTime": Kind.DATE, "Boolean": Kind.BOOLEAN, "Error": Kind.ERROR}


def read_flat_xml(data: bytes, limits: Limits) -> Workbook:
    """SpreadsheetML 2003 or a flat OpenDocument, both a single XML file."""
    data = as_utf8(data)
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB of XML")
    pieces = [data[place : place + (1 << 16)] for place in range(0, len(data), 1 << 16)]
    if b"urn:schemas-microsoft-com:office:spreadsheet" in data[:8192]:
        reader: _SpreadsheetML | OpenDocument = _SpreadsheetML(limits)
        kind = "spreadsheetml"
    elif b"opendocument" in data[:8192] and b"office:spreadsheet" in data:
        reader, kind = OpenDocument(limits), "fods"
    else:
        raise refusal("not-a-workbook", "XML")
    parse_xml(reader.start, reader.end, reader.characters, pieces)
    return workbook_of(kind, reader.sheets, reader.notes)


class _SpreadsheetML:
    """Events of SpreadsheetML 2003; prefixes are taken off."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._limits = limits
        self._builder: SheetBuilder | None = None
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
            self._builder = SheetBuilder(info, self._limits)
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

    def _start_row(self, found: dict[str, str], builder: SheetBuilder) -> None:
        self._row = _next(found, self._row + self._rows_more)
        self._rows_more = _merge(found.get("Span"))
        self._col = -1
        if is_true(found.get("Hidden")) and self._rows_more < SHEET_ROWS:
            builder.info.hidden_rows += range(self._row, self._row + self._rows_more + 1)

    def _start_cell(self, found: dict[str, str], builder: SheetBuilder) -> None:
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

    def _put(self, text: str, builder: SheetBuilder) -> None:
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
