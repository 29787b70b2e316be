"""Judging the forms about other things than pupils: their cells by the rules of their fields, and what they say for the whole.

They are kept by the school, not imported: how a cell is stored and where the header stands does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.findings import Block, Place

if TYPE_CHECKING:
    from stuvalid.forms.sheets import FormSheet
    from stuvalid.rules.registry import Rule

_IMPORTED = frozenset({"preschool"})
_IMPORT_ONLY = frozenset({"CEL010", "COD001"})
"""A form on paper has 无 or / where there is nothing to write, and choices as it prints them: 211-小学."""

_GRADE_OTHERWISE = ("COD002", "grade")
"""六年级 is of the junior stage in an 五四 school and of the primary in any other: both are right."""

_PUPILS_ONLY = frozenset({"DUP", "ENR", "FAM", "SPE", "TPL"})


def check_record_sheets(
    members: Sequence[tuple[int, FormSheet]],
    rules: Sequence[Rule],
    options: CheckOptions,
    results: Sequence[FileResult],
) -> None:
    """Judge sheets of one form and the same columns; each is (position of its file in ``results``, sheet)."""
    from stuvalid.collection.facts import record_facts
    from stuvalid.forms.table import Part, join
    from stuvalid.rules.engine import check_table

    forms = [sheet for _, sheet in members]
    parts = [Part(position, sheet.sheet, sheet.match, sheet.rows.records) for position, sheet in members]
    template = forms[0].match.template
    table = join(template, parts, options.today)
    stored = template.about in _IMPORTED
    able = tuple(
        one
        for one in rules
        if one.family not in _PUPILS_ONLY and one.id not in template.untold and (stored or not one.needs_workbook)
    )
    places = {(part.file, part.sheet.name): form.cells for part, form in zip(parts, forms, strict=True)}
    for block in check_table(table, able).blocks:
        if not stored and (block.rule in _IMPORT_ONLY or (block.rule, block.field) == _GRADE_OTHERWISE):
            continue
        results[block.file].blocks.extend(_at_their_cells(block, places[block.file, block.sheet]))
    for part, form in zip(parts, forms, strict=True):
        results[part.file].records.append(record_facts(table, part, form, real_name(part.sheet.name)))


def real_name(sheet: str) -> str:
    """The name of the sheet that a record stands on."""
    return sheet.partition("\0")[0]


def _at_their_cells(block: Block, cells: Sequence[tuple[int, int]]) -> list[Block]:
    """The findings of a record beside labels, each where its value really is."""
    if not cells:
        return [block]
    row, column = cells[block.column]
    name = real_name(block.sheet)
    block.sheet, block.column = name, column
    block.rows = [row] * len(block.rows)
    block.related = [
        tuple(Place(place.file, name, *cells[place.column]) if place.column >= 0 else place for place in places)
        for places in block.related
    ]
    return [block]
