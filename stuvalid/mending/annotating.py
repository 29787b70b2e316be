"""Writing the annotated copies of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stuvalid.discovery import Source
from stuvalid.findings import Findings
from stuvalid.mending.annotate import Annotated, annotate, by_file
from stuvalid.mending.copies import CopyRequest
from stuvalid.mending.outputs import is_single, relative_name, write_all, write_one
from stuvalid.messages import Wording


def write_annotated(
    paths: Sequence[Path], sources: Sequence[Source], findings: Findings, output: Path, wording: Wording, *,
    password: str | None = None, force: bool = False,
) -> list[tuple[Source, Annotated]]:  # fmt: skip
    """Annotate every file that was checked: one file to ``output``, several below it. Returns what became of each.

    Files that were skipped or could not be read are not copied.
    """
    found = by_file(findings)
    checked = {report.path for report in findings.files if report.status == "checked"}
    chosen = [source for source in sources if source.name in checked]
    made = [
        (source, annotate(CopyRequest(source, password, decrypt=password is not None), found.get(source.name, []), wording))
        for source in chosen
    ]
    whole = [(source, copy) for source, copy in made if copy.data]
    if is_single(paths, sources):
        for _, copy in whole:
            write_one(output, copy.data, copy.copy.suffix, paths[0], force=force)
    elif whole:
        named = [(relative_name(source, paths, copy.copy.suffix), copy.data) for source, copy in whole]
        write_all(output, named, paths, force=force)
    return made
