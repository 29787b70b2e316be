"""An issued form with pupils in it: the blank form, its cells filled, nothing else changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stuvalid.excel.blank import PlainSheet
from stuvalid.excel.patch import CellEdit, patch_workbook
from stuvalid.forms.blank import blank_form, form_sheet
from stuvalid.forms.model import Template


def filled_form(form: Template, records: Sequence[Mapping[str, str]], behind: Sequence[PlainSheet] = ()) -> bytes:
    """The form as xlsx with a row a record, texts by field key; keys that the form has not are left out.

    ``behind`` are sheets that follow it.
    """
    columns = {entry.key: number for number, entry in enumerate(form.fields)}
    sheet = form_sheet(form)
    edits = [
        CellEdit(sheet, row, columns[key], text)
        for row, record in enumerate(records, start=1)
        for key, text in record.items()
        if text and key in columns
    ]
    return patch_workbook(blank_form(form, rows=max(1, len(records)), example=False, behind=behind), edits=edits).data
