"""How phone numbers are written, and the one number that is meant."""

from __future__ import annotations

import re

from stuvalid.findings import Severity
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, rule

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:0(?:10|2[0-9]|[3-9][0-9]{2})-?)?[2-9][0-9]{6,7}(?:-[0-9]{1,5})?|[48]00-?[0-9]{3}-?[0-9]{4}")
_LOST_ZERO = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})-?[2-9][0-9]{6,7}")
# A country code other than China's, and what follows it (E.164: at most 15 digits).
_ABROAD = re.compile(r"(?:\+|00)(?!86)[1-9][0-9]{6,14}")
_WITH_COUNTRY = re.compile(r"(?:\+?86|0086|0)?(1[3-9][0-9]{9})(?:\.0+)?")
_EXTENSION = re.compile(r"-?(?:转|分机|转分机|ext\.?)-?(?=[0-9])")
_PHONE_LABEL = re.compile(r"手机|联系|电话|号码|号|[\s:;,.、。()\[\]【】+-]")
_SHORTEST_PHONE = 7
_SEVERAL = re.compile(r"[,，;；/、|\n ]+|或|和")


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


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
        {"phone": "13900000000"},
        {"phone": "010-12345678"},
        {"phone": "0086-13912345678"},
        {"phone": "电话：13912345678"},
        {"phone": "13912345678（妈妈）"},
    ],
    good=[{"phone": "13912345678"}, {"phone": "0351-4123456"}, {"phone": "010-62345678"}, {"phone": "4123456"}],
)
def phone_malformed(cell: Cell) -> Fault | None:
    bare = cell.value.replace("-", "")
    if _digits(bare) and _MOBILE.fullmatch(bare):
        # One digit again and again, or eight noughts, where somebody filled the cell or the digits were rounded away.
        if len(set(bare[2:])) == 1 or bare.endswith("00000000"):
            return Fault()
        return None if bare == cell.value else Fault(fix=bare)
    if _LANDLINE.fullmatch(cell.value) and len(set(bare)) > 1:
        return None
    return None if _ABROAD.fullmatch(bare.replace(" ", "")) else _meant_phone(cell.value)


def _meant_phone(value: str) -> Fault:
    """The one number that stands in ``value`` among signs, a country code or words, if there is just one."""
    text = spellings.half_width(value)
    prefixed = _WITH_COUNTRY.fullmatch(re.sub(r"[\s-]+", "", text))
    if prefixed:
        return Fault(fix=prefixed[1])
    joined = _EXTENSION.sub("-", re.sub(r"[()\s/—–]+", "-", text)).strip("-")
    for likely in (joined, joined.replace("-", "")):
        if _LANDLINE.fullmatch(likely) and likely != value:
            return Fault(fix=likely)
    numbers = [
        number for number in re.findall(r"[0-9][0-9-]*[0-9]", joined) if len(number.replace("-", "")) >= _SHORTEST_PHONE
    ]
    if len(numbers) != 1:
        return Fault()
    found = _WITH_COUNTRY.sub(r"\1", numbers[0].replace("-", ""))
    whole = found if _MOBILE.fullmatch(found) else numbers[0]
    if not (_MOBILE.fullmatch(whole) or _LANDLINE.fullmatch(whole)):
        return Fault()
    # A label or a stray sign says nothing more; whose phone it is (妈妈) would be lost.
    rest = _PHONE_LABEL.sub("", text.replace(numbers[0], ""))
    return Fault(fix=whole, safe=not rest)


@rule(
    "FMT013",
    Severity.WARNING,
    scope="cell",
    kinds=("phone",),
    items=(105,),
    zh="“{value}”像是境外的电话，系统可能不收",
    en="{value} looks like a phone abroad, which the registry may refuse",
    mend="有境内号码的填境内号码",
    mend_en="Write a number in the mainland if there is one",
    source="采集指标 31：固定电话或手机，未说境外号码可否填写，故为警告；校验目录 105",
    bad=[{"phone": "+85291234567"}, {"phone": "00852-91234567"}, {"phone": "+14155550100"}],
    good=[{"phone": "13912345678"}],
)
def phone_abroad(cell: Cell) -> Fault | None:
    return Fault() if _ABROAD.fullmatch(re.sub(r"[\s-]+", "", cell.value)) else None
