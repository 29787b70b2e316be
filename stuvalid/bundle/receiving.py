"""Whatever lies below a folder, as a flat list of files: zips taken apart, links and tricks refused, nothing forgotten."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stuvalid.bundle.kinds import Kind, junk_reason, kind_of
from stuvalid.bundle.unpacking import Reason, unpack
from stuvalid.errors import UsageError

_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Received:
    """One file: ``name`` is its path below the folder, archives counting as folders; ``path`` holds its bytes.

    ``modified`` is in seconds since the epoch. ``archive`` names the innermost archive it came in, '' for none.
    """

    name: str
    path: Path
    size: int
    kind: Kind
    modified: float
    archive: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot be taken, or is passed over, and why. ``path`` is None where there are no bytes to hash."""

    name: str
    size: int
    zh: str
    en: str
    path: Path | None = None
    passed_over: bool = False


@dataclass(slots=True)
class Reception:
    """Everything below a folder, in the order of names."""

    items: list[Received] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def receive(folder: Path, scratch: Path, *, skip: Sequence[Path] = ()) -> Reception:
    """Every file below ``folder``; members of archives are unpacked into ``scratch``.

    ``skip`` are files and folders below it that are no submissions: the list of schools, the output.
    """
    if not folder.is_dir():
        raise UsageError(
            f"“{folder}”不是文件夹。",
            f"'{folder}' is not a folder.",
            mend_zh="请给出放着各校材料的文件夹。",
            mend_en="Give the folder that holds what the schools sent.",
        )
    reception = Reception()
    _Receiver(scratch, {_identity(path) for path in skip if path.exists()}, reception).walk(folder, "")
    reception.items.sort(key=lambda item: item.name)
    reception.refused.sort(key=lambda entry: entry.name)
    return reception


def _readable(name: str) -> str:
    """A name that is no UTF-8 on this disk was written by a Chinese Windows, in GBK."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


@dataclass(slots=True)
class _Receiver:
    scratch: Path
    skip: set[tuple[int, int]]
    into: Reception
    archives: int = 0
    names: set[str] = field(default_factory=set)

    def walk(self, folder: Path, prefix: str) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._refuse(prefix.rstrip("/") or ".", 0, _unreadable(error))
            return
        for entry in entries:
            self._entry(entry, prefix + _readable(entry.name))

    def _entry(self, entry: os.DirEntry[str], name: str) -> None:
        path = Path(entry.path)
        if entry.is_symlink():
            self._refuse(name, 0, ("符号链接，不跟随", "a symbolic link, not followed"))
            return
        if entry.is_dir():
            if _identity(path) not in self.skip and not entry.name.startswith(".stuvalid-"):
                self.walk(path, f"{name}/")
            return
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            self._refuse(name, 0, ("不是普通文件", "not a regular file"))
        elif _identity(path) in self.skip:
            self._refuse(
                name, found.st_size, ("学校名单或对应表", "the list of schools or the map"), path, passed_over=True
            )
        else:
            self._file(name, path, found.st_size, found.st_mtime)

    def _file(self, name: str, path: Path, size: int, modified: float, archive: str = "", depth: int = 0) -> None:
        name = self._unique(name)
        junk = junk_reason(name)
        if junk is not None:
            self._refuse(name, size, junk, path, passed_over=True)
            return
        if size == 0:
            self._refuse(name, 0, ("空文件", "an empty file"), path)
            return
        try:
            kind = kind_of(path, name)
        except OSError as error:
            self._refuse(name, size, _unreadable(error))
            return
        if kind == "archive":
            self._archive(name, path, size, depth)
        else:
            self.into.items.append(Received(name, path, size, kind, modified, archive))

    def _archive(self, name: str, path: Path, size: int, depth: int) -> None:
        if depth >= _DEEPEST:
            self._refuse(name, size, ("压缩包套得太深", "archives nested too deeply"), path)
            return
        folder = self.scratch / f"{self.archives:04}"
        self.archives += 1
        folder.mkdir(parents=True)
        count = 0
        try:
            for member in unpack(path, folder):
                count += 1
                inner = f"{name}/{member.name}"
                if member.path is None:
                    self._refuse(self._unique(inner), member.size, member.refused or ("", ""))
                else:
                    self._file(inner, member.path, member.size, member.modified, name, depth + 1)
        except ValueError as error:
            self._refuse(name, size, error.args, path)
            return
        reason = (
            f"压缩包，已展开，{count}个文件逐个列出",
            f"an archive, taken apart; its {count} members are listed one by one",
        )
        self._refuse(name, size, reason, path, passed_over=True)

    def _unique(self, name: str) -> str:
        """Two members may bear one name; each stays a file of its own."""
        chosen, number = name, 1
        while chosen in self.names:
            number += 1
            chosen = f"{name} ({number})"
        self.names.add(chosen)
        return chosen

    def _refuse(
        self, name: str, size: int, reason: Reason, path: Path | None = None, *, passed_over: bool = False
    ) -> None:
        self.into.refused.append(Refused(name, size, reason[0], reason[1], path, passed_over))


def _unreadable(error: OSError) -> Reason:
    word = error.strerror or type(error).__name__
    return f"读不了（{word}）", f"it cannot be read ({word})"
