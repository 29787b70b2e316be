"""Lists that lie beside the rosters and are none: what they are, by their headers, their title and their name.

The lists are data (``other-lists.toml``). None of them is checked; that they were passed over is said with the reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from stuvalid.excel.model import Sheet
from stuvalid.forms.matching import HEADER_SEARCH_ROWS, HeaderRow, bare_header, header_row

LISTS = "other-lists.toml"
_LEAST_HEADERS = 3
_LEAST_ONLY = 4
_MOST_REASONS = 4
_LONGEST_HEADER = 20


@dataclass(frozen=True, slots=True)
class OtherList:
    """A kind of list that is no roster; see ``other-lists.toml``."""

    id: str
    title: str
    title_en: str
    words: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    least: int = 2

    def reasons(self, headers: Sequence[str], named: str) -> tuple[str, ...]:
        """What on the sheet says that it is this list: words of its names, then headers; nothing if it is not."""
        words = [word for word in self.words if word in named]
        if self.only:
            fits = len(headers) >= _LEAST_ONLY and self.only.issuperset(headers)
            return (*words, *headers) if fits else ()
        found = [header for header in headers if any(fnmatchcase(header, mark) for mark in self.marks)]
        least = 1 if words else self.least
        return (*words, *found) if len(found) >= least else ()


@dataclass(frozen=True, slots=True)
class SeeminglyOther:
    """A sheet that is (seemingly) of another kind: the list, what says so, and how many rows it has."""

    known: OtherList
    reasons: tuple[str, ...]
    rows: int

    def sentence(self, lang: str) -> str:
        """What the sheet seems to be, and why."""
        shown = self.reasons[:_MOST_REASONS]
        if lang == "en":
            return f"it seems to be {self.known.title_en} ({self.rows} rows; it says {', '.join(shown)})"
        return f"像是{self.known.title}（{self.rows}行，有“{'”“'.join(shown)}”）"


@cache
def other_lists() -> tuple[OtherList, ...]:
    """The lists that are known, those with the most telling marks first."""
    data = tomllib.loads((Path(__file__).parent / LISTS).read_text(encoding="utf-8"))
    return tuple(
        OtherList(
            entry["id"],
            entry["title"],
            entry["title_en"],
            tuple(entry.get("words", ())),
            tuple(bare_header(mark) if "*" not in mark else mark for mark in entry.get("marks", ())),
            frozenset(entry.get("only", ())),
            entry.get("least", 2),
        )
        for entry in data["list"]
    )


def find_other_list(sheet: Sheet, file_name: str = "") -> SeeminglyOther | None:
    """The list that ``sheet`` seems to be; None where nothing says so. The best supported one wins, then the first."""
    head = sheet.head(HEADER_SEARCH_ROWS)
    row = _widest(head)
    if row is None:
        return None
    headers = [bare_header(text) for text in row.texts if text.strip()]
    above = "".join(text for texts in head[: row.top] for text in texts)
    found = [
        (bool(known.only), any(word in f"{sheet.name}{above}" for word in known.words), len(reasons), -position, known)
        for position, known in enumerate(other_lists())
        if (reasons := known.reasons(headers, f"{sheet.name} {above} {file_name}"))
    ]
    if not found:
        return None
    known = max(found, key=lambda entry: entry[:4])[4]
    reasons = known.reasons(headers, f"{sheet.name} {above} {file_name}")
    return SeeminglyOther(known, reasons, filled_rows(sheet, row.number + 1))


def _widest(head: Sequence[Sequence[str]]) -> HeaderRow | None:
    """The first row that is mostly short words, none of them a number: the header of whatever list this is."""
    for number in range(len(head)):
        row = header_row(head, number)
        texts = [text.strip() for text in row.texts if text.strip()]
        words = sum(len(text) <= _LONGEST_HEADER and not re.search(r"[0-9]{5}", text) for text in texts)
        if len(texts) >= _LEAST_HEADERS and words == len(texts) and len(set(texts)) > 1:
            below = header_row(head, number + 1) if number + 1 < len(head) else row
            return below if below.top < below.number else row
    return None


def filled_rows(sheet: Sheet, first: int) -> int:
    """How many rows from 0-based ``first`` on have at least two cells with text."""
    import numpy as np
    import pyarrow.compute as pc

    if first >= sheet.height:
        return 0
    counts = np.zeros(sheet.height - first, dtype=np.int32)
    for column in sheet.columns:
        counts += pc.fill_null(pc.greater(pc.binary_length(column.slice(first)), 0), False).to_numpy(
            zero_copy_only=False
        )
    return int((counts > 1).sum())
