"""The shared strings of a workbook as one Arrow array, for the most part without touching the texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.grid import Ints, utf8_array
from stuvalid.excel.slices import cut_texts
from stuvalid.excel.strings import items, plain_texts

_BLOCK = 8 << 20
_PADDING = bytes(16)

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SharedStrings:
    """Text ``i`` of the workbook is ``texts[places[i]]``; the array also holds scraps no place points to."""

    texts: pa.Array
    places: Ints


def identity(texts: pa.Array) -> SharedStrings:
    """Shared strings that are stored one after the other."""
    return SharedStrings(texts, np.arange(len(texts), dtype=np.int32))


def shared_strings(data: bytes) -> SharedStrings:
    """The texts of ``sharedStrings.xml`` (UTF-8) in order."""
    try:
        blocks = [_block(block) for block in _blocks(data)]
    except _UnusualError:
        return identity(utf8_array(plain_texts(items(data))))
    texts: list[pa.Array] = []
    places: list[Ints] = []
    base = 0
    for block in blocks:
        texts.append(block.texts)
        places.append(block.places + np.int32(base))
        base += len(block.texts)
    if len(blocks) == 1:
        return blocks[0]
    return (
        SharedStrings(pa.concat_arrays(texts), np.concatenate(places)) if blocks else identity(utf8_array([]))
    )


class _UnusualError(Exception):
    """The XML is not of the common shape."""


def _blocks(data: bytes) -> Iterator[bytes]:
    """Pieces that begin with an ``<si>`` and end before one."""
    start = data.find(b"<si")
    if start < 0:
        if b":si" in data:
            raise _UnusualError
        return
    while len(data) - start > _BLOCK:
        cut = data.rfind(b"<si>", start + 1, start + _BLOCK)
        if cut < 0:
            break
        yield data[start:cut]
        start = cut
    yield data[start:]


def _block(data: bytes) -> SharedStrings:
    view = np.frombuffer(data + _PADDING, np.uint8)
    tags = np.flatnonzero(view == 60)
    first, second = view[tags + 1], view[tags + 2]
    if (first == 33).any():  # comments and CDATA
        raise _UnusualError
    heads = np.flatnonzero((first == 115) & (second == 105))
    ends = np.flatnonzero((first == 47) & (second == 115) & (view[tags + 3] == 115))  # </sst>
    stop = int(ends[0]) if len(ends) else len(tags)
    tags = np.append(tags, [len(data)] * 3)
    sizes = np.diff(np.append(heads, stop))
    opening = view[tags[heads + 1] + 2]
    is_plain = (sizes == 4) & (view[tags[heads + 1] + 1] == 116) & ((opening == 62) | (opening == 32))
    is_plain &= (view[tags[heads + 2] + 1] == 47) & (view[tags[heads + 2] + 2] == 116)
    starts = np.where(is_plain, tags[heads + 1] + 3, tags[heads])
    stops = np.where(is_plain, tags[heads + 2], tags[heads])
    preserved = _skip_attributes(data, is_plain & (opening == 32), starts, stops)
    bounds = tags[np.append(heads, stop)]

    def rich(index: int) -> bytes:
        found = items(data[int(bounds[index]) : int(bounds[index + 1])])
        return found[0] if found else b""

    try:
        texts, places = cut_texts(data, view, starts, stops, preserved, ~is_plain, rich)
    except pa.ArrowInvalid as error:
        raise _UnusualError from error
    return SharedStrings(texts, places)


def _skip_attributes(
    data: bytes, chosen: npt.NDArray[np.bool_], starts: Places, stops: Places
) -> npt.NDArray[np.bool_]:
    """Move the starts behind ``<t xml:space="preserve">`` and tell which texts are preserved."""
    preserved = np.zeros(len(starts), np.bool_)
    for index in np.flatnonzero(chosen).tolist():
        start, stop = int(starts[index]), int(stops[index])
        end = data.find(b">", start, stop)
        if end < 0:
            raise _UnusualError
        preserved[index] = b"preserve" in data[start:end]
        starts[index] = end + 1
    return preserved
