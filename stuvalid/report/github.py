"""``github``: workflow commands that become annotations on the changed files.

Only ten of each level are drawn for a step, so there is one for each rule and file, gravest first; the rest is
for the summary (``markdown``). A workbook has no lines: sheet and cell are told in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from stuvalid.findings import FileReport, Findings, Group, Severity
from stuvalid.report.fingerprints import repository_path
from stuvalid.report.notchecked import places, reason, times
from stuvalid.report.wording import Wording

DRAWN = 10
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(findings: Findings, wording: Wording) -> str:
    """Lines for standard output: annotations, then the count of what is left out and the totals as plain text."""
    drawn: Counter[str] = Counter()
    lines: list[str] = []
    left = 0
    for command, file, title, message in _annotations(findings, wording):
        drawn[command] += 1
        if drawn[command] > DRAWN:
            left += 1
        else:
            lines.append(f"::{command} file={_property(file)},title={_property(title)}::{_data(message)}")
    if left:
        lines.append(
            wording.say(f"另有 {left} 项（规则×文件），见汇总", f"{left} more rules and files: see the summary")
        )
    numbers = findings.summary()
    lines.append(
        wording.say(
            f"stuvalid：{numbers['files']} 个文件，{numbers['errors']} 个错误，{numbers['warnings']} 个警告",
            f"stuvalid: {numbers['files']} files, {numbers['errors']} errors, {numbers['warnings']} warnings",
        )
    )
    return "\n".join(lines) + "\n"


def _annotations(findings: Findings, wording: Wording) -> Iterator[tuple[str, str, str, str]]:
    """(command, file, title, message): unreadable files and crashed rules first, then by severity and number."""
    for entry in findings.account():
        first = entry.examples[0].file if entry.examples else ""
        told = f"{reason(entry, wording)}\n{places(entry, wording)}".strip()
        command = "error" if entry.incomplete else "notice"
        yield command, repository_path(first, wording), times(entry, wording), told
    for report in findings.files:
        yield from _failures(report, wording)
    grouped = findings.groups(1)
    found = [(group, report) for report in findings.files for group in grouped.get(report.path, [])]
    found.sort(key=lambda entry: (-entry[0].severity, -entry[0].count, entry[1].path, entry[0].rule))
    for group, report in found:
        yield (
            _COMMANDS[group.severity],
            repository_path(report.path, wording),
            _title(group, wording),
            _message(group, wording),
        )


def _failures(report: FileReport, wording: Wording) -> Iterator[tuple[str, str, str, str]]:
    name = repository_path(report.path, wording)
    if report.status == "unreadable":
        yield ("error", name, wording.say("读不了", "unreadable"), wording.say(report.reason_zh, report.reason_en))
    for rule, why in report.rules.crashed.items():
        yield "error", name, rule, wording.say(f"规则出错，没有检查：{why}", f"the rule crashed: {why}")


def _title(group: Group, wording: Wording) -> str:
    many = f" ×{group.count}" if group.count > 1 else ""
    return f"{group.rule}{many}"


def _message(group: Group, wording: Wording) -> str:
    finding = group.samples[0]
    place = f"{finding.place.sheet}!{finding.place.cell} " if finding.place.cell else ""
    rest = group.count - 1
    more = (wording.say(f"（另有{rest}处）", f" (and {rest} more)")) if rest else ""
    return f"{place}{wording.message(finding)}{more}\n{wording.mend(finding)}"


def _data(text: str) -> str:
    text = _CONTROL.sub("?", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
