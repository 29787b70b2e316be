"""Where repaired photos go, and the archives to upload them in.

By grade and class, those without a number in their one folder, the rest to decide. Archives hold photos and nothing
else, per class, grade or school, none larger than a cap.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stuvalid.photos.checking import Photo
from stuvalid.photos.names import number_problem
from stuvalid.photos.roster import Roster, RosterEntry
from stuvalid.pupils.classes import grade_of

NO_NUMBER = "无身份证号"
UNDECIDED = "待确认"
FOLDER = "上传包"
DEFAULT_CAP = 50 << 20  # no limit is published; a district's line copes with this
_PER_MEMBER = 200  # bytes of headers, about
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')

Grouping = Literal["class", "grade", "school"]


@dataclass(frozen=True, slots=True)
class PhotoTarget:
    """Path below OUT, ``/`` between folders, and which class and grade it counts to ('' if unknown)."""

    path: str
    class_code: str = ""
    decided: bool = True
    numbered: bool = True

    @property
    def grade(self) -> str:
        return grade_of(self.class_code)


def targets(photos: Sequence[Photo], roster: Roster | None) -> list[PhotoTarget]:
    """One target a photo, in step; two photos never share one: what collides is left to be decided."""
    planned = [_target(photo, roster) for photo in photos]
    counts: dict[str, int] = {}
    for target in planned:
        counts[target.path] = counts.get(target.path, 0) + 1
    settled: list[PhotoTarget] = []
    used: set[str] = set()
    for photo, target in zip(photos, planned, strict=True):
        chosen = (
            target if counts[target.path] == 1 and target.decided else PhotoTarget(_undecided(photo), decided=False)
        )
        settled.append(PhotoTarget(free_path(chosen.path, used), chosen.class_code, chosen.decided, chosen.numbered))
    return settled


def _target(photo: Photo, roster: Roster | None) -> PhotoTarget:
    read, match = photo.read, photo.match
    if roster is not None:
        return (
            _by_roster(roster.entries[match.entry])
            if match.entry >= 0
            else PhotoTarget(_undecided(photo), decided=False)
        )
    folder = "/".join(safe_name(part) for part in photo.picture.folder.split("/") if part)
    if read.kind == "number" and number_problem(read.number) is None:
        return PhotoTarget(f"{folder}/{read.number}.jpg".lstrip("/"), folder.rsplit("/", 1)[-1])
    if read.kind == "no_number":
        return PhotoTarget(f"{NO_NUMBER}/{safe_name(read.expected)}.jpg", read.class_code, numbered=False)
    return PhotoTarget(_undecided(photo), decided=False)


def _by_roster(entry: RosterEntry) -> PhotoTarget:
    name = entry.file_name
    if not name:
        return PhotoTarget(f"{UNDECIDED}/{safe_name(entry.name)}.jpg", entry.class_code, decided=False)
    if not entry.id_number:
        return PhotoTarget(f"{NO_NUMBER}/{safe_name(name)}.jpg", entry.class_code, numbered=False)
    parts = [part for part in (grade_of(entry.class_code), entry.class_code) if part]
    return PhotoTarget("/".join([*map(safe_name, parts), f"{safe_name(name)}.jpg"]), entry.class_code)


def _undecided(photo: Photo) -> str:
    folder = "_".join(safe_name(part) for part in photo.picture.folder.split("/") if part)
    stem = safe_name(photo.picture.stem)
    return f"{UNDECIDED}/{folder}_{stem}.jpg" if folder else f"{UNDECIDED}/{stem}.jpg"


def free_path(path: str, used: set[str]) -> str:
    """``path``, or with a number behind its name where that is ``used``, which it then is."""
    free, number = path, 1
    while free.casefold() in used:
        number += 1
        free = f"{path.removesuffix('.jpg')}-{number}.jpg"
    used.add(free.casefold())
    return free


def undecided(path: str) -> str:
    """Where a picture that still fails is put instead of ``path``: by its name, for a person to decide."""
    return f"{UNDECIDED}/{path.rsplit('/', 1)[-1]}"


def safe_name(text: str) -> str:
    """A file name Windows takes, and that cannot lead out of its folder."""
    return _UNSAFE.sub("_", text).strip(" .") or "_"


def pack(root: Path, ready: Iterable[PhotoTarget], by: Grouping, cap: int = DEFAULT_CAP) -> list[Path]:
    """Write zips of the files ``ready`` below ``root`` into ``root``/上传包; returns their paths.

    Pupils without a number get archives of their own. Members lie flat and stored: JPEG does not shrink.
    """
    groups: dict[str, list[PhotoTarget]] = defaultdict(list)
    for target in ready:
        groups[_group(target, by)].append(target)
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    made: list[Path] = []
    for name, members in sorted(groups.items()):
        parts = _parts(root, members, cap)
        for number, part in enumerate(parts, start=1):
            path = folder / (f"{safe_name(name)}-{number}.zip" if len(parts) > 1 else f"{safe_name(name)}.zip")
            _write(path, root, part)
            made.append(path)
    return made


def _group(target: PhotoTarget, by: Grouping) -> str:
    if not target.numbered:
        return NO_NUMBER
    if by == "school":
        return "全校"
    if by == "grade":
        return target.grade or target.class_code or "未分年级"
    return target.class_code or "未分班"


def _parts(root: Path, members: list[PhotoTarget], cap: int) -> list[list[PhotoTarget]]:
    parts: list[list[PhotoTarget]] = [[]]
    size = 0
    for target in sorted(members, key=lambda member: member.path):
        weight = (root / target.path).stat().st_size + _PER_MEMBER
        if parts[-1] and size + weight > cap:
            parts.append([])
            size = 0
        parts[-1].append(target)
        size += weight
    return parts


def _write(path: Path, root: Path, members: list[PhotoTarget]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for target in members:
            info = zipfile.ZipInfo(target.path.rsplit("/", 1)[-1], date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, (root / target.path).read_bytes())
