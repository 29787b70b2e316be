"""Whose a workbook is: what decides, in which order, and what decides nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from stuvalid.pupils.owners import (
    Book,
    NameEvidence,
    by_neighbours,
    derive_schools,
    owner_of_workbook,
    prescribed_code,
    school_name_in,
)
from stuvalid.pupils.schools import School, SchoolList

ONE, TWO, FAR = "2114010068", "2114010075", "3114010104"
LIST = SchoolList({ONE: School(ONE, "双塔西街小学"), TWO: School(TWO, "青年路小学")}, given=True)
NONE = SchoolList()


def owner(name: str, codes: dict[str, int] | None = None, *titles: str, schools: SchoolList = NONE) -> str:
    book = Book(name, Counter(codes or {}), titles)
    return owner_of_workbook(book, NameEvidence.of_books([book], schools)).school


@pytest.mark.parametrize(
    ("name", "codes", "titles", "expected"),
    [
        (f"{TWO}青年路小学/a.xlsx", {ONE: 9}, (), ONE),  # what is held wins over the name
        ("a.xlsx", {ONE: 9, TWO: 1}, (), ONE),
        ("a.xlsx", {ONE: 8, TWO: 2}, (), ""),  # several schools: nobody is guessed
        ("a.xlsx", {}, (f"学校标识码：{ONE}",), ONE),
        (f"{TWO}青年路小学/a.xlsx", {}, (f"学校标识码：{ONE}",), ONE),
        (f"{TWO}青年路小学/a.xlsx", {}, (), TWO),
        (f"{TWO}.xlsx", {}, (), TWO),
        ("２１１４０１００７５ 青年路小学/学生.xlsx", {}, (), TWO),
        (f"{FAR}第十九中学/二年级.xlsx", {}, (), FAR),
        ("第十九中学/二年级.xlsx", {}, (), ""),
        ("13900010000/a.xlsx", {}, (), ""),  # a phone has eleven digits
        ("2000000000名单/a.xlsx", {}, (), ""),  # no such category
        ("IMG2114010068/a.xlsx", {}, (), ""),  # digits in a camera's name
        (f"{ONE}双塔西街小学/{TWO}青年路小学.xlsx", {}, (), ""),  # the path contradicts itself
        ("a.xlsx", {}, (f"{ONE}", f"{TWO}"), ""),
    ],
)
def test_what_decides_without_a_list(name: str, codes: dict[str, int], titles: tuple[str, ...], expected: str) -> None:
    assert owner(name, codes, *titles) == expected


@pytest.mark.parametrize(
    ("name", "codes", "titles", "expected"),
    [
        ("双塔西街小学/a.xlsx", {}, (), ONE),
        ("a.xlsx", {}, ("青年路小学2024级学生",), TWO),
        (f"{FAR}第十九中学/a.xlsx", {}, (), ""),  # not in the list
        ("青年路小学/a.xlsx", {FAR: 5}, (), ""),  # its code is not in the list, its name is
        ("a.xlsx", {FAR: 5}, (), FAR),
    ],
)
def test_what_decides_with_a_list(name: str, codes: dict[str, int], titles: tuple[str, ...], expected: str) -> None:
    assert owner(name, codes, *titles, schools=LIST) == expected


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (f"{ONE}双塔西街小学", ONE),
        (f"双塔西街小学（{ONE}）", ONE),
        (f"{ONE}.xlsx", ONE),
        (f"{ONE}_2024101.xlsx", ONE),
        (f"IMG_{ONE}.jpg", ""),
        ("0000000000某小学", ""),
        (f"{ONE}{TWO}小学", ""),
        (f"{ONE}和{TWO}小学", ""),
    ],
)
def test_prescribed_names(part: str, code: str) -> None:
    assert prescribed_code(part) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{ONE}双塔西街小学", "双塔西街小学"),
        ("学校名称：太原市双塔西街小学校", "太原市双塔西街小学校"),
        ("一年级1班 最终版.xlsx", ""),
        ("收到的学校材料", ""),
        ("学生基础信息表", ""),
    ],
)
def test_what_looks_like_a_school(text: str, name: str) -> None:
    assert school_name_in(text) == name


def test_schools_are_named_as_most_of_their_files_name_them() -> None:
    books = [
        Book(f"{ONE}双塔西街小学/a.xlsx", Counter({ONE: 3})),
        Book("b.xlsx", Counter({ONE: 3}), ("双塔西街小学学生基础信息",)),
        Book("c.xlsx", Counter({TWO: 3})),
        Book(f"{FAR}第十九中学/d.xlsx", Counter()),
    ]
    assert {code: school.called for code, school in derive_schools(books).schools.items()} == {
        ONE: "双塔西街小学",
        TWO: "",
        FAR: "第十九中学",
    }


def test_neighbours_decide_only_where_they_agree() -> None:
    owners = {"甲/a.xlsx": ONE, "甲/b.xlsx": ONE, "乙/a.xlsx": ONE, "乙/b.xlsx": TWO, "c.xlsx": TWO}
    assert by_neighbours(owners, ["甲/照片/1.jpg", "乙/2.jpg", "3.jpg"]) == {"甲/照片/1.jpg": ONE}
