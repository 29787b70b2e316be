"""Reading any workbook safely and fast, with no domain knowledge."""

from __future__ import annotations

from pathlib import Path

from stuvalid.excel.address import address, column_letter, parse_address, parse_range
from stuvalid.excel.model import DEFAULT_LIMITS, Kind, Limits, Note, Sheet, Workbook
from stuvalid.excel.sniff import sniff

__all__ = [
    "DEFAULT_LIMITS",
    "Kind",
    "Limits",
    "Note",
    "Sheet",
    "Workbook",
    "address",
    "column_letter",
    "parse_address",
    "parse_range",
    "read_workbook",
    "sniff",
]


def read_workbook(
    source: Path | bytes, *, name: str = "", password: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Workbook:
    """Read every sheet of the workbook at ``source``, a path or the file's bytes.

    The content decides how it is read, not the extension; ``name`` (default: the path's) only serves the
    ``extension-mismatch`` note. Raises UnreadableFile whose ``reason`` is one of ``not-a-workbook``,
    ``lock-file``, ``apple-double``, ``empty``, ``truncated``, ``encrypted``, ``old-format``, ``too-large``,
    ``bomb``, ``corrupt`` and ``not-found``.
    """
    from stuvalid.excel.reading import read

    return read(source, name=name, password=password, limits=limits)
