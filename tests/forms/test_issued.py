"""A workbook is known as the form that was issued, by whatever program it was saved, and what pasting took away is told."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.excel import read_workbook
from stuvalid.excel.dropdowns import settle
from stuvalid.excel.stamps import stamp_of
from stuvalid.forms import issued, template
from stuvalid.forms.blank import blank_form
from stuvalid.forms.issued import stamp
from stuvalid.received.walk import Source
from tests.forms.test_blank import filled
from tests.program import stuvalid, unfolded

SOFFICE = shutil.which("soffice")
FORM = template("student-2013")


def told(data: bytes) -> dict[str, str]:
    """The text of every finding by rule: none here comes twice."""
    findings = check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False))
    return {finding.rule: finding.place.cell for finding in findings}


def changed(how: Callable[[openpyxl.Workbook], object], *, rows: int = 30) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(filled(FORM, rows, example=False)))
    how(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def without(sheet: Worksheet, header: str, first: int, last: int) -> None:
    """Take the dropdown away from these 1-based rows, as pasting does."""
    column = next(cell.column_letter for cell in sheet[1] if cell.value == header)
    for rule in sheet.data_validations.dataValidation:
        if any(area.coord.startswith(f"{column}2:") for area in rule.sqref.ranges):
            (area,) = rule.sqref.ranges
            rest = [f"{column}2:{column}{first - 1}"] if first > 2 else []
            rest += [f"{column}{last + 1}:{column}{area.max_row}"] if last < area.max_row else []
            if not rest:
                sheet.data_validations.dataValidation.remove(rule)
                return
            rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange(" ".join(rest))
            return
    raise AssertionError(header)


def test_as_issued_nothing_is_told() -> None:
    assert told(changed(lambda book: None)) == {}


def test_a_hint_alone_does_not_hide_the_dropdown_behind_it() -> None:
    offers = read_workbook(blank_form(FORM)).sheets[0].offers
    assert {offer.first_column for offer in offers} == {
        column for column, entry in enumerate(FORM.fields) if entry.kind == "code"
    }
    assert next(offer.values for offer in offers if offer.first_column == FORM.keys.index("sex"))[:2] == ("男", "女")


@pytest.mark.parametrize(("first", "last", "cell"), [(5, 7, "C5"), (2, 9, "C2"), (30, 36, "C30")])
def test_rows_pasted_over_are_told_where_they_begin(first: int, last: int, cell: str) -> None:
    assert told(changed(lambda book: without(book.worksheets[0], "性别", first, last))) == {"TPL030": cell}


def test_of_a_form_without_stamp_too(tmp_path: Path) -> None:
    def paste(book: openpyxl.Workbook) -> None:
        book.custom_doc_props.props.clear()
        without(book.worksheets[0], "性别", 5, 7)
        without(book.worksheets[0], "民族", 4, 9)
        without(book.worksheets[0], "健康状况", 2, 40)

    data = changed(paste)
    assert read_workbook(data).stamp == ""
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    assert "从第4行起有6行的下拉选项被粘贴冲掉了（性别、民族）" in unfolded(stuvalid("check", path)).replace(" ", "")
    assert told(data) == {"TPL030": f"{letter('民族')}4"}


def letter(header: str) -> str:
    number = next(number for number, entry in enumerate(FORM.fields, 1) if entry.header == header)
    return openpyxl.utils.get_column_letter(number)


def test_a_column_whose_dropdown_is_gone_is_known_by_the_stamp() -> None:
    assert told(changed(lambda book: without(book.worksheets[0], "健康状况", 2, 40))) == {
        "TPL029": f"{letter('健康状况')}1"
    }
    assert set(told(changed(lambda book: book.worksheets[0].data_validations.dataValidation.clear()))) == {"TPL029"}


def test_the_sheet_or_the_name_behind_the_dropdowns_deleted() -> None:
    assert told(changed(lambda book: book.defined_names.pop("list_1"))) == {"TPL031": "C1"}

    def delete(book: openpyxl.Workbook) -> None:
        book.remove(book["代码表"])
        for name in book.defined_names.values():
            name.attr_text = re.sub(r"^.*!", "#REF!", name.attr_text)

    assert told(changed(delete)) == {"TPL031": "C1"}


def test_rows_below_what_was_prepared_have_lost_nothing() -> None:
    def lengthen(book: openpyxl.Workbook) -> None:
        for rule in book.worksheets[0].data_validations.dataValidation:
            (area,) = rule.sqref.ranges
            area.max_row = 20
            rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange(area.coord)

    assert told(changed(lengthen)) == {}


def test_another_version_of_the_form_is_held_to_nothing_that_it_did_not_have() -> None:
    def older(book: openpyxl.Workbook) -> None:
        book.custom_doc_props.props[0].value = "student-2013 000000000000"
        without(book.worksheets[0], "健康状况", 2, 40)

    assert told(changed(older)) == {}


def test_the_stamp_goes_through_other_programs(tmp_path: Path) -> None:
    assert read_workbook(changed(lambda book: None)).stamp == stamp(FORM)
    if SOFFICE is None:
        pytest.skip("no LibreOffice here")
    (tmp_path / "a.xlsx").write_bytes(filled(FORM, 30, example=False))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out")]
    subprocess.run([*command, str(tmp_path / "a.xlsx")], check=True, capture_output=True, timeout=300)
    data = (tmp_path / "out" / "a.xlsx").read_bytes()
    assert read_workbook(data).stamp == stamp(FORM)
    assert told(data) == {}


def test_poured_into_the_form_everything_is_as_issued(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(lambda book: without(book.worksheets[0], "性别", 5, 7)))
    assert stuvalid("fix", path, "--to-form", "-o", tmp_path / "out.xlsx").returncode == 0
    data = (tmp_path / "out.xlsx").read_bytes()
    assert read_workbook(data).stamp == stamp(FORM)
    assert told(data) == {}


def test_one_dropdown_a_cell_is_as_good_as_one_a_column() -> None:
    """Programs write them so; 3,000 rows of 20 columns are 60,000 dropdowns, none of which may be left out."""

    def single(book: openpyxl.Workbook) -> None:
        for rule in book.worksheets[0].data_validations.dataValidation:
            (area,) = rule.sqref.ranges
            letters = openpyxl.utils.get_column_letter(area.min_col)
            cells = " ".join(f"{letters}{row}" for row in range(area.min_row, area.max_row + 1))
            rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange(cells)

    assert told(changed(single)) == {}


def test_more_lists_than_are_read_are_dropdowns_all_the_same() -> None:
    sheet = read_workbook(blank_form(FORM)).sheets[0]
    settle(sheet, [(f"A{row}", f'"是,否,{row}"', False) for row in range(1, 3_001)], {}, {})
    assert len(sheet.offers) == 3_000
    assert not sheet.offers[-1].values and not sheet.offers[-1].broken


def test_of_a_workbook_without_stamp_no_list_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issued, "stamp", lambda form: pytest.fail("not asked for"))
    data = changed(lambda book: book.custom_doc_props.props.clear())
    assert told(data) == {}


@pytest.mark.parametrize(
    "declared", ["", ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"']
)
def test_the_stamp_is_read_however_a_program_writes_the_property(declared: str) -> None:
    """With lxml on the machine openpyxl declares the namespace at the value itself."""
    text = f'<property fmtid="{{}}" pid="2" name="stuvalid.form"><vt:lpwstr{declared}>student-2013 0123</vt:lpwstr></property>'
    assert stamp_of(text) == "student-2013 0123"
