"""The three nets: where faces are, 468 landmarks of one, and which pixels are the person.

BlazeFace (short range), Face Mesh and Selfie Segmentation of MediaPipe, run by LiteRT on one thread.
Nothing here judges; distances are pixels of the picture given.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from stuvalid.errors import UsageError

Floats: TypeAlias = npt.NDArray[np.float32]
_Detection: TypeAlias = tuple[float, list[float]]  # score; x, y, width, height and six points

MODELS = Path(__file__).parent / "models"
LEAST_SCORE = 0.5  # of a detection, and of the mesh that it is a face
SURE = 0.85  # of a detection: faces upside down are found too, but with less
_SURE_TURNED = 0.87  # upright faces, turned, have up to 0.85 where something covers them
_LYING = 45.0  # degrees
QUARTERS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
_DETECTOR_SIDE = 128
_MESH_SIDE = 192
_SEGMENT_SIDE = 256
_LEAST_LOGIT = math.log(LEAST_SCORE / (1 - LEAST_SCORE))
_ONE_LEVEL = np.float32(1 / 255)
_MESH_MARGIN = 1.5  # the mesh was trained on crops half as large again as the detected box
_BORNE_TILT = math.radians(8)
_OVERLAP = 0.3
_MOST_FACES = 6
_WINDOW = 0.5  # of the shorter side
_WINDOW_FACES = 4.0  # breadths of a face
_LEAST_WINDOW = 96
_LARGE = 0.3  # of the shorter side: a second face as large would have been seen
_ENOUGH_FOR_NETS = 640  # longer sides are shrunk first: the nets see at most 256 pixels


@dataclass(frozen=True, slots=True)
class Box:
    """A detected face: centre, side lengths, score and six points (right eye, left eye, nose, mouth, ears)."""

    x: float
    y: float
    width: float
    height: float
    score: float
    points: Floats


@dataclass(frozen=True, slots=True)
class Face:
    """A face with its landmarks: ``mesh`` is 468×3 (x and y in pixels, z in the same scale)."""

    box: Box
    mesh: Floats
    presence: float


class FaceEngine:
    """The nets of one process. ``find`` gives faces, ``person`` the probability of person per pixel.

    ``run_detector`` and ``run_mesh`` are the bare nets, tensor in and tensors out.
    """

    def __init__(self) -> None:
        interpreter = _interpreter_class()
        self.run_detector = _Net(interpreter, "face_detection_short_range.tflite")
        self.run_mesh = _Net(interpreter, "face_landmark.tflite")
        self._segment: _Net | None = None  # needed for few pictures, loaded when one comes
        self._interpreter = interpreter

    def find(self, image: Image.Image, copy: Image.Image | None = None) -> list[Face]:
        """Every face of an RGB picture, the largest first; things the mesh does not confirm are left out.

        ``copy`` is a smaller copy of the picture, if the caller has one, to spare making another.
        """
        scale, small = _shrunk(image)
        boxes = self.boxes(small, copy or small)
        faces = [face for box in boxes if (face := self.face_at(small, box)).presence >= LEAST_SCORE]
        faces = _distinct(faces) if len(faces) > 1 else faces
        return [_scaled(face, scale) for face in sorted(faces, key=lambda face: -face.box.width)]

    def find_upright(self, image: Image.Image) -> tuple[int, list[Face]]:
        """Quarter turns counterclockwise (0, 90, 180, 270) that bring the face upright, and the faces then.

        A covered or turned face is seen less surely than a plain one, and on its head nearly as surely: the picture
        is turned only where a face is seen surely then and none stands upright now.
        """
        found = self.find(image)
        lying = bool(found) and abs(read_roll(found[0])) > _LYING
        if found and not lying and found[0].box.score >= SURE:
            return 0, found
        least = found[0].box.score if found and not lying else 0.0
        best_turn, best = 0, found
        for turn in (90, 270, 180):
            turned = self.find(image.transpose(QUARTERS[turn]))
            if not turned or abs(read_roll(turned[0])) > _LYING or turned[0].box.score <= least:
                continue
            if turned[0].box.score >= _SURE_TURNED or not found or lying:
                best_turn, best, least = turn, turned, turned[0].box.score
        return best_turn, best

    def find_everyone(self, image: Image.Image, found: list[Face]) -> list[Face]:
        """All faces, the largest first, where `find` saw those ``found``.

        It misses small ones: then the picture is looked at in overlapping windows. Where there is one, there
        may be others as large: those are looked for in windows in which such a face is as large as the
        detector likes it.
        """
        narrow = min(image.size)
        found = found or self._in_windows(image, narrow * _WINDOW, LEAST_SCORE)[:1]
        if not found or found[0].box.width >= _LARGE * narrow:
            return found
        seen = self._in_windows(image, _WINDOW_FACES * found[0].box.width, SURE)
        return _distinct(sorted([*found, *seen], key=lambda face: -face.box.width))

    def _in_windows(self, image: Image.Image, length: float, score: float) -> list[Face]:
        """Faces in overlapping square windows, the largest first; ``length`` of a side in pixels."""
        scale, small = _shrunk(image)
        side = min(max(_LEAST_WINDOW, int(length / scale)), *small.size)
        found = [
            _moved(face, left, top)
            for top in _starts(small.height, side)
            for left in _starts(small.width, side)
            for face in self.find(small.crop((left, top, left + side, top + side)))
            if face.box.score >= score and _whole(face.box, (left, top), side, small.size)
        ]
        return [_scaled(face, scale) for face in _distinct(sorted(found, key=lambda each: -each.box.width))]

    def boxes(self, image: Image.Image, copy: Image.Image) -> list[Box]:
        """Detections in an RGB picture, seen through its smaller ``copy``, before the mesh has confirmed them."""
        scale = _DETECTOR_SIDE / max(image.size)
        inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        left, top = (_DETECTOR_SIDE - inner[0]) // 2, (_DETECTOR_SIDE - inner[1]) // 2
        reduced = copy.reduce(factor) if (factor := int(copy.height / inner[1])) > 1 else copy
        shown = reduced.resize(inner, Image.Resampling.NEAREST)
        self.run_detector.write(shown, 2 * _ONE_LEVEL, (top, left), -1.0)
        regressors, logits = self.run_detector.run()
        found = _decoded(regressors.reshape(-1, 16), logits.reshape(-1))
        return [_unboxed(detection, left, top, scale) for detection in found]

    def face_at(self, image: Image.Image, box: Box) -> Face:
        """Landmarks of the face in ``box``."""
        right, left = box.points[0], box.points[1]
        angle = math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))
        # The detector's eyes are less exact than the mesh, which bears a small tilt: turn only when it is large.
        angle = angle if abs(angle) > _BORNE_TILT else 0.0
        return self._meshed(image, box, (box.x, box.y), max(box.width, box.height) * _MESH_MARGIN, angle)

    def refined(self, image: Image.Image, face: Face) -> Face:
        """The same face looked at once more, upright by its own landmarks."""
        low, high = face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)
        middle = (low + high) / 2
        angle = math.atan2(*(float(part) for part in (face.mesh[263] - face.mesh[33])[1::-1]))
        side = float((high - low).max()) * _MESH_MARGIN
        return self._meshed(image, face.box, (float(middle[0]), float(middle[1])), side, angle)

    def _meshed(self, image: Image.Image, box: Box, centre: tuple[float, float], side: float, angle: float) -> Face:
        # Nearest neighbour moves landmarks by a tenth of a pixel and costs a fifteenth of bilinear.
        factor = max(1, int(side / _MESH_SIDE / 2))
        source = image.reduce(factor) if factor > 1 else image
        step, half = side / factor / _MESH_SIDE, _MESH_SIDE / 2
        cos, sin = math.cos(angle) * step, math.sin(angle) * step
        x, y = centre[0] / factor, centre[1] / factor
        affine = (cos, -sin, x - half * (cos - sin), sin, cos, y - half * (sin + cos))
        crop = source.transform((_MESH_SIDE, _MESH_SIDE), Image.Transform.AFFINE, affine, Image.Resampling.NEAREST)
        self.run_mesh.write(crop, _ONE_LEVEL)
        points, flag = self.run_mesh.run()
        raw = points.reshape(-1, 3)
        mesh = np.empty_like(raw)
        mesh[:, 0] = affine[0] * raw[:, 0] + affine[1] * raw[:, 1] + affine[2]
        mesh[:, 1] = affine[3] * raw[:, 0] + affine[4] * raw[:, 1] + affine[5]
        mesh[:, 2] = raw[:, 2] * step
        return Face(box, mesh * np.float32(factor), _sigmoid(float(flag.reshape(-1)[0])))

    def person(self, image: Image.Image) -> Floats:
        """Probability that a pixel belongs to a person, at the size of ``image`` (height × width)."""
        if self._segment is None:
            self._segment = _Net(self._interpreter, "selfie_segmentation.tflite")
        small = image.resize((_SEGMENT_SIDE, _SEGMENT_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
        self._segment.write(small, _ONE_LEVEL)
        (mask,) = self._segment.run()
        plane = Image.fromarray(mask.reshape(_SEGMENT_SIDE, _SEGMENT_SIDE))
        return np.asarray(plane.resize(image.size, Image.Resampling.BILINEAR), dtype=np.float32)


class _Net:
    def __init__(self, interpreter: Callable[..., Any], name: str) -> None:
        with _silence():
            self._net = interpreter(model_path=str(MODELS / name), num_threads=1)
            self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        self._view = self._net.tensor(self._input)
        self._outputs = [detail["index"] for detail in self._net.get_output_details()]

    def __call__(self, values: Floats) -> list[Floats]:
        self._net.set_tensor(self._input, values)
        return self.run()

    def write(
        self, image: Image.Image, level: np.float32, corner: tuple[int, int] = (0, 0), floor: float = 0.0
    ) -> None:
        """Put ``level`` × pixel + ``floor`` into the net's own input, from row and column ``corner`` on.

        What the picture does not cover is ``floor``. Straight into the input, because a copy of it costs as
        much as filling it.
        """
        canvas = self._view()[0]
        top, left = corner
        part = canvas[top : top + image.height, left : left + image.width]
        if part.shape != canvas.shape:
            canvas[:] = floor
        np.multiply(np.asarray(image), level, out=part)
        if floor:
            part += np.float32(floor)

    def run(self) -> list[Floats]:
        """The outputs for what was written."""
        self._net.invoke()
        return [self._net.get_tensor(index) for index in self._outputs]


def read_roll(face: Face) -> float:
    """Degrees by which the line of the eyes is turned, clockwise as seen."""
    right, left = face.mesh[[33, 133], :2].sum(axis=0).tolist(), face.mesh[[362, 263], :2].sum(axis=0).tolist()
    return math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))


def engine_available() -> bool:
    """Whether the runtime for the nets is installed."""
    from importlib.util import find_spec

    return find_spec("ai_edge_litert") is not None


@cache
def process_engine() -> FaceEngine:
    """The one engine of this process, made on first use; UsageError when the runtime is missing."""
    return FaceEngine()


def _interpreter_class() -> Callable[..., Any]:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except (ImportError, OSError) as error:
        raise UsageError(
            "未安装人脸检测组件，无法检查人脸。",
            "The face runtime is not installed, so faces cannot be checked.",
            mend_zh="请运行 pip install 'stuvalid[face]'。",
            mend_en="Run: pip install 'stuvalid[face]'",
        ) from error
    return Interpreter  # type: ignore[no-any-return]


@contextmanager
def _silence() -> Iterator[None]:
    """Keep LiteRT's greeting, which it writes past Python, off the user's stderr."""
    if sys.stderr is not None:
        sys.stderr.flush()
    kept, void = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(void, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(void)


def _shrunk(image: Image.Image) -> tuple[float, Image.Image]:
    """The picture no larger than the nets can use, and how many of its pixels one of the new ones is."""
    longest = max(image.size)
    if longest <= _ENOUGH_FOR_NETS:
        return 1.0, image
    scale = longest / _ENOUGH_FOR_NETS
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    return scale, image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


@cache
def _anchors() -> Floats:
    """What to add to the 16 regressors of each of the 896 anchors, in detector pixels.

    That is its centre for every place among them, nothing for width and height. There are 2 anchors per
    cell of 16×16 and 6 per cell of 8×8.
    """
    cells = []
    for side, repeat in ((16, 2), (8, 6)):
        line = (np.arange(side, dtype=np.float32) + 0.5) * (_DETECTOR_SIDE / side)
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        cells.append(np.repeat(grid, repeat, axis=0))
    offsets = np.tile(np.concatenate(cells), 8)
    offsets[:, 2:4] = 0
    return offsets


def _decoded(regressors: Floats, logits: Floats) -> list[_Detection]:
    """Detections in detector pixels, the surest first, overlapping ones blended into one.

    In plain numbers: a picture has some ten anchors that saw a face, too few for arrays to pay.
    """
    strong = np.flatnonzero(logits >= _LEAST_LOGIT)
    strong = strong[np.argsort(-logits[strong])]
    places = (regressors[strong] + _anchors()[strong]).tolist()
    left = [(_sigmoid(logit), place) for logit, place in zip(logits[strong].tolist(), places, strict=True)]
    blended: list[_Detection] = []
    while left and len(blended) < _MOST_FACES:
        score, first = left[0]
        same: list[_Detection] = [left[0]]
        others: list[_Detection] = []
        for detection in left[1:]:
            (same if _overlap(first, detection[1]) > _OVERLAP else others).append(detection)
        total = sum(weight for weight, _ in same)
        blended.append((score, [sum(w * place[at] for w, place in same) / total for at in range(len(first))]))
        left = others
    return blended


def _overlap(first: list[float], second: list[float]) -> float:
    """Intersection over union of two boxes: x, y, width, height."""
    (x1, y1, width1, height1), (x2, y2, width2, height2) = first[:4], second[:4]
    across = min(x1 + width1 / 2, x2 + width2 / 2) - max(x1 - width1 / 2, x2 - width2 / 2)
    down = min(y1 + height1 / 2, y2 + height2 / 2) - max(y1 - height1 / 2, y2 - height2 / 2)
    common = max(across, 0.0) * max(down, 0.0)
    return common / max(width1 * height1 + width2 * height2 - common, 1e-6)


def _unboxed(detection: _Detection, left: int, top: int, scale: float) -> Box:
    score, (x, y, width, height, *points) = detection
    places = [
        ((across - left) / scale, (down - top) / scale) for across, down in zip(points[::2], points[1::2], strict=True)
    ]
    return Box(
        (x - left) / scale, (y - top) / scale, width / scale, height / scale, score, np.array(places, dtype=np.float32)
    )


def _scaled(face: Face, scale: float) -> Face:
    if scale == 1.0:
        return face
    box = face.box
    larger = Box(box.x * scale, box.y * scale, box.width * scale, box.height * scale, box.score, box.points * scale)
    return Face(larger, face.mesh * np.float32(scale), face.presence)


def _whole(box: Box, corner: tuple[int, int], side: int, size: tuple[int, int]) -> bool:
    """Whether a face in a window is not cut by the window; by the picture's own edge it may be."""
    places = ((box.x, box.width, corner[0], size[0]), (box.y, box.height, corner[1], size[1]))
    return all(
        (middle - length / 2 > 0 or start == 0) and (middle + length / 2 < side or start + side >= end)
        for middle, length, start, end in places
    )


def _moved(face: Face, right: float, down: float) -> Face:
    box = face.box
    by = np.array([right, down, 0], dtype=np.float32)
    moved = Box(box.x + right, box.y + down, box.width, box.height, box.score, box.points + by[:2])
    return Face(moved, face.mesh + by, face.presence)


def _starts(length: int, side: int) -> list[int]:
    """Where windows of ``side`` begin that cover ``length`` with half of each in the next."""
    count = max(1, math.ceil((length - side) / max(1, side // 2)) + 1)
    return [round(number * (length - side) / max(1, count - 1)) for number in range(count)]


def _distinct(faces: list[Face]) -> list[Face]:
    """Faces whose landmarks are one and the same, found by two boxes, counted once."""
    kept: list[Face] = []
    for face in faces:
        middle = face.mesh[:, :2].mean(axis=0)
        if all(float(np.hypot(*(middle - other.mesh[:, :2].mean(axis=0)))) > other.box.width / 3 for other in kept):
            kept.append(face)
    return kept


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-80.0, min(80.0, value))))
