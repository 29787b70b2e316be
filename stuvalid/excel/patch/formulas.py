"""What must follow when a formula gives way to a text: shared and array formulas span several cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stuvalid.excel.address import address, parse_range
from stuvalid.excel.patch.markup import INSIDE, attribute, attribute_span, escape, unescape
from stuvalid.excel.patch.sheet import Cell, SheetXml


@dataclass(frozen=True, slots=True)
class RemovedFormula:
    """A formula that was in (row, col); ``shared`` is its group, ``text`` is empty in all but the group's first."""

    row: int
    col: int
    shared: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Formula:
    cell: Cell
    start: int
    end: int
    tag: bytes
    text: str


@lru_cache(maxsize=8)
def _formula_pattern(prefix: bytes) -> re.Pattern[bytes]:
    name = re.escape(prefix) + b"f"
    return re.compile(rb"(<" + name + rb"(?=[\s/>])" + INSIDE + rb")(?:(?<=/)>|>(.*?)</" + name + rb"\s*>)", re.DOTALL)


def removed_formula(cell: Cell, content: bytes, prefix: bytes) -> RemovedFormula | None:
    """The formula in a cell's content, if there is one."""
    found = _formula_pattern(prefix).search(content) if b"f" in content else None
    if found is None:
        return None
    shared = attribute(found[1], b"si") if attribute(found[1], b"t") == "shared" else None
    return RemovedFormula(cell.row, cell.col, shared, unescape((found[2] or b"").decode("utf-8", "replace")))


def mend_formulas(sheet: SheetXml, removed: list[RemovedFormula], written: set[tuple[int, int]]) -> list[str]:
    """Keep what depended on the overwritten cells working; returns note codes.

    Cells that shared a removed formula get it written out. An array formula of which one cell was overwritten
    is given up: its cells keep their last values, as Excel would not have allowed the overwriting at all.
    """
    masters = {item.shared: item for item in removed if item.shared is not None and item.text}
    area = sheet.markup.shadow
    begin, end = sheet.data.tag_end, sheet.data.inner_end
    with_arrays = bool(written) and any(
        area.find(word, begin, end) >= 0 for word in (b'"array"', b"'array'", b'"dataTable"', b"'dataTable'")
    )
    if not masters and not with_arrays:
        return []
    notes: list[str] = []
    for formula in _formulas(sheet):
        if (formula.cell.row, formula.cell.col) in written:
            # The first cell of an array itself: its formula went with the old content.
            continue
        kind = attribute(formula.tag, b"t")
        master = masters.get(attribute(formula.tag, b"si") or "") if kind == "shared" else None
        if master is not None and not formula.text:
            _write_out(sheet, formula, master)
            notes.append("shared-formula-written-out")
        elif kind in {"array", "dataTable"} and _touches(formula, written):
            _give_up(sheet, formula)
            notes.append("array-formula-values")
    return notes


def _formulas(sheet: SheetXml) -> list[_Formula]:
    pattern = _formula_pattern(sheet.markup.prefix)
    result = []
    for row in sheet.rows():
        for cell in sheet.cells(row):
            found = pattern.search(sheet.markup.xml, cell.tag_end, cell.inner_end)
            if found is not None:
                text = unescape((found[2] or b"").decode("utf-8", "replace"))
                result.append(_Formula(cell, found.start(), found.end(), found[1] + b">", text))
    return result


def _write_out(sheet: SheetXml, formula: _Formula, master: RemovedFormula) -> None:
    from openpyxl.formula.translate import Translator

    origin = address(master.row, master.col)
    target = address(formula.cell.row, formula.cell.col)
    text = Translator("=" + master.text, origin=origin).translate_formula(target)[1:]
    p = sheet.markup.prefix
    sheet.markup.splices.replace(formula.start, formula.end, b"<%sf>%s</%sf>" % (p, escape(text), p))


def _touches(formula: _Formula, written: set[tuple[int, int]]) -> bool:
    area = parse_range(attribute(formula.tag, b"ref") or "")
    if area is None:
        return False
    top, left, bottom, right = area
    return any(top <= row <= bottom and left <= col <= right for row, col in written)


def _give_up(sheet: SheetXml, formula: _Formula) -> None:
    # "cm" marks a dynamic array. Only its own bytes go: the format beside it may be changed as well.
    span = attribute_span(sheet.markup.xml, b"cm", formula.cell.start, formula.cell.tag_end)
    if span is not None:
        sheet.markup.splices.replace(*span, b"")
    sheet.markup.splices.replace(formula.start, formula.end, b"")
