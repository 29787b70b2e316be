"""``stuvalid status``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import FOUND, OK, needs_format, progress_bar, send, terminal
from stuvalid.commands.options import Checking, County, ExitZero, Force, Schools, argument, option, spread
from stuvalid.config import Config
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.status.survey import Status

HELP = say(
    "看各校报送到哪一步：收到没有、什么时候、人数、错误、照片、离期限几天，要打电话的排在前面。\n\n"
    "DIR 是收到的材料，也可以是做好的汇总包。有学校要打电话时退出码为1。",
    "Show who has sent what: when, how many pupils, errors, photos, days to the deadline; whom to call comes first.\n\n"
    "DIR holds what was received, or is a finished package. The exit code is 1 if a school has to be called.",
)
_FORMATS = ("text", "json", "html", "xlsx")


@spread
def status(
    folder: Annotated[Path, argument("收到的材料，或做好的汇总包", "What was received, or a finished package", "DIR")],
    checking: Checking,
    settings: Config,
    schools: Schools = None,
    county: County = "",
    deadlines_school: Annotated[
        str,
        option(
            "学校报送期限，如 2026-06-01", "When schools owe their data, as in 2026-06-01", "--deadline", metavar="DATE"
        ),
    ] = "",
    map_: Annotated[
        Path | None,
        option(
            "写明哪个文件归哪所学校的表（bundle --save-plan 得到）",
            "Table of whose each file is (as bundle --save-plan makes it)",
            "--map",
            metavar="FILE",
        ),
    ] = None,
    format_: Annotated[
        str, option("屏幕上的格式", "Format on standard output", "--format", "-f", metavar="|".join(_FORMATS))
    ] = "text",
    output: Annotated[
        list[Path],
        option(
            "另写文件（.html、.xlsx 或 .json）；可多次给出",
            "Also write a file (.html, .xlsx or .json); may be repeated",
            "--output",
            "-o",
            metavar="FILE",
        ),
    ] = [],  # noqa: B006
    exit_zero: ExitZero = False,
    force: Force = False,
) -> int:
    """Show where every school stands."""
    from stuvalid.status.rendering import format_of
    from stuvalid.status.survey import DEADLINES, StatusOptions, survey

    needs_format(format_, _FORMATS, binary=format_ == "xlsx")
    for path in output:
        format_of(path)
    days = {name: settings.get(f"deadlines.{name}") for name in DEADLINES} | {"school": _day(deadlines_school)}
    deadlines = {name: day for name, day in days.items() if day is not None}
    calendar = settings.get("calendar")
    options = StatusOptions(
        folder, schools, county, deadlines, map_, Path(calendar) if calendar else None, checking.options()
    )
    with progress_bar("检查中", "checking") as told:
        found = survey(options, told)
    _write(found, output, format_, force=force, inputs=[folder, *filter(None, [schools, map_])])
    return FOUND if found.calls and not exit_zero else OK


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"日期“{text}”写法不对。",
            f"'{text}' is no date.",
            mend_zh="写成 2026-06-01。",
            mend_en="Write it as 2026-06-01.",
        ) from None


def _write(found: Status, output: list[Path], format_: str, *, force: bool, inputs: list[Path]) -> None:
    from stuvalid.files import write_atomically
    from stuvalid.status.rendering import format_of, render, show

    for path in output:
        name = format_of(path)
        write_atomically(path, render(name, found, language()), force=force, inputs=inputs)
    if format_ == "text":
        show(found, terminal(), language())
    else:
        send(render(format_, found, language()))
