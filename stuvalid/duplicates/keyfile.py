"""Files of keyed hashes: what a county may hand to another without handing over a child's data.

Parquet with one row a pupil: ``number`` and ``pupil`` (16 bytes of HMAC-SHA256, null for none), ``bare`` (no number
at all), ``school_code``, and a locator that only who has the workbook can follow: ``file`` (16 bytes of its SHA-256),
``sheet`` (counting sheets of pupils from 1) and ``row``. The metadata says version, fingerprint of the secret, counts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.duplicates.hashing import LEAST_SECRET, TAG_BYTES, is_strong, new_secret
from stuvalid.duplicates.keysets import HashedKeys
from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.files import never_write, write_atomically
from stuvalid.version import __version__

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from stuvalid.duplicates.people import Origin, People


VERSION = "stuvalid.keys/1"
_TAG = pa.binary(TAG_BYTES)
_SHEETS_AT_A_TIME = 256
_SCHEMA = pa.schema(
    [
        ("number", _TAG),
        ("pupil", _TAG),
        ("bare", pa.bool_()),
        ("school_code", pa.dictionary(pa.int32(), pa.string())),
        ("file", pa.dictionary(pa.int32(), _TAG)),
        ("sheet", pa.int16()),
        ("row", pa.int32()),
    ]
)


def write_keys(people: People, fingerprint: str, stream: BinaryIO) -> None:
    """Write the keys of all present pupils, as a file for others, to ``stream``."""
    import pyarrow.parquet as pq

    if people.number_rest is None or people.pupil_rest is None:
        raise ValueError("only hashed keys may leave")
    origins = [origin for origin in people.origins if not origin.earlier and origin.digest]
    present = [origin.part for origin in origins]
    digests = list(dict.fromkeys(origin.digest[: 2 * TAG_BYTES] for origin in origins))
    counts = {
        "version": VERSION,
        "secret": fingerprint,
        "made_by": f"stuvalid {__version__}",
        "pupils": sum(part.stop - part.start for part in present),
        "numbers": sum(int(np.count_nonzero(people.numbers[part])) for part in present),
        "without_number": sum(int(np.count_nonzero(people.bare[part])) for part in present),
        "files": len(digests),
    }
    schema = _SCHEMA.with_metadata({f"stuvalid.{name}": str(value) for name, value in counts.items()})
    # Hashes cannot be compressed; trying to takes longer than all the rest.
    packing = {name: "none" if name in ("number", "pupil") else "zstd" for name in _SCHEMA.names}
    repeated = ["school_code", "file"]
    with pq.ParquetWriter(stream, schema, compression=packing, use_dictionary=repeated) as writer:
        for first in range(0, len(origins), _SHEETS_AT_A_TIME):
            batches = [_batch(people, origin) for origin in origins[first : first + _SHEETS_AT_A_TIME]]
            writer.write_table(pa.Table.from_batches(batches, _SCHEMA).unify_dictionaries().combine_chunks())


def _batch(people: People, origin: Origin) -> pa.RecordBatch:
    """The pupils of one sheet."""
    part, size = origin.part, len(origin.keys.rows)
    codes, owner_of = np.unique(people.owner_of[part], return_inverse=True)
    file = bytes.fromhex(origin.digest[: 2 * TAG_BYTES])
    return pa.RecordBatch.from_arrays(
        [
            _tags(people.numbers[part], people.number_rest, part),
            _tags(people.pupils[part], people.pupil_rest, part),
            pa.array(people.bare[part]),
            _named(
                owner_of.astype(np.int32), pa.array([people.owners[code].code for code in codes.tolist()], pa.string())
            ),
            _named(np.zeros(size, dtype=np.int32), pa.array([file], _TAG)),
            pa.array(np.full(size, origin.sheet, dtype=np.int16)),
            pa.array(origin.keys.rows + 1, pa.int32()),
        ],
        schema=_SCHEMA,
    )


def _named(codes: npt.NDArray[np.int32], names: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), names)


def _tags(first: npt.NDArray[np.int64], rest: npt.NDArray[np.int64] | None, part: slice) -> pa.Array:
    second = rest[part] if rest is not None else np.zeros_like(first)
    both = np.stack((first, second), axis=1).astype("<i8")
    known = both.any(axis=1)
    mask = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(_TAG, len(first), [mask, pa.py_buffer(both.tobytes())])


def read_fingerprint(path: Path) -> str:
    """The fingerprint of the secret a file was made with. Raises UnreadableFile if it is no file of keys."""
    import pyarrow.parquet as pq

    with _refusing(path):
        return _metadata(pq.ParquetFile(path))


def read_keys(path: Path) -> HashedKeys:
    """A file that `write_keys` made. Raises UnreadableFile for any other."""
    import pyarrow.parquet as pq

    with _refusing(path):
        file = pq.ParquetFile(path)
        return _keys(file, _metadata(file))


def _metadata(file: Any) -> str:
    """The fingerprint, once the version is found to be ours."""
    metadata = file.schema_arrow.metadata or {}
    version = metadata.get(b"stuvalid.version", b"").decode()
    if version != VERSION:
        raise ValueError(version)
    return str(metadata[b"stuvalid.secret"].decode())


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, KeyError, IndexError) as error:
        raise _unreadable(path, type(error).__name__) from error


def _unreadable(path: Path, found: str) -> UnreadableFile:
    return UnreadableFile(
        f"“{path}”不是可比对的密文文件（{found}）。",
        f"'{path}' is no file of keys to compare ({found}).",
        mend_zh="请用 stuvalid duplicates … --keys 重新生成。",
        mend_en="Make it again with: stuvalid duplicates ... --keys.",
    )


def _keys(file: pq.ParquetFile, fingerprint: str) -> HashedKeys:
    """The columns of the file, read row group by row group."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    schools: dict[str, int] = {}
    files: dict[str, int] = {}
    for number in range(file.num_row_groups):
        group = file.read_row_group(number, columns=_SCHEMA.names).combine_chunks()
        if any(not _is_as_written(group[name].type, _SCHEMA.field(name).type) for name in _SCHEMA.names):
            raise ValueError("columns")
        if any(group[name].null_count for name in _SCHEMA.names[2:]):
            raise ValueError("null")
        for name in ("number", "pupil"):
            columns[name].append(_halves(group[name]))
        columns["bare"].append(group["bare"].to_numpy())
        columns["school_code"].append(_numbered(group["school_code"], schools, str))
        columns["file"].append(_numbered(group["file"], files, bytes.hex))
        columns["sheet"].append(group["sheet"].to_numpy())
        columns["row"].append(group["row"].to_numpy())
    numbers, number_rest = _joined_halves(columns.pop("number"))
    pupils, pupil_rest = _joined_halves(columns.pop("pupil"))
    return HashedKeys(
        fingerprint,
        _joined(columns["row"], np.int32),
        numbers,
        pupils,
        number_rest,
        pupil_rest,
        _joined(columns["bare"], np.bool_),
        tuple(schools),
        _joined(columns["school_code"], np.int32),
        tuple(files),
        _joined(columns["file"], np.int32),
        _joined(columns["sheet"], np.int16),
    )


def _is_as_written(found: pa.DataType, written: pa.DataType) -> bool:
    """Parquet gives dictionaries of some types back as plain values."""
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in (found, written)]
    return bool(kinds[0].equals(kinds[1]))


def _halves(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Both halves of each tag as a (n, 2) array, zeros for a null."""
    whole = column.chunk(0) if column.num_chunks else pa.array([], _TAG)
    both = np.frombuffer(whole.buffers()[1] or b"", dtype="<i8").astype(np.int64).reshape(-1, 2)
    both = both[whole.offset : whole.offset + len(whole)]
    if whole.null_count:
        both[np.asarray(whole.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)] = 0
    return both


def _joined_halves(parts: list[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return _joined([part[:, 0] for part in parts], np.int64), _joined([part[:, 1] for part in parts], np.int64)


def _numbered(column: pa.ChunkedArray, names: dict[str, int], text: Callable[[Any], str]) -> Any:
    """The numbers in ``names`` of a column's values; new ones are added."""
    numbers = [np.empty(0, dtype=np.int32)]
    for piece in column.chunks:
        chunk = piece if pa.types.is_dictionary(piece.type) else piece.dictionary_encode()
        known = [names.setdefault(text(value), len(names)) for value in chunk.dictionary.to_pylist()]
        numbers.append(np.array(known, dtype=np.int32)[chunk.indices.to_numpy()])
    return np.concatenate(numbers)


def _joined(parts: list[Any], kind: type[np.generic]) -> Any:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.empty(0, dtype=kind)


def agree_on_secret(paths: Sequence[Path], own: str = "") -> str:
    """The one fingerprint of all these files, and of the secret at hand if any. Raises UsageError if they differ."""
    found: dict[str, str] = {own: ""} if own else {}
    for path in paths:
        found.setdefault(read_fingerprint(path), str(path))
    if len(found) > 1:
        zh = "；".join(f"{mark} {path or '本次所用密钥'}" for mark, path in found.items())
        en = "; ".join(f"{mark} {path or 'the secret given'}" for mark, path in found.items())
        raise UsageError(
            f"这些密文用的不是同一个密钥，无法比对（{zh}）。",
            f"These keys were made with different secrets ({en}).",
            mend_zh="请各县都用省里下发的同一个密钥重新生成。",
            mend_en="Make them all with the one secret that the province hands out.",
        )
    return next(iter(found), "")


VARIABLE = "STUVALID_SECRET"


def find_secret(file: Path | None, *, wanted: bool) -> bytes:
    """The secret from ``file``, else the environment, else, when ``wanted`` and a person is there, asked for.

    Blanks and line breaks around it do not count. Raises UsageError for a weak one, or when one is ``wanted`` and
    there is none; returns b"" when none is.
    """
    if file is not None:
        try:
            never_write(file)
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"密钥文件“{file}”读不了（{type(error).__name__}）。",
                f"The secret file '{file}' cannot be read ({type(error).__name__}).",
            ) from error
    elif not wanted:
        return b""
    elif os.environ.get(VARIABLE):
        text = os.environ[VARIABLE]
    else:
        text = _ask()
    secret = text.strip().encode()
    if not is_strong(secret):
        raise UsageError(
            f"密钥太短或太简单，至少{LEAST_SECRET}个字符。",
            f"The secret is too short or too plain; it needs {LEAST_SECRET} characters.",
            mend_zh="请用省里下发的密钥；stuvalid duplicates --new-secret 可生成。",
            mend_en="Use the one the province hands out; make one with: stuvalid duplicates --new-secret FILE.",
        )
    return secret


def _ask() -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            "需要密钥。",
            "A secret is needed.",
            mend_zh=f"请加 --secret-file 密钥文件，或设置环境变量 {VARIABLE}。",
            mend_en=f"Add --secret-file FILE or set the environment variable {VARIABLE}.",
        )
    import getpass

    return getpass.getpass("密钥 Secret: ")


def make_secret(path: Path) -> None:
    """Write a fresh secret to a new file that only its owner may read."""
    write_atomically(path, f"{new_secret()}\n".encode())
    path.chmod(0o600)
