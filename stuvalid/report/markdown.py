"""``markdown``: a summary for the page of a CI run or a message to a school."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stuvalid.findings import Severity
from stuvalid.report.shown import WordedRun
from stuvalid.report.spreadsheets import severity

_FILES = 200
_GROUPS = 100
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")


def render(run: WordedRun) -> Iterator[str]:
    """Totals, files, one line for each rule and file with its first cell, and what was not checked."""
    return (f"{line}\n" for line in _lines(run))


def _lines(run: WordedRun) -> Iterator[str]:
    numbers = run.summary
    clean = not numbers["errors"] and not run.incomplete
    mark = "✅" if clean else "❌"
    yield f"## {mark} stuvalid"
    yield ""
    yield run.say(
        f"{numbers['files']} 个文件、{numbers['rows']} 名学生：**{numbers['errors']} 个错误**，{numbers['warnings']} 个警告，"
        f"{numbers['infos']} 个提示。",
        f"{numbers['files']} files, {numbers['rows']} pupils: **{numbers['errors']} errors**, {numbers['warnings']} warnings, "
        f"{numbers['infos']} infos.",
    )
    yield from _causes(run)
    yield from _files(run)
    yield from _groups(run)
    yield from _missing(run)


def _causes(run: WordedRun) -> Iterator[str]:
    if run.causes:
        yield from ("", run.say("### 先改这些", "### Mend these first"), "")
        for cause in run.causes[:10]:
            yield f"- {escaped(cause.file)}: {escaped(cause.message)}"


def _files(run: WordedRun) -> Iterator[str]:
    titles = run.say("文件 | 学生 | 错误 | 警告 | 提示 | 说明", "file | pupils | errors | warnings | infos | note")
    yield from ("", f"| {titles} |", "|---|--:|--:|--:|--:|---|")
    # Those with errors first: a long list is read from the top.
    files = sorted(run.files, key=lambda file: (file.status != "unreadable", -file.counts[Severity.ERROR]))
    for file in files[:_FILES]:
        counts = " | ".join(str(file.counts[level]) for level in reversed(Severity))
        yield f"| {escaped(file.path)} | {file.rows} | {counts} | {escaped(file.reason)} |"
    left = files[_FILES:]
    if left:
        found = sum(sum(file.counts.values()) for file in left)
        yield ""
        yield run.say(f"……还有 {len(left)} 个文件，{found} 处", f"… {len(left)} more files with {found} findings")


def _groups(run: WordedRun) -> Iterator[str]:
    groups = [(file.path, group) for file, found in run.groups(1) for group in found if group.severity > Severity.INFO]
    if not groups:
        return
    groups.sort(key=lambda entry: (-entry[1].severity, -entry[1].count, entry[0], entry[1].rule))
    titles = run.say("级别 | 规则 | 文件 | 首处 | 处数 | 问题", "level | rule | file | first | count | problem")
    yield from ("", f"| {titles} |", "|---|---|---|---|--:|---|")
    for name, group in groups[:_GROUPS]:
        first = group.samples[0]
        cells = (
            severity(group.severity, run.wording),
            group.rule,
            name,
            first.place.where,
            str(group.count),
            first.message,
        )
        yield f"| {' | '.join(escaped(text) for text in cells)} |"
    if len(groups) > _GROUPS:
        yield from ("", run.say(f"……还有 {len(groups) - _GROUPS} 项", f"… {len(groups) - _GROUPS} more"))


def _missing(run: WordedRun) -> Iterator[str]:
    """What was not checked, once for all files of which the same is to be said."""
    files: dict[tuple[str, str], list[str]] = {}
    for entry in run.unchecked():
        files.setdefault((entry.what, entry.why), []).append(entry.file)
    if files:
        yield from ("", run.say("### 没有检查", "### Not checked"), "")
    for (what, why), names in list(files.items())[:_GROUPS]:
        where = names[0] if len(names) == 1 else run.say(f"{len(names)}个文件", f"{len(names)} files")
        yield f"- {escaped(where)}: {escaped(what)}: {escaped(why)}"
    if len(files) > _GROUPS:
        yield run.say(f"- ……还有 {len(files) - _GROUPS} 项", f"- … {len(files) - _GROUPS} more")


def escaped(text: str) -> str:
    """Text in which nothing is taken for markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
