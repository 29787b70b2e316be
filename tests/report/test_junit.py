"""``junit``: what readers of test results make of it."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.findings import FileReport, Findings
from stuvalid.rules.registry import all_rules
from tests.report.cases import EN, entries, everywhere, hostile, many, school, text


def suites(findings: Findings) -> dict[str, ET.Element]:
    return {suite.get("name", ""): suite for suite in ET.fromstring(text("junit", findings).encode())}


def test_counts_what_failed_was_skipped_and_could_not_be_read(found: Findings) -> None:
    mine = suites(found)
    bad, broken, fine = (mine[name] for name in ("三年级/双塔西街小学.xlsx", "坏文件.xlsx", "没有问题.xlsx"))
    failed = {case.get("name") for case in bad if case.find("failure") is not None}
    assert failed == {
        f"{entry['rule']} {all_rules()[entry['rule']].slug}" for entry in entries(found) if entry["severity"] == "error"
    }
    assert broken.get("errors") == "1"
    assert (fine.get("tests"), fine.get("failures"), fine.get("errors")) == ("1", "0", "0")
    root = ET.fromstring(text("junit", found).encode())
    for total, kind in (("failures", "failure"), ("errors", "error")):
        assert int(root.get(total, "")) == len(root.findall(f".//{kind}"))
    assert int(root.get("tests", "")) == len(root.findall(".//testcase"))


# The schema of Jenkins' xUnit plug-in (junit-10.xsd): what an element may hold, its attributes and which it must have.
_ENDS = {"message", "type"}
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"}
        | {"file", "log", "url", "version"},
        {"name", "tests", "failures", "errors"},
    ),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name", "time", "classname", "group"},
        {"name"},
    ),
    "skipped": (set(), _ENDS, set()),
    "error": (set(), _ENDS, set()),
    "failure": (set(), _ENDS, set()),
    "system-out": (set(), set(), set()),
}


def faults_of(element: ET.Element) -> list[str]:
    """What the published schema does not allow."""
    children, attributes, needed = SCHEMA[element.tag]
    wrong = [f"{element.tag}/{child.tag}" for child in element if child.tag not in children]
    wrong += [f"{element.tag}@{name}" for name in element.attrib if name not in attributes]
    wrong += [f"{element.tag} lacks {name}" for name in needed - set(element.attrib)]
    wrong += [
        f"{name}={element.get(name)}"
        for name in ("tests", "failures", "errors", "skipped")
        if not (element.get(name) or "0").isdigit()
    ]
    return wrong + [fault for child in element for fault in faults_of(child)]


@pytest.mark.parametrize("findings", [school, hostile, everywhere, Findings])
def test_it_is_valid_by_the_strict_schema(findings: Callable[[], Findings]) -> None:
    assert faults_of(ET.fromstring(text("junit", findings()).encode())) == []


def test_a_reader_of_junit_understands_it(found: Findings) -> None:
    read = junitparser.JUnitXml.fromstring(text("junit", found).encode())
    cases = [case for suite in read for case in suite]
    assert (read.tests, read.failures, read.errors) == (len(cases), len(entries(found)), 1)
    failures = [case.result[0] for case in cases if case.is_failure]
    assert any("C2" in failure.message and "对照户口簿" in failure.text for failure in failures)
    assert [case.name for case in cases if case.is_error] == ["readable"]


def test_a_case_keeps_its_name_when_the_number_of_cells_changes() -> None:
    few, more = (ET.fromstring(text("junit", many(count), EN).encode()) for count in (2, 300))
    assert [case.attrib for case in few.iter("testcase")] == [case.attrib for case in more.iter("testcase")]
    failure = next(more.iter("failure"))
    assert "(300 cells)" in failure.get("message", "")
    assert "... 200 more" in (failure.text or "")


def test_warnings_pass_with_their_text_and_what_did_not_run_is_skipped() -> None:
    root = ET.fromstring(text("junit", hostile(), EN).encode())
    warned = next(case for case in root.iter("testcase") if case.get("name", "").startswith("TPL004"))
    assert warned.find("failure") is None
    assert (warned.findtext("system-out") or "").startswith("warning: ")
    skipped = next(case for case in root.iter("testcase") if case.get("name", "").startswith("DUP003")).find("skipped")
    assert skipped is not None
    assert "入学年月" in skipped.get("message", "")


@given(st.text(max_size=20))
def test_it_is_xml_whatever_a_name_holds(name: str) -> None:
    findings = Findings([FileReport(name, "unreadable", reason_zh=name, reason_en=name)])
    read = junitparser.JUnitXml.fromfile(io.BytesIO(text("junit", findings).encode()))
    assert read.errors == 1
