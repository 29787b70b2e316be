"""Running a function over many files in processes that may die: one poison file costs itself only.

The fast readers can be killed by a crafted file (memory, endless loops, a crash below Python), so untrusted
files are read in worker processes with a time and a memory limit. The parent never holds what the workers
import; it only sees pickled results.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Literal

from pebble import ProcessExpired, ProcessPool

_AHEAD = 2
"""Chunks scheduled per worker beyond what is running: keeps workers busy and the parent's memory small."""

_WAIT_SECONDS = 0.5  # a wait without an end cannot be interrupted by Ctrl-C on Windows
_REBUILDS = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result: its worker ``died``, it took too long, too much memory, or raised an ``error``."""

    kind: Literal["died", "timeout", "memory", "error"]
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the task with this index in the sequence given to `run`: a result or a failure."""

    index: int
    result: Any | None
    failure: Failure | None


def run(
    function: Callable[[list[Any]], list[Any]],
    tasks: Sequence[Any],
    *,
    workers: int,
    timeout: float,
    memory_bytes: int | None = None,
    chunk: int = 10,
    initializer: Callable[[], None] | None = None,
    start_method: str | None = None,
) -> Iterator[list[Outcome]]:
    """Call ``function`` with lists of at most ``chunk`` tasks in ``workers`` processes and yield outcomes as they come.

    ``function`` returns one result for each task of its list, in order; it, the tasks and the results must be
    picklable. ``timeout`` is how many seconds a single task may take. A chunk that altogether takes longer,
    raises, runs out of memory or loses its worker is run again task by task, so every failure names one task.
    ``memory_bytes`` bounds the data each worker may allocate where the system can do that (not on Windows and
    macOS). Closing the iterator, or Ctrl-C, stops the workers.
    """
    if workers < 1 or chunk < 1:
        raise ValueError("workers and chunk must be at least 1")
    start_method = start_method or ("fork" if sys.platform == "linux" else "spawn")
    job = _Job(function, tasks, timeout, _Setup(memory_bytes, initializer), workers, start_method)
    chunks = [list(range(start, min(start + chunk, len(tasks)))) for start in range(0, len(tasks), chunk)]
    return job.outcomes(chunks)


@dataclass(frozen=True, slots=True)
class _Setup:
    """How each worker prepares itself."""

    memory_bytes: int | None
    initializer: Callable[[], None] | None


@dataclass(slots=True)
class _Job:
    function: Callable[[list[Any]], list[Any]]
    tasks: Sequence[Any]
    timeout: float
    setup: _Setup
    workers: int
    start_method: str

    def outcomes(self, chunks: list[list[int]]) -> Iterator[list[Outcome]]:
        """Outcomes of all chunks; a pool that breaks down as a whole is built anew a few times."""
        waiting = chunks[::-1]
        rebuilds = 0
        while waiting:
            before = sum(map(len, waiting))
            yield from self._with_one_pool(waiting)
            if not waiting:
                return
            rebuilds = rebuilds + 1 if sum(map(len, waiting)) == before else 0
            if rebuilds == _REBUILDS:
                failure = Failure("died", "worker processes cannot be kept alive")
                yield [Outcome(index, None, failure) for indices in waiting for index in indices]
                return

    def _with_one_pool(self, waiting: list[list[int]]) -> Iterator[list[Outcome]]:
        """Work ``waiting`` off from its end; what a broken pool left unfinished is put back."""
        workers = min(self.workers, len(waiting))
        pool = ProcessPool(
            max_workers=workers,
            initializer=_prepare,
            initargs=(self.setup,),
            context=multiprocessing.get_context(self.start_method),
        )
        done: queue.SimpleQueue[tuple[list[int], Any]] = queue.SimpleQueue()
        running = 0
        lost: list[list[int]] = []
        try:
            while running or (waiting and not lost):
                while waiting and not lost and running < workers * _AHEAD:
                    running += self._schedule(pool, waiting.pop(), done, lost)
                if not running:
                    break
                indices, future = _next(done)
                running -= 1
                try:
                    answer = future.result()
                except BrokenProcessPool:
                    lost.append(indices)
                    continue
                except Exception as error:  # noqa: BLE001  (whatever a worker's end looks like, it is the task's)
                    answer = _failure_of(error, self.timeout)
                outcomes, again = self._judge(indices, answer)
                waiting += again
                if outcomes:
                    yield outcomes
        finally:
            waiting += lost
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _schedule(
        self,
        pool: ProcessPool,
        indices: list[int],
        done: queue.SimpleQueue[tuple[list[int], Any]],
        lost: list[list[int]],
    ) -> bool:
        try:
            future = pool.schedule(
                _work, args=(self.function, [self.tasks[index] for index in indices]), timeout=self.timeout
            )
        except RuntimeError:  # the pool is no longer active
            lost.append(indices)
            return False
        future.add_done_callback(lambda ended: done.put((indices, ended)))
        return True

    @staticmethod
    def _judge(indices: list[int], answer: bytes | Failure) -> tuple[list[Outcome], list[list[int]]]:
        """Outcomes, or the tasks to run again one by one."""
        if isinstance(answer, Failure):
            if len(indices) > 1:
                return [], [[index] for index in reversed(indices)]
            return [Outcome(indices[0], None, answer)], []
        results = pickle.loads(answer)
        return [Outcome(index, result, None) for index, result in zip(indices, results, strict=True)], []


def _next(done: queue.SimpleQueue[tuple[list[int], Any]]) -> tuple[list[int], Any]:
    while True:
        try:
            return done.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            continue


def _failure_of(error: Exception, timeout: float) -> Failure:
    if isinstance(error, TimeoutError):
        return Failure("timeout", f"{timeout:g} s")
    if isinstance(error, ProcessExpired):
        return Failure("died", _exit_text(error.exitcode))
    if isinstance(error, CancelledError):
        return Failure("died", "cancelled")
    return Failure("error", f"{type(error).__name__}: {error}")


def _exit_text(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


# What follows runs in the workers.

_setup_failure: list[Failure] = []


def _prepare(setup: _Setup) -> None:
    # The allocators Arrow brings keep freed memory for themselves, which would count against the limit.
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    try:
        if setup.memory_bytes is not None:
            _limit_memory(setup.memory_bytes)
        if setup.initializer is not None:
            setup.initializer()
    except Exception as error:  # noqa: BLE001  (a worker that leaves now would be replaced without end)
        _setup_failure.append(Failure("error", f"{type(error).__name__}: {error}"))


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    # RLIMIT_DATA counts what is really writable; RLIMIT_AS would also count libraries and thread stacks.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _work(function: Callable[[list[Any]], list[Any]], tasks: list[Any]) -> bytes | Failure:
    """The pickled results: pickled here, so that what cannot be is the task's failure and not the worker's."""
    if _setup_failure:
        return _setup_failure[0]
    try:
        results = function(tasks)
        if len(results) != len(tasks):
            return Failure("error", f"{len(results)} results for {len(tasks)} tasks")
        return pickle.dumps(results, pickle.HIGHEST_PROTOCOL)
    except MemoryError as error:
        return Failure("memory", str(error))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  (a Rust panic is no Exception)
        return Failure("error", f"{type(error).__name__}: {error}")
