"""Knowing what this program wrote: reports, lists and logs, packages, and copies of workbooks untouched since.

A report says whose it is in its first lines. A workbook carries a part that no relation leads to: programs leave it out
when they save, so that a copy somebody has gone on working in is a form like any other. Blank forms have none.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

PART = "docProps/stuvalid.xml"
"""The part of our workbooks: ``<list/>``, or ``<copy of="SHA-256 of the original"/>``."""

LIST_MARK = b"<list/>"
_COPY = re.compile(rb'<copy of="([0-9a-f]{64})"/>')
_HEAD_BYTES = 4096
_REPORTS = (
    re.compile(rb'\A\s*\{\s*"schema": "stuvalid\.(?:report|diff|status|audit)/'),
    re.compile(rb'\A\{"\$schema": "[^"]*sarif[^"]*".{0,200}"driver": \{"name": "stuvalid"', re.DOTALL),
    re.compile(rb"\A<\?xml [^>]*>\s*<testsuites name=\"stuvalid\""),
    re.compile(rb'\A<!DOCTYPE html>.*<meta name="generator" content="stuvalid', re.DOTALL),
    re.compile(rb"\A## [^\n]{1,12} stuvalid\n"),
    re.compile(rb'\A\[\s*\{"description": .{0,2000}"check_name": "[A-Z]{3}\d{3}", "fingerprint": "', re.DOTALL),
    re.compile(rb"\A::(?:error|warning|notice) file=[^\n]*,title=[A-Z]{3}\d{3}"),
    re.compile(rb"\Astuvalid[\xef:]"),
    re.compile("\\A\ufeff文件,工作表,单元格,列,级别,规则,".encode()),
    re.compile("\\A\ufefffile,sheet,cell,".encode()),
)
_OTHERS = (re.compile(rb'\A\s*\{\s*"schema": "stuvalid\.'), re.compile(rb'\A(?:\s*#[^\n]*\n)*\s*schema = "stuvalid\.'))
_FOLDER_SIGNS = ("manifest.json", "bagit.txt", "处理记录.json", "修改记录.json", "changes.json")


def is_own_text(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a report, log or list of ours in a text format."""
    return any(pattern.match(head[:_HEAD_BYTES]) for pattern in (*_REPORTS, *_OTHERS))


def is_report(path: Path) -> bool:
    """Whether the file is a report of ours, which the next one may replace: nobody's work is in it. Raises OSError."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.startswith(b"PK"):
        return any(pattern.match(head) for pattern in _REPORTS)
    try:
        with zipfile.ZipFile(path) as archive:
            return PART in archive.namelist() and archive.read(PART) == LIST_MARK
    except Exception:  # noqa: BLE001  (whatever it is, it is not ours)
        return False


def is_own_folder(path: Path) -> bool:
    """Whether the folder is one that we filled: a package, repaired pictures, mended copies. Raises OSError."""
    if (path / "bagit.txt").is_file():
        return any((inner / "manifest.json").is_file() for inner in (path / "data").iterdir())
    signs = (path / sign for sign in _FOLDER_SIGNS)
    return any(sign.is_file() and is_own_text(sign.read_bytes()[:_HEAD_BYTES]) for sign in signs)


def original_of(part: bytes) -> str:
    """The SHA-256 of the workbook that this is a copy of, from the content of `PART`; '' if it is none."""
    match = _COPY.fullmatch(part)
    return match[1].decode() if match else ""


def marked_copy(data: bytes, original: str) -> bytes:
    """The copy ``data`` of the workbook with the SHA-256 ``original``, marked as ours; as it is where no mark fits."""
    return _marked(data, b'<copy of="%s"/>' % original.encode())


def marked_list(data: bytes) -> bytes:
    """The xlsx ``data``, a list of ours, marked as such."""
    return _marked(data, LIST_MARK)


def _marked(data: bytes, mark: bytes) -> bytes:
    if not data.startswith(b"PK"):
        return data
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in archive.namelist() else b""
        if PART in archive.namelist() or b'Extension="xml"' not in types:
            return data
        archive.writestr(zipfile.ZipInfo(PART, (1980, 1, 1, 0, 0, 0)), mark)
    return stream.getvalue()
