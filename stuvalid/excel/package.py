"""Opening zip containers with hard bounds: nothing inflates beyond the budget, whatever its header claims."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from stuvalid.excel.model import Limits
from stuvalid.excel.refusals import refusal

_LOCAL_HEADER = 30
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
        self._entries = {_normal(entry.filename): entry for entry in entries}
        self.damaged: list[str] = []

    @property
    def names(self) -> list[str]:
        """The normalised names of all parts."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._entries

    def read(self, name: str) -> bytes:
        """A whole part; raises UnreadableFile when it is missing, damaged or beyond the budget."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces of moderate size, so that a large one is never held as a whole."""
        entry = self._entries.get(_normal(name))
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
        if crc != entry.CRC and name not in self.damaged:
            self.damaged.append(name)

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
    return name.replace("\\", "/").lstrip("/").lower()
