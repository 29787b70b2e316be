"""What makes a pupil comparable with others: the number, or name, sex and birth date."""

from __future__ import annotations

import re
import unicodedata
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


@dataclass(slots=True)
class PupilKeys:
    """What makes pupils of one sheet comparable with others: rows and the keys at them, in step.

    ``bodies`` are 17-digit numbers, ``others`` texts of other documents, ``trios`` name|sex|birth date of
    pupils without a number. Rows are 0-based sheet rows.
    """

    sheet: str
    number_column: int
    name_column: int
    body_rows: Any
    bodies: Any
    other_rows: list[int]
    others: list[str]
    trio_rows: list[int]
    trios: list[str]


@dataclass(frozen=True, slots=True)
class NumberKeys:
    """What the pupils' numbers are for comparing, one entry a record.

    ``bodies`` are the 17 digits of right numbers (18 characters, or 15 digits as they would be today), else 0;
    ``others`` holds the plain text of other numbers by position; ``bare`` marks records without any number.
    """

    bodies: npt.NDArray[np.int64]
    others: dict[int, str]
    bare: npt.NDArray[np.bool_]


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
        plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
        bodies[position] = identity.body_of(plain)
        if not any(char.isdigit() for char in plain):
            bare[position] = True
        elif not bodies[position] and _names_someone(plain) and not _is_cut_short(plain, column, int(rows[position])):
            others[position] = plain
    return NumberKeys(bodies, others, bare)


def _names_someone(number: str) -> bool:
    return _DOCUMENT.fullmatch(number) is not None and len(set(number)) > 2


def _is_cut_short(number: str, column: Column, row: int) -> bool:
    """Excel keeps 15 digits of a number: cut short, those of many children are the same."""
    if len(number) <= _EXCEL_DIGITS:
        return False
    stored = column.kinds is not None and column.kinds[row] == Kind.NUMBER
    return stored or (len(number) == _RESIDENT_LENGTH and number.endswith("000"))


def pupil_keys(table: Table, part: Part) -> PupilKeys:
    """The keys of one sheet's pupils, compact enough to cross a process border by the million."""
    import numpy as np

    rows = np.arange(part.offset, part.offset + len(part.rows))
    keys = number_keys(table, rows)
    named = np.flatnonzero(keys.bodies)
    bare = np.flatnonzero(keys.bare)
    trios = pupil_trios(table, rows[bare]) if len(bare) else []
    known = [n for n, trio in enumerate(trios) if trio]
    return PupilKeys(
        sheet=part.sheet.name,
        number_column=part.column_of("id_number"),
        name_column=part.column_of("name"),
        body_rows=part.rows[named],
        bodies=keys.bodies[named],
        other_rows=[int(part.rows[position]) for position in keys.others],
        others=list(keys.others.values()),
        trio_rows=[int(part.rows[bare[n]]) for n in known],
        trios=[trios[n] for n in known],
    )


def pupil_trios(table: Table, rows: Any) -> list[str]:
    """name|sex|birth date of the pupils at ``rows`` of the table, '' where one of them cannot be read."""
    births = table.births.get("birth_date")
    if births is None or not table.has("name", "sex"):
        return [""] * len(rows)
    readable = table["name"].readable[rows].tolist()
    texts = zip(table["name"].texts(rows), table["sex"].texts(rows), births[rows].tolist(), readable, strict=True)
    return [f"{name}|{sex}|{birth}" if fine and birth else "" for name, sex, birth, fine in texts]
