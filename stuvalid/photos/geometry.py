"""Where the head is and how it is held, from the landmarks of the face mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stuvalid.photos.face import Floats

# Indices of the 468-point mesh.
CHIN, FOREHEAD = 152, 10
RIGHT_SIDE, LEFT_SIDE = 234, 454
RIGHT_EYE, LEFT_EYE = (33, 133), (362, 263)
_RIGHT_LIDS, _LEFT_LIDS = ((160, 144), (158, 153)), ((385, 380), (387, 373))


@dataclass(frozen=True, slots=True)
class Pose:
    """Pixels of the picture and degrees. ``roll`` > 0: clockwise as seen; ``yaw`` > 0: towards the right edge.

    ``chin`` is the row of the chin, ``centre`` the column of the face's middle, ``width`` its breadth,
    ``aspect`` forehead-to-chin over breadth, ``openness`` how far the eyes are open (height over length).
    """

    chin: float
    centre: float
    width: float
    roll: float
    yaw: float
    aspect: float
    openness: float


def read_pose(mesh: Floats) -> Pose:
    """Measure a mesh of 468×3 pixels."""
    right, left = _at(mesh, *RIGHT_EYE), _at(mesh, *LEFT_EYE)
    chin, forehead, right_side, left_side = _at(mesh, CHIN, FOREHEAD, RIGHT_SIDE, LEFT_SIDE)
    width = math.dist(right_side[:2], left_side[:2])
    return Pose(
        chin=chin[1],
        centre=(right_side[0] + left_side[0]) / 2,
        width=width,
        roll=math.degrees(
            math.atan2(
                left[0][1] + left[1][1] - right[0][1] - right[1][1], left[0][0] + left[1][0] - right[0][0] - right[1][0]
            )
        ),
        yaw=math.degrees(math.atan2(left_side[2] - right_side[2], width)),
        aspect=math.dist(chin, forehead) / max(math.dist(right_side, left_side), 1e-6),
        openness=(_openness(mesh, right, _RIGHT_LIDS) + _openness(mesh, left, _LEFT_LIDS)) / 2,
    )


def eye(mesh: Floats, corners: tuple[int, int]) -> Floats:
    """Middle of an eye: x and y."""
    return np.asarray((mesh[corners[0], :2] + mesh[corners[1], :2]) / 2, dtype=np.float32)


def _at(mesh: Floats, *indices: int) -> list[list[float]]:
    """Landmarks as plain numbers: arithmetic with arrays of three costs ten times as much."""
    return [mesh[index].tolist() for index in indices]


def _openness(mesh: Floats, corners: list[list[float]], lids: tuple[tuple[int, int], ...]) -> float:
    """Mean gap between the lids over the length of the eye."""
    length = math.dist(corners[0][:2], corners[1][:2])
    gaps = [math.dist(upper[:2], lower[:2]) for upper, lower in (_at(mesh, *pair) for pair in lids)]
    return sum(gaps) / len(gaps) / max(length, 1e-6)
