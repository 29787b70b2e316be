"""Opening zip containers with hard bounds: nothing inflates beyond the budget, whatever its header claims."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from stuvalid.excel.model import Limits, Note
from stuvalid.excel.refusals import refusal

_LOCAL_HEADER = 30
_END_RECORD = 22
_PIECE = 1 << 18


class Package:
    """The parts of an OOXML or ODF file, found by name regardless of case, backslashes and leading slashes."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._budget = limits.inflated_bytes
        try:
            with zipfile.ZipFile(stream) as archive:
                entries = archive.infolist()
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            NotImplementedError,
            ValueError,
            OSError,
            struct.error,
        ) as error:
            raise refusal("truncated", f"zip: {error}") from error
        if len(entries) > limits.archive_entries:
            raise refusal("bomb", f"{len(entries)} zip entries")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._folded: dict[str, zipfile.ZipInfo] = {}
        self.notes: list[Note] = []
        for entry in entries:
            name = _normal(entry.filename)
            if name in self._entries:
                self._note("part-twice", name)
            self._entries[name] = entry
            self._folded[name.lower()] = entry
        if _announced(stream) not in {None, len(entries)}:
            self._note("damaged-part", "zip directory")

    @property
    def names(self) -> list[str]:
        """The normalised names of all parts, in lower case."""
        return list(self._folded)

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        name = _normal(name)
        return self._entries.get(name) or self._folded.get(name.lower())

    def _note(self, code: str, name: str) -> None:
        if Note(code, name) not in self.notes:
            self.notes.append(Note(code, name))

    def read(self, name: str) -> bytes:
        """A whole part; raises UnreadableFile when it is missing, damaged or beyond the budget."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces of moderate size, so that a large one is never held as a whole."""
        entry = self._find(name)
        if entry is None:
            raise refusal("corrupt", f"missing {name}")
        if entry.flag_bits & 0x1:
            raise refusal("encrypted", "zip")
        crc = 0
        for piece in self._inflate(entry):
            self._budget -= len(piece)
            if self._budget < 0:
                raise refusal("bomb", f"{name} inflates beyond the limit")
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != entry.CRC:
            self._note("damaged-part", entry.filename)

    def _inflate(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        if entry.compress_type == zipfile.ZIP_STORED:
            yield from self._raw(entry)
            return
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise refusal("corrupt", f"zip method {entry.compress_type}")
        machine = zlib.decompressobj(-15)
        try:
            for raw in self._raw(entry):
                pending = raw
                while pending and not machine.eof:
                    piece = machine.decompress(pending, _PIECE * 16)
                    pending = machine.unconsumed_tail
                    if piece:
                        yield piece
            rest = machine.flush()
        except zlib.error as error:
            raise refusal("corrupt", f"{entry.filename}: {error}") from error
        if rest:
            yield rest
        if not machine.eof:
            raise refusal("truncated", entry.filename)

    def _raw(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        if entry.header_offset < 0:  # bytes are missing before the directory
            raise refusal("truncated", entry.filename)
        self._stream.seek(entry.header_offset)
        header = self._stream.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise refusal("corrupt", f"zip entry {entry.filename}")
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        if not _agree(entry, header, self._stream.read(name_length)):
            self._note("damaged-part", entry.filename)
        place = entry.header_offset + _LOCAL_HEADER + name_length + extra_length
        left = entry.compress_size
        while left > 0:
            self._stream.seek(place)
            raw = self._stream.read(min(left, _PIECE))
            if not raw:
                raise refusal("truncated", entry.filename)
            place += len(raw)
            left -= len(raw)
            yield raw


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _agree(entry: zipfile.ZipInfo, header: bytes, name: bytes) -> bool:
    """Whether the header before a part says what the directory says; sizes may be left to a descriptor behind it."""
    flags, method, _, _, crc, packed, size = struct.unpack_from("<HHHHIII", header, 6)
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if _normal(name.decode(encoding, "replace")) != _normal(entry.orig_filename) or method != entry.compress_type:
        return False
    told = ((crc, entry.CRC), (packed, entry.compress_size), (size, entry.file_size))
    return bool(flags & 0x8) or all(here in {0, 0xFFFFFFFF, there} for here, there in told)


def _announced(stream: BinaryIO) -> int | None:
    """How many parts the end of the directory announces; None where it does not say."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(size - _END_RECORD - 0xFFFF, 0))
    end = stream.read()
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or place + _END_RECORD > len(end):
        return None
    (count,) = struct.unpack_from("<H", end, place + 10)
    return None if count == 0xFFFF else int(count)
