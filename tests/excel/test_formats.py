"""Everything a school sends that is not a plain xlsx: read if it holds cells, refused with a clear reason if not."""

from __future__ import annotations

import datetime
import io
import struct
import tempfile
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
from odf.text import P, S
from raw_books import raw_xlsx, zipped

from stuvalid.errors import UnreadableFile
from stuvalid.excel import Kind, Sheet, Workbook, read_workbook

ROWS = [["姓名", "身份证件号"], ["张三", "14010620150912001X"], ["", "注：，"]]
HEAD_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def grid(sheet: Sheet) -> list[list[str]]:
    return sheet.head(sheet.height)


def first(data: bytes, name: str = "") -> Sheet:
    return read_workbook(data, name=name).sheets[0]


def codes(workbook: Workbook) -> set[str]:
    return {note.code for note in workbook.notes}


def refused(data: bytes, name: str = "", password: str | None = None) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(data, name=name, password=password)
    assert caught.value.zh
    assert caught.value.en
    assert caught.value.mend_zh
    return caught.value


# --- xls ------------------------------------------------------------------------------------------------


def xls(epoch_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = epoch_1904
    sheet = book.add_sheet("学生")
    sheet.write(1, 1, "姓名")
    sheet.write(1, 2, 20150912)
    sheet.write(1, 3, 0.25)
    sheet.write(1, 4, True)
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    sheet.write(1, 5, datetime.date(2011, 1, 1), day)
    sheet.write(1, 6, datetime.datetime(2011, 1, 1, 8, 30), xlwt.easyxf(num_format_str="yyyy/m/d h:mm"))  # noqa: DTZ001
    sheet.write(1, 7, xlwt.Formula("1+1"))
    sheet.write_merge(3, 4, 0, 2, "合并")
    sheet.write(6, 0, " 留白 ")
    sheet.row(6).hidden = True
    sheet.col(4).hidden = True
    sheet.protect = True
    hidden = book.add_sheet("字典")
    hidden.visibility = 1
    hidden.write(0, 0, "x")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xls_cells_and_structure() -> None:
    workbook = read_workbook(xls(), name="a.xls")
    assert workbook.format == "xls"
    assert not workbook.notes or codes(workbook) <= {"recalculation-missing"}
    sheet = workbook.sheets[0]
    assert sheet.name == "学生"
    assert [sheet.text(1, col) for col in range(7)] == [
        "",
        "姓名",
        "20150912",
        "0.25",
        "TRUE",
        "2011-01-01",
        "2011-01-01 08:30:00",
    ]
    kinds = [Kind.EMPTY, Kind.TEXT, Kind.NUMBER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.DATE]
    assert [sheet.kind(1, col) for col in range(7)] == kinds
    assert sheet.merged == ((3, 0, 4, 2),)
    assert sheet.hidden_rows is not None
    assert sheet.hidden_rows.tolist() == [6]
    assert sheet.hidden_columns == (4,)
    assert sheet.protected
    assert sheet.text(6, 0) == " 留白 "
    assert sheet.formulas is not None
    assert sheet.formulas.tolist() == [[1, 7]]
    assert [(other.name, other.visible) for other in workbook.sheets] == [("学生", True), ("字典", False)]


def test_xls_epoch_1904() -> None:
    assert first(xls(epoch_1904=True)).text(1, 5) == "2011-01-01"


def test_xls_many_long_texts_cross_record_borders() -> None:
    texts = [("甲" if number % 2 else "a") * (number % 700) + str(number) for number in range(1200)]
    book = xlwt.Workbook()
    sheet = book.add_sheet("s")
    for row, text in enumerate(texts):
        sheet.write(row, 0, text)
    stream = io.BytesIO()
    book.save(stream)
    assert [row[0] for row in grid(first(stream.getvalue()))] == texts


def test_text_only_xls_has_no_kind_matrix() -> None:
    book = xlwt.Workbook()
    book.add_sheet("s").write(0, 0, "x")
    stream = io.BytesIO()
    book.save(stream)
    assert first(stream.getvalue()).kinds is None


@pytest.mark.parametrize("cut", [600, 1500, 3000])
def test_cut_xls_is_refused_or_read_in_part(cut: int) -> None:
    try:
        read_workbook(xls()[:cut])
    except UnreadableFile as error:
        assert error.reason in {"truncated", "corrupt", "bomb"}


def test_looping_sectors_end() -> None:
    data = bytearray(xls())
    first_fat = struct.unpack_from("<I", data, 76)[0]
    start = 512 + first_fat * 512
    for sector in range(100):
        struct.pack_into("<I", data, start + sector * 4, 0)
    assert refused(bytes(data)).reason in {"bomb", "corrupt"}


@pytest.mark.parametrize("version", [b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"])
def test_excel_2_to_4_is_named(version: bytes) -> None:
    error = refused(version + b"\x00\x00\x10\x00\x00\x00" + bytes(600), "旧.xls")
    assert error.reason == "old-format"
    assert "另存为 .xlsx" in error.mend_zh


# --- ods ------------------------------------------------------------------------------------------------


def saved(document: OpenDocumentSpreadsheet | OpenDocumentText) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        document.save(str(path))
        return path.read_bytes()


def test_ods_values_repeats_and_structure() -> None:
    document = OpenDocumentSpreadsheet()
    hidden = Style(name="hide", family="table")
    hidden.addElement(TableProperties(display="false"))
    document.automaticstyles.addElement(hidden)
    table = Table(name="学生", protected="true")
    table.addElement(TableColumn(numbercolumnsrepeated=2))
    table.addElement(TableColumn(visibility="collapse"))
    table.addElement(TableRow(numberrowsrepeated=2))
    row = TableRow()
    for attributes, text in (
        ({"valuetype": "string"}, "甲"),
        ({"valuetype": "float", "value": "20150912"}, "20,150,912"),
        ({"valuetype": "date", "datevalue": "2011-01-01"}, "2011年1月1日"),
        ({"valuetype": "date", "datevalue": "2011-01-01T08:30:00"}, "x"),
        ({"valuetype": "boolean", "booleanvalue": "true"}, "TRUE"),
        ({"valuetype": "percentage", "value": "0.5"}, "50%"),
    ):
        cell = TableCell(**attributes)
        cell.addElement(P(text=text))
        row.addElement(cell)
    table.addElement(row)
    twice = TableRow(numberrowsrepeated=2, visibility="collapse")
    wide = TableCell(valuetype="string", numbercolumnsspanned=2, numberrowsspanned=1)
    paragraph = P(text="两")
    paragraph.addElement(S(c=2))
    paragraph.addText("行")
    wide.addElement(paragraph)
    wide.addElement(P(text="二"))
    twice.addElement(wide)
    twice.addElement(CoveredTableCell())
    twice.addElement(TableCell(numbercolumnsrepeated=16_000))
    table.addElement(twice)
    table.addElement(TableRow(numberrowsrepeated=1_048_000))
    document.spreadsheet.addElement(table)
    secret = Table(name="字典", stylename=hidden)
    document.spreadsheet.addElement(secret)
    workbook = read_workbook(saved(document), name="a.ods")
    sheet = workbook.sheets[0]
    assert workbook.format == "ods"
    assert (sheet.height, sheet.width) == (5, 6)
    assert grid(sheet)[2] == ["甲", "20150912", "2011-01-01", "2011-01-01 08:30:00", "TRUE", "0.5"]
    assert [sheet.kind(2, col) for col in range(6)] == [
        Kind.TEXT,
        Kind.NUMBER,
        Kind.DATE,
        Kind.DATE,
        Kind.BOOLEAN,
        Kind.NUMBER,
    ]
    assert sheet.text(3, 0) == sheet.text(4, 0) == "两  行\n二"
    assert (3, 0, 3, 1) in sheet.merged
    assert sheet.hidden_columns == (2,)
    assert sheet.hidden_rows is not None
    assert sheet.hidden_rows.tolist() == [3, 4]
    assert sheet.protected
    assert [(other.name, other.visible) for other in workbook.sheets] == [("学生", True), ("字典", False)]


def test_ods_that_repeats_a_value_beyond_reason() -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="x")
    row = TableRow(numberrowsrepeated=1_000_000)
    cell = TableCell(valuetype="string", numbercolumnsrepeated=16_000)
    cell.addElement(P(text="x"))
    row.addElement(cell)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    assert refused(saved(document)).reason in {"too-large", "bomb"}


def test_opendocument_text_is_no_workbook() -> None:
    assert refused(saved(OpenDocumentText())).reason == "not-a-workbook"


# --- delimited text -------------------------------------------------------------------------------------

CSV = '姓名,身份证件号\r\n张三,14010620150912001X\r\n,"注：，"\r\n'


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_csv_in_every_encoding(encoding: str) -> None:
    text = CSV if not encoding.startswith("utf-32-") else "name,number\n" + CSV
    sheet = first(text.encode(encoding), "花名册.csv")
    assert sheet.name == "花名册"
    assert grid(sheet)[-3:] == ROWS
    assert sheet.kinds is None


@pytest.mark.parametrize("mark", [*",;\t|"])
def test_delimiters_are_found(mark: str) -> None:
    text = "\n".join(
        mark.join([f"r{row}", "甲,乙" if mark != "," else "甲", "", f"{row};"[: 1 + (mark != ";")]]) for row in range(9)
    )
    workbook = read_workbook(text.encode())
    assert workbook.sheets[0].text(3, 0) == "r3"
    assert workbook.sheets[0].width == 4
    assert workbook.format == ("tsv" if mark == "\t" else "csv")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,"x\ny",c\n1,2,3\n', [["a", "x\ny", "c"], ["1", "2", "3"]]),
        ('a,"x\r\ny",c\r\n1,2,3', [["a", "x\ny", "c"], ["1", "2", "3"]]),
        ('a,"say ""hi""",c', [["a", 'say "hi"', "c"]]),
        ("sep=;\na;b,c\n1;2\n", [["a", "b,c"], ["1", "2"]]),
        ('a,="00123",="1"\n', [["a", "00123", "1"]]),
        ("a,b\n\n\n1,2,3\n,,,\n\n", [["a", "b", ""], ["", "", ""], ["", "", ""], ["1", "2", "3"]]),
        ("\n\n,a\n", [["", ""], ["", ""], ["", "a"]]),
        ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
        ("姓名\n张三\n", [["姓名"], ["张三"]]),
        (
            "姓名,备注\n张三,甲\u2028乙\x0c丙\x85丁\n李四,x\n",
            [["姓名", "备注"], ["张三", "甲\u2028乙\x0c丙\x85丁"], ["李四", "x"]],
        ),
        ('姓名,备注\n张三,5" 管\n李四,x\n', [["姓名", "备注"], ["张三", '5" 管'], ["李四", "x"]]),
    ],
)
def test_csv_shapes(text: str, rows: list[list[str]]) -> None:
    assert grid(first(text.encode(), "x.csv")) == rows


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest() -> None:
    lines = ["姓名,备注", '张三,"开着', *[f"生{number},{'长' * 20}" for number in range(3000)]]
    workbook = read_workbook("\n".join(lines).encode(), name="x.csv")
    assert workbook.sheets[0].height == 3002
    assert workbook.sheets[0].text(3001, 0) == "生2999"
    assert codes(workbook)


def test_csv_with_many_rows() -> None:
    text = "\n".join(f"{row},{row * 2},甲{row}" for row in range(30_000))
    sheet = first(text.encode())
    assert (sheet.height, sheet.width) == (30_000, 3)
    assert sheet.head(30_000)[29_999] == ["29999", "59998", "甲29999"]


# --- web pages and other XML called .xls ----------------------------------------------------------------

HTML = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv=Content-Type content="text/html; charset={0}">
<style>td {{color: red}}</style></head><body><table border=1>
<tr><th>姓名<th>身份证件号</tr><tr><td rowspan=2>张三</td><td style='mso-number-format:"\\@"'>14010620150912001X</td></tr>
<tr><td>a&nbsp;&amp;<br>b</td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("declared", "encoding"), [("gb2312", "gbk"), ("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("unicode", "utf-16")]
)
def test_html_called_xls(declared: str, encoding: str) -> None:
    workbook = read_workbook(HTML.format(declared).encode(encoding), name="导出.xls")
    assert workbook.format == "html"
    assert grid(workbook.sheets[0]) == [["姓名", "身份证件号"], ["张三", "14010620150912001X"], ["", "a\xa0&\nb"]]
    assert "extension-mismatch" in codes(workbook)
    assert workbook.sheets[0].merged == ((1, 0, 2, 0),)


def test_spreadsheetml_2003() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="学生"><Table><Row ss:Index="2"><Cell ss:Index="2"><Data ss:Type="String">甲</Data></Cell>
<Cell><Data ss:Type="Number">7</Data></Cell><Cell><Data ss:Type="DateTime">2011-01-01T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"""
    workbook = read_workbook(text.encode(), name="a.xls")
    sheet = workbook.sheets[0]
    assert workbook.format == "spreadsheetml"
    assert sheet.name == "学生"
    assert grid(sheet) == [["", "", "", ""], ["", "甲", "7", "2011-01-01"]]
    assert [sheet.kind(1, col) for col in range(4)] == [Kind.EMPTY, Kind.TEXT, Kind.NUMBER, Kind.DATE]


def test_mhtml() -> None:
    body = HTML.format("utf-8").encode()
    text = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; '
        b'charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' + body + b"\r\n--b--\r\n"
    )
    assert first(text, "a.xls").text(1, 1) == "14010620150912001X"


def test_web_page_without_a_table_is_refused() -> None:
    assert refused(b"<html><body><p>502 Bad Gateway</p></body></html>", "a.xls").reason == "not-a-workbook"


# --- what is no workbook --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.xlsx", "empty"),
        (b"", "a.csv", "empty"),
        (b"\x00" * 4096, "a.xlsx", "empty"),
        (b"\r\n \r\n", "a.csv", "empty"),
        (b"%PDF-1.7\n" + bytes(100), "a.xlsx", "not-a-workbook"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a.xls", "not-a-workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.xlsx", "not-a-workbook"),
        (b"Rar!\x1a\x07\x00" + bytes(100), "a.xlsx", "not-a-workbook"),
        (zipped({"photos/1.jpg": b"x"}), "a.xlsx", "not-a-workbook"),
        (zipped({"word/document.xml": "<w/>", "_rels/.rels": "<R/>"}), "a.xlsx", "not-a-workbook"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(100), "._a.xlsx", "apple-double"),
        (b"\x05Admin" + b" " * 49 + b"\x05\x00A\x00d\x00m\x00i\x00n" + bytes(99), "~$a.xlsx", "lock-file"),
        (HEAD_OLE + bytes(100), "a.xls", "truncated"),
    ],
)
def test_reasons(data: bytes, name: str, reason: str) -> None:
    assert refused(data, name).reason == reason


def test_half_a_workbook_is_truncated() -> None:
    data = raw_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>')
    assert refused(data[: len(data) // 2], "a.xlsx").reason == "truncated"


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(tmp_path / "nowhere.xlsx")
    assert caught.value.reason == "not-found"


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(tmp_path)
    assert caught.value.reason == "not-found"


# --- passwords ------------------------------------------------------------------------------------------


def locked() -> bytes:
    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["B2"] = "密"  # type: ignore[index]
    book.save(plain)
    plain.seek(0)
    target = io.BytesIO()
    OOXMLFile(plain).encrypt("芝麻", target)
    return target.getvalue()


def test_password() -> None:
    data = locked()
    assert msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted()
    sheet = read_workbook(data, password="芝麻").sheets[0]
    assert grid(sheet) == [["", ""], ["", "密"]]
    assert refused(data).reason == "encrypted"
    assert refused(data, password="开门").reason == "encrypted"


# --- xlsb -----------------------------------------------------------------------------------------------


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(body), b""
    while True:
        size, low = size >> 7, size & 0x7F
        length += bytes([low | (0x80 if size else 0)])
        if not size:
            return head + length + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(cells: bytes) -> bytes:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"

    def rels(*entries: tuple[str, str, str]) -> str:
        inside = "".join(f'<Relationship Id="{i}" Type="{office}/{t}" Target="{p}"/>' for i, t, p in entries)
        return f'<Relationships xmlns="{package}">{inside}</Relationships>'

    sheets = record(0x9C, struct.pack("<II", 0, 1) + wide("rId1") + wide("表"))
    return zipped(
        {
            "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.bin")),
            "xl/_rels/workbook.bin.rels": rels(
                ("rId1", "worksheet", "worksheets/sheet1.bin"), ("rId2", "sharedStrings", "sharedStrings.bin")
            ),
            "xl/workbook.bin": record(0x83) + record(0x8F) + sheets + record(0x90) + record(0x84),
            "xl/sharedStrings.bin": record(0x9F, struct.pack("<II", 1, 1))
            + record(0x13, b"\x00" + wide("共享"))
            + record(0xA0),
            "xl/worksheets/sheet1.bin": record(0x81) + record(0x91) + cells + record(0x92) + record(0x82),
        }
    )


def xlsb_row(row: int) -> bytes:
    return record(0x00, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0))


def xlsb_cell(kind: int, col: int, value: bytes) -> bytes:
    return record(kind, struct.pack("<II", col, 0) + value)


def test_xlsb_cells() -> None:
    cells = (
        xlsb_row(2)
        + xlsb_cell(7, 1, struct.pack("<I", 0))
        + xlsb_cell(6, 2, wide("直接"))
        + xlsb_cell(5, 3, struct.pack("<d", 0.25))
        + xlsb_cell(2, 4, struct.pack("<I", 2009101 << 2 | 2))
        + xlsb_cell(4, 5, b"\x01")
        + xlsb_cell(3, 6, b"\x2a")
    )
    workbook = read_workbook(xlsb(cells), name="a.xlsb")
    sheet = workbook.sheets[0]
    assert workbook.format == "xlsb"
    assert grid(sheet)[2] == ["", "共享", "直接", "0.25", "2009101", "TRUE", "#N/A"]
    assert [sheet.kind(2, col).name for col in range(7)] == [
        "EMPTY",
        "TEXT",
        "TEXT",
        "NUMBER",
        "NUMBER",
        "BOOLEAN",
        "ERROR",
    ]
    assert sheet.height == 3


def test_xlsb_far_cell_costs_nothing() -> None:
    many = b"".join(xlsb_row(row) + xlsb_cell(7, 0, struct.pack("<I", 0)) for row in range(50))
    far = xlsb_row(1_048_575) + xlsb_cell(7, 16_383, struct.pack("<I", 0))
    workbook = read_workbook(xlsb(many + far))
    assert (workbook.sheets[0].height, workbook.sheets[0].width) == (50, 1)
    assert "stray-cell" in codes(workbook)


def test_cut_xlsb_is_no_crash() -> None:
    whole = xlsb_row(0) + xlsb_cell(6, 0, wide("甲" * 50))
    try:
        read_workbook(xlsb(whole[:-30]))
    except UnreadableFile as error:
        assert error.reason in {"corrupt", "truncated"}
