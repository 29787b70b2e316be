"""A form as it stands on a sheet: what the structure rules look at, and where tables are cut from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from stuvalid.excel.model import Sheet, Workbook
from stuvalid.forms import Template, record_forms
from stuvalid.forms.labelled import labelled_records
from stuvalid.forms.matching import HEADER_SEARCH_ROWS, HeaderMatch, match_record_form, match_sheet
from stuvalid.forms.others import SeeminglyOther, find_other_list
from stuvalid.forms.records import RecordRows, find_records

_USUAL_ROWS = 6
_IDENTIFYING = ("id_number", "name")
_MOSTLY = 0.5


@dataclass(slots=True)
class FormSheet:
    """``sheet`` recognised as a form. ``siblings`` are the names of other sheets with pupils.

    ``copies`` are hidden sheets with the same pupils. Its match need not be a form: see `fragment`. Of a record that is
    written beside labels ``sheet`` is made up, a row of a cell a field, and ``cells`` are where these really stand. ``said`` is the movement that the title of a list without that column names.
    ``stamp`` is the workbook's, if it was issued as a form.
    """

    sheet: Sheet
    match: HeaderMatch
    rows: RecordRows
    format: str = "xlsx"
    notes: frozenset[str] = frozenset()
    siblings: tuple[str, ...] = ()
    copies: tuple[PassedSheet, ...] = ()
    cells: tuple[tuple[int, int], ...] = ()
    said: str = ""
    stamp: str = ""

    def column_of(self, key: str) -> int:
        """0-based sheet column of a field, -1 if the sheet does not have it."""
        return next((matched.column for matched in self.match.columns if matched.field.key == key), -1)


@dataclass(frozen=True, slots=True)
class PassedSheet:
    """A sheet that holds people and is not checked, with the reason in ``why``.

    ``list``: another list (``other``); ``fragment``: it has less than half of what any form requires (``match`` is the
    form it resembles most); ``hidden-copy``: a hidden sheet with the pupils of a visible one (``of``, ``known`` of
    ``rows`` are the same).
    """

    sheet: Sheet
    why: Literal["list", "fragment", "hidden-copy"]
    rows: int
    other: SeeminglyOther | None = None
    match: HeaderMatch | None = None
    of: str = ""
    known: int = 0

    def sentence(self, lang: str) -> str:
        """Why the sheet is passed over, as part of a sentence about it."""
        if self.why == "hidden-copy":
            if lang == "en":
                return f"it is hidden, and {self.known} of its {self.rows} pupils stand on {self.of} too"
            return f"是隐藏的工作表，{self.rows}名学生中有{self.known}名在“{self.of}”里也有"
        if self.other is not None:
            return self.other.sentence(lang)
        assert self.match is not None
        lacking, form = self.match.lacking, self.match.template
        if lang == "en":
            return (
                f"{self.rows} rows with {len(self.match.columns)} of the {len(form.fields)} columns of {form.id}; "
                f"{len(lacking)} required ones are missing"
            )
        return (
            f"{self.rows}行，只有“{form.title}”{len(form.fields)}列中的{len(self.match.columns)}列，"
            f"缺{len(lacking)}个必填列"
        )


@dataclass(slots=True)
class Survey:
    """What the sheets of a workbook are: ``forms`` of pupils, ``records`` about schools, classes, movements and the like,
    ``passed`` with people and no form.
    """

    forms: list[FormSheet] = field(default_factory=list)
    passed: list[PassedSheet] = field(default_factory=list)
    records: list[FormSheet] = field(default_factory=list)

    @property
    def fragments(self) -> list[PassedSheet]:
        """Sheets that have a part of a form and are nothing that is known."""
        return [entry for entry in self.passed if entry.match is not None]


def find_forms(workbook: Workbook, forms: Sequence[Template]) -> list[FormSheet]:
    """Every sheet of the workbook that is one of ``forms``; empty forms only if no other has pupils."""
    return survey(workbook, forms).forms


def survey(workbook: Workbook, forms: Sequence[Template], file_name: str = "") -> Survey:
    """Tell the forms of a workbook from the other lists in it. The file's name may say what a list is."""
    notes = frozenset(note.code for note in workbook.notes)
    found, passed, records = [], [], list[FormSheet]()
    for sheet in workbook.sheets:
        if not sheet.height:
            continue
        match = _match(sheet, forms)
        if match is not None and match.is_form:
            found.append(
                FormSheet(sheet, match, find_records(sheet, match), workbook.format, notes, stamp=workbook.stamp)
            )
        elif not sheet.visible and sheet.feeds:
            continue  # what dropdowns offer, kept out of sight
        elif beside := _record_sheets(sheet, workbook.format, file_name, notes):
            records += beside
        elif not sheet.visible and not _has_numbers(sheet):
            continue  # most likely the same: not of every format is it read which sheet dropdowns draw from
        elif (other := find_other_list(sheet, file_name)) is not None:
            passed.append(PassedSheet(sheet, "list", other.rows, other=other))
        elif match is not None:
            rows = len(find_records(sheet, match).records)
            passed.append(PassedSheet(sheet, "fragment", rows, match=match))
    filled = [form for form in found if len(form.rows.records)]
    if not filled:
        return Survey(found[: not records], passed, records)
    kept, copies = _without_copies(filled)
    for form in kept:
        form.siblings = tuple(other.sheet.name for other in kept if other is not form)
        form.copies = tuple(copy for copy in copies if copy.of == form.sheet.name)
    return Survey(kept, [*passed, *copies], records)


_RECORD_LISTS = {
    "school": ("school", "campus"),
    "class": ("class", "grade"),
    "movement": ("movement",),
    "preschool-transfer": ("preschool",),
    "nutrition": ("nutrition-pupil", "nutrition-school"),
    "fitness": ("fitness",),
    "fitness-pupils": ("fitness",),
}
"""What the forms are about that a list of `other_lists` may be."""


def _record_sheets(sheet: Sheet, format_: str, file_name: str, notes: frozenset[str]) -> list[FormSheet]:
    """The forms about other things than pupils on a sheet: one table, or records written beside labels; none if neither."""
    other = find_other_list(sheet, file_name)
    abouts = _RECORD_LISTS.get(other.known.id, ()) if other is not None else ()
    if abouts:
        forms = [form for form in record_forms() if form.about in abouts]
        head = sheet.head(HEADER_SEARCH_ROWS)
        match = match_record_form(head, forms, _DISPENSABLE)
        if match is not None:
            above = [text for texts in head[: match.top] for text in texts]
            said = _movement_said([*above, sheet.name, file_name]) if match.template.about == "movement" else ""
            if said or not any(entry.key == "movement" for entry in match.missing):
                rows = find_records(sheet, match, least=1)
                return [FormSheet(sheet, match, rows, format_, notes, said=said)]
    return [
        FormSheet(record.sheet, record.match, RecordRows(_ONE_ROW, _NO_ROWS), format_, notes, cells=record.cells)
        for record in labelled_records(sheet, record_forms())
    ]


_DISPENSABLE = frozenset({"movement", "date"})
_MOVEMENTS = ("转出", "转入", "休学", "复学", "退学", "开除", "失踪", "死亡", "出国", "留级", "跳级")


def _movement_said(texts: Sequence[str]) -> str:
    """The one movement that a title, a sheet's or a file's name speaks of: 2026年春季转出名单; '' if none or several."""
    for text in texts:
        found = {word for word in _MOVEMENTS if word in text}
        if len(found) == 1:
            return found.pop()
    return ""


_ONE_ROW, _NO_ROWS = np.zeros(1, dtype=np.int32), np.empty(0, dtype=np.int32)


def _has_numbers(sheet: Sheet) -> bool:
    """Whether people stand on a sheet: an identity number or a phone among the first rows."""
    return any(_PERSONS_NUMBER.fullmatch(text) for row in sheet.head(HEADER_SEARCH_ROWS) for text in row if text)


_PERSONS_NUMBER = re.compile(r"1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9Xx]|[GLgl][0-9]{17}[0-9Xx]")


def fragment(entry: PassedSheet) -> FormSheet:
    """A sheet that has a part of a form, to be told of as such: none of its rows is a record."""
    assert entry.match is not None
    nothing = np.empty(0, dtype=np.int32)
    return FormSheet(entry.sheet, entry.match, RecordRows(nothing, nothing))


def _match(sheet: Sheet, forms: Sequence[Template]) -> HeaderMatch | None:
    """The form on a sheet; the first rows nearly always tell, else it may begin further down."""
    match = match_sheet(sheet.head(_USUAL_ROWS), forms)
    if match is not None and match.is_form:
        return match
    return match_sheet(sheet.head(HEADER_SEARCH_ROWS + 1), forms) or match


def _without_copies(filled: list[FormSheet]) -> tuple[list[FormSheet], list[PassedSheet]]:
    """Hidden sheets most of whose pupils stand on a visible one are older copies: nobody hands in what he hides."""
    visible = [form for form in filled if form.sheet.visible]
    kept, copies = [], []
    for form in filled:
        shown = _people(form) if not form.sheet.visible else set()
        best = max(visible, key=lambda other: len(shown & _people(other)), default=None) if shown else None
        same = len(shown & _people(best)) if best is not None else 0
        if best is not None and same >= _MOSTLY * len(shown):
            copies.append(
                PassedSheet(form.sheet, "hidden-copy", len(form.rows.records), of=best.sheet.name, known=same)
            )
        else:
            kept.append(form)
    return kept, copies


def _people(form: FormSheet) -> set[str]:
    """What names the pupils of a sheet: the number, else the name."""
    columns = [column for key in _IDENTIFYING if (column := form.column_of(key)) >= 0]
    people = set()
    for row in form.rows.records.tolist():
        texts = (form.sheet.text(row, column).strip().upper() for column in columns)
        people.add(next((text for text in texts if text), ""))
    return people - {""}
