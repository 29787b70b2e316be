"""Opening a received package, whatever it came as: folder, zip, encrypted zip, volumes; nothing is unpacked.

A member's name is only ever compared, never used as a path, and its size is bounded while it is read.
"""

from __future__ import annotations

import errno
import io
import lzma
import stat
import struct
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.naming import safe_name
from stuvalid.bundle.split import find_volumes
from stuvalid.errors import UnreadableFile
from stuvalid.files import never_write
from stuvalid.received.archives import is_encrypted, open_zip
from stuvalid.received.kinds import junk_reason
from stuvalid.received.members import Refusal, climbs, member_name, readable_name, refuse_bomb
from stuvalid.received.volumes import open_parts

BAG_DECLARATION = "bagit.txt"
_AES = 99
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, _AES})
_MOST_NESTED = 2
_BLOCK = 1 << 20
Reason = tuple[str, str]
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
)


def damage() -> tuple[type[Exception], ...]:
    """What reading a damaged package may raise; pyzipper brings a BadZipFile of its own, not derived from the usual."""
    loaded = sys.modules.get("pyzipper")
    return (*_DAMAGED, loaded.BadZipFile) if loaded is not None else _DAMAGED


@dataclass(frozen=True, slots=True)
class PackageMember:
    """One file of a package: its size as stated, and how to read it."""

    size: int
    open: Callable[[], BinaryIO]


@dataclass(slots=True)
class Opened:
    """A package: ``files`` by their path with ``/`` in NFC, what was ``refused`` in it with the reason.

    ``ignored`` are files that a system makes for itself (Thumbs.db).
    """

    name: str
    files: dict[str, PackageMember] = field(default_factory=dict)
    refused: list[tuple[str, Reason]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    _folded: set[str] = field(default_factory=set)

    def add(self, name: str, member: PackageMember) -> None:
        """Take a file in, unless its name would do harm or is there already (in any case)."""
        key = unicodedata.normalize("NFC", name)  # a Mac may have taken the name apart on the way
        reason = _bad_name(key) or self._clash(key)
        if reason is not None:
            self.refused.append((readable_name(name), reason))
        elif junk_reason(key) is not None:
            self.ignored.append(key)
        else:
            self.files[key] = member

    def settle_top(self) -> None:
        """Leave out the package's own folder where that is on top: it is its name, not part of the paths."""
        if NAME in self.files or BAG_DECLARATION in self.files:
            return
        parts = [PurePosixPath(name).parts for name in self.files]
        tops = {part[0] for part in parts if len(part) == 2 and part[1] in (NAME, BAG_DECLARATION)}
        tops = tops or {part[0] for part in parts}
        if len(tops) != 1:
            return
        top = next(iter(tops))
        if top in self.files:
            return
        outside = sorted(name for name in self.files if not name.startswith(f"{top}/"))
        self.refused += [(name, ("在包的文件夹之外", "lies outside the package's folder")) for name in outside]
        self.name = top
        self.files = {
            name.partition("/")[2]: member for name, member in self.files.items() if name.startswith(f"{top}/")
        }

    def _clash(self, key: str) -> Reason | None:
        if key.casefold() in self._folded:
            return "与另一个文件同名（不分大小写）", "has the name of another file"
        self._folded.add(key.casefold())
        return None


@contextmanager
def open_package(path: Path, password: Callable[[], str] | None = None) -> Iterator[Opened]:
    """The package at ``path``. ``password`` is asked only when the package is encrypted.

    Raises UnreadableFile when it is none, is damaged, or the password does not fit.
    """
    never_write(path, sealed=path.is_dir())
    volumes = find_volumes(path)
    never_write(*volumes)
    if volumes:
        with open_parts(volumes) as joined, _zip(joined, path.name, password) as opened:
            yield opened
    elif path.is_dir():
        yield _folder(path)
    elif path.is_file():
        with path.open("rb") as stream, _zip(stream, path.name, password) as opened:
            yield opened
    else:
        raise _unreadable("找不到这个文件或文件夹", "there is no such file or folder", "not-found")


def _folder(root: Path) -> Opened:
    opened = Opened(root.resolve().name)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            opened.refused.append((readable_name(name), ("是链接", "is a link")))
        elif path.is_file():
            opened.add(name, PackageMember(path.stat().st_size, _opener(path)))
        elif not path.is_dir():
            opened.refused.append((readable_name(name), ("不是普通文件", "is no regular file")))
    opened.settle_top()
    return opened


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


@contextmanager
def _zip(stream: BinaryIO, name: str, password: Callable[[], str] | None, depth: int = 0) -> Iterator[Opened]:
    archive = _archive(stream, password)
    with _damage_told("不是完整的 zip 包，可能没有传完", "it is no whole zip"):
        infos = [info for info in archive.infolist() if not info.is_dir()]
        size = stream.seek(0, io.SEEK_END)
    with archive:
        with _refusals_told():
            refuse_bomb([(info.compress_size, info.file_size) for info in infos], size)
        if depth < _MOST_NESTED and len(infos) == 1 and infos[0].filename.lower().endswith(".zip"):
            with _inner(archive, infos[0]) as inner, _zip(inner, name, password, depth + 1) as opened:
                yield opened
            return
        opened = Opened(name)
        for info in infos:
            _take(opened, archive, info)
        opened.settle_top()
        yield opened


@contextmanager
def _damage_told(zh: str, en: str) -> Iterator[None]:
    """Turn whatever reading a damaged package raises into UnreadableFile; the disk's own faults pass."""
    try:
        yield
    except damage() as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise _unreadable(zh, en, "corrupt") from error


def _archive(stream: BinaryIO, password: Callable[[], str] | None) -> Any:
    with _refusals_told():
        archive = open_zip(stream)
        if not is_encrypted(archive):
            return archive
        archive.close()
    if password is None:
        raise _unreadable("包有密码", "it is encrypted", "encrypted")
    word = password()  # asked outside of what is told as damage: a person may break off here
    with _refusals_told():
        return open_zip(stream, word)


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Turn a refused archive into UnreadableFile."""
    reasons = {"encrypted": "encrypted", "component-missing": "encrypted", "bomb": "too-large"}
    try:
        yield
    except Refusal as refusal:
        if refusal.kind == "archive-damaged":
            raise _unreadable("不是完整的 zip 包，可能没有传完", "it is no whole zip", "corrupt") from refusal
        raise _unreadable(refusal.zh, refusal.en, reasons.get(refusal.kind, "corrupt")) from refusal


def _take(opened: Opened, archive: Any, info: Any) -> None:
    name = member_name(info).replace("\\", "/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        opened.refused.append((readable_name(name), ("是链接", "is a link")))
    elif kind not in (0, stat.S_IFREG):
        opened.refused.append((readable_name(name), ("不是普通文件", "is no regular file")))
    elif info.compress_type not in _METHODS:
        opened.refused.append((readable_name(name), ("的压缩方式不支持", "is compressed in an unknown way")))
    else:
        opened.add(name, PackageMember(info.file_size, _member(archive, info)))


def _member(archive: Any, info: Any) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream: BinaryIO = archive.open(info)
        return stream

    return opened


@contextmanager
def _inner(archive: Any, info: Any) -> Iterator[BinaryIO]:
    """The zip inside an encrypted one, on a nameless temporary file: a zip has to be read from its end."""
    with tempfile.TemporaryFile() as stream:
        with _damage_told("解密后的内容已损坏", "what was decrypted is damaged"), archive.open(info) as member:
            left = info.file_size
            while left > 0 and (block := member.read(min(_BLOCK, left))):
                left -= stream.write(block)
        stream.seek(0)
        yield stream


def _bad_name(name: str) -> Reason | None:
    """Why no package holds such a name; every name in a package went through `safe_name`."""
    if climbs(name):
        return "的路径会跑出包外", "would climb out of the package"
    if not all(_is_safe(part) for part in name.split("/")):
        return "的名称不合法", "has an illegal name"
    return None


@lru_cache(maxsize=4096)
def _is_safe(part: str) -> bool:
    return safe_name(part) == part


def _unreadable(zh: str, en: str, reason: str) -> UnreadableFile:
    return UnreadableFile(f"{zh}。", f"{en}.", reason=reason)
