"""What is declared is used, what is used is declared, and the wheel holds everything the program reads."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DECLARED = [*PROJECT["dependencies"], *(one for name, words in EXTRAS.items() if name != "test" for one in words)]
NOT_INSTALLED = {"ai-edge-litert": "ai_edge_litert", "pillow-heif": "pillow_heif"}
RUN_AS_PROGRAMS = {"pytest-xdist", "mypy", "ruff", "import-linter", "setuptools"}
"""Of the test extra: used by configuration or as commands, not by an import; stubs are read by mypy."""


def distribution(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def modules_of(name: str) -> set[str]:
    """The modules a distribution brings."""
    known = {
        module for module, owners in packages_distributions().items() for one in owners if distribution(one) == name
    }
    return known or {NOT_INSTALLED.get(name, name)}


@cache
def imported(*folders: str) -> frozenset[str]:
    """Every module imported anywhere below these folders, first names only; ``import_module("x.y")`` counts, and
    ``files("x")``, which reads its data."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
                elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in ("import_module", "importorskip", "files"):
                        found.add(str(node.args[0].value).partition(".")[0])
    return frozenset(found)


@pytest.mark.parametrize("requirement", DECLARED)
def test_every_declared_dependency_is_imported(requirement: str) -> None:
    assert modules_of(distribution(requirement)) & imported("stuvalid")


@pytest.mark.parametrize("requirement", EXTRAS["test"])
def test_every_dependency_of_the_tests_is_used(requirement: str) -> None:
    name = distribution(requirement)
    if name not in RUN_AS_PROGRAMS and not name.startswith("types-") and not name.endswith("-stubs"):
        assert modules_of(name) & imported("tests", "benchmarks", "scripts", "samples", "stuvalid")


def test_every_import_is_declared() -> None:
    ours = {module for requirement in DECLARED for module in modules_of(distribution(requirement))}
    assert imported("stuvalid") - ours - set(sys.stdlib_module_names) - {"stuvalid"} == set()


def test_the_wheel_holds_every_file_the_program_reads(tmp_path: Path) -> None:
    pytest.importorskip("setuptools")
    tree, made = tmp_path / "tree", tmp_path / "made"
    made.mkdir()
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "stuvalid", tree / "stuvalid", ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    code = f"from setuptools.build_meta import build_wheel; build_wheel({str(made)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=tree, check=True, capture_output=True, timeout=900)
    (wheel,) = made.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("stuvalid/")}
    wanted = {path.relative_to(tree).as_posix() for path in (tree / "stuvalid").rglob("*") if path.is_file()}
    assert wanted - held == set()
    assert held - wanted == set()
