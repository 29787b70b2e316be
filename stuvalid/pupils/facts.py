"""What is gathered of the pupils of a sheet where it is checked: whose they are, their classes, counts, keys and records.

The records themselves go to a spool file (Arrow columns of text), so that the county's summary, the roster for
photos, work lists and the comparison of two versions need not read the workbook again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.codes import schoolcodes
from stuvalid.pupils.classes import class_codes
from stuvalid.workspace import read_sealed, write_sealed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from stuvalid.forms.table import Part, Table

ROW, CLASS = "_row", "_class"
"""Columns of a spool that no form has: 0-based sheet row, and the class code as it is meant."""

_NOT_LEFT_BEHIND, _ABLE, _CHINA = "非留守儿童", ("无残疾", "无"), "中国"


@dataclass(slots=True)
class Counts:
    """Pupils of a sheet, a file or a school, and how many of them are what statistics ask for.

    ``need_certificate`` are Chinese nationals without a number: they need 无身份证号学生在校就读证明.
    """

    pupils: int = 0
    boys: int = 0
    girls: int = 0
    without_number: int = 0
    left_behind: int = 0
    migrant: int = 0
    disabled: int = 0
    need_certificate: int = 0

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
        schools, school_of = school_codes(table, rows)
        sizes = np.bincount(school_of, minlength=len(schools)).tolist()
        classes = class_codes(table, rows)
        return SheetFacts(
            part.sheet.name,
            part.match.template.reference,
            write_spool(Path(self.spool), table, part, classes),
            len(rows),
            {code: size for code, size in zip(schools, sizes, strict=True) if code and size},
            dict(Counter(classes)),
            _counts(table, rows),
            titles_of(part),
        )


def school_codes(table: Table, rows: npt.NDArray[np.intp]) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """The school codes in the column 学校标识码 at the neighbouring ``rows``, '' for none, and for each record which."""
    import numpy as np

    if "school_code" not in table:
        return ("",), np.zeros(len(rows), dtype=np.int32)
    column = table["school_code"]
    names = [value if schoolcodes.names_a_school(value) else "" for value in column.distinct]
    codes = column.codes[rows]
    texts = np.array(names, dtype=object)[codes] if names else np.full(len(rows), "", dtype=object)
    for row, value in column.mended.items():
        if rows[0] <= row <= rows[-1]:
            texts[row - rows[0]] = value if schoolcodes.names_a_school(value) else ""
    schools, school_of = np.unique(texts.astype(str), return_inverse=True)
    return tuple(schools.tolist()), school_of.astype(np.int32)


def titles_of(part: Part) -> tuple[str, ...]:
    """What stands above the header of a sheet."""
    head = part.sheet.head(part.match.header_row)
    return tuple(dict.fromkeys(text.strip() for row in head for text in row if text.strip()))


def _counts(table: Table, rows: Any) -> Counts:
    def some(mask: Any) -> int:
        return int(mask[rows].sum())

    number = table["id_number"].filled if "id_number" in table else table.readable("id_number")
    left_behind = table.readable("left_behind") & ~table.is_any("left_behind", _NOT_LEFT_BEHIND, "否")
    disabled = table.readable("disability") & ~table.is_any("disability", *_ABLE)
    return Counts(
        pupils=len(rows),
        boys=some(table.is_any("sex", "男")),
        girls=some(table.is_any("sex", "女")),
        without_number=some(~number),
        left_behind=some(left_behind | table.is_any("rural_left_behind", "是")),
        migrant=some(table.is_any("migrant_child", "是")),
        disabled=some(disabled | table.is_any("disabled", "是")),
        need_certificate=some(~number & table.is_any("nationality", _CHINA)),
    )


def write_spool(folder: Path, table: Table, part: Part, classes: Sequence[str] = (), keys: Sequence[str] = ()) -> str:
    """The sheet's records as an encrypted Arrow file: one text column a field, in the order of the form.

    ``keys`` limits it to some fields; ``classes`` are the class codes of the records.
    """
    import pyarrow as pa

    wanted = [
        entry.key for entry in part.match.template.fields if entry.key in table and (not keys or entry.key in keys)
    ]
    columns = {key: table[key].values.slice(part.offset, len(part.rows)) for key in wanted}
    own = {ROW: pa.array(part.rows, pa.int32())} | ({CLASS: pa.array(classes, pa.string())} if classes else {})
    content = pa.table(own | columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)
    return write_sealed(folder, sink.getvalue().to_pybytes(), prefix="records-", suffix=".arrow")


def read_spool(spool: str, positions: npt.NDArray[np.intp] | None = None) -> pa.Table:
    """What `write_spool` wrote, only the records at ``positions`` if they are given."""
    import pyarrow as pa

    content = pa.ipc.open_file(pa.py_buffer(read_sealed(spool))).read_all()
    return content if positions is None else content.take(pa.array(positions))


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
