"""Administrative divisions (GB/T 2260), current and historical, by six-digit code.

A number keeps the code that was in force when it was assigned, so an abolished code is never a fault.
A city without counties (东莞, 中山, 儋州, 三沙, 嘉峪关) is its own county, in numbers and forms alike. No list of
the past is whole: a user may add the codes that his register proves (`also`).
Built by ``scripts/build_divisions.py``; 2026 state.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("divisions.csv")
_ADDED: set[str] = set()
# Taiwan by its own code, and what residence permits of Hong Kong, Macao and Taiwan begin with.
_PERMITS = frozenset({"710000", "810000", "820000", "830000"})


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
    """``last_year`` is None while the code is in force, and of `aggregate` ones whose end no list tells; ``kind`` as in
    the list (`scripts/build_divisions.py`).
    """

    code: str
    name: str
    first_year: int
    last_year: int | None
    kind: str = ""

    @property
    def aggregate(self) -> bool:
        """Whether the code sums up others (市辖区): no place of its own, yet found in numbers."""
        return self.kind == "aggregate"

    @property
    def level(self) -> str:
        """``province``, ``prefecture`` or ``county``, by the digits of the code."""
        if self.code.endswith("0000"):
            return "province"
        return "prefecture" if self.code.endswith("00") else "county"

    @property
    def is_county(self) -> bool:
        """Whether schools, households and numbers are of it: a county, or a city that has none."""
        return self.level == "county" or self.kind == "county"


@cache
def _divisions() -> dict[str, Division]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        return {
            code: Division(code, name, int(first), int(last) if last else None, kind)
            for code, name, first, last, kind in rows
        }


@cache
def names() -> frozenset[str]:
    """Every name in the list, as written and without its last character (山西省, 山西)."""
    listed = {division.name for division in _divisions().values()}
    return frozenset(listed | {name[:-1] for name in listed if len(name) > 2})


def also(codes: Iterable[str]) -> bool:
    """Take these six-digit codes for counties of the past as well, in this process, instead of those added before.

    Whether that changes anything: what was judged before is then to be forgotten.
    """
    wanted = set(codes)
    if wanted == _ADDED:
        return False
    _ADDED.clear()
    _ADDED.update(wanted)
    standing.cache_clear()
    is_county.cache_clear()
    return True


@cache
def standing(code: str) -> Standing:
    """What ``code`` (six digits) is; never raises."""
    found = _divisions().get(code)
    if code in _ADDED or (found is not None and found.kind == "once-county"):
        return Standing.ABOLISHED
    return _unlisted(code) if found is None else _listed(found)


def _unlisted(code: str) -> Standing:
    if code[:2] not in province_codes():
        return Standing.UNKNOWN_PROVINCE
    known = f"{code[:4]}00" in _divisions() or any(other.startswith(code[:4]) for other in _divisions())
    return Standing.UNKNOWN_COUNTY if known else Standing.UNKNOWN_PREFECTURE


def _listed(found: Division) -> Standing:
    if found.is_county and not found.aggregate:
        return Standing.CURRENT if found.last_year is None else Standing.ABOLISHED
    if found.level == "county":
        return Standing.AGGREGATE
    return Standing.PROVINCE if found.level == "province" else Standing.PREFECTURE


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
def is_county(code: str) -> bool:
    """Whether a six-digit code is or was a county, or an aggregate that occurs in identity numbers."""
    return standing(code) in (Standing.CURRENT, Standing.ABOLISHED, Standing.AGGREGATE) or code in _PERMITS


@cache
def province_codes() -> frozenset[str]:
    """First two digits of every province, region and municipality, Taiwan, Hong Kong and Macao included."""
    return frozenset(code[:2] for code in _divisions() if code.endswith("0000"))


@cache
def _all_names() -> str:
    """Every name, to see at once that none holds a text."""
    return "\n" + "\n".join(entry.name for entry in _divisions().values())


@cache
def _by_full_name() -> dict[str, list[Division]]:
    found: dict[str, list[Division]] = {}
    for code, entry in _divisions().items():
        if not entry.aggregate:
            found.setdefault(full_name(code), []).append(entry)
    return found


def search(text: str, limit: int = 10) -> list[Division]:
    """Divisions whose code begins with ``text`` or whose name, alone or in full, holds it; current ones first."""
    digits = text.strip()
    if not digits:
        return []
    if digits.isascii() and digits.isdigit():
        found = [entry for code, entry in _divisions().items() if code.startswith(digits[:6])]
    else:
        found = [entry for entry in _divisions().values() if digits in entry.name] if digits in _all_names() else []
        found = found or list(_by_full_name().get(digits, ()))
    found.sort(key=lambda entry: (entry.last_year is not None, entry.aggregate, entry.name != digits, entry.code))
    return found[:limit]


_BEYOND_COUNTIES = re.compile(r"(?:中国)?(?:台湾省?[^省]|香港|澳门)")


@cache
def _county_names() -> frozenset[str]:
    """Names that a county bears today, or bore as a county, district or banner (a 市 of the past may be a prefecture now)."""
    return frozenset(
        entry.name
        for entry in _divisions().values()
        if entry.is_county and not entry.aggregate and (entry.last_year is None or not entry.name.endswith("市"))
    )


def names_a_county(text: str) -> bool:
    """Whether a place in words goes down to a county: 山西省太原市迎泽区, 广东省东莞市, 浙江省义乌市."""
    # Our list has no counties of Taiwan, Hong Kong and Macao: whatever follows their names may be one.
    if _BEYOND_COUNTIES.match(text):
        return True
    known = _county_names()
    return any(text[start:end] in known for start in range(len(text)) for end in range(start + 2, len(text) + 1))
