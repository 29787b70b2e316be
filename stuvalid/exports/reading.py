"""The pupils that data may be handed out of: the records of forms as they stand, and of any other list what it tells."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.check.conductor import read_sources
from stuvalid.codes.classcodes import class_title
from stuvalid.codes.identity import calendar_date
from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.pupils.classes import class_codes, grade_of
from stuvalid.pupils.facts import school_codes, titles_of
from stuvalid.pupils.owners import Book, NameEvidence, derive_schools, owner_of_workbook
from stuvalid.pupils.schools import SchoolList, read_schools
from stuvalid.received.walk import receiving
from stuvalid.rolls.people import Person, lists_from

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions, FileResult
    from stuvalid.forms.table import Part, Table

_RECORD_NUMBERS = ("record_number", "continuation_mark")
_BIRTH_IN_NUMBER = re.compile(r"[GJL]?[0-9]{6}((?:19|20)[0-9]{6})[0-9]{3}[0-9Xx]")
BANDS = ("under_14", "from_14", "adult", "unknown")
"""Ages that the law tells apart: under 14, 14 to 17, 18 and over, unknown."""


@dataclass(slots=True)
class Pupil:
    """One row: where it stands (``row`` from 1), its texts by field as they stand, its class, school and county."""

    file: str
    sheet: str
    row: int
    values: Mapping[str, str]
    class_code: str = ""
    school: str = ""
    school_name: str = ""
    county: str = ""

    def text(self, key: str) -> str:
        """What is handed out of a field: what the list says, else what follows from the class and the school."""
        keys = _RECORD_NUMBERS if key == "record_number" else (key,)
        found = next((text for one in keys if (text := self.values.get(one, "")).strip()), "")
        if found:
            return found
        if key == "school_name":
            return self.school_name
        if key == "grade":
            return grade_of(self.class_code)
        if key == "class_name":
            return class_title(self.class_code)
        return self.class_code if key == "class_code" else ""

    @property
    def born(self) -> dt.date | None:
        """The day of birth, from the date or else the number; None where neither says."""
        date = calendar_date(re.sub(r"[^0-9]", "", self.values.get("birth_date", "")))
        for key in ("id_number", *_RECORD_NUMBERS):
            found = None if date else _BIRTH_IN_NUMBER.fullmatch(self.values.get(key, "").strip())
            date = date or (calendar_date(found[1]) if found else None)
        return date

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells one pupil from another: the number, else name, sex and birth."""
        number = self.values.get("id_number", "").strip().upper()
        if number:
            return (number,)
        return (self.values.get("name", "").strip(), self.values.get("sex", ""), str(self.born or ""))


@dataclass(slots=True)
class Read:
    """The pupils, and the account of the files. ``lost`` are files with pupils in them, perhaps, that nobody could read."""

    pupils: list[Pupil] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    beside: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GatheredSheet:
    """What is gathered of a form's sheet where it is read."""

    sheet: str
    rows: list[int]
    columns: dict[str, list[str]]
    classes: list[str]
    schools: list[str]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """Gathers `GatheredSheet` from every sheet of pupils; called in the worker that reads it. ``keys`` are the fields, () for all."""

    keys: tuple[str, ...] = ()

    def __call__(self, table: Table, part: Part) -> GatheredSheet:
        import numpy as np

        rows = np.arange(part.offset, part.offset + len(part.rows))
        codes, which = school_codes(table, rows)
        wanted = [key for key in table.columns if not self.keys or key in self.keys]
        return GatheredSheet(
            part.sheet.name,
            [int(row) + 1 for row in part.rows],
            {key: table[key].raws(rows) for key in wanted},
            class_codes(table, rows),
            [codes[position] for position in which.tolist()],
            titles_of(part),
        )


def read_pupils(
    paths: Sequence[Path],
    options: CheckOptions,
    schools: Path | None = None,
    *,
    skip: Sequence[Path] = (),
    keys: tuple[str, ...] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Read:
    """Every pupil below ``paths``. Raises UsageError where there is none."""
    listed = read_schools(schools) if schools else SchoolList()
    with receiving(paths, password=options.password, skip=[*skip, *filter(None, [schools])]) as reception:
        sources = reception.of_kind("workbook")
        results = read_sources(sources, replace(options, glean=Records(keys)), progress=progress)
        others = [source for source, result in zip(sources, results, strict=True) if result.report.status == "skipped"]
        lists = lists_from(others, options) if others else None
        not_read = reception.not_read("workbook")
    found = Read()
    found.findings.files = [result.report for result in results]
    found.findings.not_checked = list(not_read)
    for result in results:
        found.findings.not_checked += result.report.not_checked
        if result.report.status == "unreadable":
            found.lost.append((result.report.path, result.report.reason_zh, result.report.reason_en))
    known = {name for name, _, _ in found.lost}
    for entry in found.findings.not_checked:
        name = entry.examples[0].file if entry.examples else ""
        if entry.incomplete and name not in known:
            found.lost.append((name, entry.zh, entry.en))
    found.pupils = _of_forms(results, listed)
    if lists is not None:
        found.pupils += [_of_list(person, listed) for person in lists.people]
        found.beside = list(lists.unread)
    if not found.pupils and not found.lost:
        raise UsageError(
            "没有读到学生。",
            "There are no pupils.",
            mend_zh="给出学籍模板的表，或有“姓名”列的名单。",
            mend_en="Give registration forms, or lists with the column 姓名.",
        )
    return found


def _of_forms(results: Sequence[FileResult], listed: SchoolList) -> list[Pupil]:
    books = [
        Book(
            result.report.path,
            Counter(code for sheet in result.gleaned for code in sheet.schools if code),
            [title for sheet in result.gleaned for title in sheet.titles],
        )
        for result in results
        if result.gleaned
    ]
    known = listed if listed.given else derive_schools(books)
    evidence = NameEvidence.of_books(books, listed)
    owners = {book.name: owner_of_workbook(book, evidence).school for book in books}
    pupils = []
    for result in results:
        for sheet in result.gleaned:
            for at, row in enumerate(sheet.rows):
                code = sheet.schools[at] or owners.get(result.report.path, "")
                values = {key: texts[at] for key, texts in sheet.columns.items()}
                pupil = Pupil(result.report.path, sheet.sheet, row, values, sheet.classes[at])
                pupils.append(_at_school(pupil, code, known))
    return pupils


def _of_list(person: Person, listed: SchoolList) -> Pupil:
    keys = ("name", "sex", "birth_date", "id_type", "id_number", "record_number")
    values = {key: text for key in keys if (text := getattr(person, key))}
    if person.class_text and not person.class_code:
        values["class_name"] = person.class_text
    return _at_school(
        Pupil(person.file, person.sheet, person.row, values, person.class_code), person.school_code, listed
    )


def _at_school(pupil: Pupil, code: str, known: SchoolList) -> Pupil:
    school = known.find(code)
    pupil.school = code
    pupil.school_name = school.called if school else ""
    pupil.county = school.county if school else ""
    return pupil


def age_band(born: dt.date | None, day: dt.date) -> str:
    """The band of `BANDS` on ``day``: who has a birthday that day is a year older from the day on."""
    if born is None or born > day:
        return "unknown"
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return "under_14" if age < 14 else "from_14" if age < 18 else "adult"


def ages(pupils: Sequence[Pupil], day: dt.date) -> dict[str, int]:
    """How many pupils are in each band on ``day``; one that stands twice is counted once."""
    counts = dict.fromkeys(BANDS, 0)
    for pupil in {one.identity: one for one in pupils}.values():
        counts[age_band(pupil.born, day)] += 1
    return counts
