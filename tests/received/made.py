"""Archives of every kind and fault, made here: rar as its format is described, since nothing free writes it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

_RAR5 = b"Rar!\x1a\x07\x01\x00"


def zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in members.items():
            writer.writestr(name, data)
    return stream.getvalue()


def _number(value: int) -> bytes:
    """A number as rar 5 writes it, seven bits a byte, the lowest first."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _block(kind: int, flags: int, body: bytes, data: bytes = b"") -> bytes:
    head = _number(kind) + _number(flags) + (_number(len(data)) if flags & 2 else b"") + body
    sized = _number(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized + data


def rar(members: Mapping[str, bytes], *, link: str = "") -> bytes:
    """A rar 5 archive whose members are stored; ``link`` names one more that is a symbolic link."""
    parts = [_RAR5, _block(1, 0, _number(0))]
    for name, data in members.items():
        parts.append(_member(name, data))
    if link:
        target = b"../outside.xlsx"
        redirection = _number(5) + _number(1) + _number(0) + _number(len(target)) + target
        extra = _number(len(redirection)) + redirection
        raw = link.encode()
        body = _number(len(extra)) + b"" if False else b""
        fields = _number(0) + _number(0) + _number(0o120777) + _number(0) + _number(1) + _number(len(raw)) + raw
        head = _number(2) + _number(1) + _number(len(extra)) + body + fields + extra
        sized = _number(len(head)) + head
        parts.append(struct.pack("<I", zlib.crc32(sized)) + sized)
    parts.append(_block(5, 0, _number(0)))
    return b"".join(parts)


def rar_volumes(name: str, data: bytes, count: int) -> list[bytes]:
    """One stored member over ``count`` volumes, as WinRAR names ….part1.rar and so on."""
    size = -(-len(data) // count)
    volumes = []
    for number in range(count):
        piece = data[number * size : (number + 1) * size]
        main = _number(1) if number == 0 else _number(3) + _number(number)
        before, after = number > 0, number < count - 1
        summed = zlib.crc32(data if not after else piece)
        volumes.append(
            _RAR5
            + _block(1, 0, main)
            + _member(name, piece, unpacked=len(data), summed=summed, split=8 * before | 16 * after)
            + _block(5, 0, _number(int(after)))
        )
    return volumes


def _member(name: str, data: bytes, *, unpacked: int | None = None, summed: int | None = None, split: int = 0) -> bytes:
    raw = name.encode()
    body = (
        _number(0x04)  # with a checksum
        + _number(len(data) if unpacked is None else unpacked)
        + _number(0o100644)
        + struct.pack("<I", zlib.crc32(data) if summed is None else summed)
        + _number(0)  # stored
        + _number(1)  # made on Unix
        + _number(len(raw))
        + raw
    )
    return _block(2, 2 | split, body, data)


def seven(path: Path, members: Mapping[str, bytes], password: str | None = None) -> None:
    """A 7z at ``path``; with a ``password`` its list of members is encrypted, too."""
    import py7zr

    with py7zr.SevenZipFile(path, "w", password=password, header_encryption=password is not None) as archive:
        for name, data in members.items():
            archive.writestr(data, name)


def aes_zip(members: Mapping[str, bytes], password: str) -> bytes:
    import pyzipper

    stream = io.BytesIO()
    with pyzipper.AESZipFile(stream, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as writer:
        writer.setpassword(password.encode())
        for name, data in members.items():
            writer.writestr(name, data)
    return stream.getvalue()


def split_zip(data: bytes, size: int) -> list[bytes]:
    """A zip cut into volumes of about ``size`` bytes by its own rules: each place counts from its volume's start."""
    whole = b"PK\x07\x08" + data
    end = whole.rfind(b"PK\x05\x06")
    count, length, directory = struct.unpack_from("<HII", whole, end + 10)
    directory += 4
    cuts = list(range(0, directory, size))  # the directory is in the last volume
    pieces = [whole[start : cuts[number + 1] if number + 1 < len(cuts) else None] for number, start in enumerate(cuts)]
    last = bytearray(pieces[-1])
    place = directory - cuts[-1]
    for _ in range(count):
        (offset,) = struct.unpack_from("<I", last, place + 42)
        disk = max(number for number, start in enumerate(cuts) if start <= offset + 4)
        struct.pack_into("<H", last, place + 34, disk)
        struct.pack_into("<I", last, place + 42, offset + 4 - cuts[disk])
        place += 46 + sum(struct.unpack_from("<HHH", last, place + 28))
    struct.pack_into("<HH", last, place + 4, len(cuts) - 1, len(cuts) - 1)
    struct.pack_into("<I", last, place + 16, directory - cuts[-1])
    assert length
    return [*pieces[:-1], bytes(last)]
