"""`stuvalid status` through the command line: a county of which some sent everything and some nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.cells import cell_len

from tests.duplicates.county import Pupil, book, county, write
from tests.program import stuvalid

_DAY = 86_400
LIST = """学校标识码,学校名称,县区,学生数,班级数
2114010060,双塔西街小学,迎泽区,12,1
2114010061,五一路小学,迎泽区,20,1
2114010062,新建路小学,迎泽区,12,1
2114010063,桃园小学,迎泽区,45,1
2114010064,大南关小学,迎泽区,90,2
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = stuvalid("status", *arguments, env={"STUVALID_LANG": "zh"})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def told(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def made() -> dict[str, list[Pupil]]:
    pupils = county(3)
    pupils["2114010062"][4]["sex"] = {"男": "女", "女": "男"}[pupils["2114010062"][4]["sex"]]
    return pupils


@pytest.fixture
def received(tmp_path: Path, made: dict[str, list[Pupil]]) -> Path:
    """60 is complete, 61 has pupils too few, 62 an error; 63 and 64 sent nothing."""
    folder = write(tmp_path / "received", made)
    (folder / "2114010062第62小学" / "通知.txt").write_text("收到")
    return folder


@pytest.fixture
def schools(tmp_path: Path) -> Path:
    path = tmp_path / "schools.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def day(days: int) -> str:
    return (dt.datetime.now().astimezone().date() + dt.timedelta(days=days)).isoformat()


def test_whom_to_call_comes_first(received: Path, schools: Path) -> None:
    document = told(received, "--schools", schools)
    assert [(school["code"][-2:], school["state"]) for school in document["schools"]] == [
        ("64", "missing"),
        ("63", "missing"),
        ("62", "problems"),
        ("61", "differs"),
        ("60", "complete"),
    ]
    by_code = {school["code"][-2:]: school for school in document["schools"]}
    assert by_code["61"]["pupils"] == 12 and by_code["61"]["expected_pupils"] == 20
    assert by_code["61"]["reasons"] == ["少8人"]
    assert by_code["62"]["errors"] == 1 and by_code["62"]["call"]
    assert not by_code["60"]["call"] and by_code["60"]["reasons"] == []
    assert by_code["60"]["workbooks"] == ["2114010060第60小学/60.xlsx"]
    assert document["summary"] == {"schools": 5, "missing": 2, "calls": 4, "pupils": 36}


def test_deadlines_from_the_option_and_from_the_configuration(received: Path, schools: Path) -> None:
    early = told(received, "--schools", schools, "--deadline", day(-3))
    assert early["schools"][0]["reasons"] == ["未报，逾期3天"]
    assert early["schools"][0]["overdue_days"] == 3
    errors = next(school for school in early["schools"] if school["code"] == "2114010062")
    assert errors["reasons"][0] == "1个错误未改，逾期3天"
    (received / "stuvalid.toml").write_text(
        f'schools = "{schools.as_posix()}"\n[deadlines]\nschool = {day(5)}\ncounty = {day(15)}\n', encoding="utf-8"
    )
    later = told(received)
    assert later["schools"][0]["reasons"] == ["未报，还有5天"]
    assert later["deadlines"] == {"school": day(5), "next": day(15)}


def test_when_a_file_came_is_the_time_of_the_file_or_of_its_archive(
    received: Path, schools: Path, made: dict[str, list[Pupil]]
) -> None:
    then = dt.datetime.fromisoformat("2026-05-30T10:12:00")
    plain = received / "2114010060第60小学" / "60.xlsx"
    os.utime(plain, (then.timestamp(), then.timestamp()))
    (received / "2114010061第61小学" / "61.xlsx").unlink()
    packed = received / "2114010061五一路小学.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a/全校.xlsx", (2001, 1, 1, 0, 0, 0)), book(made["2114010061"]))
    os.utime(packed, (then.timestamp() + _DAY, then.timestamp() + _DAY))
    by_code = {
        school["code"][-2:]: school
        for school in told(received, "--schools", schools, "--deadline", "2026-05-30")["schools"]
    }
    assert by_code["60"]["last_received"] == "2026-05-30T10:12:00"
    assert by_code["61"]["last_received"] == "2026-05-31T10:12:00"
    assert "迟交1天" in by_code["61"]["reasons"]
    assert not any("迟交" in reason for reason in by_code["60"]["reasons"])


def test_the_table_fits_80_columns_and_masks_nobody(
    received: Path, schools: Path, made: dict[str, list[Pupil]]
) -> None:
    done = run(received, "--schools", schools, "--deadline", day(-1))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert lines[1].startswith("大南关小学") and "逾期1天" in lines[1]
    assert not any(pupil["name"] in done.stdout for rows in made.values() for pupil in rows)
    english = run(received, "--schools", schools, "--lang", "en").stdout
    assert "nothing received" in english and "8 pupils too few" in english


def test_documents_say_the_same(received: Path, schools: Path, tmp_path: Path) -> None:
    page, sheet = tmp_path / "status.html", tmp_path / "status.xlsx"
    done = run(received, "--schools", schools, "-o", page, "-o", sheet)
    assert done.returncode == 1, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.index("大南关小学") < text.index("新建路小学") < text.index("双塔西街小学")
    assert "http" not in text.replace("http-equiv", "")
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(sheet).worksheets[0].iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == "学校标识码")
    assert [row[0] for row in rows[start + 1 :] if row[0]] == [
        "2114010064",
        "2114010063",
        "2114010062",
        "2114010061",
        "2114010060",
    ]
    assert run(received, "-o", sheet, "--exit-zero").returncode == 0  # a report of ours is renewed
    sheet.write_bytes(book(county(1)["2114010060"]))
    assert run(received, "-o", sheet).returncode == 2
    assert run(received, "-o", sheet, "--force", "--exit-zero").returncode == 0


def test_all_complete_needs_no_call(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", county(2))
    done = run(folder)
    assert done.returncode == 0, done.stdout
    assert "没有给出学校名单" in done.stdout


def test_a_package_shows_its_schools_once(received: Path, schools: Path, tmp_path: Path) -> None:
    """The workbooks a package adds (summary, statistics, reports) are no submissions."""
    made = tmp_path / "140106迎泽区"
    made.mkdir()
    for place in received.iterdir():
        place.rename(made / place.name)
    everything = [pupil for rows in county(3).values() for pupil in rows]
    for name in ("140106迎泽区汇总表.xlsx", "2114010060第60小学/检查报告.xlsx"):
        (made / name).write_bytes(book(everything))
    document = told(made, "--schools", schools)
    assert document["summary"]["pupils"] == 36
    assert document["unclear"] == []


def test_unreadable_files_and_strangers_are_told(received: Path, schools: Path) -> None:
    (received / "2114010061第61小学" / "坏.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (received / "不知谁的.xlsx").write_bytes(book(county(1)["2114010060"], drop=["school_code"]))
    other = openpyxl.Workbook()
    other.active.append(["采购清单", "数量"])
    other.save(received / "采购.xlsx")
    document = told(received, "--schools", schools)
    by_code = {school["code"][-2:]: school for school in document["schools"]}
    assert document["strangers"] == ["采购.xlsx"]
    assert by_code["61"]["unreadable_files"] == 1
    assert by_code["61"]["reasons"][0] == "1个文件读不了"
    assert document["unclear"] == ["不知谁的.xlsx"]


def test_mistakes_of_use_are_one_sentence(received: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (
        [tmp_path / "nowhere"],
        [tmp_path / "empty"],
        [received, "--deadline", "六月"],
        [received, "-o", "x.pdf"],
        [received, "--format", "pdf"],
        [received, "--schools", tmp_path / "none.csv"],
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
