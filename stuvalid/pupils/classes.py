"""Which class a pupil is in: 班号 (2024102), or read from 年级 and 班级 where a form has no column for it.

班号 = 4 digits year of entry, 1 digit stage (1 primary, 2 junior, 3 senior), 2 digits number; 班级名称 = 小学2024级(2)班.
Source: 采集指标, 班级信息.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from stuvalid.codes.classcodes import STAGES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms.table import Table

_CLASS_CODE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}[123](?!00)[0-9]{2}(?![0-9])")
_STAGE_WORD = r"(?P<stage>小学?|初级中学|初中?|高级中学|高中?)?"
_WHEN = rf"(?:{_STAGE_WORD}(?:(?P<year>(?:19|20)[0-9]{{2}})级|(?P<grade>[一二三四五六七八九1-9])(?P<unit>年级|年)?))"
_NUMBER = r"\s*[(（]?\s*(?P<number>[0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*[)）]?\s*班"
CLASS_IN_TEXT = re.compile(_WHEN + _NUMBER)
"""A class inside a longer text, as in a file name: 三年级（2）班."""

_ALONE = re.compile(_WHEN)
_NUMBER_ALONE = re.compile(_NUMBER + "?")
_DIGITS = {char: value for value, char in enumerate("一二三四五六七八九十", start=1)}
_SCHOOL_YEAR_STARTS = 8  # month


class ClassName(NamedTuple):
    """What a text says of a class, 0 or '' where it says nothing: digit of the stage, year of entry, grade, number."""

    stage: str = ""
    year: int = 0
    grade: int = 0
    number: int = 0

    def code(self, today: dt.date) -> str:
        """The seven digits, '' where something is lacking; a grade means the year of entry in the school year of today."""
        year = self.year or (first_year(self.grade, today) if self.grade else 0)
        return f"{year:04}{self.stage}{self.number:02}" if self.stage and year and self.number else ""


def first_year(grade: int, today: dt.date) -> int:
    """The year in which pupils who are in ``grade`` of their stage now began it."""
    return today.year - (today.month < _SCHOOL_YEAR_STARTS) - grade + 1


def class_of(grade: str, name: str, today: dt.date) -> str:
    """The class code that 年级 and 班级 of one pupil mean together, '' where they do not tell.

    The class's own name (小学2024级(2)班) tells most; what it leaves out the grade supplies: 二年级 and 2班.
    """
    plain = unicodedata.normalize("NFKC", name).strip()
    if found := _CLASS_CODE.search(plain):
        return found[0]
    mine, above = read_class(plain), read_class(grade)
    if not (mine.year or mine.grade):
        mine = mine._replace(year=above.year, grade=above.grade)
    return mine._replace(stage=mine.stage or above.stage).code(today)


def read_class(text: str) -> ClassName:
    """A class or grade as people write it: 小学2024级(2)班, 初一(2)班, 三年级1班, 2023级4班, 七年级, (2)班, 2."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    alone = _NUMBER_ALONE.fullmatch(plain)
    if alone:
        return ClassName(number=whole(alone["number"]))
    found = CLASS_IN_TEXT.search(plain)
    number = whole(found["number"]) if found else 0
    found = found or next((one for one in _ALONE.finditer(plain) if one["year"] or one["unit"] or one["stage"]), None)
    if found is None:
        return ClassName()
    stage = {"小": "1", "初": "2", "高": "3"}[found["stage"][0]] if found["stage"] else ""
    if found["year"]:
        return ClassName(stage, int(found["year"]), 0, number)
    stage, grade = _stage_of(stage, whole(found["grade"]))
    return ClassName(stage, 0, grade, number)


_JUNIOR_BEGINS = 6
"""Of the grades counted through, 六年级 is the first that an 五四 school has in its junior stage."""


def counts_through(text: str) -> bool:
    """Whether a class or grade is counted from the first year of school on, 六年级 to 九年级: what it is depends on 六三 or 五四."""
    found = _ALONE.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    return (
        found is not None
        and found["grade"] is not None
        and found["stage"] in (None, "初", "初中")
        and (whole(found["grade"]) > _JUNIOR_BEGINS or (not found["stage"] and whole(found["grade"]) == _JUNIOR_BEGINS))
    )


def in_five_four(code: str) -> str:
    """The class code that a grade counted through means in an 五四 school: 六年级 is 初中一年级, 七年级 the second."""
    year, stage, number = int(code[:4]), code[4], code[5:]
    return f"{year + 5}2{number}" if stage == "1" else f"{year - 1}{stage}{number}"


def _stage_of(stage: str, grade: int) -> tuple[str, int]:
    """Digit of the stage, and the grade within it: 初一 and 七年级 are the same."""
    if stage == "2" and grade > 6:
        return "2", grade - 6
    if stage:
        return stage, grade
    return ("2", grade - 6) if grade > 6 else ("1", grade)


def whole(text: str) -> int:
    """1 to 99 from digits or from 一 … 九十九."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if ten:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS.get(ones, 0))
    return _DIGITS.get(text, 0)


def codes_meant(text: str, known: Collection[str], today: dt.date) -> frozenset[str]:
    """Which of the class codes ``known`` a text like 初一(2)班, 三年级1班, 2023级4班 or 2023202 can mean."""
    exact = frozenset(code for code in known if code and code in text)
    if exact:
        return exact
    read = read_class(text)
    if not read.number or not (read.year or read.grade):
        return frozenset()
    candidates = [code for code in known if len(code) == 7 and code.isdigit() and int(code[5:]) == read.number]
    of_stage = [code for code in candidates if not read.stage or code[4] == read.stage]
    if read.year:
        return frozenset(code for code in of_stage if code.startswith(str(read.year)))
    right = frozenset(code for code in of_stage if code.startswith(str(first_year(read.grade, today))))
    # A roster of another school year: take the class only if no other has its stage and number.
    return right or (frozenset(of_stage) if len(of_stage) == 1 else frozenset())


def grade_of(class_code: str) -> str:
    """2023年入学的初中 as 2023级初中, from a seven-digit class code; '' for anything else."""
    if len(class_code) != 7 or not class_code.isdigit():
        return ""
    return f"{class_code[:4]}级{STAGES.get(class_code[4], '')}"


def class_codes(table: Table, rows: npt.NDArray[np.intp]) -> list[str]:
    """The class code of each of the neighbouring ``rows``: what the column 班号 says, else by 年级 and 班级; '' if neither."""
    import numpy as np

    codes = table["class_code"].texts(rows) if "class_code" in table else [""] * len(rows)
    if all(codes) or "class_name" not in table:
        return codes
    names: Any = np.array(table["class_name"].texts(rows), dtype=object)
    grades: Any = np.array(table["grade"].texts(rows) if "grade" in table else [""] * len(rows), dtype=object)
    known: dict[tuple[str, str], str] = {}
    for position, (grade, name) in enumerate(zip(grades.tolist(), names.tolist(), strict=True)):
        if not codes[position]:
            pair = (grade, name)
            if pair not in known:
                known[pair] = class_of(grade, name, table.today)
            codes[position] = known[pair]
    return codes
