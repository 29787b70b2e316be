"""What the commands share while they run: errors as sentences, progress, reports and exit codes.

Heavy modules are imported inside functions, so that ``--help`` answers at once. Options are in `stuvalid.commands.options`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from stuvalid.commands.options import Reporting
from stuvalid.commands.usage import UsageFault, fault_in_language
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.findings import Findings
    from stuvalid.received.walk import NotRead

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130
_WORTH_WAITING = 20

Progress: TypeAlias = Callable[[int, int], None]
Stages: TypeAlias = Callable[[str, int, int], None]


def tell(zh: str, en: str) -> None:
    """A note beside the result: on standard error."""
    typer.echo(say(zh, en), err=True)


@contextmanager
def errors_in_one_sentence() -> Iterator[None]:
    """Turn what a user may meet into one sentence on standard error and exit code 2."""
    try:
        yield
    except UsageFault as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
            raise typer.Exit(FAILED) from None
        context = getattr(error, "ctx", None)
        help_zh, help_en = (
            (f"用法见 {context.command_path} --help。", f" See {context.command_path} --help.") if context else ("", "")
        )
        tell(f"错误：{fault_in_language(error, 'zh')}{help_zh}", f"error: {fault_in_language(error, 'en')}{help_en}")
        raise typer.Exit(FAILED) from None
    except StuvalidError as error:
        from stuvalid.findings.masking import shown_sentence

        tell(f"错误：{shown_sentence(error.text('zh'))}", f"error: {shown_sentence(error.text('en'))}")
        raise typer.Exit(FAILED) from None
    except (KeyboardInterrupt, typer.Abort):
        from stuvalid.files import written_so_far

        written = "、".join(map(str, written_so_far()))
        if written:
            tell(f"已中断。在此之前已写出：{written}。", f"Interrupted. Written before: {written}.")
        else:
            tell("已中断，没有写出任何文件。", "Interrupted; nothing was written.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise typer.Exit(OK) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        tell(f"错误：读写文件失败（{reason}）。", f"error: a file could not be read or written ({reason}).")
        raise typer.Exit(FAILED) from None


def needs_existing(path: Path) -> None:
    """Refuse a path of the user's that is not there."""
    if not path.exists():
        raise UsageError(
            f"找不到 {path}。", f"{path} does not exist.", mend_zh="检查路径是否写对。", mend_en="Check the path."
        )


def needs_format(name: str, known: Sequence[str], *, binary: bool = False) -> None:
    """Refuse a format that there is not, or one that no terminal can show."""
    if name not in known:
        raise UsageError(
            f"没有格式“{name}”。",
            f"There is no format '{name}'.",
            mend_zh=f"可用：{'、'.join(known)}。",
            mend_en=f"Known: {', '.join(known)}.",
        )
    if binary and sys.stdout.isatty():
        raise UsageError(
            f"{name} 不能显示在屏幕上。",
            f"{name} cannot be shown in a terminal.",
            mend_zh=f"请用 --output 报告.{name}。",
            mend_en=f"Use --output report.{name}.",
        )


@contextmanager
def stages_bar(words: Callable[[str], str]) -> Iterator[Stages | None]:
    """A bar a stage on standard error when a person watches; ``words`` name the stages."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}

    def told(stage: str, done: int, total: int) -> None:
        if total >= _WORTH_WAITING and not bar.live.is_started:
            bar.start()
        if stage not in tasks:
            tasks[stage] = bar.add_task(words(stage))
        bar.update(tasks[stage], completed=done, total=total)

    try:
        yield told
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def progress_bar(zh: str, en: str) -> Iterator[Progress | None]:
    """A bar on standard error when a person watches and there is enough to wait for."""
    with stages_bar(lambda _: say(zh, en)) as told:
        yield None if told is None else lambda done, total: told("", done, total)


def terminal() -> Any:
    """A rich console on standard output: 80 columns and no colours when it is piped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 80
    return Console(width=width, highlight=False, emoji=False, markup=False)


def tell_ignored(ignored: Iterable[NotRead], *, show_values: bool) -> None:
    """What was passed over; its names are masked, for photos lie beside the workbooks, named by identity numbers."""
    from stuvalid.findings.masking import shown_path

    for entry in ignored:
        name = entry.name if show_values else shown_path(entry.name)
        tell(f"略过 {name}：{entry.zh}", f"passed over {name}: {entry.en}")


def tell_written(paths: Iterable[Path]) -> None:
    """What was written."""
    for path in paths:
        tell(f"已写出 {path}", f"written: {path}")


def check_reporting(reporting: Reporting) -> None:
    """Raise UsageError for a report that cannot be made before the work begins rather than after it."""
    from stuvalid.report.formats import FORMATS, format_of

    needs_format(
        reporting.format_, tuple(FORMATS), binary=reporting.format_ in FORMATS and FORMATS[reporting.format_].binary
    )
    for output in reporting.output:
        format_of(output)


def deliver(findings: Findings, reporting: Reporting, inputs: Sequence[Path]) -> None:
    """Write the report to every output file and to standard output; ``inputs`` are never overwritten."""
    write_reports(findings, reporting, inputs)
    if reporting.quiet:
        return
    from stuvalid.report.wording import Wording

    wording = Wording(language(), show_values=reporting.show_values)
    if reporting.statistics:
        from stuvalid.report import text
        from stuvalid.report.shown import WordedRun

        text.show_statistics(WordedRun(findings, wording), terminal())
    elif reporting.format_ == "text":
        from stuvalid.report import text
        from stuvalid.report.shown import WordedRun

        text.show(WordedRun(findings, wording), terminal(), per_rule=reporting.per_rule, verbose=reporting.verbose)
    else:
        from stuvalid.report.formats import pieces

        send(pieces(reporting.format_, findings, wording))


def write_reports(findings: Findings, reporting: Reporting, inputs: Sequence[Path]) -> None:
    """Write the report files that are wanted."""
    if not reporting.output:
        return
    from stuvalid.files import write_atomically
    from stuvalid.report.formats import format_of, pieces
    from stuvalid.report.wording import Wording

    wording = Wording(language(), show_values=reporting.show_values)
    for output in reporting.output:
        name, path = format_of(output)
        write_atomically(
            path,
            lambda stream, name=name: stream.writelines(pieces(name, findings, wording)),  # type: ignore[misc]
            force=reporting.force,
            inputs=inputs,
        )
        tell(f"报告已写入 {path}", f"report: {path}")


def send(content: bytes | Iterable[bytes]) -> None:
    """A document to standard output: as text to a person, byte by byte into a pipe, whatever its code page.

    Pieces of a document are written as they come: each holds whole characters.
    """
    person = sys.stdout.isatty()
    sys.stdout.flush()
    for piece in (content,) if isinstance(content, bytes) else content:
        if person:
            sys.stdout.write(piece.decode("utf-8"))
        else:
            sys.stdout.buffer.write(piece)
    sys.stdout.flush()
    sys.stdout.buffer.flush()


def exit_code(findings: Findings, reporting: Reporting | None = None, *, failed: bool | None = None) -> int:
    """0 without errors, 1 with errors, 2 when something could not be checked at all (``failed`` says so itself)."""
    from stuvalid.findings import Severity

    reporting = reporting or Reporting()
    if failed is None:
        failed = findings.incomplete or all(report.status == "skipped" for report in findings.files)
    if findings.crashed or failed:
        return FAILED
    faults = findings.count(Severity.ERROR) + (findings.count(Severity.WARNING) if reporting.strict else 0)
    return FOUND if faults and not reporting.exit_zero else OK
