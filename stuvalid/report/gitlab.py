"""``gitlab``: code quality, as merge requests show it (an array of issues)."""

from __future__ import annotations

import json

from stuvalid.findings import Finding, Findings, Severity
from stuvalid.messages import Wording
from stuvalid.report.document import path
from stuvalid.report.fingerprints import Fingerprints

_LEVELS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Findings, wording: Wording) -> str:
    """The array as JSON text; an unreadable file is a blocker."""
    fingerprints = Fingerprints(wording)
    issues = [_issue(finding, wording, fingerprints.of(finding)) for finding in findings]
    issues += [
        {
            "description": wording.say(report.reason_zh, report.reason_en), "check_name": "unreadable",
            "fingerprint": report.sha256[:40] or path(report.path, wording), "severity": "blocker",
            "location": {"path": path(report.path, wording), "lines": {"begin": 1}},
        }
        for report in findings.unreadable
    ]  # fmt: skip
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def _issue(finding: Finding, wording: Wording, fingerprint: str) -> dict[str, object]:
    place = finding.place
    where = f"{place.sheet}!{place.cell} " if place.cell else ""
    return {
        "description": f"{where}{wording.message(finding)}", "check_name": finding.rule, "fingerprint": fingerprint,
        "severity": _LEVELS[finding.severity],
        "location": {"path": path(place.file, wording), "lines": {"begin": max(place.row + 1, 1)}},
    }  # fmt: skip
