"""What may be asked of a workbook, as plain data. Rows and columns count from 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")  # worst first
# One step beside Excel's own "bad", "neutral" and "accent" colours: nobody picks them, so they tell our marks.
FILLS: dict[Severity, str] = {"error": "FFFFC7CF", "warning": "FFFFEB9D", "info": "FFDDEBF8"}
LAST_ROW = 1_048_575
LAST_COLUMN = 16_383
LONGEST_TEXT = 32_767  # characters in a cell or a comment
DEFAULT_AUTHOR = "stuvalid"


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Write ``value`` as text into a cell (format ``@``); None empties it."""

    sheet: str
    row: int
    col: int
    value: str | None


@dataclass(frozen=True, slots=True)
class CellMark:
    """Colour a cell by severity and explain it in a comment (an empty one is left out)."""

    sheet: str
    row: int
    col: int
    severity: Severity
    comment: str
    author: str = DEFAULT_AUTHOR


@dataclass(frozen=True, slots=True)
class Link:
    """A cell of the same workbook to jump to."""

    sheet: str
    row: int
    col: int


@dataclass(frozen=True, slots=True)
class FrontCell:
    """One cell of a front sheet: text or an integer, perhaps linked, perhaps coloured."""

    value: str | int
    link: Link | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class FrontSheet:
    """A list put before all other sheets: title (may be empty), lines of explanation, a header, the rows.

    ``widths`` are column widths in characters. The header is frozen, filterable and repeated on every page.
    ``rows`` is gone through once, so that it may be a generator.
    """

    name: str
    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[str | int | FrontCell]]
    widths: Sequence[float] = ()
    lines: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class PatchResult:
    """The new file and what a person should be told about it, as codes (see ``patch_workbook``)."""

    data: bytes
    notes: list[str]


def sheet_reference(name: str, cells: str) -> str:
    """``'三年级 1班'!A1`` for formulas, links and defined names; quoting is always allowed."""
    return "'" + name.replace("'", "''") + "'!" + cells


def text_lines(text: str, width: float) -> int:
    """About how many lines ``text`` takes in ``width`` characters; a Chinese character is two wide."""
    room = max(int(width), 2)
    needed = (sum(2 if ord(char) > 0x2E7F else 1 for char in line) for line in text.split("\n"))
    return sum(max(1, -(-units // room)) for units in needed)
