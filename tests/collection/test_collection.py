"""All forms of a collection against one another: each planted mistake is told, the clean county has nothing to tell."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stuvalid.forms import record_forms
from tests.collection.county import county, planted, with_mistake, write
from tests.program import stuvalid

PLANTED = planted()
HARMLESS = {"IDN050"}  # a certificate is asked for, whatever the forms say


def found_in(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads(stuvalid("check", folder, "--format", "json").stdout)["findings"])


def serious(folder: Path) -> list[tuple[str, str, str]]:
    return [
        (one["rule"], one["file"].rpartition("/")[2], one["message"])
        for one in found_in(folder)
        if one["severity"] != "info" and one["rule"] not in HARMLESS
    ]


@pytest.mark.parametrize(
    "left_out", ["", "school", "campus", "class", "grade", "pupils", "movement", "nutrition", "preschool"]
)
def test_a_clean_county_has_nothing_to_tell(left_out: str, tmp_path: Path) -> None:
    write(tmp_path / "140106迎泽区", county(), left_out)
    assert not serious(tmp_path)


@cache
def _clean_rules(folder: str) -> frozenset[str]:
    return frozenset(one["rule"] for one in found_in(Path(folder)))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_told(name: str, tmp_path: Path) -> None:
    rule, change = PLANTED[name]
    write(tmp_path / "140106迎泽区", with_mistake(change))
    told = {one["rule"] for one in found_in(tmp_path)}
    assert rule in told, told


def test_one_wrong_code_is_one_finding(tmp_path: Path) -> None:
    write(tmp_path / "140106迎泽区", with_mistake(PLANTED["code in the roster"][1]))
    told = [one for one in serious(tmp_path) if one[0] == "SCH045"]
    assert len(told) == 1
    assert "28处" in told[0][2]


def test_each_form_has_a_blank_that_is_recognised(tmp_path: Path) -> None:
    for form in record_forms():
        path = tmp_path / f"{form.id}.xlsx"
        assert stuvalid("template", form.id, "-o", path, "--no-example").returncode == 0
        assert path.stat().st_size > 4_000


def test_records_are_no_pupils_to_any_command(tmp_path: Path) -> None:
    schools = county()
    write(tmp_path / "140106迎泽区", schools)
    pupils = sum(len(school.pupils) for school in schools)
    report = json.loads(stuvalid("check", tmp_path, "--format", "json").stdout)
    assert report["summary"]["rows"] == pupils
    assert json.loads(stuvalid("duplicates", tmp_path, "--format", "json").stdout)["summary"]["rows"] == pupils
    done = stuvalid("bundle", tmp_path / "140106迎泽区", "--county", "140106", "-o", tmp_path / "out")
    assert f"6所学校、{pupils}名学生" in done.stdout.decode(), done.stdout.decode()


def test_a_cell_beside_a_label_is_told_at_its_place(tmp_path: Path) -> None:
    write(tmp_path / "140106迎泽区", with_mistake(PLANTED["phone of head"][1]))
    (found,) = [one for one in found_in(tmp_path) if one["rule"] == "FMT012"]
    assert (found["sheet"], found["field"]) == ("学校基本信息表", "head_phone")
    import openpyxl

    page = openpyxl.load_workbook(next(tmp_path.rglob("双塔西街小学基本信息.xlsx")))["学校基本信息表"]
    assert page[found["cell"]].value == "1380000"
