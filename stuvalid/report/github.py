"""``github``: workflow commands that become annotations on the changed files.

Only ten of each level are drawn for a step, so there is one for each rule and file, gravest first; the rest is
for the summary (``markdown``). A workbook has no lines: sheet and cell are told in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from stuvalid.findings import Severity
from stuvalid.report.fingerprints import repository_path
from stuvalid.report.items import WordedFile, WordedGroup
from stuvalid.report.shown import WordedRun

DRAWN = 10
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(run: WordedRun) -> Iterator[str]:
    """Lines for standard output: annotations, then the count of what is left out and the totals as plain text."""
    drawn: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for command, file, title, message, count in _annotations(run):
        drawn[command] += 1
        if drawn[command] > DRAWN:
            left[command] += count
        else:
            yield f"::{command} file={_property(file)},title={_property(title)}::{_data(message)}\n"
    if left:
        told = {"error": ("错误", "errors"), "warning": ("警告", "warnings"), "notice": ("提示", "infos")}
        items = sum(max(0, count - DRAWN) for count in drawn.values())
        zh = "、".join(f"{count} 个{told[command][0]}" for command, count in left.items())
        en = ", ".join(f"{count} {told[command][1]}" for command, count in left.items())
        yield run.say(
            f"另有 {items} 项（规则×文件，共 {zh}），见汇总\n",
            f"{items} more rules and files ({en}): see the summary\n",
        )
    numbers = run.summary
    yield run.say(
        f"stuvalid：{numbers['files']} 个文件，{numbers['errors']} 个错误，{numbers['warnings']} 个警告\n",
        f"stuvalid: {numbers['files']} files, {numbers['errors']} errors, {numbers['warnings']} warnings\n",
    )


def _annotations(run: WordedRun) -> Iterator[tuple[str, str, str, str, int]]:
    """(command, file, title, message, findings): what could not be looked at first, then by severity and number."""
    for entry in run.account:
        first = entry.examples[0].file if entry.examples else ""
        title = run.say(f"没有检查（{entry.count}处）", f"not checked ({entry.count})")
        command = "error" if entry.incomplete else "notice"
        yield command, repository_path(first), title, f"{entry.message}\n{entry.where}".strip(), entry.count
    for file in run.files:
        yield from _failures(file, run)
    found = [(group, file) for file, groups in run.groups(1) for group in groups]
    found.sort(key=lambda entry: (-entry[0].severity, -entry[0].count, entry[1].path, entry[0].rule))
    for group, file in found:
        name = repository_path(file.path)
        yield _COMMANDS[group.severity], name, _title(group), _message(group, run), group.count


def _failures(file: WordedFile, run: WordedRun) -> Iterator[tuple[str, str, str, str, int]]:
    name = repository_path(file.path)
    if file.status == "unreadable":
        yield "error", name, run.say("读不了", "unreadable"), file.reason, 1
    for rule, error in file.rules.crashed.items():
        why = run.wording.text(error)
        yield "error", name, rule, run.say(f"规则出错，没有检查：{why}", f"the rule crashed: {why}"), 1


def _title(group: WordedGroup) -> str:
    many = f" ×{group.count}" if group.count > 1 else ""
    return f"{group.rule}{many}"


def _message(group: WordedGroup, run: WordedRun) -> str:
    finding = group.samples[0]
    rest = group.count - 1
    more = run.say(f"（另有{rest}处）", f" (and {rest} more)") if rest else ""
    return f"{finding.place.where} {finding.message}{more}\n{group.mend}".strip()


def _data(text: str) -> str:
    text = _CONTROL.sub("?", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
