"""What was done to a picture as a picture, whoever is on it: compression, mosaic, lines, grain, frames, missing parts.

All measures look at differences of neighbouring pixels. Pictures much larger than any specification are looked at
reduced: what does not show then will not show on a card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Values: TypeAlias = npt.NDArray[np.int16]
Profile: TypeAlias = npt.NDArray[np.float32]

_ENOUGH_ROWS = 1000
_BLOCK = 8
# Sides of a mosaic's squares, and how much of all steps must lie at their edges, over what lies anywhere. 8 is the
# block of compression, and 4 and 6 share columns with it; 2 hardly shows.
_MOSAIC = {3: 1.2, 4: 1.42, 5: 1.2, 6: 1.42, 7: 1.2, 9: 1.2}
_MARGIN = 12  # of the picture that a frame may take: its lines are no squares
_MOST_COLUMNS = 0.93  # the largest squares have their edges in a ninth of the columns
_MOST_STEP = 24  # larger steps are the picture's own edges
_GRAIN_STEP = 5
_LINE_STEP = 14
_STRAIGHT = 0.85  # of the breadth: compliant pictures have 0.77 at a neckline
_UNLIKE = 30
_SAME = 8
_EVERY = 3
_THIN = 0.15  # of a side: what lies outside a line so near an edge is a frame
_BEHIND = 16  # pixels inward, where no frame is expected any more
_STAMPS_FROM = 0.72
_LEAST_INK = 80
_FIGURES = 3.5  # strokes crossed in a row of pixels: clothes in such colours have up to 1.8
_RING, _RING_CROSSED = 0.055, 0.7
_FLAT_STEP = 3
_BLACK = 6
_LEAST_FLAT = 0.08


@dataclass(frozen=True, slots=True)
class Surface:
    """``blocks``: step at the edges of 8×8 blocks above the steps beside them, in levels of 255.

    ``mosaic``: side of its squares in pixels, 0 without. ``comb``: how much more alternate rows differ than
    columns do (1 when alike). ``grain``: share of the background in the upper corners that differs from its
    neighbours, ``specks``: share that does so very much; ``ruled``: whether that grain lies in rows or columns.
    ``edge``: share of an outermost line that is unlike what lies behind it, or 1.0 where a straight line runs
    along an edge. ``missing``: share of the height, from below, that is of one colour; ``band``: share that a
    bar with something on it takes. ``stamped``: a date or a seal in red or orange strokes low in the picture.
    """

    blocks: float = 0.0
    mosaic: int = 0
    comb: float = 1.0
    grain: float = 0.0
    specks: float = 0.0
    ruled: bool = False
    edge: float = 0.0
    missing: float = 0.0
    band: float = 0.0
    stamped: bool = False


def read_surface(image: Image.Image) -> Surface:
    """Measure an upright RGB picture."""
    if image.height > _ENOUGH_ROWS:
        image = image.reduce(max(2, round(image.height / (_ENOUGH_ROWS / 2))))
    if min(image.size) < 8 * _BLOCK:
        return Surface()
    grey, turned = image.convert("L"), image.transpose(Image.Transpose.TRANSPOSE)
    across, down = _steps(_levels(grey)), _steps(_levels(turned.convert("L")))
    comb = _roughness(_levels(_thinned(grey))) / max(_roughness(_levels(_thinned(turned.convert("L")))), 0.1)
    grain, specks, ruled = _grain(image)
    missing, band, edge = _lower_part(_planes(_thinned(image)))
    return Surface(
        blocks=(_blocks(across) + _blocks(down)) / 2,
        mosaic=_mosaic(across[_MARGIN:-_MARGIN], down[_MARGIN:-_MARGIN]),
        comb=comb,
        grain=grain,
        specks=specks,
        ruled=ruled,
        edge=max(edge, _border(image), _lines_at_sides(_planes(_thinned(turned)))),
        missing=missing,
        band=band,
        stamped=_stamped(image),
    )


def _levels(grey: Image.Image) -> Values:
    return np.asarray(grey).astype(np.int16)


def _planes(image: Image.Image) -> Values:
    """Red, green and blue (3 × height × width)."""
    return np.stack([np.asarray(band) for band in image.split()]).astype(np.int16)


def _thinned(image: Image.Image) -> Image.Image:
    """Every third column."""
    return image.resize((max(1, image.width // _EVERY), image.height), Image.Resampling.NEAREST)


def _steps(levels: Values) -> Profile:
    """Mean step between each column and the next."""
    step = np.abs(levels[:, 1:] - levels[:, :-1])
    np.minimum(step, _MOST_STEP, out=step)
    return np.asarray(step.sum(axis=0, dtype=np.int32) / len(step), dtype=np.float32)


def _blocks(steps: Profile) -> float:
    """At the best of eight phases: the median, over the blocks, of a step above the mean of its neighbours."""
    above = steps[1:-1] - (steps[:-2] + steps[2:]) / 2
    count = len(above) // _BLOCK
    return float(np.median(above[: count * _BLOCK].reshape(count, _BLOCK), axis=0).max())


def _mosaic(across: Profile, down: Profile) -> int:
    """Side of the squares: the smallest that explains the steps as well as any, 0 if none does."""
    shares = {side: min(_concentrated(across, side), _concentrated(down, side)) for side in _MOSAIC}
    found = {side: share for side, share in shares.items() if share > _MOSAIC[side]}
    most = max(found.values(), default=0.0)
    return next((side for side, share in found.items() if share > 0.95 * most), 0)


def _concentrated(steps: Profile, side: int) -> float:
    """How much of all steps is at every ``side``-th place, over what chance would put there."""
    steps = np.minimum(steps, np.quantile(steps, _MOST_COLUMNS))  # no single edge of the picture decides
    count = len(steps) // side
    of_phase = steps[: count * side].reshape(count, side).sum(axis=0)
    return float(of_phase.max() * side / max(float(of_phase.sum()), 1e-6))


def _roughness(levels: Values) -> float:
    """Change from row to row over that from row to next but one: about 0.6 in any picture."""
    near = np.abs(levels[1:] - levels[:-1]).sum(dtype=np.int64)
    far = np.abs(levels[2:] - levels[:-2]).sum(dtype=np.int64)
    return float(near) / max(float(far), 1.0)


def _grain(image: Image.Image) -> tuple[float, float, bool]:
    """Grain and specks in the calmer of the upper corners, where the background is, and whether in lines."""
    width, bottom = image.width, image.height // 4
    found = []
    for left, right in ((4, width // 6), (width - width // 6, width - 4)):
        corner = _planes(image.crop((left, 4, right, bottom)))
        shares, specks = [], 0.0
        for values in (corner, np.ascontiguousarray(corner.swapaxes(1, 2))):
            for reach in (1, 2, 3):
                ends = values[:, : -2 * reach] + values[:, 2 * reach :]
                bend = np.abs(ends - 2 * values[:, reach:-reach]).max(axis=0)
                shares.append(float(np.count_nonzero(bend > _GRAIN_STEP)) / bend.size)
                if reach == 1:
                    specks = max(specks, float(np.count_nonzero(bend > 8 * _GRAIN_STEP)) / bend.size)
        down, over = max(shares[:3]), max(shares[3:])
        found.append((max(down, over), specks, max(down, over) > 3 * min(down, over)))
    return min(found)


def _border(image: Image.Image) -> float:
    """Share of the second outermost line above, left or right that is unlike what lies behind it."""
    width, height = image.width, image.height // 3
    pairs = (
        ((0, 1, width, 2), (0, _BEHIND, width, _BEHIND + 1)),
        ((1, 0, 2, height), (_BEHIND, 0, _BEHIND + 1, height)),
        ((width - 2, 0, width - 1, height), (width - 1 - _BEHIND, 0, width - _BEHIND, height)),
    )
    shares: list[float] = []
    for line, behind in pairs:
        off = np.abs(_planes(image.crop(line)) - _planes(image.crop(behind))).max(axis=0)
        shares.append(float((off > _UNLIKE).mean()))
    return max(shares, default=0.0)


def frame_width(image: Image.Image) -> tuple[int, int, int, int]:
    """Pixels of a frame, or of the edge of a slanted print, at the left, above, at the right and below."""
    scale = max(1, round(image.height / 441))
    deep = 2 * _BEHIND * scale
    if min(image.size) < 4 * deep:
        return 0, 0, 0, 0
    planes = _planes(image)
    upper = planes[:, : image.height // 3]
    left, right = upper.swapaxes(1, 2)[:, :deep], upper[:, :, ::-1].swapaxes(1, 2)[:, :deep]
    below = planes[:, ::-1][:, :deep]
    return _unlike_lines(left), _unlike_lines(planes[:, :deep]), _unlike_lines(right), _unlike_lines(below, _STRAIGHT)


def _unlike_lines(planes: Values, share: float = 0.12) -> int:
    """How many of the first lines, and one more, are more than ``share`` unlike the last of ``planes``."""
    inner = planes[:, -1:]
    unlike = (np.abs(planes - inner).max(axis=0) > _UNLIKE).mean(axis=1) > share
    found = np.flatnonzero(unlike[: planes.shape[1] // 2])
    return int(found[-1]) + 2 if len(found) else 0


def _straight(planes: Values) -> npt.NDArray[np.intp]:
    """Rows at which almost the whole breadth changes."""
    step = np.abs(planes[:, 2:] - planes[:, :-2]).max(axis=0)
    return np.flatnonzero((step > _LINE_STEP).mean(axis=1) > _STRAIGHT) + 1


def _lines_at_sides(planes: Values) -> float:
    """1.0 where a straight line runs along the left or the right edge; ``planes`` are turned on their side."""
    width = planes.shape[1]
    lines = _straight(planes)
    return float(bool(((lines < _THIN * width) | (lines > (1 - _THIN) * width)).any()))


def _lower_part(planes: Values) -> tuple[float, float, float]:
    """Share missing below, share a bar below takes, and 1.0 for a line along the upper or lower edge."""
    height = planes.shape[1]
    lines = _straight(planes)
    edge = float(bool((lines < _THIN * height).any()))
    low = lines[lines > 0.4 * height]
    if not len(low):
        flat = _flat_rows(planes)
        return (flat if flat >= _LEAST_FLAT else 0.0), 0.0, edge
    below = planes[:, int(low[0]) + 2 :]
    if below.shape[1] < 0.03 * height:
        return 0.0, 0.0, 1.0
    share = below.shape[1] / height
    usual = np.median(below.reshape(3, -1), axis=1).astype(np.int16)
    alike = (np.abs(below - usual[:, None, None]).max(axis=0) < _SAME).mean(axis=1)
    if float(np.quantile(alike, 0.1)) > 0.97:
        return share, 0.0, edge
    return 0.0, (share if float(alike.mean()) > 0.5 else 0.0), edge


def _stamped(image: Image.Image) -> bool:
    """Whether red or orange strokes low in the picture are a line of figures or the ring of a seal.

    Ties and zips are of such colours too, but they fill the box around them; figures change from ink to none many
    times in a row of pixels, and a ring leaves its box empty.
    """
    red, green, blue = _planes(image.crop((0, round(image.height * _STAMPS_FROM), image.width, image.height)))
    ink = (red - blue > 120) & (red > 170) & (red - green > 45)
    rows, columns = np.nonzero(ink)
    if len(rows) < _LEAST_INK:
        return False
    (top, bottom), (left, right) = (np.quantile(places, (0.05, 0.95)).astype(int) for places in (rows, columns))
    box = ink[top : bottom + 1, left : right + 1]
    changes = float(np.abs(np.diff(box.astype(np.int8), axis=1)).sum()) / 2 / max(1, len(box))
    scale = image.height / 441
    figures = changes > _FIGURES and len(box) < 40 * scale
    ring = float(box.mean()) < _RING and min(box.shape) > 40 * scale and changes > _RING_CROSSED
    return figures or ring


def _flat_rows(planes: Values) -> float:
    """Share of the height, from below, whose rows are of a colour that decoders put where nothing came.

    That is grey, black or, where the colour itself is missing, green; a white shirt is none of these.
    """
    height = planes.shape[1]
    red, green, blue = np.median(planes[:, -1], axis=1).tolist()
    grey = max(red, green, blue) - min(red, green, blue) <= _FLAT_STEP and (green <= _BLACK or abs(green - 127) <= 8)
    if not grey and not (red <= _BLACK and blue <= _BLACK and green > 100):
        return 0.0
    for start in (height - int(_LEAST_FLAT * height), 0):
        some = planes[:, start:]
        flat = (np.abs(some - some[:, :, :1]).max(axis=0) <= _FLAT_STEP).mean(axis=1) > 0.98
        uneven = np.flatnonzero(~flat)
        if len(uneven) and start:
            return 0.0
    last = int(uneven[-1]) if len(uneven) else -1
    return float((len(flat) - 1 - last) / height)
