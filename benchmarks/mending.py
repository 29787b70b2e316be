"""How long annotating and fixing take beside openpyxl's load and save of the same 1,000×75 workbook, as ratios.

    python benchmarks/mending.py [--rounds 5]

The workbook has 300 faulty cells, of which half have a safe fix. Annotating is `annotate` on findings already made;
fixing is patching the cells and checking again, as `stuvalid fix` does after its first check.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.checking import compare
from samples.people import People
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.excel.patch import CellEdit, patch_workbook
from stuvalid.forms import template
from stuvalid.mending.annotate import annotate, by_file
from stuvalid.mending.copies import CopyRequest
from stuvalid.received.walk import Source
from stuvalid.report.wording import Wording

ROWS, FAULTS = 1_000, 300


def school() -> bytes:
    """A thousand pupils, every tenth row with two faults that have a safe fix and one that has none."""
    form = template("student-2013")
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet("学生基础信息")
    page.write_row(0, 0, [entry.header for entry in form.fields])
    for row, record in enumerate(People(5).rows(form, ROWS), 1):
        if row % (ROWS * 3 // FAULTS) == 0:
            record |= {"ethnicity": "汉", "name": f"{record['name']} ", "postcode": "12"}
        for column, value in enumerate(record.values()):
            if value:
                page.write_string(row, column, value)
    book.close()
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    data = school()
    source, options = Source("school.xlsx", data=data), CheckOptions(isolated=False)
    checked = check_sources([source], options)
    findings = by_file(checked)["school.xlsx"]
    edits = [
        CellEdit(block.sheet, row, block.column, fix.value)
        for block in checked.blocks
        for row, fix in zip(block.rows, block.fixes, strict=False)
        if fix is not None and fix.safe
    ]
    print(f"{len(findings)} findings, {len(edits)} safe fixes")

    def load_and_save() -> None:
        book = openpyxl.load_workbook(io.BytesIO(data))
        with tempfile.TemporaryFile() as target:
            book.save(target)

    def mend() -> None:
        mended = patch_workbook(data, edits=edits).data
        check_sources([replace(source, data=mended)], options)

    compare(
        "annotate / openpyxl load and save (at most 0.15)",
        lambda: annotate(CopyRequest(source), findings, Wording()),
        load_and_save,
        given.rounds,
    )
    compare(
        "patch the fixes / openpyxl load and save",
        lambda: patch_workbook(data, edits=edits),
        load_and_save,
        given.rounds,
    )
    compare("patch and check again / openpyxl (at most 0.15)", mend, load_and_save, given.rounds)


if __name__ == "__main__":
    main()
