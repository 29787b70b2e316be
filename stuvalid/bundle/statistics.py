"""Statistics of a package: one row a school, one a class, and the schools that sent nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import BinaryIO

from stuvalid.bundle.crosschecks import class_counts, missing_schools, waiting_schools
from stuvalid.bundle.entries import Plan
from stuvalid.bundle.parts import count_by_file
from stuvalid.bundle.pictures import Pictures
from stuvalid.excel.new import TableSheet, write_table_workbook
from stuvalid.findings import Findings, Severity
from stuvalid.pupils.classes import grade_of
from stuvalid.pupils.facts import Counts
from stuvalid.pupils.schools import School

_HEADER = (
    "学校标识码",
    "学校名称",
    "状态",
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
_WIDTHS = (13, 34, 8, *(11 for _ in range(14)), 14, 14)
_MISSING_HEADER = ("学校标识码", "学校名称", "应有学生数", "应有班级数", "说明")


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school in numbers; expected counts are -1 where none is known.

    ``waiting``: files of it lie there, but nothing of them counts yet.
    """

    code: str
    name: str
    counts: Counts
    classes: int
    expected_pupils: int
    expected_classes: int
    errors: int
    warnings: int
    photos: int
    pupils_with_photo: int
    left_out: int
    received: bool = True
    waiting: bool = False

    def cells(self) -> list[str | int]:
        """The row as `_HEADER` has it; '' where nothing is expected."""
        numbers = [getattr(self.counts, field.name) for field in fields(Counts)]
        return [
            self.code,
            self.name,
            "已报" if self.received else "收到未定" if self.waiting else "未报",
            numbers[0],
            _or_blank(self.expected_pupils),
            self.classes,
            _or_blank(self.expected_classes),
            *numbers[1:],
            self.errors,
            self.warnings,
            self.photos,
            self.pupils_with_photo,
            self.left_out,
        ]


def _or_blank(number: int) -> str | int:
    return number if number >= 0 else ""


def school_rows(plan: Plan, findings: Findings, pictures: Pictures) -> list[SchoolRow]:
    """Every school that is in the package."""
    by_file = count_by_file(findings)
    left_out: dict[str, int] = {}
    for entry in plan.entries:
        if entry.fate in ("superseded", "refused") and entry.school:
            left_out[entry.school] = left_out.get(entry.school, 0) + 1
    rows = []
    for code in plan.codes:
        counts, levels = Counts(), dict.fromkeys(Severity, 0)
        for entry in plan.of_school(code, "workbook", "photo"):
            counts.add(entry.counts)
            for severity, count in by_file.get(entry.name, {}).items():
                levels[severity] += count
        school, classes = plan.names.get(code), class_counts(plan, code)
        rows.append(
            SchoolRow(
                code,
                school.called if school else "",
                counts,
                sum(1 for key in classes if key),
                school.pupils if school else -1,
                school.classes if school else -1,
                levels[Severity.ERROR],
                levels[Severity.WARNING],
                len(plan.of_school(code, "photo")),
                pictures.pupils.get(code, 0),
                left_out.get(code, 0),
                bool(plan.of_school(code, "workbook")),
            )
        )
    return rows


def absent_row(school: School, *, waiting: bool = False) -> SchoolRow:
    """A school of the list that has nothing in the package."""
    counts = Counts()
    return SchoolRow(
        school.code, school.called, counts, 0, school.pupils, school.classes, 0, 0, 0, 0, 0, False, waiting
    )


def write_statistics(stream: BinaryIO, title: str, plan: Plan, rows: Sequence[SchoolRow], county: str) -> None:
    """The workbook of all of it."""
    sent, waiting = {row.code for row in rows}, waiting_schools(plan)
    absent = [
        absent_row(school, waiting=school.code in waiting)
        for school in missing_schools(plan, county)
        if school.code not in sent
    ]
    ordered = sorted([*rows, *absent], key=lambda row: row.code)
    table = [*(row.cells() for row in ordered), _total(ordered)] if ordered else []
    write_table_workbook(
        [
            TableSheet("学校统计", f"{title}学校统计表", _HEADER, table, _WIDTHS),
            TableSheet(
                "班级统计",
                f"{title}班级统计表",
                ("学校标识码", "学校名称", "年级", "班号", "学生数", "应有学生数"),
                _classes(plan, rows),
                (13, 34, 14, 12, 9, 12),
            ),
        ],
        stream,
    )


def write_missing(stream: BinaryIO, title: str, plan: Plan, county: str) -> None:
    """The schools of the list that sent no pupils' data; only a header when all did."""
    waiting = waiting_schools(plan)
    rows = [
        (
            school.code,
            school.name,
            _or_blank(school.pupils),
            _or_blank(school.classes),
            "交来了文件，还没有能用的学生表" if school.code in waiting else "",
        )
        for school in missing_schools(plan, county)
    ]
    lines = [f"名单上共{len(plan.schools.schools)}所学校，未报{len(rows)}所。"]
    write_table_workbook(
        [TableSheet("未报学校", f"{title}未报学校", _MISSING_HEADER, rows, (13, 44, 12, 12, 30), lines)], stream
    )


def _total(rows: Sequence[SchoolRow]) -> list[str | int]:
    cells = [row.cells() for row in rows]
    sums: list[str | int] = []
    for column in range(3, len(_HEADER)):
        numbers = [value for row in cells if isinstance(value := row[column], int)]
        sums.append(sum(numbers) if numbers else "")
    return ["合计", f"{len(rows)}所学校", f"已报{sum(row.received for row in rows)}", *sums]


def _classes(plan: Plan, rows: Sequence[SchoolRow]) -> list[tuple[str | int, ...]]:
    table: list[tuple[str | int, ...]] = []
    for row in rows:
        school = plan.names.get(row.code)
        expected = school.class_sizes if school is not None else {}
        counts = class_counts(plan, row.code)
        table += [
            (row.code, row.name, grade_of(key), key, counts[key], expected.get(key, ""))
            for key in sorted({*counts, *expected})
        ]
    return table
