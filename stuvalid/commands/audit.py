"""``stuvalid audit``."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import FAILED, FOUND, OK, needs_format, progress_bar, send, tell, terminal
from stuvalid.commands.options import (
    Checking,
    ExitZero,
    Force,
    PasswordFile,
    PasswordVariable,
    argument,
    option,
    spread,
)
from stuvalid.commands.passwords import ask_password
from stuvalid.config import Config
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.audit.model import Audit

HELP = say(
    "未成年人个人信息保护年度审计的证据：保存着多少学生的信息（不满14周岁、14至17周岁分开）、交给了谁、到什么时候、哪些过期。\n\n"
    "读 DIR 里的汇总包清单、学生表、导出台账、收集报告；报告里没有学生姓名。有过期或台账核对不过时退出码为1。\n\n"
    "例：stuvalid audit 学籍材料/ --year 2026 -o 审计.html",
    "Evidence for the yearly audit of minors' data: of how many pupils what is held (under 14 and 14 to 17 apart), where it went,"
    " until when, what is overdue.\n\n"
    "It reads the manifests of packages, workbooks, ledgers and reports of collecting below DIR; no pupil is named."
    " The exit code is 1 if something is overdue or a ledger does not verify.\n\n"
    "Example: stuvalid audit folder/ --year 2026 -o audit.html",
)
_FORMATS = ("text", "json", "html", "markdown", "xlsx")


@spread
def audit(
    folder: Annotated[Path, argument("保存学籍材料的文件夹", "Folder where the data are kept", "DIR")],
    checking: Checking,
    settings: Config,
    year: Annotated[
        int,
        option(
            "审计哪一年；默认：1月是去年，其余是今年", "Which year; last year's in January", "--year", min=0, max=2100
        ),
    ] = 0,
    on: Annotated[
        str, option("按哪一天算年龄和期限，默认是那一年末或今天", "The day to judge on", "--on", metavar="DATE")
    ] = "",
    ledgers: Annotated[
        list[Path], option("放在别处的导出台账", "Ledgers kept elsewhere", "--ledger", metavar="FILE")
    ] = [],  # noqa: B006
    password_file: PasswordFile = None,
    password_env: PasswordVariable = "",
    format_: Annotated[
        str, option("屏幕上的格式", "Format on standard output", "--format", "-f", metavar="|".join(_FORMATS))
    ] = "text",
    output: Annotated[
        list[Path],
        option(
            "另写文件（.html、.md、.xlsx 或 .json）；可多次给出",
            "Also write a file (.html, .md, .xlsx or .json); may be repeated",
            "--output",
            "-o",
            metavar="REPORT",
        ),
    ] = [],  # noqa: B006
    exit_zero: ExitZero = False,
    force: Force = False,
) -> int:
    """Gather the evidence and report it."""
    from stuvalid.audit.rendering import format_of
    from stuvalid.audit.survey import AuditOptions, survey

    needs_format(format_, _FORMATS, binary=format_ == "xlsx")
    for path in output:
        format_of(path)
    options = checking.options()
    day, since = _days(year, on, options.today)
    kept = [*ledgers, *([Path(settings.get("ledger"))] if settings.get("ledger") else [])]
    given = password_file is not None or bool(password_env)
    asked = cache(lambda: ask_password(password_file, password_env)) if given else None
    with progress_bar("读取中", "reading") as told:
        found = survey(AuditOptions(folder, day, since, kept, asked, options), told)
    _write(found, output, format_, force=force, inputs=[folder, *kept])
    if found.incomplete:
        tell("有没读成的，见上：这份证据不全。", "Some files were not read, see above: this evidence is not whole.")
        return FAILED
    return FOUND if (found.overdue or found.broken) and not exit_zero else OK


def _days(year: int, on: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The day of the audit, and the first day of the year it reports."""
    try:
        day = dt.date.fromisoformat(on) if on else None
    except ValueError:
        raise UsageError(
            f"日期“{on}”写法不对。",
            f"'{on}' is no date.",
            mend_zh="写成 2026-12-31。",
            mend_en="Write it as 2026-12-31.",
        ) from None
    if not year:
        year = day.year if day else today.year - (today.month == 1)
    day = day or min(today, dt.date(year, 12, 31))
    first = dt.date(year, 1, 1)
    if day < first:
        raise UsageError(f"{day} 在 {year} 年之前。", f"{day} is before {year}.")
    return day, first


def _write(found: Audit, output: list[Path], format_: str, *, force: bool, inputs: list[Path]) -> None:
    from stuvalid.audit.rendering import format_of, render, show
    from stuvalid.files import write_atomically

    for path in output:
        write_atomically(path, render(format_of(path), found, language()), force=force, inputs=inputs)
        tell(f"报告已写入 {path}", f"report: {path}")
    if format_ == "text":
        show(found, terminal(), language())
    else:
        send(render(format_, found, language()))
