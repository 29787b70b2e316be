"""TPL: whether the sheet is still the form that was issued, or pasting took its dropdowns away."""

from __future__ import annotations

from collections.abc import Iterator

from stuvalid.findings import Severity
from stuvalid.forms.issued import LostDropdown, lost_dropdowns
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.registry import SheetHit, rule

_MEND = "粘贴时用“选择性粘贴—数值”；已粘贴的，用 stuvalid fix --to-form 倒进新的模板"
_MEND_EN = "Paste values only; stuvalid fix --to-form pours what is there into a new form"
_SOURCE = "导入模板：代码项“从下拉列表中选择”；粘贴会冲掉下拉选项和格式，导入时系统不提示"
_NAMED = 6


@rule(
    "TPL029",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    zh="已不是发放时的模板：{count}列没有了下拉选项（{headers}）",
    en="no longer the form as issued: {count} columns have lost their dropdowns ({headers})",
    mend=_MEND,
    mend_en=_MEND_EN,
    source=_SOURCE,
    bad=[{"@issued": True, "@dropdowns": {"sex": (1, 99), "ethnicity": (1, 99)}}],
    good=[{"@issued": True, "@dropdowns": "all"}, {}, {"@dropdowns": {"sex": (1, 99)}}],
)
def dropdowns_gone(sheet: FormSheet) -> Iterator[SheetHit]:
    yield from _told(sheet, "gone")


@rule(
    "TPL030",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    zh="从第{row}行起有{rows}行的下拉选项被粘贴冲掉了（{headers}）",
    en="{rows} rows, from row {row} on, have lost their dropdowns to pasting ({headers})",
    mend=_MEND,
    mend_en=_MEND_EN,
    source=_SOURCE,
    bad=[{"@dropdowns": {"sex": (2, 99)}}, {"@issued": True, "@dropdowns": "all", "@pasted": ["sex", "orphan"]}],
    good=[{"@dropdowns": {"sex": (1, 99)}}, {"@dropdowns": {"sex": (0, 0)}}],
)
def dropdowns_pasted_over(sheet: FormSheet) -> Iterator[SheetHit]:
    yield from _told(sheet, "pasted")


@rule(
    "TPL031",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    zh="{count}列的下拉选项是空的：存放选项的工作表或名称被删掉了（{headers}）",
    en="the dropdowns of {count} columns are empty: the sheet or name with their texts was deleted ({headers})",
    mend=_MEND,
    mend_en=_MEND_EN,
    source=_SOURCE,
    bad=[{"@dropdowns": {"sex": (1, 99, "broken")}}],
    good=[{"@dropdowns": {"sex": (1, 99)}}],
)
def dropdowns_empty(sheet: FormSheet) -> Iterator[SheetHit]:
    yield from _told(sheet, "broken")


def _told(sheet: FormSheet, why: str) -> Iterator[SheetHit]:
    """One finding for all columns: what was pasted at one go was lost at one go."""
    lost: list[LostDropdown] = [entry for entry in lost_dropdowns(sheet) if entry.why == why]
    if not lost:
        return
    first = min(lost, key=lambda entry: (entry.first, entry.column))
    headers = "、".join(entry.field.header for entry in lost[:_NAMED]) + ("…" if len(lost) > _NAMED else "")
    params = {
        "count": str(len(lost)),
        "headers": headers,
        "row": str(first.first + 1),
        "rows": str(max(entry.rows for entry in lost)),
    }
    at_cell = (first.first, first.column) if why == "pasted" else (sheet.match.header_row, first.column)
    yield SheetHit(*at_cell, params=params, field=first.field.key if len(lost) == 1 else "")
