"""Whose number it is: against sex, birth date and household of the record, and against the family's numbers."""

from __future__ import annotations

import numpy as np

from stuvalid.codes import divisions
from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Table
from stuvalid.rules.identity.documents import EXAMPLE
from stuvalid.rules.registry import Hits, rule

_SLIP = 2


@rule(
    "IDN020",
    Severity.ERROR,
    fields=("sex", "id_number"),
    items=(59,),
    zh="性别“{sex}”与身份证号第17位不符（该号码为{expected}）",
    en="sex {sex} does not agree with the 17th digit of the ID number ({expected})",
    mend="对照户口簿核对性别和身份证号，改错的那一项",
    mend_en="Check sex and number against the household register and mend the wrong one",
    source="GB 11643-1999 5.2；采集方案 三.7；校验目录 59",
    bad=[{**EXAMPLE, "sex": "女"}],
    good=[EXAMPLE],
)
def sex_contradicts_number(table: Table) -> Hits | None:
    wrong = _sex_differs(table) & ~_birth_differs(table) & ~number_is_members(table) & ~_cut_short(table)
    rows = np.flatnonzero(wrong)
    expected = ["男" if sex == 1 else "女" for sex in table.numbers["id_number"].sex[rows]]
    return Hits(rows, "sex", {"expected": expected}, expected, related=("id_number",))


@rule(
    "IDN021",
    Severity.ERROR,
    fields=("birth_date", "id_number"),
    items=(62,),
    private={"expected": "birth"},
    zh="出生日期“{birth_date}”与身份证号中的 {expected} 不符",
    en="birth date {birth_date} does not agree with {expected} in the ID number",
    mend="对照户口簿核对出生日期和身份证号，改错的那一项",
    mend_en="Check birth date and number against the household register and mend the wrong one",
    source="GB 11643-1999 5.2；采集方案 三.7；校验目录 62",
    bad=[{**EXAMPLE, "birth_date": "20150102"}],
    good=[EXAMPLE],
)
def birth_contradicts_number(table: Table) -> Hits | None:
    wrong = _birth_differs(table) & ~_sex_differs(table) & ~number_is_members(table)
    rows = np.flatnonzero(wrong)
    expected = [str(birth) for birth in table.numbers["id_number"].birth[rows]]
    # A slip of the pen changes a digit or exchanges two; a wholly other date speaks of another child's number.
    fixes = [
        birth if sum(a != b for a, b in zip(birth, written, strict=False)) <= _SLIP else None
        for birth, written in zip(expected, table["birth_date"].texts(rows), strict=True)
    ]
    return Hits(rows, "birth_date", {"expected": expected}, fixes, related=("id_number",))


@rule(
    "IDN022",
    Severity.ERROR,
    fields=("sex", "birth_date", "id_number"),
    items=(59, 62),
    private={"birth_inside": "birth"},
    zh="身份证号中的性别和出生日期（{sex_inside}，{birth_inside}）都与所填不符，像是别人的号码",
    en="sex and birth date inside the number ({sex_inside}, {birth_inside}) both differ from what is filled in: it looks like another person's",
    mend="对照户口簿重新录入该生的身份证号",
    mend_en="Type this pupil's number again from the household register",
    source="GB 11643-1999 5.2；校验目录 59、62",
    bad=[{**EXAMPLE, "sex": "女", "birth_date": "20140607"}],
    good=[EXAMPLE],
)
def number_of_another_person(table: Table) -> Hits | None:
    rows = np.flatnonzero(_birth_differs(table) & _sex_differs(table) & ~number_is_members(table))
    numbers = table.numbers["id_number"]
    params = {
        "sex_inside": ["男" if sex == 1 else "女" for sex in numbers.sex[rows]],
        "birth_inside": [str(birth) for birth in numbers.birth[rows]],
    }
    return Hits(rows, "id_number", params, related=("sex", "birth_date"))


@rule(
    "IDN023",
    Severity.ERROR,
    fields=("sex", "id_number"),
    items=(28, 59),
    zh="身份证号末三位是000，又与性别“{sex}”不符：多半是Excel丢了末三位",
    en="the ID number ends in 000 and contradicts the sex {sex}: Excel has probably lost the last three digits",
    mend="对照户口簿核对身份证号；性别不要照这个号码改",
    mend_en="Check the number against the household register; do not change the sex after it",
    source="校验目录 28、59；南京填报说明",
    bad=[{"id_number": "110105201501093000", "sex": "男", "birth_date": "20150109"}],
    good=[{"id_number": "110105201501093000", "sex": "女", "birth_date": "20150109"}],
)
def sex_contradicts_cut_number(table: Table) -> Hits | None:
    wrong = _sex_differs(table) & ~_birth_differs(table) & ~number_is_members(table) & _cut_short(table)
    return Hits(np.flatnonzero(wrong), "id_number", related=("sex",))


def _cut_short(table: Table) -> Mask:
    """Records whose number ends in 000, as those do of which Excel kept fifteen digits: its 17th digit tells nothing."""
    numbers, column = table.numbers["id_number"], table["id_number"]
    cut = np.zeros(len(table), dtype=np.bool_)
    rows = np.flatnonzero(numbers.resident & (numbers.body % 100 == 0))
    cut[rows] = [text.endswith("000") for text in column.texts(rows)]
    return cut


def _sex_differs(table: Table) -> Mask:
    numbers = table.numbers["id_number"]
    filled = np.where(table.is_any("sex", "男"), 1, np.where(table.is_any("sex", "女"), 2, 0))
    return np.asarray(numbers.resident & (filled > 0) & (filled != numbers.sex), dtype=np.bool_)


def _birth_differs(table: Table) -> Mask:
    numbers = table.numbers["id_number"]
    births = table.births.get("birth_date")
    if births is None:
        return np.zeros(len(table), dtype=np.bool_)
    return np.asarray(numbers.resident & (births > 0) & (births != numbers.birth), dtype=np.bool_)


def number_is_members(table: Table) -> Mask:
    """Records whose number is also a family member's, and not by its birth date the pupil's own."""
    numbers = table.numbers["id_number"]
    same = np.zeros(len(table), dtype=np.bool_)
    for n in (1, 2):
        member = table.numbers.get(f"member{n}.id_number")
        if member is not None:
            same |= numbers.resident & member.resident & (numbers.body == member.body)
    births = table.births.get("birth_date")
    return same if births is None else same & ~((births > 0) & (births == numbers.birth))


@rule(
    "IDN033",
    Severity.WARNING,
    items=(74,),
    zh="号码前6位 {region} 不在我们收录的历年行政区划代码中",
    en="the first six digits {region} are not in our list of division codes, past and present",
    mend="对照户口簿核对前6位；确实无误的，把它加进 stuvalid.toml 的 divisions",
    mend_en="Compare the first six digits with the household register; if they are right, add them to divisions in stuvalid.toml",
    source="GB/T 2260 历年代码；校验目录 74",
    bad=[{"id_number": "140199201501010012", "sex": "男", "birth_date": "20150101"}],
    good=[EXAMPLE],
)
def unknown_region_in_number(table: Table) -> list[Hits]:
    hits = []
    for key, numbers in table.numbers.items():
        regions = sorted(set(numbers.region[numbers.resident].tolist()))
        unknown = [region for region in regions if region < 900000 and not divisions.is_county(str(region))]
        if unknown:
            rows = np.flatnonzero(numbers.resident & np.isin(numbers.region, unknown))
            hits.append(Hits(rows, key, {"region": [str(region) for region in numbers.region[rows]]}))
    return hits


@rule(
    "IDN034",
    Severity.ERROR,
    fields=("id_number",),
    items=(82,),
    zh="学生的证件号与{member}的相同",
    en="the pupil's number is the same as that of {member}",
    mend="学生本人的号码填在“身份证件号”，家长的填在成员栏",
    mend_en="The pupil's own number goes into 身份证件号, the parents' into theirs",
    source="校验目录 82",
    bad=[{"id_number": "140106198001010018", "member1.id_number": "140106198001010018", "member1.relation": "父亲"}],
    good=[EXAMPLE],
)
def number_is_a_members(table: Table) -> list[Hits]:
    pupil = table.numbers["id_number"]
    own = ~number_is_members(table)
    hits = []
    for n in (1, 2):
        key = f"member{n}.id_number"
        member = table.numbers.get(key)
        if member is None:
            continue
        same = pupil.resident & member.resident & (pupil.body == member.body)
        for rows, at, other in (
            (np.flatnonzero(same & ~own), "id_number", key),
            (np.flatnonzero(same & own), key, "id_number"),
        ):
            hits.append(Hits(rows, at, {"member": [f"成员{n}"] * len(rows)}, related=(other,)))
    return hits
