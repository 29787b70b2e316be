"""Records written beside labels, as on paper: 编号 | 项目名称 | 基础数据, twice side by side, one record a sheet or below another.

The official forms of school, campus and class are such A4 sheets ("每个学校/校区/班级填写一张"). A label is known by the name of a
field, wherever it stands; its value is the cell to the right of it, behind what is merged with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stuvalid.excel.model import Kind, Sheet
from stuvalid.forms.matching import HeaderMatch, MatchedColumn, field_names, plain_header
from stuvalid.forms.model import Field, Template

_MOST_ROWS, _MOST_COLUMNS = 4_000, 60
_LEAST_LABELS, _LEAST_ROWS = 4, 2
_LABELLED = ("school", "campus", "class")
_COLONS = "：:"


@dataclass(frozen=True, slots=True)
class LabelledRecord:
    """One record as a sheet of one row, a column a field, in ``match``; ``cells`` are the 0-based places of the values."""

    sheet: Sheet
    match: HeaderMatch
    cells: tuple[tuple[int, int], ...]


def labelled_records(sheet: Sheet, forms: Sequence[Template]) -> list[LabelledRecord]:
    """The records on a sheet that are written beside labels, in the order of their rows; of the form with most labels."""
    if sheet.height > _MOST_ROWS or sheet.width > _MOST_COLUMNS:
        return []
    texts = [column.to_pylist() for column in sheet.columns]
    best: list[dict[str, _Label]] = []
    chosen: Template | None = None
    for form in forms:
        if form.about in _LABELLED:
            found = [one for one in _records(_labels(texts, sheet, field_names(form))) if _is_record(one, form)]
            if sum(map(len, found)) > sum(map(len, best)):
                best, chosen = found, form
    if chosen is None:
        return []
    return [_as_sheet(sheet, chosen, labels, number) for number, labels in enumerate(best)]


@dataclass(frozen=True, slots=True)
class _Label:
    """The label of ``entry`` at ``row`` and ``column``; its ``value`` is at ``place``."""

    entry: Field
    text: str
    row: int
    column: int
    value: str
    place: tuple[int, int]


def _labels(texts: Sequence[Sequence[str | None]], sheet: Sheet, names: Mapping[str, Field]) -> list[_Label]:
    """Every label with its value, row by row."""
    merged = {(top, left): right for top, left, _, right in sheet.merged}
    found = []
    for row in range(sheet.height):
        for column in range(sheet.width):
            text = texts[column][row]
            if not text or not text.strip():
                continue
            entry = names.get(plain_header(text))
            if entry is not None:
                place = (row, merged.get((row, column), column) + 1)
                value = (texts[place[1]][row] or "") if place[1] < sheet.width else ""
                if names.get(plain_header(value)) is not None and value.strip():
                    value = ""  # the next label: nothing was written between them
                found.append(_Label(entry, text, row, column, value, place))
            elif (both := _split(text, names)) is not None:
                found.append(_Label(both[0], text, row, column, both[1], (row, column)))
    return found


def _split(text: str, names: Mapping[str, Field]) -> tuple[Field, str] | None:
    """学校名称：双塔西街小学 in one cell."""
    for colon in _COLONS:
        label, found, value = text.partition(colon)
        if found and value.strip() and (entry := names.get(plain_header(label))) is not None:
            return entry, value.strip()
    return None


def _records(labels: Sequence[_Label]) -> list[dict[str, _Label]]:
    """The labels of each record: one that comes again begins the next."""
    records: list[dict[str, _Label]] = []
    for label in labels:
        if not records or label.entry.key in records[-1]:
            records.append({})
        records[-1][label.entry.key] = label
    return records


def _is_record(labels: Mapping[str, _Label], form: Template) -> bool:
    """Whether labels are a record and not the header of a table: below each other, with what the form requires."""
    required = sum(entry.required for entry in form.fields)
    given = sum(label.entry.required for label in labels.values())
    return (
        len(labels) >= min(_LEAST_LABELS, len(form.fields))
        and len({label.row for label in labels.values()}) >= _LEAST_ROWS
        and 2 * given >= required
        and any(label.value.strip() for label in labels.values())
    )


def _as_sheet(sheet: Sheet, form: Template, labels: Mapping[str, _Label], number: int) -> LabelledRecord:
    ordered = sorted(labels.values(), key=lambda label: (label.row, label.column))
    kinds = np.array([[sheet.kind(*label.place) if label.value else Kind.EMPTY for label in ordered]], dtype=np.uint8)
    row = Sheet(
        f"{sheet.name}\0{number}",
        sheet.visible,
        sheet.protected,
        1,
        len(ordered),
        [pa.array([label.value or None], pa.string()) for label in ordered],
        None if (kinds <= Kind.TEXT).all() else kinds,
    )
    columns = tuple(MatchedColumn(place, label.entry, label.text, "exact") for place, label in enumerate(ordered))
    missing = tuple(entry for entry in form.fields if entry.key not in labels)
    match = HeaderMatch(form, -1, columns, missing=missing, score=1.0, top=-1)
    return LabelledRecord(row, match, tuple(label.place for label in ordered))
