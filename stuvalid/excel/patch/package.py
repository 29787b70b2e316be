"""The zip around a workbook: parts read when asked for, untouched parts copied as compressed bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from stuvalid.errors import UnreadableFile

LARGEST_PART = 1 << 30
LARGEST_SMALL_PART = 64 << 20
_LARGEST_PACKAGE = 0xFFFFFFFF
# Level 4 costs half of level 6 and gives a sheet 4 % larger; the sheet is the one part that is compressed anew.
_LEVEL = 4
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DESCRIPTOR_FOLLOWS = 0x08
_UTF8_NAME = 0x800
_ENCRYPTED = 0x01
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class _Entry:
    """One member: ``info`` of the source, or ``data`` when it was written anew."""

    name: str
    info: zipfile.ZipInfo | None
    data: bytes | None = None


class Package:
    """A workbook's parts by name (``xl/workbook.xml``); names are found whatever their case or slashes.

    Raises UnreadableFile when the source is no zip, is encrypted, or holds parts beyond the limits.
    """

    def __init__(self, source: bytes) -> None:
        self._source = source
        try:
            with zipfile.ZipFile(io.BytesIO(source)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
            raise _unreadable("它不是完整的 xlsx/xlsm 文件", "it is not a complete xlsx/xlsm file") from error
        self._entries = [_Entry(_normal(info.orig_filename), info) for info in infos]
        self._index = {entry.name.lower(): entry for entry in self._entries}
        self.changed = False

    def names(self) -> list[str]:
        """All part names, in the order of the file, written with forward slashes."""
        return [entry.name for entry in self._entries]

    def find(self, name: str) -> str | None:
        """The part's own spelling of ``name``, or None when there is none."""
        entry = self._index.get(name.lower())
        return entry.name if entry else None

    def read(self, name: str, *, limit: int = LARGEST_SMALL_PART) -> bytes:
        """The part's bytes; UnreadableFile when it is missing, damaged or larger than ``limit``."""
        entry = self._index.get(name.lower())
        if entry is None:
            raise _unreadable(f"它缺少 {name}", f"{name} is missing")
        if entry.data is not None:
            return entry.data
        return self._inflate(entry, limit)

    def peek(self, name: str, size: int) -> bytes:
        """About the first ``size`` bytes of a part."""
        entry = self._index[name.lower()]
        if entry.data is not None:
            return entry.data[:size]
        info, raw = self._raw(entry)
        if info.compress_type == zipfile.ZIP_STORED:
            return raw[:size]
        try:
            return zlib.decompressobj(-15).decompress(raw, size)
        except zlib.error as error:
            raise _unreadable(f"{name} 已损坏", f"{name} is damaged") from error

    def replace(self, name: str, data: bytes) -> None:
        self._index[name.lower()].data = data
        self.changed = True

    def add(self, name: str, data: bytes) -> None:
        """Append a new part, or replace the one of that name."""
        if name.lower() in self._index:
            self.replace(name, data)
            return
        entry = _Entry(name, None, data)
        self._entries.append(entry)
        self._index[name.lower()] = entry
        self.changed = True

    def remove(self, name: str) -> None:
        entry = self._index.pop(name.lower(), None)
        if entry is not None:
            self._entries = [other for other in self._entries if other.name.lower() != name.lower()]
            self.changed = True

    def free_name(self, pattern: str) -> str:
        """The first unused name of ``pattern`` (with ``{}`` for the number, from 1)."""
        number = 1
        while pattern.format(number).lower() in self._index:
            number += 1
        return pattern.format(number)

    def build(self) -> bytes:
        """The whole file again; the source itself when nothing was changed."""
        if not self.changed:
            return self._source
        pieces: list[bytes] = []
        directory: list[bytes] = []
        position = 0
        for entry in self._entries:
            local, body, central = self._written(entry, position)
            pieces += [local, body]
            directory.append(central)
            position += len(local) + len(body)
        size = sum(map(len, directory))
        if position + size > _LARGEST_PACKAGE or len(directory) > 0xFFFF:
            raise _unreadable("它超过 4 GB", "it exceeds 4 GB")
        end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), size, position, 0)
        return b"".join([*pieces, *directory, end])

    def _raw(self, entry: _Entry) -> tuple[zipfile.ZipInfo, bytes]:
        info = entry.info
        assert info is not None
        if info.flag_bits & _ENCRYPTED:
            raise _unreadable("它已加密", "it is encrypted", reason="encrypted")
        header = self._source[info.header_offset : info.header_offset + _LOCAL.size]
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise _unreadable(f"{entry.name} 已损坏", f"{entry.name} is damaged")
        name_size, extra_size = _LOCAL.unpack(header)[-2:]
        start = info.header_offset + _LOCAL.size + name_size + extra_size
        raw = self._source[start : start + info.compress_size]
        if len(raw) != info.compress_size:
            raise _unreadable(f"{entry.name} 不完整", f"{entry.name} is truncated")
        return info, raw

    def _inflate(self, entry: _Entry, limit: int) -> bytes:
        info, raw = self._raw(entry)
        if info.compress_type == zipfile.ZIP_STORED:
            data = raw
        elif info.compress_type == zipfile.ZIP_DEFLATED:
            try:
                data = zlib.decompressobj(-15).decompress(raw, limit + 1)
            except zlib.error as error:
                raise _unreadable(f"{entry.name} 已损坏", f"{entry.name} is damaged") from error
        else:
            raise _unreadable(f"{entry.name} 的压缩方式不受支持", f"{entry.name} uses an unknown compression")
        if len(data) > limit:
            raise _unreadable(f"{entry.name} 过大", f"{entry.name} is too large", reason="too-large")
        if zlib.crc32(data) != info.CRC:
            raise _unreadable(f"{entry.name} 已损坏", f"{entry.name} is damaged")
        return data

    def _written(self, entry: _Entry, position: int) -> tuple[bytes, bytes, bytes]:
        """Local header, body and central record; a kept member's body is copied as it is."""
        info = entry.info
        if entry.data is None:
            info, body = self._raw(entry)
            method, crc, size = info.compress_type, info.CRC, info.file_size
        else:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
            body = packer.compress(entry.data) + packer.flush()
            method, crc, size = zipfile.ZIP_DEFLATED, zlib.crc32(entry.data), len(entry.data)
        if info is None:
            name = entry.name.encode()
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


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _unreadable(zh: str, en: str, *, reason: str = "corrupt") -> UnreadableFile:
    return UnreadableFile(
        f"工作簿无法改写：{zh}。",
        f"The workbook cannot be patched: {en}.",
        reason=reason,
        mend_zh="请用 Excel 或 WPS 打开后另存为 .xlsx 再试。",
        mend_en="Open it in Excel or WPS, save it as .xlsx and try that.",
    )
