"""Defects made outside: each is told from where an eye sees it, and what is well within the limit is not."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from stuvalid.photos.face import FaceEngine
from stuvalid.photos.spec import Spec
from tests.photos.looking import inspect, slugs
from tests.photos.portrait import BLUE, Portrait, draw, jpeg, paint

GOOD = Portrait()
WHOLE = draw(GOOD)
EYES, MOUTH = ((135, 198), (223, 198)), (179, 287)
Change = Callable[[Image.Image], Image.Image]


def from_values(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        values = change(np.asarray(image, dtype=np.float32).copy())
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    return changed


def saved(quality: int) -> Change:
    return lambda image: Image.open(io.BytesIO(jpeg(image, quality=quality))).convert("RGB")


def saved_then_cropped(quality: int) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        larger = Image.fromarray(np.pad(np.asarray(image), ((5, 8), (3, 8), (0, 0)), mode="edge"))
        return saved(quality)(larger).crop((3, 5, 361, 446))

    return changed


def filled(box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        made = image.copy()
        made.paste(colour, box)
        return made

    return changed


def framed(width: int) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        made = image.copy()
        ImageDraw.Draw(made).rectangle((0, 0, 357, 440), outline=(250, 250, 250), width=width)
        return made

    return changed


def written(text: str, place: tuple[int, int], size: int, share: float = 1.0) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        layer = Image.new("L", image.size, 0)
        ImageDraw.Draw(layer).text(place, text, fill=int(255 * share), font=ImageFont.load_default(size))
        return Image.composite(Image.new("RGB", image.size, (255, 255, 255)), image, layer)

    return changed


def captioned(image: Image.Image) -> Image.Image:
    return written("CLASS 7", (90, 396), 30)(filled((0, 391, 358, 441), (20, 20, 20))(image))


def mosaic(side: int) -> Change:
    size = (358 // side, 441 // side)
    return lambda image: image.resize(size, Image.Resampling.BOX).resize(image.size, Image.Resampling.NEAREST)


def interlaced(values: np.ndarray) -> np.ndarray:
    values[1::2] = np.roll(values[1::2], 3, axis=1)
    return values


def ruled(depth: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: values + np.where(np.arange(441) % 3 == 0, depth, -depth / 2)[:, None, None]


def waved(depth: float) -> Callable[[np.ndarray], np.ndarray]:
    wave = np.sin(np.add.outer(np.arange(441) * 0.9, np.arange(358) * 0.8))
    return lambda values: values + depth * wave[..., None]


def noisy(deviation: float) -> Callable[[np.ndarray], np.ndarray]:
    grain = np.random.default_rng(4).normal(0, deviation, (441, 358, 1))
    return lambda values: values + grain


def red_eyed(strength: float) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        layer = Image.new("L", image.size, 0)
        for x, y in EYES:
            ImageDraw.Draw(layer).ellipse((x - 7, y - 7, x + 7, y + 7), fill=int(255 * strength))
        return Image.composite(Image.new("RGB", image.size, (200, 30, 35)), image, layer)

    return changed


def person_only(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    def changed(values: np.ndarray) -> np.ndarray:
        person = (np.abs(values - np.array(BLUE)).max(axis=-1) > 30)[..., None]
        return np.where(person, change(values), values)

    return from_values(changed)


def shaded(share: float) -> Callable[[np.ndarray], np.ndarray]:
    light = np.where(np.arange(358) < 179, 1 - share, 1.0)[None, :, None]
    return lambda values: values * light


def tinted(*gains: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: values * np.array(gains)


def drained(share: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: values * (1 - share) + values.mean(axis=-1, keepdims=True) * share


def stretched(across: float) -> Change:
    table = (1 / across, 0, 179 - 179 / across, 0, 1, 0)
    return lambda image: image.transform(image.size, Image.Transform.AFFINE, table, Image.Resampling.BICUBIC)


def neighbour(image: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", (1074, 1323), BLUE)
    paint(canvas, GOOD.but(aside=0.52, variant=5))
    paint(canvas, GOOD)
    return canvas.resize(image.size, Image.Resampling.LANCZOS)


def rimmed(image: Image.Image) -> Image.Image:
    person = Image.fromarray(
        (np.abs(np.asarray(image, dtype=np.int16) - BLUE).max(axis=-1) > 40).astype(np.uint8) * 255
    )
    grown = person.filter(ImageFilter.MaxFilter(7))
    made = Image.composite(Image.new("RGB", image.size, (248, 248, 248)), image, grown)
    return Image.composite(image, made, person)


def bitten(image: Image.Image) -> Image.Image:
    made = image.copy()
    ImageDraw.Draw(made).ellipse((255, 180, 310, 270), fill=BLUE)
    return made


def polished(image: Image.Image) -> Image.Image:
    smooth = image.filter(ImageFilter.MedianFilter(7)).filter(ImageFilter.GaussianBlur(3))
    layer = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(layer)
    pen.ellipse((90, 80, 268, 335), fill=255)
    for x, y in (*EYES, MOUTH):
        pen.ellipse((x - 34, y - 26, x + 34, y + 20), fill=0)
    return Image.composite(smooth, image, layer)


def with_disc(reach: int) -> Change:
    def changed(image: Image.Image) -> Image.Image:
        made = image.copy()
        x, y = MOUTH
        ImageDraw.Draw(made).ellipse((x - reach, y - reach, x + reach, y + reach), fill=(60, 110, 70))
        return made

    return changed


def dated(image: Image.Image) -> Image.Image:
    made = image.copy()
    ImageDraw.Draw(made).text((240, 415), "2024-09-01", fill=(255, 140, 20), font=ImageFont.load_default(20))
    return made


def sealed(image: Image.Image) -> Image.Image:
    made = image.copy()
    ImageDraw.Draw(made).ellipse((10, 330, 130, 450), outline=(214, 30, 40), width=4)
    return made


def with_tie(image: Image.Image) -> Image.Image:
    made = image.copy()
    ImageDraw.Draw(made).polygon([(170, 370), (188, 370), (196, 441), (162, 441)], fill=(205, 30, 40))
    return made


TOLD = {
    "date below": (dated, "writing_on_picture"),
    "seal": (sealed, "writing_on_picture"),
    "saved at 14 and again": (saved(14), "compression_visible"),
    "saved at 7, cropped, and again": (saved_then_cropped(7), "compression_visible"),
    "saved at 5 and again": (saved(5), "compressed_too_hard"),
    "lower part grey": (filled((0, 375, 358, 441), (128, 128, 128)), "part_missing"),
    "caption": (captioned, "writing_on_picture"),
    "mosaic": (mosaic(4), "pixelated"),
    "interlaced": (from_values(interlaced), "lines_across"),
    "scan lines": (from_values(ruled(9)), "lines_across"),
    "moire": (from_values(waved(9)), "noisy"),
    "noise": (from_values(noisy(9)), "noisy"),
    "frame": (framed(3), "frame_or_edge"),
    "black edge": (filled((0, 0, 3, 441), (10, 10, 10)), "frame_or_edge"),
    "slanted print": (lambda image: image.rotate(1.5, fillcolor=(240, 240, 240)), "frame_or_edge"),
    "number in a corner": (written("No.7", (8, 8), 18), "writing_on_picture"),
    "watermark": (written("STUDIO", (10, 120), 44, 0.4), "writing_on_picture"),
    "lamp": (filled((300, 20, 330, 50), (70, 70, 70)), "something_beside"),
    "pole": (filled((322, 0, 336, 330), (90, 80, 70)), "something_beside"),
    "half of another": (neighbour, "someone_at_edge"),
    "white rim": (rimmed, "badly_cut_out"),
    "bitten": (bitten, "badly_cut_out"),
    "red eyes": (red_eyed(0.8), "red_eyes"),
    "half in shadow": (person_only(shaded(0.75)), "half_in_shadow"),
    "yellow": (person_only(tinted(1.1, 1.05, 0.6)), "colour_cast"),
    "magenta": (person_only(tinted(1.1, 0.72, 1.1)), "colour_cast"),
    "green": (person_only(tinted(0.85, 1.15, 0.85)), "colour_cast"),
    "drained": (person_only(drained(0.75)), "faded_colours"),
    "wide": (stretched(1.35), "squeezed"),
    "sharpened": (lambda image: image.filter(ImageFilter.UnsharpMask(1.5, 500, 0)), "over_processed"),
    "polished": (polished, "over_processed"),
    "covered mouth": (with_disc(36), "face_perhaps_covered"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_an_eye_sees_is_told(name: str, engine: FaceEngine, guide: Spec) -> None:
    change, slug = TOLD[name]
    assert slug in slugs(inspect(jpeg(change(WHOLE)), guide, engine))


HARMLESS = {
    "saved at 80 and again": saved(80),
    "saved at 60, cropped, and again": saved_then_cropped(60),
    "red tie": with_tie,
    "a little noise": from_values(noisy(1.5)),
    "faint lines": from_values(ruled(1.0)),
    "slightly shaded": person_only(shaded(0.2)),
    "slightly warm": person_only(tinted(1.03, 1.0, 0.96)),
    "slightly pale": person_only(drained(0.25)),
    "slightly wide": stretched(1.05),
    "slightly sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(1, 20, 0)),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_eye_sees_is_not_told(name: str, engine: FaceEngine, guide: Spec) -> None:
    assert slugs(inspect(jpeg(HARMLESS[name](WHOLE)), guide, engine)) == set()


PLACES = [
    (GOOD.but(top=0.02), "head_slightly_misplaced"),
    (GOOD.but(top=0.06), ""),
    (GOOD.but(top=0.16), ""),
    (GOOD.but(top=0.21), "head_slightly_misplaced"),
    (GOOD.but(top=0.29), "head_misplaced"),
]


@pytest.mark.parametrize(("portrait", "slug"), PLACES, ids=lambda value: str(getattr(value, "top", value)))
def test_the_height_of_the_head_is_judged(portrait: Portrait, slug: str, engine: FaceEngine, guide: Spec) -> None:
    found = slugs(inspect(jpeg(draw(portrait)), guide, engine))
    assert found & {"head_slightly_misplaced", "head_misplaced"} == ({slug} if slug else set())


@pytest.mark.parametrize("change", [written("No.7", (8, 8), 22), filled((322, 0, 336, 330), (90, 80, 70))])
def test_only_what_is_connected_with_the_face_is_hair(change: Change, engine: FaceEngine, guide: Spec) -> None:
    seen = inspect(jpeg(change(WHOLE)), guide, engine)
    assert seen.measures.head == pytest.approx(0.66, abs=0.015)
    assert slugs(seen) & {"head_cut_off", "wrong_head_size", "doubtful_head_size"} == set()


def test_a_coloured_hat_is_a_hint(engine: FaceEngine, guide: Spec) -> None:
    made = WHOLE.copy()
    ImageDraw.Draw(made).pieslice((75, 30, 283, 240), 180, 360, fill=(40, 110, 70))
    found = {fault.slug: fault.severity.word for fault in inspect(jpeg(made), guide, engine).faults}
    assert found.get("head_perhaps_covered") == "info"
