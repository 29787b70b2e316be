"""Taking archives apart: every member becomes a plain file in a scratch folder, or is refused with a reason.

Nothing a member says of itself decides where it is written: the files in the scratch folder are numbered.
"""

from __future__ import annotations

import datetime as dt
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stuvalid.received.walk import member_name

MEMBERS = 200_000
_MEMBER_BYTES = 512 << 20
_ARCHIVE_BYTES = 32 << 30
_SUSPECT_BYTES, _SUSPECT_RATIO = 50 << 20, 200
_BLOCK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)

Reason = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive: ``name`` inside it, and either the unpacked ``path`` or why it was ``refused``."""

    name: str
    size: int
    modified: float
    path: Path | None = None
    refused: Reason | None = None


def unpack(archive: Path, scratch: Path) -> Iterator[Member]:
    """Every member of the zip at ``archive``, unpacked into the folder ``scratch``.

    Raises ValueError with the reasons (zh, en) as its two arguments when the archive as a whole is refused.
    """
    try:
        opened = zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ValueError(*_not_a_zip(archive)) from error
    with opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
        if len(infos) > MEMBERS:
            raise ValueError(f"压缩包里有{len(infos)}个文件，过多", f"the archive has {len(infos)} members, too many")
        if sum(info.file_size for info in infos) > _ARCHIVE_BYTES:
            raise ValueError("压缩包解开后过大，疑似压缩炸弹", "the archive would unpack to too much, perhaps a bomb")
        for number, info in enumerate(infos):
            yield _take(opened, info, scratch / f"{number:06}")


def _not_a_zip(archive: Path) -> Reason:
    with archive.open("rb") as stream:
        head = stream.read(6)
    if head.startswith((b"Rar!", b"7z\xbc\xaf")):
        return "rar、7z 压缩包不能展开，请改用 zip", "rar and 7z archives cannot be unpacked; use zip"
    return "不是完整的 zip 压缩包", "not a whole zip archive"


def _take(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> Member:
    name = member_name(info).replace("\\", "/")
    modified = _modified(info)
    reason = _why_refused(info, name)
    if reason is None:
        path = target.with_suffix(_plain_suffix(name))
        reason = _write(opened, info, path)
        if reason is None:
            return Member(name, info.file_size, modified, path)
    return Member(_shown(name), info.file_size, modified, refused=reason)


def _why_refused(info: zipfile.ZipInfo, name: str) -> Reason | None:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\x00" in name or (len(name) > 1 and name[1] == ":"):
        return "成员路径指向压缩包之外（路径穿越）", "the member's path leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "成员是符号链接", "the member is a symbolic link"
    if info.flag_bits & 1:
        return "成员已加密", "the member is encrypted"
    if info.file_size > _MEMBER_BYTES:
        return "成员解开后超过512 MB", "the member would unpack to more than 512 MB"
    if info.file_size > _SUSPECT_BYTES and info.file_size > _SUSPECT_RATIO * max(1, info.compress_size):
        return "压缩比异常，疑似压缩炸弹", "its compression ratio is that of a bomb"
    return None


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Reason | None:
    try:
        with opened.open(info) as source:
            first = source.read(_BLOCK)  # a member that cannot be read at all leaves no file
            with path.open("wb") as target:
                target.write(first)
                shutil.copyfileobj(source, target, _BLOCK)
    except Exception as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the member's
        kind = type(error).__name__
        return f"成员损坏，解不开（{kind}）", f"the member is damaged and cannot be unpacked ({kind})"
    return None


def _plain_suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) < 8 else ""


def _shown(name: str) -> str:
    """A hostile path as harmless text."""
    return "".join(char if char.isprintable() else "?" for char in name).lstrip("/")


def _modified(info: zipfile.ZipInfo) -> float:
    """Seconds since the epoch; zip times carry no zone and are compared among themselves only."""
    try:
        return dt.datetime(*info.date_time, tzinfo=dt.UTC).timestamp()
    except ValueError:
        return dt.datetime(*_EPOCH, tzinfo=dt.UTC).timestamp()
