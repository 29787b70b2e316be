"""What a mending would change and what it leaves, as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stuvalid.findings import Findings, Severity, letters
from stuvalid.mending.changelog import explained, shown
from stuvalid.mending.fix import Change, FixResult, Mended
from stuvalid.report.spreadsheets import SEVERITIES
from stuvalid.report.text import wrap
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules

_MOST_RUNS = 3
_MOST_RULES = 10


def differences(result: FixResult, wording: Wording) -> Iterator[str]:
    """Old and new of every cell, file by file; cells of a column that change alike are told once."""
    for entry in result.files:
        if entry.changes:
            yield wording.path(entry.source.name)
            yield from _of_file(entry, wording)


def fitted(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines cut to ``width`` columns, what is left of each going on under its beginning."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        for number, piece in enumerate(wrap(line.strip(), width - len(indent) - 2)):
            yield f"{indent}{'  ' if number else ''}{piece}"


def _of_file(entry: Mended, wording: Wording) -> Iterator[str]:
    alike: dict[tuple[str, int, str, str, str], list[Change]] = {}
    for change in entry.changes:
        old, new = shown(change, entry.source.name, wording)
        alike.setdefault((change.sheet, change.column, change.rule, old, new), []).append(change)
    for (sheet, column, rule, old, new), changes in alike.items():
        first = changes[0]
        cells = _cells(column, sorted(change.row for change in changes), wording)
        unsafe = "" if first.safe else _to_verify(rule, wording)
        yield f"  {sheet}!{cells} {first.header} {rule} {explained(first, wording)}{unsafe}"
        stored = wording.say("（存为文本）", " (stored as text)") if first.old == first.new else ""
        yield f"    - {old}"
        yield f"    + {new}{stored}"


def _to_verify(rule: str, wording: Wording) -> str:
    known = all_rules().get(rule)
    if known is not None and known.scope == "table":
        return wording.say("（由其他格推出，须核对）", " (derived from another cell: to be verified)")
    return wording.say("（只是最可能的读法，须核对）", " (the likeliest reading: to be verified)")


def _cells(column: int, rows: Sequence[int], wording: Wording) -> str:
    """``G3``, ``G3:G9``, ``G3:G9,G12 …（共40格）``."""
    letter = letters(column)
    runs = []
    for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        members = [row + 1 for _, row in group]
        last = f":{letter}{members[-1]}" if len(members) > 1 else ""
        runs.append(f"{letter}{members[0]}{last}")
    more = " …" if len(runs) > _MOST_RUNS else ""
    count = wording.say(f"（共{len(rows)}格）", f" ({len(rows)} cells)") if len(rows) > 1 else ""
    return ",".join(runs[:_MOST_RUNS]) + more + count


def mended(result: FixResult, wording: Wording, *, written: bool) -> Iterator[str]:
    """How many cells were mended by which rule."""
    counts = Counter(change.rule for entry in result.files for change in entry.changes)
    total = sum(counts.values())
    head = wording.say("改了" if written else "会改", "mended" if written else "would mend")
    files = sum(bool(entry.changes) for entry in result.files)
    among = wording.say(f"（{files} 个文件）", f" in {files} files") if len(result.files) > 1 and total else ""
    if not total:
        yield wording.say("没有可以自动改的地方。", "There is nothing that can be mended without a person.")
        return
    yield wording.say(f"{head} {total} 处{among}：", f"{head} {total} cells{among}:")
    for rule, count in counts.most_common():
        yield f"  {rule} ×{count}  {_mend(rule, wording)}"


def remaining(
    findings: Findings, wording: Wording, *, unsafe: bool, marked: bool, preview: bool = False
) -> Iterator[str]:
    """What is left to do, the gravest rules first; a ``preview`` gives the numbers only."""
    counts = [findings.count(level) for level in reversed(Severity)]
    if not sum(counts):
        unchecked = sum(report.status != "checked" for report in findings.files)
        if unchecked:
            yield wording.say(
                f"有 {unchecked} 个文件没有检查，不知道里面有没有问题。",
                f"Files not checked, {unchecked}: what they hold is not known.",
            )
        else:
            yield wording.say("没有剩下的问题。", "Nothing is left to do.")
        return
    yield wording.say(
        f"剩下 {counts[0]} 个错误，{counts[1]} 个警告，{counts[2]} 个提示。",
        f"Left: {counts[0]} errors, {counts[1]} warnings, {counts[2]} infos.",
    )
    if not preview:
        yield from _gravest(findings, wording)
    derived = 0 if unsafe else sum(finding.fix is not None and not finding.fix.safe for finding in findings)
    if derived:
        yield wording.say(
            f"其中 {derived} 处有建议值，核对后可加 --unsafe-fixes 一并改。",
            f"{derived} of them have a value to suggest; --unsafe-fixes writes these too, to be verified.",
        )
    if not marked:
        yield wording.say(
            "加 --mark 可在副本里标出剩下的每一处。", "With --mark the copy shows each of them at its cell."
        )


def _gravest(findings: Findings, wording: Wording) -> Iterator[str]:
    levels = {rule: level for rule, level in _levels(findings) if level is not Severity.INFO}
    of_rule = findings.by_rule()
    order = sorted(levels, key=lambda rule: (-levels[rule], -of_rule[rule], rule))
    for rule in order[:_MOST_RULES]:
        yield f"  {wording.say(*SEVERITIES[levels[rule].word])} {rule} ×{of_rule[rule]}  {_mend(rule, wording)}"
    if len(order) > _MOST_RULES:
        more = len(order) - _MOST_RULES
        yield wording.say(f"  ……另有 {more} 条规则", f"  … and {more} more rules")


def _levels(findings: Findings) -> Iterator[tuple[str, Severity]]:
    yield from ((block.rule, block.severity) for block in findings.blocks)
    yield from ((finding.rule, finding.severity) for finding in findings.extra)


def _mend(rule: str, wording: Wording) -> str:
    known = all_rules().get(rule)
    return wording.say(known.mend, known.mend_en) if known is not None else ""
