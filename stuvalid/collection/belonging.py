"""What one school handed in: its rosters, its forms, its names, its stages and years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stuvalid import codes
from stuvalid.collection.facts import Record, RecordFacts, RosterFacts
from stuvalid.findings import Place
from stuvalid.forms import Field, template
from stuvalid.pupils.classes import counts_through, in_five_four, read_class
from stuvalid.pupils.schools import plain_name

SYSTEMS = {"1": (6, 5), "2": (3, 4), "3": (3,)}
"""Grades of each stage, the usual number first; 五四制 is the other one."""

STAGES_OF_TYPE: Mapping[str, str] = {
    "211": "1",
    "218": "1",
    "219": "1",
    "311": "2",
    "319": "2",
    "312": "12",
    "341": "23",
    "342": "3",
    "349": "3",
    "345": "123",
}
"""Digits of the stages that a school of each type (GB/T 33782) has; special schools may have any."""

YEARS_KEYS = {"1": "primary_years", "2": "junior_years", "3": "senior_years"}
_JUNIOR, _FOUR = "2", 4
_DIGITS = {char: number for number, char in enumerate("一二三四五六七八九", start=1)}


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """A sheet of pupils of file ``path``, with the keys of its pupils (`PupilKeys`)."""

    path: str
    facts: RosterFacts
    keys: Any

    def place(self, row: int, key: str) -> Place:
        """The cell of a field in a 0-based row; of the name where the sheet has no such column."""
        column = self.facts.columns.get(key, -1)
        return Place(self.path, self.facts.sheet, row, column if column >= 0 else self.facts.columns.get("name", 0))


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A sheet of records of file ``path``."""

    path: str
    facts: RecordFacts

    def place(self, record: Record, *keys: str) -> Place:
        """The cell of the first of ``keys`` that the form has."""
        for key in (*keys, *record.places):
            if key in record.places:
                row, column = record.places[key]
                return Place(self.path, self.facts.sheet, row, column)
        return Place(self.path, self.facts.sheet)

    def entry(self, key: str) -> Field:
        found = template(self.facts.form).field(key)
        assert found is not None
        return found


@dataclass(slots=True)
class SchoolSheets:
    """Everything of one school; ``code`` is the one that holds, '' where none is known."""

    code: str = ""
    rosters: list[RosterSheet] = field(default_factory=list)
    sheets: list[RecordSheet] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    def records(self, about: str) -> Iterator[tuple[RecordSheet, Record]]:
        """Every record about something."""
        return (
            (sheet, record) for sheet in self.sheets if sheet.facts.about == about for record in sheet.facts.records
        )

    def has(self, about: str) -> bool:
        """Whether there is any form about something, be it empty."""
        return any(sheet.facts.about == about for sheet in self.sheets)

    @property
    def form(self) -> tuple[RecordSheet, Record] | None:
        """The school's own form."""
        return next(self.records("school"), None)

    @property
    def names(self) -> list[str]:
        """What the school is called: by its own form, and by the folder that bears its code."""
        form = self.form
        stated = form[1].texts.get("school_name", "") if form else ""
        return [name for name in (stated, *sorted(self.folders)) if name]

    @property
    def stated_names(self) -> set[str]:
        """What all its forms call it."""
        return {record.texts.get("school_name", "") for sheet in self.sheets for record in sheet.facts.records}

    def is_called(self, text: str) -> bool:
        """Whether a name is this school's: as it is, or either of them with the places before it."""
        return any(is_one_name(text, name) for name in self.names)

    def may_be_called(self, text: str) -> bool:
        """Whether a name may be this school's, for all that people leave out: 县一小 for 县第一小学. Yes if it has none."""
        plain = plain_name(text)
        return not self.names or any(
            self.is_called(text) or _is_within(plain, name) or _is_within(name, plain)
            for name in map(plain_name, self.names)
        )

    @property
    def stages(self) -> str:
        """Digits of the stages that its type has; '' where that is not known."""
        form = self.form
        match = codes.load("school_type").resolve(form[1].texts.get("school_type", "")) if form else None
        return STAGES_OF_TYPE.get(match.entry.code, "") if match else ""

    @property
    def is_five_four(self) -> bool:
        """Whether its junior stage has four years: its forms say so, or it has 六年级 and no primary stage."""
        form = self.form
        said = [form[1].texts.get("junior_years", "")] if form else []
        said += [
            record.texts.get("years", "")
            for about, key in (("grade", "grade_name"), ("class", "class_name"))
            for _, record in self.records(about)
            if read_class(record.texts.get(key, "")).stage == _JUNIOR
        ]
        if any(map(number_of, said)):
            return _FOUR in map(number_of, said)
        stages = self.stages or {"31": _JUNIOR}.get(self.code[:2], "")
        begins = any(
            group.counted and group.class_code[4:5] == "1" for one in self.rosters for group in one.facts.groups
        )
        return begins and bool(stages) and "1" not in stages

    def class_seen(self, name: str, code: str, year_of: int) -> ClassSeen:
        """A class as one of this school's lists names it."""
        seen = class_seen(name, code, year_of)
        if seen.code and seen.code != code and self.is_five_four and counts_through(name):
            return ClassSeen(in_five_four(seen.code), name)
        return seen

    def years(self, stage: str) -> int:
        """Grades of a stage: what its form says, else the most that any system has."""
        form = self.form
        said = number_of(form[1].texts.get(YEARS_KEYS[stage], "")) if form and stage in YEARS_KEYS else 0
        return said or max(SYSTEMS.get(stage, (9,)))


_SLIP_DIGITS = 2
_PLACE_ENDS = "省市县区旗州盟镇乡"


def is_one_name(one: str, other: str) -> bool:
    """Whether two names are one school's: equal, or one has more places before the other: 关岭县花江第二小学."""
    short, long = sorted((plain_name(one), plain_name(other)), key=len)
    before = long.removesuffix(short)
    return bool(short) and long.endswith(short) and (not before or before[-1] in _PLACE_ENDS)


def _is_within(short: str, long: str) -> bool:
    """Whether ``long`` has the characters of ``short`` in their order."""
    rest = iter(long)
    return all(char in rest for char in short)


def is_slip(code: str, right: str) -> bool:
    """Whether a code is the right one with a digit or two mistyped."""
    return len(code) == len(right) and 0 < sum(map(str.__ne__, code, right)) <= _SLIP_DIGITS


def number_of(text: str) -> int:
    """6 from 六, 6, 六年 or 6年制; 0 from anything else."""
    plain = text.strip().removesuffix("制").removesuffix("年")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) == 1 else _DIGITS.get(plain, 0)


@dataclass(frozen=True, slots=True)
class ClassSeen:
    """A class as a form or a roster names it: ``code`` of seven digits where that is known, and the text."""

    code: str
    text: str


def class_seen(name: str, code: str, year_of: int) -> ClassSeen:
    """A class from its name or code; a grade means the year of entry in the school year that began in ``year_of``."""
    if len(code) == 7 and code.isdigit():
        return ClassSeen(code, name or code)
    read = read_class(name)
    year = read.year or (year_of - read.grade + 1 if read.grade else 0)
    if read.stage and year and read.number:
        return ClassSeen(f"{year:04}{read.stage}{read.number:02}", name)
    return ClassSeen("", name)


def grade_now(code: str, year_of: int) -> int:
    """The grade that a class of seven digits is in during the school year that began in ``year_of``; 0 if unknown."""
    return year_of - int(code[:4]) + 1 if len(code) == 7 and code.isdigit() else 0
