"""OLE compound files (MS-CFB), read with every chain bounded by the size of the file.

Loops and lying sizes in the sector tables have made common readers allocate until the system killed them;
here a chain that is longer than the file ends the reading.
"""

from __future__ import annotations

import struct

import numpy as np

from stuvalid.excel.refusals import refusal

_HEADER = 512
_DIRECTORY_ENTRY = 128
_MAX_REGULAR = 0xFFFFFFFA
_HEADER_DIFAT = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class CompoundFile:
    """The streams of a compound file; names compare without regard to case."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER + 128:
            raise refusal("truncated", "OLE header")
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or not 2 <= mini_shift < shift:
            raise refusal("corrupt", "OLE sector size")
        self._sector = 1 << shift
        self._mini = 1 << mini_shift
        self._sectors = max(-(-(len(data) - _HEADER) // self._sector), 1)
        (self._cutoff,) = struct.unpack_from("<I", data, 56)
        self._fat = self._read_fat()
        first_directory, first_mini = (struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 60)[0])
        directory = self._chain(first_directory)
        self._entries = [
            directory[place : place + _DIRECTORY_ENTRY]
            for place in range(0, len(directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY)
        ]
        if not self._entries:
            raise refusal("corrupt", "OLE directory")
        self._mini_fat = np.frombuffer(_whole_words(self._chain(first_mini)), "<u4")
        start, size = struct.unpack_from("<II", self._entries[0], 116)
        self._mini_stream = self._chain(start)[:size]
        self._places = self._names()

    @property
    def names(self) -> set[str]:
        """The lower-case names of streams and storages directly below the root."""
        return set(self._places)

    def read(self, name: str) -> bytes:
        """A whole stream; shorter than declared when the file is cut."""
        entry = self._entries[self._places[name.lower()]]
        start, size = struct.unpack_from("<II", entry, 116)
        size = min(size, len(self._data))
        if size < self._cutoff:
            return self._mini_chain(start, size)
        return self._chain(start, size)[:size]

    def _offset(self, sector: int) -> int:
        place: int = (sector + 1) * self._sector
        return place

    def _read_fat(self) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        data = self._data
        count, next_difat = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 68)[0]
        count = min(count, self._sectors)
        places = list(struct.unpack_from(f"<{_HEADER_DIFAT}I", data, 76))
        seen = set()
        while next_difat < _MAX_REGULAR:
            block = data[self._offset(next_difat) : self._offset(next_difat) + self._sector]
            if next_difat in seen or len(block) < self._sector:
                raise refusal("bomb" if next_difat in seen else "corrupt", "OLE sector loop")
            seen.add(next_difat)
            words = struct.unpack(f"<{self._sector // 4}I", block)
            places += words[:-1]
            next_difat = words[-1]
        used = [place for place in places if place < min(_MAX_REGULAR, self._sectors)][:count]
        table = b"".join(data[self._offset(place) : self._offset(place) + self._sector] for place in used)
        return np.frombuffer(_whole_words(table), "<u4")

    def _chain(self, start: int, size: int | None = None) -> bytes:
        fat, parts = self._fat, []
        wanted = self._sectors if size is None else -(-size // self._sector)
        sector, seen = start, 0
        while sector < _MAX_REGULAR and sector < self._sectors and seen < wanted:
            place = self._offset(sector)
            parts.append(self._data[place : place + self._sector])
            seen += 1
            sector = int(fat[sector]) if sector < len(fat) else _MAX_REGULAR
        if size is None and seen >= self._sectors and sector < _MAX_REGULAR:
            raise refusal("bomb", "OLE sector loop")
        return b"".join(parts)

    def _mini_chain(self, start: int, size: int) -> bytes:
        parts, sector = [], start
        for _ in range(-(-size // self._mini)):
            if sector >= min(_MAX_REGULAR, len(self._mini_fat)):
                break
            parts.append(self._mini_stream[sector * self._mini : (sector + 1) * self._mini])
            sector = int(self._mini_fat[sector])
        return b"".join(parts)[:size]

    def _names(self) -> dict[str, int]:
        """Index of each entry below the root; every entry when the tree does not hold together."""
        found: dict[str, int] = {}
        pending, seen = [struct.unpack_from("<I", self._entries[0], 76)[0]], set()
        while pending:
            index = pending.pop()
            if index in seen or index >= len(self._entries):
                continue
            seen.add(index)
            entry = self._entries[index]
            pending += struct.unpack_from("<II", entry, 68)
            if entry[66] in {_STORAGE, _STREAM}:
                found.setdefault(_entry_name(entry), index)
        if not found:
            for index, entry in enumerate(self._entries):
                if entry[66] in {_STORAGE, _STREAM}:
                    found.setdefault(_entry_name(entry), index)
        return found


def _entry_name(entry: bytes) -> str:
    (length,) = struct.unpack_from("<H", entry, 64)
    return entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace").lower()


def _whole_words(data: bytes) -> bytes:
    return data[: len(data) // 4 * 4]
