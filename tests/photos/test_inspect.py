"""Drawn portraits: the good one passes everything, each defect is found by its rule at its level, and mended."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from stuvalid.findings import Severity
from stuvalid.photos.face import FaceEngine, process_engine
from stuvalid.photos.repair import repair_photo
from stuvalid.photos.spec import Spec, load_spec
from tests.photos.looking import inspect, saved, slugs
from tests.photos.portrait import BLUE, Portrait, draw, group, jpeg, paint

GOOD = Portrait()
SKINS = [(240, 200, 175), (224, 178, 150), (190, 140, 108), (140, 96, 72), (104, 70, 54)]


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("variant", range(3))
def test_a_good_portrait_passes_every_check(
    skin: tuple[int, int, int], variant: int, engine: FaceEngine, guide: Spec
) -> None:
    seen = inspect(jpeg(draw(GOOD.but(skin=skin, variant=variant, seed=variant))), guide, engine)
    assert seen.faults == ()
    assert seen.unchecked == ()
    assert seen.measures.faces == 1


@given(st.floats(0.5, 0.78), st.floats(-0.07, 0.07), st.floats(-12, 12), st.integers(0, 30), st.sampled_from(SKINS))
@settings(max_examples=25, deadline=None)
def test_geometry_is_measured(head: float, aside: float, roll: float, variant: int, skin: tuple[int, int, int]) -> None:
    engine, guide = process_engine(), load_spec("guide-358x441")
    portrait = GOOD.but(head=head, top=(0.95 - head) / 3, aside=aside, roll=roll, variant=variant, skin=skin)
    measures = inspect(jpeg(draw(portrait)), guide, engine).measures
    assert measures.faces == 1
    assert measures.pose is not None
    assert measures.pose.roll == pytest.approx(roll, abs=2.5)
    if abs(roll) < 3:
        assert measures.head == pytest.approx(head, abs=0.02)
        assert measures.pose.centre == pytest.approx(358 * (0.5 + aside), abs=5)


def blurred(radius: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def enlarged(width: int) -> Callable[[Image.Image], Image.Image]:
    """A small picture brought to the prescribed pixels."""
    return lambda image: image.resize((width, width * 441 // 358)).resize((358, 441), Image.Resampling.BICUBIC)


def lit(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.point(lambda value: min(255, int(value * factor)))


def shadowed(image: Image.Image) -> Image.Image:
    light = np.linspace(1.05, 0.8, image.width)[None, :, None]
    return Image.fromarray((np.asarray(image) * light).astype(np.uint8))


def flat(image: Image.Image) -> Image.Image:
    return image.point(lambda value: 100 + value // 6)


PAINTED = [
    (GOOD.but(head=0.5, top=0.2), "wrong_head_size", Severity.ERROR),
    (GOOD.but(head=0.8, top=0.05), "wrong_head_size", Severity.ERROR),
    (GOOD.but(head=0.6, top=0.1), "doubtful_head_size", Severity.WARNING),
    (GOOD.but(aside=0.09), "off_centre", Severity.ERROR),
    (GOOD.but(aside=-0.09), "off_centre", Severity.ERROR),
    (GOOD.but(aside=0.031), "slightly_off_centre", Severity.WARNING),
    (GOOD.but(roll=9), "head_tilted", Severity.ERROR),
    (GOOD.but(roll=-9), "head_tilted", Severity.ERROR),
    (GOOD.but(roll=4), "head_slightly_tilted", Severity.WARNING),
    (GOOD.but(background=(255, 255, 255)), "wrong_background", Severity.ERROR),
    (GOOD.but(background=(200, 30, 40)), "wrong_background", Severity.ERROR),
    (GOOD.but(background=(10, 20, 70)), "wrong_background", Severity.ERROR),
    (GOOD.but(background=(135, 206, 235)), "doubtful_background", Severity.WARNING),
    (GOOD.but(top=-0.08), "head_cut_off", Severity.ERROR),
]


@pytest.mark.parametrize(
    ("portrait", "slug", "severity"), PAINTED, ids=lambda value: str(getattr(value, "name", value))[:60]
)
def test_a_wrong_portrait_is_told(
    portrait: Portrait, slug: str, severity: Severity, engine: FaceEngine, guide: Spec
) -> None:
    seen = inspect(jpeg(draw(portrait)), guide, engine)
    assert {fault.slug: fault.severity for fault in seen.faults}.get(slug) == severity


CHANGED = [
    (blurred(3), "blurred", Severity.ERROR),
    (blurred(1.6), "slightly_blurred", Severity.WARNING),
    (enlarged(120), "slightly_blurred", Severity.WARNING),
    (lit(0.25), "badly_exposed", Severity.ERROR),
    (flat, "badly_exposed", Severity.ERROR),
    (shadowed, "uneven_background", Severity.WARNING),
    (lambda image: image.convert("L"), "no_colour", Severity.ERROR),
    (lambda image: image.convert("L").convert("RGB"), "no_colour", Severity.ERROR),
    (lambda image: image.convert("CMYK"), "wrong_colour_mode", Severity.ERROR),
    (lambda image: image.resize((295, 413)), "wrong_pixels", Severity.ERROR),
    (lambda image: image.rotate(90, expand=True), "wrong_pixels", Severity.ERROR),
]


@pytest.mark.parametrize(("change", "slug", "severity"), CHANGED)
def test_a_spoiled_picture_is_told(
    change: Callable[[Image.Image], Image.Image], slug: str, severity: Severity, engine: FaceEngine, guide: Spec
) -> None:
    seen = inspect(jpeg(change(draw(GOOD))), guide, engine)
    assert {fault.slug: fault.severity for fault in seen.faults}.get(slug) == severity


def test_two_people_and_nobody(engine: FaceEngine, guide: Spec) -> None:
    canvas = Image.new("RGB", (1074, 1323), BLUE)
    for aside in (-0.25, 0.25):
        paint(canvas, Portrait(head=0.4, top=0.2, aside=aside, variant=int(aside > 0)))
    pair = inspect(jpeg(canvas.resize((358, 441), Image.Resampling.LANCZOS)), guide, engine)
    assert slugs(pair) == {"several_faces"}
    assert slugs(inspect(jpeg(Image.new("RGB", (358, 441), BLUE)), guide, engine)) == {"no_face"}


def test_a_group_is_several_faces_however_small(engine: FaceEngine, guide: Spec) -> None:
    seen = inspect(jpeg(group(5)), guide, engine)
    assert "several_faces" in slugs(seen)
    assert seen.measures.faces == 5


def test_one_small_face_is_one_person(engine: FaceEngine, guide: Spec) -> None:
    seen = inspect(jpeg(group(1)), guide, engine)
    assert seen.measures.faces == 1
    assert "wrong_head_size" in slugs(seen)


def test_a_busy_background_is_no_background(engine: FaceEngine, guide: Spec) -> None:
    random = np.random.default_rng(3)
    canvas = Image.fromarray(random.integers(0, 255, (12, 10, 3), dtype=np.uint8)).resize((1074, 1323))
    paint(canvas, GOOD)
    seen = inspect(jpeg(canvas.resize((358, 441), Image.Resampling.LANCZOS)), guide, engine)
    assert "busy_background" in slugs(seen)
    assert seen.measures.head == pytest.approx(0.66, abs=0.04)


def test_without_the_nets_the_rest_is_checked_and_it_says_so(guide: Spec) -> None:
    seen = inspect(jpeg(draw(GOOD.but(background=(255, 255, 255))).resize((300, 400))), guide, None)
    assert slugs(seen) == {"wrong_background", "wrong_pixels"}
    assert seen.unchecked == ("faces",)
    assert seen.measures.faces == -1


def with_exif(tag: int, value: object) -> bytes:
    image = draw(GOOD)
    exif = Image.Exif()
    if tag == 0x8825:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x8825] = {1: "N", 2: (30.0, 1.0, 2.0), 3: "E", 4: (112.0, 1.0, 1.0)}
    else:
        exif[tag] = value
    return jpeg(image, exif=exif)


def png_bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = (60000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


GOOD_BYTES = jpeg(draw(GOOD))
FILES = [
    (saved(draw(GOOD), "PNG"), "not_a_jpeg"),
    (saved(draw(GOOD), "WEBP"), "not_a_jpeg"),
    (saved(draw(GOOD), "BMP"), "not_a_jpeg"),
    (saved(draw(GOOD), "GIF"), "not_a_jpeg"),
    (saved(draw(GOOD), "TIFF"), "not_a_jpeg"),
    (b"<html><body>404</body></html>", "not_a_jpeg"),
    (b"", "broken_picture"),
    (GOOD_BYTES[: len(GOOD_BYTES) // 2], "broken_picture"),
    (GOOD_BYTES[:200], "broken_picture"),
    (GOOD_BYTES[:-2], "damaged_picture"),
    (GOOD_BYTES + bytes(500), "data_after_end"),
    (GOOD_BYTES[:12000] + bytes(400) + GOOD_BYTES[12400:], "damaged_picture"),
    (png_bomb(), "picture_bomb"),
    (jpeg(draw(GOOD), dpi=(72, 72)), "dpi_too_low"),
    (jpeg(draw(GOOD), dpi=(0, 0)), "dpi_too_low"),
    (jpeg(draw(GOOD), dpi=(200, 200)), "dpi_low"),
    (jpeg(draw(GOOD), quality=8), "compressed_too_hard"),
    (jpeg(draw(GOOD).filter(ImageFilter.SHARPEN), quality=100, subsampling=0), "file_too_big"),
    (GOOD_BYTES + bytes(60500 - len(GOOD_BYTES)), "file_nearly_too_big"),
    (with_exif(0x0112, 3), "turned_by_exif"),
    (with_exif(0x8825, None), "location_inside"),
]


@pytest.mark.parametrize(("data", "slug"), FILES, ids=[f"{number}-{slug}" for number, (_, slug) in enumerate(FILES)])
def test_a_wrong_file_is_told(data: bytes, slug: str, engine: FaceEngine, guide: Spec) -> None:
    assert slug in slugs(inspect(data, guide, engine))


def test_device_data_is_worth_knowing_only(engine: FaceEngine, guide: Spec) -> None:
    seen = inspect(with_exif(0x0110, "Phone 12"), guide, engine)
    assert [fault.slug for fault in seen.faults] == ["device_inside"]
    assert seen.faults[0].severity == Severity.INFO


def test_300_dpi_in_dots_per_centimetre_is_enough(engine: FaceEngine, guide: Spec) -> None:
    data = bytearray(GOOD_BYTES)
    at = data.index(b"JFIF\0") + 7
    data[at : at + 5] = bytes([2, 0, 118, 0, 118])
    assert inspect(bytes(data), guide, engine).faults == ()


@given(st.lists(st.tuples(st.integers(0, 30000), st.integers(0, 255)), max_size=30), st.integers(0, 40000))
@settings(max_examples=60, deadline=None)
def test_mutated_bytes_never_raise(changes: list[tuple[int, int]], cut: int) -> None:
    engine, guide = process_engine(), load_spec("guide-358x441")
    data = bytearray(GOOD_BYTES)
    for at, value in changes:
        data[at % len(data)] = value
    mutated = bytes(data[: len(data) - cut % len(data)] if cut % 3 == 0 else data)
    seen = inspect(mutated, guide, engine)
    assert "check_crashed" not in slugs(seen)
    repair_photo(mutated, seen, guide, engine)


@given(
    st.sampled_from(["PNG", "WEBP", "TIFF", "GIF", "BMP"]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=20),
)
@settings(max_examples=40, deadline=None)
def test_mutated_other_formats_never_raise(kind: str, changes: list[tuple[int, int]]) -> None:
    engine, guide = process_engine(), load_spec("national")
    data = bytearray(saved(draw(GOOD.but(width=60, height=74)), kind))
    for at, value in changes:
        data[at % len(data)] = value
    assert "check_crashed" not in slugs(inspect(bytes(data), guide, engine))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"\0\0\0\x18ftypheic"]),
)
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_an_error_and_no_exception(tail: bytes, head: bytes) -> None:
    seen = inspect(head + tail, load_spec("guide-358x441"), None)
    assert slugs(seen, Severity.ERROR) != set()
    assert "check_crashed" not in slugs(seen)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "PA", "RGBA", "I;16", "I", "F", "1", "LAB", "HSV"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    from stuvalid.photos.decode import as_rgb

    image = (
        Image.new(mode, (9, 9))
        if mode in {"I;16", "LAB", "PA"}
        else draw(GOOD.but(width=9, height=9)).convert("L" if mode in {"I", "F"} else "RGB").convert(mode)
    )
    assert as_rgb(image).mode == "RGB"


def test_animated_pictures_are_judged_by_their_first_frame(guide: Spec) -> None:
    stream = io.BytesIO()
    first = draw(GOOD)
    first.save(stream, "GIF", save_all=True, append_images=[first.rotate(90)] * 3)
    assert slugs(inspect(stream.getvalue(), guide, None), Severity.ERROR) == {"not_a_jpeg", "file_too_big"}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_lying_or_upside_down_is_tilted(turn: int, engine: FaceEngine, guide: Spec) -> None:
    assert "head_tilted" in slugs(inspect(jpeg(draw(GOOD).rotate(turn, expand=True)), guide, engine))


def test_roll_sign_is_that_of_a_clock(engine: FaceEngine, guide: Spec) -> None:
    pose = inspect(jpeg(draw(GOOD.but(roll=8))), guide, engine).measures.pose
    assert pose is not None
    assert math.isclose(pose.roll, 8, abs_tol=2)
