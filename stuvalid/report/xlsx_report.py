"""``xlsx``: summary, every finding, and what was not checked, each a list that can be sorted, filtered and printed."""

from __future__ import annotations

from collections.abc import Iterator

from stuvalid.excel.new import TableSheet, write_table_workbook
from stuvalid.excel.patch.edits import FrontCell
from stuvalid.excel.patch.edits import Severity as Shade
from stuvalid.findings import Severity
from stuvalid.report.shown import WordedRun
from stuvalid.report.spreadsheets import COLUMNS, harmless, row_of, titles

_Row = list[str | int | FrontCell]


def render(run: WordedRun) -> Iterator[bytes]:
    """The workbook. A list longer than a sheet goes on in a further one."""
    words = run.say
    yield write_table_workbook(
        [
            TableSheet(
                words("汇总", "summary"),
                words("检查结果汇总", "Summary of the check"),
                [words(zh, en) for zh, en in _SUMMARY],
                _files(run),
                (46, 18, 12, 10, 10, 10, 40),
                [_totals(run)],
            ),
            TableSheet(
                words("问题清单", "findings"), "", titles(run), _found(run), [width for _, _, width in COLUMNS.values()]
            ),
            TableSheet(
                words("未检查", "not checked"),
                words("没有检查的，和原因", "What was not checked, and why"),
                [words("文件", "file"), words("内容", "what"), words("原因", "why")],
                ([harmless(text) for text in row[:3]] for row in run.unchecked()),
                (46, 40, 60),
            ),
        ]
    )


_SUMMARY = (
    ("文件", "file"),
    ("模板", "form"),
    ("学生数", "pupils"),
    ("错误", "errors"),
    ("警告", "warnings"),
    ("提示", "infos"),
    ("说明", "note"),
)


def _totals(run: WordedRun) -> str:
    numbers = run.summary
    return run.say(
        f"共 {numbers['files']} 个文件、{numbers['rows']} 名学生：{numbers['errors']} 个错误，{numbers['warnings']} 个警告，"
        f"{numbers['infos']} 个提示。",
        f"{numbers['files']} files, {numbers['rows']} pupils: {numbers['errors']} errors, {numbers['warnings']} warnings, "
        f"{numbers['infos']} infos.",
    )


def _files(run: WordedRun) -> Iterator[_Row]:
    for file in run.files:
        numbers = [file.counts[severity] for severity in reversed(Severity)]
        yield [harmless(file.path), file.template, file.rows, *numbers, harmless(file.reason)]


def _found(run: WordedRun) -> Iterator[_Row]:
    level = list(COLUMNS).index("severity")
    for finding in run.findings():
        texts = row_of(finding, run)
        row: _Row = [harmless(text) for text in texts]
        row[level] = FrontCell(texts[level], severity=_SHADES[finding.severity])
        yield row


_SHADES: dict[Severity, Shade] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
