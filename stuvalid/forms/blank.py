"""A blank workbook of any form, so that what can be chosen is chosen and what must be text is text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stuvalid import codes
from stuvalid.excel.blank_form import EXAMPLE_MARK, BlankForm, FormColumn, write_blank_form
from stuvalid.language import say
from stuvalid.templates import Field, Template

_HINTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "name": (
            "与户口簿一致，中间不加空格；少数民族和外国姓名用“·”",
            "As in the household register, no blanks inside",
        ),
        "date": ("8位数字，如 20150305", "8 digits, as in 20150305"),
        "month": ("6位数字，如 202109", "6 digits, as in 202109"),
        "id_number": (
            "对照户口簿录入；末位字母用大写 X",
            "As in the household register; a capital X at the end",
        ),
        "phone": ("手机11位；固定电话写成 区号-号码", "11 digits, or area code-number"),
        "postcode": ("6位数字", "6 digits"),
        "division": (
            "12位：县（区）代码6位加 000000，如 140106000000",
            "12 digits: the county's six and 000000",
        ),
        "class_code": (
            "7位：入学年份4位、学段1位（1小学2初中3高中）、班级2位，如 2021101",
            "7 digits: year, stage, class",
        ),
        "school_code": ("教育部门核发的10位代码", "The 10 digits given by the authority"),
        "decimal": ("数字，单位千米，如 1.5", "A number of kilometres, as in 1.5"),
        "email": ("如 name@example.com", "As in name@example.com"),
        "address": ("从省写到门牌号；农村写到村、组", "From the province down to the house number"),
        "validity": (
            "起始日期-截止日期，如 20200101-20300101，长期的写“长期”",
            "Start-end, as in 20200101-20300101",
        ),
        "yes_no": ("填 是 或 否", "是 or 否"),
    }
)
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "date": "20150305", "month": "202109", "id_number": "14010620150305XXXX", "phone": "13900000000", "postcode": "030001",
        "division": "140106000000", "class_code": "2021101", "school_code": "2114010068", "decimal": "1.5",
        "address": "山西省太原市迎泽区双塔西街12号",
    }
)  # fmt: skip


def blank_form(form: Template, *, rows: int = 1_000, example: bool = True) -> bytes:
    """The form as xlsx, prepared for ``rows`` pupils.

    Required headers are red, code fields have dropdowns of what the registry takes, every cell is text. The first
    row is an example, marked as such: `check` asks to delete it.
    """
    columns = [_column(entry, form, example=example) for entry in form.fields]
    return write_blank_form(BlankForm(form.sheets[0] if form.sheets else form.title[:31], columns, rows))


def _column(entry: Field, form: Template, *, example: bool) -> FormColumn:
    choices = _choices(entry)
    return FormColumn(
        entry.header, entry.required, choices, strict=True, hint=_hint(entry), explanation=_explanation(entry, form),
        example=_example(entry, choices) if example else "",
    )  # fmt: skip


def _choices(entry: Field) -> list[str]:
    """What the registry takes, in the order of the list."""
    if entry.kind != "code":
        return []
    known = codes.load(entry.codes)
    offered = known.offered(entry.audience)
    return [item.name for item in known.entries if item.name in offered]


def _hint(entry: Field) -> str:
    texts = [say(*_HINTS[entry.kind])] if entry.kind in _HINTS else []
    if entry.kind == "code":
        texts.append(say("从下拉列表中选择", "Choose from the list"))
    if entry.max_length:
        texts.append(say(f"不超过{entry.max_length}个字", f"At most {entry.max_length} characters"))
    return say("；", "; ").join(texts)


def _explanation(entry: Field, form: Template) -> str:
    """Why the header is red, or when the column must be filled all the same."""
    if entry.required:
        return say("必填", "Required")
    if entry.condition is None:
        return ""
    condition = entry.condition
    zh = f"“{condition.key}”{'不是' if condition.negated else '为'}“{condition.value}”时必填"
    return say(
        zh, f"Required when {condition.key} {'is not' if condition.negated else 'is'} {condition.value}"
    )


def _example(entry: Field, choices: list[str]) -> str:
    if entry.key == "name":
        return EXAMPLE_MARK
    if choices:
        return choices[0] if entry.required else ""
    return _EXAMPLES.get(entry.kind, "") if entry.required else ""
