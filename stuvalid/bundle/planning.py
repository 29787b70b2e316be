"""The plan: whose every received file is and what becomes of it, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from stuvalid.bundle.entries import Plan, PlanEntry
from stuvalid.bundle.mapping import IGNORE, Decisions
from stuvalid.check.run import FileResult
from stuvalid.codes import schoolcodes
from stuvalid.photos.names import read_name
from stuvalid.pupils.facts import BookFacts
from stuvalid.pupils.keys import key_of_number
from stuvalid.pupils.owners import (
    NO_CODE,
    NOTHING,
    Book,
    NameEvidence,
    Ownership,
    by_neighbours,
    owner_by_name,
    owner_of_photo,
    owner_of_workbook,
)
from stuvalid.pupils.schools import SchoolList
from stuvalid.pupils.versions import Replaced, Version, keys_of_book, plainer, settle
from stuvalid.received.walk import Reception, Source
from stuvalid.rules.told import Told

if TYPE_CHECKING:
    from stuvalid.pupils.keys import PupilKeys

_CHINA_SECONDS = 8 * 3600
_OF_A_SCHOOL = ("school", "campus", "class", "grade")
_KEPT = ("学校基本信息表由学校自行留存，不用上报", "the form of the school is kept by the school and not handed in")
_BY_MAP = ("按对应表", "by the map")


def make_plan(
    reception: Reception, results: Mapping[str, FileResult], schools: SchoolList, decisions: Decisions, told: Told
) -> Plan:
    """Decide the fate of everything received. ``results`` are the checked workbooks by name."""
    entries = [_entry(item, results.get(item.name)) for item in reception.items]
    refused = [
        PlanEntry(
            entry.name,
            entry.size,
            "other",
            entry.path,
            fate="passed-over" if entry.passed_over else "refused",
            zh=entry.zh,
            en=entry.en,
        )
        for entry in reception.refused
    ]
    formed = _books_of_forms(entries)
    books = [_book(entry) for entry in entries if entry.book is not None]
    evidence = NameEvidence.of_books([*books, *formed.values()], schools)
    known = evidence.schools
    plan = Plan(sorted([*entries, *refused], key=lambda entry: entry.name), schools, dict(known.schools), told)
    for entry in plan.entries:
        _settle_by_map(entry, decisions)
    open_ = [entry for entry in entries if entry.fate == "unclear"]
    _settle_workbooks([entry for entry in open_ if entry.sort == "workbook"], evidence, told)
    holders = _holders(entries)
    for entry in open_:
        if entry.sort == "photo":
            _settle(entry, owner_of_photo(entry.name, holders.get(_number(entry), ()), evidence), told, evidence)
        elif entry.sort in ("document", "other") and entry.fate == "unclear":
            book = formed.get(entry.name)
            owner = owner_by_name(entry.name, evidence) if book is None else owner_of_workbook(book, evidence)
            _settle(entry, owner, told, evidence)
    _settle_by_neighbours(
        [entry for entry in open_ if entry.fate == "unclear" and entry.zh in (NOTHING.zh, NO_CODE.zh)], plan, formed
    )
    _pass_over_strangers(open_)
    for entry in open_:
        if entry.fate == "included" and entry.sort == "document" and _is_kept_by_the_school(entry):
            entry.settle("passed-over", *_KEPT)
    for entry in plan.entries:
        if entry.fate == "refused" and not entry.school:  # it still says by its name whom to telephone
            entry.school = owner_by_name(entry.name, evidence).school
    _tell_open(plan)
    settle_versions(plan)
    return plan


def _entry(item: Source, result: FileResult | None) -> PlanEntry:
    entry = PlanEntry(item.name, item.size, "other", item.path, item.modified, item.archive)
    if item.kind == "photo":
        entry.sort = "photo"
    elif item.kind == "document":
        entry.sort = "document"
    elif result is not None:
        entry.result, entry.digest = result, result.report.sha256
        if result.gleaned:
            entry.sort, entry.book = "workbook", BookFacts(list(result.gleaned))
        elif result.report.status == "unreadable":
            entry.sort = "workbook"
            entry.settle("refused", result.report.reason_zh, result.report.reason_en)
        else:
            entry.sort = "document"
    else:
        entry.settle("refused", "不是工作簿、照片或文档", "neither workbook nor photo nor document")
    return entry


def _settle_by_map(entry: PlanEntry, decisions: Decisions) -> None:
    """A person's word: taken for whatever can be taken, and to leave out whatever stands in the way."""
    word = decisions.find(entry.name)
    if word == IGNORE and entry.fate != "passed-over":
        entry.settle("passed-over", "对应表标为不收", "the map says to leave it out")
    elif word and word != IGNORE and entry.fate == "unclear":
        entry.settle("included", *_BY_MAP, school=word)


def _settle_workbooks(entries: Sequence[PlanEntry], evidence: NameEvidence, told: Told) -> None:
    for entry in entries:
        owner = owner_of_workbook(_book(entry), evidence)
        _settle(entry, owner, told, evidence)
        if owner.school and owner.strays:
            told.add("several_schools_in_file", entry.name, school_code=owner.school, count=owner.strays)


def _book(entry: PlanEntry) -> Book:
    if entry.book is None:
        return Book(entry.name, Counter())
    titles = tuple(dict.fromkeys(title for sheet in entry.book.sheets for title in sheet.titles))
    return Book(entry.name, entry.book.schools, titles)


def _books_of_forms(entries: Sequence[PlanEntry]) -> dict[str, Book]:
    """By name, workbooks without pupils that are of the one school whose code their forms bear.

    Where pupils of the same folder bear codes, theirs tell: a form's may be mistyped.
    """
    coded = {
        str(folder)
        for entry in entries
        if entry.book is not None and entry.book.schools
        for folder in PurePosixPath(entry.name).parents
    }
    found = {}
    for entry in entries:
        if entry.sort != "document" or entry.result is None or str(PurePosixPath(entry.name).parent) in coded:
            continue
        records = [one for facts in entry.result.records if facts.about in _OF_A_SCHOOL for one in facts.records]
        codes = Counter(filter(schoolcodes.names_a_school, (one.texts.get("school_code", "") for one in records)))
        if len(codes) == 1:
            names = tuple(dict.fromkeys(one.texts["school_name"] for one in records if one.texts.get("school_name")))
            found[entry.name] = Book(entry.name, codes, names)
    return found


def _is_kept_by_the_school(entry: PlanEntry) -> bool:
    """Whether a workbook holds the form of the school and nothing else that is handed in."""
    records = entry.result.records if entry.result is not None else []
    return bool(records) and all(facts.about == "school" for facts in records)


def _settle(entry: PlanEntry, owner: Ownership, told: Told, evidence: NameEvidence) -> None:
    if not owner.school:
        entry.zh, entry.en = owner.zh, owner.en
        return
    entry.settle("included", owner.zh, owner.en, school=owner.school)
    if owner.contradicts:
        told.add("lies_with_another_school", entry.name, found=owner.contradicts, school_code=owner.school)


def _number(entry: PlanEntry) -> str:
    """What a photo's name says of its pupil: the ID number, or the school code of 学校标识码_班号_姓名."""
    read = read_name(PurePosixPath(entry.name).stem)
    return read.number if read.kind == "number" else read.school_code


def _holders(entries: Iterable[PlanEntry]) -> dict[str, set[str]]:
    """For the numbers and school codes that photos are named by: the schools that have such a pupil."""
    wanted = {number for entry in entries if entry.sort == "photo" and (number := _number(entry))}
    known = {key: number for number in wanted if (key := key_of_number(number))}
    found: dict[str, set[str]] = {}
    for entry in entries:
        if entry.sort != "workbook" or entry.fate != "included" or entry.result is None:
            continue
        if entry.school in wanted:
            found.setdefault(entry.school, set()).add(entry.school)
        for keys in entry.result.keys:
            for number in _shared(keys, known):
                found.setdefault(number, set()).add(entry.school)
    return found


def _shared(keys: PupilKeys, wanted: Mapping[int, str]) -> Iterable[str]:
    """Which of the ``wanted`` numbers, by their keys, pupils of this sheet have."""
    import numpy as np

    known = np.fromiter(wanted, np.int64, len(wanted))
    return (wanted[key] for key in known[np.isin(known, keys.numbers)].tolist())


def _settle_by_neighbours(entries: Sequence[PlanEntry], plan: Plan, formed: Mapping[str, Book]) -> None:
    owners = {
        entry.name: entry.school
        for entry in plan.entries
        if entry.fate == "included" and (entry.sort == "workbook" or entry.name in formed)
    }
    found = by_neighbours(owners, [entry.name for entry in entries])
    for entry in entries:
        if entry.name in found:
            zh, en = "按同一文件夹里的表", "by the workbooks in the same folder"
            entry.settle("included", zh, en, school=found[entry.name])


def _pass_over_strangers(entries: Iterable[PlanEntry]) -> None:
    """A letter or a table without pupils that belongs to no school is no submission."""
    for entry in entries:
        if entry.fate == "unclear" and entry.sort == "document":
            entry.settle("passed-over", "没有学生数据，也不属于哪所学校", "it holds no pupils and belongs to no school")


def _tell_open(plan: Plan) -> None:
    for entry in plan.entries:
        if entry.fate == "unclear":
            plan.told.add("owner_unclear", entry.name, reason=entry.zh, reason_en=entry.en)
        elif entry.fate == "refused":
            plan.told.add("file_refused", entry.name, reason=entry.zh.rstrip("。"), reason_en=entry.en.rstrip("."))


def settle_versions(plan: Plan) -> None:
    """Among the included files of each school, let one stand for each list and each picture, and tell which."""
    for code in plan.codes:
        _settle_lists(plan, plan.of_school(code, "workbook"))
        _settle_copies(plan, plan.of_school(code, "photo"))
        _settle_copies(plan, plan.of_school(code, "document"))
        _tell_shared_classes(plan, plan.of_school(code, "workbook"))


def _settle_lists(plan: Plan, entries: Sequence[PlanEntry]) -> None:
    if len(entries) < 2:
        return
    by_name = {entry.name: entry for entry in entries}
    replaced, contradictions = settle([_version(entry) for entry in entries])
    for one in replaced:
        _supersede(plan, by_name[one.gone.name], one)
    for found in contradictions:
        second = found.second.name
        words = {"count": found.shared, "reason": found.zh, "reason_en": found.en}
        plan.told.add("files_contradict", found.first.name, related=(second,), **words)


def _version(entry: PlanEntry) -> Version:
    keys = keys_of_book(entry.result.keys if entry.result is not None else ())
    spools = [sheet.spool for sheet in entry.book.sheets] if entry.book is not None else []
    # The times in zip archives are those of a clock in China.
    modified = entry.modified - _CHINA_SECONDS if entry.archive else entry.modified
    return Version(entry.name, modified, entry.sha256(), keys, spools)


def _supersede(plan: Plan, gone: PlanEntry, one: Replaced) -> None:
    kept = one.kept.name
    if one.kind == "copy":
        gone.settle("superseded", one.zh, one.en, by=kept)
        plan.told.add("same_file_again", gone.name, related=(kept,))
        return
    gone.settle("superseded", f"由 {kept} 代替：{one.zh}", f"{kept} takes its place: {one.en}", by=kept)
    slug = "same_file_again" if one.kind == "same" else "replaced_by_newer"
    plan.told.add(slug, gone.name, related=(kept,), reason=one.zh, reason_en=one.en)


def _settle_copies(plan: Plan, entries: Sequence[PlanEntry]) -> None:
    """The same bytes twice under the same name: the first is taken."""
    groups: dict[tuple[int, str], list[PlanEntry]] = {}
    for entry in sorted(entries, key=lambda entry: plainer(entry.name)):
        groups.setdefault((entry.size, PurePosixPath(entry.name).name.casefold()), []).append(entry)
    for group in groups.values():
        first: dict[str, PlanEntry] = {}
        for entry in group if len(group) > 1 else ():
            kept = first.setdefault(entry.sha256(), entry).name
            if kept != entry.name:
                entry.settle("superseded", f"与 {kept} 是同一个文件", f"the same file as {kept}", by=kept)
                plan.told.add("same_file_again", entry.name, related=(kept,))


def _tell_shared_classes(plan: Plan, entries: Iterable[PlanEntry]) -> None:
    holders: dict[str, list[str]] = {}
    for entry in entries:
        for code in entry.book.classes if entry.book is not None else ():
            if code:
                holders.setdefault(code, []).append(entry.name)
    for code, names in holders.items():
        for name in names[1:]:
            plan.told.add("class_in_two_files", name, related=(names[0],), class_code=code)
