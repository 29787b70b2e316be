"""Damaged files: whatever a disk, a mail gateway or a hand does to a workbook, the answer is a workbook or a reason."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlwt

from stuvalid.errors import UnreadableFile
from stuvalid.excel import Limits, Sheet, Workbook, read_workbook
from stuvalid.excel.grid import Grid, Pool, SheetInfo, text_array
from stuvalid.excel.sharedstrings import identity
from stuvalid.excel.sheet_careful import SheetWalk
from stuvalid.excel.sheet_fast import SheetScan, UnusualError
from stuvalid.excel.stored import SharedByBook

ROUNDS = 150
ROWS = [
    ["姓名", "身份证号", "人数", "备注"],
    ["张三", "110105194912310038", 12.5, "a&b <c>"],
    [None, "李四", True, " x "],
]


def xlsx_bytes() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    book.active["A5"] = "=1+1"
    book.active.merge_cells("A6:C6")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls_bytes() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for row, values in enumerate(ROWS):
        for col, value in enumerate(values):
            sheet.write(row, col, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv_bytes() -> bytes:
    return "\r\n".join(",".join(str(value or "") for value in row) for row in ROWS).encode("gb18030")


def html_bytes() -> bytes:
    rows = "".join("<tr>" + "".join(f"<td colspan=1>{value}</td>" for value in row) + "</tr>" for row in ROWS)
    return f"<html><meta charset=utf-8><table>{rows}</table></html>".encode()


def damaged(rng: random.Random, data: bytes) -> bytes:
    """A few bytes changed, lost, doubled or set to what sizes and offsets fear."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 2, 5, 20))):
        place = rng.randrange(len(content)) if content else 0
        way = rng.randrange(4)
        if way == 0 and content:
            content[place] = rng.randrange(256)
        elif way == 1:
            del content[place : place + rng.randrange(1, 50)]
        elif way == 2:
            content[place:place] = content[rng.randrange(len(content) + 1) :][: rng.randrange(1, 60)]
        else:
            content[place : place + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\x01\0\0\0"))
    return bytes(content)


def damaged_parts(rng: random.Random, data: bytes) -> bytes:
    """The same container with damage inside of its parts, behind correct checksums."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(stream, "w") as copy:
        names = archive.namelist()
        chosen = rng.choice(names)
        for name in names:
            content = archive.read(name)
            copy.writestr(name, damaged(rng, content) if name == chosen else content)
    return stream.getvalue()


def check(workbook: Workbook) -> None:
    """A workbook keeps its promises, however damaged its file is."""
    for sheet in workbook.sheets:
        assert len(sheet.columns) == sheet.width
        assert sheet.kinds is None or sheet.kinds.shape == (sheet.height, sheet.width)
        for column in sheet.columns:
            assert len(column) == sheet.height
            column.validate(full=True)


@pytest.mark.parametrize(
    ("make", "damage"),
    [
        (xlsx_bytes, damaged),
        (xlsx_bytes, damaged_parts),
        (xls_bytes, damaged),
        (csv_bytes, damaged),
        (html_bytes, damaged),
    ],
)
def test_damage_is_read_or_refused(make: Callable[[], bytes], damage: Callable[[random.Random, bytes], bytes]) -> None:
    rng = random.Random(20260901)
    sound = make()
    check(read_workbook(sound))
    read = refused = 0
    for _ in range(ROUNDS):
        try:
            check(read_workbook(damage(rng, sound)))
            read += 1
        except UnreadableFile as error:
            assert error.zh and error.en and error.reason
            refused += 1
    assert read + refused == ROUNDS


@pytest.mark.parametrize("make", [xlsx_bytes, xls_bytes])
def test_every_truncation_is_read_or_refused(make: Callable[[], bytes]) -> None:
    sound = make()
    for size in range(0, len(sound), 97):
        try:
            check(read_workbook(sound[:size]))
        except UnreadableFile as error:
            assert error.reason in {"empty", "truncated", "corrupt", "not-a-workbook", "bomb"}


CELLS = [
    '<c r="{ref}" s="1" t="s"><v>1</v></c>',
    '<c r="{ref}" t="s" s="0"><v>0</v></c>',
    '<c r="{ref}"><v>12.50</v></c>',
    '<c r="{ref}" s="1"><v>40544.5</v></c>',
    '<c r="{ref}" t="b"><v>1</v></c>',
    '<c r="{ref}" t="e"><v>#N/A</v></c>',
    '<c r="{ref}" t="str"><f>A1&amp;"x"</f><v>a&amp;b</v></c>',
    '<c r="{ref}"><f>1+1</f></c>',
    '<c r="{ref}" s="1"><f t="shared" si="0"/><v>2</v></c>',
    '<c r="{ref}" t="inlineStr"><is><t>直接</t></is></c>',
    '<c r="{ref}" t="inlineStr"><is><t xml:space="preserve"> 空 </t></is></c>',
    '<c r="{ref}" t="inlineStr"><is><r><rPr><b/><color rgb="FF0000"/><sz val="9"/></rPr><t>甲</t></r><r><t>乙</t></r></is></c>',
    '<c r="{ref}" t="inlineStr"><is><t>字</t><rPh sb="0" eb="1"><t>ji</t></rPh></is></c>',
    '<c r="{ref}" t="inlineStr"><is><t> _x0041_ </t></is></c>',
    '<c r="{ref}" t="d"><v>2011-01-01T00:00:00</v></c>',
    '<c r="{ref}" s="1"/>',
    '<c r="{ref}" t="s"><v></v></c>',
    '<c r="{ref}" t="s"><v/></c>',
    '<c r="{ref}" t="str"><v></v></c>',
]


def random_sheet(rng: random.Random) -> bytes:
    rows = []
    for row in sorted(rng.sample(range(1, 40), 12)):
        cols = sorted(rng.sample(range(1, 60), rng.randrange(0, 20)))
        letters = [openpyxl.utils.get_column_letter(col) for col in cols]
        cells = "".join(rng.choice(CELLS).format(ref=f"{letter}{row}") for letter in letters)
        hidden = rng.choice(("", ' hidden="1"', ' spans="1:3" hidden="0"'))
        rows.append(f'<row r="{row}"{hidden}>{cells}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize("seed", range(40))
def test_the_fast_and_the_careful_reader_agree(seed: int) -> None:
    rng = random.Random(seed)
    xml = random_sheet(rng)
    size = rng.choice((len(xml), 997, 64))
    pieces = [xml[place : place + size] for place in range(0, len(xml), size)]
    strings = identity(text_array(["共享", "b"]))
    book = SharedByBook((False, True), False, strings.refs)

    def read(reader: type[SheetScan] | type[SheetWalk]) -> tuple[Sheet, SheetInfo]:
        info = SheetInfo("表")
        grid = Grid(Pool(strings.texts), Limits())
        reader(grid, info, book).read(pieces)
        return grid.sheet(info), info

    (fast, fast_info), (careful, careful_info) = read(SheetScan), read(SheetWalk)
    assert fast.head(100) == careful.head(100)
    assert (fast.height, fast.width) == (careful.height, careful.width)
    assert _kinds(fast) == _kinds(careful)
    assert _places(fast) == _places(careful)
    assert fast_info.hidden_rows == careful_info.hidden_rows
    assert {note.code for note in fast_info.notes} == {note.code for note in careful_info.notes}


def _kinds(sheet: Sheet) -> dict[tuple[int, int], int]:
    return {(row, col): sheet.kind(row, col) for row in range(sheet.height) for col in range(sheet.width)}


def _places(sheet: Sheet) -> list[list[int]]:
    return [] if sheet.formulas is None else sorted(sheet.formulas.tolist())


@pytest.mark.parametrize("odd", ["<!-- note -->", "<c><v>1</v></c>", "<c r='A1'><v>1</v></c>"])
def test_the_fast_reader_leaves_odd_shapes_to_the_careful_one(odd: str) -> None:
    xml = f"<worksheet><sheetData><row r='1'>{odd}</row></sheetData></worksheet>".encode()
    scan = SheetScan(Grid(Pool(), Limits()), SheetInfo("表"), SharedByBook((), False, identity(text_array([])).refs))
    with pytest.raises(UnusualError):
        scan.read([xml])
