"""Which sheets belong to one school: by the code that a folder, a form or the pupils bear, else by the folder they lie in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from stuvalid.codes import schoolcodes
from stuvalid.collection.belonging import RecordSheet, RosterSheet, SchoolSheets, is_slip
from stuvalid.collection.facts import Record
from stuvalid.pupils.classes import in_five_four

_KEPT_BY_COUNTY = "nutrition-school"
Schools = dict[tuple[str, str], SchoolSheets]


@dataclass(slots=True)
class _File:
    """One file: ``named`` is the code that its path bears, ``own`` those that its records bear, the most frequent first."""

    path: str
    rosters: list[RosterSheet] = field(default_factory=list)
    sheets: list[RecordSheet] = field(default_factory=list)
    named: str = ""
    own: list[str] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)

    @property
    def codes_of_forms(self) -> set[str]:
        """What its forms of a school say their codes are."""
        records = (record for sheet in self.sheets if sheet.facts.about == "school" for record in sheet.facts.records)
        return {record.texts.get("school_code", "") for record in records} - {""}


def find_schools(rosters: Sequence[RosterSheet], sheets: Sequence[RecordSheet]) -> list[SchoolSheets]:
    """The schools of a run, each with what belongs to it.

    A folder whose name bears a code is a school's, with all below it; so is a folder with one school's own form. In any
    other, a file belongs to the school whose code its pupils bear, and each record of a form to the one that it bears.
    """
    files = _files(rosters, sheets)
    forms, alone = _folders_with_a_form(files), _folders_of_one(files)
    schools: Schools = {}
    for file in files:
        certain = file.named or _above(file, forms) or alone.get(file.folder, "")
        code = certain or next(iter(file.own), "")
        school = _at(schools, code, file.folder)
        if file.named:
            school.folders |= _folder_names(file.path, code)
        school.rosters += file.rosters
        for sheet in file.sheets:
            if certain:
                school.sheets.append(sheet)
            else:
                for mine, part in _by_school(sheet).items():
                    _at(schools, mine or code, file.folder).sheets.append(part)
    _take_in_slips(schools)
    for school in schools.values():
        if any(group.counted for one in school.rosters for group in one.facts.groups) and school.is_five_four:
            school.rosters = [_recounted(one) for one in school.rosters]
    return list(schools.values())


def _files(rosters: Iterable[RosterSheet], sheets: Iterable[RecordSheet]) -> list[_File]:
    files: dict[str, _File] = {}
    for roster in rosters:
        files.setdefault(roster.path, _File(roster.path)).rosters.append(roster)
    for sheet in sheets:
        files.setdefault(sheet.path, _File(sheet.path)).sheets.append(sheet)
    for file in files.values():
        file.named, file.own = _path_code(file.path), _own_codes(file)
    return [files[path] for path in sorted(files)]


def _folders_with_a_form(files: Iterable[_File]) -> dict[str, str]:
    """Folders with the form of one school: the code that most files there and below bear, of equals that of the form."""
    stated: dict[str, set[str]] = defaultdict(set)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for file in files:
        stated[file.folder] |= file.codes_of_forms
        for above in PurePosixPath(file.path).parents:
            votes[str(above)].update(file.own[:1])
    found = {}
    for folder, codes in stated.items():
        if len(codes) == 1:
            (form,) = codes
            most, count = max(votes[folder].items(), key=lambda item: item[1], default=("", 0))
            found[folder] = most if is_slip(most, form) and count > votes[folder][form] else form
    return found


def _folders_of_one(files: Iterable[_File]) -> dict[str, str]:
    """Folders without any form of a school whose files bear one code."""
    codes: dict[str, set[str]] = defaultdict(set)
    formed = set()
    for file in files:
        codes[file.folder].update(file.own[:1])
        if file.codes_of_forms:
            formed.add(file.folder)
    return {folder: next(iter(found)) for folder, found in codes.items() if len(found) == 1 and folder not in formed}


def _above(file: _File, forms: Mapping[str, str]) -> str:
    """The code of the nearest folder with a form; of a folder above only where the file itself names no other school."""
    for folder in PurePosixPath(file.path).parents:
        code = forms.get(str(folder), "")
        if code and (str(folder) == file.folder or not file.own or file.own[0] == code or is_slip(file.own[0], code)):
            return code
    return ""


def _take_in_slips(schools: Schools) -> None:
    """What only forms call a school, with a digit or two of another's code and that one's name, is that other school's."""
    for key, school in list(schools.items()):
        if school.rosters or not school.code:
            continue
        called = {name for name in school.stated_names if name}
        others = [
            other
            for other in schools.values()
            if other is not school
            and is_slip(school.code, other.code)
            and other.rosters
            and any(other.is_called(name) for name in called)
        ]
        if len(others) == 1:
            others[0].sheets += school.sheets
            del schools[key]


def _recounted(roster: RosterSheet) -> RosterSheet:
    """The roster of an 五四 school, with the classes that its grades counted through mean."""
    groups = [
        replace(group, class_code=in_five_four(group.class_code)) if group.counted and group.class_code else group
        for group in roster.facts.groups
    ]
    return replace(roster, facts=replace(roster.facts, groups=groups))


def _at(schools: Schools, code: str, folder: str) -> SchoolSheets:
    return schools.setdefault((code, "" if code else folder), SchoolSheets(code))


def _by_school(sheet: RecordSheet) -> dict[str, RecordSheet]:
    """A sheet that a county or a district keeps, each school's records by themselves; '' for those without a code."""
    parts: dict[str, list[Record]] = {}
    for record in sheet.facts.records if sheet.facts.about != _KEPT_BY_COUNTY else ():
        code = record.texts.get("school_code", "")
        parts.setdefault(code if schoolcodes.names_a_school(code) else "", []).append(record)
    if len(parts) < 2:
        return {"": sheet}
    return {code: RecordSheet(sheet.path, replace(sheet.facts, records=records)) for code, records in parts.items()}


def _folder_names(path: str, code: str) -> set[str]:
    """What the folders that bear the code call the school: 2152010011关索中心小学."""
    parts = PurePosixPath(path).parts[:-1]
    return {schoolcodes.without_codes(part).strip(" -_") for part in parts if code in part} - {""}


def _path_code(path: str) -> str:
    """The code in the deepest part of a path that bears one."""
    for part in reversed(PurePosixPath(path).parts):
        found = [code for code in schoolcodes.codes_in(part) if schoolcodes.is_possible(code)]
        if found:
            return found[-1]
    return ""


def _own_codes(file: _File) -> list[str]:
    counts: Counter[str] = Counter()
    for roster in file.rosters:
        for group in roster.facts.groups:
            counts[group.school_code] += group.count
        counts.update(code for title in roster.facts.titles for code in schoolcodes.codes_in(title))
    for sheet in file.sheets:
        if sheet.facts.about != _KEPT_BY_COUNTY:
            counts.update(record.texts.get("school_code", "") for record in sheet.facts.records)
            counts.update(code for title in sheet.facts.titles for code in schoolcodes.codes_in(title))
    return [code for code, _ in counts.most_common() if schoolcodes.names_a_school(code)]
