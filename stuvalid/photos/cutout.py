"""Putting a person before the prescribed background, only where the outline is certain."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from stuvalid.photos.background import Mask, read_background, working_copy
from stuvalid.photos.colours import distance, lab_of
from stuvalid.photos.face import FaceEngine, Floats
from stuvalid.photos.spec import Spec

_UNSURE = (0.15, 0.85)
_MOST_UNSURE = 0.10  # share of pixels the net cannot decide: more means a ragged outline
_STRIP = 0.03
_MOST_AT_TOP = 0.02  # share of the uppermost rows taken for person: a head cut off, or a net gone wrong
_PLAIN = 0.7
_GRID = 64  # rows of the coarse picture in which it is seen who touches whom


def replace_background(picture: Image.Image, spec: Spec, engine: FaceEngine) -> tuple[Image.Image | None, str]:
    """The picture before the prescribed colour and what was there, or None and why not (in Chinese)."""
    small, factor = working_copy(picture)
    seen = read_background(small, factor)
    colour = spec.background.colour
    if seen.plain >= _PLAIN and distance(seen.colour, lab_of(colour)) <= spec.background.warn_distance:
        return None, "背景颜色本来就对"
    alpha = _matte(one_person(engine.person(picture)))
    unsure = float(((alpha > _UNSURE[0]) & (alpha < _UNSURE[1])).mean())
    top = float((alpha[: max(1, int(_STRIP * picture.height))] > 0.5).mean())
    if unsure > _MOST_UNSURE or top > _MOST_AT_TOP or not 0.15 < float(alpha.mean()) < 0.9:
        return None, "人像轮廓没有把握"
    pixels = np.asarray(picture, dtype=np.float32)
    share = alpha[..., None]
    if seen.plain >= _PLAIN:
        # What shines through at the outline is the old background: take it out before the new one goes in.
        old = np.array(seen.rgb, dtype=np.float32)
        pixels = np.clip((pixels - (1 - share) * old) / np.maximum(share, 0.1), 0, 255)
    made = share * pixels + (1 - share) * np.array(colour, dtype=np.float32)
    return Image.fromarray(np.clip(made + 0.5, 0, 255).astype(np.uint8)), "RGB {},{},{}".format(*seen.rgb)


def one_person(mask: Floats) -> Floats:
    """The probability of person without those who do not touch the one in the middle: bystanders are background."""
    height, width = mask.shape
    size = (max(1, round(_GRID * width / height)), _GRID)
    coarse = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BOX)) > 0.5
    reached = np.zeros_like(coarse)
    middle = (slice(_GRID // 3, 2 * _GRID // 3), slice(size[0] // 3, 2 * size[0] // 3 + 1))
    reached[middle] = coarse[middle]
    while True:
        grown = _grown(reached) & coarse
        if (grown == reached).all():
            break
        reached = grown
    kept = Image.fromarray(_grown(reached)).resize((width, height), Image.Resampling.NEAREST)
    return np.where(np.asarray(kept), mask, np.float32(0))


def _grown(cells: Mask) -> Mask:
    """The cells and their eight neighbours."""
    levels = Image.fromarray(cells.astype(np.uint8))
    return np.asarray(levels.filter(ImageFilter.MaxFilter(3)), dtype=np.bool_)


def _matte(mask: Floats) -> Floats:
    """The net's probability as coverage: steeper, and without the faint veil it leaves over the background."""
    steep = np.clip((mask - 0.25) / 0.5, 0, 1)
    plane = Image.fromarray((steep * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    return np.asarray(np.asarray(plane, dtype=np.float32) / 255, dtype=np.float32)
