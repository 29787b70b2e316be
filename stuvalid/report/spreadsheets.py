"""What reports for spreadsheet programs share: their columns, and values that can do no harm there."""

from __future__ import annotations

from collections.abc import Iterator

from stuvalid.findings import Finding, Findings, letters
from stuvalid.report.document import path
from stuvalid.report.wording import Wording

COLUMNS = {
    "file": ("文件", "file", 24),
    "sheet": ("工作表", "sheet", 13),
    "cell": ("单元格", "cell", 7),
    "header": ("列", "column", 14),
    "severity": ("级别", "severity", 7),
    "rule": ("规则", "rule", 8),
    "message": ("问题", "problem", 42),
    "mend": ("怎么改", "what to do", 30),
    "value": ("现在的值", "value", 19),
    "fix": ("可改为", "fix", 19),
    "safe": ("改法", "kind of fix", 8),
    "related": ("相关单元格", "related cells", 18),
}
SEVERITIES = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "info")}
_STARTS_FORMULA = tuple("=+-@＝＋－＠")  # the wide ones too: Chinese and Japanese editions read them alike
_BLANKS = tuple("\t\r\n")


def harmless(text: str) -> str:
    """``text`` with an apostrophe in front where a spreadsheet program would take it for a formula."""
    dangerous = text.startswith(_BLANKS) or text.lstrip().startswith(_STARTS_FORMULA)
    return f"'{text}" if dangerous else text


def titles(wording: Wording) -> list[str]:
    """The columns' titles in the report's language."""
    return [wording.say(zh, en) for zh, en, _ in COLUMNS.values()]


def rows(findings: Findings, wording: Wording) -> Iterator[tuple[Finding, list[str]]]:
    """Each finding with its row of texts, in the order of `COLUMNS`."""
    for finding in findings:
        yield finding, _row(finding, wording)


def _row(finding: Finding, wording: Wording) -> list[str]:
    place = finding.place
    related = [
        " ".join(part for part in (path(other.file, wording), other.sheet, other.cell) if part)
        for other in finding.related
    ]
    if finding.related_more:
        related.append(wording.say(f"另{finding.related_more}处", f"{finding.related_more} more"))
    return [
        path(place.file, wording),
        place.sheet,
        place.cell or (str(place.row + 1) if place.row >= 0 else ""),
        finding.header or letters(place.column),
        severity(finding, wording),
        finding.rule,
        wording.message(finding),
        wording.mend(finding),
        wording.value(finding),
        wording.fix_value(finding) or "",
        _kind_of_fix(finding, wording),
        wording.say("；", "; ").join(related),
    ]


def severity(finding: Finding, wording: Wording) -> str:
    """The word for its level."""
    return wording.say(*SEVERITIES[finding.severity.word])


def _kind_of_fix(finding: Finding, wording: Wording) -> str:
    if finding.fix is None:
        return ""
    return wording.say("安全", "safe") if finding.fix.safe else wording.say("待确认", "unsafe")
