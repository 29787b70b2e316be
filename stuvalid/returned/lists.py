"""Returned lists in any form: workbooks with or without headers, csv, and text pasted from a web page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stuvalid.errors import StuvalidError
from stuvalid.findings import FileReport, NotChecked, Place
from stuvalid.forms.matching import plain_header
from stuvalid.returned.wordings import folded, known
from stuvalid.rolls.people import header_keys

if TYPE_CHECKING:
    from stuvalid.excel.model import Sheet
    from stuvalid.received.walk import Source

_HEADER_ROWS = 30
_TEXT_SUFFIXES = frozenset({".txt", ".text", ".log", ".md", ""})
_MOST_TEXT = 64 << 20
_LONGEST_ALONE = 8
_SUBJECT_KEYS = frozenset({"name", "id_number", "record_number"})
_SPLITS = ("\t", ",", "，", "|", ";")


@dataclass(slots=True)
class AnswerLine:
    """One line of a list: where it stands (``row`` counts from 1), its columns by what they are, all of it as text.

    ``rest`` are the texts of columns that nothing is known of; ``context`` is what title, sheet and file call the list.
    """

    file: str
    sheet: str
    row: int
    texts: dict[str, str]
    rest: list[str]
    whole: str
    context: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        return Place(self.file, self.sheet, self.row - 1, 0)

    @property
    def has_columns(self) -> bool:
        return bool(self.texts)


@dataclass(slots=True)
class Returned:
    """What was read of the lists, and what was not."""

    lines: list[AnswerLine] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    not_read: list[NotChecked] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Grid:
    sheet: str
    rows: list[list[str]]
    merged: tuple[tuple[int, int, int, int], ...] = ()


def read_returned(paths: Sequence[Path], password: str | None = None) -> Returned:
    """Every line of the lists below ``paths``. A file that cannot be read is in the account, and so is what was passed over."""
    from stuvalid.received.walk import receiving

    found = Returned()
    with receiving(paths, password=password) as reception:
        sources = reception.of_kind("workbook", "document")
        found.not_read = reception.not_read("workbook", "document")
        for source in sources:
            report = FileReport(source.name)
            found.files.append(report)
            try:
                grids = _grids(source, password)
            except StuvalidError as error:
                report.status, report.reason_zh, report.reason_en = "unreadable", error.zh, error.en
                continue
            lines = [line for grid in grids for line in _lines(source.name, grid)]
            report.rows, report.sheet = len(lines), grids[0].sheet if grids else ""
            found.lines += lines
            if not lines:
                report.status = "unreadable"
                report.reason_zh, report.reason_en = "里面没有一行字", "there is not a line in it"
    return found


def _grids(source: Source, password: str | None) -> list[_Grid]:
    from stuvalid.excel import read_workbook
    from stuvalid.excel.delimited import decode_text
    from stuvalid.excel.sniff import sniff

    data = source.read()
    is_text = len(data) <= _MOST_TEXT and PurePath(source.name).suffix.lower() in _TEXT_SUFFIXES
    if is_text and sniff(data[:8192], source.name) in ("csv", "tsv", "unknown", "empty"):
        return [_Grid("", _split(decode_text(data)[0]))]
    workbook = read_workbook(data, name=source.name, password=password)
    return [_Grid(sheet.name, sheet.head(sheet.height), sheet.merged) for sheet in workbook.sheets if _is_seen(sheet)]


def _is_seen(sheet: Sheet) -> bool:
    return bool(sheet.height) and sheet.visible


def _split(text: str) -> list[list[str]]:
    """The lines of a text, split into cells where its header says by what."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for split in (*_SPLITS, r"\s{2,}"):
        for line in lines[:_HEADER_ROWS]:
            cells = re.split(split if len(split) > 1 else re.escape(split), line.strip())
            if len(cells) > 1 and _is_header(_keys_of(cells)):
                return [[cell.strip() for cell in _cells(line, split, len(cells))] for line in lines]
    return [line.split("\t") for line in lines]


def _cells(line: str, split: str, width: int) -> list[str]:
    """A line's cells; what is more than the header has belongs to the last one, in which a sentence stands.

    Where blanks are all that separates, a line of another width is one text: blanks stand inside names, too.
    """
    if len(split) == 1:
        return line.split(split, width - 1)
    cells = re.split(split, line.strip())
    return cells if len(cells) == width else [line]


@cache
def _columns() -> Mapping[str, str]:
    """Folded header -> key: what lists of people are known to say, and what only returned lists do."""
    ours = {folded(plain_header(header)): key for key, headers in known()["columns"].items() for header in headers}
    people = {folded(header): key for header, key in header_keys().items()}
    return {**people, **ours}


def _keys_of(cells: Sequence[str]) -> dict[int, str]:
    """What the columns of a row of headers are; the first of each wins, messages are taken all."""
    found: dict[int, str] = {}
    for column, text in enumerate(cells):
        key = _columns().get(folded(plain_header(text)).casefold()) if text.strip() and len(text) < 30 else None
        if key and (key == "message" or key not in found.values()):
            found[column] = key
    return found


def _is_header(keys: Mapping[int, str]) -> bool:
    """Whether a row names pupils, or a row of the sheet beside a message."""
    kinds = set(keys.values())
    return bool(kinds & _SUBJECT_KEYS and len(kinds) > 1) or kinds == {"name"} or {"row", "message"} <= kinds


def _lines(file: str, grid: _Grid) -> list[AnswerLine]:
    header, keys = -1, dict[int, str]()
    for number, cells in enumerate(grid.rows[:_HEADER_ROWS]):
        found = _keys_of(cells)
        filled = sum(bool(cell.strip()) for cell in cells)
        if _is_header(found) and len(found) > len(keys) and (len(found) > 1 or filled == 1):
            header, keys = number, found
    titles = [cell.strip() for cells in grid.rows[: max(header, 0)] for cell in cells if cell.strip()]
    context = (*titles, grid.sheet, PurePath(file).stem)
    lines = []
    for number, cells in enumerate(grid.rows):
        if number == header or (keys and _keys_of(cells) == keys) or not any(cell.strip() for cell in cells):
            continue
        whole = "  ".join(cell.strip() for cell in cells if cell.strip())
        if number < header:
            if not _NUMBERED.search(whole):  # a title is context; a line that was pasted above the header is a line
                continue
            lines.append(AnswerLine(file, grid.sheet, number + 1, {}, [], whole, context))
            continue
        lines.append(_line(file, grid, number, keys, whole, context))
    return lines


_NUMBERED = re.compile(r"第[0-9]+行|[0-9*]{15,}")


def _line(
    file: str, grid: _Grid, number: int, keys: Mapping[int, str], whole: str, context: tuple[str, ...]
) -> AnswerLine:
    cells = grid.rows[number]
    texts: dict[str, str] = {}
    if len([cell for cell in cells if cell.strip()]) == 1 and len(keys) > 1 and len(whole) > _LONGEST_ALONE:
        return AnswerLine(file, grid.sheet, number + 1, {}, [], whole, context)  # a sentence below a header
    for column, key in keys.items():
        text = _cell(grid, number, column).strip()
        if text:
            texts[key] = f"{texts[key]};{text}" if key in texts else text
    rest = [text.strip() for column, text in enumerate(cells) if column not in keys and text.strip()]
    return AnswerLine(file, grid.sheet, number + 1, texts, rest, whole, context)


def _cell(grid: _Grid, row: int, column: int) -> str:
    """A cell's text; of one merged with cells above it, theirs."""
    cells = grid.rows[row]
    text = cells[column] if column < len(cells) else ""
    if text or not grid.merged:
        return text
    for first, left, last, right in grid.merged:
        if first <= row <= last and left <= column <= right:
            return grid.rows[first][left]
    return ""
