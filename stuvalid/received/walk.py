"""One way in: from what a user names to a list of files, each known by its content, and an account of what is not read.

Folders, files and standard input; archives are taken apart wherever they lie, into a private scratch folder. Every
command walks here, so that the same folder holds the same files for all of them.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.errors import UsageError
from stuvalid.files import never_write, never_write_file
from stuvalid.received.kinds import UNREAD, kind_of, reason_by_name
from stuvalid.received.reception import MANIFEST, NotRead, Reception, Source

if TYPE_CHECKING:
    from stuvalid.received.volumes import VolumeSet

__all__ = ["NotRead", "Reception", "Source", "discover", "receive", "receiving"]

STANDARD_INPUT = "<stdin>"
_DEEPEST_ARCHIVE, _DEEPEST_FOLDER = 4, 100


@contextmanager
def receiving(
    paths: Iterable[Path],
    *,
    password: str | None = None,
    skip: Sequence[Path] = (),
    outputs: Sequence[Path] = (),
    relative: bool = False,
    scratch: Path | None = None,
) -> Iterator[Reception]:
    """Everything below ``paths`` while the block lasts; ``-`` is standard input.

    ``skip`` are files and folders below them that are no submissions, such as the list of schools; ``outputs`` those that
    will be written, which alone may be. Names are the path as given and what is below it, or with ``relative`` only the latter. ``scratch`` is the folder to take archives
    apart in, a private one of temporary files if none is given. Raises UsageError for a path that is not there.
    """
    from stuvalid.workspace import private_folder

    if scratch is not None:
        yield _receive(paths, lambda: scratch, password, skip, outputs, relative=relative)
        return
    opened: list[Path] = []
    work = private_folder()

    def private() -> Path:
        if not opened:  # most runs meet no archive, and need no folder
            opened.append(work.__enter__())
        return opened[0]

    try:
        yield _receive(paths, private, password, skip, outputs, relative=relative)
    finally:
        if opened:
            work.__exit__(None, None, None)


def discover(paths: Iterable[Path], password: str | None = None) -> Reception:
    """What `receiving` gives, for a program that ends with its work: the files of archives go only then."""
    import atexit
    from contextlib import ExitStack

    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(receiving(paths, password=password))


def receive(
    folder: Path, scratch: Path, *, skip: Sequence[Path] = (), outputs: Sequence[Path] = (), password: str | None = None
) -> Reception:
    """What `receiving` gives of one folder, by names below it; UsageError when it is none."""
    if not folder.is_dir():
        raise UsageError(
            f"“{folder}”不是文件夹。",
            f"'{folder}' is not a folder.",
            mend_zh="请给出放着各校材料的文件夹。",
            mend_en="Give the folder that holds what the schools sent.",
        )
    with receiving(
        [folder], skip=skip, outputs=outputs, password=password, relative=True, scratch=scratch
    ) as reception:
        return reception


def _receive(
    paths: Iterable[Path],
    scratch: Callable[[], Path],
    password: str | None,
    skip: Sequence[Path],
    outputs: Sequence[Path],
    *,
    relative: bool,
) -> Reception:
    from stuvalid.received.members import readable_name
    from stuvalid.workspace import sweep

    paths = list(paths)
    real = [path for path in paths if str(path) != "-"]
    never_write(*real, *(path for path in skip if path.is_file()))
    for place in dict.fromkeys(
        [Path(tempfile.gettempdir()), *(path if path.is_dir() else path.parent for path in real)]
    ):
        sweep(place)  # what a killed run left there is neither input nor output
    reception = Reception()
    walk = _Walk(scratch, {_identity(path) for path in (*skip, *outputs) if path.exists()}, password, reception)
    for path in paths:
        shown = readable_name(str(path))
        if str(path) == "-":
            walk.standard_input()
        elif path.is_dir():
            walk.folder(path, "" if relative else f"{shown.rstrip('/')}/")
        elif path.is_file():
            walk.named_file(path, readable_name(path.name) if relative else shown)
        elif os.path.lexists(path) and not path.is_symlink():
            raise UsageError(f"“{shown}”不是普通文件。", f"'{shown}' is not a regular file.")
        else:
            raise UsageError(
                f"找不到 {shown}。", f"{shown} does not exist.", mend_zh="检查路径是否写对。", mend_en="Check the path."
            )
    reception.set_own_aside({("" if relative else readable_name(str(path))).rstrip("/") for path in paths})
    reception.items.sort(key=lambda item: item.name)
    reception.refused.sort(key=lambda entry: entry.name)
    return reception


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A plain file, in a folder or out of an archive, before it is looked at."""

    name: str
    path: Path
    size: int
    modified: float
    named: bool = False


@dataclass(slots=True)
class _Walk:
    scratch: Callable[[], Path]
    skip: set[tuple[int, int]]
    password: str | None
    into: Reception
    archives: int = 0
    names: set[str] = field(default_factory=set)
    seen: set[Path] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)

    def standard_input(self) -> None:
        """What is piped in may be an archive as well as a workbook."""
        if sys.stdin is None or sys.stdin.closed:
            raise UsageError(
                "标准输入是关着的，没有可读的内容。", "Standard input is closed; there is nothing to read."
            )
        data = sys.stdin.buffer.read()
        from stuvalid.excel.sniff import sniff

        if sniff(data) not in ("zip", "rar", "7z"):
            self.into.items.append(Source(STANDARD_INPUT, data=data, size=len(data), named=True))
            return
        path = self._folder() / "stdin"
        path.write_bytes(data)
        self._files([_Candidate(STANDARD_INPUT, path, len(data), 0.0, named=True)])
        for item in self.into.items:
            if item.path == path:
                item.path, item.data = None, data

    def named_file(self, path: Path, name: str) -> None:
        found = path.stat()
        candidate = _Candidate(name, path, found.st_size, found.st_mtime, named=True)
        beside = [candidate]
        siblings: set[str] = set()
        if path.suffix.lower() in (".rar", ".zip") or path.suffix[-2:].isdigit():
            with suppress(OSError), os.scandir(path.parent) as entries:
                siblings = {entry.name for entry in entries if entry.is_file()}
        from stuvalid.received.volumes import volume_sets

        for volumes in volume_sets(siblings):
            if path.name == volumes.names[0] or (path.name == volumes.names[-1] and volumes.in_parts):
                others = [path.with_name(sibling) for sibling in volumes.names if sibling != path.name]
                beside += [
                    _Candidate(name.removesuffix(path.name) + other.name, other, other.stat().st_size, found.st_mtime)
                    for other in others
                ]
        self._files(beside)

    def folder(self, root: Path, prefix: str) -> None:
        """Every regular file below ``root``; links are not followed, so that no loop and no way out exists."""
        from stuvalid.received.members import readable_name

        waiting = [(root, prefix, 0)]
        while waiting:
            folder, prefix, depth = waiting.pop()
            shown = prefix.rstrip("/") or "."
            if depth > _DEEPEST_FOLDER:
                self._refuse(shown, 0, "too-deep")
                continue
            try:
                with os.scandir(folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                self._unreadable(shown, 0, error)
                continue
            files: list[_Candidate] = []
            for entry in entries:
                name = prefix + readable_name(entry.name)
                try:
                    if entry.is_symlink():
                        self._refuse(name, 0, "link")
                    elif entry.is_dir():
                        path = Path(entry.path)
                        if not entry.name.startswith(".stuvalid-") and not (self.skip and _identity(path) in self.skip):
                            waiting.append((path, f"{name}/", depth + 1))
                    else:
                        files += self._candidate(entry, name)
                except OSError as error:
                    self._unreadable(name, 0, error)
            self._files(files)

    def _candidate(self, entry: os.DirEntry[str], name: str) -> list[_Candidate]:
        found = entry.stat(follow_symlinks=False)
        path = Path(entry.path)
        never_write_file(found)
        if not stat.S_ISREG(found.st_mode):
            self._refuse(name, 0, "special")
        elif self.skip and _identity(path) in self.skip:
            self._refuse(name, found.st_size, "named", path=path)
        else:
            return [_Candidate(name, path, found.st_size, found.st_mtime)]
        return []

    def _files(self, files: Sequence[_Candidate], archive: str = "", depth: int = 0) -> None:
        """Files of one folder or archive, volumes put together."""
        rest = {file.name: file for file in files}
        if len(rest) == len(files):
            for volumes in _by_folder(files):
                parts = [rest.pop(name) for name in volumes.names]
                self._volumes(parts, volumes.missing, archive, depth, in_parts=volumes.in_parts)
            files = list(rest.values())
        for file in files:
            self._file(file, archive, depth)

    def _volumes(self, parts: Sequence[_Candidate], missing: int, archive: str, depth: int, *, in_parts: bool) -> None:
        size = sum(part.size for part in parts)
        first = parts[-1] if in_parts and parts[-1].name.lower().endswith(".zip") else parts[0]
        for part in (part for part in parts if part is not first):
            self._refuse(self._unique(part.name), part.size, "volume", path=part.path)
        name = self._unique(first.name)
        if missing:
            self._refuse(name, size, "volumes-missing", path=first.path)
            return
        try:
            self._archive(name, [part.path for part in parts], size, first, depth, in_parts=in_parts)
        except OSError as error:
            self._unreadable(name, size, error)

    def _file(self, file: _Candidate, archive: str, depth: int) -> None:
        if not archive and not self._is_new(file.path):
            return
        name = self._unique(file.name)
        reason = None if file.named else reason_by_name(name)
        if reason is not None:
            self._refuse(name, file.size, reason, path=file.path)
            return
        if file.size == 0 and not file.named:
            self._refuse(name, 0, "empty", path=file.path)
            return
        try:
            kind, mark = kind_of(file.path, name)
            if mark == "own" and not file.named and not name.endswith(MANIFEST):
                self._refuse(name, file.size, "own", path=file.path)
                return
            if kind == "archive":
                self._archive(name, [file.path], file.size, file, depth)
                return
        except OSError as error:
            self._unreadable(name, file.size, error)
            return
        self.into.items.append(
            Source(
                name,
                file.path,
                None,
                file.size,
                kind,
                file.modified,
                archive,
                named=file.named and not archive,
                copy_of=mark,
            )
        )

    def _is_new(self, path: Path) -> bool:
        """Whether it was not named twice, by itself and by its folder."""
        true = path.resolve()
        if true in self.seen:
            return False
        self.seen.add(true)
        return True

    def _archive(
        self, name: str, parts: Sequence[Path], size: int, first: _Candidate, depth: int, *, in_parts: bool = False
    ) -> None:
        from stuvalid.excel.sniff import HEAD_BYTES, sniff
        from stuvalid.received.archives import unpack
        from stuvalid.received.members import Refusal, readable_name

        if depth >= _DEEPEST_ARCHIVE:
            self._refuse(name, size, "too-deep", "压缩包套得太深", "archives nested too deeply", path=parts[0])
            return
        telling = parts[-1] if in_parts and parts[-1].suffix.lower() == ".zip" else parts[0]
        with telling.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        split_zip = in_parts and telling is parts[-1] and len(parts) > 1
        folder = self._folder()
        try:
            members = unpack(parts, "zip" if split_zip else sniff(head, name), folder, self.password, in_parts=in_parts)
        except Refusal as refusal:
            self._refuse(name, size, refusal.kind, refusal.zh, refusal.en, path=parts[0])
            return
        if not members:
            self._refuse(name, size, "empty", "空的压缩包", "an empty archive", path=parts[0])
            return
        self.opened.append(name)
        inside: list[_Candidate] = []
        for member in members:
            inner = f"{name}/{readable_name(member.name).lstrip('/')}"
            if member.path is not None:
                inside.append(_Candidate(inner, member.path, member.size, member.modified))
            elif member.refused is not None:
                refused = member.refused
                junk = reason_by_name(inner)
                if junk is not None:
                    self._refuse(self._unique(inner), member.size, junk)
                else:
                    self._refuse(self._unique(inner), member.size, refused.kind, refused.zh, refused.en)
        self._refuse(
            name,
            size,
            "taken-apart",
            f"压缩包，已展开，{len(members)}个文件逐个列出",
            f"an archive, taken apart; its {len(members)} members are listed one by one",
            path=parts[0],
        )
        self._files(inside, name, depth + 1)
        self.opened.pop()

    def _folder(self) -> Path:
        folder = self.scratch() / f"{self.archives:04}"
        self.archives += 1
        folder.mkdir(parents=True)
        return folder

    def _unique(self, name: str) -> str:
        """Two members may bear one name; each stays a file of its own."""
        chosen, number = name, 1
        while chosen in self.names:
            number += 1
            chosen = f"{name} ({number})"
        self.names.add(chosen)
        return chosen

    def _unreadable(self, name: str, size: int, error: OSError) -> None:
        word = error.strerror or type(error).__name__
        self._refuse(name, size, "unreadable", f"读不了（{word}）", f"it cannot be read ({word})")

    def _refuse(self, name: str, size: int, kind: str, zh: str = "", en: str = "", *, path: Path | None = None) -> None:
        words = UNREAD[kind]
        archive = next((archive for archive in reversed(self.opened) if name.startswith(f"{archive}/")), "")
        self.into.refused.append(NotRead(name, size, kind, zh or words.zh, en or words.en, path, archive))


def _by_folder(files: Sequence[_Candidate]) -> Iterator[VolumeSet]:
    """The archives in volumes among files, by full names."""
    from stuvalid.received.volumes import volume_sets

    folders: dict[str, list[str]] = {}
    for file in files:
        place, _, leaf = file.name.rpartition("/")
        if leaf[-2:].isdigit() or leaf[-4:].lower() == ".rar":
            folders.setdefault(place, []).append(leaf)
    if not folders:
        return
    for file in files:  # the last volume of a split zip is called as any zip
        place, _, leaf = file.name.rpartition("/")
        if place in folders and leaf not in folders[place]:
            folders[place].append(leaf)
    for place, leaves in folders.items():
        prefix = f"{place}/" if place else ""
        for volumes in volume_sets(leaves):
            yield replace(volumes, names=tuple(prefix + leaf for leaf in volumes.names))
