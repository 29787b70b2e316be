"""``github`` and ``markdown``: annotations a runner reads, and the summary of a run."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from stuvalid.findings import Block, FileReport, Finding, Findings, Place, Severity
from stuvalid.report.github import DRAWN
from tests.report.cases import EN, ZH, hostile, many, text

COMMAND = re.compile(r"::(error|warning|notice) file=([^:,]*),title=([^:,]*)::(.*)")
SUMMARY_BYTES = 1 << 20
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20) | st.text(
    ":,%\r\n;=#[]a", min_size=1, max_size=9
)


def unescaped(value: str) -> str:
    """What the runner makes of a property."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, character)
    return value


def test_one_annotation_a_rule_and_file_gravest_first(found: Findings) -> None:
    drawn = [line for line in text("github", found).splitlines() if line.startswith("::")]
    keys = [COMMAND.fullmatch(line) for line in drawn]
    assert all(keys)
    assert len({key.groups()[:3] for key in keys if key}) == len(drawn)
    assert "坏文件" in drawn[0]
    assert any("学生基础信息!C2 " in line for line in drawn)


def test_at_most_ten_of_a_level_and_the_rest_is_counted() -> None:
    findings = Findings([FileReport(f"{number}.xlsx") for number in range(40)])
    findings.blocks = [
        Block(rule, severity, number, "s", "phone", "电话", 1, [1, 2], ["1", "2"])
        for number in range(40)
        for rule, severity in (("FMT012", Severity.ERROR), ("COD002", Severity.WARNING), ("TPL004", Severity.INFO))
    ]
    lines = text("github", findings, EN).splitlines()
    for command in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{command} ") for line in lines) == DRAWN
    assert lines[-2].startswith("90 more rules and files")
    assert "80 errors, 80 warnings" in lines[-1]


@given(NAMES)
def test_no_text_leaves_its_place_in_a_workflow_command(name: str) -> None:
    findings = Findings([FileReport(name, "unreadable", reason_zh=name, reason_en=name)])
    lines = [line for line in re.split(r"\r\n|\r|\n", text("github", findings)) if line]
    assert len(lines) == 2
    command = COMMAND.fullmatch(lines[0])
    assert command is not None
    assert not lines[1].startswith("::")


def test_a_property_is_what_the_runner_reads_back() -> None:
    findings = Findings([FileReport("a%3A,b:c%.xlsx", "unreadable", reason_zh="原因", reason_en="why")])
    command = COMMAND.match(text("github", findings))
    assert command is not None
    assert unescaped(command[2]) == "a%3A,b:c%.xlsx"


def test_markdown_holds_no_markup_of_the_data() -> None:
    said = text("markdown", hostile())
    assert "<img" not in said
    table = [line for line in said.splitlines() if line.startswith("| 警告")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}


@given(st.text(max_size=30) | st.text("|`<>[]()*_#\\\r\n~a ", max_size=15))
def test_a_row_of_the_summary_stays_one_row(value: str) -> None:
    findings = Findings([FileReport(value, "skipped", reason_zh=value, reason_en=value)])
    findings.add(Finding("TPL004", Severity.ERROR, Place(value, value, 1, 1), params={"header": value}))
    for line in text("markdown", findings).split("\n"):
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) in (6, 7)
        assert "<" not in line.replace("\\<", "")


def test_what_was_not_checked_is_said_once_for_all_files() -> None:
    reports = [
        FileReport(f"{number}.xlsx", "skipped", reason_zh="不是学籍模板", reason_en="no form") for number in range(3)
    ]
    reports.append(FileReport("x.xlsx", "unreadable", reason_zh="坏", reason_en="broken"))
    said = text("markdown", Findings(reports), EN)
    assert "- 3 files: passed over: no form" in said
    assert "- x.xlsx: whole file: broken" in said


def test_the_summary_of_a_province_is_no_larger_than_a_runner_takes() -> None:
    names = [f"{'很长的学校名称' * 20}{number}.xlsx" for number in range(3_000)]
    findings = Findings([FileReport(name, "checked", rows=1000) for name in names])
    findings.blocks = [
        Block("FMT012", Severity.ERROR, number, "学生基础信息", "phone", "联系电话", 23, [1] * 50, ["123"] * 50)
        for number in range(3_000)
    ]
    for report in findings.files:
        report.rules.unknown = {f"IDN{rule:03}": 2 for rule in range(60)}
        report.reason_zh = report.path * 3
    said = text("markdown", findings)
    assert len(said.encode()) < SUMMARY_BYTES
    assert "还有 2800 个文件" in said
    assert "还有 2900 项" in said


def test_causes_lead_the_summary() -> None:
    findings = many(400)
    from stuvalid.check.causes import find_causes

    findings.files[0].rows = 400
    findings.causes = find_causes(findings)
    said = text("markdown", findings, ZH)
    assert said.index("先改这些") < said.index("| 文件 |")
