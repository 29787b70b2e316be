"""The package as a Python user meets it: light, typed, no name that hides another, no guard needed in a script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import stuvalid
from tests.books import workbook

ROOT = Path(__file__).resolve().parents[2]
CALLS = ("code_list", "list_forms", "mend", "read", "validate", "validate_photo")


def python(code: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code] if "\n" not in code else [sys.executable, "script.py"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_no_name_of_the_front_door_is_a_submodules() -> None:
    modules = {info.name.rpartition(".")[2] for info in walk_packages(stuvalid.__path__) if info.name.count(".") < 1}
    assert {"check", "codes", "forms", "report", "photos"} <= modules
    assert modules & set(stuvalid.__all__) == set()


def test_every_function_is_there_after_every_submodule_was_imported() -> None:
    """Whichever is imported first, the other must not vanish: a submodule becomes an attribute of the package."""
    code = (
        "import stuvalid, pkgutil, importlib\n"
        "for info in pkgutil.walk_packages(stuvalid.__path__, 'stuvalid.'):\n"
        "    if not info.name.endswith('__main__'): importlib.import_module(info.name)\n"
        "assert stuvalid.check.conductor and stuvalid.codes.lists\n"
        "print(len(stuvalid.code_list('sex')), len(stuvalid.list_forms()) > 4, stuvalid.validate(stuvalid.list_forms()).ok)\n"
        f"print(sorted(name for name in {CALLS!r} if callable(getattr(stuvalid, name))))\n"
    )
    (script := ROOT / "tests").exists()
    first, second = python(f"exec({code!r})", script.parent).splitlines()
    assert first == f"{len(stuvalid.code_list('sex'))} True False"
    assert second == str(sorted(CALLS))


@pytest.mark.parametrize("name", sorted(set(stuvalid.__all__) - {"__version__"}))
def test_every_name_is_documented(name: str) -> None:
    known = getattr(stuvalid, name)
    assert known.__doc__ and len(known.__doc__) > 20
    assert name in (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert name in dir(stuvalid)


def test_an_unknown_name_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError, match="validat"):
        stuvalid.validat  # noqa: B018
    with pytest.raises(AttributeError):
        import_module("stuvalid.rules").nothing  # noqa: B018


def test_importing_it_loads_nothing_heavy() -> None:
    loaded = json.loads(python("import json, sys, stuvalid; print(json.dumps(sorted(sys.modules)))", ROOT))
    heavy = {"pandas", "numpy", "pyarrow", "typer", "PIL", "stuvalid.frontdoor", "stuvalid.rules"}
    assert heavy & set(loaded) == set()


SCRIPT = """
import stuvalid
import pandas

print(stuvalid.read("一年级.xlsx").shape)
report = stuvalid.validate(".", select="COD")
print(report.ok, report.summary["errors"], list(report.findings["rule"]))
copy, changes = stuvalid.mend("一年级.xlsx")
print(list(changes["new"]))
"""


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    """Reading goes on in processes that begin anew, as pandas has threads; they must not run the script again."""
    (tmp_path / "一年级.xlsx").write_bytes(workbook([{"ethnicity": "汉"}, {}]))
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    columns = len(stuvalid.forms.template("student-2013").keys)
    assert python(SCRIPT, tmp_path).splitlines() == [f"(2, {columns})", "False 1 ['COD002']", "['汉族']"]


CONSUMER = """
from pathlib import Path

import pandas as pd
import stuvalid
from stuvalid.rules import Cell, Fault, Hits, Severity, Table, rule


def told(done: int, total: int) -> None: ...


frame: pd.DataFrame = stuvalid.read("school.xlsx", form="student-2013")
report: stuvalid.Report = stuvalid.validate([Path("a.xlsx"), "b.xlsx"], select=["IDN"], on_progress=told)
counts: dict[str, int] = report.summary
rows: int = len(report.findings.loc[report.findings["severity"] == "error"])
page: str = report.to_html() if not report.ok else report.to_json()
where: Path = report.write("report.html")
mended: pd.DataFrame = stuvalid.mend(frame).copy
copy, changes = stuvalid.mend("school.xlsx", unsafe=True)
written: Path = copy.write("mended.xlsx", force=True)
first: str = str(stuvalid.code_list("ethnicity").loc[0, "name"])
photo: stuvalid.PhotoReport = stuvalid.validate_photo(b"", faces=False)
fine: bool = photo.ok
try:
    stuvalid.read("nowhere.xlsx")
except stuvalid.UnreadableFile as error:
    reason: str = error.reason


@rule(
    "SX001", Severity.ERROR, scope="cell", fields=("postcode",), zh="错", en="wrong", mend="改", mend_en="mend",
    source="x", bad=[{"postcode": "1"}], good=[{}],
)
def postcode_elsewhere(cell: Cell) -> Fault | None:
    return None if cell.value.startswith("03") else Fault()


def nobody(table: Table) -> Hits | None:
    return None


wrong: int = stuvalid.validate("a.xlsx").ok.nothing
stuvalid.mend(3)
"""


def test_a_typed_program_can_use_it(tmp_path: Path) -> None:
    """Checked as mypy sees an installed package: the last two statements are wrong, and nothing else is."""
    (tmp_path / "consumer.py").write_text(CONSUMER, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-pyarrow.*]\nignore_missing_imports = True\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "consumer.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    lines = [line for line in done.stdout.splitlines() if ": error:" in line]
    at = CONSUMER.splitlines().index('wrong: int = stuvalid.validate("a.xlsx").ok.nothing') + 1
    assert [line.split(":")[1] for line in lines] == [str(at), str(at + 1)], done.stdout
    assert (ROOT / "stuvalid" / "py.typed").exists()
