"""Strings of the binary .xls formats (MS-XLS 2.5.240, 2.5.293): compressed, wide, rich, split over records."""

from __future__ import annotations

import codecs
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

_WIDE, _PHONETIC, _RICH = 1, 4, 8
_CODEPAGES = {
    367: "ascii",
    936: "gb18030",
    1200: "utf-16-le",
    10000: "mac-roman",
    10002: "big5",
    10006: "mac-greek",
    10007: "mac-cyrillic",
    10008: "gb18030",
    10029: "mac-latin2",
    10081: "mac-turkish",
    32768: "mac-roman",
    32769: "cp1252",
}


def codepage_name(number: int) -> str:
    """The Python codec for a CODEPAGE record; Western European when there is none for it."""
    name = _CODEPAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def wide_string(data: bytes, place: int, length: int) -> tuple[str, int]:
    """A BIFF8 string of ``length`` characters whose flag byte is at ``place``; also where its text ends."""
    flags = data[place]
    place += 1
    if flags & _RICH:
        place += 2
    if flags & _PHONETIC:
        place += 4
    size = length * 2 if flags & _WIDE else length
    text = data[place : place + size].decode("utf-16-le" if flags & _WIDE else "latin-1", "replace")
    return text, place + size


class _Split(Exception):
    """The table ends in the middle of a string."""


class SharedTable:
    """Reads the SST: one long sequence of strings cut into CONTINUE records at any place."""

    def __init__(self, segments: Sequence[bytes]) -> None:
        self._data = b"".join(segments)
        self._cuts = []
        end = 0
        for segment in segments:
            end += len(segment)
            self._cuts.append(end)

    def texts(self) -> list[str]:
        """All strings up to the end, or to where the table is cut; the number its header gives is often wrong."""
        data, cuts, place = self._data, self._cuts, 0
        texts: list[bytes | str] = []
        wide: list[int] = []
        end = len(data)
        cut = cuts[0] if cuts else 0
        while place + 3 <= end:
            while place >= cut:
                cut = cuts[bisect_right(cuts, place)]
            length, flags = data[place] | data[place + 1] << 8, data[place + 2]
            stop = place + 3 + (length * 2 if flags else length)
            if flags <= _WIDE and stop <= cut:
                if flags:
                    wide.append(len(texts))
                    texts.append(data[place + 3 : stop])
                else:
                    texts.append(data[place + 3 : stop].decode("latin-1"))
                place = stop
                continue
            try:
                text, place = self._general(place, length, flags)
            except _Split:
                break
            texts.append(text)
        return _decoded(texts, wide)

    def _general(self, place: int, length: int, flags: int) -> tuple[str, int]:
        data = self._data
        place += 3
        runs = phonetic = 0
        if place + 6 > len(data) and flags & (_RICH | _PHONETIC):
            raise _Split
        if flags & _RICH:
            (runs,) = struct.unpack_from("<H", data, place)
            place += 2
        if flags & _PHONETIC:
            (phonetic,) = struct.unpack_from("<I", data, place)
            place += 4
        pieces = []
        while length:
            if place >= len(data):
                raise _Split
            # Where the record ends right behind the header, nothing of the text is in it.
            cut = self._cuts[bisect_left(self._cuts, place)]
            width = 2 if flags & _WIDE else 1
            taken = min(length, (cut - place) // width)
            codec = "utf-16-le" if flags & _WIDE else "latin-1"
            pieces.append(data[place : place + taken * width].decode(codec, "surrogatepass"))
            place += taken * width
            length -= taken
            if length:
                # The text goes on in the next record, which says anew how wide its characters are.
                if cut >= len(data):
                    raise _Split
                flags = (flags & ~_WIDE) | (data[cut] & _WIDE)
                place = cut + 1
        return "".join(pieces), place + runs * 4 + phonetic


def _decoded(texts: list[Any], wide: list[int]) -> list[str]:
    """``texts`` with those at ``wide`` decoded from UTF-16, all at once where no NUL stands in the way."""
    raw = [texts[index] for index in wide]
    decoded = b"\0\0".join(raw).decode("utf-16-le", "replace").split("\0")
    if len(decoded) != len(raw):
        decoded = [text.decode("utf-16-le", "replace") for text in raw]
    for index, text in zip(wide, decoded, strict=True):
        texts[index] = text
    return texts
