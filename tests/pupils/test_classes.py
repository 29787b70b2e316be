"""Classes as people write them, and the class code that 年级 and 班级 of one pupil mean."""

from __future__ import annotations

import datetime as dt

import pytest

from stuvalid.pupils.classes import class_of, first_year, grade_of, read_class, whole

TODAY = dt.date(2025, 11, 1)


@pytest.mark.parametrize(
    ("grade", "name", "code"),
    [
        ("小学二年级", "小学2024级(2)班", "2024102"),
        ("小学二年级", "小学2024级（2） 班", "2024102"),
        ("二年级", "2班", "2024102"),
        ("二年级", "（2）班", "2024102"),
        ("二年级", "二年级二班", "2024102"),
        ("二年级", "2", "2024102"),
        ("小学2024级", "2班", "2024102"),
        ("小学2024级", "2024级2班", "2024102"),
        ("初中2024级", "(3)班", "2024203"),
        ("七年级", "七（3）班", "2025203"),
        ("初三", "三班", "2023203"),
        ("高一", "12班", "2025312"),
        ("普通高中一年级", "1班", "2025301"),
        ("九年级", "九年级十二班", "2023212"),
        ("", "小学2024级(02)班", "2024102"),
        ("随便", "2024102", "2024102"),
        # The class's own name says the year; the grade only what that leaves out.
        ("小学三年级", "小学2024级(2)班", "2024102"),
        ("随便", "大一", ""),
        ("小学六年级", "601", ""),
        ("2024级", "2班", ""),
        ("二年级", "", ""),
        ("", "2班", ""),
        ("二年级", "0班", ""),
    ],
)
def test_the_class_code_of_grade_and_class(grade: str, name: str, code: str) -> None:
    assert class_of(grade, name, TODAY) == code


@pytest.mark.parametrize(("day", "year"), [("2025-07-31", 2024), ("2025-08-01", 2025), ("2026-01-01", 2025)])
def test_first_graders_began_in_the_autumn_of_their_school_year(day: str, year: int) -> None:
    assert first_year(1, dt.date.fromisoformat(day)) == year
    assert class_of("一年级", "1班", dt.date.fromisoformat(day)) == f"{year}101"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("六年级1班", ("1", 0, 6, 1)),
        ("七年级1班", ("2", 0, 1, 1)),
        ("初一1班", ("2", 0, 1, 1)),
        ("高三1班", ("3", 0, 3, 1)),
        ("2023级4班", ("", 2023, 0, 4)),
        ("高中2023级", ("3", 2023, 0, 0)),
        ("甲班", ("", 0, 0, 0)),
    ],
)
def test_what_a_text_says_of_a_class(text: str, read: tuple[str, int, int, int]) -> None:
    assert tuple(read_class(text)) == read


def test_numbers_in_words() -> None:
    assert [whole(text) for text in ("3", "十", "十二", "二十", "二十一", "九")] == [3, 10, 12, 20, 21, 9]


@pytest.mark.parametrize(
    ("code", "grade"), [("2024102", "2024级小学"), ("2024203", "2024级初中"), ("2024301", "2024级高中"), ("24102", "")]
)
def test_the_grade_of_a_class(code: str, grade: str) -> None:
    assert grade_of(code) == grade
