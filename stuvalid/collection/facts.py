"""What of each sheet is held against the others: of a roster its classes and keys, of every other form its records.

Gathered in the worker that judged the sheet, so it is small: a roster of a thousand is a few groups and two arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stuvalid.forms.sheets import FormSheet
    from stuvalid.forms.table import Part, Table

MONTH_DIGITS = 6


@dataclass(slots=True)
class PupilGroup:
    """Pupils of a roster who agree in these; ``row`` is the 0-based sheet row of the first.

    ``counted`` where the class was read from a grade counted through, as in 七年级1班.
    """

    school_code: str
    class_code: str
    entry_month: str
    campus: str
    count: int
    row: int
    counted: bool = False


@dataclass(slots=True)
class RosterFacts:
    """One sheet of pupils. ``columns`` are 0-based columns by field key; ``persons`` keys of name, sex and birth date.

    ``names`` keys of the names alone. ``codes`` number the groups of the records, which run in step with ``rows`` and the
    keys in `PupilKeys`.
    """

    sheet: str
    columns: dict[str, int]
    groups: list[PupilGroup]
    codes: Any
    persons: Any
    names: Any
    titles: tuple[str, ...] = ()


@dataclass(slots=True)
class Record:
    """One record of a form about something else: ``texts`` by field key, ``places`` the 0-based rows and columns of the
    cells, ``number`` and ``person`` the keys of its pupil as in `PupilKeys`, ``called`` that of the name; 0 for none.
    ``stated`` is False of a movement that only a title names.
    """

    texts: dict[str, str]
    places: dict[str, list[int]]
    number: int = 0
    person: int = 0
    called: int = 0
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

    from stuvalid.pupils.classes import class_codes
    from stuvalid.pupils.facts import titles_of
    from stuvalid.pupils.keys import name_keys, person_keys

    rows = np.arange(part.offset, part.offset + len(part.rows))
    combined = np.zeros(len(rows), dtype=np.int64)
    for key in ("school_code", "class_code", "enrolment_month", "campus_code"):
        combined = combined * _MOST_DISTINCT + _numbered(table, key, rows)
    _, firsts, group_of, counts = np.unique(combined, return_index=True, return_inverse=True, return_counts=True)
    picked = rows[firsts]
    schools, months, campuses = (
        _texts(table, key, picked) for key in ("school_code", "enrolment_month", "campus_code")
    )
    groups = [
        PupilGroup(school, code, month, campus, count, int(part.rows[first]), counted)
        for school, code, month, campus, count, first, counted in zip(
            schools,
            class_codes(table, picked),
            months,
            campuses,
            counts.tolist(),
            firsts.tolist(),
            _counted(table, picked),
            strict=True,
        )
    ]
    codes = group_of.astype(np.int32)
    places = {
        key: part.column_of(key)
        for key in (
            "name",
            "sex",
            "birth_date",
            "id_number",
            "school_code",
            "class_code",
            "class_name",
            "enrolment_month",
            "campus_code",
        )
    }
    persons, names = person_keys(table, rows), name_keys(table, rows)
    return RosterFacts(part.sheet.name, places, groups, codes, persons, names, titles_of(part))


def _counted(table: Table, rows: Any) -> list[bool]:
    """Of which rows the class was read from a grade counted through."""
    from stuvalid.pupils.classes import counts_through, read_class

    codes, names, grades = (_texts(table, key, rows) for key in ("class_code", "class_name", "grade"))
    found = []
    for code, name, grade in zip(codes, names, grades, strict=True):
        read = read_class(name)
        found.append(not code and counts_through(name if read.year or read.grade else grade))
    return found


_MOST_DISTINCT = 1 << 15
"""More different schools, classes or months than these are no classes: what is beyond counts as one."""


def _numbered(table: Table, key: str, rows: Any) -> Any:
    """The values of a column at ``rows`` as small numbers; of a form without class codes those that its classes mean."""
    import numpy as np

    from stuvalid.pupils.classes import class_codes

    if key == "class_code" and (key not in table or not table[key].filled[rows].all()):
        known: dict[str, int] = {}
        found = [known.setdefault(text, len(known)) for text in class_codes(table, rows)]
        return np.minimum(np.array(found, dtype=np.int64), _MOST_DISTINCT - 1)
    if key not in table:
        return np.zeros(len(rows), dtype=np.int64)
    column = table[key]
    numbers = column.codes[rows].astype(np.int64)
    for row, text in column.mended.items():
        if len(rows) and rows[0] <= row <= rows[-1]:
            known_text = text in column.distinct
            numbers[row - rows[0]] = column.distinct.index(text) if known_text else len(column.distinct)
    return np.minimum(numbers, _MOST_DISTINCT - 1)


def record_facts(table: Table, part: Part, form: FormSheet, real: str) -> RecordFacts:
    """The records of one sheet of another form; ``real`` is the sheet's own name."""
    import numpy as np

    from stuvalid.pupils.facts import titles_of
    from stuvalid.pupils.keys import key_of_number, name_keys, person_keys

    rows = np.arange(part.offset, part.offset + len(part.rows))
    persons = person_keys(table, rows) if len(rows) else np.zeros(0, dtype=np.int64)
    names = name_keys(table, rows)
    texts = {key: column.texts(rows) if key != "grade" else column.raws(rows) for key, column in table.columns.items()}
    titles = () if form.cells else titles_of(part)
    records = []
    for number, row in enumerate(part.rows.tolist()):
        values = {key: column[number].strip() for key, column in texts.items()}
        if form.said:
            values.setdefault("movement", form.said)
        found = key_of_number(values.get("id_number", "") or values.get("record_number", "").lstrip("GJLgjl"))
        person, called = int(persons[number]), int(names[number])
        records.append(Record(values, _places(part, form, row), found, person, called, not form.said))
    return RecordFacts(form.match.template.about, form.match.template.id, real, records, titles)


def _places(part: Part, form: FormSheet, row: int) -> dict[str, list[int]]:
    if form.cells:
        return {matched.field.key: list(form.cells[matched.column]) for matched in part.match.columns}
    return {matched.field.key: [row, matched.column] for matched in part.match.columns}


def _texts(table: Table, key: str, rows: Any) -> Sequence[str]:
    return table[key].texts(rows) if key in table else [""] * len(rows)
