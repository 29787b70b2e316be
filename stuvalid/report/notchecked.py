"""What a run did not check, and why: the part of every report that keeps silence from looking like a pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from stuvalid.findings import FileReport, Findings, NotChecked
from stuvalid.report.document import path
from stuvalid.report.wording import Wording


class Unchecked(NamedTuple):
    """One thing that was not checked: in which file ('' for all of them), what, and why.

    ``grave`` is what makes the run incomplete; ``key`` names it for machines: ``unreadable``, ``crashed``, ``skipped``,
    ``rules``, ``unknown`` or the kind of a `NotChecked`.
    """

    file: str
    what: str
    why: str
    grave: bool = False
    key: str = ""


def not_checked(findings: Findings, wording: Wording) -> Iterator[Unchecked]:
    """What could not be read, files that were skipped, rules that crashed, did not run or could not judge a cell."""
    for entry in findings.account():
        yield Unchecked(
            places(entry, wording), times(entry, wording), reason(entry, wording), entry.incomplete, entry.kind
        )
    skipped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for report in findings.files:
        name = path(report.path, wording)
        if report.status != "checked":
            yield Unchecked(name, *_whole(report, wording))
        for rule, error in report.rules.crashed.items():
            yield Unchecked(
                name, rule, wording.say(f"规则出错：{error}", f"the rule crashed: {error}"), True, "crashed"
            )
        for rule, key in report.rules.skipped.items():
            skipped[name, key].append(rule)
        if report.rules.unknown:
            cells = max(report.rules.unknown.values())
            rules = ", ".join(sorted(report.rules.unknown))
            why = wording.say(f"有 {cells} 个格读不懂，改好后再查", f"{cells} cells could not be read")
            yield Unchecked(name, rules, why, False, "unknown")
    headers = {key: header for report in findings.files for key, header in report.rules.headers.items()}
    for (name, key), rules_of in skipped.items():
        yield Unchecked(name, ", ".join(sorted(rules_of)), missing(key, headers, wording), False, "rules")


def missing(key: str, headers: Mapping[str, str], wording: Wording) -> str:
    """Why a rule did not run: what the reason or the field ``key`` of `RuleRuns.skipped` stands for."""
    column = wording.column(key, headers.get(key, ""))
    return wording.reason(key) or wording.say(f"缺少“{column}”列", f"the column {column} is missing")


def reason(entry: NotChecked, wording: Wording) -> str:
    """What an entry of the account says."""
    return wording.say(entry.zh, entry.en)


def places(entry: NotChecked, wording: Wording) -> str:
    """The examples of an entry in words, each file once, and how many more there are."""
    words: list[str] = []
    for file in dict.fromkeys(place.file for place in entry.examples):
        cells = [place for place in entry.examples if place.file == file]
        inside = [f"{place.sheet}!{place.cell}".strip("!") for place in cells if place.sheet or place.cell]
        words.append(" ".join(part for part in (path(file, wording), "、".join(dict.fromkeys(inside))) if part))
    left = entry.count - len(entry.examples)
    if left > 0 and words:
        words.append(wording.say(f"……还有{left}处", f"... {left} more"))
    return wording.say("；", "; ").join(words)


def times(entry: NotChecked, wording: Wording) -> str:
    """How often, as the name of an entry in lists."""
    return wording.say(f"没有检查（{entry.count}处）", f"not checked ({entry.count})")


def _whole(report: FileReport, wording: Wording) -> tuple[str, str, bool, str]:
    broken = report.status == "unreadable"
    what = wording.say("整个文件", "whole file") if broken else wording.say("略过", "passed over")
    return what, wording.say(report.reason_zh, report.reason_en), broken, report.status
