"""Findings for the tests of reports: real ones of a small workbook, and made ones with hostile texts."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import openpyxl

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Block, FileReport, Finding, Findings, Fix, Place, RuleRuns, Severity
from stuvalid.forms import template
from stuvalid.received.walk import Source
from stuvalid.report.formats import render
from stuvalid.report.wording import Wording
from stuvalid.rules.examples import record
from tests.books import workbook

FORM = template("student-2013")
TODAY = dt.date(2026, 11, 23)
NAME, NUMBER, PHONE = "欧阳修文", "140106200703050018", "13912345678"
ZH, EN = Wording("zh"), Wording("en")
HOSTILE = "=cmd|' /C calc'!A1"


def school() -> Findings:
    """Two files: one with mistakes in known cells, one that cannot be read."""
    changes = [
        {"sex": "女"},
        {"ethnicity": "汉"},
        {"phone": "123"},
        {"name": f"{NAME} "},
        {"id_number": NUMBER[:-1] + "9"},
        {"political_status": "中共党员"},
    ]
    sources = [
        Source("三年级/双塔西街小学.xlsx", data=workbook(changes)),
        Source("坏文件.xlsx", data=b"PK\x03\x04 cut off"),
        Source("没有问题.xlsx", data=workbook([record(position, FORM) for position in (50, 51)])),
    ]
    return check_sources(sources, CheckOptions(isolated=False, today=TODAY))


def hostile() -> Findings:
    """Texts that try to be formulas, markup, workflow commands or control characters."""
    texts = (
        HOSTILE,
        "+1+1",
        "@SUM(1)",
        "-2",
        "\t=1",
        "</script><img src=x onerror=alert(1)>",
        "a|b`c`",
        "::error::x%0A\r\n",
        "\x00\x1b[31m",
    )
    runs = RuleRuns(
        ran=3,
        skipped={"DUP003": "enrolment_month"},
        headers={"enrolment_month": "入学年月"},
        unknown={"IDN020": 2},
        crashed={"FMT001": "ZeroDivisionError: x"},
    )
    report = FileReport(
        "=evil,name:%.xlsx", "checked", "ab" * 32, "student-2013", '学生"<表>&', len(texts), "xlsx", rules=runs
    )
    findings = Findings([report])
    for row, text in enumerate(texts, 1):
        findings.add(
            Finding(
                "TPL004",
                Severity.WARNING,
                Place(report.path, report.sheet, row, 2),
                "",
                text,
                text,
                {"header": text},
                Fix(text),
                (Place("other.xlsx", "=1", 3, 3),),
            )
        )
    return findings


def many(count: int) -> Findings:
    """One file with ``count`` errors of one rule."""
    report = FileReport("large.xlsx", "checked", "cd" * 32, "student-2013", "学生基础信息", count, "xlsx")
    block = Block(
        "FMT012", Severity.ERROR, 0, "学生基础信息", "phone", "联系电话", 23, list(range(1, count + 1)), ["123"] * count
    )
    return Findings([report], [block])


def everywhere() -> Findings:
    """Findings wherever there can be any: in a form, on photos, on files of no form, of no run and on no file at all."""
    reports = [
        FileReport("学生.xlsx", template="student-2013", sheet="学生基础信息", rows=300),
        FileReport("a.jpg"),
        FileReport("坏.xlsx", "unreadable", reason_zh="打不开", reason_en="cannot be opened"),
        FileReport("说明.xlsx", "skipped", reason_zh="不是学籍模板", reason_en="no form"),
    ]
    rows = list(range(1, 250))
    blocks = [
        Block("FMT012", Severity.ERROR, 0, "学生基础信息", "phone", "联系电话", 23, rows, ["123"] * len(rows)),
        Block("FMT012", Severity.ERROR, 0, "学生基础信息", "member1.phone", "成员1联系电话", 49, [3, 2], ["12", "13"]),
        Block(
            "COD002",
            Severity.WARNING,
            0,
            "学生基础信息",
            "ethnicity",
            "民族",
            6,
            [2] * 3,
            ["汉"] * 3,
            [Fix("汉族")] * 3,
        ),
        Block("CEL015", Severity.INFO, 0, "学生基础信息", "name", "姓名", 1, [9, 8], ["王小明", "李"], kind="name"),
        Block("PHO020", Severity.ERROR, 1, "", "", "", -1, [-1], [""]),
    ]
    findings = Findings(reports, blocks)
    for rule, level, place in (
        ("PHO080", Severity.ERROR, Place("学生.xlsx", "学生基础信息", 5)),
        ("PHO070", Severity.ERROR, Place("照片.zip")),
        ("PHO070", Severity.WARNING, Place("照片2.zip")),
        ("PKG001", Severity.WARNING, Place("坏.xlsx")),
        ("PKG001", Severity.INFO, Place("说明.xlsx")),
        ("PKG002", Severity.ERROR, Place("")),
        ("PHO021", Severity.INFO, Place("b.jpg")),
    ):
        findings.add(Finding(rule, level, place))
    return findings


def text(name: str, findings: Findings, wording: Wording = ZH) -> str:
    """The report of a format that is text."""
    return render(name, findings, wording).decode("utf-8-sig" if name == "csv" else "utf-8")


def entries(findings: Findings, wording: Wording = ZH) -> list[dict[str, Any]]:
    """The findings as the JSON report has them: what every other format is compared with."""
    return json.loads(text("json", findings, wording))["findings"]  # type: ignore[no-any-return]


def cells(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    """The values of a workbook, by sheet."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
