from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from patch_books import parts

from stuvalid.errors import StuvalidError
from stuvalid.excel.patch import CellEdit, CellMark, FrontSheet, patch_workbook
from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.workbook import PatchedWorkbook

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"
FILES = sorted(
    path
    for place in ("nasty", "workbooks")
    for path in (FOLDER / place).glob("*")
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".xls"}
)
REWRITTEN = (
    "worksheets/",
    "workbook.xml",
    "styles.xml",
    "comments",
    ".vml",
    "[content_types].xml",
    ".rels",
    "app.xml",
    "calcchain",
    "_xmlsignatures",
    "tables/",
)


@pytest.mark.skipif(not FOLDER.exists(), reason="collection of awkward workbooks not present")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_awkward_files_are_patched_or_refused_in_words(path: Path) -> None:
    source = path.read_bytes()
    try:
        names = [
            sheet.name
            for sheet in PatchedWorkbook(PackageCopy(source)).sheets
            if sheet.kind == "worksheet" and sheet.part
        ]
        result = patch_workbook(
            source,
            edits=[CellEdit(name, 1, 1, "改") for name in names],
            marks=[CellMark(name, 2, 2, "error", "批注") for name in names],
            front_sheet=FrontSheet("问题清单", "", ["a"], [["b"]]),
        )
    except StuvalidError as error:
        assert error.zh and error.en
        return
    try:
        before, after = parts(source), parts(result.data)
    except zipfile.BadZipFile:
        return  # a damaged member that was not ours to touch is copied as it was
    for name, content in before.items():
        if not any(word in name.lower().replace("\\", "/") for word in REWRITTEN):
            assert after[name] == content
