"""About a hundred kinds of mistake, seeded into both forms, with and without title rows: told at the cell."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import xlsxwriter

from samples.build import write_value
from samples.mistakes import MISTAKES, Mistake, apply
from samples.people import People
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.codes.identity import check_character
from stuvalid.findings import Finding, Findings, Severity, letters
from stuvalid.forms import template
from stuvalid.received.walk import Source
from stuvalid.rules.registry import all_rules

TODAY = dt.date(2026, 11, 23)
FORMS = ("student-2013", "student-2020")
CLEAN = 40
# Rules that tell of a catalogue item besides those that name it: a finer or a coarser view of the same mistake.
TOLD_BY = {
    30: ("CEL004", "FMT020"),
    58: ("COD003", "REQ001"),
    60: ("REQ004",),
    66: ("COD003",),
    71: ("IDN007",),
    102: ("REQ001",),
    114: ("CEL003",),
    116: ("COD003",),
    117: ("COD003",),
    120: ("COD003",),
    123: ("COD002",),
    143: ("IDN005", "IDN007", "IDN008"),
}
_NUMBERLESS_TWINS = (("DUP002", "name"), ("IDN050", "id_number"))
TITLES = ("双塔西街小学学生信息采集表", "注：请勿改动表头")


Record = Mapping[str, Any]
Columns = Sequence[tuple[str, str]]
Dress = Callable[[Any, Any, int], None]


def columns_of(form: str) -> list[tuple[str, str]]:
    """(header, field key) of the form's columns, in its order."""
    return [(entry.header, entry.key) for entry in template(form).fields]


def write(
    rows: Sequence[Record],
    columns: Columns,
    titles: tuple[str, ...] = (),
    *,
    name: str = "学生基础信息",
    dress: Dress | None = None,
) -> bytes:
    """An xlsx of ``rows``; ``dress`` gets the book, the page and its 0-based header row at last."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet(name)
    fill(book, page, rows, columns, titles)
    if dress:
        dress(book, page, len(titles))
    book.close()
    return stream.getvalue()


def fill(book: Any, page: Any, rows: Sequence[Record], columns: Columns, titles: tuple[str, ...] = ()) -> None:
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page.write_column(0, 0, titles)
    for column, (header, key) in enumerate(columns):
        page.write_string(len(titles), column, header)
        for row, record in enumerate(rows, len(titles) + 1):
            write_value(page, row, column, record.get(key, ""), None, day)


def check(data: bytes, name: str = "a.xlsx") -> Findings:
    return check_sources([Source(name, data=data)], CheckOptions(isolated=False, today=TODAY))


def seeded(form: str) -> tuple[list[Mistake], list[dict[str, Any]]]:
    keys = set(template(form).keys)
    mistakes = [mistake for mistake in MISTAKES if mistake.at in keys and mistake.changes.keys() <= keys]
    people = list(People(7).rows(template(form), CLEAN + len(mistakes)))
    changed = [apply(mistake, record) for mistake, record in zip(mistakes, people[CLEAN:], strict=True)]
    return mistakes, [*people[:CLEAN], *changed]


@dataclass(frozen=True)
class Judged:
    """The findings of one sheet, and for each mistake its 1-based row there."""

    form: str
    mistakes: list[tuple[int, Mistake]]
    found: list[Finding]

    def cell(self, row: int, key: str) -> str:
        return f"{letters(template(self.form).keys.index(key))}{row}"


@pytest.fixture(scope="module", params=[(form, titles) for form in FORMS for titles in ((), TITLES)], ids=str)
def judged(request: pytest.FixtureRequest) -> Judged:
    form, titles = request.param
    mistakes, rows = seeded(form)
    found = list(check(write(rows, columns_of(form), titles)))
    return Judged(form, list(enumerate(mistakes, len(titles) + 2 + CLEAN)), found)


def test_there_are_kinds_enough(judged: Judged) -> None:
    assert len(judged.mistakes) >= 180
    assert len({mistake.item for _, mistake in judged.mistakes}) >= 90


def test_every_mistake_is_told_at_its_cell(judged: Judged) -> None:
    told: dict[str, set[str]] = {}
    for finding in judged.found:
        told.setdefault(finding.place.cell, set()).add(finding.rule)
    missed = []
    for row, mistake in judged.mistakes:
        rules = told.get(judged.cell(row, mistake.at), set())
        if not any(mistake.item in all_rules()[rule].items or rule in TOLD_BY.get(mistake.item, ()) for rule in rules):
            missed.append((mistake.item, mistake.what, row, sorted(rules)))
    assert not missed


def test_nothing_else_is_told(judged: Judged) -> None:
    allowed = {
        judged.cell(row, key)
        for row, mistake in judged.mistakes
        for key in (mistake.at, *mistake.also)
        if key in template(judged.form).keys
    }
    extra = [
        (finding.rule, finding.place.cell, finding.field, finding.value)
        for finding in judged.found
        if finding.severity > Severity.INFO and finding.place.cell not in allowed and finding.rule != "TPL001"
    ]
    assert not extra


@pytest.mark.parametrize("form", [*FORMS, "student-continuation", "student-continuation-xiangyang", "student-2022"])
def test_a_clean_school_has_no_error_and_no_warning(form: str) -> None:
    rows = list(People(3).rows(template(form), 1000))
    found = [finding for finding in check(write(rows, columns_of(form))) if finding.severity > Severity.INFO]
    assert not found, [(finding.rule, finding.place.cell, finding.value) for finding in found[:5]]


@dataclass(frozen=True)
class Page:
    """A sheet with one mistake in how it stands, and what must be told of it: (rule, cell), '' for the sheet."""

    rows: Sequence[Record]
    columns: Columns
    told: set[tuple[str, str]]
    name: str = "学生基础信息"
    dress: Dress | None = None


def _renamed(key: str, header: str, rule: str) -> Callable[[str, int], Page]:
    def make(form: str, top: int) -> Page:
        columns = [(header if key == other else own, other) for own, other in columns_of(form)]
        return Page(people(form), columns, {(rule, f"{_letters(form, key)}{top}")})

    return make


def _added(header: str, rule: str) -> Callable[[str, int], Page]:
    def make(form: str, top: int) -> Page:
        columns = [*columns_of(form), (header, "")]
        return Page(people(form), columns, {(rule, f"{letters(len(columns) - 1)}{top}")})

    return make


def _inserted(at: int, values: Record, rule: str, key: str) -> Callable[[str, int], Page]:
    """A row of ``values`` before record ``at``, told at field ``key`` ('' for the first column)."""

    def make(form: str, top: int) -> Page:
        rows = people(form)
        cell = f"{_letters(form, key) if key else 'A'}{top + 1 + at}"
        return Page([*rows[:at], values, *rows[at:]], columns_of(form), {(rule, cell)})

    return make


def _dressed(dress: Callable[[Any, int, str], None], rule: str, key: str, row: int) -> Callable[[str, int], Page]:
    """A page changed by ``dress`` (page, header row, form), told at ``key``, ``row`` rows below the header."""

    def make(form: str, top: int) -> Page:
        told = {(rule, f"{_letters(form, key)}{top + row}")} if rule else set()
        return Page(people(form), columns_of(form), told, dress=lambda _, page, header: dress(page, header, form))

    return make


def _same_number(form: str, top: int) -> Page:
    rows = people(form)
    rows[8] = {**rows[8], **{key: rows[3][key] for key in ("id_number", "sex", "birth_date", *_REGIONS)}}
    return Page(rows, columns_of(form), {("DUP001", f"{_letters(form, 'id_number')}{top + at}") for at in (4, 9)})


def _same_trio(form: str, top: int) -> Page:
    rows = people(form)
    shared = {"id_type": "其他", "id_number": "", **{key: rows[3][key] for key in ("name", "sex", "birth_date")}}
    rows[3], rows[8] = {**rows[3], **shared}, {**rows[8], **shared}
    # Each of the two also owes the certificate of attendance.
    told = {(rule, f"{_letters(form, key)}{top + at}") for at in (4, 9) for rule, key in _NUMBERLESS_TWINS}
    return Page(rows, columns_of(form), told)


def _same_trio_other_number(form: str, top: int) -> Page:
    rows = people(form)
    body = rows[3]["id_number"][:14] + f"{(int(rows[3]['id_number'][14:17]) + 20) % 1000:03}"
    twin = {**rows[3], "id_number": body + check_character(body), "phone": rows[8]["phone"]}
    rows[8] = twin
    return Page(rows, columns_of(form), {("DUP003", f"{_letters(form, 'name')}{top + at}") for at in (4, 9)})


def _shared_phone(form: str, top: int) -> Page:
    rows = [{**row, "phone": "13935112233"} if at < 5 else row for at, row in enumerate(people(form), 0)]
    return Page(rows, columns_of(form), {("DUP010", f"{_letters(form, 'phone')}{top + at}") for at in range(1, 6)})


def _no_pupils(form: str, top: int) -> Page:
    return Page([], columns_of(form), {("TPL012", f"A{top}")})


def _column_missing(form: str, top: int) -> Page:
    columns = [entry for entry in columns_of(form) if entry[1] != "sex"]
    return Page(people(form), columns, {("TPL002", "")})


def _columns_swapped(form: str, top: int) -> Page:
    columns = columns_of(form)
    columns[2], columns[5] = columns[5], columns[2]
    return Page(people(form), columns, {("TPL008", f"C{top}")})


def _second_sheet(form: str, top: int) -> Page:
    def dress(book: Any, _: Any, header: int) -> None:
        others = list(People(99).rows(template(form), 5))
        fill(book, book.add_worksheet("学生基础信息(2)"), others, columns_of(form), TITLES[:header])

    return Page(people(form), columns_of(form), {("TPL021", "")}, dress=dress)


def _sheet_name(form: str, top: int) -> Page:
    return Page(people(form), columns_of(form), set(), name="Sheet1")


def _mixed_schools(form: str, top: int) -> Page:
    others = list(People(98, "2114010075").rows(template(form), 3))
    cells = {("ENR012", f"{_letters(form, 'school_code')}{top + COUNT + at}") for at in (1, 2, 3)}
    return Page([*people(form), *others], columns_of(form), cells)


def people(form: str) -> list[dict[str, Any]]:
    return [dict(row) for row in People(21).rows(template(form), COUNT)]


def _letters(form: str, key: str) -> str:
    return letters(template(form).keys.index(key))


COUNT = 30
_REGIONS = ("birthplace_division", "household_division")
_SAMPLE = {
    "school_code": "2114010068",
    "name": "张三",
    "sex": "男",
    "birth_date": "20190101",
    "id_type": "居民身份证",
    "id_number": "14010620190101XXXX",
    "ethnicity": "汉族",
}
SHEETS: dict[str, Callable[[str, int], Page]] = {
    "5 工作表改名": _sheet_name,
    "6 数据区合并": _dressed(
        lambda page, header, form: page.merge_range(
            header + 3,
            template(form).keys.index("class_code"),
            header + 5,
            template(form).keys.index("class_code"),
            "2025101",
        ),
        "TPL015",
        "class_code",
        3,
    ),
    "7 缺性别列": _column_missing,
    "8 多出一列": _added("班主任电话", "TPL004"),
    "9 姓名列重复": _added("姓名", "TPL005"),
    "10 表头名族": _renamed("ethnicity", "名族", "TPL006"),
    "10 表头学校标示码": _renamed("school_code", "学校标示码", "TPL006"),
    "10 表头错字": _renamed("enrolment_month", "入学年日", "TPL006"),
    "10 表头身份证号": _renamed("id_number", "身份证号", "TPL006"),
    "11 表头有星号和空格": _renamed("name", "★姓 名", "TPL007"),
    "11 表头有换行": _renamed("birth_date", "出生\n日期", "TPL007"),
    "11 表头注明必填": _renamed("sex", "性别（必填）", "TPL007"),
    "12 两列对调": _columns_swapped,
    "13 示例行": _inserted(0, {**_SAMPLE, "name": "示例：张三"}, "TPL010", "name"),
    "13 号码打码的示例行": _inserted(0, _SAMPLE, "TPL010", "name"),
    "14 中间空行": _inserted(7, {}, "TPL011", ""),
    "14 末尾填表人": _inserted(COUNT, {"name": "填表人：李老师"}, "TPL016", "name"),
    "14 末尾合计": _inserted(COUNT, {"school_code": "合计", "name": "30人"}, "TPL016", "school_code"),
    "15 没有学生": _no_pupils,
    "16 隐藏行": _dressed(
        lambda page, header, _: page.set_row(header + 4, None, None, {"hidden": True}), "TPL013", "school_code", 4
    ),
    "16 隐藏列": _dressed(
        lambda page, _, form: page.set_column(
            template(form).keys.index("phone"), template(form).keys.index("phone"), None, None, {"hidden": True}
        ),
        "TPL014",
        "phone",
        0,
    ),
    "19 批注不妨碍": _dressed(lambda page, header, _: page.write_comment(header + 2, 1, "请核对"), "", "name", 0),
    "20 两所学校": _mixed_schools,
    "23 两张学生表": _second_sheet,
    "78 号码重复": _same_number,
    "80 无号码的同名同生日": _same_trio,
    "81 同名同生日号码不同": _same_trio_other_number,
    "108 多人共用电话": _shared_phone,
}


@pytest.mark.parametrize("titles", [(), TITLES], ids=["bare", "titles"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", SHEETS)
def test_a_mistake_of_the_sheet_is_told_and_nothing_else(kind: str, form: str, titles: tuple[str, ...]) -> None:
    page = SHEETS[kind](form, len(titles) + 1)
    found = check(write(page.rows, page.columns, titles, name=page.name, dress=page.dress))
    serious = {(f.rule, f.place.cell) for f in found if f.severity > Severity.INFO and f.rule != "TPL001"}
    assert serious == page.told


@pytest.mark.parametrize(("name", "rule"), [("a.xls", "TPL023"), ("a.csv", "TPL024")])
def test_a_file_of_another_kind_than_it_says(name: str, rule: str) -> None:
    rows, columns = people("student-2013"), columns_of("student-2013")
    text = "\n".join(
        ",".join(line) for line in ([h for h, _ in columns], *([row[k] for _, k in columns] for row in rows))
    )
    found = check(text.encode("utf-8-sig") if name.endswith("csv") else write(rows, columns), name)
    assert {f.rule for f in found if f.severity > Severity.INFO} == {rule}


def test_a_renamed_sheet_is_mentioned() -> None:
    found = check(write(people("student-2013"), columns_of("student-2013"), name="Sheet1"))
    assert [(f.rule, f.severity) for f in found] == [("TPL020", Severity.INFO)]
