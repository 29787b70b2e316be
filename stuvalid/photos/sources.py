"""The pictures of what came in, and what each thing that is none is told for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stuvalid.errors import UnreadableFile
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.received.kinds import UNREAD
from stuvalid.received.walk import NotRead, Reception

LOG_JSON, LOG_CSV = "处理记录.json", "处理记录.csv"  # written by --fix beside the pictures: no strays
_LARGEST = 64 << 20  # bytes of one picture: larger than any phone's


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to check: ``name`` as shown, ``folder`` and ``stem``/``suffix`` of it, ``archive`` it came in or ''."""

    name: str
    path: Path
    folder: str
    stem: str
    suffix: str
    archive: str = ""

    def read(self) -> bytes:
        """The bytes. Raises UnreadableFile with a sentence when they cannot be had."""
        try:
            with self.path.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        except OSError as error:
            raise UnreadableFile(
                f"读不出来（{type(error).__name__}）", f"it cannot be read ({type(error).__name__})"
            ) from error
        if len(data) > _LARGEST:
            raise UnreadableFile("超过64 MB，不是一张照片", "larger than 64 MB, no photo", reason="too-large")
        return data


@dataclass(slots=True)
class Discovery:
    """Pictures in a stable order; faults of archives and of what is no picture, by the name they are shown under."""

    pictures: list[Picture] = field(default_factory=list)
    faults: list[tuple[str, PhotoFault]] = field(default_factory=list)


def _split(name: str) -> tuple[str, str]:
    """A file name's stem and its extension with the dot: what follows the dot in 古丽娜尔.艾力 is no extension."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and re.fullmatch(r"[0-9A-Za-z]{1,5}", ending) else (name, "")


def pictures_of(reception: Reception) -> Discovery:
    """The pictures among what was received (by names below what was given), and faults for what is none."""
    found = Discovery()
    for item in reception.items:
        place = PurePosixPath(item.name)
        if item.path is not None and (item.kind == "photo" or item.named):
            folder = "" if str(place.parent) == "." else str(place.parent)
            stem, suffix = _split(place.name)
            found.pictures.append(Picture(item.name, item.path, folder, stem, suffix, item.archive))
        elif place.name not in {LOG_JSON, LOG_CSV}:
            slug = "stray_file_in_archive" if item.archive else "stray_file"
            found.faults.append((item.name, fault(slug, entry=place.name)))
    for entry in reception.refused:
        refused = _fault_of(entry)
        if refused is not None:
            found.faults.append((entry.name, refused))
    return found


def _fault_of(entry: NotRead) -> PhotoFault | None:
    """What is told of a thing that was not read; None for what is no business of photos."""
    leaf = PurePosixPath(entry.name).name
    words = {"reason": entry.zh, "reason_en": entry.en}
    if entry.kind in ("archive-damaged", "archive-unknown", "component-missing", "volumes-missing") or (
        entry.kind in ("encrypted", "bomb") and not entry.archive
    ):
        return fault("archive_unreadable", **words)
    if entry.kind == "too-deep":
        return fault("archive_nested", entry=leaf)
    if entry.kind in ("taken-apart", "volume", "named", "own"):
        return None
    if entry.archive and UNREAD[entry.kind].loses:
        return fault("member_refused", entry=leaf, **words)
    return fault("stray_file_in_archive" if entry.archive else "stray_file", entry=leaf)
