"""What stands out from the background: the head, what else there is beside it, and how the head was cut out.

Only pixels connected with the face are head. Works on the working copy of `background`; rows that come out are
pixels of the picture given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stuvalid.photos.background import FOREGROUND, Background, Mask, distances, first_lasting_row
from stuvalid.photos.colours import quick_lab
from stuvalid.photos.face import Floats
from stuvalid.photos.geometry import CHIN, FOREHEAD, LEFT_SIDE, RIGHT_SIDE

Indices = npt.NDArray[np.intp]

_CROWN = 0.62  # of the face's breadth, to either side: where the top of the hair is looked for
_SPECK = 6  # pixels of the copy: less is dust
_SHOULDERS = 0.2  # of the face's height above the chin: what does not reach higher are shoulders
_MOST_RUNS = 6000  # a picture with more is noise
_FAINT = 7.0  # distance from the background at which writing laid thinly over it shows
_MOST_PARTS = 60
_LETTER = 900  # pixels of its box
_SOLID = 0.55  # share of its box that a thing fills; letters fill less
_ABOUT = 6  # pixels of the copy around the head that belong to its outline
_RIM_BRIGHTER, _RIM_DEEP = 15.0, 6
_OVAL = (
    338,
    297,
    332,
    284,
    251,
    389,
    356,
    454,
    323,
    361,
    288,
    397,
    172,
    58,
    132,
    93,
    234,
    127,
    162,
    21,
    54,
    103,
    67,
    109,
)
_INWARD = 0.06


@dataclass(frozen=True, slots=True)
class Outline:
    """``hair``: row at which the hair, or the bare head, begins; None if not seen.

    ``beside``: share of the picture above the shoulders, in ten-thousandths, that things unconnected with the head
    take; ``writing``: whether they are strokes rather than things. ``at_edge``: share of the rows between brow and
    chin in which what is connected with the head goes on to the picture's left or right edge, 1 where something
    beside the crown does so to the upper edge. ``rim``: share of the
    rows in which the head has a rim lighter than itself and the background. ``bitten``: share of the face's own
    outline where the background shows.
    """

    hair: float | None
    beside: float = 0.0
    writing: bool = False
    at_edge: float = 0.0
    rim: float = 0.0
    bitten: float = 0.0


@dataclass(slots=True)
class _Runs:
    """Stretches of set pixels, row by row, each with the number of the connected part it belongs to."""

    rows: Indices
    starts: Indices
    ends: Indices
    parts: Indices


def read_outline(background: Background, mesh: Floats) -> Outline:
    """Look at everything above the chin of the face whose landmarks are ``mesh``, in pixels of the copy."""
    height, width = background.pixels.shape
    chin, forehead = float(mesh[CHIN, 1]), float(mesh[FOREHEAD, 1])
    left, right = sorted((float(mesh[RIGHT_SIDE, 0]), float(mesh[LEFT_SIDE, 0])))
    middle, breadth = (left + right) / 2, right - left
    last = min(height, math.ceil(chin))
    if last < 8 or breadth < 8 or forehead >= last:
        return Outline(None)
    off = distances(background, slice(0, last), slice(0, width))
    runs = _connected(off > FOREGROUND)
    if runs is None:
        return Outline(None)
    of_face = (runs.rows > forehead) & (runs.ends > middle - 0.3 * breadth) & (runs.starts < middle + 0.3 * breadth)
    of_head = np.isin(runs.parts, np.unique(runs.parts[of_face]))
    head = _filled(runs, of_head, (last, width))
    others, strokes = _others(runs, ~of_head, chin - _SHOULDERS * (chin - forehead))
    faint = _faint_strokes(off, head)
    crown = slice(max(0, int(middle - _CROWN * breadth)), math.ceil(middle + _CROWN * breadth))
    counts = head[:, crown].sum(axis=1, dtype=np.intp)
    brow = slice(max(0, int(forehead)), last)
    aside = np.count_nonzero(head[0, : crown.start]) + np.count_nonzero(head[0, crown.stop :])
    return Outline(
        hair=first_lasting_row(counts, 0.05 * breadth, background.scale),
        beside=1e4 * max(others, faint) / (last * width),
        writing=strokes or faint > others,
        at_edge=1.0 if aside > 2 else float(max(head[brow, 0].mean(), head[brow, -1].mean())),
        rim=_rim(background, head[brow], brow),
        bitten=_bitten(off, mesh),
    )


def _connected(mask: Mask) -> _Runs | None:
    """The connected parts of ``mask``, corners included; None if it is too ragged to be anything."""
    height, width = mask.shape
    edges = np.zeros((height, width + 2), dtype=np.int8)
    edges[:, 1:-1] = mask
    steps = np.diff(edges, axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    if len(rows) > _MOST_RUNS:
        return None
    parent = list(range(len(rows)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first = np.searchsorted(rows, np.arange(height + 1)).tolist()
    begin, end = starts.tolist(), ends.tolist()
    for row in range(1, height):
        above, here = first[row - 1], first[row]
        last_above, last_here = first[row], first[row + 1]
        while above < last_above and here < last_here:
            if begin[above] <= end[here] and begin[here] <= end[above]:
                one, other = root(above), root(here)
                parent[max(one, other)] = min(one, other)
            if end[above] < end[here]:
                above += 1
            else:
                here += 1
    return _Runs(rows, starts, ends, np.array([root(number) for number in range(len(rows))], dtype=np.intp))


def _filled(runs: _Runs, chosen: Mask, size: tuple[int, int]) -> Mask:
    """The pixels of the ``chosen`` stretches."""
    filled = np.zeros(size, dtype=np.bool_)
    stretches = (runs.rows[chosen].tolist(), runs.starts[chosen].tolist(), runs.ends[chosen].tolist())
    for row, start, end in zip(*stretches, strict=True):
        filled[row, start:end] = True
    return filled


def _others(runs: _Runs, others: Mask, shoulders: float) -> tuple[int, bool]:
    """Pixels of what is neither head nor shoulders, and whether most of it is strokes."""
    rows, starts, ends = runs.rows[others], runs.starts[others], runs.ends[others]
    areas = (
        np.bincount(runs.parts[others], weights=ends - starts).astype(np.intp) if len(rows) else np.zeros(0, np.intp)
    )
    pixels = strokes = 0
    for part in np.argsort(-areas, kind="stable")[:_MOST_PARTS].tolist():
        area = int(areas[part])
        if area < _SPECK:
            break
        mine = runs.parts[others] == part
        top, bottom = int(rows[mine][0]), int(rows[mine][-1]) + 1
        if top > shoulders:
            continue
        pixels += area
        box = (bottom - top) * int(ends[mine].max() - starts[mine].min())
        strokes += area if box < _LETTER and area < _SOLID * box else 0
    return pixels, strokes > pixels / 2


def _faint_strokes(off: Floats, head: Mask) -> int:
    """Pixels well away from the head at which the distance from the background changes as it does at a letter."""
    width = head.shape[1]
    some = head.any(axis=1)
    left = np.where(some, head.argmax(axis=1), width)
    right = np.where(some, width - 1 - head[:, ::-1].argmax(axis=1), -1)
    reach = 2 * _ABOUT + 1
    near = np.lib.stride_tricks.sliding_window_view
    left = near(np.pad(left, _ABOUT, mode="edge"), reach).min(axis=1) - _ABOUT
    right = near(np.pad(right, _ABOUT, mode="edge"), reach).max(axis=1) + _ABOUT
    columns = np.arange(1, width - 1)
    outside = (columns < left[:, None]) | (columns > right[:, None])
    return int(np.count_nonzero((np.abs(off[:, 2:] - off[:, :-2]) > _FAINT) & outside))


def _rim(background: Background, head: Mask, rows: slice) -> float:
    """Share of the rows whose outermost head pixels are lighter than the head and the background."""
    lightness = quick_lab(background.pixels[rows])[0]
    ground = background.colour[0]
    found = total = 0
    for side in (1, -1):
        seen, levels = head[:, ::side], lightness[:, ::side]
        first = seen.argmax(axis=1)
        kept = seen.any(axis=1) & (first > 2) & (first < head.shape[1] - _RIM_DEEP - 1)
        number = np.flatnonzero(kept)
        place = first[number]
        outer = np.max([levels[number, place + step] for step in range(3)], axis=0)
        inner = levels[number, place + _RIM_DEEP]
        found += int(np.count_nonzero((outer > ground + _RIM_BRIGHTER) & (outer > inner + _RIM_BRIGHTER)))
        total += len(number)
    return found / total if total else 0.0


def _bitten(off: Floats, mesh: Floats) -> float:
    points = mesh[list(_OVAL), :2]
    points = points + (mesh[:, :2].mean(axis=0) - points) * np.float32(_INWARD)
    columns, rows = points.astype(np.intp).T
    inside = (rows >= 0) & (rows < off.shape[0]) & (columns >= 0) & (columns < off.shape[1])
    shown = off[rows[inside], columns[inside]] < FOREGROUND / 2
    return float(shown.mean()) if shown.size else 0.0
