"""From the pages of a paper to the children it tells of, and every text that found no place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stuvalid.excel.model import Sheet, Workbook
from stuvalid.forms.matching import HeaderMatch, MatchedColumn
from stuvalid.forms.records import find_records
from stuvalid.gathering.beside import Beside
from stuvalid.gathering.items import PaperItem, PaperRecord, Value, merged, records_of
from stuvalid.gathering.labels import Labels, bare, column_word, heading, is_hint, words
from stuvalid.gathering.page import Page, PageCell
from stuvalid.gathering.tables import Header, body_rows, family_items, find_headers, others_of, row_items
from stuvalid.gathering.ticks import has_boxes, ticked

_LEAST_LABELS = 4
_SHARED = frozenset({"grade", "class_name", "class_code", "school_code", "school_name"})


@dataclass(slots=True)
class PaperReading:
    """What a paper says: its ``records``, ``others`` that belong to none of them, and ``labels`` that were recognised.

    ``titles`` are the texts above and around that may name the class; ``several`` are boxes of which more than one is ticked.
    """

    records: list[PaperRecord] = field(default_factory=list)
    others: list[Value] = field(default_factory=list)
    labels: int = 0
    titles: list[str] = field(default_factory=list)
    several: list[Value] = field(default_factory=list)
    samples: list[Value] = field(default_factory=list)


def read_paper(workbook: Workbook, labels: Labels) -> PaperReading:
    """Read every sheet; what one sheet says of the only child of another goes with it."""
    found = PaperReading()
    visible = [sheet for sheet in workbook.sheets if sheet.visible and sheet.height]
    sheets = [sheet for sheet in visible if bare(sheet.name) not in words()["sheets"]["beside"]]
    for sheet in sheets or visible:
        _read_sheet(sheet, labels, found)
    named = {record.text("name") for record in found.records if record.text("name")}
    if len(named) <= 1 or len(found.records) > len(named):
        found.records = merged(found.records)
    found.records = [record for record in found.records if record.values or record.asked]
    return found


def _read_sheet(sheet: Sheet, labels: Labels, found: PaperReading) -> None:
    page = Page.of(sheet)
    headers = find_headers(page, labels)
    taken: set[int] = set()
    used: set[tuple[int, int]] = set()
    rows: list[tuple[int, list[PaperItem], list[PageCell]]] = []
    loose: list[PaperItem] = []
    members = 0
    for number, header in enumerate(headers):
        following = headers[number + 1].top if number + 1 < len(headers) else page.height
        body = body_rows(page, header, following, labels)
        if not header.is_family:
            body = _pupils(sheet, page, header, body, labels, found)
        taken |= set(range(header.top, header.bottom + 1)) | set(body)
        for row in body:
            used |= {(cell.row, cell.column) for cell in page.row(row)}
            if header.is_family:
                members += 1
                loose += family_items(page, header, row, members)
            else:
                rows.append((row, row_items(page, header, row, labels), others_of(page, header, row)))
        found.labels += len(header.labels)
    beside = Beside(page, labels, taken).find()
    found.labels += sum(not item.meaning.beside for item in beside.items)
    with_name = [entry for entry in rows if any(item.meaning.key == "name" and item.text.strip() for item in entry[1])]
    if len(rows) > 1 and len(with_name) > 1:
        _add_children(page, rows, [*beside.items, *loose], labels, found)
    else:
        items = [*beside.items, *(item for _, more, _ in rows for item in more)]
        items.sort(key=lambda item: (item.row, item.column))
        found.records += records_of([_meant(item, labels, found) for item in [*items, *loose]], labels)
        found.others += [_value(page, cell) for _, _, others in rows for cell in others]
    _keep_others(page, headers, used | beside.used, labels, found)


def _pupils(
    sheet: Sheet, page: Page, header: Header, body: list[int], labels: Labels, found: PaperReading
) -> list[int]:
    """The rows that are children: without samples, hints, totals and signatures."""
    by_key = {
        meaning.key: column
        for column, (meaning, _, section) in reversed(header.labels.items())
        if meaning.key and meaning.who in ("", "pupil") and section in ("", "pupil")
    }
    columns = tuple(
        MatchedColumn(column, entry, header.labels[column][1], "alias")
        for key, column in by_key.items()
        if (entry := labels.form.field(key)) is not None
    )
    if not columns or header.name_column < 0:
        return body
    match = HeaderMatch(labels.form, header.bottom, columns, top=header.top)
    rows = find_records(sheet, match, least=1 if len(body) == 1 else 2)
    records = set(np.asarray(rows.records).tolist()) & set(body)
    found.samples += [_value(page, cell) for row in rows.samples if row in body for cell in page.row(row)[:1]]
    # A row of samples is accounted for by its first cell; what else is no child stays for the others.
    return [row for row in body if row in records]


def _add_children(
    page: Page,
    rows: Sequence[tuple[int, list[PaperItem], list[PageCell]]],
    around: Sequence[PaperItem],
    labels: Labels,
    found: PaperReading,
) -> None:
    """A record a row; what stands around the table (the class, the school) holds for all of them."""
    for _, items, others in rows:
        shared = [item for item in around if item.meaning.key in _SHARED]
        said = [_meant(item, labels, found) for item in items]
        known = {item.meaning.key for item in said if item.text.strip()}
        said = [_meant(item, labels, found) for item in shared if item.meaning.key not in known] + said
        records = records_of(said, labels)
        first = records[0]
        for more in records[1:]:
            first.others += [*more.values.values(), *more.others]
        first.others += [_value(page, cell) for cell in others]
        first.shared = True
        found.records.append(first)
    found.others += [
        Value(item.text, item.sheet, item.row, item.column, item.label)
        for item in around
        if item.text.strip() and item.meaning.key not in _SHARED and not item.meaning.beside
    ]


def _meant(item: PaperItem, labels: Labels, found: PaperReading) -> PaperItem:
    """The item with what was ticked for its text; what was printed in the place of a value is none."""
    text = item.text
    if not text.strip() or is_hint(text):
        return item._replace(text="")
    if has_boxes(text):
        chosen = ticked(text)
        if chosen is None and not _is_choice(item, labels):
            return item
        if chosen is None:
            found.several.append(Value(text, item.sheet, item.row, item.column, item.label))
            return item
        return item._replace(text=chosen)
    return item


def _is_choice(item: PaperItem, labels: Labels) -> bool:
    key = item.meaning.key or f"member1.{item.meaning.leaf}"
    entry = labels.form.field(key)
    return entry is not None and entry.kind == "code"


def _value(page: Page, cell: PageCell) -> Value:
    return Value(cell.text, page.name, cell.row, cell.column)


def _keep_others(
    page: Page, headers: Sequence[Header], used: set[tuple[int, int]], labels: Labels, found: PaperReading
) -> None:
    """Every text that is no label, no value and nothing printed: what a parent wrote beside the form."""
    head_rows = {row for header in headers for row in range(header.top, header.bottom + 1)}
    for place, cell in page.cells.items():
        if place in used or cell.row in head_rows:
            continue
        text = cell.text.strip()
        if not labels.meaning(text) and not heading(text) and not column_word(text) and not is_hint(text):
            if not text.isdigit() or len(text) > 3:
                found.others.append(_value(page, cell))
            found.titles.append(text)
    if page.cut:
        found.others.append(Value("…", page.name, page.height, 0))


def without_shared(records: Sequence[PaperRecord]) -> list[PaperRecord]:
    """The records as they are, each with its own values."""
    return [replace(record) for record in records]
