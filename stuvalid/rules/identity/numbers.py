"""A resident's number by itself: what stands in the cell, how it is written, and whether it can be right."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from stuvalid.codes import identity
from stuvalid.findings import Severity
from stuvalid.rules import spellings
from stuvalid.rules.identity.documents import EXAMPLE, NUMBER, RESIDENT_ID, is_citizen_like
from stuvalid.rules.registry import Cell, Fault, rule

_LOOK_ALIKES = str.maketrans("OoQDlI|SsZzB", "000011155228")
_SEPARATORS = re.compile(r"[\s\-—–_.,，·。、；;]+")
_WHOLE = re.compile(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9X])")
_COVERED = re.compile(r"[0-9GJL][0-9]{0,16}(?:[*＊●○•×※?？#]{2,}|[xX]{3,})[0-9]{0,8}[0-9xX*＊●]?")
_MARKS = re.compile(r"[\s\-—–_.,，·。、；;'’‘`]+")
_RECORD = re.compile(r"[GJL][0-9]{17}[0-9X]")
_TEMPORARY = re.compile(r"999[0-9]{14}[0-9X]")
# Words that leave no doubt about the number beside them; what else stands there may speak against it (旧, 作废).
_LABEL = re.compile(r"[\s:：（）()\[\]【】“”\"'，,。；;]|公民|居民|二代|新|身份|证件|证|号码|号|是|为")


class _Held(NamedTuple):
    """What a cell holds instead of a plain number; ``number`` is the one valid number inside, if there is just one."""

    what: Literal["record", "several", "words", "covered", "temporary", "lost"]
    number: str = ""
    safe: bool = False


def _is_valid(number: str) -> bool:
    return identity.body_of(number) > 0


@lru_cache(maxsize=4096)
def _held(value: str) -> _Held | None:
    """What ``value`` is if it is not, and is not meant as, one number by itself."""
    text = spellings.half_width(value).upper().replace("×", "X")
    bare = _SEPARATORS.sub("", text)
    if _COVERED.fullmatch(_SEPARATORS.sub("", spellings.half_width(value))) and not identity.RESIDENT.fullmatch(bare):
        return _Held("covered")
    if _RECORD.fullmatch(bare):
        return _Held("record", bare[1:] if bare[0] == "G" and _is_valid(bare[1:]) else "")
    if _TEMPORARY.fullmatch(bare):
        return _Held("temporary")
    if len(bare) == 18 and bare.endswith("000") and bare.isdigit():
        return _Held("lost") if not _is_valid(bare) and identity.calendar_date(bare[6:14]) else None
    return _among_others(text, bare)


def _among_others(text: str, bare: str) -> _Held | None:
    """The same for a cell in which whole numbers stand beside each other or beside words."""
    found = _WHOLE.findall(text) or (re.findall(r"[0-9]{17}[0-9X]", bare) if len(bare) == 36 else [])
    valid = [number for number in sorted(set(found)) if _is_valid(number)]
    number = valid[0] if len(valid) == 1 else ""
    if len(found) > 1:
        return _Held("several", number, safe=len(set(found)) == 1)
    if len(found) == 1 and _MARKS.sub("", text) != found[0]:
        return _Held("words", number, safe=not _LABEL.sub("", text.replace(found[0], "")))
    return None


def _is_number(cell: Cell) -> bool:
    """Whether the cell holds one number, meant to follow GB 11643."""
    return is_citizen_like(cell) and _held(cell.value) is None


@rule(
    "IDN001",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(77,),
    zh="证件号“{value}”中夹有空格或符号",
    en="the number {value} holds blanks or separators",
    mend="删去空格和符号",
    mend_en="Remove them",
    source="校验目录 77",
    bad=[{**EXAMPLE, "id_number": "110105 20150101 0017"}, {**EXAMPLE, "id_number": "110105-20150101-0017"}],
    good=[EXAMPLE],
)
def separators_in_number(cell: Cell) -> Fault | None:
    bare = _SEPARATORS.sub("", cell.value)
    if _held(cell.value) is not None:
        return None
    return Fault(fix=bare) if bare != cell.value else None


@rule(
    "IDN002",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(72,),
    zh="证件号“{value}”中的字母应为大写",
    en="letters in the number {value} must be capitals",
    mend="改成大写字母",
    mend_en="Use capitals",
    source="GB 11643-1999 校验码 X；校验目录 72",
    bad=[{"id_number": "11010520150101080x", "sex": "女", "birth_date": "20150101"}],
    good=[EXAMPLE],
)
def lower_case_letter(cell: Cell) -> Fault | None:
    if is_citizen_like(cell) and not re.fullmatch(r"[0-9]{17}[xX×]", cell.value):
        return None
    upper = cell.value.replace("×", "X").upper()
    if _held(cell.value) is not None:
        return None
    return Fault(fix=upper) if upper != cell.value else None


@rule(
    "IDN003",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(76,),
    private={"likely": "id_number"},
    zh="证件号“{value}”中有形近字母（O与0、l与1等），可能是 {likely}",
    en="the number {value} holds letters that look like digits; {likely} may be meant",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="校验目录 76",
    bad=[{**EXAMPLE, "id_number": "11O105201501010017"}],
    good=[EXAMPLE],
)
def letter_for_digit(cell: Cell) -> Fault | None:
    if not _is_number(cell) or len(cell.value) not in (15, 18):
        return None
    likely = cell.value[:-1].translate(_LOOK_ALIKES) + (
        cell.value[-1].upper() if cell.value[-1] in "xX" else cell.value[-1].translate(_LOOK_ALIKES)
    )
    if likely == cell.value or not (identity.RESIDENT.fullmatch(likely) or identity.LEGACY.fullmatch(likely)):
        return None
    return Fault(fix=likely, safe=False, params={"likely": likely})


@rule(
    "IDN004",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(73,),
    private={"modern": "id_number"},
    zh="“{value}”是15位旧号码，已停用，对应的18位号码是 {modern}",
    en="{value} is a 15-digit number, no longer in use; its 18-digit form is {modern}",
    mend="对照新身份证或户口簿填18位号码",
    mend_en="Write the 18-digit number of the new card",
    source="GB 11643-1999；identity 6.2；校验目录 73",
    bad=[{"member1.id_number": "610104620927690"}, {**EXAMPLE, "id_number": "110105150101001"}],
    good=[EXAMPLE],
)
def legacy_number(cell: Cell) -> Fault | None:
    if not _is_number(cell) or not identity.LEGACY.fullmatch(cell.value):
        return None
    # The last were given out in 1999: a pupil has none, and of his number the century was left out.
    centuries = ("19",) if cell.field.member else ("20", "19")
    likely = (century for century in centuries if _is_past(century + cell.value[6:12], cell.today))
    century = next(likely, None)
    if century is None:
        return None
    modern = identity.modern(cell.value, century)
    return Fault(fix=modern, safe=False, params={"modern": modern})


def _is_past(day: str, today: int) -> bool:
    return identity.calendar_date(day) is not None and (not today or int(day) <= today)


@rule(
    "IDN005",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70,),
    zh="身份证号“{value}”是{length}位，应为18位",
    en="the ID number {value} has {length} characters instead of 18",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="GB 11643-1999 第4章；校验目录 70",
    bad=[{**EXAMPLE, "id_number": "11010520150101001"}, {**EXAMPLE, "id_number": "1101052015010100178"}],
    good=[EXAMPLE],
)
def wrong_length_of_number(cell: Cell) -> Fault | None:
    if not _is_number(cell) or len(cell.value) == 18:
        return None
    if cell.companion != RESIDENT_ID and not (cell.value.isascii() and cell.value.isdigit() and len(cell.value) > 14):
        return None
    return Fault(params={"length": str(len(cell.value))})


@rule(
    "IDN006",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70, 76),
    zh="身份证号“{value}”中有不该出现的字符",
    en="the ID number {value} holds characters that do not belong there",
    mend="前17位只能是数字，末位是数字或X；对照户口簿重新录入",
    mend_en="17 digits and a digit or X; type it again from the household register",
    source="GB 11643-1999 第4章；校验目录 76",
    bad=[{**EXAMPLE, "id_number": "11010A201501010017"}],
    good=[EXAMPLE],
)
def stray_character_in_number(cell: Cell) -> Fault | None:
    if not _is_number(cell) or identity.RESIDENT.fullmatch(cell.value):
        return None
    return Fault() if cell.companion == RESIDENT_ID or len(cell.value) == 18 else None


@rule(
    "IDN007",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(75,),
    zh="身份证号“{value}”第7–14位不是真实的出生日期",
    en="digits 7-14 of the ID number {value} are not a possible birth date",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="GB 11643-1999 5.2；校验目录 75",
    bad=[{**EXAMPLE, "id_number": "110105201502300013"}],
    good=[EXAMPLE],
)
def impossible_birth_in_number(cell: Cell) -> Fault | None:
    if not _is_number(cell) or not identity.RESIDENT.fullmatch(cell.value):
        return None
    born = identity.calendar_date(cell.value[6:14])
    possible = born is not None and born.year >= identity.OLDEST_BIRTH_YEAR and int(cell.value[6:14]) <= cell.today
    return None if possible else Fault()


@rule(
    "IDN008",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(71,),
    zh="身份证号“{value}”的校验码不对，前17位若无误末位应为{expected}",
    en="the check character of {value} is wrong; it would be {expected} if the other 17 are right",
    mend="对照户口簿逐位核对后重新录入，不要只改最后一位",
    mend_en="Compare every digit with the household register; do not just change the last",
    source="GB 11643-1999 5.3（ISO 7064 MOD 11-2）；校验目录 71",
    bad=[{**EXAMPLE, "id_number": "110105201501010016"}],
    good=[EXAMPLE],
)
def wrong_check_character(cell: Cell) -> Fault | None:
    if not _is_number(cell) or not identity.RESIDENT.fullmatch(cell.value):
        return None
    expected = identity.check_character(cell.value[:17])
    return None if expected == cell.value[17] else Fault(params={"expected": expected})


@rule(
    "IDN012",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70,),
    zh="“{value}”是学籍号（G、J、L 加18位），不是身份证件号",
    en="{value} is a record number (G, J or L and 18 characters), not an identity number",
    mend="这里填身份证件号；G 后面的18位是办学籍时的身份证号，变更过的以户口簿为准",
    mend_en="Write the identity number; the 18 characters behind G are that of the time of registration",
    source="学籍号编码规则；校验目录 70",
    bad=[{**EXAMPLE, "id_number": "G110105201501010017"}, {**EXAMPLE, "id_number": "L14010620150101123X"}],
    good=[EXAMPLE],
)
def record_number_for_identity(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    if not is_citizen_like(cell) or held is None or held.what != "record":
        return None
    return Fault(fix=held.number or None, safe=False)


@rule(
    "IDN013",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70, 76),
    zh="号码“{value}”是遮盖过的，不是完整号码",
    en="the number {value} is masked, not whole",
    mend="从未遮盖的原始名册中取完整号码，或对照户口簿重新录入",
    mend_en="Take the whole number from the roster it was masked from, or from the household register",
    source="GB 11643-1999 第4章；校验目录 70、76",
    bad=[{**EXAMPLE, "id_number": "110105********0017"}, {**EXAMPLE, "member1.id_number": "140106XXXXXXXX1234"}],
    good=[EXAMPLE],
)
def masked_number(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    return Fault() if held is not None and held.what == "covered" else None


@rule(
    "IDN014",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70,),
    private={"number": "id_number"},
    zh="“{value}”里有几个号码，只能填一个{likely}",
    en="{value} holds several numbers; only one is taken{likely_en}",
    mend="对照户口簿留下正确的一个",
    mend_en="Keep the one of the household register",
    source="GB 11643-1999 第4章；校验目录 70",
    bad=[
        {**EXAMPLE, "id_number": "110105201501010017\n110105201501010017"},
        {**EXAMPLE, "id_number": "110105201501010017/11010520150101080X"},
    ],
    good=[EXAMPLE],
)
def several_numbers_in_cell(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    if not is_citizen_like(cell) or held is None or held.what != "several":
        return None
    params = {"number": held.number, "likely": "", "likely_en": ""}
    if held.number:
        params |= {"likely": "，其中只有一个校验码正确", "likely_en": ", and one alone has a right check character"}
    return Fault(fix=held.number or None, safe=held.safe, params=params)


@rule(
    "IDN015",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(70, 76),
    zh="“{value}”除号码外还写了别的字",
    en="{value} holds other words beside the number",
    mend="只填号码",
    mend_en="Write the number alone",
    source="GB 11643-1999 第4章；校验目录 76",
    bad=[{**EXAMPLE, "id_number": "身份证110105201501010017"}, {**EXAMPLE, "id_number": "110105201501010017（旧）"}],
    good=[EXAMPLE],
)
def words_beside_number(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    if not is_citizen_like(cell) or held is None or held.what != "words":
        return None
    return Fault(fix=held.number or None, safe=held.safe)


@rule(
    "IDN016",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(28, 74),
    zh="“{value}”以 999 开头，是临时编的号码，不是身份证号",
    en="{value} begins with 999: a temporary number, not an identity number",
    mend="有身份证号的对照户口簿填写；确实没有的，证件类型填“其他”，号码留空",
    mend_en="Write the number of the household register; if there is none, the type is 其他 and the number empty",
    source="中职系统等以 999+学校代码+序号 编临时号；GB/T 2260 没有 99 开头的省份；校验目录 74",
    bad=[{**EXAMPLE, "id_number": "999211401006800001"}, {"member1.id_number": "999999198503121010"}],
    good=[EXAMPLE],
)
def temporary_number(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    return Fault() if is_citizen_like(cell) and held is not None and held.what == "temporary" else None


@rule(
    "IDN017",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(28,),
    zh="“{value}”的末三位是000且校验码不对，是Excel只保留15位造成的，无法恢复",
    en="{value} ends in 000 with a wrong check character: Excel kept 15 digits, the rest is lost",
    mend="先把该列设为“文本”格式，再对照户口簿重新录入完整号码",
    mend_en="Set the column to Text, then type the whole number again from the document",
    source="校验目录 28；南京填报说明",
    bad=[{**EXAMPLE, "id_number": "110105201501010000"}],
    good=[EXAMPLE],
)
def digits_lost_before(cell: Cell) -> Fault | None:
    held = _held(cell.value)
    return Fault() if is_citizen_like(cell) and held is not None and held.what == "lost" else None
