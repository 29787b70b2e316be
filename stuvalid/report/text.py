"""``--format text``: for a person at a terminal of 80 columns, most important first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stuvalid.findings import Accepted, FileReport, Finding, Findings, Group, Severity
from stuvalid.report.document import path
from stuvalid.report.notchecked import places
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules

_WORDS = {
    "zh": {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"},
    "en": {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"},
}
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

_MOST_PASSED_OVER = 5
"""Files that were passed over are named up to here, with -v all; they are counted in the last line."""


class Writer:
    """Lines of text, each styled, wrapped by East Asian width."""

    def __init__(self, console: Console, wording: Wording, per_rule: int, verbose: bool) -> None:
        self.console = console
        self.wording = wording
        self.per_rule = per_rule
        self.verbose = verbose
        self.width = console.width
        self.passed_over = 0
        self.coloured = console.color_system is not None
        self.file = console.file

    def say(self, zh: str, en: str, style: str = "", indent: int = 0) -> None:
        """One line in the report's language, continued under itself when it is too long."""
        text = en if self.wording.lang == "en" else zh
        width = max(20, self.width - indent)
        for line in wrap(text, width):
            if style and self.coloured:
                self.console.print(Text(" " * indent + line, style=style), soft_wrap=True)
            else:
                # Laying out tens of thousands of plain lines is most of what a report would cost.
                self.file.write(f"{' ' * indent}{line}\n")


def wrap(text: str, width: int) -> Iterator[str]:
    """``text`` in lines of at most ``width`` columns, a Chinese character being two wide."""
    if cell_len(text) <= width:
        yield text
        return
    line, used = "", 0
    for char in text:
        size = cell_len(char)
        if used + size > width:
            cut = line.rfind(" ")
            # A Latin word stays whole; Chinese breaks anywhere.
            if char.isascii() and char != " " and cut > width // 2:
                yield line[:cut]
                line = line[cut + 1 :]
                used = cell_len(line)
            else:
                yield line
                line, used = "", 0
        line += char
        used += size
    if line.strip():
        yield line.rstrip()


def render(findings: Findings, wording: Wording, console: Console, *, per_rule: int = 5, verbose: bool = False) -> None:
    """Print the report. At most ``per_rule`` findings of a rule and file are shown, all are counted."""
    writer = Writer(console, wording, per_rule, verbose)
    _causes(writer, findings)
    grouped = findings.groups(max(per_rule, 1))
    for report in findings.files:
        _file(writer, report, grouped.get(report.path, []))
    left = writer.passed_over - _MOST_PASSED_OVER
    if left > 0 and not verbose:
        writer.say(
            f"- 另有 {left} 个文件不是学籍表，用 -v 列出", f"- {left} more files are no forms; -v names them", "dim"
        )
    _mends(writer, grouped, findings.files)
    _accepted(writer, findings.accepted)
    _account(writer, findings)
    _not_checked(writer, findings)
    _summary(writer, findings)


def _causes(writer: Writer, findings: Findings) -> None:
    shown = [cause for cause in findings.causes if all_rules()[cause.rule].severity > Severity.INFO or writer.verbose]
    if not shown:
        return
    writer.say("先改这些，一次能解决很多处：", "Mend these first, each solves many findings:", "bold")
    for cause in shown[:10]:
        text = f"{path(cause.file, writer.wording)}：{writer.wording.cause(cause)}"
        writer.say(f"· {text}", f"- {text}", indent=2)
    writer.file.write("\n")


def _file(writer: Writer, report: FileReport, found: Sequence[Group]) -> None:
    name = path(report.path, writer.wording)
    if report.status == "unreadable":
        writer.say(f"✗ {name}", f"x {name}", "bold red")
        writer.say(f"读不了：{report.reason_zh}", f"unreadable: {report.reason_en}", "red", 2)
    elif report.status == "skipped":
        if writer.verbose or writer.passed_over < _MOST_PASSED_OVER:
            writer.say(f"- {name}：未检查，{report.reason_zh}", f"- {name}: not checked, {report.reason_en}", "dim")
        writer.passed_over += 1
        if found:
            counts = {severity: sum(g.count for g in found if g.severity is severity) for severity in Severity}
            visible = [group for group in found if group.severity > Severity.INFO or writer.verbose]
            _whole_file(writer, name, counts, visible)
    else:
        visible = [group for group in found if group.severity > Severity.INFO or writer.verbose]
        counts = {severity: sum(g.count for g in found if g.severity is severity) for severity in Severity}
        if not report.template:
            _whole_file(writer, name, counts, visible)
            return
        writer.say(
            f"{name}（{report.sheet}，{report.rows}名学生）：{_counts(counts, 'zh')}",
            f"{name} ({report.sheet}, {report.rows} pupils): {_counts(counts, 'en')}",
            "bold",
        )
        _findings(writer, visible)


def _whole_file(writer: Writer, name: str, counts: dict[Severity, int], found: Sequence[Group]) -> None:
    """A photo or a package: its findings are few and each says it all; one without any is only counted."""
    if not found and not writer.verbose:
        return
    writer.say(f"{name}：{_counts(counts, 'zh')}", f"{name}: {_counts(counts, 'en')}", "bold")
    for group in found:
        for finding in group.samples[: writer.per_rule]:
            word = _WORDS[writer.wording.lang][group.severity]
            place = f"{_place(finding, writer.wording)}  " if finding.place.row >= 0 else ""
            text = f"{word} {group.rule}  {place}{writer.wording.message(finding)}"
            writer.say(text, text, _STYLES[group.severity], 2)
        _rest(writer, group)


def _mends(writer: Writer, grouped: dict[str, list[Group]], files: Sequence[FileReport]) -> None:
    """What to do about photos and packages, once a rule: fifty pictures of a class share few faults."""
    whole = [group for report in files if not report.template for group in grouped.get(report.path, [])]
    mends = {group.rule: writer.wording.mend(group.samples[0]) for group in whole if group.severity > Severity.INFO}
    if any(mends.values()):
        writer.file.write("\n")
        writer.say("怎么改：", "What to do:", "bold")
    for rule, mend in sorted(mends.items()):
        if mend:
            writer.say(f"{rule}  {mend}", f"{rule}  {mend}", indent=2)


def _counts(counts: dict[Severity, int], lang: str) -> str:
    parts = [f"{counts[severity]} {_WORDS[lang][severity]}" for severity in reversed(Severity) if counts[severity]]
    return (
        "，".join(parts)
        if lang == "zh" and parts
        else ", ".join(parts) or ("没有发现问题" if lang == "zh" else "nothing found")
    )


def _findings(writer: Writer, found: Sequence[Group]) -> None:
    for group in found:
        word = _WORDS[writer.wording.lang][group.severity]
        mend = writer.wording.mend(group.samples[0])
        title = f"{word} {group.rule} x{group.count}  {mend}"
        writer.say(title, title, _STYLES[group.severity], 2)
        for finding in group.samples[: writer.per_rule]:
            message = writer.wording.message(finding)
            fix = writer.wording.fix_value(finding)
            arrow = f" → {fix}" if fix and fix not in message else ""
            text = f"{_place(finding, writer.wording)}  {message}{arrow}"
            writer.say(text, text, indent=4)
        _rest(writer, group)


def _rest(writer: Writer, group: Group) -> None:
    rest = group.count - writer.per_rule
    if rest > 0:
        writer.say(
            f"…还有 {rest} 处，全部见 --output 报告.html",
            f"... and {rest} more, all with --output report.html",
            "dim",
            4,
        )


def _accepted(writer: Writer, accepted: Sequence[Accepted]) -> None:
    """What was explained: it does not count, but nobody shall have to guess that it is there."""
    if not accepted:
        return
    writer.file.write("\n")
    writer.say(f"已说明、不计入（{len(accepted)}）：", f"Explained, not counted ({len(accepted)}):", "bold")
    shown = accepted if writer.verbose else accepted[: writer.per_rule]
    for entry in shown:
        finding = entry.finding
        where = f"{finding.rule}  {path(finding.place.file, writer.wording)} {_place(finding, writer.wording)}"
        writer.say(
            f"{where}  {entry.reason}（{entry.person}，至 {entry.until}）",
            f"{where}  {entry.reason} ({entry.person}, until {entry.until})",
            "dim",
            4,
        )
    rest = len(accepted) - len(shown)
    if rest:
        writer.say(f"…还有 {rest} 处，加 -v 全部列出", f"... and {rest} more, all with -v", "dim", 4)


def _place(finding: Finding, wording: Wording) -> str:
    if finding.place.cell:
        return f"{finding.place.cell} {finding.header}".rstrip()
    if finding.place.row >= 0:
        return f"第{finding.place.row + 1}行" if wording.lang == "zh" else f"row {finding.place.row + 1}"
    return "整表" if wording.lang == "zh" else "sheet"


def _account(writer: Writer, findings: Findings) -> None:
    """What was not read or understood, a line a kind: never silent, whatever else is shown."""
    for entry in findings.account():
        where = places(entry, writer.wording)
        writer.say(
            f"没有检查 {entry.count} 处：{entry.zh}{f'（{where}）' if where else ''}",
            f"Not checked, {entry.count}: {entry.en}{f' ({where})' if where else ''}",
            "bold red" if entry.incomplete else "yellow",
        )


def _not_checked(writer: Writer, findings: Findings) -> None:
    skipped: dict[tuple[str, str], int] = defaultdict(int)
    unknown: dict[str, int] = defaultdict(int)
    for report in findings.files:
        for known, key in report.rules.skipped.items():
            skipped[known, key] += 1
        for known, count in report.rules.unknown.items():
            unknown[known] += count
        for known, why in report.rules.crashed.items():
            name = path(report.path, writer.wording)
            writer.say(
                f"规则 {known} 在 {name} 上出错，没有检查：{why}", f"rule {known} crashed on {name}: {why}", "bold red"
            )
    if not skipped and not unknown:
        return
    writer.file.write("\n")
    fields = sorted({key for _, key in skipped if not writer.wording.reason(key)})
    reasons = {key: writer.wording.reason(key) for _, key in skipped if writer.wording.reason(key)}
    if fields:
        reasons[""] = (
            f"缺少列（{', '.join(fields)}）"
            if writer.wording.lang == "zh"
            else f"columns missing ({', '.join(fields)})"
        )
    for key, reason in reasons.items():
        rules = sorted({known for known, field in skipped if (field if field in reasons else "") == key})
        writer.say(
            f"没有检查：{reason}，规则 {'、'.join(rules)} 未执行。",
            f"Not checked: {reason}, rules {', '.join(rules)} did not run.",
            "dim",
        )
    if unknown:
        count = max(unknown.values())
        writer.say(
            f"无法判断：有 {count} 个格读不懂，改好后再查一遍，相关规则才能判断。",
            f"Unknown: {count} cells could not be read; check again once they are mended.",
            "dim",
        )


def _summary(writer: Writer, findings: Findings) -> None:
    numbers = findings.summary()
    skipped = sum(report.status == "skipped" for report in findings.files)
    broken = len(findings.unreadable)
    extra_zh = f"，{skipped} 个不是学籍表" if skipped else ""
    extra_en = f", {skipped} no student forms" if skipped else ""
    extra_zh += f"，{broken} 个读不了" if broken else ""
    extra_en += f", {broken} unreadable" if broken else ""
    style = "bold red" if numbers["errors"] or findings.incomplete else "bold green"
    writer.file.write("\n")
    pupils_zh, pupils_en = (
        (f"、{numbers['rows']} 名学生", f", {numbers['rows']} pupils") if numbers["rows"] else ("", "")
    )
    writer.say(
        f"共 {numbers['files']} 个文件{pupils_zh}{extra_zh}："
        f"{numbers['errors']} 个错误，{numbers['warnings']} 个警告，{numbers['infos']} 个提示。",
        f"{numbers['files']} files{pupils_en}{extra_en}: "
        f"{numbers['errors']} errors, {numbers['warnings']} warnings, {numbers['infos']} infos.",
        style,
    )
    fixable = _fixable(findings)
    if fixable:
        writer.say(
            f"其中 {fixable} 处只有一种读法，可用 stuvalid fix 自动改。",
            f"{fixable} of them have only one reading: stuvalid fix mends them.",
            "dim",
        )


def _fixable(findings: Findings) -> int:
    return sum(1 for block in findings.blocks for fix in block.fixes if fix is not None and fix.safe)
