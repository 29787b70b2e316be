"""Which rows an application asks for: by county, school, grade and class. Who cannot be placed is left out, and counted."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stuvalid.codes import divisions
from stuvalid.exports.reading import Pupil
from stuvalid.pupils.classes import codes_meant, first_year, read_class
from stuvalid.pupils.schools import plain_name

_COUNTY_DIGITS = 6


@dataclass(slots=True)
class Chosen:
    """``pupils`` in scope; ``outside`` are how many are not, ``unplaced`` how many whose place is not known.

    ``unmet`` are names of the scope that nobody answers to: a slip of the pen there would hand out too little unnoticed.
    """

    pupils: list[Pupil] = field(default_factory=list)
    outside: int = 0
    unplaced: int = 0
    unmet: list[str] = field(default_factory=list)


def choose(pupils: Sequence[Pupil], scope: Mapping[str, tuple[str, ...]], today: dt.date) -> Chosen:
    """The pupils whom every part of the scope holds."""
    chosen = Chosen()
    met: set[tuple[str, str]] = set()
    codes = {pupil.class_code for pupil in pupils if pupil.class_code}
    classes = {word: codes_meant(word, codes, today) for word in scope.get("classes", ())}
    for pupil in pupils:
        answers = []
        for what, names in scope.items():
            place = _place(pupil, what)
            fitting = [name for name in names if place and _fits(pupil, what, name, classes, today)]
            met.update((what, name) for name in fitting)
            answers.append(None if not place else bool(fitting))
        if False in answers:
            chosen.outside += 1
        elif None in answers:
            chosen.unplaced += 1
        else:
            chosen.pupils.append(pupil)
    chosen.unmet = [name for what, names in scope.items() for name in names if (what, name) not in met]
    return chosen


def _place(pupil: Pupil, what: str) -> str:
    """What is known of the pupil's county, school, grade or class; '' for nothing."""
    if what == "counties":
        return pupil.county
    if what == "schools":
        return pupil.school or pupil.school_name
    return pupil.class_code or pupil.text("class_name" if what == "classes" else "grade")


def _fits(pupil: Pupil, what: str, name: str, classes: Mapping[str, frozenset[str]], today: dt.date) -> bool:
    plain = _plain(name)
    if what == "counties":
        found = divisions.find(pupil.county)
        return plain[:_COUNTY_DIGITS] == pupil.county or (found is not None and found.name == plain)
    if what == "schools":
        return plain in (pupil.school, _plain(pupil.school_name)) or (
            bool(pupil.school_name) and plain_name(name) == plain_name(pupil.school_name)
        )
    if what == "classes":
        return pupil.class_code in classes[name] or plain in (pupil.class_code, _plain(pupil.text("class_name")))
    return _is_of_grade(pupil, name, today) or plain in (
        _plain(pupil.text("grade")),
        _plain(pupil.values.get("grade", "")),
    )


def _is_of_grade(pupil: Pupil, name: str, today: dt.date) -> bool:
    """Whether the class code is of the grade called 三年级, 初一, 2024级 or 小学2024级."""
    wanted = read_class(name)
    code = pupil.class_code
    if len(code) != 7 or not code.isdigit() or not (wanted.year or wanted.grade):
        return False
    year = wanted.year or first_year(wanted.grade, today)
    return code.startswith(str(year)) and wanted.stage in ("", code[4])


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
