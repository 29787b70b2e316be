"""Workbooks in BIFF8 and BIFF5 (.xls, WPS .et), read record by record from the workbook stream.

Source of all layouts: MS-XLS; for BIFF5 the OpenOffice description of the Excel file format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from stuvalid.excel.biffstrings import SharedTable, codepage_name, wide_string
from stuvalid.excel.grid import Grid, Pool, SheetInfo, text_array, with_no_text
from stuvalid.excel.model import Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.refusals import refusal
from stuvalid.excel.values import ERRORS, is_date_id, number_text, serial_text

BOF, EOF, CONTINUE, FILEPASS = 0x0809, 0x000A, 0x003C, 0x002F
_BOUNDSHEET, _CODEPAGE, _DATEMODE, _FORMAT, _XF, _SST = 0x0085, 0x0042, 0x0022, 0x041E, 0x00E0, 0x00FC
_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK = 0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x00BD
_BOOLERR, _FORMULA, _STRING, _ROW, _COLINFO = 0x0205, 0x0006, 0x0207, 0x0208, 0x007D
_MERGED, _PROTECT = 0x00E5, 0x0012
_BIFF8, _BIFF5 = 0x0600, 0x0500
_ROW_HIDDEN = 0x20
_HEAD = struct.Struct("<HH")
_CELL = struct.Struct("<HHH")

_SHARED_CELL = np.dtype([("row", "<u2"), ("col", "<u2"), ("xf", "<u2"), ("ref", "<u4")])


@dataclass(slots=True)
class _Entry:
    name: str
    visible: bool
    place: int


@dataclass(slots=True)
class _Globals:
    """What the workbook stream says before the first sheet."""

    biff8: bool
    encoding: str = "cp1252"
    epoch_1904: bool = False
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)


def read_biff(stream: bytes, limits: Limits, *, macros: bool = False) -> Workbook:
    """All worksheets of a workbook stream."""
    if len(stream) < 12 or _HEAD.unpack_from(stream)[0] != BOF:
        raise refusal("corrupt", "no BIFF beginning")
    version, substream = struct.unpack_from("<HH", stream, 4)
    if version not in {_BIFF8, _BIFF5}:
        raise refusal("old-format", f"BIFF version {version:#06x}")
    if substream == 0x10:
        found = _Globals(version == _BIFF8, entries=[_Entry("Sheet1", True, 0)])
    else:
        found = _read_globals(stream, version == _BIFF8)
    found.dates = [is_date_id(number, found.formats) for number in found.styles]
    if len(found.entries) > limits.sheets:
        raise refusal("bomb", f"{len(found.entries)} sheets")
    shared = with_no_text(text_array(found.texts))
    workbook = Workbook("xls", [], macros)
    if not found.biff8:
        workbook.notes.append(Note("biff-old", "BIFF5"))
    for entry in found.entries:
        if not _is_worksheet(stream, entry.place):
            continue
        workbook.sheets.append(_read_sheet(stream, entry, found, shared, limits, workbook.notes))
    if not workbook.sheets:
        raise refusal("corrupt", "no worksheet")
    return workbook


def is_encrypted(stream: bytes) -> bool:
    """Whether the workbook stream says that the rest of it is encrypted."""
    return any(record == FILEPASS for record, _, _ in _records(stream, 0))


def _records(stream: bytes, place: int, shared: list[int] | None = None) -> Iterator[tuple[int, int, int]]:
    """(record, start of its data, length) up to the end of the substream that begins at ``place``.

    Cells with shared text, by far the most frequent record, go to the list ``shared`` if there is one.
    """
    unpack, end, depth = _HEAD.unpack_from, len(stream) - 4, 0
    while place <= end:
        record, length = unpack(stream, place)
        place += 4
        if record == _LABELSST and length == 10 and shared is not None:
            if depth == 1:
                shared.append(place)
            place += 10
            continue
        if record == BOF:
            depth += 1
        elif record == EOF:
            depth -= 1
            if depth <= 0:
                return
        if depth <= 1 and place + length <= end + 4:
            yield record, place, length
        place += length


def _is_worksheet(stream: bytes, place: int) -> bool:
    if place + 8 > len(stream) or _HEAD.unpack_from(stream, place)[0] != BOF:
        return False
    return bool(struct.unpack_from("<H", stream, place + 6)[0] == 0x10)


def _read_globals(stream: bytes, biff8: bool) -> _Globals:
    found = _Globals(biff8)
    segments: list[bytes] = []
    count, in_table = 0, False
    for record, place, length in _records(stream, 0):
        if record == CONTINUE and in_table:
            segments.append(stream[place : place + length])
            continue
        in_table = record == _SST and length >= 8
        if record == FILEPASS:
            raise refusal("encrypted", "xls")
        if in_table:
            (count,) = struct.unpack_from("<I", stream, place + 4)
            segments = [stream[place + 8 : place + length]]
        else:
            _read_global(found, record, stream[place : place + length])
    found.texts = SharedTable(segments).texts(count)
    return found


def _read_global(found: _Globals, record: int, data: bytes) -> None:
    if record == _CODEPAGE and len(data) >= 2:
        found.encoding = codepage_name(struct.unpack_from("<H", data)[0])
    elif record == _DATEMODE and len(data) >= 2:
        found.epoch_1904 = data[0] == 1
    elif record == _XF and len(data) >= 4:
        found.styles.append(struct.unpack_from("<H", data, 2)[0])
    elif record == _FORMAT and len(data) >= 4:
        (number,) = struct.unpack_from("<H", data)
        found.formats[number] = _string(data, 2, found, short=not found.biff8)
    elif record == _BOUNDSHEET and len(data) >= 8:
        (place,) = struct.unpack_from("<I", data)
        if data[5] == 0:
            found.entries.append(_Entry(_string(data, 6, found, short=True), data[4] & 3 == 0, place))


def _string(data: bytes, place: int, found: _Globals, *, short: bool) -> str:
    """The string whose length field is at ``place``: one byte when ``short``, otherwise two."""
    width = 1 if short else 2
    if place + width >= len(data):
        return ""
    length = int.from_bytes(data[place : place + width], "little")
    place += width
    if found.biff8:
        return wide_string(data, place, length)[0]
    return data[place : place + length].decode(found.encoding, "replace")


class _SheetReader:
    """Collects the cells of one sheet substream."""

    def __init__(self, stream: bytes, entry: _Entry, found: _Globals, grid: Grid) -> None:
        self.info = SheetInfo(entry.name, entry.visible)
        self._stream = stream
        self._start = entry.place
        self._found = found
        self._grid = grid
        self._shared: list[int] = []
        self._formulas: list[tuple[int, int]] = []
        self._awaiting: tuple[int, int] | None = None
        self._handlers: dict[int, Callable[[int, int], None]] = {
            _LABEL: self._label,
            _RSTRING: self._label,
            _NUMBER: self._number,
            _RK: self._rk,
            _MULRK: self._many_rk,
            _BOOLERR: self._boolean_or_error,
            _FORMULA: self._formula,
            _STRING: self._formula_text,
            _ROW: self._row,
            _COLINFO: self._columns,
            _MERGED: self._merges,
            _PROTECT: self._protection,
        }

    def read(self) -> None:
        handlers = self._handlers
        for record, place, length in _records(self._stream, self._start, self._shared):
            if record in handlers:
                try:
                    handlers[record](place, length)
                except (struct.error, IndexError):
                    self.info.note("damaged-record", f"{record:#06x}")
        self._add_shared()
        if self._formulas:
            self.info.formulas.append(np.array(self._formulas, np.int32))

    def _add_shared(self) -> None:
        if not self._shared:
            return
        data = np.frombuffer(self._stream, np.uint8)
        places = np.array(self._shared, np.int64)
        places = places[places + _SHARED_CELL.itemsize <= len(data)]
        raw = data[places[:, None] + np.arange(_SHARED_CELL.itemsize)]
        cells = np.ascontiguousarray(raw).view(_SHARED_CELL)[:, 0]
        known = cells["ref"] < len(self._found.texts)
        if not known.all():
            self.info.note("text-missing")
            cells = cells[known]
        refs = cells["ref"].astype(np.int32) + np.int32(1)
        self._grid.add(cells["row"].astype(np.int32), cells["col"].astype(np.int32), refs)

    def _put_number(self, row: int, col: int, style: int, value: float) -> None:
        dates = self._found.dates
        text = None
        if style < len(dates) and dates[style]:
            text = serial_text(value, self._found.epoch_1904)
        if text is None:
            self._grid.put(row, col, number_text(value), Kind.NUMBER)
        else:
            self._grid.put(row, col, text, Kind.DATE)

    def _number(self, place: int, _length: int) -> None:
        row, col, style, value = struct.unpack_from("<HHHd", self._stream, place)
        self._put_number(row, col, style, value)

    def _rk(self, place: int, _length: int) -> None:
        row, col, style, value = struct.unpack_from("<HHHi", self._stream, place)
        self._put_number(row, col, style, rk_value(value))

    def _many_rk(self, place: int, length: int) -> None:
        row, first = struct.unpack_from("<HH", self._stream, place)
        for step in range((length - 6) // 6):
            style, value = struct.unpack_from("<Hi", self._stream, place + 4 + step * 6)
            self._put_number(row, first + step, style, rk_value(value))

    def _label(self, place: int, length: int) -> None:
        row, col, _ = _CELL.unpack_from(self._stream, place)
        text = _string(self._stream[place : place + length], 6, self._found, short=False)
        self._grid.put(row, col, text)

    def _boolean_or_error(self, place: int, _length: int) -> None:
        row, col, _, value, is_error = struct.unpack_from("<HHHBB", self._stream, place)
        self._put_boolean_or_error(row, col, value, bool(is_error))

    def _put_boolean_or_error(self, row: int, col: int, value: int, is_error: bool) -> None:
        if is_error:
            self._grid.put(row, col, ERRORS.get(value, "#N/A"), Kind.ERROR)
        else:
            self._grid.put(row, col, "TRUE" if value else "FALSE", Kind.BOOLEAN)

    def _formula(self, place: int, _length: int) -> None:
        row, col, style = _CELL.unpack_from(self._stream, place)
        result = self._stream[place + 6 : place + 14]
        self._formulas.append((row, col))
        self._awaiting = None
        if result[6:] != b"\xff\xff":
            self._put_number(row, col, style, struct.unpack("<d", result)[0])
        elif result[0] == 0:
            self._awaiting = (row, col)
        elif result[0] in {1, 2}:
            self._put_boolean_or_error(row, col, result[2], result[0] == 2)

    def _formula_text(self, place: int, length: int) -> None:
        if self._awaiting is not None:
            row, col = self._awaiting
            self._grid.put(row, col, _string(self._stream[place : place + length], 0, self._found, short=False))
            self._awaiting = None

    def _row(self, place: int, length: int) -> None:
        if length >= 14 and self._stream[place + 12] & _ROW_HIDDEN:
            self.info.hidden_rows.append(struct.unpack_from("<H", self._stream, place)[0])

    def _columns(self, place: int, length: int) -> None:
        if length < 10:
            return
        first, last, _, _, options = struct.unpack_from("<HHHHH", self._stream, place)
        if options & 1 and last < 255:  # up to the last column means "everything else"
            self.info.hidden_columns.update(range(first, last + 1))

    def _merges(self, place: int, length: int) -> None:
        (count,) = struct.unpack_from("<H", self._stream, place)
        for step in range(min(count, (length - 2) // 8)):
            top, bottom, left, right = struct.unpack_from("<HHHH", self._stream, place + 2 + step * 8)
            self.info.merged.append((top, left, bottom, right))

    def _protection(self, place: int, _length: int) -> None:
        self.info.protected = self.info.protected or bool(struct.unpack_from("<H", self._stream, place)[0])


def rk_value(raw: int) -> float:
    """The number behind a signed 32-bit RK value: an integer or the upper half of a double, maybe in hundredths."""
    if raw & 2:
        value = float(raw >> 2)
    else:
        (value,) = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", raw & 0xFFFFFFFC))
    return value / 100 if raw & 1 else value


def _read_sheet(
    stream: bytes, entry: _Entry, found: _Globals, shared: pa.Array, limits: Limits, notes: list[Note]
) -> Sheet:
    grid = Grid(Pool(shared), limits)
    reader = _SheetReader(stream, entry, found, grid)
    reader.read()
    sheet = grid.sheet(reader.info)
    notes += reader.info.notes
    return sheet
