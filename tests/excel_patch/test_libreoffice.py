"""A patched file is opened by a real spreadsheet program, converted, and what it read is compared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from patch_books import SHEET, rich_book

from stuvalid.excel.blank import BlankForm, FormColumn, write_blank_form
from stuvalid.excel.new import TableSheet, write_table_workbook
from stuvalid.excel.patch import CellEdit, CellMark, FrontCell, FrontSheet, Link, patch_workbook

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice not installed")


def through_office(data: bytes, folder: Path) -> openpyxl.Workbook:
    source = folder / "patched.xlsx"
    source.write_bytes(data)
    profile = (folder / "profile").as_uri()
    command = [str(OFFICE), "--headless", f"-env:UserInstallation={profile}", "--convert-to", "ods", "patched.xlsx"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=900)
    command[-2:] = ["xlsx:Calc MS Excel 2007 XML", "patched.ods", "--outdir", "back"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=900)
    return openpyxl.load_workbook(folder / "back" / "patched.xlsx")


def test_annotated_workbook_opens(tmp_path: Path) -> None:
    front = FrontSheet(
        "问题清单", "问题", ["位置", "说明"], [[FrontCell("B3", Link(SHEET, 2, 1), "error"), "=1+1"]], [10, 40]
    )
    result = patch_workbook(
        rich_book(),
        edits=[CellEdit(SHEET, 2, 2, "20120304")],
        marks=[CellMark(SHEET, 2, 1, "error", "性别不符"), CellMark(SHEET, 30, 3, "info", "新")],
        front_sheet=front,
    )
    book = through_office(result.data, tmp_path)
    assert book.sheetnames[:2] == ["问题清单", SHEET]
    assert book[SHEET]["C3"].value == "20120304"
    assert "老师写的" in book[SHEET]["B3"].comment.text and "性别不符" in book[SHEET]["B3"].comment.text
    assert book[SHEET]["B3"].fill.fgColor.rgb == "FFFFC7CF"
    assert book[SHEET]["D31"].comment.text.startswith("新\n")
    assert book["问题清单"]["B3"].value == "=1+1" and book["问题清单"]["B3"].data_type == "s"
    assert book["问题清单"]["A3"].hyperlink is not None


def test_lists_and_blank_forms_open(tmp_path: Path) -> None:
    for name in ("list", "form"):
        (tmp_path / name).mkdir()
    lists = through_office(write_table_workbook([TableSheet("一", "题", ["甲"], [["=1"]], [9])]), tmp_path / "list")
    assert lists["一"]["A3"].value == "=1"
    form = BlankForm("表", [FormColumn("性别", True, ["男", "女"], example="男")], rows=5)
    sheet = through_office(write_blank_form(form), tmp_path / "form")["表"]
    assert sheet["A1"].value == "性别"
    assert sheet.data_validations.dataValidation[0].formula1 == "list_1"
