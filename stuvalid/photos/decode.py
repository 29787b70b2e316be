"""Turning bytes into an RGB picture without trusting them; whatever Pillow raises becomes a fault."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from stuvalid.photos.container import Jpeg, claimed_size
from stuvalid.photos.rules import PhotoFault, fault

MOST_PIXELS = 50_000_000  # beyond any camera a school uses; checked before anything is decoded
_ZERO_RUN = 24
_END = b"\xff\xd9"
_CUT = "文件被截断，后半部分缺失"
_NO_PICTURES = frozenset(
    {"empty", "text", "HTML", "unknown", "PDF", "ZIP", "RAR", "7z", "Office", "MP4", "Photoshop", "ICO"}
)
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "JPEG2000", "AVIF", "HEIF", "MPO")


@dataclass(slots=True)
class Decoded:
    """The picture as RGB (None if it cannot be had), the mode it was stored in, and what was wrong."""

    image: Image.Image | None
    mode: str
    faults: list[PhotoFault]


def decode(data: bytes, kind: str, jpeg: Jpeg | None, *, longest: int = 0) -> Decoded:
    """Decode ``data`` of the sniffed ``kind``; ``jpeg`` is its marker walk if it is one.

    With ``longest``, a JPEG with a longer side is decoded to a fraction of its size, but no shorter than that.
    """
    width, height = (jpeg.width, jpeg.height) if jpeg else claimed_size(data, kind)
    if width * height > MOST_PIXELS:
        return _bomb(width, height)
    if kind in _NO_PICTURES:
        return Decoded(None, "", [])
    if jpeg is not None and jpeg.end < 0:
        data += _END  # where only the end mark is missing, nothing else is wrong
    try:
        image = open_picture(data, kind)
        if image.width * image.height > MOST_PIXELS:
            return _bomb(image.width, image.height)
        return _loaded(image, data, jpeg, longest)
    except Image.DecompressionBombError:
        return _bomb(width, height)
    except Exception as error:  # noqa: BLE001  (a decoder fed with broken bytes may raise anything)
        return Decoded(None, "", [fault("broken_picture", reason=_reason(error, jpeg))])


def _bomb(width: int, height: int) -> Decoded:
    return Decoded(None, "", [fault("picture_bomb", width=width or "?", height=height or "?")])


def _loaded(image: Image.Image, data: bytes, jpeg: Jpeg | None, longest: int) -> Decoded:
    mode = image.mode
    if longest and max(image.size) > longest and image.format == "JPEG":
        scale = longest / max(image.size)
        image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
    image.load()
    if jpeg is not None and jpeg.end < 0 and _ends_in_nothing(image):
        return Decoded(None, "", [fault("broken_picture", reason=_CUT)])
    return Decoded(as_rgb(image), mode, _damage(data, jpeg))


def open_picture(data: bytes, kind: str) -> Image.Image:
    """Open without decoding the pixels; HEIC needs the extra ``stuvalid[heic]``."""
    if kind == "HEIC" and not _heic_ready():
        raise ValueError("HEIC：需要安装 stuvalid[heic]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes are judged here, not by Pillow's warnings
        return Image.open(io.BytesIO(data), formats=None if kind == "HEIC" else _FORMATS)


def _heic_ready() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def as_rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: transparency on white, 16 bits scaled to 8."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        grey = np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF mark says; broken EXIF counts as none."""
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, ValueError, KeyError, TypeError, struct.error, SyntaxError):
        return image


def _ends_in_nothing(image: Image.Image) -> bool:
    """Whether the last block is of one colour, as decoders leave what is missing."""
    corner = image.crop((max(0, image.width - 16), max(0, image.height - 8), image.width, image.height))
    return all(low == high for low, high in _extremes(corner))


def _extremes(image: Image.Image) -> list[tuple[float, float]]:
    return [band.getextrema() for band in image.split()]  # type: ignore[misc]


def _reason(error: Exception, jpeg: Jpeg | None) -> str:
    text = str(error)
    if "HEIC" in text:
        return text
    if jpeg is not None and (jpeg.end < 0 or "truncated" in text):
        return _CUT
    if isinstance(error, MemoryError):
        return "内存不足"
    return "图像数据已损坏"


def _damage(data: bytes, jpeg: Jpeg | None) -> list[PhotoFault]:
    if jpeg is None:
        return []
    if jpeg.end < 0:
        return [fault("damaged_picture", reason="缺少结束标记")]
    if jpeg.zeros_are_odd and data.find(bytes(_ZERO_RUN), jpeg.scan, jpeg.end) >= 0:
        return [fault("damaged_picture", reason="数据中有一段为空")]
    return []
