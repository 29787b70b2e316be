"""What came in and was not read, checked or understood is shown by every format and decides the exit code."""

from __future__ import annotations

import json

import pytest

from stuvalid.commands.common import FAILED, FOUND, OK, Reporting, exit_code
from stuvalid.findings import FileReport, Findings, NotChecked, Place
from stuvalid.report.formats import FORMATS, render
from tests.report.cases import EN, ZH, cells

ARCHIVE = NotChecked(
    "archive-damaged", "压缩包打不开，请重新打包", "the archive is damaged", 1, (Place("坏.rar"),), True
)
STRAY = NotChecked("stray-cell", "远处有零星的格", "cells far from the rest", 1, (Place("a.xlsx", "表", 59999, 2),))


def with_account(*of_run: NotChecked, of_file: tuple[NotChecked, ...] = ()) -> Findings:
    findings = Findings([FileReport("a.xlsx", template="student-2013", sheet="表", rows=3, not_checked=list(of_file))])
    findings.not_checked.extend(of_run)
    return findings


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("wording", [ZH, EN])
def test_every_format_tells_the_account(name: str, wording) -> None:  # type: ignore[no-untyped-def]
    data = render(name, with_account(ARCHIVE, of_file=(STRAY,)), wording)
    shown = str(cells(data)) if FORMATS[name].binary else data.decode()
    for entry in (ARCHIVE, STRAY):
        assert wording.say(entry.zh, entry.en) in shown.replace("\\", "")
    assert "坏.rar" in shown or "%E5%9D%8F" in shown


def test_equal_kinds_are_added_up_and_at_most_ten_are_named() -> None:
    findings = with_account(*(NotChecked("docx", "不是表格", "no table", 1, (Place(f"{n}.docx"),)) for n in range(25)))
    (entry,) = findings.account()
    assert (entry.count, len(entry.examples), entry.incomplete) == (25, 10, False)
    (told,) = json.loads(render("json", findings, ZH))["not_checked"]
    assert (told["count"], len(told["examples"])) == (25, 10)
    assert "……还有15处" in render("text", findings, ZH).decode()


def test_what_may_lack_pupils_ends_with_2_and_stands_first() -> None:
    assert exit_code(with_account(STRAY)) == OK
    findings = with_account(STRAY, of_file=(ARCHIVE,))
    assert [entry.kind for entry in findings.account()] == ["archive-damaged", "stray-cell"]
    assert exit_code(findings) == exit_code(findings, Reporting(exit_zero=True)) == FAILED != FOUND
