"""Calling the program: in this process, which costs little, or as a user's shell does, which shows that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stuvalid import workers
from stuvalid.check import conductor
from stuvalid.cli import app

Done = subprocess.CompletedProcess[bytes]
ROOT = Path(__file__).resolve().parents[1]


def stuvalid(
    *arguments: object, env: Mapping[str, str] | None = None, data: bytes | None = None, cwd: Path | None = None
) -> Done:
    """What ``stuvalid ARGUMENTS`` gives, run in this process and without workers; what no user may meet is raised."""
    words = [str(argument) for argument in arguments]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["stuvalid", *words])
        patch.setattr(workers, "run", _run_here)
        patch.setattr(conductor, "load_early", lambda: None)
        if cwd is not None:
            patch.chdir(cwd)
        done = CliRunner().invoke(app, words, env=dict(env or {}), input=data or b"", prog_name="stuvalid")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout_bytes, done.stderr_bytes)


def program(
    *arguments: object, env: Mapping[str, str] | None = None, data: bytes | None = None, cwd: Path | None = None
) -> Done:
    """The same as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "stuvalid", *map(str, arguments)],
        capture_output=True,
        check=False,
        input=data or b"",
        timeout=300,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )


def unfolded(done: Done) -> str:
    """What was printed, without the ends of its lines: where a line is folded depends on the tests' folder."""
    return done.stdout.decode().replace("\n", "")


def _run_here(
    function: Callable[[list[Any]], list[Any]],
    tasks: Sequence[Any],
    *,
    chunk: int = 10,
    meanwhile: Callable[[], None] | None = None,
    **_: Any,
) -> Iterator[list[workers.Outcome]]:
    """`stuvalid.workers.run` without processes: what a task raises is its failure."""
    if meanwhile is not None:
        meanwhile()
    for start in range(0, len(tasks), chunk):
        yield [_outcome(function, index, tasks[index]) for index in range(start, min(start + chunk, len(tasks)))]


def _outcome(function: Callable[[list[Any]], list[Any]], index: int, task: Any) -> workers.Outcome:
    try:
        return workers.Outcome(index, function([task])[0], None)
    except Exception as error:  # noqa: BLE001 - as a worker reports it
        return workers.Outcome(index, None, workers.Failure("error", f"{type(error).__name__}: {error}"))
