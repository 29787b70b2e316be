"""A package in volumes ``NAME.zip.001``, ``.002`` …: cut for media, joined by 7-Zip, ``copy /b`` or ``cat``, read as one.

Beside them lie their SHA-256, in the form that 7-Zip and sha256sum check, and a note on how to join them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from stuvalid.errors import UnreadableFile, UsageError

FIRST_VOLUME = ".001"
NOTE = "合并说明.txt"
SUMS_SUFFIX = ".sha256"
_MOST_VOLUMES = 999
_MOST_TYPED = 30
_BLOCK = 1 << 20
_PATTERN = "*.[0-9][0-9][0-9]"
_SUM = re.compile(r"([0-9a-f]{64}) \*(.+)")
_MOST_SUMS_BYTES = 1 << 20


def cut(archive: Path, folder: Path, name: str, most: int) -> list[Path]:
    """Cut a file into volumes ``name.001``, ``name.002`` … of at most ``most`` bytes in the new ``folder``.

    Raises UsageError when that would be more than 999, which no program joins.
    """
    size = archive.stat().st_size
    if size > most * _MOST_VOLUMES:
        least = -(-size // _MOST_VOLUMES) // 1_000_000 + 1
        raise UsageError(
            f"分卷太小，要分成{-(-size // most)}卷，最多{_MOST_VOLUMES}卷。",
            f"The volumes are too small: there would be {-(-size // most)} of them, {_MOST_VOLUMES} at most.",
            mend_zh=f"请用 --split {least}M 或更大。",
            mend_en=f"Use --split {least}M or more.",
        )
    folder.mkdir()
    volumes: list[Path] = []
    sums: list[str] = []
    whole = hashlib.sha256()
    with archive.open("rb") as source:
        for number in range(1, -(-size // most) + 1):
            volume = folder / f"{name}.{number:03}"
            volumes.append(volume)
            sums.append(_copy(source, volume, most, whole))
    lines = [f"{digest} *{volume.name}\n" for digest, volume in zip(sums, volumes, strict=True)]
    (folder / f"{name}{SUMS_SUFFIX}").write_bytes("".join(lines).encode("utf-8"))
    note = _note(name, [volume.name for volume in volumes], size, whole.hexdigest())
    (folder / NOTE).write_bytes(note.replace("\n", "\r\n").encode("utf-8-sig"))  # for the Notepad of any Windows
    return volumes


def _copy(source: BinaryIO, volume: Path, most: int, whole: hashlib._Hash) -> str:
    digest, left = hashlib.sha256(), most
    with volume.open("wb") as target:
        while left and (block := source.read(min(_BLOCK, left))):
            left -= target.write(block)
            digest.update(block)
            whole.update(block)
    return digest.hexdigest()


def _note(name: str, volumes: Sequence[str], size: int, digest: str) -> str:
    few = len(volumes) <= _MOST_TYPED  # a command line of Windows holds no more
    joined = "+".join(f'"{volume}"' for volume in volumes)
    return (
        f"{name} 共分 {len(volumes)} 卷，要全部放在同一个文件夹里。\n\n"
        f"核对（不用先合并）：\n  stuvalid verify {volumes[0]}\n\n"
        f"打开：用 7-Zip 打开 {volumes[0]}；或者先合并：\n"
        + (f'  Windows  copy /b {joined} "{name}"\n' if few else "")
        + f'  Linux    cat "{name}".[0-9][0-9][0-9] > "{name}"\n\n'
        f"每一卷的 SHA-256 在 {name}{SUMS_SUFFIX} 里。合并后 {size} 字节，SHA-256：\n  {digest}\n\n"
        f"{len(volumes)} volumes, to be kept in one folder. Prove them with stuvalid verify, open the first with 7-Zip, "
        "or join them with one of the commands above.\n"
    )


def find_volumes(path: Path) -> list[Path]:
    """The volumes that ``path`` (the first of them, or the folder that holds nothing else) stands for; [] if none.

    Raises UnreadableFile when some are missing.
    """
    if path.is_dir():
        stems = {volume.name[:-4] for volume in path.glob(_PATTERN)}
        if len(stems) != 1 or (path / "manifest.json").exists() or (path / "bagit.txt").exists():
            return []
        folder, stem = path, stems.pop()
    elif path.name.endswith(FIRST_VOLUME):
        folder, stem = path.parent, path.name.removesuffix(FIRST_VOLUME)
    else:
        return []
    found = sorted(volume for volume in folder.glob(_PATTERN) if volume.name[:-4] == stem)
    names = {volume.name for volume in found}
    last = int(found[-1].name[-3:]) if found else 1
    wanted = [name for name, _ in _sums(folder / f"{stem}{SUMS_SUFFIX}")] or [
        f"{stem}.{number:03}" for number in range(1, last + 1)
    ]
    missing = [name for name in wanted if name not in names]
    if missing:
        listed = "、".join(missing[:3]) + (f" …（共{len(missing)}个）" if len(missing) > 3 else "")
        raise UnreadableFile(
            f"分卷不全，缺少 {listed}。", f"{len(missing)} volumes are missing, {missing[0]} first.", reason="truncated"
        )
    return found


def damaged_volumes(volumes: Sequence[Path]) -> Iterator[Path]:
    """Those that differ from their recorded SHA-256; none where nothing is recorded."""
    recorded: dict[str, str] = {}
    for path in {volume.with_suffix(SUMS_SUFFIX) for volume in volumes}:
        recorded.update(_sums(path))
    for volume in volumes:
        with volume.open("rb") as stream:
            if recorded.get(volume.name, "") not in ("", hashlib.file_digest(stream, "sha256").hexdigest()):
                yield volume


def _sums(path: Path) -> list[tuple[str, str]]:
    """Names and digests of a file of sums."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_SUMS_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    matches = (_SUM.fullmatch(line) for line in text.splitlines())
    return [(match[2], match[1]) for match in matches if match]
