"""The formats a report can have: which module renders each, and which file names mean it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from stuvalid.errors import UsageError

if TYPE_CHECKING:
    from stuvalid.findings import Findings
    from stuvalid.report.wording import Wording


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the module of this package with its ``render``, its file suffixes, whether it is binary."""

    module: str
    suffixes: tuple[str, ...]
    binary: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "text": Format("text", (".txt",)),
        "line": Format("line", ()),
        "json": Format("json_report", (".json",)),
        "html": Format("html", (".html", ".htm")),
        "xlsx": Format("xlsx_report", (".xlsx",), binary=True),
        "csv": Format("csv_report", (".csv",)),
        "junit": Format("junit", (".xml",)),
        "sarif": Format("sarif", (".sarif",)),
        "github": Format("github", ()),
        "gitlab": Format("gitlab", ()),
        "markdown": Format("markdown", (".md",)),
    }
)


def format_of(output: str) -> tuple[str, Path]:
    """Format and file of an ``--output``: ``FORMAT=FILE``, or a file whose suffix says the format.

    Raises UsageError when neither does.
    """
    name, sign, file = output.partition("=")
    if sign and file and name in FORMATS:
        return name, Path(file)
    path = Path(output)
    suffixes = ("".join(path.suffixes[-2:]).lower(), path.suffix.lower())
    for known, entry in FORMATS.items():
        if any(suffix in entry.suffixes for suffix in suffixes if suffix):
            return known, path
    raise UsageError(
        f"从文件名“{path.name}”看不出报告格式。",
        f"The name '{path.name}' does not tell the format of the report.",
        mend_zh=f"写成 格式=文件，格式可以是 {'、'.join(FORMATS)}。",
        mend_en=f"Write FORMAT=FILE with one of {', '.join(FORMATS)}.",
    )


def render(name: str, findings: Findings, wording: Wording) -> bytes:
    """The report in the format ``name``, as the bytes of a file."""
    return b"".join(pieces(name, findings, wording))


def pieces(name: str, findings: Findings, wording: Wording) -> Iterator[bytes]:
    """The report in pieces, so that a large one is never held as a whole."""
    from stuvalid.report.shown import WordedRun

    module = importlib.import_module(f"stuvalid.report.{FORMATS[name].module}")
    # What is no character (a file's name that was no text) must not stop the report.
    for piece in module.render(WordedRun(findings, wording)):
        yield piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
