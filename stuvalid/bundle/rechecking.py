"""Checking the workbooks of a received package again: the pupils must be as many as the manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stuvalid.bundle.opening import Member, damage
from stuvalid.bundle.proving import Faults, Proved, workbooks
from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.findings import Findings
from stuvalid.received.walk import Source

_BATCH_BYTES, _MOST_WORKBOOK_BYTES = 64 << 20, 512 << 20


def recheck(
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


def _content(member: Member) -> bytes:
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
