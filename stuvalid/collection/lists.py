"""Lists about pupils beside the roster: the hand-over from kindergarten, the nutrition programme. A pupil on both is one pupil."""

from __future__ import annotations

import re

from stuvalid.collection.belonging import RecordSheet, SchoolSheets
from stuvalid.collection.facts import Record
from stuvalid.collection.pupils import Pupils
from stuvalid.findings import Place
from stuvalid.rules.told import Told

_LISTS = {
    "preschool": ("学前调档名单", "the hand-over list"),
    "nutrition-pupil": ("营养改善计划名单", "the list of the nutrition programme"),
}
_RANGES = {"height": (80.0, 250.0), "weight": (14.0, 200.0)}
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]+)?")


def judge_lists(school: SchoolSheets, pupils: Pupils, told: Told) -> None:
    """Judge the lists about pupils of one school."""
    for about, words in _LISTS.items():
        seen: dict[int, Place] = {}
        for sheet, record in school.records(about):
            _one(sheet, record, pupils, seen, words, told)


def _one(
    sheet: RecordSheet, record: Record, pupils: Pupils, seen: dict[int, Place], words: tuple[str, str], told: Told
) -> None:
    zh, en = words
    name, place = record.texts.get("name", ""), sheet.place(record, "name")
    key = record.number or record.person
    if key and key in seen:
        told.add("listed_twice", place, related=[seen[key]], name=name, list=zh, list_en=en)
    elif key:
        seen[key] = place
    if pupils and key:
        if record.number and (same := pupils.numbers_of(record)):
            if record.person and not pupils.agrees(record):
                what = ("姓名、性别或出生日期", "name, sex or birth date")
                told.add(
                    "listed_otherwise",
                    place,
                    related=same,
                    name=name,
                    list=zh,
                    list_en=en,
                    what=what[0],
                    what_en=what[1],
                )
        elif not pupils.find(record):
            told.add("listed_but_not_on_roster", place, name=name, list=zh, list_en=en)
        elif record.number:
            what = ("身份证件号", "number")
            told.add(
                "listed_otherwise",
                place,
                related=pupils.find(record),
                name=name,
                list=zh,
                list_en=en,
                what=what[0],
                what_en=what[1],
            )
    for measure, (low, high) in _RANGES.items():
        text = record.texts.get(measure, "")
        found = _NUMBER.match(text)
        if found and not low <= float(found[0]) <= high:
            told.add_on("measure_impossible", sheet.place(record, measure), sheet.entry(measure), text, name=name)
