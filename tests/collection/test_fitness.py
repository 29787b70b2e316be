"""The sheet of the national fitness standard: recognised, right where it is right, and held against the roster."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from samples.people import People
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Findings
from stuvalid.forms import template
from stuvalid.received.walk import Source
from tests.books import workbook
from tests.program import stuvalid

HEADERS = ["年级编号", "班级编号", "班级名称", "学籍号", "民族代码", "姓名", "性别", "出生日期", "家庭住址"]
ITEMS = [
    "身高",
    "体重",
    "肺活量",
    "50米跑",
    "坐位体前屈",
    "一分钟跳绳",
    "一分钟仰卧起坐",
    "50米×8往返跑",
    "左眼裸眼视力",
    "左眼串镜",
]
BASIC = ["班级编号", "班级名称", "学籍号", "民族代码", "姓名", "性别", "出生日期", "学生来源", "身份证号", "家庭住址"]
PUPILS = [dict(row) for row in People(5).rows(template("student-2013"), 12)]
NAMES = {header: entry.key for entry in template("fitness").fields for header in (entry.header,)}


def rows() -> list[dict[str, object]]:
    """The pupils as the platform gives them: sex as 1 or 2, dates as dates, numbers as numbers."""
    found: list[dict[str, object]] = []
    for number, pupil in enumerate(PUPILS):
        born = pupil["birth_date"]
        found.append(
            {
                "年级编号": 16,
                "班级编号": 1601,
                "班级名称": "六年级1班",
                "学籍号": f"{'GL'[number % 2]}{pupil['id_number']}",
                "民族代码": 1,
                "姓名": pupil["name"],
                "性别": 1 if pupil["sex"] == "男" else 2,
                "出生日期": dt.date(int(born[:4]), int(born[4:6]), int(born[6:])),
                "家庭住址": pupil["home_address"],
                "学生来源": "正常入学",
                "身份证号": pupil["id_number"],
                "身高": 151.5,
                "体重": 40,
                "肺活量": 2200,
                "50米跑": 9.1,
                "坐位体前屈": -3.5,
                "一分钟跳绳": 120,
                "一分钟仰卧起坐": 30,
                "50米×8往返跑": ("1′40″", "1'52\"", "1.55", "1分49秒", "1:50")[number % 5],
                "左眼裸眼视力": 5.0 if number % 3 else 0,
                "左眼串镜": 0,
            }
        )
    return found


def sheet(headers: Sequence[str], records: Sequence[Mapping[str, object]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(headers))
    for record in records:
        page.append([record.get(header) for header in headers])
    for cell in page["H"][1:]:
        cell.number_format = "yyyy/m/d"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def check(**files: bytes) -> Findings:
    sources = [Source(f"2114010068双塔西街小学/{name}.xlsx", data=data) for name, data in files.items()]
    return check_sources(sources, CheckOptions(isolated=False))


def told(findings: Findings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in findings:
        found.setdefault(one.rule, []).append(one.place.cell)
    return found


@pytest.mark.parametrize("headers", [[*HEADERS, *ITEMS], [*HEADERS[:-1], *ITEMS], BASIC])
def test_a_correct_sheet_is_known_and_right(headers: list[str]) -> None:
    findings = check(体测=sheet(headers, rows()), 名册=workbook(PUPILS))
    assert {file.template for file in findings.files} == {"fitness", "student-2013"}
    assert told(findings) == {}
    assert findings.account() == []
    assert findings.summary()["rows"] == 12, "a pupil on both is one pupil"


@pytest.mark.parametrize(
    ("header", "value", "rule"),
    [
        ("身高", 1.52, "SCH080"),
        ("肺活量", "两千", "SCH080"),
        ("50米×8往返跑", "9′40″", "SCH080"),
        ("50米×8往返跑", 0, "SCH080"),
        ("坐位体前屈", 55, "SCH080"),
        ("左眼裸眼视力", 1.5, "SCH080"),
        ("左眼串镜", 9, "SCH082"),
        ("年级编号", 6, "SCH088"),
        ("班级编号", 1501, "SCH083"),
        ("性别", "男", "SCH088"),
        ("民族代码", "汉族", "SCH088"),
        ("学籍号", "140106", "SCH088"),
    ],
)
def test_what_the_platform_refuses_is_told(header: str, value: object, rule: str) -> None:
    records = rows()
    records[1][header] = value
    headers = [*HEADERS, *ITEMS]
    findings = check(体测=sheet(headers, records))
    column = openpyxl.utils.get_column_letter(headers.index(header) + 1)
    assert f"{column}3" in told(findings).get(rule, []), told(findings)
    assert all(one.severity.word == "warning" for one in findings), "none of it is certain"


def test_items_of_the_other_sex_are_told_from_junior_high_on() -> None:
    records = [record | {"年级编号": 21, "班级编号": 2101, "引体向上": 5, "800米跑": "4′01″"} for record in rows()]
    for record in records:
        record["一分钟仰卧起坐"] = None
    findings = check(体测=sheet([*HEADERS, *ITEMS, "引体向上", "800米跑"], records))
    boys = [number for number, record in enumerate(records, 2) if record["性别"] == 1]
    girls = [number for number, record in enumerate(records, 2) if record["性别"] == 2]
    assert boys and girls
    assert sorted(told(findings)["SCH081"]) == sorted([f"U{row}" for row in boys] + [f"T{row}" for row in girls])


def test_it_is_held_against_the_roster() -> None:
    records = rows()
    records[0]["学籍号"] = "G" + PUPILS[1]["id_number"]
    records[2] = records[2] | {"学籍号": "L14010620140305003X", "姓名": "钱多多"}
    del records[5]
    findings = told(check(体测=sheet([*HEADERS, *ITEMS], records), 名册=workbook(PUPILS)))
    assert findings["SCH086"] == ["F2"]
    assert findings["SCH085"] == ["D4"]
    assert findings["SCH084"] == ["D3"]
    assert len(findings["SCH087"]) == 1


def test_fix_leaves_it_alone(tmp_path: Path) -> None:
    data = sheet([*HEADERS, *ITEMS], rows())
    (tmp_path / "体测.xlsx").write_bytes(data)
    stuvalid("fix", tmp_path / "体测.xlsx", "-o", tmp_path / "out.xlsx", "--unsafe-fixes")
    before, after = (
        [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]
        for path in (tmp_path / "体测.xlsx", tmp_path / "out.xlsx")
    )
    assert before == after
