"""``gitlab``: code quality, as merge requests show it (an array of issues)."""

from __future__ import annotations

from collections.abc import Iterator

from stuvalid.findings import Severity
from stuvalid.report.fingerprints import Fingerprints, digest, repository_path
from stuvalid.report.items import WordedFinding
from stuvalid.report.json_report import listed
from stuvalid.report.shown import WordedRun

_LEVELS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(run: WordedRun) -> Iterator[str]:
    """The array as JSON text, an issue a line; a file that was not checked is a blocker, a crashed rule critical."""
    yield from listed(_issues(run))
    yield "\n"


def _issues(run: WordedRun) -> Iterator[dict[str, object]]:
    fingerprints = Fingerprints()
    for finding in run.findings():
        yield _issue(finding, fingerprints.of(finding))
    for entry in run.account:
        first = entry.examples[0] if entry.examples else None
        severity = "blocker" if entry.incomplete else "info"
        text = f"{entry.message} {entry.where}".strip()
        yield _failure(entry.kind, severity, text, first.file if first else "", first.row if first else 0)
    for file in run.files:
        if file.status == "unreadable":
            yield _failure("unreadable", "blocker", file.reason, file.path)
        for rule, error in file.rules.crashed.items():
            why = run.wording.text(error)
            text = run.say(f"规则出错，没有检查：{why}", f"the rule crashed, nothing was checked: {why}")
            yield _failure(rule, "critical", text, file.path)


def _issue(finding: WordedFinding, fingerprint: str) -> dict[str, object]:
    place = finding.place
    return {
        "description": f"{place.where} {finding.message}".strip(),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _LEVELS[finding.severity],
        "location": _location(place.file, place.row),
    }


def _failure(name: str, severity: str, text: str, file: str, row: int = 0) -> dict[str, object]:
    return {
        "description": text,
        "check_name": name,
        "fingerprint": digest(name, severity, repository_path(file)),
        "severity": severity,
        "location": _location(file, row),
    }


def _location(file: str, row: int) -> dict[str, object]:
    return {"path": repository_path(file), "lines": {"begin": max(row, 1)}}
