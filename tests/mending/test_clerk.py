"""A clerk who does only what the annotated file says gets from the sample with sixty mistakes to a clean check."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from samples.people import People
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Finding
from stuvalid.forms import template
from stuvalid.mending.annotate import annotate, by_file
from stuvalid.mending.copies import CopyRequest
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from stuvalid.report.wording import Wording

COUNTY = Path(__file__).parents[2] / "samples" / "county"
CHECK = CheckOptions(isolated=False)
FORM = template("student-2020")
OTHER_CELL = re.compile(r"（对照 ([A-Z]+[0-9]+)")
MOST_ROUNDS = 4


@pytest.fixture(scope="module")
def registers() -> list[dict[str, str]]:
    """What the household registers say: the sample's pupils before the mistakes were made, as samples.build makes them."""
    used: set[str] = set()
    first = template("student-2013")
    list(People(11, used=used).rows(first, 1000))
    list(People(12, "2114010075", used=used).rows(first, 40))
    return [dict(record) for record in People(82, "2114010082", used=used).rows(FORM, 80)]


def found(data: bytes) -> list[Finding]:
    return by_file(check_sources([Source("a.xlsx", data=data)], CHECK))["a.xlsx"]


def told_cells(book: openpyxl.Workbook) -> Iterator[str]:
    """The cells the list in front names, and those it says to compare."""
    rows = list(book["问题清单"].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "级别")
    cell, problem = rows[start].index("单元格"), rows[start].index("问题")
    for row in rows[start + 1 :]:
        yield str(row[cell])
        other = OTHER_CELL.search(str(row[problem]))
        if other:
            yield other[1]


def work_through(data: bytes, registers: list[dict[str, str]]) -> bytes:
    """The clerk's part: look every told cell up in the register and type what it says."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["学生基础信息"]
    for place in told_cells(book):
        cell = sheet[place]
        cell.value = registers[cell.row - 2][FORM.keys[cell.column - 1]] or None
        cell.number_format = "@"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_from_the_annotated_file_to_a_clean_check(registers: list[dict[str, str]]) -> None:
    data = next(COUNTY.rglob("60*.xlsx")).read_bytes()
    before = len(found(data))
    data = fix_sources([Source("a.xlsx", data=data)], FixOptions(CHECK)).files[0].content()
    assert before > len(found(data)) > 40
    left: list[Finding] = found(data)
    for _ in range(MOST_ROUNDS):
        data = work_through(annotate(CopyRequest(Source("a.xlsx", data=data)), left, Wording()).data, registers)
        left = found(data)
        if not left:
            break
    assert [(finding.rule, finding.place.cell, finding.value) for finding in left] == []
