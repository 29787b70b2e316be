"""Finding the pictures below what a user names: folders, files, zip archives."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.photos.rules import Fault, fault
from stuvalid.received.walk import member_name

PICTURE_SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".heic",
        ".heif",
        ".webp",
        ".bmp",
        ".tif",
        ".tiff",
        ".gif",
        ".jp2",
        ".avif",
    }
)
_ARCHIVES = frozenset({".zip", ".rar", ".7z"})
LOG_JSON, LOG_CSV = "处理记录.json", "处理记录.csv"  # written by --fix beside the pictures: no strays
_LARGEST = 64 << 20  # bytes of one picture: larger than any phone's
_MEMBERS = 200_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to check: ``name`` as shown, ``folder`` and ``stem``/``suffix`` of the file, ``member`` in a zip."""

    name: str
    path: Path
    folder: str
    stem: str
    suffix: str
    member: str = ""

    def read(self) -> bytes:
        """The bytes. Raises UnreadableFile with a sentence when they cannot be had."""
        try:
            if self.member:
                with _opened(self.path, os.getpid()).open(self.member) as stream:
                    return _limited(stream)
            with self.path.open("rb") as stream:
                return _limited(stream)
        except UnreadableFile:
            raise
        except Exception as error:  # a broken archive may raise anything down to zlib's own
            raise UnreadableFile(
                f"读不出来（{type(error).__name__}）", f"it cannot be read ({type(error).__name__})"
            ) from error


@dataclass(slots=True)
class Discovery:
    """Pictures in a stable order; faults of archives and of what is no picture, by the name they are shown under."""

    pictures: list[Picture] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)


def discover_pictures(paths: Iterable[Path]) -> Discovery:
    """Everything below ``paths``; UsageError for a path that is not there."""
    found = Discovery()
    for path in paths:
        if path.is_dir():
            for file in _files_below(path):
                _take(file, file.relative_to(path).as_posix(), found)
        elif path.is_file():
            _take(path, path.name, found, named=True)
        else:
            raise UsageError(
                f"找不到 {path}。", f"{path} does not exist.", mend_zh="检查路径是否写对。", mend_en="Check the path."
            )
    return found


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files in a stable order; links are not followed, so that no loop and no way out exists."""
    yield from sorted(entry for entry in folder.rglob("*") if entry.is_file() and not entry.is_symlink())


def _take(path: Path, name: str, found: Discovery, *, named: bool = False) -> None:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        _take_archive(path, name, found)
    elif named or (suffix in PICTURE_SUFFIXES and not path.name.startswith("._")):
        place = PurePosixPath(name)
        folder = "" if str(place.parent) == "." else str(place.parent)
        found.pictures.append(Picture(name, path, folder, path.stem, path.suffix))
    elif suffix in _ARCHIVES:
        found.faults.append((name, fault("archive_unreadable", reason="不是zip", reason_en="not a zip")))
    elif path.name not in {LOG_JSON, LOG_CSV}:
        found.faults.append((name, fault("stray_file", entry=path.name)))


def _take_archive(path: Path, name: str, found: Discovery) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except Exception as error:  # noqa: BLE001  (crafted directories raise more than BadZipFile)
        words = {"reason": f"{type(error).__name__}", "reason_en": type(error).__name__}
        found.faults.append((name, fault("archive_unreadable", **words)))
        return
    found.archives.append(name)
    if len(members) > _MEMBERS:
        found.faults.append((name, fault("archive_unreadable", reason="文件过多", reason_en="too many members")))
        return
    for info in members:
        _take_member(path, name, info, found)


def _take_member(path: Path, name: str, info: zipfile.ZipInfo, found: Discovery) -> None:
    inner = member_name(info).replace("\\", "/")
    place = PurePosixPath(inner)
    shown = f"{name}/{inner}"
    suffix = place.suffix.lower()
    if suffix in _ARCHIVES:
        found.faults.append((shown, fault("archive_nested", entry=place.name)))
    elif suffix not in PICTURE_SUFFIXES or place.name.startswith("._") or "__MACOSX" in place.parts:
        found.faults.append((shown, fault("stray_file_in_archive", entry=place.name)))
    elif info.flag_bits & 1:
        found.faults.append((shown, fault("member_refused", entry=place.name, reason="已加密", reason_en="encrypted")))
    elif info.file_size > _LARGEST:
        words = {"reason": "解开后过大", "reason_en": "too large when unpacked"}
        found.faults.append((shown, fault("member_refused", entry=place.name, **words)))
    else:
        folder = f"{name}/{place.parent}" if str(place.parent) != "." else name
        found.pictures.append(Picture(shown, path, folder, place.stem, place.suffix, info.filename))


@lru_cache(maxsize=2)
def _opened(path: Path, _process: int) -> zipfile.ZipFile:
    # One per process: forked workers would move each other's place in a shared file. And kept open: reading the directory anew for every member of a large archive would take time in its square.
    return zipfile.ZipFile(path)


def _limited(stream: IO[bytes]) -> bytes:
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UnreadableFile("超过64 MB，不是一张照片", "larger than 64 MB, no photo", reason="too-large")
    return data
