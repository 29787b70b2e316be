"""The zip around a workbook that is to be changed: untouched parts are copied as compressed bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from stuvalid.excel.model import Limits
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal

LARGEST_PART = 1 << 30
LARGEST_SMALL_PART = 64 << 20
_LARGEST_PACKAGE = 0xFFFFFFFF
_LIMITS = Limits(file_bytes=_LARGEST_PACKAGE, inflated_bytes=4 * LARGEST_PART)
# Level 4 costs half of level 6 and gives a sheet 4 % larger; the sheet is the one part that is compressed anew.
_LEVEL = 4
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DESCRIPTOR_FOLLOWS = 0x08
_UTF8_NAME = 0x800
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class PackageCopy(Package):
    """A workbook's parts by name, and what becomes of them: replaced, added, removed, and written by `build`.

    Raises UnreadableFile when the source is no zip, is encrypted, or holds parts that are damaged or beyond the limits.
    """

    def __init__(self, source: bytes) -> None:
        super().__init__(io.BytesIO(source), _LIMITS)
        self.source = source
        self.changed = False
        self._parts = list(self._entries)
        self._written: dict[str, bytes] = {}

    def parts(self) -> list[str]:
        """All part names, in the order of the file, written with forward slashes."""
        return list(self._parts)

    def find(self, name: str) -> str | None:
        """The part's own spelling of ``name``, or None when there is none."""
        if name in self._parts:
            return name
        return next((part for part in self._parts if part.lower() == name.lower()), None)

    def read(self, name: str, *, limit: int = LARGEST_SMALL_PART) -> bytes:
        """The part's bytes; UnreadableFile when it is missing, damaged or larger than ``limit``."""
        part = self.find(name)
        if part in self._written:
            return self._written[part]
        if part is not None and self._entries[part].file_size > limit:
            raise refusal("too-large", name)
        told = len(self.notes)
        data = super().read(part or name)
        if len(data) > limit:
            raise refusal("too-large", name)
        if self.notes[told:]:
            raise refusal("corrupt", name)
        return data

    def peek(self, name: str, size: int) -> bytes:
        """About the first ``size`` bytes of a part."""
        part = self.find(name)
        if part in self._written:
            return self._written[part][:size]
        return next(self.pieces(part or name), b"")[:size]

    def replace(self, name: str, data: bytes) -> None:
        self._written[self.find(name) or name] = data
        self.changed = True

    def add(self, name: str, data: bytes) -> None:
        """Append a new part, or replace the one of that name."""
        if self.find(name) is None:
            self._parts.append(name)
        self.replace(name, data)

    def remove(self, name: str) -> None:
        part = self.find(name)
        if part is not None:
            self._parts.remove(part)
            self._written.pop(part, None)
            self.changed = True

    def free_name(self, pattern: str) -> str:
        """The first unused name of ``pattern`` (with ``{}`` for the number, from 1)."""
        number = 1
        while self.find(pattern.format(number)) is not None:
            number += 1
        return pattern.format(number)

    def build(self) -> bytes:
        """The whole file again; the source itself when nothing was changed."""
        if not self.changed:
            return self.source
        pieces: list[bytes] = []
        directory: list[bytes] = []
        position = 0
        for part in self._parts:
            local, body, central = self._member(part, position)
            pieces += [local, body]
            directory.append(central)
            position += len(local) + len(body)
        size = sum(map(len, directory))
        if position + size > _LARGEST_PACKAGE or len(directory) > 0xFFFF:
            raise refusal("too-large", "4 GB")
        end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), size, position, 0)
        return b"".join([*pieces, *directory, end])

    def _member(self, part: str, position: int) -> tuple[bytes, bytes, bytes]:
        """Local header, body and central record; a kept member's body is copied as it is."""
        info = self._entries.get(part)
        data = self._written.get(part)
        if data is None:
            assert info is not None
            body = b"".join(self._raw(info))
            method, crc, size = info.compress_type, info.CRC, info.file_size
        else:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
            body = packer.compress(data) + packer.flush()
            method, crc, size = zipfile.ZIP_DEFLATED, zlib.crc32(data), len(data)
        if info is None:
            name = part.encode()
            flags = 0 if name.isascii() else _UTF8_NAME
            date, made_by, attributes = _EARLIEST, 0, 0
        else:
            flags = info.flag_bits & ~_DESCRIPTOR_FOLLOWS
            name = info.orig_filename.encode("utf-8" if flags & _UTF8_NAME else "cp437")
            date, made_by, attributes = info.date_time, info.create_system, info.external_attr
        day = max(date[0] - 1980, 0) << 9 | date[1] << 5 | date[2]
        time = date[3] << 11 | date[4] << 5 | date[5] // 2
        sizes = (time, day, crc, len(body), size)
        local = _LOCAL.pack(b"PK\3\4", 20, flags, method, *sizes, len(name), 0) + name
        central = _CENTRAL.pack(
            b"PK\1\2", 20, made_by, 20, 0, flags, method, *sizes, len(name), 0, 0, 0, 0, attributes, position
        )
        return local, body, central + name
