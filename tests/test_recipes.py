"""CONTRIBUTING.md is true: each recipe is followed to the letter in a copy of the tree, and does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.books import workbook

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


class Tree:
    """A copy of the program that may be changed."""

    def __init__(self, place: Path) -> None:
        self.place = place
        skipped = shutil.ignore_patterns("__pycache__", "*.tflite")
        for name in ("stuvalid", "scripts", "docs"):
            shutil.copytree(ROOT / name, place / name, ignore=skipped)

    def append(self, name: str, text: str) -> None:
        path = self.place / name
        path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")

    def insert(self, name: str, before: str, text: str) -> None:
        """One line of a table in the program: ``text`` before the first line that begins with ``before``."""
        path = self.place / name
        content = path.read_text(encoding="utf-8")
        assert content.count(before) >= 1, (name, before)
        path.write_text(content.replace(before, text + before, 1), encoding="utf-8")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.place,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(self.place), "PYTHONIOENCODING": "utf-8", "STUVALID_LANG": "zh"},
        )

    def stuvalid(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = self.python("-m", "stuvalid", *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def blocks(section: str, language: str) -> list[str]:
    text = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert text is not None
    return re.findall(rf"```{language}\n(.*?)```", text[1], re.DOTALL)


def test_every_recipe_is_followed() -> None:
    followed = {"A rule", "A code", "A form", "A report format", "A command", "A setting", "A file format"}
    assert set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == followed


def test_a_rule(tree: Tree) -> None:
    (text,) = blocks("A rule", "python")
    text = text.replace("FAM001", "FAM901").replace("no_guardian", "nobody_is_guardian")
    body = '\n    rows = table["member1.guardian"].is_any("否") & table["member2.guardian"].is_any("否")\n'
    text = text.replace(
        ": ...", f':{body}    return Hits(np.flatnonzero(rows), "member1.guardian") if rows.any() else None'
    )
    tree.append("stuvalid/rules/family.py", f"\n\n{text}")
    explained = tree.stuvalid("rules", "FAM901")
    assert "nobody_is_guardian" in explained.stdout and "没有一名成员填为监护人" in explained.stdout
    tried = tree.stuvalid("rules", "FAM901", "--check")
    assert (tried.returncode, "1 条规则，0 条" in tried.stdout) == (0, True), tried.stdout
    assert tree.python("scripts/make_rule_docs.py", "--check").returncode == 1
    assert tree.python("scripts/make_rule_docs.py").returncode == 0
    assert tree.python("scripts/make_rule_docs.py", "--check").returncode == 0
    assert "FAM901" in (tree.place / "docs" / "clauses.md").read_text(encoding="utf-8")


def test_a_code_and_a_list(tree: Tree) -> None:
    (text,) = blocks("A code", "csv")
    header, line = text.splitlines()
    path = tree.place / "stuvalid" / "codes" / "lists" / "ethnicity.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == header
    tree.append("stuvalid/codes/lists/ethnicity.csv", line.replace("01,汉族,汉", "88,试验族,试验") + "\n")
    tree.append("stuvalid/codes/lists/house.csv", f"{header}\n1,甲屋,,,,,校规\n")
    tree.insert("stuvalid/codes/lists.py", '    "sex": (', '    "house": ("宿舍", "House"),\n')
    assert "试验族" in tree.stuvalid("codes", "ethnicity", "试验").stdout
    assert re.search(r"house\s+宿舍", tree.stuvalid("codes").stdout)
    (tree.place / "一年级.xlsx").write_bytes(workbook([{"ethnicity": "试验"}]))
    report = json.loads(tree.stuvalid("check", "一年级.xlsx", "-f", "json").stdout)
    assert [(entry["rule"], entry["fix"]) for entry in report["findings"] if entry["field"] == "ethnicity"] == [
        ("COD002", {"value": "试验族", "safe": True})
    ]


def test_a_form_of_the_package(tree: Tree) -> None:
    text = blocks("A form", "toml")[0].replace("student-2022", "student-2030").replace("学生基本信息采集表", "新表")
    (tree.place / "stuvalid" / "forms" / "student-2030.toml").write_text(text, encoding="utf-8")
    assert "student-2030" in tree.stuvalid("templates").stdout
    assert tree.stuvalid("template", "student-2030").returncode == 0
    assert (tree.place / "student-2030.xlsx").exists()


def test_a_form_of_a_province(tmp_path: Path) -> None:
    """In TOML and csv alone: nothing of the program is touched."""
    from tests.program import stuvalid

    form, listed = blocks("A form", "toml")[1], blocks("A form", "csv")[0]
    (tmp_path / "province.toml").write_text(form, encoding="utf-8")
    (tmp_path / "travel.csv").write_text(listed, encoding="utf-8")
    path = tmp_path / "一年级.xlsx"
    changes = [
        {"travel": "走路", "bus_number": "", "sponsor.name": "欧阳震华"},
        {"travel": "校车", "bus_number": "", "sponsor.name": "欧阳震华１"},
    ]
    path.write_bytes(workbook(changes, form=str(tmp_path / "province.toml")))
    done = stuvalid("check", path, "-t", tmp_path / "province.toml", "-f", "json", "--no-cache", cwd=tmp_path)
    report = done.stdout.decode("utf-8")
    found = {(entry["rule"], entry["field"]) for entry in json.loads(report)["findings"]}
    assert {("COD002", "travel"), ("REQ002", "bus_number")} <= found
    assert any(field == "sponsor.name" for _, field in found)
    assert "震华" not in report


def test_a_report_format(tree: Tree) -> None:
    home = re.search(r"`WordedRun` \(`report/(\w+)\.py`\)", PAGE)
    assert home is not None
    tree.append(
        "stuvalid/report/tally.py",
        f"from collections.abc import Iterator\n\nfrom stuvalid.report.{home[1]} import WordedRun\n\n\n"
        "def render(run: WordedRun) -> Iterator[bytes]:\n"
        "    for finding in run.findings():\n"
        "        yield f'{finding.rule} {finding.message} {finding.value}\\n'.encode()\n"
        "    for entry in run.unchecked():\n"
        "        yield f'{entry.what}: {entry.why}\\n'.encode()\n",
    )
    tree.insert(
        "stuvalid/report/formats.py", '        "csv": Format(', '        "tally": Format("tally", (".tally",)),\n'
    )
    (tree.place / "一年级.xlsx").write_bytes(workbook([{"phone": "12345678"}, {"ethnicity": "汉"}]))
    done = tree.stuvalid("check", "一年级.xlsx", "-f", "tally", "-o", "report.tally")
    assert done.stdout == (tree.place / "report.tally").read_text(encoding="utf-8")
    assert "COD002" in done.stdout and "FMT01" in done.stdout and "12345678" not in done.stdout


def test_a_command(tree: Tree) -> None:
    (text,) = blocks("A command", "python")
    used = sorted(
        set(
            re.findall(
                r"\b(say|spread|Paths|Checking|Reporting|check_reporting|progress_bar|tell|deliver|exit_code)\b", text
            )
        )
    )
    homes = {name: _home(name) for name in used}
    imports = "".join(f"from {home} import {name}\n" for name, home in homes.items())
    tree.append("stuvalid/commands/count.py", f'"""``stuvalid count``."""\n\n{imports}\n{text}')
    tree.insert(
        "stuvalid/cli.py",
        '        "config": ("config"',
        '        "count": ("count", "数一数学生。", "Count the pupils."),\n',
    )
    cli = tree.place / "stuvalid" / "cli.py"
    cli.write_text(
        cli.read_text(encoding="utf-8").replace('("collect", "photos")', '("collect", "photos", "count")', 1),
        encoding="utf-8",
    )
    assert "数一数学生" in tree.stuvalid("--help").stdout
    (tree.place / "一年级.xlsx").write_bytes(workbook([{}, {}, {"ethnicity": "汉"}]))
    done = tree.stuvalid("count", "一年级.xlsx", "--select", "COD")
    assert (done.returncode, done.stderr.strip()) == (1, "3 名学生")
    assert "COD002" in done.stdout
    assert tree.stuvalid("count", "nowhere.xlsx").returncode == 2


def _home(name: str) -> str:
    """Which of the modules that CONTRIBUTING names for commands has it."""
    for module in ("stuvalid.commands.options", "stuvalid.commands.common", "stuvalid.language"):
        path = ROOT / f"{module.replace('.', '/')}.py"
        if re.search(rf"^(?:def|class) {name}\b|^{name}\s*[:=]", path.read_text(encoding="utf-8"), re.MULTILINE):
            return module
    raise AssertionError(f"{name} is in none of them")


def test_a_setting(tree: Tree) -> None:
    tree.insert(
        "stuvalid/config.py",
        '            Setting("language", "text"',
        '            Setting("verbose", "flag", False, "列出提示", "Show infos"),\n',
    )
    schema = tree.stuvalid("config", "--schema").stdout
    assert "verbose" in json.loads(schema)["properties"]
    assert schema != (tree.place / "stuvalid" / "schema" / "config-1.json").read_text(encoding="utf-8")
    (tree.place / "stuvalid.toml").write_text("verbos = true\n", encoding="utf-8")
    assert "verbose" in tree.stuvalid("config").stderr
    (tree.place / "stuvalid.toml").write_text("verbose = true\n", encoding="utf-8")
    (tree.place / "note.md").write_text("x", encoding="utf-8")
    (tree.place / "一年级.xlsx").write_bytes(workbook([{}]))
    assert "note.md" in tree.stuvalid("check", ".").stderr


READER = '''"""Tables with bars, as some old system writes them."""

from __future__ import annotations

from stuvalid.excel.grid import text_array
from stuvalid.excel.model import Limits, Sheet, Workbook
from stuvalid.excel.refusals import refusal


def read_bars(data: bytes, limits: Limits) -> Workbook:
    """A workbook of one sheet."""
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB")
    rows = [line.split("|") for line in data.decode("utf-8").splitlines()[1:]]
    columns = [text_array([row[at] for row in rows]) for at in range(len(rows[0]))]
    return Workbook("bars", [Sheet("bars", True, False, len(rows), len(columns), columns)])
'''


def test_a_file_format(tree: Tree) -> None:
    from stuvalid.forms import template
    from stuvalid.rules.examples import record

    tree.append("stuvalid/excel/bars.py", READER)
    tree.insert("stuvalid/excel/sniff.py", '    (b"%PDF-", "pdf"),', '    (b"#BARS", "bars"),\n')
    tree.insert("stuvalid/excel/sniff.py", '    "xlsx": frozenset(', '    "bars": frozenset({".bars"}),\n')
    tree.insert(
        "stuvalid/excel/reading.py",
        "    raise _no_workbook(kind)\n",
        '    if kind == "bars":\n        from stuvalid.excel.bars import read_bars\n\n'
        "        return read_bars(stream.read(), limits)\n",
    )
    form = template("student-2013")
    rows = [[entry.header for entry in form.fields]]
    rows += [list({**record(number, form), "ethnicity": "汉"}.values()) for number in range(2)]
    folder = tree.place / "收到"
    folder.mkdir()
    (folder / "一年级.bars").write_text("\n".join(["#BARS", *map("|".join, rows)]), encoding="utf-8")
    (folder / "wrong.xlsx").write_bytes((folder / "一年级.bars").read_bytes())
    report = json.loads(tree.stuvalid("check", "收到", "-f", "json", "--no-cache").stdout)
    assert [(file["format"], file["rows"]) for file in report["files"]] == [("bars", 2), ("bars", 2)]
    rules = [entry["rule"] for entry in report["findings"]]
    assert rules.count("COD002") == 4 and rules.count("TPL023") == 1
    done = tree.stuvalid("fix", "收到/一年级.bars", "-o", "改好.xlsx")
    assert done.returncode in (0, 1) and (tree.place / "改好.xlsx").read_bytes().startswith(b"PK")
    (folder / "broken.bars").write_bytes(b"#BARS\n")
    assert "broken.bars" in tree.stuvalid("check", "收到").stdout
