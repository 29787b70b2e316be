"""Findings: what is wrong, at which cell, with which mend. The one thing every report renders.

They are kept in blocks of columns (one block = one rule on one field of one sheet), so that a hundred
thousand faults are counted exactly without a hundred thousand objects; `Finding` is made when a
renderer asks for it.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, NamedTuple

from stuvalid.findings.masking import PLAIN

MOST_RELATED = 10
"""Places named beside a finding; a group of a thousand is told once, not a million times."""

MOST_EXAMPLES = 10
"""Places named of one kind of thing that was not checked; the rest is counted."""


class Severity(IntEnum):
    """error: the registry refuses it or the record becomes a 问题学籍; warning: a person should confirm."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """From ``error``, ``warning`` or ``info``; KeyError otherwise."""
        return cls[word.upper()]


class Fix(NamedTuple):
    """The value that mends a cell; ``safe`` when nothing is lost and only one reading exists."""

    value: str
    safe: bool = True


class Place(NamedTuple):
    """A cell: ``row`` and ``column`` count from 0; -1 where there is none (a whole file or photo)."""

    file: str
    sheet: str = ""
    row: int = -1
    column: int = -1

    @property
    def cell(self) -> str:
        """The A1 address, or '' for a finding on a whole file."""
        return f"{letters(self.column)}{self.row + 1}" if self.row >= 0 and self.column >= 0 else ""


def letters(column: int) -> str:
    """Excel's letters of a 0-based column; '' for a negative one."""
    text = ""
    number = column + 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, unworded and unmasked: only `stuvalid.report.wording` makes text of it.

    ``field``, ``header`` and ``kind`` are the key, the header and the kind of the form's field it is on (a user's own
    form among them). ``params`` fill the rule's message, ``kinds`` tell which of them are values of a column, and of
    which kind. ``related`` are at most `MOST_RELATED` places; ``related_more`` counts the rest. A message's ``{others}``
    is worded from them, relative to ``place``, unless it is a parameter.
    """

    rule: str
    severity: Severity
    place: Place
    field: str = ""
    header: str = ""
    value: str = ""
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    fix: Fix | None = None
    related: tuple[Place, ...] = ()
    kind: str = "text"
    kinds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    related_more: int = 0


@dataclass(slots=True)
class Block:
    """Findings of one rule on one field of one sheet. Lists run in step, one entry a finding.

    ``fixes``, ``params``, ``related`` and ``related_more`` may be empty (none for any) or one entry a finding; the rest is
    said once, for all of them: see `Finding`. ``explained_by`` is the number of the diagnosis of its file that explains them
    all, -1 if none does.
    """

    rule: str
    severity: Severity
    file: int
    sheet: str
    field: str
    header: str
    column: int
    rows: list[int]
    values: list[str]
    fixes: list[Fix | None] = dataclasses.field(default_factory=list)
    params: list[Mapping[str, str]] = dataclasses.field(default_factory=list)
    related: list[tuple[Place, ...]] = dataclasses.field(default_factory=list)
    kind: str = "text"
    kinds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    related_more: list[int] = dataclasses.field(default_factory=list)
    explained_by: int = -1

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, index: int, file: str) -> Finding:
        """The finding at ``index`` as an object; ``file`` is the path its file number stands for."""
        return Finding(
            self.rule,
            self.severity,
            Place(file, self.sheet, self.rows[index], self.column if self.rows[index] >= 0 else -1),
            self.field,
            self.header,
            self.values[index],
            self.params[index] if self.params else {},
            self.fixes[index] if self.fixes else None,
            self.related[index] if self.related else (),
            self.kind,
            self.kinds,
            self.related_more[index] if self.related_more else 0,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one rule on one file: how many, and the first of them in the order of the sheet."""

    rule: str
    severity: Severity
    count: int
    samples: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that came in and was not read, not checked or not understood: no report may keep silent about it.

    Whoever passes something over says so with one of these: on `FileReport.not_checked` for what is inside a file that
    was read (a stray cell, a sheet that is no roster), on `Findings.not_checked` for what became no file of the run (an
    archive that cannot be opened, a Word file). `Findings.account` adds up equal kinds; every format shows the account.

    ``kind`` is a stable word for machines (``archive-damaged``); ``zh`` and ``en`` say in one sentence, the same for
    all of the kind, what it is and what to do. They hold no value and no file name: ``examples`` are the places, at most
    `MOST_EXAMPLES` of ``count``, and are masked when they are shown. ``incomplete`` means that pupils may be missing from
    what was checked: the run ends with exit code 2.
    """

    kind: str
    zh: str
    en: str
    count: int = 1
    examples: tuple[Place, ...] = ()
    incomplete: bool = False

    def plus(self, other: NotChecked) -> NotChecked:
        """Both as one entry."""
        return dataclasses.replace(
            self,
            count=self.count + other.count,
            examples=(*self.examples, *other.examples)[:MOST_EXAMPLES],
            incomplete=self.incomplete or other.incomplete,
        )


class SheetBeside(NamedTuple):
    """A sheet that was not looked at."""

    name: str
    is_hidden: bool


@dataclass(slots=True)
class FileLook:
    """What a file is before anything is said of it: ``forms`` by id, pupils by school and class code, sheets that were not
    looked at as (name, whether hidden).
    """

    forms: list[str] = dataclasses.field(default_factory=list)
    schools: dict[str, int] = dataclasses.field(default_factory=dict)
    classes: dict[str, int] = dataclasses.field(default_factory=dict)
    beside: list[SheetBeside] = dataclasses.field(default_factory=list)


FileState = Literal["checked", "skipped", "unreadable"]


@dataclass(slots=True)
class RuleRuns:
    """What became of the rules on one file: ids, and for those that did not run the reason code.

    A reason that is the key of a missing field has its header in ``headers``. ``unknown`` counts the cells a rule could not judge because a value it needs could not be read.
    """

    ran: int = 0
    skipped: dict[str, str] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    unknown: dict[str, int] = dataclasses.field(default_factory=dict)
    crashed: dict[str, str] = dataclasses.field(default_factory=dict)


class ClassRun(NamedTuple):
    """Pupils of one class on ``sheet``: from 0-based ``first_row`` to ``last_row``, both included."""

    sheet: str
    first_row: int
    last_row: int
    class_code: str


@dataclass(slots=True)
class FileReport:
    """One input file: what it was, and what could be done with it.

    ``classes`` ascend by row on each sheet; rows of no readable class are in none of them. ``named`` are those of its
    pupils after whom the file or a folder above it is called, so that their names are masked there.
    """

    path: str
    status: FileState = "checked"
    sha256: str = ""
    template: str = ""
    sheet: str = ""
    rows: int = 0
    format: str = ""
    reason_zh: str = ""
    reason_en: str = ""
    rules: RuleRuns = dataclasses.field(default_factory=RuleRuns)
    classes: list[ClassRun] = dataclasses.field(default_factory=list)
    not_checked: list[NotChecked] = dataclasses.field(default_factory=list)
    named: list[str] = dataclasses.field(default_factory=list)
    look: FileLook = dataclasses.field(default_factory=FileLook)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause behind many findings: the same rule on (almost) a whole column, class or value.

    ``scope`` is ``column`` or ``value``; ``first_row`` and ``last_row`` are Excel rows.
    """

    rule: str
    file: str
    sheet: str
    field: str
    header: str
    scope: Literal["column", "value"]
    detail: str
    count: int
    first_row: int
    last_row: int
    kind: str = "text"


class CellMove(NamedTuple):
    """What undoes an event in one cell of a ``kind``: the ``text`` that belongs there for the ``old`` one, '' for none.

    Rows and columns count from 0.
    """

    row: int
    column: int
    text: str
    old: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened to a sheet: one event behind many findings, under the rule that words it.

    ``fields``, ``headers`` and ``columns`` (0-based) are the columns whose cells are wrong now, ``first_row`` and ``last_row``
    the 0-based sheet rows that show it. ``number`` counts the diagnoses of the file, ``explained`` the findings that are gone
    once it is undone. ``moves`` undo it; empty where it is told and not mended. ``certain`` is False where another event would
    have left the same file. ``safe`` where undoing it loses nothing and only one reading exists.
    """

    rule: str
    severity: Severity
    file: int
    sheet: str
    fields: tuple[str, ...]
    headers: tuple[str, ...]
    columns: tuple[int, ...]
    first_row: int
    last_row: int
    params: dict[str, str]
    number: int = 0
    explained: int = 0
    certain: bool = True
    moves: list[CellMove] = dataclasses.field(default_factory=list)
    safe: bool = False

    def finding(self, path: str) -> Finding:
        """The diagnosis as a finding at its first cell, so that every report tells it."""
        first, last = (
            Place(path, self.sheet, self.first_row, self.columns[0] if self.columns else -1),
            Place(path, self.sheet, self.last_row, self.columns[-1] if self.columns else -1),
        )
        shown = self.headers[:_MOST_HEADERS]
        more = len(self.headers) - len(shown)
        params = {
            "columns": "、".join(f"“{header}”" for header in shown) + (f"等{len(self.headers)}列" if more else ""),
            "columns_en": ", ".join(self.fields[:_MOST_HEADERS]) + (f" and {more} more" if more else ""),
            "first": str(self.first_row + 1),
            "last": str(self.last_row + 1),
            "explained": str(self.explained),
            **self.params,
        }
        words = dict.fromkeys(params, PLAIN)  # headers, row numbers and words of ours: nothing of a pupil
        return Finding(
            self.rule,
            self.severity,
            first,
            self.fields[0] if self.fields else "",
            self.headers[0] if self.headers else "",
            "",
            params,
            None,
            (last,),
            kinds=words,
        )


_MOST_HEADERS = 3


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that was explained: why, by whom, and until when (ISO date) it does not count."""

    finding: Finding
    reason: str
    person: str
    until: str


def _block_of(finding: Finding, file: int) -> Block:
    place = finding.place
    return Block(
        finding.rule,
        finding.severity,
        file,
        place.sheet,
        finding.field,
        finding.header,
        place.column,
        [place.row],
        [finding.value],
        [finding.fix],
        [finding.params],
        [finding.related],
        finding.kind,
        finding.kinds,
        [finding.related_more],
    )


def _cells(block: Block, number: int) -> Iterator[tuple[int, int, str, int, int]]:
    """(row, column, rule, ``number``, index) of each finding of a block, rows ascending."""
    rows = block.rows
    ascending = all(map(operator.le, rows, itertools.islice(rows, 1, None)))
    for index in range(len(rows)) if ascending else sorted(range(len(rows)), key=rows.__getitem__):
        yield rows[index], block.column if rows[index] >= 0 else -1, block.rule, number, index


class Findings:
    """All findings of a run, the files they are on and what was not checked.

    ``not_checked`` is what became no file of the run; see `account`. ``accepted`` are findings that were explained and
    do not count; ``explained`` are those that a diagnosis explains: they are told with it and do not count. ``gleaned`` is what the caller asked to be gathered while reading, one list a file. ``pseudonyms`` name
    the pupil of (path, sheet, 0-based row) by number and by person, under the key with this fingerprint.
    """

    def __init__(self, files: Sequence[FileReport] = (), blocks: Iterable[Block] = ()) -> None:
        self.files: list[FileReport] = list(files)
        self.blocks: list[Block] = [block for block in blocks if len(block)]
        self.extra: list[Finding] = []
        self.causes: list[Cause] = []
        self.diagnoses: list[Diagnosis] = []
        self.explained: list[Block] = []
        self.not_checked: list[NotChecked] = []
        self.accepted: list[Accepted] = []
        self.gleaned: list[list[Any]] = []
        self.pseudonyms: dict[tuple[str, str, int], tuple[str, str]] = {}
        self.pseudonym_key = ""

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks) + len(self.extra)

    def __iter__(self) -> Iterator[Finding]:
        """Every finding, by file, sheet, row and column; made one by one, for there may be a million."""
        for block, index in self.in_order():
            yield block.at(index, self.paths[block.file])

    @property
    def paths(self) -> list[str]:
        """The files by number: those of the run, then those that only a finding of its own names."""
        return list(dict.fromkeys([*(report.path for report in self.files), *(f.place.file for f in self.extra)]))

    def all_blocks(self) -> list[Block]:
        """The blocks, and each finding of its own as the block of one that it is; numbers of files as in `paths`."""
        numbers = {path: number for number, path in enumerate(self.paths)}
        return [*self.blocks, *(_block_of(finding, numbers[finding.place.file]) for finding in self.extra)]

    def in_order(self) -> Iterator[tuple[Block, int]]:
        """Every finding as its block and its number there, by file, sheet, row and column."""
        sheets: dict[tuple[int, str], list[Block]] = {}
        for block in self.all_blocks():
            sheets.setdefault((block.file, block.sheet), []).append(block)
        for key in sorted(sheets):
            blocks = sheets.pop(key)
            for _, _, _, number, index in heapq.merge(*map(_cells, blocks, range(len(blocks)))):
                yield blocks[number], index

    def groups(self, samples: int) -> dict[str, list[Group]]:
        """For each file path its findings by rule, gravest first, with at most ``samples`` of each as objects."""
        blocks: dict[tuple[str, str], list[Block]] = {}
        for block in self.blocks:
            blocks.setdefault((self.files[block.file].path, block.rule), []).append(block)
        others: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.extra:
            others.setdefault((finding.place.file, finding.rule), []).append(finding)
        found: dict[str, list[Group]] = {}
        for path, rule in blocks.keys() | others.keys():
            mine, extra = blocks.get((path, rule), []), others.get((path, rule), [])
            first = [*extra, *(block.at(n, path) for block in mine for n in range(min(samples, len(block))))]
            first.sort(key=lambda finding: (finding.place.row, finding.place.column))
            severity = mine[0].severity if mine else extra[0].severity
            count = len(extra) + sum(map(len, mine))
            found.setdefault(path, []).append(Group(rule, severity, count, tuple(first[:samples])))
        for groups in found.values():
            groups.sort(key=lambda group: (-group.severity, group.rule))
        return found

    def add(self, finding: Finding) -> None:
        """Add one finding that belongs to no sheet of columns (a file, a photo, a package)."""
        self.extra.append(finding)

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        blocks = sum(len(block) for block in self.blocks if block.severity is severity)
        return blocks + sum(finding.severity is severity for finding in self.extra)

    def by_rule(self) -> Counter[str]:
        """Number of findings per rule id."""
        counts: Counter[str] = Counter()
        for block in self.blocks:
            counts[block.rule] += len(block)
        counts.update(finding.rule for finding in self.extra)
        return counts

    def by_file(self) -> Counter[tuple[str, Severity]]:
        """Number of findings per file path and severity."""
        counts: Counter[tuple[str, Severity]] = Counter()
        for block in self.blocks:
            counts[self.files[block.file].path, block.severity] += len(block)
        counts.update((finding.place.file, finding.severity) for finding in self.extra)
        return counts

    def summary(self) -> dict[str, Any]:
        """The numbers every report leads with."""
        accepted = {"accepted": len(self.accepted)} if self.accepted else {}
        explained = {"explained": sum(map(len, self.explained))} if self.explained else {}
        return {
            "files": len(self.files),
            "rows": sum(report.rows for report in self.files),
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "infos": self.count(Severity.INFO),
            **accepted,
            **explained,
        }

    def account(self) -> list[NotChecked]:
        """What was not read, checked or understood, one entry a kind and sentence; what may lack pupils first.

        Files that were skipped or unreadable and rules that did not run stand in ``files``, not here.
        """
        known: dict[tuple[str, str], NotChecked] = {}
        for entry in (*self.not_checked, *(entry for report in self.files for entry in report.not_checked)):
            key = (entry.kind, entry.zh)
            known[key] = known[key].plus(entry) if key in known else entry
        return sorted(known.values(), key=lambda entry: not entry.incomplete)

    @property
    def incomplete(self) -> bool:
        """Whether something could not be looked at, so that no verdict on the whole is possible (exit code 2)."""
        return bool(self.unreadable) or self.crashed or any(entry.incomplete for entry in self.account())

    @property
    def crashed(self) -> bool:
        """Whether any rule crashed anywhere: a crash is never a pass."""
        return any(report.rules.crashed for report in self.files)

    @property
    def unreadable(self) -> list[FileReport]:
        return [report for report in self.files if report.status == "unreadable"]
