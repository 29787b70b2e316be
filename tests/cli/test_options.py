"""The command line itself: groups of options, settings as defaults, words in one language, errors in one sentence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from stuvalid import cli
from stuvalid.commands import options
from stuvalid.config import SETTINGS
from tests.books import workbook

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"\b[a-z]{2,} (?:[a-z]+ )?[a-z]{2,}\b")
NO_SENTENCE = re.compile(
    r"text line json html xlsx csv junit sarif github gitlab markdown|stuvalid codes \w+|(?:stuvalid|root) \w+|--[\w-]+ \S+"
)


def call(*arguments: str, lang: str = "zh") -> Any:
    return CliRunner().invoke(cli.app, [*arguments], env={"STUVALID_LANG": lang, "COLUMNS": "80"})


_EVERY_HELP = """
import json
from typer.testing import CliRunner
from stuvalid import cli
names = ["", *cli.COMMANDS]
pages = {name: CliRunner().invoke(cli.app, [*filter(None, [name]), "--help"]).stdout for name in names}
print(json.dumps(pages))
"""


@pytest.fixture(scope="module")
def pages() -> dict[str, dict[str, str]]:
    """The help of every command in each language; texts are made when a module is loaded, so one process a language."""
    return {
        lang: json.loads(
            subprocess.run(
                [sys.executable, "-c", _EVERY_HELP],
                env={**os.environ, "STUVALID_LANG": lang, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
                cwd=ROOT,
                capture_output=True,
                check=True,
            ).stdout
        )
        for lang in ("zh", "en")
    }


@pytest.mark.parametrize("name", ["", *cli.COMMANDS])
def test_help_speaks_one_language(name: str, pages: dict[str, dict[str, str]]) -> None:
    assert HAN.findall(pages["en"][name]) == []
    folded = " ".join(pages["zh"][name].split())
    assert ENGLISH.findall(NO_SENTENCE.sub("", folded)) == []
    assert "用法：" in folded


def test_every_command_stands_in_the_help_once() -> None:
    named = [name for _, _, names in cli._AUDIENCES for name in names]
    assert sorted(named) == sorted(cli.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "没有命令“chek”。是不是 check？"),
        (["check"], "少了参数 PATH...。"),
        (["check", "--sever", "x"], "没有选项 --sever。是不是 --select, --severity, --verbose？"),
        (["check", "x", "--per-rule"], "选项 --per-rule 后面要写出值。"),
        (["check", "x", "--per-rule", "y"], "--per-rule 不能是“y”。"),
        (["check", "x", "--per-rule", "-3"], "--per-rule 不能是 -3，范围是 x>=0。"),
        (["check", "x", "--lang", "fr"], "没有“fr”，可用 zh、en"),
        (["check", "x", "--exit-zero=1"], "选项 --exit-zero 后面不带值。"),
        (["template", "a", "b"], "多了参数：b。"),
        (["bundle", "x", "--level", "town"], "--level 不能是“town”，可用 school, county, city, province。"),
    ],
)  # the library's own English would stand there otherwise
def test_usage_errors_are_one_chinese_sentence(arguments: list[str], said: str) -> None:
    done = call(*arguments)
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
    assert ENGLISH.findall(NO_SENTENCE.sub("", done.stderr)) == []


def test_quiet_says_nothing_but_the_exit_code(tmp_path: Path) -> None:
    book = tmp_path / "a.xlsx"
    book.write_bytes(workbook([{"sex": "未知的性别"}]))
    done = call("check", str(book), "-q")
    assert (done.exit_code, done.stdout) == (1, "")


def test_version_has_a_short_name() -> None:
    assert call("-V").stdout == call("--version").stdout != ""


def test_a_setting_has_the_same_default_as_its_option() -> None:
    """What holds without a setting and without an option is said in both lists: they must agree."""
    known = {key.replace(".", "_"): setting.default for key, setting in SETTINGS.items()}
    seen = set()
    for name in cli.COMMANDS:
        for parameter in cli.command(name).params:
            if parameter.param_type_name == "option" and parameter.name in known:
                seen.add(parameter.name)
                nothing = (None, "", (), [], {})
                assert parameter.default == known[parameter.name] or (
                    parameter.default in nothing and known[parameter.name] in nothing
                ), (name, parameter.name)
    assert {"select", "severity", "template", "schools", "photos_spec", "deadlines_school", "archive"} <= seen


def test_an_option_wins_over_the_setting(tmp_path: Path) -> None:
    book = tmp_path / "a.xlsx"
    book.write_bytes(workbook([{"sex": "男生"}]))
    (tmp_path / "stuvalid.toml").write_text('ignore = ["COD"]\n[severity]\nIDN020 = "info"\n', encoding="utf-8")
    assert call("check", str(book), "-q").exit_code == 0
    assert call("check", str(book), "-q", "--ignore", "TPL").exit_code == 1


def test_the_recipe_for_a_command_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CONTRIBUTING's command, registered as it says, counts pupils, obeys settings and reports like the others."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = re.search(r"## A command.*?```python\n(.*?)```", text, re.DOTALL)
    assert recipe is not None
    module = ModuleType("stuvalid.commands.count")
    module.__dict__.update(options.__dict__)
    exec(
        "from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, tell", module.__dict__
    )
    exec(textwrap.dedent(recipe[1]), module.__dict__)
    monkeypatch.setitem(sys.modules, "stuvalid.commands.count", module)
    monkeypatch.setattr(cli, "COMMANDS", {**cli.COMMANDS, "count": ("count", "数一数学生。", "Count the pupils.")})
    book = tmp_path / "a.xlsx"
    book.write_bytes(workbook([{}] * 3))
    done = call("count", str(book), "--format", "csv")
    assert done.exit_code == 0, done.output
    assert "3 名学生" in done.stderr
    (tmp_path / "stuvalid.toml").write_text("nonsense = 1\n", encoding="utf-8")
    assert call("count", str(book)).exit_code == 2
