"""What a run did not check, and why: the part of every report that keeps silence from looking like a pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from stuvalid.findings import FileReport, Findings
from stuvalid.report.document import path
from stuvalid.report.wording import Wording


class Unchecked(NamedTuple):
    """One thing that was not checked: in which file ('' for all of them), what, and why."""

    file: str
    what: str
    why: str


def not_checked(findings: Findings, wording: Wording) -> Iterator[Unchecked]:
    """Files that were skipped or unreadable, rules that crashed, did not run or could not judge a cell."""
    skipped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for report in findings.files:
        name = path(report.path, wording)
        if report.status != "checked":
            yield Unchecked(name, *_whole(report, wording))
        for rule, error in report.rules.crashed.items():
            yield Unchecked(name, rule, wording.say(f"规则出错：{error}", f"the rule crashed: {error}"))
        for rule, key in report.rules.skipped.items():
            skipped[name, key].append(rule)
        if report.rules.unknown:
            cells = max(report.rules.unknown.values())
            rules = ", ".join(sorted(report.rules.unknown))
            why = wording.say(f"有 {cells} 个格读不懂，改好后再查", f"{cells} cells could not be read")
            yield Unchecked(name, rules, why)
    for (name, key), rules_of in skipped.items():
        yield Unchecked(name, ", ".join(sorted(rules_of)), missing(key, wording))


def missing(key: str, wording: Wording) -> str:
    """Why a rule did not run: what the reason or the field ``key`` of `RuleRuns.skipped` stands for."""
    column = wording.column(key)
    return wording.reason(key) or wording.say(f"缺少“{column}”列", f"the column {column} is missing")


def _whole(report: FileReport, wording: Wording) -> tuple[str, str]:
    what = (
        wording.say("整个文件", "whole file") if report.status == "unreadable" else wording.say("略过", "passed over")
    )
    return what, wording.say(report.reason_zh, report.reason_en)
