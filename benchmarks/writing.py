"""How long a list of findings takes to become an xlsx: here, with XlsxWriter, with openpyxl.

python benchmarks/writing.py [ROWS]
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import openpyxl
import xlsxwriter

from stuvalid.excel.new import TableSheet, write_table_workbook

HEADER = ["文件", "工作表", "单元格", "行", "规则", "级别", "说明", "怎么改"]
ROW = ["学生.xlsx", "学生基础信息", "C17", "17", "IDN020", "错误", "性别与身份证号第17位不符", "对照户口簿核对性别"]


def ours(rows: int) -> int:
    sheet = TableSheet("问题", "", HEADER, (ROW for _ in range(rows)), [20, 20, 8, 8, 10, 8, 50, 50])
    return len(write_table_workbook([sheet]))


def with_xlsxwriter(rows: int, *, constant_memory: bool) -> int:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": constant_memory}) as book:
        sheet = book.add_worksheet("问题")
        look = book.add_format({"border": 1, "text_wrap": True})
        for row in range(rows):
            for col, value in enumerate(ROW):
                sheet.write_string(row, col, value, look)
    return len(stream.getvalue())


def with_openpyxl(rows: int) -> int:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("问题")
    for _ in range(rows):
        sheet.append(ROW)
    stream = io.BytesIO()
    book.save(stream)
    return len(stream.getvalue())


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    tasks: dict[str, Callable[[], int]] = {
        "stuvalid": lambda: ours(rows),
        "XlsxWriter": lambda: with_xlsxwriter(rows, constant_memory=False),
        "XlsxWriter, constant memory": lambda: with_xlsxwriter(rows, constant_memory=True),
        "openpyxl, write only, no looks": lambda: with_openpyxl(rows),
    }
    for name, task in tasks.items():
        begin = time.perf_counter()
        size = task()
        print(f"{name:32} {time.perf_counter() - begin:7.2f} s   {size:10} bytes")


if __name__ == "__main__":
    main()
