"""``sarif``: SARIF 2.1.0 for code scanning. Rows and columns of the sheet stand for lines and columns.

Code scanning takes at most 25,000 results of a run (and shows 5,000): the gravest are given, and a notification
says how many are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from stuvalid.findings import Finding, Findings, Place, Severity
from stuvalid.report.fingerprints import Fingerprints, repository_path
from stuvalid.report.lines import compact, listed
from stuvalid.report.notchecked import not_checked
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import Rule, all_rules
from stuvalid.version import __version__

MOST_RESULTS = 25_000
MOST_RELATED = 100
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def render(findings: Findings, wording: Wording) -> str:
    """One run as JSON text, a result a line; values are masked as in every report."""
    found = sorted(findings.by_rule())
    rules = [all_rules()[rule] for rule in found if rule in all_rules()]
    driver = {
        "name": "stuvalid",
        "version": __version__,
        "semanticVersion": __version__,
        "language": wording.lang,
        "rules": [_descriptor(rule, wording) for rule in rules],
    }
    run = {
        "tool": compact({"driver": driver}),
        "automationDetails": compact({"id": "stuvalid/"}),
        "columnKind": compact("unicodeCodePoints"),
        "invocations": listed([_invocation(findings, wording)]),
        "results": listed(_results(findings, rules, wording)),
    }
    members = ",\n".join(f'"{name}": {value}' for name, value in run.items())
    return f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n{members}\n}}]}}\n'


def _results(findings: Findings, rules: list[Rule], wording: Wording) -> Iterator[dict[str, Any]]:
    positions = {rule.id: number for number, rule in enumerate(rules)}
    fingerprints = Fingerprints(wording)
    entries = [(finding, fingerprints.of(finding)) for finding in findings]
    entries.sort(key=lambda entry: -entry[0].severity)
    for finding, fingerprint in entries[:MOST_RESULTS]:
        yield _result(finding, fingerprint, positions, wording)
    for accepted in findings.accepted[: max(0, MOST_RESULTS - len(entries))]:
        result = _result(accepted.finding, fingerprints.of(accepted.finding), positions, wording)
        said = f"{accepted.reason} ({accepted.person}, {accepted.until})"
        yield {**result, "suppressions": [{"kind": "external", "status": "accepted", "justification": said}]}


def _descriptor(rule: Rule, wording: Wording) -> dict[str, Any]:
    english = wording.lang == "en"
    message, mend = (rule.en, rule.mend_en) if english else (rule.zh, rule.mend)
    message = _PLACEHOLDER.sub("…", message)
    source = wording.say(f"依据：{rule.source}", f"source: {rule.source}")
    return {
        "id": rule.id,
        "name": rule.slug.title().replace("_", ""),
        "shortDescription": {"text": message},
        "fullDescription": {"text": f"{message} {mend}".strip()},
        "help": {"text": f"{mend}\n{source}".strip()},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.family], "problem.severity": _PROBLEMS[rule.severity]},
    }


def _result(finding: Finding, fingerprint: str, positions: dict[str, int], wording: Wording) -> dict[str, Any]:
    mend = wording.mend(finding)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{wording.message(finding)}\n{mend}".strip()},
        "locations": [_location(finding.place, wording)],
        "partialFingerprints": {"stuvalid/v1": fingerprint},
    }
    if finding.rule in positions:
        result["ruleIndex"] = positions[finding.rule]
    if finding.related:
        others = list(dict.fromkeys(finding.related))[:MOST_RELATED]
        result["relatedLocations"] = [_location(other, wording) for other in others]
    return result


def _location(place: Place, wording: Wording) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file, wording)}
    if place.row >= 0:
        physical["region"] = {"startLine": place.row + 1}
        if place.column >= 0:
            physical["region"]["startColumn"] = place.column + 1
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.cell:
        location["logicalLocations"] = [
            {"name": place.cell, "fullyQualifiedName": f"{place.sheet}!{place.cell}", "kind": "cell"}
        ]
    return location


def _artifact(file: str, wording: Wording) -> dict[str, str]:
    """A place in the repository, so that alerts stand at their file; a file elsewhere as an absolute URI."""
    name = repository_path(file, wording)
    if PurePath(name).is_absolute():
        return {"uri": PurePath(name).as_uri()}
    return {"uri": quote(name, errors="replace"), "uriBaseId": "%SRCROOT%"}


def _invocation(findings: Findings, wording: Wording) -> dict[str, Any]:
    failed = findings.incomplete
    notes = [
        {"level": "error" if entry.grave else "note", "message": {"text": " ".join(filter(None, entry[:3]))}}
        for entry in not_checked(findings, wording)
    ]
    left = len(findings) - MOST_RESULTS
    if left > 0:
        text = wording.say(f"另有 {left} 条结果没有列出。", f"{left} further results are left out.")
        notes.append({"level": "warning", "message": {"text": text}})
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notes}
