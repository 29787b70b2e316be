"""What a workbook's own dropdowns offer is read, and is right as it stands."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.excel import read_workbook
from stuvalid.forms import template
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from stuvalid.rules.examples import TODAY, record

WAYS = [
    '"未知血型,A血型,B血型"',
    "字典!$A$1:$A$3",
    "'字典'!$A$1:$A$3",
    "字典!$A:$A",
    "血型表",
    'INDIRECT("血型表")',
    'INDIRECT("字典!$A$1:$A$3")',
    "OFFSET(字典!$A$1,0,0,COUNTA(字典!$A:$A),1)",
    "INDIRECT($B2)",
]


def book(formula: str | None, *, value: str = "未知血型", areas: str = "") -> bytes:
    form = template("student-2020")
    made = Workbook()
    page = made.active
    page.title = "学生基础信息"
    page.append([entry.header for entry in form.fields])
    values = {**record(0, form), "blood_type": value}
    page.append([values[key] or None for key in form.keys])
    lists = made.create_sheet("字典")
    lists.sheet_state = "hidden"
    for word in ("未知血型", "A血型", "B血型"):
        lists.append([word])
    made.defined_names["血型表"] = DefinedName("血型表", attr_text="字典!$A$1:$A$3")
    if formula is not None:
        rule = DataValidation(type="list", formula1=formula)
        column = page.cell(1, form.keys.index("blood_type") + 1).column_letter
        rule.add(areas or f"{column}2:{column}500")
        page.add_data_validation(rule)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def rules(data: bytes) -> set[str]:
    return set(check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY)).by_rule())


@pytest.mark.parametrize("formula", WAYS)
def test_offered_values_are_read(formula: str) -> None:
    (offer,) = read_workbook(book(formula)).sheets[0].offers
    assert offer.values == ("未知血型", "A血型", "B血型")
    assert (offer.first_row, offer.last_row) == (1, 499)


@pytest.mark.parametrize("formula", WAYS)
def test_offered_value_is_right_and_never_rewritten(formula: str) -> None:
    data = book(formula)
    assert "COD002" not in rules(data)
    (mended,) = fix_sources([Source("a.xlsx", data=data)], FixOptions(CheckOptions(isolated=False, today=TODAY))).files
    assert not mended.changes


@pytest.mark.parametrize("formula", [None, "VLOOKUP(A1,B1:C9,2)", "不存在!$A$1:$A$3", "没有这个名字", "字典!$C$1:$C$3"])
def test_what_no_dropdown_offers_is_told(formula: str | None) -> None:
    assert "COD002" in rules(book(formula))


def test_another_value_and_another_column_are_told() -> None:
    assert "COD002" in rules(book(WAYS[0], value="A型"))
    assert "COD002" in rules(book(WAYS[0], areas="A2:A500"))


def test_validation_in_the_extension_list_is_read() -> None:
    from stuvalid.excel.dropdowns import validations

    text = (
        '<extLst><ext><x14:dataValidations><x14:dataValidation type="list"><x14:formula1><xm:f>字典!$A$1:$A$3</xm:f>'
        "</x14:formula1><xm:sqref>C2:C9 D2</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    assert validations(text) == [("C2:C9 D2", "字典!$A$1:$A$3", False)]
