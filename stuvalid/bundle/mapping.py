"""``--map``: a table that says whose a file is. ``--save-plan`` writes the same table to be filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stuvalid.codes import schoolcodes
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.pupils.schools import read_isolated

IGNORE = "ignore"
HEADER = ("文件", "学校标识码", "学校", "去向", "依据", "人数", "错误", "包内位置")
_PATH_HEADERS = ("文件", "路径", "文件夹", "来源", "path", "file")
_SCHOOL_HEADERS = ("学校标识码", "归属", "学校", "school_code", "school")
_IGNORED = frozenset({"ignore", "忽略", "不要", "略过", "不收"})
_HEADER_ROWS = 10


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided: a school code or ``ignore`` by path; a folder's holds for all that lies below it."""

    entries: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> str:
        """The code for a file, ``ignore``, or '' where nothing is said. The longest path that fits counts."""
        parts = name.split("/")
        for length in range(len(parts), 0, -1):
            found = self.entries.get("/".join(parts[:length]))
            if found:
                return found
        return ""


def read_decisions(path: Path) -> Decisions:
    """The table at ``path`` (xlsx or csv). Raises UsageError for one without its two columns or with a wrong code."""
    rows = read_isolated(_read_rows, path)
    entries: dict[str, str] = {}
    for number, (name, word) in rows:
        wanted = word.strip().lstrip("'")
        if not wanted:
            continue
        if wanted.lower() in _IGNORED:
            wanted = IGNORE
        elif not schoolcodes.names_a_school(wanted):
            raise UsageError(
                f"对应表“{path.name}”第{number}行：“{word}”不是10位学校标识码，也不是 ignore。",
                f"Row {number} of the map '{path.name}': '{word}' is neither a school code of 10 digits nor ignore.",
            )
        entries[name.strip().replace("\\", "/").strip("/")] = wanted
    return Decisions(entries)


def _read_rows(path: Path) -> list[tuple[int, tuple[str, str]]] | StuvalidError:
    from stuvalid.excel import read_workbook

    try:
        workbook = read_workbook(path)
    except StuvalidError as error:
        return error
    for sheet in workbook.sheets:
        for number, texts in enumerate(sheet.head(_HEADER_ROWS)):
            place, school = _column(texts, _PATH_HEADERS), _column(texts, _SCHOOL_HEADERS)
            if place >= 0 and school >= 0:
                rows = range(number + 1, sheet.height)
                return [(row + 1, (sheet.text(row, place), sheet.text(row, school))) for row in rows]
    return UsageError(
        f"对应表“{path.name}”需要“文件”和“学校标识码”两列。",
        f"The map '{path.name}' needs the columns 文件 and 学校标识码.",
        mend_zh="可用 --save-plan 得到一张填好的表再改。",
        mend_en="Use --save-plan to get one that is filled in.",
    )


def _column(texts: Sequence[str], names: Sequence[str]) -> int:
    plain = [text.strip().lower() for text in texts]
    return next((plain.index(name) for name in names if name in plain), -1)


def table_bytes(rows: Iterable[Sequence[str | int]], suffix: str) -> bytes:
    """The plan as a table in the format of ``suffix`` (.csv or .xlsx)."""
    if suffix == ".xlsx":
        from stuvalid.excel.new import TableSheet, write_table_workbook

        lines = ["第2列填学校标识码或 ignore，然后用 --map 给出本表；前面部分的文件夹也可以作为一行。"]
        return write_table_workbook([TableSheet("对应表", "", HEADER, rows, (60, 14, 24, 10, 40, 8, 8, 60), lines)])
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    writer.writerows([_inert(value) for value in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _inert(value: str | int) -> str | int:
    """A file name must not become a formula when the table is opened in Excel."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
