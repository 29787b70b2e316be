"""Outputs that appear whole or not at all.

Whatever is written goes to a temporary name beside the target, is flushed to the disk and then takes the
target's name in one step. An interrupted run leaves the old file, or none, but never half of one.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from stuvalid.errors import UsageError
from stuvalid.workspace import TEMPORARY_PREFIX, flush_folder, swap_in, sweep, try_lock, workspace

Content: TypeAlias = bytes | Callable[[BinaryIO], object]

_LONGEST_PLAIN_WINDOWS_PATH = 240
_WITHOUT_HARD_LINKS = {
    errno.EACCES,
    errno.EINVAL,
    errno.EMLINK,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.EPERM,
}


@dataclass(slots=True)
class _Run:
    """What one run of the program reads and has written, so that no output can be an input.

    ``roots`` are folders whose files are inputs, ``sealed`` those in which nothing may even be added; paths are true
    paths. ``files`` are (device, inode) of what was read, known also under another name.
    """

    roots: set[Path] = field(default_factory=set)
    sealed: set[Path] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    files: set[tuple[int, int]] = field(default_factory=set)
    written: list[Path] = field(default_factory=list)


_current: ContextVar[_Run | None] = ContextVar("run", default=None)


@contextmanager
def guarding_inputs() -> Iterator[None]:
    """While the block lasts, what is read (`never_write`) is never written, whatever a command asks for."""
    before = _current.set(_Run())
    try:
        yield
    finally:
        _current.reset(before)


def written_so_far() -> list[Path]:
    """What the run has written, for whoever has to say so when it breaks off."""
    run = _current.get()
    return list(run.written) if run is not None else []


def never_write(*paths: Path, sealed: bool = False) -> None:
    """Take these files, and everything below these folders, for inputs of the run; ``sealed`` folders get no new file."""
    run = _current.get()
    if run is not None:
        _note(run, paths, sealed=sealed)


def never_write_file(state: os.stat_result) -> None:
    """Take a file that was found for an input, under whatever names and links it has."""
    run = _current.get()
    if run is not None:
        run.files.add((state.st_dev, state.st_ino))


def _note(run: _Run, paths: Iterable[Path], *, sealed: bool = False) -> None:
    for path in paths:
        try:
            state, true = path.stat(), path.resolve()
        except OSError:
            continue
        if stat.S_ISDIR(state.st_mode):
            (run.sealed if sealed else run.roots).add(true)
        else:
            run.files.add((state.st_dev, state.st_ino))
            run.names.add(str(true).casefold())


def _is_input(target: Path, inputs: Iterable[Path | str]) -> bool:
    """Whether writing to ``target`` would change something that is, or was, read."""
    run = _current.get() or _Run()
    known = _Run(set(run.roots), run.sealed, set(run.names), set(run.files))
    _note(known, map(Path, inputs))
    true = target.resolve()
    if any(folder in true.parents for folder in known.sealed):
        return True
    try:
        state = target.stat()
    except OSError:
        # Nothing is there: on a stick that takes a.xlsx and A.XLSX for one file, the directory would have said so.
        return str(true).casefold() in known.names
    folders = known.roots | known.sealed
    if str(true).casefold() in known.names or true in folders or any(true in folder.parents for folder in folders):
        return True  # named outright, or a folder that holds what was named
    found = (state.st_dev, state.st_ino) in known.files or any(folder in true.parents for folder in folders)
    return found and not _is_own(target)


def _is_own(path: Path) -> bool:
    """Whether this is a report, or a folder, of ours, which may be renewed, even among the inputs."""
    from stuvalid.ownmarks import is_own_folder, is_report

    try:
        return is_own_folder(path) if path.is_dir() else is_report(path)
    except OSError:
        return False


def write_atomically(
    path: Path | str, content: Content, *, force: bool = False, inputs: Iterable[Path | str] = ()
) -> Path:
    """Write one file so that it appears whole or not at all, and return its path.

    ``content`` is the bytes, or a function that writes them to the binary stream it is given. What may be replaced is
    said by `refuse_target`. Raises UsageError when the target is refused or the disk does.
    """
    target = Path(path)
    _write_whole(target, content, replacing=refuse_target(target, force=force, inputs=inputs, folder=False))
    return target


def renew(path: Path, content: Content) -> None:
    """Replace a record that the program keeps for itself (a ledger), whole or not at all; it is nobody's output."""
    _write_whole(path, content, replacing=True)


def _write_whole(target: Path, content: Content, *, replacing: bool) -> None:
    with clear_errors(target):
        sweep(target.parent)
        temporary, stream = _temporary_beside(target)
        try:
            with stream:
                if callable(content):
                    content(stream)
                else:
                    stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
                _give_usual_permissions(temporary, target)
                if sys.platform != "win32":  # still locked: no other run takes it for a leftover
                    _take_name(temporary, target, force=replacing)
            if sys.platform == "win32":
                _take_name(temporary, target, force=replacing)
        finally:
            temporary.unlink(missing_ok=True)
        flush_folder(target.parent)
    has_written(target)


def _temporary_beside(target: Path) -> tuple[Path, BinaryIO]:
    """A locked temporary file in the target's folder; the lock goes with this process, and tells others that it lives."""
    while True:
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=".tmp", dir=_reachable(target.parent))
        stream = os.fdopen(handle, "wb")
        try_lock(stream)
        if sys.platform == "win32" or os.fstat(handle).st_nlink:
            return Path(name), stream
        stream.close()  # another run swept it away before it was locked


def has_written(target: Path) -> None:
    """Remember for `written_so_far` that ``target`` bears its final name."""
    run = _current.get()
    if run is not None:
        run.written.append(target)


@contextmanager
def build_folder(path: Path | str, *, force: bool = False, inputs: Iterable[Path | str] = ()) -> Iterator[Path]:
    """Give a fresh folder to fill; it becomes ``path`` when the block ends well and vanishes when it fails.

    An existing folder is replaced (its former content goes) only with ``force``; an empty one is taken over.
    """
    target = Path(path)
    refuse_target(target, force=force, inputs=inputs, folder=True)
    with ExitStack() as stack:
        with clear_errors(target):
            work = stack.enter_context(workspace(_reachable(target.parent)))
            building = work / "built"
            building.mkdir()
        yield building
        with clear_errors(target):
            building.chmod(0o777 & ~_umask())
            swap_in(building, target, work, replace=force)
    has_written(target)


def make_folder(path: Path) -> Path:
    """The folder ``path``, made where it was not; UsageError where a file has its name, or that of a folder above it."""
    if os.path.lexists(path):
        _refuse_kind(path, folder=True)
    with clear_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def refuse_target(target: Path, *, force: bool, inputs: Iterable[Path | str], folder: bool) -> bool:
    """Raise UsageError where an output cannot or must not stand; the one rule for every output of every command.

    What the run reads is never written, ``force`` or not: named or found below what was named, by another name, a link,
    a hard link or ``..``; in a package being proved nothing is added either. What else exists is replaced with ``force``
    only, apart from reports of ours. Several outputs are asked for before the first is written. Returns whether an
    existing file may be replaced.
    """
    if not target.parent.is_dir():
        raise UsageError(
            f"输出位置“{target.parent}”不是已有的文件夹。",
            f"The output folder '{target.parent}' does not exist.",
            mend_zh="请先新建该文件夹，或换一个位置。",
            mend_en="Create it first or choose another place.",
        )
    if _is_input(target, inputs):
        raise UsageError(
            f"“{target}”是输入文件，或在输入之中，不会被改写。",
            f"'{target}' is an input or lies among the inputs and is never overwritten.",
            mend_zh="请换一个输出文件名。",
            mend_en="Choose another output name.",
        )
    if not os.path.lexists(_reachable(target)):
        return force
    _refuse_kind(target, folder=folder)
    if folder and not any(target.iterdir()):
        return True
    if not force and (folder or not _is_own(target)):
        raise _exists(target)
    return True


def _refuse_kind(target: Path, *, folder: bool) -> None:
    right = target.is_dir() if folder else target.is_file() or target.is_symlink()
    if right:
        return
    zh, en = ("文件夹", "folder") if folder else ("普通文件", "regular file")
    raise UsageError(
        f"“{target}”已存在，但不是{zh}。",
        f"'{target}' exists and is not a {en}.",
        mend_zh="请换一个输出名称。",
        mend_en="Choose another output name.",
    )


def _exists(target: Path) -> UsageError:
    return UsageError(
        f"“{target}”已存在，未改写。",
        f"'{target}' already exists and was left as it is.",
        mend_zh="加 --force 可覆盖，或换一个输出名称。",
        mend_en="Use --force to overwrite it or choose another name.",
    )


@contextmanager
def clear_errors(target: Path) -> Iterator[None]:
    """Turn what a disk refuses into one sentence about ``target``."""
    try:
        yield
    except FileExistsError as error:
        raise _exists(target) from error
    except NotADirectoryError as error:
        raise UsageError(
            f"“{target}”无法写入：它的上级是一个文件，不是文件夹。",
            f"'{target}' cannot be written: what is above it is a file, not a folder.",
            mend_zh="请换一个输出名称。",
            mend_en="Choose another output name.",
        ) from error
    except PermissionError as error:
        raise UsageError(
            f"没有权限写入“{target}”。",
            f"No permission to write '{target}'.",
            mend_zh="如果它正在 Excel 或 WPS 中打开，请先关闭；否则请换一个位置。",
            mend_en="Close it if it is open in Excel or WPS, or choose another place.",
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise UsageError(
                f"磁盘空间不足，“{target}”未写入。",
                f"No space left; '{target}' was not written.",
                mend_zh="请清理磁盘后重试。",
                mend_en="Free some space and run it again.",
            ) from error
        raise UsageError(
            f"“{target}”无法写入（{error.strerror or error}）。",
            f"'{target}' cannot be written ({error.strerror or error}).",
        ) from error


def _take_name(temporary: Path, target: Path, *, force: bool) -> None:
    """Rename; without ``force`` a file that appeared in the meantime is not lost either."""
    reachable = _reachable(target)
    if force:
        # A link keeps pointing where it did; what it points to is replaced.
        temporary.replace(_reachable(target.resolve()) if target.is_symlink() else reachable)
        return
    if sys.platform == "win32":
        temporary.rename(reachable)  # refuses an existing name there
        return
    try:
        os.link(temporary, reachable)
    except OSError as error:
        if error.errno not in _WITHOUT_HARD_LINKS:
            raise
        # USB sticks (FAT, exFAT) know no hard links: look once more, then rename.
        if os.path.lexists(reachable):
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
        temporary.replace(reachable)


def _give_usual_permissions(temporary: Path, target: Path) -> None:
    # mkstemp makes files only the owner can read; a report is meant to be shared like any other file.
    try:
        mode = target.stat().st_mode & 0o777
    except OSError:
        mode = 0o666 & ~_umask()
    temporary.chmod(mode)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reachable(path: Path) -> Path:
    """The same path in the form Windows accepts beyond 260 characters; elsewhere unchanged."""
    if sys.platform != "win32":
        return path
    full = str(Path(os.path.abspath(path)))  # noqa: PTH100  (resolve() would follow links)
    if len(full) < _LONGEST_PLAIN_WINDOWS_PATH or full.startswith("\\\\?\\"):
        return path
    return Path("\\\\?\\UNC" + full[1:] if full.startswith("\\\\") else "\\\\?\\" + full)
