"""SPE: special education, transport and support."""

from __future__ import annotations

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules.registry import Hits, rule

_NONE = "无残疾"
_INCLUSION = {
    "视力残疾随班就读": ("视力残疾",),
    "听力残疾随班就读": ("听力残疾",),
    "智力残疾随班就读": ("智力残疾",),
    "其他残疾随班就读": ("言语残疾", "肢体残疾", "精神残疾", "多重残疾", "其他残疾"),
}
_SPECIAL_SCHOOL = 51
_FORM_2020 = {"@form": "student-2022"}


@rule(
    "SPE001",
    Severity.ERROR,
    fields=("inclusion", "disability"),
    items=(130,),
    zh="随班就读“{inclusion}”与残疾类型“{disability}”不符",
    en="inclusion {inclusion} does not agree with the disability {disability}",
    mend="两项要对应，如视力残疾随班就读对应视力残疾",
    mend_en="They must correspond, as 视力残疾随班就读 with 视力残疾",
    source="洪山区登记程序对照表；校验目录 130",
    bad=[
        {"inclusion": "视力残疾随班就读", "disability": "听力残疾"},
        {"inclusion": "智力残疾随班就读", "disability": "无残疾"},
    ],
    good=[
        {"inclusion": "视力残疾随班就读", "disability": "视力残疾"},
        {"inclusion": "其他残疾随班就读", "disability": "肢体残疾"},
    ],
)
def inclusion_contradicts_disability(table: Table) -> Hits:
    wrong = np.zeros(len(table), dtype=np.bool_)
    blank = ~table["disability"].filled
    for inclusion, disabilities in _INCLUSION.items():
        fits = table.is_any("disability", *disabilities)
        judged = table.readable("disability") | blank
        wrong |= table.is_any("inclusion", inclusion) & judged & ~fits
    return Hits(np.flatnonzero(wrong), "inclusion", related=("disability",))


@rule(
    "SPE002",
    Severity.WARNING,
    fields=("inclusion", "disability"),
    items=(130,),
    zh="残疾类型是“{disability}”，随班就读却是“非随班就读”",
    en="disability {disability}, yet not in an inclusion programme",
    mend="在普通学校就读的残疾学生一般为随班就读，请核实",
    mend_en="Disabled pupils of ordinary schools are usually in inclusion; please check",
    source="洪山区登记程序对照表（特殊教育学校除外，故为警告）；校验目录 130",
    bad=[{"inclusion": "非随班就读", "disability": "视力残疾"}],
    good=[{"inclusion": "非随班就读", "disability": "无残疾"}],
)
def disabled_without_inclusion(table: Table) -> Hits:
    disabled = table.readable("disability") & ~table.is_any("disability", _NONE)
    wrong = table.is_any("inclusion", "非随班就读") & disabled
    if "school_code" in table:
        wrong &= table["school_code"].numbers_of(slice(0, 2), 10) != _SPECIAL_SCHOOL
    return Hits(np.flatnonzero(wrong), "inclusion", related=("disability",))


@rule(
    "SPE003",
    Severity.ERROR,
    fields=("disabled", "disability"),
    items=(131,),
    zh="是否残疾人填“{disabled}”，残疾类型却是“{disability}”",
    en="disabled is {disabled}, yet the disability is {disability}",
    mend="是残疾人的填残疾类型，不是的留空或填无残疾",
    mend_en="Fill in the type for disabled pupils, else leave it empty or write 无残疾",
    source="2022 采集表 16、36；校验目录 131",
    bad=[
        {**_FORM_2020, "disabled": "否", "disability": "视力残疾"},
        {**_FORM_2020, "disabled": "是", "disability": "无残疾", "special_attendance": "普通学校随班就读"},
    ],
    good=[{**_FORM_2020, "disabled": "是", "disability": "视力残疾", "special_attendance": "普通学校随班就读"}],
)
def disability_contradicts_gate(table: Table) -> Hits:
    none = table.is_any("disability", _NONE)
    some = table.readable("disability") & ~none
    wrong = (table.is_any("disabled", "否") & some) | (table.is_any("disabled", "是") & none)
    return Hits(np.flatnonzero(wrong), "disability", related=("disabled",))


@rule(
    "SPE005",
    Severity.ERROR,
    fields=("disabled", "special_attendance"),
    items=(131,),
    zh="是否残疾人填“否”，却填了特教学生就读类型“{special_attendance}”",
    en="disabled is 否, yet the special-needs attendance is {special_attendance}",
    mend="不是残疾人的留空；是的把“是否残疾人”改成“是”",
    mend_en="Leave it empty, or change disabled to 是",
    source="2022 采集表 37：第16项选“是”的填报；校验目录 131",
    bad=[{**_FORM_2020, "disabled": "否", "special_attendance": "普通学校随班就读"}],
    good=[{**_FORM_2020, "disabled": "否"}],
)
def attendance_contradicts_gate(table: Table) -> Hits:
    wrong = table.is_any("disabled", "否") & table.readable("special_attendance")
    return Hits(np.flatnonzero(wrong), "special_attendance", related=("disabled",))


@rule(
    "SPE004",
    Severity.WARNING,
    fields=("health", "disability"),
    items=(132,),
    zh="健康状况是残疾，残疾类型却是“{disability}”",
    en="health says disabled, yet the disability is {disability}",
    mend="对照残疾证核对两项",
    mend_en="Check both against the disability certificate",
    source="校验目录 132",
    bad=[{"health": "残疾", "disability": "无残疾"}],
    good=[{"health": "残疾", "disability": "视力残疾", "inclusion": "视力残疾随班就读"}],
)
def health_contradicts_disability(table: Table) -> Hits:
    wrong = table.is_any("health", "残疾") & table.is_any("disability", _NONE)
    return Hits(np.flatnonzero(wrong), "disability", related=("health",))


@rule(
    "SPE010",
    Severity.WARNING,
    fields=("transport", "school_bus"),
    items=(134,),
    zh="上下学方式是校车，却填不需要乘坐校车",
    en="transport is the school bus, yet no school bus is needed",
    mend="两项要一致",
    mend_en="They must agree",
    source="采集指标 47–48；校验目录 134",
    bad=[{"transport": "校车", "school_bus": "否"}],
    good=[{"transport": "校车", "school_bus": "是"}],
)
def school_bus_contradicts_transport(table: Table) -> Hits:
    wrong = table.is_any("transport", "校车") & table.is_any("school_bus", "否")
    return Hits(np.flatnonzero(wrong), "school_bus", related=("transport",))
