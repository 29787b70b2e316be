"""City and province: bundling the packages of the level below, each proved before it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from stuvalid.bundle.entries import Fate, Plan, PlanEntry
from stuvalid.bundle.lower import LowerPackage, find_packages
from stuvalid.bundle.manifest import BELOW, InputFile, Manifest, OutputFile, finish, moment
from stuvalid.bundle.naming import LONGEST_PATH, division_folder, path_units
from stuvalid.bundle.options import BundleOptions, BundleResult, Progress
from stuvalid.bundle.tree import Tree
from stuvalid.bundle.writing import publish, refuse_target, stage, target_of
from stuvalid.codes import divisions
from stuvalid.errors import UsageError
from stuvalid.excel.new import TableSheet, write_table_workbook
from stuvalid.findings import Findings, Severity
from stuvalid.pupils.facts import Counts
from stuvalid.pupils.schools import School, SchoolList
from stuvalid.received.walk import NotRead, receive
from stuvalid.rules.told import Told
from stuvalid.version import __version__

_DIGITS = {"city": 4, "province": 2}
_COUNTS = ("schools", "missing_schools", "pupils", "photos", "errors", "warnings", "files", "bytes")
_HEADER = (
    "代码",
    "名称",
    "状态",
    "已报学校",
    "未报学校",
    "学生数",
    "照片",
    "错误",
    "警告",
    "文件",
    "字节",
    "经办人",
    "打包时间",
)


def bundle_packages(work: Path, told: Told, options: BundleOptions, progress: Progress | None) -> BundleResult:
    """Bundle the packages below ``options.folder`` into one of ``options.level``."""
    skip = [options.out] if options.out is not None else []
    reception = receive(options.folder, work / "received", skip=skip, password=options.check.password)
    packages, others = find_packages(reception, stage(progress, "verify"))
    if not packages:
        raise UsageError(
            f"“{options.folder}”里没有汇总包。",
            f"'{options.folder}' holds no package.",
            mend_zh="市级汇总各县的包（文件夹或 zip），省级汇总各市的。",
            mend_en="A city bundles its counties' packages (folders or zips), a province its cities'.",
        )
    own = _division(packages, options)
    title = division_folder(own)
    refuse_target(options, title)
    plan = _plan(packages, others, told, own, options)
    taken = [package for package in packages if plan.names.get(package.division) and _is_taken(plan, package)]
    missing = _missing(own, {package.division for package in taken}, options)
    for school in missing:
        told.add("division_missing", school.code + school.name, expected=school.code + school.name)
    _tell_long_paths(taken, title, told)
    findings = Findings()
    told.into(findings)
    result = BundleResult(title, options.level, plan, findings, missing)
    if options.out is not None:
        result.stopped = bool(findings.count(Severity.ERROR)) and not options.allow_errors
        if not result.stopped:
            _write(work, result, taken, own, options, progress)
    return result


def _division(packages: Sequence[LowerPackage], options: BundleOptions) -> str:
    """The city's four or the province's two digits: as the user says, else those most packages begin with."""
    digits = _DIGITS[options.level]
    if options.county:
        code = options.county[:digits]
    else:
        found = [package.division[:digits] for package in packages if package.problem is None]
        code = max(sorted(set(found)), key=found.count, default="")
    if len(code) != digits or divisions.find(code.ljust(6, "0")) is None:
        raise UsageError(
            "看不出是哪个市（省）的汇总包。",
            "Nothing tells which city or province this is.",
            mend_zh="用 --county 给出行政区划代码，如 1401。",
            mend_en="Give its division code, as in --county 1401.",
        )
    return code


def _plan(
    packages: Sequence[LowerPackage], others: Sequence[NotRead], told: Told, own: str, options: BundleOptions
) -> Plan:
    plan = Plan([], SchoolList(), {}, told)
    newest: dict[str, LowerPackage] = {}
    for package in sorted(packages, key=lambda package: (package.created, package.name)):
        if package.problem is None and _fault(package, own, options) is None:
            newest[package.division] = package
    for package in packages:
        fate, zh, en, by = _judge(package, own, options, newest, told)
        for entry in _entries_of(package):
            entry.settle(fate, zh, en, by=by, school=package.division if fate == "included" else "")
            plan.entries.append(entry)
        if fate == "included":
            name = package.title.removeprefix(package.division)
            plan.names[package.division] = School(package.division, name, name)
    for other in others:
        plan.entries.append(
            PlanEntry(other.name, other.size, "other", other.path, fate="passed-over", zh=other.zh, en=other.en)
        )
    return plan


def _fault(package: LowerPackage, own: str, options: BundleOptions) -> str | None:
    """What it should have been, when a sound package is not of this city or province or not of the level below."""
    fits = package.manifest.get("level") == BELOW[options.level] and package.division.startswith(own)
    return None if fits else division_folder(own)


def _judge(
    package: LowerPackage, own: str, options: BundleOptions, newest: dict[str, LowerPackage], told: Told
) -> tuple[Fate, str, str, str]:
    if package.problem is not None:
        told.add("file_refused", package.name, reason=package.problem[0], reason_en=package.problem[1])
        return "refused", *package.problem, ""
    expected = _fault(package, own, options)
    if expected is not None:
        told.add("package_of_elsewhere", package.name, found=package.title, expected=expected)
        return "refused", f"不属于{expected}", f"it does not belong to {expected}", ""
    kept = newest[package.division]
    if kept is not package:
        zh, en = f"打包时间较晚（{kept.created}）", f"it was made later ({kept.created})"
        told.add("replaced_by_newer", package.name, related=(kept.name,), reason=zh, reason_en=en)
        return "superseded", f"由 {kept.name} 代替：{zh}", f"{kept.name} takes its place: {en}", kept.name
    return "included", "清单核对无误", "proved against its manifest", ""


def _entries_of(package: LowerPackage) -> list[PlanEntry]:
    """A zip is one input; a package that came as a folder is as many as it has files."""
    tally = Counts(pupils=package.count("pupils"))
    if package.packed:
        found = package.archive.stat() if package.archive is not None else None
        return [
            PlanEntry(
                package.name,
                found.st_size if found is not None else 0,
                "document",
                package.archive,
                found.st_mtime if found is not None else 0.0,
                target=package.title,
                tally=tally,
            )
        ]
    entries = [
        PlanEntry(f"{package.name}/{name}", path.stat().st_size, "document", path, target=f"{package.title}/{name}")
        for name, path in package.files.items()
    ]
    if entries:
        entries[0].tally = tally
    return entries


def _is_taken(plan: Plan, package: LowerPackage) -> bool:
    return any(
        entry.fate == "included" and (entry.name == package.name or entry.name.startswith(f"{package.name}/"))
        for entry in plan.entries
    )


def _missing(own: str, received: set[str], options: BundleOptions) -> list[School]:
    """The current divisions of the level below that sent nothing."""
    city = options.level == "city"
    digits = 6 if city else 4
    return [
        School(entry.code[:digits], entry.name, entry.name)
        for entry in divisions.search(own, 10_000)
        if (entry.is_county if city else entry.level == "prefecture")
        and entry.last_year is None
        and not entry.aggregate
        and entry.code[:digits] not in received
    ]


def _tell_long_paths(packages: Sequence[LowerPackage], title: str, told: Told) -> None:
    """A path of the level below is part of its manifest: it can only be told, not shortened."""
    for package in packages:
        for name in package.files:
            path = f"{title}/{package.title}/{name}"
            if path_units(path) > LONGEST_PATH:
                told.add(
                    "name_changed",
                    f"{package.name}/{name}",
                    found=path,
                    expected=path,
                    reason=f"路径超过{LONGEST_PATH}个字符，未改",
                    reason_en=f"the path exceeds {LONGEST_PATH} characters; left as it is",
                )


def _write(
    work: Path,
    result: BundleResult,
    taken: Sequence[LowerPackage],
    own: str,
    options: BundleOptions,
    progress: Progress | None,
) -> None:
    built = work / "package" / result.title
    built.mkdir(parents=True)
    tree = Tree(built)
    told = stage(progress, "write")
    total = sum(len(package.files) for package in taken)
    for package in taken:
        for name, path in package.files.items():
            source = package.name if package.packed else f"{package.name}/{name}"
            tree.copy_file(path, f"{package.title}/{name}", source, "package")
            if told:
                told(len(tree.written), total)
    names = [source for file in tree.written for source in file.sources]
    tree.write(
        f"{result.title}统计表.xlsx", lambda stream: _statistics(stream, result, taken), list(dict.fromkeys(names))
    )
    tree.write(f"{result.title}未报单位.xlsx", lambda stream: _absent(stream, result), ())
    written = sorted(tree.written, key=lambda file: file.path)
    result.check_code = finish(built, _manifest(result, taken, written, own, options))
    target = target_of(options, result.title)
    publish(built, target, work, options, progress)
    result.written.append(target)


def _statistics(stream: BinaryIO, result: BundleResult, taken: Sequence[LowerPackage]) -> None:
    rows: list[tuple[str | int, ...]] = [
        (
            package.division,
            package.title.removeprefix(package.division),
            "已报",
            *(package.count(key) for key in _COUNTS),
            str(package.manifest.get("operator", "")),
            package.created,
        )
        for package in sorted(taken, key=lambda package: package.division)
    ]
    total = [sum(package.count(key) for package in taken) for key in _COUNTS]
    rows += [(school.code, school.name, "未报", *("" for _ in _COUNTS), "", "") for school in result.missing]
    rows.append(("合计", f"{len(taken) + len(result.missing)}个单位", f"已报{len(taken)}", *total, "", ""))
    widths = (10, 24, 8, *(10 for _ in _COUNTS), 12, 28)
    write_table_workbook([TableSheet("统计", f"{result.title}统计表", _HEADER, rows, widths)], stream)


def _absent(stream: BinaryIO, result: BundleResult) -> None:
    rows = [(school.code, school.name) for school in result.missing]
    write_table_workbook([TableSheet("未报单位", f"{result.title}未报单位", ("代码", "名称"), rows, (10, 30))], stream)


def _manifest(
    result: BundleResult, taken: Sequence[LowerPackage], written: Sequence[OutputFile], own: str, options: BundleOptions
) -> Manifest:
    errors = result.findings.count(Severity.ERROR)
    counts = {key: sum(package.count(key) for package in taken) for key in _COUNTS}
    counts |= {
        "files": len(written),
        "bytes": sum(file.size for file in written),
        "packages": len(taken),
        "received": len(result.plan.entries),
    }
    return Manifest(
        title=result.title,
        level=options.level,
        division=own,
        created=moment(),
        operator=options.operator,
        version=__version__,
        rules=__version__,
        allowed_errors=errors,
        counts=counts,
        outputs=written,
        inputs=[
            InputFile(entry.name, entry.size, entry.sha256(), entry.fate, entry.zh, entry.en, entry.school, entry.by)
            for entry in result.plan.entries
            if entry.fate != "unclear"
        ],
    )
