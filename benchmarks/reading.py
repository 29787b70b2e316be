"""How long reading takes against the fastest native reader of the same file, and how much memory.

python benchmarks/reading.py [--rows 1000] [--rounds 15] [--large] [--workers]

R is ``fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_arrow()``, warm, in the same process; it
knows neither kinds nor errors nor hidden rows. Every ratio is the median of ratios taken side by side, because
a shared machine's speed drifts. ``--large`` adds 100,000 rows with the peak memory of a fresh process,
``--workers`` what worker processes cost over a plain loop.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from stuvalid.excel import read_workbook
from stuvalid.workers import run  # noqa: F401  (for the timed snippets)

COLUMNS = 75
FILLED = 0.8
WORDS = ["汉族", "身份证", "非残疾", "无", "是", "否", "广东省广州市越秀区", "走读", "农业户口", "健康或良好"]


def text_of(rng: random.Random, row: int, col: int) -> str:
    if col % 3 == 0:
        return rng.choice(WORDS)
    return f"{rng.choice(WORDS)}{row}" if col % 3 == 1 else str(rng.randrange(10**17, 10**18))


def make_xlsx(path: Path, rows: int, numeric: bool) -> None:
    """All text, or with every fifth column numbers and every tenth dates."""
    rng = random.Random(2026)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        look = book.add_format({"border": 1})
        for row in range(rows):
            for col in range(COLUMNS):
                if rng.random() > FILLED:
                    sheet.write_blank(row, col, None, look)
                elif numeric and row and col % 10 == 0:
                    sheet.write_number(row, col, rng.randrange(36526, 45000), day)
                elif numeric and row and col % 5 == 0:
                    sheet.write_number(row, col, rng.choice([rng.randrange(10**9), rng.random()]))
                else:
                    sheet.write_string(row, col, text_of(rng, row, col))


def make_inline(path: Path, rows: int) -> None:
    """As openpyxl writes text: inside the cells."""
    import openpyxl

    rng = random.Random(2026)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(rows):
        sheet.append([text_of(rng, row, col) if rng.random() < FILLED else None for col in range(COLUMNS)])
    book.save(path)


def make_referenced(path: Path, inline: Path) -> None:
    """The same as older openpyxl writes it: every Chinese character as a reference."""
    with zipfile.ZipFile(inline) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/") and name.endswith(".xml"):
                content = content.decode().encode("ascii", "xmlcharrefreplace")
            copy.writestr(name, content)


def make_pandas(path: Path, rows: int) -> None:
    import pandas as pd

    rng = random.Random(2026)
    cells = [
        [text_of(rng, row, col) if rng.random() < FILLED else None for col in range(COLUMNS)] for row in range(rows)
    ]
    pd.DataFrame(cells).to_excel(path, index=False)


def make_xls(path: Path, rows: int) -> None:
    import xlwt

    rng = random.Random(2026)
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for row in range(rows):
        for col in range(COLUMNS):
            if rng.random() < FILLED:
                sheet.write(row, col, text_of(rng, row, col))
    book.save(str(path))


def native(path: Path) -> None:
    import fastexcel

    fastexcel.read_excel(str(path)).load_sheet(0, dtypes="string").to_arrow()


def ours(path: Path) -> None:
    read_workbook(path)


def seconds(function: Callable[[Path], None], path: Path) -> float:
    start = time.perf_counter()
    function(path)
    return time.perf_counter() - start


def compare(label: str, path: Path, rounds: int) -> None:
    ours(path)
    native(path)
    pairs = [(seconds(native, path), seconds(ours, path)) for _ in range(rounds)]
    ratio = statistics.median(own / base for base, own in pairs)
    base, own = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    print(f"{label:28} R {base:8.1f} ms   ours {own:8.1f} ms   ratio {ratio:.2f}")


def peak_memory(path: Path) -> None:
    # VmHWM, because ru_maxrss is inherited from the process that started this one.
    code = (
        "import sys, time; from pathlib import Path; from stuvalid.excel import read_workbook\n"
        "start = time.perf_counter(); book = read_workbook(Path(sys.argv[1])); spent = time.perf_counter() - start\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(f'fresh process: {spent:.2f} s,', int(peak.split()[1]) >> 10, 'MiB peak')"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def read_all(paths: list[Path]) -> list[int]:
    return [read_workbook(path).sheets[0].height for path in paths]


def worker_overhead(path: Path, files: int, rounds: int) -> None:
    """Fresh processes, so that both sides pay for their imports and the parent holds no native threads."""
    plain = f"from benchmarks.reading import *; read_all([Path({str(path)!r})] * {files})"
    pooled = (
        f"from benchmarks.reading import *; assert sum(len(b) for b in run(read_all, [Path({str(path)!r})] * {files},"
        " workers=1, timeout=60)) == " + str(files)
    )
    ratios = []
    for _ in range(rounds):
        spent = []
        for code in (plain, pooled):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=_environment())
            spent.append(time.perf_counter() - start)
        ratios.append(spent[1] / spent[0])
    print(f"{files} files, one worker over a plain loop: {statistics.median(ratios):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--workers", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = ("t.xlsx", "n.xlsx", "i.xlsx", "r.xlsx", "p.xlsx", "t.xls")
        text, numeric, inline, referenced, frame, xls = (Path(folder) / name for name in names)
        make_xlsx(text, options.rows, numeric=False)
        make_xlsx(numeric, options.rows, numeric=True)
        make_inline(inline, options.rows)
        make_referenced(referenced, inline)
        make_pandas(frame, options.rows)
        make_xls(xls, min(options.rows, 65_536))
        made = (
            ("text", text),
            ("numbers and dates", numeric),
            ("inline text", inline),
            ("inline text, references", referenced),
            ("pandas", frame),
            ("xls", xls),
        )
        for label, path in made:
            compare(f"{label} {options.rows} x {COLUMNS}", path, options.rounds)
        if options.workers:
            worker_overhead(text, 100, max(options.rounds // 3, 3))
        if options.large:
            large = Path(folder) / "large.xlsx"
            make_xlsx(large, 100_000, numeric=False)
            compare(f"text 100000 x {COLUMNS}", large, 3)
            peak_memory(large)


if __name__ == "__main__":
    main()
