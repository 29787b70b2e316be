"""What only the whole can show: the received against the official list of schools."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import NamedTuple

from stuvalid.bundle.entries import Plan
from stuvalid.pupils.owners import NameEvidence
from stuvalid.pupils.schools import School, SchoolList, plain_name

_NAME_AFTER_CODE = re.compile(r"[0-9]{10}[\s_\-—]*(?P<name>[\u4e00-\u9fff·（）()]{3,})")


def compare_with_list(plan: Plan, county: str) -> None:
    """Tell what the list of schools knows better; ``county`` is the six-digit code that is bundled, or ''."""
    for code in plan.codes:
        _compare_name(plan, code)
        if plan.schools.given:
            _compare_school(plan, code, county)
    waiting = waiting_schools(plan)
    for school in missing_schools(plan, county):
        words = {"school_code": school.code, "expected": school.name}
        if school.code in waiting:
            refused, undecided = waiting[school.code]
            plan.told.add("school_undecided", school_label(school), refused=refused, undecided=undecided, **words)
        else:
            plan.told.add("school_missing", school_label(school), **words)


def school_label(school: School) -> str:
    """How a school is named where a finding needs a place."""
    return f"{school.code}{school.short}"


def missing_schools(plan: Plan, county: str) -> list[School]:
    """Schools of the list that belong to the county and sent no pupils."""
    received = set(plan.received)
    return [
        school
        for school in plan.schools.schools.values()
        if school.code not in received and (not county or not school.county or school.county == county)
    ]


class Waiting(NamedTuple):
    """Files that lie there and do not count yet: unreadable ones, and ones of which nobody has said whose they are."""

    refused: int = 0
    undecided: int = 0


def waiting_schools(plan: Plan) -> dict[str, Waiting]:
    """By school what came of it, or may have, and does not count: told by the codes in the files and by their names."""
    evidence = NameEvidence(SchoolList(plan.names, given=plan.schools.given), set(plan.names))
    found: dict[str, Waiting] = {}
    for entry in plan.entries:
        if entry.fate == "refused":
            codes, more = {entry.school}, Waiting(refused=1)
        elif entry.fate == "unclear":
            held = entry.book.schools if entry.book is not None else ()
            codes, more = {*held, *evidence.of_path(entry.name)[0]}, Waiting(undecided=1)
        else:
            continue
        for code in codes - {""}:
            old = found.get(code, Waiting())
            found[code] = Waiting(old.refused + more.refused, old.undecided + more.undecided)
    return found


def class_counts(plan: Plan, code: str) -> Counter[str]:
    """Pupils of a school by class code."""
    total: Counter[str] = Counter()
    for entry in plan.of_school(code, "workbook"):
        if entry.book is not None:
            total.update(entry.book.classes)
    return total


def _compare_school(plan: Plan, code: str, county: str) -> None:
    school = plan.schools.find(code)
    books = plan.of_school(code, "workbook")
    if school is None:
        for entry in books or plan.of_school(code, "photo", "document")[:1]:
            plan.told.add("school_not_in_list", entry.name, school_code=code)
        return
    if county and school.county and school.county != county:
        plan.told.add(
            "school_of_another_county", school_label(school), school_code=code, found=school.county, expected=county
        )
    if books:
        _compare_counts(plan, school)


def _compare_counts(plan: Plan, school: School) -> None:
    classes = class_counts(plan, school.code)
    known = {code for code in classes if code}
    pupils = sum(entry.counts.pupils for entry in plan.of_school(school.code, "workbook"))
    if school.pupils >= 0 and pupils != school.pupils:
        plan.told.add("pupil_count_differs", school_label(school), expected=school.pupils, found=pupils)
    if school.classes >= 0 and len(known) != school.classes:
        plan.told.add("class_count_differs", school_label(school), expected=school.classes, found=len(known))
    for code, size in sorted(school.class_sizes.items()):
        if classes[code] != size:
            plan.told.add(
                "class_size_differs", school_label(school), class_code=code, expected=size, found=classes[code]
            )


def _compare_name(plan: Plan, code: str) -> None:
    """A folder or file that gives the school's code another name than the list does."""
    school = plan.names.get(code)
    if school is None or not school.name:
        return
    known = {plain_name(school.name), plain_name(school.short)}
    told: set[str] = set()
    for entry in plan.of_school(code, "workbook", "photo", "document"):
        for part in PurePosixPath(entry.name).parts:
            found = _NAME_AFTER_CODE.search(part)
            name = plain_name(found["name"]) if found and code in part else ""
            if name and name not in told and not any(name in one or one in name for one in known):
                told.add(name)
                plan.told.add("school_name_differs", entry.name, found=part, school_code=code, expected=school.name)
