"""What the commands share: their options, errors as sentences, progress, reports and exit codes.

Heavy modules are imported inside functions, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from stuvalid.errors import StuvalidError, UsageError
from stuvalid.language import LANGUAGES, configure_language, language, say

if TYPE_CHECKING:
    from stuvalid.config import Config
    from stuvalid.findings import Findings, Severity

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
_WORTH_WAITING = 20
_PER_RULE = 5


def _known_language(value: str) -> str:
    """Refuse a language we have not; what was chosen is read from the arguments by `language`."""
    if value not in ("", *LANGUAGES):
        raise typer.BadParameter(say(f"没有“{value}”，可用 zh、en", f"no such language '{value}'; use zh or en"))
    return value


Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        metavar="zh|en",
        callback=_known_language,
        show_default=False,
        help=say("界面和报告的语言", "Language of help and reports"),
    ),
]
FormatName = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help=say(
            "屏幕上的格式：text json html xlsx csv junit sarif github gitlab markdown",
            "Format on standard output: text json html xlsx csv junit sarif github gitlab markdown",
        ),
    ),
]
Outputs = Annotated[
    list[str],
    typer.Option(
        "--output",
        "-o",
        metavar="[FORMAT=]FILE",
        help=say(
            "另写报告文件，格式看扩展名；可多次给出",
            "Also write a report file, its format by its suffix; may be repeated",
        ),
    ),
]
Select = Annotated[
    list[str],
    typer.Option("--select", help=say("只用这些规则（编号、名称或前缀）", "Only these rules (id, name or prefix)")),
]
Ignore = Annotated[list[str], typer.Option("--ignore", help=say("不用这些规则", "Not these rules"))]
Levels = Annotated[
    list[str],
    typer.Option(
        "--severity",
        metavar="ID=LEVEL",
        help=say("改规则的级别，如 TPL001=warning", "Change a rule's level, as in TPL001=warning"),
    ),
]
Strict = Annotated[
    bool | None, typer.Option("--strict/--no-strict", help=say("警告也算错误", "Count warnings as errors"))
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help=say("有错误也返回0", "Exit with 0 even if errors are found"))
]
ShowValues = Annotated[
    bool | None,
    typer.Option(
        "--show-values/--mask-values", help=say("不遮盖身份证号、姓名等", "Do not mask ID numbers, names and so on")
    ),
]
PerRule = Annotated[
    int | None,
    typer.Option("--per-rule", min=0, help=say("每条规则在每个文件中最多列出几处", "Findings shown per rule and file")),
]
Workers = Annotated[
    int, typer.Option("--workers", "-j", min=0, help=say("进程数，0为自动", "Processes, 0 for automatic"))
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help=say("列出提示和略过的文件", "Show infos and files passed over"))
]
Force = Annotated[bool, typer.Option("--force", help=say("允许覆盖已有的输出", "Overwrite existing output"))]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help=say("用这个 stuvalid.toml", "Use this stuvalid.toml"))
]

Progress: TypeAlias = Callable[[int, int], None]


@contextmanager
def errors_in_one_sentence() -> Iterator[None]:
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
        typer.echo(
            say(f"错误：读写文件失败（{reason}）。", f"error: a file could not be read or written ({reason})."),
            err=True,
        )
        raise typer.Exit(FAILED) from None


def load_config(file: Path | None, paths: Sequence[Path]) -> Config:
    """The configuration named by the user, else the nearest above the first input; sets the language."""
    from stuvalid.config import find_config, read_config

    config = read_config(file) if file else find_config(paths[0] if paths else Path.cwd())
    configure_language(config.get("language"))
    _use_own_rules(config, named=file is not None)
    return config


def _use_own_rules(config: Config, *, named: bool) -> None:
    """Let the rule files of the configuration count, unless it was merely found among what is checked.

    What a school sent may hold a ``stuvalid.toml`` too, and rules are programs: they run if the user named the
    configuration or works in or below its folder.
    """
    from stuvalid.rules.registry import use_rule_files

    files = config.get("rules")
    here = Path.cwd()
    trusted = named or config.path is None or config.path.resolve().parent in (here, *here.parents)
    use_rule_files(files if trusted else (), refused=() if trusted else files)


def split_words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of a repeated option that may also hold commas."""
    return tuple(word for value in values for word in value.replace("，", ",").split(",") if word)


def parse_levels(values: Iterable[str]) -> tuple[tuple[str, Severity], ...]:
    """``ID=LEVEL`` words as pairs; UsageError when one is malformed."""
    from stuvalid.findings import Severity

    pairs = []
    for word in split_words(values):
        name, _, level = word.partition("=")
        try:
            pairs.append((name, Severity.parse(level)))
        except KeyError:
            raise UsageError(
                f"--severity 写法不对：{word}。",
                f"--severity is malformed: {word}.",
                mend_zh="写成 规则=error|warning|info。",
                mend_en="Write RULE=error|warning|info.",
            ) from None
    return tuple(pairs)


def know_rules(select: tuple[str, ...], ignore: tuple[str, ...], levels: tuple[tuple[str, Severity], ...]) -> None:
    """Say at once, not once per file, that a rule named by the user does not exist."""
    if select or ignore or levels:
        from stuvalid.rules.registry import selected_rules

        selected_rules(select, ignore, levels)


@contextmanager
def progress_bar(zh: str, en: str) -> Iterator[Progress | None]:
    """A bar on standard error when a person watches and there is enough to wait for."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn(say(zh, en)),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("")

    def tell(done: int, total: int) -> None:
        if total >= _WORTH_WAITING and not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()


def terminal() -> Any:
    """A rich console on standard output: 80 columns and no colours when it is piped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 80
    return Console(width=width, highlight=False, emoji=False, markup=False)


@dataclass(frozen=True, slots=True)
class Reporting:
    """How findings are told: on standard output in ``format``, and in ``outputs`` ([FORMAT=]FILE) besides.

    ``inputs`` are never overwritten by an output.
    """

    format: str = "text"
    outputs: tuple[str, ...] = ()
    show_values: bool = False
    per_rule: int | None = None
    verbose: bool = False
    strict: bool = False
    exit_zero: bool = False
    force: bool = False
    inputs: tuple[Path, ...] = ()

    @property
    def formats(self) -> frozenset[str]:
        """Every format that is wanted somewhere."""
        from stuvalid.report.formats import format_of

        return frozenset({self.format, *(format_of(output)[0] for output in self.outputs)})

    def check(self) -> None:
        """Raise UsageError before the work begins rather than after it."""
        from stuvalid.report.formats import FORMATS, format_of

        if self.format not in FORMATS:
            raise UsageError(
                f"没有报告格式“{self.format}”。",
                f"There is no report format '{self.format}'.",
                mend_zh=f"可用：{'、'.join(FORMATS)}。",
                mend_en=f"Known: {', '.join(FORMATS)}.",
            )
        if FORMATS[self.format].binary and sys.stdout.isatty():
            raise UsageError(
                f"{self.format} 不能显示在屏幕上。",
                f"{self.format} cannot be shown in a terminal.",
                mend_zh=f"请用 --output 报告.{self.format}。",
                mend_en=f"Use --output report.{self.format}.",
            )
        for output in self.outputs:
            format_of(output)


def deliver(findings: Findings, reporting: Reporting) -> None:
    """Write the report to standard output and to every output file."""
    from stuvalid.report.formats import format_of, render
    from stuvalid.report.wording import Wording

    wording = Wording(language(), show_values=reporting.show_values)
    for output in reporting.outputs:
        name, path = format_of(output)
        _write(path, render(name, findings, wording), name, reporting)
    if reporting.format == "text":
        from stuvalid.report import text

        per_rule = _PER_RULE if reporting.per_rule is None else reporting.per_rule
        text.render(findings, wording, terminal(), per_rule=per_rule, verbose=reporting.verbose)
    else:
        send(render(reporting.format, findings, wording))


def _write(path: Path, content: bytes, name: str, reporting: Reporting) -> None:
    from stuvalid.files import write_atomically

    # A report may be renewed at will, but an existing workbook could be a school's data.
    force = reporting.force or name not in {"xlsx", "csv"}
    write_atomically(path, content, force=force, inputs=reporting.inputs)


def send(content: bytes) -> None:
    """A document to standard output: as text to a person, byte by byte into a pipe, whatever its code page."""
    if sys.stdout.isatty():
        sys.stdout.write(content.decode("utf-8"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def exit_code(findings: Findings, *, strict: bool = False, exit_zero: bool = False) -> int:
    """0 without errors, 1 with errors, 2 when something could not be checked at all."""
    from stuvalid.findings import Severity

    if findings.incomplete or all(report.status == "skipped" for report in findings.files):
        return FAILED
    faults = findings.count(Severity.ERROR) + (findings.count(Severity.WARNING) if strict else 0)
    return FOUND if faults and not exit_zero else OK
