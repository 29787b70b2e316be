"""The pupils photos belong to, and whose picture a file is."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.photos.names import PhotoName, name_key
from stuvalid.pupils.classes import class_of, codes_meant
from stuvalid.pupils.owners import Book, NameEvidence, owner_of_workbook
from stuvalid.pupils.schools import SchoolList

_COLUMNS = {
    "name": ("姓名", "学生姓名", "name"),
    "id_number": (
        "身份证件号",
        "身份证号",
        "身份证号码",
        "身份证件号码",
        "证件号码",
        "有效证件号",
        "身份证",
        "id_number",
    ),
    "class_code": ("班号", "班级号", "班级编码", "class_code"),
    "sex": ("性别", "sex"),
    "birth_date": ("出生日期", "birth_date"),
    "school_code": ("学校标识码", "school_code"),
    "grade": ("年级", "grade"),
    "class_name": ("班级", "班级名称", "class_name"),
}
_HEADER_ROWS = 12
_CLEAR_MAJORITY = 0.8
_ENOUGH_OF_CLASS = 4


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One pupil; every field is text as in the roster, '' where it is blank. ``row`` is the Excel row."""

    name: str
    id_number: str = ""
    class_code: str = ""
    sex: str = ""
    birth_date: str = ""
    school_code: str = ""
    file: str = ""
    sheet: str = ""
    row: int = 0

    @property
    def file_name(self) -> str:
        """The photo's prescribed name without extension; '' when the roster lacks what it needs."""
        if self.id_number:
            return self.id_number
        if self.school_code and self.class_code and self.name:
            return f"{self.school_code}_{self.class_code}_{self.name}"
        return ""


@dataclass(slots=True)
class Roster:
    """All pupils, and where each number and each name stands."""

    entries: list[RosterEntry]
    by_number: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    class_codes: frozenset[str] = frozenset()
    school_codes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        numbers, names = defaultdict(list), defaultdict(list)
        for position, entry in enumerate(self.entries):
            names[name_key(entry.name)].append(position)
            if entry.id_number:
                numbers[entry.id_number].append(position)
        self.by_number, self.by_name = dict(numbers), dict(names)
        self.class_codes = frozenset(entry.class_code for entry in self.entries if entry.class_code)
        self.school_codes = frozenset(entry.school_code for entry in self.entries if entry.school_code)


@dataclass(frozen=True, slots=True)
class RosterMatch:
    """Whose picture: ``entry`` is a position in the roster, -1 if none; ``how`` is number, name or ''.

    ``candidates`` are the pupils it could be when that cannot be decided.
    """

    entry: int = -1
    how: str = ""
    candidates: tuple[int, ...] = ()


def match_photo(read: PhotoName, folder_classes: frozenset[str], roster: Roster, today: dt.date) -> RosterMatch:
    """Whose photo a name is: by number, else by name within the class; never guessed among several."""
    if read.kind == "number":
        positions = roster.by_number.get(read.number, [])
        return RosterMatch(positions[0], "number") if positions else RosterMatch()
    classes = folder_classes
    if read.kind == "no_number":
        classes = frozenset({read.class_code})
    elif read.class_hint:
        classes = codes_meant(read.class_hint, roster.class_codes, today) or folder_classes
    for word in read.words:
        positions = roster.by_name.get(name_key(word), [])
        within = [position for position in positions if roster.entries[position].class_code in classes]
        chosen = within if classes else positions
        if len(chosen) == 1:
            return RosterMatch(chosen[0], "name")
        if len(chosen) > 1:
            return RosterMatch(candidates=tuple(chosen))
    return _elsewhere(read, roster)


def _elsewhere(read: PhotoName, roster: Roster) -> RosterMatch:
    """The pupil of 学校标识码_班号_姓名 who is in another class of the school than the name says, if only one can be."""
    if read.kind != "no_number":
        return RosterMatch()
    found = [
        position
        for position in roster.by_name.get(name_key(read.name), [])
        if roster.entries[position].school_code in ("", read.school_code)
    ]
    return RosterMatch(found[0], "name") if len(found) == 1 else RosterMatch(candidates=tuple(found))


def classes_of_folders(
    folders: Sequence[str], reads: Sequence[PhotoName], roster: Roster, today: dt.date
) -> dict[str, frozenset[str]]:
    """For every folder the class codes it stands for: by its name, else by whose numbered photos lie in it."""
    known: dict[str, frozenset[str]] = {}
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    for folder, read in zip(folders, reads, strict=True):
        if folder not in known:
            known[folder] = codes_meant(folder.rsplit("/", 1)[-1], roster.class_codes, today) or codes_meant(
                folder, roster.class_codes, today
            )
        for position in roster.by_number.get(read.number, []) if read.kind == "number" else []:
            inside[folder][roster.entries[position].class_code] += 1
    for folder, counts in inside.items():
        code, most = counts.most_common(1)[0]
        clear = most >= _ENOUGH_OF_CLASS and most >= _CLEAR_MAJORITY * counts.total()
        if not known[folder] and code and clear:
            known[folder] = frozenset({code})
    return known


def read_rosters(
    paths: Iterable[Path], template: str = "", password: str | None = None, today: dt.date | None = None
) -> Roster:
    """Pupils of workbooks (xlsx, xls, csv …): of recognised forms, or of any sheet with the column 姓名.

    ``template`` is the form they are on, as for `check`, '' for any. A class that stands as 年级 and 班级 is read as of
    ``today``. Raises UnreadableFile for one that cannot be read, UsageError for one without pupils.
    """
    entries: list[RosterEntry] = []
    for path in paths:
        found = _read_roster(path, template, password, today or dt.date.today())  # noqa: DTZ011 - the clerk's own day
        if not found:
            raise UsageError(
                f"名册“{path.name}”里没有找到学生（需要“姓名”列，最好还有“身份证件号”和“班号”）。",
                f"The roster '{path.name}' lists no pupils (a column 姓名 is needed, better also 身份证件号 and 班号).",
            )
        entries += found
    return Roster(entries)


def _read_roster(path: Path, template: str, password: str | None, today: dt.date) -> list[RosterEntry]:
    from stuvalid.excel import read_workbook
    from stuvalid.forms import chosen_forms
    from stuvalid.forms.sheets import find_forms

    try:
        workbook = read_workbook(path.read_bytes(), name=path.name, password=password)
    except OSError as error:
        raise UnreadableFile(
            f"名册“{path.name}”读不出来。", f"The roster '{path.name}' cannot be read.", reason="not-found"
        ) from error
    entries: list[RosterEntry] = []
    titles: list[str] = []
    for form in find_forms(workbook, chosen_forms(template)):
        columns = {key: form.column_of(key) for key in _COLUMNS}
        head = form.sheet.head(form.match.header_row)
        titles += [text.strip() for row in head for text in row if text.strip()]
        entries += [_entry(path, form.sheet, int(row), columns, today) for row in form.rows.records]
    # Lists beside the form (a hand-over list, movements) name the same children again.
    for sheet in workbook.sheets if not entries else ():
        header, columns = _simple_header(sheet)
        rows = range(header + 1, sheet.height) if header >= 0 else ()
        entries += [_entry(path, sheet, row, columns, today) for row in rows]
    school = _school_of(path, entries, titles)
    return [entry if entry.school_code else replace(entry, school_code=school) for entry in entries if entry.name]


def _school_of(path: Path, entries: Sequence[RosterEntry], titles: Sequence[str]) -> str:
    """The school of pupils whose rows do not say it: the one all others are of, else what title, file and folder tell."""
    codes = Counter(entry.school_code for entry in entries if entry.school_code)
    if len(codes) > 1:
        return ""
    book = Book(path.absolute().as_posix(), codes, titles)
    return owner_of_workbook(book, NameEvidence.of_books([book], SchoolList())).school


def _simple_header(sheet: Any) -> tuple[int, dict[str, int]]:
    """The row that has the column 姓名, and the columns of the fields in it; -1 if there is none."""
    for row in range(min(_HEADER_ROWS, sheet.height)):
        titles = [sheet.text(row, column).strip().strip("*★（必填）() ") for column in range(sheet.width)]
        columns = {
            key: next((column for column, title in enumerate(titles) if title.lower() in names), -1)
            for key, names in _COLUMNS.items()
        }
        if columns["name"] >= 0:
            return row, columns
    return -1, {}


def _entry(path: Path, sheet: Any, row: int, columns: dict[str, int], today: dt.date) -> RosterEntry:
    texts = {key: sheet.text(row, column).strip().lstrip("'") if column >= 0 else "" for key, column in columns.items()}
    texts["id_number"] = texts["id_number"].upper()
    grade, name = texts.pop("grade"), texts.pop("class_name")
    texts["class_code"] = texts["class_code"] or class_of(grade, name, today)
    return RosterEntry(**texts, file=str(path), sheet=sheet.name, row=row + 1)
