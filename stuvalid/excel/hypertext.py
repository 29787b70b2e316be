"""HTML tables and MHTML web archives that old systems serve as ``.xls``."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from stuvalid.excel.delimited import decode_text, encoding_notes
from stuvalid.excel.grid import Grid, Pool, SheetInfo
from stuvalid.excel.model import Limits, Note, Sheet, Workbook
from stuvalid.excel.refusals import refusal

_CHARSET = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]+)""", re.IGNORECASE)
_SHEET_NAMES = re.compile(r"<x:Name>([^<]*)</x:Name>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_SPAN_LIMIT = 1000
_CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk"}


def read_html(data: bytes, limits: Limits) -> Workbook:
    """All tables of a page one below the other on one sheet, as Excel opens it."""
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB of text")
    text, notes = _decode(data)
    names = _SHEET_NAMES.findall(text)
    sheet = _sheet(text, names[0] if len(names) == 1 else "Sheet1", limits, notes)
    if sheet is None:
        raise refusal("not-a-workbook", "web page without a table")
    return Workbook("html", [sheet], notes=notes)


def read_mhtml(data: bytes, limits: Limits) -> Workbook:
    """A web archive: each part with a table is a sheet."""
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB of text")
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    names: list[str] = []
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for part in message.walk():
        if part.get_content_type() not in {"text/html", "application/xhtml+xml"}:
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        text, found = _decode(payload)
        notes += [note for note in found if note not in notes]
        names += _SHEET_NAMES.findall(text)
        number = len(sheets)
        sheet = _sheet(text, names[number] if number < len(names) else f"Sheet{number + 1}", limits, notes)
        if sheet is not None:
            sheets.append(sheet)
    if not sheets:
        raise refusal("not-a-workbook", "web archive without a table")
    return Workbook("mhtml", sheets, notes=notes)


def _decode(data: bytes) -> tuple[str, list[Note]]:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = declared.group(1).decode().lower()
        try:
            # Pages that say gb2312 hold characters that only its successors have.
            text = data.decode("gb18030" if name in _CHINESE else name)
        except (LookupError, UnicodeDecodeError):
            text = ""
        if text:
            return text, encoding_notes("gb18030" if name in _CHINESE else name, text)
    text, encoding = decode_text(data)
    return text, encoding_notes(encoding, text)


def _sheet(text: str, name: str, limits: Limits, notes: list[Note]) -> Sheet | None:
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    is_cut = parser.is_open
    parser.end_table()
    if not parser.tables_seen:
        return None
    grid = Grid(Pool(), limits)
    for row, col, value in parser.cells:
        grid.put(row, col, value)
    info = SheetInfo(name, merged=parser.merged, hidden_rows=parser.hidden_rows)
    if is_cut:
        info.note("cut-short", "table", max((row for row, _, _ in parser.cells), default=-1) + 1)
    sheet = grid.sheet(info)
    notes += info.notes
    return sheet


@dataclass(slots=True)
class _Cell:
    row: int
    col: int
    words: list[str] = field(default_factory=list)


class _TableParser(HTMLParser):
    """Tolerates what browsers tolerate: cells and rows that are never closed, tables inside cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[tuple[int, int, str]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: list[int] = []
        self.tables_seen = 0
        self._depth = 0
        self._row = -1
        self._col = 0
        self._taken: set[tuple[int, int]] = set()
        self._cell: _Cell | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script"}:
            self._silent += 1
        elif tag == "table":
            self._depth += 1
            self.tables_seen += 1
        elif tag == "br" and self._cell is not None:
            self._cell.words.append("\n")
        elif self._depth == 1 and tag == "tr":
            self._start_row(dict(attrs))
        elif self._depth == 1 and tag in {"td", "th"}:
            self._start_cell(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"}:
            self._silent = max(self._silent - 1, 0)
        elif tag == "table" and self._depth:
            self._depth -= 1
            if not self._depth:
                self.end_table()
        elif self._depth == 1 and tag in {"td", "th", "tr"}:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.words.append(_SPACES.sub(" ", data))

    @property
    def is_open(self) -> bool:
        """Whether the page ended inside a table."""
        return self._depth > 0

    def end_table(self) -> None:
        """Close the open cell; the next table goes below."""
        self._end_cell()
        if self._taken:
            self._row = max(self._row, *(row for row, _ in self._taken))
        self._taken = set()

    def _start_row(self, attrs: dict[str, str | None]) -> None:
        self._end_cell()
        self._row += 1
        self._col = 0
        if "display:none" in (attrs.get("style") or "").replace(" ", "").lower():
            self.hidden_rows.append(self._row)

    def _start_cell(self, attrs: dict[str, str | None]) -> None:
        self._end_cell()
        self._row = max(self._row, 0)
        while (self._row, self._col) in self._taken:
            self._col += 1
        tall, wide = _span(attrs.get("rowspan")), _span(attrs.get("colspan"))
        self._cell = _Cell(self._row, self._col)
        if tall > 1 or wide > 1:
            self.merged.append((self._row, self._col, self._row + tall - 1, self._col + wide - 1))
            for down in range(1, tall):
                self._taken.update((self._row + down, self._col + right) for right in range(wide))
        self._col += wide

    def _end_cell(self) -> None:
        if self._cell is not None:
            lines = "".join(self._cell.words).split("\n")
            text = "\n".join(line.strip(" ") for line in lines).strip("\n")
            if text:
                self.cells.append((self._cell.row, self._cell.col, text))
            self._cell = None


def _span(value: str | None) -> int:
    return min(max(int(value), 1), _SPAN_LIMIT) if value and value.isascii() and value.isdigit() else 1
