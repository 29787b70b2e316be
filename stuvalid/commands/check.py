"""``stuvalid check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import (
    FAILED,
    check_reporting,
    deliver,
    exit_code,
    needs_format,
    progress_bar,
    send,
    tell,
    tell_ignored,
    terminal,
    write_reports,
)
from stuvalid.commands.options import Checking, Paths, Reporting, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.check.cache import ResultCache
    from stuvalid.check.run import CheckOptions
    from stuvalid.findings import Findings
    from stuvalid.submissions.baseline import Baseline
    from stuvalid.submissions.pseudonyms import Pseudonyms


_FEW, _SMALL = 4, 1 << 20
HELP = say(
    "检查工作簿：每个错误在哪一格、怎么改。\n\n可以给文件、文件夹、zip；- 表示标准输入。",
    "Check workbooks: each mistake at its cell, with the way to mend it.\n\n"
    "Give files, folders, zip archives or - for standard input.",
)


@spread
def check(
    paths: Paths,
    checking: Checking,
    reporting: Reporting,
    annotate: Annotated[
        Path | None,
        option(
            "另写标注了每处错误的副本（多个文件时是新文件夹）",
            "Also write a copy with each fault marked (a new folder for several files)",
            "--annotate",
            metavar="OUT",
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        option(
            "说明清单：已说明的问题不计入",
            "List of explained findings, which do not count",
            "--baseline",
            metavar="FILE",
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        option(
            "把现有问题写成待填的说明清单（.toml 或 .json）",
            "Write the present findings as such a list, to be filled in (.toml or .json)",
            "--write-baseline",
            metavar="FILE",
        ),
    ] = None,
    forecast: Annotated[
        bool,
        option(
            "改为逐人说明：已知哪些会被系统退回（系统的原话），每班多少；只有系统才知道的另列",
            "Say instead what is known against each pupil's acceptance, in the registry's words, by class",
            "--forecast",
        ),
    ] = False,
    cache: Annotated[
        bool, option("没有变化的文件用上次的结果", "Take unchanged files from the last run", "--cache/--no-cache")
    ] = True,
    cache_dir: Annotated[
        Path | None,
        option("上次的结果放在这里（已加密）", "Keep results here (encrypted)", "--cache-dir", metavar="DIR"),
    ] = None,
    clear_cache: Annotated[bool, option("先清除上次的结果", "Forget the last results first", "--clear-cache")] = False,
) -> int:
    """Check workbooks and report what is wrong with them."""
    from stuvalid.check.conductor import check_paths, load_early

    check_reporting(reporting)
    if forecast:
        needs_format(reporting.format_, ("text", "json"))
    pseudonyms = _pseudonyms(reporting)
    explained = _baseline(baseline)
    glean = None
    if pseudonyms is not None or explained is not None or write_baseline is not None or forecast:
        from stuvalid.submissions.identities import PupilGleaner

        glean = PupilGleaner()
    options = checking.options(glean=glean)
    if annotate is not None:
        refuse_annotation(paths, annotate, force=reporting.force)
    memory = _memory(cache_dir, options, wanted=cache and _is_worth_remembering(paths), clear=clear_cache)
    if len(paths) == 1 and paths[0].is_file() and sys.platform == "linux":
        load_early()
    with progress_bar("检查中", "checking") as told:
        findings, ignored = check_paths(paths, options, progress=told, meanwhile=_load_wording, memory=memory)
    if reporting.verbose and memory is not None and memory.hits:
        tell(f"{memory.hits} 个文件没有变化，用上次的结果", f"{memory.hits} files unchanged, taken from the last run")
    _explain(findings, explained, write_baseline, options, force=reporting.force)
    if pseudonyms is not None:
        from stuvalid.submissions.pseudonyms import name_pupils

        name_pupils(findings, pseudonyms)
    if reporting.verbose:
        tell_ignored(ignored, show_values=reporting.show_values)
    if forecast:
        write_reports(findings, reporting, paths)
        _foretell(findings, reporting)
    else:
        deliver(findings, reporting, paths)
    if annotate is not None and not write_annotations(
        paths,
        findings,
        annotate,
        password=checking.password,
        form=checking.template,
        force=reporting.force,
        workers=checking.workers,
    ):
        return FAILED
    return exit_code(findings, reporting)


def _foretell(findings: Findings, reporting: Reporting) -> None:
    """What is known of each pupil's acceptance, in place of the report."""
    import json

    from stuvalid.report.wording import Wording
    from stuvalid.returned.forecast import document, forecast, lines

    if reporting.quiet:
        return
    found, wording = forecast(findings), Wording(language(), show_values=reporting.show_values)
    if reporting.format_ == "json":
        send((json.dumps(document(found, wording), ensure_ascii=False, indent=1) + "\n").encode())
        return
    console = terminal()
    for line in lines(found, wording, most=0 if reporting.verbose else reporting.per_rule):
        console.print(line)


def _pseudonyms(reporting: Reporting) -> Pseudonyms | None:
    """What names pupils in a json report, so that `stuvalid diff` can follow them; None where none is made."""
    if "json" not in reporting.formats:
        return None
    from stuvalid.check.machinekey import machine_key
    from stuvalid.submissions.pseudonyms import Pseudonyms

    key = machine_key()
    return None if key is None else Pseudonyms(key)


def _baseline(path: Path | None) -> Baseline | None:
    if path is None:
        return None
    from stuvalid.submissions.baseline import read_baseline

    return read_baseline(path)


def _is_worth_remembering(paths: Sequence[Path]) -> bool:
    """Whether the last results could save more time than loading what keeps them takes."""
    small = (path.is_file() and path.suffix.lower() != ".zip" and path.stat().st_size < _SMALL for path in paths)
    return not (len(paths) < _FEW and all(small))


def _memory(folder: Path | None, options: CheckOptions, *, wanted: bool, clear: bool) -> ResultCache | None:
    """The results of earlier runs, None where they are not wanted or cannot be kept."""
    if not wanted and not clear:
        return None
    from stuvalid.check import cache
    from stuvalid.submissions.identities import SheetPupils

    folder = folder or cache.default_folder()
    if clear:
        cache.clear(folder)
    return cache.ResultCache(folder, options, SheetPupils) if wanted else None


def _explain(
    findings: Findings, explained: Baseline | None, output: Path | None, options: CheckOptions, *, force: bool
) -> None:
    """Let what was explained not count, and write the list of what is not yet."""
    if explained is None and output is None:
        return
    from stuvalid.report.wording import Wording
    from stuvalid.rules.registry import selected_rules
    from stuvalid.submissions.accepting import apply_baseline, write_baseline

    if explained is not None:
        chosen = {known.id: known for known in selected_rules(options.select, options.ignore, options.severities)}
        apply_baseline(findings, explained, chosen, options.today)
    if output is not None:
        count = write_baseline(output, findings, options.today, Wording(language()), former=explained, force=force)
        tell(
            f"已写出 {output}（{count} 条），请逐条写上原因、核实人；密钥在 {output.name}.key，一起保管。",
            f"wrote {output}, {count} entries: give reasons and names; keep {output.name}.key with it",
        )


def _load_wording() -> None:
    """Load what words the findings while the workers read, so that the user does not wait for it after them."""
    from stuvalid.rules.registry import all_rules

    all_rules()


def refuse_annotation(paths: Sequence[Path], output: Path, *, force: bool) -> None:
    """Say before the check rather than after it that the copies cannot be written."""
    if Path("-") in paths:
        raise UsageError("标准输入不能标注，请给文件。", "Standard input cannot be annotated; name a file.")
    from stuvalid.files import refuse_target

    if output.exists() and not output.is_dir():
        refuse_target(output, force=force, inputs=paths, folder=False)


def write_annotations(
    paths: Sequence[Path],
    findings: Findings,
    output: Path,
    *,
    password: str | None,
    form: str,
    force: bool,
    workers: int = 0,
) -> bool:
    """Write the copies; False when one of them could not be made."""
    from stuvalid.mending.annotating import write_annotated
    from stuvalid.mending.notes import in_words
    from stuvalid.received.walk import discover
    from stuvalid.report.wording import Wording

    sources = discover(paths, password).of_kind("workbook")
    wording = Wording(language())
    made = write_annotated(
        paths, sources, findings, output, wording, password=password, form=form, force=force, workers=workers
    )
    for source, annotated in made:
        name = wording.path(source.name)
        if annotated.copy.failure is not None:
            typer.echo(f"{name}: {annotated.copy.failure.text(language())}", err=True)
        for note in in_words(annotated.notes, wording):
            typer.echo(f"{name}: {note}", err=True)
    copies = sum(bool(annotated.data) for _, annotated in made)
    if copies:
        tell(
            f"已写出标注的副本 {output}（{copies} 个文件，含完整内容，只发回原学校）",
            f"annotated: {output}, {copies} files, with values in full: for that school only",
        )
    return copies == len(made)
