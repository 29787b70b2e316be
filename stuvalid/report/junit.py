"""``junit``: one suite a file, one case a rule that found something; CI systems draw it as failed tests.

A case is named by its rule alone, so that the next run is compared with this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from stuvalid.findings import Severity
from stuvalid.report.items import WordedFile, WordedGroup
from stuvalid.report.shown import WordedRun
from stuvalid.rules.registry import all_rules

_SAMPLES = 100
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(run: WordedRun) -> Iterator[bytes]:
    """Errors fail, warnings and infos pass with their text in ``system-out``, what was not checked is skipped."""
    root = Element("testsuites", name="stuvalid")
    for file, groups in run.groups(_SAMPLES):
        _suite(root, file, groups, run)
    _account(root, run)
    # The schema of Jenkins' xUnit plug-in has no ``skipped`` here, on suites only.
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    yield tostring(root, encoding="utf-8", xml_declaration=True)
    yield b"\n"


def _suite(root: Element, file: WordedFile, groups: Sequence[WordedGroup], run: WordedRun) -> None:
    name = _legal(file.path)
    suite = SubElement(root, "testsuite", name=name, time="0")
    if file.status == "unreadable":
        _put(_case(suite, name, "readable"), "error", file.reason, "unreadable")
    elif file.status == "skipped":
        _put(_case(suite, name, run.say("学籍模板", "a form")), "skipped", file.reason)
    for rule, why in file.rules.crashed.items():
        _put(_case(suite, name, _named(rule)), "error", run.wording.text(why), "crashed")
    for group in groups:
        _group(_case(suite, name, _named(group.rule)), group, run)
    for rule, key in file.rules.skipped.items():
        _put(_case(suite, name, _named(rule)), "skipped", run.missing(file, key))
    if not len(suite):
        _case(suite, name, run.say("没有问题", "nothing found"))
    _count(suite)


def _account(root: Element, run: WordedRun) -> None:
    """What came in and was not read or understood: a suite of its own, a case a kind."""
    if not run.account:
        return
    name = run.say("没有检查", "not checked")
    suite = SubElement(root, "testsuite", name=name, time="0")
    for entry in run.account:
        case = _case(suite, name, f"{entry.kind} ×{entry.count}")
        _put(case, "error" if entry.incomplete else "skipped", f"{entry.message} {entry.where}".strip(), entry.kind)
    _count(suite)


def _count(suite: Element) -> None:
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for total, kind in kinds.items():
        suite.set(total, str(sum(case.find(kind) is not None for case in suite)))


def _named(rule: str) -> str:
    known = all_rules().get(rule)
    return f"{rule} {known.slug}" if known else rule


def _group(case: Element, group: WordedGroup, run: WordedRun) -> None:
    lines = [f"{finding.place.where} {finding.message}".strip() for finding in group.samples]
    left = group.count - len(lines)
    if left:
        lines.append(run.say(f"……还有{left}处", f"... {left} more"))
    text = "\n".join([group.mend, *lines])
    if group.severity is Severity.ERROR:
        many = run.say(f"（共{group.count}处）", f" ({group.count} cells)") if group.count > 1 else ""
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
