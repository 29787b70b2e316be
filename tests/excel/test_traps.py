"""Every way in which an xlsx has been seen to mislead a reader."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from raw_books import DATE_STYLES, MAIN, raw_xlsx, sheet_xml, zipped

from stuvalid.errors import UnreadableFile
from stuvalid.excel import Kind, Limits, Sheet, Workbook, read_workbook


def only(data: bytes) -> Sheet:
    """The one sheet of a workbook."""
    (sheet,) = read_workbook(data).sheets
    return sheet


def grid(sheet: Sheet) -> list[list[str]]:
    return sheet.head(sheet.height)


def codes(workbook: Workbook) -> set[str]:
    return {note.code for note in workbook.notes}


def inline(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_leading_blank_rows_and_columns_keep_their_place() -> None:
    sheet = only(raw_xlsx(f'<row r="3">{inline("C3", "甲")}</row><row r="7">{inline("E7", "乙")}</row>'))
    assert (sheet.height, sheet.width) == (7, 5)
    assert sheet.text(2, 2) == "甲"
    assert sheet.text(6, 4) == "乙"
    assert sum(bool(text) for row in grid(sheet) for text in row) == 2


def test_text_only_sheet_has_no_kind_matrix() -> None:
    sheet = only(raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=["<t>甲</t>"]))
    assert sheet.kinds is None
    assert sheet.kind(0, 0) is Kind.TEXT
    assert sheet.kind(0, 1) is Kind.EMPTY
    assert sheet.kind(5, 5) is Kind.EMPTY


@pytest.mark.parametrize(
    ("cell", "text", "kind"),
    [
        ('<c r="A1"><v>2009101</v></c>', "2009101", Kind.NUMBER),
        ('<c r="A1" t="n"><v>1.1010120100101E+17</v></c>', "110101201001010000", Kind.NUMBER),
        ('<c r="A1"><v>0.1</v></c>', "0.1", Kind.NUMBER),
        ('<c r="A1"><v>0.30000000000000004</v></c>', "0.30000000000000004", Kind.NUMBER),
        ('<c r="A1"><v>-3</v></c>', "-3", Kind.NUMBER),
        ('<c r="A1"><v>1e3</v></c>', "1000", Kind.NUMBER),
        ('<c r="A1"><v>999999999999999</v></c>', "999999999999999", Kind.NUMBER),
        ('<c r="A1" s="1"><v>40544</v></c>', "2011-01-01", Kind.DATE),
        ('<c r="A1" s="2"><v>40544.5</v></c>', "2011-01-01 12:00:00", Kind.DATE),
        ('<c r="A1" s="2"><v>40544</v></c>', "2011-01-01", Kind.DATE),
        ('<c r="A1" t="d"><v>2011-01-01T00:00:00</v></c>', "2011-01-01", Kind.DATE),
        ('<c r="A1" t="b"><v>1</v></c>', "TRUE", Kind.BOOLEAN),
        ('<c r="A1" t="b"><v>0</v></c>', "FALSE", Kind.BOOLEAN),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", Kind.ERROR),
        ('<c r="A1" t="e"><f>X</f><v>#REF!</v></c>', "#REF!", Kind.ERROR),
        ('<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab", Kind.TEXT),
        ('<c r="A1" t="inlineStr"><is><t>x &amp; y &#20013;</t></is></c>', "x & y 中", Kind.TEXT),
        ('<c r="A1" t="inlineStr"><is><r><t>张</t></r><r><t>三</t></r></is></c>', "张三", Kind.TEXT),
        ('<c r="A1" t="inlineStr"><is><t>00123</t></is></c>', "00123", Kind.TEXT),
        ('<c r="A1" t="str"><v>a_x000D_b</v></c>', "a\rb", Kind.TEXT),
        ("<c r='A1'><v>5</v></c>", "5", Kind.NUMBER),
        ('<c s="1" r="A1"><v>40544</v></c>', "2011-01-01", Kind.DATE),
        ('<c r="A1"><!-- note --><v>5</v></c>', "5", Kind.NUMBER),
        ('<c r="A1" t="inlineStr"><is><t><![CDATA[<a&b>]]></t></is></c>', "<a&b>", Kind.TEXT),
    ],
)
def test_text_and_kind_of_a_cell(cell: str, text: str, kind: Kind) -> None:
    sheet = only(raw_xlsx(f'<row r="1">{cell}</row>', styles=DATE_STYLES))
    assert sheet.text(0, 0) == text
    assert sheet.kind(0, 0) is kind


def test_kinds_of_a_mixed_sheet_and_of_its_gaps() -> None:
    sheet = only(raw_xlsx(f'<row r="2"><c r="A2"><v>1</v></c>{inline("C2", "x")}</row>'))
    assert sheet.kinds is not None
    assert sheet.kinds.tolist() == [[0, 0, 0], [Kind.NUMBER, 0, Kind.TEXT]]


def test_epoch_1904() -> None:
    data = raw_xlsx(
        '<row r="1"><c r="A1" s="1"><v>0</v></c><c r="B1" s="1"><v>39082</v></c></row>',
        styles=DATE_STYLES,
        workbook_extra='<workbookPr date1904="1"/>',
    )
    assert grid(only(data)) == [["1904-01-01", "2011-01-01"]]


def test_error_cell_between_texts_is_not_an_empty_cell() -> None:
    sheet = only(raw_xlsx(f'<row r="1">{inline("A1", "a")}<c r="B1" t="e"><v>#DIV/0!</v></c>{inline("C1", "c")}</row>'))
    assert grid(sheet) == [["a", "#DIV/0!", "c"]]
    assert sheet.kind(0, 1) is Kind.ERROR


def test_blanks_at_the_edges_are_kept_only_where_the_file_preserves_them() -> None:
    strings = [
        '<t xml:space="preserve"> 张三 </t>',
        "<t> 张三 </t>",
        "<t>\u3000张三\u00a0</t>",
        '<t xml:space="preserve">  </t>',
    ]
    row = "".join(f'<c r="{"ABCD"[i]}1" t="s"><v>{i}</v></c>' for i in range(4))
    sheet = only(raw_xlsx(f'<row r="1">{row}</row>', strings=strings))
    assert grid(sheet) == [[" 张三 ", "张三", "\u3000张三\u00a0", "  "]]


def test_phonetic_guides_are_not_text() -> None:
    item = '<r><t>漢</t></r><rPh sb="0" eb="1"><t>カン</t></rPh><phoneticPr fontId="1"/>'
    assert grid(only(raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=[item]))) == [["漢"]]


def test_missing_shared_text_is_noted() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>9</v></c></row>'
    workbook = read_workbook(raw_xlsx(rows, strings=["<t>x</t>"]))
    assert grid(workbook.sheets[0]) == [["x"]]
    assert "text-missing" in codes(workbook)


def test_empty_shared_text_in_the_middle() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>2</v></c><c r="B1" t="s"><v>1</v></c></row>'
    sheet = only(raw_xlsx(rows, strings=["<t>x</t>", "<t/>", "<t>z</t>"]))
    assert grid(sheet) == [["z"]]


def test_formulas_are_located() -> None:
    rows = '<row r="2"><c r="B2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f t="shared" si="0"/><v>x</v></c><c r="D2"><v>1</v></c></row>'
    sheet = only(raw_xlsx(rows))
    assert sheet.formulas is not None
    assert sorted(map(tuple, sheet.formulas.tolist())) == [(1, 1), (1, 2)]


def test_formula_without_a_stored_result_is_noted() -> None:
    workbook = read_workbook(raw_xlsx('<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><v>1</v></c></row>'))
    assert "recalculation-missing" in codes(workbook)


def test_hidden_merged_protected() -> None:
    sheet = only(
        raw_xlsx(
            f'<row r="1">{inline("A1", "a")}</row><row r="3" hidden="1">{inline("A3", "c")}</row><row r="4" hidden="0"/>',
            before='<cols><col min="2" max="3" width="9" hidden="1"/><col min="5" max="5" width="9"/></cols>',
            after='<sheetProtection sheet="1"/><mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B2:B3"/></mergeCells>',
        )
    )
    assert sheet.hidden_rows is not None
    assert sheet.hidden_rows.tolist() == [2]
    assert sheet.hidden_columns == (1, 2)
    assert sheet.merged == ((0, 0, 0, 2), (1, 1, 2, 1))
    assert sheet.protected


def test_sheet_order_names_and_visibility() -> None:
    book = openpyxl.Workbook()
    book.active.title = "第一"  # type: ignore[union-attr]
    for name, state in (("字典", "hidden"), ("宏", "veryHidden"), ("末", "visible")):
        book.create_sheet(name).sheet_state = state  # type: ignore[assignment]
    book["末"]["B2"] = "x"
    stream = io.BytesIO()
    book.save(stream)
    workbook = read_workbook(stream.getvalue())
    assert [(sheet.name, sheet.visible) for sheet in workbook.sheets] == [
        ("第一", True),
        ("字典", False),
        ("宏", False),
        ("末", True),
    ]
    assert (workbook.sheets[0].height, workbook.sheets[0].width, workbook.sheets[0].columns) == (0, 0, [])
    assert workbook.sheets[3].text(1, 1) == "x"


@pytest.mark.parametrize("ref", ["XFD1048576", "A1048576", "XFD1"])
def test_a_stray_far_cell_costs_nothing_and_is_noted(ref: str) -> None:
    rows = "".join(f'<row r="{r}">{inline(f"A{r}", "a")}{inline(f"B{r}", "b")}</row>' for r in range(1, 300))
    row = ref.lstrip("XFDA")
    stray = inline(ref, "迷路") if row == "1" else ""
    far = f'<row r="{row}">{inline(ref, "迷路")}</row>' if row != "1" else ""
    if stray:
        rows = rows.replace(inline("B1", "b"), inline("B1", "b") + stray)
    workbook = read_workbook(raw_xlsx(rows + far))
    sheet = workbook.sheets[0]
    assert sheet.height in {299, 1_048_576}
    assert sheet.width in {2, 16_384}
    assert sheet.height * sheet.width < 20_000_000
    if (sheet.height, sheet.width) == (299, 2):
        assert [note.detail for note in workbook.notes if note.code == "stray-cell"] == [ref]


def test_a_lying_dimension_is_not_believed() -> None:
    rows = f'<row r="1">{inline("A1", "a")}{inline("B1", "b")}</row><row r="2">{inline("A2", "c")}</row>'
    for ref in ("A1", "A1:XFD1048576"):
        sheet = only(raw_xlsx(rows, before=f'<dimension ref="{ref}"/>'))
        assert grid(sheet) == [["a", "b"], ["c", ""]]


def test_blank_styled_rows_at_the_end_are_left_out() -> None:
    blank = "".join(f'<row r="{r}"><c r="A{r}" s="1"/><c r="B{r}" s="1"/></row>' for r in range(2, 50_000))
    sheet = only(raw_xlsx(f'<row r="1">{inline("A1", "a")}</row>{blank}', styles=DATE_STYLES))
    assert (sheet.height, sheet.width) == (1, 1)


def test_cells_and_rows_without_references() -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = f"<row>{cell.format('a')}{cell.format('b')}</row><row/><row>{cell.format('c')}</row>"
    assert grid(only(raw_xlsx(rows))) == [["a", "b"], ["", ""], ["c", ""]]


def test_namespace_prefix_and_no_whitespace_rules() -> None:
    sheet = (
        f'<?xml version="1.0"?>\n<x:worksheet xmlns:x="{MAIN}">\n <x:sheetData>\n  <x:row r="2">\n'
        '   <x:c r="B2" t="inlineStr">\n<x:is>\n<x:t>甲</x:t>\n</x:is></x:c><x:c r="C2"><x:v>7</x:v></x:c>\n</x:row></x:sheetData></x:worksheet>'
    )
    found = only(raw_xlsx(sheet=sheet))
    assert grid(found) == [["", "", ""], ["", "甲", "7"]]
    assert found.kind(1, 2) is Kind.NUMBER


def test_indented_xml() -> None:
    rows = '\n  <row r="1">\n    <c r="A1">\n      <v>5</v>\n    </c>\n    <c r="B1" t="inlineStr">\n <is>\n <t>乙</t>\n </is>\n </c>\n  </row>\n'
    assert grid(only(raw_xlsx(rows))) == [["5", "乙"]]


def test_utf16_parts() -> None:
    sheet = sheet_xml(f'<row r="1">{inline("A1", "甲")}</row>').replace("UTF-8", "UTF-16").encode("utf-16")
    assert grid(only(raw_xlsx(sheet=sheet))) == [["甲"]]


def test_strict_ooxml() -> None:
    sheet = only(raw_xlsx(f'<row r="1">{inline("A1", "甲")}<c r="B1"><v>3</v></c></row>', strict=True))
    assert grid(sheet) == [["甲", "3"]]


def test_backslashes_in_part_names() -> None:
    data = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=["<t>甲</t>"], backslashes=True)
    assert b"xl\\workbook.xml" in data
    assert grid(only(data)) == [["甲"]]


def test_macros_and_producer() -> None:
    more = {
        "xl/vbaProject.bin": b"x",
        "docProps/app.xml": "<Properties><Application>WPS 表格</Application></Properties>",
    }
    workbook = read_workbook(raw_xlsx(f'<row r="1">{inline("A1", "x")}</row>', more=more))
    assert workbook.macros
    assert workbook.format == "xlsm"
    assert workbook.producer == "WPS"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_document_types_are_refused(part: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    data = raw_xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=["<t>x</t>"])
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts[part]
    parts[part] = bomb.encode() + body[body.find(b"?>") + 2 if b"?>" in body else 0 :]
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(zipped(parts))
    assert caught.value.reason == "bomb"


def test_a_part_that_inflates_beyond_the_budget() -> None:
    rows = f'<row r="1">{inline("A1", "x")}</row>' + " " * 5_000_000
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(raw_xlsx(rows), limits=Limits(inflated_bytes=1 << 20))
    assert caught.value.reason == "bomb"


def test_cell_limit() -> None:
    rows = "".join(f'<row r="{r}">{inline(f"A{r}", "x")}</row>' for r in range(1, 200))
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(raw_xlsx(rows), limits=Limits(cells=100))
    assert caught.value.reason == "too-large"


def test_control_characters_and_formula_like_text() -> None:
    text = "=cmd|' /C calc'!A0"
    sheet = only(raw_xlsx(f'<row r="1">{inline("A1", text)}{inline("B1", "a_x0007_b")}</row>'))
    assert grid(sheet) == [[text, "a\x07b"]]
    assert sheet.formulas is None


def test_duplicate_cells_keep_one_value() -> None:
    sheet = only(raw_xlsx(f'<row r="1">{inline("A1", "a")}{inline("A1", "b")}</row>'))
    assert sheet.text(0, 0) in {"a", "b"}


def test_rows_out_of_order() -> None:
    sheet = only(
        raw_xlsx(f'<row r="2">{inline("A2", "b")}</row><row r="1">{inline("B1", "y")}{inline("A1", "a")}</row>')
    )
    assert grid(sheet) == [["a", "y"], ["b", ""]]


def test_large_sheet_in_several_chunks_keeps_every_address() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    for row in range(3000):
        for col in range(30):
            if (row + col) % 7:
                sheet.write(row, col, f"{row}/{col}" if col % 5 else row * 1000 + col)
    sheet.set_row(2500, None, None, {"hidden": True})
    book.close()
    found = only(stream.getvalue())
    assert (found.height, found.width) == (3000, 30)
    for col in range(30):
        column = found.columns[col].to_pylist()
        expected = [
            (f"{row}/{col}" if col % 5 else str(row * 1000 + col)) if (row + col) % 7 else None for row in range(3000)
        ]
        assert [value or None for value in column] == expected
    assert found.hidden_rows is not None
    assert found.hidden_rows.tolist() == [2500]


def test_a_path_and_its_bytes_read_alike(tmp_path: Path) -> None:
    data = raw_xlsx(f'<row r="1">{inline("A1", "甲")}</row>')
    path = tmp_path / "表.xls"
    path.write_bytes(data)
    assert grid(read_workbook(path).sheets[0]) == grid(read_workbook(data).sheets[0]) == [["甲"]]
    assert "extension-mismatch" in codes(read_workbook(path))
    assert "extension-mismatch" not in codes(read_workbook(data))
    assert "extension-mismatch" in codes(read_workbook(data, name="表.csv"))


def test_an_unknown_encoding_is_a_damaged_sheet() -> None:
    sheet = sheet_xml(f'<row r="1">{inline("A1", "甲")}</row>').replace("UTF-8", "UTF-5")
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(raw_xlsx(sheet=sheet))
    assert caught.value.reason == "corrupt"


def test_bytes_lost_at_the_beginning() -> None:
    data = raw_xlsx(f'<row r="1">{inline("A1", "甲")}</row>')
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(data[:20] + data[40:])
    assert caught.value.reason in {"truncated", "corrupt"}
