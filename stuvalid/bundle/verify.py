"""Proving a received package: every file by its hash, the names, the counts, and that nothing received got lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stuvalid.bundle.bag import TREE, bag_faults
from stuvalid.bundle.manifest import NAME, check_code
from stuvalid.bundle.opening import BAG_DECLARATION, Opened, PackageMember, damage, open_package
from stuvalid.bundle.proof import Faults, PackageTree, Proved, prove, workbooks
from stuvalid.bundle.split import damaged_volumes, find_volumes
from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.errors import UnreadableFile
from stuvalid.findings import FileReport, Findings, Severity
from stuvalid.received.walk import Source
from stuvalid.rules.registry import all_rules, selected_rules
from stuvalid.rules.told import Told

_BLOCK = 1 << 20
_BATCH_BYTES, _MOST_WORKBOOK_BYTES = 64 << 20, 512 << 20


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """``password`` is asked only if the package is encrypted; ``recheck`` also runs the check on its workbooks.

    ``code`` is the check code the sender told, '' for none. What ``check`` selects concerns the workbooks only.
    """

    path: Path
    password: Callable[[], str] | None = None
    recheck: bool = False
    code: str = ""
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(slots=True)
class VerifyResult:
    """What was found, and the package as it describes itself ({} when it could not be read).

    ``opened`` is False when nothing at all could be looked into, ``proved`` is True when the package is as its manifest
    says, whatever is wrong with the pupils' data in it; ``code`` is the check code of what is there.
    """

    findings: Findings
    opened: bool = False
    proved: bool = False
    manifest: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    files: int = 0
    size: int = 0


def verify_package(options: VerifyOptions, progress: Callable[[int, int], None] | None = None) -> VerifyResult:
    """Prove the package at ``options.path``; whatever is wrong with it is a finding, never an exception."""
    told = Told.of(all_rules().values())  # what is not to be reported still counts against the package
    label = options.path.resolve().name
    findings = Findings([FileReport(label, "checked")])
    result, faults = VerifyResult(findings), Faults(told)
    try:
        with open_package(options.path, options.password) as opened:
            result.opened = True
            _verify(opened, label, result, faults, options, progress)
    except UnreadableFile as error:
        result.opened = False
        faults.add("package_unreadable", label, reason=error.zh.rstrip("。"), reason_en=error.en.rstrip("."))
    result.proved = bool(result.manifest) and not any(finding.severity is Severity.ERROR for finding in told.findings)
    if not result.proved:
        _blame(options.path, faults)
    _report(told, findings, options.check)
    return result


def _report(told: Told, findings: Findings, check: CheckOptions) -> None:
    """Add what was told by rules that are not ignored, and the files it is told of: reports go through the files."""
    wanted = {rule.id: rule.severity for rule in selected_rules((), check.ignore, check.severities)}
    known = {report.path for report in findings.files}
    for finding in told.findings:
        if finding.rule in wanted:
            findings.add(replace(finding, severity=wanted[finding.rule]))
            if finding.place.file not in known:
                known.add(finding.place.file)
                findings.files.append(FileReport(finding.place.file, "checked"))


def _verify(
    opened: Opened,
    label: str,
    result: VerifyResult,
    faults: Faults,
    options: VerifyOptions,
    progress: Callable[[int, int], None] | None,
) -> None:
    if not any(name == NAME or name.endswith(f"/{NAME}") for name in opened.files):
        prove(PackageTree(opened.name, opened.files, {}), label, faults)  # says so; there is no use in reading the rest
        return
    for name, (zh, en) in opened.refused:
        faults.add("hostile_member", name, reason=zh, reason_en=en)
    for name in opened.ignored:
        faults.add("system_file_beside", name)
    hashes = _hashes(opened, progress)
    result.files, result.size = len(opened.files), sum(member.size for member in opened.files.values())
    for path, zh, en in bag_faults(opened, hashes):
        faults.add("bag_broken", path or label, reason=zh, reason_en=en)
    tree = _tree(opened, hashes)
    proved = prove(tree, label, faults)
    if proved is None:
        return
    result.manifest, result.code = proved.manifest, check_code(tree.hashes[NAME][1])
    if options.code and _plain(options.code) != _plain(result.code):
        faults.add("check_code_differs", label, expected=options.code, found=result.code)
    if options.recheck:
        _recheck(proved, result.findings, faults, options.check, progress)


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()


def _tree(opened: Opened, hashes: dict[str, tuple[int, str]]) -> PackageTree:
    """The prescribed tree inside what was opened: in a bag it is below ``data/NAME/``."""
    if BAG_DECLARATION not in opened.files:
        return PackageTree(opened.name, opened.files, hashes)
    inside = [name for name in opened.files if name.startswith(TREE)]
    manifests = (name for name in inside if name.endswith(f"/{NAME}") and name.count("/") == 2)
    title = next(manifests, f"{TREE}?/").split("/")[1]
    prefix = f"{TREE}{title}/"
    mine = {name.removeprefix(prefix): name for name in inside if name.startswith(prefix)}
    return PackageTree(
        title,
        {below: opened.files[name] for below, name in mine.items()},
        {below: hashes[name] for below, name in mine.items()},
    )


def _hashes(opened: Opened, progress: Callable[[int, int], None] | None) -> dict[str, tuple[int, str]]:
    """Real size and SHA-256 of each file, (-1, '') of one that cannot be read."""
    found: dict[str, tuple[int, str]] = {}
    for number, (name, member) in enumerate(opened.files.items(), start=1):
        try:
            found[name] = _hash(member)
        except damage():
            found[name] = (-1, "")
        if progress:
            progress(number, len(opened.files))
    return found


def _hash(member: PackageMember) -> tuple[int, str]:
    """A member that unpacks to more than it said is not read to its end."""
    digest, size = hashlib.sha256(), 0
    with member.open() as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > member.size:
                return -1, ""
            digest.update(block)
    return size, digest.hexdigest()


def _blame(path: Path, faults: Faults) -> None:
    """Say which volume is to be sent again, where the package came in volumes."""
    try:
        for volume in damaged_volumes(find_volumes(path)):
            faults.add("volume_damaged", volume.name)
    except UnreadableFile:
        return  # volumes are missing, which was told


def _recheck(
    package: Proved,
    findings: Findings,
    faults: Faults,
    options: CheckOptions,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Add to ``findings`` what the check finds in the package, and tell counts that are wrong.

    Workbooks are read from the package in batches of 64 MB; no byte of them touches the disk.
    """
    results: list[FileResult] = []
    total = sum(len(workbooks(proved)) for proved in package.walk())
    for proved in package.walk():
        pupils = 0
        for batch in _batches(proved):
            done = read_sources(batch, options)
            pupils += sum(result.report.rows for result in done)
            results += done
            if progress:
                progress(len(results), total)
        if not proved.inside:
            faults.count(proved.label, "pupils", proved.manifest["counts"].get("pupils"), pupils)
    _join(findings, findings_of(results, options))


def _batches(proved: Proved) -> Iterator[list[Source]]:
    batch: list[Source] = []
    size = 0
    for path in workbooks(proved):
        member = proved.tree.files[path]
        if batch and size + member.size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(Source(proved.tree.place + path, data=_content(member)))
        size += member.size
    if batch:
        yield batch


def _content(member: PackageMember) -> bytes:
    """Its bytes; b'' for one beyond what any workbook has, or that can no longer be read."""
    if member.size > _MOST_WORKBOOK_BYTES:
        return b""
    try:
        with member.open() as stream:
            return stream.read(member.size)
    except damage():
        return b""


def _join(findings: Findings, checked: Findings) -> None:
    offset = len(findings.files)
    findings.files += checked.files
    for block in checked.blocks:
        block.file += offset
    findings.blocks += checked.blocks
    for finding in checked.extra:
        findings.add(finding)
    findings.causes += checked.causes
