"""Sharpness, light and colour of a face, measured so that the shade of the skin does not matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from stuvalid.photos.colours import lab_of
from stuvalid.photos.face import Floats as Mesh

_BLUR_SIDE = 160
_REACH = 3  # half of the filter; the nine pixels of the paper miss pictures enlarged fourfold
_FACE_SIDE = 64
_CLIPPED = 250
_CHEEKS = (slice(_FACE_SIDE * 2 // 5, _FACE_SIDE * 7 // 10), slice(_FACE_SIDE // 5, _FACE_SIDE * 4 // 5))
_EYES = ((33, 133), (362, 263))
_CHEEK_POINTS = (50, 280)
_SIDES = (234, 454)
_FEATURES = (33, 133, 362, 263, 61, 291, 17)  # corners of eyes and mouth, lower lip


@dataclass(frozen=True, slots=True)
class Light:
    """Luminance 0–255 in the face: ``mean`` of the cheeks, ``bright`` and ``dark`` ends, share ``clipped``.

    ``bright`` is the brighter of the skin's highlights and the white of the eyes: the latter tells a dark
    skin in good light from a face in the dark.
    ``contrast`` is (bright - dark) / (bright + dark), which light on any skin leaves alone. ``chroma`` and
    ``hue`` (degrees) are those of the skin's median colour in Lab.
    """

    mean: float
    bright: float
    dark: float
    contrast: float
    clipped: float
    chroma: float
    hue: float


def face_box(mesh: Mesh) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the landmarks."""
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def features_box(mesh: Mesh) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of brows, eyes and mouth: the part of a face that has edges in any sharp picture.

    Smooth cheeks and foreheads have none, whatever the focus; judging them too took soft skin for blur.
    """
    points = mesh[list(_FEATURES), :2]
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    width = right - left
    return left - 0.12 * width, top - 0.30 * width, right + 0.12 * width, bottom + 0.10 * width


def blur(image: Image.Image, box: tuple[float, float, float, float]) -> float:
    """How blurred the part of a picture in ``box`` is: 0 sharp, 1 wholly blurred.

    Crété, Dolmière, Ladret, Nicolas (2007): blur it once more and see how much of the change between
    neighbouring pixels goes. The face is brought to one size first, so that all pictures are judged alike.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    face = image.crop((left, top, max(right, left), max(bottom, top))).convert("L")
    if min(face.size) < 2:
        return 1.0
    side = (_BLUR_SIDE, _BLUR_SIDE)
    values = np.asarray(face.resize(side, Image.Resampling.BILINEAR, reducing_gap=3.0)).astype(np.int16)
    return max(_kept(values), _kept(np.ascontiguousarray(values.T)))


def _kept(values: npt.NDArray[np.int16]) -> float:
    """Share of the change between neighbouring rows that a blur along the columns leaves.

    The blur is a mean of 2 × reach + 1 rows, so two neighbouring means differ by the row that enters less
    the row that leaves, divided by their number.
    """
    window = 2 * _REACH + 1
    change = np.abs(values[_REACH + 1 : -_REACH] - values[_REACH : -_REACH - 1]) * np.int16(window)
    blurred = np.abs(values[window:] - values[:-window])
    total = int(change.sum())
    return int(np.minimum(change, blurred).sum()) / total if total > 0 else 1.0


def read_light(image: Image.Image, grey: npt.NDArray[np.uint8], mesh: Mesh) -> Light:
    """Measure light and colour of the face whose landmarks are ``mesh``, in pixels of ``image``.

    ``grey`` is the same picture's luminance.
    """
    left, top, right, bottom = face_box(mesh)
    corners = (
        round(left),
        round(top),
        max(round(right), round(left) + 1),
        max(round(bottom), round(top) + 1),
    )
    crop = image.crop(corners).resize((_FACE_SIDE, _FACE_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    face, luminance = np.asarray(crop), np.asarray(crop.convert("L"))
    ordered = np.sort(luminance[_oval()])
    dark, bright = float(ordered[len(ordered) // 50]), float(ordered[-1 - len(ordered) // 50])
    skin, skin_light = np.sort(face[_CHEEKS].reshape(-1, 3), axis=0), luminance[_CHEEKS]
    red, green, blue = skin[len(skin) // 2].tolist()
    _, a, b = lab_of((red, green, blue))
    return Light(
        mean=float(skin_light.mean()),
        bright=max(bright, _eye_whites(grey, mesh)),
        dark=dark,
        contrast=(bright - dark) / max(bright + dark, 1.0),
        clipped=float((skin_light >= _CLIPPED).mean()),
        chroma=math.hypot(a, b),
        hue=math.degrees(math.atan2(b, a)),
    )


def _eye_whites(grey: npt.NDArray[np.uint8], mesh: Mesh) -> float:
    """Luminance of the brightest part of the eyes."""
    reach = max(1, int(0.06 * float(mesh[_SIDES[1], 0] - mesh[_SIDES[0], 0])))
    brightest = 0.0
    for one, other in _EYES:
        left, right = sorted((int(mesh[one, 0]), int(mesh[other, 0])))
        row = int(mesh[one, 1] + mesh[other, 1]) // 2
        eye = grey[max(0, row - reach) : max(0, row + reach + 1), max(0, left) : max(0, right + 1)]
        if eye.size:
            brightest = max(brightest, float(np.sort(eye, axis=None)[-1 - eye.size // 33]))
    return brightest


def eye_shade(grey: npt.NDArray[np.uint8], mesh: Mesh) -> float:
    """How bright the eyes are against the cheeks: about 0.6 to 1 for open eyes, far less behind dark glasses."""
    eyes = [_patch(grey, mesh[list(corners), :2].mean(axis=0), mesh, 0.10) for corners in _EYES]
    cheeks = [_patch(grey, mesh[index, :2], mesh, 0.06) for index in _CHEEK_POINTS]
    return float(np.median(np.concatenate(eyes))) / max(float(np.median(np.concatenate(cheeks))), 1.0)


def _patch(grey: npt.NDArray[np.uint8], middle: Mesh, mesh: Mesh, share: float) -> npt.NDArray[np.uint8]:
    """Pixels of a small square around ``middle``, its half side a share of the face's width; never empty."""
    half = max(1, int(share * float(np.ptp(mesh[:, 0]))))
    row, column = (
        int(np.clip(value, 0, size - 1)) for value, size in zip(middle[::-1], grey.shape, strict=True)
    )
    return grey[max(0, row - half) : row + half, max(0, column - half) : column + half].reshape(-1)


@cache
def _oval() -> npt.NDArray[np.bool_]:
    """The middle of a square crop of a face, without its corners."""
    line = np.linspace(-1, 1, _FACE_SIDE, dtype=np.float32)
    return np.asarray(line[:, None] ** 2 + line[None, :] ** 2 < 0.85)
