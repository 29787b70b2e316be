"""An xlsx with the content of a workbook that cannot be patched (.xls, .ods, .csv …)."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stuvalid.excel.address import address, column_letter
from stuvalid.excel.model import Kind, Sheet, Workbook
from stuvalid.excel.new import DIALECT, WorkbookWriter, WrittenSheet
from stuvalid.excel.patch.front import free_sheet_name
from stuvalid.excel.patch.markup import cell_text
from stuvalid.excel.patch.styles import StyleBook, empty_styles

_DATE_FORMAT, _MOMENT_FORMAT = 14, 22  # built-in number formats
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (cells know no time zones)
_FIRST_PLAIN_DAY = datetime(1900, 3, 1)  # noqa: DTZ001  (before it Excel's calendar has a day too many)


@dataclass(frozen=True, slots=True)
class _Formats:
    text: int
    date: int
    moment: int


def xls_to_xlsx(workbook: Workbook) -> bytes:
    """The sheets of ``workbook`` as a fresh xlsx: names, order, values, kinds, merges and what was hidden.

    Texts are cells of format ``@``. Numbers, dates, truth values and errors stay what they are, so that a check
    of the copy finds the same. Formulas give way to their values; colours and other looks are not known.
    """
    styles = StyleBook(empty_styles(DIALECT.main), "xl/styles.xml")
    formats = _Formats(
        text=styles.derive(0, text=True),
        date=styles.numbered(0, _DATE_FORMAT),
        moment=styles.numbered(0, _MOMENT_FORMAT),
    )
    stream = io.BytesIO()
    written: list[WrittenSheet] = []
    all_hidden = not any(sheet.visible for sheet in workbook.sheets)
    with WorkbookWriter(stream) as writer:
        for number, sheet in enumerate(workbook.sheets, start=1):
            name = free_sheet_name(sheet.name, (earlier.name for earlier in written))
            written.append(WrittenSheet(name, visible=sheet.visible or (all_hidden and number == 1)))
            writer.add_sheet(number, _sheet(sheet, formats))
        writer.finish(written, styles.render())
    return stream.getvalue()


def _sheet(sheet: Sheet, formats: _Formats) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">' % DIALECT.main
    hidden = b"".join(
        b'<col min="%d" max="%d" width="9" hidden="1"/>' % (col + 1, col + 1)
        for col in sorted(set(sheet.hidden_columns))
    )
    if hidden:
        yield b"<cols>" + hidden + b"</cols>"
    yield b"<sheetData>"
    columns = [column.to_pylist() for column in sheet.columns]
    letters = [column_letter(col) for col in range(sheet.width)]
    hidden_rows = set(sheet.hidden_rows.tolist()) if sheet.hidden_rows is not None else set()
    for row in range(sheet.height):
        cells = []
        for col, column in enumerate(columns):
            text = column[row]
            if text:
                kind = Kind.TEXT if sheet.kinds is None else sheet.kind(row, col)
                cells.append(_cell(f"{letters[col]}{row + 1}", text, kind, formats))
        is_hidden = row in hidden_rows
        if cells or is_hidden:
            yield b'<row r="%d"%s>%s</row>' % (row + 1, b' hidden="1"' if is_hidden else b"", b"".join(cells))
    yield b"</sheetData>"
    if sheet.merged:
        yield b'<mergeCells count="%d">' % len(sheet.merged)
        for top, left, bottom, right in sheet.merged:
            yield b'<mergeCell ref="%s:%s"/>' % (address(top, left).encode(), address(bottom, right).encode())
        yield b"</mergeCells>"
    yield b"</worksheet>"


def _cell(place: str, text: str, kind: Kind, formats: _Formats) -> bytes:
    at = place.encode()
    if kind is Kind.NUMBER and _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return b'<c r="%s"><v>%s</v></c>' % (at, text.encode())
    if kind is Kind.DATE:
        serial = _serial(text)
        if serial is not None:
            style = formats.date if serial == int(serial) else formats.moment
            return b'<c r="%s" s="%d"><v>%s</v></c>' % (at, style, repr(serial).removesuffix(".0").encode())
    if kind is Kind.BOOLEAN and text.lower() in {"true", "false"}:
        return b'<c r="%s" t="b"><v>%d</v></c>' % (at, text.lower() == "true")
    if kind is Kind.ERROR and text in _ERRORS:
        return b'<c r="%s" t="e"><v>%s</v></c>' % (at, text.encode())
    return b'<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (
        at,
        formats.text,
        cell_text(text),
    )


def _serial(text: str) -> float | None:
    """Excel's number for ``2011-01-01`` or ``2011-01-01 08:30:00``; None for what is no such day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None or moment < _FIRST_PLAIN_DAY:
        return None
    passed = moment - _EPOCH
    return passed.days + passed.seconds / 86400
