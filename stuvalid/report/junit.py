"""``junit``: one suite a file, one case a rule that found something; CI systems draw it as failed tests.

A case is named by its rule alone, so that the next run is compared with this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from stuvalid.findings import FileReport, Findings, Group, Severity
from stuvalid.report.document import path
from stuvalid.report.notchecked import missing, places, reason
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules

_SAMPLES = 100
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(findings: Findings, wording: Wording) -> bytes:
    """Errors fail, warnings and infos pass with their text in ``system-out``, what was not checked is skipped."""
    root = Element("testsuites", name="stuvalid")
    grouped = findings.groups(_SAMPLES)
    for report in findings.files:
        _suite(root, report, grouped.get(report.path, []), wording)
    _account(root, findings, wording)
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite(root: Element, report: FileReport, groups: Sequence[Group], wording: Wording) -> None:
    name = _legal(path(report.path, wording))
    suite = SubElement(root, "testsuite", name=name, time="0")
    reason = wording.say(report.reason_zh, report.reason_en)
    if report.status == "unreadable":
        _put(_case(suite, name, "readable"), "error", reason, "unreadable")
    elif report.status == "skipped":
        _put(_case(suite, name, wording.say("学籍模板", "a form")), "skipped", reason)
    for rule, why in report.rules.crashed.items():
        _put(_case(suite, name, _named(rule)), "error", why, "crashed")
    for group in groups:
        _group(_case(suite, name, _named(group.rule)), group, wording)
    for rule, key in report.rules.skipped.items():
        _put(_case(suite, name, _named(rule)), "skipped", missing(key, report.rules.headers, wording))
    if not len(suite):
        _case(suite, name, wording.say("没有问题", "nothing found"))
    _count(suite)


def _account(root: Element, findings: Findings, wording: Wording) -> None:
    """What came in and was not read or understood: a suite of its own, a case a kind."""
    account = findings.account()
    if not account:
        return
    name = wording.say("没有检查", "not checked")
    suite = SubElement(root, "testsuite", name=name, time="0")
    for entry in account:
        case = _case(suite, name, f"{entry.kind} ×{entry.count}")
        told = f"{reason(entry, wording)} {places(entry, wording)}".strip()
        _put(case, "error" if entry.incomplete else "skipped", told, entry.kind)
    _count(suite)


def _count(suite: Element) -> None:
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for total, kind in kinds.items():
        suite.set(total, str(sum(case.find(kind) is not None for case in suite)))


def _named(rule: str) -> str:
    known = all_rules().get(rule)
    return f"{rule} {known.slug}" if known else rule


def _group(case: Element, group: Group, wording: Wording) -> None:
    lines = [
        f"{finding.place.sheet}!{finding.place.cell} {wording.message(finding)}"
        if finding.place.cell
        else wording.message(finding)
        for finding in group.samples
    ]
    left = group.count - len(lines)
    if left:
        lines.append(wording.say(f"……还有{left}处", f"... {left} more"))
    text = "\n".join([wording.mend(group.samples[0]), *lines])
    if group.severity is Severity.ERROR:
        many = wording.say(f"（共{group.count}处）", f" ({group.count} cells)") if group.count > 1 else ""
        failure = SubElement(case, "failure", message=_legal(lines[0] + many), type=group.severity.word)
        failure.text = _legal(text)
    else:
        SubElement(case, "system-out").text = _legal(f"{group.severity.word}: {text}")


def _case(suite: Element, file: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=file, name=_legal(name), time="0")


def _put(case: Element, kind: str, message: str, type_: str = "") -> None:
    entry = SubElement(case, kind, message=_legal(message))
    if type_:
        entry.set("type", type_)


def _legal(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)
