"""From a path or bytes to a workbook: what is it, and which reader is it for."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

from stuvalid.errors import UnreadableFile
from stuvalid.excel.biff import read_biff
from stuvalid.excel.encrypted import decrypt, is_protected
from stuvalid.excel.model import Limits, Note, Workbook
from stuvalid.excel.ole import CompoundFile
from stuvalid.excel.ooxml import main_part, read_ooxml
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.sniff import HEAD_BYTES, SUFFIXES, sniff
from stuvalid.files import never_write

_OTHER_STREAMS = {
    "worddocument": "Word",
    "powerpoint document": "PowerPoint",
    "__properties_version1.0": "Outlook",
    "visiodocument": "Visio",
}
_OTHER_PARTS = (("word/", "Word"), ("ppt/", "PowerPoint"), ("visio/", "Visio"))
_DOMAIN_ERRORS = (ValueError, LookupError, TypeError, AttributeError, struct.error, ArithmeticError, RecursionError)


def read(source: Path | bytes, *, name: str, password: str | None, limits: Limits) -> Workbook:
    """See `stuvalid.excel.read_workbook`."""
    name = name or (source.name if isinstance(source, Path) else "")
    name = name.replace("\\", "/").rpartition("/")[2]
    try:
        with _opened(source) as stream:
            workbook = _read(stream, name, password, limits)
    except UnreadableFile:
        raise
    except MemoryError as error:
        raise refusal("too-large", "memory") from error
    except OSError as error:
        raise refusal("not-found", error.strerror or str(error)) from error
    except _DOMAIN_ERRORS as error:
        # A damaged file can break any assumption of a reader; the run must name the file and go on.
        raise refusal("corrupt", f"{type(error).__name__}: {error}"[:200]) from error
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in SUFFIXES.get(workbook.format, {suffix}):
        workbook.notes.append(Note("extension-mismatch", f"{suffix} → {workbook.format}"))
    return workbook


def _opened(source: Path | bytes) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    never_write(source)
    return source.open("rb")


def _read(stream: BinaryIO, name: str, password: str | None, limits: Limits, *, decrypted: bool = False) -> Workbook:
    head = stream.read(HEAD_BYTES)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > limits.file_bytes:
        raise refusal("too-large", f"{size >> 20} MB")
    kind = sniff(head, name)
    if kind == "zip":
        return _read_zip(stream, limits)
    if kind in {"ole", "biff"}:
        data = stream.read()
        return read_biff(data, limits) if kind == "biff" else _read_ole(data, name, password, limits, decrypted)
    if kind in {"csv", "tsv", "html", "mhtml", "spreadsheetml", "xml"}:
        if size > limits.text_bytes:
            raise refusal("too-large", f"{size >> 20} MB")
        return _read_text(stream.read(), kind, name, limits)
    raise _no_workbook(kind)


def _no_workbook(kind: str) -> UnreadableFile:
    if kind == "empty":
        return refusal("empty", "0")
    if kind == "lock":
        return refusal("lock-file", "~$")
    if kind == "appledouble":
        return refusal("apple-double", "._")
    if kind == "old-biff":
        return refusal("old-format", "Excel 2.x–4.0")
    if kind == "slk":
        return refusal("old-format", "SYLK (.slk)")
    return refusal("not-a-workbook", "binary" if kind == "unknown" else kind)


def _read_zip(stream: BinaryIO, limits: Limits) -> Workbook:
    package = Package(stream, limits)
    workbook = _read_package(package, limits)
    workbook.notes += package.notes
    return workbook


def _read_package(package: Package, limits: Limits) -> Workbook:
    names = package.names
    if "mimetype" in package and "content.xml" in package:
        from stuvalid.excel.opendocument import read_ods

        if b"spreadsheet" not in package.read("mimetype"):
            raise refusal("not-a-workbook", "OpenDocument")
        return read_ods(package, limits)
    for start, program in _OTHER_PARTS:
        if any(name.startswith(start) for name in names):
            raise refusal("not-a-workbook", program)
    if not names:
        raise refusal("empty", "zip")
    if not any(name.startswith("xl/") or name.endswith((".rels", "workbook.xml", "workbook.bin")) for name in names):
        raise refusal("not-a-workbook", "zip")
    main = main_part(package)
    if main.lower().endswith(".bin"):
        from stuvalid.excel.xlsb import read_xlsb

        return read_xlsb(package, main, limits)
    return read_ooxml(package, limits)


def _read_ole(data: bytes, name: str, password: str | None, limits: Limits, decrypted: bool) -> Workbook:
    compound = CompoundFile(data)
    names = compound.names
    stream_name = next((known for known in ("workbook", "book") if known in names), None)
    if is_protected(compound):
        if decrypted:
            raise refusal("encrypted", "cannot be decrypted")
        plain = decrypt(data, password, limits)
        return _read(io.BytesIO(plain), name, None, limits, decrypted=True)
    if stream_name is None:
        other = next((program for known, program in _OTHER_STREAMS.items() if known in names), "OLE")
        raise refusal("not-a-workbook", other)
    return read_biff(compound.read(stream_name), limits, macros="_vba_project_cur" in names)


def _read_text(data: bytes, kind: str, name: str, limits: Limits) -> Workbook:
    if kind in {"spreadsheetml", "xml"}:
        from stuvalid.excel.spreadsheetml import read_flat_xml

        return read_flat_xml(data, limits)
    if kind in {"html", "mhtml"}:
        from stuvalid.excel.hypertext import read_html, read_mhtml

        return read_html(data, limits) if kind == "html" else read_mhtml(data, limits)
    from stuvalid.excel.delimited import read_delimited

    return read_delimited(data, kind, name, limits)
