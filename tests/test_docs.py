"""The documents say what the program does: generated pages are current, commands and links exist."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stuvalid.cli import COMMANDS, command
from stuvalid.rules.registry import all_rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
_RULE_ID = re.compile(r"\b(?:TPL|CEL|REQ|COD|FMT|IDN|DAT|REG|ENR|FAM|SPE|DUP|PHO|PKG)\d{3}\b")
_COMMAND = re.compile(
    r"stuvalid (?:--lang en )?(check|fix|photos|bundle|verify|status|duplicates|diff|template|templates|rules|codes|config)\b([^\n`|]*)"
)
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_rule_docs", ROOT / "scripts" / "make_rule_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current(maker: ModuleType) -> None:
    for path, text in maker.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run scripts/make_rule_docs.py: {path.name} is stale"


def test_the_readme_shows_what_its_commands_print() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "write_readme_output.py"), "--check"], check=False, timeout=900
    )
    assert done.returncode == 0


def test_every_rule_is_documented(maker: ModuleType) -> None:
    text = maker.pages()[ROOT / "docs" / "rules.md"]
    assert [known for known in all_rules() if f"### {known} " not in text] == []


def test_catalogue_is_complete(maker: ModuleType) -> None:
    assert [clause["number"] for clause in maker.load_clauses()] == list(range(1, 145))


def test_every_item_is_enforced_or_explained(maker: ModuleType) -> None:
    enforced = maker.enforcing(all_rules())
    silent = [
        clause["number"]
        for clause in maker.load_clauses()
        if clause["number"] not in enforced and not clause.get("note", "").strip()
    ]
    assert silent == []


def test_rules_cite_items_that_exist(maker: ModuleType) -> None:
    numbers = {clause["number"] for clause in maker.load_clauses()}
    assert {item for known in all_rules().values() for item in known.items} <= numbers


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [match[1] for match in _LINK.finditer(page.read_text(encoding="utf-8")) if match[1]]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rule_ids_exist(page: Path) -> None:
    assert set(_RULE_ID.findall(page.read_text(encoding="utf-8"))) - set(all_rules()) == set()


def test_readme_uses_options_that_exist() -> None:
    commands = {name: command(name) for name in COMMANDS}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    used = [(match[1], option) for match in _COMMAND.finditer(text) for option in _OPTION.findall(match[2])]
    assert used
    known = {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in commands.items()
    }
    assert [(name, option) for name, option in used if option not in known[name]] == []


def test_readme_names_every_option_of_check() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    check = command("check")
    options = [max(parameter.opts, key=len) for parameter in check.params if parameter.opts[0].startswith("-")]
    assert [option for option in options if f"{option}" not in text] == []


def test_ci_runs_what_readme_names() -> None:
    command = ".venv/bin/python scripts/run_checks.py"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_page_on_the_registry_names_every_form_as_its_file_does() -> None:
    from stuvalid.forms import record_forms, templates

    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    lines = {
        line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `") and "deadlines." not in line
    }
    for form in (*templates(), *record_forms()):
        assert f"| {form.title} |" in lines[form.id]


def test_the_page_on_the_registry_names_every_deadline() -> None:
    from stuvalid.config import SETTINGS

    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    known = {setting.key for setting in SETTINGS.values() if setting.key.startswith("deadlines.")}
    assert known and set(re.findall(r"`(deadlines\.[a-z]+)`", page)) == known
