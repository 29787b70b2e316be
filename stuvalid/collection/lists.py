"""Lists about pupils beside the roster: the hand-over from kindergarten, the nutrition programme. A pupil on both is one pupil."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stuvalid.codes import identity, schoolcodes
from stuvalid.codes.classcodes import class_title
from stuvalid.collection.belonging import RecordSheet, SchoolSheets, class_seen, grade_now
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
_RANGES = {"height": (80.0, 250.0), "weight": (14.0, 200.0)}
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]+)?")
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
                _against_roster(sheet, record, pupils, listed, told, year_of)


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


def _against_roster(
    sheet: RecordSheet, record: Record, pupils: Pupils, listed: _List, told: Told, year_of: int
) -> None:
    name = record.texts.get("name", "")
    if not pupils.find(record):
        told.add("listed_but_not_on_roster", sheet.place(record, "name"), name=name, list=listed.zh, list_en=listed.en)
        return
    judge_difference(sheet, record, pupils, told, (listed.zh, listed.en))
    classes = pupils.classes_of(record)
    if listed.about == "preschool":
        old = sorted(code for code in classes if code[4] != "1" or grade_now(code, year_of) > 1)
        if old and len(old) == len(classes):
            told.add(
                "handed_over_but_not_new",
                sheet.place(record, "name"),
                related=pupils.find(record, "class_code", "class_name"),
                name=name,
                found=class_title(old[0]),
            )
    said = class_seen(record.texts.get("class_name", ""), "", year_of).code
    if said and classes and said not in classes:
        told.add(
            "listed_in_another_class",
            sheet.place(record, "class_name"),
            related=pupils.find(record, "class_code", "class_name"),
            name=name,
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
    # How a number that is made of another document is written is not known.
    if not whole and not _WITHOUT_LETTER.fullmatch(text) and text[1:2].isdigit():
        told.add_on("listed_record_number_malformed", place, entry, record.texts["record_number"], name=name)
        return
    if not whole and not _WITHOUT_LETTER.fullmatch(text):
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
