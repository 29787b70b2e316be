"""``markdown``: a summary for the page of a CI run or a message to a school."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stuvalid.findings import Findings, Severity
from stuvalid.report.document import path
from stuvalid.report.notchecked import not_checked
from stuvalid.report.spreadsheets import severity
from stuvalid.report.wording import Wording

_FILES = 200
_GROUPS = 100
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")


def render(findings: Findings, wording: Wording) -> str:
    """Totals, files, one line for each rule and file with its first cell, and what was not checked."""
    return "\n".join(_lines(findings, wording)) + "\n"


def _lines(findings: Findings, wording: Wording) -> Iterator[str]:
    numbers = findings.summary()
    clean = not numbers["errors"] and not findings.incomplete
    mark = "✅" if clean else "❌"
    yield f"## {mark} stuvalid"
    yield ""
    yield wording.say(
        f"{numbers['files']} 个文件、{numbers['rows']} 名学生：**{numbers['errors']} 个错误**，{numbers['warnings']} 个警告，"
        f"{numbers['infos']} 个提示。",
        f"{numbers['files']} files, {numbers['rows']} pupils: **{numbers['errors']} errors**, {numbers['warnings']} warnings, "
        f"{numbers['infos']} infos.",
    )
    yield from _causes(findings, wording)
    yield from _files(findings, wording)
    yield from _groups(findings, wording)
    yield from _missing(findings, wording)


def _causes(findings: Findings, wording: Wording) -> Iterator[str]:
    if findings.causes:
        yield from ("", wording.say("### 先改这些", "### Mend these first"), "")
        for cause in findings.causes[:10]:
            yield f"- {_plain(path(cause.file, wording))}: {_plain(wording.cause(cause))}"


def _files(findings: Findings, wording: Wording) -> Iterator[str]:
    counts = findings.by_file()
    titles = wording.say("文件 | 学生 | 错误 | 警告 | 说明", "file | pupils | errors | warnings | note")
    yield from ("", f"| {titles} |", "|---|--:|--:|--:|---|")
    # Those with errors first: a long list is read from the top.
    reports = sorted(
        findings.files, key=lambda report: (report.status != "unreadable", -counts[report.path, Severity.ERROR])
    )
    for report in reports[:_FILES]:
        note = wording.say(report.reason_zh, report.reason_en)
        yield (
            f"| {_plain(path(report.path, wording))} | {report.rows} | {counts[report.path, Severity.ERROR]} "
            f"| {counts[report.path, Severity.WARNING]} | {_plain(note)} |"
        )
    if len(reports) > _FILES:
        yield from ("", wording.say(f"……还有 {len(reports) - _FILES} 个文件", f"… {len(reports) - _FILES} more files"))


def _groups(findings: Findings, wording: Wording) -> Iterator[str]:
    groups = [
        (name, group) for name, found in findings.groups(1).items() for group in found if group.severity > Severity.INFO
    ]
    if not groups:
        return
    groups.sort(key=lambda entry: (-entry[1].severity, -entry[1].count, entry[0], entry[1].rule))
    titles = wording.say("级别 | 规则 | 文件 | 首处 | 处数 | 问题", "level | rule | file | first | count | problem")
    yield from ("", f"| {titles} |", "|---|---|---|---|--:|---|")
    for name, group in groups[:_GROUPS]:
        first = group.samples[0]
        cell = f"{first.place.sheet}!{first.place.cell}" if first.place.cell else ""
        cells = (
            severity(first, wording),
            group.rule,
            path(name, wording),
            cell,
            str(group.count),
            wording.message(first),
        )
        yield f"| {' | '.join(_plain(text) for text in cells)} |"
    if len(groups) > _GROUPS:
        yield from ("", wording.say(f"……还有 {len(groups) - _GROUPS} 项", f"… {len(groups) - _GROUPS} more"))


def _missing(findings: Findings, wording: Wording) -> Iterator[str]:
    """What was not checked, once for all files of which the same is to be said."""
    files: dict[tuple[str, str], list[str]] = {}
    for entry in not_checked(findings, wording):
        files.setdefault((entry.what, entry.why), []).append(entry.file)
    if files:
        yield from ("", wording.say("### 没有检查", "### Not checked"), "")
    for (what, why), names in list(files.items())[:_GROUPS]:
        where = names[0] if len(names) == 1 else wording.say(f"{len(names)}个文件", f"{len(names)} files")
        yield f"- {_plain(where)}: {_plain(what)}: {_plain(why)}"
    if len(files) > _GROUPS:
        yield wording.say(f"- ……还有 {len(files) - _GROUPS} 项", f"- … {len(files) - _GROUPS} more")


def _plain(text: str) -> str:
    """Text in which nothing is taken for markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
