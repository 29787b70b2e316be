"""Archives in several files: which files belong together, and reading them as one."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from stuvalid.received.members import Refusal

_BLOCK = 1 << 20
_PIECE = re.compile(r"(?P<stem>.+)\.(?P<number>\d{3})")
_RAR = re.compile(r"(?P<stem>.+)\.part(?P<number>\d{1,3})\.rar", re.IGNORECASE)
_OLD_RAR = re.compile(r"(?P<stem>.+)\.r(?P<number>\d\d)", re.IGNORECASE)
_SPLIT_ZIP = re.compile(r"(?P<stem>.+)\.z(?P<number>\d\d)", re.IGNORECASE)
_SUFFIXES = (".zip", ".7z", ".rar")
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_LONGEST_END = 22 + 0xFFFF


@dataclass(frozen=True, slots=True)
class VolumeSet:
    """An archive in volumes: its ``names`` in the order of reading, how many numbers are ``missing`` between them.

    ``in_parts`` tells volumes by the rules of rar or of a split zip from plain pieces.
    """

    names: tuple[str, ...]
    missing: int
    in_parts: bool


def volume_sets(names: Iterable[str]) -> list[VolumeSet]:
    """The archives in volumes among the file ``names`` of one folder."""
    known = {name.casefold(): name for name in names}
    found: dict[tuple[str, str], dict[int, str]] = {}
    for name in known.values():
        for style, pattern in (("rar", _RAR), ("piece", _PIECE), ("r00", _OLD_RAR), ("z01", _SPLIT_ZIP)):
            match = pattern.fullmatch(name)
            if match is not None:
                found.setdefault((style, match["stem"].casefold()), {})[int(match["number"])] = name
                break
    sets = []
    for (style, stem), numbered in found.items():
        first = 0 if style == "r00" else 1
        highest = max(numbered)
        missing = highest + 1 - first - sum(number >= first for number in numbered)
        ordered = [numbered[number] for number in sorted(numbered)]
        if style in ("r00", "z01"):
            last = known.get(stem + (".rar" if style == "r00" else ".zip"))
            missing += last is None
            if last is not None:
                ordered = [last, *ordered] if style == "r00" else [*ordered, last]
        elif style == "piece" and not stem.endswith(_SUFFIXES):
            continue  # a name that happens to end in digits
        sets.append(VolumeSet(tuple(ordered), missing, style != "piece"))
    return sets


def open_parts(parts: Sequence[Path]) -> BinaryIO:
    """One or more files as one stream."""
    return parts[0].open("rb") if len(parts) == 1 else io.BufferedReader(Volumes(parts), _BLOCK)


def joined(parts: Sequence[Path], target: Path) -> Path:
    """A split zip (.z01, .z02 … .zip) as one file at ``target``.

    Its directory names the volume of each member and the place in it: put into one file, each place moves by what
    stands before its volume. Raises Refusal when it is no such zip, or one beyond 4 GB.
    """
    starts: list[int] = []
    with target.open("w+b") as whole:
        for part in parts:
            starts.append(whole.tell())
            with part.open("rb") as piece:
                while block := piece.read(_BLOCK):
                    whole.write(block)
        size = whole.tell()
        whole.seek(max(0, size - _LONGEST_END))
        tail = whole.read()
        place = tail.rfind(_END)
        if place < 0 or len(tail) < place + 22:
            raise Refusal("archive-damaged")
        end = size - len(tail) + place
        disk, start_disk, _, count, length, offset, comment = struct.unpack_from("<HHHHIIH", tail, place + 4)
        if disk >= len(parts) or start_disk >= len(parts) or 0xFFFFFFFF in (length, offset) or size >= 0xFFFFFFFF:
            raise Refusal("volumes-missing" if disk >= len(parts) else "archive-unknown")
        directory = starts[start_disk] + offset
        whole.seek(directory)
        moved = _moved(bytearray(whole.read(length)), starts)
        whole.seek(directory)
        whole.write(moved)
        whole.seek(end + 4)
        whole.write(struct.pack("<HHHHIIH", 0, 0, count, count, length, directory, comment))
    return target


def _moved(directory: bytearray, starts: Sequence[int]) -> bytes:
    """The entries of a zip's directory with the places of their members counted from the first volume."""
    place = 0
    while place + 46 <= len(directory) and directory.startswith(_ENTRY, place):
        name, extra, comment, disk = struct.unpack_from("<HHHH", directory, place + 28)
        (offset,) = struct.unpack_from("<I", directory, place + 42)
        if disk >= len(starts):
            raise Refusal("volumes-missing")
        struct.pack_into("<H", directory, place + 34, 0)
        struct.pack_into("<I", directory, place + 42, offset + starts[disk])
        place += 46 + name + extra + comment
    return bytes(directory)


class Volumes(io.RawIOBase):
    """Several files read as one, so that volumes need not be put together on the disk first."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self._paths = list(paths)
        self._sizes = [path.stat().st_size for path in paths]
        self._position = 0
        self._streams: dict[int, BinaryIO] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: sum(self._sizes)}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """At most what is left of the volume the position is in, as raw streams may."""
        start = 0
        for number, size in enumerate(self._sizes):
            if self._position < start + size:
                if number not in self._streams:
                    self._streams[number] = self._paths[number].open("rb")
                stream = self._streams[number]
                stream.seek(self._position - start)
                piece = stream.read(min(len(buffer), start + size - self._position))
                buffer[: len(piece)] = piece
                self._position += len(piece)
                return len(piece)
            start += size
        return 0

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()
        super().close()
