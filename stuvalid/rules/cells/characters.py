"""CEL: stray characters in a cell: blanks, controls, other widths, forms that only look right."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

from stuvalid.codes import characters
from stuvalid.findings import Severity
from stuvalid.forms.model import FieldKind
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, rule

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|_x00[01][0-9A-Fa-f]_")
_SEPARATING = re.compile(r"(?<=\S)(?:[\x0b\x0c\x1c-\x1f\x85]|_x000[BCbc]_)+(?=\S)")
_EDGE = re.compile(r"^[\s\u3000\u00a0]+|[\s\u3000\u00a0]+$")
_INNER = re.compile(r"[\s\u3000\u00a0]+")
_FULL_WIDTH = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_FULL_WIDTH_SIGN = re.compile(r"[！-～\u3000]")
_HAN = re.compile(f"[{characters.HAN}]")
_BETWEEN_HAN = re.compile(rf"(?<=[{characters.HAN}])[\s\u3000\u00a0]+(?=[{characters.HAN}])")
_BESIDE_DOT = re.compile(r"[\s\u3000\u00a0]*·[\s\u3000\u00a0]*")
_WORDED_KINDS = tuple(kind for kind in get_args(FieldKind) if kind != "code")
_COMPACT_KINDS = frozenset(_WORDED_KINDS) - {"text", "name", "address"}


@rule(
    "CEL005",
    Severity.ERROR,
    scope="cell",
    items=(24, 31),
    zh="“{value}”中夹有看不见的控制字符",
    en="{value} holds invisible control characters",
    mend="删去看不见的字符",
    mend_en="Remove the invisible characters",
    source="校验目录 24、31",
    bad=[{"name": "王小\u200b明"}, {"native_place": "山西省太原市迎泽区\x07"}],
    good=[{"name": "王小明"}],
)
def invisible_characters(cell: Cell) -> Fault | None:
    # A page or line break in the middle keeps two things apart, which a person sees: it becomes a blank, not nothing.
    cleaned = _CONTROL.sub("", _INVISIBLE.sub("", _SEPARATING.sub(" ", cell.value)))
    return Fault(fix=cleaned) if cleaned != cell.value else None


@rule(
    "CEL006",
    Severity.ERROR,
    scope="cell",
    items=(24, 26),
    zh="“{value}”前后有空格或换行",
    en="{value} has blanks or line breaks around it",
    mend="删去前后的空格",
    mend_en="Remove the blanks around it",
    source="校验目录 24、26",
    bad=[{"name": " 王小明"}, {"sex": "男　"}, {"home_address": "山西省太原市迎泽区双塔西街12号\n"}],
    good=[{"name": "王小明"}],
)
def blanks_around(cell: Cell) -> Fault | None:
    cleaned = _EDGE.sub("", cell.value)
    return Fault(fix=cleaned) if cleaned != cell.value else None


@rule(
    "CEL007",
    Severity.ERROR,
    scope="cell",
    items=(27,),
    zh="“{value}”开头多了一个撇号",
    en="{value} begins with a literal apostrophe",
    mend="删去开头的撇号",
    mend_en="Remove the leading apostrophe",
    source="校验目录 27",
    bad=[{"id_number": "'11010520150101080X", "sex": "女", "birth_date": "20150101"}],
    good=[{"class_code": "2013101"}],
)
def leading_apostrophe(cell: Cell) -> Fault | None:
    if cell.value[:1] in "'’‘`＇" and len(cell.value) > 1:
        return Fault(fix=cell.value[1:])
    return None


@rule(
    "CEL008",
    Severity.ERROR,
    scope="cell",
    items=(25,),
    zh="“{value}”中有全角字符，应为半角",
    en="{value} holds full-width characters that should be half-width",
    mend="切换到半角重新输入",
    mend_en="Type it in half-width",
    source="南京填报说明：数字须半角；校验目录 25",
    bad=[{"phone": "１3912345678"}, {"home_address": "山西省太原市迎泽区双塔西街１２号"}],
    good=[{"home_address": "山西省太原市迎泽区双塔西街12号（东院）"}],
)
def full_width_characters(cell: Cell) -> Fault | None:
    compact = cell.field.kind in _COMPACT_KINDS
    if compact and _HAN.search(cell.value):
        return None  # 电话：…, …（妈妈）: what to do with the words comes first
    signs = _FULL_WIDTH_SIGN if compact else _FULL_WIDTH
    if cell.field.kind == "code" or not signs.search(cell.value):
        return None
    return Fault(fix=signs.sub(lambda match: unicodedata.normalize("NFKC", match[0]), cell.value))


@rule(
    "CEL009",
    Severity.ERROR,
    scope="cell",
    items=(26, 51, 77),
    kinds=("name", "phone", "date", "month", "division", "class_code", "school_code", "postcode", "email"),
    zh="“{value}”中间有空格",
    en="{value} has blanks inside",
    mend="删去中间的空格，不要用空格对齐姓名；民族姓名中间用“·”，两个人的内容分开填",
    mend_en="Remove the blanks, also those that align names; parts of a name take the dot, two people a cell each",
    source="校验目录 26、51、77",
    bad=[
        {"name": "王　明"},
        {"phone": "139 1234 5678"},
        {"name": "古丽娜尔 艾力", "ethnicity": "维吾尔族"},
        {"member1.name": "王建国 李秀英"},
    ],
    good=[{"name": "王明"}],
)
def blanks_inside(cell: Cell) -> Fault | None:
    if not _INNER.search(cell.value):
        return None
    if cell.field.kind == "name":
        return _blanks_in_name(cell)
    if cell.field.kind == "date" and spellings.read_date(cell.value):
        return None
    if cell.field.kind == "month" and spellings.read_month(cell.value):
        return None
    cleaned = _INNER.sub("", cell.value)
    if cell.field.kind == "email":
        return Fault(fix=cleaned, safe=False)
    several = cell.field.kind == "phone" and len(cleaned) > 14
    return None if several else Fault(fix=cleaned)


def _blanks_in_name(cell: Cell) -> Fault | None:
    """Blanks that align a short name mean nothing; elsewhere one stands for a dot, or between two people.

    What is joined can never be found again, so only what has one reading is: 王　明, and a blank beside a dot.
    """
    whole = _BESIDE_DOT.sub("·", cell.value)
    parts = _BETWEEN_HAN.split(whole)
    if len(parts) == 1:
        return Fault(fix=whole) if whole != cell.value else None
    joined = "".join(parts)
    is_han = cell.companion in ("", "汉族", "汉")
    if len(joined) == len(parts) <= 3 or (is_han and len(joined) <= 3):
        return Fault(fix=joined)
    if len(joined) <= 3 or max(map(len, parts)) == 1:
        return Fault(fix=joined, safe=False)
    return Fault() if is_han and characters.are_people(parts) else Fault(fix="·".join(parts), safe=False)


@rule(
    "CEL011",
    Severity.WARNING,
    scope="cell",
    items=(34,),
    kinds=("name", "text", "address"),
    zh="“{value}”中的“{char}”是兼容字形或部首，与常用字“{plain}”看似相同、编码不同",
    en="{char} in {value} is a compatibility form of {plain}: it looks the same and is another character",
    mend="重新输入该字",
    mend_en="Type the character again",
    source="校验目录 34",
    bad=[{"name": "王⼩明"}, {"name": "⻢小云"}, {"name": "张⻓江"}],
    good=[{"name": "王小明"}, {"name": "马小云"}],
)
def compatibility_character(cell: Cell) -> Fault | None:
    for char in cell.value:
        plain = characters.compatible(char)
        if plain:
            fixed = "".join(characters.compatible(other) or other for other in cell.value)
            return Fault(fix=fixed, params={"char": char, "plain": plain})
    return None


@rule(
    "CEL012",
    Severity.WARNING,
    scope="cell",
    items=(34,),
    kinds=("name",),
    zh="“{value}”中的“{char}”是繁体或异体字，户口簿上通常是“{plain}”",
    en="{char} in {value} is a traditional or variant form; the household register usually has {plain}",
    mend="对照户口簿核对用字，与户口簿完全一致",
    mend_en="Compare with the household register; it must be the same to the letter",
    source="校验目录 34",
    bad=[{"name": "張小明"}],
    good=[{"name": "张小明"}, {"name": "李喆"}, {"name": "王堃"}],
)
def traditional_character(cell: Cell) -> Fault | None:
    if characters.ungarbled(cell.value):
        return None  # 鐜嬪皬鏄? is no name in traditional characters
    for char in cell.value:
        plain = characters.simplified(char)
        if plain:
            fixed = "".join(characters.simplified(other) or other for other in cell.value)
            return Fault(fix=fixed, safe=False, params={"char": char, "plain": plain})
    return None


@rule(
    "CEL017",
    Severity.ERROR,
    scope="cell",
    items=(34,),
    kinds=("name", "text", "address"),
    zh="“{value}”中有一个自造字（{code}），换一台电脑就显示不出来{likely}",
    en="{value} holds a private character ({code}) that no other computer can show{likely_en}",
    mend="用输入法重新输入这个字；户口簿上的字打不出来的，向派出所或教育主管部门问清编码",
    mend_en="Type the character again with an input method; ask the police or the authority for one that cannot be typed",
    source="GB 18030-2022 附录（80个码位已有正式编码）；校验目录 34",
    bad=[{"name": "王\ue863"}, {"name": "赵\ue5e5"}, {"home_address": "山西省太原市迎泽区\ue100街12号"}],
    good=[{"name": "王䶮"}],
)
def private_character(cell: Cell) -> Fault | None:
    private = [char for char in cell.value if characters.is_private(char)]
    if not private:
        return None
    known = [characters.published(char) for char in private]
    params = {"code": "、".join(dict.fromkeys(f"U+{ord(char):04X}" for char in private)), "likely": "", "likely_en": ""}
    if None in known:
        return Fault(params=params)
    shown = "、".join(dict.fromkeys(char for char in known if char))
    params |= {"likely": f"，国家标准规定它是“{shown}”", "likely_en": f"; the national standard says it is {shown}"}
    fixed = "".join(characters.published(char) or char for char in cell.value)
    return Fault(fix=fixed, safe=False, params=params)


@rule(
    "CEL018",
    Severity.ERROR,
    scope="cell",
    items=(24,),
    kinds=("name", "text", "address"),
    zh="“{value}”是乱码：文件的编码读错了{likely}",
    en="{value} is garbled: the file was read in a wrong encoding{likely_en}",
    mend="用原来的文件重新导入：另存为 xlsx，或打开 csv 时选 UTF-8；整列都是乱码的不要一格一格改",
    mend_en="Import the original again: as xlsx, or choose UTF-8 when opening the csv; do not mend it cell by cell",
    source="GB 18030 与 UTF-8 互相读错（锟斤拷、寮犱笁）；校验目录 24",
    bad=[{"name": "寮犱笁"}, {"name": "鐜嬪皬鏄?"}, {"member1.employer": "锟斤拷锟斤拷"}],
    good=[{"name": "张三"}, {"name": "闫嬛"}, {"member1.employer": "太原钢铁"}],
)
def garbled_encoding(cell: Cell) -> Fault | None:
    meant = characters.ungarbled(cell.value)
    if meant is None:
        return None
    if "?" in meant or _CONTROL.search(meant):
        return Fault(params={"likely": "", "likely_en": ""})
    # What it says is the fix: a report masks that, a sentence it would not.
    return Fault(fix=meant, safe=False, params={"likely": "，还能读回来", "likely_en": "; it can be read back"})
