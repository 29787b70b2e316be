"""``--format line``: a finding a line, ``file!sheet:cell rule message``, for grep, editors and whoever pipes it on."""

from __future__ import annotations

from collections.abc import Iterator

from stuvalid.report.items import WordedPlace
from stuvalid.report.shown import WordedRun


def render(run: WordedRun) -> Iterator[str]:
    """The findings in the order of files, sheets and rows, then what was not checked, each on one line."""
    for finding in run.findings():
        yield f"{_where(finding.place)} {finding.rule} {finding.severity.word} {_flat(finding.message)}\n"
    for entry in run.unchecked():
        yield f"{entry.file or '-'} {run.say('未检查', 'not-checked')} {entry.what} {_flat(entry.why)}\n"


def _where(place: WordedPlace) -> str:
    sheet = f"!{place.sheet}" if place.sheet else ""
    cell = place.cell or (str(place.row) if place.row else "")
    return f"{place.file or '-'}{sheet}{f':{cell}' if cell else ''}"


def _flat(text: str) -> str:
    return " ".join(text.split())
