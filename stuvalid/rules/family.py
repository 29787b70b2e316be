"""FAM: family members and guardians."""

from __future__ import annotations

import re

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Table
from stuvalid.rules.registry import Hits, rule

_LEAST_GAP = 16
_ELDERS = ("父亲", "母亲", "祖父母或外祖父母")
_WORKPLACE = re.compile(r"公司|工厂|学校|小学|中学|大学|医院|银行|集团|乡政府|镇政府|局$|厂$|村委会")
_POST = re.compile(
    r"^(?:教师|老师|工人|职员|农民|务农|经理|司机|会计|医生|护士|个体|自由职业|主任|科长|处长|厂长|校长|员工|技术员|工程师)$"
)


@rule(
    "FAM001",
    Severity.ERROR,
    items=(138,),
    zh="没有一名成员填为监护人",
    en="no family member is marked as guardian",
    mend="至少一名成员的“是否监护人”填“是”",
    mend_en="Mark at least one member as guardian",
    source="采集指标 57：必填重要数据项；校验目录 138",
    bad=[{"member1.guardian": "否", "member2.guardian": "否"}],
    good=[{}],
)
def no_guardian(table: Table) -> Hits | None:
    if not table.has("member1.guardian", "member2.guardian"):
        return None
    first, second = table["member1.guardian"], table["member2.guardian"]
    said = table.is_any("member1.guardian", "否") & (table.is_any("member2.guardian", "否") | ~second.filled)
    said |= ~first.filled & table.is_any("member2.guardian", "否")
    return Hits(np.flatnonzero(said), "member1.guardian", related=("member2.guardian",))


@rule(
    "FAM002",
    Severity.ERROR,
    fields=("id_number",),
    items=(137,),
    zh="学生没有证件号，成员{member}的“{missing}”必填",
    en="the pupil has no number: {missing} of family member {member} is required",
    mend="补填成员的身份证件类型和号码",
    mend_en="Fill in type and number of the members' documents",
    source="采集指标 58–59、70–71：学生证件号为空时两名成员的身份证信息均必填；校验目录 137",
    bad=[
        {"id_type": "其他", "id_number": "", "member1.id_number": "", "member2.id_number": ""},
        {"id_type": "其他", "id_number": "", "member2.id_number": ""},
        {"id_type": "其他", "id_number": "", "member1.id_type": ""},
    ],
    good=[{"id_type": "其他", "id_number": "", "nationality": "无国籍（无国籍人）", "overseas_status": "外国人"}],
)
def no_number_in_family(table: Table) -> list[Hits]:
    hits = []
    # A half-filled row is told whole; its number is among what it lacks, unless the type says that there is none.
    numberless = ~table["id_number"].filled & (~table.half_filled | table.is_any("id_type", "其他"))
    for n in (1, 2):
        present = ~table.lacks_second_member if n == 2 else np.ones(len(table), dtype=np.bool_)
        for part in ("id_number", "id_type"):
            key = f"member{n}.{part}"
            # Where the form itself asks for it the blank cell is told already.
            if key not in table or table[key].field.required:
                continue
            rows = np.flatnonzero(numberless & present & ~table[key].filled)
            params = {"member": [str(n)] * len(rows), "missing": [table[key].field.header] * len(rows)}
            hits.append(Hits(rows, key, params, related=("id_number",)))
    return hits


@rule(
    "FAM003",
    Severity.WARNING,
    fields=("member1.name", "member2.name"),
    items=(139,),
    zh="成员2与成员1是同一个人",
    en="the second member is the same person as the first",
    mend="成员2填另一名家庭成员",
    mend_en="Give another family member",
    source="校验目录 139",
    bad=[{"member1.name": "王大山", "member2.name": "王大山", "member1.id_number": "", "member2.id_number": ""}],
    good=[{}],
)
def members_are_one_person(table: Table) -> Hits:
    same_name = table["member1.name"].same_as(table["member2.name"])
    first, second = table.numbers.get("member1.id_number"), table.numbers.get("member2.id_number")
    if first is None or second is None:
        return Hits(np.flatnonzero(same_name), "member2.name", related=("member1.name",))
    both = first.resident & second.resident
    wrong = (same_name & ~both) | (both & (first.body == second.body))
    return Hits(np.flatnonzero(wrong), "member2.name", related=("member1.name",))


@rule(
    "FAM004",
    Severity.WARNING,
    items=(140,),
    zh="关系是“{value}”，身份证号却是{sex}性的",
    en="the relation is {value}, yet the number is a {sex_en}'s",
    mend="核对关系和身份证号",
    mend_en="Check the relation and the number",
    source="GB 11643-1999 第17位；校验目录 140",
    bad=[{"member1.relation": "母亲", "member1.id_number": "110105198001010016"}],
    good=[{}],
)
def relation_contradicts_sex(table: Table) -> list[Hits]:
    hits = []
    for n in (1, 2):
        relation, number = f"member{n}.relation", table.numbers.get(f"member{n}.id_number")
        if number is None or relation not in table:
            continue
        wrong = table.is_any(relation, "父亲") & (number.sex == 2) | table.is_any(relation, "母亲") & (number.sex == 1)
        rows = np.flatnonzero(wrong)
        words = [("男", "man") if sex == 1 else ("女", "woman") for sex in number.sex[rows]]
        params = {"sex": [zh for zh, _ in words], "sex_en": [en for _, en in words]}
        hits.append(Hits(rows, relation, params, related=(f"member{n}.id_number",)))
    return hits


@rule(
    "FAM005",
    Severity.WARNING,
    items=(141,),
    zh="{relation}比学生只大{gap}岁",
    en="the {relation} is only {gap} years older than the pupil",
    mend="核对成员的身份证号和关系",
    mend_en="Check the member's number and relation",
    source="校验目录 141",
    bad=[{"member1.relation": "父亲", "member1.id_number": "110105200101010013"}],
    good=[{}],
)
def elder_too_young(table: Table) -> list[Hits]:
    births = _pupil_births(table)
    hits = []
    for n in (1, 2):
        relation, number = f"member{n}.relation", table.numbers.get(f"member{n}.id_number")
        if number is None or relation not in table:
            continue
        gaps = births // 10000 - number.birth // 10000
        wrong = (births > 0) & number.resident & (gaps < _LEAST_GAP) & table.is_any(relation, *_ELDERS)
        pupil = table.numbers.get("id_number")
        if pupil is not None:
            wrong &= ~(pupil.resident & (pupil.body == number.body))
        rows = np.flatnonzero(wrong)
        params = {"gap": gaps[rows].astype(str).tolist(), "relation": table[relation].texts(rows)}
        hits.append(Hits(rows, f"member{n}.id_number", params, related=(relation,)))
    return hits


def _pupil_births(table: Table) -> np.ndarray:
    """The pupil's birth date from its own column, else from the number; 0 where neither can be read."""
    births = table.births.get("birth_date")
    number = table.numbers.get("id_number")
    if births is None:
        return number.birth if number is not None else np.zeros(len(table), dtype=np.int32)
    return births if number is None else np.where(births > 0, births, number.birth)


@rule(
    "FAM006",
    Severity.WARNING,
    fields=("name",),
    items=(142,),
    zh="{member}的姓名与学生相同",
    en="the name of {member} is the pupil's own",
    mend="成员姓名填家长的姓名",
    mend_en="Write the parent's name",
    source="校验目录 142",
    bad=[{"name": "李小明", "member1.name": "李小明"}],
    good=[{}],
)
def member_named_as_pupil(table: Table) -> list[Hits]:
    hits = []
    for n in (1, 2):
        key = f"member{n}.name"
        if key not in table:
            continue
        rows = np.flatnonzero(table["name"].same_as(table[key]))
        hits.append(Hits(rows, key, {"member": [f"成员{n}"] * len(rows)}, related=("name",)))
    return hits


@rule(
    "FAM007",
    Severity.WARNING,
    items=(144,),
    zh="工作单位“{employer}”和职务“{post}”像是填反了",
    en="employer {employer} and post {post} seem to be swapped",
    mend="工作单位填单位名称，职务填所任职务",
    mend_en="The employer is an organisation, the post what the person does there",
    source="采集指标 53、60；校验目录 144",
    bad=[{"member1.employer": "教师", "member1.post": "太原市第五中学"}],
    good=[{"member1.employer": "太原市第五中学", "member1.post": "教师"}],
)
def employer_and_post_swapped(table: Table) -> list[Hits]:
    hits = []
    for n in (1, 2):
        keys = (f"member{n}.employer", f"member{n}.post")
        if not table.has(*keys):
            continue
        posts = table[keys[1]]
        rows = np.flatnonzero(_any_match(table, keys[1], _WORKPLACE) & ~_any_match(table, keys[0], _WORKPLACE))
        employers = table[keys[0]].texts(rows)
        kept = [k for k, employer in enumerate(employers) if not employer or _POST.search(employer)]
        params = {"employer": [employers[k] for k in kept], "post": [posts.text(int(rows[k])) for k in kept]}
        hits.append(Hits(rows[kept], keys[0], params, related=(keys[1],)))
    return hits


@rule(
    "FAM008",
    Severity.WARNING,
    items=(66, 137),
    zh="填了证件号，“{header}”却是空的",
    en="a number is given, but {header} is blank",
    mend="补填证件类型，如 居民身份证",
    mend_en="Fill in the type of the document, such as 居民身份证",
    source="采集指标 58–59；校验目录 66",
    bad=[{"member1.id_type": ""}],
    good=[{"member1.id_type": "", "member1.id_number": ""}],
)
def number_without_type(table: Table) -> list[Hits]:
    hits = []
    pupil = table["id_number"].filled if "id_number" in table else np.ones(len(table), dtype=np.bool_)
    for n in (1, 2):
        kind, number = f"member{n}.id_type", f"member{n}.id_number"
        if not table.has(kind, number) or table[kind].field.required:
            continue
        rows = np.flatnonzero(pupil & table[number].filled & ~table[kind].filled)
        valid = table.numbers[number].resident[rows]
        fixes = ["居民身份证" if known else None for known in valid.tolist()]
        hits.append(Hits(rows, kind, fixes=fixes, related=(number,)))
    return hits


def _any_match(table: Table, key: str, pattern: re.Pattern[str]) -> Mask:
    """Which records have a value in which ``pattern`` occurs; asked once per distinct value."""
    column = table[key]
    if column.is_blank:
        return np.zeros(len(table), dtype=np.bool_)
    found = [n for n, value in enumerate(column.distinct) if value and pattern.search(value)]
    return column.having(found)
