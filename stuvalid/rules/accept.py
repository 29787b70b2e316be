"""Accepting at a glance: which cells of a column need no explaining.

One predicate per field kind over the raw bytes of the whole column. What it lets through must be right
in the eyes of every cell rule (a property test holds them together); what it stops is only *suspect*
and is then judged value by value.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stuvalid import codes
from stuvalid.codes import nonames
from stuvalid.codes.identity import OLDEST_BIRTH_YEAR, Numbers, digits_of, is_calendar, read_numbers
from stuvalid.codes.placeholders import plain_spellings
from stuvalid.excel.model import Kind
from stuvalid.forms import Field
from stuvalid.forms.table import ENCODED_KINDS, Column, Rows

# Lead bytes of everything but U+4000 to U+9FFF: of what lies outside, some is always worth a look.
_FOREIGN_LEADS = ((0xC0, 0xE3), (0xEA, 0xFF))
# Control characters, quotes, and what begins an error value or an escaped character (_x000D_).
_ASCII_SUSPECT = ((0, 0x20), (0x23, 0x23), (0x27, 0x27), (0x5F, 0x60), (0x7F, 0x7F))
_LONGEST_NAME = 12
_HAN_BYTES = 3
_SHORTEST_NUMBER = 7
# Stands for what is withheld: 王某, 某某村.
_STAND_IN = "某"
# A place of at least six characters, a house number, and no number as long as a postcode: nothing for an address rule.
_PLAIN_ADDRESS = (
    rf"^[^\x00-\x7f{_STAND_IN}]{{6,}}[^0-9Xx*?{_STAND_IN}]*[0-9]{{1,4}}(?:号|栋|幢|室|组|单元|弄)"
    rf"(?:[0-9]{{0,5}}[^0-9Xx*?{_STAND_IN}]+)*[0-9]{{0,5}}$"
)


def _flags(*ranges: tuple[int, int]) -> npt.NDArray[np.bool_]:
    flags = np.zeros(256, dtype=np.bool_)
    for low, high in ranges:
        flags[low : high + 1] = True
    return flags


_TEXT_SUSPECT = _flags(*_ASCII_SUSPECT, *_FOREIGN_LEADS)
_NAME_SUSPECT = _flags((0, 0x7F), *_FOREIGN_LEADS)
# A value without any of these says nothing.
_MEANING = _flags((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), (0xE4, 0xE9))


def suspects(column: Column, today: dt.date, accepted: dict[str, Numbers]) -> tuple[Rows, Rows]:
    """Positions of the filled cells that are not accepted at a glance, and of those only stored as numbers.

    Numbers read on the way are kept in ``accepted`` under the field's key, so that no column is read twice.
    """
    nothing = np.empty(0, dtype=np.intp)
    if column.is_blank:
        return nothing, nothing
    suspect = _suspect(column, today, accepted)
    if column.kinds is None:
        return np.flatnonzero(suspect), nothing
    # An identity number stored as a number is damaged even where its digits look right.
    harmless = Kind.NUMBER if column.field.kind != "id_number" else Kind.TEXT
    numbers = column.filled & ~suspect & (column.kinds == Kind.NUMBER) & (column.kinds == harmless)
    others = column.filled & (column.kinds > Kind.TEXT) & ~numbers
    return np.flatnonzero(suspect | others), np.flatnonzero(numbers)


def _suspect(column: Column, today: dt.date, accepted: dict[str, Numbers]) -> npt.NDArray[np.bool_]:
    kind = column.field.kind
    suspect: npt.NDArray[np.bool_]
    if kind in ENCODED_KINDS:
        suspect = _encoded(column, today)
    elif kind == "id_number":
        suspect = _id_numbers(column, today, accepted)
    elif kind == "date":
        suspect = column.filled & ~_good_dates(column, today)
    elif kind == "phone":
        suspect = column.filled & ~_good_mobiles(column)
    elif kind == "name":
        suspect = column.filled & (
            _holding(column, _NAME_SUSPECT)
            | (column.lengths < 6)
            | (column.lengths > _LONGEST_NAME)
            | _rare(column)
            | _garbled(column)
            | _placeholding(column)
            | _saying_who(column)
        )
    elif kind == "address":
        suspect = column.filled & (
            _holding(column, _TEXT_SUSPECT) | _garbled(column) | ~_matching(column, _PLAIN_ADDRESS)
        )
    elif kind == "email":
        suspect = column.filled
    else:
        suspect = column.filled & (
            _holding(column, _TEXT_SUSPECT)
            | ~_holding(column, _MEANING)
            | _garbled(column)
            | _placeholding(column)
            | _numbers(column)
        )
        if column.field.pattern:
            right = re.compile(column.field.pattern).fullmatch
            suspect |= column.having([at for at, text in enumerate(column.distinct) if text and not right(text)])
    return suspect


def _holding(column: Column, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which values hold a flagged byte."""
    found = np.zeros(len(column), dtype=np.bool_)
    positions = np.flatnonzero(flags[column.data])
    if len(positions):
        found[np.searchsorted(column.offsets, positions, side="right") - 1] = True
    return found


def _matching(column: Column, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(column.values, pattern).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _rare(column: Column) -> npt.NDArray[np.bool_]:
    """Names with a character that needs a look: a traditional form beside a standard one, 某 for a name withheld."""
    text = column.data.tobytes().decode("utf-8", "replace")
    return _having(column, text, [ord(char) for char in set(text) if not _is_plain(char)])


def _garbled(column: Column) -> npt.NDArray[np.bool_]:
    """Values in which UTF-8 may have been read as GBK: they begin as such text does, or hold what is left of lost text."""
    data = column.data
    table, marks = _garbled_beginnings()
    starts = column.offsets[:-1][column.lengths >= _HAN_BYTES].astype(np.int64)
    first = data[starts].astype(np.uint16)
    points = ((first & 0x0F) << 12) | ((data[starts + 1] & 0x3F).astype(np.uint16) << 6) | (data[starts + 2] & 0x3F)
    found = np.zeros(len(column), dtype=np.bool_)
    found[column.lengths >= _HAN_BYTES] = table[points] & (first >= 0xE0)
    raw = data.tobytes()
    for mark in marks:
        if mark in raw:
            found |= _matching(column, mark.decode())
    return found


@cache
def _garbled_beginnings() -> tuple[npt.NDArray[np.bool_], tuple[bytes, ...]]:
    """Which code points begin garbled text, and what lost text leaves in UTF-8."""
    from stuvalid.codes import characters

    table = np.zeros(1 << 16, dtype=np.bool_)
    table[sorted(characters.garbled_beginnings())] = True
    return table, tuple(mark.encode() for mark in characters.LOST_TEXT)


def _having(column: Column, text: str, points: list[int]) -> npt.NDArray[np.bool_]:
    """Which values hold one of these code points; ``text`` is the whole column's."""
    found = np.zeros(len(column), dtype=np.bool_)
    if points:
        held = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        ends = np.cumsum(column.characters)
        found[np.searchsorted(ends, np.flatnonzero(np.isin(held, points)), side="right")] = True
    return found


def _placeholding(column: Column) -> npt.NDArray[np.bool_]:
    """Values that only stand for a missing one."""
    return np.asarray(pc.is_in(column.values, value_set=_placeholders()).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _numbers(column: Column) -> npt.NDArray[np.bool_]:
    """Texts as long as a phone that begin with a digit."""
    long = column.lengths >= _SHORTEST_NUMBER
    first = column.data[column.offsets[:-1][long].astype(np.int64)]
    found = np.zeros(len(column), dtype=np.bool_)
    found[long] = (first >= 0x30) & (first <= 0x39)
    return found


def _saying_who(column: Column) -> npt.NDArray[np.bool_]:
    """Names that may be none: 爸爸, 王女士, 一班王小明."""
    alone, behind = (_words(where) for where in ("whole", "end"))
    found = pc.or_(
        pc.is_in(column.values, value_set=alone), pc.is_in(pc.utf8_slice_codeunits(column.values, -2), value_set=behind)
    )
    flags: npt.NDArray[np.bool_] = found.to_numpy(zero_copy_only=False).astype(np.bool_)
    mark = nonames.CLASS_MARK
    return flags | _matching(column, mark) if mark.encode() in column.data.tobytes() else flags


@cache
def _words(where: str) -> pa.Array:
    return pa.array(sorted(nonames.words(where)), pa.string())


@cache
def _placeholders() -> pa.Array:
    return pa.array(sorted(set(plain_spellings())), pa.string())


@cache
def _is_plain(char: str) -> bool:
    from stuvalid.codes import characters

    return (
        char != _STAND_IN
        and re.match(f"[{characters.HAN}]", char) is not None
        and characters.simplified(char) is None
        and characters.compatible(char) is None
    )


@cache
def accepted_codes(entry: Field) -> frozenset[str]:
    """The spellings of a code field that are right as they stand."""
    return codes.load(entry.codes).accepted(entry.audience)


def _encoded(column: Column, today: dt.date) -> npt.NDArray[np.bool_]:
    good = _right_spellings(column.field, column.distinct, today)
    if all(good):
        return np.zeros(len(column), dtype=np.bool_)
    return np.logical_not(np.array(good, dtype=np.bool_))[column.codes] & column.filled


def _right_spellings(entry: Field, values: list[str], today: dt.date) -> list[bool]:
    if entry.kind == "code":
        allowed = accepted_codes(entry)
        return [value in allowed or not value for value in values]
    from stuvalid.rules.spellings import is_right

    return [not value or is_right(entry.kind, value, today.year) for value in values]


def _good_dates(column: Column, today: dt.date) -> npt.NDArray[np.bool_]:
    rows = np.flatnonzero(column.lengths == 8)
    good, value = digits_of(column.matrix(rows, 8))
    good &= is_calendar(value) & (value <= int(today.strftime("%Y%m%d"))) & (value >= OLDEST_BIRTH_YEAR * 10000)
    result = np.zeros(len(column), dtype=np.bool_)
    result[rows] = good
    return result


def _good_mobiles(column: Column) -> npt.NDArray[np.bool_]:
    rows = np.flatnonzero(column.lengths == 11)
    matrix = column.matrix(rows, 11)
    good, _ = digits_of(matrix)
    good &= (matrix[:, 0] == ord("1")) & (matrix[:, 1] >= ord("3"))
    good &= (matrix[:, 2:] != matrix[:, 2:3]).any(axis=1) & (matrix[:, 3:] != ord("0")).any(axis=1)
    result = np.zeros(len(column), dtype=np.bool_)
    result[rows] = good
    return result


def _id_numbers(column: Column, today: dt.date, accepted: dict[str, Numbers]) -> npt.NDArray[np.bool_]:
    rows = np.flatnonzero(column.lengths == 18)
    numbers = read_numbers(len(column), rows, column.matrix(rows, 18), int(today.strftime("%Y%m%d")))
    accepted[column.field.key] = numbers
    # No division begins with 99: such a number is right by its digits only.
    return column.filled & (~numbers.resident | (numbers.region >= 990000))
