"""What was found in files that have not changed since, so that they need not be checked again.

An entry is one file's result under everything it depends on: its content, the program as it is installed, the options
and the day of judgement (ages and dates in the future depend on it). Results hold names and numbers, so they are
encrypted and authenticated (AES-256-GCM) under the user's key, which is not kept with them (`machinekey`); the names
of entries are keyed hashes. What is damaged, cut short or not ours is no entry, and is replaced.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import types
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from stuvalid.check.machinekey import machine_key
from stuvalid.errors import StuvalidError
from stuvalid.version import __version__

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions, FileResult
    from stuvalid.received.walk import Source


SUFFIX = ".stuvalid-result"
_MOST_BYTES = 256 << 20
_OLDEST_SECONDS = 30 * 86_400.0
_LEAST_FILES, _LEAST_BYTES = 4, 1 << 20
_LONGEST_ENTRY = 64 << 20
_NONCE = 12
_THREADS = 4
_PACKAGE = Path(__file__).resolve().parents[1]
_PROGRAM_SUFFIXES = (".py", ".toml", ".csv", ".txt")


def default_folder() -> Path:
    """Where entries are kept unless the user says otherwise."""
    from platformdirs import user_cache_path

    return user_cache_path("stuvalid", appauthor=False) / "results"


def clear(folder: Path) -> int:
    """Remove every entry below ``folder``, nothing else; how many there were."""
    count = 0
    for entry in _entries(folder):
        with suppress(OSError):
            Path(entry.path).unlink()
            count += 1
    return count


@dataclass(slots=True)
class ResultCache:
    """Entries in ``folder`` of runs with these ``options``; ``gleaned`` is the type of what ``options.glean`` returns.

    Key, folder and what costs time are asked for only by a run that is large enough to gain by it.
    """

    folder: Path
    options: CheckOptions
    gleaned: type | None = None
    hits: int = 0
    _key: bytes = b""
    _variant: str = ""
    _sizes: dict[int, int] = field(default_factory=dict)
    _kept: int = 0

    def find(self, sources: Sequence[Source]) -> dict[int, Any]:
        """By position in ``sources``, what is known of those that have not changed; for `restore`.

        Only files as long as one that is known are read at all, so that a first run pays nothing.
        """
        sizes = {index: source.size for index, source in enumerate(sources)}
        worth_it = sum(sizes.values()) >= _LEAST_BYTES or len(sources) >= _LEAST_FILES
        self._sizes = sizes if worth_it and self._prepare() else {}
        known = {entry.name.partition("-")[0] for entry in _entries(self.folder)} if self._sizes else set()
        likely = [index for index, size in self._sizes.items() if f"{size:x}" in known]
        if not likely:
            return {}
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda index: self._look_up(sources[index], self._sizes[index]), likely)
            answers = {index: plain for index, plain in zip(likely, found, strict=True) if plain is not None}
        self.hits = len(answers)
        return answers

    def _prepare(self) -> bool:
        """Whether there is a key and a folder."""
        key = machine_key()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            return False
        self._key, self._variant = key or b"", _variant(self.options)
        return key is not None

    def _look_up(self, source: Source, size: int) -> Any | None:
        try:
            digest = source.sha256(source.read())
            path = self._path(source, digest, size)
            sealed = path.read_bytes()
            with suppress(OSError):
                os.utime(path)
            return json.loads(self._open(sealed, path.name))
        except (StuvalidError, OSError, ValueError, zlib.error, RecursionError):
            return None

    def restore(self, plain: Any, source: Source) -> FileResult:
        """The result that `find` found, as if the file had just been checked."""
        from stuvalid.check.run import FileResult

        result = from_plain(FileResult, plain, gleaned=list[self.gleaned] if self.gleaned else list[str])  # type: ignore[name-defined]
        result.report.path = source.name
        return result

    def keep(self, index: int, source: Source, result: FileResult) -> None:
        """Remember the result of the source at ``index`` of what `find` was asked for; a full disk is no error.

        Files that could not be read, or on which a rule crashed, are tried again next time.
        """
        report = result.report
        if index not in self._sizes or report.status == "unreadable" or not report.format or report.rules.crashed:
            return
        path = self._path(source, report.sha256, self._sizes[index])
        sealed = self._seal(to_json(result).encode(), path.name)
        if len(sealed) > _LONGEST_ENTRY:
            return
        temporary = path.with_name(f".{secrets.token_hex(8)}{SUFFIX}")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(sealed)
            temporary.replace(path)
            self._kept += 1
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def tidy(self) -> None:
        """After writing: remove what is too old, and of the rest what was longest unused beyond the bound."""
        if not self._kept:
            return
        found = []
        for entry in _entries(self.folder):
            with suppress(OSError):
                state = entry.stat()
                found.append((state.st_mtime, state.st_size, entry.path))
        found.sort(reverse=True)
        total, oldest = 0, time.time() - _OLDEST_SECONDS
        for modified, size, name in found:
            total += size
            if total > _MOST_BYTES or modified < oldest:
                with suppress(OSError):
                    Path(name).unlink()

    def _path(self, source: Source, digest: str, size: int) -> Path:
        """Where the result of this content is; how a file is read depends a little on its name, too."""
        leaf = source.name.replace("\\", "/").rpartition("/")[2]
        looks_locked = leaf.startswith(("~$", "._", ".~"))
        message = "\x1f".join((self._variant, digest, str(looks_locked), Path(leaf).suffix.lower()))
        return self.folder / f"{size:x}-{hmac.digest(self._key, message.encode(), 'sha256').hex()[:32]}{SUFFIX}"

    def _seal(self, content: bytes, name: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, zlib.compress(content, 1), name.encode())

    def _open(self, sealed: bytes, name: str) -> bytes:
        """The content of an entry; ValueError if it is not one of ours under this very name."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return zlib.decompress(AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode()))
        except InvalidTag as error:
            raise ValueError(name) from error


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as found:
        yield from (entry for entry in found if entry.name.endswith(SUFFIX))


def _variant(options: CheckOptions) -> str:
    """Everything a result depends on beside the file: program, options, day."""
    from stuvalid.rules.registry import rules_fingerprint

    form = ""
    if options.template:
        from stuvalid import codes
        from stuvalid.forms import template

        known = template(options.template)
        lists = {entry.codes: codes.load(entry.codes) for entry in known.fields if entry.codes}
        form = repr((known, lists))
    parts = (
        __version__,
        sys.version,
        _program(),
        rules_fingerprint(),
        form,
        options.select,
        options.ignore,
        options.severities,
        options.password,
        options.today,
        options.glean,
        options.divisions,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _program() -> str:
    """The package as it is installed: whoever changes a rule or a list of codes gets fresh results."""
    summed = hashlib.sha256()
    root = _PACKAGE
    for place, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.endswith(_PROGRAM_SUFFIXES):
                state = os.stat(f"{place}{os.sep}{name}")  # noqa: PTH116  (Path objects would double the time)
                summed.update(f"{place[len(str(root)) :]}/{name}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return summed.hexdigest()


Reader = Callable[[Any], Any]
_T = TypeVar("_T")


def to_json(record: object) -> str:
    """A dataclass of texts, numbers, lists, mappings, named tuples, numpy arrays and further dataclasses."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {entry.name: getattr(value, entry.name) for entry in dataclasses.fields(value)}
    if hasattr(value, "dtype"):
        return [value.dtype.str, base64.b64encode(value.tobytes()).decode("ascii")]
    raise TypeError(f"{type(value).__name__} is not stored")


def from_plain(kind: type[_T], value: Any, **hints: Any) -> _T:
    """The record of type ``kind`` that `to_json` made of; ``value`` is the parsed JSON.

    ``hints`` give fields a narrower type than their declaration has.
    """
    declared = get_type_hints(kind) | hints
    return kind(**{name: _read(_reader(declared[name]), part) for name, part in value.items()})


def _read(reader: Reader | None, value: Any) -> Any:
    return value if reader is None else reader(value)


@cache
def _reader(hint: Any) -> Reader | None:
    """What turns plain data into ``hint``; None where it is that already."""
    origin = get_origin(hint)
    if origin in (list, tuple):
        return _sequence_reader(origin, get_args(hint)[0])
    if origin in (Union, types.UnionType):
        inner = _reader(next(part for part in get_args(hint) if part is not type(None)))
        return None if inner is None else lambda value: None if value is None else inner(value)
    if hint is Any:
        return _array
    return _record_reader(hint) if isinstance(hint, type) else None


def _record_reader(kind: type) -> Reader | None:
    if dataclasses.is_dataclass(kind):
        return lambda value: from_plain(kind, value)
    if issubclass(kind, tuple):
        return lambda value: kind(*value)
    return kind if issubclass(kind, IntEnum) else None


def _sequence_reader(kind: Any, entry: Any) -> Reader | None:
    inner = _reader(entry)
    if inner is None:
        return None if kind is list else kind
    return lambda values: kind(map(inner, values))


def _array(value: Any) -> Any:
    import numpy as np

    kind, data = value
    return np.frombuffer(base64.b64decode(data), dtype=np.dtype(kind)).copy()
