"""``csv``: every finding and what was not checked as a row, for Excel and WPS (UTF-8 with a byte order mark, CR LF)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from stuvalid.report.shown import WordedRun
from stuvalid.report.spreadsheets import COLUMNS, harmless, row_of, titles


def render(run: WordedRun) -> Iterator[bytes]:
    """The rows as a file's bytes. Texts that a spreadsheet would take for formulas are made harmless."""
    yield b"\xef\xbb\xbf"
    for row in _rows(run):
        stream = io.StringIO(newline="")
        csv.writer(stream).writerow(row)
        yield stream.getvalue().encode("utf-8", "replace")


def _rows(run: WordedRun) -> Iterator[list[str]]:
    yield titles(run)
    for finding in run.findings():
        yield [harmless(text) for text in row_of(finding, run)]
    for entry in run.unchecked():
        told = {
            "file": entry.file,
            "severity": run.say("未检查", "not checked"),
            "rule": entry.what,
            "message": entry.why,
        }
        yield [harmless(told.get(column, "")) for column in COLUMNS]
