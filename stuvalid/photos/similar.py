"""The same picture under two names, also when it was cropped, recompressed, recoloured or mirrored.

A fingerprint is 256 signs of the cosine transform of the face, cut out upright by its eyes and without
what surrounds it. It tells pictures apart, not persons: it is no face recognition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from stuvalid.photos.face import Floats
from stuvalid.photos.geometry import LEFT_EYE, RIGHT_EYE, eye

Bits: TypeAlias = npt.NDArray[np.bool_]

SAME = 30  # of 256 signs: at most this many differ between versions of one picture
ALIKE = 40  # different people differ in 56 and more
_SIDE = 64
_EYES_APART, _EYES_DOWN = 0.45, 0.38  # in the cut-out, of its side
_BLOCK = 17
_SIGNS = 256
_CELLS = 1_000_000  # comparisons held at a time: memory stays flat


@dataclass(frozen=True, slots=True)
class Near:
    """Another picture by its position, and in how many signs it differs."""

    position: int
    distance: int


def fingerprint(grey: Image.Image, mesh: Floats) -> bytes:
    """64 bytes from a grey picture: the face's 256 signs as it is, then mirrored; empty when the eyes fall together."""
    right, left = eye(mesh, RIGHT_EYE), eye(mesh, LEFT_EYE)
    centre, line = (right + left) / 2, left - right
    length = float(np.hypot(line[0], line[1]))
    if length < 2:
        return b""
    step = length / (_EYES_APART * _SIDE)
    cos, sin = float(line[0]) / length * step, float(line[1]) / length * step
    middle, down = _SIDE / 2, _EYES_DOWN * _SIDE
    x, y = float(centre[0]) - cos * middle + sin * down, float(centre[1]) - sin * middle - cos * down
    factor = max(1, int(step + 0.3))
    source = grey.reduce(factor) if factor > 1 else grey
    affine = tuple(value / factor for value in (cos, -sin, x, sin, cos, y))
    cut = source.transform((_SIDE, _SIDE), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    mask, waves = _oval(), _cosines()
    values = np.multiply(np.asarray(cut), mask, dtype=np.float32)
    values -= np.float32(values.sum() / mask.sum()) * mask
    block = waves @ values @ waves.T
    mirrored = block.copy()
    mirrored[:, 1::2] *= -1  # every other wave is its own mirror image upside down
    return np.packbits(np.concatenate([_signs(block), _signs(mirrored)])).tobytes()


def _signs(block: Floats) -> Bits:
    chosen = block.reshape(-1)[1 : _SIGNS + 1]  # the first is the mean brightness
    return np.asarray(chosen >= np.partition(chosen, _SIGNS // 2)[_SIGNS // 2], dtype=np.bool_)


@cache
def _cosines() -> Floats:
    waves = np.arange(_BLOCK, dtype=np.float32)[:, None]
    places = (np.arange(_SIDE, dtype=np.float32) + 0.5) / _SIDE
    return np.asarray(np.cos(np.pi * places * waves), dtype=np.float32)


@cache
def _oval() -> Floats:
    """1 in the face, falling to 0 at its outline: neither hair nor background counts."""
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) + np.float32(0.5)
    outside = ((rows / _SIDE - 0.55) / 0.45) ** 2 + ((columns / _SIDE - 0.5) / 0.38) ** 2
    return np.asarray(np.clip((1.15 - outside) / 0.3, 0, 1), dtype=np.float32)


def distance_blocks(fingerprints: Sequence[bytes]) -> Iterator[tuple[int, Floats]]:
    """In how many signs every two fingerprints differ, some rows at a time: the first row, and rows × the rest.

    The rest begins with the first row itself: a pair is met once, and what is on or below the diagonal is
    infinite. No fingerprint may be empty.
    """
    bits = np.unpackbits(np.frombuffer(b"".join(fingerprints), np.uint8).reshape(len(fingerprints), -1), axis=1)
    plain = bits[:, :_SIGNS].astype(np.float32) * 2 - 1
    mirrored = bits[:, _SIGNS:].astype(np.float32) * 2 - 1
    chunk = max(1, _CELLS // len(fingerprints))
    for start in range(0, len(fingerprints), chunk):
        rows = plain[start : start + chunk]
        agreement = np.maximum(rows @ plain[start:].T, rows @ mirrored[start:].T)
        distances = (_SIGNS - agreement) / 2
        distances[np.tril_indices(len(rows))] = np.inf
        yield start, distances


def nearest_of_others(fingerprints: Sequence[bytes], owners: Sequence[str]) -> dict[int, Near]:
    """For each picture its most alike among those of other owners, where at most `ALIKE` signs differ.

    Empty fingerprints match nothing; a picture without owner ('') is nobody's, and so another's to everyone.
    """
    known = [number for number, print_ in enumerate(fingerprints) if print_]
    if len(known) < 2:
        return {}
    numbers = {owner: number for number, owner in enumerate(dict.fromkeys(filter(None, owners)))}
    owned = np.array([numbers.get(owners[number], -1) for number in known])
    best, partner = np.full(len(known), np.inf, dtype=np.float32), np.zeros(len(known), dtype=np.intp)

    def take(places: slice, distances: Floats, partners: npt.NDArray[np.intp]) -> None:
        nearer = distances < best[places]
        best[places] = np.where(nearer, distances, best[places])
        partner[places] = np.where(nearer, partners, partner[places])

    for start, distances in distance_blocks([fingerprints[number] for number in known]):
        rows, rest = slice(start, start + len(distances)), slice(start, None)
        own = owned[rows]
        distances[(own[:, None] == owned[rest]) & (own[:, None] >= 0)] = np.inf
        # A picture's earlier partners are in its column, its later ones in its row.
        take(rest, distances.min(axis=0), start + distances.argmin(axis=0))
        take(rows, distances.min(axis=1), start + distances.argmin(axis=1))
    return {
        known[place]: Near(known[partner[place]], round(float(best[place])))
        for place in np.flatnonzero(best <= ALIKE).tolist()
    }
