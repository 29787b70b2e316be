"""From one school year to the next: each pupil's fate, and only what must be settled is a finding."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import openpyxl

from tests.lawful import book
from tests.program import stuvalid
from tests.rolls.school import pupils, registry, write

YEAR = 2026
LAST = ("2020101", "2021101", "2022101", "2023201", "2024201")  # grades 6, 5, 4 and junior 3, 2 in 2025/26


def moves(*rows: tuple[str, str, str, str]) -> bytes:
    """A list of movements: name, class, kind, date."""
    return book({"异动": [["姓名", "班级", "异动类型", "异动日期"], *map(list, rows)]})


def run(folder: Path, *more: object) -> tuple[Counter[str], dict[str, object], str]:
    done = stuvalid(
        "promote",
        folder / "去年.xlsx",
        folder / "今年.xlsx",
        "--year",
        YEAR,
        "--format",
        "json",
        "--show-values",
        *more,
    )
    report = json.loads(done.stdout)
    return Counter(entry["rule"] for entry in report["findings"]), report, done.stderr.decode()


def school(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    last = pupils(LAST, 10)
    this = [dict(one) for one in last if one["class"] not in ("2020101", "2023201")]
    this += pupils((f"{YEAR}101",), 10, seed=7)
    assert folder
    return last, this


def save(
    folder: Path, last: list[dict[str, str]], this: list[dict[str, str]], status: dict[str, str] | None = None
) -> Path:
    return write(folder, {"去年.xlsx": registry(last, status), "今年.xlsx": registry(this)})


def test_a_usual_year_has_nothing_to_settle(tmp_path: Path) -> None:
    found, _, told = run(save(tmp_path, *school(tmp_path)))
    assert not found
    assert "毕业 20，新生 10，升级 30" in told


def test_each_fate_is_told(tmp_path: Path) -> None:
    last, this = school(tmp_path)
    six, five, four = ([one for one in last if one["class"] == code] for code in LAST[:3])
    by_name = {one["name"]: one for one in this}
    suspended, stays, twin = six[0]["name"], six[1], six[2]
    this.append(dict(stays))  # the last grade, still there
    last.append({**twin, "name": twin["name"], "class": "2022101"})  # the same number twice: a problem record
    lower = five[0]["name"]
    by_name[lower]["class"] = "2022101"
    lawful = five[1]["name"]
    by_name[lawful]["class"] = "2022101"
    higher = five[2]["name"]
    by_name[higher]["class"] = "2020101"
    gone, transferred = four[0]["name"], four[1]["name"]
    this = [one for one in this if one["name"] not in (gone, transferred)]
    arrived, approved = pupils(("2022101",), 2, seed=9)
    this += [arrived, approved]
    folder = save(tmp_path, last, this, {suspended: "休学"})
    write(
        folder,
        {
            "异动.xlsx": moves(
                (transferred, "小学2022级(1)班", "转出", "20260301"),
                (lawful, "小学2021级(1)班", "休学", "20250901"),
                (lawful, "小学2021级(1)班", "复学", "20260901"),
                (approved["name"], "小学2022级(1)班", "转入", "20260905"),
            )
        },
    )
    found, report, told = run(folder, "--movements", folder / "异动.xlsx", "-o", folder / "升级.xlsx")
    named = {
        (entry["rule"], next(one["name"] for one in [*last, *this] if one["name"] in entry["message"]))
        for entry in report["findings"]  # type: ignore[attr-defined]
    }
    assert ("ROL020", suspended) in named
    assert ("ROL020", twin["name"]) in named
    assert ("ROL021", stays["name"]) in named
    assert ("ROL022", lower) in named
    assert ("ROL022", lawful) not in named
    assert ("ROL024", higher) in named
    assert ("ROL023", gone) in named
    assert ("ROL025", arrived["name"]) in named
    assert found == {"ROL020": 2, "ROL021": 1, "ROL022": 1, "ROL023": 2, "ROL024": 1, "ROL025": 1}
    assert "办了异动 1" in told
    made = openpyxl.load_workbook(folder / "升级.xlsx")
    rows = {str(row[0]): row[1] for row in made["总表"].iter_rows(values_only=True) if row[1]}
    assert rows["年级低于应在年级"] == "2"
    assert rows["中途来的"] == "2"
    # Every pupil of both years stands in exactly one line.
    counted = sum(int(count) for word, count in rows.items() if word != "去向")
    both = len({one["name"] for one in last} & {one["name"] for one in this})
    assert counted == len(last) + len(this) - both


def test_five_and_four_years_are_a_system_of_their_own(tmp_path: Path) -> None:
    last = pupils(("2021101", "2023201"), 5)  # grades 5 and junior 3 in 2025/26
    this = [dict(one) for one in last if one["class"] == "2023201"]
    folder = save(tmp_path, last, this)
    assert run(folder)[0] == {"ROL023": 5, "ROL021": 5}
    assert not run(folder, "--system", "5-4")[0]


def test_grades_are_read_as_of_each_list_s_own_year(tmp_path: Path) -> None:
    last, this = pupils(("2023101",), 4), pupils(("2023101",), 4)
    header = ["学籍号", "姓名", "年级", "班级"]
    folder = write(
        tmp_path,
        {
            name: book({"名单": [header, *([f"G{one['number']}", one["name"], grade, "1班"] for one in people)]})
            for name, people, grade in (("去年.xlsx", last, "三年级"), ("今年.xlsx", this, "四年级"))
        },
    )
    found, _, told = run(folder)
    assert not found
    assert "升级 4" in told


def test_who_moves_on_within_one_school_has_left_its_stage(tmp_path: Path) -> None:
    last = pupils(("2020101",), 6)
    this = [{**one, "class": f"{YEAR}201"} for one in last]
    found, _, told = run(save(tmp_path, last, this))
    assert not found
    assert "毕业 6" in told
