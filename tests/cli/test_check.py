"""`stuvalid check` through the command line, on files."""

from __future__ import annotations

import json
import shutil
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.cells import cell_len

from tests.books import column_letter, workbook
from tests.program import program
from tests.program import stuvalid as run

BAD = [{"sex": "女"}, {"ethnicity": "汉"}, {"phone": "123"}]


def report(*arguments: str) -> dict[str, Any]:
    return json.loads(run("check", "--format", "json", *arguments).stdout)  # type: ignore[no-any-return]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "双塔西街小学.xlsx"
    path.write_bytes(workbook(BAD))
    return path


def test_each_mistake_is_reported_at_its_cell(bad: Path) -> None:
    found = {(entry["cell"], entry["rule"]) for entry in report(str(bad))["findings"]}
    assert found == {
        (f"{column_letter('sex')}2", "IDN020"),
        (f"{column_letter('ethnicity')}3", "COD002"),
        (f"{column_letter('phone')}4", "FMT012"),
    }


def test_json_fits_the_published_schema(bad: Path) -> None:
    schema = json.loads(files("stuvalid").joinpath("schema/report-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report(str(bad)))


def test_exit_codes(bad: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.xlsx"
    good.write_bytes(workbook([{}, {}]))
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 cut off")
    assert run("check", str(good)).returncode == 0
    assert run("check", str(bad)).returncode == 1
    assert run("check", str(bad), "--exit-zero").returncode == 0
    assert run("check", str(broken)).returncode == 2
    assert run("check", str(tmp_path / "nowhere.xlsx")).returncode == 2
    warned = tmp_path / "warned.xlsx"
    warned.write_bytes(workbook([{"postcode": "123456"}]))
    assert run("check", str(warned)).returncode == 0
    assert run("check", str(warned), "--strict").returncode == 1


def test_errors_of_use_are_one_sentence(bad: Path) -> None:
    for arguments in (["--select", "IDN99"], ["--template", "student-213"], ["--severity", "IDN020=bad"]):
        done = run("check", str(bad), *arguments)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert len(done.stderr.decode().strip().splitlines()) == 1


def test_one_broken_file_does_not_stop_the_others(bad: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 cut off")
    files_ = {Path(entry["path"]).name: entry for entry in report(str(tmp_path))["files"]}
    assert files_["broken.xlsx"]["status"] == "unreadable"
    assert files_["broken.xlsx"]["reason"]
    assert files_[bad.name]["status"] == "checked"


def test_folders_archives_and_lock_files(bad: Path, tmp_path: Path) -> None:
    (tmp_path / "~$双塔西街小学.xlsx").write_bytes(b"lock")
    (tmp_path / "readme.txt").write_text("no workbook")
    with zipfile.ZipFile(tmp_path / "submission.zip", "w") as archive:
        archive.writestr("班级/一班.xlsx", workbook([{}]))
    done = run("check", "-v", str(tmp_path))
    assert "~$" in done.stderr.decode()
    assert "readme.txt" in done.stderr.decode()
    names = [entry["path"] for entry in report(str(tmp_path))["files"]]
    assert sorted(Path(name).name for name in names) == ["一班.xlsx", "双塔西街小学.xlsx"]


def test_standard_input(bad: Path) -> None:
    done = run("check", "-", "--format", "json", data=bad.read_bytes())
    assert json.loads(done.stdout)["summary"]["errors"] == 3


def test_select_and_ignore(bad: Path) -> None:
    assert {f["rule"] for f in report(str(bad), "--select", "IDN,FMT")["findings"]} == {"IDN020", "FMT012"}
    assert {f["rule"] for f in report(str(bad), "--ignore", "sex_contradicts_number")["findings"]} == {
        "COD002",
        "FMT012",
    }
    assert report(str(bad), "--severity", "COD=warning")["summary"]["warnings"] == 1


def test_planted_names_and_numbers_appear_nowhere_unmasked(tmp_path: Path) -> None:
    secret = {
        "name": "欧阳秘密",
        "id_number": "140106200703050012",
        "phone": "13987654321x",
        "home_address": "山西省太原市机密街99弄 ",
    }
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([secret, {**secret, "name": "欧阳秘密2"}]))
    for arguments in (["--format", "json"], ["--format", "text", "-v"], ["--format", "json", "--lang", "en"]):
        done = run("check", str(path), *arguments)
        said = (done.stdout + done.stderr).decode()
        for word in ("欧阳秘密", "140106200703050012", "13987654321", "机密街99"):
            assert word not in said, arguments
    assert "140106200703050012" in run("check", str(path), "--show-values", "--format", "json").stdout.decode()


def test_text_fits_80_columns_and_has_no_colours_when_piped(bad: Path) -> None:
    said = run("check", "-v", str(bad)).stdout.decode()
    assert "\x1b[" not in said
    assert max(cell_len(line) for line in said.splitlines()) <= 80


def test_english_is_complete(bad: Path) -> None:
    said = run("check", str(bad), "--lang", "en").stdout.decode()
    assert "sex 女 does not agree" in said
    assert "错误" not in said


def test_a_chinese_windows_console_prints_everything(bad: Path) -> None:
    done = program("check", "-v", bad, env={"PYTHONIOENCODING": "cp936", "PYTHONUTF8": "0"})
    assert done.returncode == 1
    assert "性别" in done.stdout.decode("cp936")


def test_a_missing_column_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([{}] * 20, drop=["sex"]))
    found = [entry for entry in report(str(path))["findings"] if entry["severity"] != "info"]
    assert [entry["rule"] for entry in found] == ["TPL002"]
    assert report(str(path))["files"][0]["rules"]["skipped"]["IDN020"] == "sex"


def test_many_faults_are_counted_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([{"ethnicity": "汉"}] * 3000))
    done = report(str(path), "--select", "COD")
    assert done["summary"]["errors"] == 3000
    assert len(done["findings"]) == 3000
    assert done["causes"][0]["count"] == 3000


def test_the_same_number_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook([{}]))
    (tmp_path / "b.xlsx").write_bytes(workbook([{"name": "李小龙"}]))
    found = [entry for entry in report(str(tmp_path))["findings"] if entry["rule"] == "DUP001"]
    assert {Path(entry["file"]).name for entry in found} == {"a.xlsx", "b.xlsx"}
    assert Path(found[0]["related"][0]["file"]).name == "b.xlsx"


def test_inputs_are_not_modified(bad: Path) -> None:
    before = bad.read_bytes()
    run("check", str(bad), "--output", str(bad.with_suffix(".json")), "--format", "json")
    assert bad.read_bytes() == before
    assert json.loads(bad.with_suffix(".json").read_text(encoding="utf-8"))["schema"] == "stuvalid.report/1"


def test_long_chinese_paths(bad: Path, tmp_path: Path) -> None:
    folder = tmp_path / "迎泽区报送材料" / ("很长的文件夹名" * 8) / ("再一层" * 12)
    folder.mkdir(parents=True)
    shutil.copy(bad, folder / "一.xlsx")
    assert report(str(folder))["summary"]["errors"] == 3


def test_help_in_both_languages() -> None:
    assert "检查工作簿" in program("check", "--help").stdout.decode()
    assert "Check workbooks" in program("check", "--help", "--lang", "en").stdout.decode()


def test_rules_codes_and_templates() -> None:
    assert "GB 11643" in run("rules", "IDN020").stdout.decode()
    assert len(json.loads(run("rules", "--format", "json").stdout)) > 90
    assert "畲族" in run("codes", "ethnicity", "佘").stdout.decode()
    assert "140106" in run("codes", "division", "迎泽区").stdout.decode()
    assert "student-2020" in run("templates").stdout.decode()
    assert run("codes", "nonsense", "x").returncode == 2
