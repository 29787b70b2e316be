"""Way of entry, membership, and the social items of the record."""

from __future__ import annotations

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Table
from stuvalid.rules.registry import Hits, rule

_COMPULSORY = ("就近入学", "义务教育阶段其他")
_SENIOR = ("统一招生考试/普通入学", "体育特招", "艺术特招", "高中阶段其他")


@rule(
    "ENR010",
    Severity.ERROR,
    fields=("entry_way", "class_code"),
    items=(115,),
    zh="入学方式“{entry_way}”不属于该学段（班号 {class_code}）",
    en="the way of entry {entry_way} does not belong to the stage of class {class_code}",
    mend="义务教育填就近入学或义务教育阶段其他；高中填统一招生考试/普通入学等",
    mend_en="Compulsory stages: 就近入学 or 义务教育阶段其他; senior high: 统一招生考试/普通入学 and so on",
    source="采集指标 25；校验目录 115",
    bad=[
        {"entry_way": "统一招生考试/普通入学"},
        {"class_code": "2013301", "school_code": "3414010068", "entry_way": "就近入学"},
    ],
    good=[{"entry_way": "就近入学"}],
)
def entry_way_of_other_stage(table: Table) -> Hits:
    stages = table["class_code"].numbers_of(slice(4, 5), 7)
    wrong = ((stages == 1) | (stages == 2)) & table.is_any("entry_way", *_SENIOR)
    wrong |= (stages == 3) & table.is_any("entry_way", *_COMPULSORY)
    return Hits(np.flatnonzero(wrong), "entry_way", related=("class_code",))


@rule(
    "ENR011",
    Severity.WARNING,
    fields=("political_status", "birth_date"),
    items=(119,),
    zh="政治面貌“{political_status}”，但学生只有{age}周岁",
    en="political status {political_status} at the age of {age}",
    mend="小学生填群众；共青团员须满14周岁，中共党员须满18周岁",
    mend_en="Members of the League are at least 14, of the Party at least 18",
    source="团章、党章年龄规定；校验目录 119",
    bad=[
        {
            "id_type": "其他",
            "id_number": "",
            "birth_date": "20190101",
            "class_code": "2025101",
            "enrolment_month": "202509",
            "political_status": "中共党员",
        }
    ],
    good=[{"political_status": "群众"}],
)
def too_young_for_membership(table: Table) -> Hits | None:
    births = table.births.get("birth_date")
    if births is None:
        return None
    today = int(table.today.strftime("%Y%m%d"))
    ages = (today - births) // 10000
    known = births > 0
    wrong = known & (ages < 18) & table.is_any("political_status", "中共党员", "中共预备党员")
    wrong |= known & (ages < 14) & table.is_any("political_status", "共青团员")
    rows = np.flatnonzero(wrong)
    return Hits(rows, "political_status", {"age": ages[rows].astype(str).tolist()}, related=("birth_date",))


@rule(
    "ENR020",
    Severity.WARNING,
    fields=("only_child",),
    items=(124,),
    zh="独生子女填“是”，家庭成员中却有兄弟姐妹",
    en="only child is 是, yet a sibling is among the family members",
    mend="持有独生子女证才填“是”，请核实",
    mend_en="是 is for holders of the certificate; please check",
    source="采集指标 35；校验目录 124",
    bad=[{"only_child": "是", "member2.relation": "兄弟姐妹"}],
    good=[{"only_child": "是"}],
)
def only_child_with_sibling(table: Table) -> Hits:
    sibling = table.is_any("member1.relation", "兄弟姐妹") | table.is_any("member2.relation", "兄弟姐妹")
    return Hits(np.flatnonzero(table.is_any("only_child", "是") & sibling), "only_child", related=("member2.relation",))


@rule(
    "ENR021",
    Severity.WARNING,
    fields=("orphan",),
    items=(125,),
    zh="孤儿填“是”，监护人却是父亲或母亲",
    en="orphan is 是, yet a parent is the guardian",
    mend="以民政部门证明为准，请核实",
    mend_en="The certificate of the competent department decides; please check",
    source="采集指标 39；校验目录 125",
    bad=[{"orphan": "是"}],
    good=[{"orphan": "否"}],
)
def orphan_with_parent(table: Table) -> Hits:
    parent = np.zeros(len(table), dtype=np.bool_)
    for n in (1, 2):
        parent |= table.is_any(f"member{n}.relation", "父亲", "母亲") & table.is_any(f"member{n}.guardian", "是")
    return Hits(np.flatnonzero(table.is_any("orphan", "是") & parent), "orphan", related=("member1.relation",))


def _left_behind(table: Table) -> tuple[Mask, str]:
    """Records marked as left behind, and the field that says so."""
    old = table.is_any("left_behind", "单亲留守儿童", "双亲留守儿童")
    new = table.is_any("rural_left_behind", "是", "单亲留守儿童", "双亲留守儿童")
    return (old, "left_behind") if "left_behind" in table else (new, "rural_left_behind")


@rule(
    "ENR022",
    Severity.WARNING,
    items=(126,),
    zh="同一学生既是留守儿童，又是进城务工人员随迁子女",
    en="the pupil is both left behind and a migrant child",
    mend="两者只能居其一，请核实",
    mend_en="It can only be one of them; please check",
    source="采集指标 37–38 定义；校验目录 126",
    bad=[{"left_behind": "双亲留守儿童", "migrant_child": "是", "household_type": "农业户口"}],
    good=[{"left_behind": "非留守儿童"}],
)
def left_behind_and_migrant(table: Table) -> Hits | None:
    left, key = _left_behind(table)
    if key not in table or "migrant_child" not in table:
        return None
    return Hits(np.flatnonzero(left & table.is_any("migrant_child", "是")), "migrant_child", related=(key,))


@rule(
    "ENR023",
    Severity.WARNING,
    fields=("household_type",),
    items=(127,),
    zh="留守儿童，户口性质却是“{household_type}”",
    en="left behind, yet the household is {household_type}",
    mend="留守儿童须为农村户籍，请核实",
    mend_en="Left-behind children have a rural household; please check",
    source="国务院2016年定义：农村户籍；校验目录 127",
    bad=[{"left_behind": "双亲留守儿童", "household_type": "非农业户口"}],
    good=[{"left_behind": "双亲留守儿童", "household_type": "农业户口"}],
)
def left_behind_in_town(table: Table) -> Hits | None:
    left, key = _left_behind(table)
    if key not in table:
        return None
    rows = np.flatnonzero(left & table.is_any("household_type", "非农业户口"))
    return Hits(rows, key, related=("household_type",))


@rule(
    "ENR030",
    Severity.WARNING,
    fields=("name", "former_name"),
    items=(57,),
    zh="曾用名与姓名相同",
    en="the former name is the same as the name",
    mend="没有曾用名就留空",
    mend_en="Leave it empty if there is none",
    source="采集指标 15：曾正式使用过的姓名；校验目录 57",
    bad=[{"name": "李小明", "former_name": "李小明"}],
    good=[{"name": "李小明", "former_name": "李大明"}],
)
def former_name_same(table: Table) -> Hits:
    rows = np.flatnonzero(table["former_name"].same_as(table["name"]))
    return Hits(rows, "former_name", related=("name",))
