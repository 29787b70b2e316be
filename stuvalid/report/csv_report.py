"""``csv``: every finding as a row, for Excel and WPS (UTF-8 with a byte order mark, lines end in CR LF)."""

from __future__ import annotations

import csv
import io

from stuvalid.findings import Findings
from stuvalid.report.spreadsheets import harmless, rows, titles
from stuvalid.report.wording import Wording


def render(findings: Findings, wording: Wording) -> bytes:
    """The rows as a file's bytes. Texts that a spreadsheet would take for formulas are made harmless."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(titles(wording))
    writer.writerows([harmless(text) for text in row] for _, row in rows(findings, wording))
    return stream.getvalue().encode("utf-8-sig")
