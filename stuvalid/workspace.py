"""Where a package is built: a hidden folder beside its final place, swept away by the next run if this one is killed.

A lock tells a folder in use from one that was left behind, so that two runs side by side leave each other alone.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

TEMPORARY_PREFIX = ".stuvalid-"  # short: a target's own name may already be as long as the disk allows
PREFIX = f"{TEMPORARY_PREFIX}work-"
_LOCK, _FORMER = "lock", "former"
_KEY_MARK, _KEY_BYTES = "#", 32
_LOCK_PAUSE = 0.02  # seconds
_ONLY_NONCE = bytes(12)  # each key encrypts one file


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A fresh folder in ``parent`` that vanishes when the block ends, whatever happens in it.

    What killed runs left in ``parent`` is put back where it belongs or removed first.
    """
    sweep(parent)
    folder, lock = _locked_folder(parent)
    try:
        yield folder
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def _locked_folder(parent: Path) -> tuple[Path, IO[bytes]]:
    """A fresh folder with its lock held; once more where another run swept it away before it was locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            lock = (folder / _LOCK).open("wb")
            try_lock(lock)
            if (folder / _LOCK).exists():
                return folder, lock
            lock.close()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A `workspace` among temporary files, which only this user can read."""
    with workspace(Path(tempfile.gettempdir())) as folder:
        yield folder


def sweep(parent: Path) -> None:
    """Remove the folders and temporary files of killed runs; a package one had set aside gets its place back."""
    for left in _leftovers(parent):
        if left.is_symlink():
            continue
        if left.is_dir() and left.name.startswith(PREFIX) and not _in_use(left / _LOCK):
            _restore(left, parent)
            shutil.rmtree(left, ignore_errors=True)
        elif left.suffix == ".tmp" and left.is_file() and not _in_use(left):
            with suppress(OSError):
                left.unlink()


def _leftovers(parent: Path) -> list[Path]:
    with suppress(OSError), os.scandir(parent) as entries:
        return [Path(entry.path) for entry in entries if entry.name.startswith(TEMPORARY_PREFIX)]
    return []


def swap_in(built: Path, target: Path, folder: Path, *, replace: bool) -> None:
    """Give ``built`` (inside the workspace ``folder``) the name ``target``; what bore it before goes.

    Without ``replace`` nothing goes: FileExistsError where another run was quicker. A former folder waits inside the workspace while the names change: if the run is killed just then, the next
    one puts it back. A former file is replaced in one step.
    """
    if built.is_dir():
        flush_tree(built)
    else:
        with built.open("rb+") as stream:
            os.fsync(stream.fileno())
    if not replace:
        _refuse_taken(target)
    _take_name(built, target, folder)
    flush_folder(target.parent)


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(errno.EEXIST, "exists", str(target))


def _take_name(built: Path, target: Path, folder: Path) -> None:
    if built.is_file() and not target.is_dir():
        built.replace(target)
        return
    if os.path.lexists(target):
        aside = folder / _FORMER
        aside.mkdir()
        target.rename(aside / target.name)
    try:
        built.rename(target)
    except OSError:
        _restore(folder, target.parent)
        raise


def _restore(folder: Path, parent: Path) -> None:
    aside = folder / _FORMER
    for former in sorted(aside.iterdir()) if aside.is_dir() else ():
        if not os.path.lexists(parent / former.name):
            former.rename(parent / former.name)


def _in_use(lock: Path) -> bool:
    try:
        with lock.open("rb+") as stream:
            return not try_lock(stream)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def try_lock(stream: IO[bytes]) -> bool:
    """Whether the lock could be had; it goes with the process that holds it."""
    if sys.platform == "win32":
        import msvcrt

        with suppress(OSError):
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        return False
    import fcntl

    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a disk without locks: nothing can be told, and leftovers must not pile up
    return True


@contextmanager
def waiting_lock(path: Path, seconds: float, text: bytes) -> Iterator[bool]:
    """Hold the lock of the file ``path``, waiting for whoever holds it; gives False where that took too long.

    The file stays, and says with ``text`` what it is to whoever finds it among data.
    """
    with path.open("ab") as stream:
        until = time.monotonic() + seconds
        held = try_lock(stream)
        while not held and time.monotonic() < until:
            time.sleep(_LOCK_PAUSE)
            held = try_lock(stream)
        if held and not path.stat().st_size:
            stream.write(text)
            stream.flush()
        yield held


def write_sealed(folder: Path, data: bytes, *, prefix: str, suffix: str = "") -> str:
    """Write ``data`` encrypted into a new file of ``folder``; what it returns opens it again, and nothing else does.

    The key is drawn for this file and stands in what is returned only, so that what a killed run leaves says nothing.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = os.urandom(_KEY_BYTES)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
    with os.fdopen(handle, "wb") as stream:
        stream.write(AESGCM(key).encrypt(_ONLY_NONCE, data, None))
    return f"{name}{_KEY_MARK}{key.hex()}"


def read_sealed(sealed: str) -> bytes:
    """What `write_sealed` wrote."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    name, _, key = sealed.rpartition(_KEY_MARK)
    return AESGCM(bytes.fromhex(key)).decrypt(_ONLY_NONCE, Path(name).read_bytes(), None)


def remove_sealed(sealed: str) -> None:
    """Remove the file of `write_sealed`."""
    Path(sealed.rpartition(_KEY_MARK)[0]).unlink()


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
