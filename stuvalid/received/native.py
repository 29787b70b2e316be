"""7z and rar, taken apart in a process that may die: their readers are native, and what comes is not to be trusted."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from stuvalid.received.members import Member, Refusal, plain_suffix, refuse_bomb, refuse_member
from stuvalid.received.volumes import open_parts

_TIMEOUT_SECONDS = 300.0
_MEMORY_BYTES = 3 << 30
_MODULES = {"7z": "py7zr", "rar": "unrar.cffi"}
_BLOCK = 1 << 20

# What unrar's library (unrar.dll, 7.x) calls its answers and flags; the wrapper names a part of them only.
_END_ARCHIVE, _NO_MEMORY, _EOPEN, _MISSING_PASSWORD, _BAD_PASSWORD = 10, 11, 15, 22, 24
_SPLIT_BEFORE, _SPLIT_AFTER, _LOCKED, _DIRECTORY = 0x01, 0x02, 0x04, 0x20
_VOLUME_FOUND = 1
_UNIX = 3


@dataclass(frozen=True, slots=True)
class _Task:
    parts: tuple[Path, ...]
    kind: str
    scratch: Path
    password: str | None
    in_parts: bool


def unpack_native(
    parts: Sequence[Path], kind: str, scratch: Path, password: str | None, *, in_parts: bool
) -> list[Member]:
    """See `stuvalid.received.archives.unpack`."""
    with suppress(ModuleNotFoundError):
        if importlib.util.find_spec(_MODULES[kind]) is None:
            raise Refusal("component-missing")
    from stuvalid import workers

    task = _Task(tuple(parts), kind, scratch, password, in_parts)
    result: list[Member] | Refusal = Refusal("archive-damaged")
    for outcomes in workers.run(_work, [task], workers=1, timeout=_TIMEOUT_SECONDS, memory_bytes=_MEMORY_BYTES):
        for outcome in outcomes:
            if outcome.failure is None:
                result = cast("list[Member] | Refusal", outcome.result)
            elif outcome.failure.kind in ("timeout", "memory"):
                result = Refusal("bomb", "解开它超出了时间或内存上限", "it takes more time or memory than allowed")
    if isinstance(result, Refusal):
        raise result
    return result


def _work(tasks: list[_Task]) -> list[list[Member] | Refusal]:
    """What the worker does; a refusal is an answer, not an error."""
    unpackers: dict[str, Callable[[_Task], list[Member]]] = {"7z": _unpack_7z, "rar": _unpack_rar}
    answers: list[list[Member] | Refusal] = []
    for task in tasks:
        try:
            answers.append(unpackers[task.kind](task))
        except Refusal as refusal:
            answers.append(refusal)
        except ImportError:
            answers.append(Refusal("component-missing"))
    return answers


class _Sink:
    """A member being written, never longer than it said it would be."""

    def __init__(self, path: Path, most: int) -> None:
        self.path = path
        self.most = most
        self.whole = False
        self._stream: BinaryIO | None = path.open("wb")

    def write(self, block: bytes | bytearray | memoryview) -> int:
        if self._stream is None or self._stream.tell() + len(block) > self.most:
            raise Refusal("bomb", "成员解开后比声明的大", "the member unpacks to more than it states")
        return self._stream.write(block)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self._stream.tell() if self._stream is not None else self.most

    def close(self) -> None:
        """Called when the member is complete."""
        self.whole = True
        self.drop()

    def drop(self) -> None:
        """End the writing; what is not whole goes."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if not self.whole:
            self.path.unlink(missing_ok=True)


def _damaged(kind: str) -> Refusal:
    return Refusal("archive-damaged", f"不是完整的 {kind} 压缩包", f"not a whole {kind} archive")


def _wrong_password(password: str | None) -> Refusal:
    return Refusal("encrypted") if password is None else Refusal("encrypted", "密码不正确", "the password is wrong")


def _unpack_7z(task: _Task) -> list[Member]:
    import py7zr
    from py7zr import exceptions

    parts = [joined_plain(task)] if task.in_parts else list(task.parts)
    sinks: dict[str, _Sink] = {}
    members: list[Member] = []
    chosen: dict[str, int] = {}
    with open_parts(parts) as stream:
        try:
            archive = py7zr.SevenZipFile(stream, password=task.password)
        except exceptions.PasswordRequired as error:
            raise _wrong_password(task.password) from error
        except Exception as error:
            raise (_wrong_password(task.password) if _is_locked(task.parts) else _damaged("7z")) from error
        with archive:
            files = [entry for entry in archive.files if not entry.is_directory]
            sizes = [(entry.compressed or 0, entry.uncompressed or 0) for entry in files]
            refuse_bomb([(0, size) for _, size in sizes], sum(path.stat().st_size for path in parts))
            for number, (entry, (packed, size)) in enumerate(zip(files, sizes, strict=True)):
                name = str(entry.filename).replace("\\", "/")
                stated = Member(name, size, _time_of(entry))
                members.append(stated)
                mode = 0o120000 if entry.is_symlink or entry.is_junction else 0
                try:
                    refuse_member(name, size, packed, mode=mode)
                except Refusal as refusal:
                    members[-1] = Member(name, size, stated.modified, refused=refusal)
                # By number, whatever it is called: names may climb, repeat or be none that this disk takes.
                key = f"{number:06}"
                entry.file_properties()["filename"] = key
                if members[-1].refused is None:
                    chosen[key] = number
            failure = _extract(archive, chosen, members, sinks, task)
    for key, number in chosen.items():
        stated, sink = members[number], sinks.get(key)
        if sink is not None and sink.whole:
            members[number] = Member(stated.name, stated.size, stated.modified, sink.path)
        else:
            members[number] = Member(stated.name, stated.size, stated.modified, refused=failure)
    return members


def _extract(
    archive: Any, chosen: dict[str, int], members: Sequence[Member], sinks: dict[str, _Sink], task: _Task
) -> Refusal:
    """Write the members; returns why those that are not whole afterwards are not."""
    import py7zr
    from py7zr import exceptions

    class Factory(py7zr.WriterFactory):
        def create(self, filename: str) -> Any:
            key = filename.rpartition("/")[2]
            member = members[chosen[key]]
            path = (task.scratch / key).with_suffix(plain_suffix(member.name))
            sinks[key] = _Sink(path, member.size)
            return sinks[key]

    failure = Refusal("member-damaged")
    try:
        if chosen:
            archive.extract(targets=set(chosen), factory=Factory())
    except exceptions.PasswordRequired:
        failure = _wrong_password(task.password)
    except exceptions.UnsupportedCompressionMethodError:
        failure = Refusal("archive-unknown", "成员的压缩方式不支持", "it is compressed in an unknown way")
    except Refusal as refusal:
        failure = refusal
    except MemoryError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's fault
    except Exception:  # noqa: BLE001  (a wrong password shows as damage: no key is stored to compare with)
        failure = _wrong_password(task.password) if _is_locked(task.parts) else failure
    for sink in sinks.values():
        sink.drop()
    return failure


def _is_locked(parts: Sequence[Path]) -> bool:
    """Whether a 7z is encrypted at all: with a password given, py7zr takes any damage for a wrong one."""
    import py7zr
    from py7zr import exceptions

    try:
        with open_parts(parts) as stream, py7zr.SevenZipFile(stream) as archive:
            return bool(archive.needs_password())
    except exceptions.PasswordRequired:
        return True
    except Exception:  # noqa: BLE001  (damaged as well)
        return False


def _time_of(entry: Any) -> float:
    try:
        return float(entry.lastwritetime.totimestamp())
    except (AttributeError, ValueError, OverflowError):
        return 0.0


def joined_plain(task: _Task) -> Path:
    """All parts as one file in the scratch folder."""
    target = task.scratch / "joined"
    with target.open("wb") as whole:
        for part in task.parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, _BLOCK)
    return target


def _unpack_rar(task: _Task) -> list[Member]:
    first = _named_for_unrar(task)
    archive_bytes = sum(part.stat().st_size for part in task.parts)
    stated = _list_rar(first, task.password)
    if not stated:
        raise _damaged("rar")
    refuse_bomb([(0, entry.size) for entry in stated], archive_bytes)
    return _read_rar(first, stated, task)


def _named_for_unrar(task: _Task) -> Path:
    """The first volume under a name that unrar opens, and finds the others by: its own may be no text at all."""
    if len(task.parts) > 1 and not task.in_parts:
        return joined_plain(task)
    folder = task.scratch / "volumes"
    folder.mkdir()
    old_names = len(task.parts) > 1 and not task.parts[0].name.lower().rpartition(".part")[1]
    for number, part in enumerate(task.parts):
        if old_names:
            name = "volume.rar" if number == 0 else f"volume.r{number - 1:02}"
        else:
            name = f"volume.part{number + 1:04}.rar" if len(task.parts) > 1 else "volume.rar"
        _link(part, folder / name)
    return folder / ("volume.rar" if old_names or len(task.parts) == 1 else "volume.part0001.rar")


def _link(path: Path, name: Path) -> None:
    """Another name for a file; where the disk knows no links, a copy."""
    with suppress(OSError):
        name.symlink_to(path.absolute())
        return
    with suppress(OSError):
        os.link(path, name)
        return
    shutil.copyfile(path, name)


@dataclass(frozen=True, slots=True)
class _Stated:
    """A member as the archive lists it; ``packed`` 0 where it goes on in the next volume."""

    name: str
    size: int
    packed: int
    modified: float
    mode: int
    locked: bool
    folder: bool


def _list_rar(first: Path, password: str | None) -> list[_Stated]:
    with _opened_rar(first, password, listing=True) as rar:
        stated = []
        while (header := rar.header()) is not None:
            if not header.Flags & _SPLIT_BEFORE:
                stated.append(_stated(header))
            rar.process(None)
        return stated


def _stated(header: Any) -> _Stated:
    from unrar.cffi._unrarlib import ffi

    moment = header.FileTime
    try:
        modified = dt.datetime(
            1980 + (moment >> 25 & 0x7F),
            moment >> 21 & 0x0F,
            moment >> 16 & 0x1F,
            moment >> 11 & 0x1F,
            moment >> 5 & 0x3F,
            min(59, 2 * (moment & 0x1F)),
            tzinfo=dt.UTC,
        ).timestamp()
    except ValueError:
        modified = 0.0
    packed = 0 if header.Flags & _SPLIT_AFTER else header.PackSize + (header.PackSizeHigh << 32)
    mode = header.FileAttr if header.HostOS == _UNIX else 0
    if getattr(header, "RedirType", 0) in (1, 2, 3):
        mode = 0o120000
    return _Stated(
        ffi.string(header.FileNameW).replace("\\", "/"),
        header.UnpSize + (header.UnpSizeHigh << 32),
        packed,
        modified,
        mode & 0o170000,
        bool(header.Flags & _LOCKED),
        bool(header.Flags & _DIRECTORY),
    )


def _read_rar(first: Path, stated: Sequence[_Stated], task: _Task) -> list[Member]:
    members = []
    with _opened_rar(first, task.password) as rar:
        for number, entry in enumerate(stated):
            if rar.header() is None:
                break
            if entry.folder:
                rar.process(None)
                continue
            path = (task.scratch / f"{number:06}").with_suffix(plain_suffix(entry.name))
            members.append(_read_member(rar, entry, path, task.password))
    read = {member.name for member in members}
    lost = (entry for entry in stated if not entry.folder and entry.name not in read)
    members += [Member(entry.name, entry.size, entry.modified, refused=Refusal("member-damaged")) for entry in lost]
    return members


def _read_member(rar: _Rar, entry: _Stated, path: Path, password: str | None) -> Member:
    sink: _Sink | None = None
    try:
        locked = entry.locked and password is None
        refuse_member(entry.name, entry.size, entry.packed, encrypted=locked, mode=entry.mode)
        sink = _Sink(path, entry.size)
        rar.process(sink)
        sink.close()
    except Refusal as refusal:
        if sink is None:
            rar.process(None)
        else:
            sink.drop()
        if refusal.kind == "volumes-missing":
            raise
        return Member(entry.name, entry.size, entry.modified, refused=refusal)
    return Member(entry.name, entry.size, entry.modified, path)


class _Rar:
    """unrar's library on one archive. Volumes that are not there and passwords not given are refused, not asked for."""

    def __init__(self, path: Path, password: str | None, *, listing: bool) -> None:
        from unrar.cffi import unrarlib
        from unrar.cffi._unrarlib import ffi, lib

        self._ffi, self._lib, self._new_header = ffi, lib, unrarlib.RARHeaderDataEx
        self._password = password
        self._sink: _Sink | None = None
        self._failure: Refusal | None = None
        open_data: Any = unrarlib.RAROpenArchiveDataEx
        opened = open_data(path, lib.C_RAR_OM_LIST_INCSPLIT if listing else lib.C_RAR_OM_EXTRACT)
        self._opened = opened  # keeps the buffers that the library was given
        self._handle = lib.RAROpenArchiveEx(opened.value)
        if opened.value.OpenResult != lib.C_ERAR_SUCCESS:
            raise self._refusal(opened.value.OpenResult)
        if password is not None:
            if not password.isascii():
                raise Refusal("encrypted", "rar 的密码只支持英文和数字", "rar passwords can only be ASCII here")
            lib.RARSetPassword(self._handle, password.encode("ascii"))
        self._answer = ffi.new_handle(self._callback)
        lib.RARSetCallbackPtr(self._handle, lib.PyUNRARCALLBACKStub, self._answer)

    def __enter__(self) -> _Rar:
        return self

    def __exit__(self, *_: object) -> None:
        self._lib.RARCloseArchive(self._handle)

    def header(self) -> Any | None:
        """The next member's header, None at the end."""
        header = self._new_header()
        result = self._lib.RARReadHeaderEx(self._handle, header)
        if result == _END_ARCHIVE:
            return None
        if result != self._lib.C_ERAR_SUCCESS:
            raise self._refusal(result)
        return header

    def process(self, sink: _Sink | None) -> None:
        """Read the member into ``sink``, or pass it over."""
        self._sink, self._failure = sink, None
        how = self._lib.C_RAR_SKIP if sink is None else self._lib.C_RAR_TEST
        result = self._lib.RARProcessFileW(self._handle, how, self._ffi.NULL, self._ffi.NULL)
        if self._failure is not None:
            raise self._failure
        if result != self._lib.C_ERAR_SUCCESS:
            refusal = self._refusal(result)
            raise Refusal("member-damaged") if refusal.kind == "archive-damaged" and sink is not None else refusal

    def _callback(self, message: int, first: Any, second: Any) -> int:
        """1 to go on, -1 to give up. Nothing may be raised through the library."""
        if message == self._lib.UCM_PROCESSDATA and self._sink is not None and self._failure is None:
            try:
                self._sink.write(bytes(self._ffi.buffer(self._ffi.cast("char *", first), second)))
            except Refusal as refusal:
                self._failure = refusal
            except OSError:
                self._failure = Refusal("unreadable", "磁盘写不下", "no space to unpack it")
            return 1 if self._failure is None else -1
        if message in (self._lib.UCM_CHANGEVOLUME, self._lib.UCM_CHANGEVOLUMEW):
            return 1 if int(second) == _VOLUME_FOUND else -1
        if message in (self._lib.UCM_NEEDPASSWORD, self._lib.UCM_NEEDPASSWORDW):
            self._failure = _wrong_password(self._password)
            return -1
        return -1 if message == self._lib.UCM_LARGEDICT else 1

    def _refusal(self, result: int) -> Refusal:
        if self._failure is not None:
            return self._failure
        if result in (_MISSING_PASSWORD, _BAD_PASSWORD):
            return _wrong_password(self._password)
        if result == _EOPEN:
            return Refusal("volumes-missing")
        return Refusal("bomb") if result == _NO_MEMORY else _damaged("rar")


def _opened_rar(path: Path, password: str | None, *, listing: bool = False) -> _Rar:
    return _Rar(path, password, listing=listing)
