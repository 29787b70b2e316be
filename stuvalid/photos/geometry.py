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
    right, left = eye(mesh, RIGHT_EYE), eye(mesh, LEFT_EYE)
    line = left - right
    roll = math.degrees(math.atan2(float(line[1]), float(line[0])))
    across = mesh[LEFT_SIDE] - mesh[RIGHT_SIDE]
    width = float(np.hypot(across[0], across[1]))
    yaw = math.degrees(math.atan2(float(across[2]), width))
    tall = mesh[CHIN] - mesh[FOREHEAD]
    true_width = float(np.sqrt((across**2).sum()))
    return Pose(
        chin=float(mesh[CHIN, 1]),
        centre=float(mesh[RIGHT_SIDE, 0] + mesh[LEFT_SIDE, 0]) / 2,
        width=width,
        roll=roll,
        yaw=yaw,
        aspect=float(np.sqrt((tall**2).sum())) / max(true_width, 1e-6),
        openness=(_openness(mesh, RIGHT_EYE, _RIGHT_LIDS) + _openness(mesh, LEFT_EYE, _LEFT_LIDS)) / 2,
    )


def eye(mesh: Floats, corners: tuple[int, int]) -> Floats:
    """Middle of an eye: x and y."""
    return np.asarray((mesh[corners[0], :2] + mesh[corners[1], :2]) / 2, dtype=np.float32)


def _openness(mesh: Floats, corners: tuple[int, int], lids: tuple[tuple[int, int], ...]) -> float:
    length = float(np.hypot(*(mesh[corners[1], :2] - mesh[corners[0], :2])))
    gaps = [float(np.hypot(*(mesh[upper, :2] - mesh[lower, :2]))) for upper, lower in lids]
    return sum(gaps) / len(gaps) / max(length, 1e-6)
