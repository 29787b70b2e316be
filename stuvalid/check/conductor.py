"""Files to findings: reading in workers, rules on joined tables, and what only the whole run can show."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from stuvalid.check.records import check_record_sheets, real_name
from stuvalid.check.run import CheckOptions, FileResult, Job, Memory
from stuvalid.errors import StuvalidError, UnreadableFile, UsageError
from stuvalid.findings import Block, ClassRun, FileLook, FileReport, Findings, NotChecked, Place, RuleRuns, SheetBeside
from stuvalid.findings.masking import mask_crash, name_candidates
from stuvalid.language import say
from stuvalid.received.walk import NotRead, Reception, Source, receiving

if TYPE_CHECKING:
    from stuvalid.collection.facts import RosterFacts
    from stuvalid.forms import Template
    from stuvalid.forms.sheets import FormSheet, PassedSheet, Survey
    from stuvalid.forms.table import Part, Table
    from stuvalid.rules.reading import Reading
    from stuvalid.rules.registry import Rule


CHUNK = 10
_MEMORY_BYTES = 3 << 30
_KEPT_BYTES = 64 << 20
_CLASS_CODE_DIGITS = 7
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def check_paths(
    paths: Iterable[Path],
    options: CheckOptions | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
    memory: Memory | None = None,
) -> tuple[Findings, list[NotRead]]:
    """Check every workbook below ``paths``; ``progress`` is told (files done, files in all).

    ``meanwhile`` is called once when the workers are reading: time to load what comes after them. What ``memory``
    knows of a file is taken from there.

    Raises UsageError when there is nothing to check or an option names something unknown.
    """
    options = options or CheckOptions()
    with receiving(paths, password=options.password) as reception:
        findings = check_received(reception, options, progress=progress, meanwhile=meanwhile, memory=memory)
        return findings, reception.passed_over("workbook")


def check_received(
    reception: Reception,
    options: CheckOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
    memory: Memory | None = None,
) -> Findings:
    """Check every workbook that was received, as `check_paths` does; what was not read is in the account."""
    sources = reception.of_kind("workbook")
    not_read = reception.not_read("workbook")
    if not sources and not any(entry.incomplete for entry in not_read):
        raise UsageError(
            "没有找到可以检查的工作簿。",
            "There is no workbook to check.",
            mend_zh="支持 xlsx、xls、xlsm、xlsb、ods、csv 文件及其所在的文件夹和 zip、7z、rar。",
            mend_en="Give xlsx, xls, xlsm, xlsb, ods or csv files, or folders and archives of them.",
        )
    if memory is not None:
        results = _remembered(sources, options, memory, progress, meanwhile)
    else:
        results = read_sources(sources, options, progress=progress, meanwhile=meanwhile)
    findings = findings_of(results, options)
    findings.not_checked += not_read
    return findings


def _remembered(
    sources: Sequence[Source],
    options: CheckOptions,
    memory: Memory,
    progress: Callable[[int, int], None] | None,
    meanwhile: Callable[[], None] | None,
) -> list[FileResult]:
    """What `read_sources` gives, files that have not changed from ``memory``."""
    known = memory.find(sources)
    fresh = [index for index in range(len(sources)) if index not in known]
    checked = read_sources([sources[index] for index in fresh], options, progress=progress, meanwhile=meanwhile)
    results = dict(zip(fresh, checked, strict=True))
    for index in fresh:
        memory.keep(index, sources[index], results[index])
    memory.tidy()
    # Not before the workers are done: numpy has threads, which forking does not carry over.
    results |= {index: memory.restore(plain, sources[index]) for index, plain in known.items()}
    return [results[index] for index in range(len(sources))]


def check_sources(
    sources: Sequence[Source],
    options: CheckOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Findings:
    """Check these workbooks and what only their whole can show."""
    return findings_of(read_sources(sources, options, progress=progress, meanwhile=meanwhile), options)


def read_sources(
    sources: Sequence[Source],
    options: CheckOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> list[FileResult]:
    """What each workbook shows by itself, one result a source, in order."""
    jobs = [Job(index, source, options) for index, source in enumerate(sources)]
    if not jobs:
        return []
    results = _isolated(jobs, options, progress, meanwhile) if options.isolated else _here(jobs, progress)
    for source, result in zip(sources, results, strict=True):
        source.digest = source.digest or result.report.sha256
    return results


def findings_of(results: Sequence[FileResult], options: CheckOptions) -> Findings:
    """The findings of these files, numbered anew, with what only their whole can show."""
    for number, result in enumerate(results):
        for block in (*result.blocks, *result.explained):
            block.file = number
    findings = Findings([result.report for result in results], [block for r in results for block in r.blocks])
    for number, result in enumerate(results):
        findings.diagnoses += [replace(one, file=number) for one in result.diagnoses]
        findings.explained += result.explained
    from stuvalid.pupils.repeats import add_repeats, name_related
    from stuvalid.rules.registry import broken_rules, selected_rules

    name_related(findings)
    if results:  # they belong to no file, and are told once
        results[0].report.rules.crashed.update({one.where: say(one.zh, one.en) for one in broken_rules()})
    chosen = selected_rules(options.select, options.ignore, options.severities)
    add_repeats(findings, [result.keys for result in results], {known.id: known.severity for known in chosen})
    for one in findings.diagnoses:
        findings.add(one.finding(findings.files[one.file].path))
    _judge_collection(findings, results, chosen, options)
    from stuvalid.check.causes import find_causes

    findings.causes = find_causes(findings)
    findings.gleaned = [result.gleaned for result in results]
    return findings


def _judge_collection(
    findings: Findings, results: Sequence[FileResult], rules: Sequence[Rule], options: CheckOptions
) -> None:
    """What forms and rosters say against one another, where there is more than a roster by itself."""
    if not any(result.records for result in results):
        return
    from stuvalid.collection.belonging import RecordSheet, RosterSheet
    from stuvalid.collection.judge import judge_collection

    rosters = [
        RosterSheet(result.report.path, facts, keys)
        for result in results
        for facts, keys in zip(result.rosters, result.keys, strict=False)
    ]
    sheets = [RecordSheet(result.report.path, facts) for result in results for facts in result.records]
    for finding in judge_collection(rosters, sheets, rules, options.today):
        findings.add(finding)


def _here(jobs: Sequence[Job], progress: Callable[[int, int], None] | None) -> list[FileResult]:
    results: list[FileResult] = []
    for start in range(0, len(jobs), CHUNK):
        results.extend(check_chunk(jobs[start : start + CHUNK]))
        if progress:
            progress(len(results), len(jobs))
    return results


def _isolated(
    jobs: Sequence[Job],
    options: CheckOptions,
    progress: Callable[[int, int], None] | None,
    meanwhile: Callable[[], None] | None,
) -> list[FileResult]:
    from stuvalid import workers

    count = options.workers or os.cpu_count() or 1
    chunk = max(1, min(CHUNK, -(-len(jobs) // count)))
    results: list[FileResult | None] = [None] * len(jobs)
    done = 0
    for outcomes in workers.run(
        check_chunk,
        jobs,
        workers=min(count, -(-len(jobs) // chunk)),
        timeout=options.timeout,
        memory_bytes=_MEMORY_BYTES,
        chunk=chunk,
        initializer=prepare_worker,
        meanwhile=meanwhile,
    ):
        for outcome in outcomes:
            failed = outcome.failure is not None
            results[outcome.index] = _lost(jobs[outcome.index], outcome.failure) if failed else outcome.result
        done += len(outcomes)
        if progress:
            progress(done, len(jobs))
    return [result or _lost(job, None) for job, result in zip(jobs, results, strict=True)]


def load_early() -> None:
    """Load before the one worker is forked what both processes need: with one file it would be loaded twice.

    For the program's own process only, which it tells that there is no pandas. Nothing is computed before the fork: Arrow
    starts its threads when it first computes, and a fork leaves threads behind.
    """
    _spare_pandas()
    from stuvalid.excel import ooxml, reading  # noqa: F401
    from stuvalid.forms import sheets, templates  # noqa: F401
    from stuvalid.rules import engine  # noqa: F401
    from stuvalid.rules.registry import all_rules

    templates()
    all_rules()


def prepare_worker() -> None:
    """Make a process that only reads and judges as light as it can be."""
    _spare_pandas()
    _keep_memory()


def _spare_pandas() -> None:
    """Tell Arrow that there is no pandas: it imports it for its first array, 0.3 s that no worker needs."""
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    absent = _NoPandas()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(absent)


class _NoPandas:
    """A finder that knows of no pandas, for as long as it stands in front of the others."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _keep_memory() -> None:
    """Let a worker keep the memory of one file for the next, where the C library is glibc.

    By default each large buffer is mapped and unmapped anew; on a county that costs a fifth of the time.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _KEPT_BYTES)


_LOST = {
    "died": (
        "读取时程序崩溃，文件很可能已损坏或是恶意构造的",
        "reading it crashed the reader; it is damaged or crafted",
    ),
    "timeout": ("读取超时", "reading it took too long"),
    "memory": ("读取所需内存超过上限", "reading it needs more memory than allowed"),
    "error": ("检查时程序出错", "checking it failed"),
}


def _lost(job: Job, failure: Any) -> FileResult:
    kind = failure.kind if failure is not None else "died"
    zh, en = _LOST[kind]
    detail = f"（{failure.detail}）" if failure is not None and kind == "error" else ""
    return FileResult(
        FileReport(
            job.source.name,
            "unreadable",
            reason_zh=f"{zh}{detail}。请用 Excel 或 WPS 打开后另存为新的 .xlsx。",
            reason_en=f"{en}{detail}. Open it in Excel or WPS and save it as a new .xlsx.",
        )
    )


def check_chunk(jobs: Sequence[Job]) -> list[FileResult]:
    """Check several files together; what they have in common is judged in one pass."""
    from stuvalid.forms import chosen_forms

    options = jobs[0].options
    rules = _rules(options)
    forms = chosen_forms(options.template)
    results: list[FileResult] = []
    groups: dict[Any, list[Any]] = {}
    others: dict[Any, list[Any]] = {}
    for position, job in enumerate(jobs):
        result, sheets, records, reading = _read(job, forms, options)
        results.append(result)
        for sheet in records:
            keys = tuple(matched.field.key for matched in sheet.match.columns)
            others.setdefault((sheet.match.template.id, keys), []).append((position, sheet))
        if result.report.status == "checked":
            _check_file(position, reading, rules, result)
        for sheet in sheets:
            _check_structure(position, sheet, rules, result)
            if len(sheet.rows.records):
                keys = tuple(matched.field.key for matched in sheet.match.columns)
                groups.setdefault((sheet.match.template.id, keys), []).append((position, sheet))
    for members in groups.values():
        _check_records(members, rules, options, results)
    for members in others.values():
        check_record_sheets(members, rules, options, results)
    for job, result in zip(jobs, results, strict=True):
        for block in (*result.blocks, *result.explained):
            block.file = job.index
    return results


def check_sheets(name: str, sheets: Sequence[FormSheet], options: CheckOptions) -> FileResult:
    """Judge sheets that were never a file, ``name`` in reports: what needs a workbook is skipped."""
    rules = _rules(options)
    needs_file = {known.id for known in rules if known.needs_workbook or known.scope == "file"}
    able = [known for known in rules if known.id not in needs_file]
    report = FileReport(name, format="dataframe")
    result = FileResult(report)
    if not sheets:
        report.status = "skipped"
        report.reason_zh = "列名不像任何模板，没有检查。"
        report.reason_en = "The columns are those of no form; nothing was checked."
        return result
    report.template, report.sheet = sheets[0].match.template.id, sheets[0].sheet.name
    report.rows = sum(len(sheet.rows.records) for sheet in sheets)
    for sheet in sheets:
        _check_structure(0, sheet, able, result)
        if len(sheet.rows.records):
            _check_records([(0, sheet)], able, options, [result])
    report.rules.skipped.update(dict.fromkeys(needs_file, "no-workbook"))
    return result


def _rules(options: CheckOptions) -> Sequence[Rule]:
    """The rules that are asked for, in a process that knows what the options bring along."""
    from stuvalid.rules.registry import rule_files, selected_rules, use_rule_files
    from stuvalid.rules.verdicts import know_divisions

    know_divisions(options.divisions)
    if options.rule_files != rule_files():
        use_rule_files(options.rule_files)
    return selected_rules(options.select, options.ignore, options.severities)


def _read(
    job: Job, forms: Sequence[Template], options: CheckOptions
) -> tuple[FileResult, list[FormSheet], list[FormSheet], Reading]:
    from stuvalid.excel import read_workbook
    from stuvalid.forms.sheets import fragment, survey
    from stuvalid.rules.reading import Reading, not_checked

    report = FileReport(job.source.name)
    try:
        data = job.source.read()
        report.sha256 = job.source.sha256(data)
        workbook = read_workbook(data, name=job.source.name, password=options.password)
    except StuvalidError as error:
        report.status = "unreadable" if not _is_no_workbook(error) else "skipped"
        report.reason_zh, report.reason_en = error.text("zh"), error.text("en")
        return FileResult(report), [], [], Reading((), ())
    report.format = workbook.format
    seen = survey(workbook, forms, PurePath(job.source.name).name)
    known = [*seen.forms, *seen.records]
    reading = Reading(workbook.notes, list(dict.fromkeys(real_name(sheet.sheet.name) for sheet in known)))
    report.not_checked += not_checked(reading, report.path)
    if not known:
        report.status = "skipped"
        report.reason_zh, report.reason_en = _no_form(seen)
        if any(entry.incomplete for entry in report.not_checked):
            report.status = "unreadable"
            report.reason_zh = f"文件已损坏。读得出的部分里{report.reason_zh}"
            report.reason_en = f"The file is damaged. In what can be read: {report.reason_en}"
            return FileResult(report), [], [], Reading((), ())
        return FileResult(report), [fragment(entry) for entry in seen.fragments], [], Reading((), ())
    report.template = known[0].match.template.id
    report.sheet = real_name(known[0].sheet.name)
    report.rows = sum(len(sheet.rows.records) for sheet in seen.forms)
    looked_at = {real_name(sheet.sheet.name) for sheet in known}
    report.look.forms = list(dict.fromkeys(sheet.match.template.reference for sheet in known))
    report.look.beside = [
        SheetBeside(sheet.name, not sheet.visible)
        for sheet in workbook.sheets
        if sheet.height and sheet.name not in looked_at
    ]
    report.not_checked += [
        NotChecked(*_passed(entry), examples=(Place(report.path, entry.sheet.name),))
        for entry in seen.passed
        if entry.why != "hidden-copy"
    ]
    return FileResult(report), seen.forms, seen.records, reading


def _no_form(seen: Survey) -> tuple[str, str]:
    """Why a file was not checked: what its sheets seem to be."""
    if not seen.passed:
        return "没有找到学生表的表头，不是学籍模板。", "No sheet has the headers of a known form."
    zh = "；".join(f"工作表“{entry.sheet.name}”{entry.sentence('zh')}" for entry in seen.passed)
    en = "; ".join(f"sheet {entry.sheet.name}: {entry.sentence('en')}" for entry in seen.passed)
    return f"没有要上报的学生表：{zh}。", f"No sheet is a form to submit: {en}."


def _passed(entry: PassedSheet) -> tuple[str, str, str]:
    """The kind of a sheet beside the forms that was passed over, and the sentence for all of the kind."""
    if entry.other is not None:
        known = entry.other.known
        zh = f"工作表像是{known.title}，不是要上报的学生表，没有检查"
        return f"sheet-{known.id}", zh, f"the sheet seems to be {known.title_en}, no form to submit; it was not checked"
    zh = "工作表里有学生，但缺一半以上的必填列，不像要上报的学生表，没有检查"
    return "sheet-fragment", zh, "the sheet lacks most required columns of every form; it was not checked"


def _is_no_workbook(error: StuvalidError) -> bool:
    return isinstance(error, UnreadableFile) and error.reason in ("lock-file", "apple-double")


def _check_file(position: int, reading: Reading, rules: Sequence[Any], result: FileResult) -> None:
    from stuvalid.rules.engine import check_file
    from stuvalid.rules.verdicts import Judgement

    if not reading.notes:
        result.report.rules.ran += sum(known.scope == "file" for known in rules)
        return
    outcome = Judgement()
    check_file(position, reading, rules, outcome)
    result.blocks.extend(outcome.blocks)
    _merge(result.report.rules, outcome.runs)


def _check_structure(position: int, sheet: FormSheet, rules: Sequence[Any], result: FileResult) -> None:
    from stuvalid.rules.engine import check_sheet
    from stuvalid.rules.verdicts import Judgement

    outcome = Judgement()
    check_sheet(position, sheet, rules, outcome)
    result.blocks.extend(outcome.blocks)
    _merge(result.report.rules, outcome.runs)


def _check_records(
    members: Sequence[tuple[int, FormSheet]], rules: Sequence[Any], options: CheckOptions, results: list[FileResult]
) -> None:
    from stuvalid.collection.facts import roster_facts
    from stuvalid.forms.table import Part, join
    from stuvalid.pupils.keys import pupil_keys
    from stuvalid.rules.engine import check_table

    parts = [Part(position, sheet.sheet, sheet.match, sheet.rows.records) for position, sheet in members]
    table = join(members[0][1].match.template, parts, options.today)
    outcome = check_table(table, rules)
    _diagnose(table, outcome.blocks, rules, results)
    _find_namesakes(table, [results[position].report for position, _ in members])
    for number, part in enumerate(parts):
        results[part.file].keys.append(pupil_keys(table, part))
        facts = roster_facts(table, part)
        results[part.file].rosters.append(facts)
        _count(facts, results[part.file].report.look)
        results[part.file].report.classes.extend(_classes(table, part))
        if options.glean is not None:
            results[part.file].gleaned.append(options.glean(table, part))
        runs = results[part.file].report.rules
        _merge(runs, outcome.runs)
        for known, cells in outcome.unknown.get(number, {}).items():
            runs.unknown[known] = runs.unknown.get(known, 0) + cells


def _count(facts: RosterFacts, look: FileLook) -> None:
    """Add the pupils of a sheet to what is first said of its file: codes alone, for anything may stand in a column."""
    for group in facts.groups:
        for known, code, digits in ((look.schools, group.school_code, 10), (look.classes, group.class_code, 7)):
            if len(code) == digits and code.isascii() and code.isdigit():
                known[code] = known.get(code, 0) + group.count


def _diagnose(table: Table, blocks: Sequence[Block], rules: Sequence[Rule], results: Sequence[FileResult]) -> None:
    """Hand each file its findings, with what happened to its sheets."""
    from stuvalid.diagnosis.diagnose import diagnose

    by_part: dict[tuple[int, str], list[Block]] = {}
    for block in blocks:
        by_part.setdefault((block.file, block.sheet), []).append(block)
    for part in table.parts:
        result = results[part.file]
        mine = by_part.get((part.file, part.sheet.name), [])
        try:
            told, left, explained = diagnose(table, part, mine, rules)
        except Exception as error:  # noqa: BLE001 - like a rule's: it must not cost the findings, and is reported
            result.report.rules.crashed["DIA"] = mask_crash(error)
            result.blocks += mine
            continue
        first = len(result.diagnoses)
        result.diagnoses += [replace(one, number=first + one.number) for one in told]
        result.explained += [replace(block, explained_by=first + block.explained_by) for block in explained]
        result.blocks += left


def _find_namesakes(table: Table, reports: Sequence[FileReport]) -> None:
    """Note for each file which of its pupils it may be named after: whose name is a part of its path."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = sorted({part for report in reports for part in name_candidates(report.path)})
    for column in table.columns.values() if parts else ():
        if column.field.kind == "name":
            known = set(column.values.filter(pc.is_in(column.values, pa.array(parts))).to_pylist())
            for report in reports:
                report.named.extend(known & name_candidates(report.path))


def _classes(table: Table, part: Part) -> Iterator[ClassRun]:
    for first, last, code in table.runs("class_code", part):
        if len(code) == _CLASS_CODE_DIGITS and code.isascii() and code.isdigit():
            yield ClassRun(part.sheet.name, first, last, code)


def _merge(into: RuleRuns, runs: RuleRuns) -> None:
    into.ran += runs.ran
    into.skipped.update(runs.skipped)
    into.headers.update(runs.headers)
    into.crashed.update(runs.crashed)
