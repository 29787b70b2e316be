"""A bundle for eyes: the plan as a tree and as a table (also for ``--save-plan``), and what a clerk must know first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from stuvalid.bundle.crosschecks import waiting_schools
from stuvalid.bundle.entries import Plan, PlanEntry
from stuvalid.bundle.layout import folder_of
from stuvalid.bundle.options import BundleResult
from stuvalid.bundle.parts import count_by_file
from stuvalid.bundle.pictures import PHOTOS
from stuvalid.findings import Findings, Severity
from stuvalid.findings.masking import shown_path
from stuvalid.language import say
from stuvalid.report.wording import Wording

_SHOWN_MISSING, _SHOWN_SCHOOLS = 12, 15
FATES = {
    "included": ("收入", "included"),
    "superseded": ("被代替", "superseded"),
    "refused": ("拒收", "refused"),
    "passed-over": ("略过", "passed over"),
    "unclear": ("待定", "unclear"),
}


def fate_word(fate: str) -> str:
    """A fate as the user reads it."""
    return say(*FATES[fate])


def plan_rows(plan: Plan, findings: Findings) -> list[tuple[str | int, ...]]:
    """Every received file as a row of the table that ``--map`` reads; names are not masked, the file stays here."""
    errors = _errors(findings)
    rows: list[tuple[str | int, ...]] = []
    for entry in plan.entries:
        code = entry.school if entry.fate in ("included", "superseded") else ""
        word = "ignore" if entry.fate == "passed-over" and entry.sort != "other" else code
        pupils = entry.counts.pupils if entry.book is not None else ""
        shown = errors.get(entry.name, 0) if entry.result is not None else ""
        name = folder_of(plan, entry.school).removeprefix(entry.school) if entry.school else ""
        rows.append(
            (entry.name, word, name, fate_word(entry.fate), say(entry.zh, entry.en), pupils, shown, entry.target)
        )
    return rows


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line of the tree: ``indent`` levels deep, ``last`` among its siblings on each level down to its own."""

    text: str
    last: tuple[bool, ...] = ()


def units(level: str, count: int) -> str:
    """So many schools, counties or cities."""
    words = {"city": ("个县（市、区）", "counties"), "province": ("个市", "cities")}
    zh, en = words.get(level, ("所学校", "schools"))
    return say(f"{count}{zh}", f"{count} {en}")


def tree_lines(result: BundleResult) -> Iterator[str]:
    """The package as a tree, then what is not in it and why."""
    plan, missing = result.plan, result.missing
    errors = _errors(result.findings)
    pupils = sum(entry.counts.pupils for entry in plan.included)
    photos = sum(entry.sort == "photo" for entry in plan.included)
    yield say(
        f"{result.title}（{units(result.level, len(plan.codes))}，{pupils}名学生，{photos}张照片）",
        f"{result.title} ({units(result.level, len(plan.codes))}, {pupils} pupils, {photos} photos)",
    )
    for position, code in enumerate(plan.codes, start=1):
        yield from _school_lines(plan, code, errors, last=position == len(plan.codes))
    yield from _left_out(plan)
    if missing:
        waiting = waiting_schools(plan)
        mark = say("（收到文件，未定）", " (files came, undecided)")
        names = [
            f"{school.code}{school.called}{mark if school.code in waiting else ''}"
            for school in missing[:_SHOWN_MISSING]
        ]
        more = f" …（{len(missing)}）" if len(missing) > _SHOWN_MISSING else ""
        yield (
            say(f"未报（{units(result.level, len(missing))}）：", f"missing ({len(missing)}): ")
            + "、".join(names)
            + more
        )


def _school_lines(plan: Plan, code: str, errors: dict[str, int], *, last: bool) -> Iterator[str]:
    books = plan.of_school(code, "workbook")
    photos, documents = plan.of_school(code, "photo"), plan.of_school(code, "document")
    pupils, wrong = (
        sum(entry.counts.pupils for entry in [*books, *documents]),
        sum(errors.get(entry.name, 0) for entry in books),
    )
    yield (
        ("└─ " if last else "├─ ")
        + folder_of(plan, code)
        + say(f"  {pupils}人", f"  {pupils} pupils")
        + (say(f"  错误{wrong}", f", {wrong} errors") if books else "")
    )
    stem = "   " if last else "│  "
    leaves = [(PurePosixPath(entry.target).name, shown_path(entry.name)) for entry in books]
    leaves += [(f"{PHOTOS}/" + say(f" {count}张", f" {count} photos"), folder) for folder, count in _by_folder(photos)]
    leaves += [(PurePosixPath(entry.target).name, shown_path(entry.name)) for entry in documents]
    for position, (place, source) in enumerate(leaves, start=1):
        yield f"{stem}{'└─ ' if position == len(leaves) else '├─ '}{shown_path(place)} ← {source}"


def _left_out(plan: Plan) -> Iterator[str]:
    for fate in ("unclear", "refused", "superseded", "passed-over"):
        entries = [entry for entry in plan.entries if entry.fate == fate]
        if entries:
            yield f"{fate_word(fate)}（{len(entries)}）"
        for folder, reason, count in _grouped(entries):
            what = folder if count == 1 else f"{folder}/ ×{count}"
            yield f"   {what}：{reason}"


def _grouped(entries: Iterable[PlanEntry]) -> list[tuple[str, str, int]]:
    """Files of one folder with one reason together, so that a folder of photos is one line."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        key = str(PurePosixPath(entry.name).parent), say(entry.zh, entry.en)
        groups.setdefault(key, []).append(entry.name)
    return [
        (shown_path(names[0] if len(names) == 1 else folder), reason, len(names))
        for (folder, reason), names in groups.items()
    ]


def _by_folder(entries: Iterable[PlanEntry]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for entry in entries:
        folder = str(PurePosixPath(entry.name).parent)
        counts[folder] = counts.get(folder, 0) + 1
    return [(shown_path(folder), count) for folder, count in counts.items()]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table on the screen: a file, or a folder of ``count`` photos."""

    name: str
    school: str
    fate: str
    why: str
    count: int = 1


def table_rows(plan: Plan) -> list[TableRow]:
    """Every workbook and document, photos by folder, with the school and how it was told."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for entry in plan.entries:
        name = str(PurePosixPath(entry.name).parent) + "/" if entry.sort == "photo" else entry.name
        key = shown_path(name), entry.school, fate_word(entry.fate), say(entry.zh, entry.en)
        groups.setdefault(key, []).append(entry.name)
    return [TableRow(*key, count=len(names)) for key, names in groups.items()]


def _errors(findings: Findings) -> dict[str, int]:
    return {name: counts[Severity.ERROR] for name, counts in count_by_file(findings).items()}


def overview(result: BundleResult, wording: Wording, per_rule: int) -> Iterator[str]:
    """What a county clerk needs to know first: the package's own problems, then which schools have errors."""
    yield ""
    yield from _package_lines(result.findings, wording, per_rule)
    yield from _schools_with_errors(result, wording)
    summary = result.findings.summary()
    pupils = sum(entry.counts.pupils for entry in result.plan.included)
    count = units(result.level, len(result.plan.codes))
    yield wording.say(
        f"共{count}、{pupils}名学生：{summary['errors']}个错误，{summary['warnings']}个警告。",
        f"{count}, {pupils} pupils: {summary['errors']} errors, {summary['warnings']} warnings.",
    )


def _package_lines(findings: Findings, wording: Wording, per_rule: int) -> Iterator[str]:
    mine = [entry for entry in findings.extra if entry.rule.startswith("PKG") and entry.severity > Severity.INFO]
    for rule in sorted(
        {entry.rule for entry in mine}, key=lambda rule: (-max(e.severity for e in mine if e.rule == rule), rule)
    ):
        entries = [entry for entry in mine if entry.rule == rule]
        word = wording.say("错误", "error") if entries[0].severity is Severity.ERROR else wording.say("警告", "warning")
        for entry in entries[:per_rule]:
            message, place = wording.message(entry), wording.path(entry.place.file)
            yield f"{word} {rule} {message}" if place in message else f"{word} {rule} {place}：{message}"
        if len(entries) > per_rule:
            yield wording.say(f"   …另有{len(entries) - per_rule}处", f"   … {len(entries) - per_rule} more")
        yield wording.say(f"   改法：{wording.mend(entries[0])}", f"   mend: {wording.mend(entries[0])}")


def _schools_with_errors(result: BundleResult, wording: Wording) -> Sequence[str]:
    counts = _errors(result.findings)
    wrong: dict[str, int] = {}
    for entry in result.plan.included:
        errors = counts.get(entry.name, 0)
        if errors:
            wrong[entry.school] = wrong.get(entry.school, 0) + errors
    worst = sorted(wrong, key=lambda code: (-wrong[code], code))
    lines = [wording.say(f"有错误的学校（{len(wrong)}所）：", f"schools with errors ({len(wrong)}):")] if wrong else []
    lines += [
        wording.say(
            f"   {folder_of(result.plan, code)}  {wrong[code]}个", f"   {folder_of(result.plan, code)}  {wrong[code]}"
        )
        for code in worst[:_SHOWN_SCHOOLS]
    ]
    if len(worst) > _SHOWN_SCHOOLS:
        lines.append(
            wording.say(f"   …另有{len(worst) - _SHOWN_SCHOOLS}所", f"   … {len(worst) - _SHOWN_SCHOOLS} more")
        )
    return lines
