"""`fix --to-form`: whatever order, titles and remarks a file has, the pupils stand in the issued form, and nothing is lost."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from stuvalid.forms import template
from tests.lawful import book, pupils
from tests.program import stuvalid

FORMS = ("student-2013", "student-2020", "student-2022", "student-continuation")


def messy(form: str, seed: int, count: int = 12) -> tuple[list[list[str]], list[dict[str, str]]]:
    """The form's columns shuffled, one of the school's own among them, below a title; a sample, a subtotal, a remark."""
    rng = random.Random(seed)
    known = template(form)
    people = pupils("2114010068", form, count)
    order = list(known.fields)
    rng.shuffle(order)
    headers = [entry.header for entry in order]
    rows = [[person[entry.key] for entry in order] for person in people]
    at = rng.randrange(len(order))
    headers.insert(at, "学号")
    for number, row in enumerate(rows, 1):
        row.insert(at, f"X{number:03}")
    width = len(headers)
    foot = ["合计", f"{count}人", *[""] * (width - 2)]
    return [["双塔西街小学学生花名册"], ["填表日期：2026年9月"], headers, *rows, foot, ["备注：周老师填"]], people


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_pupils_stand_in_the_issued_form(form: str, seed: int, tmp_path: Path) -> None:
    rows, people = messy(form, seed)
    path, out = tmp_path / "乱.xlsx", tmp_path / "导入.xlsx"
    path.write_bytes(book({"花名册": rows, "说明": [["本表由班主任填写"]]}, hidden=["说明"]))
    done = stuvalid("fix", path, "--to-form", "-o", out)
    assert "12 名学生放进了" in done.stderr.decode()
    made = openpyxl.load_workbook(out)
    known = template(form)
    page = made.worksheets[0]
    assert page.title == known.sheets[0]
    assert [cell.value for cell in page[1]] == [entry.header for entry in known.fields]
    assert page.max_row == 1 + len(people)
    assert [[cell.value or "" for cell in row] for row in page.iter_rows(min_row=2)] == [
        [person[entry.key] for entry in known.fields] for person in people
    ]
    assert {cell.number_format for row in page.iter_rows() for cell in row} == {"@"}
    assert page.data_validations.count > 5
    report = json.loads(stuvalid("check", out, "--format", "json").stdout)
    assert [
        one["rule"] for one in report["findings"] if one["rule"].startswith("TPL") and one["severity"] == "error"
    ] == []


@pytest.mark.parametrize("form", FORMS[:3])
def test_no_text_of_the_sheet_is_lost(form: str, tmp_path: Path) -> None:
    rows, _ = messy(form, 3)
    path, out = tmp_path / "乱.xlsx", tmp_path / "导入.xlsx"
    path.write_bytes(book({"花名册": rows}))
    stuvalid("fix", path, "--to-form", "-o", out)
    made = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    now = Counter(cell.value for page in made.worksheets for row in page.iter_rows() for cell in row if cell.value)
    before = Counter(text for row in rows for text in row if text)
    assert not before - now


def test_several_sheets_of_a_form_become_one(tmp_path: Path) -> None:
    rows, people = messy("student-2013", 4)
    path, out = tmp_path / "两班.xlsx", tmp_path / "导入.xlsx"
    path.write_bytes(book({"一班": rows[:9], "二班": [*rows[:3], *rows[9:]]}))
    stuvalid("fix", path, "--to-form", "-o", out)
    page = openpyxl.load_workbook(out).worksheets[0]
    names = [cell.value for cell in page[1]].index("姓名")
    assert [row[names].value for row in page.iter_rows(min_row=2)] == [person["name"] for person in people]


def test_faults_are_mended_on_the_way_and_the_rest_is_told(tmp_path: Path) -> None:
    rows, _ = messy("student-2013", 5)
    header = rows[2]
    rows[3][header.index("民族")] = "汉"
    rows[4][header.index("姓名")] = " 王小明 "
    rows[5][header.index("联系电话")] = "1390000"
    path, out = tmp_path / "乱.xlsx", tmp_path / "导入.xlsx"
    path.write_bytes(book({"花名册": rows}))
    done = stuvalid("fix", path, "--to-form", "-o", out)
    assert done.returncode == 1
    page = openpyxl.load_workbook(out).worksheets[0]
    texts = {cell.value for row in page.iter_rows() for cell in row}
    assert "王小明" in texts
    assert "汉" not in texts
    report = json.loads(stuvalid("check", out, "--format", "json").stdout)
    assert [one["rule"] for one in report["findings"] if one["severity"] == "error"] == ["FMT012"]


def test_it_goes_with_neither_preview_nor_marks(tmp_path: Path) -> None:
    rows, _ = messy("student-2013", 6)
    path = tmp_path / "乱.xlsx"
    path.write_bytes(book({"花名册": rows}))
    for option in ("--diff", "--mark"):
        done = stuvalid("fix", path, "--to-form", option, "-o", tmp_path / "x.xlsx")
        assert done.returncode == 2
        assert "--to-form" in done.stderr.decode()


def test_a_csv_and_two_header_rows_become_a_form(tmp_path: Path) -> None:
    from tests.lawful import sheet_of

    people = pupils("2114010068", "student-2013", 5)
    path, out = tmp_path / "两行表头.xlsx", tmp_path / "导入.xlsx"
    path.write_bytes(book({"Sheet1": sheet_of("student-2013", people, two_rows=True)}))
    stuvalid("fix", path, "--to-form", "-o", out)
    page = openpyxl.load_workbook(out).worksheets[0]
    assert [cell.value for cell in page[1]] == [entry.header for entry in template("student-2013").fields]
    assert page.max_row == 6
    assert len(openpyxl.load_workbook(out).worksheets) == 2  # the hidden code lists; nothing was left over
