"""No cell is lost or changed in silence: shapes that once lost some, each with what else looks like it."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator

import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.excel import Kind, Sheet, Workbook, read_workbook
from stuvalid.excel.biffstrings import SharedTable
from stuvalid.excel.strings import decode_escapes, plain, plain_texts
from stuvalid.excel.values import adds_text, iso_text, shown_text
from tests.excel.raw_books import raw_xlsx

NAMES = ["王明", "plain", "", "欧阳娜娜", "a", "Ünïcode", "一"]


def rows_of(sheet: Sheet) -> list[list[str]]:
    return sheet.head(sheet.height)


def codes(workbook: Workbook) -> list[str]:
    return [note.code for note in workbook.notes]


def string_table(texts: list[str], breaks: set[int]) -> list[bytes]:
    """The texts as an SST cut into records after as many written characters or headers as ``breaks`` names."""
    segments, step = [bytearray()], 0

    def cut() -> bool:
        nonlocal step
        step += 1
        if step in breaks and segments[-1]:
            segments.append(bytearray())
            return True
        return False

    for text in texts:
        cut()
        wide = any(ord(char) > 255 for char in text)
        segments[-1] += struct.pack("<HB", len(text), wide)
        for char in text:
            if cut():
                segments[-1].append(wide)
            segments[-1] += char.encode("utf-16-le" if wide else "latin-1")
    return [bytes(segment) for segment in segments]


def test_a_shared_string_may_be_cut_at_any_place() -> None:
    steps = sum(len(text) + 1 for text in NAMES)
    for place in range(1, steps + 1):
        assert SharedTable(string_table(NAMES, {place})).texts() == NAMES, place
    rng = random.Random(7)
    for _ in range(300):
        breaks = {place for place in range(1, steps + 1) if rng.random() < 0.3}
        assert SharedTable(string_table(NAMES, breaks)).texts() == NAMES, breaks


def test_a_header_that_ends_with_its_record() -> None:
    assert SharedTable([b"\x05\x00\x00", b"\x00hello\x03\x00\x00abc"]).texts() == ["hello", "abc"]


def xls_stream() -> bytes:
    """A workbook stream of two sheets with shared text, numbers and a formula with its result."""
    book = xlwt.Workbook()
    for name in ("甲", "乙"):
        sheet = book.add_sheet(name)
        for row in range(4):
            sheet.write(row, 0, f"{name}{row}")
            sheet.write(row, 1, row + 0.5)
        sheet.write(4, 1, xlwt.Formula("1+1"))
    stream: bytes = book.get_biff_data()
    for place in places(stream, 0x0006):  # xlwt leaves the result to Excel
        stream = with_bytes(stream, place + 10, bytes(8))
    return stream


def records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    place = 0
    while place + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, place)
        yield record, place, length
        place += 4 + length


def places(stream: bytes, wanted: int) -> list[int]:
    return [place for record, place, _ in records(stream) if record == wanted]


def with_bytes(stream: bytes, place: int, new: bytes) -> bytes:
    return stream[:place] + new + stream[place + len(new) :]


WHOLE = [["甲0", "0.5"], ["甲1", "1.5"], ["甲2", "2.5"], ["甲3", "3.5"], ["", "0"]]


def test_the_xls_is_read() -> None:
    workbook = read_workbook(xls_stream())
    assert rows_of(workbook.sheets[0]) == WHOLE
    assert not workbook.notes


@pytest.mark.parametrize("number", [0x0206, 0x0406])
def test_formulas_under_the_numbers_of_older_versions(number: int) -> None:
    stream = xls_stream()
    for place in places(stream, 0x0006):
        stream = with_bytes(stream, place, struct.pack("<H", number))
    assert rows_of(read_workbook(stream).sheets[0]) == WHOLE


def test_a_string_table_that_counts_itself_as_empty() -> None:
    stream = xls_stream()
    stream = with_bytes(stream, places(stream, 0x00FC)[0] + 4, bytes(8))
    assert rows_of(read_workbook(stream).sheets[0]) == WHOLE


def test_a_sheet_whose_place_is_wrong_is_found() -> None:
    stream = xls_stream()
    (first, second) = places(stream, 0x0085)
    for entry in (first, second):
        (offset,) = struct.unpack_from("<I", stream, entry + 4)
        stream = with_bytes(stream, entry + 4, struct.pack("<I", offset + 20))
    workbook = read_workbook(stream)
    assert [(sheet.name, sheet.text(0, 0)) for sheet in workbook.sheets] == [("甲", "甲0"), ("乙", "乙0")]


def test_a_sheet_that_is_nowhere_is_told() -> None:
    stream = xls_stream()
    second = places(stream, 0x0085)[1]
    workbook = read_workbook(with_bytes(stream[: places(stream, 0x0809)[2]], second + 4, b"\xff\xff\xff\x7f"))
    assert [sheet.name for sheet in workbook.sheets] == ["甲"]
    assert ("sheet-missing", "乙") in [(note.code, note.sheet) for note in workbook.notes]


def test_a_cell_record_that_is_too_short_is_told() -> None:
    stream = xls_stream()
    place = places(stream, 0x00FD)[1]
    workbook = read_workbook(
        stream[: place + 2] + struct.pack("<H", 8) + stream[place + 4 : place + 12] + stream[place + 14 :]
    )
    assert "damaged-record" in codes(workbook)
    place = places(stream, 0x00FD)[1]
    longer = (
        stream[: place + 2] + struct.pack("<H", 12) + stream[place + 4 : place + 14] + b"\0\0" + stream[place + 14 :]
    )
    assert rows_of(read_workbook(longer).sheets[0]) == WHOLE


def test_an_xls_that_ends_within_a_sheet_is_told_with_the_last_row() -> None:
    stream = xls_stream()
    place = places(stream, 0x027E)[2]
    (note,) = (note for note in read_workbook(stream[:place]).notes if note.sheet == "甲")
    assert (note.code, note.row) == ("cut-short", 3)


def test_a_long_formula_text_goes_on_in_the_next_record() -> None:
    stream = xls_stream()
    formula = places(stream, 0x0006)[0]
    stream = with_bytes(stream, formula + 10, b"\0\0\0\0\0\0\xff\xff")
    (_, length) = struct.unpack_from("<HH", stream, formula)
    end = formula + 4 + length
    text = struct.pack("<HH", 0x0207, 6) + struct.pack("<HB", 6, 0) + b"abc"
    text += struct.pack("<HH", 0x003C, 4) + b"\0def"
    sheet = read_workbook(stream[:end] + text + stream[end:]).sheets[0]
    assert sheet.text(4, 1) == "abcdef"


INLINE = [
    ('<c r="A1" t="inlineStr"><is><t>王明</t></is><v>王明</v></c>', "王明"),
    ('<c r="A1" t="inlineStr"><v>0</v><is><t>王明</t></is></c>', "王明"),
    ('<c r="A1" t="inlineStr"><v>王明</v></c>', "王明"),
    ('<c r="A1"><is><t>王明</t></is></c>', "王明"),
    ('<c r="A1" t="s"><is><t>王明</t></is></c>', "王明"),
    ('<c r="A1" t="str"><v>王明</v><is><t>李</t></is></c>', "王明"),
    ('<c\nr="A1" t="inlineStr"><is><t>王明</t></is></c>', "王明"),
    ('<c r="A1" t="inlineStr"><is><r><rPr><i/><color rgb="1"/></rPr><t>王</t></r><r><t>明</t></r></is></c>', "王明"),
]


@pytest.mark.parametrize(("cell", "text"), INLINE)
@pytest.mark.parametrize("careful", [False, True])
def test_a_cell_holds_its_text_once(cell: str, text: str, careful: bool) -> None:
    row = f'<row r="1">{"<!-- -->" if careful else ""}{cell}<c r="B1" t="str"><v>x</v></c></row>'
    sheet = read_workbook(raw_xlsx(row)).sheets[0]
    assert rows_of(sheet) == [[text, "x"]]
    assert sheet.kind(0, 0) == Kind.TEXT


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("address", ["XFE1", "ZZZ1", "A1048577", "AAAA1"])
def test_cells_beyond_the_sheet_are_told(address: str, careful: bool) -> None:
    row = f'<row r="1">{"<!-- -->" if careful else ""}<c r="A1"><v>1</v></c><c r="{address}"><v>2</v></c></row>'
    workbook = read_workbook(raw_xlsx(row))
    assert rows_of(workbook.sheets[0]) == [["1"]]
    assert codes(workbook) == ["cell-outside"]


def test_a_cell_that_stands_twice_is_told_when_it_says_two_things() -> None:
    same = '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>'
    assert not read_workbook(raw_xlsx(same)).notes
    other = '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'
    (note,) = read_workbook(raw_xlsx(other)).notes
    assert (note.code, note.detail) == ("cell-twice", "A1")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("PT0H6M0.000S", "00:06:00"),
        ("PT06H05M00S", "06:05:00"),
        ("PT36H", "36:00:00"),
        ("P1DT1H", "25:00:00"),
        ("1899-12-31T06:05:00.000", "06:05:00"),
        ("2013-09-01T00:00:00", "2013-09-01"),
        ("2013-09-01T08:30:00.5", "2013-09-01 08:30:00"),
        ("P", "00:00:00"),
    ],
)
def test_dates_and_times_in_iso(written: str, text: str) -> None:
    assert iso_text(written) == text


def test_escaped_halves_make_one_character() -> None:
    assert decode_escapes("_xD842__xDFB7_田") == "𠮷田"
    assert decode_escapes("_xD842_田") == "\ufffd田"
    assert rows_of(
        read_workbook(raw_xlsx('<row r="1"><c r="A1" t="str"><v>_xD842__xDFB7_</v></c></row>')).sheets[0]
    ) == [["𠮷"]]


FLAT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:meta="m" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
    "<office:meta><meta:generator>LibreOffice</meta:generator></office:meta><office:automatic-styles><style:style/>"
    '</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="表"><table:table-row>'
    '<table:table-cell office:value-type="string"><text:p>王明</text:p></table:table-cell>'
    '<table:table-cell office:value-type="time" office:time-value="PT06H05M00S"><text:p>6:05</text:p></table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document>"
)


def test_a_flat_opendocument_is_no_web_page() -> None:
    workbook = read_workbook(FLAT.encode())
    assert workbook.format == "fods"
    assert rows_of(workbook.sheets[0]) == [["王明", "06:05:00"]]
    assert (
        read_workbook(
            FLAT.encode("utf-16-le").replace("UTF-8".encode("utf-16-le"), "UTF-16".encode("utf-16-le"))
        ).format
        == "fods"
    )


def test_a_web_page_in_xml_is_still_one() -> None:
    page = '<?xml version="1.0"?><html xmlns:o="urn:x"><body><o:p/><table><tr><td>1</td></tr></table></body></html>'
    assert read_workbook(page.encode()).format == "html"


SPREADSHEETML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>'
    '<Column ss:Span="1"/><Column ss:Hidden="1" ss:Span="1"/><Column/>'
    '<Row><Cell><Data ss:Type="String">一</Data></Cell></Row><Row ss:Hidden="1" ss:Span="2"/>'
    '<Row><Cell><Data ss:Type="DateTime">1899-12-31T06:05:00.000</Data></Cell></Row></Table></Worksheet></Workbook>'
)


def test_rows_and_columns_that_stand_for_several() -> None:
    sheet = read_workbook(SPREADSHEETML.encode()).sheets[0]
    assert rows_of(sheet) == [["一"], [""], [""], [""], ["06:05:00"]]
    assert sheet.hidden_columns == (2, 3)
    assert sheet.hidden_rows is not None
    assert sheet.hidden_rows.tolist() == [1, 2, 3]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark(encoding: str) -> None:
    text = "姓名,班级\r\n王一,一年级一班\r\n丁一,小学2013级\r\n"
    workbook = read_workbook(text.encode(encoding), name="a.csv")
    assert rows_of(workbook.sheets[0])[1] == ["王一", "一年级一班"]
    assert codes(workbook) == [f"encoding-{encoding}"]


def test_texts_that_are_cut_are_told_with_the_last_row() -> None:
    whole = "姓名,班级,备注\r\n王一,一年级,无\r\n丁一,二年级,无\r\n"
    assert codes(read_workbook(whole.encode(), name="a.csv")) == []
    assert codes(read_workbook(whole.rstrip().encode(), name="a.csv")) == []
    for data, row in ((whole.encode("gb18030")[:-5], 3), (whole.encode()[:-8], 3), (whole.encode()[:-14], 3)):
        notes = [note for note in read_workbook(data, name="a.csv").notes if not note.code.startswith("encoding")]
        assert [(note.code, note.row) for note in notes] == [("cut-short", row)], data
    page = "<html><table><tr><td>1</td></tr><tr><td>2"
    assert [(note.code, note.row) for note in read_workbook(page.encode()).notes] == [("cut-short", 2)]
    assert codes(read_workbook(b"<html><table><tr><td>1</table>")) == []


def test_the_stream_may_come_in_a_compound_file_too() -> None:
    stream = io.BytesIO()
    book = xlwt.Workbook()
    book.add_sheet("甲").write(0, 0, "王明")
    book.save(stream)
    assert rows_of(read_workbook(stream.getvalue()).sheets[0]) == [["王明"]]


PIECES = [
    "&#22995;",
    "&#x59D3;",
    "&amp;",
    "&lt;",
    "&nbsp;",
    "&#0;",
    "&",
    "_x000D_",
    "_x0000_",
    "_x005F_x0041_",
    "\r\n",
    "王",
    "a",
    "\0",
]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), max_size=6))
def test_many_texts_are_unescaped_as_each_by_itself(texts: list[str]) -> None:
    raw = [text.encode() for text in texts]
    assert plain_texts(raw) == [plain(text) for text in raw]


@pytest.mark.parametrize(
    ("number_format", "stored", "shown"),
    [
        ("000000", 30001, "030001"),
        ('"20251"00', 1, "2025101"),
        ('"2025"000', 1234, "20251234"),
        ('0"000000"', 140106, "140106000000"),
        ('@"000000"', "140106", "140106000000"),
        ('"140106"@', "199001011234", "140106199001011234"),
        (r"\G0", 110105, "G110105"),
        (';;;"9"@', "3", "93"),
    ],
)
def test_shown_is_what_a_person_sees(number_format: str, stored: int | str, shown: str) -> None:
    assert shown_text(number_format, str(stored), number=isinstance(stored, int)) == shown
    assert adds_text(number_format)
    for data in (formatted_xlsx(number_format, stored), formatted_xls(number_format, stored)):
        sheet = read_workbook(data).sheets[0]
        assert rows_of(sheet) == [["表头", ""], ["", shown], ["", str(stored)]]
        assert sheet.stored == {(1, 1): str(stored)}
        assert sheet.kind(1, 1) == Kind.TEXT


def formatted_xlsx(number_format: str, value: object) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "表头")
    sheet.write(1, 1, value, book.add_format({"num_format": number_format}))
    sheet.write(2, 1, value)
    book.close()
    return stream.getvalue()


def formatted_xls(number_format: str, value: object) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    sheet.write(0, 0, "表头")
    sheet.write(1, 1, value, xlwt.easyxf(num_format_str=number_format))
    sheet.write(2, 1, value)
    data: bytes = book.get_biff_data()
    return data


@pytest.mark.parametrize(
    ("number_format", "stored"),
    [
        ("General", 5),
        ("0", 5),
        ("#,##0", 5000),
        ("0.00", 5),
        ("0_);[Red]\\(0\\)", 5),
        ("000-0000-0000", 13912345678),
        ('0000"年"00"月"', 201309),
        ("[>5]0;000", 3),
        ("000000", "030001"),
        ("000000", 123456),
        ("@", "x"),
        ("yyyymmdd", 40000),
        ("000000000000000000", 1234567890123456),
    ],
)
def test_what_only_sets_apart_or_rounds_is_not_shown_otherwise(number_format: str, stored: int | str) -> None:
    assert shown_text(number_format, str(stored), number=isinstance(stored, int)) == str(stored)


def test_both_readers_of_sheets_see_the_format() -> None:
    styles = '<numFmts count="1"><numFmt numFmtId="170" formatCode="000000"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs>'
    for before in ("", "<!-- -->"):
        row = f'<row r="1">{before}<c r="A1" s="1"><v>7</v></c><c r="B1" s="0"><v>7</v></c></row>'
        sheet = read_workbook(raw_xlsx(row, styles=styles)).sheets[0]
        assert rows_of(sheet) == [["000007", "7"]]
