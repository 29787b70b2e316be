"""Cutting one head out of a picture: found, levelled, measured, framed as the specification wants it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from stuvalid.photos.face import Face, FaceEngine
from stuvalid.photos.geometry import read_pose
from stuvalid.photos.inspect import Inspection, find_hair, outline_of
from stuvalid.photos.quality import face_box
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.spec import Spec
from stuvalid.photos.surface import frame_width

_LEVEL = 1.0  # degrees of tilt not worth resampling for
_ENLARGED = 1.15
_BODY = 0.06  # of the height: more added below is worth a look
_MARGIN_UP, _MARGIN_SIDE = 2.4, 1.4  # of the face's breadth, around the chin: where the hair is looked for
_BEYOND = 0.04  # of the face's breadth
_TOUCHING = 1.0  # rows
_ADDED = 0.02  # of the height: more background added is worth a look
_AT_EDGE = 0.15
MISPLACED = frozenset(
    {
        "wrong_head_size",
        "doubtful_head_size",
        "off_centre",
        "slightly_off_centre",
        "head_misplaced",
        "head_slightly_misplaced",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done: ``what`` is a word for programs, ``before`` and ``after`` are for people."""

    what: str
    before: str
    after: str


@dataclass(slots=True)
class Head:
    image: Image.Image
    face: Face
    hair: float
    chin: float
    centre: float
    touching: tuple[int, ...] = ()  # 0 and 2: the left and the right edge, where something else than background ends


def without_frame(image: Image.Image, steps: list[Step]) -> Image.Image:
    """The picture without the frame or the edges of another picture around it."""
    cut = frame_width(image)
    if not any(cut):
        return image
    left, top, right, bottom = cut
    steps.append(Step("trim", f"{image.width}×{image.height}", f"裁边 左{left} 上{top} 右{right} 下{bottom} 像素"))
    return image.crop((left, top, image.width - right, image.height - bottom))


def cut_aside(face: Face, width: int) -> bool:
    """Whether more of the face than the landmarks may err lies beyond the left or right edge."""
    left, _, right, _ = face_box(face.mesh)
    slack = _BEYOND * (right - left)
    return left < -slack or right > width + slack


def cut_above_or_below(image: Image.Image, face: Face, engine: FaceEngine) -> tuple[str, str] | None:
    """At which edge the head ends, in both languages; None where it is whole."""
    outline = outline_of(image, face)
    hair = find_hair(image, outline, read_pose(face.mesh), face, engine)
    _, top, _, bottom = face_box(face.mesh)
    if top < 0 or (hair is not None and hair <= _TOUCHING * max(1.0, image.height / 441)):
        return "上", "upper"
    return ("下", "lower") if bottom > image.height else None


def levelled(image: Image.Image, face: Face, engine: FaceEngine, steps: list[Step]) -> tuple[Image.Image, Face]:
    """The picture and its face turned until the eyes are level."""
    first = roll = read_pose(face.mesh).roll
    for _ in range(2):
        if abs(roll) <= _LEVEL:
            break
        image, face = _rotated(image, face, roll)
        face = engine.refined(image, face)
        roll = read_pose(face.mesh).roll
    if abs(first) > _LEVEL:
        steps.append(Step("level", f"倾斜 {first:.1f}°", f"{roll:.1f}°"))
    return image, face


def _rotated(image: Image.Image, face: Face, roll: float) -> tuple[Image.Image, Face]:
    """The picture turned back by ``roll`` degrees, its edges continued into the corners, and the face in it."""
    cos, sin = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    margin = math.ceil(math.hypot(*image.size) * abs(sin)) + 2
    centre = face.mesh[:, :2].mean(axis=0)
    middle = (float(centre[0]) + margin, float(centre[1]) + margin)
    turned = _padded(image, (margin,) * 4).rotate(roll, Image.Resampling.BICUBIC, center=middle)
    turned = turned.crop((margin, margin, margin + image.width, margin + image.height))
    off, mesh = face.mesh[:, :2] - centre, face.mesh.copy()
    mesh[:, 0], mesh[:, 1] = (
        centre[0] + cos * off[:, 0] + sin * off[:, 1],
        centre[1] - sin * off[:, 0] + cos * off[:, 1],
    )
    return turned, replace(face, mesh=mesh)


def measured(image: Image.Image, face: Face, engine: FaceEngine) -> Head | None:
    """Chin, hair top and middle; the hair is looked for near the head, where the background is its own."""
    pose = read_pose(face.mesh)
    left = max(0, int(pose.centre - _MARGIN_SIDE * pose.width))
    top = max(0, int(pose.chin - _MARGIN_UP * pose.width))
    right = min(image.width, int(pose.centre + _MARGIN_SIDE * pose.width))
    bottom = min(image.height, int(pose.chin + 0.3 * pose.width))
    if right - left < 16 or bottom - top < 16:
        return None
    near = image.crop((left, top, right, bottom))
    moved = replace(face, mesh=face.mesh - np.array([left, top, 0], dtype=np.float32))
    outline = outline_of(near, moved)
    hair = find_hair(near, outline, read_pose(moved.mesh), moved, engine)
    if hair is None:
        return None
    at_edge = outline is not None and outline.at_edge > _AT_EDGE
    touching = tuple(side for side, ends in ((0, left == 0), (2, right == image.width)) if ends and at_edge)
    return Head(image, face, hair + top, pose.chin, pose.centre, touching)


def corrected(head: Head, seen: Inspection | None, spec: Spec) -> Head | None:
    """The head as measured once more where it is large and alone; None when it is where it should be.

    In the picture as it came, a lamp or a neighbour right above or beside a small head may pass for hair.
    """
    if seen is None or not MISPLACED.intersection(entry.slug for entry in seen.faults):
        return None
    measures = seen.measures
    if measures.pose is None or measures.hair is None:
        return None
    left, top, scale = frame(head, spec)
    return replace(
        head,
        hair=top + measures.hair * scale,
        chin=top + measures.pose.chin * scale,
        centre=left + measures.pose.centre * scale,
    )


def frame(head: Head, spec: Spec) -> tuple[float, float, float]:
    """Left and top of what is to be cut out, and how many pixels of the picture one of the new ones is."""
    scale = (head.chin - head.hair) / spec.head.write_height / spec.size.write_height
    top = head.hair - spec.head.write_top * spec.size.write_height * scale
    return head.centre - spec.size.write_width * scale / 2, top, scale


def box_of(head: Head, spec: Spec) -> tuple[float, float, float, float]:
    left, top, scale = frame(head, spec)
    return left, top, left + scale * spec.size.write_width, top + scale * spec.size.write_height


def cropped(head: Head, spec: Spec, steps: list[Step], faults: list[PhotoFault]) -> Image.Image:
    """Cut out and scaled so that the head has its prescribed height and place."""
    size, image = spec.size, head.image
    box = box_of(head, spec)
    height = box[3] - box[1]
    pads = pads_of(box, image.size)
    below = pads[3] / height
    if any(pads):
        image = _padded(image, pads)
        box = (box[0] + pads[0], box[1] + pads[1], box[2] + pads[0], box[3] + pads[1])
        steps.append(
            Step(
                "pad",
                f"{head.image.width}×{head.image.height}",
                f"左{pads[0]} 上{pads[1]} 右{pads[2]} 下{pads[3]} 像素",
            )
        )
    if below > _BODY:
        faults.append(fault("body_cut_short", pixels=round(below * size.write_height), about="body"))
    around = {("两侧", "beside"): max(pads[0], pads[2]), ("上方", "above"): pads[1]}
    for (zh, en), pad in around.items():
        if pad > _ADDED * height:
            added = round(pad / height * size.write_height)
            faults.append(fault("background_added", where=zh, where_en=en, pixels=added, about="background"))
    factor = size.write_height / height
    if factor > _ENLARGED:
        faults.append(fault("enlarged", factor=f"{factor:.1f}", about="pixels"))
    share = (head.chin - head.hair) / head.image.height
    steps.append(
        Step(
            "crop",
            f"{head.image.width}×{head.image.height} 头部{share:.0%}",
            f"{size.write_width}×{size.write_height} 头部{spec.head.write_height:.0%}",
        )
    )
    return image.resize((size.write_width, size.write_height), Image.Resampling.LANCZOS, box=box)


def pads_of(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Pixels missing at the left, top, right and bottom."""
    return (
        max(0, int(np.ceil(-box[0]))),
        max(0, int(np.ceil(-box[1]))),
        max(0, int(np.ceil(box[2] - size[0]))),
        max(0, int(np.ceil(box[3] - size[1]))),
    )


def _padded(image: Image.Image, pads: Sequence[int]) -> Image.Image:
    """The picture continued beyond its edges: background stays background, clothes go on downwards."""
    left, top, right, bottom = pads
    return Image.fromarray(np.pad(np.asarray(image), ((top, bottom), (left, right), (0, 0)), mode="edge"))
