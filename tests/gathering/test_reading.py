"""Every layout, in our words and in class teachers', gives the record that was written into it."""

from __future__ import annotations

import random

import pytest

import samples.parents_word  # noqa: F401 - adds the layouts in Word
from samples.parents import LAYOUTS, _csv, _xlsx, reworded
from samples.people import People
from stuvalid.excel import read_workbook
from stuvalid.forms import template
from stuvalid.gathering.labels import Labels, heading, is_hint
from stuvalid.gathering.reading import PaperReading, read_paper
from stuvalid.gathering.ticks import ticked
from stuvalid.gathering.word import read_docx

FORM, LARGE = template("student-2022"), template("student-2013")


def _read(data: bytes, suffix: str = ".xlsx", form: str = FORM.id) -> PaperReading:
    workbook = read_docx(data) if suffix == ".docx" else read_workbook(data, name=f"x{suffix}")
    return read_paper(workbook, Labels.of(template(form)))


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_a_layout_is_read_cell_by_cell(name: str) -> None:
    number = list(LAYOUTS).index(name)
    for form in (FORM, LARGE):
        record = next(People(number).rows(form, 1))
        for words in (form, reworded(form, random.Random(number))):
            suffix, data = LAYOUTS[name](words, record, random.Random(number))
            (child,) = _read(data, suffix, form.id).records
            assert {key: value.text for key, value in child.values.items()} == {k: v for k, v in record.items() if v}


@pytest.mark.parametrize(
    ("text", "key", "who"),
    [
        ("1、姓名", "name", ""),
        ("2.身份证号（必填）", "id_number", ""),
        ("Q3_您孩子的出生日期是？", "birth_date", "pupil"),
        ("父亲手机号码", "phone", "父亲"),
        ("家庭成员（二）与学生关系", "relation", "2"),
        ("姓名(成员1)", "name", "1"),
        ("第一监护人姓名", "name", "1"),
        ("联系电话（母亲）", "phone", "母亲"),
        ("户籍所在地（详细地址）", "household_address", ""),
    ],
)
def test_labels(text: str, key: str, who: str) -> None:
    meaning = Labels.of(FORM).meaning(text)
    assert meaning is not None
    assert key in (meaning.key, meaning.leaf)
    assert meaning.who == who


@pytest.mark.parametrize("text", ["张三", "姓名：张三", "男", "20150305", "王监护", "如意", "身高", "", "太原市迎泽区"])
def test_no_label(text: str) -> None:
    assert Labels.of(FORM).meaning(text) is None
    assert not is_hint(text)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("☑男 □女", "男"),
        ("男□ 女☑", "女"),
        ("[√]是 [ ]否", "是"),
        ("√男 女", "男"),
        ("男√ 女", "男"),
        ("□男 □女", ""),
        ("☑男 ☑女", None),
        ("（ ）是（√）否", "否"),
        ("√", None),
    ],
)
def test_ticks(text: str, chosen: str | None) -> None:
    assert ticked(text) == chosen


def test_values_stay_as_they_are() -> None:
    rows = [
        ["姓名", " 王  小明 "],
        ["性别", "女"],
        ["身份证号", "'0140106"],
        ["民族", "汉"],
        ["证件类型", "身份证"],
        ["现住址", "=1+1"],
    ]
    (child,) = _read(_xlsx(rows)).records
    assert [value.text for value in child.values.values()] == [" 王  小明 ", "女", "'0140106", "汉", "身份证", "=1+1"]


def test_printed_texts_are_no_values() -> None:
    rows = [
        ["姓名", "（请填写）"],
        ["性别", "□男 □女"],
        ["出生日期", "如：20150305"],
        ["民族", "____"],
        ["年级", "三年级"],
    ]
    (child,) = _read(_xlsx(rows)).records
    assert set(child.values) == {"grade"}


def test_two_children_below_one_another() -> None:
    rows = [["姓名", "王小明", "性别", "女"], ["出生日期", "20160101", "民族", "汉族"], ["成员1姓名", "王建国"]]
    again = [["姓名", "王小亮", "性别", "男"], ["出生日期", "20170101", "民族", "汉族"], ["成员1姓名", "王建国"]]
    assert [child.text("name") for child in _read(_xlsx([*rows, *again])).records] == ["王小明", "王小亮"]


def test_a_second_name_without_more_is_of_the_family() -> None:
    rows = [
        ["姓名", "王小明"],
        ["性别", "女"],
        ["出生日期", "20160101"],
        ["姓名", "王建国"],
        ["关系", "父亲"],
        ["联系电话", "139"],
    ]
    (child,) = _read(_csv(rows, "gb18030"), ".csv").records
    assert child.text("member1.name") == "王建国"
    assert child.text("member1.phone") == "139"


def test_headings() -> None:
    assert heading("二、学生家庭成员或监护人信息（一）") == "1"
    assert heading("父亲情况") == "父亲"
    assert heading("家庭主要成员") == "members"
    assert heading("学生个人基础信息") == "pupil"
    assert not heading("张建国")
