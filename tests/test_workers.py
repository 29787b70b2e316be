"""Workers that die, hang, swell or raise cost the task that did it and nothing else."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from stuvalid.workers import Failure, Outcome, run

POISON = "poison"


def double(tasks: list[int]) -> list[int]:
    return [task * 2 for task in tasks]


def die(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        os._exit(7)
    return tasks


def abort(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        faulthandler.disable()  # pytest's would print the stack of an end that is meant
        os.abort()
    return tasks


def hang(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        with Path(os.environ["STUVALID_TEST_LOG"]).open("a") as log:
            log.write("hanging\n")
        time.sleep(600)
    return tasks


def swell(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        return [bytearray(4 << 30)]
    return tasks


def raise_error(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        raise ValueError("no good")
    return tasks


class Panic(BaseException):
    """As native readers raise it: no Exception."""


def panic(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        raise Panic("native")
    return tasks


def unpicklable(tasks: list[object]) -> list[object]:
    if POISON in tasks:
        return [lambda: None]
    return tasks


def short_answer(tasks: list[object]) -> list[object]:
    return tasks[:-1] if POISON in tasks else tasks


def process_ids(tasks: list[int]) -> list[int]:
    time.sleep(0.05)
    return [os.getpid()] * len(tasks)


def mark(tasks: list[object]) -> list[object]:
    return [os.environ.get("STUVALID_TEST_MARK")] * len(tasks)


def set_mark() -> None:
    os.environ["STUVALID_TEST_MARK"] = "set"


def fail_to_start() -> None:
    raise RuntimeError("no licence")


def collected(outcomes: object) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for batch in outcomes:  # type: ignore[attr-defined]
        for outcome in batch:
            assert outcome.index not in found
            found[outcome.index] = outcome
    return found


def test_every_task_gets_its_result() -> None:
    found = collected(run(double, range(53), workers=2, timeout=600))
    assert {index: outcome.result for index, outcome in found.items()} == {i: i * 2 for i in range(53)}
    assert all(outcome.failure is None for outcome in found.values())


def test_no_tasks_no_outcomes() -> None:
    assert list(run(double, [], workers=2, timeout=600)) == []


def test_chunks_are_yielded_as_lists() -> None:
    sizes = sorted(len(batch) for batch in run(double, range(25), workers=1, timeout=600, chunk=10))
    assert sizes == [5, 10, 10]


def test_several_processes_share_the_work() -> None:
    found = collected(run(process_ids, range(20), workers=2, timeout=600, chunk=1))
    ids = {outcome.result for outcome in found.values()}
    assert len(ids) == 2
    assert os.getpid() not in ids


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
@pytest.mark.parametrize(
    ("function", "kind", "detail"),
    [
        (die, "died", "exit code 7"),
        (abort, "died", "SIGABRT"),
        (swell, "memory", ""),
        (raise_error, "error", "ValueError: no good"),
        (panic, "error", "Panic: native"),
        (unpicklable, "error", ""),
        (short_answer, "error", "0 results for 1 tasks"),
    ],
)
def test_a_poison_task_costs_itself_only(function: object, kind: str, detail: str, start_method: str) -> None:
    tasks: list[object] = list(range(30))
    tasks[17] = POISON
    found = collected(
        run(function, tasks, workers=2, timeout=600, memory_bytes=2 << 30, start_method=start_method)  # type: ignore[arg-type]
    )
    assert sorted(found) == list(range(30))
    failure = found.pop(17).failure
    assert failure is not None
    assert failure.kind == kind
    assert detail in failure.detail
    assert all(outcome.failure is None and outcome.result == index for index, outcome in found.items())


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_task_that_hangs_costs_itself_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_method: str
) -> None:
    """The clock leaps when the task has begun to hang and stands still otherwise, however busy the machine."""
    from stuvalid import workers

    log = tmp_path / "log"
    log.touch()
    now, seen = 0.0, 0
    polled = workers.wait

    def wait(pipes: object, seconds: float) -> object:
        nonlocal now, seen
        while not (ready := polled(pipes, 0.05)):  # type: ignore[arg-type]
            if len(log.read_text().split()) > seen:
                seen, now = seen + 1, now + 1_000.0
                break
        return ready

    monkeypatch.setenv("STUVALID_TEST_LOG", str(log))
    monkeypatch.setattr(workers, "wait", wait)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: now))
    tasks: list[object] = [*range(5), POISON, *range(6, 9)]
    found = collected(run(hang, tasks, workers=1, timeout=1, chunk=4, start_method=start_method))
    assert found.pop(5).failure == Failure("timeout", "1 s")
    assert {index: outcome.result for index, outcome in found.items()} == {n: n for n in range(9) if n != 5}


def test_many_poison_tasks() -> None:
    """Workers that die at once are neither overlooked nor is another task blamed."""
    tasks = [POISON if index % 3 == 0 else index for index in range(90)]
    found = collected(run(die, tasks, workers=2, timeout=600, chunk=4))
    assert {index for index, outcome in found.items() if outcome.failure} == set(range(0, 90, 3))
    assert {outcome.failure for outcome in found.values()} == {None, Failure("died", "exit code 7")}
    assert len(found) == 90


def test_large_tasks_and_results_do_not_block_each_other() -> None:
    tasks = [bytes([number]) * (1 << 20) for number in range(12)]
    found = collected(run(list, tasks, workers=2, timeout=600, chunk=2))
    assert [found[index].result for index in range(12)] == tasks


def test_a_slow_consumer_is_no_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered while nobody listened is taken, however late: the clock leaps when the pipe holds an answer."""
    from stuvalid import workers

    now = 0.0
    polled = workers.wait

    def wait(pipes: object, seconds: float) -> object:
        nonlocal now
        ready = polled(pipes, 60)  # type: ignore[arg-type]
        now += 100.0
        return ready

    monkeypatch.setattr(workers, "wait", wait)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: now))
    failures = [outcome.failure for batch in run(double, range(8), workers=1, timeout=1, chunk=1) for outcome in batch]
    assert failures == [None] * 8


def test_initializer_runs_in_the_worker_only() -> None:
    found = collected(run(mark, [1], workers=1, timeout=600, initializer=set_mark))
    assert found[0].result == "set"
    assert "STUVALID_TEST_MARK" not in os.environ


def test_failing_initializer_is_told() -> None:
    found = collected(run(double, [1, 2], workers=1, timeout=600, initializer=fail_to_start))
    assert [outcome.failure for outcome in found.values()] == [Failure("error", "RuntimeError: no licence")] * 2


def test_spawned_workers() -> None:
    tasks = [1, POISON, 3]
    found = collected(run(die, tasks, workers=1, timeout=600, start_method="spawn"))
    assert [found[index].result for index in range(3)] == [1, None, 3]
    assert found[1].failure == Failure("died", "exit code 7")


def test_closing_early_leaves_no_process() -> None:
    outcomes = run(process_ids, range(400), workers=2, timeout=600, chunk=1)
    (first,) = next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert not _alive(first.result)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("workers", "chunk"), [(0, 1), (1, 0)])
def test_senseless_numbers_are_refused(workers: int, chunk: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        run(double, [1], workers=workers, timeout=1, chunk=chunk)


def test_the_parent_imports_nothing_heavy() -> None:
    code = "import sys, stuvalid.workers; sys.exit(any(m in sys.modules for m in ('pyarrow', 'numpy', 'pandas')))"
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_ends_parent_and_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from stuvalid.workers import run

            def slow(tasks):
                with open(sys.argv[1], "a") as file:
                    file.write(f"{os.getpid()}\\n")
                time.sleep(600)
                return tasks

            if __name__ == "__main__":
                try:
                    list(run(slow, range(4), workers=2, timeout=600, chunk=1))
                except KeyboardInterrupt:
                    sys.exit(130)
            """
        )
    )
    log = tmp_path / "pids"
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    parent = subprocess.Popen(
        [sys.executable, str(script), str(log)], env=environment, stderr=subprocess.PIPE, text=True
    )
    with parent:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and (not log.exists() or len(log.read_text().split()) < 2):
            time.sleep(0.05)
        parent.send_signal(signal.SIGINT)
        _, errors = parent.communicate(timeout=300)
    assert parent.returncode == 130
    assert "Traceback" not in errors
    assert not any(_alive(int(pid)) for pid in log.read_text().split())
