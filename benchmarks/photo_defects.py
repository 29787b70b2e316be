"""Defects made outside of the program, five steps each, from compliant pictures: what an eye sees and a check must say.

Every maker takes an RGB picture of 358×441, where its face is, a step (1 hardly visible, 3 plain, 5 gross) and a
random generator, and gives the spoiled picture, or the bytes of it where the file itself is the defect. None uses
code of the package. ``FAMILIES`` names them with the rules that rightly tell them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Pixels = npt.NDArray[np.float32]
BLUE = (67, 142, 219)
QUALITY = 92


@dataclass(frozen=True)
class Face:
    """Where things are, in pixels: hair top, chin, column of the middle, breadth, eyes and mouth."""

    top: float
    chin: float
    middle: float
    width: float
    eyes: tuple[tuple[float, float], tuple[float, float]]
    mouth: tuple[float, float]

    @property
    def height(self) -> float:
        return self.chin - self.top


Maker = Callable[[Image.Image, Face, int, np.random.Generator], Image.Image | bytes]


@dataclass(frozen=True)
class Family:
    """``rules``: slugs one of which rightly tells it; ``covered`` ones may be told as a hint."""

    make: Maker
    rules: frozenset[str]
    covered: bool = False


def jpeg(image: Image.Image, quality: int = QUALITY) -> bytes:
    """As a program saves it, at 350 dpi."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, dpi=(350, 350))
    return stream.getvalue()


def spoiled(family: Family, image: Image.Image, face: Face, step: int, seed: int) -> bytes:
    """The bytes of one defect."""
    made = family.make(image, face, step, np.random.default_rng(seed))
    return made if isinstance(made, bytes) else jpeg(made)


def _array(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=np.float32)


def _image(values: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))


def _grid(image: Image.Image) -> tuple[Pixels, Pixels]:
    rows, columns = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    return rows, columns


def _at(step: int, *values: float) -> float:
    return values[step - 1]


def _soft(mask: Image.Image, radius: float) -> Pixels:
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32)[..., None] / 255


def _blend(image: Image.Image, other: Pixels | tuple[float, float, float], share: Pixels) -> Image.Image:
    return _image(_array(image) * (1 - share) + np.asarray(other, dtype=np.float32) * share)


def _ellipse(image: Image.Image, x: float, y: float, across: float, down: float) -> Image.Image:
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((x - across, y - down, x + across, y + down), fill=255)
    return mask


def _text(image: Image.Image, text: str, place: tuple[float, float], size: float, colour: tuple[int, ...]) -> None:
    ImageDraw.Draw(image).text(place, text, fill=colour, font=ImageFont.load_default(size))


# The file and its pixels


def saved_hard(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> bytes:
    return jpeg(image, int(_at(step, 40, 30, 22, 14, 8)))


def saved_again(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(image, int(_at(step, 40, 30, 22, 14, 8))))).convert("RGB")


def saved_shifted(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    """Compressed before it was cropped: the blocks do not begin at the corner."""
    larger = _continued(image, 16)
    right, down = (int(part) for part in random.integers(1, 8, 2))
    return saved_again(larger, face, step, random).crop(
        (16 - right, 16 - down, 16 - right + image.width, 16 - down + image.height)
    )


def part_missing(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    down = int(image.height * (1 - _at(step, 0.06, 0.12, 0.18, 0.3, 0.45)))
    shade = int(random.choice([128, 127, 0, 255]))
    made.paste((shade, shade, shade), (0, down, image.width, image.height))
    return made


def caption(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    tall = int(_at(step, 16, 26, 40, 55, 70))
    made.paste((255, 255, 255), (0, image.height - tall, image.width, image.height))
    _text(made, "2023201 WANG", (image.width * 0.2, image.height - tall * 0.9), tall * 0.7, (10, 10, 10))
    return made


def pixelated(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    side = int(_at(step, 2, 3, 4, 5, 6))
    small = image.resize((image.width // side, image.height // side), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def interlaced(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    values = _array(image).copy()
    values[1::2] = np.roll(values[1::2], int(_at(step, 1, 2, 3, 4, 6)), axis=1)
    return _image(values)


def scan_lines(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    values = _array(image).copy()
    depth, period = _at(step, 2, 4, 7, 11, 16), int(random.choice([2, 3, 4]))
    values += depth * np.where(np.arange(image.height) % period < period / 2, 1, -1)[:, None, None]
    return _image(values)


def moire(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    rows, columns = _grid(image)
    angle, length = random.uniform(0, math.pi), random.uniform(3.2, 7)
    wave = np.sin((columns * math.cos(angle) + rows * math.sin(angle)) * 2 * math.pi / length)
    slow = 0.6 + 0.4 * np.sin(rows / 37 + columns / 53)
    depth = _at(step, 2.5, 5, 8, 12, 18)
    tint = np.array([1.0, 0.6, 0.9], dtype=np.float32)
    return _image(_array(image) + depth * (wave * slow)[..., None] * tint)


def noise(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    grain = random.normal(0, _at(step, 4, 8, 12, 16, 22), (image.height, image.width, 1))
    return _image(_array(image) + grain.astype(np.float32))


def chroma_noise(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    grain = random.normal(0, _at(step, 6, 11, 17, 24, 32), (image.height, image.width, 3)).astype(np.float32)
    grain[:, 1:] = (grain[:, 1:] + grain[:, :-1]) * 0.7
    grain -= grain.mean(axis=-1, keepdims=True)
    return _image(_array(image) + grain)


def salt(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    values = _array(image).copy()
    chance = random.random(values.shape[:2])
    share = _at(step, 0.002, 0.005, 0.015, 0.03, 0.06)
    values[chance < share / 2] = 0
    values[chance > 1 - share / 2] = 255
    return _image(values)


def motion(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    length = int(_at(step, 3, 5, 8, 11, 15))
    slant = random.choice([-1, 1])
    total = np.zeros_like(_array(image))
    for shift in range(length):
        off = shift - length // 2
        total += _array(image.transform(image.size, Image.Transform.AFFINE, (1, 0, off * 0.7, 0, 1, off * 0.7 * slant)))
    return _image(total / length)


def defocused(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(_at(step, 0.8, 1.3, 1.9, 2.6, 3.5)))


def upscaled(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    width = int(_at(step, 240, 180, 130, 95, 70))
    return image.resize((width, width * 441 // 358), Image.Resampling.LANCZOS).resize(
        image.size, Image.Resampling.BICUBIC
    )


def flattened(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    values = _array(image)
    return _image((values - 128) * _at(step, 0.85, 0.7, 0.55, 0.42, 0.3) + 128)


# Edges, frames, writing


def framed(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    shade = int(random.choice([0, 30, 255, 200]))
    ImageDraw.Draw(made).rectangle(
        (0, 0, image.width - 1, image.height - 1), outline=(shade,) * 3, width=int(_at(step, 1, 2, 3, 5, 9))
    )
    return made


def dark_edge(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    broad = int(_at(step, 1, 2, 3, 5, 8))
    side = random.integers(0, 4)
    width, height = image.size
    box = [
        (0, 0, broad, height),
        (width - broad, 0, width, height),
        (0, 0, width, broad),
        (0, height - broad, width, height),
    ][side]
    made.paste((12, 12, 14), box)
    return made


def slanted(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    slope = _at(step, 0.008, 0.014, 0.02, 0.03, 0.045) * random.choice([-1, 1])
    shade = int(random.choice([20, 235, 120]))
    table = (1.0, slope, -slope * image.height / 2, -slope, 1.0, slope * image.width / 2)
    return image.transform(
        image.size, Image.Transform.AFFINE, table, Image.Resampling.BICUBIC, fillcolor=(shade, shade, shade)
    )


def date_stamp(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    size = _at(step, 9, 13, 18, 24, 30)
    _text(made, "2024-09-01", (image.width - 5.6 * size - 6, image.height - size * 1.5), size, (255, 140, 20))
    return made


def corner_text(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    size = _at(step, 9, 12, 16, 20, 26)
    left = 8 if random.random() < 0.5 else image.width - 8 - 2.4 * size
    _text(made, "No.7", (left, 8), size, (255, 255, 255) if random.random() < 0.5 else (20, 20, 20))
    return made


def watermark(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    layer = Image.new("L", image.size, 0)
    size = 34
    for row in range(3):
        ImageDraw.Draw(layer).text((20, 110 + 110 * row), "PHOTO STUDIO", fill=255, font=ImageFont.load_default(size))
    turned = layer.rotate(random.uniform(15, 35), Image.Resampling.BICUBIC)
    share = np.asarray(turned, dtype=np.float32)[..., None] / 255 * _at(step, 0.12, 0.2, 0.3, 0.5, 0.8)
    return _blend(image, (255, 255, 255), share)


def red_stamp(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    layer = Image.new("L", image.size, 0)
    reach = _at(step, 22, 30, 42, 55, 70)
    x = reach * 0.8 if random.random() < 0.5 else image.width - reach * 0.8
    y = image.height - reach * 0.7
    pen = ImageDraw.Draw(layer)
    pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=235, width=max(2, int(reach / 12)))
    pen.text((x - reach * 0.6, y - reach * 0.3), "SCHOOL", fill=235, font=ImageFont.load_default(reach * 0.35))
    return _blend(image, (214, 30, 40), np.asarray(layer, dtype=np.float32)[..., None] / 255)


# Light and colour


def red_eyes(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    strength = _at(step, 0.15, 0.3, 0.5, 0.75, 1.0)
    mask = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(mask)
    reach = 0.035 * face.width
    for x, y in face.eyes:
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    values = _array(image)
    red = np.stack([np.maximum(values[..., 0], 190), values[..., 1] * 0.35, values[..., 2] * 0.35], axis=-1)
    return _blend(image, red, _soft(mask, 0.8) * strength)


def half_shadow(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    _, columns = _grid(image)
    side = random.choice([-1, 1])
    share = 1 / (1 + np.exp(-side * (columns - face.middle) / (0.05 * face.width)))
    person = _person(image, face)
    return _image(_array(image) * (1 - _at(step, 0.15, 0.3, 0.45, 0.6, 0.8) * share[..., None] * person))


def _person(image: Image.Image, face: Face) -> Pixels:
    """About where the person is: what is unlike the blue."""
    off = np.abs(_array(image) - np.array(BLUE, dtype=np.float32)).max(axis=-1)
    mask = Image.fromarray(((off > 45) * 255).astype(np.uint8))
    return _soft(mask, 1.5)


def _cast(colour: tuple[float, float, float]) -> Maker:
    def make(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
        gains = 1 + (np.array(colour, dtype=np.float32) - 1) * _at(step, 0.3, 0.6, 1.0, 1.5, 2.2)
        return _image(_array(image) * gains)

    return make


def _cast_on_person(colour: tuple[float, float, float]) -> Maker:
    whole = _cast(colour)

    def make(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
        made = whole(image, face, step, random)
        assert isinstance(made, Image.Image)
        return _blend(image, _array(made), _person(image, face))

    return make


def drained(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    pale = ImageEnhance.Color(image).enhance(1 - _at(step, 0.3, 0.5, 0.7, 0.8, 0.9))
    return _blend(image, _array(pale), _person(image, face))


def dim(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return _image(_array(image) * (1 - (1 - _at(step, 0.85, 0.7, 0.5, 0.35, 0.22)) * _person(image, face)))


def glaring(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return _image(_array(image) * (1 + (_at(step, 1.1, 1.25, 1.5, 1.9, 2.6) - 1) * _person(image, face)))


# Place and shape


def _continued(image: Image.Image, margin: int) -> Image.Image:
    return Image.fromarray(np.pad(np.asarray(image), ((margin, margin), (margin, margin), (0, 0)), mode="edge"))


def too_low(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    down = int(_at(step, 20, 35, 55, 75, 95))
    return _continued(image, 120).crop((120, 120 - down, 120 + image.width, 120 - down + image.height))


def too_high(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    up = min(int(_at(step, 14, 20, 26, 30, 33)), int(face.top) - 3)
    return _continued(image, 120).crop((120, 120 + up, 120 + image.width, 120 + up + image.height))


def crown_cut(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    up = int(face.top + _at(step, 4, 10, 18, 30, 50))
    return _continued(image, 160).crop((160, 160 + up, 160 + image.width, 160 + up + image.height))


def _stretched(image: Image.Image, face: Face, across: float) -> Image.Image:
    """Wider or narrower around the middle of the face; what comes in at the sides continues the edge."""
    wide = _continued(image, 120)
    middle = face.middle + 120
    table = (1 / across, 0, middle - (face.middle / across), 0, 1, 120)
    return wide.transform(image.size, Image.Transform.AFFINE, table, Image.Resampling.BICUBIC)


def widened(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return _stretched(image, face, _at(step, 1.05, 1.09, 1.14, 1.2, 1.3))


def narrowed(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return _stretched(image, face, _at(step, 0.96, 0.92, 0.88, 0.82, 0.75))


def bulged(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    """As a lens close to the nose draws a face."""
    rows, columns = _grid(image)
    cy = (face.top + face.chin) / 2 + 0.1 * face.height
    y, x = (rows - cy) / (0.6 * face.height), (columns - face.middle) / (0.6 * face.height)
    power = _at(step, 0.08, 0.15, 0.25, 0.35, 0.5)
    inside = np.clip(1 - (x * x + y * y), 0, 1)
    factor = 1 - power * inside
    return _sampled(image, cy + (rows - cy) * factor, face.middle + (columns - face.middle) * factor)


def slimmed(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    rows, columns = _grid(image)
    jaw = face.top + 0.75 * face.height
    weight = np.exp(-(((rows - jaw) / (0.28 * face.height)) ** 2)) * np.exp(
        -(((columns - face.middle) / (0.8 * face.width)) ** 2)
    )
    return _sampled(
        image, rows, face.middle + (columns - face.middle) * (1 + _at(step, 0.06, 0.12, 0.2, 0.28, 0.4) * weight)
    )


def big_eyes(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    rows, columns = _grid(image)
    for x, y in face.eyes:
        near = np.clip(1 - ((rows - y) ** 2 + (columns - x) ** 2) / (0.16 * face.width) ** 2, 0, 1)
        factor = 1 - _at(step, 0.1, 0.18, 0.28, 0.4, 0.55) * near
        rows, columns = y + (rows - y) * factor, x + (columns - x) * factor
    return _sampled(image, rows, columns)


def _sampled(image: Image.Image, rows: Pixels, columns: Pixels) -> Image.Image:
    values = _array(image)
    down = np.clip(rows, 0, image.height - 1.001)
    across = np.clip(columns, 0, image.width - 1.001)
    top, left = down.astype(np.intp), across.astype(np.intp)
    dy, dx = (down - top)[..., None], (across - left)[..., None]
    upper = values[top, left] * (1 - dx) + values[top, left + 1] * dx
    lower = values[top + 1, left] * (1 - dx) + values[top + 1, left + 1] * dx
    return _image(upper * (1 - dy) + lower * dy)


# Retouching, cutting out, others in the picture


def smoothed_skin(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    mask = _ellipse(
        image, face.middle, (face.top + face.chin) / 2 + 0.1 * face.height, face.width * 0.46, face.height * 0.42
    )
    hole = ImageDraw.Draw(mask)
    for x, y in (*face.eyes, face.mouth):
        hole.ellipse(
            (x - 0.16 * face.width, y - 0.09 * face.width, x + 0.16 * face.width, y + 0.09 * face.width), fill=0
        )
    smooth = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(_at(step, 1, 2, 3, 4, 6)))
    return _blend(image, _array(smooth), _soft(mask, 4))


def oversharpened(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(1.5, int(_at(step, 80, 160, 280, 420, 650)), 0))


def halo(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    person = Image.fromarray((_person(image, face)[..., 0] * 255).astype(np.uint8)).point(lambda v: 255 * (v > 120))
    grown = person.filter(ImageFilter.MaxFilter(2 * int(_at(step, 1, 2, 3, 4, 6)) + 1))
    rim = (
        np.asarray(grown, dtype=np.float32)[..., None]
        / 255
        * (1 - np.asarray(person, dtype=np.float32)[..., None] / 255)
    )
    return _blend(image, (245, 245, 245), rim * 0.9)


def bitten(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    """A cut-out that took a piece of the head with the background."""
    side = random.choice([-1, 1])
    reach = face.width * _at(step, 0.06, 0.1, 0.15, 0.2, 0.28)
    y = face.top + face.height * random.uniform(0.45, 0.65)
    mask = _ellipse(image, face.middle + side * face.width * 0.58, y, reach, reach * 1.3)
    return _blend(image, BLUE, _soft(mask, 0.7))


def pole(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    broad = int(_at(step, 4, 8, 12, 18, 26))
    left = int(face.middle + random.choice([-1, 1]) * face.width * 0.85)
    layer = Image.new("L", image.size, 0)
    ImageDraw.Draw(layer).rectangle((left - broad // 2, 0, left + broad // 2, image.height), fill=255)
    behind = 1 - _person(image, face)
    return _blend(made, (96, 84, 70), np.asarray(layer, dtype=np.float32)[..., None] / 255 * behind)


def lamp(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    reach = _at(step, 5, 8, 12, 17, 24)
    x = face.middle + random.choice([-1, 1]) * face.width * random.uniform(0.7, 0.95)
    mask = _ellipse(image, x, random.uniform(0.25, 0.8) * face.top + reach, reach, reach)
    behind = 1 - _person(image, face)
    return _blend(image, (60, 60, 64), _soft(mask, 0.7) * behind)


def neighbour(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    """Another's face (this one's mirror image, paler) looks in at the side, behind the pupil."""
    side = random.choice([-1, 1])
    other = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pale = ImageEnhance.Brightness(other).enhance(float(random.uniform(0.75, 0.95)))
    share = _person(other, face)
    visible = _at(step, 0.2, 0.3, 0.4, 0.5, 0.6) * face.width
    middle = image.width - face.middle
    target = image.width + face.width / 2 - visible if side > 0 else visible - face.width / 2
    shift = int(target - middle)
    canvas, mask = Image.new("RGB", image.size, BLUE), Image.new("L", image.size, 0)
    drop = int(random.uniform(-20, 60))
    canvas.paste(pale, (shift, drop))
    mask.paste(Image.fromarray((share[..., 0] * 255).astype(np.uint8)), (shift, drop))
    behind = 1 - _person(image, face)
    return _blend(image, _array(canvas), np.asarray(mask, dtype=np.float32)[..., None] / 255 * behind)


# What covers the face


def disc(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    reach = face.width * _at(step, 0.08, 0.13, 0.18, 0.23, 0.3)
    colour = tuple(float(part) for part in random.integers(20, 235, 3))
    mask = _ellipse(image, *face.mouth, reach, reach)
    return _blend(image, (colour[0], colour[1], colour[2]), _soft(mask, 0.6))


def mask(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    colours = [(150, 190, 225), (240, 240, 242), (30, 30, 34)]
    layer = Image.new("L", image.size, 0)
    eye = (face.eyes[0][1] + face.eyes[1][1]) / 2
    low, reach = face.chin + 4, face.width * 0.47
    top = eye + (face.mouth[1] - eye) * _at(step, 0.85, 0.7, 0.55, 0.45, 0.35)
    ImageDraw.Draw(layer).polygon(
        [
            (face.middle - reach, top + 8),
            (face.middle, top),
            (face.middle + reach, top + 8),
            (face.middle + reach * 0.75, low - 14),
            (face.middle, low),
            (face.middle - reach * 0.75, low - 14),
        ],
        fill=255,
    )
    rows, _ = _grid(image)
    folds = (6 * np.sin(rows / 5))[..., None]
    colour = np.array(colours[int(random.integers(0, 3))], dtype=np.float32) + folds
    return _blend(image, colour, _soft(layer, 1))


def eye_bar(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    made = image.copy()
    half = face.width * _at(step, 0.03, 0.05, 0.07, 0.1, 0.13)
    eye = (face.eyes[0][1] + face.eyes[1][1]) / 2
    ImageDraw.Draw(made).rectangle(
        (face.middle - 0.45 * face.width, eye - half, face.middle + 0.45 * face.width, eye + half), fill=(8, 8, 8)
    )
    return made


def dark_glasses(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    mask = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(mask)
    for x, y in face.eyes:
        pen.ellipse(
            (x - 0.2 * face.width, y - 0.13 * face.width, x + 0.2 * face.width, y + 0.15 * face.width), fill=255
        )
    pen.line([face.eyes[0], face.eyes[1]], fill=255, width=4)
    return _blend(image, (14, 14, 18), _soft(mask, 0.8) * _at(step, 0.5, 0.65, 0.8, 0.9, 1.0))


def hat(image: Image.Image, face: Face, step: int, random: np.random.Generator) -> Image.Image:
    brim = face.top + face.height * _at(step, 0.16, 0.22, 0.27, 0.31, 0.35)
    colours = [(190, 30, 40), (30, 60, 120), (40, 40, 42), (225, 225, 220), (60, 120, 70)]
    layer = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(layer)
    pen.ellipse(
        (face.middle - 0.62 * face.width, face.top - 6, face.middle + 0.62 * face.width, 2 * brim - face.top), fill=255
    )
    pen.rectangle((0, int(brim), image.width, image.height), fill=0)
    pen.ellipse((face.middle - 0.7 * face.width, brim - 8, face.middle + 0.7 * face.width, brim + 10), fill=255)
    return _blend(image, colours[int(random.integers(0, 5))], _soft(layer, 0.8))


COMPRESSED = frozenset({"compressed_too_hard", "compression_visible"})
LINES = frozenset({"lines_across", "noisy"})
EDGES = frozenset({"frame_or_edge"})
WRITING = frozenset({"writing_on_picture"})
BLURRED = frozenset({"blurred", "slightly_blurred"})
EXPOSED = frozenset({"badly_exposed", "doubtful_exposure", "half_in_shadow"})
CAST = frozenset({"colour_cast", "wrong_background", "doubtful_background"})
PLACED = frozenset({"head_misplaced", "head_slightly_misplaced", "head_cut_off"})
SHAPED = frozenset({"squeezed", "wrong_head_size", "doubtful_head_size"})
RETOUCHED = frozenset({"over_processed", "squeezed"})
CUT = frozenset({"badly_cut_out", "uneven_background"})
BESIDE = frozenset({"something_beside", "someone_at_edge", "several_faces", "busy_background"})
COVERED = frozenset({"face_perhaps_covered", "eyes_perhaps_covered"})

FAMILIES: dict[str, Family] = {
    "saved_hard": Family(saved_hard, COMPRESSED),
    "saved_again": Family(saved_again, COMPRESSED),
    "saved_shifted": Family(saved_shifted, COMPRESSED),
    "part_missing": Family(part_missing, frozenset({"part_missing", "broken_picture", "frame_or_edge"})),
    "caption": Family(caption, WRITING | {"part_missing"}),
    "pixelated": Family(pixelated, frozenset({"pixelated"}) | BLURRED),
    "interlaced": Family(interlaced, LINES),
    "scan_lines": Family(scan_lines, LINES),
    "moire": Family(moire, LINES),
    "noise": Family(noise, LINES),
    "chroma_noise": Family(chroma_noise, LINES),
    "salt": Family(salt, LINES),
    "motion": Family(motion, BLURRED),
    "defocused": Family(defocused, BLURRED),
    "upscaled": Family(upscaled, BLURRED),
    "flattened": Family(flattened, EXPOSED | CAST),
    "framed": Family(framed, EDGES),
    "dark_edge": Family(dark_edge, EDGES),
    "slanted": Family(slanted, EDGES | {"head_tilted", "head_slightly_tilted"}),
    "date_stamp": Family(date_stamp, WRITING),
    "corner_text": Family(corner_text, WRITING),
    "watermark": Family(watermark, WRITING),
    "red_stamp": Family(red_stamp, WRITING),
    "red_eyes": Family(red_eyes, frozenset({"red_eyes"})),
    "half_shadow": Family(half_shadow, EXPOSED),
    "drained": Family(drained, frozenset({"no_colour", "faded_colours"})),
    "dim": Family(dim, EXPOSED),
    "glaring": Family(glaring, EXPOSED),
    "too_low": Family(too_low, PLACED),
    "too_high": Family(too_high, PLACED),
    "crown_cut": Family(crown_cut, PLACED),
    "widened": Family(widened, SHAPED),
    "narrowed": Family(narrowed, SHAPED),
    "bulged": Family(bulged, RETOUCHED | SHAPED),
    "slimmed": Family(slimmed, RETOUCHED),
    "big_eyes": Family(big_eyes, RETOUCHED),
    "smoothed_skin": Family(smoothed_skin, RETOUCHED | BLURRED),
    "oversharpened": Family(oversharpened, RETOUCHED),
    "halo": Family(halo, CUT),
    "bitten": Family(bitten, CUT),
    "pole": Family(pole, BESIDE),
    "lamp": Family(lamp, BESIDE),
    "neighbour": Family(neighbour, BESIDE),
    "disc": Family(disc, COVERED, covered=True),
    "mask": Family(mask, COVERED, covered=True),
    "eye_bar": Family(eye_bar, COVERED, covered=True),
    "dark_glasses": Family(dark_glasses, COVERED, covered=True),
    "hat": Family(hat, frozenset({"head_perhaps_covered"}), covered=True),
}
_CASTS = {
    "yellow": (1.12, 1.06, 0.75),
    "orange": (1.2, 1.0, 0.78),
    "red": (1.25, 0.88, 0.9),
    "magenta": (1.12, 0.8, 1.12),
    "blue": (0.82, 0.95, 1.2),
    "cyan": (0.75, 1.06, 1.1),
    "green": (0.88, 1.14, 0.85),
}
for _name, _gains in _CASTS.items():
    FAMILIES[f"cast_{_name}"] = Family(_cast(_gains), CAST)
    FAMILIES[f"tint_{_name}"] = Family(_cast_on_person(_gains), frozenset({"colour_cast"}))
