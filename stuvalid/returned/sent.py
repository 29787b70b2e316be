"""The pupils that were sent, as a returned list may name them, and what our own check says at their cells."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.findings import Findings, Place
from stuvalid.pupils.keys import plain_number
from stuvalid.rolls.people import plain_spelling

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions
    from stuvalid.forms.table import Part, Table

_KEYS = ("name", "sex", "birth_date", "id_number", "continuation_mark", "class_name", "grade", "school_code")
_NUMBER_INSIDE = re.compile(r"[GJL]?([0-9]{17}[0-9X])")


@dataclass(slots=True)
class SentSheet:
    """The pupils of one sheet as lists of texts by field, with its columns (0-based) and their headers and kinds."""

    sheet: str
    rows: list[int]
    texts: dict[str, list[str]]
    classes: list[str]
    columns: dict[str, int]
    headers: dict[str, str]
    kinds: dict[str, str]
    spool: str


@dataclass(frozen=True, slots=True)
class SentGleaner:
    """Gathers a `SentSheet` in the worker that judged it; the records go to a spool file in ``folder``."""

    folder: str

    def __call__(self, table: Table, part: Part) -> SentSheet:
        import numpy as np

        from stuvalid.pupils.classes import class_codes
        from stuvalid.pupils.facts import write_spool

        rows = np.arange(part.offset, part.offset + len(part.rows))
        matched = {one.field.key: one for one in part.match.columns}
        return SentSheet(
            part.sheet.name,
            part.rows.tolist(),
            {key: table[key].texts(rows) for key in _KEYS if key in table},
            class_codes(table, rows),
            {key: one.column for key, one in matched.items()},
            {key: one.field.header for key, one in matched.items()},
            {key: one.field.kind for key, one in matched.items()},
            write_spool(Path(self.folder), table, part),
        )


@dataclass(frozen=True, slots=True)
class SentPupil:
    """One pupil that was sent; ``row`` is the Excel row."""

    file: str
    page: SentSheet
    position: int
    name: str
    spelling: str
    numbers: tuple[str, ...]
    sex: str
    born: str
    class_code: str
    school_code: str

    @property
    def row(self) -> int:
        return self.page.rows[self.position] + 1

    @property
    def sheet(self) -> str:
        return self.page.sheet

    @property
    def number(self) -> str:
        return self.text("id_number")

    @property
    def group(self) -> str:
        """The class as people know it."""
        from stuvalid.codes.classcodes import class_title

        return class_title(self.class_code) or self.text("class_name") or self.class_code

    def text(self, key: str) -> str:
        """What the record holds for a field that names the pupil, '' for any other."""
        texts = self.page.texts.get(key)
        return texts[self.position] if texts else ""

    def place(self, key: str = "name") -> Place:
        """The cell of a field; of one that the sheet does not have, that of the name."""
        column = self.page.columns.get(key, self.page.columns.get("name", -1))
        return Place(self.file, self.sheet, self.row - 1, column)


@dataclass(slots=True)
class Sent:
    """Everybody that was sent, and what the check of today says of them: (rule, field) by file, sheet and 0-based row."""

    pupils: list[SentPupil]
    findings: Findings
    told: dict[tuple[str, str, int], list[tuple[str, str]]] = field(default_factory=dict)
    _records: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def told_of(self, pupil: SentPupil) -> Sequence[tuple[str, str]]:
        """What our rules say at the pupil's row."""
        return self.told.get((pupil.file, pupil.sheet, pupil.row - 1), ())

    def value(self, pupil: SentPupil, key: str) -> str:
        """What the record holds for any field; '' where the sheet has no such column."""
        if key in pupil.page.texts or key not in pupil.page.columns:
            return pupil.text(key)
        read = self._records.get((pupil.page.spool, key))
        if read is None:
            from stuvalid.pupils.facts import read_spool

            read = self._records[pupil.page.spool, key] = read_spool(pupil.page.spool).column(key).to_pylist()
        return str(read[pupil.position] or "")


def read_sent(
    paths: Sequence[Path], options: CheckOptions, folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> Sent:
    """Check what was sent and gather its pupils; their records are kept in ``folder``."""
    from dataclasses import replace

    from stuvalid.check.conductor import check_paths

    findings, _ = check_paths(paths, replace(options, glean=SentGleaner(str(folder))), progress=progress)
    return sent_of(findings)


def sent_of(findings: Findings) -> Sent:
    """The pupils that a check with a `SentGleaner` gathered."""
    pupils = [
        _pupil(report.path, page, position)
        for report, gleaned in zip(findings.files, findings.gleaned, strict=True)
        for page in gleaned
        for position in range(len(page.rows))
    ]
    told: dict[tuple[str, str, int], list[tuple[str, str]]] = {}
    for block in (*findings.blocks, *findings.explained):
        path = findings.files[block.file].path
        for row in block.rows:
            told.setdefault((path, block.sheet, row), []).append((block.rule, block.field))
    return Sent(pupils, findings, told)


def _pupil(file: str, page: SentSheet, position: int) -> SentPupil:
    def text(key: str) -> str:
        texts = page.texts.get(key)
        return texts[position] if texts else ""

    numbers = dict.fromkeys(plain_number(text(key)) for key in ("id_number", "continuation_mark"))
    inside = [found[1] if (found := _NUMBER_INSIDE.fullmatch(number)) else number for number in numbers]
    return SentPupil(
        file,
        page,
        position,
        text("name"),
        plain_spelling(text("name")),
        tuple(number for number in dict.fromkeys(inside) if number),
        text("sex"),
        re.sub("[^0-9]", "", text("birth_date")),
        page.classes[position],
        text("school_code"),
    )


def class_meant(text: str, known: Iterable[str], today: dt.date) -> frozenset[str]:
    """Which of the ``known`` class codes the text of a list means; nothing where it tells no class.

    A class that none of these is stands for itself: it contradicts every pupil of a known class.
    """
    from stuvalid.pupils.classes import class_of, codes_meant, read_class

    codes = frozenset(known)
    if not text.strip() or not codes:
        return frozenset()
    meant = codes_meant(text, codes, today)
    if meant:
        return meant
    read = read_class(text)
    tells = class_of("", text, today) or (read.number and (read.year or read.grade))
    return frozenset({text}) if tells else frozenset()


def by_spelling(pupils: Sequence[SentPupil]) -> Mapping[str, list[int]]:
    """Positions of the pupils of each name."""
    found: dict[str, list[int]] = {}
    for position, pupil in enumerate(pupils):
        if pupil.spelling:
            found.setdefault(pupil.spelling, []).append(position)
    return found
