"""The pupils of a school's rosters by the keys that other lists know them by."""

from __future__ import annotations

from collections.abc import Sequence

from stuvalid.collection.belonging import RosterSheet
from stuvalid.collection.facts import Record
from stuvalid.findings import Place


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

    def find(self, record: Record) -> list[Place]:
        """The cells of the pupil of a record: by number, else by name, sex and birth date."""
        found = self._numbers.get(record.number, []) if record.number else []
        if not found and record.person:
            found = self._persons.get(record.person, [])
        return [self._place(*one) for one in found]

    def everybody(self) -> list[Place]:
        """The cell of every pupil who has a key, in the order of the rosters."""
        known = {one for keys in (self._numbers, self._persons) for places in keys.values() for one in places}
        return [self._place(*one) for one in sorted(known)]

    def numbers_of(self, record: Record) -> list[Place]:
        """The cells of pupils with the number of a record."""
        return [self._place(*one) for one in self._numbers.get(record.number, [])] if record.number else []

    def agrees(self, record: Record) -> bool:
        """Whether one of the pupils with the record's number has its name, sex and birth date."""
        mine = set(self._numbers.get(record.number, []))
        return bool(mine & set(self._persons.get(record.person, [])))

    def _place(self, roster: int, position: int) -> Place:
        sheet = self._rosters[roster]
        return sheet.place(int(sheet.keys.rows[position]), "name")
