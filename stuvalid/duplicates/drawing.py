"""How a list to print is drawn: headers, rows, the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from stuvalid.excel.patch.edits import text_lines

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Header: TypeAlias = tuple[str, str, float]
"""A column: what it is called in Chinese and in English, and its width."""

_LINE = 13.5


def write_headers(sheet: Worksheet, row: int, headers: Sequence[Header], english: bool, first_open: int = 99) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    side = Side(style="thin", color="FF808080")
    for column, (zh, en, width) in enumerate(headers, start=1):
        cell = sheet.cell(row, column, en if english else zh)
        cell.font = Font(name="宋体", bold=True, size=10)
        cell.fill = PatternFill("solid", fgColor="FFFFF2CC" if column >= first_open else "FFD9E1F2")
        cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[row].height = 24
    sheet.freeze_panes = f"A{row + 1}"


def write_line(sheet: Worksheet, row: int, texts: Sequence[str], headers: Sequence[Header]) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    side = Side(style="thin", color="FF808080")
    border = Border(left=side, right=side, top=side, bottom=side)
    font, wrap = Font(name="宋体", size=10), Alignment(vertical="center", wrap_text=True)
    lines = 2
    for column, text in enumerate(texts, start=1):
        cell = sheet.cell(row, column)
        if text:
            cell.value, cell.data_type = text, "s"
        cell.number_format = "@"
        cell.font, cell.border, cell.alignment = font, border, wrap
        lines = max(lines, text_lines(text, headers[column - 1][2] - 1))
    sheet.row_dimensions[row].height = min(_LINE * lines + 4, 400)


def prepare_printing(sheet: Worksheet, english: bool, header: int) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.print_title_rows = f"{header}:{header}"
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "&P / &N" if english else "第 &P 页，共 &N 页"
