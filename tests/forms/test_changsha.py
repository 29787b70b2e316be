"""Changsha's form of 2026: a correct file is right, each mistake is told at its cell, and `fix` leaves what the city gave."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Findings
from stuvalid.received.walk import Source
from tests.forms.changsha import FORM, pupils, workbook
from tests.program import stuvalid

KEYS = [entry.key for entry in FORM.fields]


def checked(data: bytes) -> Findings:
    return check_sources([Source("3143010001长沙中学/新生.xlsx", data=data)], CheckOptions(isolated=False))


@pytest.mark.parametrize("dropdowns", [True, False])
def test_a_correct_file_is_right(dropdowns: bool) -> None:
    findings = checked(workbook(pupils(120), dropdowns=dropdowns))
    assert [(one.rule, one.place.cell, one.value) for one in findings] == []
    (file,) = findings.files
    assert (file.template, file.rows) == ("student-2026-changsha", 120)


MISTAKES = [
    ("serial_number", ""),
    ("name", ""),
    ("name", "王 小明"),
    ("name", "王小明1"),
    ("sex", "1"),
    ("sex", "先生"),
    ("sex", "@other"),
    ("birth_date", "2013-5-1"),
    ("birth_date", "20130231"),
    ("birth_date", "@next"),
    ("ethnicity", "汉"),
    ("ethnicity", "火星族"),
    ("nationality", "香港"),
    ("id_type", "身份证"),
    ("id_type", "港澳居民来往内地通行证"),
    ("id_number", "@check"),
    ("id_number", "@short"),
    ("id_number", "@twin"),
    ("overseas_status", "否"),
    ("political_status", "团员"),
    ("household_division", "430111000000"),
    ("household_division", "雨花区"),
    ("household_division", "湖南省长沙市"),
    ("household_division", "北京市海定区"),
    ("household_address", ""),
    ("home_division", "湖南长沙雨花"),
    ("home_address", ""),
    ("home_address", "无"),
    ("class_name", "初一(1)班"),
    ("class_name", "26011"),
    ("entry_way", "统一招生考试/普通入学"),
    ("attendance", "寄宿"),
    ("continuation_mark", ""),
    ("disabled", "无"),
    ("disability_degree", "一级"),
    ("boarder", "住校"),
    ("phone", "1391234567"),
    ("member1.name", ""),
    ("member1.relation", "爷爷"),
    ("member1.relation", "祖父母或外祖父母"),
    ("member1.guardian", "√"),
    ("member1.phone", "13800"),
    ("member1.id_number", "@check"),
    ("member1.household_division", "430102"),
    ("member2.id_number", "@short"),
]


@pytest.mark.parametrize("dropdowns", [True, False])
def test_every_mistake_is_told_at_its_cell(dropdowns: bool) -> None:
    rows = pupils(120)
    at = 0
    planted: list[tuple[int, str]] = []
    for key, wrong in MISTAKES:
        at += 1
        while not rows[at][key]:
            at += 1
        row = rows[at]
        value = row[key]
        twisted = {
            "@other": "女" if row["sex"] == "男" else "男",
            "@next": f"{int(value[:4]) - 1}{value[4:]}" if value.isdigit() else "",
            "@check": value[:-1] + ("1" if value[-1:] != "1" else "2"),
            "@short": value[:-1],
            "@twin": rows[at + 20]["id_number"],
        }
        row[key] = twisted.get(wrong, wrong)
        planted.append((at, key))
    told: set[tuple[int, str]] = set()
    for one in checked(workbook(rows, dropdowns=dropdowns)):
        for place in (one.place, *one.related):
            if place.row > 0 and place.column >= 0:
                told.add((place.row - 1, KEYS[place.column]))
    assert [entry for entry in planted if entry not in told] == []


@pytest.mark.parametrize("dropdowns", [True, False])
@pytest.mark.parametrize("flags", [(), ("--unsafe-fixes",)])
def test_fix_leaves_headers_and_offered_values(tmp_path: Path, dropdowns: bool, flags: tuple[str, ...]) -> None:
    rows = pupils(60)
    for number, (key, wrong) in enumerate(MISTAKES[:40]):
        if not wrong.startswith("@"):
            rows[number][key] = wrong
    folder = tmp_path / "3143010001长沙中学"
    folder.mkdir()
    (folder / "新生.xlsx").write_bytes(workbook(rows, dropdowns=dropdowns))
    stuvalid("fix", folder / "新生.xlsx", "-o", tmp_path / "out.xlsx", *flags)
    sheet = openpyxl.load_workbook(io.BytesIO((tmp_path / "out.xlsx").read_bytes())).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))
    assert list(lines[0]) == [entry.header for entry in FORM.fields]
    harmed = [
        (number, key, rows[number][key], line[column])
        for number, line in enumerate(lines[1:])
        for column, key in enumerate(KEYS)
        if (line[column] or "") != rows[number][key] and (number >= 40 or key != MISTAKES[number][0])
    ]
    # A number's own pupil may be told by what was planted beside it; nothing that was right is changed.
    assert harmed == []
