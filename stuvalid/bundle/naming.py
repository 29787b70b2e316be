"""Names in a package: code + name without a separator, and nothing that Windows cannot hold.

Source: 数据汇总上报要求 (1401太原市, 140106迎泽区, 2114010068双塔西街小学).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from stuvalid.codes import divisions

LONGEST_PATH = 240
"""UTF-16 units of a path inside a package: with a drive and a folder in front Windows still opens it."""

_LONGEST_NAME = 200  # bytes of UTF-8: Linux holds 255, and a counter may still be added
_WIDE = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in '<>:"/\\|?*%'})  # BagIt tools disagree on %
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?=$|\.)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """``name`` as every Windows takes it: forbidden characters full-width, no trailing dot or blank, not reserved."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", name)).translate(_WIDE).rstrip(" .").lstrip(" ")
    if _RESERVED.match(plain):
        plain = f"_{plain}"
    return _shortened(plain, _LONGEST_NAME) or "_"


def _shortened(name: str, most: int) -> str:
    """The name cut to ``most`` bytes of UTF-8 before its suffix."""
    if len(name.encode("utf-8")) <= most:
        return name
    suffix = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) < 9 else ""
    room = most - len(suffix.encode("utf-8"))
    stem = name[: -len(suffix)] if suffix else name
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .") + suffix


def path_units(path: str) -> int:
    """Length of a path as Windows counts it, in UTF-16 units."""
    return len(path.encode("utf-16-le")) // 2


def fitting(path: str, longest: int = LONGEST_PATH) -> str:
    """``path`` (with ``/``) with its last name shortened until the whole is no longer than ``longest``."""
    excess = path_units(path) - longest
    if excess <= 0:
        return path
    place = PurePosixPath(path)
    name, suffix = place.stem, place.suffix
    return str(place.with_name((name[: max(1, len(name) - excess)].rstrip(" .") or "_") + suffix))


class Taken:
    """The paths given out so far; Windows does not tell ``A`` from ``a``."""

    def __init__(self, used: Iterable[str] = ()) -> None:
        self._used = {path.casefold() for path in used}

    def take(self, path: str) -> str:
        """``path``, or with _2, _3 … before its suffix when it is taken."""
        place, number, chosen = PurePosixPath(path), 1, path
        while chosen.casefold() in self._used:
            number += 1
            chosen = str(place.with_name(f"{place.stem}_{number}{place.suffix}"))
        self._used.add(chosen.casefold())
        return chosen


def division_folder(code: str) -> str:
    """``140106迎泽区``, ``1401太原市``, ``14山西省`` from a code of 6, 4 or 2 digits; the code alone if it is unknown."""
    found = divisions.find(code.ljust(6, "0"))
    return safe_name(code + found.name) if found is not None else code


def school_folder(code: str, name: str) -> str:
    """``2114010068双塔西街小学``."""
    return safe_name(code + name)
