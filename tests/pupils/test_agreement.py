"""Every command counts the same pupils and gives them to the same schools, whatever lies beside the rosters."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from samples.people import People
from stuvalid.bundle.command import run_bundle
from stuvalid.bundle.options import BundleOptions
from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.duplicates.run import DuplicateOptions, find_duplicates
from stuvalid.findings import Severity
from stuvalid.forms import template
from stuvalid.photos.roster import read_rosters
from stuvalid.status.survey import StatusOptions, survey

ONE, TWO, FAR = "2114010060", "2114010061", "3114010104"
HERE = CheckOptions(isolated=False, today=dt.date(2025, 11, 1))
Sheets = Mapping[str, Sequence[Sequence[str]]]
Pupils = list[dict[str, str]]

OWN_FORM = """
id = "our-province"
title = "某省学生表"
extends = "student-2013"
sheets = ["某省学生表"]
columns = ["school_code", "name", "sex", "birth_date", "id_type", "id_number", "class_code", "carer"]

[[field]]
key = "carer"
header = "接送人"
kind = "name"
"""


def people(code: str, count: int, form: str = "student-2013") -> Pupils:
    return list(People(int(code), code, used=set()).rows(template(form), count))


def roster(pupils: Pupils, form: str = "student-2013") -> Sequence[Sequence[str]]:
    fields = template(form).fields
    return [[entry.header for entry in fields], *([pupil.get(entry.key, "") for entry in fields] for pupil in pupils)]


def put(path: Path, sheets: Sheets, hidden: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)


def hand_over(pupils: Pupils) -> Sequence[Sequence[str]]:
    keys = ("name", "sex", "birth_date", "id_type", "id_number")
    return [["姓名", "性别", "出生日期", "身份证件类型", "身份证件号码"], *([p[key] for key in keys] for p in pupils)]


def movements(pupils: Pupils) -> Sequence[Sequence[str]]:
    header = ["姓名", "性别", "身份证件号", "异动类别", "转出学校标识码", "转入学校标识码", "异动日期"]
    return [header, *([p["name"], p["sex"], p["id_number"], "省内转学", FAR, ONE, "20250901"] for p in pupils)]


def nutrition(pupils: Pupils) -> Sequence[Sequence[str]]:
    header = ["学校标识码", "姓名", "性别", "身份证件号", "是否享受营养餐", "补助标准", "身高", "体重", "监护人姓名"]
    return [header, *([FAR, p["name"], p["sex"], p["id_number"], "是", "5", "120", "25", "甲"] for p in pupils)]


def county(folder: Path) -> dict[str, int]:
    """Two schools with every lawful list about the same children, in files of their own and beside the roster."""
    one, two = people(ONE, 6), people(TWO, 4)
    put(folder / f"{ONE}第一小学" / "学生.xlsx", {"学生基础信息": roster(one), "学前调档": hand_over(one)})
    put(folder / f"{ONE}第一小学" / "转学.xlsx", {"异动名单": movements(one)})
    put(folder / f"{TWO}第二小学" / "学生.xlsx", {"学生基础信息": roster(two), "转入": movements(two)})
    put(folder / f"{TWO}第二小学" / "营养餐.xlsx", {"营养改善计划": nutrition(two)})
    put(folder / f"{TWO}第二小学" / "学前教育.xlsx", {"Sheet1": hand_over(two)})
    return {ONE: 6, TWO: 4}


def form_of_2022(folder: Path) -> dict[str, int]:
    pupils = people(FAR, 5, "student-2022")
    for pupil in pupils:
        pupil.update(grade="初中一年级", class_name="初中2025级(1)班")
    put(folder / f"{FAR}第十九中学" / "一年级.xlsx", {"学生基本信息采集表": roster(pupils, "student-2022")})
    return {FAR: 5}


def hidden_copy(folder: Path) -> dict[str, int]:
    pupils = people(ONE, 6)
    sheets = {"学生基础信息": roster(pupils), "旧": roster(pupils[:4])}
    put(folder / f"{ONE}第一小学" / "学生.xlsx", sheets, hidden="旧")
    return {ONE: 6}


def own_form(folder: Path) -> dict[str, int]:
    pupils = people(ONE, 3)
    header = ["学校标识码", "姓名", "性别", "出生日期", "身份证件类型", "身份证件号", "班号", "接送人"]
    keys = ("school_code", "name", "sex", "birth_date", "id_type", "id_number", "class_code")
    table = [header, *([*(pupil[key] for key in keys), "王大伟"] for pupil in pupils)]
    put(folder / f"{ONE}第一小学" / "学生.xlsx", {"某省学生表": table})
    return {ONE: 3}


@pytest.mark.parametrize("made", [county, form_of_2022, hidden_copy, own_form])
def test_check_bundle_status_duplicates_and_photos_agree(tmp_path: Path, made: object) -> None:
    folder, form = tmp_path / "收到", ""
    expected: dict[str, int] = made(folder)  # type: ignore[operator]
    if made is own_form:
        path = tmp_path / "form.toml"
        path.write_text(OWN_FORM, encoding="utf-8")
        form = str(path)
    options = CheckOptions(isolated=False, today=HERE.today, template=form)
    total = sum(expected.values())

    checked, _ = check_paths([folder], options)
    assert checked.summary()["rows"] == total
    assert checked.count(Severity.ERROR) == 0, sorted({finding.rule for finding in checked})

    bundle = run_bundle(BundleOptions(folder, county="140106", photos=False, check=options))
    counted: Counter[str] = Counter()
    for entry in bundle.plan.included:
        counted[entry.school] += entry.counts.pupils
    assert {code: size for code, size in counted.items() if size} == expected
    assert not [entry.name for entry in bundle.plan.entries if entry.fate == "unclear"]

    standing = survey(StatusOptions(folder, check=options))
    assert {school.code: school.pupils for school in standing.schools} == expected

    with find_duplicates([folder], options=DuplicateOptions(check=options)) as run:
        assert run.problems.findings.summary()["rows"] == total
        assert run.problems.collisions == []
        owners = [run.problems.people.owner(position).code for position in range(len(run.problems.people))]
        assert Counter(owners) == expected

    listed = read_rosters(sorted(folder.rglob("学生.xlsx")) or sorted(folder.rglob("*.xlsx")), form, today=HERE.today)
    assert Counter(entry.school_code for entry in listed.entries) == expected
    assert all(len(entry.class_code) == 7 for entry in listed.entries)


def test_check_and_duplicates_name_the_same_cells(tmp_path: Path) -> None:
    one, two = people(ONE, 10), people(TWO, 8)
    two[0]["id_number"] = one[0]["id_number"]  # across schools
    one[2]["id_number"] = f" {one[1]['id_number'].lower()} "  # within one, written otherwise
    for pupil in (one[3], two[3]):
        pupil.update(id_type="香港特区护照/身份证明", id_number="H1234567")
    two[4].update(id_type="香港特区护照/身份证明", id_number="Ｈ1234-567")
    for pupil in (one[5], two[5], two[6]):
        pupil.update(id_type="其他", id_number="", name="李明", sex="男", birth_date="20180305")
    one[6].update(id_type="其他", id_number="", name="李明", sex="女", birth_date="20180305")
    one[7]["id_number"] = two[7]["id_number"] = "123456789012345000"  # cut short by Excel: nobody's
    put(tmp_path / f"{ONE}第一小学" / "a.xlsx", {"学生基础信息": roster(one)})
    put(tmp_path / f"{TWO}第二小学" / "b.xlsx", {"学生基础信息": roster(two)})
    rules = ("DUP001", "DUP002")
    options = CheckOptions(isolated=False, today=HERE.today, select=rules)
    checked, _ = check_paths([tmp_path], options)
    with find_duplicates([tmp_path], options=DuplicateOptions(check=options)) as run:
        compared = run.problems.findings
    cells = [
        sorted((f.rule, f.severity, f.place, f.related, f.related_more) for f in found if f.rule in rules)
        for found in (checked, compared)
    ]
    assert cells[0] == cells[1]
    assert Counter(rule for rule, *_ in cells[0]) == {"DUP001": 7, "DUP002": 3}
