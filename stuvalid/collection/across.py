"""One school's roster against its forms: classes, campuses, code and name, grades, sizes. What is not there is not held against anybody."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stuvalid.codes import schoolcodes
from stuvalid.codes.classcodes import class_title
from stuvalid.collection.belonging import RecordSheet, SchoolSheets, grade_now, is_slip
from stuvalid.collection.facts import Record
from stuvalid.collection.forms import is_multigrade, plain_class_name
from stuvalid.findings import Place
from stuvalid.pupils.classes import first_year
from stuvalid.pupils.schools import plain_name
from stuvalid.rules.told import Told

_LARGE = 56
_OF_THE_SCHOOL = ("school", "campus", "class", "grade")
"""Forms whose school code is the school's own; a list of the nutrition programme may name a teaching point beside it."""

_WHERE: Mapping[str, tuple[str, str]] = {"pupil": ("名册", "the roster"), "class": ("班级信息表", "the class record")}


@dataclass(slots=True)
class _Class:
    """The pupils of a class on the rosters: how many, where the first stands, on which campuses."""

    pupils: int = 0
    places: list[Place] = field(default_factory=list)
    campuses: dict[str, Place] = field(default_factory=dict)


def judge_across(school: SchoolSheets, told: Told, today: dt.date) -> None:
    """Judge what the sheets of one school say of one another."""
    year_of = first_year(1, today)
    classes = _classes_of(school)
    _codes(school, told)
    _names(school, told)
    _campuses(school, classes, told)
    if school.has("class"):
        _class_records(school, classes, told, year_of)
    for code, seen in classes.items():
        _class(school, code, seen, told, year_of)


def _classes_of(school: SchoolSheets) -> dict[str, _Class]:
    found: dict[str, _Class] = defaultdict(_Class)
    for roster in school.rosters:
        for group in roster.facts.groups:
            seen = found[group.class_code]
            seen.pupils += group.count
            seen.places.append(
                roster.place(
                    group.row, "class_code" if roster.facts.columns.get("class_code", -1) >= 0 else "class_name"
                )
            )
            if group.campus:
                seen.campuses.setdefault(group.campus, roster.place(group.row, "campus_code"))
    return {code: seen for code, seen in found.items() if len(code) == 7 and code.isdigit()}


def _class(school: SchoolSheets, code: str, seen: _Class, told: Told, year_of: int) -> None:
    """A class by itself: its stage and grade against the school, its size, its campuses."""
    stage, title, grade = code[4], class_title(code), grade_now(code, year_of)
    first, others = seen.places[0], seen.places[1:]
    if school.form is not None and school.stages and stage not in school.stages:
        told.add(
            "stage_not_of_school",
            first,
            related=others,
            school_type=school.form[1].texts["school_type"],
            found=title,
            count=seen.pupils,
        )
    years = school.years(stage)
    if grade > years:
        told.add("pupils_beyond_years", first, related=others, grade=grade, years=years, found=title, count=seen.pupils)
    if len(seen.campuses) > 1:
        usual, *odd = seen.campuses.values()
        told.add("class_in_two_campuses", usual, related=[*odd, first], found=title, count=len(seen.campuses))
    if seen.pupils >= _LARGE:
        told.add("large_class", first, found=title, count=seen.pupils)


def _class_records(school: SchoolSheets, classes: Mapping[str, _Class], told: Told, year_of: int) -> None:
    """Classes that only one side has, and their sizes. Class records join by code or name, pupils by code."""
    recorded: dict[str, tuple[RecordSheet, Record]] = {}
    for sheet, record in school.records("class"):
        known = school.class_seen(record.texts.get("class_name", ""), record.texts.get("class_code", ""), year_of)
        code = school.class_seen(record.texts.get("class_name", ""), "", year_of).code or known.code
        recorded.setdefault(code or plain_class_name(known.text), (sheet, record))
    if not school.rosters:
        return
    for code, seen in classes.items():
        if code not in recorded:
            told.add(
                "class_not_on_record",
                seen.places[0],
                related=seen.places[1:],
                found=class_title(code),
                count=seen.pupils,
            )
    for code, (sheet, record) in recorded.items():
        name = record.texts.get("class_name", "")
        mine = classes.get(code)
        entry = sheet.entry("class_name")
        if mine is None:
            if code and not is_multigrade(record) and _may_have_pupils(school, code, year_of):
                told.add_on("class_without_pupils", sheet.place(record, "class_name"), entry, name)
            continue
        _class_campus(school, sheet, record, mine, told)
        stated = record.texts.get("pupils", "").removesuffix("人").strip()
        if stated.isascii() and stated.isdigit() and int(stated) != mine.pupils:
            told.add(
                "class_size_contradicts",
                sheet.place(record, "pupils"),
                related=mine.places[:1],
                value=name,
                expected=int(stated),
                found=mine.pupils,
            )


def _may_have_pupils(school: SchoolSheets, code: str, year_of: int) -> bool:
    """Whether a class is one that the school can have now: what is wrong with any other is told of its name."""
    stage = code[4]
    return 0 < grade_now(code, year_of) <= school.years(stage) and (not school.stages or stage in school.stages)


def _class_campus(school: SchoolSheets, sheet: RecordSheet, record: Record, mine: _Class, told: Told) -> None:
    """The campus of the class record is that of its pupils, by number or by name as the campus form has them."""
    text = record.texts.get("campus", "")
    if not text or not mine.campuses:
        return
    known = _campus_numbers(school)
    said = known.get(_plain_campus(text))
    theirs = {known.get(_plain_campus(campus)) for campus in mine.campuses}
    if said and None not in theirs and said not in theirs:
        told.add_on(
            "class_campus_contradicts",
            sheet.place(record, "campus"),
            sheet.entry("campus"),
            text,
            related=list(mine.campuses.values()),
            name=record.texts.get("class_name", ""),
            found="、".join(mine.campuses),
        )


def _campus_numbers(school: SchoolSheets) -> dict[str, str]:
    """What each campus is known by: its number, and its name."""
    known: dict[str, str] = {}
    for place, (_, record) in enumerate(school.records("campus"), start=1):
        for key in ("campus_number", "campus_name"):
            if text := record.texts.get(key, ""):
                known.setdefault(_plain_campus(text), str(place))
    return known


def _plain_campus(text: str) -> str:
    return text.strip().lstrip("0")


def _codes(school: SchoolSheets, told: Told) -> None:
    """One finding a sheet and wrong code, however many of its rows bear it."""
    if not school.code:
        return
    for roster in school.rosters:
        wrong: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for group in roster.facts.groups:
            if schoolcodes.names_a_school(group.school_code) and group.school_code != school.code:
                wrong[group.school_code].append((group.row, group.count))
        for code, groups in wrong.items():
            row, count = min(groups)[0], sum(size for _, size in groups)
            told.add(
                "school_code_contradicts",
                roster.place(row, "school_code"),
                related=_holding(school),
                found=code,
                expected=school.code,
                count=count,
            )
    for sheet in school.sheets:
        own = sheet.facts.about in _OF_THE_SCHOOL
        bearing: dict[str, list[Record]] = defaultdict(list)
        for record in sheet.facts.records:
            code = record.texts.get("school_code", "")
            if code and code not in (school.code, schoolcodes.PLACEHOLDER) and (own or is_slip(code, school.code)):
                bearing[code].append(record)
        for code, records in bearing.items():
            told.add(
                "school_code_contradicts",
                sheet.place(records[0], "school_code"),
                related=_holding(school),
                found=code,
                expected=school.code,
                count=len(records),
            )


def _holding(school: SchoolSheets) -> list[Place]:
    """Where the code that holds stands: on the school's form, else on its first roster that has it."""
    for sheet, record in school.records("school"):
        if record.texts.get("school_code") == school.code:
            return [sheet.place(record, "school_code")]
    for roster in school.rosters:
        for group in roster.facts.groups:
            if group.school_code == school.code:
                return [roster.place(group.row, "school_code")]
    return []


def _names(school: SchoolSheets, told: Told) -> None:
    """The name that the school's own form has, against every other form."""
    form = school.form
    name = form[1].texts.get("school_name", "") if form else ""
    if not name:
        return
    for sheet in school.sheets:
        if sheet.facts.about in ("school", "movement", "nutrition-school"):
            continue
        others: dict[str, Record] = {}
        for record in sheet.facts.records:
            text = record.texts.get("school_name", "")
            if text and not _are_one(text, name):
                others.setdefault(text, record)
        assert form is not None
        for text, record in others.items():
            own = [form[0].place(form[1], "school_name")]
            told.add(
                "school_name_contradicts", sheet.place(record, "school_name"), related=own, found=text, expected=name
            )


def _are_one(one: str, other: str) -> bool:
    """Whether two names may be one school's: equal, or one without the places before the other."""
    mine, theirs = sorted((plain_name(one), plain_name(other)), key=len)
    return theirs.endswith(mine)


def _campuses(school: SchoolSheets, classes: Mapping[str, _Class], told: Told) -> None:
    if not school.has("campus"):
        return
    known = _campus_numbers(school)
    for place, text, about in _campus_uses(school):
        if _plain_campus(text) not in known:
            zh, en = _WHERE[about]
            told.add("campus_not_on_record", place, found=text, what=zh, what_en=en)


def _campus_uses(school: SchoolSheets) -> Iterator[tuple[Place, str, str]]:
    """Where campuses are named outside their own form, each text once a sheet."""
    for roster in school.rosters:
        seen: set[str] = set()
        for group in roster.facts.groups:
            if group.campus and group.campus not in seen:
                seen.add(group.campus)
                yield roster.place(group.row, "campus_code"), group.campus, "pupil"
    for sheet, record in school.records("class"):
        if record.texts.get("campus"):
            yield sheet.place(record, "campus"), record.texts["campus"], "class"
