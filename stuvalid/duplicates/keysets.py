"""What is gathered of a sheet's pupils to be compared: whole numbers, or keyed hashes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stuvalid.pupils.facts import school_codes, titles_of, write_spool
from stuvalid.pupils.keys import NumberKeys, number_keys, person_keys, person_texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms.table import Part, Table

SHOWN = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "grade",
    "class_name",
    "class_code",
    "enrolment_month",
    "continuation_mark",
    "member1.name",
    "member1.id_number",
    "member2.name",
    "member2.id_number",
)
"""Fields a work list shows of a school's own pupils, or reasons from."""


@dataclass(slots=True)
class SheetKeys:
    """The pupils of one sheet, one entry a record.

    ``rows`` are 0-based sheet rows. ``numbers`` and ``pupils`` (name, sex and birth date) are keys to be compared,
    0 for none; where they are hashed, ``number_rest`` and ``pupil_rest`` are their second halves. ``bare`` marks
    pupils without any number. ``school_of`` points into ``schools``, codes of which '' means none on the sheet.
    ``titles`` stand above the header. ``spool`` is the file of what work lists show.
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
    titles: tuple[str, ...] = ()
    spool: str = ""


class Locator(NamedTuple):
    """A pupil for whoever holds the workbook, and nobody for others: file (SHA-256, 32 digits), sheet, Excel row."""

    file: str
    sheet: int
    row: int

    @property
    def text(self) -> str:
        return f"{self.file[:12]}/{self.sheet}/{self.row}"


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
        return Locator(self.files[int(self.file_of[number])], int(self.sheets[number]), int(self.rows[number]))


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
            numbers, pupils = found.keys[:, None], person_keys(table, rows)[:, None]
        schools, school_of = school_codes(table, rows)
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
            titles_of(part),
            write_spool(Path(self.spool), table, part, keys=SHOWN),
        )


def _hashed(table: Table, rows: Any, found: NumberKeys, secret: bytes) -> tuple[Any, Any]:
    from stuvalid.duplicates.hashing import Hasher

    hasher = Hasher(secret)
    numbers = [b"%d" % body if body else b"" for body in found.bodies.tolist()]
    for position, text in found.others.items():
        numbers[position] = text.encode()
    return hasher.numbers(numbers), hasher.pupils(text.encode() for text in person_texts(table, rows))
