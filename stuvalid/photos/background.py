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

from stuvalid.photos.colours import Lab, Packed, lab_of, median_colour, packed, quick_lab

Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]

_ROWS = 220  # height of the working copy
_STRIP = 0.04  # thickness of the border looked at, of the picture's size
_LIKE = 12.0  # ΔE76 within which a pixel is of the border's colour
FOREGROUND = 12.0
_SHADE_WEIGHT = 0.5  # lightness counts less than hue: a shadow on the background is still background
_COLOURED = 15.0  # chroma above which a background has a hue to go by
_SHADED = 6.0  # ΔL at which the eye sees a shadow
_ENOUGH_BORDER = 50
_RIDGE = np.eye(3, dtype=np.float32) * np.float32(1e-3)  # keeps the fit solvable where the border is a line
_SAMPLED = 4
_LASTING = 4  # rows the hair must go on for, so that a speck is not taken for it


@dataclass(slots=True)
class Background:
    """``rgb`` and ``colour``: median of the border; ``plain``: share of the border like it.

    ``pixels`` is the packed working copy, ``scale`` how many pixels of the picture one of its pixels is,
    ``plane`` the background's Lab as a linear function of the place (3 × 3: constant, down, across), and
    ``sample`` the L, a and b of every fourth pixel of every fourth row.
    """

    rgb: tuple[int, int, int]
    colour: Lab
    plain: float
    scale: float
    pixels: Packed
    plane: Floats
    sample: tuple[Floats, Floats, Floats]


def working_copy(image: Image.Image) -> tuple[Image.Image, int]:
    """The picture reduced to about 220 rows, and by how much."""
    factor = max(1, round(image.height / _ROWS))
    return (image.reduce(factor) if factor > 1 else image), factor


def read_background(small: Image.Image, factor: int) -> Background:
    """Look at the border of a working copy and fit the background behind the person to it."""
    pixels = packed(small)
    border = _border(pixels)
    places, upper = _places(*pixels.shape)
    median = median_colour(border[upper])
    colour = lab_of(median)
    off = [part - np.float32(middle) for part, middle in zip(quick_lab(border), colour, strict=True)]
    chroma_off = off[1] ** 2 + off[2] ** 2
    like = chroma_off[upper] + off[0][upper] ** 2 < _LIKE**2
    near = (chroma_off < _LIKE**2) & (np.abs(off[0]) < 2.5 * _LIKE)
    plane = _fitted(places, near, np.array(off))
    plane[0] += np.array(colour, dtype=np.float32)
    return Background(
        rgb=median,
        colour=colour,
        plain=float(np.count_nonzero(like)) / len(like),
        scale=float(factor),
        pixels=pixels,
        plane=plane,
        sample=quick_lab(pixels[::_SAMPLED, ::_SAMPLED]),
    )


def mean_chroma(background: Background) -> float:
    """How colourful the whole picture is."""
    _, a, b = background.sample
    return float(np.sqrt(a * a + b * b).mean())


def _border(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Every other pixel of the top strip and of both side strips down to half of the height."""
    height, width = pixels.shape[:2]
    top, side, down = max(1, int(height * _STRIP)), max(1, int(width * _STRIP)), max(2, height // 2)
    parts = (pixels[:top], pixels[top:down, :side], pixels[top:down, -side:])
    return np.concatenate([part.reshape(-1, *pixels.shape[2:]) for part in parts])[::2]


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """For every pixel of the border 1, how far down and how far across it is (3 × …, 0 to 1).

    And which of them are in the upper quarter, where no shoulder is.
    """
    place = np.ones((height, width, 3), dtype=np.float32)
    place[..., 1] = np.arange(height, dtype=np.float32)[:, None] / height
    place[..., 2] = np.arange(width, dtype=np.float32) / width
    places = np.ascontiguousarray(_border(place).T)
    return places, np.flatnonzero(places[1] < 0.25)


def _fitted(places: Floats, near: Mask, off: Floats) -> Floats:
    """The plane (3 × 3: constant, down, across) through what the border's ``near`` pixels are ``off``."""
    if np.count_nonzero(near) < _ENOUGH_BORDER:
        return np.zeros((3, 3), dtype=np.float32)
    weighted = places * near
    gram = weighted @ places.T + _RIDGE
    return np.linalg.solve(gram, weighted @ off.T)


def distances(background: Background, rows: slice, columns: slice) -> Floats:
    """Distance from the fitted background, of a part of the working copy."""
    height, width = background.pixels.shape
    _, a, b = background.colour
    weights = (_SHADE_WEIGHT if math.hypot(a, b) > _COLOURED else 1.0, 1.0, 1.0)
    down = (np.arange(height, dtype=np.float32)[rows] / height)[:, None]
    across = np.arange(width, dtype=np.float32)[columns] / width
    parts = quick_lab(background.pixels[rows, columns])
    total = np.zeros(parts[0].shape, dtype=np.float32)
    for part, (constant, per_row, per_column), weight in zip(parts, background.plane.T, weights, strict=True):
        off = part - ((constant + per_row * down) + per_column * across)
        off *= np.float32(weight)
        total += off * off
    return np.sqrt(total, out=total)


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
    rows = max(1, int(chin / background.scale / _SAMPLED))
    lightness, greenred, blueyellow = (plane[:rows] for plane in background.sample)
    usual, a, b = background.colour
    chroma = math.hypot(a, b)
    if chroma > _COLOURED:
        along = greenred * np.float32(a / chroma) + blueyellow * np.float32(b / chroma)
        aside = np.abs(greenred * np.float32(b / chroma) - blueyellow * np.float32(a / chroma))
        same: Mask = (along > 0.4 * chroma) & (aside < 0.35 * along)
    else:
        near = np.hypot(greenred - np.float32(a), blueyellow - np.float32(b)) < _LIKE / 2
        same = near & (np.abs(lightness - np.float32(usual)) < 2 * _LIKE)
    lightness = lightness[same]
    if lightness.size < _ENOUGH_BORDER:
        return 0.0
    middle = np.sort(lightness)[lightness.size // 2]
    return float(np.count_nonzero(np.abs(lightness - middle) > _SHADED)) / lightness.size
