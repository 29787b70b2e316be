"""What makes pupils comparable, gathered where their sheet is read: whole numbers, or keyed hashes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid.pupils.keys import NumberKeys, number_keys

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms.table import Column, Part, Table

SCHOOL_CODE = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")
PLACEHOLDER = "0000000000"
SHOWN = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "grade",
    "class_name",
    "class_code",
    "enrolment_month",
    "member1.name",
    "member1.id_number",
    "member2.name",
    "member2.id_number",
)
"""Fields a work list shows of a school's own pupils, or reasons from."""

_TITLE_NAME = re.compile(r"学校(?:名称)?\s*[:：]\s*([^\s:：]+)")
_MULTIPLIER, _SPREAD = 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15
_BIRTH_FACTOR = 0xD6E8FEB86659FD93
_MALE, _FEMALE = 1, 2


@dataclass(slots=True)
class SheetKeys:
    """The pupils of one sheet, one entry a record.

    ``rows`` are 0-based sheet rows. ``numbers`` and ``pupils`` (name, sex and birth date) are keys to be compared,
    0 for none; where they are hashed, ``number_rest`` and ``pupil_rest`` are their second halves. ``bare`` marks
    pupils without any number. ``school_of`` points into ``schools``, codes of which '' means none on the sheet.
    ``title_code`` and ``title_name`` stand above the header. ``spool`` is the file of what work lists show.
    """

    sheet: str
    number_column: int
    name_column: int
    rows: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int64]
    pupils: npt.NDArray[np.int64]
    number_rest: npt.NDArray[np.int64] | None
    pupil_rest: npt.NDArray[np.int64] | None
    bare: npt.NDArray[np.bool_]
    schools: tuple[str, ...]
    school_of: npt.NDArray[np.int32]
    title_code: str = ""
    title_name: str = ""
    spool: str = ""


@dataclass(frozen=True, slots=True)
class KeyGleaner:
    """Gathers `SheetKeys`; called in the worker that reads the sheet.

    ``spool`` is the folder for what is shown of pupils. With a ``secret`` the keys are hashed.
    """

    spool: str
    secret: bytes = b""

    def __call__(self, table: Table, part: Part) -> SheetKeys:
        import numpy as np

        rows = np.arange(part.offset, part.offset + len(part.rows))
        found = number_keys(table, rows)
        if self.secret:
            numbers, pupils = _hashed(table, rows, found, self.secret)
        else:
            numbers, pupils = _plain_numbers(found)[:, None], _plain_pupils(table, rows)[:, None]
        schools, school_of = _schools(table, rows)
        code, name = _title(part)
        return SheetKeys(
            part.sheet.name,
            part.column_of("id_number"),
            part.column_of("name"),
            part.rows,
            np.ascontiguousarray(numbers[:, 0]),
            np.ascontiguousarray(pupils[:, 0]),
            np.ascontiguousarray(numbers[:, 1]) if self.secret else None,
            np.ascontiguousarray(pupils[:, 1]) if self.secret else None,
            found.bare,
            schools,
            school_of,
            code,
            name,
            _write_spool(self.spool, table, part),
        )


def _plain_numbers(found: NumberKeys) -> npt.NDArray[np.int64]:
    """17-digit bodies as they are, other numbers as negative hashes."""
    numbers = found.bodies
    for position, text in found.others.items():
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        numbers[position] = -(int.from_bytes(digest, "big") >> 1) - 1
    return numbers


def _hashed(table: Table, rows: Any, found: NumberKeys, secret: bytes) -> tuple[Any, Any]:
    from stuvalid.duplicates.hashing import Hasher

    hasher = Hasher(secret)
    texts = [b"%d" % body if body else b"" for body in found.bodies.tolist()]
    for position, text in found.others.items():
        texts[position] = text.encode()
    return hasher.numbers(texts), hasher.pupils(_pupil_texts(table, rows))


def _pupil_texts(table: Table, rows: Any) -> list[bytes]:
    known, sexes = _known_pupils(table, rows)
    if not known.any():
        return [b""] * len(rows)
    names = table["name"].texts(rows)
    births = table.births["birth_date"][rows].tolist()
    return [
        b"%s|%d|%d" % (name.encode().lower(), sex, birth) if fine else b""
        for name, sex, birth, fine in zip(names, sexes.tolist(), births, known.tolist(), strict=True)
    ]


def _known_pupils(table: Table, rows: Any) -> tuple[Any, Any]:
    """Which records have a readable name, sex and birth date; and the sexes."""
    import numpy as np

    births = table.births.get("birth_date")
    if births is None or not table.has("name", "sex"):
        return np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.int8)
    sexes = table.is_any("sex", "男") * _MALE + table.is_any("sex", "女") * _FEMALE
    known = table["name"].readable & (sexes > 0) & (births > 0)
    return known[rows], sexes[rows]


def _plain_pupils(table: Table, rows: Any) -> npt.NDArray[np.int64]:
    """64-bit keys of name, sex and birth date, 0 where one is not readable; capitals count as small letters."""
    import numpy as np

    known, sexes = _known_pupils(table, rows)
    if not known.any():
        return np.zeros(len(rows), dtype=np.int64)
    names = _name_hashes(table["name"])[rows]
    births = table.births["birth_date"][rows].astype(np.uint64)
    mixed = names ^ (births * np.uint64(_BIRTH_FACTOR)) ^ (sexes.astype(np.uint64) << np.uint64(62))
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(_SPREAD)
    mixed ^= mixed >> np.uint64(29)
    return np.where(known, np.where(mixed == 0, 1, mixed).view(np.int64), 0)


def _name_hashes(column: Column) -> npt.NDArray[np.uint64]:
    """A 64-bit polynomial of the UTF-8 bytes of each value, as it is meant."""
    import numpy as np

    hashes = _byte_hashes(column.data, column.offsets)
    if column.mended:
        mended = [text.encode() for text in column.mended.values()]
        offsets = np.concatenate(([0], np.cumsum([len(text) for text in mended])))
        hashes[list(column.mended)] = _byte_hashes(np.frombuffer(b"".join(mended), dtype=np.uint8), offsets)
    return hashes


def _byte_hashes(data: Any, offsets: Any) -> npt.NDArray[np.uint64]:
    import numpy as np

    lengths = np.diff(offsets)
    small = np.where((data >= ord("A")) & (data <= ord("Z")), data | 0x20, data).astype(np.uint64)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, _MULTIPLIER, dtype=np.uint64))
    inside = np.arange(len(data)) - np.repeat(offsets[:-1], lengths)
    sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum((small + 1) * powers[inside], dtype=np.uint64)))
    hashes = sums[offsets[1:]] - sums[offsets[:-1]]
    hashes ^= hashes >> np.uint64(32)
    return np.asarray(hashes * np.uint64(_SPREAD), dtype=np.uint64)


def _schools(table: Table, rows: Any) -> tuple[tuple[str, ...], Any]:
    """The school codes on the sheet and, for each record, which of them it has."""
    import numpy as np

    if "school_code" not in table:
        return ("",), np.zeros(len(rows), dtype=np.int32)
    column = table["school_code"]
    names = [value if _is_school(value) else "" for value in column.distinct]
    codes = column.codes[rows]
    texts = np.array(names, dtype=object)[codes] if names else np.full(len(rows), "", dtype=object)
    for row, value in column.mended.items():
        if rows[0] <= row <= rows[-1]:
            texts[row - rows[0]] = value if _is_school(value) else ""
    schools, school_of = np.unique(texts.astype(str), return_inverse=True)
    return tuple(schools.tolist()), school_of.astype(np.int32)


def _is_school(code: str) -> bool:
    return SCHOOL_CODE.fullmatch(code) is not None and code != PLACEHOLDER


def _title(part: Part) -> tuple[str, str]:
    """School code and name from the lines above the header, '' for what is not there."""
    text = "\n".join(cell for row in part.sheet.head(part.match.header_row) for cell in row if cell)
    codes = [code for code in SCHOOL_CODE.findall(text) if code != PLACEHOLDER]
    name = _TITLE_NAME.search(text)
    return codes[0] if codes else "", name[1] if name else ""


def _write_spool(folder: str, table: Table, part: Part) -> str:
    """What is shown of the sheet's pupils as an Arrow file of text columns, for the few rows that collide."""
    import pyarrow as pa

    keys = [key for key in SHOWN if key in table]
    arrays = [table[key].values.slice(part.offset, len(part.rows)) for key in keys]
    content = pa.table(arrays, names=keys)
    handle, name = tempfile.mkstemp(prefix="pupils-", suffix=".arrow", dir=folder)
    with os.fdopen(handle, "wb") as stream, pa.ipc.new_file(stream, content.schema) as writer:
        writer.write_table(content)
    return name


def read_spool(keys: SheetKeys, positions: npt.NDArray[np.intp]) -> list[dict[str, str]]:
    """The shown fields of the records at ``positions`` of a sheet."""
    import pyarrow as pa

    with pa.memory_map(keys.spool) as source:
        found = pa.ipc.open_file(source).read_all().take(pa.array(positions))
        rows: list[dict[str, str]] = found.to_pylist()
    return rows
