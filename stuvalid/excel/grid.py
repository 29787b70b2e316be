"""From cells in any order to a sheet of columns.

Every reader hands its cells over as four numbers each: row, column, a reference into a pool of texts,
and a kind. A text that occurs a thousand times is stored once, and the grid is laid out by one ``take``
a column, which is what makes reading cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.address import address
from stuvalid.excel.model import MAX_COLUMNS, MAX_ROWS, Kind, Limits, Note, Sheet
from stuvalid.excel.refusals import refusal
from stuvalid.excel.values import clean, shown_text

Ints = npt.NDArray[np.int32]
Kinds = npt.NDArray[np.uint8]

_ROOMY = 2_000_000  # a grid of this many cells is laid out without asking how much of it is used
_WIDE = 1_000
_STRAY_CELLS = 100
_ROW_GAP = 5_000
_COLUMN_GAP = 200


def utf8_array(texts: Sequence[bytes]) -> pa.Array:
    """An Arrow utf8 array of ``texts``; bytes that are no UTF-8 become U+FFFD."""
    raw = pa.array(texts, pa.binary())
    try:
        return raw.cast(pa.utf8())
    except pa.ArrowInvalid:
        return pa.array([text.decode("utf-8", "replace") for text in texts], pa.utf8())


def text_array(texts: Sequence[str]) -> pa.Array:
    """An Arrow utf8 array of ``texts``; lone surrogates become U+FFFD."""
    try:
        return pa.array(texts, pa.utf8())
    except UnicodeEncodeError:
        return pa.array([clean(text) for text in texts], pa.utf8())


def with_no_text(texts: pa.Array) -> pa.Array:
    """``texts`` moved by one, so that reference 0 is free to mean "no text" and 1 is the first."""
    return pa.concat_arrays([pa.nulls(1, pa.utf8()), texts])


class Pool:
    """Texts that cells refer to by number; reference 0 is "no text".

    ``shared`` are texts that several sheets refer to, made by `with_no_text`.
    """

    def __init__(self, shared: pa.Array | None = None) -> None:
        self._parts: list[pa.Array] = [pa.nulls(1, pa.utf8()) if shared is None else shared]
        self.size = len(self._parts[0])
        self._loose: list[str] = []

    def add(self, texts: Sequence[bytes]) -> int:
        """Append UTF-8 texts and return the reference of the first."""
        self._settle()
        first = self.size
        if texts:
            self._parts.append(utf8_array(texts))
            self.size += len(texts)
        return first

    def add_texts(self, texts: Sequence[str]) -> int:
        """Append texts and return the reference of the first."""
        self._settle()
        first = self.size
        if texts:
            self._parts.append(text_array(texts))
            self.size += len(texts)
        return first

    def add_array(self, texts: pa.Array) -> int:
        """Append an Arrow utf8 array and return the reference of its first text."""
        self._settle()
        first = self.size
        self._parts.append(texts)
        self.size += len(texts)
        return first

    def add_one(self, text: str) -> int:
        """Append one text and return its reference."""
        self._loose.append(text)
        self.size += 1
        return self.size - 1

    def _settle(self) -> None:
        if self._loose:
            self._parts.append(text_array(self._loose))
            self._loose = []

    def array(self) -> pa.Array:
        """All texts so that ``array[reference]`` is the text."""
        self._settle()
        if len(self._parts) > 1:
            self._parts = [pa.concat_arrays(self._parts)]
        return self._parts[0]


@dataclass(slots=True)
class _Batch:
    rows: Ints
    cols: Ints
    refs: Ints
    kinds: Kinds | None  # None: all TEXT


@dataclass(slots=True)
class SheetInfo:
    """What a sheet is besides its cells.

    ``formats`` are the number formats of 0-based (row, column) where they may show more than is stored.
    """

    name: str
    visible: bool = True
    protected: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: list[Ints] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)

    def note(self, code: str, detail: str = "", row: int = 0) -> None:
        """Remember something worth knowing about this sheet, once a code."""
        if all(note.code != code for note in self.notes):
            self.notes.append(Note(code, detail, self.name, row))


class Grid:
    """Collects the cells of one sheet and lays them out."""

    def __init__(self, pool: Pool, limits: Limits) -> None:
        self.pool = pool
        self._limits = limits
        self._batches: list[_Batch] = []
        self._count = 0
        self._singles: list[tuple[int, int, int, int]] = []

    def add(self, rows: Ints, cols: Ints, refs: Ints, kinds: Kinds | None = None) -> None:
        """Cells as parallel arrays, 0-based; ``kinds`` None means that all are TEXT."""
        self._settle()
        self._add(rows, cols, refs, kinds)

    def put(self, row: int, col: int, text: str, kind: Kind = Kind.TEXT) -> None:
        """One cell, for the careful readers."""
        self._singles.append((row, col, self.pool.add_one(text), kind))
        if len(self._singles) >= 50_000:
            self._settle()

    def put_shared(self, row: int, col: int, ref: int) -> None:
        """One text cell whose text is in the pool already."""
        self._singles.append((row, col, ref, Kind.TEXT))
        if len(self._singles) >= 50_000:
            self._settle()

    def _settle(self) -> None:
        if self._singles:
            table = np.array(self._singles, np.int32)
            self._singles = []
            self._add(table[:, 0], table[:, 1], table[:, 2], table[:, 3].astype(np.uint8))

    def _add(self, rows: Ints, cols: Ints, refs: Ints, kinds: Kinds | None) -> None:
        self._count += len(rows)
        if self._count > self._limits.cells:
            raise refusal("too-large", f"> {self._limits.cells} cells")
        if len(rows):
            self._batches.append(_Batch(rows, cols, refs, kinds))

    def sheet(self, info: SheetInfo) -> Sheet:
        """Lay the cells out; far-away strays are left out and noted."""
        self._settle()
        pool = self.pool.array()
        lengths = _lengths(pool)
        batches = _without_blanks(self._batches, lengths > 0, info)
        height, width = _extent(batches)
        used = sum(len(batch.rows) for batch in batches)
        if (height * width > _ROOMY or width > _WIDE) and height * width > 20 * used:
            batches = _without_strays(batches, pool, info)
            height, width = _extent(batches)
        if height * width > self._limits.dense_cells:
            raise refusal("too-large", f"{height} x {width} cells")
        if sum(int(lengths[batch.refs].sum(dtype=np.int64)) for batch in batches) > self._limits.text_bytes:
            # A long text that many cells share is small on disk and immense once laid out.
            raise refusal("bomb", "text repeated beyond the limit")
        formulas = np.concatenate(info.formulas) if info.formulas else None
        hidden = np.array(sorted(set(info.hidden_rows)), np.int32) if info.hidden_rows else None
        sheet = Sheet(
            name=info.name,
            visible=info.visible,
            protected=info.protected,
            height=height,
            width=width,
            columns=_columns(batches, pool, height, width, info),
            kinds=_kinds(batches, height, width),
            formulas=formulas,
            hidden_rows=hidden,
            hidden_columns=tuple(sorted(info.hidden_columns)),
            merged=tuple(info.merged),
        )
        if info.formats:
            _show(sheet, info.formats)
        return sheet


def _without_blanks(batches: Iterable[_Batch], shown: npt.NDArray[np.bool_], info: SheetInfo) -> list[_Batch]:
    """Cells that show something, within what a sheet can hold; what lies outside is noted."""
    kept = []
    for batch in batches:
        keep = shown[batch.refs]
        inside = (batch.rows < MAX_ROWS) & (batch.cols < MAX_COLUMNS) & (batch.rows >= 0) & (batch.cols >= 0)
        if not inside.all():
            outside = np.flatnonzero(keep & ~inside)
            if len(outside):
                info.note("cell-outside", f"{batch.rows[outside[0]] + 1},{batch.cols[outside[0]] + 1}")
            keep &= inside
        kept.append(batch if keep.all() else _select(batch, keep))
    return [batch for batch in kept if len(batch.rows)]


def _lengths(pool: pa.Array) -> Ints:
    offsets = np.frombuffer(pool.buffers()[1], np.int32, len(pool) + 1, pool.offset * 4)
    return np.diff(offsets)


def _select(batch: _Batch, keep: npt.NDArray[np.bool_]) -> _Batch:
    kinds = None if batch.kinds is None else batch.kinds[keep]
    return _Batch(batch.rows[keep], batch.cols[keep], batch.refs[keep], kinds)


def _extent(batches: Iterable[_Batch]) -> tuple[int, int]:
    height = width = 0
    for batch in batches:
        height = max(height, int(batch.rows.max()) + 1)
        width = max(width, int(batch.cols.max()) + 1)
    return height, width


def _without_strays(batches: list[_Batch], pool: pa.Array, info: SheetInfo) -> list[_Batch]:
    """Drop the few cells behind a great gap, with a note that names the first of them that holds more than blanks."""
    last_row = _before_gap(np.concatenate([batch.rows for batch in batches]), _ROW_GAP)
    last_col = _before_gap(np.concatenate([batch.cols for batch in batches]), _COLUMN_GAP)
    kept = []
    strays: list[tuple[int, int]] = []
    for batch in batches:
        near = (batch.rows <= last_row) & (batch.cols <= last_col)
        texts = pool.take(pa.array(batch.refs[~near])).to_pylist()
        places = zip(batch.rows[~near].tolist(), batch.cols[~near].tolist(), strict=True)
        strays += (place for place, text in zip(places, texts, strict=True) if text.strip())
        kept.append(_select(batch, near))
    if strays:
        more = f" (+{len(strays) - 1})" if len(strays) > 1 else ""
        info.notes.append(Note("stray-cell", address(*min(strays)) + more, info.name))
    return [batch for batch in kept if len(batch.rows)]


def _before_gap(places: Ints, gap: int) -> int:
    """The last used place before the first great gap with only a few cells behind it."""
    used, counts = np.unique(places, return_counts=True)
    behind = np.cumsum(counts[::-1])[::-1]
    for index in np.flatnonzero(np.diff(used) > gap):
        if behind[index + 1] <= min(_STRAY_CELLS, behind[0] - behind[index + 1]):
            return int(used[index])
    return int(used[-1])


def _columns(batches: Sequence[_Batch], pool: pa.Array, height: int, width: int, info: SheetInfo) -> list[pa.Array]:
    refs = np.zeros((width, height), np.int32)
    for batch in batches:
        refs[batch.cols, batch.rows] = batch.refs
    blank = pa.nulls(height, pa.utf8())
    used = [int(np.count_nonzero(row)) for row in refs]
    if sum(used) != sum(len(batch.rows) for batch in batches):
        _note_twice(batches, refs, pool, info)
    return [pool.take(pa.array(refs[col])) if used[col] else blank for col in range(width)]


def _show(sheet: Sheet, formats: Mapping[tuple[int, int], str]) -> None:
    """Put what a person sees into the cells whose number format adds to what is stored."""
    changed: dict[int, dict[int, str]] = {}
    for (row, col), number_format in formats.items():
        text, kind = sheet.text(row, col), sheet.kind(row, col)
        if kind in {Kind.NUMBER, Kind.TEXT}:
            shown = shown_text(number_format, text, number=kind == Kind.NUMBER)
            if shown != text:
                changed.setdefault(col, {})[row] = shown
                sheet.stored[row, col] = text
                if sheet.kinds is not None:
                    sheet.kinds[row, col] = Kind.TEXT
    for col, texts in changed.items():
        values = sheet.columns[col].to_pylist()
        for row, shown in texts.items():
            values[row] = shown
        sheet.columns[col] = pa.array(values, pa.utf8())


def _note_twice(batches: Iterable[_Batch], refs: Ints, pool: pa.Array, info: SheetInfo) -> None:
    """Note the first cell that was given two values of which only the last can be kept."""
    for batch in batches:
        for index in np.flatnonzero(refs[batch.cols, batch.rows] != batch.refs).tolist():
            row, col = int(batch.rows[index]), int(batch.cols[index])
            if pool[int(batch.refs[index])] != pool[int(refs[col, row])]:
                info.note("cell-twice", address(row, col))
                return


def _kinds(batches: Sequence[_Batch], height: int, width: int) -> Kinds | None:
    if all(batch.kinds is None or (batch.kinds == Kind.TEXT).all() for batch in batches):
        return None
    kinds = np.zeros((height, width), np.uint8)
    for batch in batches:
        kinds[batch.rows, batch.cols] = Kind.TEXT if batch.kinds is None else batch.kinds
    return kinds
