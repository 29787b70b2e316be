"""年级 and 班级 of the 2022 form: each by itself, and against each other in the school year the sheet is of."""

from __future__ import annotations

import pytest

from stuvalid.rules.examples import form_sheet
from tests.rules.blocks import blocks_of

FORM = {"@form": "student-2022"}


def told(*changes: dict[str, str]) -> dict[int, set[str]]:
    """Rules by the number of the pupil, for a class of ten right ones and ``changes``."""
    right = {"grade": "小学一年级", "class_name": "小学2025级(1)班"}
    rows = [{**FORM, **right}, *({**right} for _ in range(9)), *({**right, **change} for change in changes)]
    found: dict[int, set[str]] = {}
    for block in blocks_of(form_sheet(rows)):
        if block.rule.startswith("ENR04"):
            for row in block.rows:
                found.setdefault(row - 10, set()).add(block.rule)
    return found


@pytest.mark.parametrize("grade", ["小学一年级", "一年级", "小学 一年级", "1年级", "小学2025级", "2025级", "小一"])
def test_grades_as_schools_write_them_are_right(grade: str) -> None:
    assert told({"grade": grade}) == {}


@pytest.mark.parametrize(
    "grade", ["aaa", "12", "1", "一", "随便", "大一", "十三年级", "小学七年级", "高中四年级", "学前班", "小学", "级"]
)
def test_what_names_no_grade_is_told(grade: str) -> None:
    assert told({"grade": grade}) == {1: {"ENR040"}}


@pytest.mark.parametrize(
    "name",
    ["小学2025级(1)班", "小学2025级（1）班", "小学2025级1班", "2025级(1)班", "(1)班", "1班", "一年级1班", "启航班"],
)
def test_classes_as_schools_write_them_are_right(name: str) -> None:
    assert told({"class_name": name}) == {}


@pytest.mark.parametrize(
    "name", ["aaa", "12", "随便", "2025101", "小学2025级", "小学2025级(0)班", "小学2025级(100)班", "小学2025级班"]
)
def test_what_names_no_class_is_told(name: str) -> None:
    assert told({"class_name": name}) == {1: {"ENR041"}}


@pytest.mark.parametrize(
    ("grade", "name"),
    [
        ("小学三年级", "小学2025级(1)班"),
        ("小学一年级", "小学2019级(1)班"),
        ("小学二年级", "初中2024级(1)班"),
        ("初中2024级", "小学2025级(1)班"),
        ("小学一年级", "三年级1班"),
        ("小学2024级", "小学2025级(1)班"),
    ],
)
def test_a_grade_beside_another_class_is_told(grade: str, name: str) -> None:
    assert told({"grade": grade, "class_name": name}) == {1: {"ENR042"}}


def test_a_sheet_of_another_school_year_is_right_in_itself() -> None:
    assert told({"grade": "小学六年级", "class_name": "小学2020级(2)班"}) == {}
