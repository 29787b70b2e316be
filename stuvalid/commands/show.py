"""``stuvalid show``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import FOUND, OK, terminal
from stuvalid.commands.options import Checking, ShowValues, argument, spread
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.findings import Finding
    from stuvalid.forms.table import Part, Table
    from stuvalid.report.wording import Wording

HELP = say(
    "看一格所在的整行：每一列的表头、内容（遮盖）和这一行的问题。\n\n例：stuvalid show 学校.xlsx M30；有几张表时写成 学生基础信息!M30",
    "The row around a cell: each column's header and content (masked), and what is wrong in it.\n\n"
    "Example: stuvalid show school.xlsx M30, or SHEET!M30 where there are several sheets",
)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Takes one sheet row (0-based) out of every sheet of pupils, in the worker that reads it: (sheet, cells)."""

    sheet: str
    row: int

    def __call__(self, table: Table, part: Part) -> tuple[str, list[tuple[int, str, str, str, str]]] | None:
        """For each column its 0-based number, header, field key, kind and text; None where the row is no pupil's."""
        if (self.sheet and part.sheet.name != self.sheet) or self.row not in part.rows.tolist():
            return None
        cells = [
            (
                matched.column,
                matched.text,
                matched.field.key,
                matched.field.kind,
                part.sheet.text(self.row, matched.column),
            )
            for matched in part.match.columns
        ]
        cells += [(column, text, "", "text", part.sheet.text(self.row, column)) for column, text in part.match.unknown]
        return part.sheet.name, sorted(cells)


@spread
def show(
    file: Annotated[Path, argument("工作簿", "Workbook", "FILE")],
    cell: Annotated[str, argument("单元格，如 M30 或 学生基础信息!M30", "Cell, as in M30 or SHEET!M30", "CELL")],
    checking: Checking,
    show_values: ShowValues = False,
) -> int:
    """Print the row around a cell."""
    from stuvalid.check.conductor import check_paths
    from stuvalid.excel.address import parse_address
    from stuvalid.report.wording import Wording

    sheet, _, address = cell.rpartition("!")
    place = parse_address(address.upper())
    if place is None:
        raise UsageError(
            f"“{cell}”不是单元格。",
            f"'{cell}' is no cell.",
            mend_zh="写成 M30 或 表名!M30。",
            mend_en="Write M30 or SHEET!M30.",
        )
    findings, _ = check_paths([file], checking.options(glean=RowReader(sheet.strip("'"), place[0])))
    rows = [row for gleaned in findings.gleaned for row in gleaned if row is not None]
    if not rows:
        raise UsageError(
            f"{cell} 这一行没有学生。",
            f"There is no pupil in the row of {cell}.",
            mend_zh="核对行号和表名。",
            mend_en="Check row and sheet.",
        )
    wording = Wording(language(), show_values=show_values)
    for name, cells in rows:
        mine = [one for one in findings if one.place.sheet == name and one.place.row == place[0]]
        _print(name, place, cells, mine, wording)
    return FOUND if any(one.place.row == place[0] for one in findings) else OK


def _print(
    sheet: str,
    place: tuple[int, int],
    cells: list[tuple[int, str, str, str, str]],
    mine: list[Finding],
    wording: Wording,
) -> None:
    from stuvalid.findings import letters
    from stuvalid.report.text import wrap

    width = terminal().width
    typer.echo(say(f"{wording.sheet(sheet)} 第{place[0] + 1}行", f"{wording.sheet(sheet)}, row {place[0] + 1}"))
    for column, header, key, kind, text in cells:
        wrong = [one for one in mine if one.place.column == column]
        if not text and not wrong and column != place[1]:
            continue
        mark = ">" if column == place[1] else "!" if wrong else " "
        shown = wording.shown(text, kind, key) or say("（空）", "(blank)")
        for line in wrap(f"{mark} {letters(column)}{place[0] + 1} {wording.header(header, key)}  {shown}", width):
            typer.echo(line)
        for one in wrong:
            for line in wrap(f"{one.rule} {wording.message(one)}", width - 4):
                typer.echo(f"    {line}")
