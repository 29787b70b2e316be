"""Outputs that appear whole or not at all.

Whatever is written goes to a temporary name beside the target, is flushed to the disk and then takes the
target's name in one step. An interrupted run leaves the old file, or none, but never half of one.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from stuvalid.errors import UsageError

Content: TypeAlias = bytes | Callable[[BinaryIO], object]

_TEMPORARY_PREFIX = ".stuvalid-"  # short: the target's own name may already be as long as the disk allows
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


def write_atomically(
    path: Path | str, content: Content, *, force: bool = False, inputs: Iterable[Path | str] = ()
) -> Path:
    """Write one file so that it appears whole or not at all, and return its path.

    ``content`` is the bytes, or a function that writes them to the binary stream it is given.
    An existing file is replaced only with ``force``; one of ``inputs`` is never replaced.
    Raises UsageError when the target is refused or the disk does.
    """
    target = Path(path)
    refuse_target(target, force=force, inputs=inputs, folder=False)
    with _clear_errors(target):
        handle, name = tempfile.mkstemp(prefix=_TEMPORARY_PREFIX, suffix=".tmp", dir=_reachable(target.parent))
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                if callable(content):
                    content(stream)
                else:
                    stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            _give_usual_permissions(temporary, target)
            _take_name(temporary, target, force=force)
        finally:
            temporary.unlink(missing_ok=True)
        flush_folder(target.parent)
    return target


@contextmanager
def build_folder(path: Path | str, *, force: bool = False, inputs: Iterable[Path | str] = ()) -> Iterator[Path]:
    """Give a fresh folder to fill; it becomes ``path`` when the block ends well and vanishes when it fails.

    An existing folder is replaced (its former content goes) only with ``force``; an empty one is taken over.
    """
    target = Path(path)
    refuse_target(target, force=force, inputs=inputs, folder=True)
    with _clear_errors(target):
        building = Path(tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=_reachable(target.parent)))
    try:
        yield building
        with _clear_errors(target):
            building.chmod(0o777 & ~_umask())
            flush_tree(building)
            _swap_folders(building, target)
            flush_folder(target.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def refuse_target(target: Path, *, force: bool, inputs: Iterable[Path | str], folder: bool) -> None:
    """Raise UsageError where an output cannot or must not stand; several are asked for before the first is written."""
    if not target.parent.is_dir():
        raise UsageError(
            f"输出位置“{target.parent}”不是已有的文件夹。",
            f"The output folder '{target.parent}' does not exist.",
            mend_zh="请先新建该文件夹，或换一个位置。",
            mend_en="Create it first or choose another place.",
        )
    if not os.path.lexists(_reachable(target)):
        return
    if any(_is_same(target, Path(source)) for source in inputs):
        raise UsageError(
            f"“{target}”是输入文件，不会被改写。",
            f"'{target}' is an input and is never overwritten.",
            mend_zh="请换一个输出文件名。",
            mend_en="Choose another output name.",
        )
    _refuse_kind(target, folder=folder)
    taken = any(target.iterdir()) if folder else True
    if taken and not force:
        raise _exists(target)


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


def _is_same(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return False


@contextmanager
def _clear_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise _exists(target) from error
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


def _swap_folders(building: Path, target: Path) -> None:
    reachable = _reachable(target)
    if not reachable.exists():
        building.rename(reachable)
        return
    former = Path(tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=_reachable(target.parent)))
    aside = former / "former"
    reachable.rename(aside)
    try:
        building.rename(reachable)
    except OSError:
        aside.rename(reachable)
        raise
    finally:
        shutil.rmtree(former, ignore_errors=True)


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


def flush_tree(folder: Path) -> None:
    """Bring every file below ``folder`` to the disk, so that a rename never publishes what is not there yet."""
    mode = "rb+" if sys.platform == "win32" else "rb"  # Windows flushes writable handles only
    for place, _, names in os.walk(folder):
        for name in names:
            with (Path(place) / name).open(mode) as stream:
                os.fsync(stream.fileno())
        flush_folder(Path(place))


def flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows and some network disks cannot, and do not need to be told."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reachable(path: Path) -> Path:
    """The same path in the form Windows accepts beyond 260 characters; elsewhere unchanged."""
    if sys.platform != "win32":
        return path
    full = str(Path(os.path.abspath(path)))  # noqa: PTH100  (resolve() would follow links)
    if len(full) < _LONGEST_PLAIN_WINDOWS_PATH or full.startswith("\\\\?\\"):
        return path
    return Path("\\\\?\\UNC" + full[1:] if full.startswith("\\\\") else "\\\\?\\" + full)
