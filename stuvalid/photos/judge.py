"""From measurements to faults: every comparison with the specification, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator

from stuvalid.photos.background import Background
from stuvalid.photos.colours import distance, lab_of, name_of
from stuvalid.photos.container import Jpeg
from stuvalid.photos.geometry import Pose
from stuvalid.photos.quality import Light
from stuvalid.photos.rules import Fault, fault
from stuvalid.photos.spec import Spec

_TRAILING = 16  # bytes after the end that some programs leave
_EDGE = 1.0
# Limits below are about faces and cameras, not about a province's wishes, and so are no part of a specification.
_CLIPPED_BADLY, _CLIPPED = 0.25, 0.06
_BRIGHTEST, _DIM, _DARK = (252.0, 110.0, 72.0)  # of highlights and eye whites: the skin's shade hardly matters there
_FLAT, _RATHER_FLAT = 0.27, 0.29  # contrast in the face; the palest measured in good light had 0.31
_SHADELESS = 60.0  # bright - dark: below this and dark, the features cannot be made out
_COLOURLESS = 1.5  # chroma; the palest real face measured had 2.1
_SKIN_HUES = (-20.0, 70.0)
_NARROW, _TALL = 0.90, 1.48  # forehead to chin over breadth; people measured lie between 1.02 and 1.34
_FRONTAL = 12.0
_SHUT = 0.18
_SHADED_EYES = 0.18  # eyes deep in shadow still have 0.25 of the cheeks' light

_FORMAT_NAMES = {"text": ("文本", "text"), "HTML": ("网页", "a web page"), "unknown": ("未知格式", "unknown")}


def judge_file(data: bytes, kind: str, jpeg: Jpeg | None, spec: Spec) -> Iterator[Fault]:
    """Format, length, leftovers, colour components, orientation mark and what the file tells about its maker."""
    limits, size = spec.file, len(data)
    if kind == "empty":
        yield fault("broken_picture", reason="文件是空的")
        return
    if jpeg is None:
        zh, _ = _FORMAT_NAMES.get(kind, (kind, kind))
        yield fault("not_a_jpeg", found=zh, value=kind)
    if size >= limits.max_bytes:
        yield fault("file_too_big", size=size, limit=limits.max_bytes, about="bytes")
    elif size > limits.safe_bytes:
        yield fault("file_nearly_too_big", size=size, limit=limits.safe_bytes, about="bytes")
    elif size < limits.min_bytes:
        yield fault("file_too_small", size=size, limit=limits.min_bytes, about="bytes")
    if jpeg is None:
        return
    if 0 < jpeg.end < size - _TRAILING:
        yield fault("data_after_end", extra=size - jpeg.end)
    if jpeg.components == 4:
        yield fault("wrong_colour_mode", mode="CMYK")
    if jpeg.orientation != 1:
        yield fault("turned_by_exif", orientation=jpeg.orientation)
    if jpeg.has_location:
        yield fault("location_inside")
    device = [name for name in jpeg.device if name != "Exif"]
    if device:
        yield fault("device_inside", found="、".join(device))
    if 0 < jpeg.quality < limits.min_quality:
        yield fault("compressed_too_hard", quality=jpeg.quality, limit=limits.min_quality, about="quality")


def judge_size(width: int, height: int, jpeg: Jpeg | None, spec: Spec) -> Iterator[Fault]:
    """Pixels, shape and the resolution mark of an upright picture."""
    size = spec.size
    pixels = {"width": width, "height": height}
    if size.width and (width, height) != (size.width, size.height):
        yield fault("wrong_pixels", expected=f"{size.width}×{size.height}", about="pixels", **pixels)
    elif not size.width:
        if width < size.min_width or height < size.min_height:
            expected = f"{size.min_width}×{size.min_height}"
            yield fault("too_few_pixels", expected=expected, about="pixels", **pixels)
        shape = size.width_mm / size.height_mm
        if abs(width / height / shape - 1) > size.shape_tolerance:
            millimetres = f"{size.width_mm:g}×{size.height_mm:g}"
            shapes = {"shape": f"{width / height:.3f}", "expected": f"{shape:.3f}", "millimetres": millimetres}
            yield fault("wrong_shape", about="pixels", **shapes)
    if jpeg is None:
        return
    if jpeg.dpi <= 0:
        if size.dpi_required:
            yield fault("dpi_too_low", found="没有写", expected=f"{size.min_dpi:g}", about="dpi")
    elif jpeg.dpi < size.min_dpi:
        yield fault("dpi_too_low", found=f"{jpeg.dpi:g}", expected=f"{size.min_dpi:g}", about="dpi")
    elif jpeg.dpi < size.safe_dpi:
        yield fault("dpi_low", found=f"{jpeg.dpi:g}", expected=f"{size.safe_dpi:.0f}", about="dpi")


def judge_background(background: Background, uneven: float, spec: Spec) -> Iterator[Fault]:
    """Colour and evenness; the colour seen is named."""
    limits = spec.background
    if background.plain < limits.min_plain:
        yield fault("busy_background", share=round(100 * background.plain), about="background", **_expected(spec))
        return
    off = distance(background.colour, lab_of(limits.colour))
    if off > limits.warn_distance:
        seen_zh, seen_en = name_of(background.colour)
        rgb = ",".join(map(str, background.rgb))
        seen = {"seen": seen_zh, "seen_en": seen_en, "rgb": rgb, "distance": f"{off:.1f}"} | _expected(spec)
        wrong = off > limits.max_distance and not any(
            distance(background.colour, lab_of(colour)) <= limits.tolerated_distance for colour in limits.tolerated
        )
        yield fault("wrong_background" if wrong else "doubtful_background", about="background", value=rgb, **seen)
        if wrong:
            return
    if uneven > limits.max_uneven:
        yield fault("uneven_background", share=round(100 * uneven), about="background")


def _expected(spec: Spec) -> dict[str, str]:
    zh, en = name_of(lab_of(spec.background.colour))
    rgb = "RGB {},{},{}".format(*spec.background.colour)
    return {"expected": f"{zh}（{rgb}）", "expected_en": f"{en} ({rgb})"}


def judge_pose(pose: Pose, width: int, spec: Spec) -> Iterator[Fault]:
    """How the head is held and whether it is in the middle."""
    head = spec.head
    roll, yaw = abs(pose.roll), abs(pose.yaw)
    if roll > head.warn_roll:
        slug = "head_tilted" if roll > head.max_roll else "head_slightly_tilted"
        yield fault(slug, degrees=f"{roll:.1f}", limit=f"{head.max_roll:g}", about="roll", **_towards(pose.roll))
    if yaw > head.warn_yaw:
        slug = "head_turned" if yaw > head.max_yaw else "head_slightly_turned"
        yield fault(slug, degrees=f"{yaw:.0f}", about="yaw", **_towards(pose.yaw))
    if roll > head.max_roll or yaw > head.max_yaw:
        return  # such a head also lies aside; that follows from it
    offset = pose.centre - width / 2
    if abs(offset) > head.warn_centre * width:
        slug = "off_centre" if abs(offset) > head.max_centre * width else "slightly_off_centre"
        limit = round(head.max_centre * width)
        yield fault(slug, pixels=round(abs(offset)), limit=limit, about="centre", **_towards(offset))
    if yaw < _FRONTAL and not _NARROW <= pose.aspect <= _TALL:
        words = ("压扁", "flattened") if pose.aspect < _NARROW else ("拉长", "drawn out")
        yield fault("squeezed", direction=words[0], direction_en=words[1], ratio=f"{pose.aspect:.2f}", about="shape")


def _towards(value: float) -> dict[str, str]:
    zh, en = ("向右", "right") if value > 0 else ("向左", "left")
    return {"direction": zh, "direction_en": en}


def judge_head(ratio: float, spec: Spec) -> Iterator[Fault]:
    """Height of the head as a share of the picture's."""
    error_low, low, high, error_high = spec.head.height
    if low <= ratio <= high:
        return
    wrong = not error_low <= ratio <= error_high
    bounds = (error_low, error_high) if wrong else (low, high)
    shares = {"share": f"{100 * ratio:.1f}", "low": f"{100 * bounds[0]:g}", "high": f"{100 * bounds[1]:g}"}
    yield fault("wrong_head_size" if wrong else "doubtful_head_size", about="head", **shares)


def judge_edges(face: tuple[float, float, float, float], hair: float | None, size: tuple[int, int]) -> Iterator[Fault]:
    """Whether a part of the head lies outside; ``face`` is the landmarks' box, ``hair`` the row of the hair top."""
    left, top, right, bottom = face
    edges = (
        ((hair is not None and hair <= _EDGE) or top < 0, "上", "upper"),
        (bottom > size[1], "下", "lower"),
        (left < -_EDGE, "左", "left"),
        (right > size[0] + _EDGE, "右", "right"),
    )
    for cut, edge, edge_en in edges:
        if cut:
            yield fault("head_cut_off", edge=edge, edge_en=edge_en, about="head")
            return


def judge_sharpness(blur: float, detail: float | None, spec: Spec) -> Iterator[Fault]:
    """Blurred, or a little; ``detail`` is None where it was not looked at."""
    limits = spec.quality
    if blur > limits.max_blur:
        yield fault("blurred", blur=f"{blur:.2f}", limit=f"{limits.max_blur:.2f}", about="blur")
    elif blur > limits.warn_blur:
        yield fault(
            "slightly_blurred",
            measure=f"模糊度 {blur:.2f}，宜在 {limits.warn_blur:.2f} 以下",
            measure_en=f"blur {blur:.2f}, better below {limits.warn_blur:.2f}",
            about="blur",
        )
    elif detail is not None and detail < limits.warn_detail:
        yield fault(
            "slightly_blurred",
            measure=f"缺少细节：{detail:.2f}，宜在 {limits.warn_detail:.2f} 以上",
            measure_en=f"little detail: {detail:.2f}, better above {limits.warn_detail:.2f}",
            about="blur",
        )


def judge_light(light: Light) -> Iterator[Fault]:
    """Exposure and colour of the face. Looks at highlights and contrast, never at how dark the skin is."""
    if light.bright < _DARK and light.bright - light.dark < _SHADELESS:
        yield _exposure(
            "badly_exposed", "太暗", "too dark", f"最亮处 {light.bright:.0f}", f"highlights {light.bright:.0f}"
        )
    elif light.clipped > _CLIPPED_BADLY:
        yield _overexposed("badly_exposed", light)
    elif light.contrast < _FLAT:
        yield _exposure(
            "badly_exposed", "发灰、反差太低", "flat", f"反差 {light.contrast:.2f}", f"contrast {light.contrast:.2f}"
        )
    elif light.bright < _DIM:
        yield _exposure(
            "doubtful_exposure", "偏暗", "too dark", f"最亮处 {light.bright:.0f}", f"highlights {light.bright:.0f}"
        )
    elif light.clipped > _CLIPPED or light.bright >= _BRIGHTEST:
        yield _overexposed("doubtful_exposure", light)
    elif light.contrast < _RATHER_FLAT:
        yield _exposure(
            "doubtful_exposure", "反差偏低", "flat", f"反差 {light.contrast:.2f}", f"contrast {light.contrast:.2f}"
        )
    if light.bright < _DIM or light.clipped > _CLIPPED:
        return  # colours of what is too dark or washed out mean nothing
    if light.chroma < _COLOURLESS:
        yield fault("no_colour", reason="人脸是黑白的", about="colour")
    elif light.chroma > 4 * _COLOURLESS and not _SKIN_HUES[0] <= light.hue <= _SKIN_HUES[1]:
        zh, en = name_of(
            (60.0, light.chroma * math.cos(math.radians(light.hue)), light.chroma * math.sin(math.radians(light.hue)))
        )
        yield fault("colour_cast", cast=f"偏{zh}", cast_en=en, about="colour")


def _exposure(slug: str, zh: str, en: str, measure: str, measure_en: str) -> Fault:
    return fault(slug, kind=zh, kind_en=en, measure=measure, measure_en=measure_en, about="exposure")


def _overexposed(slug: str, light: Light) -> Fault:
    share = round(100 * light.clipped)
    return _exposure(slug, "过曝", "overexposed", f"{share}% 全白", f"{share}% pure white")


def judge_eyes(openness: float, shade: float) -> Iterator[Fault]:
    """Hints only: closed or covered eyes cannot be told reliably."""
    if shade < _SHADED_EYES:
        yield fault("eyes_perhaps_covered", about="eyes")
    elif openness < _SHUT:
        yield fault("eyes_perhaps_closed", openness=f"{openness:.2f}", about="eyes")
