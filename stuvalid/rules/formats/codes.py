"""How postcodes, mail addresses, distances, words, school and class codes are written."""

from __future__ import annotations

import re

from stuvalid.codes import schoolcodes
from stuvalid.findings import Severity
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, rule

# A phone, a date or an identity number: words hold none this long and nothing else.
_LONG_NUMBER = re.compile(r"[0-9]{7,}[Xx]?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


@rule(
    "FMT020",
    Severity.ERROR,
    scope="cell",
    kinds=("postcode",),
    items=(103,),
    zh="邮政编码“{value}”不是6位数字",
    en="the postcode {value} is not six digits",
    mend="填现住地的6位邮政编码",
    mend_en="Write the six-digit postcode of the present address",
    source="采集指标 32；校验目录 103",
    bad=[{"postcode": "03000"}, {"postcode": "03000A"}],
    good=[{"postcode": "030001"}],
)
def postcode_malformed(cell: Cell) -> Fault | None:
    if _digits(cell.value) and len(cell.value) == 5:
        # Excel drops a leading zero; behind the one zero that codes begin with stands no other.
        return Fault(fix="0" + cell.value, safe=False) if cell.value[0] != "0" else Fault()
    return None if _digits(cell.value) and len(cell.value) == 6 else Fault()


@rule(
    "FMT021",
    Severity.WARNING,
    scope="cell",
    kinds=("postcode",),
    items=(104,),
    zh="邮政编码“{value}”像是随手填的",
    en="the postcode {value} looks made up",
    mend="查询现住地真实的邮政编码",
    mend_en="Look up the postcode of the present address",
    source="校验目录 104",
    bad=[{"postcode": "000000"}, {"postcode": "123456"}],
    good=[{"postcode": "030001"}],
)
def postcode_made_up(cell: Cell) -> Fault | None:
    return Fault() if cell.value in spellings.FALSE_POSTCODES else None


@rule(
    "FMT022",
    Severity.ERROR,
    scope="cell",
    kinds=("email",),
    items=(110,),
    zh="电子信箱“{value}”写法不对",
    en="the e-mail address {value} is malformed",
    mend="写成 用户名@域名，没有就留空",
    mend_en="Write user@domain, or leave it empty",
    source="校验目录 110",
    bad=[{"email": "wang163.com"}],
    good=[{"email": "wang@163.com"}],
)
def email_malformed(cell: Cell) -> Fault | None:
    return None if _EMAIL.fullmatch(cell.value) else Fault()


@rule(
    "FMT030",
    Severity.WARNING,
    scope="cell",
    kinds=("decimal",),
    items=(133,),
    zh="上下学距离“{value}”应只填公里数",
    en="the distance {value} should be a plain number of kilometres",
    mend="只填数字，单位是公里，如 2",
    mend_en="Write the number of kilometres only, such as 2",
    source="采集指标 46；校验目录 133",
    bad=[{"school_distance": "2公里"}, {"school_distance": "很近"}, {"school_distance": "500"}],
    good=[{"school_distance": "1.5"}],
)
def distance_malformed(cell: Cell) -> Fault | None:
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", cell.value):
        return Fault() if float(cell.value) > spellings.MAX_DISTANCE_KM else None
    match = re.fullmatch(r"(?:约|大约)?([0-9]+(?:\.[0-9]+)?)\s*(?:公里|千米|[kK][mM])左?右?", cell.value)
    return Fault(fix=match[1]) if match else Fault()


@rule(
    "FMT040",
    Severity.ERROR,
    scope="cell",
    kinds=("school_code",),
    items=(36,),
    zh="学校标识码“{value}”不是10位数字",
    en="the school code {value} is not ten digits",
    mend="填教育主管部门核发的10位学校标识码",
    mend_en="Write the ten-digit code issued by the authority",
    source="学校（机构）代码管理办法；校验目录 36",
    bad=[{"school_code": "211401006"}],
    good=[{"school_code": "2114010068"}],
)
def school_code_malformed(cell: Cell) -> Fault | None:
    return None if _digits(cell.value) and len(cell.value) == 10 else Fault()


@rule(
    "FMT041",
    Severity.WARNING,
    scope="cell",
    kinds=("school_code",),
    items=(39,),
    zh="学校标识码 0000000000 是未编码学校的占位码",
    en="0000000000 stands for a school without a code",
    mend="向教育主管部门核实学校标识码",
    mend_en="Ask the authority for the school's code",
    source="营养改善计划采集说明；校验目录 39",
    bad=[{"school_code": "0000000000"}],
    good=[{"school_code": "2114010068"}],
)
def school_code_placeholder(cell: Cell) -> Fault | None:
    return Fault(opaque=True) if cell.value == schoolcodes.PLACEHOLDER else None


@rule(
    "FMT042",
    Severity.ERROR,
    scope="cell",
    kinds=("school_code",),
    items=(38,),
    zh="学校标识码“{value}”的类别（前2位）或省份（第3–4位）不存在",
    en="category (digits 1-2) or province (3-4) of the school code {value} does not exist",
    mend="对照学校代码证核对，常见为21小学、31初中、34高中",
    mend_en="Compare it with the school's certificate; 21 primary, 31 junior, 34 senior",
    source="学校（机构）代码管理办法：2位类别+2位省份+6位顺序；校验目录 38",
    bad=[{"school_code": "9914010068"}, {"school_code": "2199010068"}],
    good=[{"school_code": "3162012300"}],
)
def school_code_impossible(cell: Cell) -> Fault | None:
    return None if schoolcodes.is_possible(cell.value) else Fault()


@rule(
    "FMT045",
    Severity.WARNING,
    scope="cell",
    kinds=("school_code",),
    items=(38,),
    zh="学校标识码“{value}”是{kind}的代码，这类学校不在中小学学籍采集范围内",
    en="{value} is the code of a {kind_en}, which is outside the scope of this registry",
    mend="核对前2位：21小学、31初中、34高中、37专门学校、51特殊教育学校",
    mend_en="Check digits 1-2: 21 primary, 31 junior, 34 senior, 37 special measures, 51 special education",
    source="采集方案一：义务教育、普通高中、特殊教育、工读学校，不含职业初中；学校（机构）代码管理办法；校验目录 38",
    bad=[{"school_code": "3214010068"}, {"school_code": "1114010068"}, {"school_code": "4114010068"}],
    good=[{"school_code": "2114010068"}, {"school_code": "5114010068"}],
)
def school_outside_scope(cell: Cell) -> Fault | None:
    other = schoolcodes.OUTSIDE_SCOPE.get(cell.value[:2])
    return Fault(params={"kind": other[0], "kind_en": other[1]}) if other is not None else None


@rule(
    "FMT043",
    Severity.ERROR,
    scope="cell",
    kinds=("class_code",),
    items=(40,),
    zh="班号“{value}”不是7位数字（入学年份4位+学段1位+班级2位）",
    en="the class code {value} is not seven digits (year 4, stage 1, class 2)",
    mend="填系统生成的7位班号，如 2013101",
    mend_en="Write the seven-digit code the system made, such as 2013101",
    source="班号编码规则；校验目录 40",
    bad=[{"class_code": "一年级1班"}, {"class_code": "20131"}],
    good=[{"class_code": "2013101"}],
)
def class_code_malformed(cell: Cell) -> Fault | None:
    whole = re.fullmatch(r"([0-9]{7})\.0+", cell.value)
    if whole:
        return Fault(fix=whole[1])
    return None if _digits(cell.value) and len(cell.value) == 7 else Fault()


@rule(
    "FMT044",
    Severity.ERROR,
    scope="cell",
    kinds=("class_code",),
    items=(41, 43, 46),
    zh="班号“{value}”不可能存在：{reason}",
    en="the class code {value} cannot exist: {reason_en}",
    mend="与系统中的班级列表核对",
    mend_en="Compare it with the class list of the system",
    source="班号编码规则：1小学 2初中 3高中；校验目录 41、43",
    bad=[{"class_code": "2013501"}, {"class_code": "2013100"}],
    good=[{"class_code": "2013101"}],
)
def class_code_impossible(cell: Cell) -> Fault | None:
    if cell.value[4] not in "123":
        return Fault(
            params={"reason": "第5位学段只能是1、2、3", "reason_en": "the 5th digit (stage) must be 1, 2 or 3"}
        )
    if cell.value[5:] == "00":
        return Fault(params={"reason": "班级编号不能为00", "reason_en": "the class number must not be 00"})
    if not spellings.is_right("class_code", cell.value, 2100):
        return Fault(params={"reason": "前4位不是入学年份", "reason_en": "the first four digits are no year"})
    return None


@rule(
    "FMT031",
    Severity.WARNING,
    scope="cell",
    kinds=("text",),
    fields=("talent", *(f"member{n}.{key}" for n in (1, 2) for key in ("employer", "post", "relation_note"))),
    zh="“{value}”是号码，不是{header}",
    en="{value} is a number, not what belongs under {header}",
    mend="号码多半错了一列：挪到它自己的列，这里填文字或留空",
    mend_en="Most likely the number slipped by a column: move it, and write words here or nothing",
    source="采集指标 49–72：联系电话、身份证件号、工作单位、职务分列",
    bad=[{"member1.employer": "13912345678"}, {"member1.post": "140106198503050018"}, {"talent": "20070305"}],
    good=[{"member1.employer": "山西省太原市第5小学"}, {"member1.employer": "110", "talent": "钢琴10级"}],
)
def number_for_words(cell: Cell) -> Fault | None:
    return Fault() if _LONG_NUMBER.fullmatch(cell.value) else None


@rule(
    "FMT046",
    Severity.ERROR,
    scope="cell",
    kinds=("text",),
    items=(45,),
    zh="“{value}”不是这张表要求的写法，应写成如“{example}”",
    en="{value} is not written as this form wants it, which is as in {example}",
    mend="照表里的写法改",
    mend_en="Write it as the form does",
    source="所用模板的 pattern（如长沙市新生导入模板：班级写成 2601）；校验目录 45",
    bad=[
        {"@form": "student-2026-changsha", "class_name": "小学2026级(1)班"},
        {"@form": "student-2026-changsha", "class_name": "1班"},
    ],
    good=[{"@form": "student-2026-changsha", "class_name": "2601"}],
)
def written_otherwise(cell: Cell) -> Fault | None:
    pattern = cell.field.pattern
    if not pattern or re.fullmatch(pattern, cell.value):
        return None
    return Fault(params={"example": cell.field.example})
