"""Every workbook at hand, marked and unmarked, mended and not: what was not meant to change is byte for byte the same."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from stuvalid.errors import UnreadableFile
from stuvalid.excel import read_workbook
from stuvalid.excel.patch import CellEdit, CellMark, FrontSheet, patch_workbook, remove_marks

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "samples", ROOT.parent / "shared" / "data")
BOOKS = sorted(path for folder in FOLDERS for path in folder.rglob("*.xls[xm]"))
# Listed exceptions: the parts that say which sheets, styles and comments there are.
MAY_CHANGE = re.compile(
    r"\[content_types\]\.xml|docprops/app\.xml|.*/workbook\.xml|.*/styles\.xml|.*\.rels|.*comments?[0-9]*\.xml|.*\.vml|.*calcchain\.xml",
    re.IGNORECASE,
)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename.replace("\\", "/"): archive.read(info) for info in archive.infolist()}


def first_sheet(data: bytes) -> str | None:
    try:
        sheets = read_workbook(data, name="a.xlsx").sheets
    except UnreadableFile:
        return None
    return next((sheet.name for sheet in sheets if sheet.height), None)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_nothing_else_changes(path: Path) -> None:
    data = path.read_bytes()
    sheet = first_sheet(data)
    if sheet is None:
        return
    front = FrontSheet("问题清单", "问题清单", ["a"], [["b"]])
    try:
        marked = patch_workbook(data, marks=[CellMark(sheet, 0, 0, "error", "错")], front_sheet=front).data
        mended = patch_workbook(data, edits=[CellEdit(sheet, 0, 1, "新")]).data
    except UnreadableFile as error:
        assert error.text("zh")
        return
    before = parts(data)
    for after in (parts(marked), parts(mended), parts(remove_marks(marked))):
        assert {name for name in before if name not in after} <= {name for name in before if MAY_CHANGE.fullmatch(name)}
        changed = {name for name, content in before.items() if after.get(name, content) != content}
        sheets = {name for name in changed if not MAY_CHANGE.fullmatch(name)}
        # The sheet that was written into, others only to lose the mark of being the one selected, tables to follow
        # their headers.
        for name in sheets:
            assert re.search(r"worksheets/|tables/", name, re.IGNORECASE), name
    cleaned = remove_marks(marked)
    assert remove_marks(cleaned) == cleaned
    texts = [
        [
            (sheet.name, [column.to_pylist() for column in sheet.columns])
            for sheet in read_workbook(version, name="a.xlsx").sheets
        ]
        for version in (data, cleaned)
    ]
    assert texts[0] == texts[1]
