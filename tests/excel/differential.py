"""Our readers beside others: seeded workbooks, rewritten in ways that must not matter, read by three programs.

A cell that two other readers agree on must read the same here, unless a note says why. `benchmarks/fuzzing.py` runs the
same for as long as one likes.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stuvalid.errors import UnreadableFile
from stuvalid.excel import Kind, Workbook, read_workbook
from stuvalid.workers import run

Cells = dict[tuple[str, int, int], object]
TEXTS = [
    "王明",
    "欧阳娜娜",
    "a&b <c>",
    " 前后 ",
    "两\n行",
    "𠮷田",
    "'引号'",
    '"双"',
    "_x0041_",
    "00123",
    "=1+1",
    "é",
    "#N/A?",
    "　",
]
_SECONDS = 20


def some_value(rng: random.Random) -> object:
    """What a cell may hold; most often text."""
    way = rng.randrange(12)
    if way == 0:
        return rng.choice([0, 1, -7, 10**9, 110105194912310038, 0.1, 12.5, 1e-7, 1.5e300])
    if way == 1:
        return dt.datetime(2000, 1, 1) + dt.timedelta(days=rng.randrange(12_000), seconds=rng.randrange(86_400))  # noqa: DTZ001
    if way == 2:
        return rng.random() < 0.5
    if way < 5:
        return None
    return rng.choice(TEXTS) + rng.choice(["", str(rng.randrange(100))])


def some_table(rng: random.Random) -> list[list[object]]:
    width = rng.randrange(1, 9)
    return [[some_value(rng) for _ in range(width)] for _ in range(rng.randrange(1, 12))]


def by_openpyxl(rng: random.Random) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for number in range(rng.randrange(1, 3)):
        sheet = book.create_sheet(f"表{number}", 0)
        for row in some_table(rng):
            sheet.append(["x" if isinstance(value, str) and value.startswith("=") else value for value in row])
    return _saved(book.save)


def by_xlsxwriter(rng: random.Random) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("表")
    for row, cells in enumerate(some_table(rng)):
        for col, value in enumerate(cells):
            if isinstance(value, dt.datetime):
                sheet.write_datetime(row, col, value, day)
            elif isinstance(value, str) and rng.random() < 0.2:
                sheet.write_rich_string(row, col, "甲", bold, "乙", value)
            elif rng.random() < 0.1:
                sheet.write_formula(row, col, "=1+1", None, rng.choice([2, "文", True]))
            elif value is not None:
                sheet.write(row, col, value)
    if rng.random() < 0.3:
        sheet.merge_range(20, 0, 21, 2, "合并")
    book.close()
    return stream.getvalue()


def by_xlwt(rng: random.Random) -> bytes:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM:SS")
    for number in range(rng.randrange(1, 3)):
        sheet = book.add_sheet(f"表{number}")
        for row, cells in enumerate(some_table(rng)):
            for col, value in enumerate(cells):
                if isinstance(value, dt.datetime):
                    sheet.write(row, col, value, day)
                elif isinstance(value, str) and rng.random() < 0.1:
                    sheet.write_rich_text(row, col, (value, "丙"))
                elif isinstance(value, str) and rng.random() < 0.05:
                    sheet.write(row, col, value * 700)  # its text is cut over several records
                elif value is not None:
                    sheet.write(row, col, value)
    return _saved(book.save)


def by_odfpy(rng: random.Random) -> bytes:
    import pandas as pd

    table = [[str(v) if isinstance(v, int) and abs(v) > 10**15 else v for v in row] for row in some_table(rng)]
    stream = io.BytesIO()
    pd.DataFrame(table, dtype=object).to_excel(stream, engine="odf", header=False, index=False, sheet_name="表")
    return stream.getvalue()


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def _rewritten(data: bytes, rewrite: Callable[[str], str | bytes]) -> bytes:
    """The xlsx with the XML of its sheets written otherwise."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            content: str | bytes = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = rewrite(source.read(name).decode())
            copy.writestr(name, content)
    return stream.getvalue()


def _referenced(xml: str) -> bytes:
    return xml.encode("ascii", "xmlcharrefreplace")


def _commented(xml: str) -> str:
    return xml.replace("<row ", "<!-- r --><row ")


def _spread(xml: str) -> str:
    return xml.replace("><", ">\n  <").replace("<is>\n  <t", "<is><t").replace("</t>\n  </is>", "</t></is>")


def _unnumbered(xml: str) -> str:
    """Without addresses where no cell is left out in between."""
    return re.sub(r"(<row\b[^>]*>)(.*?)(</row>)", _without_addresses, xml, flags=re.DOTALL)


def _without_addresses(match: re.Match[str]) -> str:
    columns = re.findall(r'<c r="([A-Z]+)\d+"', match.group(2))
    if columns != [chr(65 + number) for number in range(len(columns))]:
        return match.group()
    return match.group(1) + re.sub(r'<c r="[A-Z]+\d+"', "<c", match.group(2)) + match.group(3)


def _single_quoted(xml: str) -> str:
    return re.sub(r'(<c r=)"([A-Z0-9]+)"', r"\1'\2'", xml)


REWRITES: dict[str, Callable[[str], str | bytes]] = {
    "as it is": str,
    "references": _referenced,
    "comments": _commented,
    "line breaks": _spread,
    "no addresses": _unnumbered,
    "single quotes": _single_quoted,
}


def ours(data: bytes) -> tuple[Workbook, Cells]:
    """What we read, in the values the other readers give."""
    book = read_workbook(data)
    cells: Cells = {}
    for sheet in book.sheets:
        for row, texts in enumerate(sheet.head(sheet.height)):
            for col, text in enumerate(texts):
                if text:
                    cells[sheet.name, row, col] = _value(text, sheet.kind(row, col))
    return book, cells


def _value(text: str, kind: Kind) -> object:
    if kind == Kind.NUMBER:
        try:
            return float(text)
        except ValueError:  # what stands in a damaged file where a number should
            return text
    if kind == Kind.BOOLEAN:
        return text == "TRUE"
    if kind == Kind.DATE:
        return text.removesuffix(" 00:00:00")
    return text


def plain(value: object) -> object:
    """What another reader gives, with dates as texts and numbers as floats; None for nothing."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value) if value == value else None
    if isinstance(value, dt.datetime):
        return str(value.replace(microsecond=0)).removesuffix(" 00:00:00")
    if isinstance(value, dt.date | dt.time):
        return str(value)
    text = str(value) if value is not None else ""
    return text or None


def openpyxl_cells(data: bytes) -> Cells:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {
        (sheet.title, cell.row - 1, cell.column - 1): plain(cell.value)
        for sheet in book.worksheets
        for cells in sheet.iter_rows()
        for cell in cells
        if plain(cell.value) is not None
    }


def xlrd_cells(data: bytes) -> Cells:
    import xlrd

    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    cells: Cells = {}
    for sheet in book.sheets():
        for row in range(sheet.nrows):
            for col in range(sheet.ncols):
                kind, value = sheet.cell_type(row, col), sheet.cell_value(row, col)
                if kind == xlrd.XL_CELL_DATE:
                    value = plain(xlrd.xldate_as_datetime(value, book.datemode) + dt.timedelta(milliseconds=500))
                elif kind == xlrd.XL_CELL_BOOLEAN:
                    value = bool(value)
                if kind not in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK} and plain(value) is not None:
                    cells[sheet.name, row, col] = plain(value)
    return cells


def pandas_cells(data: bytes) -> Cells:
    import pandas as pd

    frames = pd.read_excel(io.BytesIO(data), engine="odf", header=None, sheet_name=None, na_filter=False)
    return {
        (name, row, col): plain(value)
        for name, frame in frames.items()
        for row, cells in enumerate(frame.itertuples(index=False))
        for col, value in enumerate(cells)
        if plain(value) is not None
    }


def calamine_cells(data: bytes) -> Cells:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    cells: Cells = {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        for row, values in enumerate(sheet.to_python(skip_empty_area=False)):
            for col, value in enumerate(values):
                if plain(value) is not None:
                    cells[name, row, col] = plain(value)
    return cells


def read_by_calamine(files: list[bytes]) -> list[Cells | None]:
    """What a worker does: calamine aborts or panics on some files, and then only the worker is lost."""
    return [_attempt(calamine_cells, data) for data in files]


def _attempt(read: Callable[[bytes], Cells], data: bytes) -> Cells | None:
    try:
        return read(data)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return None


MAKERS: dict[str, tuple[Callable[[random.Random], bytes], Callable[[bytes], Cells]]] = {
    "openpyxl": (by_openpyxl, openpyxl_cells),
    "xlsxwriter": (by_xlsxwriter, openpyxl_cells),
    "xlwt": (by_xlwt, xlrd_cells),
    "odfpy": (by_odfpy, pandas_cells),
}


@dataclass(slots=True)
class Outcome:
    """``wrong`` names cells that two other readers agree on and we read otherwise, without a note."""

    files: int = 0
    refused: int = 0
    compared: int = 0
    undecided: int = 0
    told: int = 0
    wrong: list[str] = field(default_factory=list)
    others_failed: Counter[str] = field(default_factory=Counter)


def made(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """``count`` workbooks: who made it and how it was rewritten, and its bytes."""
    rng = random.Random(seed)
    for number in range(count):
        maker = rng.choice(list(MAKERS))
        data = MAKERS[maker][0](rng)
        way = rng.choice(list(REWRITES)) if maker in {"openpyxl", "xlsxwriter"} else "as it is"
        yield f"{seed}:{number} {maker}, {way}", _rewritten(data, REWRITES[way]) if way != "as it is" else data


def flipped(rng: random.Random, data: bytes) -> bytes:
    """One bit, byte or stretch otherwise: most of these no reader can read, the rest must be told."""
    place, content = rng.randrange(len(data)), bytearray(data)
    way = rng.randrange(3)
    if way == 0:
        content[place] ^= 1 << rng.randrange(8)
    elif way == 1:
        content[place] = rng.randrange(256)
    else:
        del content[place : place + rng.randrange(1, 9)]
    return bytes(content)


def compared(files: list[tuple[str, bytes]]) -> Outcome:
    """Read all of them by us and by two others, and compare."""
    outcome = Outcome()
    second: list[Any] = [None] * len(files)
    for results in run(read_by_calamine, [data for _, data in files], workers=1, timeout=_SECONDS, chunk=10):
        for result in results:
            second[result.index] = result.result
    for (label, data), calamine in zip(files, second, strict=True):
        outcome.files += 1
        other = _attempt(MAKERS[label.split(" ", 1)[1].split(",")[0]][1], data)
        for name, cells in (("calamine", calamine), ("other", other)):
            outcome.others_failed[name] += cells is None
        try:
            book, mine = ours(data)
        except UnreadableFile:
            outcome.refused += 1
            continue
        if calamine is not None and other is not None:
            _compare(label, book, mine, calamine, other, outcome)
    return outcome


def _compare(label: str, book: Workbook, mine: Cells, first: Cells, second: Cells, outcome: Outcome) -> None:
    wrong = []
    for place in first.keys() | second.keys() | mine.keys():
        if not _same(first.get(place), second.get(place)):
            outcome.undecided += 1
            continue
        outcome.compared += 1
        if not _same(mine.get(place), first.get(place)):
            wrong.append(f"{label} {place}: {mine.get(place)!r}, others {first.get(place)!r}")
    if wrong and book.notes:
        outcome.told += 1
    else:
        outcome.wrong += wrong


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    return type(one) is type(other) and one == other
