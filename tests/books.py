"""Workbooks for tests, written from the valid record of the rule examples."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import xlsxwriter

from stuvalid.forms import template
from stuvalid.rules.examples import record


def workbook(
    changes: Sequence[Mapping[str, Any]] = ({},),
    *,
    form: str = "student-2013",
    titles: Sequence[str] = (),
    drop: Sequence[str] = (),
    sheet: str = "学生基础信息",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """An xlsx of one pupil per change. A value that is no str is written as Excel would store it."""
    entries = [entry for entry in template(form).fields if entry.key not in drop]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet(sheet)
    rows: list[list[Any]] = [[title] for title in titles]
    rows.append([headers.get(entry.key, entry.header) for entry in entries])
    for position, change in enumerate(changes):
        values: dict[str, Any] = {**record(position, template(form)), **change}
        rows.append([values[entry.key] for entry in entries])
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if isinstance(value, str) and value:
                page.write_string(row, column, value)
            elif not isinstance(value, str):
                page.write(row, column, value)
    book.close()
    return stream.getvalue()


def column_letter(key: str, form: str = "student-2013") -> str:
    from stuvalid.findings import letters

    return letters(template(form).keys.index(key))
