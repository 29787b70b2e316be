"""Build samples/county: a county of schools as their files really arrive. All people are invented.

    python -m samples.build

Needs XlsxWriter and xlwt (the ``test`` extra). The same input gives the same files; every mistake that was
made on purpose is listed in samples/mistakes.json.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from samples.mistakes import MISTAKES, Mistake, apply
from samples.people import People
from stuvalid.findings import letters
from stuvalid.forms import Template, template

FOLDER = Path(__file__).parent / "county"
SHEET = "学生基础信息"
DATED = dt.datetime(2025, 9, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_MISTAKES = 60
_TITLES = ("太原市迎泽区桃园小学2025年新生信息表", "说明：请用宋体填写，不要改动格式")


def main() -> None:
    told: list[dict[str, Any]] = []
    numbers: set[str] = set()
    clean_form = template("student-2013")
    _save(
        "2114010068双塔西街小学/学生基础信息.xlsx",
        _xlsx(clean_form, list(People(11, used=numbers).rows(clean_form, 1000))),
    )
    class_rows = list(People(12, "2114010075", used=numbers).rows(clean_form, 40))
    _save("2114010075青年路小学/一年级1班.xls", _xls(clean_form, class_rows))
    told += _seeded(
        "2114010082解放路小学/60处错误.xlsx",
        template("student-2020"),
        _spread(MISTAKES, _MISTAKES),
        "2114010082",
        numbers,
    )
    told += _seeded(
        "2114010099桃园小学/新生信息（WPS）.xlsx", clean_form, MISTAKES[1:8], "2114010099", numbers, _TITLES
    )
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (FOLDER.parent / "mistakes.json").write_text(text, encoding="utf-8")


def _spread(mistakes: Sequence[Mistake], count: int) -> list[Mistake]:
    """``count`` of the mistakes, each of another item of the catalogue, evenly over it."""
    keys = set(template("student-2020").keys)
    first = {m.item: m for m in reversed(mistakes) if m.at in keys and m.changes.keys() <= keys}
    usable = [first[item] for item in sorted(first)]
    return [usable[position * len(usable) // count] for position in range(count)]


def _seeded(
    name: str, form: Template, mistakes: Sequence[Mistake], school: str, numbers: set[str], titles: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Write one file with a mistake on every record behind twenty right ones, and say where they are."""
    people = list(People(int(school[-3:]), school, used=numbers).rows(form, 20 + len(mistakes)))
    rows: list[dict[str, Any]] = [dict(record) for record in people[:20]]
    told = []
    for position, (mistake, record) in enumerate(zip(mistakes, people[20:], strict=True)):
        rows.append(apply(mistake, record))
        cell = f"{letters(form.keys.index(mistake.at))}{len(titles) + 22 + position}"
        told.append(
            {
                "file": name,
                "sheet": SHEET,
                "cell": cell,
                "field": mistake.at,
                "item": mistake.item,
                "what": mistake.what,
            }
        )
    data = _xlsx(form, rows, titles)
    _save(name, _as_wps(data) if titles else data)
    return told


def _xlsx(form: Template, rows: Sequence[dict[str, Any]], titles: Sequence[str] = ()) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": DATED})
    page = book.add_worksheet(SHEET)
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    head = book.add_format({"bold": True, "align": "center"})
    required = book.add_format({"num_format": "@", "font_color": "red", "bold": True})
    for row, title in enumerate(titles):
        page.merge_range(row, 0, row, 11, title, head)
    for column, entry in enumerate(form.fields):
        page.write_string(len(titles), column, entry.header, required if entry.required else text)
    for row, record in enumerate(rows, len(titles) + 1):
        for column, entry in enumerate(form.fields):
            write_value(page, row, column, record[entry.key], text, day)
    book.close()
    return stream.getvalue()


def write_value(page: Any, row: int, column: int, value: Any, text: Any, day: Any) -> None:
    """One cell as a mistake says Excel stored it; ``text`` and ``day`` are the formats of words and dates."""
    match value:
        case ("number", number):
            page.write_number(row, column, number)
        case ("date", date):
            page.write_datetime(row, column, date, day)
        case ("boolean", truth):
            page.write_boolean(row, column, truth)
        case ("formula", cached):
            page.write_formula(row, column, '="' + cached + '"', text, cached)
        case "":
            page.write_blank(row, column, None, text)
        case _:
            page.write_string(row, column, value, text)


def _xls(form: Template, rows: Sequence[dict[str, str]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(SHEET)
    for column, entry in enumerate(form.fields):
        page.write(0, column, entry.header)
        for row, record in enumerate(rows, 1):
            if record[entry.key]:
                page.write(row, column, record[entry.key])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _as_wps(data: bytes) -> bytes:
    """The same workbook as WPS signs it: its name in the properties, a dimension that says A1 only."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            part = source.read(info)
            if info.filename == "docProps/app.xml":
                part = part.replace(b"Microsoft Excel", "WPS 表格".encode())
            if info.filename.startswith("xl/worksheets/sheet"):
                start = part.index(b"<dimension ")
                end = part.index(b"/>", start)
                part = part[:start] + b'<dimension ref="A1"' + part[end:]
            target.writestr(zipfile.ZipInfo(info.filename, (2025, 9, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _save(name: str, data: bytes) -> None:
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main()
