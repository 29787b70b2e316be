"""The ways in which papers write a family: beside the pupil, below headings, a column or a row a person."""

from __future__ import annotations

import pytest

from samples.parents import _xlsx
from stuvalid.excel import read_workbook
from stuvalid.forms import template
from stuvalid.gathering.labels import Labels
from stuvalid.gathering.reading import read_paper

PUPIL = {
    "name": "王小明",
    "sex": "男",
    "ethnicity": "汉族",
    "birth_date": "20160101",
    "id_number": "140106201601010015",
    "home_address": "太原市1号",
}
FAMILY = {
    "member1.name": "王建国",
    "member1.relation": "父亲",
    "member1.phone": "13911112222",
    "member1.employer": "铁路",
    "member2.name": "李秀英",
    "member2.relation": "母亲",
    "member2.phone": "13733334444",
    "member2.employer": "医院",
}
PAIRS = [
    ["姓名", "王小明", "性别", "男"],
    ["民族", "汉族", "出生日期", "20160101"],
    ["身份证号", "140106201601010015", "现住址", "太原市1号"],
]
HEAD, ROW = ["姓名", "性别", "民族", "出生日期", "身份证号", "现住址"], list(PUPIL.values())
FATHER, MOTHER = ["王建国", "13911112222", "铁路"], ["李秀英", "13733334444", "医院"]
WITH_RELATION = ["王建国", "父亲", "13911112222", "铁路", "李秀英", "母亲", "13733334444", "医院"]

WAYS: dict[str, tuple[list[list[str]], list[str]]] = {
    "a table beside a heading": (
        [
            *PAIRS,
            ["家庭成员", "称谓", "姓名", "年龄", "工作单位", "联系电话"],
            ["", "父亲", "王建国", "38", "铁路", "13911112222"],
            ["", "母亲", "李秀英", "36", "医院", "13733334444"],
        ],
        ["A4:A6"],
    ),
    "a table without 关系": ([*PAIRS, ["", "姓名", "联系电话", "工作单位"], ["父亲", *FATHER], ["母亲", *MOTHER]], []),
    "父亲 beside the name": (
        [
            *PAIRS,
            ["父亲", "王建国", "联系电话", "13911112222", "工作单位", "铁路"],
            ["母亲", "李秀英", "联系电话", "13733334444", "工作单位", "医院"],
        ],
        [],
    ),
    "父亲姓名 and a phone behind it": (
        [
            *PAIRS,
            ["父亲姓名", "王建国", "联系电话", "13911112222", "工作单位", "铁路"],
            ["母亲姓名", "李秀英", "联系电话", "13733334444", "工作单位", "医院"],
        ],
        [],
    ),
    "groups over columns": (
        [
            ["三(2)班信息表"],
            ["基本信息", "", "", "", "", "", "父亲信息", "", "", "母亲信息", "", ""],
            [*HEAD, "姓名", "电话", "工作单位", "姓名", "电话", "工作单位"],
            [*ROW, *FATHER, *MOTHER],
        ],
        ["A1:L1", "A2:F2", "G2:I2", "J2:L2"],
    ),
    "家长姓名 twice": ([[*HEAD, *["家长姓名", "关系", "联系电话", "工作单位"] * 2], [*ROW, *WITH_RELATION]], []),
    "numbers behind": (
        [
            [*HEAD, *(f"{text}{who}" for who in "12" for text in ("监护人", "关系", "联系电话", "工作单位"))],
            [*ROW, *WITH_RELATION],
        ],
        [],
    ),
    "sections": (
        [
            ["一、学生基本信息"],
            *([label, text] for label, text in zip(HEAD, ROW, strict=True)),
            ["二、监护人一"],
            ["姓名", "王建国"],
            ["与学生关系", "父亲"],
            ["联系电话", "13911112222"],
            ["工作单位", "铁路"],
            ["三、监护人二"],
            ["姓名", "李秀英"],
            ["与学生关系", "母亲"],
            ["联系电话", "13733334444"],
            ["工作单位", "医院"],
        ],
        [],
    ),
    "in cells": (
        [
            ["姓名：王小明", "性别：男", "民族：汉族"],
            ["出生日期：20160101", "身份证号：140106201601010015", "现住址：太原市1号"],
            ["父亲姓名：王建国", "电话：13911112222", "工作单位：铁路"],
            ["母亲姓名：李秀英", "电话：13733334444", "工作单位：医院"],
        ],
        [],
    ),
    "a column a person": (
        [
            ["项目", "学生", "父亲", "母亲"],
            ["姓名", "王小明", "王建国", "李秀英"],
            ["性别", "男"],
            ["民族", "汉族"],
            ["出生日期", "20160101"],
            ["身份证号", "140106201601010015"],
            ["现住址", "太原市1号"],
            ["联系电话", "", "13911112222", "13733334444"],
            ["工作单位", "", "铁路", "医院"],
        ],
        [],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_family_is_found(way: str) -> None:
    rows, merged = WAYS[way]
    (child,) = read_paper(
        read_workbook(_xlsx(rows, merged), name="x.xlsx"), Labels.of(template("student-2022"))
    ).records
    assert {key: value.text for key, value in child.values.items()} == PUPIL | FAMILY


def test_a_date_and_options_in_cells_of_their_own() -> None:
    rows = [
        ["姓名", "王小明"],
        ["性别", "□男", "☑女"],
        ["民族", "汉族"],
        ["出生日期", "2016", "年", "1", "月", "1", "日"],
    ]
    (child,) = read_paper(read_workbook(_xlsx(rows), name="x.xlsx"), Labels.of(template("student-2022"))).records
    assert child.text("birth_date") == "2016年1月1日"
    assert child.text("sex") == "女"
    assert child.values["birth_date"].cell == "B4:G4"
