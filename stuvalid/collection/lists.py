"""Lists about pupils beside the roster: the hand-over from kindergarten, the nutrition programme. A pupil on both is one pupil."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from stuvalid.codes import identity, schoolcodes
from stuvalid.codes.classcodes import class_title
from stuvalid.collection.belonging import RecordSheet, SchoolSheets
from stuvalid.collection.facts import Record
from stuvalid.collection.pupils import Pupils
from stuvalid.findings import Place
from stuvalid.pupils.keys import plain_number
from stuvalid.rules.told import Told

_LISTS = {
    "preschool": ("学前调档名单", "the hand-over list"),
    "nutrition-pupil": ("营养改善计划名单", "the list of the nutrition programme"),
}
MOVEMENTS = ("异动名单", "the list of movements")
_PRIMARY = "1"
_RANGES = {"height": (80.0, 250.0), "weight": (14.0, 200.0)}
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]+)?")
_OF_DIGITS = re.compile(r"[GJL]?[0-9]+X?|[0-9]E\+?[0-9]+")
_WITHOUT_LETTER = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True, slots=True)
class _List:
    """One kind of list of one school, and who was seen on it already."""

    about: str
    zh: str
    en: str
    seen: dict[int, Place]


def judge_lists(school: SchoolSheets, pupils: Pupils, told: Told, year_of: int) -> None:
    """Judge the lists about pupils of one school in the school year that began in ``year_of``."""
    for about, (zh, en) in _LISTS.items():
        listed = _List(about, zh, en, {})
        for sheet, record in school.records(about):
            _by_itself(sheet, record, listed, told)
            if pupils and (record.number or record.person):
                _against_roster(sheet, record, pupils, listed, told)
                said = school.class_seen(record.texts.get("class_name", ""), "", year_of).code
                _other_class(sheet, record, pupils, said, told)
    if pupils:
        _years_of_entry(school, pupils, told)


def _by_itself(sheet: RecordSheet, record: Record, listed: _List, told: Told) -> None:
    name, place = record.texts.get("name", ""), sheet.place(record, "name")
    key = record.number or record.person
    if key and key in listed.seen:
        told.add("listed_twice", place, related=[listed.seen[key]], name=name, list=listed.zh, list_en=listed.en)
    elif key:
        listed.seen[key] = place
    judge_record_number(sheet, record, told)
    for measure, (low, high) in _RANGES.items():
        text = record.texts.get(measure, "")
        found = _NUMBER.match(text)
        if found and not low <= float(found[0]) <= high:
            told.add_on("measure_impossible", sheet.place(record, measure), sheet.entry(measure), text, name=name)


def _against_roster(sheet: RecordSheet, record: Record, pupils: Pupils, listed: _List, told: Told) -> None:
    name = record.texts.get("name", "")
    if not pupils.find(record):
        told.add("listed_but_not_on_roster", sheet.place(record, "name"), name=name, list=listed.zh, list_en=listed.en)
        return
    judge_difference(sheet, record, pupils, told, (listed.zh, listed.en))


def _years_of_entry(school: SchoolSheets, pupils: Pupils, told: Told) -> None:
    """The children of one hand-over list begin school together: those few who sit in another year's classes are told."""
    seated = [(sheet, record, pupils.classes_of(record)) for sheet, record in school.records("preschool")]
    years = Counter(code[:4] for _, _, found in seated for code in found if code[4] == _PRIMARY)
    usual, most = max(years.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    for sheet, record, found in seated:
        others = sorted(code for code in found if code[:5] != f"{usual}{_PRIMARY}")
        if len(found) == 1 and others and most > years[others[0][:4]]:
            told.add(
                "handed_over_but_not_new",
                sheet.place(record, "name"),
                related=pupils.find(record, "class_code", "class_name"),
                name=record.texts.get("name", ""),
                found=class_title(others[0]),
            )


def _other_class(sheet: RecordSheet, record: Record, pupils: Pupils, said: str, told: Told) -> None:
    """The class that the list names, ``said``, is that of the roster."""
    classes = pupils.classes_of(record)
    if said and classes and said not in classes:
        told.add(
            "listed_in_another_class",
            sheet.place(record, "class_name"),
            related=pupils.find(record, "class_code", "class_name"),
            name=record.texts.get("name", ""),
            found=record.texts["class_name"],
            expected=class_title(min(classes)),
        )


def judge_difference(sheet: RecordSheet, record: Record, pupils: Pupils, told: Told, words: tuple[str, str]) -> None:
    """What the record and the roster say otherwise of one pupil."""
    what = pupils.difference(record)
    if what is not None:
        told.add(
            "listed_otherwise",
            sheet.place(record, *what.keys, "name"),
            related=pupils.find(record, *what.keys),
            name=record.texts.get("name", ""),
            list=words[0],
            list_en=words[1],
            what=what.zh,
            what_en=what.en,
        )


def judge_record_number(sheet: RecordSheet, record: Record, told: Told) -> None:
    """学籍号: G, J or L and 18 characters, in lists with or without the letter; G and the pupil's own number are one."""
    text = plain_number(record.texts.get("record_number", ""))
    if not text or not any(char.isdigit() for char in text) or text == schoolcodes.PLACEHOLDER:
        return
    place, entry = sheet.place(record, "record_number"), sheet.entry("record_number")
    name, whole = record.texts.get("name", ""), identity.RECORD_NUMBER.fullmatch(text)
    if not whole and not _WITHOUT_LETTER.fullmatch(text):
        if not _OF_DIGITS.fullmatch(text):
            return  # the number of another document, with whatever letters it has
        told.add_on("listed_record_number_malformed", place, entry, record.texts["record_number"], name=name)
        return
    own, held = identity.body_of(plain_number(record.texts.get("id_number", ""))), text[-18:]
    if text[0] == "G" and own and identity.body_of(held) and identity.body_of(held) != own:
        told.add_on(
            "listed_record_number_differs",
            place,
            entry,
            record.texts["record_number"],
            related=[sheet.place(record, "id_number")],
            name=name,
        )
