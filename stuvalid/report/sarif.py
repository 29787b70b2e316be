"""``sarif``: SARIF 2.1.0 for code scanning. Rows and columns of the sheet stand for lines and columns.

Code scanning takes at most 25,000 results of a run (and shows 5,000): the gravest are given, and a notification
says how many are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from stuvalid.findings import Severity
from stuvalid.report.fingerprints import Fingerprints, repository_path
from stuvalid.report.items import WordedFinding, WordedPlace
from stuvalid.report.json_report import compact, listed
from stuvalid.report.shown import WordedRun
from stuvalid.rules.registry import Rule, all_rules
from stuvalid.version import __version__

MOST_RESULTS = 25_000
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def render(run: WordedRun) -> Iterator[str]:
    """One run as JSON text, a result a line; values are masked as in every report."""
    rules = [all_rules()[rule] for rule in sorted(run.by_rule) if rule in all_rules()]
    driver = {
        "name": "stuvalid",
        "version": __version__,
        "semanticVersion": __version__,
        "language": run.lang,
        "rules": [_descriptor(rule, run) for rule in rules],
    }
    yield f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n"tool": {compact({"driver": driver})},\n'
    yield '"automationDetails": {"id": "stuvalid/"},\n"columnKind": "unicodeCodePoints",\n"invocations": '
    yield from listed([_invocation(run)])
    yield ',\n"results": '
    yield from listed(_results(run, rules))
    yield "\n}]}\n"


def _results(run: WordedRun, rules: list[Rule]) -> Iterator[dict[str, Any]]:
    """The gravest first; explained findings behind them, where there is room."""
    positions = {rule.id: number for number, rule in enumerate(rules)}
    fingerprints = Fingerprints()
    found = (finding for level in sorted(Severity, reverse=True) for finding in run.findings(level))
    for finding in islice(found, MOST_RESULTS):
        yield _result(finding, fingerprints.of(finding), positions)
    for explained, diagnosis in islice(run.explained(), max(0, MOST_RESULTS - len(run))):
        result = _result(explained, fingerprints.of(explained), positions)
        yield {**result, "level": "note", "properties": {"explained_by": diagnosis}}
    for accepted in islice(run.accepted, max(0, MOST_RESULTS - len(run))):
        result = _result(accepted.finding, fingerprints.of(accepted.finding), positions)
        said = f"{accepted.reason} ({accepted.person}, {accepted.until})"
        yield {**result, "suppressions": [{"kind": "external", "status": "accepted", "justification": said}]}


def _descriptor(rule: Rule, run: WordedRun) -> dict[str, Any]:
    english = run.lang == "en"
    message, mend = (rule.en, rule.mend_en) if english else (rule.zh, rule.mend)
    message = _PLACEHOLDER.sub("…", message)
    source = run.say(f"依据：{rule.source}", f"source: {rule.source}")
    return {
        "id": rule.id,
        "name": rule.slug.title().replace("_", ""),
        "shortDescription": {"text": message},
        "fullDescription": {"text": f"{message} {mend}".strip()},
        "help": {"text": f"{mend}\n{source}".strip()},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.family], "problem.severity": _PROBLEMS[rule.severity]},
    }


def _result(finding: WordedFinding, fingerprint: str, positions: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}\n{finding.mend}".strip()},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"stuvalid/v1": fingerprint},
    }
    if finding.rule in positions:
        result["ruleIndex"] = positions[finding.rule]
    if finding.related:
        result["relatedLocations"] = [_location(other) for other in dict.fromkeys(finding.related)]
    return result


def _location(place: WordedPlace) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file)}
    if place.row:
        physical["region"] = {"startLine": place.row}
        if place.column >= 0:
            physical["region"]["startColumn"] = place.column + 1
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.cell:
        location["logicalLocations"] = [{"name": place.cell, "fullyQualifiedName": place.where, "kind": "cell"}]
    return location


def _artifact(file: str) -> dict[str, str]:
    """A place in the repository, so that alerts stand at their file; a file elsewhere as an absolute URI."""
    name = repository_path(file)
    if PurePath(name).is_absolute():
        return {"uri": PurePath(name).as_uri()}
    return {"uri": quote(name, errors="replace"), "uriBaseId": "%SRCROOT%"}


def _invocation(run: WordedRun) -> dict[str, Any]:
    notes = [
        {"level": "error" if entry.grave else "note", "message": {"text": " ".join(filter(None, entry[:3]))}}
        for entry in run.unchecked()
    ]
    left = len(run) - MOST_RESULTS
    if left > 0:
        text = run.say(f"另有 {left} 条结果没有列出。", f"{left} further results are left out.")
        notes.append({"level": "warning", "message": {"text": text}})
    return {"executionSuccessful": not run.incomplete, "toolExecutionNotifications": notes}
