"""The action's script on a repository of submissions, and the files other systems read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stuvalid.report.formats import FORMATS
from tests.books import workbook

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "ci" / "github.sh"
PRIVATE = {"name": "欧阳修文", "phone": "1391234567", "home_address": "太原市迎泽区不存在的路9号"}

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs on bash")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository as a county would keep it: a folder a school, settings at the top."""
    submitted = tmp_path / "repository" / "上报"
    for name, changes in {
        "双塔西街小学": [PRIVATE, {"sex": "女"}, {"ethnicity": "汉"}],
        "青年路小学": [{}],
    }.items():
        (submitted / name).mkdir(parents=True)
        (submitted / name / "学生基础信息.xlsx").write_bytes(workbook(changes))
    (submitted.parent / "stuvalid.toml").write_text('[severity]\nCOD002 = "warning"\n', encoding="utf-8")
    return submitted.parent


def run(repository: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", str(SCRIPT)], cwd=repository, capture_output=True, check=False, timeout=120,
        env={
            **os.environ, "STUVALID": f"{sys.executable} -m stuvalid", "STUVALID_PATHS": "上报", "RUNNER_TEMP": str(repository.parent),
            "GITHUB_STEP_SUMMARY": str(repository.parent / "summary.md"), "GITHUB_OUTPUT": str(repository.parent / "output.txt"), **env,
        },
    )  # fmt: skip


def test_annotations_summary_reports_and_exit_code(repository: Path) -> None:
    done = run(repository)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    drawn = [line for line in lines if line.startswith("::")]
    assert any(
        line.startswith("::error file=上报/双塔西街小学/学生基础信息.xlsx,title=IDN020::学生基础信息!C3")
        for line in drawn
    )
    assert any(line.startswith("::warning") and "COD002" in line for line in drawn), (
        "the repository's settings hold"
    )
    summary = (repository.parent / "summary.md").read_text(encoding="utf-8")
    assert "IDN020" in summary
    assert "| 上报/青年路小学/学生基础信息.xlsx |" in summary
    assert "sarif=stuvalid.sarif" in (repository.parent / "output.txt").read_text(encoding="utf-8")
    assert json.loads((repository / "stuvalid.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (repository / "stuvalid.html").is_file()


def test_nothing_private_is_in_any_output(repository: Path) -> None:
    done = run(repository)
    written = [repository / "stuvalid.sarif", repository / "stuvalid.html", repository.parent / "summary.md"]
    text = (done.stdout + done.stderr).decode() + "".join(
        path.read_text(encoding="utf-8") for path in written
    )
    assert [secret for secret in PRIVATE.values() if secret in text] == []
    assert re.search(r"[0-9]{17}[0-9X]", text) is None


def test_what_would_open_the_data_is_refused(repository: Path) -> None:
    for argument in ("--show-values", "--annotate out.xlsx"):
        done = run(repository, STUVALID_ARGS=argument)
        assert done.returncode == 2
        assert not (repository / "stuvalid.sarif").exists()


def test_further_arguments_and_a_clean_repository(repository: Path) -> None:
    assert run(repository, STUVALID_ARGS="--exit-zero").returncode == 0
    assert run(repository, STUVALID_PATHS="上报/青年路小学").returncode == 0
    assert run(repository, STUVALID_PATHS="上报/nowhere").returncode == 2


def test_the_action_names_what_the_script_reads() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    step = action["runs"]["steps"][0]
    script = SCRIPT.read_text(encoding="utf-8")
    assert set(step["env"]) <= set(re.findall(r"STUVALID_[A-Z]+", script)) | {"STUVALID_LANG"}
    assert {re.search(r"inputs\.(\w+)", value)[1] for value in step["env"].values()} == set(action["inputs"])  # type: ignore[index]
    assert set(action["outputs"]) == set(re.findall(r'echo "(\w+)=', script))


def test_hooks_and_gitlab_name_what_exists() -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    assert hook["entry"].split()[:2] == ["stuvalid", "check"]
    assert re.search(hook["files"], "上报/学校.xlsx")
    assert not re.search(hook["files"], "README.md")
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["stuvalid"]
    outputs = dict(re.findall(r"--output (\w+)=(\S+)", job["script"][0]))
    assert set(outputs) <= set(FORMATS)
    assert job["artifacts"]["reports"]["codequality"] == outputs["gitlab"]
    assert job["artifacts"]["reports"]["junit"] == outputs["junit"]
