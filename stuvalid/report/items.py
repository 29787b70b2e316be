"""What reports list, in words and masked: made by `stuvalid.report.shown.WordedRun` and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stuvalid.findings import ClassRun, RuleRuns, Severity, letters


class WordedPlace(NamedTuple):
    """Where something is: ``row`` counts from 1 (0: none), ``column`` from 0 (-1: none); ``cell`` is '' without both."""

    file: str
    sheet: str = ""
    row: int = 0
    column: int = -1

    @property
    def cell(self) -> str:
        return f"{letters(self.column)}{self.row}" if self.row and self.column >= 0 else ""

    @property
    def where(self) -> str:
        """Sheet and cell as spreadsheet programs write them, '' for a finding on a whole file."""
        return f"{self.sheet}!{self.cell}" if self.cell else ""


@dataclass(frozen=True, slots=True)
class WordedFinding:
    """One finding in words. ``fix`` is None where there is none, ``stored_only`` where it changes how the cell is stored.

    ``pupil`` are the pseudonyms by number and by person, '' for none.
    """

    rule: str
    severity: Severity
    place: WordedPlace
    field: str
    header: str
    kind: str
    message: str
    mend: str
    value: str
    fix: str | None
    safe: bool
    stored_only: bool
    related: tuple[WordedPlace, ...]
    related_more: int
    pupil: tuple[str, str]


@dataclass(frozen=True, slots=True)
class WordedGroup:
    """All findings of one rule on one file: how many, what to do, and the first of them in the order of the sheet."""

    rule: str
    severity: Severity
    count: int
    mend: str
    samples: tuple[WordedFinding, ...]


@dataclass(frozen=True, slots=True)
class WordedCause:
    """One cause behind many findings, in file ``number``; ``same`` is equal for the same cause in several files."""

    rule: str
    severity: Severity
    number: int
    file: str
    sheet: str
    field: str
    scope: str
    count: int
    first_row: int
    last_row: int
    message: str
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordedDiagnosis:
    """What happened to a sheet of file ``number``, with how many findings it explains. ``id`` is its own in the run.

    ``columns`` are Excel's letters, rows count from 1; ``mends`` when `fix` can undo it, ``safe`` when without `--unsafe-fixes`.
    """

    id: str
    rule: str
    severity: Severity
    number: int
    file: str
    sheet: str
    fields: tuple[str, ...]
    headers: tuple[str, ...]
    columns: tuple[str, ...]
    first_row: int
    last_row: int
    explained: int
    certain: bool
    mends: bool
    safe: bool
    message: str
    mend: str


class WordedAccepted(NamedTuple):
    """A finding that was explained and does not count."""

    finding: WordedFinding
    reason: str
    person: str
    until: str


@dataclass(frozen=True, slots=True)
class WordedLook:
    """What a file is: titles of its forms, (code, pupils) of its schools, (name, pupils) of its classes, and the names of the
    sheets beside, hidden ones said to be.
    """

    forms: tuple[str, ...]
    schools: tuple[tuple[str, int], ...]
    classes: tuple[tuple[str, int], ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordedFile:
    """A file of the run, or (``listed`` False) one that only a finding of its own names: an archive, a missing photo."""

    number: int
    path: str
    listed: bool
    status: str
    reason: str
    template: str
    sheet: str
    rows: int
    format: str
    sha256: str
    rules: RuleRuns
    classes: Sequence[ClassRun]
    counts: Mapping[Severity, int]
    look: WordedLook | None = None


class Unchecked(NamedTuple):
    """One thing that was not checked: in which file ('' for all of them), what, and why.

    ``grave`` is what makes the run incomplete. ``key`` names it for machines: ``unreadable``, ``crashed``, ``skipped``,
    ``rules``, ``unknown`` or the kind of a `NotChecked`.
    """

    file: str
    what: str
    why: str
    grave: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class WordedEntry:
    """One kind of thing that was not read, checked or understood; ``where`` are the examples in words."""

    kind: str
    count: int
    incomplete: bool
    message: str
    where: str
    examples: tuple[WordedPlace, ...]
