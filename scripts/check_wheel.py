"""The wheel alone, on one or more interpreters: README's commands and the examples of docs/python.md, away from the tree.

python scripts/check_wheel.py [PYTHON ...] builds the wheel of this tree, and for each interpreter (this one by default)
makes a fresh environment with nothing but the wheel and what it declares, runs every ``console`` block of README.md and
every example of docs/python.md beside a copy of the samples, and says where the output differs. Needs a package index.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_EXAMPLE = re.compile(r"```pycon\n(.*?)```", re.DOTALL)
_RUN_EXAMPLES = (
    "import doctest, sys; "
    "test = doctest.DocTestParser().get_doctest(open('examples.txt', encoding='utf-8').read(), {}, 'python.md', None, 0); "
    "runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE); runner.run(test); "
    "sys.exit(runner.summarize(verbose=False).failed)"
)


def built(folder: Path) -> Path:
    """The wheel of this tree, built from a copy so that the tree stays clean."""
    tree = folder / "tree"
    shutil.copytree(ROOT / "stuvalid", tree / "stuvalid", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(tree)], check=True)
    return next(folder.glob("*.whl"))


def tried(python: str, wheel: Path, place: Path) -> list[str]:
    """What goes wrong with this interpreter."""
    shutil.copytree(ROOT / "samples", place / "samples", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    subprocess.run([python, "-m", "venv", str(place / "env")], check=True)
    programs = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([str(programs / "python"), "-m", "pip", "install", "-q", str(wheel)], check=True)
    return [*_commands(programs, place), *_examples(programs, place)]


def _commands(programs: Path, place: Path) -> list[str]:
    """README's commands whose output is another."""
    wrong = []
    for block in _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
            if not part.strip():
                continue
            line, _, expected = part.partition("\n")
            words = shlex.split(line[2:])
            done = subprocess.run(
                [str(programs / words[0]), *words[1:]],
                cwd=place,
                capture_output=True,
                check=False,
                env={**_clean(), "STUVALID_LANG": "zh", "PYTHONIOENCODING": "utf-8"},
            )
            got = done.stdout.decode("utf-8").strip("\n")
            if got != expected.strip("\n") or b"Traceback" in done.stderr:
                lines = difflib.unified_diff(expected.strip("\n").splitlines(), got.splitlines(), lineterm="", n=0)
                wrong.append("\n".join([line, *lines, done.stderr.decode("utf-8", "replace")]))
    return wrong


def _examples(programs: Path, place: Path) -> list[str]:
    """The examples of docs/python.md, run as one program."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    (place / "examples.txt").write_text("\n".join(_EXAMPLE.findall(page)), encoding="utf-8")
    done = subprocess.run(
        [str(programs / "python"), "-c", _RUN_EXAMPLES],
        cwd=place,
        capture_output=True,
        check=False,
        env={**_clean(), "PYTHONIOENCODING": "utf-8"},
    )
    return [done.stdout.decode("utf-8") + done.stderr.decode("utf-8")] if done.returncode else []


def _clean() -> dict[str, str]:
    """The environment without what would let the tree be found or the language be another."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "STUVALID_"))}


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = built(folder)
        for number, python in enumerate(sys.argv[1:] or [sys.executable]):
            version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.strip()
            place = folder / f"place{number}"
            place.mkdir()
            wrong = tried(python, wheel, place)
            print(f"{version}: {'ok' if not wrong else f'{len(wrong)} differ'}", flush=True)
            print("\n".join(wrong), end="\n" if wrong else "", flush=True)
            failed += bool(wrong)
            shutil.rmtree(place)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
