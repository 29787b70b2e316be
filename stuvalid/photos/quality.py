"""Sharpness, light and colour of a face, measured so that the shade of the skin does not matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from stuvalid.photos.colours import Packed, lab_of, median_colour
from stuvalid.photos.face import Floats as Mesh

Levels: TypeAlias = npt.NDArray[np.uint8]

_BLUR_SIDE = 160
_REACH = 3  # half of the filter; the nine pixels of the paper miss pictures enlarged fourfold
_DETAIL_WIDTH = 200  # the same part of a face is 110 to 190 pixels broad in a picture of 358×441
_FACE_SIDE = 64
_CLIPPED = 250
_EYES = ((33, 133), (362, 263))
_CHEEK_POINTS = (50, 280)
_SIDES = (234, 454)
_SMOOTH_POINTS = (50, 280, 151)  # cheeks and forehead
_MEASURED_BREADTH = (120.0, 320.0)  # pixels of the face
_STRONG = 40
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
    columns, rows = np.ascontiguousarray(mesh[:, :2].T)
    return float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max())


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
    face = _grey_part(image, box)
    if min(face.size) < 2:
        return 1.0
    side = (_BLUR_SIDE, _BLUR_SIDE)
    values = np.asarray(face.resize(side, Image.Resampling.BILINEAR, reducing_gap=3.0)).astype(np.int16)
    return max(_kept(values), _kept(np.ascontiguousarray(values.T)))


def _grey_part(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """Luminance of the pixels in ``box``."""
    left, top, right, bottom = (round(edge) for edge in box)
    return image.crop((left, top, max(right, left), max(bottom, top))).convert("L")


def _kept(values: npt.NDArray[np.int16]) -> float:
    """Share of the change between neighbouring rows that a blur along the columns leaves.

    The blur is a mean of 2 × reach + 1 rows, so two neighbouring means differ by the row that enters less
    the row that leaves, divided by their number.
    """
    window = 2 * _REACH + 1
    change = np.abs(values[_REACH + 1 : -_REACH] - values[_REACH : -_REACH - 1]) * np.int16(window)
    blurred = np.abs(values[window:] - values[:-window])
    total = int(change.sum(dtype=np.int32))
    return int(np.minimum(change, blurred).sum(dtype=np.int32)) / total if total > 0 else 1.0


def fine_detail(image: Image.Image, box: tuple[float, float, float, float]) -> float:
    """How much of the change between pixels in ``box`` is finer than one pixel's step: 0.4 and more when sharp.

    The change of the change over the change, along rows or columns, whichever has less. The re-blur measure
    hardly sees what the resampling of a small picture to a larger one, a shaking hand or a focus slightly off
    take away; this sees little else. Pictures larger than the prescribed are first brought to its scale.
    """
    face = _grey_part(image, box)
    if min(face.size) < 3:
        return 0.0
    if face.width > _DETAIL_WIDTH:
        height = max(3, face.height * _DETAIL_WIDTH // face.width)
        face = face.resize((_DETAIL_WIDTH, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    values = np.asarray(face).astype(np.float32)
    return min(_detail_down(values), _detail_down(values.T))


def _detail_down(values: npt.NDArray[np.float32]) -> float:
    change = values[1:] - values[:-1]
    bend = change[1:] - change[:-1]
    total = float(np.square(change).mean())
    return float(np.square(bend).mean()) / total if total > 0 else 0.0


def skin_texture(image: Image.Image, mesh: Mesh) -> float:
    """How much the pixels of cheeks and forehead differ from their neighbours, in levels; infinite where it says nothing.

    Skin has pores and camera noise in any sharp picture: 1.45 and more where a face has about the prescribed size.
    Filters that smooth it leave less.
    """
    left, _, right, _ = face_box(mesh)
    breadth = right - left
    if not _MEASURED_BREADTH[0] <= breadth <= _MEASURED_BREADTH[1]:
        return math.inf
    found = []
    for x, y in mesh[list(_SMOOTH_POINTS), :2].tolist():
        reach = 0.1 * breadth
        part = np.asarray(_grey_part(image, (x - reach, y - reach, x + reach, y + reach))).astype(np.int16)
        bend = np.abs(4 * part[1:-1, 1:-1] - part[:-2, 1:-1] - part[2:, 1:-1] - part[1:-1, :-2] - part[1:-1, 2:])
        found.append(float(np.minimum(bend, _STRONG).mean()))
    return sorted(found)[len(found) // 2]


def read_light(grey: Image.Image, levels: Levels, pixels: Packed, mesh: Mesh) -> Light:
    """Measure light and colour of the face whose landmarks are ``mesh``.

    ``grey`` and ``levels`` are a picture's luminance and ``pixels`` the same picture packed.
    """
    left, top, right, bottom = (round(edge) for edge in face_box(mesh))
    width, height = max(right - left, 1), max(bottom - top, 1)
    crop = grey.crop((left, top, left + width, top + height))
    luminance = np.asarray(crop.resize((_FACE_SIDE, _FACE_SIDE), Image.Resampling.BILINEAR))
    oval = luminance.reshape(-1)[_oval()]
    end = len(oval) // 50
    ordered = np.partition(oval, (end, len(oval) - 1 - end))
    dark, bright = float(ordered[end]), float(ordered[-1 - end])
    skin_light = luminance[_cheeks(0, 0, _FACE_SIDE, _FACE_SIDE)]
    _, a, b = lab_of(median_colour(pixels[_cheeks(left, top, width, height)]))
    return Light(
        mean=float(skin_light.mean()),
        bright=max(bright, _eye_whites(levels, mesh)),
        dark=dark,
        contrast=(bright - dark) / max(bright + dark, 1.0),
        clipped=float(np.count_nonzero(skin_light >= _CLIPPED)) / skin_light.size,
        chroma=math.hypot(a, b),
        hue=math.degrees(math.atan2(b, a)),
    )


def _cheeks(left: int, top: int, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of the cheeks and the nose in the box of a face."""
    return (
        slice(max(0, top + height * 2 // 5), max(1, top + height * 7 // 10)),
        slice(max(0, left + width // 5), max(1, left + width * 4 // 5)),
    )


def _eye_whites(levels: Levels, mesh: Mesh) -> float:
    """Luminance of the brightest part of the eyes."""
    reach = max(1, int(0.06 * float(mesh[_SIDES[1], 0] - mesh[_SIDES[0], 0])))
    brightest = 0.0
    for one, other in _EYES:
        (first, above, _), (second, below, _) = mesh[[one, other]].tolist()
        left, right = sorted((int(first), int(second)))
        row = int(above + below) // 2
        eye = levels[max(0, row - reach) : max(0, row + reach + 1), max(0, left) : max(0, right + 1)]
        if eye.size:
            place = eye.size - 1 - eye.size // 33
            brightest = max(brightest, float(np.partition(eye, place, axis=None)[place]))
    return brightest


def eye_shade(levels: Levels, mesh: Mesh) -> float:
    """How bright the eyes are against the cheeks: about 0.6 to 1 for open eyes, far less behind dark glasses."""
    left, _, right, _ = face_box(mesh)
    eyes = [_patch(levels, mesh[list(corners), :2].mean(axis=0), 0.10 * (right - left)) for corners in _EYES]
    cheeks = [_patch(levels, mesh[index, :2], 0.06 * (right - left)) for index in _CHEEK_POINTS]
    return _middle(eyes) / max(_middle(cheeks), 1.0)


def _patch(levels: Levels, middle: Mesh, reach: float) -> Levels:
    """Pixels of a small square around ``middle``, half of its side ``reach``; never empty."""
    half = max(1, int(reach))
    column, row = (
        int(min(max(place, 0), size - 1)) for place, size in zip(middle.tolist(), levels.shape[::-1], strict=True)
    )
    return levels[max(0, row - half) : row + half, max(0, column - half) : column + half].reshape(-1)


def _middle(patches: list[Levels]) -> float:
    """The median of all pixels; of two middle ones the brighter."""
    values = np.concatenate(patches)
    half = len(values) // 2
    return float(np.partition(values, half)[half])


@cache
def _oval() -> npt.NDArray[np.intp]:
    """Where the pixels of a square crop of a face are that are not in its corners."""
    line = np.linspace(-1, 1, _FACE_SIDE, dtype=np.float32)
    return np.flatnonzero(line[:, None] ** 2 + line[None, :] ** 2 < 0.85)
