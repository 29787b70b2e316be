"""One received file as what it tells: its children, what found no place, when it was saved, why it was not read."""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stuvalid.errors import StuvalidError
from stuvalid.forms import template
from stuvalid.gathering.items import PaperRecord, Value
from stuvalid.received.reception import Reception, Source

_MEMORY_BYTES = 3 << 30
_TIMEOUT_SECONDS = 120.0
_CHUNK = 10
_LEAST_LABELS = 4
_WORD_SUFFIXES = (".docx", ".dotx", ".docm")


@dataclass(slots=True)
class Child:
    """One child as one paper tells of it. ``saved`` is when: of the document (``document``) or of its row (``row``)."""

    file: str
    record: PaperRecord
    saved: dt.datetime | None = None
    basis: str = ""
    stamp: str = ""
    titles: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """What the paper says of a field, also where the class's form has no column for it."""
        found = self.record.text(key)
        beside = self.record.beside.get(key)
        return found or (beside.text.strip() if beside is not None else "")

    @property
    def name(self) -> str:
        return self.text("name")


@dataclass(slots=True)
class Paper:
    """A file that was read: its children; ``why`` (zh, en) where it is no form of a pupil at all; ``error`` where it cannot be read."""

    file: str
    digest: str = ""
    children: list[Child] = field(default_factory=list)
    others: list[Value] = field(default_factory=list)
    samples: list[Value] = field(default_factory=list)
    several: list[Value] = field(default_factory=list)
    why: tuple[str, str] | None = None
    error: StuvalidError | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    source: Source
    form: str
    password: str | None
    converted: bytes | None = None
    is_word: bool = False


def read_papers(
    reception: Reception, form: str, password: str | None, workers: int, progress: Callable[[int, int], None] | None
) -> tuple[list[Paper], list[tuple[str, str, str]]]:
    """Every paper that came in, and what is none that can be read, as (name, zh, en)."""
    from stuvalid import workers as processes

    jobs, not_read = _jobs(reception, form, password)
    found: dict[int, Paper] = {}
    for outcomes in processes.run(
        _read_chunk,
        jobs,
        workers=min(workers or os.cpu_count() or 1, max(1, len(jobs))),
        timeout=_TIMEOUT_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        chunk=max(1, min(_CHUNK, len(jobs))),
    ):
        for outcome in outcomes:
            failed = StuvalidError("读不了这个文件。", "This file cannot be read.")
            found[outcome.index] = outcome.result or Paper(jobs[outcome.index].source.name, error=failed)
        if progress:
            progress(len(found), len(jobs))
    return [found[number] for number in range(len(jobs))], not_read


def _jobs(reception: Reception, form: str, password: str | None) -> tuple[list[_Job], list[tuple[str, str, str]]]:
    """A job a file that can be read; older documents are converted first."""
    from stuvalid.gathering import legacy
    from stuvalid.received.kinds import UNREAD

    jobs, old = [], []
    not_read = [
        (entry.name, f"{entry.zh}", entry.en)
        for entry in reception.refused
        if not UNREAD[entry.kind].silent and entry.kind != "own"
    ]
    for item in reception.items:
        suffix = PurePosixPath(item.name).suffix.lower()
        if item.kind == "workbook" or (item.named and item.kind not in ("photo", "document")):
            jobs.append(_Job(item, form, password))
        elif item.kind == "document" and suffix in _WORD_SUFFIXES:
            jobs.append(_Job(item, form, password, is_word=True))
        elif item.kind == "document" and suffix in legacy.SUFFIXES:
            old.append((item, suffix))
        else:
            not_read.append((item.name, *_not_read(item.kind)))
    if old:
        with tempfile.TemporaryDirectory(prefix=".stuvalid-") as folder:
            made = legacy.as_docx([(suffix, item.read()) for item, suffix in old], Path(folder))
        for (item, _), data in zip(old, made, strict=True):
            if data is None:
                zh, en = "旧版 Word 文件，没有读", "an older Word file, not read"
                zh += (
                    "：装了 LibreOffice 能自动转换，或请家长另存为 .docx"
                    if not legacy.converter()
                    else "：转换失败，请另存为 .docx"
                )
                en += ": LibreOffice converts it where it is installed; else save it as .docx"
                not_read.append((item.name, zh, en))
            else:
                jobs.append(_Job(item, form, password, converted=data, is_word=True))
    jobs.sort(key=lambda job: job.source.name)
    return jobs, not_read


def _not_read(kind: str) -> tuple[str, str]:
    if kind == "photo":
        return "图片，没有读：请录入，或请家长发电子表", "a picture, not read: type it in, or ask for a file"
    if kind == "document":
        return (
            "PDF 等文件，没有读：请录入，或请家长发 .xlsx、.docx",
            "a PDF or the like, not read: type it in, or ask for .xlsx or .docx",
        )
    return "不认识的文件，没有读", "a file of an unknown kind, not read"


def _read_chunk(jobs: list[_Job]) -> list[Paper]:
    return [_read(job) for job in jobs]


def _read(job: _Job) -> Paper:
    from stuvalid.excel import read_workbook
    from stuvalid.gathering.home import read_home
    from stuvalid.gathering.labels import Labels
    from stuvalid.gathering.moment import said_time, saved_at
    from stuvalid.gathering.reading import read_paper
    from stuvalid.gathering.word import read_docx

    name = job.source.name
    try:
        data = job.source.read()
        digest = job.source.sha256(data)
        if job.is_word:
            workbook = read_docx(job.converted or data)
        else:
            workbook = read_workbook(data, name=name, password=job.password)
    except StuvalidError as error:
        return Paper(name, error=error)
    labels = Labels.of(template(job.form))
    home = read_home(workbook, labels)
    found = home.reading if home is not None else read_paper(workbook, labels)
    paper = Paper(name, digest, others=found.others, samples=found.samples, several=found.several)
    saved = saved_at(data)
    for record in found.records:
        submitted = record.beside.get("submitted")
        row_time = said_time(submitted.text) if submitted is not None else None
        child = Child(name, record, row_time or (None if record.shared else saved))
        child.basis = "row" if row_time else "document"
        child.stamp = home.stamp if home is not None else ""
        child.titles = tuple(found.titles[:20])
        paper.children.append(child)
    _judge(paper, found.labels, workbook.format, bool(home))
    return paper


def _judge(paper: Paper, labels: int, format_: str, is_home: bool) -> None:
    """Tell a paper that is no form of a pupil, and one on which nothing was written."""
    filled = [child for child in paper.children if child.record.values]
    asked = max((len(child.record.asked) for child in paper.children), default=0)
    if is_home or (filled and (labels >= _LEAST_LABELS or asked >= _LEAST_LABELS)):
        told = [child for child in filled if len(child.record.values) > 1 or child.name or is_home]
        paper.children = told
        if told or is_home:
            return
    is_form = max(labels, asked) >= _LEAST_LABELS
    paper.children = []
    if is_form:
        paper.why = "是采集表，但一项也没有填", "it is the form, and nothing was filled in"
    elif not labels:
        paper.why = "没有一项是采集表的内容", "nothing in it is an item of the form"
    else:
        paper.why = (
            f"只有 {labels} 项是采集表的内容，像是别的表",
            f"only {labels} items of the form are in it: it seems to be another",
        )


def stem_of(file: str) -> str:
    """The file's own name, without folders and suffix."""
    return PurePosixPath(file).stem


def plain_stem(file: str) -> str:
    """The file's name without blanks and what copying adds: (1), - 副本."""
    stem = re.sub(r"\s+", "", stem_of(file))
    return re.sub(r"(?:[-_—]*副本|[(（]\d{1,2}[)）]|[-_]copy\d*)+$", "", stem, flags=re.IGNORECASE)
