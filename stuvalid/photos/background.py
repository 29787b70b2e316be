"""The background: which colour, how even, and where against it the hair begins.

Works on a copy of about 220 rows. Lengths that come out are pixels of the picture given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from stuvalid.photos.colours import Lab, lab_of, quick_lab

Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]

_ROWS = 220  # height of the working copy
_STRIP = 0.04  # thickness of the border looked at, of the picture's size
_LIKE = 12.0  # ΔE76 within which a pixel is of the border's colour
_FOREGROUND = 12.0
_SHADE_WEIGHT = 0.5  # lightness counts less than hue: a shadow on the background is still background
_COLOURED = 15.0  # chroma above which a background has a hue to go by
_SHADED = 6.0  # ΔL at which the eye sees a shadow
_ENOUGH_BORDER = 50
_EVERY = 2  # columns: half of them tell where the hair begins
_SAMPLED = 3
_LASTING = 4  # rows the hair must go on for, so that a speck is not taken for it


@dataclass(slots=True)
class Background:
    """``rgb`` and ``colour``: median of the border; ``plain``: share of the border like it.

    ``pixels`` is the RGB working copy, ``scale`` how many pixels of the picture one of its pixels is,
    ``plane`` the background's Lab as a linear function of the place (3 × 3: constant, down, across), and
    ``sample`` the Lab of every third pixel of every third row.
    """

    rgb: tuple[int, int, int]
    colour: Lab
    plain: float
    scale: float
    pixels: npt.NDArray[np.uint8]
    plane: Floats
    sample: Floats


def working_copy(image: Image.Image) -> tuple[Image.Image, int]:
    """The picture reduced to about 220 rows, and by how much."""
    factor = max(1, round(image.height / _ROWS))
    return (image.reduce(factor) if factor > 1 else image), factor


def read_background(small: Image.Image, factor: int) -> Background:
    """Look at the border of a working copy and fit the background behind the person to it."""
    pixels = np.asarray(small)
    border = _border(pixels, 0.25)
    red, green, blue = np.sort(border, axis=0)[len(border) // 2].tolist()
    median = (red, green, blue)
    colour = lab_of(median)
    reference = np.array(colour, dtype=np.float32)
    like = ((quick_lab(border[::2]) - reference) ** 2).sum(axis=1) < _LIKE**2
    plane = _fitted(pixels, reference)
    sample = quick_lab(pixels[::_SAMPLED, ::_SAMPLED])
    return Background(
        median, colour, float(np.count_nonzero(like)) / len(like), float(factor), pixels, plane, sample
    )


def mean_chroma(background: Background) -> float:
    """How colourful the whole picture is."""
    return float(np.hypot(background.sample[..., 1], background.sample[..., 2]).mean())


def _border(pixels: npt.NDArray[Any], depth: float) -> npt.NDArray[Any]:
    """Pixels of the top strip and of both side strips down to ``depth`` of the height."""
    height, width = pixels.shape[:2]
    top, side, down = max(1, int(height * _STRIP)), max(1, int(width * _STRIP)), max(2, int(height * depth))
    parts = (pixels[:top], pixels[top:down, :side], pixels[top:down, -side:])
    return np.concatenate([part.reshape(-1, pixels.shape[2]) for part in parts])


def _fitted(pixels: npt.NDArray[np.uint8], colour: Floats) -> Floats:
    """The plane through the border's colours, upper half of the picture, without what is not background."""
    height, width = pixels.shape[:2]
    border, places = quick_lab(_border(pixels, 0.5)[::3]), _places(height, width)[::3]
    off = border - colour
    near = (np.hypot(off[:, 1], off[:, 2]) < _LIKE) & (np.abs(off[:, 0]) < 2.5 * _LIKE)
    plane = np.zeros((3, 3), dtype=np.float32)
    plane[0] = colour
    if near.sum() >= _ENOUGH_BORDER:
        known = places[near]
        gram = known.T @ known + np.eye(3, dtype=np.float32) * 1e-3
        plane = np.linalg.solve(gram, known.T @ border[near]).astype(np.float32)
    return plane


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> Floats:
    """For every pixel of the border's upper half: 1, how far down and how far across it is (0 to 1)."""
    place = np.ones((height, width, 3), dtype=np.float32)
    place[..., 1] = np.arange(height, dtype=np.float32)[:, None] / height
    place[..., 2] = np.arange(width, dtype=np.float32) / width
    return _border(place, 0.5)


def distances(background: Background, rows: slice, columns: slice) -> Floats:
    """Distance from the fitted background, of a part of the working copy."""
    height, width = background.pixels.shape[:2]
    _, a, b = background.colour
    weights = (_SHADE_WEIGHT if math.hypot(a, b) > _COLOURED else 1.0, 1.0, 1.0)
    part, plane = quick_lab(background.pixels[rows, columns]), background.plane
    down = (np.arange(height, dtype=np.float32)[rows] / height)[:, None]
    across = np.arange(width, dtype=np.float32)[columns] / width
    total = np.zeros(part.shape[:2], dtype=np.float32)
    for channel, weight in enumerate(weights):
        model = plane[0, channel] + plane[1, channel] * down + plane[2, channel] * across
        total += ((part[..., channel] - model) * np.float32(weight)) ** 2
    return np.sqrt(total)


def hair_top(background: Background, centre: float, face_width: float, bottom: float) -> float | None:
    """Row at which hair (or the bare head) begins above a face, in pixels of the picture; None if not seen.

    ``centre`` and ``face_width`` say where the face is, ``bottom`` a row that is certainly face.
    """
    scale = background.scale
    height, width = background.pixels.shape[:2]
    left = int(max(0, (centre - 0.9 * face_width) / scale))
    right = int(min(width, (centre + 0.9 * face_width) / scale + 1))
    last = int(min(height, max(1, bottom / scale + _LASTING)))
    if right - left < 3:
        return None
    far = distances(background, slice(0, last), slice(left, right, _EVERY)) > _FOREGROUND
    return first_lasting_row(far.sum(axis=1) * _EVERY, 0.05 * face_width / scale, scale)


def first_lasting_row(counts: npt.NDArray[np.intp], least: float, scale: float) -> float | None:
    """First row whose count reaches ``least`` and whose next rows do too, between rows by interpolation."""
    enough = counts > max(1.0, least)
    for row in np.flatnonzero(enough):
        if enough[row : row + _LASTING].all():
            if row == 0:
                return 0.0
            before, here = float(counts[row - 1]), float(counts[row])
            part = (max(1.0, least) - before) / max(here - before, 1e-6)
            return float(row - 1 + min(1.0, max(0.0, part)) + 0.5) * scale
    return None


def uneven_share(background: Background, chin: float) -> float:
    """Share of the background above the chin that is plainly lighter or darker than its median."""
    pixels = background.sample[: max(1, int(chin / background.scale / _SAMPLED))]
    _, a, b = background.colour
    chroma = math.hypot(a, b)
    if chroma > _COLOURED:
        along = (pixels[..., 1] * a + pixels[..., 2] * b) / chroma
        aside = np.abs(pixels[..., 1] * b - pixels[..., 2] * a) / chroma
        same: Mask = (along > 0.4 * chroma) & (aside < 0.35 * along)
    else:
        near = np.hypot(pixels[..., 1] - a, pixels[..., 2] - b) < _LIKE / 2
        same = near & (np.abs(pixels[..., 0] - background.colour[0]) < 2 * _LIKE)
    lightness = pixels[..., 0][same]
    if lightness.size < _ENOUGH_BORDER:
        return 0.0
    middle = np.partition(lightness, lightness.size // 2)[lightness.size // 2]
    return float(np.count_nonzero(np.abs(lightness - middle) > _SHADED)) / lightness.size
