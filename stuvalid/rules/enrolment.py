"""ENR: class, stage, way of entry and the social items of the record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Part, Rows, Table
from stuvalid.rules.registry import Hits, rule

# First two digits of the school code -> stages the school may have (class code digit 5).
_STAGES = {"21": (1,), "31": (1, 2, 3), "32": (2,), "34": (1, 2, 3), "37": (2, 3)}
_YEARS = {1: 6, 2: 4, 3: 4}
_COMPULSORY = ("就近入学", "义务教育阶段其他")
_SENIOR = ("统一招生考试/普通入学", "体育特招", "艺术特招", "高中阶段其他")
_LARGEST_CLASS = 66
_USUAL_CLASS = 10


@rule(
    "ENR001",
    Severity.ERROR,
    fields=("class_code", "enrolment_month"),
    items=(42,),
    zh="班号 {class_code} 的入学年份与入学年月 {enrolment_month} 不一致",
    en="the year of class {class_code} differs from the month of entry {enrolment_month}",
    mend="核对班号和入学年月，两者年份应相同",
    mend_en="Check both: their years must agree",
    source="班号编码规则：前4位为入学年份；校验目录 42",
    bad=[{"class_code": "2013101", "enrolment_month": "201409"}],
    good=[{"class_code": "2013101", "enrolment_month": "201309"}],
)
def class_year_contradicts_entry(table: Table) -> list[Hits]:
    wrong_months, wrong_classes = _contradicting_years(table)
    return [
        Hits(np.flatnonzero(wrong_months), "enrolment_month", related=("class_code",)),
        Hits(np.flatnonzero(wrong_classes), "class_code", related=("enrolment_month",)),
    ]


def _contradicting_years(table: Table) -> tuple[Mask, Mask]:
    """Records whose month of entry, and those whose class code, is the odd one of the two years."""
    classes = table["class_code"].numbers_of(slice(0, 7), 7)
    years = table["enrolment_month"].numbers_of(slice(0, 4), 6)
    differs = (classes > 0) & (years > 0) & (classes // 1000 != years)
    # Where classmates have the code's year, the month is the odd one; a code nobody shares is odd itself.
    shared = np.zeros(len(table), dtype=np.bool_)
    if differs.any():
        shared = np.isin(classes, classes[(classes > 0) & (classes // 1000 == years)])
    return differs & shared, differs & ~shared


@rule(
    "ENR002",
    Severity.ERROR,
    fields=("class_code", "school_code"),
    items=(41,),
    zh="班号 {class_code} 的学段与学校标识码 {school_code} 的办学类型不符",
    en="the stage of class {class_code} does not fit the school code {school_code}",
    mend="核对班号第5位：1小学 2初中 3高中",
    mend_en="Check digit 5 of the class code: 1 primary, 2 junior, 3 senior",
    source="班号编码规则、学校标识码类别；校验目录 41",
    bad=[{"class_code": "2013201", "school_code": "2114010068"}],
    good=[{"class_code": "2013101", "school_code": "2114010068"}],
)
def class_stage_contradicts_school(table: Table) -> Hits | None:
    return Hits(np.flatnonzero(_foreign_stage(table)), "class_code", related=("school_code",))


def _foreign_stage(table: Table) -> Mask:
    """Records whose class is of a stage that their school does not have."""
    stages = table["class_code"].numbers_of(slice(4, 5), 7)
    categories = table["school_code"].numbers_of(slice(0, 2), 10)
    wrong = np.zeros(len(table), dtype=np.bool_)
    for category, allowed in _STAGES.items():
        fits = np.logical_or.reduce([stages == stage for stage in allowed])
        wrong |= (categories == int(category)) & (stages > 0) & ~fits
    return wrong


@rule(
    "ENR003",
    Severity.WARNING,
    fields=("class_code",),
    items=(46,),
    zh="班号 {class_code} 的入学年份比本表最新的班级早{years}年，按学制应已毕业",
    en="class {class_code} began {years} years before the newest class here and should have left",
    mend="核对班号前4位",
    mend_en="Check the first four digits of the class code",
    source="学制：小学6年，初中、高中3–4年；校验目录 46",
    bad=[
        [
            {
                "class_code": "2005101",
                "enrolment_month": "200509",
                "id_type": "其他",
                "id_number": "",
                "birth_date": "19990101",
            },
            {},
        ]
    ],
    good=[{}],
)
def class_beyond_schooling(table: Table) -> list[Hits]:
    classes = table["class_code"].numbers_of(slice(0, 5), 7)
    hits = []
    for part in table.parts:
        rows = _rows_of(part)
        years, stages = classes[rows] // 10, classes[rows] % 10
        for stage, limit in _YEARS.items():
            mine = (stages == stage) & (years > 0)
            if mine.any():
                newest = years[mine].max()
                old = rows[mine & (newest - years > limit)]
                gaps = (newest - classes[old] // 10).astype(str).tolist()
                hits.append(Hits(old, "class_code", {"years": gaps}))
    return hits


@rule(
    "ENR004",
    Severity.WARNING,
    fields=("class_code",),
    items=(44, 47),
    zh="班号 {class_code} 在本表中只有这一名学生，班号可能写错",
    en="class {class_code} has only this pupil here; the code may be wrong",
    mend="与系统中的班级列表核对",
    mend_en="Compare it with the class list of the system",
    source="导入前班级须已建立；校验目录 44、47",
    bad=[[*({},) * 30, {"class_code": "2013109"}]],
    good=[[{}, {}]],
)
def class_of_one(table: Table) -> Hits:
    alone = [
        rows[classes == code]
        for rows, classes, codes, sizes in _class_sizes(table)
        if np.median(sizes) >= _USUAL_CLASS
        for code in codes[sizes == 1]
    ]
    rows = np.concatenate(alone) if alone else np.empty(0, dtype=np.intp)
    return Hits(rows[~_told_of_class(table)[rows]], "class_code")


def _told_of_class(table: Table) -> Mask:
    """Records whose class code the rules above already speak of: a code that is wrong is alone for that reason."""
    told = np.zeros(len(table), dtype=np.bool_)
    if "school_code" in table:
        told |= _foreign_stage(table)
    if "enrolment_month" in table:
        told |= _contradicting_years(table)[1]
    return told


@rule(
    "ENR005",
    Severity.INFO,
    fields=("class_code",),
    items=(47,),
    zh="班号 {class_code} 有{size}名学生，属大班额",
    en="class {class_code} has {size} pupils, more than a class should have",
    mend="核对是否两个班写成了同一个班号",
    mend_en="Check whether two classes were given one code",
    source="校验目录 47（自拟界限66人，故为提示）",
    bad=[[{}] * 70],
    good=[[{}] * 40],
)
def oversized_class(table: Table) -> Hits:
    first, counts = [], []
    for rows, classes, codes, sizes in _class_sizes(table):
        for code, size in zip(codes, sizes, strict=True):
            if size > _LARGEST_CLASS:
                first.append(int(rows[classes == code][0]))
                counts.append(str(size))
    return Hits(np.array(first, dtype=np.intp), "class_code", {"size": counts})


def _rows_of(part: Part) -> Rows:
    return np.arange(part.offset, part.offset + len(part.rows))


def _class_sizes(table: Table) -> Iterator[tuple[Rows, npt.NDArray[np.int64], npt.NDArray[np.int64], Rows]]:
    """For each sheet: positions with a class, their classes, the distinct classes and how often each occurs."""
    classes = table["class_code"].numbers_of(slice(0, 7), 7)
    for part in table.parts:
        rows = _rows_of(part)
        rows = rows[classes[rows] > 0]
        if len(rows):
            codes, sizes = np.unique(classes[rows], return_counts=True)
            yield rows, classes[rows], codes, sizes


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
    "ENR012",
    Severity.ERROR,
    fields=("school_code",),
    items=(20, 37),
    zh="学校标识码 {school_code} 与本表其他学生的 {usual} 不同",
    en="the school code {school_code} differs from {usual} of the other pupils here",
    mend="一个文件只放一所学校的学生；写错的改正",
    mend_en="Keep one school to a file; mend it if it is a mistake",
    source="导入按学校进行；校验目录 20、37",
    bad=[[{}, {}, {"school_code": "2114010069"}]],
    good=[[{}, {}]],
)
def school_code_of_another_school(table: Table) -> list[Hits]:
    codes = table["school_code"].numbers_of(slice(0, 10), 10)
    hits = []
    for part in table.parts:
        rows = _rows_of(part)
        mine = codes[rows]
        found, sizes = np.unique(mine[mine > 0], return_counts=True)
        if len(found) > 1:
            usual = found[np.argmax(sizes)]
            odd = rows[(mine > 0) & (mine != usual)]
            hits.append(Hits(odd, "school_code", {"usual": [str(usual)] * len(odd)}))
    return hits


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
