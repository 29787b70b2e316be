"""``check --annotate``: the school's own workbook with every faulty cell coloured and explained, and a list in front.

The copy goes back to the school it came from, so it shows values in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stuvalid.excel.patch import CellMark, FrontCell, FrontSheet, Link
from stuvalid.excel.patch.edits import Severity as Shade
from stuvalid.findings import Finding, Findings, Severity
from stuvalid.mending.copies import CopyRequest, WritableCopy, writable_copies
from stuvalid.messages import Wording
from stuvalid.report.spreadsheets import harmless, severity

MOST_COMMENTS = 5_000
"""Beyond this Excel becomes slow; the cells are still coloured and listed."""

MOST_LISTED = 100_000
_SHADES: dict[Severity, Shade] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
_TITLES = {
    "level": ("级别", "level", 7), "sheet": ("工作表", "sheet", 14), "cell": ("单元格", "cell", 9), "column": ("列", "column", 16),
    "value": ("现在的值", "value", 22), "problem": ("问题", "problem", 44), "mend": ("怎么改", "what to do", 34),
    "fix": ("可改为", "fix", 20), "rule": ("规则", "rule", 9),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Annotated:
    """The annotated workbook of one file; ``notes`` as of `WritableCopy` and `patch_workbook`."""

    copy: WritableCopy
    data: bytes
    notes: tuple[str, ...]
    left_out: int = 0


def annotate(request: CopyRequest, findings: Sequence[Finding], wording: Wording) -> Annotated:
    """Mark ``findings`` (of this one file) in a copy. Without any, the copy says that nothing was found."""
    from stuvalid.excel.patch import patch_workbook

    copy = writable_copies([request])[0]
    if copy.failure is not None:
        return Annotated(copy, b"", copy.notes)
    wording = Wording(wording.lang, show_values=True)
    marks = list(_marks(findings, wording))
    result = patch_workbook(copy.data, marks=marks, front_sheet=_list(findings, wording))
    return Annotated(copy, result.data, (*copy.notes, *result.notes), max(0, len(findings) - MOST_LISTED))


def by_file(findings: Findings) -> dict[str, list[Finding]]:
    """The findings of each file by its path, gravest first."""
    found: dict[str, list[Finding]] = {report.path: [] for report in findings.files}
    for finding in findings:
        found.setdefault(finding.place.file, []).append(finding)
    for entries in found.values():
        entries.sort(key=lambda finding: -finding.severity)
    return found


def _marks(findings: Sequence[Finding], wording: Wording) -> Iterator[CellMark]:
    """One mark a cell: its gravest level, all its messages."""
    cells: dict[tuple[str, int, int], list[Finding]] = {}
    for finding in findings:
        place = finding.place
        if place.row >= 0 and place.column >= 0:
            cells.setdefault((place.sheet, place.row, place.column), []).append(finding)
    for number, ((sheet, row, column), entries) in enumerate(cells.items()):
        comment = "\n".join(_comment(finding, wording) for finding in entries) if number < MOST_COMMENTS else ""
        yield CellMark(sheet, row, column, _SHADES[entries[0].severity], comment)


def _comment(finding: Finding, wording: Wording) -> str:
    lines = [f"【{severity(finding, wording)}】{wording.message(finding)}"]
    mend = wording.mend(finding)
    if mend:
        lines.append(wording.say(f"怎么改：{mend}", f"What to do: {mend}"))
    fix = wording.fix_value(finding)
    if fix and fix not in lines[0]:
        lines.append(wording.say(f"可改为：{fix}", f"Could be: {fix}"))
    return "\n".join([*lines, f"（{finding.rule}）"])


def _list(findings: Sequence[Finding], wording: Wording) -> FrontSheet:
    counts = [sum(finding.severity is level for finding in findings) for level in reversed(Severity)]
    return FrontSheet(
        name=wording.say("问题清单", "Findings"), title=wording.say("问题清单", "Findings"),
        header=[wording.say(zh, en) for zh, en, _ in _TITLES.values()], rows=_rows(findings, wording),
        widths=[width for _, _, width in _TITLES.values()], lines=_lines(findings, counts, wording),
    )  # fmt: skip


def _lines(findings: Sequence[Finding], counts: Sequence[int], wording: Wording) -> list[str]:
    if not findings:
        return [wording.say("没有发现问题。", "Nothing was found.")]
    lines = [
        wording.say(
            f"{counts[0]} 个错误（红）、{counts[1]} 个警告（黄）、{counts[2]} 个提示（蓝）。点“单元格”一列可跳到该格；按列筛选、排序均可。",
            f"{counts[0]} errors (red), {counts[1]} warnings (yellow), {counts[2]} infos (blue). The cell column leads to each cell.",
        ),
        wording.say(
            "改好后直接再检查本文件：stuvalid check；改一种读法的错误可用 stuvalid fix。再次标注时，颜色、批注和本表会自动更新。",
            "Mend, then check this very file again; stuvalid fix mends what has one reading. Annotating again renews all marks.",
        ),
    ]
    if len(findings) > MOST_LISTED:
        lines.append(
            wording.say(
                f"只列出前 {MOST_LISTED} 条，另有 {len(findings) - MOST_LISTED} 条。",
                f"The first {MOST_LISTED} only; {len(findings) - MOST_LISTED} more.",
            )
        )
    return lines


def _rows(findings: Sequence[Finding], wording: Wording) -> Iterator[list[str | int | FrontCell]]:
    for finding in findings[:MOST_LISTED]:
        place = finding.place
        link = Link(place.sheet, place.row, max(place.column, 0)) if place.row >= 0 and place.sheet else None
        cell = place.cell or (wording.say(f"第{place.row + 1}行", f"row {place.row + 1}") if place.row >= 0 else "")
        yield [
            FrontCell(severity(finding, wording), severity=_SHADES[finding.severity]), place.sheet,
            FrontCell(cell, link) if link else cell, finding.header, harmless(wording.value(finding)),
            harmless(wording.message(finding)), wording.mend(finding), harmless(wording.fix_value(finding) or ""), finding.rule,
        ]  # fmt: skip
