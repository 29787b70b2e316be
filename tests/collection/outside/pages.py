"""Sheets as a school lays them out, written by openpyxl or xlwt, and where each value of each record came to stand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlwt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

_NEXT = itertools.count(1)
Value = Any
Place = tuple[str, str, str]


class Rec(dict[str, Value]):
    """One record of a form: its values by the words of the facts, with a mark by which its cells are found again."""

    def __init__(self, *given: Mapping[str, Value], **more: Value) -> None:
        super().__init__()
        for one in given:
            self.update(one)
        self.update(more)
        self.uid = next(_NEXT)


@dataclass
class Page:
    """A sheet: cells by row and column (from 1), merged areas, and whose value each cell is."""

    name: str
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    owned: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    heads: set[tuple[int, int]] = field(default_factory=set)
    row: int = 1

    def put(self, row: int, column: int, value: Value, rec: Rec | None = None, key: str = "") -> None:
        self.cells[row, column] = value
        if rec is not None:
            self.owned[row, column] = (rec.uid, key)

    def line(self, text: str, width: int) -> Page:
        """A title or a remark over the whole width."""
        self.put(self.row, 1, text)
        if width > 1:
            self.merged.append((self.row, 1, self.row, width))
        self.row += 1
        return self

    def table(
        self,
        columns: Sequence[tuple[str, str]],
        records: Sequence[Rec],
        *,
        serial: bool = False,
        groups: Mapping[int, tuple[str, int]] | None = None,
    ) -> Page:
        """Header and rows. ``groups`` gives, for a column's number from 0, the word above it and over how many columns."""
        first = 2 if serial else 1
        heads = [header for header, _ in columns]
        top = self.row
        if serial:
            self.put(top, 1, "序号")
            if groups:
                self.merged.append((top, 1, top + 1, 1))
        if groups:
            covered: set[int] = set()
            for start, (word, wide) in groups.items():
                self.put(top, first + start, word)
                self.merged.append((top, first + start, top, first + start + wide - 1))
                covered |= set(range(start, start + wide))
            for number, header in enumerate(heads):
                if number in covered:
                    self.put(top + 1, first + number, header)
                else:
                    self.put(top, first + number, header)
                    self.merged.append((top, first + number, top + 1, first + number))
            self.row += 2
        else:
            for number, header in enumerate(heads):
                self.put(top, first + number, header)
                self.heads.add((top, first + number))
            self.row += 1
        for count, record in enumerate(records, 1):
            if serial:
                self.put(self.row, 1, count)
            for number, (_, key) in enumerate(columns):
                self.put(self.row, first + number, record.get(key, ""), record, key)
            self.row += 1
        return self

    def paper(self, title: str, items: Sequence[tuple[str, str]], record: Rec, foot: str = "") -> Page:
        """The A4 sheet of one record: 编号 | 项目名称 | 基础数据, twice side by side."""
        self.line(title, 6)
        for column, word in enumerate(("编号", "项目名称", "基础数据") * 2, 1):
            self.put(self.row, column, word)
        self.row += 1
        half = -(-len(items) // 2)
        for number in range(half):
            for side, place in ((0, number), (3, half + number)):
                if place < len(items):
                    label, key = items[place]
                    self.put(self.row, side + 1, str(place + 1))
                    self.put(self.row, side + 2, label)
                    self.put(self.row, side + 3, record.get(key, ""), record, key)
            self.row += 1
        if foot:
            self.line(foot, 6)
        self.row += 1
        return self


class Places:
    """Where each value of each record stands: (file below the folder, sheet, cell)."""

    def __init__(self) -> None:
        self.at: dict[tuple[int, str], list[Place]] = defaultdict(list)
        self.rows: dict[int, set[tuple[str, str, int]]] = defaultdict(set)

    def note(self, file: str, page: Page) -> None:
        for (row, column), (uid, key) in page.owned.items():
            self.at[uid, key].append((file, page.name, f"{get_column_letter(column)}{row}"))
            self.rows[uid].add((file, page.name, row))


def save(folder: Path, file: str, pages: Sequence[Page], places: Places) -> None:
    """The workbook, by the library that its suffix asks for."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    (_old if path.suffix == ".xls" else _new)(path, pages)
    for page in pages:
        places.note(file, page)


def _new(path: Path, pages: Sequence[Page]) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        sheet = book.create_sheet(page.name)
        for (row, column), value in page.cells.items():
            if value == "":
                continue
            cell = sheet.cell(row, column, value)
            if isinstance(value, str):
                cell.number_format = "@"
            if (row, column) in page.heads:
                cell.font = Font(bold=True)
        for top, left, bottom, right in page.merged:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
            sheet.cell(top, left).alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    book.save(path)


def _old(path: Path, pages: Sequence[Page]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    text = xlwt.easyxf(num_format_str="@")
    date = xlwt.easyxf(num_format_str="yyyy/m/d")
    for page in pages:
        sheet = book.add_sheet(page.name)
        heads = {(top, left): (bottom, right) for top, left, bottom, right in page.merged}
        for (row, column), value in page.cells.items():
            style = date if isinstance(value, dt.date) else text if isinstance(value, str) else xlwt.Style.default_style
            if (row, column) in heads:
                bottom, right = heads[row, column]
                sheet.write_merge(row - 1, bottom - 1, column - 1, right - 1, value, style)
            elif value != "":
                sheet.write(row - 1, column - 1, value, style)
    book.save(str(path))
