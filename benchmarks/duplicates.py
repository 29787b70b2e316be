"""How long matching takes for millions of pupils, and how much memory it needs; no workbook is read.

    python benchmarks/duplicates.py [MILLIONS …]

For each size: matching by number and by name, sex and birth date with one planted collision in 500 pupils;
hashing a million of them; writing, reading and matching files of hashed keys. Each line runs in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from stuvalid.duplicates.collisions import collisions
from stuvalid.duplicates.hashing import Hasher
from stuvalid.duplicates.keyfile import read_keys, write_keys
from stuvalid.duplicates.keysets import HashedKeys, SheetKeys
from stuvalid.duplicates.parties import Owners
from stuvalid.duplicates.people import Gathering, People

_SCHOOL = 1_000
_ONE_IN = 500
_SECRET = b"a secret of thirty-two characters"


def invented(count: int, *, hashed: bool = False) -> People:
    """``count`` pupils of schools of a thousand; one in 500 is another's double, one in 500 has no number."""
    draw = np.random.default_rng(1)
    numbers = draw.integers(11_0101_2008_0101_000, 65_9999_2019_1231_999, count)
    pupils = draw.integers(1, 2**62, count)
    doubles = count // _ONE_IN
    numbers[-doubles:] = numbers[:doubles]
    pupils[-doubles:] = pupils[:doubles]
    bare = np.zeros(count, dtype=np.bool_)
    bare[doubles : 2 * doubles] = True
    numbers[bare] = 0
    rest = draw.integers(1, 2**62, 1)[0] if hashed else None
    gathering = Gathering(Owners())
    for start in range(0, count, _SCHOOL):
        part = slice(start, min(start + _SCHOOL, count))
        size = part.stop - part.start
        second = None if rest is None else numbers[part] ^ rest
        keys = SheetKeys(
            "学生基础信息",
            12,
            1,
            np.arange(1, size + 1, dtype=np.int32),
            numbers[part],
            pupils[part],
            None if second is None else np.where(bare[part], 0, second),
            None if rest is None else pupils[part] ^ rest,
            bare[part],
            (f"21{14_000_000 + start // _SCHOOL}",),
            np.zeros(size, dtype=np.int32),
        )
        gathering.add_sheets(f"{start}.xlsx", f"{start:064x}", [keys], file=start // _SCHOOL, earlier=False)
    return gathering.people()


def match(count: int) -> str:
    """Matching in one run over workbooks."""
    people = invented(count)
    start = time.perf_counter()
    found = sum(1 for _ in collisions(people))
    return f"match {time.perf_counter() - start:6.2f} s, {found} collisions"


def hash_million(count: int) -> str:
    """Numbers and pupils to tags, in one process."""
    hasher = Hasher(_SECRET)
    texts = [b"%d" % number for number in range(11_0101_2008_0101_000, 11_0101_2008_0101_000 + 1_000_000)]
    start = time.perf_counter()
    hasher.numbers(texts)
    return f"hash 1 M {time.perf_counter() - start:6.2f} s"


def files(count: int) -> str:
    """Two counties' files of keys: write, read, match."""
    people = invented(count, hashed=True)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = Path(folder) / "keys.parquet"
        with path.open("wb") as stream:
            write_keys(people, Hasher(_SECRET).fingerprint, stream)
        written, size = time.perf_counter(), path.stat().st_size
        del people
        gathering = Gathering(Owners())
        started = time.perf_counter()
        keys: HashedKeys = read_keys(path)
        gathering.add_hashed(str(path), keys, file=0, earlier=False)
        whole = gathering.people()
        read = time.perf_counter()
        found = sum(1 for _ in collisions(whole))
        done = time.perf_counter()
    return (
        f"keys written {written - start:6.2f} s ({size >> 20} MiB), read {read - started:5.2f} s, "
        f"matched {done - read:5.2f} s, {found} collisions"
    )


def _measured(job: Callable[[int], str], count: int, answer: multiprocessing.SimpleQueue[str]) -> None:
    text = job(count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    answer.put(f"{text}, peak {peak} MiB")


def main() -> None:
    """Run every job for each size, each in a fresh process."""
    sizes = [round(float(word) * 1e6) for word in sys.argv[1:]] or [1_000_000, 10_000_000]
    context = multiprocessing.get_context("spawn")
    for count in sizes:
        for job in (match, files) if count != sizes[0] else (hash_million, match, files):
            answer = context.SimpleQueue()
            process = context.Process(target=_measured, args=(job, count, answer))
            process.start()
            process.join()
            told = "failed" if process.exitcode else answer.get()
            print(f"{count / 1e6:5.1f} M  {told}", flush=True)


if __name__ == "__main__":
    main()
