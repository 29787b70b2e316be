"""The checker of packages notices what Excel would call damaged; that it runs over all we write stands in conftest."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.comments import Comment

from stuvalid.excel import new
from stuvalid.excel.new import TableSheet
from stuvalid.excel.patch import CellMark, patch_workbook
from stuvalid.excel.patch.relations import ContentTypes
from tests.office import faults

Parts = dict[str, bytes]
SHEET, STYLES, BOOK, TYPES = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"


def sound() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["姓名", "性别"], ["王明", "男"], [1, 2.5]):
        book.active.append(row)
    book.active["A2"].comment = Comment("核对", "校办")
    book.active.merge_cells("D1:E1")
    book.create_sheet("二")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(change: Callable[[Parts], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(sound())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = dict(parts)
    change(parts)
    assert parts != before
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def swap(name: str, old: str, new_text: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[name] = re.sub(old.encode(), new_text.encode(), parts[name], count=1)

    return change


def drop(name: str) -> Callable[[Parts], None]:
    return lambda parts: parts.pop(name) and None


WRONG = {
    "a part without a type": swap(TYPES, r'<Override[^>]*PartName="/xl/comments/comment1.xml"[^>]*/>', ""),
    "a type without a part": drop("docProps/core.xml"),
    "a relation that leads nowhere": drop("xl/worksheets/sheet2.xml"),
    "a relation twice": swap(BOOK_RELATIONS, r"(<Relationship .*?/>)", r"\1\1"),
    "a part of another kind": swap(TYPES, r"spreadsheetml\.styles\+xml", "spreadsheetml.theme+xml"),
    "sheets of one name": swap(BOOK, 'name="二"', 'name="SHEET"'),
    "sheets of one id": swap(BOOK, 'sheetId="2"', 'sheetId="1"'),
    "a sheet without a part": swap(BOOK, 'r?:?id="rId2"', 'r:id="rId99"'),
    "an active sheet that is not there": swap(BOOK, "<workbookView ", '<workbookView activeTab="7" '),
    "only hidden sheets": lambda parts: parts.update(
        {BOOK: parts[BOOK].replace(b'state="visible"', b'state="hidden"')}
    ),
    "workbook out of order": swap(BOOK, r"(<bookViews>.*?</bookViews>)(.*?<sheets>.*?</sheets>)", r"\2\1"),
    "sheet out of order": swap(SHEET, r"(<mergeCells.*?</mergeCells>)", r"<dimension/>\1"),
    "merged cells miscounted": swap(SHEET, r'<mergeCells count="1">', '<mergeCells count="2">'),
    "a look that is not there": swap(SHEET, r'<c r="A1"', '<c s="9999" r="A1"'),
    "looks miscounted": swap(STYLES, r'<cellXfs count="\d+"', '<cellXfs count="77"'),
    "a font that is not there": swap(STYLES, r'fontId="0"', 'fontId="99"'),
    "rows out of order": swap(SHEET, r'<row r="3"', '<row r="1"'),
    "cells out of order": swap(SHEET, r'r="B1"', 'r="A1"'),
    "a cell in another row": swap(SHEET, r'r="B1"', 'r="B9"'),
    "a number that is none": swap(SHEET, r"<v>2\.5</v>", "<v>zwei</v>"),
    "a text that is not there": swap(SHEET, r'<c r="B3"[^>]*>', '<c r="B3" t="s">'),
    "a comment without an author": swap("xl/comments/comment1.xml", r'authorId="0"', 'authorId="5"'),
    "no XML": swap(SHEET, "</sheetData>", ""),
}


def test_a_sound_workbook_has_no_fault() -> None:
    assert faults(sound()) == set()


@pytest.mark.parametrize("kind", WRONG)
def test_the_checker_notices(kind: str) -> None:
    assert faults(changed(WRONG[kind])), kind


def test_the_checker_notices_names_that_differ_by_case() -> None:
    stream = io.BytesIO(sound())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/STYLES.xml", b"<styleSheet/>")
    assert any("occurs twice" in fault for fault in faults(stream.getvalue()))


def test_every_copy_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = [CellMark("Sheet", 1, 0, "error", "核对")]
    assert faults(patch_workbook(sound(), marks=marks).data) == set()
    monkeypatch.setattr(ContentTypes, "add_part", lambda *_: None)
    with pytest.raises(AssertionError):
        patch_workbook(sound(), front_sheet=TableSheet("清单", "清单", ["列"], [["值"]]))


def test_every_list_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = [TableSheet("清单", "清单", ["列"], [["值"]])]
    assert faults(new.write_table_workbook(sheets)) == set()
    monkeypatch.setattr(new, "_content_types", lambda count: b"<Types/>")
    with pytest.raises(AssertionError):
        new.write_table_workbook(sheets)
