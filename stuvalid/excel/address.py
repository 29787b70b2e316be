"""Cell addresses: 0-based numbers to ``C17`` and back."""

from __future__ import annotations

from functools import cache, lru_cache


@cache
def column_letter(col: int) -> str:
    """The letters of the 0-based column: 0 -> ``A``, 26 -> ``AA``."""
    if col < 0:
        raise ValueError(f"no such column: {col}")
    letters = ""
    rest = col + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def address(row: int, col: int) -> str:
    """The A1 address of 0-based ``row`` and ``col``: (16, 2) -> ``C17``."""
    return f"{column_letter(col)}{row + 1}"


def parse_address(text: str) -> tuple[int, int] | None:
    """0-based (row, column) of an A1 address, ``$`` allowed; None when it is not one."""
    bare = text.replace("$", "").upper()
    letters = bare.rstrip("0123456789")
    digits = bare[len(letters) :]
    col = _column(letters)
    if col is None or not 1 <= len(digits) <= 7:
        return None
    row = int(digits)
    return (row - 1, col) if row else None


@lru_cache(maxsize=1024)
def _column(letters: str) -> int | None:
    if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        return None
    col = 0
    for letter in letters:
        col = col * 26 + ord(letter) - 64
    return col - 1


def parse_range(text: str) -> tuple[int, int, int, int] | None:
    """0-based inclusive (first row, first column, last row, last column) of ``A1:C3`` or ``A1``."""
    first, _, last = text.partition(":")
    start = parse_address(first)
    end = parse_address(last) if last else start
    if start is None or end is None:
        return None
    return (min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))
