"""Colours as people see them: sRGB to CIE Lab (D65), the CIEDE2000 distance, and a name for a colour."""

from __future__ import annotations

import math
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats: TypeAlias = npt.NDArray[np.float32]
Packed: TypeAlias = npt.NDArray[np.uint32]
Lab: TypeAlias = tuple[float, float, float]

_TO_XYZ_ROWS = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE_POINT = (0.95047, 1.0, 1.08883)
_TO_XYZ, _WHITE = np.array(_TO_XYZ_ROWS), np.array(_WHITE_POINT)
_BITS = 6  # per channel of the table: an error of 1.5 at most, where distances of 6 and more are looked for


def lab(rgb: npt.NDArray[np.uint8] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """sRGB values 0–255 (…×3) as Lab."""
    values = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    curved = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = curved[..., 0], curved[..., 1], curved[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_of(rgb: tuple[int, int, int]) -> Lab:
    """One colour as Lab; by itself, because arrays of one cost fifty times as much."""
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    curved = []
    for row, white in zip(_TO_XYZ_ROWS, _WHITE_POINT, strict=True):
        value = sum(weight * part for weight, part in zip(row, linear, strict=True)) / white
        curved.append(value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116)
    x, y, z = curved
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@cache
def _table() -> tuple[Floats, Floats, Floats]:
    side = 1 << _BITS
    steps = (np.arange(side) + 0.5) * (256 / side) - 0.5
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    lightness, a, b = np.ascontiguousarray(lab(grid).astype(np.float32).T)
    return lightness, a, b


def packed(image: Image.Image) -> Packed:
    """The pixels of an RGB picture (height × width), each in one number: red in the lowest byte, then green, blue.

    A third as many numbers to cut, sample and look up as with the channels apart.
    """
    return np.frombuffer(image.tobytes("raw", "RGBX"), dtype="<u4").reshape(image.height, image.width)


def median_colour(pixels: Packed) -> tuple[int, int, int]:
    """The median of each channel over packed pixels of any shape; black if there are none."""
    if not pixels.size:
        return 0, 0, 0
    apart = np.ascontiguousarray(pixels).view(np.uint8).reshape(-1, 4)
    half = len(apart) // 2
    red, green, blue = np.partition(np.ascontiguousarray(apart.T[:3]), half, axis=1)[:, half].tolist()
    return red, green, blue


def quick_lab(pixels: Packed) -> tuple[Floats, Floats, Floats]:
    """L, a and b of many packed pixels by a table; within 1.5 of the true values."""
    red, green, blue = ((pixels >> (channel * 8 + 8 - _BITS)) & ((1 << _BITS) - 1) for channel in range(3))
    index = ((red << (2 * _BITS)) | (green << _BITS) | blue).astype(np.intp)
    lightness, a, b = (plane.take(index, mode="clip") for plane in _table())
    return lightness, a, b


def distance(first: Lab, second: Lab) -> float:
    """CIEDE2000 (Sharma, Wu, Dalal 2005) between two Lab colours."""
    l1, a1, b1 = first
    l2, a2, b2 = second
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    delta_l, delta_c = l2 - l1, c2 - c1
    delta_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    swing = 30 * math.exp(-(((mean_h - 275) / 25) ** 2))
    r_t = -2 * math.sqrt(mean_c**7 / (mean_c**7 + 25**7)) * math.sin(math.radians(2 * swing))
    c, h = delta_c / s_c, delta_h / s_h
    return math.sqrt((delta_l / s_l) ** 2 + c**2 + h**2 + r_t * c * h)


_HUES = (
    (20, "粉红色", "pink"),
    (50, "红色", "red"),
    (75, "橙色", "orange"),
    (105, "黄色", "yellow"),
    (135, "黄绿色", "yellow-green"),
    (175, "绿色", "green"),
    (225, "青色", "cyan"),
    (295, "蓝色", "blue"),
    (330, "紫色", "purple"),
    (361, "粉红色", "pink"),
)


def name_of(colour: Lab) -> tuple[str, str]:
    """What people call a colour, in Chinese and English."""
    lightness, a, b = colour
    chroma = math.hypot(a, b)
    if chroma < 8:
        greys = ((20, "黑色", "black"), (45, "深灰色", "dark grey"), (88, "灰色", "grey"), (101, "白色", "white"))
        return next((zh, en) for limit, zh, en in greys if lightness < limit)
    hue = math.degrees(math.atan2(b, a)) % 360
    zh, en = next((zh, en) for limit, zh, en in _HUES if hue < limit)
    if lightness < 38:
        return f"深{zh}", f"dark {en}"
    if lightness > 75 or (lightness > 52 and en == "blue"):
        return f"淡{zh}", f"light {en}"
    return zh, en


def name_beside(colour: Lab, wanted: Lab) -> tuple[str, str]:
    """The name of a colour; where the one wanted has the same name, with in what it differs most."""
    zh, en = name_of(colour)
    if (zh, en) != name_of(wanted):
        return zh, en
    chroma, full = math.hypot(*colour[1:]), math.hypot(*wanted[1:])
    turn = (math.degrees(math.atan2(colour[2], colour[1]) - math.atan2(wanted[2], wanted[1])) + 180) % 360 - 180
    ways = (
        (colour[0] - wanted[0], ("偏亮", "too light"), ("偏暗", "too dark")),
        (chroma - full, ("偏艳", "too vivid"), ("偏灰", "too grey")),
        (math.radians(turn) * min(chroma, full), ("偏紫", "too purple"), ("偏绿", "too green")),
    )
    off, more, less = max(ways, key=lambda way: abs(way[0]))
    word_zh, word_en = more if off > 0 else less
    return f"{word_zh}的{zh}", f"{en} ({word_en})"
