"""How long `stuvalid check` takes, as ratios to the raw reading of the same files (R) within one run.

    python benchmarks/checking.py [--schools 100] [--rounds 5]

R is ``fastexcel.read_excel(f).load_sheet(0, dtypes="string").to_arrow()``. Rounds alternate, each ratio is taken
within its round, the median is printed: absolute times drift with the machine, ratios do not.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import fastexcel
import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent.parent))

from samples.people import People
from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template

ROWS = 1000
SOME, MANY = 10_000, 100_000
FAULTY = 5  # one record in this many carries a mistake
_RAW = (
    "import sys, fastexcel, pathlib\n"
    "from concurrent.futures import ThreadPoolExecutor\n"
    "def raw(f): fastexcel.read_excel(f).load_sheet(0, dtypes='string').to_arrow()\n"
    "with ThreadPoolExecutor(int(sys.argv[2])) as pool:\n"
    "    list(pool.map(raw, sorted(pathlib.Path(sys.argv[1]).glob('*.xlsx'))))\n"
)


def write_school(path: Path, seed: int, *, numeric: bool = False, rows: int = ROWS) -> None:
    form = template("student-2013")
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet("学生基础信息")
    for column, entry in enumerate(form.fields):
        page.write_string(0, column, entry.header)
    for row, record in enumerate(People(seed).rows(form, rows), 1):
        if row % FAULTY == 0:
            record["ethnicity"], record["phone"] = "汉", record["phone"][:10]
        for column, (key, value) in enumerate(record.items()):
            if numeric and key in ("school_code", "birth_date", "class_code", "enrolment_month", "postcode", "phone"):
                page.write_number(row, column, float(value))
            elif value:
                page.write_string(row, column, value)
    book.close()


def raw(path: Path) -> None:
    fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_arrow()


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(name: str, ours: Callable[[], object], base: Callable[[], object], rounds: int) -> None:
    """Print the median of ours/base over ``rounds`` alternating rounds after one that is not counted."""
    ratios, bases = [], []
    for number in range(rounds + 1):
        first, second = seconds(base), seconds(ours)
        if number:
            ratios.append(second / first)
            bases.append(first)
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    print(f"{name:<46} {statistics.median(ratios):6.2f}  ({spread}), base {1000 * statistics.median(bases):.0f} ms")


def process(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], capture_output=True, check=False)


def growth(folder: Path, rounds: int) -> None:
    """Time per row at 100,000 rows over time per row at 10,000, and the largest process of either."""
    for rows in (SOME, MANY):
        write_school(folder / f"{rows}.xlsx", 4, rows=rows)
    check = [
        process("-m", "stuvalid", "check", str(folder / f"{rows}.xlsx"), "-j", "1", "--no-cache")
        for rows in (SOME, MANY)
    ]
    ratios = [seconds(check[1]) / seconds(check[0]) * SOME / MANY for _ in range(min(rounds, 3))]
    print(f"{'time per row, 100,000 rows / 10,000 rows':<46} {statistics.median(ratios):6.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'largest process so far, MiB':<46} {peak:6.0f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text, numeric = folder / "text.xlsx", folder / "numeric.xlsx"
        write_school(text, 1)
        write_school(numeric, 2, numeric=True)
        county = folder / "county"
        county.mkdir()
        for school in range(given.schools):
            write_school(county / f"{school:03}.xlsx", 100 + school)
        here = CheckOptions(isolated=False)
        compare("one school, in process / R", lambda: check_paths([text], here), lambda: raw(text), given.rounds * 3)
        compare(
            "numeric cells, in process / R",
            lambda: check_paths([numeric], here),
            lambda: raw(numeric),
            given.rounds * 3,
        )
        for workers in (1, 2):
            compare(
                f"county of {given.schools}, whole process, {workers} worker(s) / R",
                process("-m", "stuvalid", "check", str(county), "-j", str(workers), "--no-cache"),
                process("-c", _RAW, str(county), str(workers)),
                given.rounds,
            )
        compare(
            "--help / import typer, rich.console",
            process("-m", "stuvalid", "--help"),
            process("-c", "import typer, rich.console"),
            given.rounds,
        )
        growth(folder, given.rounds)
        write_school(folder / "class.xlsx", 3, rows=40)
        compare(
            "class of 40 / import typer, rich.console, pandas",
            process("-m", "stuvalid", "check", str(folder / "class.xlsx")),
            process("-c", "import typer, rich.console, pandas"),
            given.rounds,
        )


if __name__ == "__main__":
    main()
