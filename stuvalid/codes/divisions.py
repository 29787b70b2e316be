"""Administrative divisions (GB/T 2260), current and historical, by six-digit code.

A number keeps the code that was in force when it was assigned, so an abolished code is never a fault.
Built by ``scripts/build_divisions.py``; 2026 state.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("divisions.csv")


class Standing(Enum):
    """What a six-digit code is today."""

    CURRENT = "current"
    ABOLISHED = "abolished"
    AGGREGATE = "aggregate"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    UNKNOWN_COUNTY = "unknown county"
    UNKNOWN_PREFECTURE = "unknown prefecture"
    UNKNOWN_PROVINCE = "unknown province"


@dataclass(frozen=True, slots=True)
class Division:
    """``last_year`` is None while the code is in force."""

    code: str
    name: str
    first_year: int
    last_year: int | None
    aggregate: bool = False

    @property
    def level(self) -> str:
        if self.code.endswith("0000"):
            return "province"
        return "prefecture" if self.code.endswith("00") else "county"


@cache
def _divisions() -> dict[str, Division]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        return {
            code: Division(code, name, int(first), int(last) if last else None, kind == "aggregate")
            for code, name, first, last, kind in rows
        }


@cache
def standing(code: str) -> Standing:
    """What ``code`` (six digits) is; never raises."""
    found = _divisions().get(code)
    if found is None:
        if code[:2] not in province_codes():
            return Standing.UNKNOWN_PROVINCE
        known = f"{code[:4]}00" in _divisions() or any(other.startswith(code[:4]) for other in _divisions())
        return Standing.UNKNOWN_COUNTY if known else Standing.UNKNOWN_PREFECTURE
    if found.level == "province":
        return Standing.PROVINCE
    if found.level == "prefecture":
        return Standing.PREFECTURE
    if found.aggregate:
        return Standing.AGGREGATE
    return Standing.CURRENT if found.last_year is None else Standing.ABOLISHED


def find(code: str) -> Division | None:
    """The division with this six-digit code."""
    return _divisions().get(code)


@cache
def full_name(code: str) -> str:
    """Names from the province down, as in 山西省太原市迎泽区; an abolished one carries its years."""
    names: list[str] = []
    for part in (f"{code[:2]}0000", f"{code[:4]}00", code):
        found = find(part)
        if found is not None and not found.aggregate and found.name not in names:
            names.append(found.name)
    last = find(code)
    years = f"（{last.first_year}–{last.last_year}）" if last is not None and last.last_year is not None else ""
    return "".join(names) + years


@cache
def province_codes() -> frozenset[str]:
    """First two digits of every province, region and municipality, Taiwan, Hong Kong and Macao included."""
    return frozenset(code[:2] for code in _divisions() if code.endswith("0000"))


def search(text: str, limit: int = 10) -> list[Division]:
    """Divisions whose code begins with ``text`` or whose name, alone or in full, holds it; current ones first."""
    digits = text.strip()
    if digits.isascii() and digits.isdigit():
        found = [entry for code, entry in _divisions().items() if code.startswith(digits[:6])]
    else:
        found = [entry for entry in _divisions().values() if digits and digits in entry.name]
        if not found:
            found = [entry for code, entry in _divisions().items() if digits and full_name(code) == digits]
    found.sort(key=lambda entry: (entry.last_year is not None, entry.aggregate, entry.name != digits, entry.code))
    return found[:limit]
