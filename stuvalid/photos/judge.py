"""From measurements to faults: every comparison with the specification, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator

from stuvalid.photos.background import Background
from stuvalid.photos.colours import distance, lab_of, name_beside, name_of
from stuvalid.photos.complexion import Complexion
from stuvalid.photos.container import Jpeg
from stuvalid.photos.geometry import Pose
from stuvalid.photos.outline import Outline
from stuvalid.photos.quality import Light
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.spec import Spec
from stuvalid.photos.surface import Surface

_TRAILING = 16  # bytes after the end that some programs leave
_EDGE = 1.0
# Limits below are about faces and cameras, not about a province's wishes, and so are no part of a specification.
_CLIPPED_BADLY, _CLIPPED = 0.25, 0.06
_BRIGHTEST, _DIM, _DARK = (252.0, 110.0, 72.0)  # of highlights and eye whites: the skin's shade hardly matters there
_BLOCKS, _HARD_BLOCKS = 1.25, 2.6  # levels; compliant pictures saved at quality 78 have 1.1
_COMB = 1.18  # alternate rows; compliant pictures have 1.07
_GRAINY, _SPECKS = 0.4, 0.006  # shares of the background; compliant pictures have 0.27 and 0.0, hair included
_EDGE_SHARE = 0.5
_BESIDE = 4.0  # ten-thousandths of the picture; compliant pictures have 3
_AT_EDGE = 0.7
_RIM, _BITTEN = 0.3, 0.03
_RED = 4.0
_SIDES = 47.0  # people lit from one side in good pictures have up to 46
_FADED_SKIN, _FADED_LIPS = 10.5, 7.0
_FULL_CHROMA = 45.0
_HUES = (21.0, 66.0)  # of skin; people of all shades measured have 25 to 60
_WHITE_A, _WHITE_B = (-5.0, 25.0), (-12.0, 22.0)  # of the eyes' white
_OVER_SHARP = 0.345  # re-blur: the sharpest compliant picture has 0.395, drawn ones with dark skin 0.355
_POLISHED, _SOME_BLOCKS = 1.33, 0.9  # levels; the smoothest compliant skin has 1.45
_PLAIN_MOUTH, _TINTLESS_MOUTH, _STRANGE_MOUTH = 0.105, 2.5, 24.0  # the first of the cheeks' lightness
_FLAT, _RATHER_FLAT = 0.27, 0.29  # contrast in the face; the palest measured in good light had 0.31
_SHADELESS = 60.0  # bright - dark: below this and dark, the features cannot be made out
_COLOURLESS = 1.5  # chroma; the palest real face measured had 2.1
_NARROW, _TALL = 0.99, 1.38  # forehead to chin over breadth; people measured lie between 1.02 and 1.35
_FRONTAL = 12.0
_SHUT = 0.18
_SHADED_EYES = 0.18  # eyes deep in shadow still have 0.25 of the cheeks' light

_FORMAT_NAMES = {"text": ("文本", "text"), "HTML": ("网页", "a web page"), "unknown": ("未知格式", "unknown")}


def judge_file(data: bytes, kind: str, jpeg: Jpeg | None, spec: Spec) -> Iterator[PhotoFault]:
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
        measure = f"JPEG质量约 {jpeg.quality}，至少 {limits.min_quality}"
        measure_en = f"JPEG quality about {jpeg.quality}, at least {limits.min_quality}"
        yield fault("compressed_too_hard", measure=measure, measure_en=measure_en, about="quality")


def judge_size(width: int, height: int, jpeg: Jpeg | None, spec: Spec) -> Iterator[PhotoFault]:
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


def judge_background(background: Background, uneven: float, spec: Spec) -> Iterator[PhotoFault]:
    """Colour and evenness; the colour seen is named."""
    limits = spec.background
    if background.plain < limits.min_plain:
        yield fault("busy_background", share=round(100 * background.plain), about="background", **_expected(spec))
        return
    off = distance(background.colour, lab_of(limits.colour))
    if off > limits.warn_distance:
        seen_zh, seen_en = name_beside(background.colour, lab_of(limits.colour))
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


def judge_pose(pose: Pose, width: int, spec: Spec) -> Iterator[PhotoFault]:
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


def judge_head(ratio: float, spec: Spec) -> Iterator[PhotoFault]:
    """Height of the head as a share of the picture's."""
    error_low, low, high, error_high = spec.head.height
    if low <= ratio <= high:
        return
    wrong = not error_low <= ratio <= error_high
    bounds = (error_low, error_high) if wrong else (low, high)
    shares = {"share": f"{100 * ratio:.1f}", "low": f"{100 * bounds[0]:g}", "high": f"{100 * bounds[1]:g}"}
    yield fault("wrong_head_size" if wrong else "doubtful_head_size", about="head", **shares)


def judge_edges(
    face: tuple[float, float, float, float], hair: float | None, size: tuple[int, int]
) -> Iterator[PhotoFault]:
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


def judge_sharpness(blur: float, detail: float | None, spec: Spec) -> Iterator[PhotoFault]:
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


def judge_light(light: Light) -> Iterator[PhotoFault]:
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


def judge_colour(light: Light, complexion: Complexion) -> Iterator[PhotoFault]:
    """Colour of the face, against the white of its eyes; of what is too dark or washed out colours mean nothing."""
    if light.bright < _DIM or light.clipped > _CLIPPED:
        return
    if light.chroma < _COLOURLESS:
        yield fault("no_colour", reason="人脸是黑白的", about="colour")
        return
    if complexion.skin < _FADED_SKIN and complexion.lips < _FADED_LIPS:
        yield fault("faded_colours", chroma=f"{complexion.skin:.0f}", about="colour")
        return
    a, b = complexion.white
    strange = light.chroma > 4 * _COLOURLESS and not _HUES[0] <= light.hue <= _HUES[1]
    tinted = not (_WHITE_A[0] <= a <= _WHITE_A[1] and _WHITE_B[0] <= b <= _WHITE_B[1])
    if strange or tinted or light.chroma > _FULL_CHROMA:
        angle = math.radians(light.hue)
        seen = (60.0, a, b) if tinted else (60.0, light.chroma * math.cos(angle), light.chroma * math.sin(angle))
        zh, en = name_of(seen)
        yield fault("colour_cast", cast=f"偏{zh}", cast_en=en, about="colour")


def _exposure(slug: str, zh: str, en: str, measure: str, measure_en: str) -> PhotoFault:
    return fault(slug, kind=zh, kind_en=en, measure=measure, measure_en=measure_en, about="exposure")


def _overexposed(slug: str, light: Light) -> PhotoFault:
    share = round(100 * light.clipped)
    return _exposure(slug, "过曝", "overexposed", f"{share}% 全白", f"{share}% pure white")


def judge_eyes(openness: float, shade: float) -> Iterator[PhotoFault]:
    """Hints only: closed or covered eyes cannot be told reliably."""
    if shade < _SHADED_EYES:
        yield fault("eyes_perhaps_covered", about="eyes")
    elif openness < _SHUT:
        yield fault("eyes_perhaps_closed", openness=f"{openness:.2f}", about="eyes")


def judge_surface(surface: Surface) -> Iterator[PhotoFault]:
    """What was done to the picture as a picture; the gravest of what has one cause."""
    if surface.missing:
        yield fault("part_missing", share=round(100 * surface.missing), about="picture")
    if surface.mosaic and not (surface.mosaic == 4 and surface.blocks > _BLOCKS):  # half a block of compression
        yield fault("pixelated", side=surface.mosaic, about="picture")
    elif surface.grain < _GRAINY and surface.blocks > _BLOCKS:
        measure = {"measure": f"块边 {surface.blocks:.1f} 级", "measure_en": f"steps of {surface.blocks:.1f} levels"}
        hard = surface.blocks > _HARD_BLOCKS
        yield fault("compressed_too_hard" if hard else "compression_visible", about="quality", **measure)
    if surface.grain > _GRAINY and surface.ruled:
        share = round(100 * surface.grain)
        yield fault(
            "lines_across", measure=f"{share}% 的背景", measure_en=f"{share}% of the background", about="picture"
        )
    elif surface.grain > _GRAINY or surface.specks > _SPECKS:
        yield fault("noisy", share=round(100 * max(surface.grain, surface.specks)), about="picture")
    elif surface.comb > _COMB:
        yield fault("lines_across", measure="隔行错开", measure_en="every other row is displaced", about="picture")
    if surface.edge > _EDGE_SHARE:
        yield fault("frame_or_edge", about="picture")
    if surface.band:
        yield _writing("下方的横条", "a bar below")
    elif surface.stamped:
        yield _writing("下方的日期或印章", "a date or a seal below")


def _writing(where: str, where_en: str) -> PhotoFault:
    return fault("writing_on_picture", where=where, where_en=where_en, about="picture")


def judge_outline(outline: Outline) -> Iterator[PhotoFault]:
    """What is beside the head, and how the head was cut out."""
    if outline.at_edge > _AT_EDGE:
        yield fault("someone_at_edge", about="background")
    elif outline.beside > _BESIDE:
        yield (
            _writing("背景上", "in the background")
            if outline.writing
            else fault("something_beside", about="background")
        )
    if outline.rim > _RIM:
        yield fault("badly_cut_out", what="头部有一圈白边", what_en="a white rim around the head", about="background")
    elif outline.bitten > _BITTEN:
        yield fault("badly_cut_out", what="脸边缺了一块", what_en="a piece of the face is gone", about="background")


def judge_place(hair: float, chin: float, height: int, spec: Spec) -> Iterator[PhotoFault]:
    """How high the head stands; ``hair`` and ``chin`` are rows of a picture of ``height``."""
    low, high, highest, lowest_chin = spec.head.place
    top, bottom = hair / height, chin / height
    if low <= top <= high and bottom <= lowest_chin:
        return
    words = ("高", "high") if top < low else ("低", "low")
    wrong = top > highest or bottom > lowest_chin
    shares = {"top": round(100 * top), "chin": round(100 * bottom), "low": f"{100 * low:g}", "high": f"{100 * high:g}"}
    slug = "head_misplaced" if wrong else "head_slightly_misplaced"
    yield fault(slug, direction=words[0], direction_en=words[1], about="head", **shares)


def judge_retouching(blur: float, texture: float, blocks: float, spec: Spec) -> Iterator[PhotoFault]:
    """Sharpened or smoothed too much; ``blocks`` of compression leave no texture either, nor does blur."""
    if blur < _OVER_SHARP:
        yield fault(
            "over_processed", what="锐化过度，轮廓发硬", what_en="sharpened until outlines are hard", about="blur"
        )
    elif texture < _POLISHED and blocks < _SOME_BLOCKS and blur < spec.quality.warn_blur:
        yield fault("over_processed", what="磨皮过度，皮肤没有纹理", what_en="skin polished smooth", about="blur")


def judge_complexion(complexion: Complexion, light: Light) -> Iterator[PhotoFault]:
    """Red eyes, a face half in shadow, and what may cover mouth or hair."""
    if complexion.red > _RED:
        yield fault("red_eyes", about="eyes")
    if complexion.sides > _SIDES:
        yield fault("half_in_shadow", difference=f"{complexion.sides:.0f}", about="exposure")
    strange = complexion.mouth > _STRANGE_MOUTH and complexion.mouth > complexion.skin / 2
    plain = complexion.mouth_shades < _PLAIN_MOUTH * complexion.lightness or complexion.mouth_tints < _TINTLESS_MOUTH
    if (
        light.bright >= _DIM
        and light.contrast >= _RATHER_FLAT
        and complexion.skin >= _FADED_SKIN
        and (strange or plain)
    ):
        yield fault("face_perhaps_covered", about="face")
    lightness, chroma, hue = complexion.crown
    if (chroma > 25 and not -10 < hue < 80) or chroma > 45 or (complexion.crown_shades < 1 and lightness > 12):
        yield fault("head_perhaps_covered", about="face")
