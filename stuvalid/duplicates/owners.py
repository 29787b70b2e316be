"""Whose a pupil is: the school, by the code in its row, else above the header, else in the names around the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from stuvalid.bundle.owners import NameEvidence, owner_by_name
from stuvalid.bundle.schools import SchoolList
from stuvalid.codes import divisions
from stuvalid.duplicates.keys import PLACEHOLDER, SCHOOL_CODE, SheetKeys

_DIVISION = re.compile(r"^[0-9]{6}(?![0-9])")
_SCHOOL_NAME = re.compile(
    r"[\u4e00-\u9fff0-9（）()·]*(?:小学|中学|学校|学堂|教学点|一中|二中|附小|附中)[\u4e00-\u9fff（）()]*"
)
_SUFFIX = re.compile(r"\.[A-Za-z]{2,5}$")


class Owner(NamedTuple):
    """A school. ``code`` is '' where none was found; ``county`` six digits, '' if unknown."""

    code: str
    name: str = ""
    county: str = ""

    @property
    def label(self) -> str:
        """``双塔西街小学（2114010068）``, or what is known of it."""
        return f"{self.name}（{self.code}）" if self.name and self.code else self.name or self.code

    @property
    def province(self) -> str:
        """First two digits of the province's division code, '' if unknown."""
        return self.county[:2] or self.code[2:4]


class Owners:
    """The schools of a run, numbered. ``schools`` is the official list, ``county`` what holds for the rest."""

    def __init__(self, schools: SchoolList | None = None, county: str = "") -> None:
        self._schools = schools or SchoolList()
        self._evidence = NameEvidence(self._schools, ())
        self._county = county
        self._numbers: dict[str, int] = {}
        self.all: list[Owner] = []

    def of_file(self, path: str, sheets: Sequence[SheetKeys]) -> list[list[int]]:
        """For each sheet of a file the number of the school for each entry of its ``schools``."""
        around = around_file(path)
        usual = self._usual(path, around, sheets)
        return [
            [
                self._number(code or sheet.title_code or usual, sheet.title_name or around.name, around)
                for code in sheet.schools
            ]
            for sheet in sheets
        ]

    def of_code(self, code: str) -> int:
        """The number of the school with this code."""
        return self._number(code, "", Around())

    def _usual(self, path: str, around: Around, sheets: Sequence[SheetKeys]) -> str:
        """The code for rows without one: the file's most frequent, else that of its name, else by a known name."""
        counts: Counter[str] = Counter()
        for sheet in sheets:
            sizes = Counter(sheet.school_of.tolist())
            counts.update({sheet.schools[number]: size for number, size in sizes.items() if sheet.schools[number]})
        if counts:
            return counts.most_common(1)[0][0]
        if around.code:
            return around.code
        for name in [sheet.title_name for sheet in sheets] + [path]:
            found = owner_by_name(name, self._evidence).school if name else ""
            if found:
                return found
        return ""

    def _number(self, code: str, name: str, around: Around) -> int:
        key = code or f"?{name}"
        if key not in self._numbers:
            known = self._schools.find(code)
            listed = (known.short or known.name) if known else ""
            county = (known.county if known else "") or around.county or self._county
            self._numbers[key] = len(self.all)
            self.all.append(Owner(code, listed or name, county))
        return self._numbers[key]


class Around(NamedTuple):
    """What the names of a file and of the folders it lies in say."""

    code: str = ""
    name: str = ""
    county: str = ""


def around_file(path: str) -> Around:
    """The school code and name nearest to the file in its path, and the county's code furthest in."""
    parts = [_SUFFIX.sub("", part) for part in reversed(PurePath(path.replace("\\", "/")).parts)]
    codes = [code for part in parts for code in SCHOOL_CODE.findall(part) if code != PLACEHOLDER]
    names = [found[0] for part in parts if (found := _SCHOOL_NAME.search(SCHOOL_CODE.sub("", part)))]
    counties = [match[0] for part in parts if (match := _DIVISION.match(part)) and _is_county(match[0])]
    return Around(
        codes[0] if codes else "", names[0] if names else parts[0] if parts else "", counties[0] if counties else ""
    )


def _is_county(code: str) -> bool:
    found = divisions.find(code)
    return found is not None and found.is_county


class Superior(NamedTuple):
    """Who arbitrates between schools. ``level`` is county, city, province or ministry; ``name`` of the division."""

    level: str
    code: str
    name: str

    def words(self, lang: str) -> str:
        """As it stands in a work list."""
        if self.level == "ministry":
            return "Ministry of Education" if lang == "en" else "教育部"
        if lang == "en":
            return f"education authority of {self.name} ({self.code})"
        return f"{self.name}教育行政部门（{self.code}）"


MINISTRY = Superior("ministry", "", "")


def common_superior(owners: Sequence[Owner]) -> Superior:
    """The lowest authority above all these schools, as far as their codes tell.

    A school whose county is not known counts by the province in its code.
    """
    counties = {owner.county for owner in owners}
    if len(counties) == 1 and "" not in counties:
        return _superior("county", counties.pop())
    if "" not in counties and len({county[:4] for county in counties}) == 1:
        city = f"{next(iter(counties))[:4]}00"
        found = divisions.find(city)
        if found is not None and not found.aggregate:
            return _superior("city", city)
    provinces = {owner.province for owner in owners}
    if len(provinces) == 1 and "" not in provinces:
        return _superior("province", f"{provinces.pop()}0000")
    return MINISTRY


def _superior(level: str, code: str) -> Superior:
    return Superior(level, code, divisions.full_name(code) or code)
