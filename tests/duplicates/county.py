"""Small counties for tests: schools of invented pupils, changed where a test wants it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from samples.people import People
from stuvalid.forms import template

FORM = template("student-2013")
SAME_CHILD = ("name", "sex", "birth_date", "id_number")
BARE = {"id_type": "其他", "id_number": ""}

Pupil = dict[str, str]


def school(code: str, count: int, used: set[str]) -> list[Pupil]:
    """``count`` pupils whose numbers are in no other school that shares ``used``."""
    return list(People(int(code), code, used=used).rows(FORM, count))


def county(schools: int = 3, pupils: int = 12) -> dict[str, list[Pupil]]:
    """Pupils by school code 2114010060, 2114010061 …"""
    used: set[str] = set()
    return {f"21140100{number}": school(f"21140100{number}", pupils, used) for number in range(60, 60 + schools)}


def book(rows: Sequence[Mapping[str, str]], *, drop: Sequence[str] = (), titles: Sequence[str] = ()) -> bytes:
    """The pupils as xlsx, without the fields of ``drop``."""
    fields = [entry for entry in FORM.fields if entry.key not in drop]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        sheet = made.add_worksheet("学生基础信息")
        for row, title in enumerate(titles):
            sheet.write_string(row, 0, title)
        for column, entry in enumerate(fields):
            sheet.write_string(len(titles), column, entry.header)
            for row, pupil in enumerate(rows, start=len(titles) + 1):
                if pupil[entry.key]:
                    sheet.write_string(row, column, pupil[entry.key])
    return stream.getvalue()


def write(folder: Path, schools: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """One workbook a school below ``folder``: ``2114010060第60小学/全校.xlsx``."""
    for code, rows in schools.items():
        place = folder / f"{code}第{code[-2:]}小学"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{code[-2:]}.xlsx").write_bytes(book(rows))
    return folder
