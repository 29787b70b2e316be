"""REQ: what must not be blank. One rule for each reason a form gives; the fields come from the forms."""

from __future__ import annotations

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules.registry import Hits, rule


@rule(
    "REQ001",
    Severity.ERROR,
    items=(50, 68, 100, 135),
    zh="必填项“{header}”为空",
    en="the required field {header} is blank",
    mend="按学生登记表补填",
    mend_en="Fill it in from the student's paper form",
    source="采集指标：带★为必采信息项；校验目录 50、100",
    bad=[{"name": ""}, {"health": ""}, {"member1.phone": ""}],
    good=[{"email": ""}],
)
def required_blank(table: Table) -> list[Hits]:
    hits = []
    absent = second_member_absent(table)
    for key, column in table.columns.items():
        if not column.field.required:
            continue
        blank = ~column.filled
        if column.field.member == 2:
            blank = blank & ~absent
        if blank.any():
            hits.append(Hits(np.flatnonzero(blank), key))
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
    good=[{"id_type": "其他", "id_number": ""}],
)
def conditionally_required_blank(table: Table) -> list[Hits]:
    hits = []
    for key, column in table.columns.items():
        condition = column.field.condition
        if condition is None or condition.key not in table:
            continue
        other = table[condition.key]
        holds = other.is_any(condition.value)
        if condition.negated:
            holds = other.readable & ~holds
        rows = np.flatnonzero(holds & ~column.filled)
        if len(rows):
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
    source="采集方案：家庭成员原则上填两名；校验目录 135",
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
    absent = second_member_absent(table)
    return Hits(np.flatnonzero(absent), "member2.name") if absent.any() else None


def second_member_absent(table: Table) -> np.ndarray:
    """Records in which nothing at all is filled for the second member."""
    filled = [column.filled for key, column in table.columns.items() if column.field.member == 2]
    if not filled or "member2.name" not in table:
        return np.zeros(len(table), dtype=np.bool_)
    return np.asarray(~np.logical_or.reduce(filled), dtype=np.bool_)
