"""Lists for people to print, tick and sign: one A4 sheet a class or school, as xlsx.

Every text is a text cell, so that nothing of a school's data becomes a formula. What is printed goes back to the school whose
pupils are on it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stuvalid.excel.patch.edits import text_lines
from stuvalid.excel.patch.front import free_sheet_name
from stuvalid.ownmarks import marked_list

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_LINE = 13.5
_LEAST_HEIGHT, _MOST_HEIGHT = 18.0, 400.0
_A4 = 9
_FONT = "宋体"


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """One sheet: ``title`` and ``notes`` above, ``headers`` as (text, width in characters), ``rows`` of texts below.

    From the 0-based column ``by_hand`` on people write; ``choices`` offers texts in a column's cells; ``foot`` are
    lines for signatures as (0-based column, text). ``across`` prints the sheet sideways. ``mark`` stands at the foot of
    every page.
    """

    name: str
    title: str
    headers: Sequence[tuple[str, float]]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    by_hand: int = 99
    foot: Sequence[tuple[int, str]] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    across: bool = False
    mark: str = ""


def paper_book(sheets: Sequence[PaperSheet], lang: str = "zh", *, own: bool = True) -> bytes:
    """The sheets as one workbook, each named legally and once; ``own`` marks it as a list of ours, which holds nobody's work."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for paper in sheets:
        sheet = book.create_sheet(free_sheet_name(paper.name, book.sheetnames))
        top = _write_head(sheet, paper)
        for number, texts in enumerate(paper.rows, start=top + 1):
            _write_row(sheet, number, texts, paper)
        last = top + len(paper.rows)
        _offer(sheet, paper, top + 1, last)
        _sign(sheet, paper, last + 2)
        _prepare_printing(sheet, paper, top, lang)
    stream = io.BytesIO()
    book.save(stream)
    return marked_list(stream.getvalue()) if own else stream.getvalue()


def _write_head(sheet: Worksheet, paper: PaperSheet) -> int:
    """Title, notes and headers; returns the row of the headers."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    width = sum(size for _, size in paper.headers)
    for row, text in enumerate((paper.title, *paper.notes), start=1):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(paper.headers))
        cell = sheet.cell(row, 1)
        cell.value, cell.data_type = text, "s"
        cell.font = Font(name=_FONT, bold=row == 1, size=16 if row == 1 else 10)
        cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal="center" if row == 1 else "left")
        sheet.row_dimensions[row].height = 28 if row == 1 else max(_LEAST_HEIGHT, _LINE * text_lines(text, width) + 4)
    side = Side(style="thin", color="FF808080")
    row = len(paper.notes) + 2
    for column, (text, size) in enumerate(paper.headers, start=1):
        cell = sheet.cell(row, column, text)
        cell.font = Font(name=_FONT, bold=True, size=10)
        cell.fill = PatternFill("solid", fgColor="FFFFF2CC" if column > paper.by_hand else "FFD9E1F2")
        cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = size
    sheet.row_dimensions[row].height = 24
    sheet.freeze_panes = f"A{row + 1}"
    return row


def _write_row(sheet: Worksheet, row: int, texts: Sequence[str], paper: PaperSheet) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    side = Side(style="thin", color="FF808080")
    border = Border(left=side, right=side, top=side, bottom=side)
    font, wrap = Font(name=_FONT, size=10), Alignment(vertical="center", wrap_text=True)
    lines = 1
    for column, text in enumerate(texts, start=1):
        cell = sheet.cell(row, column)
        if text:
            cell.value, cell.data_type = text, "s"
        cell.number_format = "@"
        cell.font, cell.border, cell.alignment = font, border, wrap
        lines = max(lines, text_lines(text, paper.headers[column - 1][1] - 1))
    sheet.row_dimensions[row].height = min(max(_LEAST_HEIGHT, _LINE * lines + 4), _MOST_HEIGHT)


def _offer(sheet: Worksheet, paper: PaperSheet, first: int, last: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, texts in paper.choices.items():
        rule = DataValidation(type="list", formula1=f'"{",".join(texts)}"', allow_blank=True)
        letter = get_column_letter(column + 1)
        rule.add(f"{letter}{first}:{letter}{max(first, last)}")
        sheet.add_data_validation(rule)


def _sign(sheet: Worksheet, paper: PaperSheet, row: int) -> None:
    from openpyxl.styles import Font

    for column, text in paper.foot:
        cell = sheet.cell(row, column + 1, text)
        cell.font = Font(name=_FONT, size=10)
    if paper.foot:
        sheet.row_dimensions[row].height = 24


def _prepare_printing(sheet: Worksheet, paper: PaperSheet, header: int, lang: str) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape" if paper.across else "portrait"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.print_title_rows = f"{header}:{header}"
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "&P / &N" if lang == "en" else "第 &P 页，共 &N 页"
        if paper.mark:
            sheet.oddFooter.left.text = paper.mark.replace("&", "&&")
