"""``stuvalid destroy``: what is past its date is overwritten and removed, and the ledger says so before and after.

Only a file whose SHA-256 is that of an entry is ever touched. Overwriting proves that this file is gone from where it lay, and no
more: what a disk, a backup, a cloud or the recipient keeps besides is told, not claimed to be gone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid.exports.chain import EXPORT
from stuvalid.exports.ledger import Ledger, date_of
from stuvalid.exports.writing import WITHDRAWN, receipt_path
from stuvalid.workspace import flush_folder

STARTED, DESTROYED, DECLARED = "destroying", "destroyed", "declared"
_BLOCK = 1 << 20

LIMITS = (
    (
        "覆盖只对机械硬盘上的这一个文件有意义。固态硬盘、U盘、SD卡会另写一块，旧块可能还在：整盘加密，报废时按规定销毁介质。",
        "Overwriting means something for this file on a magnetic disk only. Solid-state disks and sticks write elsewhere: encrypt the whole disk, and destroy the medium in the end.",
    ),
    (
        "备份、系统还原点、网盘和云同步、微信和邮件里的副本，程序看不见，请逐一删除。",
        "Copies in backups, snapshots, clouds, chats and mails are not seen by the program: delete each.",
    ),
    (
        "交给接收方的那一份由接收方销毁；收到书面确认后用 --declared 记入台账。",
        "The recipient destroys its own; record its written confirmation with --declared.",
    ),
)
"""Where overwriting proves nothing (zh, en)."""


@dataclass(slots=True)
class Due:
    """An export past its date: its entry, and the ``files`` found that hold it still."""

    entry: Mapping[str, Any]
    files: list[Path] = field(default_factory=list)

    @property
    def number(self) -> int:
        return int(self.entry["number"])


def settled(entries: Sequence[Mapping[str, Any]]) -> dict[int, set[str]]:
    """What became of an export, by its number: withdrawn, destroyed here, declared destroyed by its recipient."""
    ends: dict[int, set[str]] = {}
    for entry in entries:
        if entry["kind"] in (WITHDRAWN, DESTROYED, DECLARED) and isinstance(entry.get("of"), int):
            ends.setdefault(entry["of"], set()).add(entry["kind"])
    return ends


def due(
    entries: Sequence[Mapping[str, Any]], today: dt.date, places: Sequence[Path] = (), numbers: Sequence[int] = ()
) -> list[Due]:
    """Every export past its date that is not destroyed yet or has files left, at their place and below ``places``.

    ``numbers`` limits it to these, which may still be within their term: whoever is done early may destroy early.
    """
    ends = settled(entries)
    found = [
        Due(entry)
        for entry in entries
        if entry["kind"] == EXPORT
        and (entry["number"] in numbers if numbers else (date_of(entry, "until") or today) < today)
        and WITHDRAWN not in ends.get(entry["number"], ())
    ]
    by_size: dict[int, list[Due]] = {}
    for one in found:
        by_size.setdefault(int(one.entry["size"]), []).append(one)
    usual = [Path(str(one.entry["folder"])) / str(one.entry["file"]) for one in found]
    for path in dict.fromkeys([*usual, *_files(places)]):
        for one in by_size.get(_size(path), ()):
            if one.entry["sha256"] == _digest(path):
                one.files.append(path)
    return [one for one in found if one.files or DESTROYED not in ends.get(one.number, ())]


def destroy(found: Sequence[Due], ledger: Ledger, by: str) -> list[tuple[Due, list[Path]]]:
    """Overwrite and remove the files; of each export, the files that could not be removed.

    Broken off in between, the ledger says what was begun, and the next run ends it.
    """
    done = []
    for one in found:
        ledger.append({"kind": STARTED, "by": by, "of": one.number, "files": len(one.files)})
        left = [path for path in one.files if not _remove(path, str(one.entry["sha256"]))]
        if not left:
            ledger.append(
                {
                    "kind": DESTROYED,
                    "by": by,
                    "of": one.number,
                    "sha256": one.entry["sha256"],
                    "files": len(one.files),
                    "how": "overwritten once, renamed, removed" if one.files else "no file found",
                }
            )
        done.append((one, left))
    return done


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            for folder, _, names in os.walk(place):
                yield from (Path(folder) / name for name in names)
        else:
            yield place


def _size(path: Path) -> int:
    try:
        found = path.lstat()
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _remove(path: Path, sha256: str) -> bool:
    """Overwrite the file with noise, give it another name and remove it, its receipt too; whether it is gone."""
    if _digest(path) != sha256:
        return not path.exists()
    try:
        with path.open("r+b") as stream:
            left = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            while left > 0:
                left -= stream.write(secrets.token_bytes(min(_BLOCK, left)))
            stream.flush()
            os.fsync(stream.fileno())
        gone = path.with_name(f".stuvalid-{secrets.token_hex(8)}.tmp")
        path.rename(gone)
        gone.unlink()
        flush_folder(path.parent)
    except OSError:
        return False
    with suppress(OSError):
        receipt_path(path).unlink()
    return not path.exists()
