"""What the records of grades say: against themselves, the school, and the classes."""

from __future__ import annotations

import re

from stuvalid.codes.classcodes import STAGES
from stuvalid.collection.belonging import SYSTEMS, YEARS_KEYS, RecordSheet, SchoolSheets, number_of
from stuvalid.collection.facts import Record
from stuvalid.collection.forms import plain_class_name
from stuvalid.findings import Place
from stuvalid.pupils.classes import ClassName, counts_through, read_class
from stuvalid.rules.told import Told

_GRADE_NAME = re.compile(r"(小学|初中|高中)((?:19|20)[0-9]{2})级")


def judge_grades(school: SchoolSheets, told: Told, year_of: int) -> None:
    """Judge the records of grades of one school in the school year that began in ``year_of``."""
    seen: dict[tuple[str, int], Place] = {}
    for sheet, record in school.records("grade"):
        name = plain_class_name(record.texts.get("grade_name", ""))
        found = _GRADE_NAME.fullmatch(name)
        if name:
            _itself(school, sheet, record, found, told, year_of)
        if found is None:
            continue
        stage, year = next(digit for digit, word in STAGES.items() if word == found[1]), int(found[2])
        place, entry = sheet.place(record, "grade_name"), sheet.entry("grade_name")
        if (stage, year) in seen:
            told.add_on("grade_twice", place, entry, name, related=[seen[stage, year]])
            continue
        seen[stage, year] = place
        _of_the_school(school, sheet, record, stage, told, year_of - year + 1)
    if seen and school.has("class"):
        _against_classes(school, set(seen), told, year_of)


def _itself(
    school: SchoolSheets, sheet: RecordSheet, record: Record, found: re.Match[str] | None, told: Told, year_of: int
) -> None:
    texts, wrong = record.texts, list[tuple[str, str, str]]()
    if found is None:
        wrong.append(("", "“学段+入学年份+级”的写法", "the form stage, year, 级"))
    else:
        if texts.get("stage") and texts["stage"] != found[1]:
            wrong.append(("stage", f"教育阶段“{texts['stage']}”", f"the stage {texts['stage']}"))
        year = re.sub(r"[^0-9]", "", texts.get("entry_year", ""))[:4]
        if year and year != found[2]:
            wrong.append(("entry_year", f"入学年份“{year}”", f"the year {year}"))
        grade = _grade(school, texts.get("grade", ""))
        stage = next(digit for digit, word in STAGES.items() if word == found[1])
        if grade.grade and (grade.grade != year_of - int(found[2]) + 1 or (grade.stage and grade.stage != stage)):
            wrong.append(("grade", f"所在年级“{texts['grade']}”", f"the grade {texts['grade']}"))
    if wrong:
        told.add_on(
            "grade_contradicts_itself",
            sheet.place(record, "grade_name"),
            sheet.entry("grade_name"),
            texts["grade_name"],
            related=[sheet.place(record, key) for key, _, _ in wrong if key],
            what="、".join(zh for _, zh, _ in wrong),
            what_en=", ".join(en for _, _, en in wrong),
        )


def _grade(school: SchoolSheets, text: str) -> ClassName:
    """The grade as the school counts: 六年级 is the first of its junior stage in an 五四 school."""
    read = read_class(text)
    if not (counts_through(text) and school.is_five_four):
        return read
    return read._replace(stage="2", grade=1 if read.stage == "1" else read.grade + 1)


def _of_the_school(
    school: SchoolSheets, sheet: RecordSheet, record: Record, stage: str, told: Told, grade: int
) -> None:
    """The stage is one of the school's, the grade within its years, and its years those that the school's form has."""
    texts, place, entry = record.texts, sheet.place(record, "grade_name"), sheet.entry("grade_name")
    form, name = school.form, record.texts["grade_name"]
    if form is not None and school.stages and stage not in school.stages:
        told.add_on("stage_not_of_school", place, entry, name, found=name, school_type=form[1].texts["school_type"])
    elif grade > school.years(stage):
        told.add_on("grade_beyond_years", place, entry, name, grade=grade, years=school.years(stage))
    said = number_of(texts.get("years", ""))
    stated = number_of(form[1].texts.get(YEARS_KEYS[stage], "")) if form is not None else 0
    if said and ((stated and said != stated) or said not in SYSTEMS[stage]):
        told.add_on(
            "grade_years_contradict",
            sheet.place(record, "years"),
            sheet.entry("years"),
            texts["years"],
            name=name,
            expected=str(stated) if stated else "、".join(map(str, SYSTEMS[stage])),
        )


def _against_classes(school: SchoolSheets, grades: set[tuple[str, int]], told: Told, year_of: int) -> None:
    """Every class is in a grade that is on record: grades are made first."""
    missing: dict[tuple[str, int], list[Place]] = {}
    for sheet, record in school.records("class"):
        code = school.class_seen(record.texts.get("class_name", ""), record.texts.get("class_code", ""), year_of).code
        if code and (code[4], int(code[:4])) not in grades:
            missing.setdefault((code[4], int(code[:4])), []).append(sheet.place(record, "class_name"))
    for (stage, year), places in missing.items():
        found = f"{STAGES.get(stage, '')}{year}级"
        told.add("grade_not_on_record", places[0], related=places[1:], found=found, count=len(places))
