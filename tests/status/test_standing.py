"""One school's standing, day by day; who is called first; whose files lie there undecided; every total a second way."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest

from stuvalid.bundle.crosschecks import Waiting
from stuvalid.bundle.statistics import SchoolRow
from stuvalid.check.run import CheckOptions
from stuvalid.pupils.facts import Counts
from stuvalid.pupils.schools import read_schools
from stuvalid.status.rendering import render, summary_lines
from stuvalid.status.rows import SchoolStatus, Times, judge
from stuvalid.status.survey import DEADLINES, Status, StatusOptions, survey
from tests.duplicates.county import book, county, write

TODAY = dt.date(2026, 6, 1)
HERE = CheckOptions(isolated=False, today=TODAY)


def row(*, received: bool = True, pupils: int = 10, expected: int = -1, **others: int) -> SchoolRow:
    numbers = {"classes": 1, "expected_classes": -1, "errors": 0, "warnings": 0, "photos": 0, "pupils_with_photo": 0}
    numbers |= {"left_out": 0} | {key: value for key, value in others.items() if key != "certificates"}
    counts = Counts(pupils=pupils if received else 0, need_certificate=others.get("certificates", 0))
    return SchoolRow("2114010060", "甲", counts, expected_pupils=expected, received=received, **numbers)


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("left", "words", "overdue"),
    [
        (None, "未报", 0),
        (2, "未报，还有2天", 0),
        (1, "未报，还有1天", 0),
        (0, "未报，今天到期", 0),
        (-1, "未报，逾期1天", 1),
        (-40, "未报，逾期40天", 40),
    ],
)
def test_who_sent_nothing_day_by_day(left: int | None, words: str, overdue: int) -> None:
    school = judge(row(received=False), None, Waiting(), None if left is None else day(left), TODAY)
    assert (school.words("zh"), school.overdue, school.state, school.call) == (words, overdue, "missing", True)


@pytest.mark.parametrize(("left", "words"), [(1, "2个错误未改"), (0, "2个错误未改"), (-1, "2个错误未改，逾期1天")])
def test_errors_are_overdue_only_after_the_last_day(left: int, words: str) -> None:
    assert judge(row(errors=2), None, Waiting(), day(left), TODAY).words("zh") == words


@pytest.mark.parametrize(("came", "words"), [(-1, ""), (0, ""), (1, "迟交1天"), (9, "迟交9天")])
def test_what_came_on_the_last_day_is_not_late(came: int, words: str) -> None:
    moment = dt.datetime.combine(day(came), dt.time(23, 59))
    school = judge(row(), Times(moment, moment, (), 1), Waiting(), TODAY, day(20))
    assert (school.words("zh"), school.call, school.state) == (words, False, "complete")


@pytest.mark.parametrize(
    ("expected", "classes", "words"),
    [(10, 1, ""), (12, 1, "少2人"), (9, 1, "多1人"), (-1, 3, "少2个班"), (0, 1, "多10人")],
)
def test_counts_against_the_list(expected: int, classes: int, words: str) -> None:
    school = judge(row(expected=expected, expected_classes=classes), None, Waiting(), None, TODAY)
    assert (school.words("zh"), school.call) == (words, bool(words))


@pytest.mark.parametrize(
    ("left", "words", "call"),
    [
        (None, "缺3人照片", True),
        (2, "3人的照片到06-03前交", False),
        (1, "3人的照片到06-02前交", False),
        (0, "缺3人照片", True),
        (-9, "缺3人照片", True),
    ],
)
def test_photos_are_lacking_once_they_are_due(left: int | None, words: str, call: bool) -> None:
    school = judge(row(pupils_with_photo=7), None, Waiting(), None, TODAY)
    school.miss_photos(None if left is None else day(left), TODAY)
    assert (school.words("zh"), school.call) == (words, call)


@pytest.mark.parametrize(("received", "with_photo"), [(True, 10), (True, 11), (False, 0)])
def test_nobody_lacks_no_photo(received: bool, with_photo: int) -> None:
    school = judge(row(received=received, pupils_with_photo=with_photo), None, Waiting(), None, TODAY)
    school.miss_photos(day(-1), TODAY)
    assert "照片" not in school.words("zh")


@pytest.mark.parametrize(
    ("refused", "undecided", "state", "words"),
    [
        (0, 0, "missing", "未报"),
        (1, 0, "undecided", "收到了文件，还没有能用的学生表；1个文件读不了"),
        (0, 2, "undecided", "收到了文件，还没有能用的学生表；2个文件可能是它的，待确认"),
    ],
)
def test_a_school_whose_file_lies_there_is_not_told_that_it_sent_nothing(
    refused: int, undecided: int, state: str, words: str
) -> None:
    school = judge(row(received=False), None, Waiting(refused, undecided), None, TODAY)
    assert (school.state, school.words("zh"), school.call) == (state, words, True)


def test_certificates_are_counted_and_nobody_is_called_for_them() -> None:
    school = judge(row(certificates=2), None, Waiting(), None, TODAY)
    assert (school.words("zh"), school.state, school.call) == ("2人无身份证号，须附在校就读证明", "complete", False)


def test_the_order_of_calls() -> None:
    def of(code: str, deadline: dt.date | None = None, refused: int = 0, **values: int | bool) -> SchoolStatus:
        school = judge(row(**values), None, Waiting(refused), deadline, TODAY)  # type: ignore[arg-type]
        school.code = code
        return school

    expected = [
        of("overdue", day(-1), received=False, expected=5),
        of("large", day(1), received=False, expected=90),
        of("small", day(1), received=False, expected=9),
        of("unreadable", refused=1),
        of("many", errors=9),
        of("few", errors=1),
        of("lacking", expected=12),
        of("more", expected=8),
        of("warned", warnings=3),
        of("fine"),
    ]
    mixed = [*expected[5:], *expected[:5]]
    assert [school.code for school in sorted(mixed, key=lambda school: school.urgency)] == [
        school.code for school in expected
    ]
    assert [school.code for school in expected if school.call] == [school.code for school in expected[:8]]


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Status:
    """60 is complete, 61 too few; 62 sent a file nobody can read, 63 one that names two schools, 64 nothing."""
    root = tmp_path_factory.mktemp("status")
    folder = write(root / "received", county(2))
    (folder / "2114010062新建路小学").mkdir()
    (folder / "2114010062新建路小学" / "坏.xlsx").write_bytes(b"PK\x03\x04 cut")
    (folder / "2114010063桃园小学_2114010061五一路小学.xlsx").write_bytes(
        book(county(3)["2114010062"], drop=["school_code"])
    )
    listed = root / "schools.csv"
    listed.write_text(
        "学校标识码,学校名称,学校学生数,联系人,学籍管理员电话\n"
        "2114010060,双塔西街小学,12,王老师,0351-4000060\n2114010061,五一路小学,20,,13900010061\n"
        "2114010062,新建路小学,12,,\n2114010063,桃园小学,45,,13900010063\n2114010064,大南关小学,90,赵老师,13900010064\n",
        encoding="utf-8",
    )
    deadlines = {key: day(number) for number, key in enumerate(DEADLINES, start=-2)}
    return survey(StatusOptions(folder, listed, deadlines=deadlines, check=HERE))


def test_a_file_that_is_undecided_or_unreadable_is_a_third_state(surveyed: Status) -> None:
    states = {school.code[-2:]: school.state for school in surveyed.schools}
    assert states == {"60": "complete", "61": "differs", "62": "undecided", "63": "undecided", "64": "missing"}
    assert [school.code[-2:] for school in surveyed.missing] == ["64"]
    line = summary_lines(surveyed, "zh")[0]
    assert "已报2所，收到未定2所，未报1所" in line
    assert "24/179人" in line
    english = summary_lines(surveyed, "en")[0]
    assert "5 schools: 2 received, 2 undecided, 1 missing" in english
    assert "24/179 pupils" in english


def test_the_list_says_whom_to_call(surveyed: Status) -> None:
    phones = {school.code[-2:]: (school.contact, school.phone) for school in surveyed.schools}
    assert phones["64"] == ("赵老师", "13900010064")
    assert phones["61"] == ("", "13900010061")
    assert "13900010064" in render("html", surveyed, "zh").decode()
    document = json.loads(render("json", surveyed, "zh"))
    assert {entry["code"][-2:]: entry["phone"] for entry in document["schools"]}["63"] == "13900010063"


def test_every_total_adds_up_from_the_lines(surveyed: Status) -> None:
    document = json.loads(render("json", surveyed, "zh"))
    summary, lines = document["summary"], document["schools"]
    assert summary["schools"] == len(lines)
    assert summary["pupils"] == sum(line["pupils"] for line in lines) == 24
    assert summary["missing"] == sum(line["state"] == "missing" for line in lines)
    assert summary["undecided"] == sum(line["state"] == "undecided" for line in lines)
    assert summary["calls"] == sum(line["call"] for line in lines)
    assert set(document["dates"]) == set(DEADLINES)


def test_the_days_left_are_said_of_every_date(surveyed: Status) -> None:
    told = "\n".join(summary_lines(surveyed, "zh"))
    for number, (zh, _) in enumerate(DEADLINES.values(), start=-2):
        words = f"已过{-number}天" if number < 0 else "今天" if number == 0 else f"还有{number}天"
        assert f"{zh}：{day(number)}（{words}）" in told


def test_the_sheet_says_what_the_document_says(surveyed: Status, tmp_path: Path) -> None:
    path = tmp_path / "status.xlsx"
    path.write_bytes(render("xlsx", surveyed, "zh"))
    cells = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    header = next(number for number, line in enumerate(cells) if line[0] == "学校标识码")
    table = [dict(zip(cells[header], line, strict=True)) for line in cells[header + 1 :] if line[0]]
    document = {entry["code"]: entry for entry in json.loads(render("json", surveyed, "zh"))["schools"]}
    assert [line["学校标识码"] for line in table] == list(document)
    for line in table:
        entry = document[str(line["学校标识码"])]
        assert (line["学生数"], line["错误"], line["电话"] or "") == (entry["pupils"], entry["errors"], entry["phone"])


@pytest.mark.parametrize(
    "header", ["学生数", "学校学生数", "全校学生人数", "在校生数（人）", "应有学生数", "学生总数", "学校人数(人)"]
)
def test_the_number_of_pupils_under_its_many_headers(tmp_path: Path, header: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"学校标识码,学校名称,{header}\n2114010060,双塔西街小学,12\n", encoding="utf-8")
    assert read_schools(path).schools["2114010060"].pupils == 12


def test_a_table_settles_whose_a_file_is(tmp_path: Path) -> None:
    folder = write(tmp_path / "received", county(1))
    (folder / "不知道谁的.xlsx").write_bytes(book(county(2)["2114010061"], drop=["school_code"]))
    settled = tmp_path / "map.csv"
    settled.write_text("文件,学校标识码\n不知道谁的.xlsx,2114010061\n", encoding="utf-8")
    assert [school.code for school in survey(StatusOptions(folder, check=HERE)).schools] == ["2114010060"]
    found = survey(StatusOptions(folder, decisions=settled, check=HERE))
    assert {school.code: school.pupils for school in found.schools} == {"2114010060": 12, "2114010061": 12}
    assert found.unclear == []
