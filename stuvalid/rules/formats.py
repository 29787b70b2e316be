"""FMT: how numbers, phones, codes and names are written."""

from __future__ import annotations

import re

from stuvalid.codes import schoolcodes
from stuvalid.codes.characters import HAN
from stuvalid.findings import Severity
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, rule

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:0[1-9][0-9]{1,2}-?)?[2-9][0-9]{6,7}(?:-[0-9]{1,5})?|[48]00-?[0-9]{3}-?[0-9]{4}")
_LOST_ZERO = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})-?[2-9][0-9]{6,7}")
_SEVERAL = re.compile(r"[,，;；/、|\n ]+|或|和")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HAN_NAME = re.compile(rf"[{HAN}]+(?:·[{HAN}]+)*")
_DOT = re.compile(r"[.．•・‧∙⋅･●᛫｡。﹒、]")
# A dash between the parts of a name is meant as the dot, but it may also part two names.
_DASH = re.compile(r"(?<=[^-－—–‐‑‒―−])[-－—–‐‑‒―−](?=[^-－—–‐‑‒―−])")
_REMARK = re.compile(r"[(（\[【].*[)）\]】]?|[0-9]")
_LONGEST_NAME = 25


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


@rule(
    "FMT001",
    Severity.ERROR,
    scope="cell",
    kinds=("name",),
    items=(53,),
    zh="“{value}”中的间隔号不规范，应为“·”",
    en="the separator in {value} should be the middle dot",
    mend="改用间隔号“·”，与户口簿一致",
    mend_en="Use the middle dot as in the household register",
    source="少数民族姓名间隔号 U+00B7；校验目录 53",
    bad=[{"name": "买买提.艾力"}, {"name": "古丽•阿依"}, {"name": "古丽娜尔-艾力"}],
    good=[{"name": "买买提·艾力"}],
)
def separator_in_name(cell: Cell) -> Fault | None:
    fixed = _DASH.sub("·", _DOT.sub("·", cell.value))
    if fixed == cell.value or not _HAN_NAME.fullmatch(fixed):
        return None
    return Fault(fix=fixed, safe=not _DASH.search(cell.value))


@rule(
    "FMT002",
    Severity.WARNING,
    scope="cell",
    kinds=("name",),
    items=(56,),
    zh="姓名“{value}”中有数字、括号或附注",
    en="the name {value} holds digits, brackets or a remark",
    mend="只填户口簿上的姓名，小名、曾用名不要写在这里",
    mend_en="Write only the name of the household register",
    source="校验目录 56",
    bad=[{"name": "张三丰(小)"}, {"name": "李小明2"}],
    good=[{"name": "李小明"}],
)
def remark_in_name(cell: Cell) -> Fault | None:
    return Fault() if _REMARK.search(cell.value) else None


@rule(
    "FMT003",
    Severity.ERROR,
    scope="cell",
    kinds=("name",),
    items=(52,),
    zh="姓名“{value}”中有汉字以外的字符",
    en="the name {value} holds characters that are not Chinese",
    mend="填户口簿上的汉字姓名；外国学生填正式的汉字译名",
    mend_en="Write the Chinese name of the register; foreigners their formal Chinese name",
    source="采集指标 1：汉字姓名；襄阳导入程序【姓名】只能为汉字；校验目录 52",
    bad=[{"name": "王xiao明"}, {"name": "LiMing"}],
    good=[{"name": "李明"}, {"name": "买买提·艾力"}],
)
def name_not_chinese(cell: Cell) -> Fault | None:
    return None if _HAN_NAME.fullmatch(cell.value) else Fault()


@rule(
    "FMT004",
    Severity.WARNING,
    scope="cell",
    kinds=("name",),
    items=(54,),
    zh="姓名“{value}”有{length}个字，{odd}",
    en="the name {value} has {length} characters: {odd_en}",
    mend="对照户口簿核对姓名是否完整",
    mend_en="Check the name against the household register",
    source="校验目录 54",
    bad=[{"name": "王"}],
    good=[{"name": "王明"}],
)
def odd_length_of_name(cell: Cell) -> Fault | None:
    length = len(cell.value)
    if length == 1:
        return Fault(params={"length": "1", "odd": "可能没有写全", "odd_en": "perhaps not the whole of it"})
    if length > _LONGEST_NAME:
        return Fault(
            params={"length": str(length), "odd": "可能多写了内容", "odd_en": "perhaps something else was added"}
        )
    return None


@rule(
    "FMT010",
    Severity.ERROR,
    scope="cell",
    kinds=("phone",),
    items=(111,),
    zh="“{value}”中有多个号码，只能填一个",
    en="{value} holds several numbers; only one is taken",
    mend="保留最常用的一个号码",
    mend_en="Keep the number most used",
    source="校验目录 111",
    bad=[{"phone": "13912345678,13812345679"}],
    good=[{"phone": "13912345678"}],
)
def several_phones(cell: Cell) -> Fault | None:
    parts = [part for part in _SEVERAL.split(cell.value) if part]
    if len(parts) > 1 and sum(len(re.sub("[^0-9]", "", part)) >= 7 for part in parts) > 1:
        return Fault(fix=parts[0], safe=False)
    if _digits(cell.value) and len(cell.value) == 22 and _MOBILE.fullmatch(cell.value[:11]):
        return Fault(fix=cell.value[:11], safe=False)
    return None


@rule(
    "FMT011",
    Severity.WARNING,
    scope="cell",
    kinds=("phone",),
    items=(106,),
    zh="“{value}”可能丢了区号开头的0",
    en="{value} may have lost the leading 0 of its area code",
    mend="补上区号前的0；该列要设为“文本”格式",
    mend_en="Add the leading 0 and set the column to Text",
    source="校验目录 106",
    bad=[{"phone": "3514123456"}],
    good=[{"phone": "03514123456"}],
)
def area_code_without_zero(cell: Cell) -> Fault | None:
    if _LANDLINE.fullmatch(cell.value) or _MOBILE.fullmatch(cell.value):
        return None
    if not _LOST_ZERO.fullmatch(cell.value) or len(re.sub("[^0-9]", "", cell.value)) < 9:
        return None
    return Fault(fix="0" + cell.value, safe=False)


@rule(
    "FMT012",
    Severity.ERROR,
    scope="cell",
    kinds=("phone",),
    items=(105, 107),
    zh="“{value}”不是手机号，也不是固定电话",
    en="{value} is neither a mobile number nor a landline",
    mend="手机填11位，固定电话填 区号-号码，向家长核实",
    mend_en="Write 11 digits for a mobile, area code and number for a landline; ask the parents",
    source="采集指标 31：固定电话或手机；校验目录 105、107",
    bad=[
        {"phone": "1391234567"},
        {"phone": "12012345678"},
        {"member1.phone": "139123456789"},
        {"phone": "11111111111"},
    ],
    good=[{"phone": "13912345678"}, {"phone": "0351-4123456"}, {"phone": "4123456"}],
)
def phone_malformed(cell: Cell) -> Fault | None:
    bare = cell.value.replace("-", "")
    if _digits(bare) and _MOBILE.fullmatch(bare):
        if len(set(bare[2:])) == 1:
            return Fault()
        return None if bare == cell.value else Fault(fix=bare)
    prefixed = re.fullmatch(r"(?:\+?86|0)-?(1[3-9][0-9]{9})", cell.value)
    if prefixed:
        return Fault(fix=prefixed[1])
    bracketed = re.sub(r"[()（）\s]+", "-", cell.value).strip("-")
    if _LANDLINE.fullmatch(cell.value) and len(set(bare)) > 1:
        return None
    return Fault(fix=bracketed) if bracketed != cell.value and _LANDLINE.fullmatch(bracketed) else Fault()


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
