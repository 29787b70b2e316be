"""One input file and what becomes of it: the unit that planning, checking, the tree and the manifest speak of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stuvalid.check.run import FileResult
from stuvalid.pupils.facts import BookFacts, Counts
from stuvalid.pupils.schools import School, SchoolList
from stuvalid.rules.told import Told

Sort = Literal["workbook", "photo", "document", "other"]
Fate = Literal["included", "superseded", "refused", "passed-over", "unclear"]


@dataclass
class PlanEntry:
    """``zh``/``en`` say why it has its fate; ``by`` names the file that takes its place.

    ``target`` is its path in the package; ``book`` and ``result`` are a workbook's content and its check.
    ``digest`` is the SHA-256 of its bytes where that is already known.
    """

    name: str
    size: int
    sort: Sort
    path: Path | None
    modified: float = 0.0
    archive: str = ""
    fate: Fate = "unclear"
    school: str = ""
    zh: str = ""
    en: str = ""
    by: str = ""
    target: str = ""
    digest: str = ""
    book: BookFacts | None = None
    result: FileResult | None = None
    tally: Counts | None = None

    def settle(self, fate: Fate, zh: str, en: str, *, school: str = "", by: str = "") -> None:
        """Decide what becomes of it, and why."""
        self.fate, self.zh, self.en, self.by = fate, zh, en, by
        if school:
            self.school = school

    def sha256(self) -> str:
        """The sum of the file's bytes, read once."""
        if not self.digest and self.path is not None:
            with self.path.open("rb") as stream:
                self.digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return self.digest

    @property
    def counts(self) -> Counts:
        """Its pupils, counted once."""
        if self.tally is None:
            self.tally = self.book.counts if self.book is not None else Counts()
        return self.tally


@dataclass(slots=True)
class Plan:
    """What becomes of everything received. ``schools`` is the official list, ``names`` the name in use by code."""

    entries: list[PlanEntry]
    schools: SchoolList
    names: dict[str, School]
    told: Told
    _by_school: dict[str, list[PlanEntry]] = field(default_factory=dict)

    def of_school(self, code: str, *sorts: Sort) -> list[PlanEntry]:
        """What is included of a school, in the order of names; asked only when all owners are settled."""
        if not self._by_school:
            for entry in self.entries:
                self._by_school.setdefault(entry.school, []).append(entry)
        mine = self._by_school.get(code, ())
        return [entry for entry in mine if entry.fate == "included" and entry.sort in sorts]

    @property
    def included(self) -> list[PlanEntry]:
        return [entry for entry in self.entries if entry.fate == "included"]

    @property
    def codes(self) -> list[str]:
        """Schools with anything included, in the order of codes."""
        return sorted({entry.school for entry in self.included if entry.school})

    @property
    def received(self) -> list[str]:
        """Schools with pupils' data."""
        return sorted({entry.school for entry in self.included if entry.sort == "workbook"})
