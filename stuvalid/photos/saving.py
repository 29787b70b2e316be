"""Writing the JPEG the registry accepts: the best quality that stays under the limit, and nothing but the picture."""

from __future__ import annotations

import io
import struct

from PIL import Image

from stuvalid.photos.spec import Spec

_BEST, _LEAST = 95, 40
_FULL_COLOUR_FROM = 85  # below it, halving the colour resolution costs less than more quantisation
_ADOBE = 0xEE


def encode(image: Image.Image, spec: Spec) -> tuple[bytes, int]:
    """JPEG bytes of an RGB picture and the quality that fitted into the specification's target.

    Where even the least quality does not fit, its bytes are returned all the same: the check says so.
    """
    limits = spec.file
    low, high = _LEAST, _BEST
    best = _encoded(image, spec, high)
    if len(best) <= limits.target_bytes:
        if len(best) < limits.min_bytes:
            return _encoded(image, spec, 100), 100
        return best, high
    best, quality = _encoded(image, spec, low), low
    high -= 1
    while low < high:
        middle = (low + high + 1) // 2
        data = _encoded(image, spec, middle)
        if len(data) <= limits.target_bytes:
            best, quality, low = data, middle, middle
        else:
            high = middle - 1
    return best, quality


def _encoded(image: Image.Image, spec: Spec, quality: int) -> bytes:
    stream = io.BytesIO()
    dpi = (spec.size.write_dpi, spec.size.write_dpi)
    sampling = 0 if quality >= _FULL_COLOUR_FROM else 2
    image.save(stream, "JPEG", quality=quality, subsampling=sampling, optimize=True, dpi=dpi)
    return stream.getvalue()


def relabelled(data: bytes, dpi: int, end: int) -> bytes | None:
    """The same JPEG, its pixels untouched, with this resolution and without EXIF, comments and what follows it.

    ``end`` is the index after its end marker. None when the markers are not in order.
    """
    header = struct.pack(">HHHBB", 1, dpi, dpi, 0, 0)
    parts = [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", bytes([1]) + b"\x01" + header[2:6] + b"\x00\x00"]
    at = 2
    while at + 4 <= end:
        marker = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] != 0xFF or length < 2 or at + 2 + length > end:
            return None
        if marker == 0xDA:
            parts.append(data[at:end])
            return b"".join(parts)
        described = 0xE0 <= marker <= 0xEF and marker != _ADOBE
        if not described and marker != 0xFE:
            parts.append(data[at : at + 2 + length])
        at += 2 + length
    return None
