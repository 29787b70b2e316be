"""Upload archives: photos and nothing else, per class, grade or school, no larger than a cap."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from stuvalid.photos.layout import NO_NUMBER, Grouping, Target, safe_name

FOLDER = "上传包"
DEFAULT_CAP = 50 << 20  # no limit is published; a district's line copes with this
_PER_MEMBER = 200  # bytes of headers, about


def pack(root: Path, ready: Iterable[Target], by: Grouping, cap: int = DEFAULT_CAP) -> list[Path]:
    """Write zips of the files ``ready`` below ``root`` into ``root``/上传包; returns their paths.

    Pupils without a number get archives of their own. Members lie flat and stored: JPEG does not shrink.
    """
    groups: dict[str, list[Target]] = defaultdict(list)
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


def _group(target: Target, by: Grouping) -> str:
    if not target.numbered:
        return NO_NUMBER
    if by == "school":
        return "全校"
    if by == "grade":
        return target.grade or target.class_code or "未分年级"
    return target.class_code or "未分班"


def _parts(root: Path, members: list[Target], cap: int) -> list[list[Target]]:
    parts: list[list[Target]] = [[]]
    size = 0
    for target in sorted(members, key=lambda member: member.path):
        weight = (root / target.path).stat().st_size + _PER_MEMBER
        if parts[-1] and size + weight > cap:
            parts.append([])
            size = 0
        parts[-1].append(target)
        size += weight
    return parts


def _write(path: Path, root: Path, members: list[Target]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for target in members:
            info = zipfile.ZipInfo(target.path.rsplit("/", 1)[-1], date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, (root / target.path).read_bytes())
