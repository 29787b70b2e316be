"""What a fix promises, over the whole catalogue: a safe one hides nothing and is right, an unsafe one makes it better."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stuvalid.findings import Block, Severity
from stuvalid.forms import templates
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.examples import RECORD, form_sheet, number
from stuvalid.rules.registry import Rule, all_rules
from tests.rules.blocks import blocks_of

LOCAL = [known for known in all_rules().values() if known.scope in ("cell", "table")]
CELL = [known for known in LOCAL if known.scope == "cell"]
BAD = [(known, example) for known in LOCAL for example in known.bad]


def faults(blocks: list[Block]) -> Counter[tuple[str, str, int]]:
    return Counter(
        (block.rule, block.field, row) for block in blocks if block.severity > Severity.INFO for row in block.rows
    )


def weight(blocks: list[Block]) -> int:
    return sum((100 if block.severity is Severity.ERROR else 1) * len(block) for block in blocks if block.severity > 1)


def applied(sheets: list[FormSheet], row: int, column: int, value: str) -> list[FormSheet]:
    """The sheets with one cell written as text, in place."""
    import pyarrow as pa

    from stuvalid.excel.model import Kind

    sheet = sheets[0].sheet
    texts = sheet.columns[column].to_pylist()
    texts[row] = value or None
    sheet.columns[column] = pa.array(texts, pa.string())
    if sheet.kinds is not None:
        sheet.kinds[row, column] = Kind.TEXT if value else Kind.EMPTY
    if sheet.formulas is not None:
        sheet.formulas = sheet.formulas[~((sheet.formulas == (row, column)).all(axis=1))]
    return sheets


def fixes(blocks: list[Block], *, safe: bool) -> list[tuple[str, int, int, str, str]]:
    return [
        (block.rule, row, block.column, value, fix.value)
        for block in blocks
        if block.fixes
        for row, value, fix in zip(block.rows, block.values, block.fixes, strict=True)
        if fix is not None and fix.safe is safe and row > 0
    ]


@pytest.mark.parametrize(("known", "example"), BAD, ids=lambda v: v.id if isinstance(v, Rule) else None)
def test_safe_fix_of_an_example_is_right_for_every_cell_rule(known: Rule, example: Any) -> None:
    for rule, row, column, old, new in fixes(blocks_of(form_sheet(example)), safe=True):
        after = blocks_of(applied(form_sheet(example), row, column, new), CELL)
        assert not [
            (block.rule, old, new)
            for block in after
            if block.column == column and row in block.rows and block.severity > Severity.INFO
        ], rule


@pytest.mark.parametrize(("known", "example"), BAD, ids=lambda v: v.id if isinstance(v, Rule) else None)
def test_unsafe_fix_of_an_example_makes_the_record_better(known: Rule, example: Any) -> None:
    before = blocks_of(form_sheet(example))
    for rule, row, column, old, new in fixes(before, safe=False):
        after = blocks_of(applied(form_sheet(example), row, column, new))
        # What an unreadable value hid from other rules may show now, but no more than was mended.
        assert weight(after) <= weight(before), (rule, old, new, faults(after) - faults(before))
        assert not [block for block in after if block.rule == rule and block.column == column and row in block.rows]


RIGHT: Mapping[str, tuple[str, ...]] = {
    "name": ("王建国", "李秀英", "古丽娜尔", "艾力", "欧阳明日", "张三丰"),
    "former_name": ("王建国", "李秀英", "赵敏"),
    "member1.name": ("王建国", "李秀英", "陈伟"),
    "phone": ("13912345678", "0351-4123456", "4123456", "13812345679"),
    "id_number": (number("140106", "20070305", 1), number("140106", "20070305", 3)),
    "class_code": ("2013101", "2013102"),
    "school_code": ("2114010068", "2114010075"),
    "birth_date": ("20070305", "20070306"),
    "enrolment_month": ("201309", "201409"),
    "birthplace_division": ("140106000000", "140105000000"),
    "postcode": ("030001", "030002"),
    "email": ("a@example.com", "b@example.com"),
    "home_address": ("山西省太原市迎泽区双塔西街12号", "山西省太原市小店区坞城路3号"),
    "member1.employer": ("太原市百货大楼", "太原市人民医院"),
    "health": ("健康或良好", "残疾"),
    "member1.relation": ("父亲", "母亲"),
}
SEPARATORS = (
    " ",
    "  ",
    "\u3000",
    "\u00a0",
    "\n",
    "\r\n",
    "\t",
    "\x0b",
    "\x0c",
    "\x1e",
    "\x85",
    "\u2028",
    "、",
    "/",
    "；",
    ",",
)


def outcome(key: str, value: str) -> list[tuple[str, str, bool]]:
    """Rule, fix and whether it is safe, of all cell faults of a value in a column."""
    form = "student-2013"
    sheets = form_sheet({"@form": form, key: value})
    column = sheets[0].column_of(key)
    return [
        (block.rule, fix.value, fix.safe)
        for block in blocks_of(sheets, CELL)
        if block.column == column and block.fixes
        for fix in block.fixes
        if fix is not None
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.sampled_from(sorted(RIGHT)), data=st.data())
def test_no_safe_fix_joins_two_values(key: str, data: st.DataObject) -> None:
    first, second = data.draw(st.sampled_from(RIGHT[key])), data.draw(st.sampled_from(RIGHT[key]))
    separator = data.draw(st.sampled_from(SEPARATORS))
    for rule, fix, safe in outcome(key, first + separator + second):
        assert not safe or first + second not in fix, (rule, fix)


SPOILED = (
    lambda value, place: f" {value}",
    lambda value, place: f"{value}\u3000",
    lambda value, place: f"{value}\n",
    lambda value, place: f"'{value}",
    lambda value, place: value[:place] + "\u200b" + value[place:],
    lambda value, place: value[:place] + "\ufeff" + value[place:],
    lambda value, place: "".join(chr(ord(char) + 0xFEE0) if "0" <= char <= "9" else char for char in value),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.sampled_from(sorted(RIGHT)), data=st.data())
def test_spoiled_value_comes_back_by_safe_fixes_as_it_was(key: str, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(RIGHT[key]))
    spoiled = value
    for spoil in data.draw(st.lists(st.sampled_from(SPOILED), min_size=1, max_size=3, unique=True)):
        spoiled = spoil(spoiled, data.draw(st.integers(1, len(value) - 1)))
    for _, fix, safe in outcome(key, spoiled):
        assert not safe or fix == value


SEEN = st.text(
    alphabet="王李一二号街0123456789Xx-/.、，, ()（）·年月日男女是否市县省A@\u3000\u200b\n", min_size=1, max_size=24
)
CODES = {entry.key for form in templates() for entry in form.fields if entry.kind == "code"}
# What the field does not hold: the words around a date and the time behind it, the country code before a mobile.
LOSABLE = {"DAT": set("年月日号0123456789"), "FMT": set("086")}


def visible(text: str) -> Counter[str]:
    """Letters, digits and Han of a text, width folded: what a reader sees in it."""
    return Counter(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.sampled_from(sorted(RECORD)), text=SEEN)
def test_safe_fix_loses_nothing_that_is_seen(key: str, text: str) -> None:
    if not any(key == matched.field.key for matched in form_sheet({})[0].match.columns):
        return
    for rule, fix, safe in outcome(key, text):
        if not safe or key in CODES:
            continue  # a code's name says what its alias said
        lost = visible(text) - visible(fix)
        assert set(lost) <= LOSABLE.get(rule[:3], set()), (rule, text, fix)


@pytest.mark.parametrize(
    ("changes", "key", "fix", "safe"),
    [
        ({"name": "王　明"}, "name", "王明", True),
        ({"name": "欧阳 明"}, "name", "欧阳明", True),
        ({"name": "古丽娜尔 艾力", "ethnicity": "维吾尔族"}, "name", "古丽娜尔·艾力", False),
        ({"name": "古丽娜尔\u00a0艾力"}, "name", "古丽娜尔·艾力", False),
        ({"name": "买买提 · 艾力"}, "name", "买买提·艾力", True),
        ({"name": "马 小明", "ethnicity": "回族"}, "name", "马小明", False),
        ({"member1.name": "王建国 李秀英"}, "member1.name", None, False),
        ({"member1.name": "王建国\x0b李秀英"}, "member1.name", None, False),
        ({"name": " 張小明"}, "name", "張小明", True),
        (
            {"entry_way": "其他", "class_code": "2022301", "enrolment_month": "202209"},
            "entry_way",
            "高中阶段其他",
            False,
        ),
        ({"entry_way": "其他"}, "entry_way", "义务教育阶段其他", False),
        ({"left_behind": "单亲家庭"}, "left_behind", None, False),
        ({"birthplace_division": "太原市(433122000000)"}, "birthplace_division", "433122000000", False),
        ({"email": "wang li@example.com"}, "email", "wangli@example.com", False),
    ],
)
def test_reading_of_one_cell(changes: dict[str, str], key: str, fix: str | None, safe: bool) -> None:
    sheets = form_sheet({"@form": "student-2013", **changes})
    column = sheets[0].column_of(key)
    found = [
        (entry.value, entry.safe)
        for block in blocks_of(sheets, CELL)
        if block.column == column and block.fixes
        for entry in block.fixes
        if entry is not None
    ]
    assert found == ([(fix, safe)] if fix is not None else [])


def test_fix_from_another_column_is_offered_for_one_row_and_withheld_in_a_run() -> None:
    ids = {"id_number": number("140106", "20070305", 5)}
    one = [{}, {}, {**ids, "sex": "女"}, *[{}] * 20]
    assert [entry[4] for entry in fixes(blocks_of(form_sheet(one)), safe=False)] == ["男"]
    run = [{}, {}, *[{"sex": "女"}] * 4, *[{}] * 30]
    assert not fixes(blocks_of(form_sheet(run)), safe=False)
    many = [{"sex": "女"} if row % 4 == 0 else {} for row in range(24)]
    assert not fixes(blocks_of(form_sheet(many)), safe=False)


def test_sheet_that_is_only_related_to_a_form_is_written_as_it_is() -> None:
    changes = {
        "sex": "1",
        "birth_date": "2007/03/05",
        "name": " 王小明",
        "ethnicity": "汉 ",
        "birthplace_division": "140106",
    }
    offered = {entry[4] for entry in fixes(blocks_of(form_sheet(changes)), safe=True)}
    assert offered == {"男", "20070305", "王小明", "汉族", "140106000000"}
    related = form_sheet(
        {**changes, "@drop": ["health", "orphan", "postcode", "native_place", "preschool", "aid_wanted"]}
    )
    assert not related[0].match.is_certain
    assert {entry[4] for entry in fixes(blocks_of(related), safe=True)} == {"王小明"}
