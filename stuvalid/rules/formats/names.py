"""How names are written."""

from __future__ import annotations

import re

from stuvalid.codes.characters import HAN, are_people
from stuvalid.codes.nonames import is_no_name
from stuvalid.findings import Severity
from stuvalid.rules.registry import Cell, Fault, rule

_HAN_CHARACTER = re.compile(rf"[{HAN}]")
_HAN_NAME = re.compile(rf"[{HAN}]+(?:·[{HAN}]+)*")
_DOT = re.compile(r"[.．•・‧∙⋅･●᛫｡。﹒、]")
# A dash between the parts of a name is meant as the dot, but it may also part two names.
_DASH = re.compile(r"(?<=[^-－—–‐‑‒―−])[-－—–‐‑‒―−](?=[^-－—–‐‑‒―−])")
# 某 stands for a name withheld where a surname is in front: 王某, 王某某.
_REMARK = re.compile(r"[(（\[【].*[)）\]】]?|[0-9]|(?<=[^某])某|..(?:曾用名|原名|又名|小名|乳名).")
_LONGEST_NAME = 25


@rule(
    "FMT001",
    Severity.ERROR,
    scope="cell",
    kinds=("name",),
    items=(53,),
    zh="“{value}”中的间隔号不规范，应为“·”",
    en="the separator in {value} should be the middle dot",
    mend="改用间隔号“·”，与户口簿一致；两个人的姓名分开填",
    mend_en="Use the middle dot as in the household register; two people take a cell each",
    source="少数民族姓名间隔号 U+00B7；校验目录 53",
    bad=[{"name": "买买提.艾力"}, {"name": "古丽•阿依"}, {"name": "古丽娜尔-艾力"}, {"member1.name": "王建国、李秀英"}],
    good=[{"name": "买买提·艾力"}],
)
def separator_in_name(cell: Cell) -> Fault | None:
    fixed = _DASH.sub("·", _DOT.sub("·", cell.value))
    if fixed == cell.value or not _HAN_NAME.fullmatch(fixed):
        return None
    if cell.companion in ("", "汉族", "汉") and are_people(fixed.split("·")):
        return Fault()
    return Fault(fix=fixed, safe=not _DASH.search(cell.value) and "、" not in cell.value)


@rule(
    "FMT002",
    Severity.WARNING,
    scope="cell",
    kinds=("name",),
    items=(56,),
    zh="姓名“{value}”中有数字、括号、“某”或附注",
    en="the name {value} holds digits, brackets, a stand-in (某) or a remark",
    mend="只填户口簿上的姓名，小名、曾用名不要写在这里",
    mend_en="Write only the name of the household register",
    source="校验目录 56",
    bad=[{"name": "张三丰(小)"}, {"name": "李小明2"}, {"name": "王小明曾用名李明"}, {"name": "王某某"}],
    good=[{"name": "李小明"}, {"name": "王原名"}],
)
def remark_in_name(cell: Cell) -> Fault | None:
    # What holds no character of a name at all, such as a number that slipped here, is no name with a remark.
    return Fault() if _HAN_CHARACTER.search(cell.value) and _REMARK.search(cell.value) else None


@rule(
    "FMT003",
    Severity.ERROR,
    scope="cell",
    kinds=("name",),
    items=(52,),
    zh="姓名“{value}”中有汉字以外的字符",
    en="the name {value} holds characters that are not Chinese",
    mend="填户口簿上的汉字姓名；外国学生填正式的汉字译名",
    mend_en="Write the Chinese name of the register; foreigners their formal Chinese name",
    source="采集指标 1：汉字姓名；襄阳导入程序【姓名】只能为汉字；校验目录 52",
    bad=[{"name": "王xiao明"}, {"name": "LiMing"}, {"name": "20150303"}, {"member1.name": "13912345678"}],
    good=[{"name": "李明"}, {"name": "买买提·艾力"}],
)
def name_not_chinese(cell: Cell) -> Fault | None:
    return None if _HAN_NAME.fullmatch(cell.value) else Fault()


@rule(
    "FMT004",
    Severity.WARNING,
    scope="cell",
    kinds=("name",),
    items=(54,),
    zh="姓名“{value}”有{length}个字，{odd}",
    en="the name {value} has {length} characters: {odd_en}",
    mend="对照户口簿核对姓名是否完整",
    mend_en="Check the name against the household register",
    source="校验目录 54",
    bad=[{"name": "王"}],
    good=[{"name": "王明"}],
)
def odd_length_of_name(cell: Cell) -> Fault | None:
    length = len(cell.value)
    if length == 1:
        return Fault(params={"length": "1", "odd": "可能没有写全", "odd_en": "perhaps not the whole of it"})
    if length > _LONGEST_NAME:
        return Fault(
            params={"length": str(length), "odd": "可能多写了内容", "odd_en": "perhaps something else was added"}
        )
    return None


@rule(
    "FMT005",
    Severity.WARNING,
    scope="cell",
    kinds=("name",),
    items=(56,),
    zh="“{value}”是称呼或情况说明，不像姓名",
    en="{value} says who or what somebody is; it does not look like a name",
    mend="填户口簿上的姓名；没有这个人的，整组留空",
    mend_en="Write the name of the household register; where there is no such person, leave the whole group empty",
    source="采集指标 1、49、61：姓名与户口簿一致；校验目录 56",
    bad=[
        {"member1.name": "爸爸"},
        {"member1.name": "王小明的妈妈"},
        {"member1.name": "曾先生"},
        {"member2.name": "已故"},
        {"name": "转走"},
        {"name": "一年级二班王小明"},
    ],
    good=[{"name": "王学生"}, {"name": "班小明"}, {"member1.name": "王亲"}, {"name": "三班"}],
)
def no_name(cell: Cell) -> Fault | None:
    return Fault() if is_no_name(cell.value) else None
