"""``gitlab``: code quality, as merge requests show it (an array of issues)."""

from __future__ import annotations

from stuvalid.findings import FileReport, Finding, Findings, NotChecked, Place, Severity
from stuvalid.report.fingerprints import Fingerprints, digest, repository_path
from stuvalid.report.lines import listed
from stuvalid.report.notchecked import places, reason
from stuvalid.report.wording import Wording

_LEVELS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Findings, wording: Wording) -> str:
    """The array as JSON text, an issue a line; a file that was not checked is a blocker, a crashed rule critical."""
    fingerprints = Fingerprints(wording)
    issues = [_issue(finding, wording, fingerprints.of(finding)) for finding in findings]
    issues += [_unchecked(entry, wording) for entry in findings.account()]
    for report in findings.files:
        issues += _failures(report, wording)
    return listed(issues) + "\n"


def _issue(finding: Finding, wording: Wording, fingerprint: str) -> dict[str, object]:
    place = finding.place
    where = f"{place.sheet}!{place.cell} " if place.cell else ""
    return {
        "description": f"{where}{wording.message(finding)}",
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _LEVELS[finding.severity],
        "location": _location(place.file, place.row, wording),
    }


def _unchecked(entry: NotChecked, wording: Wording) -> dict[str, object]:
    first = entry.examples[0] if entry.examples else Place("")
    name = repository_path(first.file, wording)
    return {
        "description": f"{reason(entry, wording)} {places(entry, wording)}".strip(),
        "check_name": entry.kind,
        "fingerprint": digest(entry.kind, entry.zh, name),
        "severity": "blocker" if entry.incomplete else "info",
        "location": _location(first.file, first.row, wording),
    }


def _failures(report: FileReport, wording: Wording) -> list[dict[str, object]]:
    failures: list[tuple[str, str, str]] = []
    if report.status == "unreadable":
        failures.append(("unreadable", "blocker", wording.say(report.reason_zh, report.reason_en)))
    for rule, why in report.rules.crashed.items():
        text = wording.say(f"规则出错，没有检查：{why}", f"the rule crashed, nothing was checked: {why}")
        failures.append((rule, "critical", text))
    return [
        {
            "description": text,
            "check_name": name,
            "severity": severity,
            "fingerprint": digest(name, severity, repository_path(report.path, wording)),
            "location": _location(report.path, 0, wording),
        }
        for name, severity, text in failures
    ]


def _location(file: str, row: int, wording: Wording) -> dict[str, object]:
    return {"path": repository_path(file, wording), "lines": {"begin": max(row + 1, 1)}}
