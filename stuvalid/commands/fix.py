"""``stuvalid fix``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.check import Password, Template
from stuvalid.commands.common import (
    FAILED,
    FOUND,
    OK,
    ConfigFile,
    Force,
    Ignore,
    Lang,
    Select,
    ShowValues,
    Workers,
    errors_in_one_sentence,
    know_rules,
    load_config,
    parse_levels,
    progress_bar,
    split_words,
)
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.discovery import Source
    from stuvalid.mending.fix import FixResult, Mended
    from stuvalid.messages import Wording

HELP = say(
    "写出改好的副本：只有一种读法的错误自动改，原文件不动。\n\n先用 --diff 看会改什么。",
    "Write a mended copy: what has only one reading is mended, the original stays.\n\nSee with --diff what would change.",
)
_NOTES = {
    "converted": ("已转成 .xlsx（原来的颜色等格式没有保留）", "converted to .xlsx (its looks were not kept)"),
    "decrypted": ("副本没有打开密码", "the copy has no password"),
    "marks-removed": ("已去掉上次标注的颜色、批注和问题清单", "the marks of an earlier run were removed"),
    "signature-lost": (
        "文件的数字签名已失效，已去掉",
        "its digital signature no longer holds and was removed",
    ),
    "formula-replaced": ("有公式被数值取代", "a formula gave way to its value"),
    "array-formula-values": ("有数组公式变成了数值", "an array formula became values"),
    "merged-conflict": (
        "合并单元格里有两个不同的值，只写入了第一个",
        "two values were meant for one merged cell",
    ),
    "table-header-kept": ("有的表头被表格公式引用，没有改", "a header that formulas use was left"),
}


def fix(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=say("文件、文件夹或 zip", "Files, folders or zip archives"))],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT", help=say("副本的文件名；多个文件时是新文件夹", "The copy, or for several files a new folder"))] = None,
    diff: Annotated[bool, typer.Option("--diff", help=say("只显示会改什么，不写文件", "Show what would change and write nothing"))] = False,
    unsafe: Annotated[bool, typer.Option("--unsafe-fixes", help=say("也改需要人确认的（由其他格推出的）", "Also apply fixes derived from other cells"))] = False,
    log: Annotated[Path | None, typer.Option("--log", metavar="FILE", help=say("修改记录（.xlsx 或 .json）；默认写在副本旁边", "Log of changes (.xlsx or .json); by default beside the copy"))] = None,
    decrypt: Annotated[bool, typer.Option("--decrypt", help=say("允许把有密码的文件写成没有密码的副本", "Let the copy of a protected file be unprotected"))] = False,
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    template: Template = "",
    password: Password = None,
    show_values: ShowValues = None,
    force: Force = False,
    workers: Workers = 0,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:  # fmt: skip
    """Write mended copies."""
    with errors_in_one_sentence():
        from stuvalid.check import CheckOptions
        from stuvalid.mending.fix import FixOptions, fix_sources
        from stuvalid.mending.outputs import default_output, is_single
        from stuvalid.messages import Wording

        config = load_config(config_file, paths)
        chosen, passed = split_words(select), split_words(ignore)
        know_rules(chosen, passed, ())
        sources = _sources(paths)
        single = is_single(paths, sources)
        if output is None and not diff:
            if not single:
                raise UsageError(
                    "多个文件请用 -o 指定输出文件夹。", "Name an output folder with -o for several files."
                )
            output = default_output(paths[0], "已修正", "mended")
        levels = parse_levels(f"{name}={word}" for name, word in config.get("severity").items())
        check = CheckOptions(
            template=config.get("template", template), select=config.get("select"), ignore=config.get("ignore"),
            severities=levels, password=password, workers=workers,
        )  # fmt: skip
        options = FixOptions(check, unsafe, _rule_ids(chosen, passed), decrypt)
        with progress_bar("修正中", "mending") as told:
            result = fix_sources(sources, options, progress=told)
        wording = Wording(language(), show_values=config.get("show_values", show_values))
        if diff:
            _show(result, wording)
        elif output is not None:
            _write(result, paths, output, log, wording, single=single, force=force)
        _tell(result, wording, written=not diff)
        raise typer.Exit(_exit_code(result))


def _sources(paths: list[Path]) -> list[Source]:
    from stuvalid.discovery import discover

    sources, _ = discover(paths)
    if not sources:
        raise UsageError("没有找到可以修正的工作簿。", "There is no workbook to mend.")
    return sources


def _rule_ids(select: tuple[str, ...], ignore: tuple[str, ...]) -> frozenset[str] | None:
    """The rules whose fixes are wanted; None for all of them."""
    if not select and not ignore:
        return None
    from stuvalid.rules.registry import selected_rules

    return frozenset(known.id for known in selected_rules(select, ignore, ()))


def _show(result: FixResult, wording: Wording) -> None:
    """What would change: old and new of each cell, file by file."""
    from stuvalid.findings import letters
    from stuvalid.mending.changelog import shown
    from stuvalid.report.document import path

    for entry in result.files:
        if not entry.changes:
            continue
        typer.echo(path(entry.source.name, wording))
        for change in entry.changes:
            old, new = shown(change, entry.source.name, wording)
            cell = f"{letters(change.column)}{change.row + 1}"
            mark = "" if change.safe else say("（待确认）", " (unsafe)")
            typer.echo(f"  {change.sheet}!{cell} {change.header} {change.rule}{mark}")
            typer.echo(f"    - {old}")
            typer.echo(f"    + {new}")


def _write(
    result: FixResult,
    paths: list[Path],
    output: Path,
    log: Path | None,
    wording: Wording,
    *,
    single: bool,
    force: bool,
) -> None:
    from stuvalid.files import write_atomically
    from stuvalid.mending import changelog
    from stuvalid.mending.outputs import relative_name, write_all, write_one

    copies = [entry for entry in result.files if entry.failure is None]
    word = say("修改记录", "changes")
    if single:
        for entry in copies:
            written = write_one(output, entry.content(), entry.suffix, paths[0], force=force)
            typer.echo(say(f"已写出 {written}", f"written: {written}"), err=True)
        named = [(entry, output.name) for entry in copies]
        logs = [output.with_name(f"{output.stem}.{word}{suffix}") for suffix in (".xlsx", ".json")]
        for target in [log] if log is not None else logs if any(entry.changes for entry in copies) else []:
            data = _log(named, target.suffix.lower(), wording)
            write_atomically(target, data, force=force, inputs=paths)
            typer.echo(say(f"修改记录 {target}", f"log of changes: {target}"), err=True)
        return
    named = [(entry, relative_name(entry.source, paths, entry.suffix)) for entry in copies]
    contents = [(name, entry.content()) for entry, name in named]
    contents.append((f"{word}.xlsx", changelog.as_xlsx(named, wording)))
    contents.append((f"{word}.json", changelog.as_json(named, wording).encode()))
    write_all(output, contents, paths, force=force)
    if log is not None:
        write_atomically(log, _log(named, log.suffix.lower(), wording), force=force, inputs=paths)
    typer.echo(
        say(
            f"已写出 {output}：{len(named)} 个文件和修改记录",
            f"written: {output}, {len(named)} files and the log",
        ),
        err=True,
    )


def _log(named: list[tuple[Mended, str]], suffix: str, wording: Wording) -> bytes:
    from stuvalid.mending import changelog

    if suffix == ".json":
        return changelog.as_json(named, wording).encode()
    if suffix == ".xlsx":
        return changelog.as_xlsx(named, wording)
    raise UsageError("修改记录只能是 .xlsx 或 .json。", "The log of changes is .xlsx or .json.")


def _tell(result: FixResult, wording: Wording, *, written: bool) -> None:
    """How much was mended by which rule, what a person should know, and what remains."""
    from stuvalid.findings import Severity
    from stuvalid.report.document import path

    for entry in result.files:
        if entry.failure is not None:
            name = path(entry.source.name, wording)
            typer.echo(f"{name}: {entry.failure.text(language())}", err=True)
        for note in entry.notes:
            if note in _NOTES:
                typer.echo(f"{path(entry.source.name, wording)}：{say(*_NOTES[note])}", err=True)
    counts = Counter(change.rule for entry in result.files for change in entry.changes)
    total = sum(counts.values())
    rules = say("，", ", ").join(f"{rule} ×{count}" for rule, count in counts.most_common())
    verb = say("改了", "mended") if written else say("会改", "would mend")
    typer.echo(
        say(f"{verb} {total} 处", f"{verb} {total} cells")
        + (say(f"（{rules}）。", f" ({rules}).") if total else say("。", "."))
    )
    left = [result.after.count(severity) for severity in reversed(Severity)]
    if sum(left):
        typer.echo(
            say(
                f"还需人处理：{left[0]} 个错误，{left[1]} 个警告，{left[2]} 个提示；用 stuvalid check 查看。",
                f"Left for a person: {left[0]} errors, {left[1]} warnings, {left[2]} infos; see stuvalid check.",
            )
        )


def _exit_code(result: FixResult) -> int:
    from stuvalid.findings import Severity

    if (
        result.after.crashed
        or result.after.unreadable
        or any(entry.failure is not None for entry in result.files)
    ):
        return FAILED
    return FOUND if result.after.count(Severity.ERROR) else OK
