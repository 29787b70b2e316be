"""How long `stuvalid bundle` takes beside checking, hashing and zipping the same files alone, and its memory.

    python benchmarks/bundling.py [--schools 100] [--pupils 1000] [--photos 20] [--rounds 3] [--keep FOLDER]

A round runs the parts (`stuvalid check`, `stuvalid photos`, SHA-256 and a stored zip of every file) and then the
bundle, each in a process of its own; ratios are taken within a round and the median is printed. Memory is the
highest sum of the proportional set sizes (PSS) of a process and its workers, sampled (Linux).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent.parent))

from samples.people import People
from stuvalid.forms import template
from tests.photos.portrait import Portrait, draw, jpeg

COUNTY = "140106"
_SAMPLE_SECONDS = 0.05


def write_school(task: tuple[Path, int, int, int]) -> None:
    """A school's workbook and photos as it would send them; valid, so that the bundle is not stopped."""
    folder, number, pupils, photos = task
    code = f"21140{number:05}"
    school = folder / f"{code}第{number}小学"
    (school / "照片").mkdir(parents=True)
    form = template("student-2013")
    book = xlsxwriter.Workbook(str(school / "学生基础信息.xlsx"), {"constant_memory": False})
    page = book.add_worksheet("学生基础信息")
    page.write_row(0, 0, [entry.header for entry in form.fields])
    names = []
    for row, record in enumerate(People(1000 + number, code).rows(form, pupils), 1):
        names.append(record["id_number"])
        for column, value in enumerate(record.values()):
            if value:
                page.write_string(row, column, value)
    book.close()
    for position in range(photos):
        picture = jpeg(draw(Portrait(seed=position, variant=position % 4)))
        (school / "照片" / f"{names[position]}.jpg").write_bytes(picture)


def make_county(folder: Path, schools: int, pupils: int, photos: int) -> None:
    """The county's folder, and the list of its schools beside it."""
    tasks = [(folder, number, pupils, photos) for number in range(1, schools + 1)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(write_school, tasks))
    lines = ["学校标识码,学校名称,县区代码,学生数"]
    lines += [f"21140{number:05},第{number}小学,{COUNTY},{pupils}" for number in range(1, schools + 1)]
    folder.with_name("schools.csv").write_text("\n".join(lines), encoding="utf-8")


def hash_and_zip(folder: Path, target: Path) -> None:
    """Every file hashed, and stored in one zip: what must be done to any package."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                hashlib.sha256(path.read_bytes()).hexdigest()
                archive.write(path, path.relative_to(folder))
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def run(*arguments: str) -> tuple[float, float]:
    """Seconds and peak MB of PSS of ``python -m stuvalid`` with these arguments and its workers."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "stuvalid", *arguments], stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(_SAMPLE_SECONDS)
    return time.perf_counter() - start, peak / 1024


def _memory(pid: int) -> int:
    """KB of a process and its children; 0 where there is no /proc."""
    total = 0
    for one in (pid, *_children(pid)):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
    return found


@contextmanager
def county_in(kept: Path | None, schools: int, pupils: int, photos: int) -> Iterator[Path]:
    """The county's folder: made in a temporary place, or once in ``kept``."""
    with tempfile.TemporaryDirectory() as name:
        place = kept or Path(name)
        folder = place / "received"
        if not folder.is_dir():
            make_county(folder, schools, pupils, photos)
        yield folder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=100)
    parser.add_argument("--pupils", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="make the county here once, and use it again")
    given = parser.parse_args()
    workers = ["-j", str(given.workers)]
    ratios, bare, peaks = [], [], []
    with county_in(given.keep, given.schools, given.pupils, given.photos) as folder:
        out = folder.with_name("out")
        command = [
            "bundle",
            str(folder),
            "--schools",
            str(folder.with_name("schools.csv")),
            "--county",
            COUNTY,
            "--allow-errors",
            *workers,
        ]
        for _ in range(given.rounds):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            check, check_memory = run("check", str(folder), "--no-cache", *workers)
            photos, _ = run("photos", str(folder), *workers) if given.photos else (0.0, 0.0)
            start = time.perf_counter()
            hash_and_zip(folder, out / "bare.zip")
            packing = time.perf_counter() - start
            with_photos, peak = run(*command, "-o", str(out / "full"))
            without, peak_without = run(*command, "-o", str(out / "bare"), "--no-photos")
            ratios.append(with_photos / (check + photos + packing))
            bare.append(without / (check + packing))
            peaks.append(max(peak, peak_without))
            print(
                f"check {check:.1f} s ({check_memory:.0f} MB), photos {photos:.1f} s, hash+zip {packing:.1f} s; "
                f"bundle {with_photos:.1f} s ({peak:.0f} MB), --no-photos {without:.1f} s ({peak_without:.0f} MB)"
            )
    print(f"bundle / (check + photos + hash and zip): {statistics.median(ratios):.2f}")
    print(f"bundle --no-photos / (check + hash and zip): {statistics.median(bare):.2f}")
    print(f"peak memory: {max(peaks):.0f} MB")


if __name__ == "__main__":
    main()
