"""Workbooks in BIFF8 and BIFF5 (.xls, WPS .et), read record by record from the workbook stream.

Source of all layouts: MS-XLS; for BIFF5 the OpenOffice description of the Excel file format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from stuvalid.excel.biffstrings import SharedTable, codepage_name, wide_string
from stuvalid.excel.grid import Grid, Pool, SheetInfo, text_array, with_no_text
from stuvalid.excel.model import Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.refusals import refusal
from stuvalid.excel.values import ERRORS, adds_text, is_date_id, number_text, serial_text

BOF, EOF, CONTINUE, FILEPASS = 0x0809, 0x000A, 0x003C, 0x002F
_BOUNDSHEET, _CODEPAGE, _DATEMODE, _FORMAT, _XF, _SST = 0x0085, 0x0042, 0x0022, 0x041E, 0x00E0, 0x00FC
_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK = 0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x00BD
_BOOLERR, _STRING, _ROW, _COLINFO = 0x0205, 0x0207, 0x0208, 0x007D
_FORMULAS = (0x0006, 0x0206, 0x0406)  # some writers give the numbers of BIFF3 and BIFF4 to the same layout
_MERGED, _PROTECT = 0x00E5, 0x0012
_BIFF8, _BIFF5 = 0x0600, 0x0500
_CUT = -1
_ROW_HIDDEN = 0x20
_WORKSHEET = 0x10
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
    adding: dict[int, str] = field(default_factory=dict)
    is_cut: bool = False


def read_biff(stream: bytes, limits: Limits, *, macros: bool = False) -> Workbook:
    """All worksheets of a workbook stream."""
    if len(stream) < 12 or _HEAD.unpack_from(stream)[0] != BOF:
        raise refusal("corrupt", "no BIFF beginning")
    version, substream = struct.unpack_from("<HH", stream, 4)
    if version not in {_BIFF8, _BIFF5}:
        raise refusal("old-format", f"BIFF version {version:#06x}")
    if substream == _WORKSHEET:
        found = _Globals(version == _BIFF8, entries=[_Entry("Sheet1", True, 0)])
    else:
        found = _read_globals(stream, version == _BIFF8)
    found.dates = [is_date_id(number, found.formats) for number in found.styles]
    adding = {number: text for number, text in found.formats.items() if adds_text(text)}
    found.adding = {index: adding[number] for index, number in enumerate(found.styles) if number in adding}
    if len(found.entries) > limits.sheets:
        raise refusal("bomb", f"{len(found.entries)} sheets")
    shared = with_no_text(text_array(found.texts))
    workbook = Workbook("xls", [], macros)
    if not found.biff8:
        workbook.notes.append(Note("biff-old", "BIFF5"))
    if found.is_cut:
        workbook.notes.append(Note("cut-short", "workbook stream"))
    for entry in _placed(stream, found.entries, workbook.notes):
        workbook.sheets.append(_read_sheet(stream, entry, found, shared, limits, workbook.notes))
    if not workbook.sheets:
        raise refusal("corrupt", "no worksheet")
    return workbook


def is_encrypted(stream: bytes) -> bool:
    """Whether the workbook stream says that the rest of it is encrypted."""
    return any(record == FILEPASS for record, _, _ in _records(stream, 0))


def _records(stream: bytes, place: int, shared: list[int] | None = None) -> Iterator[tuple[int, int, int]]:
    """(record, start of its data, length) up to the end of the substream that begins at ``place``.

    A record `_CUT` comes last when the stream ends before the substream does. Cells with shared text, by far the most frequent record, go to the list ``shared`` if there is one.
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
    yield _CUT, len(stream), 0


def _substreams(stream: bytes) -> dict[int, int]:
    """Where each substream begins, and of which type it is (0x10: worksheet)."""
    found: dict[int, int] = {}
    place, depth = 0, 0
    while place + 8 <= len(stream):
        record, length = _HEAD.unpack_from(stream, place)
        if record == BOF:
            if depth == 0:
                found[place] = struct.unpack_from("<H", stream, place + 6)[0]
            depth += 1
        elif record == EOF:
            depth = max(depth - 1, 0)
        place += 4 + length
    return found


def _placed(stream: bytes, entries: list[_Entry], notes: list[Note]) -> Iterator[_Entry]:
    """The entries that are worksheets; one that points nowhere gets the first worksheet nobody points to."""
    kinds: dict[int, int] = {}
    for entry in entries:
        if entry.place + 8 <= len(stream) and _HEAD.unpack_from(stream, entry.place)[0] == BOF:
            kinds[entry.place] = struct.unpack_from("<H", stream, entry.place + 6)[0]
    lost = [entry for entry in entries if entry.place not in kinds]
    free = (
        [place for place, kind in _substreams(stream).items() if kind == _WORKSHEET and place not in kinds]
        if lost
        else []
    )
    for entry in entries:
        if entry.place in kinds:
            if kinds[entry.place] == _WORKSHEET:
                yield entry
        elif free:
            yield _Entry(entry.name, entry.visible, free.pop(0))
        else:
            notes.append(Note("sheet-missing", f"offset {entry.place:#x}", entry.name))


def _read_globals(stream: bytes, biff8: bool) -> _Globals:
    found = _Globals(biff8)
    segments: list[bytes] = []
    in_table = False
    for record, place, length in _records(stream, 0):
        if record == CONTINUE and in_table:
            segments.append(stream[place : place + length])
            continue
        in_table = record == _SST and length >= 8
        if record == FILEPASS:
            raise refusal("encrypted", "xls")
        if in_table:
            segments = [stream[place + 8 : place + length]]
        else:
            _read_global(found, record, stream[place : place + length])
    found.texts = SharedTable(segments).texts()
    return found


def _read_global(found: _Globals, record: int, data: bytes) -> None:
    if record == _CUT:
        found.is_cut = True
    elif record == _CODEPAGE and len(data) >= 2:
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
            **dict.fromkeys(_FORMULAS, self._formula),
            _LABELSST: self._odd_shared,
            _CUT: self._cut,
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
        for cell in cells[np.isin(cells["xf"], list(self._found.adding))] if self._found.adding else ():
            self._note_format(int(cell["row"]), int(cell["col"]), int(cell["xf"]))
        refs = cells["ref"].astype(np.int32) + np.int32(1)
        self._grid.add(cells["row"].astype(np.int32), cells["col"].astype(np.int32), refs)

    def _cut(self, _place: int, _length: int) -> None:
        self.info.note("cut-short", "no end of the sheet")

    def _odd_shared(self, place: int, length: int) -> None:
        """A cell with shared text whose record has not the usual length: longer is no harm, shorter is."""
        if length < _SHARED_CELL.itemsize:
            raise struct.error
        self._shared.append(place)

    def _note_format(self, row: int, col: int, style: int) -> None:
        if style in self._found.adding:
            self.info.formats[row, col] = self._found.adding[style]

    def _put_number(self, row: int, col: int, style: int, value: float) -> None:
        self._note_format(row, col, style)
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
        row, col, style = _CELL.unpack_from(self._stream, place)
        self._note_format(row, col, style)
        text = _string(self._stream[place : place + length], 6, self._found, short=False)
        self._note_short(place + 6, text)
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
        if self._awaiting is None:
            return
        row, col = self._awaiting
        self._awaiting = None
        start = place
        segments = [self._stream[place : place + length]]
        place += length
        while self._found.biff8 and _HEAD.unpack_from(self._stream, place)[0] == CONTINUE:
            length = _HEAD.unpack_from(self._stream, place)[1]
            segments.append(self._stream[place + 4 : place + 4 + length])
            place += 4 + length
        if len(segments) > 1:
            text = SharedTable(segments).texts()[0]
        else:
            text = _string(segments[0], 0, self._found, short=False)
        self._note_short(start, text)
        self._grid.put(row, col, text)

    def _note_short(self, place: int, text: str) -> None:
        """Note a text that is shorter than the length at ``place`` says: its record was cut."""
        (wanted,) = struct.unpack_from("<H", self._stream, place)
        if self._found.biff8 and len(text.encode("utf-16-le", "surrogatepass")) < 2 * wanted:
            self.info.note("damaged-record", "text")

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
    notes += (replace(note, row=sheet.height) if note.code == "cut-short" else note for note in reader.info.notes)
    return sheet
