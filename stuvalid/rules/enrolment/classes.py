"""Which class a pupil is in: its code against entry, school and stage, its name against the grade."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stuvalid.codes.classcodes import STAGES
from stuvalid.codes.lists import load
from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Part, Rows, Table
from stuvalid.pupils.classes import first_year, read_class
from stuvalid.rules.registry import Hits, rule

# First two digits of the school code -> stages the school may have (class code digit 5).
_STAGES = {"21": (1,), "31": (1, 2, 3), "32": (2,), "34": (1, 2, 3), "37": (2, 3)}
_YEARS = {1: 6, 2: 4, 3: 4}
_LARGEST_CLASS = 66
_USUAL_CLASS = 10
_CODE_DIGITS = 7
# 六至九年级 of a junior school as well, where primary school has five years.
_GRADE = re.compile(
    r"[一二三四五六七八九1-9]年级|小学?[一二三四五六1-6](?:年级)?|初中?(?:[一二三四1-4](?:年级)?|[六七八九6-9]年级)"
    r"|高中?[一二三1-3](?:年级)?|(?:小学|初中|高中|小|初|高)?(?:19|20)[0-9]{2}级"
)
_CLASS_OF_YEAR = re.compile(r".*级.*班")


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
            # A year yet to come is a slip of its own and makes no other class an old one.
            begun = mine & (years <= table.today.year)
            if begun.any():
                newest = years[begun].max()
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
    "ENR040",
    Severity.ERROR,
    fields=("grade",),
    items=(44,),
    zh="年级“{value}”看不出是哪个年级",
    en="{value} names no grade",
    mend="写成如 小学一年级、初中二年级、高中三年级，或 初中2024级",
    mend_en="Write it as in 小学一年级, 初中二年级, 高中三年级 or 初中2024级",
    source="2022 采集表 12（必采）；JY/T 1001 年级代码；年级名称 如 初中2021级；校验目录 44",
    bad=[
        {"@form": "student-2022", "grade": "随便"},
        {"@form": "student-2022", "grade": "大一"},
        {"@form": "student-2022", "grade": "1"},
        {"@form": "student-2022", "grade": "小学七年级"},
        {"@form": "student-2022", "grade": "小学2099级", "class_name": "小学2099级(1)班"},
    ],
    good=[
        {"@form": "student-2022", "grade": "小学2013级", "class_name": "小学2013级(1)班"},
        {"@form": "student-2022", "grade": "初一", "class_name": "(1)班"},
    ],
)
def grade_unreadable(table: Table) -> Hits:
    column = table["grade"]
    newest = table.today.year + 1
    wrong = column.where(lambda value: not _is_grade(value) or read_class(value).year > newest)
    rows = np.flatnonzero(wrong & ~table.offered("grade"))
    known = load("grade")
    read = [known.resolve(text) for text in column.texts(rows)]
    return Hits(rows, "grade", fixes=[match.entry.name if match is not None else None for match in read])


@lru_cache(maxsize=1024)
def _is_grade(text: str) -> bool:
    """A name of the list, as it is said in schools (初一, 七年级), or by the year of entry (初中2024级)."""
    match = load("grade").resolve(text)
    if match is not None and match.how in ("name", "alias", "form"):
        return True
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    return _GRADE.fullmatch(plain) is not None


@rule(
    "ENR041",
    Severity.WARNING,
    fields=("class_name",),
    items=(45,),
    zh="班级“{value}”看不出是哪个班",
    en="{value} names no class",
    mend="写成如 小学2024级(2)班",
    mend_en="Write it as in 小学2024级(2)班",
    source="2022 采集表 13（必采）；班级名称：学段+入学年份+级+(序号)+班；校验目录 45",
    bad=[
        {"@form": "student-2022", "class_name": "随便"},
        {"@form": "student-2022", "class_name": "aaa"},
        {"@form": "student-2022", "class_name": "2013101"},
        {"@form": "student-2022", "class_name": "12"},
        {"@form": "student-2022", "class_name": "小学2013级(0)班"},
        {"@form": "student-2022", "class_name": "小学2013级(100)班"},
        {"@form": "student-2022", "class_name": "小学2013级班"},
    ],
    good=[
        {"@form": "student-2022", "class_name": "小学2013级（1）班"},
        {"@form": "student-2022", "class_name": "1班"},
        {"@form": "student-2022", "class_name": "启航班"},
    ],
)
def class_name_unreadable(table: Table) -> Hits:
    column = table["class_name"]
    if column.field.pattern:
        return Hits(np.empty(0, dtype=np.intp), "class_name")  # the form says itself how a class is written (FMT046)
    rows = np.flatnonzero(column.where(lambda value: not _is_class(value)) & ~table.offered("class_name"))
    return Hits(rows, "class_name", fixes=[_name_of(text) for text in column.texts(rows)])


@lru_cache(maxsize=1024)
def _is_class(text: str) -> bool:
    """A class with its number, or one with a name of its own (启航班): a number that is none (0班) is no name."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not plain.endswith("班"):
        return bool(read_class(text).number) and not plain.isdigit()
    if read_class(text).number:
        return True
    return len(plain) > 1 and not _CLASS_OF_YEAR.fullmatch(plain) and not any(map(str.isdigit, plain))


def _name_of(code: str) -> str | None:
    """小学2024级(2)班 from the class code that somebody wrote instead of the name; None from anything else."""
    if not (len(code) == _CODE_DIGITS and code.isdigit() and code[4] in STAGES and code[5:] != "00"):
        return None
    return f"{STAGES[code[4]]}{code[:4]}级({int(code[5:])})班"


@rule(
    "ENR042",
    Severity.WARNING,
    fields=("grade", "class_name"),
    items=(45, 46),
    zh="年级“{grade}”与班级“{class_name}”对不上：{reason}",
    en="the grade {grade} does not fit the class {class_name}: {reason_en}",
    mend="核对年级和班级，改错的那一项",
    mend_en="Check grade and class and mend the wrong one",
    source="班级名称：学段+入学年份+级+(序号)+班；年级名称 如 初中2021级；校验目录 45–46",
    bad=[
        [{"@form": "student-2022"}, {}, {"grade": "小学三年级"}],
        {"@form": "student-2022", "grade": "小学三年级", "class_name": "初中2013级(1)班"},
        {"@form": "student-2022", "grade": "小学三年级", "class_name": "小学2025级(1)班"},
    ],
    good=[
        {"@form": "student-2022", "grade": "小学2013级", "class_name": "小学2013级(1)班"},
        {"@form": "student-2022", "grade": "小学三年级", "class_name": "小学2011级(1)班"},
    ],
)
def grade_contradicts_class(table: Table) -> Hits:
    grades, names = table["grade"], table["class_name"]
    rows = np.flatnonzero(grades.readable & names.readable)
    pairs = grades.codes[rows].astype(np.int64) * len(names.distinct) + names.codes[rows]
    _, firsts, which = np.unique(pairs, return_index=True, return_inverse=True)
    shown = zip(grades.texts(rows[firsts]), names.texts(rows[firsts]), strict=True)
    read = [_together(*pair) for pair in shown]
    years = np.array([year for year, _ in read] or [0], dtype=np.int64)[which]
    told = [
        (n, reason) for kind, (_, reason) in enumerate(read) if reason for n in np.flatnonzero(which == kind).tolist()
    ]
    now = first_year(1, table.today)
    for part in table.parts:
        mine = (table.part_of[rows] == table.parts.index(part)) & (years > 0)
        if not mine.any():
            continue
        # The sheet may be of an earlier school year: most of its pupils tell which.
        found, sizes = np.unique(years[mine & (years <= now)], return_counts=True)
        usual = int(found[np.argmax(sizes)]) if len(found) else now
        for n in np.flatnonzero(mine & (years != usual)).tolist():
            late = int(years[n]) - usual
            words = (f"差{abs(late)}年", f"{abs(late)} years apart")
            told.append((n, words))
    told.sort()
    params = {"reason": [zh for _, (zh, _) in told], "reason_en": [en for _, (_, en) in told]}
    return Hits(rows[[n for n, _ in told]], "class_name", params, related=("grade",))


@lru_cache(maxsize=4096)
def _together(grade: str, name: str) -> tuple[int, tuple[str, str] | None]:
    """The school year (its first) in which a pupil of this class is in this grade, 0 if they do not tell, or why never."""
    above, mine = read_class(grade if _is_grade(grade) else ""), read_class(name)
    if not (above.year or above.grade) or not (mine.year or mine.grade):
        return 0, None
    if above.stage and mine.stage and above.stage != mine.stage:
        return 0, ("学段不同", "they are of two stages")
    if above.grade and mine.grade:
        return 0, None if above.grade == mine.grade else ("不是一个年级", "they are two grades")
    if above.year and mine.year:
        return 0, None if above.year == mine.year else ("入学年份不同", "their years of entry differ")
    return (above.year or mine.year) + (above.grade or mine.grade) - 1, None
