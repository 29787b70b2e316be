"""Running a function over many files in processes that may die: one poison file costs itself only.

A crafted file can kill its reader (memory, endless loops, a crash below Python), so untrusted files are read
in worker processes with a time and a memory limit. The parent never holds what the workers import; it only
sees pickled results.

Each worker has a pipe of its own, so it is always known which task a worker died of. Pools with a common queue
(concurrent.futures, pebble) lose or blame the wrong task when a worker dies at once.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, Literal, cast

from stuvalid.findings.masking import mask_crash

_AHEAD = 2
"""Chunks a worker is given at a time, so that it need not wait for the parent after the first."""

_AHEAD_BYTES = 4096
"""A larger chunk is only given to an idle worker: it might not fit into the pipe, and each would wait for the other."""

_afresh: list[bool] = []
"""Not empty while `starting_afresh` holds."""

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""How workers come about unless a call says otherwise; what runs under ``spawn`` runs on Windows."""

_WAIT_SECONDS = 0.5  # a wait without an end cannot be interrupted by Ctrl-C on Windows
_DONE, _FAILED = b"\x00", b"\x01"


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


@contextmanager
def starting_afresh() -> Iterator[None]:
    """Let workers begin as new processes rather than as copies of this one, which may hold threads and locks."""
    _afresh.append(True)
    try:
        yield
    finally:
        _afresh.pop()


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
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[list[Outcome]]:
    """Call ``function`` with lists of at most ``chunk`` tasks in ``workers`` processes and yield outcomes as they come.

    ``function`` returns one result for each task of its list, in order; it, the tasks and the results must be
    picklable. ``timeout`` is how many seconds a single task may take. A chunk that altogether takes longer,
    raises, runs out of memory or loses its worker is run again task by task, so every failure names one task.
    ``memory_bytes`` bounds the data of each worker, what it inherits by forking included; only Linux enforces it.
    ``meanwhile`` is called once in the parent when the workers are at work. Closing the iterator, or Ctrl-C,
    stops the workers.

    The parent should not have loaded Arrow or other libraries with threads: forking (the default on Linux,
    "spawn" elsewhere) does not carry threads over.
    """
    if workers < 1 or chunk < 1:
        raise ValueError("workers and chunk must be at least 1")
    start_method = start_method or ("spawn" if _afresh else START_METHOD)
    setup = _Setup(function, memory_bytes, initializer)
    chunks = [list(range(start, min(start + chunk, len(tasks)))) for start in range(0, len(tasks), chunk)]
    return _Pool(tasks, setup, workers, timeout, start_method, deque(chunks)).outcomes(meanwhile)


@dataclass(frozen=True, slots=True)
class _Setup:
    """What a worker is and does."""

    function: Callable[[list[Any]], list[Any]]
    memory_bytes: int | None
    initializer: Callable[[], None] | None


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the parent's end of its pipe and the chunks it was given, the first of which it works on."""

    process: BaseProcess
    pipe: Connection
    given: deque[list[int]] = field(default_factory=deque)
    deadline: float = 0.0


@dataclass(slots=True)
class _Pool:
    tasks: Sequence[Any]
    setup: _Setup
    size: int
    timeout: float
    start_method: str
    waiting: deque[list[int]]
    workers: list[_Worker] = field(default_factory=list)

    def outcomes(self, meanwhile: Callable[[], None] | None) -> Iterator[list[Outcome]]:
        """Give out what is waiting and yield what comes back until nothing is left."""
        try:
            self._give()
            if meanwhile is not None:
                meanwhile()
            while self.waiting or any(worker.given for worker in self.workers):
                self._give()
                for worker in self._ready():
                    outcomes = self._receive(worker)
                    if outcomes:
                        yield outcomes
                for worker in [late for late in self.workers if late.given and late.deadline < time.monotonic()]:
                    if not worker.pipe.poll():
                        outcomes = self._lose(worker, Failure("timeout", f"{self.timeout:g} s"))
                        if outcomes:
                            yield outcomes
        finally:
            for worker in list(self.workers):
                self._remove(worker)

    def _give(self) -> None:
        """Every worker one chunk, then every worker another."""
        for depth in range(_AHEAD):
            while self.waiting and len(self.workers) < self.size and depth == 0:
                self._start_worker()
            for worker in list(self.workers):
                if self.waiting and len(worker.given) == depth:
                    self._give_to(worker)

    def _give_to(self, worker: _Worker) -> None:
        indices = self.waiting[0]
        payload = pickle.dumps([self.tasks[index] for index in indices], pickle.HIGHEST_PROTOCOL)
        if worker.given and len(payload) > _AHEAD_BYTES:
            return
        try:
            worker.pipe.send_bytes(payload)
        except OSError:  # it died idle, or of the chunk before, which the pipe's end will tell
            if not worker.given:
                self._remove(worker)
            return
        if not worker.given:
            worker.deadline = time.monotonic() + self.timeout
        worker.given.append(self.waiting.popleft())

    def _start_worker(self) -> None:
        context: Any = multiprocessing.get_context(self.start_method)
        ours, theirs = context.Pipe()
        # A forked worker inherits the parent's ends; it would keep them open after the parent's death.
        inherited = [ours, *(worker.pipe for worker in self.workers)] if self.start_method == "fork" else []
        process = context.Process(target=_serve, args=(theirs, self.setup, inherited), daemon=True)
        with nullcontext() if self.start_method == "fork" else _without_main():
            process.start()
        theirs.close()
        self.workers.append(_Worker(process, ours))

    def _ready(self) -> list[_Worker]:
        """Workers that have answered or died, after a wait no longer than the next deadline."""
        busy = {worker.pipe: worker for worker in self.workers if worker.given}
        if not busy:
            return []
        next_deadline = min(worker.deadline for worker in busy.values())
        seconds = min(max(next_deadline - time.monotonic(), 0.0), _WAIT_SECONDS)
        return [busy[cast(Connection, pipe)] for pipe in wait(list(busy), seconds)]

    def _receive(self, worker: _Worker) -> list[Outcome]:
        try:
            message = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            worker.process.join()
            return self._lose(worker, Failure("died", _exit_text(worker.process.exitcode)))
        indices = worker.given.popleft()
        worker.deadline = time.monotonic() + self.timeout
        answer = pickle.loads(message[1:])
        if message[:1] == _FAILED:
            return self._judge(indices, answer)
        return [Outcome(index, result, None) for index, result in zip(indices, answer, strict=True)]

    def _lose(self, worker: _Worker, failure: Failure) -> list[Outcome]:
        """Remove a worker; what it was working on is to blame, what it had not begun goes back."""
        indices = worker.given.popleft()
        self.waiting.extendleft(reversed(worker.given))
        self._remove(worker)
        return self._judge(indices, failure)

    def _judge(self, indices: list[int], failure: Failure) -> list[Outcome]:
        """The failure of a single task; the tasks of a failed chunk wait to be run one by one."""
        if len(indices) == 1:
            return [Outcome(indices[0], None, failure)]
        self.waiting.extendleft([index] for index in reversed(indices))
        return []

    def _remove(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.kill()
        worker.process.join()


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program's main module: a new process would run a user's script again, which calls us again.

    Nothing that is given to a worker is defined there.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _exit_text(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


# What follows runs in the workers.


def _serve(pipe: Connection, setup: _Setup, inherited: list[Connection]) -> None:
    """Answer chunks until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for other in inherited:
        other.close()
    failure = _prepare(setup)
    try:
        while True:
            tasks = pipe.recv_bytes()
            pipe.send_bytes(_work(setup.function, tasks) if failure is None else _failed(failure))
    except (EOFError, OSError):
        return  # the parent has closed the pipe, or is gone


def _prepare(setup: _Setup) -> Failure | None:
    # The allocators Arrow brings keep freed memory for themselves, which would count against the limit.
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    try:
        if setup.memory_bytes is not None:
            _limit_memory(setup.memory_bytes)
        if setup.initializer is not None:
            setup.initializer()
    except Exception as error:  # noqa: BLE001  (every task shall say why there are no workers)
        return Failure("error", mask_crash(error))
    return None


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform != "linux":
        return
    import resource

    # RLIMIT_DATA counts what is really writable; RLIMIT_AS would also count libraries and thread stacks.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _work(function: Callable[[list[Any]], list[Any]], pickled: bytes) -> bytes:
    """The answer to a chunk. Results that cannot be pickled are a failure of the task, not of the worker."""
    try:
        tasks = pickle.loads(pickled)
        results = function(tasks)
        if len(results) != len(tasks):
            return _failed(Failure("error", f"{len(results)} results for {len(tasks)} tasks"))
        return _DONE + pickle.dumps(results, pickle.HIGHEST_PROTOCOL)
    except MemoryError as error:
        return _failed(Failure("memory", str(error)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  (a Rust panic is no Exception)
        return _failed(Failure("error", mask_crash(error)))


def _failed(failure: Failure) -> bytes:
    return _FAILED + pickle.dumps(failure)
