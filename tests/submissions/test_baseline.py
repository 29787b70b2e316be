"""`--baseline`: what was explained once does not count, and the list of explanations is itself judged."""

from __future__ import annotations

import datetime as dt
import json
import random
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.duplicates.county import Pupil, book
from tests.submissions.conftest import Run, wrong_check_character

Document = Callable[..., dict[str, Any]]


@pytest.fixture
def school(pupils: list[Pupil], tmp_path: Path) -> Path:
    pupils[3]["ethnicity"] = "汉"
    pupils[8]["phone"] = "123"
    pupils[10]["id_number"] = wrong_check_character(pupils[10]["id_number"])
    path = tmp_path / "小学.xlsx"
    path.write_bytes(book(pupils))
    return path


@pytest.fixture(params=["说明.toml", "说明.json"])
def listed(request: pytest.FixtureRequest, school: Path, run: Run, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    assert run("check", school, "--write-baseline", path).returncode == 1
    return path


def _explain(path: Path, reason: str = "户口簿如此", person: str = "李老师", until: str = "") -> None:
    """What a person writes into the defaults."""
    text = path.read_text(encoding="utf-8")
    sign = ": " if path.suffix == ".json" else " = "
    mark = '"' if path.suffix == ".json" else ""
    for name, value in (("reason", reason), ("person", person)):
        text = text.replace(f'{mark}{name}{mark}{sign}""', f'{mark}{name}{mark}{sign}"{value}"', 1)
    if until:
        year = dt.datetime.now(tz=dt.UTC).year + 1
        at = text.index(str(year))
        text = text[:at] + until + text[at + 10 :]
    path.write_text(text, encoding="utf-8")


def _load(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return json.loads(json.dumps(data, default=str))  # type: ignore[no-any-return]


def test_explained_findings_do_not_count_but_are_listed(
    listed: Path, school: Path, run: Run, document: Document
) -> None:
    _explain(listed)
    done = run("check", school, "--baseline", listed)
    assert done.returncode == 0
    assert "户口簿如此（李老师" in done.stdout.decode()
    report = document("check", school, "--baseline", listed)
    assert report["findings"] == []
    assert report["summary"]["accepted"] == 3
    assert {entry["explanation"]["person"] for entry in report["accepted"]} == {"李老师"}
    schema = json.loads(files("stuvalid").joinpath("schema/report-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)
    sarif = json.loads(run("check", school, "--baseline", listed, "--format", "sarif").stdout)
    assert [len(result["suppressions"]) for result in sarif["runs"][0]["results"]] == [1, 1, 1]


def test_the_list_fits_its_schema_and_names_nobody(listed: Path, pupils: list[Pupil]) -> None:
    schema = json.loads(files("stuvalid").joinpath("schema/baseline-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(_load(listed))
    text = listed.read_text(encoding="utf-8")
    assert not [p for p in pupils if p["id_number"] in text or p["id_number"][:17] in text or p["name"] in text]
    assert (listed.with_name(f"{listed.name}.key").stat().st_mode & 0o077) == 0


def test_what_is_not_written_in_full_does_not_count(listed: Path, school: Path, document: Document) -> None:
    _explain(listed, person="")
    report = document("check", school, "--baseline", listed)
    rules = [entry["rule"] for entry in report["findings"]]
    assert rules.count("BAS003") == 3
    assert report["summary"]["errors"] == 3
    assert "缺核实人" in next(entry["message"] for entry in report["findings"] if entry["rule"] == "BAS003")


def test_an_explanation_follows_its_pupil_and_ends_with_the_value(
    listed: Path, school: Path, pupils: list[Pupil], document: Document, tmp_path: Path
) -> None:
    _explain(listed)
    pupils[8]["phone"] = "1234"
    moved = tmp_path / "另一个名字.xlsx"
    moved.write_bytes(book(random.Random(1).sample(pupils, len(pupils))))
    report = document("check", moved, "--baseline", listed)
    assert sorted(entry["rule"] for entry in report["findings"]) == ["BAS001", "FMT012"]
    assert report["summary"]["accepted"] == 2


def test_an_explanation_is_of_one_pupil_only(
    listed: Path, pupils: list[Pupil], school: Path, document: Document
) -> None:
    _explain(listed)
    pupils[4]["ethnicity"] = "汉"
    school.write_bytes(book(pupils))
    report = document("check", school, "--baseline", listed)
    assert [entry["rule"] for entry in report["findings"]] == ["COD002"]


def test_expired_unused_and_absent(listed: Path, school: Path, pupils: list[Pupil], document: Document) -> None:
    _explain(listed, until="2020-01-01")
    report = document("check", school, "--baseline", listed)
    assert [entry["rule"] for entry in report["findings"]].count("BAS002") == 3
    assert report["summary"]["errors"] == 3
    pupils[3]["ethnicity"] = "汉族"
    del pupils[8]
    school.write_bytes(book(pupils))
    report = document("check", school, "--baseline", listed)
    assert sorted(e["rule"] for e in report["findings"]) == ["BAS001", "BAS002", "BAS004", "IDN008"]


def test_rules_that_did_not_run_leave_their_explanations_alone(listed: Path, school: Path, document: Document) -> None:
    _explain(listed)
    report = document("check", school, "--baseline", listed, "--select", "DAT,BAS")
    assert report["findings"] == []


def test_writing_again_keeps_what_people_wrote(listed: Path, school: Path, run: Run, pupils: list[Pupil]) -> None:
    _explain(listed)
    pupils[5]["ethnicity"] = "汉"
    school.write_bytes(book(pupils))
    again = ("check", school, "--baseline", listed, "--write-baseline", listed)
    assert run(*again).returncode == 2
    assert run(*again, "--force").returncode == 1
    entries = _load(listed)["accepted"]
    assert sorted(entry["reason"] for entry in entries) == ["", *["户口簿如此"] * 3]


def test_without_its_key_or_malformed_it_is_refused_in_one_sentence(
    listed: Path, school: Path, run: Run, tmp_path: Path
) -> None:
    good = listed.read_text(encoding="utf-8")
    for wrong in ("{", "x = ", good.replace("person", "persn", 1), good.replace("baseline/1", "baseline/9")):
        bad = tmp_path / f"bad{listed.suffix}"
        bad.write_text(wrong, encoding="utf-8")
        done = run("check", school, "--baseline", bad)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
    listed.with_name(f"{listed.name}.key").unlink()
    done = run("check", school, "--baseline", listed)
    assert done.returncode == 2
    assert f"{listed.name}.key" in done.stderr.decode()
