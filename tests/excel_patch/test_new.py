from __future__ import annotations

import io
import tracemalloc

import openpyxl
import pyarrow as pa
from patch_books import assert_sound
from python_calamine import CalamineWorkbook

from stuvalid.excel.blank import BlankForm, FormColumn, write_blank_form
from stuvalid.excel.convert import xls_to_xlsx
from stuvalid.excel.model import Kind, Sheet, Workbook
from stuvalid.excel.new import TableSheet, write_table_workbook
from stuvalid.excel.patch import CellEdit, FrontCell, Link, patch_workbook


def test_lists_hold_texts_numbers_links_and_no_formulas() -> None:
    rows = [["=cmd|' /C calc'!A0", 3, FrontCell("C2", Link("二", 1, 2), "error")], ["+1", 10, "\x0b<&>"]]
    data = write_table_workbook(
        [
            TableSheet("一", "标题", ["甲", "乙", "丙"], rows, [20, 8, 8]),
            TableSheet("二", "", ["x"], []),
            TableSheet("二", "", ["y"], []),
        ]
    )
    assert_sound(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["一", "二", "二2"]
    sheet = book["一"]
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=cmd|' /C calc'!A0", "s")
    assert sheet["B4"].value == 10
    assert sheet["C3"].hyperlink.location == "'二'!C2"
    assert sheet.auto_filter.ref == "A2:C4" and sheet.freeze_panes == "A3"
    assert data == write_table_workbook(
        [
            TableSheet("一", "标题", ["甲", "乙", "丙"], rows, [20, 8, 8]),
            TableSheet("二", "", ["x"], []),
            TableSheet("二", "", ["y"], []),
        ]
    )
    again = patch_workbook(data, edits=[CellEdit("一", 2, 0, "ok")]).data
    assert CalamineWorkbook.from_filelike(io.BytesIO(again)).get_sheet_by_index(0).to_python()[2][0] == "ok"


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(rows: int) -> int:
        table = TableSheet("a", "", ["x"] * 4, (["值", "b", "c", i] for i in range(rows)), [9] * 4)
        tracemalloc.start()
        write_table_workbook([table], io.BytesIO())
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(20_000) < 3 * peak(4_000)


def test_a_list_longer_than_a_sheet_goes_on_in_another(monkeypatch: object) -> None:
    import stuvalid.excel.patch.table_xml as table_xml

    monkeypatch.setattr(table_xml, "LAST_ROW", 3)  # type: ignore[attr-defined]
    data = write_table_workbook([TableSheet("a", "", ["x"], [[str(i)] for i in range(7)], [9])])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["a", "a2", "a3"]
    assert [[cell.value for cell in sheet["A"][1:]] for sheet in book] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_blank_form() -> None:
    columns = [
        FormColumn("姓名", True, hint="与户口簿一致", explanation="不留空格", example="张三"),
        FormColumn("性别", True, ["男", "女"], example="男"),
        FormColumn("家长性别", False, ["男", "女"], strict=False),
        FormColumn("民族", False, ["汉族", "回族"]),
    ]
    data = write_blank_form(BlankForm("学生基础信息", columns, rows=50, lines=["采集表"]))
    assert_sound(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["学生基础信息"]
    assert [cell.value for cell in sheet[2]] == ["姓名", "性别", "家长性别", "民族"]
    assert sheet["A2"].font.color.rgb == "FFC00000"
    assert sheet["D2"].font.color is None or sheet["D2"].font.color.rgb != "FFC00000"
    assert sheet["A2"].comment.text == "不留空格"
    assert sheet["A3"].value == "张三" and sheet["A3"].font.italic and "示例" in sheet["A3"].comment.text
    assert sheet["C30"].number_format == "@" and sheet.column_dimensions["B"].number_format == "@"
    assert sheet.freeze_panes == "A3"
    assert book.worksheets[1].sheet_state == "hidden"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["B3:B53"].formula1 == rules["C3:C53"].formula1 == "list_1"
    assert rules["D3:D53"].formula1 == "list_2"
    assert (rules["B3:B53"].errorStyle or "stop", rules["C3:C53"].errorStyle) == ("stop", "warning")
    assert rules["A3:A53"].prompt == "与户口簿一致"
    assert book.defined_names["list_1"].attr_text == "'代码表'!$A$1:$A$2"


def test_conversion_keeps_values_kinds_and_what_was_hidden() -> None:
    import numpy as np

    texts = [["姓名", "00123", None], ["42.5", "2012-03-04", "true"], ["2012-03-04 08:30:00", "#N/A", "=1"]]
    kinds = [
        [Kind.TEXT, Kind.TEXT, Kind.EMPTY],
        [Kind.NUMBER, Kind.DATE, Kind.BOOLEAN],
        [Kind.DATE, Kind.ERROR, Kind.TEXT],
    ]
    columns = [pa.array([row[col] for row in texts], pa.string()) for col in range(3)]
    first = Sheet(
        "学生",
        True,
        False,
        3,
        3,
        columns,
        np.array(kinds, dtype=np.uint8),
        hidden_rows=np.array([1], dtype=np.int32),
        hidden_columns=(2,),
        merged=((0, 1, 0, 2),),
    )
    second = Sheet("隐", False, False, 1, 1, [pa.array(["x"])])
    data = xls_to_xlsx(Workbook("xls", [first, second]))
    assert_sound(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["学生"]
    assert sheet["B1"].value == "00123" and sheet["B1"].number_format == "@"
    assert sheet["A2"].value == 42.5 and sheet["C2"].value is True
    assert sheet["B2"].is_date and str(sheet["B2"].value) == "2012-03-04 00:00:00"
    assert str(sheet["A3"].value) == "2012-03-04 08:30:00"
    assert sheet["B3"].data_type == "e" and sheet["C3"].data_type == "s"
    assert sheet.row_dimensions[2].hidden and sheet.column_dimensions["C"].hidden
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B1:C1"]
    assert book["隐"].sheet_state == "hidden"
