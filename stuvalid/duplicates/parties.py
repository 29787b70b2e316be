"""Whose a pupil is: the school, by the code in its row, else by what tells whose the file is (`stuvalid.pupils.owners`)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from stuvalid.codes import divisions
from stuvalid.duplicates.keysets import SheetKeys
from stuvalid.findings.masking import shown_path
from stuvalid.pupils.owners import Book, NameEvidence, by_neighbours, owner_of_workbook, school_name_in
from stuvalid.pupils.schools import SchoolList

_DIVISION = re.compile(r"^[0-9]{6}(?![0-9])")


class Owner(NamedTuple):
    """A school. ``code`` is '' where none was found; ``county`` six digits, '' if unknown.

    ``place`` tells unknown schools apart: the file or folder their pupils were found in.
    """

    code: str
    name: str = ""
    county: str = ""
    place: str = ""

    @property
    def label(self) -> str:
        """``双塔西街小学（2114010068）``, or what is known of it."""
        if self.name and self.code:
            return f"{self.name}（{self.code}）"
        return self.name or self.code or (f"学校不明（{self.place}）" if self.place else "")

    @property
    def province(self) -> str:
        """First two digits of the province's division code, '' if unknown."""
        return self.county[:2] or self.code[2:4]


class Owners:
    """The schools of a run, numbered. ``schools`` is the official list, ``county`` what holds for the rest."""

    def __init__(self, schools: SchoolList | None = None, county: str = "") -> None:
        self._schools = schools or SchoolList()
        self._county = county
        self._numbers: dict[str, int] = {}
        self._of_file: dict[str, str] = {}
        self._names: Mapping[str, str] = {}
        self.all: list[Owner] = []

    def learn(self, files: Mapping[str, Sequence[SheetKeys]]) -> None:
        """Decide whose each file of the run is, by its path and its sheets; needed where rows bear no code."""
        books = [_book(path, sheets) for path, sheets in files.items()]
        evidence = NameEvidence.of_books(books, self._schools)
        self._schools = evidence.schools
        found = {book.name: owner_of_workbook(book, evidence).school for book in books}
        known = {name: code for name, code in found.items() if code}
        self._of_file = known | by_neighbours(known, [name for name, code in found.items() if not code])
        self._names = short_paths(found)

    def of_file(self, path: str, sheets: Sequence[SheetKeys]) -> list[list[int]]:
        """For each sheet of a file the number of the school for each entry of its ``schools``."""
        plain = _plain(path)
        usual, county = self._of_file.get(plain, ""), _county_around(plain)
        own = [Book("", Counter(), sheet.titles).code for sheet in sheets]
        return [
            [self._number(code or above or usual, plain, sheet.titles, county) for code in sheet.schools]
            for sheet, above in zip(sheets, own, strict=True)
        ]

    def of_whole_file(self, path: str) -> str:
        """The code of the one school a file is of, '' where that cannot be told."""
        return self._of_file.get(_plain(path), "")

    def of_code(self, code: str) -> int:
        """The number of the school with this code."""
        return self._number(code, "", (), "")

    def _number(self, code: str, path: str, titles: Sequence[str], county: str) -> int:
        name = "" if code else _name_around(path, titles)
        key = code or f"?{name or path}"
        if key not in self._numbers:
            known = self._schools.find(code)
            county = (known.county if known else "") or county or self._county
            place = "" if code or name else shown_path(self._names.get(path, path))
            self._numbers[key] = len(self.all)
            self.all.append(Owner(code, known.called if known else name, county, place))
        return self._numbers[key]


def _plain(path: str) -> str:
    return path.replace("\\", "/")


def _book(path: str, sheets: Sequence[SheetKeys]) -> Book:
    codes: Counter[str] = Counter()
    for sheet in sheets:
        sizes = Counter(sheet.school_of.tolist())
        codes.update({sheet.schools[number]: size for number, size in sizes.items() if sheet.schools[number]})
    titles = tuple(dict.fromkeys(title for sheet in sheets for title in sheet.titles))
    return Book(_plain(path), codes, titles)


def _name_around(path: str, titles: Sequence[str]) -> str:
    """What looks like a school's name above the header or in the path, the nearest first; '' if nothing does."""
    return next(
        (name for text in (*titles, *reversed(PurePosixPath(path).parts)) if (name := school_name_in(text))), ""
    )


def _county_around(path: str) -> str:
    """The county whose code begins the name of a folder or of the file, the nearest; '' if none does."""
    for part in reversed(PurePosixPath(path).parts):
        match = _DIVISION.match(unicodedata.normalize("NFKC", part))
        if match and divisions.is_county(match[0]):
            return match[0]
    return ""


def short_paths(paths: Iterable[str]) -> dict[str, str]:
    """For each path the shortest end of it, in whole names, that no other path has."""
    parts = {path: PurePosixPath(path).parts for path in paths}
    shown: dict[str, str] = {}
    waiting, length = list(parts), 1
    while waiting:
        ends = {path: "/".join(parts[path][-length:]) for path in waiting}
        counts = Counter(ends.values())
        shown |= {path: end for path, end in ends.items() if counts[end] == 1 or len(parts[path]) <= length}
        waiting, length = [path for path in waiting if path not in shown], length + 1
    return shown


class Superior(NamedTuple):
    """Who arbitrates between schools. ``level`` is county, city, province, ministry or unknown; ``name`` of the division."""

    level: str
    code: str
    name: str

    def words(self, lang: str) -> str:
        """As it stands in a work list."""
        if self.level == "ministry":
            return "Ministry of Education" if lang == "en" else "教育部"
        if self.level == "unknown":
            return _UNKNOWN_EN if lang == "en" else _UNKNOWN_ZH
        if lang == "en":
            return f"education authority of {self.name} ({self.code})"
        return f"{self.name}教育行政部门（{self.code}）"


MINISTRY = Superior("ministry", "", "")
UNKNOWN = Superior("unknown", "", "")
_UNKNOWN_ZH = "不明：学校所在的县未知（给出学校名单或 --county）"
_UNKNOWN_EN = "unknown: the county of a school is not known (give a list of schools, or --county)"


def common_superior(owners: Sequence[Owner]) -> Superior:
    """The lowest authority above all these schools, as far as their codes tell.

    The code of a school tells its province only: of two schools of one province it is unknown who is above both
    until the county of each is known.
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
    if "" in provinces or (len(provinces) == 1 and "" in counties):
        return UNKNOWN
    if len(provinces) == 1:
        return _superior("province", f"{provinces.pop()}0000")
    return MINISTRY


def _superior(level: str, code: str) -> Superior:
    return Superior(level, code, divisions.full_name(code) or code)
