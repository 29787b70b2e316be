"""CEL: how a cell is stored and what stray characters it carries."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

import numpy as np

from stuvalid.codes import characters
from stuvalid.excel.model import Kind
from stuvalid.findings import Severity
from stuvalid.forms.model import FieldKind
from stuvalid.forms.table import Table
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, Hits, rule
from stuvalid.rules.required import optional_placeholders

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|_x00[01][0-9A-Fa-f]_")
_SEPARATING = re.compile(r"(?<=\S)(?:[\x0b\x0c\x1c-\x1f\x85]|_x000[BCbc]_)+(?=\S)")
_EDGE = re.compile(r"^[\s\u3000\u00a0]+|[\s\u3000\u00a0]+$")
_INNER = re.compile(r"[\s\u3000\u00a0]+")
_FULL_WIDTH = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_FULL_WIDTH_SIGN = re.compile(r"[！-～\u3000]")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}")
_HAN = re.compile(f"[{characters.HAN}]")
_BETWEEN_HAN = re.compile(rf"(?<=[{characters.HAN}])[\s\u3000\u00a0]+(?=[{characters.HAN}])")
_BESIDE_DOT = re.compile(r"[\s\u3000\u00a0]*·[\s\u3000\u00a0]*")
_ERROR_VALUES = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_WORDED_KINDS = tuple(kind for kind in get_args(FieldKind) if kind != "code")
_COMPACT_KINDS = frozenset(_WORDED_KINDS) - {"text", "name", "address"}
_ADDRESS_LIMIT = 26
_EMPLOYER_LIMIT = 10
_LONGEST = 60


@rule(
    "CEL001",
    Severity.ERROR,
    scope="cell",
    items=(18,),
    zh="单元格是错误值 {value}",
    en="the cell holds the error value {value}",
    mend="公式出错：删去公式，直接填写内容",
    mend_en="The formula failed: delete it and type the value",
    source="校验目录 18",
    bad=[{"@kinds": {"health": "error"}, "health": "#N/A"}],
    good=[{"health": "健康或良好"}],
)
def error_value(cell: Cell) -> Fault | None:
    return Fault() if cell.stored is Kind.ERROR or cell.value in _ERROR_VALUES else None


@rule(
    "CEL002",
    Severity.ERROR,
    scope="cell",
    items=(28, 29),
    zh="号码 {value} 存成了数字，Excel 只保留前15位，末尾几位已变成0，无法恢复",
    en="the number {value} was stored as a number: Excel keeps 15 digits, the last ones are lost",
    mend="先把该列设为“文本”格式，再对照户口簿重新录入完整号码",
    mend_en="Set the column to Text, then type the whole number again from the document",
    source="校验目录 28–29；南京填报说明",
    bad=[{"@kinds": {"id_number": "number"}, "id_number": "140106201501230000"}, {"id_number": "1.40106E+17"}],
    good=[{"id_number": "11010520150101080X", "sex": "女", "birth_date": "20150101"}],
)
def digits_lost_in_number(cell: Cell) -> Fault | None:
    if cell.stored is Kind.NUMBER and len(cell.value.split(".")[0]) >= 16:
        return Fault()
    if cell.field.kind != "text" and _SCIENTIFIC.fullmatch(spellings.half_width(cell.value).strip()):
        return Fault()
    return None


@rule(
    "CEL003",
    Severity.ERROR,
    needs_workbook=True,
    scope="cell",
    items=(61,),
    zh="“{value}”存成了 Excel 日期，系统只认文本",
    en="{value} is stored as an Excel date; the registry takes text only",
    mend="把该列设为“文本”格式，出生日期写成8位、入学年月写成6位数字",
    mend_en="Set the column to Text and write 8 digits for a birth date, 6 for a month",
    source="导入模板说明：单元格均为文本；校验目录 61",
    bad=[{"@kinds": {"birth_date": "date"}, "birth_date": "2007-03-05"}],
    good=[{"birth_date": "20070305"}],
)
def stored_as_date(cell: Cell) -> Fault | None:
    if cell.stored is not Kind.DATE:
        return None
    if cell.field.kind == "date":
        return Fault(fix=spellings.read_date(cell.value))
    if cell.field.kind == "month":
        return Fault(fix=spellings.read_month(cell.value))
    return Fault()


@rule(
    "CEL004",
    Severity.ERROR,
    needs_workbook=True,
    scope="cell",
    zh="单元格是逻辑值 {value}，系统只认文本",
    en="the cell holds the logical value {value}; the registry takes text only",
    mend="按代码表填写文字，如 是、否",
    mend_en="Write the word of the code list, such as 是 or 否",
    source="导入模板说明：单元格均为文本",
    bad=[{"@kinds": {"orphan": "boolean"}, "orphan": "TRUE"}],
    good=[{"orphan": "否"}],
)
def stored_as_boolean(cell: Cell) -> Fault | None:
    if cell.stored is not Kind.BOOLEAN:
        return None
    if cell.field.codes == "yes_no":
        return Fault(fix="是" if cell.value.upper() == "TRUE" else "否", safe=False)
    return Fault()


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
    "CEL010",
    Severity.WARNING,
    items=(32,),
    zh="“{value}”不是内容，只是占位",
    en="{value} is a placeholder, not a value",
    mend="没有内容就留空",
    mend_en="Leave it empty where there is nothing to say",
    source="校验目录 32",
    bad=[{"talent": "无"}, {"email": "/"}, {"former_name": "N/A"}, {"member1.employer": "（暂无）"}],
    good=[{"talent": ""}, {"school_distance": "0"}, {"talent": "无线电"}],
)
def placeholder_text(table: Table) -> list[Hits]:
    hits = []
    for key in table.columns:
        rows = optional_placeholders(table, key)
        hits.append(Hits(rows, key, fixes=[""] * len(rows)))
    return hits


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
    for char in cell.value:
        plain = characters.simplified(char)
        if plain:
            fixed = "".join(characters.simplified(other) or other for other in cell.value)
            return Fault(fix=fixed, safe=False, params={"char": char, "plain": plain})
    return None


@rule(
    "CEL013",
    Severity.ERROR,
    needs_workbook=True,
    scope="cell",
    items=(30,),
    last=True,
    zh="“{value}”存成了数字，系统只认文本",
    en="{value} is stored as a number; the registry takes text only",
    mend="把该列设为“文本”格式并重新输入内容",
    mend_en="Set the column to Text and type the value again: the format alone changes nothing",
    source="导入模板说明：单元格均为文本；校验目录 30",
    bad=[{"@kinds": {"class_code": "number"}, "class_code": "2013101"}],
    good=[{"class_code": "2013101"}],
)
def stored_as_number(cell: Cell) -> Fault | None:
    if cell.stored is not Kind.NUMBER or cell.field.kind == "decimal":
        return None
    return Fault(fix=cell.value)


@rule(
    "CEL014",
    Severity.WARNING,
    needs_workbook=True,
    items=(17,),
    zh="单元格里是公式，系统只读取数值",
    en="the cell holds a formula; the registry reads values only",
    mend="复制该列，选择性粘贴为“数值”",
    mend_en="Copy the column and paste it as values",
    source="校验目录 17",
    bad=[{"@formulas": ["native_place"]}],
    good=[{}],
)
def formula_in_cell(table: Table) -> list[Hits]:
    hits = []
    for part in table.parts:
        if part.sheet.formulas is None or not len(part.sheet.formulas):
            continue
        for matched in part.match.columns:
            rows = part.sheet.formulas[part.sheet.formulas[:, 1] == matched.column, 0]
            positions = np.flatnonzero(np.isin(part.rows, rows)) + part.offset
            kinds = table[matched.field.key].kinds
            if kinds is not None:
                # A failed formula is told as the error value it shows.
                positions = positions[kinds[positions] != Kind.ERROR]
            if len(positions):
                hits.append(Hits(positions, matched.field.key))
    return hits


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
    "CEL015",
    Severity.INFO,
    items=(35, 144),
    zh="“{value}”长 {length} 字，这一栏有的系统只收 {limit} 字",
    en="{value} has {length} characters; some systems take {limit} here",
    mend="能缩写就缩写，系统拒收时再改",
    mend_en="Shorten it if the system refuses it",
    source="华师附小登记程序（校验目录 35，仅一处来源，故为提示；只看模板写明字数的栏目）",
    bad=[{"talent": "绘画、游泳、围棋、合唱、朗诵"}],
    good=[{"talent": "绘画"}, {"home_address": "山西省太原市迎泽区双塔西街道双塔西街社区双塔西街12号3号楼2单元501室"}],
)
def longer_than_field(table: Table) -> list[Hits]:
    return _too_long(table, upper=_LONGEST, stated=True)


@rule(
    "CEL016",
    Severity.WARNING,
    items=(35,),
    zh="“{value}”长 {length} 字，远超一格所能容纳",
    en="{value} has {length} characters, far more than the field holds",
    mend="核对是否多个内容粘在了一格",
    mend_en="Check whether several values were pasted into one cell",
    source="校验目录 35",
    bad=[{"home_address": "山西省太原市迎泽区双塔西街12号" * 5}],
    good=[{"home_address": "山西省太原市迎泽区双塔西街12号"}],
)
def far_too_long(table: Table) -> list[Hits]:
    return _too_long(table, lower=_LONGEST)


def _too_long(table: Table, *, lower: int = 0, upper: int = 1 << 30, stated: bool = False) -> list[Hits]:
    """Text cells of more than their field's limit, at least ``lower`` and less than ``upper`` characters.

    With ``stated`` only of fields whose limit the form states: a usual address is longer than one program takes.
    """
    hits = []
    for key, column in table.columns.items():
        if column.field.kind not in ("address", "text", "name") or column.is_blank:
            continue
        if stated and not column.field.max_length:
            continue
        limit = column.field.max_length or (_EMPLOYER_LIMIT if key.endswith("employer") else _ADDRESS_LIMIT)
        sizes = column.characters
        rows = np.flatnonzero((sizes > limit) & (sizes >= lower) & (sizes < upper))
        if len(rows):
            params = {"length": sizes[rows].astype(str).tolist(), "limit": [str(limit)] * len(rows)}
            hits.append(Hits(rows, key, params))
    return hits


@rule(
    "CEL020",
    Severity.ERROR,
    needs_workbook=True,
    items=(30,),
    zh="显示的是“{value}”，其中“{added}”只是数字格式添上的，系统读不到",
    en="the cell shows {value}, of which {added} is only added by its number format: the registry does not read it",
    mend="把该列设为“文本”格式，按显示的内容重新输入",
    mend_en="Set the column to Text and type what is shown",
    source="导入模板说明：单元格均为文本；校验目录 30",
    bad=[{"@stored": {"postcode": "30001"}}, {"@stored": {"class_code": "1"}}],
    good=[{}],
)
def shown_not_stored(table: Table) -> list[Hits]:
    hits = []
    for part in table.parts:
        if not part.sheet.stored:
            continue
        places = {int(row): number + part.offset for number, row in enumerate(part.rows)}
        for matched in part.match.columns:
            column = table[matched.field.key]
            stored = {
                places[row]: text
                for (row, col), text in part.sheet.stored.items()
                if col == matched.column and row in places
            }
            if stored:
                rows = np.array(sorted(stored), dtype=np.intp)
                shown = column.raws(rows)
                added = [_added(stored[row], text) for row, text in zip(rows.tolist(), shown, strict=True)]
                good = column.readable[rows]
                fixes = [text if fine else None for text, fine in zip(shown, good, strict=True)]
                hits.append(Hits(rows, matched.field.key, {"added": added}, fixes, safe=True))
    return hits


def _added(stored: str, shown: str) -> str:
    """What of ``shown`` a number format put before or behind the stored value: mostly before it (030001)."""
    return shown[: -len(stored)] if shown.endswith(stored) else shown.replace(stored, "", 1)
