"""What of each sheet is held against the others: of a roster its classes and keys, of every other form its records.

Gathered in the worker that judged the sheet, so it is small: a roster of a thousand is a few groups and two arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stuvalid.forms.sheets import FormSheet
from stuvalid.pupils.classes import class_codes
from stuvalid.pupils.facts import titles_of
from stuvalid.pupils.keys import key_of_number, person_keys

if TYPE_CHECKING:
    from stuvalid.forms.table import Part, Table

MONTH_DIGITS = 6


@dataclass(slots=True)
class PupilGroup:
    """Pupils of a roster who agree in these; ``row`` is the 0-based sheet row of the first."""

    school_code: str
    class_code: str
    entry_month: str
    campus: str
    count: int
    row: int


@dataclass(slots=True)
class RosterFacts:
    """One sheet of pupils. ``columns`` are 0-based columns by field key; ``persons`` keys of name, sex and birth date.

    ``codes`` number the groups of the records, which run in step with ``rows`` and the keys in `PupilKeys`.
    """

    sheet: str
    columns: dict[str, int]
    groups: list[PupilGroup]
    codes: Any
    persons: Any
    titles: tuple[str, ...] = ()


@dataclass(slots=True)
class Record:
    """One record of a form about something else: ``texts`` by field key, ``places`` the 0-based rows and columns of the
    cells, ``number`` and ``person`` the keys of its pupil as in `PupilKeys`, 0 for none. ``stated`` is False of a movement
    that only a title names.
    """

    texts: dict[str, str]
    places: dict[str, list[int]]
    number: int = 0
    person: int = 0
    stated: bool = True


@dataclass(slots=True)
class RecordFacts:
    """The records of one sheet: ``about`` what, of which ``form``. ``titles`` stand above them."""

    about: str
    form: str
    sheet: str
    records: list[Record] = field(default_factory=list)
    titles: tuple[str, ...] = ()


def roster_facts(table: Table, part: Part) -> RosterFacts:
    """The facts of one sheet of pupils."""
    import numpy as np

    rows = np.arange(part.offset, part.offset + len(part.rows))
    classes = class_codes(table, rows)
    columns = [_texts(table, key, rows) for key in ("school_code", "enrolment_month", "campus_code")]
    keys = list(zip(columns[0], classes, columns[1], columns[2], strict=True))
    known: dict[tuple[str, str, str, str], int] = {}
    codes = np.fromiter((known.setdefault(key, len(known)) for key in keys), dtype=np.int32, count=len(keys))
    counts = np.bincount(codes, minlength=len(known))
    firsts = np.full(len(known), len(keys), dtype=np.int64)
    np.minimum.at(firsts, codes, np.arange(len(keys)))
    groups = [PupilGroup(*key, int(counts[number]), int(part.rows[firsts[number]])) for key, number in known.items()]
    places = {
        key: part.column_of(key)
        for key in ("name", "school_code", "class_code", "class_name", "enrolment_month", "campus_code")
    }
    return RosterFacts(part.sheet.name, places, groups, codes, person_keys(table, rows), titles_of(part))


def record_facts(table: Table, part: Part, form: FormSheet, real: str) -> RecordFacts:
    """The records of one sheet of another form; ``real`` is the sheet's own name."""
    import numpy as np

    rows = np.arange(part.offset, part.offset + len(part.rows))
    persons = person_keys(table, rows) if len(rows) else np.zeros(0, dtype=np.int64)
    texts = {key: column.texts(rows) for key, column in table.columns.items()}
    records = []
    for number, row in enumerate(part.rows.tolist()):
        values = {key: column[number].strip() for key, column in texts.items()}
        if form.said:
            values.setdefault("movement", form.said)
        found = key_of_number(values.get("id_number", "") or values.get("record_number", "").lstrip("GJLgjl"))
        records.append(Record(values, _places(part, form, row), found, int(persons[number]), not form.said))
    return RecordFacts(form.match.template.about, form.match.template.id, real, records, _titles(form, part))


def _places(part: Part, form: FormSheet, row: int) -> dict[str, list[int]]:
    if form.cells:
        return {matched.field.key: list(form.cells[matched.column]) for matched in part.match.columns}
    return {matched.field.key: [row, matched.column] for matched in part.match.columns}


def _titles(form: FormSheet, part: Part) -> tuple[str, ...]:
    return () if form.cells else titles_of(part)


def _texts(table: Table, key: str, rows: Any) -> Sequence[str]:
    return table[key].texts(rows) if key in table else [""] * len(rows)
