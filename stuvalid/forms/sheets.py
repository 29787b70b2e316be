"""A form as it stands on a sheet: what the structure rules look at, and where tables are cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stuvalid.excel.model import Sheet, Workbook
from stuvalid.forms import Template
from stuvalid.forms.matching import HEADER_SEARCH_ROWS, HeaderMatch, match_sheet
from stuvalid.forms.records import RecordRows, find_records

_USUAL_ROWS = 6


@dataclass(slots=True)
class FormSheet:
    """``sheet`` recognised as a form. ``siblings`` are the names of other sheets with pupils."""

    sheet: Sheet
    match: HeaderMatch
    rows: RecordRows
    format: str = "xlsx"
    notes: frozenset[str] = frozenset()
    siblings: tuple[str, ...] = ()

    def column_of(self, key: str) -> int:
        """0-based sheet column of a field, -1 if the sheet does not have it."""
        return next((matched.column for matched in self.match.columns if matched.field.key == key), -1)


def find_forms(workbook: Workbook, forms: Sequence[Template]) -> list[FormSheet]:
    """Every sheet of the workbook that is one of ``forms``; empty forms only if no other has pupils."""
    notes = frozenset(note.code for note in workbook.notes)
    found = []
    for sheet in workbook.sheets:
        if not sheet.height:
            continue
        match = match_sheet(sheet.head(_USUAL_ROWS), forms) or match_sheet(sheet.head(HEADER_SEARCH_ROWS + 1), forms)
        if match is not None:
            found.append(FormSheet(sheet, match, find_records(sheet, match), workbook.format, notes))
    filled = [form for form in found if len(form.rows.records)]
    if not filled:
        return found[:1]
    for form in filled:
        form.siblings = tuple(other.sheet.name for other in filled if other is not form)
    return filled
