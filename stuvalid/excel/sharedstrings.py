"""The shared strings of a workbook as one Arrow array, for the most part without touching the texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.grid import Ints, utf8_array, with_no_text
from stuvalid.excel.slices import cut_texts
from stuvalid.excel.strings import are_damaged, items, plain_texts
from stuvalid.excel.tags import as_utf8, is_utf8

_BLOCK = 4 << 20
_PADDING = bytes(16)
_EDGE = 1024
_END = re.compile(rb"</(?:[\w.-]+:)?sst\s*>|<(?:[\w.-]+:)?sst\b[^>]*/>")
_ANNOUNCED = re.compile(rb"""<(?:[\w.-]+:)?sst\b[^>]*\suniqueCount\s*=\s*["']([0-9]{1,9})["']""")

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SharedStrings:
    """Text ``i`` of the workbook is ``texts[refs[i]]``; ``texts[0]`` is null, the free reference of a `Pool`.

    The array also holds scraps that no reference points to. ``fault`` is ``cut-short`` when the end is missing,
    ``strings-missing`` when there are fewer texts than announced, ``strings-damaged`` when some hold what XML cannot.
    """

    texts: pa.Array
    refs: Ints
    fault: str = ""


def identity(texts: pa.Array) -> SharedStrings:
    """Shared strings that are stored one after the other."""
    return SharedStrings(with_no_text(texts), np.arange(1, len(texts) + 1, dtype=np.int32))


def shared_strings(read: Callable[[], Iterable[bytes]]) -> SharedStrings:
    """The texts of ``sharedStrings.xml`` in order; ``read`` gives the part in pieces, if need be twice."""
    edges = _Edges()
    texts: list[pa.Array] = [pa.nulls(1, pa.utf8())]
    refs: list[Ints] = [np.zeros(0, np.int32)]
    base = 1
    damaged = False
    try:
        for block in _blocks(edges.watch(read())):
            found, places, odd = _block(block)
            damaged |= odd
            texts.append(found)
            refs.append(places + np.int32(base))
            base += len(found)
    except _UnusualError:
        stored = items(as_utf8(b"".join(edges.watch(read()))))
        damaged = are_damaged(stored)
        found = identity(utf8_array(plain_texts(stored)))
    else:
        found = SharedStrings(pa.concat_arrays(texts), np.concatenate(refs))
    return replace(found, fault=edges.fault(len(found.refs)) or ("strings-damaged" if damaged else ""))


class _Edges:
    """The beginning and the end of the part, which tell whether all of it is there."""

    def __init__(self) -> None:
        self._head = self._tail = b""

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        self._head = self._tail = b""
        for piece in pieces:
            if len(self._head) < _EDGE:
                self._head += piece[:_EDGE]
            self._tail = (self._tail + piece[-_EDGE:])[-_EDGE:]
            yield piece

    def fault(self, count: int) -> str:
        if not self._tail:
            return ""
        head, tail = self._head.replace(b"\0", b""), self._tail.replace(b"\0", b"")
        if not _END.search(tail):
            return "cut-short"
        announced = _ANNOUNCED.search(head)
        return "strings-missing" if announced and int(announced.group(1)) > count else ""


class _UnusualError(Exception):
    """The XML is not of the common shape."""


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The part cut anew so that each block begins with an ``<si>`` and ends before one."""
    rest = b""
    started = False
    for piece in pieces:
        data = rest + piece
        if not started:
            start = data.find(b"<si")
            if start < 0:
                rest = data
                continue
            if not is_utf8(data[:start]):
                raise _UnusualError
            data, started = data[start:], True
        cut = data.rfind(b"<si>") if len(data) >= _BLOCK else 0
        if cut > 0:
            yield data[:cut]
        rest = data[max(cut, 0) :]
    if not started and rest and (b":si" in rest or not is_utf8(rest)):
        raise _UnusualError
    if started:
        yield rest


def _block(data: bytes) -> tuple[pa.Array, Ints, bool]:
    """The texts of a block, where among them each stands, and whether one is damaged."""
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
        return cut_texts(data, view, starts, stops, preserved, ~is_plain, rich)
    except pa.ArrowInvalid as error:
        raise _UnusualError from error


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
