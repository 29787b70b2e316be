"""Transfers between the schools of a run: each departure with its arrival, the two sides in the same words.

The receiving school starts a transfer, so that an arrival may wait for its departure. Which side is dated first tells nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from stuvalid.collection.belonging import RecordSheet, SchoolSheets, is_slip
from stuvalid.collection.facts import Record
from stuvalid.collection.movements import IN, OUT, day_of, is_open, key_of, kind_of
from stuvalid.findings import Place
from stuvalid.pupils.schools import plain_name
from stuvalid.rules.told import Told

_SIDES = {OUT: ("to_code", "to_name", IN), IN: ("from_code", "from_name", OUT)}
"""Of a transfer: where it names the other school, and what that school's list calls it."""


class _Lists:
    """The movements of the schools whose lists are here, by pupil and by name, sex and birth date."""

    def __init__(self, schools: Iterable[SchoolSheets]) -> None:
        self.schools = [school for school in schools if school.code]
        self.listing = [school for school in self.schools if school.has("movement")]
        self._by_code = {school.code: school for school in self.schools}
        self._by_name: dict[str, list[SchoolSheets]] = defaultdict(list)
        for school in self.schools:
            for name in {plain_name(name) for name in school.names}:
                self._by_name[name].append(school)
        self._kept: dict[str, dict[tuple[str, str], tuple[RecordSheet, Record]]] = {}
        self._spans: dict[str, tuple[str, str]] = {}
        for school in self.listing:
            records = list(school.records("movement"))
            days = sorted(filter(None, (day_of(record) for _, record in records)))
            self._spans[school.code] = (days[0], days[-1]) if days else ("9", "0")
            kept = self._kept.setdefault(school.code, {})
            for sheet, record in records:
                for key in _keys(record):
                    kept.setdefault((key, kind_of(record)), (sheet, record))

    def of_code(self, code: str) -> SchoolSheets | None:
        return self._by_code.get(code)

    def of_name(self, name: str) -> SchoolSheets | None:
        """The one school that a name means; None if none or several."""
        if not name:
            return None
        found = self._by_name.get(plain_name(name)) or [school for school in self.schools if school.is_called(name)]
        return found[0] if len(found) == 1 else None

    def other_side(self, school: SchoolSheets, record: Record, wanted: str) -> tuple[RecordSheet, Record] | None:
        """The movement of that kind and pupil on another school's list."""
        kept = self._kept.get(school.code, {})
        return next((kept[key, wanted] for key in _keys(record) if (key, wanted) in kept), None)

    def covers(self, school: SchoolSheets, day: str) -> bool:
        """Whether the school's lists cover a day."""
        first, last = self._spans.get(school.code, ("9", "0"))
        return first <= day <= last


def _keys(record: Record) -> list[str]:
    """What a pupil is known by on both sides: the number, and name with sex and birth date."""
    return [key_of(record), *([f"p{record.person}"] if record.person and record.number else [])]


def judge_transfers(schools: Iterable[SchoolSheets], told: Told) -> None:
    """Departures and arrivals between schools whose lists of movements are both here and cover the date."""
    lists = _Lists(schools)
    for school in lists.listing:
        for sheet, record in school.records("movement"):
            _school_named(sheet, record, lists, told)
            if kind_of(record) in _SIDES:
                _transfer(school, sheet, record, lists, told)


def _school_named(sheet: RecordSheet, record: Record, lists: _Lists, told: Told) -> None:
    """The code and the name of the other school: of two schools that are here, or a slip in the code or name of one."""
    for code, label, _ in _SIDES.values():
        stated, called = record.texts.get(code, ""), record.texts.get(label, "")
        by_code, by_name = lists.of_code(stated), lists.of_name(called)
        if by_code is not None and by_name is None and called and not by_code.may_be_called(called):
            told.add(
                "school_name_contradicts", sheet.place(record, label), found=called, expected=next(iter(by_code.names))
            )
        if by_name is not None and by_code is not by_name and (by_code or is_slip(stated, by_name.code)):
            told.add_on(
                "movement_school_named_twice",
                sheet.place(record, code),
                sheet.entry(code),
                record.texts[code],
                related=[sheet.place(record, label)],
                name=record.texts.get("name", ""),
                found=record.texts[label],
            )


def _transfer(school: SchoolSheets, sheet: RecordSheet, record: Record, lists: _Lists, told: Told) -> None:
    kind = kind_of(record)
    code, label, wanted = _SIDES[kind]
    if not (record.number or record.person):
        return
    texts = record.texts
    other = lists.of_code(texts.get(code, ""))
    if other is None and (named := lists.of_name(texts.get(label, ""))) is not None:
        other = named if not texts.get(code) or is_slip(texts[code], named.code) else None
    if other is None or other is school or other not in lists.listing:
        return
    place, name = sheet.place(record, "name"), texts.get("name", "")
    same = lists.other_side(other, record, wanted)
    if same is not None:
        if kind == IN:
            _sides_differ(sheet, record, same, told)
    elif is_open(record):
        if kind == IN:
            told.add("arrival_waits", place, name=name)
    elif lists.covers(other, day_of(record)):
        slug = "departure_without_arrival" if kind == OUT else "arrival_without_departure"
        told.add(slug, place, name=name, expected=texts.get(label) or texts.get(code, ""))


def _sides_differ(sheet: RecordSheet, record: Record, same: tuple[RecordSheet, Record], told: Told) -> None:
    """The two sides know the pupil by number or by name, and the other of these differs."""
    theirs = same[1]
    keys: Sequence[str]
    if record.number and theirs.number and record.number != theirs.number:
        keys, zh, en = ("id_number", "record_number"), "身份证件号", "number"
    elif record.called and theirs.called and record.called != theirs.called:
        keys, zh, en = ("name",), "姓名", "name"
    elif record.number <= 0 and record.person and theirs.person and record.person != theirs.person:
        keys, zh, en = ("birth_date", "sex"), "性别或出生日期", "sex or birth date"
    else:
        return
    place: Place = sheet.place(record, *keys)
    name = record.texts.get("name", "")
    told.add("transfer_sides_differ", place, related=[same[0].place(theirs, *keys)], name=name, what=zh, what_en=en)
