"""What a file is before anything decodes it: signatures, and a walk along a JPEG's markers.

Costs microseconds and trusts nothing: sizes, colour components, resolution, EXIF orientation, the
quantisation table and whether the picture ends where it should are read from the bytes themselves.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from stuvalid.excel.sniff import HEAD_BYTES
from stuvalid.excel.sniff import sniff as kind_of_head

_NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
    "webp": "WebP",
    "jp2": "JPEG 2000",
    "heif": "HEIC",
    "avif": "AVIF",
    "photoshop": "Photoshop",
    "ico": "ICO",
    "pdf": "PDF",
    "zip": "ZIP",
    "rar": "RAR",
    "7z": "7z",
    "ole": "Office",
    "html": "HTML",
    **dict.fromkeys(("csv", "tsv", "xml", "mhtml", "spreadsheetml", "rtf"), "text"),
}
"""What `stuvalid.excel.sniff`, the one place that knows how files begin, calls a format, and what people call it."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")  # what within pixel data is no pixel data
_EXIF_HEAD = b"Exif\0\0"
_GPS, _ORIENTATION, _X_RESOLUTION, _RESOLUTION_UNIT = 0x8825, 0x0112, 0x011A, 0x0128
_DEVICE = {0x010F: "Make", 0x0110: "Model", 0x0132: "DateTime", 0x013B: "Artist", 0x8769: "Exif"}
# Sum of the standard luminance table (ITU-T T.81 K.1), which libjpeg scales by quality.
_STANDARD_SUM = 3688
_MOST_TAGS = 512


@dataclass(slots=True)
class Jpeg:
    """What a JPEG says of itself. ``quality`` 0 and ``dpi`` 0.0 when unknown; ``end`` -1 without an end marker.

    ``scan`` is where the pixel data begin; ``zeros_are_odd`` when a run of zero bytes there cannot be a
    plain area under the picture's Huffman tables.
    """

    width: int = 0
    height: int = 0
    components: int = 0
    dpi: float = 0.0
    orientation: int = 1
    quality: int = 0
    has_location: bool = False
    device: list[str] = field(default_factory=list)
    scan: int = -1
    end: int = -1
    zeros_are_odd: bool = False


def sniff(data: bytes) -> str:
    """Name of the format by content: ``JPEG``, ``PNG``, …, ``text``, ``empty`` or ``unknown``."""
    if not data:
        return "empty"
    known = _NAMES.get(kind_of_head(data[:HEAD_BYTES]))
    return known or ("MP4" if data[4:8] == b"ftyp" else "unknown")


def claimed_size(data: bytes, kind: str) -> tuple[int, int]:
    """Width and height that a PNG, GIF or BMP claims, without decoding; (0, 0) when it does not say."""
    if kind == "PNG" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
    elif kind == "GIF" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
    elif kind == "BMP" and len(data) >= 26:
        width, height = struct.unpack("<ii", data[18:26])
    else:
        return 0, 0
    return abs(width), abs(height)


def read_jpeg(data: bytes) -> Jpeg:
    """Walk the markers of ``data``, which starts like a JPEG. Never raises: what it cannot read keeps its default."""
    found = Jpeg()
    progressive = False
    plain_codes: set[int] = set()
    for marker, start, end in _segments(data):
        if marker == 0xDA:
            found.scan = end
            break
        body = data[start:end]
        if marker in _FRAMES and len(body) >= 6 and not found.width:
            found.height, found.width, found.components = struct.unpack(">xHHB", body[:6])
            progressive = marker not in {0xC0, 0xC1}
        elif marker == 0xC4:
            plain_codes |= _first_symbols(body)
        elif marker == 0xDB:
            found.quality = found.quality or _quality(body)
        elif marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 12:
            found.dpi = _jfif_dpi(body)
        elif marker == 0xE1 and body.startswith(_EXIF_HEAD):
            _read_exif(body[6:], found)
    # In plain areas every block says "no change, end of block"; are these the all-zero codes of both tables?
    found.zeros_are_odd = not progressive and not ({0x000, 0x100} <= plain_codes)
    if found.scan > 0:
        found.end = _end_of_picture(data, found.scan)
    return found


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment's body, up to and including the first scan header."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker == 0xD9:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            return
        yield marker, at + 4, end
        at = end


def _first_symbols(body: bytes) -> set[int]:
    """For each luminance table in a DHT segment: its class (0x000 DC, 0x100 AC) plus the symbol coded by zeros."""
    symbols = set()
    at = 0
    while at + 17 < len(body):
        total = sum(body[at + 1 : at + 17])
        if body[at] in {0x00, 0x10} and total:
            symbols.add((body[at] << 4) + body[at + 17])
        at += 17 + total
    return symbols


def _end_of_picture(data: bytes, at: int) -> int:
    """Index after the end marker, skipping further scans and tables; -1 when there is none."""
    while found := _MARKER.search(data, at):
        at = found.end()
        if data[at - 1] == 0xD9:
            return at
        # A table or the header of the next scan of a progressive picture.
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return -1


def _jfif_dpi(body: bytes) -> float:
    unit, across = struct.unpack(">BH", body[7:10])
    return float(across * {1: 1.0, 2: 2.54}.get(unit, 0.0))


def _quality(body: bytes) -> int:
    """Quality 1–100 by which libjpeg would have made the luminance table in a DQT segment; 0 if unclear."""
    if len(body) < 65 or body[0] & 0x0F:
        return 0
    total = sum(body[1:65])
    if body[0] >> 4:
        total = sum(struct.unpack(">64H", body[1:129])) if len(body) >= 129 else 0
    if total <= 0:
        return 0
    scale = 100 * total / _STANDARD_SUM
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    return max(1, min(100, round(quality)))


def _read_exif(tiff: bytes, found: Jpeg) -> None:
    """Orientation, resolution, location and device of the first directory of an EXIF block."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return
    (at,) = struct.unpack(order + "I", tiff[4:8])
    if at + 2 > len(tiff):
        return
    (count,) = struct.unpack(order + "H", tiff[at : at + 2])
    unit, across = 2, 0.0
    for entry in range(min(count, _MOST_TAGS)):
        raw = tiff[at + 2 + entry * 12 : at + 14 + entry * 12]
        if len(raw) < 12:
            break
        tag, _, _, value = struct.unpack(order + "HHII", raw)
        short = struct.unpack(order + "H", raw[8:10])[0]
        if tag == _ORIENTATION and 1 <= short <= 8:
            found.orientation = short
        elif tag == _GPS:
            found.has_location = True
        elif tag == _RESOLUTION_UNIT:
            unit = short
        elif tag == _X_RESOLUTION:
            across = _rational(tiff, value, order)
        elif tag in _DEVICE:
            found.device.append(_DEVICE[tag])
    if not found.dpi and across:
        found.dpi = across * {2: 1.0, 3: 2.54}.get(unit, 0.0)


def _rational(tiff: bytes, at: int, order: str) -> float:
    if at + 8 > len(tiff):
        return 0.0
    above, below = struct.unpack(order + "II", tiff[at : at + 8])
    return above / below if below else 0.0
