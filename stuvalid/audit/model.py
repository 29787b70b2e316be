"""What the yearly audit shows: places that hold pupils, copies that went out, ledgers, consents, and what is overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stuvalid.exports.chain import Break
from stuvalid.exports.reading import BANDS


@dataclass(slots=True)
class Held:
    """A place below the folder: a package, or workbooks. ``rows`` are lines, ``ages`` pupils by band, each counted once.

    Of a package ``made``, ``by`` and ``stated`` (its own number of pupils, -1 for none) are what its manifest says.
    """

    name: str
    package: bool
    rows: int = 0
    ages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))
    files: int = 0
    photos: int = 0
    made: str = ""
    by: str = ""
    code: str = ""
    stated: int = -1
    read: bool = True


@dataclass(frozen=True, slots=True)
class Handed:
    """A copy that went out: its entry, in which ledger, and what became of it on the day of the audit.

    ``days`` is how long ago its term ended, negative while it runs.
    """

    entry: Mapping[str, Any]
    ledger: str
    day: dt.date
    state: str
    days: int

    @property
    def overdue(self) -> bool:
        return self.days > 0 and self.state in ("overdue", "unconfirmed", "unremoved")


@dataclass(frozen=True, slots=True)
class Ended:
    """A destruction, or the recipient's word for one."""

    entry: Mapping[str, Any]
    ledger: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """A ledger: how many entries, its last check code, and what is wrong with it."""

    name: str
    entries: int
    code: str
    breaks: tuple[Break, ...]


@dataclass(slots=True)
class Consents:
    """What `stuvalid collect` reported of guardians' consent; ``files`` is how many reports were found."""

    files: int = 0
    given: int = 0
    refused: int = 0
    none: int = 0


@dataclass(slots=True)
class Audit:
    """The whole. ``ages`` are the pupils held, each once wherever it stands; ``on`` is the day they are judged on.

    ``since`` is the first day of the time that is reported. ``unread`` are files that nobody could read.
    """

    folder: str
    on: dt.date
    since: dt.date
    held: list[Held] = field(default_factory=list)
    ages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))
    handed: list[Handed] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    books: list[LedgerReport] = field(default_factory=list)
    consents: Consents = field(default_factory=Consents)
    unread: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def overdue(self) -> list[Handed]:
        return [one for one in self.handed if one.overdue]

    @property
    def broken(self) -> list[LedgerReport]:
        return [book for book in self.books if book.breaks]

    @property
    def pupils(self) -> int:
        return sum(self.ages.values())

    @property
    def incomplete(self) -> bool:
        """Whether pupils may be held that were not counted."""
        return bool(self.unread)
