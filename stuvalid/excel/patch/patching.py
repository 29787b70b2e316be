"""From what is asked of a workbook to the new file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from stuvalid.errors import UsageError
from stuvalid.excel.patch.cells import CellWriter, Change
from stuvalid.excel.patch.comments import CommentWriter, Note
from stuvalid.excel.patch.edits import (
    LAST_COLUMN,
    LAST_ROW,
    LONGEST_TEXT,
    SEVERITIES,
    CellEdit,
    CellMark,
    FrontSheet,
    PatchResult,
    Severity,
)
from stuvalid.excel.patch.front import add_front_sheet
from stuvalid.excel.patch.package import Package
from stuvalid.excel.patch.signatures import drop_signatures
from stuvalid.excel.patch.tables import TableHeaders
from stuvalid.excel.patch.workbook import Workbook

_Place = tuple[int, int]


def patch_workbook(
    source: bytes,
    *,
    edits: Sequence[CellEdit] = (),
    marks: Sequence[CellMark] = (),
    front_sheet: FrontSheet | None = None,
) -> PatchResult:
    """A copy of the xlsx/xlsm ``source`` with cells rewritten, cells marked and a sheet put in front.

    Merged cells are reached by any of their cells. Without anything to do the result is ``source`` itself.
    Raises UnreadableFile when the file is no such workbook, damaged, encrypted or hostile, and UsageError for
    a sheet or cell it cannot have. The notes say what a person should know:

    - ``signature-lost`` the file was signed, the copy is not;
    - ``formula-replaced`` a text took a formula's place; ``shared-formula-written-out`` cells that shared it
      got their own; ``array-formula-values`` an array formula was given up, its values stay;
    - ``merged-conflict`` two different values were meant for one merged cell, the first was written;
    - ``table-header-renamed`` a table's column followed its header; ``table-header-kept`` such an edit was
      left out, because the name is empty or taken or formulas use it;
    - ``threaded-comment`` our comment went below a conversation, where Excel 365 shows the conversation only;
    - ``front-sheet-renamed`` the name was taken; ``front-sheet-truncated`` more rows than a sheet holds;
      ``links-limited`` more links than Excel allows, the rest is plain text.
    """
    if not edits and not marks and front_sheet is None:
        return PatchResult(source, [])
    package = Package(source)
    workbook = Workbook(package)
    notes: list[str] = []
    if drop_signatures(package, workbook.types):
        notes.append("signature-lost")
    comments = CommentWriter(workbook)
    written: list[str] = []
    chain_broken = False
    for part, (its_edits, its_marks) in _by_part(workbook, edits, marks).items():
        broken, its_notes = _patch_sheet(workbook, comments, part, its_edits, its_marks)
        chain_broken |= broken
        notes += its_notes
        if its_edits:
            written.append(part)
    notes += comments.notes
    if written and workbook.has_formulas(written):
        workbook.recalculate_on_open()
    if chain_broken:
        workbook.drop_calculation_chain()
    if front_sheet is not None:
        notes += add_front_sheet(workbook, front_sheet)
    workbook.save()
    return PatchResult(package.build(), list(dict.fromkeys(notes)))


def _by_part(
    workbook: Workbook, edits: Iterable[CellEdit], marks: Iterable[CellMark]
) -> dict[str, tuple[list[CellEdit], list[CellMark]]]:
    result: dict[str, tuple[list[CellEdit], list[CellMark]]] = {}
    for edit in edits:
        result.setdefault(_part_of(workbook, edit), ([], []))[0].append(edit)
    for mark in marks:
        result.setdefault(_part_of(workbook, mark), ([], []))[1].append(mark)
    return result


def _part_of(workbook: Workbook, item: CellEdit | CellMark) -> str:
    entry = workbook.entry(item.sheet)
    if entry is None or entry.part is None or entry.kind != "worksheet":
        raise UsageError(
            f"工作簿里没有可改写的工作表“{item.sheet}”。", f"The workbook has no worksheet '{item.sheet}' to change."
        )
    if not (0 <= item.row <= LAST_ROW and 0 <= item.col <= LAST_COLUMN):
        raise UsageError(
            f"工作表“{item.sheet}”不可能有第{item.row + 1}行第{item.col + 1}列。",
            f"Sheet '{item.sheet}' cannot have row {item.row + 1}, column {item.col + 1}.",
        )
    if isinstance(item, CellEdit) and item.value is not None and len(item.value) > LONGEST_TEXT:
        raise UsageError(
            f"一个单元格最多容纳{LONGEST_TEXT}个字符。", f"A cell holds at most {LONGEST_TEXT} characters."
        )
    return entry.part


def _patch_sheet(
    workbook: Workbook, comments: CommentWriter, part: str, edits: list[CellEdit], marks: list[CellMark]
) -> tuple[bool, list[str]]:
    """Returns whether formulas went away, and notes."""
    sheet = workbook.sheet(part)
    anchors = _Anchors(sheet.merges, [edit.row for edit in edits] + [mark.row for mark in marks])
    values, notes = _values(edits, anchors)
    headers = TableHeaders(workbook, part) if values else None
    if headers is not None:
        for place in list(values):
            note = headers.rename(place, values[place])
            if note is not None:
                notes.append(note)
            if note == "table-header-kept":
                del values[place]
        headers.save()
    marked = _marked(marks, anchors)
    changes = {
        place: Change(
            writes=place in values, text=values.get(place), fill=_worst(marked[place]) if place in marked else None
        )
        for place in {**values, **marked}
    }
    writer = CellWriter(sheet, workbook.styles)
    writer.apply(changes)
    said = {place: _note(found) for place, found in marked.items() if any(mark.comment for mark in found)}
    if said:
        comments.add(part, said)
    return writer.dropped_formulas, notes + writer.notes


class _Anchors:
    """Which cell holds what is seen at a place: the top left one of a merged range."""

    def __init__(self, merges: list[tuple[int, int, int, int]], rows: Iterable[int]) -> None:
        asked = sorted(set(rows))
        self._by_row: dict[int, list[tuple[int, int, _Place]]] = {}
        for top, left, bottom, right in merges:
            for row in asked[bisect_left(asked, top) : bisect_right(asked, bottom)]:
                self._by_row.setdefault(row, []).append((left, right, (top, left)))

    def of(self, row: int, col: int) -> _Place:
        for left, right, place in self._by_row.get(row, ()):
            if left <= col <= right:
                return place
        return row, col


def _values(edits: list[CellEdit], anchors: _Anchors) -> tuple[dict[_Place, str | None], list[str]]:
    values: dict[_Place, str | None] = {}
    conflict = False
    for edit in edits:
        value = edit.value or None
        first = values.setdefault(anchors.of(edit.row, edit.col), value)
        conflict |= first != value
    return values, ["merged-conflict"] if conflict else []


def _marked(marks: list[CellMark], anchors: _Anchors) -> dict[_Place, list[CellMark]]:
    result: dict[_Place, list[CellMark]] = {}
    for mark in marks:
        result.setdefault(anchors.of(mark.row, mark.col), []).append(mark)
    return result


def _worst(marks: list[CellMark]) -> Severity:
    return min((mark.severity for mark in marks), key=SEVERITIES.index)


def _note(marks: list[CellMark]) -> Note:
    texts = dict.fromkeys(mark.comment for mark in marks if mark.comment)
    return Note("\n".join(texts), marks[0].author)
