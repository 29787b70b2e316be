"""From a path or bytes to a workbook: what is it, and which reader is it for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from stuvalid.errors import UnreadableFile
from stuvalid.excel.model import Limits, Note, Workbook
from stuvalid.excel.ooxml import main_part, read_ooxml
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.sniff import HEAD_BYTES, sniff

_EXTENSIONS = {
    "xlsx": {".xlsx", ".xltx"},
    "xlsm": {".xlsm", ".xltm", ".xlsx"},
    "xlsb": {".xlsb"},
    "xls": {".xls", ".xlt", ".et", ".ett"},
    "ods": {".ods", ".ots"},
    "csv": {".csv", ".txt", ".tsv"},
    "tsv": {".tsv", ".txt", ".tab", ".csv"},
    "html": {".html", ".htm"},
    "mhtml": {".mht", ".mhtml"},
    "spreadsheetml": {".xml"},
}


def read(source: Path | bytes, *, name: str, password: str | None, limits: Limits) -> Workbook:
    """See `stuvalid.excel.read_workbook`."""
    name = name or (source.name if isinstance(source, Path) else "")
    try:
        with _opened(source) as stream:
            workbook = _read(stream, name, password, limits)
    except UnreadableFile:
        raise
    except MemoryError as error:
        raise refusal("too-large", "memory") from error
    except OSError as error:
        raise refusal("not-found", error.strerror or str(error)) from error
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in _EXTENSIONS.get(workbook.format, {suffix}):
        workbook.notes.append(Note("extension-mismatch", f"{suffix} → {workbook.format}"))
    return workbook


def _opened(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _read(stream: BinaryIO, name: str, password: str | None, limits: Limits) -> Workbook:
    head = stream.read(HEAD_BYTES)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > limits.file_bytes:
        raise refusal("too-large", f"{size >> 20} MB")
    kind = sniff(head, name)
    if kind == "zip":
        return _read_zip(stream, limits)
    raise refusal("not-a-workbook", kind)


def _read_zip(stream: BinaryIO, limits: Limits) -> Workbook:
    package = Package(stream, limits)
    main_part(package)
    return read_ooxml(package, limits)
