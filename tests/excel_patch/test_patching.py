from __future__ import annotations

import io
import re

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patch_books import SHEET, assert_sound, cells, openpyxl_book, parts, raw_book, repack, rich_book
from python_calamine import CalamineWorkbook

from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.excel.patch import CellEdit, CellMark, FrontCell, FrontSheet, Link, patch_workbook

SIGNED = "\n—— stuvalid ——"


FRONT = FrontSheet(
    "问题清单",
    "问题清单",
    ["序号", "位置", "说明"],
    [
        [1, FrontCell("B3", Link(SHEET, 2, 1), "error"), "=1+1"],
        [2, FrontCell("C4", Link(SHEET, 3, 2), "warning"), "@x & <y>"],
    ],
    [8, 10, 40],
    ["点“位置”跳到单元格"],
)
ROW = '<worksheet xmlns="MAIN"><sheetData>{}</sheetData></worksheet>'


def loaded(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def by_calamine(data: bytes, sheet: str = SHEET) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_nothing_to_do_gives_the_source_itself() -> None:
    source = rich_book()
    assert patch_workbook(source).data is source


@pytest.mark.parametrize("macros", [False, True])
def test_an_edit_touches_the_sheet_and_the_styles_only(macros: bool) -> None:
    source = rich_book(macros=macros)
    result = patch_workbook(source, edits=[CellEdit(SHEET, 2, 2, "20120304")])
    before, after = parts(source), parts(result.data)
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert "xl/worksheets/sheet1.xml" in changed
    assert changed <= {"xl/worksheets/sheet1.xml", "xl/styles.xml"}
    assert_sound(result.data)
    expected = cells(source) | {(SHEET, "C3"): "20120304"}
    assert cells(result.data) == expected
    assert by_calamine(result.data)[2][2] == "20120304"


def test_only_the_edited_cell_changes_in_the_sheet() -> None:
    source = rich_book()
    before = parts(source)["xl/worksheets/sheet1.xml"]
    after = parts(patch_workbook(source, edits=[CellEdit(SHEET, 2, 2, "x")]).data)["xl/worksheets/sheet1.xml"]
    old = re.search(rb'<c r="C3".*?</c>', before)
    new = re.search(rb'<c r="C3".*?</c>', after)
    assert old and new
    assert before.replace(old[0], b"") == after.replace(new[0], b"")


def test_format_of_an_edited_cell_is_text_and_all_else_stays() -> None:
    source = rich_book()
    result = loaded(patch_workbook(source, edits=[CellEdit(SHEET, 0, 0, "学生姓名")]).data)[SHEET]["A1"]
    former = loaded(source)[SHEET]["A1"]
    assert result.number_format == "@"
    for look in ("font", "fill", "border", "alignment", "protection"):
        assert repr(getattr(result, look)) == repr(getattr(former, look))


def test_marks_colour_and_comment_and_keep_what_was_there() -> None:
    source = rich_book(macros=True)
    marks = [
        CellMark(SHEET, 2, 1, "error", "性别不符"),
        CellMark(SHEET, 2, 1, "warning", "再核对"),
        CellMark(SHEET, 5, 2, "warning", "日期"),
        CellMark(SHEET, 40, 30, "info", "空白"),
        CellMark("代码 'A' 表", 1, 0, "error", "代码"),
    ]
    result = patch_workbook(source, marks=marks)
    assert_sound(result.data)
    assert cells(result.data) == cells(source)
    book = loaded(result.data)
    sheet = book[SHEET]
    assert sheet["B3"].fill.fgColor.rgb == "FFFFC7CF"
    assert sheet["C6"].fill.fgColor.rgb == "FFFFEB9D"
    assert sheet["AE41"].fill.fgColor.rgb == "FFDDEBF8"
    assert sheet["B3"].number_format == "@" and sheet["B3"].alignment.horizontal == "right"
    assert sheet["B3"].protection.locked is False
    text = sheet["B3"].comment.text
    assert text.startswith("老师写的") and text.endswith("性别不符\n再核对")
    assert sheet["AE41"].comment.text == "空白" + SIGNED
    assert book["代码 'A' 表"]["A2"].comment.text == "代码" + SIGNED
    drawing = next(text for name, text in parts(result.data).items() if name.endswith("vmlDrawing1.vml"))
    assert b'ObjectType="Button"' in drawing
    assert drawing.count(b'ObjectType="Note"') == 3
    untouched = {"xl/vbaProject.bin", "xl/charts/chart1.xml", "xl/drawings/drawing1.xml", "xl/tables/table1.xml"}
    for name in untouched:
        assert parts(source)[name] == parts(result.data)[name]


def test_marking_twice_does_not_pile_up_comments() -> None:
    marks = [CellMark(SHEET, 2, 1, "error", "性别不符"), CellMark(SHEET, 3, 1, "error", "新")]
    once = patch_workbook(rich_book(), marks=marks).data
    again = [CellMark(SHEET, 2, 1, "error", "另一句"), CellMark(SHEET, 3, 1, "error", "改")]
    sheet = loaded(patch_workbook(once, marks=again).data)[SHEET]
    assert sheet["B3"].comment.text == "老师写的\n—— stuvalid ——\n另一句"
    assert sheet["B4"].comment.text == "改" + SIGNED


def test_patching_twice_with_the_same_edits_changes_nothing_more() -> None:
    edits = [CellEdit(SHEET, 2, 2, "20120304"), CellEdit(SHEET, 50, 3, "新行")]
    once = patch_workbook(rich_book(), edits=edits).data
    assert parts(patch_workbook(once, edits=edits).data) == parts(once)


@pytest.mark.parametrize("book", [rich_book, openpyxl_book])
def test_front_sheet_comes_first_and_everything_still_points_where_it_did(book: object) -> None:
    source = book()  # type: ignore[operator]
    result = patch_workbook(source, front_sheet=FRONT)
    assert_sound(result.data)
    before, after = loaded(source), loaded(result.data)
    assert after.sheetnames == ["问题清单", *before.sheetnames]
    assert after.active.title == "问题清单"
    assert [bool(sheet.sheet_view.tabSelected) for sheet in after.worksheets] == [True] + [False] * len(
        before.sheetnames
    )
    front = after.worksheets[0]
    assert front["B4"].hyperlink.location == f"'{SHEET}'!B3"
    assert front["C4"].value == "=1+1" and front["C4"].data_type == "s"
    assert front["A4"].value == 1
    assert front.freeze_panes == "A4"
    assert front.auto_filter.ref == "A3:C5"
    assert front.print_title_rows == "$3:$3"
    assert front.page_setup.orientation == "landscape" and front.page_setup.paperSize == 9
    for sheet in before.worksheets:
        twin = after[sheet.title]
        assert twin.print_title_rows == sheet.print_title_rows
        assert twin.auto_filter.ref == sheet.auto_filter.ref
        assert twin.sheet_state == sheet.sheet_state
        assert {k: v.attr_text for k, v in twin.defined_names.items()} == {
            k: v.attr_text for k, v in sheet.defined_names.items()
        }
    assert {k: v for k, v in cells(result.data).items() if k[0] != "问题清单"} == cells(source)
    properties = parts(result.data)["docProps/app.xml"].decode()
    if "TitlesOfParts" in properties:
        assert properties.index("问题清单") < properties.index(SHEET)


def test_front_sheet_gets_another_name_when_taken() -> None:
    once = patch_workbook(rich_book(), front_sheet=FRONT).data
    twice = patch_workbook(once, front_sheet=FRONT)
    assert twice.notes == ["front-sheet-renamed"]
    assert loaded(twice.data).sheetnames[:2] == ["问题清单2", "问题清单"]
    assert_sound(twice.data)


def test_merged_cells_are_reached_by_any_of_their_cells() -> None:
    source = rich_book()
    result = patch_workbook(source, edits=[CellEdit(SHEET, 3, 9, "新值")], marks=[CellMark(SHEET, 2, 10, "error", "x")])
    sheet = loaded(result.data)[SHEET]
    assert sheet["I2"].value == "新值"
    assert sheet["I2"].comment.text == "x" + SIGNED
    conflict = patch_workbook(source, edits=[CellEdit(SHEET, 1, 8, "a"), CellEdit(SHEET, 3, 9, "b")])
    assert "merged-conflict" in conflict.notes
    assert loaded(conflict.data)[SHEET]["I2"].value == "a"


def test_table_header_takes_its_column_along() -> None:
    source = rich_book()
    result = patch_workbook(source, edits=[CellEdit("代码 'A' 表", 0, 2, "丙\n行")])
    assert "table-header-renamed" in result.notes
    assert b'name="\xe4\xb8\x99_x000a_\xe8\xa1\x8c"' in parts(result.data)["xl/tables/table1.xml"]
    assert_sound(result.data)
    for value in (None, "甲", "新"):  # empty, taken, and a column formulas speak of
        kept = patch_workbook(source, edits=[CellEdit("代码 'A' 表", 0, 3, value)])
        assert kept.notes == ["table-header-kept"]
        assert loaded(kept.data)["代码 'A' 表"]["D1"].value == "乙"


def test_formula_replaced_and_calculation_chain_dropped() -> None:
    def with_chain(found: dict[str, bytes]) -> None:
        found["xl/calcChain.xml"] = (
            b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="G3" i="1"/></calcChain>'
        )
        found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(
            b"</Types>",
            b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/></Types>',
        )
        found["xl/_rels/workbook.xml.rels"] = found["xl/_rels/workbook.xml.rels"].replace(
            b"</Relationships>",
            b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain" Target="calcChain.xml"/></Relationships>',
        )

    source = repack(rich_book(), with_chain)
    assert_sound(source)
    marked = patch_workbook(source, marks=[CellMark(SHEET, 2, 6, "info", "x")])
    assert "xl/calcChain.xml" in parts(marked.data)
    result = patch_workbook(source, edits=[CellEdit(SHEET, 2, 6, "43")])
    assert result.notes == ["formula-replaced"]
    assert "xl/calcChain.xml" not in parts(result.data)
    assert_sound(result.data)
    assert loaded(result.data)[SHEET]["G3"].value == "43"
    assert b'fullCalcOnLoad="1"' in parts(result.data)["xl/workbook.xml"]


def test_cells_that_shared_a_replaced_formula_keep_theirs() -> None:
    source = raw_book(
        ROW.format(
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*2&amp;"$"</f><v>2</v></c></row>'
            '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/><v>4</v></c></row>'
            '<row r="3"><c r="B3"><f t="shared" si="0"></f><v>6</v></c></row>'
        )
    )
    result = patch_workbook(source, edits=[CellEdit(SHEET, 0, 1, "x")], marks=[CellMark(SHEET, 1, 1, "info", "c")])
    assert result.notes == ["formula-replaced", "shared-formula-written-out"]
    found = cells(result.data)
    assert found[SHEET, "B2"] == '=A2*2&"$"' and found[SHEET, "B3"] == '=A3*2&"$"'
    second = patch_workbook(source, edits=[CellEdit(SHEET, 1, 1, "x")])
    assert cells(second.data)[SHEET, "B3"] == '=A3*2&"$"'


@pytest.mark.parametrize("row", [0, 1])
def test_array_formula_gives_way_to_its_values(row: int) -> None:
    source = raw_book(
        ROW.format(
            '<row r="1"><c r="A1" cm="1"><f t="array" ref="A1:A2">B1:B2*2</f><v>2</v></c></row>'
            '<row r="2"><c r="A2"><v>4</v></c></row>'
        )
    )
    result = patch_workbook(source, edits=[CellEdit(SHEET, row, 0, "x")], marks=[CellMark(SHEET, 0, 0, "error", "")])
    assert {"formula-replaced", "array-formula-values"} & set(result.notes)
    assert b"<f" not in parts(result.data)["xl/worksheets/sheet1.xml"]
    assert b'cm="' not in parts(result.data)["xl/worksheets/sheet1.xml"]
    assert [line[0] for line in by_calamine(result.data)][1 - row] == (4.0 if row == 0 else 2.0)


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (ROW.format(""), [["", "", ""], ["", "", ""], ["", "", "新"]]),
        (ROW.replace("<sheetData>{}</sheetData>", "<sheetData/>"), [["", "", ""], ["", "", ""], ["", "", "新"]]),
        (ROW.format('<row r="3"/>'), [["", "", ""], ["", "", ""], ["", "", "新"]]),
        (
            ROW.format("<row><c><v>1</v></c></row><row/><row><c><v>2</v></c><c/><c/></row>"),
            [[1.0, "", ""], ["", "", ""], [2.0, "", "新"]],
        ),
        (
            ROW.format(
                '<row r="2" spans="1:1"><c r="B2"><v>1</v></c></row><row r="4"><c r="D4" t="b"><v>1</v></c></row>'
            ),
            [["", "", "", ""], ["", 1.0, "", ""], ["", "", "新", ""], ["", "", "", True]],
        ),
        (
            ROW.format("<row r='3'><c r='A3'><v>1</v></c><c r='D3'><v>4</v></c><extLst><ext uri='x'/></extLst></row>"),
            [["", "", "", ""], ["", "", "", ""], [1.0, "", "新", 4.0]],
        ),
        (
            '<x:worksheet xmlns:x="MAIN"><x:sheetData><x:row r="3"><x:c r="C3" t="str"><x:f>"a"</x:f><x:v>a</x:v></x:c>'
            "</x:row></x:sheetData></x:worksheet>",
            [["", "", ""], ["", "", ""], ["", "", "新"]],
        ),
        (
            "<worksheet xmlns='MAIN'><!-- <sheetData><row r='3'/> --><sheetData><!--<row r='3'><c r=\"C3\"/></row>-->"
            '<row r="3"><c r="B3" t="inlineStr"><is><t><![CDATA[<c r="C3"/>]]></t></is></c></row></sheetData></worksheet>',
            [["", "", ""], ["", "", ""], ["", '<c r="C3"/>', "新"]],
        ),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_cells_are_written_whatever_the_shape_of_the_sheet(
    sheet: str, expected: list[list[object]], strict: bool
) -> None:
    source = raw_book(sheet, strict=strict)
    result = patch_workbook(
        source, edits=[CellEdit(SHEET, 2, 2, "新")], marks=[CellMark(SHEET, 2, 2, "error", "c")], front_sheet=FRONT
    )
    assert_sound(result.data)
    found = by_calamine(result.data)
    assert [[*row, *[""] * 4][:4] for row in found] == [[*row, *[""] * 4][:4] for row in expected]
    if not strict:  # openpyxl does not read that dialect
        cell = loaded(result.data)[SHEET]["C3"]
        assert (cell.value, cell.number_format, cell.fill.fgColor.rgb) == ("新", "@", "FFFFC7CF")
        assert cell.comment.text == "c" + SIGNED


def test_utf16_sheets_and_other_encodings() -> None:
    for encoding, declared in (("utf-16", "UTF-16"), ("gb18030", "GB18030")):
        text = f'<?xml version="1.0" encoding="{declared}"?>' + ROW.format(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>学籍</t></is></c></row>'
        )

        def swap(found: dict[str, bytes], text: str = text, encoding: str = encoding) -> None:
            xml = text.replace("MAIN", "http://schemas.openxmlformats.org/spreadsheetml/2006/main")
            found["xl/worksheets/sheet1.xml"] = xml.encode(encoding)

        source = repack(raw_book(ROW.format("")), swap)
        result = patch_workbook(source, edits=[CellEdit(SHEET, 0, 1, "新")])
        assert cells(result.data) == {(SHEET, "A1"): "学籍", (SHEET, "B1"): "新"}


def test_new_cells_take_the_format_of_their_column_or_row() -> None:
    styles = (
        '<styleSheet xmlns="MAIN"><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        '<xf numFmtId="1" fontId="0" fillId="0" borderId="0"><alignment horizontal="center"/></xf>'
        '<xf numFmtId="2" fontId="0" fillId="0" borderId="0"><alignment horizontal="right"/></xf></cellXfs></styleSheet>'
    )
    sheet = (
        '<worksheet xmlns="MAIN"><cols><col min="2" max="3" width="9" style="1"/></cols><sheetData>'
        '<row r="2" s="2" customFormat="1"/></sheetData></worksheet>'
    )
    result = patch_workbook(
        raw_book(sheet, styles=styles), edits=[CellEdit(SHEET, 0, 1, "a"), CellEdit(SHEET, 1, 1, "b")]
    )
    found = loaded(result.data)[SHEET]
    assert found["B1"].alignment.horizontal == "center"
    assert found["B2"].alignment.horizontal == "right"
    assert found["B1"].number_format == found["B2"].number_format == "@"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_text_comes_back(text: str) -> None:
    source = raw_book(ROW.format(""))
    result = patch_workbook(source, edits=[CellEdit(SHEET, 0, 0, text), CellEdit(SHEET, 0, 1, "end")])
    got = loaded(result.data)[SHEET]["A1"].value
    expected = re.sub(r"[\ud800-\udfff]", "\ufffd", text)
    assert openpyxl.utils.escape.unescape(got or "") == expected


EDIT_CELLS = st.dictionaries(
    st.tuples(st.integers(0, 12), st.integers(0, 8)), st.sampled_from(["", "x", "新 & <值>", "=1"]), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(EDIT_CELLS, EDIT_CELLS)
def test_random_edits_on_random_grids(before: dict[tuple[int, int], str], wanted: dict[tuple[int, int], str]) -> None:
    empty = raw_book(ROW.format(""))
    source = patch_workbook(empty, edits=[CellEdit(SHEET, *place, value) for place, value in before.items()]).data
    result = patch_workbook(source, edits=[CellEdit(SHEET, *place, value) for place, value in wanted.items()]).data
    assert_sound(result)
    expected = {place: value for place, value in {**before, **wanted}.items() if value}
    sheet = loaded(result)[SHEET]
    found = {
        (cell.row - 1, cell.column - 1): cell.value
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert found == expected


def test_signature_goes_and_is_told() -> None:
    def sign(found: dict[str, bytes]) -> None:
        found["_xmlsignatures/origin.sigs"] = b""
        found["_xmlsignatures/sig1.xml"] = b"<Signature/>"
        found["_xmlsignatures/_rels/origin.sigs.rels"] = (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
            b'Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/signature" Target="sig1.xml"/></Relationships>'
        )
        found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(
            b"</Types>",
            b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/>'
            b'<Override PartName="/_xmlsignatures/sig1.xml" ContentType="application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"/></Types>',
        )
        found["_rels/.rels"] = found["_rels/.rels"].replace(
            b"</Relationships>",
            b'<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" '
            b'Target="_xmlsignatures/origin.sigs"/></Relationships>',
        )

    source = repack(rich_book(), sign)
    assert patch_workbook(source).data is source
    result = patch_workbook(source, edits=[CellEdit(SHEET, 2, 2, "x")])
    assert "signature-lost" in result.notes
    assert not [name for name in parts(result.data) if "xmlsignatures" in name]
    assert_sound(result.data)


def test_conversation_is_kept_and_told() -> None:
    def converse(found: dict[str, bytes]) -> None:
        found["xl/threadedComments/threadedComment1.xml"] = b"<ThreadedComments/>"
        found["xl/worksheets/_rels/sheet1.xml.rels"] = found["xl/worksheets/_rels/sheet1.xml.rels"].replace(
            b"</Relationships>",
            b'<Relationship Id="rId77" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
            b'Target="../threadedComments/threadedComment1.xml"/></Relationships>',
        )

    source = repack(rich_book(), converse)
    assert patch_workbook(source, marks=[CellMark(SHEET, 9, 1, "error", "x")]).notes == []
    result = patch_workbook(source, marks=[CellMark(SHEET, 2, 1, "error", "x")])
    assert result.notes == ["threaded-comment"]
    assert parts(result.data)["xl/threadedComments/threadedComment1.xml"] == b"<ThreadedComments/>"


def test_hostile_and_foreign_files_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]>' + ROW.format("")
    with pytest.raises(UnreadableFile) as caught:
        patch_workbook(raw_book(bomb), edits=[CellEdit(SHEET, 0, 0, "x")])
    assert caught.value.reason == "hostile"
    truncated = rich_book()[:-400]
    for source in (b"", b"PK\3\4", b"\xd0\xcf\x11\xe0" * 200, truncated):
        with pytest.raises(UnreadableFile):
            patch_workbook(source, edits=[CellEdit(SHEET, 0, 0, "x")])
    with pytest.raises(UnreadableFile):
        patch_workbook(raw_book("<worksheet><sheetData><row r='1'>"), edits=[CellEdit(SHEET, 0, 0, "x")])


@pytest.mark.parametrize(
    "edit",
    [
        CellEdit("没有", 0, 0, "x"),
        CellEdit(SHEET, 1_048_576, 0, "x"),
        CellEdit(SHEET, 0, -1, "x"),
        CellEdit(SHEET, 0, 0, "x" * 40_000),
    ],
)
def test_impossible_requests_are_refused(edit: CellEdit) -> None:
    with pytest.raises(UsageError):
        patch_workbook(rich_book(), edits=[edit])


def test_many_marks_get_unique_boxes_across_sheets() -> None:
    marks = [CellMark(name, row, 0, "error", f"m{row}") for name in (SHEET, "代码 'A' 表") for row in range(1, 1_300)]
    result = patch_workbook(rich_book(), marks=marks)
    assert_sound(result.data)
    assert loaded(result.data)[SHEET]["A1200"].comment.text == "m1199" + SIGNED


def test_relationships_of_a_sheet_are_declared_where_the_file_declares_them_one_by_one() -> None:
    def as_libreoffice(found: dict[str, bytes]) -> None:
        types, default = found["[Content_Types].xml"], rb'<Default Extension="rels"[^>]*>'
        kind = b'ContentType="application/vnd.openxmlformats-package.relationships+xml"'
        single = b"".join(
            b'<Override PartName="/%s" %s/>' % (name.encode(), kind) for name in found if name.endswith(".rels")
        )
        found["[Content_Types].xml"] = re.sub(default, single, types)

    source = repack(raw_book(ROW.format("")), as_libreoffice)
    assert_sound(source)
    assert_sound(patch_workbook(source, marks=[CellMark(SHEET, 0, 0, "error", "x")]).data)
