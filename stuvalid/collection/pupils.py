"""The pupils of a school's rosters by the keys that other lists know them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stuvalid.collection.belonging import RosterSheet
from stuvalid.collection.facts import Record
from stuvalid.findings import Place
from stuvalid.pupils.keys import plain_number


class Difference(NamedTuple):
    """In what a record is not the pupil of the roster: the fields, and the words for them."""

    keys: tuple[str, ...]
    zh: str
    en: str


NAME = Difference(("name",), "姓名", "name")
NUMBER = Difference(("id_number", "record_number"), "身份证件号", "number")
SEX = Difference(("sex",), "性别", "sex")
BIRTH = Difference(("birth_date",), "出生日期", "birth date")
_RESIDENT_DIGITS = 14
REST = Difference(("birth_date", "sex"), "性别或出生日期", "sex or birth date")


class Pupils:
    """Where each pupil stands, by number and by name, sex and birth date. Empty where there is no roster."""

    def __init__(self, rosters: Sequence[RosterSheet]) -> None:
        self._numbers: dict[int, list[tuple[int, int]]] = {}
        self._persons: dict[int, list[tuple[int, int]]] = {}
        self._rosters = rosters
        for number, roster in enumerate(rosters):
            for known, keys in ((self._numbers, roster.keys.numbers), (self._persons, roster.facts.persons)):
                for position, key in enumerate(keys.tolist()):
                    if key:
                        known.setdefault(key, []).append((number, position))

    def __bool__(self) -> bool:
        return bool(self._numbers or self._persons)

    def find(self, record: Record, *keys: str) -> list[Place]:
        """The cells of the pupil of a record (of the name, or the first of ``keys`` that there is)."""
        return [self._place(*one, keys) for one in self._seats(record)]

    def difference(self, record: Record) -> Difference | None:
        """In what the record contradicts the pupil whom it names by number, or by name, sex and birth date; None if in nothing.

        Of a resident's sex and birth date the number itself tells which side is wrong, and that is told there.
        """
        if record.number and (mine := self._numbers.get(record.number)):
            if record.called and record.called not in {
                int(self._rosters[roster].facts.names[at]) for roster, at in mine
            }:
                return NAME
            by_itself = record.number > 0 and record.texts.get("id_number")
            return (
                None
                if by_itself or not record.person or set(mine) & set(self._persons.get(record.person, ()))
                else REST
            )
        if record.number and not _is_slip(record) and self._have_numbers(self._persons.get(record.person, ())):
            return NUMBER
        return None

    def _have_numbers(self, seats: Iterable[tuple[int, int]]) -> bool:
        """Whether one of these pupils has a number: who has none is listed with a guardian's."""
        return any(self._rosters[roster].keys.numbers[position] for roster, position in seats)

    def classes_of(self, record: Record) -> set[str]:
        """The class codes of the pupil of a record."""
        found = set()
        for number, position in self._seats(record):
            facts = self._rosters[number].facts
            found.add(facts.groups[int(facts.codes[position])].class_code)
        return {code for code in found if len(code) == 7 and code.isdigit()}

    def _seats(self, record: Record) -> list[tuple[int, int]]:
        found = self._numbers.get(record.number, []) if record.number else []
        return found or (self._persons.get(record.person, []) if record.person else [])

    def everybody(self) -> list[Place]:
        """The cell of every pupil who has a key, in the order of the rosters."""
        known = {one for keys in (self._numbers, self._persons) for places in keys.values() for one in places}
        return [self._place(*one, ()) for one in sorted(known)]

    def _place(self, roster: int, position: int, keys: Iterable[str]) -> Place:
        sheet = self._rosters[roster]
        row = int(sheet.keys.rows[position])
        key = next((one for one in keys if sheet.facts.columns.get(one, -1) >= 0), "name")
        return sheet.place(row, key)


def _is_slip(record: Record) -> bool:
    """Whether the number is no right one anyway, which is told by itself."""
    number = plain_number(record.texts.get("id_number", ""))
    return record.number < 0 and number[:_RESIDENT_DIGITS].isdigit() and len(number) > _RESIDENT_DIGITS
