"""A block of cells cleared: what is filled everywhere else is blank in the same rows of neighbouring columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Mask, View

_LEAST_ROWS, _LEAST_CELLS = 4, 10
_FILLED_ELSEWHERE = 0.8
_OUTSIDE = 0.5


def cleared_blocks(view: View) -> Iterator[Hypothesis]:
    """Rectangles of blanks, each told once; what stood there no longer does, so nothing is mended."""
    runs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key in view.keys:
        blank = _blank(view, key)
        for first, last in _long_runs(blank):
            outside = np.delete(blank, slice(first, last + 1))
            if len(outside) and (~outside).mean() >= (_FILLED_ELSEWHERE if view.field(key).required else _OUTSIDE):
                runs[first, last].append(key)
    for (first, last), keys in sorted(runs.items(), key=lambda one: -len(one[1])):
        if not keys:
            continue  # told with its neighbours
        mine = _with_near(runs, first, last)
        if len(mine) * (last - first + 1) < _LEAST_CELLS or not any(view.field(key).required for key in mine):
            continue
        if len(mine) < 2 and last - first < 2 * _LEAST_ROWS:
            continue
        for key in mine:
            for span, others in runs.items():
                if key in others and abs(span[0] - first) <= 1 and abs(span[1] - last) <= 1:
                    others.remove(key)
        columns = tuple(sorted(mine, key=view.column))
        yield Hypothesis(
            "block_cleared", columns, first, last, len(columns) * (last - first + 1), all_faults=True,
            params={"count": str(len(columns) * (last - first + 1))},
        )  # fmt: skip


def _with_near(runs: dict[tuple[int, int], list[str]], first: int, last: int) -> list[str]:
    """The columns that are blank in these rows, give or take one that is blank for another reason."""
    near = (mine for span, mine in runs.items() if abs(span[0] - first) <= 1 and abs(span[1] - last) <= 1)
    return list(dict.fromkeys(key for mine in near for key in mine))


def _blank(view: View, key: str) -> Mask:
    return np.asarray(~view.table[key].filled[view.rows], dtype=np.bool_)


def _long_runs(blank: Mask) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], blank, [False])).astype(np.int8)))
    for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - first >= _LEAST_ROWS and stop - first < len(blank):
            yield first, stop - 1
