"""What ``stuvalid bundle`` does, without arguments and printing: options in, findings and a package out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from stuvalid.bundle.crosschecks import compare_with_list, missing_schools
from stuvalid.bundle.entries import Plan
from stuvalid.bundle.layout import folder_of, lay_out
from stuvalid.bundle.manifest import BELOW
from stuvalid.bundle.mapping import Decisions, read_decisions
from stuvalid.bundle.naming import division_folder
from stuvalid.bundle.options import BundleOptions, BundleResult, Progress
from stuvalid.bundle.pictures import Pictures, look_at_pictures
from stuvalid.bundle.planning import make_plan
from stuvalid.bundle.upper import bundle_packages
from stuvalid.bundle.writing import refuse_target, stage, write_package
from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.codes import divisions
from stuvalid.errors import UsageError
from stuvalid.files import make_folder
from stuvalid.findings import Findings, NotChecked, Severity
from stuvalid.pupils.facts import Gleaner
from stuvalid.pupils.schools import SchoolList, read_schools
from stuvalid.received.walk import Reception, receive
from stuvalid.rules.registry import selected_rules
from stuvalid.rules.told import Told
from stuvalid.workspace import workspace


def run_bundle(options: BundleOptions, progress: Progress | None = None) -> BundleResult:
    """Receive, check and plan; and, if ``options.out`` is given and nothing forbids it, write the package.

    Raises UsageError when there is nothing to bundle or a request cannot be carried out.
    """
    told = Told.of(selected_rules(options.check.select, options.check.ignore, options.check.severities))
    with workspace(_working_place(options)) as work:
        if options.level in BELOW:
            return bundle_packages(work, told, options, progress)
        plan, results, not_read = _plan(options, told, work, progress)
        title, county = _title(options, plan)
        refuse_target(options, title)
        pictures = look_at_pictures(
            plan,
            options.check,
            spec=options.photo_spec,
            inspect=options.photos and options.out is not None,
            progress=stage(progress, "photos"),
        )
        compare_with_list(plan, county)
        lay_out(plan, pictures, title)
        findings = _findings(plan, results, pictures, options.check)
        findings.not_checked += not_read
        result = BundleResult(title, options.level, plan, findings, missing_schools(plan, county))
        if options.out is None:
            return result
        if findings.count(Severity.ERROR) and not options.allow_errors:
            result.stopped = True
            return result
        write_package(work, result, pictures, county, options, progress)
        return result


def _working_place(options: BundleOptions) -> Path:
    """The folder whose disk the package will be on; for a plan alone, that of temporary files."""
    if options.out is None:
        import tempfile

        return Path(tempfile.gettempdir())
    return make_folder(options.out.parent if options.out.suffix.lower() == ".zip" else options.out)


def _plan(
    options: BundleOptions, told: Told, work: Path, progress: Progress | None
) -> tuple[Plan, dict[str, FileResult], list[NotChecked]]:
    schools = read_schools(options.schools) if options.schools else SchoolList()
    decisions = read_decisions(options.decisions) if options.decisions else Decisions()
    skip = [path for path in (options.schools, options.decisions) if path is not None]
    outputs = [options.out] if options.out is not None else []
    if progress:
        progress("receive", 0, 1)
    reception = receive(options.folder, work / "received", skip=skip, outputs=outputs, password=options.check.password)
    results = _check(reception, options.check, work, stage(progress, "check"))
    plan = make_plan(reception, results, schools, decisions, told)
    if not any(entry.sort in ("workbook", "photo") for entry in plan.entries):
        raise UsageError(
            f"“{options.folder}”里没有学生表，也没有照片。",
            f"'{options.folder}' holds neither pupils' workbooks nor photos.",
            mend_zh="请给出放着各校材料的文件夹。",
            mend_en="Give the folder that holds what the schools sent.",
        )
    return plan, results, reception.not_read("workbook", "photo", "document")


def _check(
    reception: Reception, options: CheckOptions, work: Path, progress: Callable[[int, int], None] | None
) -> dict[str, FileResult]:
    """Every workbook received, checked and gleaned, by name."""
    spool = work / "spool"
    spool.mkdir()
    items = reception.of_kind("workbook")
    results = read_sources(items, replace(options, glean=Gleaner(str(spool))), progress=progress)
    return {item.name: result for item, result in zip(items, results, strict=True)}


def _findings(plan: Plan, results: dict[str, FileResult], pictures: Pictures, options: CheckOptions) -> Findings:
    """What was found in all that goes into the package, and in what could not be taken."""
    taken = [
        results[entry.name] for entry in plan.entries if entry.name in results and entry.fate in ("included", "unclear")
    ]
    findings = findings_of(taken, options)
    for code in sorted(pictures.findings):
        findings.files += pictures.findings[code].files
        for finding in pictures.findings[code].extra:
            findings.add(finding)
    plan.told.into(findings)
    return findings


def _title(options: BundleOptions, plan: Plan) -> tuple[str, str]:
    """The package's name and the county it is for."""
    if options.level == "school":
        if len(plan.codes) > 1:
            raise UsageError(
                f"这里有{len(plan.codes)}所学校的文件。",
                f"These are the files of {len(plan.codes)} schools.",
                mend_zh="去掉 --level school，或只给一所学校的文件夹。",
                mend_en="Leave out --level school, or give one school's folder.",
            )
        return (folder_of(plan, plan.codes[0]) if plan.codes else ""), ""
    county = county_of(plan, options.folder, options.county)
    return division_folder(county), county


_FOLDER = re.compile(r"(?<![0-9])(?P<code>[0-9]{6})(?P<name>[\u4e00-\u9fff]+)")


def county_of(plan: Plan, folder: Path, given: str) -> str:
    """Six digits: what the user says, else what the list says of the schools received, else a folder ``140106迎泽区``.

    Raises UsageError when none of them tells, or they tell of several counties.
    """
    if given:
        return _known(given)
    listed = {school.county for code in plan.codes if (school := plan.schools.find(code)) and school.county}
    listed = listed or {school.county for school in plan.schools.schools.values() if school.county}
    if len(listed) == 1:
        return next(iter(listed))
    named = set(_named([str(folder.absolute()), *(entry.name for entry in plan.entries)]))
    if len(named & listed or named) == 1:
        return next(iter(named & listed or named))
    shown = "、".join(sorted(listed or named)[:5])
    raise UsageError(
        f"学校分属几个县（市、区）：{shown}。" if shown else "看不出是哪个县（市、区）的汇总包。",
        f"The schools belong to several counties: {shown}." if shown else "Nothing tells which county this is.",
        mend_zh="用 --county 给出行政区划代码，如 --county 140106。",
        mend_en="Give its division code, as in --county 140106.",
    )


def _known(code: str) -> str:
    """A county's code as the user gave it: six digits, or twelve of which the first six count."""
    digits = code.strip()
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{6})?", digits):
        raise UsageError(
            f"--county 应为6位行政区划代码，不是“{code}”。",
            f"--county takes a division code of 6 digits, not '{code}'.",
            mend_zh="可用 stuvalid codes division 查。",
            mend_en="stuvalid codes division looks it up.",
        )
    found = divisions.find(digits[:6])
    if found is None or not found.is_county:
        raise UsageError(
            f"没有行政区划代码 {digits[:6]} 的县（市、区）。",
            f"There is no county with the division code {digits[:6]}.",
            mend_zh="可用 stuvalid codes division 查。",
            mend_en="stuvalid codes division looks it up.",
        )
    return digits[:6]


def _named(paths: Iterable[str]) -> Iterable[str]:
    """Codes in folder names like 140106迎泽区, where code and name agree."""
    for path in paths:
        for match in _FOLDER.finditer(path):
            found = divisions.find(match["code"])
            if found is not None and found.is_county and match["name"].startswith(found.name):
                yield found.code
