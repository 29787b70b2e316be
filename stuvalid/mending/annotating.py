"""Annotating the files of a run in workers, and writing the copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stuvalid.findings import Finding, Findings
from stuvalid.mending.annotate import Annotated, annotate, by_file
from stuvalid.mending.copies import CopyRequest, WritableCopy, damage_of, in_workers, lost_copy, protected_again
from stuvalid.mending.fix import FixOptions, FixResult
from stuvalid.mending.outputs import distinct_names, is_single, relative_name, write_all, write_one
from stuvalid.ownmarks import marked_copy
from stuvalid.received.walk import Source
from stuvalid.report.wording import Wording


@dataclass(frozen=True, slots=True)
class _Job:
    request: CopyRequest
    findings: tuple[Finding, ...]
    wording: Wording


def annotate_all(
    requests: Sequence[CopyRequest], findings: Sequence[Sequence[Finding]], wording: Wording, *, workers: int = 0
) -> list[Annotated]:
    """The annotated copy of each request, in order, each with its own findings."""
    jobs = [_Job(request, tuple(found), wording) for request, found in zip(requests, findings, strict=True)]
    made = in_workers(_annotate_chunk, jobs, workers)
    return [copy if isinstance(copy, Annotated) else Annotated(lost_copy()) for copy in made]


def _annotate_chunk(jobs: Sequence[_Job]) -> list[Annotated]:
    return [annotate(job.request, job.findings, job.wording) for job in jobs]


def mark_remaining(result: FixResult, wording: Wording, options: FixOptions) -> None:
    """Annotate the mended copies with what remains in them, in place; files without a finding stay as they are."""
    found = by_file(result.after)
    marked = [entry for entry in result.files if entry.failure is None and found.get(entry.as_source().name)]
    requests = [
        CopyRequest(entry.source, options.check.password, entry.copy, form=options.check.template) for entry in marked
    ]
    findings = [found[entry.as_source().name] for entry in marked]
    for entry, copy in zip(
        marked, annotate_all(requests, findings, wording, workers=options.check.workers), strict=True
    ):
        entry.copy = copy.copy


def write_annotated(
    paths: Sequence[Path],
    sources: Sequence[Source],
    findings: Findings,
    output: Path,
    wording: Wording,
    *,
    password: str | None = None,
    form: str = "",
    force: bool = False,
    workers: int = 0,
) -> list[tuple[Source, Annotated]]:
    """Annotate every file that was checked: one file to ``output``, several below it. Returns what became of each.

    Files that were skipped or could not be read are not copied, damaged ones are refused. A copy of what had a
    ``password`` gets the same. ``form`` is the form that was asked for, by id or TOML file.
    """
    found = by_file(findings)
    damage = {report.path: damage_of(report) for report in findings.files if report.status == "checked"}
    chosen = [source for source in sources if source.name in damage and damage[source.name] is None]
    refused = [(source, damage[source.name]) for source in sources if damage.get(source.name) is not None]
    requests = [CopyRequest(source, password, form=form) for source in chosen]
    copies = annotate_all(requests, [found.get(source.name, []) for source in chosen], wording, workers=workers)
    made = [
        (source, Annotated(protected_again(copy.copy, password))) for source, copy in zip(chosen, copies, strict=True)
    ]
    made += [(source, Annotated(WritableCopy(b"", "", failure=failure))) for source, failure in refused]
    whole = [(source, copy) for source, copy in made if copy.data]
    marked = [marked_copy(copy.data, source.sha256()) for source, copy in whole]
    if is_single(paths, sources):
        for _, copy in whole:
            write_one(output, marked[0], copy.copy.suffix, paths[0], force=force)
    elif whole:
        names = distinct_names(relative_name(source, paths, copy.copy.suffix) for source, copy in whole)
        write_all(output, zip(names, marked, strict=True), paths, force=force)
    return made
