"""From what is asked of a workbook to the new file."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stuvalid.errors import UsageError
from stuvalid.excel.address import parse_range
from stuvalid.excel.patch.cells import CellChange, CellWriter
from stuvalid.excel.patch.comments import Comment, CommentWriter
from stuvalid.excel.patch.copy import PackageCopy
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
from stuvalid.excel.patch.markup import Element, Markup, attribute, escape, number
from stuvalid.excel.patch.relations import ContentTypes, Relations
from stuvalid.excel.patch.workbook import PatchedWorkbook

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
    package = PackageCopy(source)
    workbook = PatchedWorkbook(package)
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
    workbook: PatchedWorkbook, edits: Iterable[CellEdit], marks: Iterable[CellMark]
) -> dict[str, tuple[list[CellEdit], list[CellMark]]]:
    result: dict[str, tuple[list[CellEdit], list[CellMark]]] = {}
    for edit in edits:
        result.setdefault(_part_of(workbook, edit), ([], []))[0].append(edit)
    for mark in marks:
        result.setdefault(_part_of(workbook, mark), ([], []))[1].append(mark)
    return result


def _part_of(workbook: PatchedWorkbook, item: CellEdit | CellMark) -> str:
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
    workbook: PatchedWorkbook, comments: CommentWriter, part: str, edits: list[CellEdit], marks: list[CellMark]
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
        place: CellChange(
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


def _note(marks: list[CellMark]) -> Comment:
    texts = dict.fromkeys(mark.comment for mark in marks if mark.comment)
    return Comment("\n".join(texts), marks[0].author)


_ORIGIN = "digital-signature/origin"
_FOLDER = "_xmlsignatures/"


def drop_signatures(package: PackageCopy, types: ContentTypes) -> bool:
    """Remove the package's digital signatures; True when there were any. A VBA project keeps its own."""
    relations = Relations(package, "")
    origins = [relation for relation in relations if relation.kind.endswith(_ORIGIN)]
    parts = [name for name in package.parts() if name.lower().startswith(_FOLDER)]
    if not origins and not parts:
        return False
    for relation in origins:
        relations.drop(relation)
    for part in parts:
        types.drop_part(part)
        package.remove(part)
    relations.save()
    return True


@dataclass(frozen=True, slots=True)
class _HeaderCell:
    table: Markup
    column: Element
    old: str


class TableHeaders:
    """The header cells of all tables on one sheet."""

    def __init__(self, workbook: PatchedWorkbook, part: str) -> None:
        self._workbook = workbook
        self._cells: dict[tuple[int, int], _HeaderCell] = {}
        for relation in Relations(workbook.package, part):
            name = workbook.package.find(relation.target) if relation.is_a("table") else None
            if name is not None:
                self._read(Markup(workbook.package.read(name), name))

    def rename(self, place: tuple[int, int], value: str | None) -> str | None:
        """Follow an edit of the cell ``place``; returns a note code, or None when it is no table header.

        ``table-header-kept`` means the edit must not be made: the name would be empty or taken, or formulas
        refer to the column by the old one.
        """
        cell = self._cells.get(place)
        if cell is None:
            return None
        if value == cell.old:
            return "table-header-renamed"
        names = {
            other.old.casefold() for other in self._cells.values() if other.table is cell.table and other is not cell
        }
        if not value or value.casefold() in names or self._is_referred_to(cell.old):
            return "table-header-kept"
        cell.table.retag(cell.column, name=_stored(value))
        self._cells[place] = _HeaderCell(cell.table, cell.column, value)
        return "table-header-renamed"

    def save(self) -> None:
        for table in {id(cell.table): cell.table for cell in self._cells.values()}.values():
            if table.changed:
                self._workbook.package.replace(table.part, table.render())

    def _read(self, table: Markup) -> None:
        tag = table.tag(table.root)
        area = parse_range(attribute(tag, b"ref") or "")
        columns = table.child(table.root, b"tableColumns")
        if area is None or columns is None or number(tag, b"headerRowCount", 1) == 0:
            return
        for offset, column in enumerate(table.children(columns)):
            old = _shown(attribute(table.tag(column), b"name") or "")
            self._cells[area[0], area[1] + offset] = _HeaderCell(table, column, old)

    def _is_referred_to(self, name: str) -> bool:
        """Whether any formula of the workbook says ``Table[name]`` (or ``[@name]``, ``[[#All],[name]]``)."""
        package = self._workbook.package
        word = re.compile(rb"[\[@]" + re.escape(escape(re.sub(r"(['\[\]#])", r"'\1", name))) + rb"\]")
        parts = [sheet.part for sheet in self._workbook.sheets if sheet.part]
        others = [part for part in package.parts() if "/tables/" in part.lower() or "/charts/" in part.lower()]
        return any(word.search(package.read(part, limit=1 << 30)) for part in [self._workbook.part, *parts, *others])


def _stored(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\n", "_x000a_")


def _shown(stored: str) -> str:
    return re.sub(r"_x000[aA]_", "\n", stored)
