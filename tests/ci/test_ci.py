"""The action's script on a repository of submissions, and the files other systems read."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import yaml

from stuvalid.report.formats import FORMATS
from tests.books import workbook

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "ci" / "github.py"
COUNTY = ROOT / "samples" / "county"
PRIVATE = {"name": "欧阳修文", "phone": "1391234567", "home_address": "太原市迎泽区不存在的路9号"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository as a county would keep it: a folder a school, settings at the top that would open the data."""
    submitted = tmp_path / "repository" / "上报"
    for name, changes in {"双塔西街 小学": [PRIVATE, {"sex": "女"}, {"ethnicity": "汉"}], "青年路小学": [{}]}.items():
        (submitted / name).mkdir(parents=True)
        (submitted / name / "学生基础信息.xlsx").write_bytes(workbook(changes))
    settings = 'show_values = true\n[severity]\nCOD002 = "warning"\n'
    (submitted.parent / "stuvalid.toml").write_text(settings, encoding="utf-8")
    return submitted.parent


def run(repository: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    runner = repository.parent
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        cwd=repository,
        capture_output=True,
        check=False,
        timeout=300,
        env={
            **os.environ,
            "STUVALID": f"'{sys.executable}' -m stuvalid",
            "STUVALID_PATHS": "上报",
            "STUVALID_SARIF": "stuvalid.sarif",
            "STUVALID_HTML": "stuvalid.html",
            "RUNNER_TEMP": str(runner),
            "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
            "GITHUB_OUTPUT": str(runner / "output.txt"),
            **env,
        },
    )


def commands_of(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The workflow commands that the runner would follow: what is quoted as plain text is none."""
    text = re.sub(r"^::stop-commands::(\w+)\n.*?^::\1::$", "", done.stdout.decode(), flags=re.DOTALL | re.MULTILINE)
    return [line for line in text.splitlines() if line.startswith("::")]


def everything(repository: Path, done: subprocess.CompletedProcess[bytes]) -> str:
    """All that a run leaves where others can read it."""
    written = [repository / "stuvalid.sarif", repository / "stuvalid.html", repository.parent / "summary.md"]
    return (done.stdout + done.stderr).decode() + "".join(path.read_text(encoding="utf-8") for path in written)


def test_annotations_summary_reports_and_exit_code(repository: Path) -> None:
    done = run(repository)
    assert done.returncode == 1
    drawn = commands_of(done)
    school = "上报/双塔西街 小学/学生基础信息.xlsx"
    assert any(line.startswith(f"::error file={school},title=IDN020::学生基础信息!C3") for line in drawn)
    settings_hold = any(line.startswith("::warning") and "COD002" in line for line in drawn)
    assert settings_hold
    summary = (repository.parent / "summary.md").read_text(encoding="utf-8")
    assert "IDN020" in summary
    assert "| 上报/青年路小学/学生基础信息.xlsx |" in summary
    outputs = (repository.parent / "output.txt").read_text(encoding="utf-8").splitlines()
    assert outputs == ["sarif=stuvalid.sarif", "html=stuvalid.html"]
    assert json.loads((repository / "stuvalid.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert sorted(path.name for path in repository.parent.iterdir()) == ["output.txt", "repository", "summary.md"]


def test_nothing_private_is_in_any_output_whatever_the_repository_says(repository: Path) -> None:
    (repository / "上报" / "140106200703050018.jpg").write_bytes(b"a photo is no workbook")
    done = run(repository, STUVALID_ARGS="--verbose")
    assert "140106********0018.jpg" in done.stdout.decode()
    text = everything(repository, done)
    assert [secret for secret in PRIVATE.values() if secret in text] == []
    assert re.search(r"[0-9]{17}[0-9X]", text) is None


def test_the_sample_county_in_a_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    shutil.copytree(COUNTY, repository / "上报")
    book = openpyxl.load_workbook(COUNTY / "2114010082解放路小学" / "60处错误.xlsx", read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    header = next(row for row in rows if "姓名" in row)
    people = rows[rows.index(header) + 1 :]
    numbers = {str(row[header.index("身份证件号")]) for row in people} - {"None"}
    names = {str(row[header.index("姓名")]).strip() for row in people} - {"None"}
    done = run(repository)
    drawn = commands_of(done)
    assert done.returncode == 1
    assert all(line.startswith(("::error file=上报/", "::warning file=上报/", "::notice file=上报/")) for line in drawn)
    assert sum(line.startswith("::error") for line in drawn) == 10
    text = everything(repository, done)
    secrets = {secret.strip() for secret in numbers if len(secret) > 10} | {name for name in names if len(name) > 2}
    assert len(secrets) > 100
    assert [secret for secret in secrets if secret in text] == []
    results = json.loads((repository / "stuvalid.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    told = {result["ruleId"] for result in results if result["level"] == "error"}
    summary = (repository.parent / "summary.md").read_text(encoding="utf-8")
    assert {rule for rule in told if rule not in summary} == set()


def test_what_would_open_the_data_is_refused(repository: Path) -> None:
    for argument in ("--show-values", "--strict --annotate out.xlsx", "--annotate=out"):
        done = run(repository, STUVALID_ARGS=argument)
        assert done.returncode == 2
        assert done.stdout.startswith(b"::error title=stuvalid::")
        assert not (repository / "stuvalid.sarif").exists()


def test_further_arguments_patterns_and_several_paths(repository: Path) -> None:
    quick = {"STUVALID_SARIF": "", "STUVALID_HTML": ""}
    assert run(repository, STUVALID_ARGS="--exit-zero", STUVALID_PATHS="", **quick).returncode == 0
    both = run(repository, STUVALID_PATHS="上报/青年路小学\n\n 上报/双塔*/学生基础信息.xlsx \n", **quick)
    assert both.returncode == 1
    assert "双塔西街 小学" in both.stdout.decode()
    assert run(repository, STUVALID_PATHS="上报/青年路小学/**/*.xlsx", **quick).returncode == 0


def test_a_file_name_cannot_speak_to_the_runner(repository: Path) -> None:
    done = run(repository, STUVALID_PATHS="上报/nowhere", STUVALID_LANG="en")
    assert done.returncode == 2
    lines = done.stdout.decode().splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert "does not exist" in lines[1]
    assert lines[-1] == f"::{token}::"
    assert done.stderr == b""


def test_an_input_left_empty_wants_no_report(repository: Path) -> None:
    run(repository, STUVALID_SARIF="", STUVALID_HTML="")
    assert not list(repository.glob("stuvalid.[sh]*"))
    assert (repository.parent / "output.txt").read_text(encoding="utf-8") == ""


def test_without_a_runner_the_script_only_prints(repository: Path) -> None:
    done = run(repository, GITHUB_STEP_SUMMARY="", GITHUB_OUTPUT="", RUNNER_TEMP="")
    assert done.returncode == 1
    assert not (repository.parent / "summary.md").exists()


def test_the_version_asked_for_is_installed_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told of pip's command line, not of an index: tests do not go to the network."""
    script = runpy.run_path(str(SCRIPT))
    commands: list[list[str]] = []
    monkeypatch.setattr(script["venv"], "create", lambda folder, with_pip: None)
    monkeypatch.setattr(script["subprocess"], "run", lambda command, check: commands.append(command))
    monkeypatch.setenv("STUVALID_VERSION", "")
    command = script["_install"](tmp_path / "apart")
    monkeypatch.setenv("STUVALID_VERSION", "1.2.3")
    script["_install"](tmp_path / "apart")
    assert [called[-1] for called in commands] == [str(ROOT), "stuvalid==1.2.3"]
    assert command[1:] == ["-m", "stuvalid"]
    assert Path(command[0]).is_relative_to(tmp_path / "apart")


def test_the_action_gives_what_the_script_reads() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    step = action["runs"]["steps"][0]
    script = SCRIPT.read_text(encoding="utf-8")
    named = {re.sub("inputs.", "STUVALID_", f"inputs.{name}").upper() for name in action["inputs"]}
    assert set(step["env"]) == named
    for variable, value in step["env"].items():
        assert value == f"${{{{ inputs.{variable.removeprefix('STUVALID_').lower()} }}}}"
    assert {name for name in step["env"] if name not in script} == {"STUVALID_SARIF", "STUVALID_HTML", "STUVALID_LANG"}
    assert "inputs." not in step["run"], "an input in a script could be code"
    assert (ROOT / "ci" / "github.py").name in step["run"]
    assert set(action["outputs"]) == {"sarif", "html"}


def test_hooks_and_gitlab_name_what_exists_and_mask() -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    assert hook["entry"] == "stuvalid check --mask-values"
    assert re.search(hook["files"], "上报/学校.xlsx")
    assert not re.search(hook["files"], "README.md")
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["stuvalid"]
    outputs = dict(re.findall(r"--output (\w+)=(\S+)", job["script"][0]))
    assert set(outputs) <= set(FORMATS)
    assert job["artifacts"]["reports"] == {"codequality": outputs["gitlab"], "junit": outputs["junit"]}
    assert job["artifacts"]["paths"] == [outputs["html"]]


def test_the_gitlab_job_runs_as_a_shell_would_run_it(repository: Path) -> None:
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("GitLab's job is for a POSIX shell")
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["stuvalid"]
    bin_ = repository.parent / "bin"
    bin_.mkdir()
    (bin_ / "stuvalid").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stuvalid "$@"\n')
    (bin_ / "stuvalid").chmod(0o755)
    done = subprocess.run(
        [shell, "-ec", job["script"][0]],
        cwd=repository,
        capture_output=True,
        check=False,
        timeout=900,
        env={
            **os.environ,
            **{name: str(value) for name, value in job["variables"].items()},
            "STUVALID_PATHS": "上报",
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        },
    )
    assert done.returncode == 1
    issues = json.loads((repository / "gl-code-quality-report.json").read_text(encoding="utf-8"))
    assert "上报/双塔西街 小学/学生基础信息.xlsx" in {issue["location"]["path"] for issue in issues}
    assert PRIVATE["name"] not in done.stdout.decode() + (repository / "stuvalid-junit.xml").read_text(encoding="utf-8")
