"""The numbers of the statistics: every total of the workbook added up again from its lines."""

from __future__ import annotations

import io

import openpyxl
import pytest

from stuvalid.bundle.crosschecks import Waiting, compare_with_list, waiting_schools
from stuvalid.bundle.entries import Plan, PlanEntry, Told
from stuvalid.bundle.statistics import SchoolRow, write_missing, write_statistics
from stuvalid.pupils.facts import Counts
from stuvalid.pupils.schools import School, SchoolList
from stuvalid.rules.registry import all_rules

NUMBERS = (
    "学生数",
    "应有学生数",
    "班级数",
    "应有班级数",
    "男",
    "女",
    "无身份证号",
    "留守儿童",
    "随迁子女",
    "残疾学生",
    "须附在校就读证明",
    "错误",
    "警告",
    "照片",
    "有照片的学生",
    "未收入的文件",
)
LIST = SchoolList(
    {code: School(code, name, pupils=30, classes=2) for code, name in (("2114010063", "丙"), ("2114010064", "丁"))},
    given=True,
)
ROWS = [
    SchoolRow("2114010061", "甲", Counts(11, 5, 6, 2, 3, 4, 1, 2), 3, 12, 4, 7, 8, 9, 10, 1),
    SchoolRow("2114010062", "乙", Counts(20, 13, 7, 1, 0, 2, 3, 1), 5, -1, -1, 0, 1, 4, 3, 2),
    SchoolRow("2114010063", "丙", Counts(), 0, 30, 2, 0, 0, 6, 0, 0, received=False),
]


@pytest.fixture(scope="module")
def table() -> list[dict[str, object]]:
    stream = io.BytesIO()
    write_statistics(stream, "某县", Plan([], LIST, {}, Told({})), ROWS, "")
    lines = list(openpyxl.load_workbook(stream)["学校统计"].iter_rows(values_only=True))
    header = next(number for number, line in enumerate(lines) if line[0] == "学校标识码")
    return [dict(zip(map(str, lines[header]), line, strict=True)) for line in lines[header + 1 :] if line[0]]


def test_every_column_of_the_total_is_the_sum_of_its_lines(table: list[dict[str, object]]) -> None:
    *schools, total = table
    assert [line["学校标识码"] for line in schools] == ["2114010061", "2114010062", "2114010063", "2114010064"]
    assert (total["学校标识码"], total["学校名称"], total["状态"]) == ("合计", "4所学校", "已报2")
    for name in NUMBERS:
        assert total[name] == sum(int(str(line[name])) for line in schools if line[name] not in (None, "")), name
    assert set(schools[0]) == {"学校标识码", "学校名称", "状态", *NUMBERS}


def test_each_number_stands_under_its_header(table: list[dict[str, object]]) -> None:
    first, second = table[0], table[1]
    assert [first[name] for name in NUMBERS] == [11, 12, 3, 4, 5, 6, 2, 3, 4, 1, 2, 7, 8, 9, 10, 1]
    assert (second["应有学生数"], second["应有班级数"]) in ((None, None), ("", ""))
    assert [line["状态"] for line in table[:-1]] == ["已报", "已报", "未报", "未报"]


def test_the_list_of_the_missing_says_how_many_of_how_many() -> None:
    stream = io.BytesIO()
    write_missing(stream, "某县", Plan([], LIST, {}, Told({})), "")
    lines = list(openpyxl.load_workbook(stream).active.iter_rows(values_only=True))
    assert any("共2所学校，未报2所" in str(cell) for line in lines for cell in line)
    assert [line[0] for line in lines if str(line[0]).startswith("2114")] == ["2114010063", "2114010064"]


def test_a_school_whose_file_lies_there_is_not_said_to_have_sent_nothing() -> None:
    refused = PlanEntry("2114010063丙/坏.xlsx", 1, "workbook", None, fate="refused", school="2114010063")
    unclear = PlanEntry("2114010063和2114010064.xlsx", 1, "workbook", None)
    plan = Plan([refused], LIST, dict(LIST.schools), Told.of(all_rules().values()))
    assert waiting_schools(plan) == {"2114010063": Waiting(refused=1)}
    compare_with_list(plan, "")
    assert [(finding.rule, finding.params["school_code"]) for finding in plan.told.findings] == [
        ("PKG065", "2114010063"),
        ("PKG004", "2114010064"),
    ]
    stream = io.BytesIO()
    write_statistics(stream, "某县", plan, [], "")
    lines = openpyxl.load_workbook(stream)["学校统计"].iter_rows(values_only=True)
    assert {line[0]: line[2] for line in lines if str(line[0]).startswith("2114")} == {
        "2114010063": "收到未定",
        "2114010064": "未报",
    }
    plan.entries.append(unclear)
    assert waiting_schools(plan) == {"2114010063": Waiting(1, 1), "2114010064": Waiting(undecided=1)}
