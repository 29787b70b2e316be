"""The readers beside others for as long as one likes, and mutated files of every kind through the whole check.

python -m benchmarks.fuzzing [--seed 1] [--files 2000] [--mutants 2000] [--inputs FOLDER]

First: seeded workbooks, sound and damaged, read by us and by openpyxl, xlrd, pandas and python-calamine
(`tests/excel/differential.py`); a cell that two of them agree on and we read otherwise, without a note, is printed.
Then: ``--mutants`` files, made from seeds of every kind (and from the files of ``--inputs``), are checked in workers. No
file may crash a worker, hang, take over a gigabyte, or end with an internal error as its reason.
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from pathlib import Path

from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from tests.books import workbook
from tests.excel import differential
from tests.excel.test_kept_cells import FLAT, SPREADSHEETML, xls_stream

_BATCH = 200
_ONE_KIB = 1024
_INSIDE = 0.7
_OWN = 0.6  # of the mutants are made from the seeds, so that there are pupils to be checked
_LARGEST_INPUT = 1 << 20


def seeds() -> dict[str, bytes]:
    """One sound file of each kind."""
    rng = random.Random(1)
    book = workbook([{}] * 5)
    rows = "\r\n".join(",".join(f"{row}{col}中" for col in range(6)) for row in range(9))
    page = "<html><meta charset=gb2312><table><tr><td rowspan=2>一<td>二<tr><td>三</table></html>"
    mail = f"MIME-Version: 1.0\nContent-Type: text/html; charset=gb2312\n\n{page}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("一班/名册.xlsx", book)
    return {
        "xlsx": book,
        "inline.xlsx": differential.by_openpyxl(rng),
        "rich.xlsx": differential.by_xlsxwriter(rng),
        "xls": differential.by_xlwt(rng),
        "stream.xls": xls_stream(),
        "ods": differential.by_odfpy(rng),
        "fods": FLAT.encode(),
        "xml": SPREADSHEETML.encode(),
        "csv": rows.encode("gb18030"),
        "wide.csv": rows.encode("utf-16"),
        "html": page.encode("gb18030"),
        "mht": mail.encode("gb18030"),
        "zip": packed.getvalue(),
    }


def mutated(rng: random.Random, data: bytes) -> bytes:
    """A few bytes otherwise, lost or doubled, behind right checksums where the file is an archive."""
    with suppress(zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, KeyError, RuntimeError):
        if data[:2] == b"PK" and rng.random() < _INSIDE:
            return _changed_inside(rng, data)
    return _changed(rng, data)


def _changed_inside(rng: random.Random, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy:
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            content = source.read(name)
            copy.writestr(name, _changed(rng, content) if name == chosen else content)
    return stream.getvalue()


def _changed(rng: random.Random, data: bytes) -> bytes:
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(len(content)) if content else 0
        way = rng.randrange(6)
        if way == 0 and content:
            content[place] = rng.randrange(256)
        elif way == 1 and content:
            content[place] ^= 1 << rng.randrange(8)
        elif way == 2:
            del content[place : place + rng.randrange(1, 200)]
        elif way == 3:
            content[place:place] = content[rng.randrange(len(content) + 1) :][: rng.randrange(1, 200)]
        elif way == 4:
            content[place : place + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\x01\0\0\0"))
        else:
            del content[place:]
    return bytes(content)


def beside_others(seed: int, files: int) -> None:
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    for start in range(0, files, _BATCH):
        made = list(differential.made(seed + start, min(_BATCH, files - start)))
        hurt = [(label, differential.flipped(rng, data)) for label, data in made if "xlwt" not in label]
        for name, batch in (("sound", made), ("damaged", hurt)):
            outcome = differential.compared(batch)
            counts.update({f"{name} files": outcome.files, f"{name} cells": outcome.compared})
            counts.update({f"{name} refused": outcome.refused, f"{name} told": outcome.told})
            counts.update({f"{name} undecided": outcome.undecided, "WRONG": len(outcome.wrong)})
            for line in outcome.wrong[:20]:
                print(line)
    print(dict(counts))


def through_the_check(seed: int, mutants: int, inputs: list[Path]) -> None:
    rng = random.Random(seed)
    kinds = seeds() | {f"{number}{path.suffix}": path.read_bytes() for number, path in enumerate(inputs)}
    own, states = list(seeds()), Counter[str]()
    slowest = 0.0
    for start in range(0, mutants, _BATCH):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(min(_BATCH, mutants - start)):
                kind = rng.choice(own if rng.random() < _OWN else list(kinds))
                Path(folder, f"{number}.{kind}").write_bytes(mutated(rng, kinds[kind]))
            began = time.perf_counter()
            findings = check_paths([Path(folder)], CheckOptions(timeout=20.0))[0]
            slowest = max(slowest, time.perf_counter() - began)
            for report in findings.files:
                states[report.status] += 1
                crashed = report.rules.crashed
                if crashed or any(word in report.reason_en for word in ("crashed", "too long", "memory", "failed")):
                    states["INTERNAL"] += 1
                    kept = Path(tempfile.gettempdir(), f"stuvalid-fuzz-{start}-{Path(report.path).name}")
                    if Path(report.path).exists():
                        kept.write_bytes(Path(report.path).read_bytes())
                    print(report.path, report.reason_en, crashed, kept)
            states["files of the account"] += sum(entry.count for entry in findings.account())
    print(dict(states), f"slowest batch of {_BATCH}: {slowest:.1f} s")
    print(f"peak of any worker: {_peak_of_children() // _ONE_KIB} MiB")


def _peak_of_children() -> int:
    """In KiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--inputs", type=Path)
    options = parser.parse_args()
    given = sorted(options.inputs.iterdir()) if options.inputs else []
    beside_others(options.seed, options.files)
    small = [path for path in given if path.is_file() and path.stat().st_size < _LARGEST_INPUT]
    through_the_check(options.seed, options.mutants, small)


if __name__ == "__main__":
    main()
