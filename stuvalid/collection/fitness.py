"""The sheet of the national fitness standard: what its platform takes, and the pupils of the roster who are on it.

The ranges are data (``fitness.toml``). A pupil is known by the 学籍号, which is G or L and the identity number.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stuvalid.collection.belonging import RecordSheet, SchoolSheets
from stuvalid.collection.facts import Record
from stuvalid.collection.pupils import Pupils
from stuvalid.findings import Place
from stuvalid.forms.choices import meaning
from stuvalid.rules.told import Told

ABOUT = "fitness"
_TIME = re.compile(r"([0-9]{1,2})(?:['’‘′:：.]|分)([0-5]?[0-9])(?:[\"”“″]|''|’’|′′|秒)?")
_SECONDS = re.compile(r"([0-9]{1,3})(?:[\"”“″]|秒)?")
_NUMBER = re.compile(r"-?[0-9]{1,4}(?:\.[0-9]+)?")
_FIRST_JUNIOR_GRADE = 21
_GOOD_SIGHT = 5.0
_MOST_OF_ROSTER = 0.5
_EYES = (("left_eye", "left_lens"), ("right_eye", "right_lens"))


@dataclass(frozen=True, slots=True)
class Item:
    """What is taken: from ``low`` to ``high`` (seconds of a ``time``) or one of ``others``; from junior high not of ``not_sex``."""

    low: float
    high: float
    shown: str
    shown_en: str
    others: frozenset[float] = frozenset()
    time: bool = False
    not_sex: str = ""

    def takes(self, value: float | None) -> bool:
        return value is not None and (self.low <= value <= self.high or value in self.others)

    def read(self, text: str) -> float | None:
        """The number, or the seconds, that a text means; None for neither."""
        plain = unicodedata.normalize("NFKC", text).replace(" ", "")
        if not self.time:
            return float(plain) if _NUMBER.fullmatch(plain) else None
        if found := _TIME.fullmatch(plain):
            return 60 * int(found[1]) + int(found[2])
        seconds = _SECONDS.fullmatch(plain)
        return float(seconds[1]) if seconds else None


@dataclass(frozen=True, slots=True)
class Code:
    """How a code is written."""

    pattern: re.Pattern[str]
    shown: str
    shown_en: str


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("fitness.toml").read_text(encoding="utf-8"))


@cache
def codes() -> Mapping[str, Code]:
    """The codes by their field."""
    return {
        key: Code(re.compile(entry["pattern"]), entry["shown"], entry["shown_en"])
        for key, entry in _data()["code"].items()
    }


@cache
def items() -> Mapping[str, Item]:
    """The items by their field."""
    return {key: _item(entry) for key, entry in _data()["item"].items()}


def _item(entry: Mapping[str, Any]) -> Item:
    return Item(
        entry["low"],
        entry["high"],
        entry["shown"],
        entry["shown_en"],
        frozenset(map(float, entry.get("or", ()))),
        entry.get("time", False),
        entry.get("not_sex", ""),
    )


def judge_fitness(school: SchoolSheets, pupils: Pupils, told: Told) -> None:
    """Judge the fitness sheets of one school, each pupil by itself and against the roster."""
    seen: dict[int, Place] = {}
    found: set[Place] = set()
    for sheet, record in school.records(ABOUT):
        _codes(sheet, record, told)
        _items(sheet, record, told)
        key = record.number or record.person
        if key and key in seen:
            told.add("fitness_twice", sheet.place(record, "record_number"), related=[seen[key]], name=_name(record))
        elif key:
            seen[key] = sheet.place(record, "record_number")
        if pupils and key:
            found.update(_on_roster(sheet, record, pupils, told))
    _left_out(school, pupils, found, told)


def _name(record: Record) -> str:
    return record.texts.get("name", "")


def _codes(sheet: RecordSheet, record: Record, told: Told) -> None:
    for key, code in codes().items():
        text = record.texts.get(key, "")
        if text and not code.pattern.fullmatch(text):
            told.add_on(
                "fitness_code_malformed",
                sheet.place(record, key),
                sheet.entry(key),
                text,
                wanted=code.shown,
                wanted_en=code.shown_en,
            )


def _items(sheet: RecordSheet, record: Record, told: Told) -> None:
    texts = record.texts
    grade = texts.get("grade_code", "") or texts.get("class_number", "")[:2]
    sex = meaning(sheet.entry("sex"), texts.get("sex", ""))
    junior = grade.isdigit() and int(grade) >= _FIRST_JUNIOR_GRADE
    for key, item in items().items():
        text = texts.get(key, "")
        if not text:
            continue
        place, entry = sheet.place(record, key), sheet.entry(key)
        value = item.read(text)
        if junior and item.not_sex and sex == item.not_sex and value != 0:
            sex_en = "boys" if item.not_sex == "男" else "girls"
            told.add_on("fitness_item_of_other_sex", place, entry, text, sex=item.not_sex, sex_en=sex_en)
        elif not item.takes(value):
            told.add_on("fitness_out_of_range", place, entry, text, range=item.shown, range_en=item.shown_en)
    for eye, lens in _EYES:
        sight, second = (items()[key].read(texts[key]) if texts.get(key) else None for key in (eye, lens))
        if sight is not None and second is not None and sight >= _GOOD_SIGHT and second != 0:
            told.add_on(
                "fitness_lens_of_good_sight", sheet.place(record, lens), sheet.entry(lens), texts[lens], eye=texts[eye]
            )
    number = texts.get("class_number", "")
    if texts.get("grade_code") and number and not number.startswith(texts["grade_code"]):
        told.add_on(
            "fitness_class_of_other_grade",
            sheet.place(record, "class_number"),
            sheet.entry("class_number"),
            number,
            grade=texts["grade_code"],
        )


def _on_roster(sheet: RecordSheet, record: Record, pupils: Pupils, told: Told) -> list[Place]:
    """The roster's cells of a pupil on the sheet."""
    places = pupils.find(record)
    if not places:
        told.add("fitness_not_on_roster", sheet.place(record, "record_number"), name=_name(record))
    elif pupils.difference(record) is not None:
        told.add("fitness_of_somebody_else", sheet.place(record, "name"), related=places, name=_name(record))
    return places


def _left_out(school: SchoolSheets, pupils: Pupils, found: set[Place], told: Told) -> None:
    """Pupils of the roster who are on no sheet, where the sheets hold most of it: one finding for them all."""
    everybody = pupils.everybody()
    missing = [place for place in everybody if place not in found]
    if found and missing and len(missing) <= _MOST_OF_ROSTER * len(everybody):
        told.add("fitness_leaves_out", missing[0], related=missing[1:], count=len(missing))
