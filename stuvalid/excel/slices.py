"""Cutting many pieces out of one buffer of XML at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.grid import Ints, utf8_array
from stuvalid.excel.strings import BLANKS, are_damaged, plain_texts

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

LONGEST_FINGERPRINT = 24
"""Bytes of a piece that `fingerprints` can tell apart."""

_WORD = 8
_PRIMES = tuple(np.uint64(prime) for prime in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


def cut_texts(
    data: bytes,
    view: Bytes,
    starts: Places,
    stops: Places,
    preserved: Flags,
    is_rich: Flags,
    rich: Callable[[int], bytes],
) -> tuple[pa.Array, Ints, bool]:
    """Texts of XML elements in document order: text ``i`` is ``texts[places[i]]``; other elements are scraps.

    The last result tells whether a text holds what XML cannot (`are_damaged`).

    ``view`` is ``data`` as numbers, and some padding. Texts that are ``preserved`` keep the blanks at their
    edges. Where ``is_rich``, start and stop are the same and ``rich(i)`` gives the still escaped text. Raises
    ArrowInvalid when ``data`` is no UTF-8.
    """
    # One array over the XML itself: text, markup, text, markup...; every second element is a text.
    offsets = np.stack([starts, stops], axis=1).astype(np.int32).ravel()
    count = max(len(offsets) - 1, 0)
    places = np.arange(0, count + 1, 2, dtype=np.int32)[: len(starts)]
    texts = pa.Array.from_buffers(pa.utf8(), count, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    texts.validate(full=True)
    blank_edges = _needs_trimming(view, starts, stops, preserved)
    odd = np.flatnonzero(is_rich | blank_edges | _holds_marks(data, view, starts, stops))
    if not len(odd):
        return texts, places, False
    raw = [data[start:stop] for start, stop in zip(starts[odd].tolist(), stops[odd].tolist(), strict=True)]
    for number in np.flatnonzero(blank_edges[odd]).tolist():
        raw[number] = raw[number].strip(BLANKS)
    for number in np.flatnonzero(is_rich[odd]).tolist():
        raw[number] = rich(int(odd[number]))
    places[odd] = np.arange(count, count + len(odd), dtype=np.int32)
    return pa.concat_arrays([texts, utf8_array(plain_texts(raw))]), places, are_damaged(raw)


def _needs_trimming(view: Bytes, starts: Places, stops: Places, preserved: Flags) -> Flags:
    blank = (view[starts] <= 32) | (view[np.maximum(stops - 1, 0)] <= 32)
    return blank & (stops > starts) & ~preserved


def _holds_marks(data: bytes, view: Bytes, starts: Places, stops: Places) -> Flags:
    """Texts with an entity, a carriage return or what may be an ``_x000D_`` escape."""
    found = np.zeros(len(starts), np.bool_)
    for mark in (b"&", b"\r", b"_x"):
        if not len(starts) or mark[:1] not in data:  # one byte is found ten times as fast as two
            continue
        places = np.flatnonzero(view == mark[0])
        if len(mark) > 1:
            places = places[view[places + 1] == mark[1]]
        owner = np.searchsorted(starts, places, "right") - 1
        inside = (owner >= 0) & (places < stops[np.maximum(owner, 0)])
        found[owner[inside]] = True
    return found


def fingerprints(view: Bytes, starts: Places, stops: Places) -> npt.NDArray[np.uint64]:
    """A number for each piece of at most `LONGEST_FINGERPRINT` bytes, the same for equal pieces.

    ``view`` must go on for as many bytes behind the last start.
    """
    words = np.ndarray((len(view) - _WORD + 1,), "<u8", view, strides=(1,))
    lengths = stops - starts
    result = lengths.astype(np.uint64)
    longest = int(lengths.max(initial=0))
    for number, prime in enumerate(_PRIMES[: -(-longest // _WORD)]):
        bits = np.clip((lengths - _WORD * number) * 8, 0, 64)
        mask = _MASKS[bits]
        result = (result ^ (words[starts + _WORD * number] & mask)) * prime
        result ^= result >> np.uint64(29)
    return result


_MASKS = np.array([(1 << bits) - 1 for bits in range(65)], np.uint64)
