"""A lawful county is never red: no error, no warning that nobody can act on, one number of pupils in every command."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stuvalid.findings import Severity
from tests.lawful import PER_SCHOOL, SCHOOLS, book, pupils, sheet_of, write
from tests.program import stuvalid, unfolded

# 无身份证号证明: the school has to issue and file it, and can.
ACTIONABLE = {"IDN050"}
LISTS, READ = 5, 4  # class record, movements, nutrition and fitness are read, teachers passed over


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lawful") / "140106迎泽区"
    folder.mkdir()
    assert write(folder) == PER_SCHOOL * len(SCHOOLS)
    return folder


def report(*arguments: object) -> dict[str, Any]:
    done = stuvalid(*arguments, "-f", "json")
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def serious(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (found["rule"], found.get("field", ""), found["message"])
        for found in told["findings"]
        if Severity.parse(found["severity"]) > Severity.INFO and found["rule"] not in ACTIONABLE
    ]


def test_check_finds_nothing_and_names_what_it_passed_over(county: Path) -> None:
    told = report("check", county)
    assert not serious(told)
    assert told["summary"]["rows"] == PER_SCHOOL * len(SCHOOLS)
    states = [entry["status"] for entry in told["files"]]
    assert (states.count("checked"), states.count("skipped")) == (
        (1 + READ) * len(SCHOOLS),
        (LISTS - READ) * len(SCHOOLS),
    )
    assert "unreadable" not in states
    assert not told["not_checked"]


def test_duplicates_and_status_count_the_same_pupils(county: Path) -> None:
    told = report("duplicates", county)
    assert not serious(told)
    assert told["summary"]["rows"] == PER_SCHOOL * len(SCHOOLS)
    shown = stuvalid("status", county)
    assert shown.returncode == 0
    assert f"学生{PER_SCHOOL * len(SCHOOLS)}人" in shown.stdout.decode()


def test_bundle_packs_every_school_and_pupil_once(county: Path, tmp_path: Path) -> None:
    done = stuvalid("bundle", county, "-o", tmp_path / "out", "--county", "140106")
    assert done.returncode == 0, done.stdout.decode()
    assert f"{len(SCHOOLS)}所学校、{PER_SCHOOL * len(SCHOOLS)}名学生" in done.stdout.decode()


def test_fix_changes_nothing(county: Path, tmp_path: Path) -> None:
    done = stuvalid("fix", county, "--unsafe-fixes", "--diff")
    assert done.returncode == 0
    for code, (name, _) in SCHOOLS.items():
        assert f"{code}{name}.xlsx".encode() not in done.stdout


@pytest.mark.parametrize("form", ["student-2013", "student-2020", "student-2022", "student-continuation"])
@pytest.mark.parametrize("two_rows", [False, True])
def test_each_form_is_clean(form: str, two_rows: bool, tmp_path: Path) -> None:
    path = tmp_path / "学生.xlsx"
    path.write_bytes(book({"Sheet1": sheet_of(form, pupils("2114010068", form), two_rows=two_rows)}))
    told = report("check", path)
    assert [rule for rule, _, _ in serious(told)] == (["TPL026"] if two_rows else [])
    assert told["summary"]["rows"] == PER_SCHOOL


def test_hidden_older_copy_is_named_and_not_counted(tmp_path: Path) -> None:
    rows = sheet_of("student-2013", pupils("2114010068", "student-2013"))
    path = tmp_path / "学生.xlsx"
    path.write_bytes(book({"学生基础信息": rows, "旧": rows[:7]}, hidden=["旧"]))
    told = report("check", path)
    assert [rule for rule, _, _ in serious(told)] == ["TPL028"]
    assert told["summary"]["rows"] == PER_SCHOOL


def test_file_without_any_form_is_no_pass_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"
    path.write_bytes(
        book(
            {
                "Sheet1": [
                    ["序号", "学籍号", "姓名", "性别", "年级", "班级"],
                    *[["1", "G1", "王明", "男", "一年级", "1班"]] * 3,
                ]
            }
        )
    )
    done = stuvalid("check", path)
    assert done.returncode == 2
    assert "像是学籍系统导出的学生名单（3行" in unfolded(done).replace("  ", "")


def test_part_of_a_form_is_one_finding_in_every_format(tmp_path: Path) -> None:
    keys = ("name", "sex", "birth_date", "id_number", "home_address", "phone")
    records = pupils("2114010068", "student-2013")
    path = tmp_path / "一年级.xlsx"
    path.write_bytes(
        book(
            {
                "Sheet1": [
                    ["姓名", "性别", "出生日期", "身份证件号", "现住址", "联系电话"],
                    *[[r[k] for k in keys] for r in records],
                ]
            }
        )
    )
    for name in ("text", "json", "csv", "markdown", "junit", "sarif", "github", "gitlab", "html", "xlsx"):
        done = stuvalid("check", path, "-o", f"{name}={tmp_path / name}", "-f", "json")
        assert done.returncode == 2
        assert [found["rule"] for found in json.loads(done.stdout)["findings"]] == ["TPL025"]
        data = (tmp_path / name).read_bytes()
        if name == "xlsx":
            with zipfile.ZipFile(tmp_path / name) as archive:
                data = b"".join(archive.read(member) for member in archive.namelist())
        assert b"TPL025" in data, name
