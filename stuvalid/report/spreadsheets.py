"""What reports for spreadsheet programs share: their columns, and values that can do no harm there."""

from __future__ import annotations

from stuvalid.findings import Severity, letters
from stuvalid.report.items import WordedFinding, WordedPlace
from stuvalid.report.shown import WordedRun
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


def titles(run: WordedRun) -> list[str]:
    """The columns' titles in the report's language."""
    return [run.say(zh, en) for zh, en, _ in COLUMNS.values()]


def row_of(finding: WordedFinding, run: WordedRun) -> list[str]:
    """A finding's row of texts, in the order of `COLUMNS`."""
    place = finding.place
    related = [" ".join(filter(None, (_site(other), other.cell))) for other in finding.related]
    if finding.related_more:
        related.append(run.say(f"……还有{finding.related_more}处", f"... {finding.related_more} more"))
    return [
        place.file,
        place.sheet,
        place.cell or (str(place.row) if place.row else ""),
        finding.header or letters(place.column),
        severity(finding.severity, run.wording),
        finding.rule,
        finding.message,
        finding.mend,
        finding.value,
        finding.fix or "",
        _kind_of_fix(finding, run),
        run.say("；", "; ").join(related),
    ]


def _site(place: WordedPlace) -> str:
    return " ".join(filter(None, (place.file, place.sheet)))


def severity(level: Severity, wording: Wording) -> str:
    """The word for a level."""
    return wording.say(*SEVERITIES[level.word])


def _kind_of_fix(finding: WordedFinding, run: WordedRun) -> str:
    if finding.fix is None:
        return ""
    return run.say("安全", "safe") if finding.safe else run.say("待确认", "unsafe")
