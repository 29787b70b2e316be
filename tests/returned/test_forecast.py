"""What is known against acceptance, pupil by pupil; nobody is said to be accepted."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from stuvalid.returned.wordings import in_words_of_the_registry
from stuvalid.rules.registry import all_rules
from tests.books import workbook
from tests.program import stuvalid
from tests.returned.test_reconcile import form
from tests.rolls.school import pupils, write


def test_every_pupil_is_told_in_the_words_of_the_registry(tmp_path: Path) -> None:
    people = pupils(("2024101", "2024102"), 6)
    wrong = people[1]["number"]
    people[1]["number"] = f"{wrong[:-1]}{'1' if wrong[-1] != '1' else '2'}"
    people[8]["number"] = people[7]["number"]
    write(tmp_path, {"班级.xlsx": form(people)})
    done = stuvalid("check", tmp_path / "班级.xlsx", "--forecast", "--format", "json", "--no-cache")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    schema = json.loads(files("stuvalid").joinpath("schema/forecast-1.json").read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(found))
    against = {one["row"]: [entry["said"] for entry in one["against"]] for one in found["pupils"]}
    assert len(against) == 12
    assert against[3] == ["身份证件号错误"]
    assert "身份证件号重复" in against[9]
    assert "身份证件号重复" in against[10]
    assert [row for row, said in against.items() if said] == [3, 9, 10]
    assert [one["against"] for one in found["classes"]] == [1, 2]
    assert found["only_the_registry"]
    assert people[0]["name"] not in done.stdout.decode()


def test_nothing_known_is_no_promise(tmp_path: Path) -> None:
    (tmp_path / "好.xlsx").write_bytes(workbook([{}, {}]))
    told = stuvalid("check", tmp_path / "好.xlsx", "--forecast", "--no-cache").stdout.decode().replace("\n", "")
    assert "没有已知问题的 2" in told
    assert "不等于会通过" in told
    assert "公安部校验校验不通过：身份证号不存在" in told
    assert "会通过：" not in told.replace("不等于会通过：", "")


def test_another_format_is_refused() -> None:
    done = stuvalid("check", "samples", "--forecast", "--format", "html")
    assert done.returncode == 2
    assert "html" in done.stderr.decode()


def test_the_gravest_rules_have_a_wording() -> None:
    told = {"IDN008": ("id_number", "number-wrong"), "IDN020": ("sex", "sex-differs"), "DUP001": ("id_number", "number-repeated"),
        "DUP002": ("name", "person-repeated"), "REQ001": ("ethnicity", "blank"), "SPE001": ("inclusion", "inclusion-disability"),
        "FMT012": ("phone", "format"), "FMT003": ("name", "name-not-chinese")}  # fmt: skip
    for rule, (field, wording) in told.items():
        assert rule in all_rules()
        found = in_words_of_the_registry(rule, field)
        assert found is not None
        assert found.id == wording, rule
