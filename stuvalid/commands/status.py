"""``stuvalid status``."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stuvalid.commands.common import (
    FOUND,
    OK,
    ConfigFile,
    ExitZero,
    Force,
    Ignore,
    Lang,
    Select,
    Workers,
    errors_in_one_sentence,
    load_config,
    progress_bar,
    split_words,
    terminal,
)
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.config import Config
    from stuvalid.status.survey import Status

HELP = say(
    "看各校报送到哪一步：收到没有、什么时候、人数、错误、照片、离期限几天，要打电话的排在前面。\n\n"
    "DIR 是收到的材料，也可以是做好的汇总包。有学校要打电话时退出码为1。",
    "Show who has sent what: when, how many pupils, errors, photos, days to the deadline; whom to call comes first.\n\n"
    "DIR holds what was received, or is a finished package. The exit code is 1 if a school has to be called.",
)
_FORMATS = ("text", "json", "html", "xlsx")


def status(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help=say("收到的材料，或做好的汇总包", "What was received, or a finished package")
        ),
    ],
    schools: Annotated[
        Path | None,
        typer.Option(
            "--schools",
            metavar="FILE",
            help=say(
                "学校名单（xlsx 或 csv：学校标识码、学校名称、学生数、班级数）",
                "List of schools (xlsx or csv: 学校标识码, 学校名称, 学生数, 班级数)",
            ),
        ),
    ] = None,
    county: Annotated[
        str,
        typer.Option(
            "--county",
            metavar="CODE",
            help=say("只看这个县的学校，如 140106", "Only the schools of this county, as in 140106"),
        ),
    ] = "",
    deadline: Annotated[
        str,
        typer.Option(
            "--deadline",
            metavar="DATE",
            help=say(
                "学校报送期限，如 2026-06-01；默认看 stuvalid.toml",
                "When schools owe their data, as in 2026-06-01; stuvalid.toml by default",
            ),
        ),
    ] = "",
    format_: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="text|json|html|xlsx", help=say("屏幕上的格式", "Format on standard output")
        ),
    ] = "text",
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=say(
                "另写文件（.html、.xlsx 或 .json）；可多次给出",
                "Also write a file (.html, .xlsx or .json); may be repeated",
            ),
        ),
    ] = [],  # noqa: B006
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    exit_zero: ExitZero = False,
    workers: Workers = 0,
    force: Force = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Show where every school stands."""
    with errors_in_one_sentence():
        from stuvalid.check.run import CheckOptions
        from stuvalid.commands.common import know_rules, parse_levels
        from stuvalid.status.rendering import format_of
        from stuvalid.status.survey import StatusOptions, survey

        _check_format(format_)
        for path in output:
            format_of(path)
        config = load_config(config_file, [folder])
        checking = CheckOptions(
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=parse_levels(f"{name}={word}" for name, word in config.get("severity").items()),
            divisions=config.get("divisions"),
            workers=workers,
            template=config.get("template"),
        )
        know_rules(checking.select, checking.ignore, checking.severities)
        listed = config.get("schools", str(schools) if schools else "")
        options = StatusOptions(
            folder,
            Path(listed) if listed else None,
            config.get("county", county),
            _deadline(deadline, config),
            config.get("deadlines.county"),
            checking,
        )
        with progress_bar("检查中", "checking") as told:
            found = survey(options, told)
        _write(found, output, format_, force=force, inputs=[folder, *filter(None, [options.schools])])
        raise typer.Exit(FOUND if found.calls and not exit_zero else OK)


def _check_format(name: str) -> None:
    if name not in _FORMATS:
        raise UsageError(
            f"没有格式“{name}”，可用 {'、'.join(_FORMATS)}。",
            f"There is no format '{name}'; use {', '.join(_FORMATS)}.",
        )
    if name == "xlsx" and sys.stdout.isatty():
        raise UsageError(
            "xlsx 不能显示在屏幕上。",
            "xlsx cannot be shown in a terminal.",
            mend_zh="请用 --output 报送情况.xlsx。",
            mend_en="Use --output status.xlsx.",
        )


def _deadline(text: str, config: Config) -> Any:
    if not text:
        return config.get("deadlines.school")
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
        # A page may be renewed at will, but an existing workbook could be a school's data.
        write_atomically(path, render(name, found, language()), force=force or name != "xlsx", inputs=inputs)
    if format_ == "text":
        show(found, terminal(), language())
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(render(format_, found, language()))
    sys.stdout.buffer.flush()
