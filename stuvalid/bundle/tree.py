"""Writing the package's tree: the schools' files under their places, a report each, and the county's own workbooks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from stuvalid.bundle.entries import Plan, PlanEntry, Sort
from stuvalid.bundle.layout import REPORT, folder_of
from stuvalid.bundle.manifest import Kind, OutputFile
from stuvalid.bundle.parts import part_of
from stuvalid.bundle.pictures import Pictures
from stuvalid.bundle.statistics import SchoolRow, write_missing, write_statistics
from stuvalid.bundle.summary import write_summary
from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.report.formats import render
from stuvalid.report.wording import Wording

SUMMARY, STATISTICS, MISSING = "汇总表", "统计表", "未报学校"
_BLOCK = 1 << 20
_KINDS: dict[Sort, Kind] = {"workbook": "workbook", "photo": "photo", "document": "document", "other": "document"}
_OTHER_SCHOOL = {"zh": "另一所学校的文件", "en": "another school's file"}

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Tree:
    """A tree being written below ``root``."""

    root: Path
    written: list[OutputFile] = field(default_factory=list)
    _folders: set[Path] = field(default_factory=set)

    def copy(self, entry: PlanEntry, target: str) -> None:
        """Copy a received file, reading it once; it must still be what was checked."""
        if entry.path is None:
            raise ValueError(f"{entry.name} has no bytes")
        digest = self.copy_file(entry.path, target, entry.name, _KINDS[entry.sort], entry.school)
        if entry.digest and digest != entry.digest:
            raise UsageError(
                f"“{entry.name}”在打包期间被改动了，没有写出包。",
                f"'{entry.name}' changed while it was bundled; nothing was written.",
                mend_zh="请等文件不再变动后重新运行。",
                mend_en="Run it again when the files are at rest.",
            )
        entry.digest = digest

    def copy_file(self, path: Path, target: str, source: str, kind: Kind, school: str = "") -> str:
        """Copy a file that came in the input ``source``; returns its SHA-256."""
        size, digest = _copy(path, self._path(target))
        self.written.append(OutputFile(target, size, digest, (source,), kind, school))
        return digest

    def write(
        self,
        target: str,
        fill: Callable[[BinaryIO], object],
        sources: Sequence[str],
        kind: Kind = "summary",
        school: str = "",
    ) -> None:
        """Write a file that is made here."""
        path = self._path(target)
        with path.open("w+b") as stream:
            fill(stream)
            size = stream.seek(0, 2)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.written.append(OutputFile(target, size, digest, tuple(sources), kind, school))

    def _path(self, target: str) -> Path:
        path = self.root / target
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)
        return path


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Size and SHA-256 of what was copied, read once."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            size += writing.write(block)
    return size, digest.hexdigest()


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """``title`` names the package's files (``140106迎泽区``), '' for a package of one school."""

    title: str
    county: str = ""
    lang: str = "zh"
    workers: int = 1


def write_tree(
    root: Path,
    plan: Plan,
    findings: Findings,
    pictures: Pictures,
    rows: Sequence[SchoolRow],
    options: TreeOptions,
    progress: Progress | None = None,
) -> list[OutputFile]:
    """Write the whole tree below ``root``; returns its files in the order of paths."""
    tree = Tree(root)
    entries = [entry for entry in plan.included if entry.target]
    total = len(entries) + len(plan.codes)
    for number, entry in enumerate(entries, start=1):
        tree.copy(entry, entry.target)
        if progress:
            progress(number, total)
    for number, code in enumerate(plan.codes, start=1):
        _write_report(tree, plan, code, findings, pictures, options)
        if progress:
            progress(len(entries) + number, total)
    if options.title:
        _write_county(tree, plan, rows, options)
    return sorted(tree.written, key=lambda written: written.path)


def _write_report(
    tree: Tree, plan: Plan, code: str, findings: Findings, pictures: Pictures, options: TreeOptions
) -> None:
    """What was found in a school's files, masked, for the school and whoever receives the package."""
    folder = folder_of(plan, code)
    entries = plan.of_school(code, "workbook", "photo", "document")
    names = {entry.name: entry.target.removeprefix(f"{folder}/") for entry in entries}
    part = part_of(findings, names, _OTHER_SCHOOL[options.lang])
    content = render("xlsx", part, Wording(options.lang))
    sources = [entry.name for entry in entries if entry.sort != "document"]
    tree.write(f"{folder}/{REPORT}", lambda stream: stream.write(content), sources, "report", code)


def _write_county(tree: Tree, plan: Plan, rows: Sequence[SchoolRow], options: TreeOptions) -> None:
    books = [entry for code in plan.codes for entry in plan.of_school(code, "workbook")]
    names = [entry.name for entry in books]
    facts = [sheet for entry in books for sheet in (entry.book.sheets if entry.book is not None else ())]
    title = options.title
    if facts:
        tree.write(f"{title}{SUMMARY}.xlsx", lambda stream: write_summary(stream, facts, count=options.workers), names)
    tree.write(
        f"{title}{STATISTICS}.xlsx", lambda stream: write_statistics(stream, title, plan, rows, options.county), names
    )
    if plan.schools.given:
        tree.write(f"{title}{MISSING}.xlsx", lambda stream: write_missing(stream, title, plan, options.county), ())
