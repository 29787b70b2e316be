"""A drawn portrait with known geometry: what the tests photograph.

Drawn four times as large as needed and reduced, with shading, skin texture and hair strands, so that the
nets take it for a face and the measures of sharpness and light for a photograph.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

BLUE = (67, 142, 219)
_SCALE = 3
DISTINCT = 1000  # variants from here on are people whose fingerprints differ


@dataclass(frozen=True)
class Portrait:
    """Shares are of the picture's height (``head``: hair top to chin) or width (``aside``); degrees clockwise."""

    width: int = 358
    height: int = 441
    head: float = 0.66
    top: float = 0.091
    aside: float = 0.0
    roll: float = 0.0
    background: tuple[int, int, int] = BLUE
    skin: tuple[int, int, int] = (224, 178, 150)
    hair: tuple[int, int, int] = (38, 30, 28)
    clothes: tuple[int, int, int] = (235, 235, 238)
    seed: int = 1
    variant: int = 0

    def but(self, **changes: Any) -> Portrait:
        """The same portrait with something changed."""
        return replace(self, **changes)


@lru_cache(maxsize=64)
def draw(portrait: Portrait) -> Image.Image:
    """The portrait as an RGB picture of its size; not to be painted on, it is kept."""
    width, height = portrait.width * _SCALE, portrait.height * _SCALE
    canvas = Image.new("RGB", (width, height), portrait.background)
    paint(canvas, portrait)
    small = canvas.resize((portrait.width, portrait.height), Image.Resampling.LANCZOS)
    noise = np.random.default_rng(portrait.seed).normal(0, 1.2, (portrait.height, portrait.width, 1))
    return Image.fromarray(np.clip(np.asarray(small) + noise, 0, 255).astype(np.uint8))


def group(people: int) -> Image.Image:
    """So many people side by side, each a head as high as a sixth of the picture."""
    canvas = Image.new("RGB", (1280, 900), (150, 165, 175))
    for number in range(people):
        aside = (number - (people - 1) / 2) * 0.18
        paint(canvas, Portrait(head=0.17, top=0.3, aside=aside, variant=number, background=(150, 165, 175)))
    return canvas


def paint(canvas: Image.Image, portrait: Portrait) -> None:
    """Paint head and shoulders over what is on ``canvas``."""
    width, height = canvas.size
    head = portrait.head * height
    chin_y = portrait.top * height + head
    centre = width / 2 + portrait.aside * width
    pivot = (centre, chin_y - head * 0.45)
    body = _layer(canvas.size)
    _shoulders(ImageDraw.Draw(body), portrait, centre, chin_y, head, height)
    face = _layer(canvas.size)
    _head(face, portrait, centre, chin_y, head)
    if portrait.roll:
        face = face.rotate(-portrait.roll, Image.Resampling.BICUBIC, center=pivot)
    for layer in (body, face):
        canvas.paste(layer, (0, 0), layer)


def _layer(size: tuple[int, int]) -> Image.Image:
    return Image.new("RGBA", size, (0, 0, 0, 0))


def _shade(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int, int]:
    red, green, blue = (int(max(0, min(255, part * factor))) for part in colour)
    return red, green, blue, 255


def _oval(pen: ImageDraw.ImageDraw, x: float, y: float, rx: float, ry: float, fill: tuple[int, ...]) -> None:
    pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=fill)


def _shoulders(
    pen: ImageDraw.ImageDraw, portrait: Portrait, centre: float, chin: float, head: float, height: int
) -> None:
    neck = 0.19 * head
    pen.rectangle(
        (centre - neck, chin - 0.2 * head, centre + neck, chin + 0.25 * head), fill=_shade(portrait.skin, 0.82)
    )
    top = chin + 0.12 * head
    pen.polygon(
        [
            (centre - 0.2 * head, top),
            (centre + 0.2 * head, top),
            (centre + 0.62 * head, top + 0.16 * head),
            (centre + 0.75 * head, height * 2),
            (centre - 0.75 * head, height * 2),
            (centre - 0.62 * head, top + 0.16 * head),
        ],
        fill=_shade(portrait.clothes, 0.95),
    )
    pen.polygon(
        [(centre - 0.2 * head, top), (centre, top + 0.2 * head), (centre + 0.2 * head, top)],
        fill=_shade(portrait.skin, 0.85),
    )
    for side in (-1, 1):
        pen.line(
            [(centre + side * 0.2 * head, top), (centre, top + 0.22 * head)],
            fill=_shade(portrait.clothes, 0.6),
            width=int(0.012 * head),
        )


def _head(layer: Image.Image, portrait: Portrait, x: float, chin: float, head: float) -> None:
    """``head`` is hair top to chin; the face's landmarks follow from it."""
    pen = ImageDraw.Draw(layer)
    random = np.random.default_rng(100 + portrait.variant)
    wide = 0.335 * head * (1 + 0.03 * random.uniform(-1, 1))
    middle = chin - 0.47 * head
    _oval(pen, x, chin - 0.62 * head, wide * 1.13, 0.38 * head, _shade(portrait.hair, 1))
    for side in (-1, 1):
        _oval(pen, x + side * wide * 1.02, chin - 0.42 * head, 0.045 * head, 0.09 * head, _shade(portrait.skin, 0.85))
    _face(layer, portrait, x, chin, head, wide, middle)
    pen = ImageDraw.Draw(layer)
    _fringe(pen, portrait, x, chin, head, wide, random)
    for side in (-1, 1):
        _eye(pen, portrait, x + side * 0.152 * head, chin - 0.455 * head, head, side, random)
    _nose(layer, portrait, x, chin, head)
    _mouth(ImageDraw.Draw(layer), portrait, x, chin - 0.155 * head, head, random)


def _face(
    layer: Image.Image, portrait: Portrait, x: float, chin: float, head: float, wide: float, middle: float
) -> None:
    """Skin, narrower at the jaw, lit from the front: lighter in the middle, with pores."""
    mask = Image.new("L", layer.size, 0)
    pen = ImageDraw.Draw(mask)
    outline = []
    for step in range(120):
        angle = 2 * math.pi * step / 120
        down = math.sin(angle)
        reach = wide * (1 - 0.20 * max(0.0, down) ** 2)
        outline.append((x + reach * math.cos(angle), middle + 0.47 * head * down))
    pen.polygon(outline, fill=255)
    width, height = layer.size
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    off = ((columns - x) / (wide * 1.25)) ** 2 + ((rows - middle - 0.02 * head) / (0.62 * head)) ** 2
    # People differ: light from one side, and how the cheeks and brow stand out, change with the variant.
    own = np.random.default_rng(500 + portrait.variant)
    light = 1.10 - 0.30 * np.clip(off, 0, 1.2)
    for _ in range(14 if portrait.variant >= DISTINCT else 0):
        place = (x + own.uniform(-0.28, 0.28) * head, chin - own.uniform(0.08, 0.75) * head)
        size, depth = own.uniform(0.05, 0.12) * head, own.uniform(-0.22, 0.22)
        light += depth * np.exp(-(((columns - place[0]) / size) ** 2 + ((rows - place[1]) / size) ** 2))
    for side in (-1, 1):
        light += 0.05 * np.exp(
            -(
                ((columns - x - side * 0.17 * head) / (0.09 * head)) ** 2
                + ((rows - chin + 0.28 * head) / (0.08 * head)) ** 2
            )
        )
        light -= 0.10 * np.exp(
            -(
                ((columns - x - side * 0.152 * head) / (0.10 * head)) ** 2
                + ((rows - chin + 0.47 * head) / (0.045 * head)) ** 2
            )
        )
    grain = np.random.default_rng(portrait.seed).normal(0, 1, (height // 4 + 1, width // 4 + 1)).astype(np.float32)
    texture = np.asarray(Image.fromarray(grain).resize((width, height), Image.Resampling.BILINEAR))
    values = np.array(portrait.skin, dtype=np.float32) * light[..., None] + 3.0 * texture[..., None]
    skin = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).convert("RGBA")
    layer.paste(skin, (0, 0), mask.filter(ImageFilter.GaussianBlur(1)))


def _fringe(
    pen: ImageDraw.ImageDraw,
    portrait: Portrait,
    x: float,
    chin: float,
    head: float,
    wide: float,
    random: np.random.Generator,
) -> None:
    top = chin - head
    line = [(x - wide * 1.1, chin - 0.52 * head)]
    parts = 9
    for step in range(parts + 1):
        across = x - wide + 2 * wide * step / parts
        line.append(
            (
                across,
                chin
                - (0.70 + 0.05 * math.sin(step * 1.7 + portrait.variant) + 0.05 * (1 - abs(step / parts * 2 - 1)))
                * head,
            )
        )
    line.append((x + wide * 1.1, chin - 0.52 * head))
    arc = [
        (x + wide * 1.12 * math.cos(a), chin - 0.62 * head - 0.375 * head * math.sin(a))
        for a in np.linspace(0, math.pi, 40)
    ]
    pen.polygon([*line, *arc], fill=_shade(portrait.hair, 1))
    for _ in range(160):
        angle, tone = random.uniform(0.08, math.pi - 0.08), random.uniform(0.7, 2.2)
        outer, inner = random.uniform(0.80, 0.985), random.uniform(0.55, 0.78)
        start = (x + outer * wide * 1.12 * math.cos(angle), chin - 0.62 * head - outer * 0.375 * head * math.sin(angle))
        end = (x + inner * wide * 1.12 * math.cos(angle), chin - 0.64 * head - inner * 0.30 * head * math.sin(angle))
        if end[1] < chin - 0.72 * head or abs(math.cos(angle)) > 0.8:
            pen.line([start, end], fill=_shade(portrait.hair, tone), width=2)
    pen.line([(x, top + 2), (x, top + 3)], fill=_shade(portrait.hair, 1), width=2)


def _eye(
    pen: ImageDraw.ImageDraw,
    portrait: Portrait,
    x: float,
    y: float,
    head: float,
    side: int,
    random: np.random.Generator,
) -> None:
    half, tall = 0.068 * head, 0.030 * head * (1 + 0.05 * random.uniform(-1, 1))
    almond = [
        (x + half * math.cos(a), y - tall * math.sin(a) * (1 if math.sin(a) > 0 else 0.8))
        for a in np.linspace(0, 2 * math.pi, 40)
    ]
    pen.polygon(almond, fill=(238, 236, 232, 255))
    _oval(pen, x, y - 0.003 * head, tall * 0.95, tall * 0.95, (70, 45, 30, 255))
    _oval(pen, x, y - 0.003 * head, tall * 0.5, tall * 0.5, (12, 10, 10, 255))
    _oval(pen, x - tall * 0.3, y - tall * 0.4, tall * 0.2, tall * 0.2, (255, 255, 255, 255))
    pen.line(almond[:21], fill=_shade(portrait.hair, 0.8), width=max(1, int(0.011 * head)))
    pen.line(almond[20:], fill=_shade(portrait.skin, 0.62), width=max(1, int(0.005 * head)))
    brow = y - 0.085 * head
    arch = [
        (x - side * 0.085 * head, brow + 0.018 * head),
        (x, brow - 0.010 * head),
        (x + side * 0.085 * head, brow + 0.014 * head),
    ]
    pen.line(arch, fill=_shade(portrait.hair, 1.3), width=int(0.022 * head), joint="curve")


def _nose(layer: Image.Image, portrait: Portrait, x: float, chin: float, head: float) -> None:
    shade = _layer(layer.size)
    pen = ImageDraw.Draw(shade)
    tip = chin - 0.275 * head
    pen.line(
        [(x - 0.028 * head, chin - 0.44 * head), (x - 0.040 * head, tip)],
        fill=_shade(portrait.skin, 0.78),
        width=int(0.014 * head),
    )
    pen.line(
        [(x + 0.002 * head, chin - 0.44 * head), (x + 0.004 * head, tip - 0.03 * head)],
        fill=_shade(portrait.skin, 1.14),
        width=int(0.020 * head),
    )
    _oval(pen, x, tip, 0.040 * head, 0.028 * head, _shade(portrait.skin, 1.05))
    for side in (-1, 1):
        _oval(pen, x + side * 0.045 * head, tip + 0.008 * head, 0.022 * head, 0.018 * head, _shade(portrait.skin, 0.86))
    layer.alpha_composite(shade.filter(ImageFilter.GaussianBlur(0.006 * head)))
    pen = ImageDraw.Draw(layer)
    for side in (-1, 1):
        _oval(pen, x + side * 0.024 * head, tip + 0.020 * head, 0.012 * head, 0.006 * head, _shade(portrait.skin, 0.40))


def _mouth(
    pen: ImageDraw.ImageDraw, portrait: Portrait, x: float, y: float, head: float, random: np.random.Generator
) -> None:
    half = 0.105 * head * (1 + 0.06 * random.uniform(-1, 1))
    red = (portrait.skin[0] * 0.86, portrait.skin[1] * 0.60, portrait.skin[2] * 0.62)
    lips = (int(red[0]), int(red[1]), int(red[2]))
    upper = [
        (x - half, y),
        (x - 0.3 * half, y - 0.024 * head),
        (x, y - 0.016 * head),
        (x + 0.3 * half, y - 0.024 * head),
        (x + half, y),
    ]
    pen.polygon([*upper, (x, y + 0.006 * head)], fill=_shade(lips, 0.92))
    pen.polygon(
        [(x - half, y), (x - 0.4 * half, y + 0.030 * head), (x + 0.4 * half, y + 0.030 * head), (x + half, y)],
        fill=_shade(lips, 1.04),
    )
    pen.line(
        [(x - half, y), (x, y + 0.004 * head), (x + half, y)],
        fill=_shade(lips, 0.55),
        width=max(1, int(0.008 * head)),
        joint="curve",
    )


def jpeg(image: Image.Image, **options: Any) -> bytes:
    """JPEG bytes, by default of good quality at 350 dpi."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", **{"quality": 92, "dpi": (350, 350)} | options)
    return stream.getvalue()
