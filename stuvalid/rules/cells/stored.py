"""CEL: how a cell is stored: as a number, a date, a formula, an error, or otherwise than it shows."""

from __future__ import annotations

import re

import numpy as np

from stuvalid.excel.model import Kind
from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, Hits, rule

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}")
_ERROR_VALUES = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


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


_KEPT_DIGITS = 15
_DECIMAL = re.compile(r"([0-9]+)\.0+")
_CUT = {"lost": "Excel 只保留前15位，末尾几位已变成0", "lost_en": "Excel keeps 15 digits, the last ones are lost"}
# What was saved as 1.33149E+10 was rounded when it was shown, long before the fifteenth digit.
_ROUNDED = {
    "lost": "只留下科学计数的前几位，其余的丢了",
    "lost_en": "only the first digits in scientific notation are left",
}


@rule(
    "CEL002",
    Severity.ERROR,
    scope="cell",
    items=(28, 29),
    zh="号码 {value} 存成了数字，{lost}，无法恢复",
    en="the number {value} was stored as a number: {lost_en}",
    mend="先把该列设为“文本”格式，再对照原件（户口簿、登记表）重新录入完整号码",
    mend_en="Set the column to Text, then type the whole number again from the document",
    source="校验目录 28–29；南京填报说明",
    bad=[
        {"@kinds": {"id_number": "number"}, "id_number": "140106201501230000"},
        {"id_number": "1.40106E+17"},
        {"phone": "1.33149E+10"},
    ],
    good=[{"id_number": "11010520150101080X", "sex": "女", "birth_date": "20150101"}],
)
def digits_lost_in_number(cell: Cell) -> Fault | None:
    if cell.stored is Kind.NUMBER and len(cell.value.split(".")[0]) > _KEPT_DIGITS:
        return Fault(params=_CUT)
    if cell.field.kind != "text" and _SCIENTIFIC.fullmatch(spellings.half_width(cell.value).strip()):
        written = sum(char.isdigit() for char in cell.value.upper().partition("E")[0])
        return Fault(params=_CUT if written >= _KEPT_DIGITS else _ROUNDED)
    return None


@rule(
    "CEL019",
    Severity.ERROR,
    scope="cell",
    kinds=("id_number", "date", "month", "division", "school_code", "class_code", "phone", "postcode", "code"),
    zh="“{value}”后面多了“.0”：转换时被当成了小数",
    en="{value} ends in .0: a conversion took it for a decimal",
    mend="删去小数点和后面的0，再对照原件核对；把该列设为“文本”格式",
    mend_en="Delete the point and the zeros behind it, then compare with the document; set the column to Text",
    source="导入模板说明：单元格均为文本；校验目录 30",
    bad=[{"phone": "13912345678.0"}, {"postcode": "030001.0"}, {"birth_date": "20070305.0"}, {"ethnicity": "1.0"}],
    good=[{"phone": "13912345678", "school_distance": "2.0"}],
)
def taken_for_decimal(cell: Cell) -> Fault | None:
    whole = _DECIMAL.fullmatch(cell.value)
    if whole is None or cell.stored is Kind.NUMBER:
        return None
    return Fault(fix=whole[1], safe=len(whole[1]) <= _KEPT_DIGITS)


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
