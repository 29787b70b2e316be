"""What a reader refuses, it refuses for the reason it should, in one sentence, before it costs anything."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
import xlsxwriter
import xlwt

from stuvalid.errors import UnreadableFile
from stuvalid.excel import read_workbook
from stuvalid.excel.model import DEFAULT_LIMITS, Limits
from stuvalid.excel.patch import CellEdit, patch_workbook
from tests.books import workbook

Make = Callable[[], bytes]
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
FLAT = b'<?xml version="1.0"?>%s<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">%s</office:document>'


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return stream.getvalue()


def sheets(count: int) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for number in range(count):
        book.add_worksheet(f"s{number}").write_string(0, 0, f"text {number}")
    book.close()
    return stream.getvalue()


def old_sheets(count: int) -> bytes:
    book = xlwt.Workbook()
    for number in range(count):
        book.add_sheet(f"s{number}").write(0, 0, "x")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(part: str, old: bytes, new: bytes) -> bytes:
    """A workbook one of whose parts is other than it should be."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([{}]))) as source, zipfile.ZipFile(stream, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == part:
                assert old in data
                data = data.replace(old, new, 1)
            target.writestr(info.filename, data)
    return stream.getvalue()


def far_away() -> bytes:
    """Two cells, one of them in the last row and column there is."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet()
    for row in range(0, 900, 100):
        page.write_string(row, row, "x")
    book.close()
    return stream.getvalue()


CASES: tuple[tuple[str, str, Make, str, Limits], ...] = (
    ("large.xlsx", "too-large", lambda: workbook([{}]), "MB", replace(DEFAULT_LIMITS, file_bytes=1000)),
    ("large.csv", "too-large", lambda: b"a,b\n1,2\n", "MB", replace(DEFAULT_LIMITS, text_bytes=4)),
    (
        "large.html",
        "too-large",
        lambda: b"<table><tr><td>1</td></tr></table>",
        "MB",
        replace(DEFAULT_LIMITS, text_bytes=4),
    ),
    ("large.fods", "too-large", lambda: FLAT % (b"", b""), "MB", replace(DEFAULT_LIMITS, text_bytes=4)),
    ("entries.xlsx", "bomb", lambda: workbook([{}]), "entries", replace(DEFAULT_LIMITS, archive_entries=2)),
    ("inflated.xlsx", "bomb", lambda: workbook([{}] * 20), "", replace(DEFAULT_LIMITS, inflated_bytes=2000)),
    ("sheets.xlsx", "bomb", lambda: sheets(3), "sheets", replace(DEFAULT_LIMITS, sheets=2)),
    ("sheets.xls", "bomb", lambda: old_sheets(3), "sheets", replace(DEFAULT_LIMITS, sheets=2)),
    ("dense.xlsx", "too-large", far_away, "cells", replace(DEFAULT_LIMITS, dense_cells=1000)),
    ("empty.zip", "empty", zipped, "", DEFAULT_LIMITS),
    ("other.zip", "not-a-workbook", lambda: zipped(a_xml=b"<a/>"), "zip", DEFAULT_LIMITS),
    ("letter.xlsx", "not-a-workbook", lambda: zipped(word__document_xml=b"<a/>"), "Word", DEFAULT_LIMITS),
    (
        "text.odt",
        "not-a-workbook",
        lambda: zipped(mimetype=b"application/text", content_xml=b"<a/>"),
        "OpenDocument",
        DEFAULT_LIMITS,
    ),
    (
        "doctype.ods",
        "bomb",
        lambda: zipped(mimetype=ODS, content_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        "DOCTYPE",
        DEFAULT_LIMITS,
    ),
    ("nosheet.fods", "not-a-workbook", lambda: FLAT % (b"", b""), "", DEFAULT_LIMITS),
    ("doctype.fods", "bomb", lambda: FLAT % (b'<!DOCTYPE a [<!ENTITY b "c">]>', b""), "DOCTYPE", DEFAULT_LIMITS),
    (
        "doctype.xlsx",
        "bomb",
        lambda: changed("xl/worksheets/sheet1.xml", b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'),
        "DOCTYPE",
        DEFAULT_LIMITS,
    ),
    ("nothing.csv", "empty", lambda: b"", "", DEFAULT_LIMITS),
    ("blank.csv", "empty", lambda: b" \r\n\r\n", "", DEFAULT_LIMITS),
    ("picture.xlsx", "not-a-workbook", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "png", DEFAULT_LIMITS),
    ("old.xls", "old-format", lambda: b"\x09\x02\x06\x00\x00\x00\x10\x00" + b"\0" * 40, "Excel", DEFAULT_LIMITS),
    ("link.slk", "old-format", lambda: b"ID;PWXL;N;E\r\n", "SYLK", DEFAULT_LIMITS),
    ("~$a.xlsx", "lock-file", lambda: b"", "", DEFAULT_LIMITS),
    ("._a.xlsx", "apple-double", lambda: b"\x00\x05\x16\x07" + b"\0" * 60, "", DEFAULT_LIMITS),
    ("cut.xlsx", "truncated", lambda: workbook([{}])[:2000], "zip", DEFAULT_LIMITS),
    ("cut.xls", "corrupt", lambda: old_sheets(1)[:700], "", DEFAULT_LIMITS),
)


@pytest.mark.parametrize(("name", "reason", "make", "detail", "limits"), CASES, ids=[case[0] for case in CASES])
def test_a_reader_says_why(name: str, reason: str, make: Make, detail: str, limits: Limits) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(make(), name=name, limits=limits)
    assert caught.value.reason == reason
    for lang in ("zh", "en"):
        assert caught.value.text(lang) and "\n" not in caught.value.text(lang)
    assert detail in caught.value.text("en")


PATCHED: tuple[tuple[str, Make, str], ...] = (
    ("no zip", lambda: b"PK" + b"\0" * 60, "zip"),
    ("cut", lambda: workbook([{}])[:3000], ""),
    ("no workbook", lambda: zipped(a_xml=b"<a/>"), ""),
    ("doctype", lambda: changed("xl/worksheets/sheet1.xml", b"<worksheet", b"<!DOCTYPE a><worksheet"), "DOCTYPE"),
    ("no xml", lambda: changed("xl/worksheets/sheet1.xml", b"<?xml", b"?<xml"), ""),
    ("cut xml", lambda: changed("xl/worksheets/sheet1.xml", b"</sheetData>", b"<"), ""),
    ("encoding", lambda: changed("xl/worksheets/sheet1.xml", b"UTF-8", b"WTF-9"), "encoding"),
)


@pytest.mark.parametrize(("make", "detail"), [case[1:] for case in PATCHED], ids=[case[0] for case in PATCHED])
def test_what_cannot_be_written_into_is_refused(make: Make, detail: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        patch_workbook(make(), edits=[CellEdit("学生基础信息", 1, 1, "x")])
    assert detail in caught.value.text("en") and "\n" not in caught.value.text("zh")
