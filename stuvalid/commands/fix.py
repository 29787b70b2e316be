"""``stuvalid fix``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import exit_code, progress_bar, tell, terminal
from stuvalid.commands.options import Checking, Force, Paths, ShowValues, option, spread
from stuvalid.config import Config
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.mending.fix import FixOptions, FixResult, Mended
    from stuvalid.received.walk import Reception, Source
    from stuvalid.report.wording import Wording

HELP = say(
    "写出改好的副本：只有一种读法的错误自动改，原文件不动。\n\n先用 --diff 看会改什么。",
    "Write a mended copy: what has only one reading is mended, the original stays.\n\nSee with --diff what would change.",
)
_LOGS = (".xlsx", ".json")


@spread
def fix(
    paths: Paths,
    checking: Checking,
    settings: Config,
    output: Annotated[
        Path | None,
        option(
            "副本的文件名；多个文件时是新文件夹",
            "The copy, or for several files a new folder",
            "--output",
            "-o",
            metavar="OUT",
        ),
    ] = None,
    diff: Annotated[
        bool, option("只显示会改什么，不写文件", "Show what would change and write nothing", "--diff")
    ] = False,
    unsafe: Annotated[
        bool,
        option("也改需要人确认的（由其他格推出的）", "Also apply fixes derived from other cells", "--unsafe-fixes"),
    ] = False,
    mark: Annotated[
        bool,
        option(
            "在副本里标注剩下的问题（同 check --annotate）",
            "Mark in the copy what is left, as check --annotate does",
            "--mark",
        ),
    ] = False,
    to_form: Annotated[
        bool,
        option(
            "把学生放进规定的表：列按顺序、全部文本、带下拉，没有标题、示例、合计和标记，可直接导入",
            "Pour the pupils into the issued form, ready to be imported",
            "--to-form",
        ),
    ] = False,
    log: Annotated[
        Path | None,
        option(
            "修改记录（.xlsx 或 .json）；默认写在副本旁边",
            "Log of changes (.xlsx or .json); by default beside the copy",
            "--log",
            metavar="FILE",
        ),
    ] = None,
    decrypt: Annotated[
        bool, option("有密码的文件，副本不再加密码", "Leave the copy of a protected file unprotected", "--decrypt")
    ] = False,
    show_values: ShowValues = False,
    force: Force = False,
) -> int:
    """Write mended copies."""
    from dataclasses import replace

    from stuvalid.mending.fix import FixOptions, fix_sources
    from stuvalid.mending.outputs import is_single
    from stuvalid.report.wording import Wording

    # Which fixes are wanted is said by the options alone; what is checked, and so remains, by the settings.
    chosen = checking.options()
    kept = replace(checking, select=settings.get("select"), ignore=settings.get("ignore")).options()
    reception = _received(paths, kept.password)
    sources = reception.of_kind("workbook")
    single = is_single(paths, sources)
    _refuse_early(sources, output, log, single=single, diff=diff)
    convert = single and output is not None and output.suffix.lower() == ".xlsx"
    if to_form and (diff or mark):
        raise UsageError(
            "--to-form 写的是空白表加学生，不能和 --diff、--mark 一起用。",
            "--to-form goes with neither --diff nor --mark.",
        )
    options = FixOptions(kept, unsafe, _chosen(chosen.select, chosen.ignore, settings), decrypt, convert or to_form)
    with progress_bar("修正中", "mending") as told:
        result = fix_sources(sources, options, progress=told)
    if to_form:
        _pour(result, options)
    result.after.not_checked += reception.not_read("workbook")
    wording = Wording(language(), show_values=show_values)
    if diff:
        _show(result, wording)
    else:
        _finish(result, options, wording, mark=mark)
        _write(result, paths, output, log, wording, single=single, force=force)
    _tell(result, wording, written=not diff, unsafe=unsafe, marked=mark)
    return _exit_code(result)


def _chosen(select: tuple[str, ...], ignore: tuple[str, ...], settings: Config) -> frozenset[str] | None:
    """The rules whose fixes are wanted; None for all of them."""
    select = () if select == settings.get("select") else select
    ignore = () if ignore == settings.get("ignore") else ignore
    if not select and not ignore:
        return None
    from stuvalid.rules.registry import selected_rules

    return frozenset(known.id for known in selected_rules(select, ignore, ()))


def _received(paths: list[Path], password: str | None) -> Reception:
    from stuvalid.received.walk import discover

    reception = discover(paths, password)
    if not reception.of_kind("workbook"):
        reason = next((entry for entry in reception.refused if not entry.passed_over), None)
        why_zh, why_en = (f"{reason.name}：{reason.zh}。", f" {reason.name}: {reason.en}.") if reason else ("", "")
        raise UsageError(f"没有找到可以修正的工作簿。{why_zh}", f"There is no workbook to mend.{why_en}")
    return reception


def _refuse_early(sources: list[Source], output: Path | None, log: Path | None, *, single: bool, diff: bool) -> None:
    """What would be refused after the work is refused before it."""
    if log is not None and log.suffix.lower() not in _LOGS:
        raise UsageError("修改记录只能是 .xlsx 或 .json。", "The log of changes is .xlsx or .json.")
    if output is None and not diff and (not single or sources[0].path is None):
        raise UsageError(
            "请用 -o 指定输出：一个文件时是文件名，多个文件时是文件夹。",
            "Name the output with -o: a file for one file, a folder for several.",
        )


def _pour(result: FixResult, options: FixOptions) -> None:
    from stuvalid.mending.toform import pour, said

    for found in pour(result, options).values():
        tell(*said(found))


def _finish(result: FixResult, options: FixOptions, wording: Wording, *, mark: bool) -> None:
    """Mark what is left if that is wanted, and protect again what was protected."""
    if mark:
        from stuvalid.mending.annotating import mark_remaining

        mark_remaining(result, wording, options)
    result.protect(options)


def _show(result: FixResult, wording: Wording) -> None:
    from stuvalid.mending.preview import differences, fitted

    for line in fitted(differences(result, wording), terminal().width):
        typer.echo(line)


def _write(
    result: FixResult,
    paths: list[Path],
    output: Path | None,
    log: Path | None,
    wording: Wording,
    *,
    single: bool,
    force: bool,
) -> None:
    copies = [entry for entry in result.files if entry.failure is None and _is_there(entry)]
    if single:
        _write_single(copies, paths, output, log, wording, force=force)
    elif output is not None:
        _write_folder(copies, paths, output, log, wording, force=force)


def _is_there(entry: Mended) -> bool:
    """Whether there is anything to write: a damaged member of an archive cannot even be copied."""
    try:
        entry.content()
    except StuvalidError:
        return False
    return True


def _write_single(
    copies: list[Mended], paths: list[Path], output: Path | None, log: Path | None, wording: Wording, *, force: bool
) -> None:
    from stuvalid.files import refuse_target, write_atomically
    from stuvalid.mending.outputs import default_output, write_one

    for entry in copies:
        target = output or default_output(paths[0], entry.suffix, "已修正", "mended")
        word = say("修改记录", "changes")
        beside = [target.with_name(f"{target.stem}.{word}{suffix}") for suffix in _LOGS] if entry.changes else []
        logs = [log] if log is not None else beside
        for name in (target, *logs):
            refuse_target(name, force=force, inputs=paths, folder=False)
        written = write_one(target, entry.content(), entry.suffix, paths[0], force=force)
        tell(f"已写出 {written}", f"written: {written}")
        for name in logs:
            write_atomically(name, _log([(entry, target.name)], name, wording), force=force, inputs=paths)
            tell(f"修改记录 {name}", f"log of changes: {name}")


def _write_folder(
    copies: list[Mended], paths: list[Path], output: Path, log: Path | None, wording: Wording, *, force: bool
) -> None:
    from stuvalid.files import refuse_target, write_atomically
    from stuvalid.mending.outputs import distinct_names, relative_name, write_all

    if log is not None:
        refuse_target(log, force=force, inputs=paths, folder=False)
    word = say("修改记录", "changes")
    names = distinct_names(relative_name(entry.source, paths, entry.suffix) for entry in copies)
    named = list(zip(copies, names, strict=True))
    contents = [(name, entry.content()) for entry, name in named]
    beside = [f"{word}{suffix}" for suffix in _LOGS] if log is None else []
    contents.extend((name, _log(named, Path(name), wording)) for name in beside)
    write_all(output, contents, paths, force=force)
    if log is not None:
        write_atomically(log, _log(named, log, wording), force=force, inputs=paths)
    tell(f"已写出 {output}：{len(named)} 个文件和修改记录", f"written: {output}, {len(named)} files and the log")


def _log(named: list[tuple[Mended, str]], target: Path, wording: Wording) -> bytes:
    from stuvalid.mending import changelog

    if target.suffix.lower() == ".json":
        return changelog.as_json(named, wording).encode()
    return changelog.as_xlsx(named, wording)


def _tell(result: FixResult, wording: Wording, *, written: bool, unsafe: bool, marked: bool) -> None:
    """How much was mended by which rule, what a person should know, and what remains."""
    from stuvalid.mending.notes import in_words
    from stuvalid.mending.preview import fitted, mended, remaining

    for entry in result.files:
        name = wording.path(entry.source.name)
        if entry.failure is not None:
            typer.echo(f"{name}: {entry.failure.text(language())}", err=True)
        for note in in_words(entry.notes, wording):
            typer.echo(f"{name}: {note}", err=True)
    passed_over = [report for report in result.after.files if report.status == "skipped"]
    for report in (*result.after.unreadable, *passed_over):
        reason = wording.say(report.reason_zh, report.reason_en)
        typer.echo(f"{wording.path(report.path)}: {wording.text(reason)}", err=True)
    for passed in result.after.account():
        why = wording.text(wording.say(passed.zh, passed.en))
        typer.echo(say(f"没有读 {passed.count} 处：{why}", f"not read, {passed.count}: {why}"), err=True)
    left = remaining(result.after, wording, unsafe=unsafe, marked=marked, preview=not written)
    for line in fitted((*mended(result, wording, written=written), *left), terminal().width):
        typer.echo(line)


def _exit_code(result: FixResult) -> int:
    failed = any(entry.failure is not None for entry in result.files)
    return exit_code(result.after, failed=True if failed else None)
