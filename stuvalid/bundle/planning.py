"""The plan: whose every received file is and what becomes of it, before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from stuvalid.bundle.entries import Entry, Plan, Told
from stuvalid.bundle.gleaning import BookFacts
from stuvalid.bundle.mapping import IGNORE, Decisions
from stuvalid.bundle.naming import plain_name, short_name
from stuvalid.bundle.owners import (
    NO_CODE,
    NOTHING,
    NameEvidence,
    Owner,
    by_neighbours,
    owner_by_name,
    owner_of_photo,
    owner_of_workbook,
)
from stuvalid.bundle.schools import School, SchoolList
from stuvalid.bundle.versions import settle_versions
from stuvalid.check.run import FileResult
from stuvalid.photos.names import read_name
from stuvalid.received.walk import Reception, Source

if TYPE_CHECKING:
    from stuvalid.pupils.keys import PupilKeys

_SCHOOL_NAME = re.compile(r"[\u4e00-\u9fff·（）()]{2,40}?(?:小学校?|中学校?|学校|幼儿园|完小|教学点|学院附[小中])")
_BY_MAP = ("按对应表", "by the map")


def make_plan(
    reception: Reception, results: Mapping[str, FileResult], schools: SchoolList, decisions: Decisions, told: Told
) -> Plan:
    """Decide the fate of everything received. ``results`` are the checked workbooks by name."""
    entries = [_entry(item, results.get(item.name)) for item in reception.items]
    refused = [
        Entry(
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
    known = schools if schools.given else derive_schools(entries)
    plan = Plan(sorted([*entries, *refused], key=lambda entry: entry.name), schools, dict(known.schools), told)
    for entry in plan.entries:
        _settle_by_map(entry, decisions)
    open_ = [entry for entry in entries if entry.fate == "unclear"]
    evidence = NameEvidence(known, {code for entry in entries if entry.book for code in entry.book.schools})
    _settle_workbooks([entry for entry in open_ if entry.sort == "workbook"], evidence, told)
    holders = _holders(entries)
    for entry in open_:
        if entry.sort == "photo":
            _settle(entry, owner_of_photo(entry.name, holders.get(_number(entry), ()), evidence), told, evidence)
        elif entry.sort in ("document", "other") and entry.fate == "unclear":
            _settle(entry, owner_by_name(entry.name, evidence), told, evidence)
    _settle_by_neighbours(
        [entry for entry in open_ if entry.fate == "unclear" and entry.zh in (NOTHING.zh, NO_CODE.zh)], plan
    )
    _pass_over_strangers(open_)
    for entry in refused:
        entry.school = owner_by_name(entry.name, evidence).school
    _tell_open(plan)
    settle_versions(plan)
    return plan


def _entry(item: Source, result: FileResult | None) -> Entry:
    entry = Entry(item.name, item.size, "other", item.path, item.modified, item.archive)
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


def _settle_by_map(entry: Entry, decisions: Decisions) -> None:
    """A person's word: taken for whatever can be taken, and to leave out whatever stands in the way."""
    word = decisions.find(entry.name)
    if word == IGNORE and entry.fate != "passed-over":
        entry.settle("passed-over", "对应表标为不收", "the map says to leave it out")
    elif word and word != IGNORE and entry.fate == "unclear":
        entry.settle("included", *_BY_MAP, school=word)


def _settle_workbooks(entries: Sequence[Entry], evidence: NameEvidence, told: Told) -> None:
    for entry in entries:
        codes = entry.book.schools if entry.book is not None else Counter[str]()
        owner = owner_of_workbook(entry.name, codes, evidence)
        _settle(entry, owner, told, evidence)
        if owner.school and owner.strays:
            told.add("several_schools_in_file", entry.name, school_code=owner.school, count=owner.strays)


def _settle(entry: Entry, owner: Owner, told: Told, evidence: NameEvidence) -> None:
    if not owner.school:
        entry.zh, entry.en = owner.zh, owner.en
        return
    entry.settle("included", owner.zh, owner.en, school=owner.school)
    if owner.contradicts:
        told.add("lies_with_another_school", entry.name, found=owner.contradicts, school_code=owner.school)


def _number(entry: Entry) -> str:
    """What a photo's name says of its pupil: the ID number, or the school code of 学校标识码_班号_姓名."""
    read = read_name(PurePosixPath(entry.name).stem)
    return read.number if read.kind == "number" else read.school_code


def _holders(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """For the numbers and school codes that photos are named by: the schools that have such a pupil."""
    wanted = {number for entry in entries if entry.sort == "photo" and (number := _number(entry))}
    bodies = {int(number[:17]): number for number in wanted if len(number) == 18 and number[:17].isdigit()}
    found: dict[str, set[str]] = {}
    for entry in entries:
        if entry.sort != "workbook" or entry.fate != "included" or entry.result is None:
            continue
        if entry.school in wanted:
            found.setdefault(entry.school, set()).add(entry.school)
        for keys in entry.result.keys:
            for number in _shared(keys, bodies, wanted):
                found.setdefault(number, set()).add(entry.school)
    return found


def _shared(keys: PupilKeys, bodies: Mapping[int, str], wanted: set[str]) -> Iterable[str]:
    import numpy as np

    if bodies and len(keys.bodies):
        known = np.fromiter(bodies, np.int64, len(bodies))
        yield from (bodies[body] for body in known[np.isin(known, keys.bodies)].tolist())
    yield from wanted.intersection(keys.others)


def _settle_by_neighbours(entries: Sequence[Entry], plan: Plan) -> None:
    owners = {
        entry.name: entry.school for entry in plan.entries if entry.sort == "workbook" and entry.fate == "included"
    }
    found = by_neighbours(owners, [entry.name for entry in entries])
    for entry in entries:
        if entry.name in found:
            zh, en = "按同一文件夹里的表", "by the workbooks in the same folder"
            entry.settle("included", zh, en, school=found[entry.name])


def _pass_over_strangers(entries: Iterable[Entry]) -> None:
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


def derive_schools(entries: Sequence[Entry]) -> SchoolList:
    """Without an official list: the codes in the sheets, with the names that files, folders and titles give them."""
    names: dict[str, list[str]] = {}
    for entry in entries:
        if entry.book is None:
            continue
        for code, _ in entry.book.schools.most_common(1):
            names.setdefault(code, []).extend(_names_in(entry, code))
    return SchoolList({code: _named(code, names[code]) for code in sorted(names)})


def _names_in(entry: Entry, code: str) -> list[str]:
    """Names for a code: what follows it in a folder's or file's name, then what looks like a school's name."""
    parts = [part.removesuffix(PurePosixPath(part).suffix) for part in PurePosixPath(entry.name).parts]
    titles = [title for sheet in (entry.book.sheets if entry.book else []) for title in sheet.titles]
    after = [part.split(code, 1)[1].strip(" _-—") for part in parts if code in part]
    words = [match[0] for text in [*reversed(parts), *titles] if (match := _SCHOOL_NAME.search(text))]
    behind = [match[0] if (match := _SCHOOL_NAME.match(text)) else text for text in after]
    return [name for name in [*behind, *words] if len(plain_name(name)) >= 2]


def _named(code: str, names: Sequence[str]) -> School:
    """The name most of its files give it, the first of equals."""
    best = max(dict.fromkeys(names), key=names.count, default="")
    return School(code, best, short_name(best))
