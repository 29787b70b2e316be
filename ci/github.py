#!/usr/bin/env python3
"""What the GitHub action does: install stuvalid, check once, annotate the change, append the summary.

Runs anywhere with Python 3.11 and nothing but its standard library; the inputs are environment variables, so
that no text of a workflow is ever read as code. Nothing it prints or writes shows an identity number or a name:
reports are masked whatever a ``stuvalid.toml`` in the repository says.
"""

from __future__ import annotations

import glob
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

OLDEST = (3, 11)
FAILED = 2
OPENS_DATA = ("--show-values", "--annotate")


def main() -> int:
    """The exit code of the check: 0 without errors, 1 with errors, 2 when it could not be done."""
    arguments = shlex.split(os.environ.get("STUVALID_ARGS", ""))
    if any(word.startswith(OPENS_DATA) for word in arguments):
        return _refuse(f"{' and '.join(OPENS_DATA)} would put pupils' data into a log or an artifact.")
    if sys.version_info < OLDEST:
        return _refuse(f"stuvalid needs Python {'.'.join(map(str, OLDEST))} or newer: use actions/setup-python first.")
    with tempfile.TemporaryDirectory(dir=os.environ.get("RUNNER_TEMP")) as folder:
        work = Path(folder)
        command = shlex.split(os.environ.get("STUVALID", "")) or _install(work / "stuvalid")
        summary = work / "summary.md"
        code = _check(command, arguments, summary)
        if summary.exists():
            _append("GITHUB_STEP_SUMMARY", summary.read_text(encoding="utf-8"))
    _append("GITHUB_OUTPUT", "".join(f"{name}={file}\n" for name, file in _reports().items() if Path(file).exists()))
    return code


def _refuse(why: str) -> int:
    print(f"::error title=stuvalid::{why}")
    return FAILED


def _reports() -> dict[str, str]:
    """The reports to be kept, by format; an input left empty wants none."""
    wanted = {name: os.environ.get(f"STUVALID_{name.upper()}", "").strip() for name in ("sarif", "html")}
    return {name: file for name, file in wanted.items() if file}


def _install(folder: Path) -> list[str]:
    """stuvalid in an environment of its own: the version asked for, else the one this script belongs to."""
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    version = os.environ.get("STUVALID_VERSION", "").strip()
    source = f"stuvalid=={version}" if version else str(Path(__file__).resolve().parents[1])
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", source], check=True)
    return [python, "-m", "stuvalid"]


def _paths() -> list[str]:
    """The paths to check, one a line; a pattern stands for the files it fits."""
    lines = [line.strip() for line in os.environ.get("STUVALID_PATHS", "").splitlines()]
    paths: list[str] = []
    for line in filter(None, lines):
        fitting = [] if Path(line).exists() else sorted(glob.glob(line, recursive=True))  # noqa: PTH207
        paths += fitting or [line]
    return paths or ["."]


def _check(command: list[str], arguments: list[str], summary: Path) -> int:
    outputs = {"markdown": str(summary), **_reports()}
    done = subprocess.run(
        [
            *command,
            "check",
            *arguments,
            "--mask-values",
            "--format",
            "github",
            *(f"--output={name}={file}" for name, file in outputs.items()),
            "--",
            *_paths(),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    _quote(done.stderr)
    return done.returncode


def _quote(said: bytes) -> None:
    """What was said besides the report, so that the name of a file in it cannot be a workflow command."""
    if said:
        token = secrets.token_hex(16)
        sys.stdout.flush()
        sys.stdout.buffer.write(b"::stop-commands::%b\n%b\n::%b::\n" % (token.encode(), said.rstrip(), token.encode()))
        sys.stdout.flush()


def _append(variable: str, text: str) -> None:
    """Add ``text`` to the file that the runner named, if there is a runner."""
    name = os.environ.get(variable)
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
