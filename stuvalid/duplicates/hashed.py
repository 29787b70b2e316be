"""Files of keyed hashes: what a county may hand to another without handing over a child's data.

Parquet with one row a pupil: ``number`` and ``pupil`` (16 bytes of HMAC-SHA256, null for none), ``bare`` (no number
at all), ``school_code``, and a locator that only who has the workbook can follow: ``file`` (16 bytes of its SHA-256),
``sheet`` (counting sheets of pupils from 1) and ``row``. The metadata says version, fingerprint of the secret, counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid import __version__
from stuvalid.duplicates.hashing import TAG_BYTES
from stuvalid.duplicates.people import Locator
from stuvalid.errors import UnreadableFile, UsageError

if TYPE_CHECKING:
    from stuvalid.duplicates.people import People

VERSION = "stuvalid.keys/1"
_TAG = pa.binary(TAG_BYTES)
_SCHEMA = pa.schema(
    [
        ("number", _TAG), ("pupil", _TAG), ("bare", pa.bool_()), ("school_code", pa.dictionary(pa.int32(), pa.string())),
        ("file", pa.dictionary(pa.int32(), _TAG)), ("sheet", pa.int16()), ("row", pa.int32()),
    ]
)  # fmt: skip


@dataclass(slots=True)
class HashedKeys:
    """The pupils of one file of hashes; the names of `SheetKeys` mean the same here. ``rows`` are Excel rows."""

    fingerprint: str
    rows: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int64]
    pupils: npt.NDArray[np.int64]
    number_rest: npt.NDArray[np.int64]
    pupil_rest: npt.NDArray[np.int64]
    bare: npt.NDArray[np.bool_]
    schools: tuple[str, ...]
    school_of: npt.NDArray[np.int32]
    files: tuple[str, ...]
    file_of: npt.NDArray[np.int32]
    sheets: npt.NDArray[np.int16]

    def locator(self, number: int) -> Locator:
        """Where the pupil of this row stands."""
        return Locator(
            self.files[int(self.file_of[number])], int(self.sheets[number]), int(self.rows[number])
        )


def write_keys(people: People, fingerprint: str) -> bytes:
    """The keys of all present pupils as a file for others."""
    import pyarrow.parquet as pq

    if people.number_rest is None or people.pupil_rest is None:
        raise ValueError("only hashed keys may leave")
    batches = []
    digests: dict[str, int] = {}
    for origin in people.origins:
        if origin.earlier or origin.file < 0 or not origin.digest:
            continue
        part = slice(origin.start, origin.start + len(origin.keys.rows))
        size = part.stop - part.start
        file = digests.setdefault(origin.digest[: 2 * TAG_BYTES], len(digests))
        batches.append(
            [
                _tags(people.numbers[part], people.number_rest[part]), _tags(people.pupils[part], people.pupil_rest[part]),
                pa.array(people.bare[part]), people.owner_of[part], np.full(size, file, dtype=np.int32),
                np.full(size, origin.sheet, dtype=np.int16), origin.keys.rows + 1,
            ]
        )  # fmt: skip
    table = _table(
        batches, [owner.code for owner in people.owners], [bytes.fromhex(digest) for digest in digests]
    )
    counts = {
        "version": VERSION, "secret": fingerprint, "made_by": f"stuvalid {__version__}", "pupils": len(table),
        "numbers": len(table) - table["number"].null_count, "without_number": int(np.sum(table["bare"].to_numpy())),
        "files": len(digests),
    }  # fmt: skip
    table = table.replace_schema_metadata({f"stuvalid.{name}": str(value) for name, value in counts.items()})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", use_dictionary=["school_code", "file"])
    return sink.getvalue()


def _tags(first: npt.NDArray[np.int64], rest: npt.NDArray[np.int64]) -> pa.Array:
    both = np.stack((first, rest), axis=1).astype("<i8")
    packed = pa.FixedSizeBinaryArray.from_buffers(_TAG, len(first), [None, pa.py_buffer(both.tobytes())])
    return packed if both.any(axis=1).all() else _with_nulls(packed, (first == 0) & (rest == 0))


def _with_nulls(values: pa.Array, absent: npt.NDArray[np.bool_]) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(~absent), values, pa.scalar(None, _TAG))


def _table(batches: list[list[Any]], schools: list[str], files: list[bytes]) -> pa.Table:
    if not batches:
        return _SCHEMA.empty_table()
    columns = list(zip(*batches, strict=True))
    owner_of, file_of = np.concatenate(columns[3]), np.concatenate(columns[4])
    return pa.Table.from_arrays(
        [
            pa.chunked_array(columns[0]), pa.chunked_array(columns[1]), pa.chunked_array(columns[2]),
            pa.DictionaryArray.from_arrays(pa.array(owner_of), pa.array(schools, pa.string())),
            pa.DictionaryArray.from_arrays(pa.array(file_of), pa.array(files, _TAG)),
            pa.array(np.concatenate(columns[5])), pa.array(np.concatenate(columns[6]).astype(np.int32)),
        ],
        schema=_SCHEMA,
    )  # fmt: skip


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
        return _keys(file.read(columns=_SCHEMA.names), _metadata(file))


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
        mend_zh="请用 stuvalid duplicates … --keys 重新生成。", mend_en="Make it again with: stuvalid duplicates ... --keys.",
    )  # fmt: skip


def _keys(table: pa.Table, fingerprint: str) -> HashedKeys:
    numbers, number_rest = _halves(table["number"])
    pupils, pupil_rest = _halves(table["pupil"])
    schools, school_of = _encoded(table["school_code"])
    files, file_of = _encoded(table["file"])
    return HashedKeys(
        fingerprint, _whole(table["row"], np.int32), numbers, pupils, number_rest, pupil_rest,
        np.asarray(table["bare"].to_numpy(), dtype=np.bool_), tuple(text or "" for text in schools), school_of,
        tuple((digest or b"").hex() for digest in files), file_of, _whole(table["sheet"], np.int16),
    )  # fmt: skip


def _halves(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    packed = (
        column.combine_chunks().fill_null(bytes(TAG_BYTES)) if column.null_count else column.combine_chunks()
    )
    chunks = packed.chunks if isinstance(packed, pa.ChunkedArray) else [packed]
    both = [
        np.frombuffer(chunk.buffers()[1], dtype="<i8")[
            2 * chunk.offset : 2 * (chunk.offset + len(chunk))
        ].reshape(-1, 2)
        for chunk in chunks
        if len(chunk)
    ]
    joined = np.concatenate(both).astype(np.int64) if both else np.empty((0, 2), dtype=np.int64)
    return np.ascontiguousarray(joined[:, 0]), np.ascontiguousarray(joined[:, 1])


def _encoded(column: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int32]]:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    return whole.dictionary.to_pylist(), np.asarray(
        whole.indices.to_numpy(zero_copy_only=False), dtype=np.int32
    )


def _whole(column: pa.ChunkedArray, kind: Any) -> Any:
    return np.asarray(column.to_numpy(), dtype=kind)


def agree_on_secret(paths: Sequence[Path], own: str = "") -> str:
    """The one fingerprint of all these files, and of the secret at hand if any. Raises UsageError if they differ."""
    found: dict[str, str] = {own: ""} if own else {}
    for path in paths:
        found.setdefault(read_fingerprint(path), str(path))
    if len(found) > 1:
        zh = "；".join(f"{mark} {path or '本次所用密钥'}" for mark, path in found.items())
        en = "; ".join(f"{mark} {path or 'the secret given'}" for mark, path in found.items())
        raise UsageError(
            f"这些密文用的不是同一个密钥，无法比对（{zh}）。", f"These keys were made with different secrets ({en}).",
            mend_zh="请各县都用省里下发的同一个密钥重新生成。", mend_en="Make them all with the one secret that the province hands out.",
        )  # fmt: skip
    return next(iter(found), "")
