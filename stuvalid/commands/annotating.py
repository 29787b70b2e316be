"""Writing the annotated copies for ``stuvalid check --annotate``, and saying what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stuvalid.commands.common import tell
from stuvalid.errors import UsageError
from stuvalid.language import language

if TYPE_CHECKING:
    from stuvalid.findings import Findings


def refuse_annotation(paths: Sequence[Path], output: Path, *, force: bool) -> None:
    """Say before the check rather than after it that the copies cannot be written."""
    if Path("-") in paths:
        raise UsageError("标准输入不能标注，请给文件。", "Standard input cannot be annotated; name a file.")
    from stuvalid.files import refuse_target

    if output.exists() and not output.is_dir():
        refuse_target(output, force=force, inputs=paths, folder=False)


def write_annotations(
    paths: Sequence[Path],
    findings: Findings,
    output: Path,
    *,
    password: str | None,
    form: str,
    force: bool,
    workers: int = 0,
) -> bool:
    """Write the copies; False when one of them could not be made."""
    from stuvalid.mending.annotating import write_annotated
    from stuvalid.mending.notes import in_words
    from stuvalid.received.walk import discover
    from stuvalid.report.wording import Wording

    sources = discover(paths, password).of_kind("workbook")
    wording = Wording(language())
    made = write_annotated(
        paths, sources, findings, output, wording, password=password, form=form, force=force, workers=workers
    )
    for source, annotated in made:
        name = wording.path(source.name)
        if annotated.copy.failure is not None:
            typer.echo(f"{name}: {annotated.copy.failure.text(language())}", err=True)
        for note in in_words(annotated.notes, wording):
            typer.echo(f"{name}: {note}", err=True)
    copies = sum(bool(annotated.data) for _, annotated in made)
    if copies:
        tell(
            f"已写出标注的副本 {output}（{copies} 个文件，含完整内容，只发回原学校）",
            f"annotated: {output}, {copies} files, with values in full: for that school only",
        )
    return copies == len(made)
