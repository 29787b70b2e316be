"""How long a 1,000 x 75 workbook takes to be annotated, against openpyxl's load and save of the same file.

    python benchmarks/patching.py [ROUNDS]

Prints the median of the ratios within each round, so that a busy machine does not decide.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable

import openpyxl
import xlsxwriter

from stuvalid.excel.patch import CellEdit, CellMark, FrontCell, FrontSheet, Link, patch_workbook

ROWS, COLUMNS, MARKS = 1_000, 75, 300
SHEET = "学生基础信息"


def school() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@", "border": 1})
        sheet = book.add_worksheet(SHEET)
        for row in range(ROWS):
            for col in range(COLUMNS):
                if (row * 7 + col) % 5:
                    sheet.write_string(row, col, f"值{(row * col) % 997}-{col}", text)
                else:
                    sheet.write_blank(row, col, None, text)
    return stream.getvalue()


def marks() -> list[CellMark]:
    return [
        CellMark(SHEET, row * 3 + 1, row % COLUMNS, "error", f"IDN020 第{row}处：请对照户口簮核对")
        for row in range(MARKS)
    ]


def front() -> FrontSheet:
    rows = [[index, FrontCell("C17", Link(SHEET, 16, 2), "error"), "性别", "说明"] for index in range(MARKS)]
    return FrontSheet("问题清单", "问题清单", ["序号", "单元格", "字段", "说明"], rows, [6, 10, 12, 60])


def with_openpyxl(source: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(source))
    book.save(io.BytesIO())


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    source = school()
    wanted = marks()
    edits = [CellEdit(SHEET, mark.row, mark.col, "20120304") for mark in wanted]
    tasks: dict[str, Callable[[], object]] = {
        "openpyxl load + save": lambda: with_openpyxl(source),
        "300 marks": lambda: patch_workbook(source, marks=wanted),
        "300 marks + front sheet": lambda: patch_workbook(source, marks=wanted, front_sheet=front()),
        "300 edits": lambda: patch_workbook(source, edits=edits),
    }
    samples: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begin = time.perf_counter()
            task()
            samples[name].append(time.perf_counter() - begin)
    base = samples["openpyxl load + save"]
    for name, taken in samples.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(taken, base, strict=True))
        print(f"{name:28} {statistics.median(taken) * 1000:8.1f} ms   ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
