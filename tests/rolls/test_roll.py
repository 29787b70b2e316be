"""The roll against the room: each difference is told once, at the right pupil, and nothing else."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from stuvalid.rolls.pairing import differs_by_one, pair
from stuvalid.rolls.people import Person
from tests.lawful import book
from tests.program import stuvalid, unfolded
from tests.rolls.school import class_list, pupils, registry, write

TODAY = dt.date.today()  # noqa: DTZ011 - the program's own
YEAR = TODAY.year - (TODAY.month < 8)
CLASSES = (f"{YEAR - 2}101", f"{YEAR - 2}102", f"{YEAR}101")
TITLES = ("三年级（1）班学生名单", "三（2）班", "一年级1班花名册")


def findings(*arguments: object) -> Counter[tuple[str, str]]:
    """Rule and cell of every finding."""
    done = stuvalid("roll", *arguments, "--format", "json", "--show-values")
    report = json.loads(done.stdout)
    return Counter((entry["rule"], entry["message"].split("（")[0].split(" ")[0]) for entry in report["findings"])


def school(folder: Path) -> tuple[list[dict[str, str]], dict[str, list[dict[str, str]]]]:
    people = pupils(CLASSES, 20)
    rooms = {code: [dict(one) for one in people if one["class"] == code] for code in CLASSES}
    assert folder
    return people, rooms


def save(folder: Path, people: list[dict[str, str]], rooms: dict[str, list[dict[str, str]]], **more: object) -> Path:
    lists = {
        f"班级/{number}.xlsx": class_list(rooms[code], TITLES[number], beside=number == 1)
        for number, code in enumerate(CLASSES)
        if code in rooms
    }
    return write(folder, {"花名册.xlsx": registry(people, **more), **lists})  # type: ignore[arg-type]


def test_a_school_that_agrees_has_nothing_to_tell(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    folder = save(tmp_path, people, rooms)
    assert not findings(folder)
    done = stuvalid("roll", folder)
    assert done.returncode == 0
    assert "一致 60" in done.stderr.decode()


def test_every_difference_is_told_once_and_nothing_else(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    one, two, three = (rooms[code] for code in CLASSES)
    absent = one.pop(3)["name"]
    away = two.pop(5)["name"]
    one.append({"name": "欧阳新来", "sex": "女", "born": "", "number": ""})
    moved = one.pop(0)
    two.append(moved)
    right = three[7]["name"]
    three[7]["name"] = right[:-1] + "囧"
    wrong_sex = three[9]
    wrong_sex["sex"] = "男" if wrong_sex["sex"] == "女" else "女"
    expected = {
        ("ROL001", absent),
        ("ROL008", away),
        ("ROL002", "欧阳新来"),
        ("ROL003", moved["name"]),
        ("ROL004", f"学籍里的姓名是“{right}”，班级名单上是“{right[:-1]}囧”"),
        ("ROL005", wrong_sex["name"]),
    }
    found = findings(save(tmp_path, people, rooms, status={away: "休学"}))
    assert found == Counter(expected)


def test_a_class_without_a_list_is_counted_and_not_accused(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    del rooms[CLASSES[2]]
    folder = save(tmp_path, people, rooms)
    assert not findings(folder)
    report = json.loads(stuvalid("roll", folder, "--format", "json").stdout)
    assert [entry["count"] for entry in report["not_checked"] if entry["kind"] == "class-without-list"] == [20]


def test_two_of_one_name_are_not_guessed_unless_the_list_tells(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    room = rooms[CLASSES[0]]
    people[1].update(name=people[0]["name"], sex=people[0]["sex"])
    room[1].update(people[1])
    gone = room.pop(1)
    assert findings(save(tmp_path, people, rooms)) == Counter({("ROL006", gone["name"]): 3})
    told = class_list(room, TITLES[0], keys=("name", "sex", "born"))
    write(tmp_path, {"班级/0.xlsx": told})
    assert findings(tmp_path) == Counter({("ROL001", people[1]["name"]): 1})


def test_the_registry_may_be_named_and_must_be_there(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    folder = save(tmp_path, people, rooms)
    done = stuvalid("roll", folder / "班级")
    assert done.returncode == 2
    assert "花名册" in done.stderr.decode()
    both = registry(people[:20])
    write(tmp_path, {"也有学籍号.xlsx": both})
    done = stuvalid("roll", tmp_path / "也有学籍号.xlsx", "--registry", folder / "花名册.xlsx")
    assert done.returncode == 0
    assert "一致 20" in done.stderr.decode()


def test_the_sheets_to_sign_hold_every_pupil_of_the_class(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    absent = rooms[CLASSES[0]].pop(3)["name"]
    folder = save(tmp_path, people, rooms)
    done = stuvalid("roll", folder, "-o", tmp_path / "核查表.xlsx")
    assert done.returncode == 1
    made = openpyxl.load_workbook(io.BytesIO((tmp_path / "核查表.xlsx").read_bytes()))
    assert made.sheetnames[0] == "总表"
    assert len(made.sheetnames) == 4
    page = made[made.sheetnames[1]]
    lines = {row[1]: row for row in page.iter_rows(values_only=True) if row[0] and str(row[0]).isdigit()}
    assert set(lines) == {one["name"] for one in people if one["class"] == CLASSES[0]}
    assert lines[absent][3:6] == ("√", None, "有籍无人")
    # It is a list of ours, saved again or not: a second run over the folder does not take it for a class list.
    first = stuvalid("roll", folder / "花名册.xlsx", folder / "班级", "--format", "json").stdout
    assert json.loads(stuvalid("roll", folder, "--format", "json").stdout)["findings"] == json.loads(first)["findings"]
    made.save(tmp_path / "核查表.xlsx")
    again = json.loads(stuvalid("roll", folder, "--format", "json").stdout)
    assert again["summary"]["errors"] == json.loads(first)["summary"]["errors"]


def test_names_are_masked_unless_asked(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    absent = rooms[CLASSES[0]].pop(3)["name"]
    folder = save(tmp_path, people, rooms)
    for format_ in ("text", "json", "html", "csv", "markdown", "junit"):
        done = stuvalid("roll", folder, "--format", format_)
        assert absent not in (done.stdout + done.stderr).decode()
    assert absent in stuvalid("roll", folder, "--show-values").stdout.decode()


def test_a_list_that_is_no_list_is_named(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    folder = save(tmp_path, people, rooms)
    write(folder, {"班级/课表.xlsx": book({"课表": [["星期一", "星期二"], ["语文", "数学"]]})})
    done = stuvalid("roll", folder)
    assert done.returncode == 2
    assert "课表.xlsx" in unfolded(done)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("王小明", "王小朋", True),
        ("王小明", "王明", True),
        ("王小明", "小王明", True),
        ("王伟", "王玮", True),
        ("王伟", "李伟", False),
        ("王小明", "王小明", False),
        ("王小明", "李小朋", False),
        ("王", "李", False),
    ],
)
def test_names_that_differ_by_one_character(one: str, other: str, near: bool) -> None:
    assert differs_by_one(one, other) is near
    assert differs_by_one(other, one) is near


def test_of_several_schools_a_name_alone_pairs_nobody() -> None:
    paper = [Person("a", "s", n, 0, f"王小{n}", school_code=f"211401000{n}", class_code="2024101") for n in range(2)]
    room = [Person("b", "s", 1, 0, "王小0")]
    assert not pair(paper, room).other
    assert pair(paper[:1], room).other == {0: 0}


def test_two_of_one_name_are_told_apart_by_their_sex(tmp_path: Path) -> None:
    people, rooms = school(tmp_path)
    room = rooms[CLASSES[0]]
    people[0]["sex"], people[1]["sex"] = "男", "女"
    people[1]["name"] = people[0]["name"]
    room[:2] = [dict(people[0])]
    assert findings(save(tmp_path, people, rooms)) == Counter({("ROL001", people[1]["name"]): 1})
