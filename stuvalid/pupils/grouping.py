"""Which whole numbers occur more than once, and where: the one search behind every rule on repeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BUCKET = 1 << 24
"""Above this many keys they are sorted bucket by bucket, so that the copy sorted stays small."""

_FILTER_BITS = 24
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Groups:
    """Positions of keys that occur more than once, group behind group.

    ``positions`` ascend within a group; group ``n`` is ``positions[starts[n]:starts[n + 1]]``.
    """

    positions: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[npt.NDArray[np.intp]]:
        for first, last in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield self.positions[first:last]

    @property
    def sizes(self) -> npt.NDArray[np.intp]:
        return np.diff(self.starts)

    @property
    def group_of(self) -> npt.NDArray[np.intp]:
        """For each entry of ``positions`` the number of its group."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def kept(self, wanted: npt.NDArray[np.bool_]) -> Groups:
        """Only the groups for which ``wanted``, one entry a group, is true."""
        sizes = self.sizes[wanted]
        return Groups(self.positions[wanted[self.group_of]], np.concatenate(([0], np.cumsum(sizes))))


def repeats(keys: npt.NDArray[np.int64], rest: npt.NDArray[np.int64] | None = None) -> Groups:
    """Groups of equal ``keys``, in the order of their first position. 0 is no key and equals nothing.

    ``rest`` is a second half of each key, where 64 bits do not hold it. Ten million keys take about a second and,
    beside the keys, some 100 MB.
    """
    found = _suspects(keys)
    first = keys[found]
    order = np.argsort(first, kind="stable") if rest is None else np.lexsort((rest[found], first))
    found, first = found[order], first[order]
    new = first[1:] != first[:-1]
    if rest is not None:
        second = rest[found]
        new |= second[1:] != second[:-1]
    starts = np.flatnonzero(np.concatenate(([True], new))) if len(found) else np.empty(0, dtype=np.intp)
    sizes = np.diff(np.concatenate((starts, [len(found)])))
    more = sizes > 1
    leading = found[starts[more]]
    return _arranged(found, starts[more], sizes[more], np.argsort(leading, kind="stable"))


def _arranged(
    positions: npt.NDArray[np.intp],
    starts: npt.NDArray[np.intp],
    sizes: npt.NDArray[np.intp],
    order: npt.NDArray[np.intp],
) -> Groups:
    """The groups that begin at ``starts``, one behind the other in ``order``."""
    starts, sizes = starts[order], sizes[order]
    edges = np.concatenate(([0], np.cumsum(sizes)))
    inside = np.arange(edges[-1]) - np.repeat(edges[:-1], sizes)
    return Groups(positions[np.repeat(starts, sizes) + inside], edges)


def _suspects(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Positions whose key occurs more than once, and a few more: whoever groups them sorts those out."""
    marked = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
    buckets = -(-len(keys) // _BUCKET)
    slots = _slots(keys)
    any_repeat = False
    for number in range(buckets):
        part = keys if buckets == 1 else keys[slots % buckets == number]
        ordered = np.sort(part)
        again = ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)]
        marked[_slots(again)] = True
        any_repeat |= len(again) > 0
    if not any_repeat:
        return np.empty(0, dtype=np.intp)
    found = np.flatnonzero(marked[slots])
    return np.asarray(found[keys[found] != 0])


def _slots(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """A place of the filter for each key; equal keys have the same."""
    mixed = keys.view(np.uint64) * _SPREAD
    return np.asarray(mixed >> np.uint64(64 - _FILTER_BITS), dtype=np.uint32)
