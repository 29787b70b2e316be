"""``check --annotate``: the school's own workbook with every faulty cell coloured and explained, and a list in front.

The copy goes back to the school it came from, so it shows values in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from stuvalid.excel.patch import CellMark, FrontCell, FrontSheet, Link
from stuvalid.excel.patch.edits import Severity as Shade
from stuvalid.findings import Finding, Findings, Place, Severity
from stuvalid.findings.masking import shown_path
from stuvalid.mending.copies import CopyRequest, WritableCopy, writable_copy
from stuvalid.report.spreadsheets import harmless, severity
from stuvalid.report.wording import Wording

if TYPE_CHECKING:
    from stuvalid.forms.sheets import FormSheet

MOST_COMMENTS = 5_000
"""Beyond this Excel becomes slow; the cells are still coloured and listed."""

MOST_LISTED = 100_000
_SHADES: dict[Severity, Shade] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
_TITLES = {
    "level": ("级别", "level", 7),
    "sheet": ("工作表", "sheet", 13),
    "cell": ("单元格", "cell", 8),
    "pupil": ("学生", "pupil", 9),
    "column": ("列", "column", 15),
    "value": ("现在的值", "value", 21),
    "problem": ("问题", "problem", 42),
    "mend": ("怎么改", "what to do", 33),
    "fix": ("可改为", "fix", 20),
    "kind": ("改法", "how", 7),
    "rule": ("规则", "rule", 9),
}

_MOST_RELATED = 3


@dataclass(frozen=True, slots=True)
class Annotated:
    """The annotated workbook of one file."""

    copy: WritableCopy

    @property
    def data(self) -> bytes:
        """The workbook; empty when there is none, see ``copy.failure``."""
        return self.copy.data

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should be told, as codes of `WritableCopy` and `patch_workbook`."""
        return self.copy.notes


def annotate(request: CopyRequest, findings: Sequence[Finding], wording: Wording) -> Annotated:
    """Mark ``findings`` (of this one file) in a copy. Without any, the copy says that nothing was found.

    Only what a clerk must touch is marked: errors and warnings.
    """
    from stuvalid.excel.patch import patch_workbook

    copy = writable_copy(request)
    if copy.failure is not None:
        return Annotated(copy)
    wording = Wording(wording.lang, show_values=True, show_paths=False)
    findings = [finding for finding in findings if finding.severity > Severity.INFO]
    sheets = _Sheets(copy.data, findings, request.form)
    marks = list(_marks(findings, wording, sheets))
    result = patch_workbook(copy.data, marks=marks, front_sheet=_list(findings, wording, sheets))
    return Annotated(WritableCopy(result.data, copy.suffix, (*copy.notes, *dict.fromkeys(result.notes))))


def by_file(findings: Findings) -> dict[str, list[Finding]]:
    """The findings of each file by its path, gravest first."""
    found: dict[str, list[Finding]] = {report.path: [] for report in findings.files}
    for finding in findings:
        found.setdefault(finding.place.file, []).append(finding)
    for entries in found.values():
        entries.sort(key=lambda finding: -finding.severity)
    return found


class _Sheets:
    """What stands beside a finding: whose row it is, and the cell it contradicts, which may be the wrong one."""

    def __init__(self, data: bytes, findings: Sequence[Finding], form: str) -> None:
        self._forms: dict[str, FormSheet] = {}
        if findings:
            from stuvalid.excel import read_workbook
            from stuvalid.forms import chosen_forms
            from stuvalid.forms.sheets import find_forms

            self._forms = {form.sheet.name: form for form in find_forms(read_workbook(data), chosen_forms(form))}
        self._headers = {
            name: {matched.column: matched.field.header for matched in form.match.columns}
            for name, form in self._forms.items()
        }

    def pupil(self, place: Place) -> str:
        """The name in the row, so that a clerk knows whose household register to fetch; '' above the pupils."""
        form = self._forms.get(place.sheet)
        if form is None or place.row <= form.match.header_row:
            return ""
        return form.sheet.text(place.row, form.column_of("name")).strip()

    def others(self, finding: Finding, wording: Wording) -> str:
        """The cells this one was compared with: ``I52 身份证件类型（护照）``."""
        shown = [self._other(place, finding) for place in finding.related[:_MOST_RELATED] if place.cell]
        more = wording.say(" 等", " …") if len(finding.related) + finding.related_more > _MOST_RELATED else ""
        return wording.say("、", ", ").join(shown) + more if shown else ""

    def _other(self, place: Place, finding: Finding) -> str:
        if place.file != finding.place.file:
            return f"{shown_path(PurePath(place.file).name)} {place.sheet}!{place.cell}"
        sheet = f"{place.sheet}!" if place.sheet != finding.place.sheet else ""
        form = self._forms.get(place.sheet)
        text = form.sheet.text(place.row, place.column) if form is not None else ""
        header = self._headers.get(place.sheet, {}).get(place.column, "")
        return f"{sheet}{place.cell} {header}".strip() + (f"（{text}）" if text else "")


def _marks(findings: Sequence[Finding], wording: Wording, sheets: _Sheets) -> Iterator[CellMark]:
    """One mark a cell: its gravest level, and for the first cells all their messages.

    ``findings`` are gravest first. Where every cell of a school is wrong, only places are remembered of most.
    """
    told: dict[tuple[str, int, int], list[Finding]] = {}
    coloured: set[tuple[str, int, int]] = set()
    for finding in findings:
        cell = _cell(finding)
        if cell is None or cell in coloured:
            continue
        if cell in told or len(told) < MOST_COMMENTS:
            told.setdefault(cell, []).append(finding)
        else:
            coloured.add(cell)
            yield CellMark(*cell, _SHADES[finding.severity], "")
    for cell, entries in told.items():
        comment = "\n".join(_comment(finding, wording, sheets) for finding in entries)
        yield CellMark(*cell, _SHADES[entries[0].severity], comment)


def _cell(finding: Finding) -> tuple[str, int, int] | None:
    place = finding.place
    return (place.sheet, place.row, place.column) if place.row >= 0 and place.column >= 0 else None


def _comment(finding: Finding, wording: Wording, sheets: _Sheets) -> str:
    lines = [f"【{severity(finding.severity, wording)}】{wording.message(finding)}"]
    others = sheets.others(finding, wording)
    if others:
        lines.append(wording.say(f"对照：{others}，错的可能是那一格", f"Compare {others}: that may be the wrong one"))
    mend = wording.mend(finding)
    if mend:
        lines.append(wording.say(f"怎么改：{mend}", f"What to do: {mend}"))
    fix = wording.fix_value(finding)
    if fix and fix not in lines[0]:
        lines.append(wording.say(f"可改为：{fix}", f"Could be: {fix}"))
    if _is_safe(finding):
        lines.append(wording.say("（stuvalid fix 可自动改）", "(stuvalid fix can do it)"))
    return "\n".join([*lines, f"（{finding.rule}）"])


def _is_safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.safe


def _list(findings: Sequence[Finding], wording: Wording, sheets: _Sheets) -> FrontSheet:
    return FrontSheet(
        name=wording.say("问题清单", "Findings"),
        title=wording.say("问题清单", "Findings"),
        header=[wording.say(zh, en) for zh, en, _ in _TITLES.values()],
        rows=_rows(findings, wording, sheets),
        widths=[width for _, _, width in _TITLES.values()],
        lines=_lines(findings, wording),
    )


def _lines(findings: Sequence[Finding], wording: Wording) -> list[str]:
    if not findings:
        return [wording.say("没有发现问题。", "Nothing was found.")]
    counts = [sum(finding.severity is level for finding in findings) for level in reversed(Severity)]
    safe = sum(map(_is_safe, findings))
    lines = [
        wording.say(
            f"{counts[0]} 个错误（红）、{counts[1]} 个警告（黄）、{counts[2]} 个提示（蓝）。点“单元格”一列可跳到该格；按列筛选、排序均可。",
            f"{counts[0]} errors (red), {counts[1]} warnings (yellow), {counts[2]} infos (blue). The cell column leads to each cell.",
        ),
        wording.say(
            "改好后保存，直接再检查本文件：stuvalid check；再次标注时，颜色、批注和本表会自动更新。",
            "Mend, save and check this very file again; annotating again renews all marks.",
        ),
    ]
    if safe:
        lines.insert(
            1,
            wording.say(
                f"“改法”为“自动”的 {safe} 处只有一种读法，stuvalid fix 可一次改完；其余请对照户口簿等核实。",
                f"The {safe} marked auto have one reading: stuvalid fix mends them all. The rest needs a person.",
            ),
        )
    return [*lines, *_limits(findings, wording)]


def _limits(findings: Sequence[Finding], wording: Wording) -> Iterator[str]:
    """What is not there because there is too much of it: never left unsaid."""
    if len(findings) > MOST_LISTED:
        left = len(findings) - MOST_LISTED
        yield wording.say(f"只列出前 {MOST_LISTED} 条，另有 {left} 条。", f"The first {MOST_LISTED} only; {left} more.")
    if len(findings) > MOST_COMMENTS and len(set(map(_cell, findings)) - {None}) > MOST_COMMENTS:
        yield wording.say(
            f"错处太多：全部上色，只有前 {MOST_COMMENTS} 格写了批注。",
            f"Too many: all cells are coloured, the first {MOST_COMMENTS} have comments.",
        )


def _rows(findings: Sequence[Finding], wording: Wording, sheets: _Sheets) -> Iterator[list[str | int | FrontCell]]:
    for finding in findings[:MOST_LISTED]:
        place = finding.place
        link = Link(place.sheet, place.row, max(place.column, 0)) if place.row >= 0 and place.sheet else None
        cell = place.cell or (wording.say(f"第{place.row + 1}行", f"row {place.row + 1}") if place.row >= 0 else "")
        yield [
            FrontCell(severity(finding.severity, wording), severity=_SHADES[finding.severity]),
            place.sheet,
            FrontCell(cell, link) if link else cell,
            harmless(sheets.pupil(place)),
            finding.header,
            harmless(wording.value(finding)),
            harmless(_problem(finding, wording, sheets)),
            wording.mend(finding),
            harmless(wording.fix_value(finding) or ""),
            _how(finding, wording),
            finding.rule,
        ]


def _problem(finding: Finding, wording: Wording, sheets: _Sheets) -> str:
    others = sheets.others(finding, wording)
    return wording.message(finding) + (wording.say(f"（对照 {others}）", f" (compare {others})") if others else "")


def _how(finding: Finding, wording: Wording) -> str:
    if _is_safe(finding):
        return wording.say("自动", "auto")
    return wording.say("核实", "verify") if finding.fix is not None else ""
