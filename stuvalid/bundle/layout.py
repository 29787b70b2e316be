"""The place of every included file below its school's folder, under a name that every Windows takes."""

from __future__ import annotations

from pathlib import PurePosixPath

from stuvalid.bundle.entries import Plan, PlanEntry
from stuvalid.bundle.naming import LONGEST_PATH, Taken, fitting, path_units, safe_name, school_folder
from stuvalid.bundle.pictures import Pictures
from stuvalid.pupils.classes import grade_of

ATTACHMENTS = "附件"
REPORT = "检查报告.xlsx"
# The suffix a format really has; a web page saved as .xls keeps its own.
_SUFFIXES = {
    "xlsx": ".xlsx",
    "xlsm": ".xlsm",
    "xlsb": ".xlsb",
    "xls": ".xls",
    "ods": ".ods",
    "csv": ".csv",
    "tsv": ".tsv",
}
_UNSAFE_ANYWAY = "Windows 不允许的字符或名称", "Windows does not allow it"
_TOO_LONG = f"路径超过{LONGEST_PATH}个字符", f"the path exceeds {LONGEST_PATH} characters"


def lay_out(plan: Plan, pictures: Pictures, above: str = "") -> None:
    """Fill in ``target`` of everything included: paths below the package's own folder ``above`` (``140106迎泽区``)."""
    for code in plan.codes:
        folder = folder_of(plan, code)
        _tell_name(plan, code, folder)
        taken = Taken([f"{folder}/{REPORT}"])
        for entry in plan.of_school(code, "workbook", "photo", "document"):
            wanted = f"{folder}/{_place(entry, plan, pictures)}"
            fit = fitting(wanted, LONGEST_PATH - path_units(above) - 1)
            entry.target = taken.take(fit)
            if fit != wanted:
                plan.told.add(
                    "name_changed", entry.name, found=wanted, expected=fit, reason=_TOO_LONG[0], reason_en=_TOO_LONG[1]
                )


def folder_of(plan: Plan, code: str) -> str:
    """``2114010068双塔西街小学``; the code alone where no name is known."""
    school = plan.names.get(code)
    return school_folder(code, school.called if school is not None else "")


def _tell_name(plan: Plan, code: str, folder: str) -> None:
    school = plan.names.get(code)
    if school is None or not school.called:
        for entry in plan.of_school(code, "workbook", "photo", "document")[:1]:
            plan.told.add("school_without_name", entry.name, school_code=code)
    plain = code + (school.called if school is not None else "")
    if folder != plain:
        plan.told.add(
            "name_changed", plain, found=plain, expected=folder, reason=_UNSAFE_ANYWAY[0], reason_en=_UNSAFE_ANYWAY[1]
        )


def _place(entry: PlanEntry, plan: Plan, pictures: Pictures) -> str:
    if entry.sort == "workbook":
        return _book_name(entry, folder_of(plan, entry.school))
    if entry.sort == "photo":
        return "/".join(safe_name(part) for part in pictures.places[entry.name].split("/"))
    leaf = PurePosixPath(entry.name).name
    name = safe_name(leaf)
    if name != leaf:
        plan.told.add(
            "name_changed", entry.name, found=leaf, expected=name, reason=_UNSAFE_ANYWAY[0], reason_en=_UNSAFE_ANYWAY[1]
        )
    return f"{ATTACHMENTS}/{name}"


def _book_name(entry: PlanEntry, school: str) -> str:
    """By class, by grade or by school, whichever the workbook holds: one of the three is what the rules ask for."""
    classes = {code for code in (entry.book.classes if entry.book is not None else ()) if code}
    grades = {grade_of(code) for code in classes}
    if len(classes) == 1:
        stem = f"{school}_{next(iter(classes))}"
    elif len(grades) == 1 and "" not in grades:
        stem = f"{school}_{next(iter(grades))}"
    else:
        stem = school
    format_ = entry.result.report.format if entry.result is not None else ""
    suffix = _SUFFIXES.get(format_) or PurePosixPath(entry.name).suffix.lower()
    return safe_name(stem + suffix)
