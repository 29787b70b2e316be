"""Whose a copy was that turned up somewhere: by its bytes, its visible line, or the order of its rows."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stuvalid.errors import StuvalidError
from stuvalid.exports.chain import EXPORT
from stuvalid.exports.fields import is_header
from stuvalid.exports.ledger import Ledger
from stuvalid.exports.marking import log_chance, plain, rank_by
from stuvalid.exports.reading import read_pupils
from stuvalid.pupils.schools import read_isolated
from stuvalid.submissions.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions
    from stuvalid.excel.model import Workbook

CERTAIN = 1e-6
"""The order of rows tells a copy where anything else makes it less probable than this."""

_LEAST_ROWS, _LONGEST_VALUE = 4, 60
_MOST_GROUPS, _MOST_ROWS = 0.5, 3000

How = Literal["bytes", "line", "order"]


@dataclass(frozen=True, slots=True)
class Trace:
    """A copy that the file may be, and how that is known. ``chance`` bounds how probable the order would be otherwise."""

    entry: Mapping[str, Any]
    how: How
    rows: int = 0
    chance: float = 0.0

    @property
    def certain(self) -> bool:
        return self.how != "order" or self.chance < CERTAIN


def trace(
    path: Path, ledger: Ledger, password: str | None = None, names: Mapping[str, str] | None = None
) -> list[Trace]:
    """The copies that the file at ``path`` may be, the surest first; none where nothing points to any.

    ``password`` opens it where it is still encrypted. ``names`` are pupils' names by their numbers, for a list that lost
    its names. Raises StuvalidError when it cannot be read.
    """
    entries = [entry for entry in ledger.entries() if entry["kind"] == EXPORT]
    digest, table = read_isolated(_Table(password), path)
    found = [Trace(entry, "bytes") for entry in entries if entry["sha256"] == digest]
    if isinstance(table, StuvalidError):
        if found:
            return found
        raise table
    found += [Trace(entry, "line") for entry in _named(table, entries)]
    if not found:
        found += by_order(table, entries, ledger.seeds(), names)
    return list({trace.entry["number"]: trace for trace in reversed(found)}.values())[::-1]


def by_mark(text: str, ledger: Ledger) -> list[Trace]:
    """The copy whose mark stands in ``text``: read off a photo or a print, and typed."""
    entries = [entry for entry in ledger.entries() if entry["kind"] == EXPORT]
    return [Trace(entry, "line") for entry in _named([[[text]]], entries)]


Columns = Sequence[Sequence[Sequence[str]]]
"""Sheets of columns of texts."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Reads a file in the process that may die: its hash, and its sheets or why it has none."""

    password: str | None

    def __call__(self, path: Path) -> Any:
        import hashlib

        from stuvalid.excel import read_workbook

        try:
            data = path.read_bytes()
        except OSError as error:
            return StuvalidError(f"读不了“{path.name}”。", f"'{path.name}' cannot be read ({type(error).__name__}).")
        digest = hashlib.sha256(data).hexdigest()
        try:
            return digest, _texts(read_workbook(_unzipped(data, self.password), name=path.name, password=self.password))
        except StuvalidError as error:
            return digest, error


def _unzipped(data: bytes, password: str | None) -> bytes:
    """The one workbook of a zip that an export came as; anything else as it is."""
    import io

    from stuvalid.received.archives import open_zip
    from stuvalid.received.members import Refusal

    if not data.startswith(b"PK"):
        return data
    try:
        with open_zip(io.BytesIO(data), password or "") as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            one = len(infos) == 1 and infos[0].filename.lower().endswith(".xlsx") and infos[0].file_size < 256 << 20
            return bytes(archive.read(infos[0])) if one else data
    except (Refusal, RuntimeError, ValueError, OSError):
        return data


def _texts(workbook: Workbook) -> list[list[list[str]]]:
    return [[[text or "" for text in column.to_pylist()] for column in sheet.columns] for sheet in workbook.sheets]


def _named(table: Columns, entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The copies whose mark stands in some cell, however it was typed over."""
    every = [_mark(text) for sheet in table for column in sheet for text in column if text]
    for entry in entries:
        mark = _mark(str(entry["copy"]))
        if any(mark in text for text in every):
            yield entry


def _mark(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())


def by_order(
    table: Columns, entries: Sequence[Mapping[str, Any]], seeds: Pseudonyms, names: Mapping[str, str] | None = None
) -> list[Trace]:
    """The copies, the likeliest first, in whose order the rows of some column stand.

    Every column is tried, for the headers may be gone; and within what other columns tell apart, for rows sorted by class
    keep their order within each. The bound counts every try.
    """
    known = {plain(number): plain(name) for number, name in (names or {}).items()}
    tries = [found for sheet in table for found in _orders(sheet, known)]
    found = []
    for entry in entries:
        rank = cache(rank_by(seeds, str(entry["copy"])))
        best, rows = 0.0, 0
        for groups in tries:
            chance = sum(log_chance(list(map(rank, group))) for group in groups)
            if chance < best:
                best, rows = chance, sum(map(len, groups))
        chance = math.exp(min(0.0, best + math.log(max(1, len(tries) * len(entries)))))
        if rows and chance < 1:
            found.append(Trace(entry, "order", rows, chance))
    return sorted(found, key=lambda one: one.chance)[:3]


def _orders(sheet: Sequence[Sequence[str]], names: Mapping[str, str]) -> Iterator[list[list[str]]]:
    """For each column its values in their order, each once: all together, and apart by what another column says."""
    plains = [[names.get(text, text) for text in map(_value, column[:_MOST_ROWS])] for column in sheet]
    for at, column in enumerate(plains):
        whole = list(dict.fromkeys(text for text in column if text))
        if len(whole) < _LEAST_ROWS:
            continue
        yield [whole]
        for other, by in enumerate(plains):
            if other != at and 1 < len(set(by)) <= _MOST_GROUPS * len(whole):
                groups: dict[str, dict[str, None]] = {}
                for text, group in zip(column, by, strict=False):
                    if text:
                        groups.setdefault(group, {})[text] = None
                yield [list(group) for group in groups.values()]


def _value(text: str) -> str:
    """A cell as it may stand for a row: no header, no sentence."""
    return "" if len(text) > _LONGEST_VALUE or is_header(text) else plain(text)


def names_by_number(paths: Sequence[Path], options: CheckOptions) -> dict[str, str]:
    """Pupils' names by the numbers they go by, from the data that the lists were made of."""
    found = {}
    for pupil in read_pupils(paths, options).pupils:
        for key in ("id_number", "record_number"):
            if number := pupil.text(key).strip():
                found[number] = pupil.text("name")
    return found
