"""What a form about a school, campus, class or grade says against itself."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from stuvalid import codes
from stuvalid.codes import divisions
from stuvalid.codes.classcodes import STAGES
from stuvalid.collection.belonging import SYSTEMS, YEARS_KEYS, RecordSheet, SchoolSheets, grade_now, number_of
from stuvalid.collection.facts import Record
from stuvalid.findings import Place
from stuvalid.pupils.classes import first_year, read_class
from stuvalid.rules.told import Told

_CLASS_NAME = re.compile(
    r"(小学|初中|高中)((?:19|20)[0-9]{2})级(?:\((?:0?[1-9]|[1-9][0-9])\)|(?:0?[1-9]|[1-9][0-9]))班"
)
"""Two texts of the scheme: with the number in brackets, and 教育阶段+入学年份+级+顺序号+班 without."""

_STAGE_EN = {"1": "years of primary school", "2": "years of junior high school", "3": "years of senior high school"}
_ADDRESS_CODE = re.compile(r"[0-9]{12}")
_CONTACT = ("head_name", "head_phone", "office_phone", "postcode")
_YES, _NO = "是", "否"


def judge_forms(school: SchoolSheets, told: Told, today: dt.date) -> None:
    """Judge the forms of one school, each by itself."""
    for sheet, record in school.records("school"):
        _years(school, sheet, record.texts, told)
        _address_code(sheet, record, "address_code", told)
        _in_its_county(sheet, record, told)
        _contact(sheet, record, told)
    for sheet, record in school.records("campus"):
        _address_code(sheet, record, "campus_address_code", told)
    _campuses(school, told)
    _classes(school, told, today)


def _years(school: SchoolSheets, sheet: RecordSheet, texts: dict[str, str], told: Told) -> None:
    """Exactly the 学制 of the stages that the 办学类型 has; of a school with several stages one is enough."""
    record = next(one for one in sheet.facts.records if one.texts is texts)
    for stage, key in YEARS_KEYS.items():
        if texts.get(key) and number_of(texts[key]) not in (0, *SYSTEMS[stage]):
            usual = "、".join(map(str, SYSTEMS[stage]))
            told.add_on("years_unlikely", sheet.place(record, key), sheet.entry(key), texts[key], usual=usual)
    stages = school.stages
    if not stages:
        return
    kind = texts.get("school_type", "")
    filled = [stage for stage, key in YEARS_KEYS.items() if texts.get(key) and not _is_none(texts[key])]
    for stage in filled:
        if stage not in stages:
            key = YEARS_KEYS[stage]
            told.add_on(
                "years_of_another_stage",
                sheet.place(record, key),
                sheet.entry(key),
                texts[key],
                school_type=kind,
                filled=f"{STAGES[stage]}学制",
                filled_en=_STAGE_EN[stage],
            )
    known = any(YEARS_KEYS[stage] in record.places for stage in stages)
    if known and not any(stage in filled for stage in stages):
        told.add(
            "no_years_of_its_stage",
            sheet.place(record, *(YEARS_KEYS[stage] for stage in stages)),
            school_type=kind,
            expected="、".join(f"{STAGES[stage]}学制" for stage in stages),
            expected_en=", ".join(_STAGE_EN[stage] for stage in stages),
        )


def _is_none(text: str) -> bool:
    return text.strip() in ("无", "/", "-", "—", "0", "——")


def _address_code(sheet: RecordSheet, record: Record, key: str, told: Told) -> None:
    text = record.texts.get(key, "")
    if text and not (_ADDRESS_CODE.fullmatch(text) and divisions.find(text[:6]) is not None):
        told.add_on("address_code_malformed", sheet.place(record, key), sheet.entry(key), text)


def _in_its_county(sheet: RecordSheet, record: Record, told: Told) -> None:
    """The county of the address is that of the authority where the school lies (属地)."""
    text, authority = record.texts.get("address_code", ""), record.texts.get("local_authority_code", "")[:6]
    if not _ADDRESS_CODE.fullmatch(text) or len(authority) < 6 or not authority.isdigit() or authority.endswith("00"):
        return
    if text[:6] != authority and divisions.find(text[:6]) is not None and divisions.find(authority) is not None:
        told.add_on(
            "address_in_another_county",
            sheet.place(record, "address_code"),
            sheet.entry("address_code"),
            text,
            related=[sheet.place(record, "local_authority_code")],
            expected=authority,
        )


def _contact(sheet: RecordSheet, record: Record, told: Told) -> None:
    """What the registry's page asks for: told once a school, of the columns that are there."""
    blank = [key for key in _CONTACT if key in record.places and not record.texts.get(key)]
    if blank:
        entries = [sheet.entry(key) for key in blank]
        told.add(
            "school_contact_blank",
            sheet.place(record, blank[0]),
            related=[sheet.place(record, key) for key in blank[1:]],
            what="、".join(entry.header for entry in entries),
            what_en=", ".join(blank),
        )


def _campuses(school: SchoolSheets, told: Told) -> None:
    for key in ("campus_number", "campus_name"):
        seen: dict[str, Place] = {}
        for sheet, record in school.records("campus"):
            text = record.texts.get(key, "")
            place = sheet.place(record, key)
            if text and text in seen:
                told.add_on("campus_twice", place, sheet.entry(key), text, related=[seen[text]])
            elif text:
                seen[text] = place


def is_multigrade(record: Record) -> bool:
    """复式班 are records of their own beside the classes whose pupils sit in them."""
    return record.texts.get("multigrade") == "是" or "复式" in record.texts.get("class_type", "")


def plain_class_name(text: str) -> str:
    """A class name to compare by: brackets of either width, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _classes(school: SchoolSheets, told: Told, today: dt.date) -> None:
    year_of = first_year(1, today)
    seen: dict[str, Place] = {}
    for sheet, record in school.records("class"):
        texts = record.texts
        name, place, entry = texts.get("class_name", ""), sheet.place(record, "class_name"), sheet.entry("class_name")
        if not name:
            continue
        plain = plain_class_name(name)
        if not _CLASS_NAME.fullmatch(plain) and not is_multigrade(record):
            told.add_on("class_name_malformed", place, entry, name)
            if not read_class(name).number:
                continue
        known = school.class_seen(name, "", year_of)
        if texts.get("class_code") and known.code and texts["class_code"] != known.code:
            told.add(
                "class_code_contradicts_name",
                sheet.place(record, "class_code"),
                value=name,
                found=texts["class_code"],
                expected=known.code,
            )
        if (known.code or plain) in seen:
            told.add_on("class_twice", place, entry, name, related=[seen[known.code or plain]])
        seen.setdefault(known.code or plain, place)
        _class_itself(school, sheet, record, known.code, told)
        _class_years(school, sheet, record, known.code, year_of, told)


def _class_itself(school: SchoolSheets, sheet: RecordSheet, record: Record, code: str, told: Told) -> None:
    texts, name = record.texts, record.texts["class_name"]
    match = codes.load("class_type").resolve(texts.get("class_type", ""))
    kind = match.entry if match is not None else None
    stage = code[4:5]
    if kind is not None and stage and kind.code[:1] != {"1": "1", "2": "2", "3": "4"}[stage]:
        told.add(
            "class_type_of_another_stage", sheet.place(record, "class_type"), value=name, found=texts["class_type"]
        )
    multigrade = texts.get("multigrade", "")
    if kind is not None and multigrade in (_YES, _NO) and (multigrade == _YES) != ("复式" in kind.name):
        told.add(
            "multigrade_contradicts_type",
            sheet.place(record, "multigrade"),
            value=name,
            found=multigrade,
            expected=kind.name,
        )
    if "teacher" in record.places and not texts.get("teacher"):
        told.add("class_without_teacher", sheet.place(record, "teacher"), value=name)
    _bilingual(sheet, record, told)


def _bilingual(sheet: RecordSheet, record: Record, told: Told) -> None:
    texts = record.texts
    keys: list[str] = [key for key in ("bilingual_language", "bilingual_mode") if key in record.places]
    filled = [key for key in keys if texts.get(key) and not _is_none(texts[key])]
    said = texts.get("bilingual", "")
    wanted = said == _YES or (not said and bool(filled))
    wrong = [key for key in keys if (key in filled) != wanted] if (said in (_YES, _NO) or filled) else []
    if not said and filled and "bilingual" in record.places:
        wrong.append("bilingual")
    if wrong:
        entries = [sheet.entry(key) for key in wrong]
        zh = "、".join(f"“{entry.header}”{'多填了' if entry.key in filled else '没有填'}" for entry in entries)
        en = ", ".join(f"{entry.key} is {'filled in' if entry.key in filled else 'empty'}" for entry in entries)
        told.add("bilingual_incomplete", sheet.place(record, wrong[0]), what=zh, what_en=en)


def _class_years(school: SchoolSheets, sheet: RecordSheet, record: Record, code: str, year_of: int, told: Told) -> None:
    texts, name = record.texts, record.texts["class_name"]
    if not code:
        return
    grade, place = grade_now(code, year_of), sheet.place(record, "class_name")
    stage = code[4]
    years = number_of(texts.get("years", "")) or school.years(stage)
    entry = sheet.entry("class_name")
    if grade < 1:
        told.add_on("class_of_the_future", place, entry, name)
    elif grade > years:
        told.add_on("class_beyond_years", place, entry, name, grade=grade, years=years)
    if school.stages and stage not in school.stages and school.form is not None:
        told.add_on(
            "stage_not_of_school", place, entry, name, found=name, school_type=school.form[1].texts["school_type"]
        )
    said = number_of(texts.get("years", ""))
    stated = number_of(school.form[1].texts.get(YEARS_KEYS[stage], "")) if school.form is not None else 0
    expected = ""
    if said and said not in SYSTEMS[stage]:
        expected = "、".join(map(str, SYSTEMS[stage]))
    elif said and stated and said != stated:
        expected = f"{STAGES[stage]}学制 {stated}"
    if expected:
        told.add(
            "class_years_contradict",
            sheet.place(record, "years"),
            value=name,
            what="学制",
            what_en="the number of years",
            found=texts["years"],
            expected=expected,
        )
    recruited = re.sub(r"[^0-9]", "", texts.get("recruiting_year", ""))[:4]
    if recruited and recruited != code[:4]:
        told.add(
            "class_years_contradict",
            sheet.place(record, "recruiting_year"),
            value=name,
            what="招生年度",
            what_en="the year of entry",
            found=texts["recruiting_year"],
            expected=code[:4],
        )
