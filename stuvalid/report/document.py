"""The report as plain data, in the shape of ``stuvalid.report/1`` (see ``schema/report-1.json``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stuvalid.findings import Accepted, FileReport, Finding, Findings, NotChecked, Place, letters
from stuvalid.report.wording import Wording
from stuvalid.version import __version__

SCHEMA = "stuvalid.report/1"


def document(findings: Findings, wording: Wording) -> dict[str, Any]:
    """Everything a machine needs of a run; keys and ids never change with the language."""
    keyed = {"pupil_key": findings.pseudonym_key} if findings.pseudonym_key else {}
    return {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__, "rules": __version__},
        **keyed,
        "summary": findings.summary(),
        "files": [_file(report, wording) for report in findings.files],
        "causes": [
            {
                "rule": cause.rule,
                "file": path(cause.file, wording),
                "sheet": cause.sheet,
                "field": cause.field,
                "scope": cause.scope,
                "count": cause.count,
                "first_row": cause.first_row,
                "last_row": cause.last_row,
                "message": wording.cause(cause),
            }
            for cause in findings.causes
        ],
        "not_checked": [_not_checked(entry, wording) for entry in findings.account()],
        "findings": list(entries(findings, wording)),
        **({"accepted": [_accepted(entry, wording) for entry in findings.accepted]} if findings.accepted else {}),
    }


def _accepted(entry: Accepted, wording: Wording) -> dict[str, Any]:
    explained = {"reason": entry.reason, "person": entry.person, "until": entry.until}
    return {**entry_of(entry.finding, wording), "explanation": explained}


def _not_checked(entry: NotChecked, wording: Wording) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "count": entry.count,
        "incomplete": entry.incomplete,
        "message": wording.say(entry.zh, entry.en),
        "examples": [_related(place, wording) for place in entry.examples],
    }


def path(name: str, wording: Wording) -> str:
    """A file's name as it may be shown: photos and folders can be named by identity numbers."""
    return wording.path(name)


def _file(report: FileReport, wording: Wording) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": path(report.path, wording),
        "sha256": report.sha256,
        "status": report.status,
        "template": report.template,
        "sheet": report.sheet,
        "rows": report.rows,
        "format": report.format,
        "rules": {
            "ran": report.rules.ran,
            "skipped": report.rules.skipped,
            "unknown": report.rules.unknown,
            "crashed": report.rules.crashed,
        },
    }
    reason = report.reason_en if wording.lang == "en" else report.reason_zh
    if reason:
        entry["reason"] = reason
    return entry


def entries(findings: Findings, wording: Wording) -> Iterator[dict[str, Any]]:
    """Each finding as one flat object."""
    for finding in findings:
        entry = entry_of(finding, wording)
        place = finding.place
        number, person = findings.pseudonyms.get((place.file, place.sheet, place.row), ("", ""))
        if number or person:
            entry["pupil"] = {"number": number, "person": person}
        yield entry


def entry_of(finding: Finding, wording: Wording) -> dict[str, Any]:
    place = finding.place
    entry: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "file": path(place.file, wording),
        "sheet": place.sheet,
    }
    if place.row >= 0:
        entry["row"] = place.row + 1
    if place.cell:
        entry["cell"] = place.cell
        entry["column"] = letters(place.column)
    entry |= {
        "field": finding.field,
        "header": finding.header,
        "kind": finding.kind,
        "message": wording.message(finding),
        "mend": wording.mend(finding),
        "value": wording.value(finding),
    }
    if finding.fix is not None:
        entry["fix"] = {"value": wording.fix_value(finding), "safe": finding.fix.safe}
    if finding.related:
        entry["related"] = [_related(other, wording) for other in finding.related]
    if finding.related_more:
        entry["related_more"] = finding.related_more
    return entry


def _related(place: Place, wording: Wording) -> dict[str, str]:
    return {"file": path(place.file, wording), "sheet": place.sheet, "cell": place.cell}
