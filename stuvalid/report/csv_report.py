"""``csv``: every finding and what was not checked as a row, for Excel and WPS (UTF-8 with a byte order mark, lines end in CR LF)."""

from __future__ import annotations

import csv
import io

from stuvalid.findings import Findings
from stuvalid.report.notchecked import not_checked
from stuvalid.report.spreadsheets import COLUMNS, harmless, rows, titles
from stuvalid.report.wording import Wording


def render(findings: Findings, wording: Wording) -> bytes:
    """The rows as a file's bytes. Texts that a spreadsheet would take for formulas are made harmless."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(titles(wording))
    writer.writerows([harmless(text) for text in row] for _, row in rows(findings, wording))
    for entry in not_checked(findings, wording):
        told = {
            "file": entry.file,
            "severity": wording.say("未检查", "not checked"),
            "rule": entry.what,
            "message": entry.why,
        }
        writer.writerow(harmless(told.get(column, "")) for column in COLUMNS)
    return stream.getvalue().encode("utf-8-sig")
