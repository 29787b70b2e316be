"""The picture at the top of the HTML report: totals, what to mend first, where the findings are, what was not checked.

Where they are is told by files, the schools they belong to and classes (`Places`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal, NamedTuple

from stuvalid.findings import ClassRun, Severity
from stuvalid.report.items import WordedCause, WordedFile
from stuvalid.report.shown import WordedBlock, WordedRun
from stuvalid.rules.registry import all_rules

_MOST_BARS = 500
_MOST_FILES = 2_000
_MOST_CAUSES = 100
_MOST_NAMES = 200
_SEPARATOR = re.compile(r"[/\\]+")
_CLASS_NAME = re.compile(
    r"(?:(?:高|初|小学?|初中|高中)?[一二三四五六七八九1-9]年?级?|(?:20[0-9]{2}级))\s*[（(]?[一二三四五六七八九十0-9]{1,3}[）)]?\s*班"
)
_STAGES = {"1": ("小学", "primary"), "2": ("初中", "junior"), "3": ("高中", "senior")}
_PLACEHOLDERS = re.compile(r"\{[a-z0-9_.]+\}")

Tone = Literal["error", "warning", "ok"]


class Bar(NamedTuple):
    """One line of a chart: what it counts, its share of the longest line in percent, and what a click filters by."""

    label: str
    remark: str
    errors: int
    warnings: int
    infos: int
    widths: tuple[float, float, float]
    key: str

    @property
    def total(self) -> int:
        return self.errors + self.warnings + self.infos


class Chart(NamedTuple):
    """Lines, longest in errors first; ``filter`` is the filter they set; ``rest`` lines are not drawn."""

    title: str
    filter: str
    bars: list[Bar]
    rest: int


class FirstMend(NamedTuple):
    """What one mend would solve: ``solved`` findings, ``share`` of all findings of its level in percent."""

    severity: Severity
    solved: int
    share: float
    text: str
    where: str
    rule: str
    file: int | None


class FileLine(NamedTuple):
    """One file: its records without errors, and its counts by level."""

    name: str
    form: str
    rows: int
    clean: int
    errors: int
    warnings: int
    infos: int
    note: str
    broken: bool


class Gap(NamedTuple):
    """What was not checked, why, and in which files; ``more`` files are not named."""

    what: str
    why: str
    files: list[str]
    more: int
    grave: bool


@dataclass
class Tally:
    """Counts of one pass over the blocks; rows are records with a finding of that level or above, by file."""

    school: dict[int, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    file: dict[int, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    class_: dict[str, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    rule: dict[str, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    header: dict[str, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    rows: dict[Severity, dict[int, set[tuple[str, int]]]] = field(
        default_factory=lambda: {level: defaultdict(set) for level in (Severity.ERROR, Severity.WARNING)}
    )
    safe: int = 0


def tally(run: WordedRun, places: Places) -> Tally:
    """Count every finding once for each way of looking at it; by class where there is one school only."""
    counts = Tally()
    about_sheets = {known.id for known in all_rules().values() if known.scope == "sheet"}
    for block in run.blocks():
        number, severity = len(block), block.severity
        counts.school[places.school_of[block.file]][severity] += number
        counts.file[block.file][severity] += number
        counts.rule[block.rule][severity] += number
        counts.header[block.header][severity] += number
        if len(places.schools) == 1:
            classes = places.classes[block.file]
            for row in block.rows:
                counts.class_[classes.of(block.sheet, row - 1)][severity] += 1
        counts.safe += block.safe
        if severity in counts.rows and block.rule not in about_sheets:
            counts.rows[severity][block.file].update(_records(block))
    return counts


def _records(block: WordedBlock) -> Iterable[tuple[str, int]]:
    return ((block.sheet, row) for row in block.rows if row)


class Clean(NamedTuple):
    """``all`` records (or files, where there are no records), and how many have no error, and no warning either."""

    all: int
    without_errors: int
    without_any: int
    are_records: bool

    @property
    def percent(self) -> float:
        """Share without errors, cut and not rounded: 99.96 % is not all."""
        return int(self.without_errors * 1000 / self.all) / 10 if self.all else 0.0


def clean(run: WordedRun, counts: Tally) -> Clean:
    """How many records have no error; for photos and packages, how many files."""
    records = sum(file.rows for file in run.files)
    if records:
        dirty = [_dirty(run, counts, levels) for levels in ((Severity.ERROR,), (Severity.ERROR, Severity.WARNING))]
        return Clean(records, records - dirty[0], records - dirty[1], True)
    checked = [number for number, file in enumerate(run.files) if file.status == "checked"]
    without = [number for number in checked if not counts.file[number][Severity.ERROR]]
    nothing = [number for number in without if not counts.file[number][Severity.WARNING]]
    return Clean(len(checked), len(without), len(nothing), False)


def _dirty(run: WordedRun, counts: Tally, levels: tuple[Severity, ...]) -> int:
    return sum(_dirty_in(file, counts, levels) for file in run.files)


def _dirty_in(file: WordedFile, counts: Tally, levels: tuple[Severity, ...]) -> int:
    """Records of a file with a finding of one of ``levels``."""
    rows: set[tuple[str, int]] = set()
    for level in levels:
        rows |= counts.rows[level].get(file.number, set())
    return min(len(rows), file.rows)


def charts(run: WordedRun, places: Places, counts: Tally, words: Mapping[str, str]) -> list[Chart]:
    """Findings by school (by class, where there is one school), by column and by rule; one line says nothing."""
    titles = {name: rule_title(name, run) for name in counts.rule}
    schools = {(places.schools[number], f"s{number}"): count for number, count in counts.school.items()}
    by_file = set(places.schools) <= set(places.names)
    drawn = [
        _chart(words["by_file" if by_file else "by_school"], "school", schools, {}),
        _chart(words["by_class"], "class", _labelled(counts.class_, words["no_class"]), {}),
        _chart(words["by_field"], "column", _labelled(counts.header, words["whole"]), {}),
    ]
    rules = _chart(words["by_rule"], "rule", _labelled(counts.rule, ""), titles)
    return [*(chart for chart in drawn if len(chart.bars) > 1), rules]


def _labelled(counts: Mapping[str, Counter[Severity]], nameless: str) -> dict[tuple[str, str], Counter[Severity]]:
    return {(name or nameless, name): count for name, count in counts.items()}


def rule_title(rule: str, run: WordedRun) -> str:
    """What a rule says, with its values left open."""
    known = all_rules().get(rule)
    return _PLACEHOLDERS.sub("…", run.say(known.zh, known.en)) if known else ""


def _chart(
    title: str, name: str, counts: Mapping[tuple[str, str], Counter[Severity]], remarks: Mapping[str, str]
) -> Chart:
    ordered = sorted(
        counts.items(), key=lambda entry: (*(-entry[1][level] for level in sorted(Severity, reverse=True)), entry[0])
    )
    longest = max((count.total() for count in counts.values()), default=1)
    bars = [
        Bar(
            label,
            remarks.get(key, ""),
            count[Severity.ERROR],
            count[Severity.WARNING],
            count[Severity.INFO],
            (
                _share(count[Severity.ERROR], longest),
                _share(count[Severity.WARNING], longest),
                _share(count[Severity.INFO], longest),
            ),
            key,
        )
        for (label, key), count in ordered[:_MOST_BARS]
    ]
    return Chart(title, name, bars, max(0, len(ordered) - _MOST_BARS))


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def first_mends(run: WordedRun, counts: Tally) -> list[FirstMend]:
    """Causes behind many findings, the same cause in several files as one, the largest first."""
    totals = {level: sum(count[level] for count in counts.rule.values()) for level in Severity}
    groups: dict[tuple[str, ...], list[WordedCause]] = defaultdict(list)
    for cause in run.causes:
        groups[cause.same].append(cause)
    mends = []
    for causes in groups.values():
        lead = max(causes, key=lambda cause: cause.count)
        count = sum(cause.count for cause in causes)
        files = {cause.number for cause in causes}
        mends.append(
            FirstMend(
                lead.severity,
                count,
                _share(count, totals[lead.severity]),
                lead.message,
                _where(lead, len(files), run),
                lead.rule,
                lead.number if len(files) == 1 else None,
            )
        )
    mends.sort(key=lambda mend: (-mend.severity, -mend.solved))
    happened = [
        FirstMend(
            one.severity,
            one.explained + 1,
            _share(one.explained + 1, totals[one.severity] + run.summary.get("explained", 0)),
            f"{one.message}{run.say('：', ': ')}{one.mend}",
            one.file,
            one.rule,
            one.number,
        )
        for one in run.diagnoses
    ]
    return [*happened, *mends][: max(_MOST_CAUSES, len(happened))]


def _where(lead: WordedCause, files: int, run: WordedRun) -> str:
    if files == 1:
        return lead.file
    return run.say(
        f"{lead.file} 等 {files} 个文件（行号和处数是第一个文件的）",
        f"{lead.file} and {files - 1} more files (rows and cells of the first)",
    )


def file_lines(run: WordedRun, places: Places, counts: Tally) -> tuple[list[FileLine], int]:
    """Every file with what was found, those that could not be read first; and how many are not listed."""
    lines = [
        FileLine(
            places.names[file.number],
            file.template,
            file.rows,
            file.rows - _dirty_in(file, counts, (Severity.ERROR,)),
            file.counts[Severity.ERROR],
            file.counts[Severity.WARNING],
            file.counts[Severity.INFO],
            file.reason,
            file.status == "unreadable",
        )
        for file in run.files
    ]
    lines.sort(key=lambda line: (not line.broken, -line.errors, -line.warnings))
    return lines[:_MOST_FILES], max(0, len(lines) - _MOST_FILES)


def gaps(run: WordedRun) -> list[Gap]:
    """What was not checked, one line for each what and why; crashes and unreadable files first."""
    files: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for entry in run.unchecked():
        files[entry.what, entry.why, entry.grave].append(entry.file)
    lines = [
        Gap(what, why, names[:_MOST_NAMES], max(0, len(names) - _MOST_NAMES), grave)
        for (what, why, grave), names in files.items()
    ]
    lines.sort(key=lambda gap: not gap.grave)
    return lines


def verdict(run: WordedRun) -> tuple[Tone, str]:
    """The run in one sentence."""
    errors, warnings = run.summary["errors"], run.summary["warnings"]
    if errors:
        return "error", run.say(f"有 {errors:,} 个错误要改", f"Errors to mend: {errors:,}")
    if run.incomplete:
        return "error", run.say("没有查完，见“没有检查的”", "The check is not complete: see what was not checked")
    if not any(file.status == "checked" and file.listed for file in run.files):
        return "warning", run.say("没有可以检查的内容", "There was nothing to check")
    if warnings:
        return "warning", run.say(
            f"没有错误，有 {warnings:,} 个警告请核对", f"No errors; warnings to confirm: {warnings:,}"
        )
    return "ok", run.say("没有发现错误", "No errors were found")


class Places:
    """The files of a run by number, and for each the number of its school.

    A school is the folder a file is in, below what all files have in common; a file in no such folder stands for
    itself.
    """

    def __init__(self, run: WordedRun) -> None:
        nowhere = run.say("（不在某个文件中）", "(in no single file)")
        parts = [_SEPARATOR.split(file.path or nowhere) for file in run.files]
        shared = _shared_folders(parts)
        self.names = ["/".join(entry[shared:]) for entry in parts]
        tops = [entry[shared] for entry in parts]
        self.schools = list(dict.fromkeys(tops))
        numbers = {name: position for position, name in enumerate(self.schools)}
        self.school_of = [numbers[top] for top in tops]
        self.classes = [Classes(file, run) for file in run.files]


def _shared_folders(paths: Sequence[Sequence[str]]) -> int:
    """How many leading folders all ``paths`` have in common."""
    count = 0
    while all(len(entry) > count + 1 and entry[count] == paths[0][count] for entry in paths):
        if not paths:
            break
        count += 1
    return count


class Classes:
    """The class of a row of one file's sheet, as the report names it; '' where it is not known."""

    def __init__(self, file: WordedFile, run: WordedRun) -> None:
        self._run = run
        self._runs: dict[str, list[ClassRun]] = {}
        for rows in file.classes:
            self._runs.setdefault(rows.sheet, []).append(rows)
        self._file = file.path
        self._names: dict[str, str] = {}

    def of(self, sheet: str, row: int) -> str:
        """The class of the record on the 0-based ``row``, else the class the sheet or file is named by."""
        runs = self._runs.get(sheet, [])
        position = bisect_right(runs, row, key=itemgetter(1)) - 1
        if position >= 0 and row <= runs[position].last_row:
            return class_name(runs[position].class_code, self._run)
        if sheet not in self._names:
            leaf = _SEPARATOR.split(self._file)[-1]
            named = _CLASS_NAME.search(sheet) or _CLASS_NAME.search(leaf)
            self._names[sheet] = named[0] if named else ""
        return self._names[sheet]


def class_name(code: str, run: WordedRun) -> str:
    """A class code (year of entry, stage, number) with what it says."""
    stage, number = _STAGES.get(code[4:5]), int(code[5:])
    if stage is None or not number:
        return code
    return run.say(f"{code} {stage[0]}{code[:4]}级{number}班", f"{code} {stage[1]} {code[:4]}, class {number}")
