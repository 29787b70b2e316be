"""Colours of the parts of a face against each other: eyes, skin, lips, mouth and hair.

Compared within one face, so that the shade of the skin does not matter: the white of the eyes tells the light's
colour, one cheek the light on the other, the cheeks whether what is at the mouth is a mouth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stuvalid.photos.colours import Packed, quick_lab
from stuvalid.photos.face import Floats
from stuvalid.photos.geometry import CHIN, FOREHEAD, LEFT_SIDE, RIGHT_SIDE

Colours: TypeAlias = npt.NDArray[np.float32]  # n × L, a, b

_EYES = ((33, 133, 159, 145), (362, 263, 386, 374))  # corners, upper and lower lid
_CHEEKS = (50, 280)
_LIPS = (13, 14, 17, 0)
_MOUTH = (61, 291, 0, 17)  # corners, upper and lower edge


@dataclass(frozen=True, slots=True)
class Complexion:
    """Lab throughout. ``red``: a* of the redder pupil above the cheeks'. ``white``: a and b of the eyes' white.

    ``lightness``: L of the cheeks, ``sides``: difference in L between the cheeks. ``lips``: distance in a and b between lips and cheeks, ``skin``
    the cheeks' chroma. ``mouth``: the same distance for all that is at the mouth; ``mouth_shades`` and
    ``mouth_tints``: how much L, and a and b, vary there. ``crown``: L, chroma and hue in degrees of what is above
    the forehead, ``crown_shades`` how much L varies there.
    """

    red: float
    white: tuple[float, float]
    lightness: float
    sides: float
    lips: float
    skin: float
    mouth: float
    mouth_shades: float
    mouth_tints: float
    crown: tuple[float, float, float]
    crown_shades: float


def read_complexion(pixels: Packed, mesh: Floats) -> Complexion:
    """Measure the face whose landmarks are ``mesh`` in the packed picture."""
    place = mesh[:, :2]
    breadth = math.dist(place[RIGHT_SIDE].tolist(), place[LEFT_SIDE].tolist())
    cheeks = [_around(pixels, place[point].tolist(), 0.06 * breadth) for point in _CHEEKS]
    skin = np.median(np.concatenate(cheeks), axis=0)
    sides = [float(np.median(cheek[:, 0])) for cheek in cheeks]
    pupils = [_around(pixels, place[list(eye)].mean(axis=0).tolist(), 0.02 * breadth) for eye in _EYES]
    lips = np.median(np.concatenate([_around(pixels, place[point].tolist(), 1) for point in _LIPS]), axis=0)
    mouth = _mouth(pixels, place)
    crown = _crown(pixels, place, breadth)
    above = np.median(crown, axis=0)
    return Complexion(
        red=max(float(np.median(pupil[:, 1])) for pupil in pupils) - float(skin[1]),
        white=_eye_white(pixels, place),
        lightness=float(skin[0]),
        sides=abs(sides[0] - sides[1]),
        lips=float(np.hypot(*(lips - skin)[1:])),
        skin=float(np.hypot(*skin[1:])),
        mouth=float(np.median(np.hypot(*(mouth - skin)[:, 1:].T))),
        mouth_shades=float(mouth[:, 0].std()),
        mouth_tints=float(np.hypot(mouth[:, 1].std(), mouth[:, 2].std())),
        crown=(float(above[0]), float(np.hypot(*above[1:])), math.degrees(math.atan2(above[2], above[1]))),
        crown_shades=float(crown[:, 0].std()),
    )


def _part(pixels: Packed, left: float, top: float, right: float, bottom: float) -> Colours:
    """Lab of the pixels in a box, edges included; the nearest pixel where the box lies outside."""
    height, width = pixels.shape
    first_row, first_column = min(max(0, int(top)), height - 1), min(max(0, int(left)), width - 1)
    rows = slice(first_row, max(first_row + 1, int(bottom) + 1))
    columns = slice(first_column, max(first_column + 1, int(right) + 1))
    return np.stack(quick_lab(pixels[rows, columns].reshape(-1)), axis=-1)


def _around(pixels: Packed, middle: Sequence[float], reach: float) -> Colours:
    x, y = (round(part) for part in middle)
    half = max(1, int(reach))
    return _part(pixels, x - half, y - half, x + half, y + half)


def _eye_white(pixels: Packed, place: Floats) -> tuple[float, float]:
    """a and b of the brightest sixth of what is between the lids."""
    brightest = []
    for corner, other, upper, lower in _EYES:
        left, right = sorted((float(place[corner, 0]), float(place[other, 0])))
        eye = _part(pixels, left, float(place[upper, 1]), right, float(place[lower, 1]) + 1)
        brightest.append(eye[np.argsort(-eye[:, 0])[: max(2, len(eye) // 6)]])
    _, a, b = np.median(np.concatenate(brightest), axis=0).tolist()
    return a, b


def _mouth(pixels: Packed, place: Floats) -> Colours:
    right, left, upper, lower = (place[point].tolist() for point in _MOUTH)
    return _part(pixels, min(right[0], left[0]), upper[1] - 1, max(right[0], left[0]) - 1, lower[1] + 1)


def _crown(pixels: Packed, place: Floats, breadth: float) -> Colours:
    x, y = place[FOREHEAD].tolist()
    tall = float(place[CHIN, 1]) - y
    return _part(pixels, x - breadth / 4, y - 0.22 * tall, x + breadth / 4, y - 0.08 * tall)
