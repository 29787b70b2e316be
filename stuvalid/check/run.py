"""What travels through a check: the options that go out to the workers, the results that come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from stuvalid.collection.facts import RecordFacts, RosterFacts
from stuvalid.findings import Block, Diagnosis, FileReport, Severity
from stuvalid.pupils.keys import PupilKeys
from stuvalid.received.walk import Source
from stuvalid.rules.registry import rule_files

if TYPE_CHECKING:
    from stuvalid.forms.table import Part, Table

    Glean = Callable[[Table, Part], Any]

TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to check and how. ``workers`` 0 means one per processor; ``isolated`` False reads in this process.

    ``glean`` is told of every sheet of pupils where it was judged and what it returns comes back in
    `FileResult.gleaned` and `Findings.gleaned`, so that who needs more than findings need not read the files again.
    ``divisions`` are six-digit codes to know beside our list.
    ``rule_files`` are the rules from outside that workers shall know: those in use where the options are made.
    """

    template: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()
    password: str | None = None
    workers: int = 0
    isolated: bool = True
    today: dt.date = field(default_factory=dt.date.today)
    timeout: float = TIMEOUT_SECONDS
    glean: Glean | None = None
    divisions: tuple[str, ...] = ()
    rule_files: tuple[str, ...] = field(default_factory=rule_files)


@dataclass(slots=True)
class FileResult:
    """One file's part of the run as a worker sends it back. ``rosters`` runs in step with ``keys``."""

    report: FileReport
    blocks: list[Block] = field(default_factory=list)
    keys: list[PupilKeys] = field(default_factory=list)
    gleaned: list[Any] = field(default_factory=list)
    rosters: list[RosterFacts] = field(default_factory=list)
    records: list[RecordFacts] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    explained: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Job:
    """One task of a worker: file number ``index`` of the run."""

    index: int
    source: Source
    options: CheckOptions


class Memory(Protocol):
    """What remembers the results of files (see `stuvalid.check.cache`)."""

    def find(self, sources: Sequence[Source]) -> dict[int, Any]: ...
    def restore(self, plain: Any, source: Source) -> FileResult: ...
    def keep(self, index: int, source: Source, result: FileResult) -> None: ...
    def tidy(self) -> None: ...
