"""What a package needs to know of a workbook, gathered where it is checked: whose it is, its classes, its counts.

The records themselves go to a spool file (Arrow columns of text), so that the county's summary, the roster for
photos and the comparison of two versions need not read the workbook again.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.bundle.schools import CODE

if TYPE_CHECKING:
    import pyarrow as pa

    from stuvalid.forms.table import Part, Table

_PLACEHOLDER = "0000000000"
_NOT_LEFT_BEHIND, _ABLE = "非留守儿童", "无残疾"


@dataclass(slots=True)
class Counts:
    """Pupils of a sheet, a file or a school, and how many of them are what statistics ask for."""

    pupils: int = 0
    boys: int = 0
    girls: int = 0
    without_number: int = 0
    left_behind: int = 0
    migrant: int = 0
    disabled: int = 0

    def add(self, other: Counts) -> None:
        """Add another's counts to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """One sheet of pupils. ``schools`` counts pupils by valid school code, ``classes`` by class code ('' if none).

    ``spool`` is the file of its records, ``titles`` what stands above the header.
    """

    sheet: str
    template: str
    spool: str
    records: int
    schools: dict[str, int]
    classes: dict[str, int]
    counts: Counts
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gleaner:
    """Gathers the facts of one sheet; called in the worker that judges it. ``spool`` is the folder of spool files."""

    spool: str

    def __call__(self, table: Table, part: Part) -> SheetFacts:
        import numpy as np

        rows = np.arange(part.offset, part.offset + len(part.rows))
        schools = {
            code: count
            for code, count in _counted(table, "school_code", rows).items()
            if CODE.fullmatch(code) and code != _PLACEHOLDER
        }
        head = part.sheet.head(part.match.header_row)
        return SheetFacts(
            part.sheet.name,
            part.match.template.id,
            write_spool(Path(self.spool), table, part),
            len(rows),
            schools,
            dict(_counted(table, "class_code", rows)),
            _counts(table, rows),
            tuple(dict.fromkeys(text.strip() for row in head for text in row if text.strip())),
        )


def _counted(table: Table, key: str, rows: Any) -> Counter[str]:
    """How many of ``rows`` hold each value of a column, as it is meant."""
    import numpy as np

    if key not in table:
        return Counter()
    column = table[key]
    codes, sizes = np.unique(column.codes[rows], return_counts=True)
    found: Counter[str] = Counter()
    for code, size in zip(codes.tolist(), sizes.tolist(), strict=True):
        found[column.distinct[code]] += size
    for row, value in column.mended.items():
        if rows[0] <= row <= rows[-1]:
            found[column.raw(row)] -= 1
            found[value] += 1
    return Counter({value: size for value, size in found.items() if size > 0})


def _counts(table: Table, rows: Any) -> Counts:
    def some(mask: Any) -> int:
        return int(mask[rows].sum())

    def filled(key: str) -> Any:
        return table.readable(key)

    number = table["id_number"].filled if "id_number" in table else None
    return Counts(
        pupils=len(rows),
        boys=some(table.is_any("sex", "男")),
        girls=some(table.is_any("sex", "女")),
        without_number=len(rows) - some(number) if number is not None else len(rows),
        left_behind=some(filled("left_behind") & ~table.is_any("left_behind", _NOT_LEFT_BEHIND, "否")),
        migrant=some(table.is_any("migrant_child", "是")),
        disabled=some(filled("disability") & ~table.is_any("disability", _ABLE)),
    )


def write_spool(folder: Path, table: Table, part: Part) -> str:
    """The sheet's records as an Arrow file: one text column a field, in the order of the form."""
    import pyarrow as pa

    keys = [entry.key for entry in part.match.template.fields if entry.key in table]
    arrays = [table[key].values.slice(part.offset, len(part.rows)) for key in keys]
    rows = pa.array(part.rows, pa.int32())
    content = pa.table([rows, *arrays], names=["_row", *keys])
    handle, name = tempfile.mkstemp(prefix="records-", suffix=".arrow", dir=folder)
    with os.fdopen(handle, "wb") as stream, pa.ipc.new_file(stream, content.schema) as writer:
        writer.write_table(content)
    return name


def read_spool(facts: SheetFacts) -> pa.Table:
    """The records of a sheet: ``_row`` (0-based sheet row) and the form's fields it has, as text."""
    return read_records(facts.spool)


def read_records(spool: str) -> pa.Table:
    """What `write_spool` wrote to this file."""
    import pyarrow as pa

    with pa.memory_map(spool) as source:
        return pa.ipc.open_file(source).read_all()


@dataclass(slots=True)
class BookFacts:
    """A whole workbook: its sheets of pupils together."""

    sheets: list[SheetFacts] = field(default_factory=list)

    @property
    def records(self) -> int:
        return sum(sheet.records for sheet in self.sheets)

    @property
    def schools(self) -> Counter[str]:
        """Pupils by valid school code."""
        return _sum(sheet.schools for sheet in self.sheets)

    @property
    def classes(self) -> Counter[str]:
        """Pupils by class code, '' where it is blank."""
        return _sum(sheet.classes for sheet in self.sheets)

    @property
    def counts(self) -> Counts:
        total = Counts()
        for sheet in self.sheets:
            total.add(sheet.counts)
        return total


def _sum(parts: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total
