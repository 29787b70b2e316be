"""REQ: what must not be blank. One rule for each reason a form gives; the fields come from the forms."""

from __future__ import annotations

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.model import Condition
from stuvalid.forms.table import Column, Mask, Rows, Table
from stuvalid.rules.registry import Hits, rule

_STATELESS = {"nationality": "无国籍（无国籍人）", "overseas_status": "外国人"}


@rule(
    "REQ001",
    Severity.ERROR,
    items=(50, 68, 100, 135),
    zh="必填项“{header}”为空",
    en="the required field {header} is blank",
    mend="按学生登记表补填",
    mend_en="Fill it in from the student's paper form",
    source="采集指标：带★为必采信息项；校验目录 50、100",
    bad=[{"name": ""}, {"health": ""}, {"member1.phone": ""}, {"birthplace_division": ""}],
    good=[
        {"email": ""},
        {
            "id_type": "护照",
            "id_number": "E12345678",
            "nationality": "美国",
            "overseas_status": "外国人",
            "birthplace_division": "",
            "native_place": "",
            "household_division": "",
            "household_type": "",
        },
    ],
)
def required_blank(table: Table) -> list[Hits]:
    hits = []
    for key, column in table.columns.items():
        empty = _is_empty(column)
        if column.field.required and empty.any():
            hits.append(Hits(np.flatnonzero(_wanted(table, key) & empty & ~table.half_filled), key))
    return hits


@rule(
    "REQ002",
    Severity.ERROR,
    items=(68, 131, 136),
    zh="“{other}”为“{other_value}”时，“{header}”不能为空",
    en="{header} must be filled when {other} is {other_value}",
    mend="按学生登记表补填",
    mend_en="Fill it in from the student's paper form",
    source="采集指标 9、51；2022 采集表 36–37；校验目录 68、131、136",
    bad=[{"id_number": ""}, {"member1.relation": "其他", "member1.relation_note": ""}],
    good=[{"id_type": "其他", "id_number": "", **_STATELESS}],
)
def conditionally_required_blank(table: Table) -> list[Hits]:
    hits = []
    for key, column in table.columns.items():
        condition = column.field.condition
        empty = _is_empty(column)
        if condition is None or condition.key not in table or not empty.any():
            continue
        other = table[condition.key]
        rows = np.flatnonzero(_wanted(table, key) & empty & ~table.half_filled)
        params = {"other": [other.field.header] * len(rows), "other_value": other.texts(rows)}
        hits.append(Hits(rows, key, params, related=(condition.key,)))
    return hits


@rule(
    "REQ003",
    Severity.ERROR,
    items=(135,),
    zh="只填了一名家庭成员，原则上须填两名",
    en="only one family member is given; two are required in principle",
    mend="补填第二名成员；确实没有的（如单亲）请在上报时说明",
    mend_en="Add the second member, or explain its absence when submitting",
    source="登记表填表说明：家庭成员原则上填两名（采集指标 49–72）；校验目录 135",
    bad=[
        {
            f"member2.{key}": ""
            for key in (
                "name",
                "relation",
                "relation_note",
                "home_address",
                "household_division",
                "phone",
                "guardian",
                "id_type",
                "id_number",
                "ethnicity",
                "employer",
                "post",
            )
        }
    ],
    good=[{}],
)
def second_member_blank(table: Table) -> Hits | None:
    if "member2.name" not in table or not table["member2.name"].field.required:
        return None  # a city's form may leave the second member open
    absent = table.lacks_second_member & ~table.half_filled
    return Hits(np.flatnonzero(absent), "member2.name") if absent.any() else None


@rule(
    "REQ004",
    Severity.ERROR,
    items=(32, 50, 68, 100),
    zh="必填项“{header}”填的是“{value}”，等于没有填",
    en="{value} in the required field {header} is as good as nothing",
    mend="补上真实内容；不知道的向家长问清",
    mend_en="Write the real value; ask the parents where it is not known",
    source="采集指标：带★为必采信息项；校验目录 32、50",
    bad=[
        {"name": "无"},
        {"home_address": "同上"},
        {"phone": "——"},
        {"postcode": "0"},
        {"id_number": "不详"},
        {"member1.relation": "其他", "member1.relation_note": "/"},
    ],
    good=[{"id_type": "其他", "id_number": "", **_STATELESS}, {"school_distance": "0"}],
)
def placeholder_for_required(table: Table) -> list[Hits]:
    hits = []
    for key, column in table.columns.items():
        if column.placeholders is not None:
            hits.append(Hits(np.flatnonzero(_wanted(table, key) & column.placeholders), key))
    return hits


@rule(
    "REQ005",
    Severity.ERROR,
    items=(50, 100, 135),
    zh="这一行只填了一部分，还缺{count}项必填：{headers}",
    en="this row is filled in part only; {count} required fields are blank: {headers}",
    mend="按学生登记表一次补全；不是学生就删去这一行",
    mend_en="Complete it from the student's paper form, or delete the row if it is no pupil",
    source="采集指标：带★为必采信息项；校验目录 50、100",
    bad=[[{}, {"@only": {"school_code": "2114010068", "name": "王小明", "sex": "男"}}]],
    good=[{}],
)
def row_half_filled(table: Table) -> Hits | None:
    rows = np.flatnonzero(table.half_filled)
    if not len(rows):
        return None
    asked = {key: _asked_of_half(table, key) & ~table[key].filled for key in table.columns}
    headers = [[table[key].field.header for key, blank in asked.items() if blank[row]] for row in rows]
    at = "name" if "name" in table else next(iter(table.columns))
    params = {"count": [str(len(names)) for names in headers], "headers": ["、".join(names) for names in headers]}
    return Hits(rows, at, params)


def _asked_of_half(table: Table, key: str) -> Mask:
    """What a half-filled record has to be completed with at once, what follows from other blanks included."""
    entry = table[key].field
    condition = entry.condition
    if condition is None:
        return np.full(len(table), entry.required, dtype=np.bool_)
    holds = _holds(table, condition)
    # 证件类型 is blank still: nearly every document has a number, and nearly no relation needs an explanation.
    return holds | ~table[condition.key].filled if condition.negated and condition.key in table else holds


def optional_placeholders(table: Table, key: str) -> Rows:
    """Records that hold a placeholder where nothing is asked for (and not for a member who is not there at all)."""
    column = table[key]
    if column.placeholders is None:
        return np.empty(0, dtype=np.intp)
    told = _wanted(table, key)
    if column.field.member == 2:
        told = told | table.lacks_second_member
    return np.flatnonzero(column.placeholders & ~told)


def _wanted(table: Table, key: str) -> Mask:
    """Records in which the form asks for this field; not those where the field that decides it cannot be read."""
    column = table[key]
    entry = column.field
    if entry.condition is not None:
        wanted = _holds(table, entry.condition)
    elif entry.required:
        wanted = np.ones(len(table), dtype=np.bool_)
    else:
        return np.zeros(len(table), dtype=np.bool_)
    for exempt in entry.exempt:
        if exempt.key in table:
            other = table[exempt.key]
            wanted &= ~_holds(table, exempt) & ~(other.filled & ~other.readable)
    if entry.member == 2 and entry.required:
        wanted &= ~table.lacks_second_member
    return wanted


def _holds(table: Table, condition: Condition) -> Mask:
    """Records whose other field is readable and meets the condition."""
    if condition.key not in table:
        return np.zeros(len(table), dtype=np.bool_)
    other = table[condition.key]
    holds = other.is_any(*condition.values)
    return np.asarray(other.readable & ~holds if condition.negated else holds, dtype=np.bool_)


def _is_empty(column: Column) -> Mask:
    """Nothing stands in the cell, not even a placeholder."""
    return np.asarray(column.lengths == 0, dtype=np.bool_)
