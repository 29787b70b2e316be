"""FIL: what the reader noticed about the file itself: parts lost or altered, cells it left out, how it was read.

A damaged workbook that is read all the same would look like a sound one with fewer pupils; so every `Note` of a reader
is told by a rule here, except ``extension-mismatch``, which is TPL023. What may lack pupils is also in the account of
what was not checked, whichever rules are selected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stuvalid.excel import Note, parse_address
from stuvalid.findings import NotChecked, Place, Severity
from stuvalid.rules.registry import SheetHit, rule

DAMAGED = "file-damaged"
FAR_AWAY = "cells-far-away"

_AGAIN = "用 Excel 或 WPS 打开核对，另存为新的 .xlsx；打不开就请原单位重发"
_AGAIN_EN = "Open it in Excel or WPS, compare and save it as a new .xlsx; if that fails, ask for it again"
_SOUND = "文件完整性：压缩包校验和、结束标记与目录相互印证（ECMA-376 第2部分；MS-XLS 2.1；MS-XLSB 2.1）"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader noted, and the names of the sheets that are forms: only there do single cells matter."""

    notes: Sequence[Note]
    forms: Sequence[str]

    def of(self, *codes: str, on_forms: bool = False) -> Iterator[Note]:
        """The notes with one of these codes."""
        for note in self.notes:
            if note.code in codes and (not on_forms or note.sheet in self.forms or not note.sheet):
                yield note

    def sheet(self, note: Note) -> str:
        """The sheet it is about; the first form where the note is about the whole file."""
        return note.sheet or next(iter(self.forms), "")


def not_checked(reading: Reading, file: str) -> list[NotChecked]:
    """The account of what is lost or left out, for the whole file."""
    found = []
    lost = [*_rows_lost(reading), *reading.of("sheet-missing", "sheet-unreadable"), *_parts(reading)]
    lost += reading.of(*_CELLS, on_forms=True)
    altered = [*reading.of("sheetdata-twice", "cell-twice", "part-twice", *_CHARACTERS)]
    if lost or altered:
        found.append(
            NotChecked(
                DAMAGED,
                "文件已损坏，读到的内容可能不全或已经变了：用 Excel 或 WPS 打开核对，另存后再查",
                "the file is damaged, what was read may lack or differ: open it in Excel or WPS, compare and save it",
                examples=(Place(file, reading.sheet((lost or altered)[0])),),
                incomplete=bool(lost),
            )
        )
    found += [
        NotChecked(
            FAR_AWAY,
            "离表格很远的格没有检查：删去空行空列，或把内容移回表格",
            "cells far away from the rest were not checked: delete the gap or move them back",
            examples=(Place(file, note.sheet, *_place(note)),),
            incomplete=True,
        )
        for note in reading.of("stray-cell", on_forms=True)
    ]
    return found


def _place(note: Note) -> tuple[int, int]:
    return parse_address(note.detail.split(" ", 1)[0]) or (-1, -1)


def _rows_lost(reading: Reading) -> Iterator[Note]:
    return (note for note in reading.of("damaged-xml", "cut-short") if note.row)


_PARTS = {
    "damaged-part": ("校验不符", "fails its checksum"),
    "part-missing": ("不见了", "is missing"),
    "relations-missing": ("不见了", "are missing"),
    "strings-missing": ("里的文字少于标明的数目", "holds fewer texts than it announces"),
    "damaged-xml": ("结尾损坏", "has a damaged end"),
    "cut-short": ("没有结尾", "has no end"),
}
_CHARACTERS = ("damaged-text", "strings-damaged", "encoding-damaged")
_CELLS = {
    "text-missing": ("文字不在文件里", "their text is not in the file"),
    "damaged-record": ("记录损坏", "their record is damaged"),
    "cell-outside": ("位置在工作表之外", "they lie outside of the sheet"),
}


def _parts(reading: Reading) -> Iterator[Note]:
    return (note for note in reading.of(*_PARTS) if not note.row)


@rule(
    "FIL001",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：工作表“{sheet}”只读到第{row}行，后面的内容读不出来",
    en="the file is damaged: {sheet} could be read up to row {row} only, what follows is lost",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source=_SOUND,
    bad=[{"@notes": [["damaged-xml", "", "学生基础信息", 5]]}, {"@notes": [["cut-short", "csv", "", 5]]}],
    good=[{}],
)
def rows_lost(reading: Reading) -> Iterator[SheetHit]:
    for note in _rows_lost(reading):
        sheet = reading.sheet(note)
        yield SheetHit(params={"sheet": sheet, "row": str(note.row)}, sheet=sheet)


@rule(
    "FIL002",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：工作表“{sheet}”读不出来，里面的学生没有检查",
    en="the file is damaged: the sheet {sheet} cannot be read, its pupils were not checked",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source=_SOUND,
    bad=[{"@notes": [["sheet-missing", "xl/worksheets/sheet2.xml", "2班", 0]]}],
    good=[{}],
)
def sheet_lost(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("sheet-missing", "sheet-unreadable"):
        yield SheetHit(params={"sheet": note.sheet}, sheet=note.sheet)


@rule(
    "FIL003",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：内部的 {part} {what}，读到的内容可能已经变了",
    en="the file is damaged: {part} inside of it {what_en}, what was read may have changed",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source=_SOUND,
    bad=[{"@notes": [["damaged-part", "xl/sharedStrings.xml", "", 0]]}, {"@notes": [["strings-missing", "", "", 0]]}],
    good=[{}],
)
def part_damaged(reading: Reading) -> Iterator[SheetHit]:
    for note in _parts(reading):
        what, what_en = _PARTS[note.code]
        part = note.sheet or note.detail or "workbook.xml.rels"
        yield SheetHit(params={"part": part, "what": what, "what_en": what_en}, sheet=reading.sheet(note))


@rule(
    "FIL004",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：{what}写了两次，不知道哪一次算数",
    en="the file is damaged: {what_en} is there twice, and which one counts is not known",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source="ECMA-376 第1部分 18.3.1.80、18.3.1.4：一张表一个 sheetData，一格一个 c",
    bad=[
        {"@notes": [["cell-twice", "B3", "学生基础信息", 0]]},
        {"@notes": [["sheetdata-twice", "", "学生基础信息", 5]]},
    ],
    good=[{}],
)
def written_twice(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("sheetdata-twice"):
        yield SheetHit(params={"what": "表格数据", "what_en": "the sheet's data"}, sheet=note.sheet)
    for note in reading.of("part-twice"):
        yield SheetHit(params={"what": f" {note.detail} ", "what_en": note.detail}, sheet=reading.sheet(note))
    for note in reading.of("cell-twice"):
        row, column = _place(note)
        yield SheetHit(row, column, params={"what": "这一格", "what_en": "this cell"}, sheet=note.sheet)


@rule(
    "FIL005",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：有的格没有读到，因为{what}",
    en="the file is damaged: some cells could not be read, {what_en}",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source=_SOUND,
    bad=[{"@notes": [["cell-outside", "1048580,1", "学生基础信息", 0]]}, {"@notes": [["text-missing", "A1", "", 0]]}],
    good=[{"@notes": [["text-missing", "A1", "别的表", 0]]}],
)
def cells_lost(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of(*_CELLS, on_forms=True):
        what, what_en = _CELLS[note.code]
        row, column = _place(note)
        yield SheetHit(row, column, params={"what": what, "what_en": what_en}, sheet=reading.sheet(note))


@rule(
    "FIL006",
    Severity.ERROR,
    scope="file",
    zh="第{row}行起有{count}格离表格很远，没有检查",
    en="{count} cells from row {row} on lie far away from the rest and were not checked",
    mend="是学生就移到表格里；不是就删去这些行列",
    mend_en="Move pupils up to the others; delete the rows and columns otherwise",
    source="防止漏查：空行空列之外的内容也可能是学生",
    bad=[{"@notes": [["stray-cell", "A60000 (+29)", "学生基础信息", 0]]}],
    good=[{"@notes": [["stray-cell", "A60000 (+29)", "代码表", 0]]}],
)
def cells_far_away(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("stray-cell", on_forms=True):
        row, column = _place(note)
        more = note.detail.partition("(+")[2].rstrip(")")
        yield SheetHit(row, column, params={"row": str(row + 1), "count": str(int(more or 0) + 1)}, sheet=note.sheet)


@rule(
    "FIL007",
    Severity.ERROR,
    scope="file",
    zh="文件已损坏：{where}有不成字的内容，读成了“\ufffd”或别的字",
    en="the file is damaged: {where} holds what is no text; it was read as \ufffd or another character",
    mend=_AGAIN,
    mend_en=_AGAIN_EN,
    source="XML 1.0 2.2：控制字符和未声明的实体不是合法内容；GB 18030",
    bad=[
        {"@notes": [["damaged-text", "A5", "学生基础信息", 0]]},
        {"@notes": [["strings-damaged", "xl/sharedStrings.xml", "", 0]]},
        {"@notes": [["encoding-damaged", "gb18030: 5", "", 0]]},
    ],
    good=[{}],
)
def characters_damaged(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("damaged-text"):
        row, column = _place(note)
        yield SheetHit(row, column, params={"where": note.detail}, sheet=note.sheet)
    for note in reading.of("strings-damaged"):
        yield SheetHit(params={"where": note.detail}, sheet=reading.sheet(note))
    for note in reading.of("encoding-damaged"):
        line = note.detail.rpartition(": ")[2]
        row = int(line) - 1 if line.isdigit() else -1
        yield SheetHit(row, 0 if row >= 0 else -1, params={"where": f"A{line}"}, sheet=reading.sheet(note))


@rule(
    "FIL008",
    Severity.WARNING,
    scope="file",
    zh="引号不成对，读取时去掉了全部引号，列可能错位",
    en="quotation marks are unbalanced; all were dropped, columns may have moved",
    mend="从原来的表格重新导出",
    mend_en="Export it again from its source",
    source="RFC 4180 第2节",
    bad=[{"@notes": [["unbalanced-quotes", "", "", 0]]}],
    good=[{}],
)
def quotes_unbalanced(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("unbalanced-quotes"):
        yield SheetHit(sheet=reading.sheet(note))


@rule(
    "FIL009",
    Severity.WARNING,
    scope="file",
    zh="公式没有算出结果，按空格检查",
    en="a formula has no result; the cell was checked as blank",
    mend="用 Excel 或 WPS 打开，让公式算完再保存，最好改为数值",
    mend_en="Open it in Excel or WPS, let it calculate and save it; better paste values",
    source="ECMA-376 第1部分 18.3.1.4：公式格的值在 v 中",
    bad=[{"@notes": [["recalculation-missing", "C5", "学生基础信息", 0]]}],
    good=[{"@notes": [["recalculation-missing", "C5", "别的表", 0]]}],
)
def formula_without_result(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.of("recalculation-missing", on_forms=True):
        row, column = _place(note)
        yield SheetHit(row, column, sheet=reading.sheet(note))


@rule(
    "FIL010",
    Severity.INFO,
    scope="file",
    zh="按 {how} 读取",
    en="read as {how}",
    mend="显示的字不对就另存为 .xlsx",
    mend_en="If characters look wrong, save it as .xlsx",
    source="文本文件不说明自己的编码；Excel 5.0/95 工作簿按代码页读取",
    bad=[{"@notes": [["encoding-gb18030", "", "", 0]]}, {"@notes": [["biff-old", "BIFF5", "", 0]]}],
    good=[{}],
)
def read_as(reading: Reading) -> Iterator[SheetHit]:
    for note in reading.notes:
        if note.code == "biff-old":
            yield SheetHit(params={"how": note.detail}, sheet=reading.sheet(note))
        elif note.code.startswith("encoding-") and note.code != "encoding-damaged":
            how = note.code.removeprefix("encoding-").upper()
            yield SheetHit(params={"how": how}, sheet=reading.sheet(note))


TOLD = frozenset(
    {
        *_PARTS,
        *_CELLS,
        *("sheet-missing", "sheet-unreadable", "sheetdata-twice", "part-twice", "cell-twice", "stray-cell"),
        *_CHARACTERS,
        *("unbalanced-quotes", "recalculation-missing", "biff-old"),
        "extension-mismatch",
    }
)
"""The codes of notes that are told, beside ``encoding-…``; a test walks the readers for others."""
