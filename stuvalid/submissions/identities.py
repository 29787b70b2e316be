"""Who the pupils of a sheet are, so that the next submission finds them again wherever their row has moved to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stuvalid.pupils.classes import class_codes
from stuvalid.pupils.keys import number_keys, person_texts

if TYPE_CHECKING:
    from stuvalid.forms.table import Part, Table


class Identity(NamedTuple):
    """What a pupil is known by, best first; each '' where it is not there or not readable.

    ``number`` is that of an identity document, ``person`` name|sex|birth date, ``group`` school code|class code.
    """

    number: str = ""
    person: str = ""
    name: str = ""
    group: str = ""


@dataclass(slots=True)
class SheetPupils:
    """The pupils of one sheet, one entry a record; ``rows`` are 0-based sheet rows.

    The texts mean what they mean in `Identity`; ``classes`` are names of classes for people. ``spool`` is the file
    of the records where the gleaner was given a folder for it, else ''. ``kinds`` are those of its fields by key.
    """

    sheet: str
    rows: list[int]
    numbers: list[str]
    persons: list[str]
    names: list[str]
    groups: list[str]
    classes: list[str]
    spool: str = ""
    kinds: dict[str, str] = field(default_factory=dict)

    def identities(self) -> list[Identity]:
        """One `Identity` a record."""
        return [Identity(*texts) for texts in zip(self.numbers, self.persons, self.names, self.groups, strict=True)]


@dataclass(frozen=True, slots=True)
class PupilGleaner:
    """Gathers `SheetPupils`; called in the worker that judged the sheet.

    With ``folder``, the records are written to a spool file in it.
    """

    folder: str = ""

    def __call__(self, table: Table, part: Part) -> SheetPupils:
        import numpy as np

        rows = np.arange(part.offset, part.offset + len(part.rows))
        schools, classes = _texts(table, "school_code", rows), class_codes(table, rows)
        names = _texts(table, "name", rows)
        spool = ""
        if self.folder:
            from stuvalid.pupils.facts import write_spool

            spool = write_spool(Path(self.folder), table, part, classes)
        return SheetPupils(
            part.sheet.name,
            part.rows.tolist(),
            number_keys(table, rows).texts,
            person_texts(table, rows),
            names,
            [f"{school}|{code}" for school, code in zip(schools, classes, strict=True)],
            _texts(table, "class_name", rows) if "class_name" in table else classes,
            spool,
            {key: column.field.kind for key, column in table.columns.items()},
        )


def _texts(table: Table, key: str, rows: Any) -> list[str]:
    return table[key].texts(rows) if key in table else [""] * len(rows)
