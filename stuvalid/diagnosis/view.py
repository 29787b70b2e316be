"""One sheet as a diagnosis looks at it: its pupils' texts by field, and what in a row should agree with what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stuvalid.forms import Field
from stuvalid.forms.table import Part, Table

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SURNAME_BYTES = 3
_LEAST_BREAKS = 4
_ELSEWHERE = 0.7
_LEAST_COPIES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What columns ``x`` and ``y`` say of the same thing, as numbers that are equal where they agree; 0 is unknown.

    ``telling`` is False where two strangers agree half of the time, as sexes do.
    """

    x: str
    y: str
    kx: Codes
    ky: Codes
    telling: bool = True

    @property
    def known(self) -> Mask:
        return np.asarray((self.kx != 0) & (self.ky != 0))

    @property
    def agrees(self) -> Mask:
        return np.asarray((self.kx == self.ky) & self.known)

    @property
    def breaks(self) -> Mask:
        return np.asarray((self.kx != self.ky) & self.known)

    @property
    def may_have_slid(self) -> bool:
        """Whether what disagrees in one column stands in the other all the same, at another place: cheap to ask."""
        broken = self.breaks
        count = int(broken.sum())
        if count < _LEAST_BREAKS:
            return False
        return int(np.isin(self.kx[broken], self.ky[broken]).sum()) >= _ELSEWHERE * count

    def other(self, key: str) -> str:
        return self.y if key == self.x else self.x

    def keys_of(self, key: str) -> tuple[Codes, Codes]:
        """The numbers of ``key`` and those of the other column."""
        return (self.kx, self.ky) if key == self.x else (self.ky, self.kx)


class View:
    """The pupils of one part of a table, ``size`` in number; positions count from 0 within the part."""

    def __init__(self, table: Table, part: Part) -> None:
        self.table = table
        self.part = part
        self.rows = slice(part.offset, part.offset + len(part.rows))
        self.size = len(part.rows)
        self._texts: dict[str, list[str]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.table

    def field(self, key: str) -> Field:
        return self.table[key].field

    def column(self, key: str) -> int:
        """0-based sheet column of a field."""
        return self.part.column_of(key)

    @cached_property
    def keys(self) -> list[str]:
        """The fields of the sheet by column, from left to right."""
        return sorted(self.table.columns, key=self.part.column_of)

    def texts(self, key: str) -> list[str]:
        """The cells of a column as they stand."""
        if key not in self._texts:
            values = self.table[key].values.slice(self.rows.start, self.size).to_pylist()
            self._texts[key] = [value or "" for value in values]
        return self._texts[key]

    def first_texts(self, key: str, count: int) -> list[str]:
        """The first cells of a column: enough to see whether more are worth a look."""
        values = self.table[key].values.slice(self.rows.start, min(count, self.size)).to_pylist()
        return [value or "" for value in values]

    def kinds(self, key: str) -> list[int]:
        """How the cells of a column are stored, as `excel.model.Kind`; all text where the reader does not say."""
        kinds = self.table[key].kinds
        return [1] * self.size if kinds is None else kinds[self.rows].tolist()

    @cached_property
    def positions(self) -> dict[int, int]:
        """Positions by 0-based sheet row."""
        return {int(row): position for position, row in enumerate(self.part.rows.tolist())}

    def row_of(self, position: int) -> int:
        """0-based sheet row of a pupil."""
        return int(self.part.rows[position])

    def births(self, key: str) -> Codes:
        """Birth dates of a column of dates as YYYYMMDD."""
        found = self.table.births.get(key)
        return np.zeros(self.size, np.int64) if found is None else np.maximum(found[self.rows], 0).astype(np.int64)

    def numbers(self, key: str) -> Any:
        """What identity numbers say, as `codes.identity.Numbers`, None where the column is missing."""
        return self.table.numbers.get(key)

    def number_births(self, key: str) -> Codes:
        """Birth dates inside the right numbers of a column."""
        numbers = self.numbers(key)
        if numbers is None:
            return np.zeros(self.size, np.int64)
        return np.where(numbers.resident[self.rows], numbers.birth[self.rows], 0).astype(np.int64)

    def number_sexes(self, key: str) -> Codes:
        """1 male, 2 female by the right numbers of a column."""
        numbers = self.numbers(key)
        if numbers is None:
            return np.zeros(self.size, np.int64)
        return np.where(numbers.resident[self.rows], numbers.sex[self.rows], 0).astype(np.int64)

    def number_regions(self, key: str) -> Codes:
        """The first six digits of the right numbers of a column."""
        numbers = self.numbers(key)
        if numbers is None:
            return np.zeros(self.size, np.int64)
        return np.where(numbers.resident[self.rows], numbers.region[self.rows], 0).astype(np.int64)

    def regions(self, key: str) -> Codes:
        """The first six of twelve digits of a column of divisions."""
        return np.maximum(self.table[key].numbers_of(slice(0, 6), 12)[self.rows], 0)

    def years(self, key: str, length: int) -> Codes:
        """The first four of ``length`` digits of a column."""
        return np.maximum(self.table[key].numbers_of(slice(0, 4), length)[self.rows], 0)

    def sexes(self, key: str) -> Codes:
        if key not in self:
            return np.zeros(self.size, np.int64)
        found = self.table.is_any(key, "男") * 1 + self.table.is_any(key, "女") * 2
        return np.asarray(found[self.rows], dtype=np.int64)

    def surnames(self, key: str) -> Codes:
        """The first character of each name, as a number."""
        if key not in self:
            return np.zeros(self.size, np.int64)
        column = self.table[key]
        starts = column.offsets[self.rows.start : self.rows.stop].astype(np.int64)
        long = column.lengths[self.rows] >= 2 * SURNAME_BYTES
        data = np.append(column.data, np.zeros(SURNAME_BYTES, np.uint8)).astype(np.int64)
        codes = (data[starts] << 16) | (data[starts + 1] << 8) | data[starts + 2]
        return np.where(long, codes, 0)

    def same_texts(self, one: str, other: str) -> tuple[Codes, Codes]:
        """The texts of two columns as numbers, equal where the texts are; 0 is blank."""
        both = pa.concat_arrays(
            [self.table[key].values.slice(self.rows.start, self.size) for key in (one, other)]
        ).dictionary_encode()
        codes = both.indices.to_numpy(zero_copy_only=False).astype(np.int64) + 1
        blank = next((n for n, text in enumerate(both.dictionary.to_pylist()) if not text), -1)
        codes[codes == blank + 1] = 0
        return codes[: self.size], codes[self.size :]

    def _is_mother(self, member: str) -> bool:
        """Whether a member is the mother of most pupils, whose surname is another."""
        key = f"{member}.relation"
        return key in self and 2 * int(self.table.is_any(key, "母亲")[self.rows].sum()) > self.size

    @property
    def repeats_numbers(self) -> bool:
        """Whether an identity number stands in neighbouring rows several times: cheap to ask."""
        for key in ("id_number", "member1.id_number", "member2.id_number"):
            numbers = self.numbers(key)
            if numbers is not None:
                bodies = numbers.body[self.rows]
                if int(((bodies[1:] == bodies[:-1]) & (bodies[1:] != 0)).sum()) >= _LEAST_COPIES:
                    return True
        return False

    @cached_property
    def relations(self) -> list[Agreement]:
        """Everything in a row that should agree, where the sheet has both columns."""
        return [*self._relations(), *(self._same(*pair) for pair in self._pairs())]

    @property
    def may_have_slid(self) -> bool:
        """Whether any two columns that should agree may have slid against each other; cheap to ask of a sheet without."""
        if any(relation.may_have_slid for relation in self._relations()):
            return True
        return any(self._same(*pair).may_have_slid for pair in self._pairs() if self._differ(*pair))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        return ((one, other) for one, other in _SAME if one in self and other in self)

    def _same(self, one: str, other: str) -> Agreement:
        return Agreement(one, other, *self.same_texts(one, other))

    def _differ(self, one: str, other: str) -> bool:
        """Whether two columns differ in more than a few rows."""
        mine, theirs = (self.table[key].values.slice(self.rows.start, self.size) for key in (one, other))
        return (pc.sum(pc.not_equal(mine, theirs)).as_py() or 0) >= _LEAST_BREAKS

    def _relations(self) -> Iterator[Agreement]:
        if "id_number" in self:
            born, sexes = self.number_births("id_number"), self.number_sexes("id_number")
            if "birth_date" in self:
                yield Agreement("id_number", "birth_date", born, self.births("birth_date"))
            if "sex" in self:
                yield Agreement("id_number", "sex", sexes, self.sexes("sex"), telling=False)
            for division in ("birthplace_division", "household_division"):
                if division in self:
                    yield Agreement(
                        "id_number", division, self.number_regions("id_number"), self.regions(division), telling=False
                    )
        if "class_code" in self and "enrolment_month" in self:
            yield Agreement(
                "class_code",
                "enrolment_month",
                self.years("class_code", 7),
                self.years("enrolment_month", 6),
                telling=False,
            )
        names = self.surnames("name")
        for member in ("member1", "member2"):
            if f"{member}.name" in self and "name" in self and not self._is_mother(member):
                yield Agreement("name", f"{member}.name", names, self.surnames(f"{member}.name"))


_SAME: Sequence[tuple[str, str]] = (
    ("home_address", "member1.home_address"),
    ("home_address", "member2.home_address"),
    ("home_address", "mail_address"),
    ("home_address", "family_address"),
    ("home_address", "household_address"),
    ("household_address", "member1.household_address"),
    ("household_address", "member2.household_address"),
    ("phone", "member1.phone"),
    ("phone", "member2.phone"),
    ("birthplace_division", "household_division"),
    ("household_division", "member1.household_division"),
    ("household_division", "member2.household_division"),
)
"""Columns that say the same of most pupils: of which, each file shows."""
