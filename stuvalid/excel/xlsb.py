"""Workbooks in the binary OOXML format (.xlsb), read record by record. Source of all layouts: MS-XLSB."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from stuvalid.excel.biff import rk_value
from stuvalid.excel.grid import Grid, Pool, SheetInfo, text_array, with_no_text
from stuvalid.excel.model import MAX_COLUMNS, Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.ooxml import SheetTarget, producer, relations
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.values import ERRORS, is_date_id, number_text, serial_text

_BUNDLE_SHEET, _BOOK_PROPERTIES = 156, 153
_FORMAT, _BEGIN_STYLES, _XF, _END_STYLES = 44, 617, 47, 618
_SHARED_ITEM, _END_SHARED = 19, 160
_ROW, _END_DATA, _COLUMN_INFO, _MERGED, _PROTECTION = 0, 146, 60, 176, 535
_RK, _ERROR, _BOOLEAN, _REAL, _TEXT, _SHARED = 2, 3, 4, 5, 6, 7
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOLEAN, _FORMULA_ERROR, _RICH_TEXT = 8, 9, 10, 11, 62
_FORMULAS = frozenset((_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOLEAN, _FORMULA_ERROR))
_ROW_HIDDEN = 0x10
_NO_STRING = 0xFFFFFFFF
_CUT = -1


def read_xlsb(package: Package, main: str, limits: Limits) -> Workbook:
    """All worksheets of the package."""
    targets = relations(package, main)
    entries, epoch_1904 = _entries(package.read(main), targets)
    wanted = (target.part for target in targets.values() if target.kind in {"sharedStrings", "styles"})
    missing = [part for part in wanted if part not in package]
    if len(entries) > limits.sheets:
        raise refusal("bomb", f"{len(entries)} sheets")
    strings = _part(package, targets, "sharedStrings")
    texts, ended = [], not strings
    for record, data in _records(strings):
        if record == _SHARED_ITEM:
            texts.append(_rich_string(data))
        ended = ended or record == _END_SHARED
    dates = _date_styles(_part(package, targets, "styles"))
    shared = with_no_text(text_array(texts))
    macros = any(name.endswith("vbaproject.bin") for name in package.names)
    workbook = Workbook("xlsb", [], macros, producer(package))
    workbook.notes += [] if ended else [Note("cut-short", "sharedStrings")]
    workbook.notes += [Note("part-missing", part) for part in missing]
    for name, visible, part in entries:
        if part not in package:
            workbook.notes.append(Note("sheet-missing", part, name))
            continue
        reader = _SheetReader(SheetInfo(name, visible), Grid(Pool(shared), limits), dates, epoch_1904, len(texts))
        sheet = reader.read(package.read(part))
        workbook.sheets.append(sheet)
        workbook.notes += (replace(n, row=sheet.height) if n.code == "cut-short" else n for n in reader.info.notes)
    if not workbook.sheets:
        raise refusal("corrupt", "no worksheet")
    return workbook


def _part(package: Package, targets: dict[str, SheetTarget], kind: str) -> bytes:
    part = next((target.part for target in targets.values() if target.kind == kind), None)
    return package.read(part) if part is not None and part in package else b""


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(record type, its data); the last is `_CUT` where the stream ends within a record."""
    place, end = 0, len(data)
    while place < end:
        record = data[place]
        place += 1
        if record & 0x80 and place < end:
            record = (record & 0x7F) | ((data[place] & 0x7F) << 7)
            place += 1
        length = shift = 0
        while place < end and shift < 28:
            byte = data[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if place + length > end:
            yield _CUT, b""
            return
        yield record, data[place : place + length]
        place += length


def _wide_string(data: bytes, place: int) -> tuple[str, int]:
    """A length-prefixed UTF-16 string, and where it ends; a null string is empty."""
    (length,) = struct.unpack_from("<I", data, place)
    place += 4
    if length == _NO_STRING:
        return "", place
    return data[place : place + length * 2].decode("utf-16-le", "replace"), place + length * 2


def _rich_string(data: bytes) -> str:
    return _wide_string(data, 1)[0] if len(data) >= 5 else ""


def _entries(data: bytes, targets: dict[str, SheetTarget]) -> tuple[list[tuple[str, bool, str]], bool]:
    entries, epoch_1904 = [], False
    for record, body in _records(data):
        if record == _BOOK_PROPERTIES and body:
            epoch_1904 = bool(body[0] & 1)
        elif record == _BUNDLE_SHEET and len(body) >= 16:
            relation, place = _wide_string(body, 8)
            if place + 4 > len(body):
                continue
            target = targets.get(relation)
            if target is None or target.kind == "worksheet":
                name, _ = _wide_string(body, place)
                entries.append((name, struct.unpack_from("<I", body)[0] == 0, target.part if target else relation))
    return entries, epoch_1904


def _date_styles(data: bytes) -> list[bool]:
    custom: dict[int, str] = {}
    ids: list[int] = []
    inside = False
    for record, body in _records(data):
        if record == _FORMAT and len(body) >= 6:
            custom[struct.unpack_from("<H", body)[0]] = _wide_string(body, 2)[0]
        elif record in {_BEGIN_STYLES, _END_STYLES}:
            inside = record == _BEGIN_STYLES
        elif record == _XF and inside and len(body) >= 4:
            ids.append(struct.unpack_from("<H", body, 2)[0])
    return [is_date_id(number, custom) for number in ids]


class _SheetReader:
    def __init__(self, info: SheetInfo, grid: Grid, dates: list[bool], epoch_1904: bool, shared_count: int) -> None:
        self.info = info
        self._grid = grid
        self._dates = dates
        self._epoch_1904 = epoch_1904
        self._shared_count = shared_count
        self._row = 0
        self._formulas: list[tuple[int, int]] = []
        self._cells: dict[int, Callable[[int, int, bytes], None]] = {
            _RK: self._rk,
            _REAL: self._real,
            _FORMULA_NUMBER: self._real,
            _SHARED: self._shared,
            _TEXT: self._text,
            _FORMULA_TEXT: self._text,
            _RICH_TEXT: self._rich_text,
            _BOOLEAN: self._boolean,
            _FORMULA_BOOLEAN: self._boolean,
            _ERROR: self._error,
            _FORMULA_ERROR: self._error,
        }

    def read(self, data: bytes) -> Sheet:
        ended = False
        for record, body in _records(data):
            ended = ended or record == _END_DATA
            try:
                self._record(record, body)
            except (struct.error, IndexError):
                self.info.note("damaged-record", str(record))
        if not ended:
            self.info.note("cut-short", "no end of the sheet")
        if self._formulas:
            self.info.formulas.append(np.array(self._formulas, np.int32))
        return self._grid.sheet(self.info)

    def _record(self, record: int, body: bytes) -> None:
        handler = self._cells.get(record)
        if handler is not None:
            col, style = struct.unpack_from("<II", body)
            if record in _FORMULAS:
                self._formulas.append((self._row, min(col, MAX_COLUMNS)))
            if col < MAX_COLUMNS:
                handler(col, style & 0xFFFFFF, body)
            else:
                self.info.note("cell-outside", f"{self._row + 1},{col + 1}")
        elif record == _ROW:
            (self._row,) = struct.unpack_from("<i", body)
            if len(body) > 11 and body[11] & _ROW_HIDDEN:
                self.info.hidden_rows.append(self._row)
        elif record == _COLUMN_INFO:
            first, last = struct.unpack_from("<II", body)
            if len(body) >= 18 and body[16] & 1 and last < MAX_COLUMNS - 1:
                self.info.hidden_columns.update(range(first, last + 1))
        elif record == _MERGED:
            top, bottom, left, right = struct.unpack_from("<IIII", body)
            self.info.merged.append((top, left, bottom, right))
        elif record == _PROTECTION:
            self.info.protected = bool(struct.unpack_from("<I", body, 2)[0])

    def _put_number(self, col: int, style: int, value: float) -> None:
        text = None
        if style < len(self._dates) and self._dates[style]:
            text = serial_text(value, self._epoch_1904)
        kind = Kind.NUMBER if text is None else Kind.DATE
        self._grid.put(self._row, col, number_text(value) if text is None else text, kind)

    def _rk(self, col: int, style: int, body: bytes) -> None:
        self._put_number(col, style, rk_value(struct.unpack_from("<i", body, 8)[0]))

    def _real(self, col: int, style: int, body: bytes) -> None:
        self._put_number(col, style, struct.unpack_from("<d", body, 8)[0])

    def _shared(self, col: int, _style: int, body: bytes) -> None:
        (index,) = struct.unpack_from("<I", body, 8)
        if index < self._shared_count:
            self._grid.put_shared(self._row, col, index + 1)
        else:
            self.info.note("text-missing")

    def _text(self, col: int, _style: int, body: bytes) -> None:
        self._grid.put(self._row, col, _wide_string(body, 8)[0])

    def _rich_text(self, col: int, _style: int, body: bytes) -> None:
        self._grid.put(self._row, col, _wide_string(body, 9)[0])

    def _boolean(self, col: int, _style: int, body: bytes) -> None:
        self._grid.put(self._row, col, "TRUE" if body[8] else "FALSE", Kind.BOOLEAN)

    def _error(self, col: int, _style: int, body: bytes) -> None:
        self._grid.put(self._row, col, ERRORS.get(body[8], "#N/A"), Kind.ERROR)
