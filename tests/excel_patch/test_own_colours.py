"""The school's own colours, patterns and gradients come back when marks are taken away, whoever wrote the styles."""

from __future__ import annotations

import io
from collections.abc import Callable
from xml.dom import minidom

import openpyxl
import pytest
from openpyxl.styles import GradientFill, PatternFill

from stuvalid.excel.patch import CellMark, patch_workbook, remove_marks
from tests.excel_patch.patch_books import repack

SHEET = "学生基础信息"
FILLS = {
    "A1": PatternFill("solid", fgColor="FFFFC000"),
    "A2": PatternFill("solid", fgColor="FFE2EFDA", bgColor="FF000000"),
    "A3": PatternFill("lightUp", fgColor="FF00B0F0"),
    "A4": GradientFill(stop=("FFFF0000", "FF0000FF")),
    "A5": PatternFill(),
}


def book() -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = SHEET
    for place, fill in FILLS.items():
        sheet[place] = place
        sheet[place].fill = fill
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def colours(data: bytes) -> dict[str, tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data))[SHEET]
    found: dict[str, tuple[object, ...]] = {}
    for place in FILLS:
        fill = sheet[place].fill
        if fill.tagname == "gradientFill":
            found[place] = ("gradient", *(stop.color.rgb for stop in fill.stop))
        else:
            found[place] = (fill.patternType, fill.fgColor.rgb if fill.patternType else "")
    return found


def _pretty(parts: dict[str, bytes]) -> None:
    parts["xl/styles.xml"] = minidom.parseString(parts["xl/styles.xml"]).toprettyxml(indent="  ").encode()


def _of_libreoffice(parts: dict[str, bytes]) -> None:
    app = b"<Application>LibreOffice/7.4.7.2$Linux_X86_64</Application>"
    parts["docProps/app.xml"] = (
        b'<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'extended-properties">' + app + b"</Properties>"
    )


@pytest.mark.parametrize("change", [lambda parts: None, _pretty, _of_libreoffice])
def test_own_fills_come_back(change: Callable[[dict[str, bytes]], None]) -> None:
    source = repack(book(), change)
    marks = [CellMark(SHEET, row, 0, "error", "核对") for row in range(len(FILLS))]
    marked = patch_workbook(source, marks=marks).data
    assert colours(marked)["A1"] != colours(source)["A1"], "a mark is seen"
    assert colours(marked)["A3"] == colours(source)["A3"], "what could not be put back is not covered"
    again = patch_workbook(marked, marks=[CellMark(SHEET, 0, 0, "warning", "再核对")]).data
    for data in (marked, again):
        assert colours(remove_marks(data)) == colours(source)
