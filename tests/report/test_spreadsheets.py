"""``csv`` and ``xlsx``: every finding, in lists that spreadsheet programs open without harm."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.findings import FileReport, Finding, Findings, Fix, Place, Severity
from stuvalid.report.formats import render
from stuvalid.report.spreadsheets import harmless
from tests.report.cases import EN, HOSTILE, ZH, cells, entries, hostile, many, text

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FREE = st.text(st.characters(codec="utf-8"), max_size=12) | st.text("=+-@＝\t\r\n \"',;|!a1\u3000\xa0", max_size=8)


def starts_formula(value: str) -> bool:
    return value.startswith(("\t", "\r", "\n")) or value.lstrip().startswith(FORMULAS)


def one(value: str) -> Findings:
    """A finding that shows ``value`` everywhere a value is shown."""
    findings = Findings([FileReport(value or "x", "checked", sheet=value, rows=1)])
    place = Place(value or "x", value, 1, 1)
    findings.add(Finding("TPL004", Severity.ERROR, place, "", value, value, {"header": value}, Fix(value), (place,)))
    return findings


@given(FREE)
def test_harmless_text_never_begins_like_a_formula_and_loses_nothing(value: str) -> None:
    made = harmless(value)
    assert made in (value, f"'{value}")
    assert not starts_formula(made)


@given(FREE)
def test_no_cell_of_a_csv_begins_like_a_formula_whatever_a_workbook_holds(value: str) -> None:
    rows = list(csv.reader(io.StringIO(text("csv", one(value)), newline="")))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert [cell for cell in rows[1] if starts_formula(cell)] == []


def test_csv_opens_in_excel() -> None:
    data = render("csv", hostile(), ZH)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert f"'{HOSTILE}" in data.decode("utf-8-sig")


def test_a_workbook_holds_texts_and_numbers_but_no_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render("xlsx", hostile(), ZH)))
    held = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in held} <= {"s", "n", "inlineStr"}
    assert [cell.value for cell in held if isinstance(cell.value, str) and starts_formula(cell.value)] == []


def test_csv_and_xlsx_hold_every_finding_in_order(found: Findings) -> None:
    rows = list(csv.DictReader(io.StringIO(text("csv", found))))
    expected = entries(found)
    assert [(row["规则"], row["单元格"], row["问题"]) for row in rows if row["级别"] != "未检查"] == [
        (entry["rule"], entry.get("cell", ""), entry["message"]) for entry in expected
    ]
    assert [row["文件"] for row in rows if row["级别"] == "未检查"] == ["三年级/双塔西街小学.xlsx", "坏文件.xlsx"]
    sheets = cells(render("xlsx", found, ZH))
    assert list(sheets) == ["汇总", "问题清单", "未检查"]
    listed = [row for row in sheets["问题清单"] if row[5] in {entry["rule"] for entry in expected}]
    assert [row[2] for row in listed] == [entry.get("cell") for entry in expected]
    assert "坏文件.xlsx" in str(sheets["未检查"])


def test_a_sheet_can_be_filtered_read_and_printed(found: Findings) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render("xlsx", found, ZH)))
    page = book["问题清单"]
    assert page.auto_filter.ref.startswith("A")
    assert page.freeze_panes
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows
    assert {page.column_dimensions[letter].width for letter in "AG"} == {24, 42}
    assert any(cell.alignment.wrap_text for cell in page[page.max_row])


@pytest.mark.parametrize("count", [3_000])
def test_a_list_longer_than_a_sheet_is_whole(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stuvalid.excel.patch.table_xml.LAST_ROW", 1_000)
    sheets = cells(render("xlsx", many(count), EN))
    lists = [rows for title, rows in sheets.items() if title.startswith("findings")]
    assert len(lists) == 3
    assert max(map(len, lists)) == 1_001, "LAST_ROW counts from 0"
    assert sum("FMT012" in row for rows in lists for row in rows) == count
    assert text("csv", many(count)).count("FMT012") == count
