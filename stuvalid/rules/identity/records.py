"""Record numbers (学籍号): G and the ID number, J and one made by the same rule, L and region, birth date, four digits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from stuvalid.codes import divisions, identity
from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules.identity.documents import EXAMPLE
from stuvalid.rules.registry import Hits, rule


@rule(
    "IDN060",
    Severity.ERROR,
    fields=("continuation_mark",),
    items=(91,),
    zh="学籍号“{value}”不对：应为 G、J 或 L 加18位号码，共19位",
    en="the record number {value} is wrong: G, J or L and 18 characters",
    mend="从系统中导出学籍号，整列粘贴",
    mend_en="Export the record numbers from the system and paste them",
    source="学籍号编码规则；校验目录 91",
    bad=[{"@form": "student-continuation", "continuation_mark": "G14010620150101001"}],
    good=[{"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE}],
)
def record_number_malformed(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    rows = np.flatnonzero(column.filled)
    wrong = [n for n, text in enumerate(column.texts(rows)) if not identity.RECORD_NUMBER.fullmatch(text)]
    return Hits(rows[wrong], "continuation_mark")


@rule(
    "IDN061",
    Severity.WARNING,
    fields=("continuation_mark", "id_number"),
    items=(92,),
    zh="学籍号与现在的身份证号不一致",
    en="the record number differs from the present ID number",
    mend="身份证号变更过的属正常；否则核对号码",
    mend_en="Right if the ID number was changed since; else check it",
    source="学籍号 G+身份证号；校验目录 92",
    bad=[{"@form": "student-continuation", "continuation_mark": "G110105201501020012", **EXAMPLE}],
    good=[{"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE}],
)
def record_number_differs(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    numbers = table.numbers["id_number"]
    rows = np.flatnonzero(column.filled & numbers.resident)
    differs = [
        n
        for n, (text, body) in enumerate(zip(column.texts(rows), numbers.body[rows].tolist(), strict=True))
        if text[0] == "G"
        and identity.RECORD_NUMBER.fullmatch(text)
        and not _impossible(text)
        and int(text[1:18]) != body
    ]
    return Hits(rows[differs], "continuation_mark", related=("id_number",))


@rule(
    "IDN062",
    Severity.ERROR,
    fields=("continuation_mark",),
    items=(91,),
    zh="学籍号“{value}”不可能存在：{reason}",
    en="the record number {value} cannot exist: {reason_en}",
    mend="从系统中导出学籍号，整列粘贴",
    mend_en="Export the record numbers from the system and paste them",
    source="学籍号编码规则：G+身份证号，J+按身份证规则编的号，L+6位地区+8位出生日期+4位数字；校验目录 91",
    bad=[
        {"@form": "student-continuation", "continuation_mark": "G110105201513010017", **EXAMPLE},
        {"@form": "student-continuation", "continuation_mark": "G110105201501010018", **EXAMPLE},
        {"@form": "student-continuation", "continuation_mark": "L99999920150101123X", **EXAMPLE},
    ],
    good=[
        {"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE},
        {"@form": "student-continuation", "continuation_mark": "L110105201501011234", **EXAMPLE},
    ],
)
def record_number_impossible(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    rows = np.flatnonzero(column.filled)
    reasons = [_impossible(text) for text in column.texts(rows)]
    wrong = [n for n, reason in enumerate(reasons) if reason is not None]
    told = [reason for reason in reasons if reason is not None]
    params = {"reason": [zh for zh, _ in told], "reason_en": [en for _, en in told]}
    return Hits(rows[wrong], "continuation_mark", params)


@lru_cache(maxsize=4096)
def _impossible(text: str) -> tuple[str, str] | None:
    """Why a record number of the right length cannot be one, in both languages."""
    if not identity.RECORD_NUMBER.fullmatch(text):
        return None
    if divisions.standing(text[1:7]) is divisions.Standing.UNKNOWN_PROVINCE:
        return "第2–3位不是省份代码", "digits 2-3 are no province"
    born = identity.calendar_date(text[7:15])
    if born is None or born.year < identity.OLDEST_BIRTH_YEAR:
        return "第8–15位不是真实的出生日期", "digits 8-15 are no date of the calendar"
    if text[0] == "L":
        return None if text[18].isdigit() else ("L 开头的末4位都是数字", "the last four of an L number are digits")
    expected = identity.check_character(text[1:18])
    return None if expected == text[18] else ("末位校验码不对", "its check character is wrong")


@rule(
    "IDN063",
    Severity.WARNING,
    fields=("continuation_mark", "birth_date"),
    items=(91, 92),
    zh="学籍号中的出生日期与所填的出生日期不同",
    en="the birth date inside the record number differs from the one filled in",
    mend="出生日期变更过的属正常；否则核对是不是别人的学籍号",
    mend_en="Right if the birth date was changed since; else check whether the record number is another pupil's",
    source="学籍号编码规则；校验目录 91、92",
    bad=[{"@form": "student-continuation", "continuation_mark": "L110105201502011234", **EXAMPLE}],
    good=[{"@form": "student-continuation", "continuation_mark": "L110105201501011234", **EXAMPLE}],
)
def record_number_of_another_birth(table: Table) -> Hits | None:
    column, births = table["continuation_mark"], table.births.get("birth_date")
    if births is None:
        return None
    numbers = table.numbers.get("id_number")
    compared = np.zeros(len(table), dtype=np.bool_) if numbers is None else numbers.resident
    rows = np.flatnonzero(column.filled & (births > 0))
    differs = [
        n
        for n, (row, text) in enumerate(zip(rows.tolist(), column.texts(rows), strict=True))
        if identity.RECORD_NUMBER.fullmatch(text)
        and _impossible(text) is None
        and int(text[7:15]) != births[row]
        # Of a G number beside an ID number all 18 characters are compared (IDN061).
        and not (text[0] == "G" and compared[row])
    ]
    return Hits(rows[differs], "continuation_mark", related=("birth_date",))


@rule(
    "IDN064",
    Severity.WARNING,
    fields=("continuation_mark", "id_number"),
    items=(91, 92),
    zh="学籍号以 J 开头，是没有身份证号的学生用的，该生却有身份证号",
    en="a record number beginning with J is for pupils without an ID number, yet this one has one",
    mend="办学籍之后才上户口的，申请变更学籍号；否则核对学籍号",
    mend_en="If the ID number came later, apply for a change of the record number; else check it",
    source="学籍号编码规则：J 用于无身份证号的学生；校验目录 91",
    bad=[{"@form": "student-continuation", "continuation_mark": "J110105201501010017", **EXAMPLE}],
    good=[{"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE}],
)
def record_number_of_the_numberless(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    rows = np.flatnonzero(column.filled & table.numbers["id_number"].resident)
    wrong = [n for n, text in enumerate(column.texts(rows)) if text[:1] == "J" and _impossible(text) is None]
    return Hits(rows[wrong], "continuation_mark", related=("id_number",))
