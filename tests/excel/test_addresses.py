"""Whatever is written at an address is read back at that address, by every writer at hand."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from raw_books import raw_xlsx

from stuvalid.excel import Kind, Sheet, address, parse_address, read_workbook

Cell = str | int | float | bool
Cells = dict[tuple[int, int], Cell]

TEXTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Cn"], blacklist_characters="\ufffe\uffff\u2028\u2029"),
    min_size=1,
    max_size=8,
).filter(lambda text: text.strip() == text and not text.startswith("="))
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(["", "张三", "001", "true", "1e5", "#N/A!", "a<b>&\"'c", "2011-01-01"]).filter(bool),
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 6)),
    st.booleans(),
)


@st.composite
def grids(draw: st.DrawFn) -> Cells:
    """Up to 40 cells in a window at a random offset."""
    top, left = draw(st.integers(0, 200)), draw(st.integers(0, 40))
    places = st.tuples(st.integers(top, top + 30), st.integers(left, left + 12))
    return draw(st.dictionaries(places, VALUES, min_size=1, max_size=40))


def expected(value: Cell) -> tuple[str, Kind]:
    if isinstance(value, bool):
        return str(value).upper(), Kind.BOOLEAN
    if isinstance(value, str):
        return value, Kind.TEXT
    return str(int(value)) if value == int(value) else repr(float(value)), Kind.NUMBER


def assert_same(sheet: Sheet, cells: Cells) -> None:
    assert (sheet.height, sheet.width) == (max(r for r, _ in cells) + 1, max(c for _, c in cells) + 1)
    assert [len(column) for column in sheet.columns] == [sheet.height] * sheet.width
    found = {(r, c): text for r, row in enumerate(sheet.head(sheet.height)) for c, text in enumerate(row) if text}
    assert {place: (text, sheet.kind(*place)) for place, text in found.items()} == {
        place: expected(value) for place, value in cells.items()
    }


SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(grids())
@SETTINGS
def test_xlsxwriter(cells: Cells) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    for (row, col), value in cells.items():
        if isinstance(value, bool):
            sheet.write_boolean(row, col, value)
        elif isinstance(value, str):
            sheet.write_string(row, col, value)
        else:
            sheet.write_number(row, col, value)
    book.close()
    assert_same(read_workbook(stream.getvalue()).sheets[0], cells)


@given(grids())
@SETTINGS
def test_openpyxl(cells: Cells) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for (row, col), value in cells.items():
        cell = sheet.cell(row + 1, col + 1)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # openpyxl would make errors of texts like #N/A
    stream = io.BytesIO()
    book.save(stream)
    assert_same(read_workbook(stream.getvalue()).sheets[0], cells)


@given(grids(), st.booleans(), st.booleans(), st.randoms())
@SETTINGS
def test_raw_xml(cells: Cells, with_rows: bool, pretty: bool, random: object) -> None:
    """Hand-written XML: rows with and without numbers, attributes in another order, white space between tags."""
    gap = "\n  " if pretty else ""
    parts = []
    for row in sorted({r for r, _ in cells}):
        inside = gap.join(_raw_cell(row, col, cells[row, col]) for r, col in sorted(cells) if r == row)
        number = f' r="{row + 1}"' if with_rows else ""
        parts.append(f"<row{number}>{gap}{inside}{gap}</row>")
    assert_same(read_workbook(raw_xlsx(gap.join(parts))).sheets[0], cells)


def _raw_cell(row: int, col: int, value: Cell) -> str:
    text, kind = expected(value)
    ref = address(row, col)
    if kind is Kind.BOOLEAN:
        return f'<c t="b" r="{ref}"><v>{int(value)}</v></c>'
    if kind is Kind.TEXT:
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
    return f'<c r="{ref}"><v>{value!r}</v></c>'


@given(grids())
@SETTINGS
def test_xlwt(cells: Cells) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for (row, col), value in cells.items():
        sheet.write(row, col, value)
    stream = io.BytesIO()
    book.save(stream)
    assert_same(read_workbook(stream.getvalue()).sheets[0], cells)


@given(grids())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_odfpy(cells: Cells) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="表")
    document.spreadsheet.addElement(table)
    last = -1
    for row in sorted({r for r, _ in cells}):
        if row - last > 1:
            empty = TableRow(numberrowsrepeated=row - last - 1)
            empty.addElement(TableCell())
            table.addElement(empty)
        table.addElement(_ods_row(cells, row))
        last = row
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.ods"
        document.save(str(path))
        sheet = read_workbook(path).sheets[0]
    assert_same(sheet, cells)


def _ods_row(cells: Cells, row: int) -> TableRow:
    element = TableRow()
    last = -1
    for col in sorted(c for r, c in cells if r == row):
        if col - last > 1:
            element.addElement(TableCell(numbercolumnsrepeated=col - last - 1))
        element.addElement(_ods_cell(cells[row, col]))
        last = col
    return element


def _ods_cell(value: Cell) -> TableCell:
    if isinstance(value, bool):
        cell = TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    elif isinstance(value, str):
        cell = TableCell(valuetype="string")
    else:
        cell = TableCell(valuetype="float", value=repr(value))
    cell.addElement(P(text=expected(value)[0]))
    return cell


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_addresses_go_there_and_back(row: int, col: int) -> None:
    assert parse_address(address(row, col)) == (row, col)


@pytest.mark.parametrize("text", ["", "1", "A", "A0", "AAAA1", "1A", "A-1", "ＡA1", "A١"])
def test_what_is_no_address(text: str) -> None:
    assert parse_address(text) is None
