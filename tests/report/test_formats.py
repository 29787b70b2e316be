"""Every report format: complete, masked, harmless to the program that opens it, and the same as last time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid import __version__
from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.messages import Wording
from stuvalid.report.formats import FORMATS, format_of, render
from stuvalid.report.github import DRAWN
from stuvalid.report.sarif import MOST_RESULTS
from stuvalid.report.spreadsheets import harmless
from tests.report.cases import HOSTILE, NAME, NUMBER, hostile, many, school

GOLDEN = Path(__file__).parent / "golden"
TEXTS = [name for name, entry in FORMATS.items() if not entry.binary]
ZH, EN = Wording("zh"), Wording("en")


@pytest.fixture(scope="module")
def found() -> Findings:
    return school()


def text(name: str, findings: Findings, wording: Wording = ZH) -> str:
    return render(name, findings, wording).decode("utf-8-sig" if name == "csv" else "utf-8")


def cells(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "html"])
def test_golden(name: str, found: Findings) -> None:
    """Set STUVALID_WRITE_GOLDEN=1 to accept what a format says now, then read the difference."""
    path = GOLDEN / f"report.{name}"
    said = text(name, found).replace(__version__, "VERSION").replace("\r\n", "\n")
    # The workbook is made anew for each run and holds the time.
    said = re.sub(r'"sha256": "[0-9a-f]{64}"', '"sha256": "SHA256"', said)
    if os.environ.get("STUVALID_WRITE_GOLDEN"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_private_is_shown_unless_asked(name: str, lang: str, found: Findings) -> None:
    def shown(opened: bool) -> str:
        data = render(name, found, Wording(lang, show_values=opened))
        return str(cells(data)) if FORMATS[name].binary else data.decode()

    masked = shown(False)
    for secret in (NAME, NUMBER[:-1]):
        assert secret not in masked
    if name not in ("github", "markdown", "text"):
        assert NAME in shown(True)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_hostile_texts_and_nothing_at_all(name: str) -> None:
    for findings in (hostile(), Findings()):
        for wording in (ZH, EN):
            assert render(name, findings, wording) is not None


def test_spreadsheets_hold_no_formula(found: Findings) -> None:
    rows = list(csv.reader(io.StringIO(text("csv", hostile()))))
    assert len(rows) == 1 + len(hostile())
    assert f"'{HOSTILE}" in rows[1]
    assert not [
        cell for row in rows for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    ]
    book = openpyxl.load_workbook(io.BytesIO(render("xlsx", hostile(), ZH)))
    kinds = {
        cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert kinds <= {"s", "n", "inlineStr"}


@given(st.text(max_size=12))
def test_harmless_text_never_begins_like_a_formula_and_loses_nothing(value: str) -> None:
    made = harmless(value)
    assert made in (value, f"'{value}")
    assert not made.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_and_xlsx_hold_every_finding_in_order(found: Findings) -> None:
    rows = list(csv.DictReader(io.StringIO(text("csv", found))))
    entries = json.loads(text("json", found))["findings"]
    assert [(row["规则"], row["单元格"], row["问题"]) for row in rows] == [
        (entry["rule"], entry.get("cell", ""), entry["message"]) for entry in entries
    ]
    sheets = cells(render("xlsx", found, ZH))
    assert list(sheets) == ["汇总", "问题清单", "未检查"]
    listed = [row for row in sheets["问题清单"] if row[5] in {entry["rule"] for entry in entries}]
    assert [row[2] for row in listed] == [entry.get("cell") for entry in entries]
    assert "坏文件.xlsx" in str(sheets["未检查"])


def test_a_list_longer_than_a_sheet_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = many(3000)
    assert (
        sum(
            len(rows)
            for title, rows in cells(render("xlsx", findings, EN)).items()
            if title.startswith("findings")
        )
        >= 3000
    )
    assert text("csv", findings).count("FMT012") == 3000


def test_junit_counts_what_failed_was_skipped_and_could_not_be_read(found: Findings) -> None:
    root = ET.fromstring(text("junit", found))
    suites = {suite.get("name"): suite for suite in root}
    bad, broken, fine = (
        suites[name] for name in ("三年级/双塔西街小学.xlsx", "坏文件.xlsx", "没有问题.xlsx")
    )
    assert {case.get("name", "").split()[0] for case in bad if case.find("failure") is not None} == {
        entry["rule"] for entry in json.loads(text("json", found))["findings"] if entry["severity"] == "error"
    }
    assert broken.get("errors") == "1"
    assert (fine.get("tests"), fine.get("failures"), fine.get("errors")) == ("1", "0", "0")
    for total, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(total, "")) == len(root.findall(f".//{kind}"))
    assert int(root.get("tests", "")) == len(root.findall(".//testcase"))


def test_junit_is_xml_whatever_a_cell_holds() -> None:
    assert ET.fromstring(text("junit", hostile())).findall(".//error")


def test_sarif_points_at_row_column_and_cell(found: Findings) -> None:
    run = json.loads(text("sarif", found))["runs"][0]
    jsonschema.Draft202012Validator(
        json.loads((GOLDEN.parent / "sarif-used.json").read_text(encoding="utf-8"))
    ).validate(json.loads(text("sarif", found)))
    entries = json.loads(text("json", found))["findings"]
    assert len(run["results"]) == len(entries)
    sex = next(result for result in run["results"] if result["ruleId"] == "IDN020")
    place = sex["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 3}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "学生基础信息!C2"
    assert "%" in place["physicalLocation"]["artifactLocation"]["uri"]
    assert run["tool"]["driver"]["rules"][sex["ruleIndex"]]["id"] == "IDN020"
    assert run["invocations"][0]["executionSuccessful"] is False
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_fingerprints_do_not_move_with_the_rows_and_are_all_different() -> None:
    first, moved = many(50), many(50)
    moved.blocks[0].rows = [row + 7 for row in moved.blocks[0].rows]

    def prints(findings: Findings, name: str) -> list[str]:
        data = json.loads(text(name, findings))
        if name == "gitlab":
            return [issue["fingerprint"] for issue in data]
        return [result["partialFingerprints"]["stuvalid/v1"] for result in data["runs"][0]["results"]]

    for name in ("sarif", "gitlab"):
        assert prints(first, name) == prints(moved, name)
        assert len(set(prints(first, name))) == 50


def test_sarif_gives_no_more_than_is_taken_and_says_so() -> None:
    run = json.loads(text("sarif", many(MOST_RESULTS + 5), EN))["runs"][0]
    assert len(run["results"]) == MOST_RESULTS
    assert "5 further results" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def test_github_draws_one_annotation_a_rule_and_file_at_most_ten_a_level(found: Findings) -> None:
    lines = text("github", found).splitlines()
    drawn = [line for line in lines if line.startswith("::")]
    keys = [re.match(r"::(\w+) file=([^,]*),title=(\S*)", line) for line in drawn]
    assert all(keys)
    assert len({key.groups() for key in keys if key}) == len(drawn)
    assert "坏文件" in drawn[0]
    hostile_lines = text("github", hostile()).splitlines()
    commands = [line for line in hostile_lines if line.startswith("::")]
    assert sum(line.startswith("::warning") for line in commands) <= DRAWN
    assert all(re.match(r"::(error|warning|notice) file=[^:,]*,title=[^:,]*::", line) for line in commands)
    assert "file=" + "=evil%2Cname%3A%25.xlsx" in commands[0]


def test_gitlab_has_what_merge_requests_need(found: Findings) -> None:
    issues = json.loads(text("gitlab", found))
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issues[0])
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert [issue for issue in issues if issue["check_name"] == "unreadable"]
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)


def test_markdown_holds_no_markup_of_the_data() -> None:
    said = text("markdown", hostile())
    assert "<img" not in said
    table = [line for line in said.splitlines() if line.startswith("| 警告")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("r.html", "html"), ("r.HTM", "html"), ("r.xlsx", "xlsx"), ("a/b.junit.xml", "junit"), ("r.sarif", "sarif"),
        ("gitlab=gl.json", "gitlab"), ("r.json", "json"), ("r.md", "markdown"), ("r.txt", "text"), ("text=r", "text"),
    ],
)  # fmt: skip
def test_the_suffix_says_the_format(output: str, name: str) -> None:
    assert format_of(output)[0] == name


def test_a_suffix_that_says_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"r\.doc"):
        format_of("r.doc")
