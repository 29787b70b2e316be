"""The county's list of schools in the nutrition programme against the schools and their lists of pupils."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stuvalid.codes import schoolcodes
from stuvalid.collection.belonging import RecordSheet, SchoolSheets
from stuvalid.collection.facts import Record
from stuvalid.findings import Place
from stuvalid.rules.told import Told

_NO = "否"


def judge_nutrition_schools(schools: Sequence[SchoolSheets], told: Told) -> None:
    """Judge the list; a school that handed in nothing is not held against it, nor a code of zeros."""
    known = {school.code: school for school in schools if school.code}
    seen: dict[str, Place] = {}
    for holder in schools:
        for sheet, record in holder.records("nutrition-school"):
            code, name = record.texts.get("school_code", ""), record.texts.get("school_name", "")
            key = code if schoolcodes.names_a_school(code) else name
            place = sheet.place(record, "school_code", "school_name")
            if key and key in seen:
                told.add("nutrition_school_twice", place, related=[seen[key]], found=name or code)
                continue
            seen.setdefault(key, place)
            called = [school for school in known.values() if school.is_called(name)] if name else []
            school = known.get(code) or (called[0] if len(called) == 1 else None)
            if school is not None:
                _school(school, sheet, record, told)


def _school(school: SchoolSheets, sheet: RecordSheet, record: Record, told: Told) -> None:
    texts = record.texts
    code, name = texts.get("school_code", ""), texts.get("school_name", "")
    if schoolcodes.names_a_school(code) and code != school.code:
        place = sheet.place(record, "school_code")
        told.add("school_code_contradicts", place, found=code, expected=school.code, count=1)
    elif name and not school.may_be_called(name):
        told.add("school_name_contradicts", sheet.place(record, "school_name"), found=name, expected=school.names[0])
    pupils = list(school.records("nutrition-pupil"))
    if not pupils:
        return
    first = pupils[0][0].place(pupils[0][1], "name")
    if texts.get("enjoys") == _NO:
        told.add(
            "nutrition_school_says_no", sheet.place(record, "enjoys"), related=[first], found=name, count=len(pupils)
        )
    stated = re.sub(r"人$", "", texts.get("pupils", ""))
    if stated.isascii() and stated.isdigit() and int(stated) != len(pupils) and texts.get("enjoys") != _NO:
        told.add(
            "nutrition_count_contradicts",
            sheet.place(record, "pupils"),
            related=[first],
            value=name,
            expected=int(stated),
            found=len(pupils),
        )
