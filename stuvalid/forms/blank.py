"""A blank workbook of any form, so that what can be chosen is chosen and what must be text is text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from stuvalid.excel.blank import EXAMPLE_MARK, BlankForm, FormColumn, PlainSheet, write_blank_form
from stuvalid.forms import Field, Template
from stuvalid.forms.issued import offered_choices, stamp
from stuvalid.forms.model import Condition
from stuvalid.language import say

_HINTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "name": (
            "与户口簿一致，中间不加空格；少数民族和外国姓名用“·”",
            "As in the household register, no blanks inside",
        ),
        "date": ("8位数字，如 20150305", "8 digits, as in 20150305"),
        "month": ("6位数字，如 202109", "6 digits, as in 202109"),
        "id_number": ("对照户口簿录入；末位字母用大写 X", "As in the household register; a capital X at the end"),
        "phone": ("手机11位；固定电话写成 区号-号码", "11 digits, or area code-number"),
        "postcode": ("6位数字", "6 digits"),
        "division": ("12位：县（区）代码6位加 000000，如 140106000000", "12 digits: the county's six and 000000"),
        "class_code": (
            "7位：入学年份4位、学段1位（1小学2初中3高中）、班级2位，如 2021101",
            "7 digits: year, stage, class",
        ),
        "school_code": ("教育部门核发的10位代码", "The 10 digits given by the authority"),
        "decimal": ("数字，单位千米，如 1.5", "A number of kilometres, as in 1.5"),
        "email": ("如 name@example.com", "As in name@example.com"),
        "address": ("从省写到门牌号；农村写到村、组", "From the province down to the house number"),
        "validity": ("起始日期-截止日期，如 20200101-20300101，长期的写“长期”", "Start-end, as in 20200101-20300101"),
        "yes_no": ("填 是 或 否", "是 or 否"),
    }
)
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "date": "20150305",
        "month": "202109",
        "id_number": "14010620150305XXXX",
        "phone": "13900000000",
        "postcode": "030001",
        "division": "140106000000",
        "class_code": "2021101",
        "school_code": "2114010068",
        "decimal": "1.5",
        "address": "山西省太原市迎泽区双塔西街12号",
    }
)
_EXAMPLES_OF_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name": f"{EXAMPLE_MARK}：张三",
        "native_place": "山西省太原市迎泽区",
        "nationality": "中国",
        "ethnicity": "汉族",
        "health": "健康或良好",
        "political_status": "群众",
        "entry_way": "就近入学",
        "attendance": "走读",
        "left_behind": "非留守儿童",
        "transport": "步行",
        "preschool": "是",
        "grade": "小学一年级",
        "class_name": "小学2021级(1)班",
        "member1.name": "张建国",
        "member1.relation": "父亲",
        "member1.guardian": "是",
        "member1.id_number": "14010619850101XXXX",
        "member2.name": "李秀英",
        "member2.relation": "母亲",
        "member2.guardian": "是",
        "member2.id_number": "14010619860102XXXX",
    }
)


def blank_form(form: Template, *, rows: int = 1_000, example: bool = True, behind: Sequence[PlainSheet] = ()) -> bytes:
    """The form as xlsx, prepared for ``rows`` pupils.

    Required headers are red, code fields have dropdowns of what the registry takes, every cell is text. The first
    row is an example, marked as such: `check` asks to delete it. ``behind`` are sheets that follow it.
    """
    columns = [_column(entry, form, example=example) for entry in form.fields]
    return write_blank_form(BlankForm(form_sheet(form), columns, rows, behind=behind, stamp=stamp(form)))


def form_sheet(form: Template) -> str:
    """The name of the sheet that a blank form is on."""
    return form.sheets[0] if form.sheets else form.title[:31]


def _column(entry: Field, form: Template, *, example: bool) -> FormColumn:
    choices = offered_choices(entry)
    return FormColumn(
        entry.header,
        entry.required,
        choices,
        strict=True,
        hint=hint_of(entry),
        explanation=_explanation(entry, form),
        example=_example(entry, choices) if example else "",
    )


def hint_of(entry: Field) -> str:
    """What is said to whoever enters a cell of this field; '' for nothing."""
    texts = [say(*_HINTS[entry.kind])] if entry.kind in _HINTS else []
    if entry.kind == "code":
        texts.append(say("从下拉列表中选择", "Choose from the list"))
    if entry.pattern:
        texts.append(say(f"写成如 {entry.example}", f"Written as in {entry.example}"))
    if entry.max_length:
        texts.append(say(f"不超过{entry.max_length}个字", f"At most {entry.max_length} characters"))
    return say("；", "; ").join(texts)


def _explanation(entry: Field, form: Template) -> str:
    """Why the header is red, or when the column must be filled all the same."""
    if entry.required:
        exempt = [_when(condition, form) for condition in entry.exempt if form.field(condition.key)]
        return say(
            "；".join(["必填", *(f"{when}没有的可不填" for when in exempt)]),
            ", ".join(["Required", *(f"except {when} where there is none" for when in exempt)]),
        )
    if entry.condition is None:
        return ""
    return say(f"{_when(entry.condition, form)}必填", f"Required {_when(entry.condition, form)}")


def _when(condition: Condition, form: Template) -> str:
    other = form.field(condition.key)
    header = other.header if other is not None else condition.key
    few = condition.values[:2]
    more_zh, more_en = ("等", " and the like") if len(condition.values) > len(few) else ("", "")
    return say(
        f"“{header}”{'不是' if condition.negated else '为'}“{'”“'.join(few)}”{more_zh}时",
        f"when {header} {'is not' if condition.negated else 'is'} {' or '.join(few)}{more_en}",
    )


def _example(entry: Field, choices: list[str]) -> str:
    """What the example row shows: enough of a likely pupil to imitate, in the columns that must be filled."""
    if not (entry.required or entry.condition is not None or entry.example) or entry.key.endswith("relation_note"):
        return ""
    wanted = (
        entry.example or _EXAMPLES_OF_FIELDS.get(entry.key) or _EXAMPLES_OF_FIELDS.get(entry.key.partition(".")[2], "")
    )
    if not choices:
        return wanted or _EXAMPLES.get(entry.kind, "")
    likely = (choice for choice in (wanted, "否", choices[0]) if choice in choices)
    return next(likely) if entry.condition is None else ""
