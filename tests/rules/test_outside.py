"""Rules from outside the package: a file named in stuvalid.toml, or an installed package, stand beside ours."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from stuvalid import workers
from stuvalid.check import cache
from stuvalid.check.conductor import check_chunk, check_paths
from stuvalid.check.run import CheckOptions, Job
from stuvalid.cli import app
from stuvalid.received.walk import Source
from stuvalid.report.formats import FORMATS, render
from stuvalid.report.wording import Wording
from stuvalid.rules import outside
from stuvalid.rules.registry import all_rules, broken_rules, find_rule, matching_rules, use_rule_files
from tests.books import workbook

OURS = '''"""山西省自己的规则。"""

import numpy as np

from stuvalid.rules import Cell, Fault, Hits, Severity, Table, rule


@rule(
    "SX001", Severity.ERROR, scope="cell", fields=("postcode",),
    zh="邮政编码“{value}”不是山西的，应以03或04开头", en="the postcode {value} is not of Shanxi",
    mend="核对现住址的邮政编码", mend_en="Check the postcode of the address", source="晋教基〔2026〕1号",
    bad=[{"postcode": "100000"}], good=[{"postcode": "030001"}],
)
def postcode_elsewhere(cell: Cell) -> Fault | None:
    return None if cell.value.startswith(("03", "04")) else Fault()


@rule(
    "SX002", Severity.WARNING, fields=("transport", "school_distance"),
    zh="“{school_distance}”千米还步行", en="walks {school_distance} km",
    mend="核对上下学距离", mend_en="Check the distance", source="晋教基〔2026〕1号",
    bad=[{"school_distance": "9"}], good=[{}],
)
def walks_far(table: Table) -> Hits | None:
    far = [position for position, value in enumerate(table["school_distance"].distinct) if value.isdigit() and int(value) > 5]
    mask = table["transport"].is_any("步行") & table["school_distance"].having(far)
    return Hits(np.flatnonzero(mask), "school_distance") if mask.any() else None
'''
PUPILS = [{"postcode": "100000"}, {}, {"school_distance": "9"}]
FOUND = [("SX001", "postcode", 2), ("SX002", "school_distance", 4)]


@pytest.fixture(autouse=True)
def _only_ours_again() -> Iterator[None]:
    yield
    use_rule_files(())
    outside.run_packages.cache_clear()


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "our_rules.py").write_text(OURS, encoding="utf-8")
    (tmp_path / "stuvalid.toml").write_text('rules = ["our_rules.py"]\n', encoding="utf-8")
    (tmp_path / "学校").mkdir()
    (tmp_path / "学校" / "一年级.xlsx").write_bytes(workbook(PUPILS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def found(*arguments: str) -> list[tuple[str, str, int]]:
    report = json.loads(run("check", "学校", "-f", "json", "--no-cache", *arguments).stdout)
    return [(entry["rule"], entry["field"], entry["row"]) for entry in report["findings"]]


def test_they_are_asked_selected_ignored_and_graded_like_ours(county: Path) -> None:
    assert found() == FOUND
    assert found("--select", "SX") == FOUND
    assert found("--select", "SX002") == found("--ignore", "postcode_elsewhere") == FOUND[1:]
    assert found("--ignore", "SX") == []
    assert run("check", "学校").exit_code == 1
    assert run("check", "学校", "--severity", "SX001=warning").exit_code == 0
    assert "__pycache__" not in {path.name for path in county.rglob("*")}


def test_an_unknown_one_gets_a_suggestion(county: Path) -> None:
    assert "SX001" in run("check", "学校", "--select", "SX011").stderr


def test_they_are_listed_and_explained(county: Path) -> None:
    listed = run("rules").stdout
    assert "our_rules.py" in listed and "SX001" in listed and "IDN020" in listed
    explained = run("rules", "sx001").stdout
    assert [
        part for part in ("晋教基〔2026〕1号", "核对现住址", "100000", "our_rules.py:8") if part not in explained
    ] == []
    data = {entry["id"]: entry for entry in json.loads(run("rules", "-f", "json").stdout)}
    assert data["SX002"]["origin"].endswith("our_rules.py:18")
    assert "origin" not in data["IDN020"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_words_them(county: Path, name: str) -> None:
    use_rule_files([str(county / "our_rules.py")])
    findings, _ = check_paths([county / "学校"], CheckOptions(isolated=False))
    data = render(name, findings, Wording("zh"))
    if FORMATS[name].binary:
        from stuvalid.excel import read_workbook

        data = str([sheet.head(99) for sheet in read_workbook(data, name="x.xlsx").sheets]).encode()
    text = data.decode("utf-8")
    text = json.dumps(json.loads(text), ensure_ascii=False) if text.startswith(("{", "[\n", '[{"')) else text
    assert "SX001" in text
    assert "不是山西的" in text.replace("\n", "").replace(" ", "")


def test_reports_with_them_fit_the_schema(county: Path) -> None:
    schema = json.loads((Path(outside.__file__).parents[1] / "schema" / "report-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(run("check", "学校", "-f", "json").stdout))


def test_processes_that_start_afresh_know_them(county: Path) -> None:
    path = county / "学校" / "一年级.xlsx"
    use_rule_files([str(county / "our_rules.py")])
    jobs = [Job(0, Source(str(path), path), CheckOptions())]
    use_rule_files(())
    (outcomes,) = workers.run(check_chunk, jobs, workers=1, timeout=60, start_method="spawn")
    assert outcomes[0].failure is None
    assert [block.rule for block in outcomes[0].result.blocks] == ["SX001", "SX002"]


def test_a_run_without_them_has_them_not(county: Path) -> None:
    use_rule_files([str(county / "our_rules.py")])
    with_them, without = CheckOptions(isolated=False), CheckOptions(isolated=False, rule_files=())
    assert [len(check_paths([county / "学校"], options)[0]) for options in (with_them, without, with_them)] == [2, 0, 2]


def test_their_examples_are_tried(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("rules", "--check")
    assert (done.exit_code, "2 条规则，0 条" in done.stdout) == (0, True)
    text = OURS.replace('bad=[{"postcode": "100000"}]', 'bad=[{"postcode": "040001"}, {"zip": "1"}]')
    (county / "our_rules.py").write_text(text.replace("good=[{}],\n", "", 1), encoding="utf-8")
    monkeypatch.setenv("STUVALID_LANG", "en")
    done = run("rules", "--check")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert re.search(r'our_rules\.py:8: SX001 a bad example is not told  \{"postcode": "040001"\}', lines[0])
    assert "no field zip" in lines[1]
    assert "our_rules.py:18: SX002 it has no bad or no good example" in lines[2]


def test_the_last_results_are_not_taken_when_they_have_changed(county: Path) -> None:
    path = county / "our_rules.py"
    use_rule_files([str(path)])
    before = cache._variant(CheckOptions())
    path.write_text(OURS.replace('"03", "04"', '"03"'), encoding="utf-8")
    use_rule_files([str(path)])
    changed = cache._variant(CheckOptions())
    use_rule_files(())
    assert len({before, changed, cache._variant(CheckOptions())}) == 3


def test_a_changed_file_is_run_anew(county: Path) -> None:
    assert found() == FOUND
    (county / "our_rules.py").write_text(OURS.replace("SX001", "SX009") + "\n", encoding="utf-8")
    assert found("--select", "SX") == [("SX009", "postcode", 2), FOUND[1]]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("def broken(:\n", "our_rules.py:1", "SyntaxError"),
        ("import stuvalid\n\n1 / 0\n", "our_rules.py:3", "ZeroDivisionError"),
        ("import nothing_of_this_name\n", "our_rules.py:1", "nothing_of_this_name"),
        ("raise SystemExit(3)\n", "our_rules.py:1", "SystemExit"),
        (OURS.replace("SX001", "IDN901"), "our_rules.py:8", "IDN"),
        (OURS.replace("SX001", "sx1"), "our_rules.py:8", "SX001"),
        (OURS.replace("SX002", "SX001"), "our_rules.py:18", "SX001 postcode_elsewhere"),
        (OURS.replace("postcode_elsewhere", "sex_contradicts_number"), "our_rules.py:8", "sex_contradicts_number"),
        (OURS.replace('scope="cell"', 'scope="run"'), "our_rules.py:8", "scope"),
        (OURS.replace("Severity.ERROR", '"error"'), "our_rules.py:8", "Severity"),
        (OURS.replace('mend="核对现住址的邮政编码", ', ""), "our_rules.py:8", "mend"),
        (None, "our_rules.py", "No such file"),
    ],
)
def test_a_broken_one_is_named_and_the_others_run(
    county: Path, text: str | None, where: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUVALID_LANG", "en")
    path = county / "our_rules.py"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    (county / "学校" / "二年级.xlsx").write_bytes(workbook([{"ethnicity": "汉"}]))
    done = run("check", "学校", "-f", "json")
    assert done.exit_code == 2
    report = json.loads(done.stdout)
    assert "COD002" in {entry["rule"] for entry in report["findings"]}
    crashed = [file["rules"]["crashed"] for file in report["files"]]
    assert [len(one) for one in crashed] == [1, 0]
    assert what in crashed[0][where]
    assert f"{where}: " in run("rules").stderr
    assert run("rules", "--check").exit_code == 1


def test_one_that_crashes_is_told_and_the_others_run(county: Path) -> None:
    (county / "our_rules.py").write_text(OURS.replace("else Fault()", "else 1 / 0"), encoding="utf-8")
    done = run("check", "学校", "-f", "json")
    report = json.loads(done.stdout)
    assert done.exit_code == 2
    assert list(report["files"][0]["rules"]["crashed"]) == ["SX001"]
    assert [entry["rule"] for entry in report["findings"]] == ["SX002"]


def test_what_was_merely_found_among_the_data_is_not_run(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (county / "our_rules.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    away = county.parent / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    done = run("check", str(county / "学校"))
    assert done.exit_code == 2
    assert "our_rules.py" in done.stdout and "--config" in done.stdout.replace("\n", "")
    assert not (county / "ran").exists()
    assert run("check", str(county / "学校"), "--config", str(county / "stuvalid.toml")).exit_code == 0
    assert (county / "ran").exists()


def test_an_installed_package_brings_them(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = county / "site"
    (installed / "shanxi_rules").mkdir(parents=True)
    (installed / "shanxi_rules" / "__init__.py").write_text("from shanxi_rules import all_of_them\n")
    (installed / "shanxi_rules" / "all_of_them.py").write_text(OURS, encoding="utf-8")
    (installed / "broken_rules.py").write_text("\nraise ValueError('not today')\n")
    information = installed / "shanxi_rules-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: shanxi-rules\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[stuvalid.rules]\nshanxi = shanxi_rules\nother = broken_rules\n")
    monkeypatch.syspath_prepend(str(installed))
    outside.run_packages.cache_clear()
    use_rule_files(("none.py",))  # another set of rules than was remembered
    use_rule_files(())
    all_rules_anew()
    try:
        assert matching_rules("SX") == {"SX001", "SX002"}
        assert find_rule("walks_far").origin.endswith("all_of_them.py")
        assert [(one.where, one.zh) for one in broken_rules()] == [
            ("other = broken_rules (broken_rules.py:2)", "ValueError: not today")
        ]
        before = outside.fingerprint(())
        (installed / "shanxi_rules" / "all_of_them.py").write_text(OURS + "\n", encoding="utf-8")
        assert outside.fingerprint(()) != before
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("shanxi_rules", "broken_rules")]:
            del sys.modules[name]
        monkeypatch.undo()
        outside.run_packages.cache_clear()
        all_rules_anew()
    assert "SX001" not in all_rules()


def all_rules_anew() -> Any:
    from stuvalid.rules import registry

    registry._known.cache_clear()
    registry._selected.cache_clear()
