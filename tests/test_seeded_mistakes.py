"""About a hundred kinds of mistake, seeded into both forms, with and without title rows: told at the cell."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter

from samples.mistakes import MISTAKES, Mistake, apply
from samples.people import People
from stuvalid.check import CheckOptions, check_sources
from stuvalid.discovery import Source
from stuvalid.findings import Finding, Findings, Severity, letters
from stuvalid.templates import template

TODAY = dt.date(2026, 11, 23)
FORMS = ("student-2013", "student-2020")
CLEAN = 40
TITLES = ("双塔西街小学学生信息采集表", "注：请勿改动表头")


def write(form: str, rows: list[dict[str, object]], titles: tuple[str, ...] = ()) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet("学生基础信息")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, title in enumerate(titles):
        page.write_string(row, 0, title)
    for column, entry in enumerate(template(form).fields):
        page.write_string(len(titles), column, entry.header)
        for row, record in enumerate(rows, len(titles) + 1):
            match record[entry.key]:
                case ("number", value):
                    page.write_number(row, column, value)  # type: ignore[arg-type]
                case ("date", value):
                    page.write_datetime(row, column, value, day)  # type: ignore[arg-type]
                case "":
                    pass
                case str(text):
                    page.write_string(row, column, text)
    book.close()
    return stream.getvalue()


def check(data: bytes) -> Findings:
    return check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY))


def seeded(form: str) -> tuple[list[Mistake], list[dict[str, object]]]:
    keys = set(template(form).keys)
    mistakes = [mistake for mistake in MISTAKES if mistake.at in keys and mistake.changes.keys() <= keys]
    people = list(People(7).rows(template(form), CLEAN + len(mistakes)))
    changed = [apply(mistake, record) for mistake, record in zip(mistakes, people[CLEAN:], strict=True)]
    return mistakes, [*people[:CLEAN], *changed]


@pytest.fixture(scope="module", params=[(form, titles) for form in FORMS for titles in ((), TITLES)], ids=str)
def judged(request: pytest.FixtureRequest) -> tuple[str, int, list[Mistake], list[Finding]]:
    form, titles = request.param
    mistakes, rows = seeded(form)
    return form, len(titles), mistakes, list(check(write(form, rows, titles)))


def test_there_are_kinds_enough(judged: tuple[str, int, list[Mistake], list[Finding]]) -> None:
    assert len(judged[2]) >= 90


def test_every_mistake_is_told_at_its_cell(judged: tuple[str, int, list[Mistake], list[Finding]]) -> None:
    form, titles, mistakes, found = judged
    cells = {finding.place.cell for finding in found}
    missed = []
    for position, mistake in enumerate(mistakes):
        row = titles + 2 + CLEAN + position
        places = {f"{letters(template(form).keys.index(key))}{row}" for key in (mistake.at,)}
        if not places & cells:
            missed.append((mistake.item, mistake.what, sorted(f"{f.rule} {f.field}" for f in found if f.place.row == row - 1)))
    assert not missed


def test_nothing_else_is_told(judged: tuple[str, int, list[Mistake], list[Finding]]) -> None:
    form, titles, mistakes, found = judged
    allowed = {
        f"{letters(template(form).keys.index(key))}{titles + 2 + CLEAN + position}"
        for position, mistake in enumerate(mistakes)
        for key in (mistake.at, *mistake.also)
        if key in template(form).keys
    }
    extra = [
        (finding.rule, finding.place.cell, finding.field, finding.value)
        for finding in found
        if finding.severity > Severity.INFO and finding.place.cell not in allowed and finding.rule != "TPL001"
    ]
    assert not extra


@pytest.mark.parametrize("form", [*FORMS, "student-continuation", "student-continuation-xiangyang", "student-2022"])
def test_a_clean_school_has_no_error_and_no_warning(form: str) -> None:
    rows = list(People(3).rows(template(form), 1000))
    found = [finding for finding in check(write(form, rows)) if finding.severity > Severity.INFO]  # type: ignore[arg-type]
    assert not found, [(finding.rule, finding.place.cell, finding.value) for finding in found[:5]]
