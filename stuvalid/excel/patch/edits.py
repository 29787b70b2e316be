"""What may be asked of a workbook, as plain data. Rows and columns count from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")  # worst first
FILLS: dict[Severity, str] = {"error": "FFFFC7CE", "warning": "FFFFEB9C", "info": "FFDDEBF7"}
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
    """A list put before all other sheets: title, lines of explanation, a header, the rows.

    ``widths`` are column widths in characters. The header is frozen, filterable and repeated on every page.
    """

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | FrontCell]]
    widths: Sequence[float] = ()
    lines: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class PatchResult:
    """The new file and what a person should be told about it, as codes (see ``patch_workbook``)."""

    data: bytes
    notes: list[str]


def a1(row: int, col: int) -> str:
    """``(0, 0)`` → ``A1``."""
    return f"{column_letters(col)}{row + 1}"


def column_letters(col: int) -> str:
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_a1(text: str) -> tuple[int, int] | None:
    """``$B$3`` → ``(2, 1)``; None when it is not a cell reference."""
    plain = text.replace("$", "").upper()
    digits = plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    letters = plain[: len(plain) - len(digits)]
    if not letters or len(letters) > 3 or not digits.isascii() or not digits.isdigit() or len(digits) > 7:
        return None
    col = 0
    for letter in letters:
        col = col * 26 + ord(letter) - 64
    row = int(digits) - 1
    return (row, col - 1) if 0 <= row <= LAST_ROW and col - 1 <= LAST_COLUMN else None


def parse_range(text: str) -> tuple[int, int, int, int] | None:
    """``B2:D9`` → ``(1, 1, 8, 3)`` (first row, first column, last row, last column); one cell is a range too."""
    first, _, last = text.partition(":")
    begin, end = parse_a1(first), parse_a1(last or first)
    if begin is None or end is None:
        return None
    return min(begin[0], end[0]), min(begin[1], end[1]), max(begin[0], end[0]), max(begin[1], end[1])


def sheet_reference(name: str, cells: str) -> str:
    """``'三年级 1班'!A1`` for formulas, links and defined names; quoting is always allowed."""
    return "'" + name.replace("'", "''") + "'!" + cells
