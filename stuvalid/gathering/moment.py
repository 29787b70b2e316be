"""When a paper was last saved, as the document itself says: the file's own date is that of its download."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile

_CORE = re.compile(rb"<(?:\w+:)?modified\b[^>]*>\s*([0-9T:.Z+\-]{10,35})\s*<")
_META = re.compile(rb"<dc:date>\s*([0-9T:.Z+\-]{10,35})\s*<")
_PARTS = (("docProps/core.xml", _CORE), ("meta.xml", _META))
_LONGEST_PART = 1 << 20
_LAST_SAVED, _FILETIME = 13, 0x40
_EPOCH = dt.datetime(1601, 1, 1)  # noqa: DTZ001 - counts of UTC, compared with one another alone
_TEXT = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*(?:T|\s)?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def saved_at(data: bytes) -> dt.datetime | None:
    """The time (UTC) in the properties of a document; None where it has none."""
    try:
        if data[:2] == b"PK":
            return _of_zip(data)
        if data[:4] == b"\xd0\xcf\x11\xe0":
            return _of_ole(data)
    except Exception:  # noqa: BLE001 - a damaged document has no time
        return None
    return None


def said_time(text: str) -> dt.datetime | None:
    """The time that a text says: 2026/9/1 8:05:00; None where it says none."""
    found = _TEXT.search(text)
    if found is None:
        return None
    numbers = [int(part or 0) for part in found.groups()]
    try:
        return dt.datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - the clock of one questionnaire
    except ValueError:
        return None


def _of_zip(data: bytes) -> dt.datetime | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name, pattern in _PARTS:
            if name in archive.namelist() and archive.getinfo(name).file_size < _LONGEST_PART:
                found = pattern.search(archive.read(name))
                if found:
                    time = dt.datetime.fromisoformat(found[1].decode())
                    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
    return None


def _of_ole(data: bytes) -> dt.datetime | None:
    from stuvalid.excel.ole import CompoundFile

    compound = CompoundFile(data)
    name = next(
        (name for name in compound.names if name.endswith("summaryinformation") and "document" not in name), None
    )
    if name is None:
        return None
    stream = compound.read(name)
    start = struct.unpack_from("<I", stream, 44)[0]
    count = struct.unpack_from("<I", stream, start + 4)[0]
    for number in range(min(count, 100)):
        key, offset = struct.unpack_from("<II", stream, start + 8 + 8 * number)
        if key == _LAST_SAVED and struct.unpack_from("<I", stream, start + offset)[0] == _FILETIME:
            ticks = struct.unpack_from("<Q", stream, start + offset + 4)[0]
            return _EPOCH + dt.timedelta(microseconds=ticks // 10) if ticks else None
    return None
