"""From a received workbook to one that can be written into: an xlsx or xlsm without our earlier marks.

What a worker does, because what was received is not to be trusted: convert, clean, write cells, protect again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stuvalid.errors import StuvalidError, UnreadableFile
from stuvalid.excel.patch import CellEdit
from stuvalid.findings import FileReport
from stuvalid.received.walk import Source

CONVERTED = "converted"
CONVERTED_TEXT = "converted-text"
DECRYPTED = "decrypted"
PROTECTED = "protected"
UNMARKED = "marks-removed"

_TIMEOUT_SECONDS = 300.0
_MEMORY_BYTES = 3 << 30
_CHUNK = 4


@dataclass(frozen=True, slots=True)
class WritableCopy:
    """``data`` is an xlsx or xlsm; ``suffix`` its extension; ``notes`` what a person should be told, as codes.

    ``failure`` is why there is none. ``is_form`` when it is an issued form with the pupils in it: that is no copy any more.
    """

    data: bytes
    suffix: str
    notes: tuple[str, ...] = ()
    failure: StuvalidError | None = None
    is_form: bool = False


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """One workbook to be made writable, opened with ``password`` if it needs one.

    ``copy`` is what an earlier request made of it; ``edits`` are written into it. ``form`` is the one form it may be, by
    id or TOML file.
    """

    source: Source
    password: str | None = None
    copy: WritableCopy | None = None
    edits: tuple[CellEdit, ...] = ()
    form: str = ""


def make_copies(requests: Sequence[CopyRequest], *, workers: int = 0) -> list[WritableCopy]:
    """One copy a request, in order, made in processes that may die."""
    made = in_workers(writable_copies, requests, workers)
    return [copy if isinstance(copy, WritableCopy) else lost_copy() for copy in made]


def in_workers(function: Callable[[list[Any]], list[Any]], tasks: Sequence[Any], workers: int) -> list[Any]:
    """What ``function`` makes of each task, in order, in processes that may die; None for a task that was lost."""
    if not tasks:
        return []
    from stuvalid.check.conductor import prepare_worker
    from stuvalid.workers import run

    count = min(workers or os.cpu_count() or 1, len(tasks))
    chunk = max(1, min(_CHUNK, -(-len(tasks) // count)))
    results: list[Any] = [None] * len(tasks)
    for outcomes in run(
        function,
        tasks,
        workers=count,
        timeout=_TIMEOUT_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        chunk=chunk,
        initializer=prepare_worker,
    ):
        for outcome in outcomes:
            results[outcome.index] = outcome.result
    return results


def writable_copies(requests: Sequence[CopyRequest]) -> list[WritableCopy]:
    """What a worker does for a chunk of files. A copy that would be the source itself comes back without its data."""
    made = [(request, writable_copy(request)) for request in requests]
    return [copy if request.edits or copy.notes else replace(copy, data=b"") for request, copy in made]


def writable_copy(request: CopyRequest) -> WritableCopy:
    """The copy of one workbook with its edits written; never raises what a user may meet."""
    from stuvalid.excel.patch import patch_workbook

    try:
        copy = request.copy or _copy(request)
        if not request.edits:
            return copy
        result = patch_workbook(copy.data, edits=request.edits)
    except StuvalidError as error:
        return WritableCopy(b"", "", failure=error)
    new = (note for note in result.notes if note not in copy.notes)
    return replace(copy, data=result.data, notes=(*copy.notes, *dict.fromkeys(new)))


def protected_again(copy: WritableCopy, password: str | None) -> WritableCopy:
    """The copy of a workbook that had a password, encrypted with the same one."""
    if DECRYPTED not in copy.notes or password is None or copy.failure is not None:
        return copy
    from stuvalid.excel.encrypted import encrypt

    notes = tuple(PROTECTED if note == DECRYPTED else note for note in copy.notes)
    return replace(copy, data=encrypt(copy.data, password), notes=notes)


def _copy(request: CopyRequest) -> WritableCopy:
    from stuvalid.excel import read_workbook
    from stuvalid.excel.convert import xls_to_xlsx
    from stuvalid.excel.encrypted import plain_file
    from stuvalid.excel.patch import remove_marks

    data, notes = request.source.read(), []
    opened = plain_file(data, request.password)
    if opened is not None:
        data, had_password = opened
        notes += [DECRYPTED] if had_password else []
    if not _is_package(data):
        workbook = read_workbook(data, name=request.source.name)
        lost = CONVERTED_TEXT if workbook.format in ("csv", "tsv") else CONVERTED
        return WritableCopy(xls_to_xlsx(workbook), ".xlsx", (*notes, lost))
    plain = remove_marks(data)
    notes += [UNMARKED] if plain != data else []
    book, suffix = _as_book(plain)
    return WritableCopy(book, suffix, tuple(notes))


def _as_book(data: bytes) -> tuple[bytes, str]:
    """A template (xltx, xltm) as the workbook it is meant to become, with the extension; others as they are."""
    from stuvalid.excel.patch.copy import PackageCopy

    types = _content_types(data)
    suffix = ".xlsm" if b"macroEnabled" in types else ".xlsx"
    if b"template." not in types:
        return data, suffix
    package = PackageCopy(data)
    types = types.replace(b"spreadsheetml.template.main+xml", b"spreadsheetml.sheet.main+xml")
    types = types.replace(b"ms-excel.template.macroEnabled.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
    package.replace("[Content_Types].xml", types)
    return package.build(), suffix


def _is_package(data: bytes) -> bool:
    """Whether this is an xlsx or xlsm, and not an xlsb or ods."""
    if data[:2] != b"PK":
        return False
    types = _content_types(data)
    return b"sheet.main+xml" in types or b"macroEnabled.main+xml" in types or b"template.main+xml" in types


def _content_types(data: bytes) -> bytes:
    from stuvalid.excel.patch.copy import PackageCopy

    package = PackageCopy(data)
    part = package.find("[Content_Types].xml")
    return package.read(part) if part else b""


def damage_of(report: FileReport) -> UnreadableFile | None:
    """Why no copy of a damaged file is made: it would look sound, and nobody would ask for what is lost."""
    from stuvalid.rules.reading import DAMAGED, FAR_AWAY

    # What is written into the workbook itself keeps its far-away cells; an xlsx made of an xls would lack them.
    lost = {DAMAGED} if report.format in ("xlsx", "xlsm") else {DAMAGED, FAR_AWAY}
    if all(entry.kind not in lost for entry in report.not_checked):
        return None
    return UnreadableFile(
        "文件已损坏或没有全部读到，没有改写：副本会看不出缺了什么。",
        "The file is damaged or was not read whole, and was not copied: a copy would hide what is lost.",
        reason="corrupt",
        mend_zh="请用 Excel 或 WPS 打开核对，另存为新的 .xlsx 后再改。",
        mend_en="Open it in Excel or WPS, compare and save it as a new .xlsx first.",
    )


def lost_copy() -> WritableCopy:
    """Stands for a copy whose worker died or took too long."""
    error = UnreadableFile(
        "改写这个文件时程序出错或超时。",
        "Writing a copy of this file failed or took too long.",
        reason="corrupt",
        mend_zh="请用 Excel 或 WPS 打开后另存为新的 .xlsx。",
        mend_en="Open it in Excel or WPS and save it as a new .xlsx.",
    )
    return WritableCopy(b"", "", failure=error)
