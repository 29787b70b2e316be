"""What makes a pupil comparable with others: the number, or name, sex and birth date. Every command takes it from here."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid.codes import identity
from stuvalid.excel.model import Kind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms.table import Column, Part, Table

_SEPARATORS = re.compile(r"[\s'’‘`\-—–.,，·。、；;]+")
_DOCUMENT = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9A-Z()]{6,}")
_EXCEL_DIGITS, _RESIDENT_LENGTH = 15, 18
_MULTIPLIER, _SPREAD = 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15
_BIRTH_FACTOR = 0xD6E8FEB86659FD93
_MALE, _FEMALE = 1, 2


@dataclass(slots=True)
class PupilKeys:
    """What makes the pupils of one sheet comparable with others, one entry a record.

    ``rows`` are 0-based sheet rows. ``numbers`` are keys of identity documents, ``pupils`` of name, sex and birth
    date; 0 is none. ``bare`` marks pupils without any number; ``pupils`` may be 0 for all others.
    """

    sheet: str
    number_column: int
    name_column: int
    rows: Any
    numbers: Any
    pupils: Any
    bare: Any

    @property
    def certain(self) -> Any:
        """One key a pupil, 0 for who has none: the number's, for pupils without a number that of name, sex and birth date."""
        import numpy as np

        return np.where(self.bare, self.pupils, self.numbers)


@dataclass(frozen=True, slots=True)
class NumberKeys:
    """What the pupils' numbers are for comparing, one entry a record.

    ``bodies`` are the 17 digits of right numbers (18 characters, or 15 digits as they would be today), else 0;
    ``others`` holds the plain text of other numbers by position; ``bare`` marks records without any number.
    """

    bodies: npt.NDArray[np.int64]
    others: dict[int, str]
    bare: npt.NDArray[np.bool_]

    @property
    def keys(self) -> npt.NDArray[np.int64]:
        """Bodies as they are, other numbers as negative hashes, 0 for none."""
        keys = self.bodies.copy()
        for position, text in self.others.items():
            keys[position] = _other_key(text)
        return keys

    @property
    def texts(self) -> list[str]:
        """The plain text of each number; '' for none and for one that names nobody."""
        texts = [f"{body:017d}" if body else "" for body in self.bodies.tolist()]
        for position, text in self.others.items():
            texts[position] = text
        return texts


def number_keys(table: Table, rows: npt.NDArray[np.intp]) -> NumberKeys:
    """The keys of the pupils' numbers at ``rows`` of the table.

    A number that Excel cut short or that is no more than a filler names nobody and has no key.
    """
    import numpy as np

    if "id_number" not in table:
        return NumberKeys(np.zeros(len(rows), dtype=np.int64), {}, np.ones(len(rows), dtype=np.bool_))
    column, numbers = table["id_number"], table.numbers["id_number"]
    resident = numbers.resident[rows]
    bodies = np.where(resident, numbers.body[rows], 0)
    bare = ~column.filled[rows]
    others: dict[int, str] = {}
    odd = np.flatnonzero(~resident & ~bare)
    for position, text in zip(odd.tolist(), column.texts(rows[odd]) if len(odd) else (), strict=True):
        plain = plain_number(text)
        bodies[position] = identity.body_of(plain)
        if not any(char.isdigit() for char in plain):
            bare[position] = True
        elif not bodies[position] and _names_someone(plain) and not _is_cut_short(plain, column, int(rows[position])):
            others[position] = plain
    return NumberKeys(bodies, others, bare)


def plain_number(text: str) -> str:
    """A number as it is compared: width folded, capitals, no blanks and separators."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def key_of_number(text: str) -> int:
    """The key in `PupilKeys.numbers` of a number as text, wherever it stands; 0 for one that names nobody."""
    plain = plain_number(text)
    return identity.body_of(plain) or (_other_key(plain) if _names_someone(plain) else 0)


def _other_key(plain: str) -> int:
    digest = hashlib.blake2b(plain.encode(), digest_size=8).digest()
    return -(int.from_bytes(digest, "big") >> 1) - 1


def _names_someone(number: str) -> bool:
    return _DOCUMENT.fullmatch(number) is not None and len(set(number)) > 2


def _is_cut_short(number: str, column: Column, row: int) -> bool:
    """Excel keeps 15 digits of a number: cut short, those of many children are the same."""
    if len(number) <= _EXCEL_DIGITS:
        return False
    stored = column.kinds is not None and column.kinds[row] == Kind.NUMBER
    return stored or (len(number) == _RESIDENT_LENGTH and number.endswith("000"))


def pupil_keys(table: Table, part: Part) -> PupilKeys:
    """The keys of one sheet's pupils, compact enough to cross a process border by the million.

    Name, sex and birth date are keyed where somebody has no number: else nothing is compared by them.
    """
    import numpy as np

    rows = np.arange(part.offset, part.offset + len(part.rows))
    found = number_keys(table, rows)
    pupils = person_keys(table, rows) if found.bare.any() else np.zeros(len(rows), dtype=np.int64)
    return keys_of(part, found, pupils)


def keys_of(part: Part, found: NumberKeys, pupils: npt.NDArray[np.int64]) -> PupilKeys:
    """What was found of a sheet's pupils, put together."""
    return PupilKeys(
        part.sheet.name, part.column_of("id_number"), part.column_of("name"), part.rows, found.keys, pupils, found.bare
    )


def person_texts(table: Table, rows: npt.NDArray[np.intp]) -> list[str]:
    """name|sex|birth date of the pupils at ``rows`` as they are compared, '' where one of them cannot be read."""
    known, sexes = _known(table, rows)
    if not known.any():
        return [""] * len(rows)
    names: Iterable[str] = table["name"].texts(rows)
    births = table.births["birth_date"][rows].tolist()
    return [
        f"{_small(name)}|{sex}|{birth}" if fine else ""
        for name, sex, birth, fine in zip(names, sexes.tolist(), births, known.tolist(), strict=True)
    ]


def _small(name: str) -> str:
    """A to Z as small letters, and nothing else: `person_keys` folds bytes."""
    return name.lower() if name.isascii() else name.translate(_SMALL)


_SMALL = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}


def _known(table: Table, rows: Any) -> tuple[Any, Any]:
    """Which records have a readable name, sex and birth date; and the sexes."""
    import numpy as np

    births = table.births.get("birth_date")
    if births is None or not table.has("name", "sex"):
        return np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.int8)
    sexes = table.is_any("sex", "男") * _MALE + table.is_any("sex", "女") * _FEMALE
    known = table["name"].readable & (sexes > 0) & (births > 0)
    return known[rows], sexes[rows]


def person_keys(table: Table, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """64-bit keys of name, sex and birth date at the neighbouring ``rows``, 0 where one is not readable.

    Equal where `person_texts` are equal; capitals count as small letters.
    """
    import numpy as np

    known, sexes = _known(table, rows)
    if not known.any():
        return np.zeros(len(rows), dtype=np.int64)
    names = _name_hashes(table["name"], int(rows[0]), int(rows[-1]) + 1)
    births = table.births["birth_date"][rows].astype(np.uint64)
    mixed = names ^ (births * np.uint64(_BIRTH_FACTOR)) ^ (sexes.astype(np.uint64) << np.uint64(62))
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(_SPREAD)
    mixed ^= mixed >> np.uint64(29)
    return np.where(known, np.where(mixed == 0, 1, mixed).view(np.int64), 0)


def name_keys(table: Table, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """64-bit keys of the names at the neighbouring ``rows``, 0 where one is not readable."""
    import numpy as np

    if "name" not in table or not len(rows):
        return np.zeros(len(rows), dtype=np.int64)
    hashes = _name_hashes(table["name"], int(rows[0]), int(rows[-1]) + 1)
    return np.where(table["name"].readable[rows], np.where(hashes == 0, 1, hashes).view(np.int64), 0)


def _name_hashes(column: Column, first: int, last: int) -> npt.NDArray[np.uint64]:
    """A 64-bit polynomial of the UTF-8 bytes of the values from ``first`` up to ``last``, as they are meant."""
    import numpy as np

    offsets = column.offsets[first : last + 1]
    hashes = _byte_hashes(column.data[offsets[0] : offsets[-1]], offsets - offsets[0])
    mended = {row - first: text.encode() for row, text in column.mended.items() if first <= row < last}
    if mended:
        ends = np.concatenate(([0], np.cumsum([len(text) for text in mended.values()])))
        hashes[list(mended)] = _byte_hashes(np.frombuffer(b"".join(mended.values()), dtype=np.uint8), ends)
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
