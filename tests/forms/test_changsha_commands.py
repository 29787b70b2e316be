"""The form of Changsha through the other commands: a school has no code in it, so its folder or file name says whose it is."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from tests.changsha import book, form, pupils
from tests.program import stuvalid

SCHOOLS = "学校标识码,学校名称,县区代码\n3143010101,雨花中学,430111\n3143010102,圭塘中学,430111\n"


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two schools, one known by its folder, one by the name of its file; a pupil stands in both."""
    people = pupils(60)
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    (tmp_path / "收到" / "雨花中学").mkdir(parents=True)
    (tmp_path / "收到" / "雨花中学" / "新生.xlsx").write_bytes(book(people[:30]))
    (tmp_path / "收到" / "圭塘中学新生导入.xlsx").write_bytes(book([dict(people[3]), *people[31:]]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_pupil_in_two_schools_is_told(district: Path) -> None:
    report = json.loads(stuvalid("duplicates", "收到", "--schools", "schools.csv", "-f", "json").stdout)
    assert {finding["rule"] for finding in report["findings"]} == {"DUP001"}
    assert len(report["findings"]) == 2


def test_the_package_holds_both_schools_and_their_pupils(district: Path) -> None:
    done = stuvalid("bundle", "收到", "--schools", "schools.csv", "--county", "430111", "--allow-errors", "-o", "包")
    (package,) = (district / "包").glob("*.zip")
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert sum(name.endswith(("3143010101雨花中学.xlsx", "3143010102圭塘中学.xlsx")) for name in names) == 2, (
        done.stderr
    )
    assert "60名学生" in done.stdout.decode() + done.stderr.decode()


def test_where_every_school_stands(district: Path) -> None:
    shown = stuvalid("status", "收到", "--schools", "schools.csv").stdout.decode()
    assert "已报2所，未报0所" in shown and "学生60人" in shown


def test_photos_are_held_against_the_pupils(district: Path) -> None:
    people = pupils(60)[:3]
    (district / "照片").mkdir()
    for person in people[:2]:
        Image.new("RGB", (358, 441), (180, 210, 240)).save(
            district / "照片" / f"{person['id_number']}.jpg", dpi=(350, 350)
        )
    done = stuvalid("photos", "照片", "--roster", "收到/雨花中学/新生.xlsx", "-f", "json")
    report = json.loads(done.stdout)
    missing = [finding for finding in report["findings"] if finding["rule"] == "PHO080"]
    assert len(missing) == 28


def test_the_blank_form_is_the_form(district: Path) -> None:
    stuvalid("template", "student-2026-changsha", "-o", "空.xlsx", "--rows", "20")
    made = load_workbook("空.xlsx")
    page = made["新生1"]
    assert [cell.value for cell in page[1]] == [entry.header for entry in form().fields]
    red = [cell.value for cell in page[1] if cell.font.color is not None and cell.font.color.rgb == "FFC00000"]
    assert red == [entry.header for entry in form().fields if entry.header.endswith("*")]
    assert page.data_validations.count > 40


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_without_dropdowns_in_another_format_it_is_the_same_form(encoding: str, district: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([entry.header for entry in form().fields])
    writer.writerows([[person[entry.key] for entry in form().fields] for person in pupils(40)])
    (district / "新生.csv").write_text(text.getvalue(), encoding=encoding, newline="")
    report = json.loads(stuvalid("check", "新生.csv", "-f", "json").stdout)
    assert {finding["rule"] for finding in report["findings"] if finding["severity"] == "error"} == {"TPL024"}
    assert report["files"][0]["rows"] == 40
