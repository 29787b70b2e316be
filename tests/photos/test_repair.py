"""Repaired portraits pass the check they failed, and what cannot be repaired is refused, never guessed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from stuvalid.findings import Severity
from stuvalid.photos.cutout import one_person
from stuvalid.photos.face import FaceEngine
from stuvalid.photos.repair import Repaired, repair_photo
from stuvalid.photos.spec import Spec
from tests.photos.looking import inspect, saved, slugs
from tests.photos.portrait import BLUE, Portrait, draw, group, jpeg, paint

GOOD = Portrait()
GOOD_BYTES = jpeg(draw(GOOD))


MENDABLE = [
    *(
        draw(portrait)
        for portrait in (
            GOOD.but(head=0.45, top=0.25),
            GOOD.but(head=0.78, top=0.07),
            GOOD.but(aside=0.12),
            GOOD.but(aside=-0.1, head=0.5, top=0.2),
            GOOD.but(roll=20, head=0.5, top=0.2),
            GOOD.but(roll=-12),
            GOOD.but(roll=4),
            GOOD.but(width=600, height=800, head=0.5, top=0.2),
            GOOD.but(width=900, height=900, head=0.4, top=0.2),
        )
    ),
    draw(GOOD).rotate(90, expand=True),
    draw(GOOD).rotate(180),
    draw(GOOD).convert("CMYK"),
]


@pytest.mark.parametrize("number", range(len(MENDABLE)))
def test_what_can_be_mended_passes_afterwards(number: int, engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(MENDABLE[number])
    before = inspect(data, guide, engine)
    assert slugs(before) != set()
    repaired = repair_photo(data, before, guide, engine)
    assert repaired.data is not None
    assert repaired.steps
    after = inspect(repaired.data, guide, engine)
    assert slugs(after, Severity.ERROR) == set()
    assert (after.width, after.height, after.dpi) == (358, 441, 350)
    assert after.size <= guide.file.target_bytes
    assert after.measures.head == pytest.approx(0.66, abs=0.015)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF"])
def test_other_formats_become_jpeg(kind: str, engine: FaceEngine, guide: Spec) -> None:
    data = saved(draw(GOOD.but(width=700, height=900)), kind)
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.data is not None
    assert slugs(inspect(repaired.data, guide, engine)) == set()


def test_a_good_picture_is_left_bit_for_bit(engine: FaceEngine, guide: Spec) -> None:
    repaired = repair_photo(GOOD_BYTES, inspect(GOOD_BYTES, guide, engine), guide, engine)
    assert repaired.data == GOOD_BYTES
    assert repaired.steps == ()


def test_labels_are_mended_without_touching_the_pixels(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(draw(GOOD), dpi=(72, 72)) + bytes(300)
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.data is not None
    assert inspect(repaired.data, guide, engine).faults == ()
    assert Image.open(io.BytesIO(repaired.data)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_the_background_is_replaced_only_when_asked(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(draw(GOOD.but(background=(235, 235, 235))))
    before = inspect(data, guide, engine)
    kept = repair_photo(data, before, guide, engine)
    assert kept.inspection is not None
    assert "wrong_background" in slugs(kept.inspection)
    replaced = repair_photo(data, before, guide, engine, background=True)
    assert replaced.inspection is not None
    assert "wrong_background" not in slugs(replaced.inspection)
    assert "person_cut_out" in {fault.slug for fault in replaced.faults}


def test_enlarging_is_told(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(draw(GOOD.but(width=179, height=220)))
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert "enlarged" in {fault.slug for fault in repaired.faults}


def test_no_face_is_not_repaired(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(Image.new("RGB", (358, 441), BLUE))
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.data is None
    assert [fault.slug for fault in repaired.faults] == ["not_repaired"]


def test_a_group_is_refused_not_guessed(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(group(5))
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.data is None
    assert "5 张人脸" in repaired.faults[0].message("zh")


def test_one_small_face_is_cut_out(engine: FaceEngine, guide: Spec) -> None:
    data = jpeg(group(1))
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.inspection is not None
    assert slugs(repaired.inspection, Severity.ERROR) == {"wrong_background"}


@pytest.mark.parametrize("side", [0, 1])
def test_half_a_face_is_refused(side: int, engine: FaceEngine, guide: Spec) -> None:
    whole = draw(GOOD.but(width=716, height=882, head=0.5, top=0.2))
    half = whole.crop((0, 0, 430, 882)) if side else whole.crop((286, 0, 716, 882))
    data = jpeg(half)
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.data is None
    assert "边缘" in repaired.faults[0].message("zh")


def test_a_lamp_above_a_small_head_is_not_taken_for_hair(engine: FaceEngine, guide: Spec) -> None:
    canvas = Image.new("RGB", (1280, 1600), (205, 210, 208))
    small = GOOD.but(head=0.2, top=0.4)
    canvas.paste((40, 32, 30), (600, 420, 680, 600))
    paint(canvas, small)
    data = jpeg(canvas)
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine, background=True)
    assert repaired.inspection is not None
    assert slugs(repaired.inspection, Severity.ERROR) == set()


def test_bystanders_are_background() -> None:
    mask = np.zeros((441, 358), dtype=np.float32)
    mask[60:400, 100:260] = 0.9
    mask[380:441, 20:340] = 0.9
    mask[100:300, 320:358] = 0.9
    kept = one_person(mask)
    assert kept[100:300, 330:358].max() == 0
    assert (kept[60:400, 100:260] == np.float32(0.9)).all()
    assert (kept[400:441, 20:340] == np.float32(0.9)).all()


def mended(image: Image.Image, engine: FaceEngine, guide: Spec, *, background: bool = False) -> Repaired:
    data = jpeg(image)
    return repair_photo(data, inspect(data, guide, engine), guide, engine, background=background)


def steps(repaired: Repaired) -> set[str]:
    return {step.what for step in repaired.steps}


@pytest.mark.parametrize("cut", [50, 80])
def test_a_crown_cut_off_is_not_drawn_anew(cut: int, engine: FaceEngine, guide: Spec) -> None:
    repaired = mended(draw(GOOD).crop((0, cut, 358, 441)), engine, guide, background=True)
    assert repaired.data is None
    assert "上边" in repaired.faults[0].message("zh")


def test_a_chin_beyond_the_lower_edge_is_refused(engine: FaceEngine, guide: Spec) -> None:
    repaired = mended(draw(GOOD).crop((0, 0, 358, 300)), engine, guide)
    assert repaired.data is None


def test_what_was_told_of_the_pixels_stays_told(engine: FaceEngine, guide: Spec) -> None:
    aside = draw(GOOD.but(aside=0.1))
    data = jpeg(aside, quality=8)
    repaired = repair_photo(data, inspect(data, guide, engine), guide, engine)
    assert repaired.inspection is not None
    assert slugs(repaired.inspection, Severity.ERROR) == {"compressed_too_hard"}
    grain = np.random.default_rng(1).normal(0, 12, (441, 358, 1))
    noisy = Image.fromarray(np.clip(np.asarray(aside) + grain, 0, 255).astype(np.uint8))
    repaired = mended(noisy, engine, guide, background=True)
    assert repaired.inspection is not None
    assert "noisy" in slugs(repaired.inspection)


def test_only_what_is_asked_for_is_done(engine: FaceEngine, guide: Spec) -> None:
    assert steps(mended(draw(GOOD.but(roll=2, aside=0.1)), engine, guide)) == {"crop", "encode", "pad"}
    assert steps(mended(draw(GOOD.but(roll=9)), engine, guide)) >= {"level", "crop"}
    white = mended(draw(GOOD.but(background=(250, 250, 250), roll=2)), engine, guide, background=True)
    assert steps(white) == {"background", "encode"}
    png = saved(draw(GOOD), "PNG")
    assert steps(repair_photo(png, inspect(png, guide, engine), guide, engine)) == {"encode"}


def test_a_covered_mouth_is_no_reason_to_turn(engine: FaceEngine, guide: Spec) -> None:
    image = draw(GOOD.but(aside=0.1)).copy()
    ImageDraw.Draw(image).rectangle((140, 225, 290, 335), fill=(235, 235, 238))
    repaired = mended(image, engine, guide)
    assert "turn" not in steps(repaired)


def test_writing_does_not_make_the_head_smaller(engine: FaceEngine, guide: Spec) -> None:
    image = draw(GOOD.but(aside=0.1)).copy()
    ImageDraw.Draw(image).text((150, 6), "No.7", fill=(255, 255, 255), font=ImageFont.load_default(20))
    repaired = mended(image, engine, guide)
    assert repaired.inspection is not None
    assert repaired.inspection.measures.head == pytest.approx(0.66, abs=0.015)


def test_a_frame_is_cut_off(engine: FaceEngine, guide: Spec) -> None:
    image = draw(GOOD).copy()
    ImageDraw.Draw(image).rectangle((0, 0, 357, 440), outline=(20, 20, 20), width=4)
    repaired = mended(image, engine, guide)
    assert repaired.inspection is not None
    assert slugs(repaired.inspection) == set()
    assert "trim" in steps(repaired)


def test_background_added_above_or_beside_is_told(engine: FaceEngine, guide: Spec) -> None:
    repaired = mended(draw(GOOD.but(top=0.01, aside=0.09)), engine, guide)
    assert "background_added" in {fault.slug for fault in repaired.faults}


def test_hair_cut_off_at_the_side_is_not_continued(engine: FaceEngine, guide: Spec) -> None:
    whole = draw(GOOD.but(width=716, height=882, head=0.5, top=0.2))
    repaired = mended(whole.crop((238, 0, 716, 882)), engine, guide)
    assert repaired.data is None


def test_a_picture_that_would_pass_is_kept_where_mending_makes_it_no_better(engine: FaceEngine, guide: Spec) -> None:
    doubtful = jpeg(draw(GOOD.but(top=0.028)))
    before = inspect(doubtful, guide, engine)
    assert slugs(before) == {"head_slightly_misplaced"}
    repaired = repair_photo(doubtful, before, guide, engine)
    assert repaired.data == doubtful
    assert repaired.steps == ()


def test_a_doubt_does_not_become_an_error(engine: FaceEngine, guide: Spec) -> None:
    pale = draw(GOOD.but(roll=4))
    values = np.asarray(pale, dtype=np.float32)
    person = (np.abs(values - np.array(BLUE)).max(axis=-1) > 30)[..., None]
    drained = np.where(person, values * 0.2 + values.mean(axis=-1, keepdims=True) * 0.8, values)
    data = jpeg(Image.fromarray(drained.astype(np.uint8)))
    before = inspect(data, guide, engine)
    repaired = repair_photo(data, before, guide, engine, background=True)
    assert repaired.inspection is not None
    assert len(slugs(repaired.inspection, Severity.ERROR)) <= len(slugs(before, Severity.ERROR))
