"""``stuvalid diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import (
    FAILED,
    FOUND,
    OK,
    ConfigFile,
    ExitZero,
    Force,
    Ignore,
    Lang,
    Levels,
    PerRule,
    Select,
    ShowValues,
    Verbose,
    Workers,
    errors_in_one_sentence,
    know_rules,
    load_config,
    parse_levels,
    progress_bar,
    send,
    split_words,
    terminal,
)
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.report.wording import Wording
    from stuvalid.submissions.changes import Changes

HELP = say(
    "比较两次报送：改好了哪些、新出现了哪些、还剩哪些。\n\n"
    "按学生比较，不按行：排序、插行、换文件名、换表的顺序都不要紧。新出现错误时退出码为1。\n\n"
    "例：stuvalid diff 上次.xlsx 这次.xlsx",
    "Compare two submissions: what was mended, what is new, what is left.\n\n"
    "Pupils are compared, not rows: sorting, inserted rows and new file names do not matter. The exit code is 1 if there"
    " is a new error.\n\nExample: stuvalid diff last.xlsx now.xlsx",
)
_FORMATS = ("text", "json")


def diff(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD",
            help=say(
                "旧的：工作簿、文件夹、zip 或 json 报告", "Before: a workbook, folder, zip archive or json report"
            ),
        ),
    ],
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help=say("新的：同上，两边可以不同", "Now: the same, not necessarily the same kind")
        ),
    ],
    format_: Annotated[str, typer.Option("--format", "-f", metavar="text|json", help=say("格式", "Format"))] = "text",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.json", help=say("另写 json 文件", "Also write a json file")),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            "--template", "-t", help=say("指定模板（名称或 TOML 文件）", "Use this template (id or TOML file)")
        ),
    ] = "",
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    severity: Levels = [],  # noqa: B006
    exit_zero: ExitZero = False,
    show_values: ShowValues = None,
    per_rule: PerRule = None,
    password: Annotated[
        str | None,
        typer.Option(
            "--password", envvar="STUVALID_PASSWORD", help=say("工作簿的打开密码", "Password that opens the workbooks")
        ),
    ] = None,
    workers: Workers = 0,
    verbose: Verbose = False,
    force: Force = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Say what became of a submission's findings in the next one."""
    with errors_in_one_sentence():
        from stuvalid.check.run import CheckOptions
        from stuvalid.report.wording import Wording
        from stuvalid.submissions.changes import compare_paths

        _check_arguments(old, new, format_)
        config = load_config(config_file, [new])
        options = CheckOptions(
            template=config.get("template", template),
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=parse_levels(severity)
            or parse_levels(f"{name}={word}" for name, word in config.get("severity").items()),
            password=password,
            divisions=config.get("divisions"),
            workers=workers,
        )
        know_rules(options.select, options.ignore, options.severities)
        wording = Wording(language(), show_values=config.get("show_values", show_values))
        with progress_bar("比较中", "comparing") as told:
            changes, ignored = compare_paths(old, new, options, wording, progress=told)
        if verbose:
            for entry in ignored:
                typer.echo(say(f"略过 {entry.name}：{entry.zh}", f"passed over {entry.name}: {entry.en}"), err=True)
        _deliver(changes, wording, format_, output, config.get("per_rule", per_rule), verbose=verbose, force=force)
        raise typer.Exit(_exit_code(changes, exit_zero=exit_zero))


def _check_arguments(old: Path, new: Path, format_: str) -> None:
    if format_ not in _FORMATS:
        raise UsageError(
            f"没有格式“{format_}”。",
            f"There is no format '{format_}'.",
            mend_zh="可用：text、json。",
            mend_en="Known: text, json.",
        )
    if Path("-") in (old, new):
        raise UsageError("标准输入不能比较，请给文件。", "Standard input cannot be compared; name a file.")


def _deliver(
    changes: Changes, wording: Wording, format_: str, output: Path | None, per_rule: int, *, verbose: bool, force: bool
) -> None:
    from stuvalid.files import write_atomically
    from stuvalid.submissions import document, text

    if output is not None:
        inputs = (Path(changes.old.name), Path(changes.new.name))
        write_atomically(output, document.render(changes).encode("utf-8"), force=force, inputs=inputs)
    if format_ == "json":
        send(document.render(changes).encode("utf-8"))
    else:
        text.render(changes, wording, terminal(), per_rule=per_rule, verbose=verbose)


def _exit_code(changes: Changes, *, exit_zero: bool) -> int:
    """0 when nothing is new at error level, 1 when something is, 2 when a side could not be checked."""
    if changes.is_unfinished:
        return FAILED
    return FOUND if changes.is_worse and not exit_zero else OK
