"""The hand-over from kindergarten: the list, the answer, and what is locked afterwards."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tests.books import workbook
from tests.lawful import book
from tests.program import stuvalid
from tests.rolls.school import pupils, write

YEAR = 2026
HEADERS = ["姓名", "性别", "出生日期", "身份证件类型", "身份证件号码"]


def entrants(count: int = 8) -> list[dict[str, str]]:
    return pupils((f"{YEAR}101",), count)


def form(people: list[dict[str, str]], **change: str) -> bytes:
    rows = [
        {
            "name": one["name"],
            "sex": one["sex"],
            "birth_date": one["born"],
            "id_number": one["number"],
            "class_code": one["class"],
            "entry_month": f"{one['class'][:4]}09",
            **change,
        }
        for one in people
    ]
    return workbook(rows)


def answer(people: list[dict[str, str]], state: str) -> bytes:
    rows = [[one["name"], one["sex"], one["born"], "居民身份证", one["number"], state] for one in people]
    return book({"名单": [[*HEADERS, "匹配状态"], *rows]})


def run(*arguments: object) -> tuple[Counter[str], str, int]:
    done = stuvalid("preenrol", *arguments, "--year", YEAR, "--format", "json")
    return (
        Counter(entry["rule"] for entry in json.loads(done.stdout)["findings"]),
        done.stderr.decode(),
        done.returncode,
    )


def test_the_list_holds_the_five_columns_as_text_and_nothing_else(tmp_path: Path) -> None:
    people = entrants()
    older = pupils(("2023101",), 5, seed=3)
    write(tmp_path, {"新生.xlsx": form([*older, *people])})
    found, told, code = run(tmp_path / "新生.xlsx", "-o", tmp_path / "名单.xlsx")
    assert (found, code) == (Counter(), 0)
    assert "其他年级 5 名" in told
    made = openpyxl.load_workbook(tmp_path / "名单.xlsx")
    assert made.sheetnames == ["学前调档学生信息"]
    page = made.worksheets[0]
    assert [cell.value for cell in page[1]] == HEADERS
    assert [[cell.value for cell in row] for row in page.iter_rows(min_row=2)] == [
        [one["name"], one["sex"], one["born"], "居民身份证", one["number"]] for one in people
    ]
    assert {(cell.data_type, cell.number_format) for row in page.iter_rows() for cell in row} == {("s", "@")}
    assert not [cell for row in page.iter_rows() for cell in row if cell.comment]


def test_who_lacks_a_value_is_told_and_left_out(tmp_path: Path) -> None:
    people = entrants()
    people[2]["number"] = ""
    people[3]["number"] = people[3]["number"][:-1] + ("1" if people[3]["number"][-1] != "1" else "2")
    write(tmp_path, {"新生.xlsx": form(people)})
    found, _, code = run(tmp_path / "新生.xlsx", "-o", tmp_path / "名单.xlsx")
    assert (found, code) == (Counter({"ROL040": 2}), 1)
    assert openpyxl.load_workbook(tmp_path / "名单.xlsx").worksheets[0].max_row == 1 + len(people) - 2


def test_nobody_is_listed_of_another_year(tmp_path: Path) -> None:
    write(tmp_path, {"新生.xlsx": form(pupils(("2023101",), 5))})
    done = stuvalid("preenrol", tmp_path / "新生.xlsx", "-o", tmp_path / "名单.xlsx", "--year", YEAR)
    assert done.returncode == 2
    assert not (tmp_path / "名单.xlsx").exists()


@pytest.mark.parametrize("by_column", [True, False])
def test_two_hundred_answers_are_sorted_and_nobody_is_guessed(tmp_path: Path, by_column: bool) -> None:
    people = entrants(200)
    matched, pending, missing = people[:120], people[120:150], people[150:190]
    lists = {"已匹配": matched, "待确认": pending, "未查询到": missing}
    files = {"新生.xlsx": form(people)}
    for state, some in lists.items():
        files[f"答复/{'名单' if by_column else ''}{state}.xlsx"] = answer(some, state if by_column else "")
    changed = [{**one, "name": one["name"][:-1] + "囧"} for one in people[190:195]]  # the number, another name
    stranger = pupils((f"{YEAR}101",), 1, seed=99)
    files["答复/又一份.xlsx"] = answer([*changed, *stranger, people[0]], "未查询到" if by_column else "已匹配")
    write(tmp_path, files)
    found, told, _ = run(tmp_path / "新生.xlsx", "--reply", tmp_path / "答复", "--register", tmp_path / "注册.xlsx")
    contradicted = 1 if by_column else 0  # people[0] is matched on one list and not found on another
    assert found == Counter({"ROL041": 30 + 5 + 5 + contradicted, "ROL042": 1})
    assert f"已匹配学前学籍 {120 - contradicted}" in told
    assert "未查询到学前学籍 40" in told
    assert "没有答复 5" in told
    page = openpyxl.load_workbook(tmp_path / "注册.xlsx").worksheets[0]
    names = [cell.value for cell in page[1]].index("姓名")
    assert [row[names].value for row in page.iter_rows(min_row=2)] == [one["name"] for one in missing]


def test_what_was_handed_over_is_locked(tmp_path: Path) -> None:
    people = entrants()
    write(tmp_path, {"新生.xlsx": form(people)})
    run(tmp_path / "新生.xlsx", "-o", tmp_path / "名单.xlsx")
    now = [dict(one) for one in people]
    now[1]["name"] = now[1]["name"][:-1] + "囧"
    now[4]["sex"] = "男" if now[4]["sex"] == "女" else "女"
    write(tmp_path, {"补全.xlsx": form(now)})
    assert run(tmp_path / "补全.xlsx", "--sent", tmp_path / "名单.xlsx")[0] == {"ROL043": 2}
    assert not run(tmp_path / "新生.xlsx", "--sent", tmp_path / "名单.xlsx")[0]
