"""One form's records as columns, each cell traceable to file, sheet and address.

A table may hold the records of several files that filled the same columns of the same form: rules cost
per call, not per row, so ten classes together are judged in little more time than one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stuvalid.codes.identity import Numbers
from stuvalid.excel.model import Kind, Offer, Sheet
from stuvalid.forms import Field, Template
from stuvalid.forms.choices import Choices, choices_of, meaning

if TYPE_CHECKING:
    from stuvalid.forms.matching import HeaderMatch

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_FEW_ROWS = 24
_FEW_PUPILS = 3
_LEAST_BLANKS = 6
_LEAST_BEHIND = 3
_LEAST_SHARE = 0.2
# Few distinct values: worth encoding. All other kinds are judged on their bytes.
ENCODED_KINDS = frozenset({"code", "month", "division", "class_code", "school_code", "postcode", "decimal", "validity"})


@dataclass
class Part:
    """The records of one sheet inside a table: ``rows`` are their 0-based sheet rows, from ``offset`` on."""

    file: int
    sheet: Sheet
    match: HeaderMatch
    rows: npt.NDArray[np.int32]
    offset: int = 0

    def column_of(self, key: str) -> int:
        """0-based sheet column of a field, -1 if the sheet does not have it."""
        return self._columns.get(key, -1)

    def offers_in(self, key: str) -> list[Offer]:
        """The dropdowns in a field's column that reach below the header."""
        return self._offers.get(self.column_of(key), [])

    @cached_property
    def _offers(self) -> dict[int, list[Offer]]:
        first, found = self.match.header_row + 1, dict[int, list[Offer]]()
        known = frozenset(self._columns.values())
        for offer in self.sheet.offers:
            if offer.last_row >= first:
                for column in range(offer.first_column, min(offer.last_column, self.sheet.width - 1) + 1):
                    if column in known:
                        found.setdefault(column, []).append(offer)
        return found

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {matched.field.key: matched.column for matched in self.match.columns}


class Column:
    """One field's values. After judging, ``mended`` holds safe readings and ``unreadable`` what has none.

    ``placeholders`` are cells with 无, / or the like: to every rule they are blank.
    """

    def __init__(self, entry: Field, values: pa.Array, kinds: npt.NDArray[np.uint8] | None) -> None:
        self.field = entry
        self.values = values
        self.kinds = kinds
        self.mended: dict[int, str] = {}
        self.unreadable: Mask | None = None
        self.placeholders: Mask | None = None

    def set_aside(self, rows: Rows) -> None:
        """Take the cells of ``rows``, which hold placeholders, for blank from now on."""
        if self.placeholders is None:
            self.placeholders = np.zeros(len(self), dtype=np.bool_)
        self.placeholders[rows] = True
        self.__dict__.pop("filled", None)
        self.__dict__.pop("readable", None)

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def offsets(self) -> npt.NDArray[np.int32]:
        """Where each value's bytes begin in `data`; one more entry than values."""
        buffer = self.values.buffers()[1]
        start = self.values.offset
        offsets = np.frombuffer(buffer, dtype=np.int32)[start : start + len(self.values) + 1]
        return np.asarray(offsets - offsets[0], dtype=np.int32)

    @cached_property
    def data(self) -> npt.NDArray[np.uint8]:
        """The UTF-8 bytes of all values, one behind the other."""
        buffers = self.values.buffers()
        if buffers[2] is None:
            return np.empty(0, dtype=np.uint8)
        offsets = np.frombuffer(buffers[1], dtype=np.int32)
        start = self.values.offset
        return np.frombuffer(buffers[2], dtype=np.uint8)[offsets[start] : offsets[start + len(self.values)]]

    @cached_property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Bytes of each value."""
        return np.diff(self.offsets)

    @cached_property
    def characters(self) -> npt.NDArray[np.int64]:
        """Characters of each value: its bytes less the continuation bytes of UTF-8."""
        starts = np.concatenate(([0], np.cumsum((self.data & 0xC0) != 0x80)))
        return np.diff(starts[self.offsets])

    @cached_property
    def filled(self) -> Mask:
        """Which records have anything in this cell that is no placeholder."""
        held = np.asarray(self.lengths > 0, dtype=np.bool_)
        return held if self.placeholders is None else held & ~self.placeholders

    @cached_property
    def is_blank(self) -> bool:
        return len(self.data) == 0

    @cached_property
    def _encoding(self) -> tuple[npt.NDArray[np.int32], list[str]]:
        encoded = self.values.dictionary_encode()
        return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()

    @property
    def codes(self) -> npt.NDArray[np.int32]:
        """For each record the position of its value in `distinct`."""
        return self._encoding[0]

    @property
    def distinct(self) -> list[str]:
        return self._encoding[1]

    @cached_property
    def readable(self) -> Mask:
        """Filled and not judged unreadable: what dependent rules may use."""
        return self.filled & ~self.unreadable if self.unreadable is not None else self.filled

    def matrix(self, rows: Rows, width: int) -> npt.NDArray[np.uint8]:
        """The bytes of ``rows``, whose values all have ``width`` bytes, as a (len(rows), width) matrix."""
        if len(rows) == 0:
            return np.empty((0, width), dtype=np.uint8)
        if len(rows) * width == len(self.data):
            return self.data.reshape(len(rows), width)
        return np.asarray(self.data[self.offsets[rows][:, None] + np.arange(width)], dtype=np.uint8)

    def raw(self, row: int) -> str:
        """The cell's text as it stands."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8", "replace")

    def raws(self, rows: Rows) -> list[str]:
        """`raw` of many records."""
        if len(rows) <= _FEW_ROWS:
            return [self.raw(row) for row in rows.tolist()]
        return [value or "" for value in self.values.take(pa.array(rows)).to_pylist()]

    def text(self, row: int) -> str:
        """The cell's text as it is meant: mended where there is one safe reading."""
        return self.mended.get(row) or self.raw(row)

    def texts(self, rows: Rows) -> list[str]:
        """`text` of many records."""
        values = self.raws(rows)
        if self.mended:
            changed = np.flatnonzero(np.isin(rows, np.fromiter(self.mended, np.intp, len(self.mended))))
            for position in changed.tolist():
                values[position] = self.mended[int(rows[position])]
        return values

    def same_as(self, other: Column) -> Mask:
        """Which records hold the same readable text, as it is meant, in both columns."""
        same = np.array(pc.equal(self.values, other.values).to_numpy(zero_copy_only=False), dtype=np.bool_)
        for row in self.mended.keys() | other.mended.keys():
            same[row] = self.text(row) == other.text(row)
        return np.asarray(same & self.readable & other.readable, dtype=np.bool_)

    def having(self, positions: Sequence[int]) -> Mask:
        """Which records hold one of the `distinct` values at ``positions``."""
        if not positions:
            return np.zeros(len(self), dtype=np.bool_)
        chosen = np.zeros(len(self.distinct), dtype=np.bool_)
        chosen[positions] = True
        return np.asarray(chosen[self.codes], dtype=np.bool_)

    def is_any(self, *names: str) -> Mask:
        """Which records hold one of ``names``, read as it is meant; False where blank or unreadable.

        The names are those of our code lists, whatever the form in hand calls them.
        """
        wanted, entry = frozenset(names), self.field
        if entry.kind != "code":
            return self.where(wanted.__contains__)
        return self.where(lambda value: value in wanted or (value != "" and meaning(entry, value) in wanted))

    def where(self, judge: Callable[[str], bool]) -> Mask:
        """Which records hold a value that ``judge`` takes, read as it is meant; False where blank or unreadable.

        It is asked once for each distinct value.
        """
        mask = self.having([number for number, value in enumerate(self.distinct) if judge(value)])
        for row, value in self.mended.items():
            mask[row] = judge(value)
        return mask & self.readable

    def numbers_of(self, digits: slice, length: int) -> npt.NDArray[np.int64]:
        """For values of ``length`` digits the number at ``digits``; -1 where blank or unreadable."""
        table = np.array(
            [int(v[digits]) if len(v) == length and v.isascii() and v.isdigit() else -1 for v in self.distinct] or [-1],
            dtype=np.int64,
        )
        result = table[self.codes] if len(self) else np.empty(0, dtype=np.int64)
        for row, value in self.mended.items():
            if len(value) == length and value.isascii() and value.isdigit():
                result[row] = int(value[digits])
        result[~self.readable] = -1
        return result


@dataclass
class Table:
    """Records of one template. ``today`` is the day the data is judged on."""

    template: Template
    parts: list[Part]
    columns: dict[str, Column]
    today: dt.date = field(default_factory=dt.date.today)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    births: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    _choices: dict[str, list[Choices | None]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return sum(len(part.rows) for part in self.parts)

    def __contains__(self, key: str) -> bool:
        return key in self.columns

    def __getitem__(self, key: str) -> Column:
        return self.columns[key]

    def has(self, *keys: str) -> bool:
        """Whether all these columns are there."""
        return all(key in self.columns for key in keys)

    def is_any(self, key: str, *names: str) -> Mask:
        """`Column.is_any`, or nothing at all when the column is missing."""
        if key not in self.columns:
            return np.zeros(len(self), dtype=np.bool_)
        return self.columns[key].is_any(*names)

    def readable(self, key: str) -> Mask:
        """`Column.readable`, or nothing at all when the column is missing."""
        return self.columns[key].readable if key in self.columns else np.zeros(len(self), dtype=np.bool_)

    def choices(self, key: str) -> list[Choices | None]:
        """For each part what may be chosen in this column by the workbook itself, None where it does not say."""
        if key not in self._choices:
            column = self.columns[key]
            self._choices[key] = [
                choices_of(column.field, offers, part.rows, self._written(column, part))
                if (offers := part.offers_in(key))
                else None
                for part in self.parts
            ]
        return self._choices[key]

    def offered(self, key: str) -> Mask:
        """Records whose value the workbook's own dropdown offers: right there, whatever we think of it."""
        found = np.zeros(len(self), dtype=np.bool_)
        for part, choices in zip(self.parts, self.choices(key), strict=True):
            if choices is not None:
                rows = slice(part.offset, part.offset + len(part.rows))
                values = self.columns[key].values.slice(part.offset, len(part.rows))
                found[rows] = pc.is_in(values, value_set=choices.array).to_numpy(zero_copy_only=False)
        return found

    def _written(self, column: Column, part: Part) -> list[str]:
        texts: list[str] = pc.unique(column.values.slice(part.offset, len(part.rows))).to_pylist()
        return texts

    @cached_property
    def lacks_second_member(self) -> Mask:
        """Records in which nothing is written for the second member; 否 chosen from a list is no member."""
        members = (column for column in self.columns.values() if column.field.member == 2)
        filled = [column.filled for column in members if column.field.kind != "code"]
        if not filled or "member2.name" not in self:
            return np.zeros(len(self), dtype=np.bool_)
        return np.asarray(~np.logical_or.reduce(filled), dtype=np.bool_)

    @cached_property
    def part_of(self) -> npt.NDArray[np.int32]:
        """For each record the number of its part."""
        return np.repeat(np.arange(len(self.parts), dtype=np.int32), [len(part.rows) for part in self.parts])

    @cached_property
    def sheet_rows(self) -> npt.NDArray[np.int32]:
        """For each record its 0-based row on its sheet."""
        if not self.parts:
            return np.empty(0, dtype=np.int32)
        return np.concatenate([part.rows for part in self.parts])

    @cached_property
    def half_filled(self) -> Mask:
        """Records that lack so much that one person stopped in the middle; to be asked once the columns are judged.

        The second member's fields do not count: who has none is not half-filled. Nor does a column on sheets where
        nearly nobody has it: that is the column's matter, not the pupil's.
        """
        blanks, asked = np.zeros(len(self), dtype=np.int32), 0
        # What is blank to the very end of a row was not reached, though it be less.
        behind = np.zeros(len(self), dtype=np.int32)
        for column in self.columns.values():
            blank = column.lengths == 0
            if column.field.required and column.field.member != 2:
                asked += 1
                # A placeholder is told where it stands, as what it is.
                if blank.any():
                    missed = blank & ~self._left_out(column)
                    blanks += missed
                    behind += missed
            behind[~blank] = 0
        half = (blanks >= _LEAST_BLANKS) & (blanks >= _LEAST_SHARE * asked)
        return np.asarray(half | (behind >= _LEAST_BEHIND), dtype=np.bool_)

    def _left_out(self, column: Column) -> Mask:
        """Records of sheets on which less than half have anything in this column."""
        out = np.zeros(len(self), dtype=np.bool_)
        for part in self.parts:
            rows = slice(part.offset, part.offset + len(part.rows))
            if len(part.rows) > _FEW_PUPILS and 2 * np.count_nonzero(column.filled[rows]) < len(part.rows):
                out[rows] = True
        return out

    def runs(self, key: str, part: Part) -> Iterator[tuple[int, int, str]]:
        """Neighbouring records of ``part`` with the same text in ``key``: first and last sheet row, and the text."""
        if key not in self.columns or not len(part.rows):
            return
        column = self.columns[key]
        codes = column.codes[part.offset : part.offset + len(part.rows)]
        starts = np.concatenate(([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1))
        ends = np.concatenate((starts[1:] - 1, [len(codes) - 1]))
        for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
            yield int(part.rows[first]), int(part.rows[last]), column.distinct[int(codes[first])]


def join(template: Template, parts: Sequence[Part], today: dt.date) -> Table:
    """One table of the parts, which must have the same fields."""
    offset = 0
    for part in parts:
        part.offset = offset
        offset += len(part.rows)
    columns = {}
    for matched in parts[0].match.columns:
        key = matched.field.key
        pieces = [_piece(part, part.column_of(key)) for part in parts]
        values = pa.concat_arrays(pieces) if len(pieces) > 1 else pieces[0]
        columns[key] = Column(matched.field, _without_nulls(values), _kinds(parts, key))
    return Table(template, list(parts), columns, today)


def _piece(part: Part, column: int) -> pa.Array:
    values = part.sheet.columns[column]
    rows = part.rows
    if len(rows) and int(rows[-1]) - int(rows[0]) + 1 == len(rows):
        return values.slice(int(rows[0]), len(rows)).cast(pa.string())
    return values.take(pa.array(rows)).cast(pa.string())


def _without_nulls(values: pa.Array) -> pa.Array:
    """Blank cells as empty text: byte-wise judging needs no bitmap beside the offsets.

    A null's bytes are empty already in what the readers make; only a slice's stray bytes need rewriting.
    """
    return pc.fill_null(values, "") if values.null_count else values


def _kinds(parts: Sequence[Part], key: str) -> npt.NDArray[np.uint8] | None:
    """How each cell of a column is stored, or None if all are text."""
    if all(part.sheet.kinds is None for part in parts):
        return None
    pieces = []
    for part in parts:
        if part.sheet.kinds is None:
            pieces.append(np.full(len(part.rows), Kind.TEXT, dtype=np.uint8))
        else:
            pieces.append(part.sheet.kinds[part.rows, part.column_of(key)])
    kinds = np.concatenate(pieces)
    return kinds if (kinds > Kind.TEXT).any() else None
