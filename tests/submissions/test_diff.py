"""`stuvalid diff`: keyed on the pupil, whatever became of rows, files and sheets."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stuvalid.report.wording import Wording
from stuvalid.submissions.changes import _content
from tests.books import workbook
from tests.duplicates.county import Pupil, book, school
from tests.submissions.conftest import Run, wrong_check_character

Document = Callable[..., dict[str, Any]]


@pytest.fixture
def old(pupils: list[Pupil], tmp_path: Path) -> Path:
    """Faults of five pupils: ethnicity, phone, postcode, check character, ethnicity again."""
    pupils[3]["ethnicity"] = "汉"
    pupils[8]["phone"] = "123"
    pupils[9]["postcode"] = "12"
    pupils[10]["id_number"] = wrong_check_character(pupils[10]["id_number"])
    pupils[12]["ethnicity"] = "汉"
    return _write(tmp_path / "旧.xlsx", pupils)


def _write(path: Path, rows: list[Pupil], **how: Any) -> Path:
    path.write_bytes(book(rows, **how))
    return path


def _rules(entries: list[dict[str, Any]]) -> list[str]:
    return sorted(entry["rule"] for entry in entries)


@pytest.fixture
def new(old: Path, pupils: list[Pupil], tmp_path: Path) -> Path:
    """Sorted otherwise, under another name, below a title: one mended, one newly wrong, one gone, one come."""
    rows = [dict(pupil) for pupil in pupils]
    rows[3]["ethnicity"] = "汉族"
    rows[10]["id_number"] = _right(rows[10]["id_number"])
    rows[20]["ethnicity"] = "汉"
    del rows[12]
    rows.append(school("2114010061", 1, {pupil["id_number"] for pupil in pupils})[0])
    rows[-1].update(school_code=pupils[0]["school_code"], class_code=pupils[0]["class_code"])
    random.Random(5).shuffle(rows)
    return _write(tmp_path / "改名后.xlsx", rows)


def _right(number: str) -> str:
    from stuvalid.codes.identity import check_character

    return number[:17] + check_character(number[:17])


def test_what_was_mended_what_is_new_what_is_left(old: Path, new: Path, document: Document) -> None:
    told = document("diff", old, new)
    found = told["findings"]
    assert _rules(found["mended"]) == ["COD002", "IDN008"]
    assert _rules(found["new"]) == ["COD002"]
    assert _rules(found["left"]) == ["FMT012", "FMT020"]
    assert _rules(found["gone"]) == ["COD002"]
    assert [len(told["pupils"][key]) for key in ("came", "vanished")] == [1, 1]
    assert told["pupils"]["changed"] == 3
    assert told["fields"]["changed"] == {"ethnicity": 2, "id_number": 1}
    assert told["compared_by"] == "pupil"


def test_the_document_fits_its_schema(old: Path, new: Path, document: Document, run: Run, tmp_path: Path) -> None:
    schema = json.loads(files("stuvalid").joinpath("schema/diff-1.json").read_text(encoding="utf-8"))
    report = tmp_path / "旧.json"
    report.write_bytes(run("check", old, "--format", "json").stdout)
    for before in (old, report):
        jsonschema.Draft202012Validator(schema).validate(document("diff", before, new))


@pytest.mark.parametrize("kinds", [("json", "json"), ("json", "xlsx"), ("xlsx", "json")])
def test_reports_are_compared_pupil_by_pupil_too(
    kinds: tuple[str, str], old: Path, new: Path, document: Document, run: Run, tmp_path: Path
) -> None:
    sides = []
    for path, kind in zip((old, new), kinds, strict=True):
        report = tmp_path / f"{path.stem}.{kind}"
        if kind == "json":
            report.write_bytes(run("check", path, "--format", "json").stdout)
        sides.append(report)
    told = document("diff", *sides)
    found = told["findings"]
    assert told["compared_by"] == "pupil"
    assert _rules(found["new"]) == ["COD002"]
    assert _rules(found["left"]) == ["FMT012", "FMT020"]
    # Only a new workbook can tell that a pupil left; a new report without them could mean that all is mended.
    gone = ["COD002"] if kinds[1] == "xlsx" else []
    assert _rules(found["gone"]) == gone
    assert _rules(found["mended"] + found["gone"]) == ["COD002", "COD002", "IDN008"]


def test_reports_of_two_computers_are_compared_by_content(
    old: Path, new: Path, document: Document, run: Run, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere"
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_bytes(run("check", old, "--format", "json", env={"XDG_DATA_HOME": str(other)}).stdout)
    two.write_bytes(run("check", new, "--format", "json").stdout)
    told = document("diff", one, two)
    assert told["compared_by"] == "content"
    # Two of the three mended by pupil; by content, the new 汉 takes the place of an old one.
    assert _rules(told["findings"]["mended"]) == ["COD002", "IDN008"]
    assert told["findings"]["new"] == []
    assert "不是在同一台电脑上" in run("diff", one, two).stdout.decode()


def test_the_same_pupils_in_other_files_and_order_have_not_changed(
    old: Path, pupils: list[Pupil], document: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "分班"
    folder.mkdir()
    shuffled = random.Random(3).sample(pupils, len(pupils))
    _write(folder / "乙.xlsx", shuffled[:11], titles=["某校", "说明"])
    _write(folder / "甲.xlsx", shuffled[11:])
    told = document("diff", old, folder)
    assert told["pupils"] == {"same": 30, "changed": 0, "came": [], "vanished": []}
    assert told["findings"]["mended"] == []
    assert _rules(told["findings"]["new"]) == ["TPL001"]
    assert len(told["findings"]["left"]) == 5


def test_exit_codes(old: Path, new: Path, run: Run, tmp_path: Path) -> None:
    assert run("diff", old, new).returncode == 1
    assert run("diff", old, new, "--exit-zero").returncode == 0
    assert run("diff", old, old).returncode == 0
    assert run("diff", old, tmp_path / "nowhere.xlsx").returncode == 2
    for content in (b"", b"{", b'{"schema": "stuvalid.report/1"}', b'{"schema": "other"}', b"[" * 100_000):
        odd = tmp_path / "odd.json"
        odd.write_bytes(content)
        done = run("diff", odd, new)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert len(done.stderr.decode().splitlines()) == 1


def test_nobody_is_named_unless_asked_for(old: Path, new: Path, pupils: list[Pupil], run: Run) -> None:
    secrets = [text.encode() for pupil in pupils for text in (pupil["name"], pupil["id_number"]) if len(text) > 1]
    for arguments in (("-v",), ("--format", "json")):
        done = run("diff", old, new, *arguments, "--per-rule", "1000")
        assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    shown = run("diff", old, new, "--show-values").stdout.decode()
    assert _right(pupils[10]["id_number"]) in shown


def test_the_report_fits_eighty_columns_in_both_languages(old: Path, new: Path, run: Run) -> None:
    from rich.cells import cell_len

    for lang in ("zh", "en"):
        lines = run("diff", old, new, "-v", "--lang", lang).stdout.decode().splitlines()
        assert lines
        assert max(map(cell_len, lines)) <= 80


def test_pupils_without_numbers_are_known_by_person_or_class(document: Document, tmp_path: Path) -> None:
    bare = {"id_type": "其他", "id_number": ""}
    before = [{**bare, "name": f"王{char}"} for char in "一二三四五"]
    after = [dict(change) for change in reversed(before)]
    after[0]["ethnicity"] = "汉"
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    one.write_bytes(workbook(before))
    two.write_bytes(workbook(after))
    told = document("diff", one, two)
    assert told["pupils"]["came"] == told["pupils"]["vanished"] == []
    # The example's other values follow the row; the names tell who is who.
    assert "name" not in told["fields"]["changed"]


def test_a_file_that_cannot_be_read_is_no_mended_file(old: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "新"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(old.read_bytes())
    (folder / "b.xlsx").write_bytes(b"PK\x03\x04 cut off")
    done = run("diff", old, folder)
    assert done.returncode == 2
    assert "比较不完整" in done.stdout.decode()


@pytest.mark.parametrize(
    ("value", "other", "kind", "field"),
    [
        ("陈小明 ", "陈小明", "name", "name"),
        ("陈\u00a0小明", "陈小明", "name", "name"),
        ("20190304", "20190305", "birth", "birth_date"),
        (" 男", "男", "text", "sex"),
        ("140106 201903040018", "140106201903040018", "id_number", "id_number"),
    ],
)
def test_a_masked_finding_is_the_one_that_another_report_shows(value: str, other: str, kind: str, field: str) -> None:
    masked, _ = Wording().pair(value, other, kind, field)
    plain, _ = Wording(show_values=True).pair(value, other, kind, field)
    entries = [{"rule": "CEL006", "field": field, "kind": kind, "value": text} for text in (masked, plain)]
    assert _content(entries[0], -1) == _content(entries[1], -1)


def test_what_a_value_was_and_is_can_be_told_apart(old: Path, pupils: list[Pupil], tmp_path: Path, run: Run) -> None:
    changed = [dict(pupil) for pupil in pupils]
    was = changed[3]["birth_date"]
    changed[3]["birth_date"] = now = f"{was[:7]}{(int(was[7]) + 1) % 10}"
    text = run("diff", old, _write(tmp_path / "later.xlsx", changed), "-v", "--per-rule", "1000").stdout.decode()
    assert f"{was[:4]}***{was[7]}" in text and f"{now[:4]}***{now[7]}" in text
    assert was not in text and now not in text


def test_changes_of_key_data_stand_apart(old: Path, pupils: list[Pupil], tmp_path: Path, run: Run) -> None:
    changed = [dict(pupil) for pupil in pupils]
    changed[3]["name"] += "明"
    changed[5]["phone"] = "13800000001"
    changed[6]["class_code"] = "2025102"
    later = _write(tmp_path / "later.xlsx", changed)
    told = json.loads(run("diff", old, later, "--format", "json").stdout)
    assert told["key_data"] == {"fields": ["birth_date", "id_number", "name", "sex"], "pupils": 1, "changes": 1}
    assert [change["field"] for change in told["changes"] if change["key_data"]] == ["name"]
    text = run("diff", old, later).stdout.decode()
    assert (
        text.index("关键数据变更（1 名学生）")
        < text.index("姓名 x1")
        < text.index("其他改动")
        < text.index("联系电话 x1")
    )


def test_a_county_adds_key_data_of_its_own(old: Path, pupils: list[Pupil], tmp_path: Path, run: Run) -> None:
    changed = [dict(pupil) for pupil in pupils]
    changed[6]["class_code"] = "2025102"
    later = _write(tmp_path / "later.xlsx", changed)
    settings = tmp_path / "stuvalid.toml"
    settings.write_text('key_data = ["班号"]\n', encoding="utf-8")
    assert "关键数据变更（1 名学生）" in run("diff", old, later, "--config", settings).stdout.decode()
    settings.write_text('key_data = ["class_cod"]\n', encoding="utf-8")
    wrong = run("diff", old, later, "--config", settings)
    assert wrong.returncode == 2
    assert "class_code" in wrong.stderr.decode()
