"""What the ``t`` and ``s`` attributes of an OOXML cell make of its stored value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from stuvalid.excel.grid import Ints, Kinds
from stuvalid.excel.model import Kind
from stuvalid.excel.strings import BLANKS, plain_texts
from stuvalid.excel.tags import is_true
from stuvalid.excel.values import iso_text, number_bytes, serial_text


class Stored(IntEnum):
    """The ways OOXML stores a cell."""

    NUMBER = 0
    DATE = 1
    TEXT = 2
    BOOLEAN = 3
    ERROR = 4
    ISO_DATE = 5
    INLINE = 6
    SHARED = 7


_BY_TYPE = {
    "str": Stored.TEXT,
    "b": Stored.BOOLEAN,
    "e": Stored.ERROR,
    "d": Stored.ISO_DATE,
    "inlineStr": Stored.INLINE,
    "s": Stored.SHARED,
}
_KINDS = {Stored.TEXT: Kind.TEXT, Stored.BOOLEAN: Kind.BOOLEAN, Stored.ERROR: Kind.ERROR, Stored.ISO_DATE: Kind.DATE}


@dataclass(frozen=True, slots=True)
class SharedByBook:
    """What the sheets of one workbook share.

    ``date_styles`` tells by style index whether numbers are dates, ``shared_refs`` gives the pool reference of each
    shared text, ``adding_styles`` by style index the number formats that may show more than is stored.
    """

    date_styles: tuple[bool, ...]
    epoch_1904: bool
    shared_refs: Ints
    adding_styles: Mapping[str, str] = field(default_factory=dict)


def stored_as(cell_type: str | None, style: str | None, book: SharedByBook) -> Stored:
    """How a cell with these ``t`` and ``s`` attributes is stored."""
    known = _BY_TYPE.get(cell_type or "n")
    if known is not None:
        return known
    index = int(style) if style and style.isdigit() else 0
    is_date = index < len(book.date_styles) and book.date_styles[index]
    return Stored.DATE if is_date else Stored.NUMBER


def texts_and_kinds(stored: Stored, raw: Sequence[bytes], book: SharedByBook) -> tuple[list[bytes], Kinds | None]:
    """The texts of stored values (all stored the same way, none SHARED or INLINE) and their kinds, None for TEXT."""
    if stored == Stored.NUMBER:
        return [number_bytes(value) for value in raw], np.full(len(raw), Kind.NUMBER, np.uint8)
    if stored == Stored.DATE:
        return _dates(raw, book.epoch_1904)
    texts = plain_texts([value.strip(BLANKS) for value in raw])
    if stored == Stored.TEXT:
        return texts, None
    if stored == Stored.BOOLEAN:
        texts = [b"TRUE" if is_true(text.decode("ascii", "replace")) else b"FALSE" for text in texts]
    elif stored == Stored.ISO_DATE:
        texts = [iso_text(text.decode()).encode() for text in texts]
    return texts, np.full(len(raw), _KINDS[stored], np.uint8)


def _dates(raw: Sequence[bytes], epoch_1904: bool) -> tuple[list[bytes], Kinds]:
    texts: list[bytes] = []
    kinds = np.full(len(raw), Kind.DATE, np.uint8)
    for index, value in enumerate(raw):
        try:
            text = serial_text(float(value), epoch_1904)
        except (ValueError, OverflowError):
            text = None
        if text is None:
            kinds[index] = Kind.NUMBER
            texts.append(number_bytes(value))
        else:
            texts.append(text.encode())
    return texts, kinds
