"""The command line: arguments in, streams and exit codes out. Nothing here knows a rule or a format.

Heavy modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stuvalid import __version__
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from stuvalid.findings import Findings, Severity

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
_PROGRESS_FILES = 20


class Format(StrEnum):
    """Formats of a report on standard output or in a file."""

    text = "text"
    json = "json"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        "检查、修正、打包上报全国中小学生学籍系统的数据。离线运行，不联网。\n\n"
        "例：stuvalid check 双塔西街小学.xlsx",
        "Checks, repairs and packages what schools submit to the national student registry. Works offline.\n\n"
        "Example: stuvalid check school.xlsx",
    ),
    epilog=say("退出码：0 没有错误，1 有错误，2 没能检查。", "Exit codes: 0 no error, 1 errors found, 2 could not check."),
)

Lang = Annotated[str, typer.Option("--lang", metavar="zh|en", help=say("界面和报告的语言", "Language of help and reports"))]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"stuvalid {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=say("显示版本", "Show the version"))
    ] = False,
    lang: Lang = "zh",
) -> None:
    """Options before the command."""


@contextmanager
def _errors_in_one_sentence() -> Iterator[None]:
    """Turn what a user may meet into one sentence on standard error and exit code 2."""
    try:
        yield
    except StuvalidError as error:
        typer.echo(say("错误：", "error: ") + error.text(language()), err=True)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        typer.echo(say("已中断，没有写出任何文件。", "Interrupted; nothing was written."), err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise typer.Exit(OK) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(say(f"错误：读写文件失败（{reason}）。", f"error: a file could not be read or written ({reason})."), err=True)
        raise typer.Exit(FAILED) from None


@app.command(help=say(
    "检查工作簿：每个错误在哪一格、怎么改。\n\n可以给文件、文件夹、zip；- 表示标准输入。",
    "Check workbooks: each mistake at its cell, with the way to mend it.\n\nGive files, folders, zip archives or - for standard input.",
))  # fmt: skip
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=say("文件、文件夹或 zip", "Files, folders or zip archives"))],
    format_: Annotated[Format, typer.Option("--format", "-f", help=say("报告格式", "Format of the report"))] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=say("报告写到文件", "Write the report to a file"))] = None,
    select: Annotated[list[str], typer.Option("--select", help=say("只用这些规则（编号、名称或前缀）", "Only these rules (id, name or prefix)"))] = [],  # noqa: B006
    ignore: Annotated[list[str], typer.Option("--ignore", help=say("不用这些规则", "Not these rules"))] = [],  # noqa: B006
    severity: Annotated[list[str], typer.Option("--severity", metavar="ID=LEVEL", help=say("改规则的级别，如 TPL001=warning", "Change a rule's level, as in TPL001=warning"))] = [],  # noqa: B006
    template: Annotated[str, typer.Option("--template", "-t", help=say("指定模板（名称或 TOML 文件）", "Use this template (id or TOML file)"))] = "",
    strict: Annotated[bool, typer.Option("--strict", help=say("警告也算错误", "Count warnings as errors"))] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help=say("有错误也返回0", "Exit with 0 even if errors are found"))] = False,
    show_values: Annotated[bool, typer.Option("--show-values", help=say("不遮盖身份证号、姓名等", "Do not mask ID numbers, names and so on"))] = False,
    password: Annotated[str | None, typer.Option("--password", envvar="STUVALID_PASSWORD", help=say("工作簿的打开密码", "Password that opens the workbook"))] = None,
    per_rule: Annotated[int, typer.Option("--per-rule", min=0, help=say("每条规则在每个文件中最多列出几处", "Findings shown per rule and file"))] = 5,
    workers: Annotated[int, typer.Option("--workers", "-j", min=0, help=say("进程数，0为自动", "Processes, 0 for automatic"))] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help=say("列出提示和略过的文件", "Show infos and files passed over"))] = False,
    lang: Lang = "zh",
) -> None:  # fmt: skip
    with _errors_in_one_sentence():
        from stuvalid.check import CheckOptions, check_paths

        options = CheckOptions(
            template=template, select=_words(select), ignore=_words(ignore), severities=_severities(severity),
            password=password, workers=workers,
        )  # fmt: skip
        _known_names(options)
        with _progress() as told:
            findings, ignored = check_paths(paths, options, progress=told, meanwhile=_load_wording)
        if verbose:
            for entry in ignored:
                typer.echo(say(f"略过 {entry.name}：{entry.zh}", f"passed over {entry.name}: {entry.en}"), err=True)
        _report(findings, format_, output, show_values=show_values, per_rule=per_rule, verbose=verbose)
        raise typer.Exit(_exit_code(findings, strict=strict, exit_zero=exit_zero))


def _load_wording() -> None:
    """Load what words the findings while the workers read, so that the user does not wait for it after them."""
    from stuvalid.rules.registry import all_rules

    all_rules()


def _known_names(options: Any) -> None:
    """Say at once, not once per file, that a rule or template named by the user does not exist."""
    from stuvalid.templates import template

    if options.select or options.ignore or options.severities:
        from stuvalid.rules.registry import selected_rules

        selected_rules(options.select, options.ignore, options.severities)
    if options.template:
        template(options.template)


def _words(values: list[str]) -> tuple[str, ...]:
    return tuple(word for value in values for word in value.replace("，", ",").split(",") if word)


def _severities(values: list[str]) -> tuple[tuple[str, Severity], ...]:
    from stuvalid.findings import Severity

    pairs = []
    for word in _words(values):
        name, _, level = word.partition("=")
        try:
            pairs.append((name, Severity.parse(level)))
        except KeyError:
            raise UsageError(
                f"--severity 写法不对：{word}。", f"--severity is malformed: {word}.",
                mend_zh="写成 规则=error|warning|info。", mend_en="Write RULE=error|warning|info.",
            ) from None  # fmt: skip
    return tuple(pairs)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error when a person watches and there are files enough to wait for."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(say("检查中", "checking")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("")

    def tell(done: int, total: int) -> None:
        if total >= _PROGRESS_FILES and not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()


def _report(
    findings: Findings, format_: Format, output: Path | None, *, show_values: bool, per_rule: int, verbose: bool
) -> None:
    from stuvalid.messages import Wording

    wording = Wording(language(), show_values=show_values)
    if format_ is Format.json:
        from stuvalid.report import json_report

        text = json_report.render(findings, wording)
        if output is None:
            sys.stdout.write(text)
    else:
        from stuvalid.report import text as text_report

        if output is None:
            text_report.render(findings, wording, _console(), per_rule=per_rule, verbose=verbose)
            return
        text = _as_text(findings, wording, per_rule, verbose)
    if output is not None:
        from stuvalid.files import write_atomically

        write_atomically(output, text.encode("utf-8"), force=True)


def _console() -> Any:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 80
    return Console(width=width, highlight=False, emoji=False, markup=False)


def _as_text(findings: Findings, wording: Any, per_rule: int, verbose: bool) -> str:
    import io

    from rich.console import Console

    from stuvalid.report import text as text_report

    stream = io.StringIO()
    console = Console(file=stream, width=100, highlight=False, emoji=False, markup=False, color_system=None)
    text_report.render(findings, wording, console, per_rule=per_rule, verbose=verbose)
    return stream.getvalue()


def _exit_code(findings: Findings, *, strict: bool, exit_zero: bool) -> int:
    from stuvalid.findings import Severity

    if findings.crashed or findings.unreadable or all(report.status == "skipped" for report in findings.files):
        return FAILED
    faults = findings.count(Severity.ERROR) + (findings.count(Severity.WARNING) if strict else 0)
    return FOUND if faults and not exit_zero else OK


@app.command(help=say("列出规则；给出编号就解释那一条。", "List the rules, or explain one by its id."))
def rules(
    rule: Annotated[str | None, typer.Argument(metavar="[ID]", help=say("规则编号或名称，如 IDN020", "Rule id or name, such as IDN020"))] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help=say("输出格式", "Format"))] = Format.text,
    lang: Lang = "zh",
) -> None:  # fmt: skip
    with _errors_in_one_sentence():
        from stuvalid.report import catalogue
        from stuvalid.rules.registry import all_rules, find_rule

        chosen = [find_rule(rule)] if rule else list(all_rules().values())
        if format_ is Format.json:
            sys.stdout.write(catalogue.rules_json(chosen))
        elif rule:
            catalogue.explain(chosen[0], language(), _console())
        else:
            catalogue.list_rules(chosen, language(), _console())


@app.command(help=say(
    "查代码表，如 stuvalid codes ethnicity 畲、stuvalid codes division 迎泽区。",
    "Look a code up, as in: stuvalid codes ethnicity 畲, stuvalid codes division 140106.",
))  # fmt: skip
def codes(
    words: Annotated[list[str] | None, typer.Argument(metavar="[LIST] [TEXT]", help=say("代码表名和要查的字", "List id and text"))] = None,
    lang: Lang = "zh",
) -> None:  # fmt: skip
    with _errors_in_one_sentence():
        from stuvalid.report import catalogue

        catalogue.show_codes(words or [], language(), _console())


@app.command(help=say("列出能识别的模板。", "List the forms that are recognised."))
def templates(lang: Lang = "zh") -> None:
    with _errors_in_one_sentence():
        from stuvalid.report import catalogue
        from stuvalid.templates import templates as known

        catalogue.list_templates(known(), language(), _console())
