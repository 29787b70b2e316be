"""``--format text``: for a person at a terminal of 80 columns, most important first."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stuvalid.findings import Severity
from stuvalid.report.items import WordedFile, WordedFinding, WordedGroup
from stuvalid.report.shown import WordedRun
from stuvalid.report.wording import Wording

_WORDS = {
    "zh": {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"},
    "en": {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"},
}
_WIDTH = 100
_SHOWN_PER_RULE = 1_000
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

_MOST_CLASSES = 4
_TOLD_FIRST = "DIA"
"""Rules whose findings stand at the top and not again at their file."""

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


def render(run: WordedRun) -> Iterator[str]:
    """The text as a file: without colours, infos included, for a file is for reading all of it."""
    stream = io.StringIO()
    console = Console(file=stream, width=_WIDTH, highlight=False, emoji=False, markup=False, color_system=None)
    show(run, console, per_rule=_SHOWN_PER_RULE, verbose=True)
    yield stream.getvalue()


def show(run: WordedRun, console: Console, *, per_rule: int = 5, verbose: bool = False) -> None:
    """Print the report. At most ``per_rule`` findings of a rule and file are shown, all are counted."""
    writer = Writer(console, run.wording, per_rule, verbose)
    _diagnoses(writer, run)
    _causes(writer, run)
    grouped = run.groups(max(per_rule, 1))
    for file, groups in grouped:
        _file(writer, file, groups)
    left = writer.passed_over - _MOST_PASSED_OVER
    if left > 0 and not verbose:
        writer.say(
            f"- 另有 {left} 个文件不是学籍表，用 -v 列出", f"- {left} more files are no forms; -v names them", "dim"
        )
    _mends(writer, grouped)
    _accepted(writer, run)
    _not_checked(writer, run)
    _summary(writer, run)


def show_statistics(run: WordedRun, console: Console) -> None:
    """How often each rule spoke, most first, and the last line of every report."""
    from stuvalid.rules.registry import all_rules

    writer = Writer(console, run.wording, 0, False)
    known = all_rules()
    for rule, count in sorted(run.by_rule.items(), key=lambda one: (-one[1], one[0])):
        about = known.get(rule)
        severity = _WORDS[run.lang][about.severity] if about is not None else ""
        words = run.wording.say(about.mend, about.mend_en) if about is not None else ""
        writer.say(f"{count:>7}  {rule}  {severity}  {words}", f"{count:>7}  {rule}  {severity}  {words}")
    _summary(writer, run)


def _diagnoses(writer: Writer, run: WordedRun) -> None:
    """What happened, before anything else; what it explains is one number."""
    if not run.diagnoses:
        return
    writer.say("发生了什么：", "What happened:", "bold")
    for one in run.diagnoses:
        folded = (
            (f"（由此而来的 {one.explained} 处不再一一列出）", f" ({one.explained} findings follow from it)")
            if one.explained
            else ("", "")
        )
        fix = (
            ("；stuvalid fix 能整体改回", "; stuvalid fix undoes it")
            if one.mends and one.safe
            else ("；stuvalid fix --unsafe-fixes 能整体改回", "; stuvalid fix --unsafe-fixes undoes it")
            if one.mends
            else ("", "")
        )
        writer.say(
            f"· {one.file} {one.message}{folded[0]}", f"- {one.file} {one.message}{folded[1]}", _STYLES[one.severity], 2
        )
        writer.say(f"{one.mend}{fix[0]}", f"{one.mend}{fix[1]}", indent=4)
    writer.file.write("\n")


def _causes(writer: Writer, run: WordedRun) -> None:
    shown = [cause for cause in run.causes if cause.severity > Severity.INFO or writer.verbose]
    if not shown:
        return
    writer.say("先改这些，一次能解决很多处：", "Mend these first, each solves many findings:", "bold")
    for cause in shown[:10]:
        text = f"{cause.file}：{cause.message}"
        writer.say(f"· {text}", f"- {text}", indent=2)
    writer.file.write("\n")


def _file(writer: Writer, file: WordedFile, found: Sequence[WordedGroup]) -> None:
    name = file.path or writer.wording.say("（不在某个文件中）", "(in no single file)")
    visible = [group for group in found if group.severity > Severity.INFO or writer.verbose]
    if file.status == "unreadable":
        writer.say(f"✗ {name}", f"x {name}", "bold red")
        writer.say(f"读不了：{file.reason}", f"unreadable: {file.reason}", "red", 2)
        _whole_file(writer, "", file.counts, visible)
    elif file.status == "skipped":
        if writer.verbose or writer.passed_over < _MOST_PASSED_OVER:
            writer.say(f"- {name}：未检查，{file.reason}", f"- {name}: not checked, {file.reason}", "dim")
        writer.passed_over += 1
        _whole_file(writer, name, file.counts, visible, silent=True)
    elif not file.template:
        _whole_file(writer, name, file.counts, visible, silent=not file.listed)
    else:
        said_zh = "，".join(filter(None, [file.sheet, f"{file.rows}名学生" if file.rows else ""]))
        said_en = ", ".join(filter(None, [file.sheet, f"{file.rows} pupils" if file.rows else ""]))
        said_zh, said_en = (f"（{said_zh}）", f" ({said_en})") if said_zh else ("", "")
        writer.say(
            f"{name}{said_zh}：{_counts(file.counts, 'zh')}", f"{name}{said_en}: {_counts(file.counts, 'en')}", "bold"
        )
        _look(writer, file)
        _findings(writer, visible)


def _look(writer: Writer, file: WordedFile) -> None:
    """What the file is, before what is wrong with it: form, school, classes, sheets beside."""
    look = file.look
    if look is None or not (look.forms or look.beside):
        return
    titles = writer.wording.say("；", "; ").join(look.forms)
    parts = [(f"模板：{titles}", f"form: {titles}")] if titles else []
    if look.schools:
        codes = "、".join(f"{code}（{count}人）" if len(look.schools) > 1 else code for code, count in look.schools)
        parts.append((f"学校 {codes}", f"school {', '.join(code for code, _ in look.schools)}"))
    if look.classes:
        shown = look.classes[:_MOST_CLASSES]
        rest = len(look.classes) - len(shown)
        more = (f" 等{len(look.classes)}个班", f" and {rest} more") if rest else ("", "")
        parts.append(
            (
                "、".join(f"{name} {count}人" for name, count in shown) + more[0],
                ", ".join(f"{name} {count}" for name, count in shown) + more[1],
            )
        )
    if look.beside:
        sheets = "、".join(look.beside)
        parts.append((f"没有看的表：{sheets}", f"sheets not looked at: {', '.join(look.beside)}"))
    writer.say("；".join(zh for zh, _ in parts), "; ".join(en for _, en in parts), "dim", 2)


def _whole_file(
    writer: Writer, name: str, counts: Mapping[Severity, int], found: Sequence[WordedGroup], *, silent: bool = False
) -> None:
    """A photo, a package or a file of which only this is known: its findings are few and each says it all.

    One without any is only counted, and with ``silent`` not even named by ``-v``.
    """
    if not found and (silent or not writer.verbose or not name):
        return
    if name:
        writer.say(f"{name}：{_counts(counts, 'zh')}", f"{name}: {_counts(counts, 'en')}", "bold")
    for group in found:
        for finding in group.samples[: writer.per_rule]:
            word = _WORDS[writer.wording.lang][group.severity]
            place = f"{_place(finding, writer.wording)}  " if finding.place.row else ""
            text = f"{word} {group.rule}  {place}{finding.message}"
            writer.say(text, text, _STYLES[group.severity], 2)
        _rest(writer, group)


def _mends(writer: Writer, grouped: Sequence[tuple[WordedFile, list[WordedGroup]]]) -> None:
    """What to do about photos and packages, once a rule: fifty pictures of a class share few faults."""
    whole = [group for file, groups in grouped for group in groups if not file.template]
    mends = {group.rule: group.mend for group in whole if group.severity > Severity.INFO}
    if any(mends.values()):
        writer.file.write("\n")
        writer.say("怎么改：", "What to do:", "bold")
    for rule, mend in sorted(mends.items()):
        if mend:
            writer.say(f"{rule}  {mend}", f"{rule}  {mend}", indent=2)


def _counts(counts: Mapping[Severity, int], lang: str) -> str:
    parts = [f"{counts[severity]} {_WORDS[lang][severity]}" for severity in reversed(Severity) if counts[severity]]
    return (
        "，".join(parts)
        if lang == "zh" and parts
        else ", ".join(parts) or ("没有发现问题" if lang == "zh" else "nothing found")
    )


def _findings(writer: Writer, found: Sequence[WordedGroup]) -> None:
    for group in found:
        if group.rule.startswith(_TOLD_FIRST):
            continue
        word = _WORDS[writer.wording.lang][group.severity]
        title = f"{word} {group.rule} x{group.count}  {group.mend}"
        writer.say(title, title, _STYLES[group.severity], 2)
        for finding in group.samples[: writer.per_rule]:
            arrow = f" → {finding.fix}" if finding.fix and finding.fix not in finding.message else ""
            text = f"{_place(finding, writer.wording)}  {finding.message}{arrow}"
            writer.say(text, text, indent=4)
        _rest(writer, group)


def _rest(writer: Writer, group: WordedGroup) -> None:
    rest = group.count - min(writer.per_rule, len(group.samples))
    if rest > 0:
        writer.say(
            f"…还有 {rest} 处，全部见 --output 报告.html",
            f"... and {rest} more, all with --output report.html",
            "dim",
            4,
        )


def _accepted(writer: Writer, run: WordedRun) -> None:
    """What was explained: it does not count, but nobody shall have to guess that it is there."""
    if not run.accepted_count:
        return
    writer.file.write("\n")
    count = run.accepted_count
    writer.say(f"已说明、不计入（{count}）：", f"Explained, not counted ({count}):", "bold")
    shown = count if writer.verbose else min(count, writer.per_rule)
    for entry in islice(run.accepted, shown):
        finding = entry.finding
        where = f"{finding.rule}  {finding.place.file} {_place(finding, writer.wording)}"
        writer.say(
            f"{where}  {entry.reason}（{entry.person}，至 {entry.until}）",
            f"{where}  {entry.reason} ({entry.person}, until {entry.until})",
            "dim",
            4,
        )
    if count > shown:
        writer.say(f"…还有 {count - shown} 处，加 -v 全部列出", f"... and {count - shown} more, all with -v", "dim", 4)


def _place(finding: WordedFinding, wording: Wording) -> str:
    if finding.place.cell:
        return f"{finding.place.cell} {finding.header}".rstrip()
    if finding.place.row:
        return wording.say(f"第{finding.place.row}行", f"row {finding.place.row}")
    return wording.say("整表", "sheet")


def _not_checked(writer: Writer, run: WordedRun) -> None:
    """What was not read or understood, a line a kind, and rules that did not run: never silent, whatever is shown."""
    for entry in run.account:
        where = f"（{entry.where}）" if entry.where else ""
        style = "bold red" if entry.incomplete else "yellow"
        writer.say(
            f"没有检查 {entry.count} 处：{entry.message}{where}",
            f"Not checked, {entry.count}: {entry.message}{where}",
            style,
        )
    skipped: dict[str, set[str]] = defaultdict(set)
    fields: set[str] = set()
    unknown: dict[str, int] = defaultdict(int)
    for file in run.files:
        for known, key in file.rules.skipped.items():
            reason = run.wording.reason(key)
            fields |= set() if reason else {run.wording.column(key, file.rules.headers.get(key, ""))}
            skipped[reason].add(known)
        for known, count in file.rules.unknown.items():
            unknown[known] += count
        for known, error in file.rules.crashed.items():
            why = run.wording.text(error)
            writer.say(
                f"规则 {known} 在 {file.path} 上出错，没有检查：{why}",
                f"rule {known} crashed on {file.path}: {why}",
                "bold red",
            )
    if skipped or unknown:
        writer.file.write("\n")
    for reason, rules in sorted(skipped.items(), reverse=True):
        listed = sorted(rules)
        why = reason or run.say(
            f"缺少列（{'、'.join(sorted(fields))}）", f"columns missing ({', '.join(sorted(fields))})"
        )
        writer.say(
            f"没有检查：{why}，规则 {'、'.join(listed)} 未执行。",
            f"Not checked: {why}, rules {', '.join(listed)} did not run.",
            "dim",
        )
    if unknown:
        count = max(unknown.values())
        writer.say(
            f"无法判断：有 {count} 个格读不懂，改好后再查一遍，相关规则才能判断。",
            f"Unknown: {count} cells could not be read; check again once they are mended.",
            "dim",
        )


def _summary(writer: Writer, run: WordedRun) -> None:
    numbers = run.summary
    skipped = sum(file.status == "skipped" for file in run.files)
    broken = sum(file.status == "unreadable" for file in run.files)
    extra_zh = f"，{skipped} 个不是学籍表" if skipped else ""
    extra_en = f", {skipped} no student forms" if skipped else ""
    extra_zh += f"，{broken} 个读不了" if broken else ""
    extra_en += f", {broken} unreadable" if broken else ""
    style = "bold red" if numbers["errors"] or run.incomplete else "bold green"
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
    if numbers["infos"] and not writer.verbose:
        writer.say(
            f"{numbers['infos']} 个提示没有列出，加 -v 可见。",
            f"The {numbers['infos']} infos are not listed: add -v to see them.",
            "dim",
        )
    fixable = sum(block.safe for block in run.blocks())
    if fixable:
        writer.say(
            f"其中 {fixable} 处只有一种读法，可用 stuvalid fix 自动改。",
            f"{fixable} of them have only one reading: stuvalid fix mends them.",
            "dim",
        )
