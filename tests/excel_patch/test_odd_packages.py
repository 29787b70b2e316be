"""Packages that programs write and few readers expect: marked, they stay valid; unmarked, they are what they were."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from stuvalid.excel import read_workbook
from stuvalid.excel.blank import BlankForm, FormColumn, write_blank_form
from stuvalid.excel.patch import CellEdit, CellMark, FrontSheet, patch_workbook, remove_marks
from tests.office import faults
from tests.test_office_packages import BOOK, BOOK_RELATIONS, SHEET, STYLES, TYPES, Parts, changed, sound, swap

DRAWING = "xl/drawings/commentsDrawing1.vml"
_WRAPPED = rb'<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x14">\g<0></mc:Choice><mc:Fallback/></mc:AlternateContent>'


def drawing(parts: Parts) -> str:
    return next(name for name in parts if name.endswith(".vml"))


def styles_in_alternatives(parts: Parts) -> None:
    parts[STYLES] = re.sub(rb"<cellXfs.*?</cellXfs>", _WRAPPED, parts[STYLES], flags=re.DOTALL)


def wide_parts(encoding: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        for name in (SHEET, BOOK, STYLES):
            text = re.sub(r"^<\?xml[^>]*\?>", "", parts[name].decode())
            parts[name] = text.encode(encoding)

    return change


def left_behind_type(parts: Parts) -> None:
    name = "/xl/worksheets/sheet3.xml"
    entry = f'<Override PartName="{name}" ContentType="application/xml"/></Types>'
    parts[TYPES] = parts[TYPES].replace(b"</Types>", entry.encode())


def other_case(parts: Parts) -> None:
    parts["xl/Worksheets/Sheet1.xml"] = parts.pop(SHEET)
    parts["xl/Worksheets/_rels/Sheet1.xml.rels"] = parts.pop("xl/worksheets/_rels/sheet1.xml.rels")


def a_line_in_the_drawing(parts: Parts) -> None:
    name = drawing(parts)
    line = rb'<\1:line id="l" from="0,0" to="9,9"/>'
    parts[name] = re.sub(rb"<(\w+):shape .*?</\1:shape>", line, parts[name], flags=re.DOTALL)
    assert b":line" in parts[name]
    del parts["xl/comments/comment1.xml"]
    swap(TYPES, r'<Override[^>]*PartName="/xl/comments/comment1.xml"[^>]*/>', "")(parts)
    swap("xl/worksheets/_rels/sheet1.xml.rels", r'<Relationship [^>]*/comments"[^>]*/>', "")(parts)


def strict(parts: Parts) -> None:
    """As Excel saves a Strict workbook: the old drawing keeps its old words and is wrapped in the sheet."""
    kinds = (
        b"schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"purl.oclc.org/ooxml/officeDocument/relationships",
    )
    for name in parts:
        if name.endswith((".xml", ".rels")) and name != TYPES:
            text = parts[name].replace(*kinds)
            text = text.replace(
                b"schemas.openxmlformats.org/spreadsheetml/2006/main", b"purl.oclc.org/ooxml/spreadsheetml/main"
            )
            parts[name] = text.replace(kinds[1] + b"/vmlDrawing", kinds[0] + b"/vmlDrawing")
    wrap = rb'<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="v">\g<0></mc:Choice></mc:AlternateContent>'
    parts[SHEET] = re.sub(rb"<legacyDrawing[^>]*/>", wrap, parts[SHEET])


ODD: dict[str, Callable[[Parts], None]] = {
    "styles in alternatives": styles_in_alternatives,
    "UTF-16BE without a mark": wide_parts("utf-16-be"),
    "UTF-16LE without a mark": wide_parts("utf-16-le"),
    "UTF-16 with a mark": wide_parts("utf-16"),
    "a type without its part": left_behind_type,
    "names in another case": other_case,
    "a line in the drawing": a_line_in_the_drawing,
    "strict": strict,
    "no calculation settings": swap(BOOK, r"<calcPr[^>]*/>", ""),
    "a relative target": swap(BOOK_RELATIONS, 'Target="/xl/worksheets/sheet1.xml"', 'Target="worksheets/sheet1.xml"'),
}


def texts(data: bytes) -> list[list[list[str]]]:
    return [sheet.head(sheet.height) for sheet in read_workbook(data).sheets]


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_package_is_marked_and_unmarked(kind: str) -> None:
    odd = changed(ODD[kind])
    was = {fault for fault in faults(odd) if "no part" not in fault}
    marks = [CellMark("Sheet", 2, 0, "error", "核对这一格"), CellMark("Sheet", 1, 0, "warning", "也核对")]
    marked = patch_workbook(
        odd, edits=[CellEdit("Sheet", 0, 1, "性 别")], marks=marks, front_sheet=FrontSheet("清单", "", ["列"], [["值"]])
    ).data
    assert faults(marked) - faults(odd) <= was
    assert texts(marked)[1:] == [
        [["姓名", "性 别", *row[2:]] if n == 0 else row for n, row in enumerate(sheet)] if k == 0 else sheet
        for k, sheet in enumerate(texts(odd))
    ]
    with zipfile.ZipFile(io.BytesIO(marked)) as archive:
        assert sum(name.lower().endswith(".vml") for name in archive.namelist()) == 1
    plain = remove_marks(marked)
    assert faults(plain) - faults(odd) <= was
    assert texts(plain) == texts(marked)[1:]


def test_a_line_in_the_drawing_outlives_our_comments() -> None:
    odd = changed(a_line_in_the_drawing)
    plain = remove_marks(patch_workbook(odd, marks=[CellMark("Sheet", 2, 0, "error", "核对")]).data)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".vml"))
        assert b":line" in archive.read(name)


def test_a_strict_workbook_keeps_to_its_words() -> None:
    marked = patch_workbook(changed(strict), marks=[CellMark("二", 0, 0, "error", "核对")]).data
    with zipfile.ZipFile(io.BytesIO(marked)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
        relations = archive.read("xl/worksheets/_rels/sheet2.xml.rels")
    assert re.search(rb"<mc:Choice[^>]*Requires=\"v\"><legacyDrawing", sheet)
    assert b"2006/relationships/vmlDrawing" in relations
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/comments" in relations


def comments(data: bytes) -> dict[str, str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


def test_the_hints_of_a_blank_form_are_not_taken_for_marks() -> None:
    columns = [FormColumn("姓名", True, explanation="与户口簿一致"), FormColumn("性别", True, explanation="男或女")]
    form = write_blank_form(BlankForm("表", columns, rows=3))
    hints = comments(form)
    assert len(hints) > 1
    marked = patch_workbook(form, marks=[CellMark("表", row, 0, "error", "核对") for row in (0, 1, 2)]).data
    assert all(hint.strip() in comments(marked)[place] for place, hint in hints.items())
    assert comments(remove_marks(marked)) == hints
    assert comments(remove_marks(form)) == hints


def test_marks_are_known_whoever_is_called_their_author() -> None:
    marked = patch_workbook(sound(), marks=[CellMark("Sheet", 2, 0, "error", "核对")]).data
    with zipfile.ZipFile(io.BytesIO(marked)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if "comments/comment" in name)
    parts[name] = parts[name].replace(b"<author>stuvalid</author>", b"<author> </author>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    assert len(comments(stream.getvalue())) == 2
    assert comments(remove_marks(stream.getvalue())) == {"Sheet!A2": "核对"}
    again = patch_workbook(stream.getvalue(), marks=[CellMark("Sheet", 2, 0, "error", "再核对")]).data
    assert comments(again)["Sheet!A3"].count("核对") == 1
