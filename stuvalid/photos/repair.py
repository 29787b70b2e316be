"""Making one picture what the specification wants: upright, cropped to the head, sized, compressed, clean.

Nothing is done that no finding asks for. What was told of the source's pixels stays told, for cropping and saving
mend none of it; the result is measured like any picture, and is handed out only where it is better than the source.
Never raises for what is in the bytes. What was done is told step by step, with before and after.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from PIL import Image, ImageCms

from stuvalid.findings import Severity
from stuvalid.photos.container import read_jpeg, sniff
from stuvalid.photos.cropping import (
    MISPLACED,
    Head,
    Step,
    box_of,
    corrected,
    cropped,
    cut_above_or_below,
    cut_aside,
    levelled,
    measured,
    pads_of,
    without_frame,
)
from stuvalid.photos.cutout import replace_background
from stuvalid.photos.decode import decode, upright
from stuvalid.photos.face import QUARTERS, Face, FaceEngine
from stuvalid.photos.inspect import Inspection, inspect_photo
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.saving import encode, relabelled
from stuvalid.photos.spec import Spec

_WORKING = 2400  # longer pictures are reduced first: still far more than is needed
_ALONE = 1.8  # how much larger than anyone else's the pupil's face must be
_CORRECTIONS = 2
_TILTED = frozenset({"head_tilted", "head_slightly_tilted"})
_LABELS = frozenset({"dpi_too_low", "dpi_low", "location_inside", "device_inside", "data_after_end"})
# What asks for the picture to be cut anew, for its bytes to be written anew, and for another background.
_CROPPING = (
    _TILTED | MISPLACED | {"wrong_pixels", "wrong_shape", "too_few_pixels", "frame_or_edge", "no_face", "several_faces"}
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
class Repaired:
    """The new bytes (None where there is nothing to hand in), what was done, what a person should know."""

    data: bytes | None
    steps: tuple[Step, ...]
    faults: tuple[PhotoFault, ...]
    inspection: Inspection | None = None


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


def _with_lasting(before: Inspection, after: Inspection) -> tuple[PhotoFault, ...]:
    """The faults of the result, and those of the source's pixels that are in it still; of two grades the graver."""
    pose = before.measures.pose
    small = pose is None or pose.width < _ENOUGH_FACE * before.height
    lasting = _STAYING - _OF_FACE if small else _STAYING
    merged = {entry.slug: entry for entry in before.faults if entry.slug in lasting}
    merged = {entry.slug: entry for entry in after.faults} | merged
    return tuple(entry for slug, entry in merged.items() if _GRAVER.get(slug, "") not in merged)


def _new_errors(before: Inspection, after: Inspection) -> list[PhotoFault]:
    """Errors of the result that the source had not even as a warning; all its own where they are more."""
    had = {entry.slug for entry in before.faults}
    had |= {_GRAVER.get(slug, slug) for slug in had} | {_WORSE.get(slug, slug) for slug in had}
    if "no_face" in had or "picture" in before.unchecked:
        return []  # nothing was measured of it
    errors = [entry for entry in after.faults if entry.severity == Severity.ERROR]
    before_errors = {entry.slug for entry in before.faults if entry.severity == Severity.ERROR}
    if len(errors) > len(before_errors):
        return [entry for entry in errors if entry.slug not in before_errors]
    return [entry for entry in errors if entry.slug not in had]


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
        image = without_frame(image, steps)
    image, found = _turned_to_face(image, faces, steps)
    refusal = _refusal(image, found, faces)
    if refusal is not None:
        return refusal
    face = faces.refined(image, found[0])
    tilted = bool(slugs & _TILTED) or any(step.what == "turn" for step in steps)
    if tilted:
        image, face = levelled(image, face, faces, steps)
    head = measured(image, face, faces)
    if head is None:
        return _refused("看不清头顶在哪里", "the top of the head cannot be made out")
    if head.touching and any(pads_of(box_of(head, spec), image.size)[side] for side in head.touching):
        return _refused("头发或旁边的人被照片侧边切掉", "hair or someone else is cut off at the side of the picture")
    made = _made(head, before, spec, faces, background)
    for _ in range(_CORRECTIONS):
        better = corrected(head, made.inspection, spec)
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
    if cut_aside(face, image.width):
        return _refused("脸被照片边缘切掉一部分", "part of the face is beyond the edge of the picture")
    cut = cut_above_or_below(image, face, engine)
    if cut:
        return _refused(f"头部被照片{cut[0]}边缘切掉", f"the head is cut off at the {cut[1]} edge")
    return None


def _saved(
    image: Image.Image, before: Inspection, spec: Spec, faces: FaceEngine, background: bool, steps: list[Step]
) -> Repaired:
    """The picture as it is cut, on the prescribed background if asked for, written anew."""
    faults: list[PhotoFault] = []
    if background and _BACKGROUNDS & {entry.slug for entry in before.faults}:
        image = _on_prescribed(image, spec, faces, steps, faults)
    return _encoded(image, before, spec, faces, steps, faults)


def _encoded(
    picture: Image.Image, before: Inspection, spec: Spec, faces: FaceEngine, steps: list[Step], faults: list[PhotoFault]
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


def _made(head: Head, before: Inspection, spec: Spec, faces: FaceEngine, background: bool) -> Repaired:
    """The picture of a measured head: cropped, on the prescribed background if asked for, encoded, checked."""
    steps: list[Step] = []
    faults: list[PhotoFault] = []
    picture = cropped(head, spec, steps, faults)
    if background:
        picture = _on_prescribed(picture, spec, faces, steps, faults)
    return _encoded(picture, before, spec, faces, steps, faults)


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


def _on_prescribed(
    picture: Image.Image, spec: Spec, engine: FaceEngine, steps: list[Step], faults: list[PhotoFault]
) -> Image.Image:
    new, zh = replace_background(picture, spec, engine)
    if new is None:
        steps.append(Step("background", "未更换", zh))
        return picture
    steps.append(Step("background", zh, "RGB {},{},{}".format(*spec.background.colour)))
    faults.append(fault("person_cut_out", about="background"))
    return new
