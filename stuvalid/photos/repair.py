"""Making one picture what the specification wants: upright, cropped to the head, sized, compressed, clean.

Nothing is done that no finding asks for. What was told of the source's pixels stays told, for cropping and saving
mend none of it; the result is measured like any picture, and is handed out only where it is better than the source.
Never raises for what is in the bytes. What was done is told step by step, with before and after.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageCms

from stuvalid.findings import Severity
from stuvalid.photos.container import read_jpeg, sniff
from stuvalid.photos.cutout import replace_background
from stuvalid.photos.decode import decode, upright
from stuvalid.photos.face import QUARTERS, Face, FaceEngine
from stuvalid.photos.geometry import read_pose
from stuvalid.photos.inspect import Inspection, find_hair, inspect_photo, outline_of
from stuvalid.photos.quality import face_box
from stuvalid.photos.rules import Fault, fault
from stuvalid.photos.saving import encode, relabelled
from stuvalid.photos.spec import Spec
from stuvalid.photos.surface import frame_width

_WORKING = 2400  # longer pictures are reduced first: still far more than is needed
_LEVEL = 1.0  # degrees of tilt not worth resampling for
_ALONE = 1.8  # how much larger than anyone else's the pupil's face must be
_ENLARGED = 1.15
_BODY = 0.06  # of the height: more added below is worth a look
_MARGIN_UP, _MARGIN_SIDE = 2.4, 1.4  # of the face's breadth, around the chin: where the hair is looked for
_CORRECTIONS = 2
_BEYOND = 0.04  # of the face's breadth
_TOUCHING = 1.0  # rows
_ADDED = 0.02  # of the height: more background added is worth a look
_AT_EDGE = 0.15
_TILTED = frozenset({"head_tilted", "head_slightly_tilted"})
_MISPLACED = frozenset(
    {
        "wrong_head_size",
        "doubtful_head_size",
        "off_centre",
        "slightly_off_centre",
        "head_misplaced",
        "head_slightly_misplaced",
    }
)
_LABELS = frozenset({"dpi_too_low", "dpi_low", "location_inside", "device_inside", "data_after_end"})
# What asks for the picture to be cut anew, for its bytes to be written anew, and for another background.
_CROPPING = (
    _TILTED
    | _MISPLACED
    | {"wrong_pixels", "wrong_shape", "too_few_pixels", "frame_or_edge", "no_face", "several_faces"}
)
_SAVING = frozenset(
    {
        "not_a_jpeg",
        "damaged_picture",
        "file_too_big",
        "file_nearly_too_big",
        "file_too_small",
        "wrong_colour_mode",
        "turned_by_exif",
    }
)
_BACKGROUNDS = frozenset(
    {
        "wrong_background",
        "doubtful_background",
        "uneven_background",
        "busy_background",
        "something_beside",
        "someone_at_edge",
    }
)
# Faults of the pixels, which neither cropping nor saving takes away, whatever is measured afterwards; the graver
# of two that say one thing first.
_LASTING = (
    ("compressed_too_hard", "compression_visible"),
    ("blurred", "slightly_blurred"),
    ("badly_exposed", "doubtful_exposure"),
    ("no_colour", "faded_colours"),
    ("head_turned", "head_slightly_turned"),
    ("damaged_picture",),
    ("pixelated",),
    ("lines_across",),
    ("noisy",),
    ("writing_on_picture",),
    ("colour_cast",),
    ("half_in_shadow",),
    ("red_eyes",),
    ("over_processed",),
    ("face_perhaps_covered",),
    ("badly_cut_out",),
    ("squeezed",),
)
_GRAVER = {lighter: pair[0] for pair in _LASTING for lighter in pair[1:]}
# Of a face so small, in shares of the height, these are measured too roughly to outlive a better look.
_ENOUGH_FACE = 0.2
_OF_FACE = frozenset(
    {
        "blurred",
        "slightly_blurred",
        "badly_exposed",
        "doubtful_exposure",
        "colour_cast",
        "half_in_shadow",
        "red_eyes",
        "over_processed",
        "face_perhaps_covered",
        "faded_colours",
        "squeezed",
    }
)
_WORSE = {
    "doubtful_background": "wrong_background",
    "uneven_background": "busy_background",
    "doubtful_head_size": "wrong_head_size",
}
_STAYING = frozenset(slug for group in _LASTING for slug in group)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done: ``what`` is a word for programs, ``before`` and ``after`` are for people."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The new bytes (None where there is nothing to hand in), what was done, what a person should know."""

    data: bytes | None
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]
    inspection: Inspection | None = None


@dataclass(slots=True)
class _Head:
    image: Image.Image
    face: Face
    hair: float
    chin: float
    centre: float
    touching: tuple[int, ...] = ()  # 0 and 2: the left and the right edge, where something else than background ends


def repair_photo(
    data: bytes, before: Inspection, spec: Spec, faces: FaceEngine, *, background: bool = False
) -> Repaired:
    """Repair one picture; ``before`` is its inspection under the same specification."""
    slugs = {entry.slug for entry in before.faults}
    asked = slugs & (_CROPPING | _SAVING | (_BACKGROUNDS if background else frozenset()))
    if not asked and "picture" not in before.unchecked:
        return _relabel(data, before, slugs, spec, faces)
    made = _mended(data, before, spec, faces, background)
    if before.kind == "JPEG" and not _better(made, before):
        return _relabel(data, before, slugs, spec, faces)
    return made


def _mended(data: bytes, before: Inspection, spec: Spec, faces: FaceEngine, background: bool) -> Repaired:
    """The rebuilt picture with all that is to be said of it, or why there is none."""
    if any(entry.slug == "part_missing" for entry in before.faults):
        return _refused("照片没有传完整，下方缺了一块", "the picture is incomplete: its lower part is missing")
    try:
        made = _rebuild(data, before, spec, faces, background)
    except Exception as error:  # noqa: BLE001  (a picture no one foresaw must not end the run; it is reported)
        return _refused(f"程序出错（{type(error).__name__}）", f"the program failed ({type(error).__name__})")
    if made.data is None or made.inspection is None:
        return made
    after = replace(made.inspection, faults=_with_lasting(before, made.inspection))
    new = _new_errors(before, after)
    if new:
        words = "；".join(entry.message("zh") for entry in new), "; ".join(entry.message("en") for entry in new)
        return _refused(f"修整后反而有新的问题（{words[0]}）", f"mended it would be worse ({words[1]})")
    return replace(made, inspection=after)


def _better(made: Repaired, before: Inspection) -> bool:
    """Whether to hand out, or refuse, what was made of a picture: not where the source would pass and is no worse."""
    if any(entry.severity == Severity.ERROR and entry.slug not in _LABELS for entry in before.faults):
        return True
    if made.data is None or made.inspection is None:
        return False
    left = (*made.inspection.faults, *made.faults)
    doubts = [sum(entry.severity >= Severity.WARNING for entry in faults) for faults in (left, before.faults)]
    return doubts[0] < doubts[1]


def _with_lasting(before: Inspection, after: Inspection) -> tuple[Fault, ...]:
    """The faults of the result, and those of the source's pixels that are in it still; of two grades the graver."""
    pose = before.measures.pose
    small = pose is None or pose.width < _ENOUGH_FACE * before.height
    lasting = _STAYING - _OF_FACE if small else _STAYING
    merged = {entry.slug: entry for entry in before.faults if entry.slug in lasting}
    merged = {entry.slug: entry for entry in after.faults} | merged
    return tuple(entry for slug, entry in merged.items() if _GRAVER.get(slug, "") not in merged)


def _new_errors(before: Inspection, after: Inspection) -> list[Fault]:
    """Errors of the result that the source had not even as a warning."""
    had = {entry.slug for entry in before.faults}
    had |= {_GRAVER.get(slug, slug) for slug in had} | {_WORSE.get(slug, slug) for slug in had}
    if "no_face" in had or "picture" in before.unchecked:
        return []  # nothing was measured of it
    return [entry for entry in after.faults if entry.severity == Severity.ERROR and entry.slug not in had]


def _relabel(data: bytes, before: Inspection, slugs: set[str], spec: Spec, faces: FaceEngine) -> Repaired:
    """Nothing wrong with the picture itself: keep its pixels bit for bit."""
    if not slugs & _LABELS:
        return Repaired(data, (), (), before)
    new = relabelled(data, spec.size.write_dpi, read_jpeg(data).end)
    if new is None:
        return _rebuild(data, before, spec, faces, False)
    mark = f"{before.dpi:g} dpi" if before.dpi else "无"
    steps = [Step("label", mark, f"{spec.size.write_dpi} dpi")]
    if slugs & {"location_inside", "device_inside", "data_after_end"}:
        steps.append(Step("strip", "带有附加信息", "已去除，画面未动"))
    return Repaired(new, tuple(steps), (), inspect_photo(new, before.name, spec, faces))


def _rebuild(data: bytes, before: Inspection, spec: Spec, faces: FaceEngine, background: bool) -> Repaired:
    steps: list[Step] = []
    slugs = {entry.slug for entry in before.faults}
    image = _opened(data, steps)
    if image is None or "picture" in before.unchecked:
        return _refused("照片打不开", "the picture cannot be opened")
    if not slugs & _CROPPING:
        return _saved(image, before, spec, faces, background, steps)
    if "frame_or_edge" in slugs:
        image = _without_frame(image, steps)
    image, found = _turned_to_face(image, faces, steps)
    refusal = _refusal(image, found, faces)
    if refusal is not None:
        return refusal
    face = faces.refined(image, found[0])
    tilted = bool(slugs & _TILTED) or any(step.what == "turn" for step in steps)
    if tilted:
        image, face = _levelled(image, face, faces, steps)
    head = _measured(image, face, faces)
    if head is None:
        return _refused("看不清头顶在哪里", "the top of the head cannot be made out")
    if head.touching and any(_pads(_box(head, spec), image.size)[side] for side in head.touching):
        return _refused("头发或旁边的人被照片侧边切掉", "hair or someone else is cut off at the side of the picture")
    made = _made(head, before, spec, faces, background)
    for _ in range(_CORRECTIONS):
        better = _corrected(head, made.inspection, spec)
        if better is None:
            break
        head = better
        made = _made(head, before, spec, faces, background)
    return replace(made, steps=(*steps, *made.steps))


def _refusal(image: Image.Image, found: list[Face], engine: FaceEngine) -> Repaired | None:
    """Why no head can be cut out of a picture with the faces ``found``; None where one can."""
    if not found:
        return _refused("没有找到人脸", "no face was found")
    if len(found) > 1 and found[0].box.width < _ALONE * found[1].box.width:
        return _refused(f"有 {len(found)} 张人脸，不能确定是谁", f"{len(found)} faces, and no telling which")
    face = engine.refined(image, found[0])
    if _cut_aside(face, image.width):
        return _refused("脸被照片边缘切掉一部分", "part of the face is beyond the edge of the picture")
    cut = _cut_above_or_below(image, face, engine)
    if cut:
        return _refused(f"头部被照片{cut[0]}边缘切掉", f"the head is cut off at the {cut[1]} edge")
    return None


def _saved(
    image: Image.Image, before: Inspection, spec: Spec, faces: FaceEngine, background: bool, steps: list[Step]
) -> Repaired:
    """The picture as it is cut, on the prescribed background if asked for, written anew."""
    faults: list[Fault] = []
    if background and _BACKGROUNDS & {entry.slug for entry in before.faults}:
        image = _on_prescribed(image, spec, faces, steps, faults)
    return _encoded(image, before, spec, faces, steps, faults)


def _encoded(
    picture: Image.Image, before: Inspection, spec: Spec, faces: FaceEngine, steps: list[Step], faults: list[Fault]
) -> Repaired:
    encoded, quality = encode(picture, spec)
    steps.append(
        Step(
            "encode",
            f"{before.kind} {before.size} 字节",
            f"JPEG 质量{quality} {len(encoded)} 字节 {spec.size.write_dpi} dpi",
        )
    )
    return Repaired(encoded, tuple(steps), tuple(faults), inspect_photo(encoded, before.name, spec, faces))


def _without_frame(image: Image.Image, steps: list[Step]) -> Image.Image:
    """The picture without the frame or the edges of another picture around it."""
    cut = frame_width(image)
    if not any(cut):
        return image
    left, top, right, bottom = cut
    steps.append(Step("trim", f"{image.width}×{image.height}", f"裁边 左{left} 上{top} 右{right} 下{bottom} 像素"))
    return image.crop((left, top, image.width - right, image.height - bottom))


def _cut_above_or_below(image: Image.Image, face: Face, engine: FaceEngine) -> tuple[str, str] | None:
    """At which edge the head ends, in both languages; None where it is whole."""
    outline = outline_of(image, face)
    hair = find_hair(image, outline, read_pose(face.mesh), face, engine)
    _, top, _, bottom = face_box(face.mesh)
    if top < 0 or (hair is not None and hair <= _TOUCHING * max(1.0, image.height / 441)):
        return "上", "upper"
    return ("下", "lower") if bottom > image.height else None


def _made(head: _Head, before: Inspection, spec: Spec, faces: FaceEngine, background: bool) -> Repaired:
    """The picture of a measured head: cropped, on the prescribed background if asked for, encoded, checked."""
    steps: list[Step] = []
    faults: list[Fault] = []
    picture = _cropped(head, spec, steps, faults)
    if background:
        picture = _on_prescribed(picture, spec, faces, steps, faults)
    return _encoded(picture, before, spec, faces, steps, faults)


def _corrected(head: _Head, seen: Inspection | None, spec: Spec) -> _Head | None:
    """The head as measured once more where it is large and alone; None when it is where it should be.

    In the picture as it came, a lamp or a neighbour right above or beside a small head may pass for hair.
    """
    if seen is None or not _MISPLACED.intersection(entry.slug for entry in seen.faults):
        return None
    measures = seen.measures
    if measures.pose is None or measures.hair is None:
        return None
    left, top, scale = _frame(head, spec)
    return replace(
        head,
        hair=top + measures.hair * scale,
        chin=top + measures.pose.chin * scale,
        centre=left + measures.pose.centre * scale,
    )


def _frame(head: _Head, spec: Spec) -> tuple[float, float, float]:
    """Left and top of what is to be cut out, and how many pixels of the picture one of the new ones is."""
    scale = (head.chin - head.hair) / spec.head.write_height / spec.size.write_height
    top = head.hair - spec.head.write_top * spec.size.write_height * scale
    return head.centre - spec.size.write_width * scale / 2, top, scale


def _box(head: _Head, spec: Spec) -> tuple[float, float, float, float]:
    left, top, scale = _frame(head, spec)
    return left, top, left + scale * spec.size.write_width, top + scale * spec.size.write_height


def _cut_aside(face: Face, width: int) -> bool:
    """Whether more of the face than the landmarks may err lies beyond the left or right edge."""
    left, _, right, _ = face_box(face.mesh)
    slack = _BEYOND * (right - left)
    return left < -slack or right > width + slack


def _refused(zh: str, en: str) -> Repaired:
    return Repaired(None, (), (fault("not_repaired", reason=zh, reason_en=en),))


def _opened(data: bytes, steps: list[Step]) -> Image.Image | None:
    kind = sniff(data)
    jpeg = read_jpeg(data) if kind == "JPEG" else None
    decoded = decode(data, kind, jpeg, longest=_WORKING)
    if decoded.image is None:
        return None
    image = upright(decoded.image)
    longest = max(image.size)
    if longest > _WORKING:
        image = image.resize(
            [round(side * _WORKING / longest) for side in image.size], Image.Resampling.LANCZOS, reducing_gap=2.0
        )
    if jpeg is not None and jpeg.orientation != 1:
        steps.append(Step("turn", f"EXIF方向 {jpeg.orientation}", "已转正"))
    if decoded.mode != "RGB":
        steps.append(Step("colour_mode", decoded.mode, "RGB"))
    return _standard_colours(image, steps)


def _standard_colours(image: Image.Image, steps: list[Step]) -> Image.Image:
    """Phones write Display P3: without the profile, which is stripped, its colours would turn dull."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        if "sRGB" in name:
            return image
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    steps.append(Step("colours", name, "sRGB"))
    return converted or image


def _turned_to_face(image: Image.Image, engine: FaceEngine, steps: list[Step]) -> tuple[Image.Image, list[Face]]:
    """The picture and its faces, turned by quarters if it lies on its side or stands on its head."""
    turn, found = engine.find_upright(image)
    if turn:
        image = image.transpose(QUARTERS[turn])
        steps.append(Step("turn", "横放或倒置", f"逆时针转 {turn}°"))
    found = engine.find_everyone(image, found)
    return image, found


def _levelled(image: Image.Image, face: Face, engine: FaceEngine, steps: list[Step]) -> tuple[Image.Image, Face]:
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


def _measured(image: Image.Image, face: Face, engine: FaceEngine) -> _Head | None:
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
    return _Head(image, face, hair + top, pose.chin, pose.centre, touching)


def _cropped(head: _Head, spec: Spec, steps: list[Step], faults: list[Fault]) -> Image.Image:
    """Cut out and scaled so that the head has its prescribed height and place."""
    size, image = spec.size, head.image
    box = _box(head, spec)
    height = box[3] - box[1]
    pads = _pads(box, image.size)
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


def _pads(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
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


def _on_prescribed(
    picture: Image.Image, spec: Spec, engine: FaceEngine, steps: list[Step], faults: list[Fault]
) -> Image.Image:
    new, zh = replace_background(picture, spec, engine)
    if new is None:
        steps.append(Step("background", "未更换", zh))
        return picture
    steps.append(Step("background", zh, "RGB {},{},{}".format(*spec.background.colour)))
    faults.append(fault("person_cut_out", about="background"))
    return new
