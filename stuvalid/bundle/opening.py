"""Opening a received package, whatever it came as: folder, zip, encrypted zip, volumes; nothing is unpacked.

A member's name is only ever compared, never used as a path, and its size is bounded while it is read.
"""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from stuvalid.bundle.kinds import junk_reason
from stuvalid.bundle.unpacking import MEMBERS, Reason
from stuvalid.discovery import member_name
from stuvalid.errors import UnreadableFile

FIRST_VOLUME = ".001"
_ENCRYPTED = 0x01
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package: its size as stated, and how to read it."""

    size: int
    open: Callable[[], BinaryIO]


@dataclass(slots=True)
class Opened:
    """A package: ``files`` by their path with ``/``, and what was ``refused`` in it with the reason."""

    name: str
    files: dict[str, Member] = field(default_factory=dict)
    refused: list[tuple[str, Reason]] = field(default_factory=list)

    def add(self, name: str, member: Member) -> None:
        """Take a file in, unless its name would do harm or is there already (in any case)."""
        reason = _bad_name(name) or self._clash(name)
        if reason is not None:
            self.refused.append((name, reason))
        elif junk_reason(name) is None:
            self.files[name] = member

    def _clash(self, name: str) -> Reason | None:
        if name.casefold() in self._folded:
            return "与另一个文件同名（不分大小写）", "has the name of another file"
        self._folded.add(name.casefold())
        return None

    _folded: set[str] = field(default_factory=set)


@contextmanager
def open_package(path: Path, password: Callable[[], str] | None = None) -> Iterator[Opened]:
    """The package at ``path``. ``password`` is asked only when the package is encrypted.

    Raises UnreadableFile when it is none, is damaged, or the password does not fit.
    """
    if path.is_dir() and not path.is_symlink():
        volumes = sorted(path.glob("*.[0-9][0-9][0-9]"))
        if not volumes or (path / "manifest.json").is_file():
            yield _folder(path)
            return
        with _zip(Volumes(volumes), path.name, password) as opened:
            yield opened
    elif path.name.endswith(FIRST_VOLUME):
        with _zip(Volumes(_volumes(path)), path.name, password) as opened:
            yield opened
    elif path.is_file():
        with path.open("rb") as stream, _zip(stream, path.name, password) as opened:
            yield opened
    else:
        raise _unreadable("找不到这个文件或文件夹", "there is no such file or folder", "not-found")


def _volumes(first: Path) -> list[Path]:
    stem = first.name.removesuffix(FIRST_VOLUME)
    return sorted(path for path in first.parent.glob("*.[0-9][0-9][0-9]") if path.name[:-4] == stem)


class Volumes(io.RawIOBase):
    """Several files read as one, so that volumes need not be put together on the disk first."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        numbers = [int(path.suffix[1:]) for path in paths]
        if numbers != list(range(1, len(paths) + 1)):
            raise _unreadable("分卷不全", "volumes are missing", "truncated")
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

    def read(self, size: int = -1) -> bytes:
        left = sum(self._sizes) - self._position if size < 0 else size
        pieces = []
        while left > 0:
            piece = self._piece(left)
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _piece(self, most: int) -> bytes:
        start = 0
        for number, size in enumerate(self._sizes):
            if self._position < start + size:
                if number not in self._streams:
                    self._streams[number] = self._paths[number].open("rb")
                stream = self._streams[number]
                stream.seek(self._position - start)
                piece = stream.read(min(most, start + size - self._position))
                self._position += len(piece)
                return piece
            start += size
        return b""

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()
        super().close()


def _folder(root: Path) -> Opened:
    opened = Opened(root.name)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            opened.refused.append((name, ("是链接", "is a link")))
        elif path.is_file():
            opened.add(name, Member(path.stat().st_size, _opener(path)))
    return opened


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


@contextmanager
def _zip(stream: Any, name: str, password: Callable[[], str] | None) -> Iterator[Opened]:
    try:
        archive = zipfile.ZipFile(stream)
        if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
            archive = _decrypting(stream, password)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise _unreadable("不是完整的 zip 包，可能没有传完", "it is no whole zip", "corrupt") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) == 1 and infos[0].filename.lower().endswith(".zip"):
            with _inner(archive, infos[0]) as inner, _zip(inner, name, password) as opened:
                yield opened
            return
        if len(infos) > MEMBERS:
            raise _unreadable("里面的文件太多", "it holds too many files", "too-large")
        opened = Opened(name)
        for info in infos:
            listed = member_name(info)
            if stat.S_ISLNK(info.external_attr >> 16):
                opened.refused.append((listed, ("是链接", "is a link")))
            else:
                opened.add(listed, Member(info.file_size, _member(archive, info)))
        _strip_top(opened)
        yield opened


@contextmanager
def _inner(archive: Any, info: Any) -> Iterator[BinaryIO]:
    """The zip inside an encrypted one, on a nameless temporary file: a zip has to be read from its end."""
    with tempfile.TemporaryFile() as stream:
        try:
            with archive.open(info) as member:
                left = info.file_size
                while left > 0 and (block := member.read(min(_BLOCK, left))):
                    left -= stream.write(block)
        except (zipfile.BadZipFile, RuntimeError, EOFError) as error:
            raise _unreadable("解密后的内容已损坏", "what was decrypted is damaged", "corrupt") from error
        stream.seek(0)
        yield stream


def _decrypting(stream: Any, password: Callable[[], str] | None) -> Any:
    try:
        import pyzipper
    except ImportError as error:
        raise UnreadableFile(
            "未安装解密组件。", "The decryption component is not installed.", reason="encrypted",
            mend_zh="请运行 pip install 'stuvalid[aes]'。", mend_en="Run: pip install 'stuvalid[aes]'",
        ) from error  # fmt: skip
    if password is None:
        raise _unreadable("包有密码", "it is encrypted", "encrypted")
    archive = pyzipper.AESZipFile(stream)
    archive.setpassword(password().encode("utf-8"))
    first = next((info for info in archive.infolist() if not info.is_dir()), None)
    try:
        if first is not None:
            archive.open(first).close()
    except RuntimeError as error:
        archive.close()
        raise _unreadable("密码不正确", "the password is wrong", "encrypted") from error
    return archive


def _member(archive: Any, info: Any) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream: BinaryIO = archive.open(info)
        return stream

    return opened


def _strip_top(opened: Opened) -> None:
    """A package's zip has its own folder on top: that is its name, not part of the paths."""
    tops = {PurePosixPath(name).parts[0] for name in opened.files}
    if len(tops) == 1 and all("/" in name for name in opened.files):
        opened.name = tops.pop()
        opened.files = {name.partition("/")[2]: member for name, member in opened.files.items()}


def _bad_name(name: str) -> Reason | None:
    parts = PurePosixPath(name).parts
    climbs = (
        ".." in parts or name.startswith(("/", "\\")) or "\\" in name or (len(name) > 1 and name[1] == ":")
    )
    if climbs:
        return "的路径会跑出包外", "would climb out of the package"
    if "\x00" in name or not parts:
        return "的名称不合法", "has an illegal name"
    return None


def _unreadable(zh: str, en: str, reason: str) -> UnreadableFile:
    return UnreadableFile(f"{zh}。", f"{en}.", reason=reason)
