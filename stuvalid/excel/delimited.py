"""CSV, TSV and Excel's "Unicode text", in the encodings Chinese offices produce."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from stuvalid.excel.grid import Grid, Pool, SheetInfo
from stuvalid.excel.model import Limits, Note, Sheet, Workbook
from stuvalid.excel.refusals import refusal
from stuvalid.excel.sniff import text_encoding

_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50
_CELL_LIMIT = 1 << 17
_SEP_LINE = re.compile(r"\Asep=(.)\r?\n", re.IGNORECASE)
_AS_FORMULA = re.compile(r'\A="([^"]*)"\Z')
_QUOTED = re.compile(r'"[^"]*"')
_BLOCK = 20_000
_CUT_CHARACTER = 4  # what is left of a character whose last bytes are missing


def decode_text(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; raises when it is no text at all."""
    encoding = text_encoding(data[:8192])
    if encoding is None:
        raise refusal("not-a-workbook", "binary")
    if encoding == "latin-1":
        for candidate in ("utf-8", "gb18030"):
            try:
                return data.decode(candidate), candidate
            except UnicodeDecodeError:
                continue
        return data.decode("gb18030", "replace"), "gb18030"
    width = 4 if "32" in encoding else 2 if "16" in encoding else 1
    return data[: len(data) // width * width].decode(encoding, "replace").removeprefix("\ufeff"), encoding


def encoding_notes(encoding: str, text: str) -> list[Note]:
    """Notes for an encoding other than UTF-8, and for bytes that are no text in it."""
    notes = [] if encoding == "utf-8" else [Note(f"encoding-{encoding}")]
    place = text.find("\ufffd")
    if place >= len(text) - _CUT_CHARACTER and place >= 0:
        notes.append(Note("cut-short", encoding))
    elif place >= 0:
        notes.append(Note("encoding-damaged", f"{encoding}: {text.count(chr(10), 0, place) + 1}"))
    return notes


def read_delimited(data: bytes, kind: str, name: str, limits: Limits) -> Workbook:
    """A workbook of one sheet; every cell is TEXT, quotes and line breaks inside quotes are understood."""
    if len(data) > limits.text_bytes:
        raise refusal("too-large", f"{len(data) >> 20} MB of text")
    text, encoding = decode_text(data)
    notes = encoding_notes(encoding, text)
    text = text.replace("\x00", "")
    named = _SEP_LINE.match(text)
    if named:
        text = text[named.end() :]
    delimiter = named.group(1) if named else _delimiter(text, "\t" if kind == "tsv" else ",")
    info = SheetInfo(name.rpartition("/")[2].rpartition(".")[0] or "Sheet1")
    try:
        sheet = _sheet(csv.reader(_lines(text), delimiter=delimiter), info, limits)
    except (csv.Error, _OpenQuoteError):
        notes.append(Note("unbalanced-quotes"))
        info = SheetInfo(info.name)
        reader = csv.reader(_lines(text.replace('"', "")), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        sheet = _sheet(reader, info, limits)
    if not sheet.height:
        raise refusal("empty", "no text")
    notes = [replace(note, row=sheet.height) if note.code == "cut-short" else note for note in notes]
    if _ends_within_a_row(text, delimiter) and all(note.code != "cut-short" for note in notes):
        notes.append(Note("cut-short", "csv", row=sheet.height))
    return Workbook("tsv" if delimiter == "\t" else "csv", [sheet], notes=notes + info.notes)


class _OpenQuoteError(Exception):
    """A quote that is never closed has swallowed the lines behind it."""


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, all as ``\\n``; `str.splitlines` would also break at U+2028, form feeds and their like."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start : end + 1]
        start = end + 1
    if start < len(text):
        yield text[start:]


def _delimiter(text: str, default: str) -> str:
    """The delimiter that stands equally often in most of the first lines."""
    lines = [_QUOTED.sub("", line) for line in text[: 1 << 16].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, best_score = default, (0, 0)
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        counts.pop(0, None)
        if counts:
            columns, times = counts.most_common(1)[0]
            score = (times, columns)
            if score > best_score or (score == best_score and delimiter == default):
                best, best_score = delimiter, score
    return best


def _ends_within_a_row(text: str, delimiter: str) -> bool:
    """Whether the last line has no end and some but fewer cells than the lines before it, which all have the same."""
    if text.endswith(("\n", "\r")) or '"' in text:
        return False
    *lines, last = text.splitlines()[-_SAMPLE_LINES:]
    counts = {line.count(delimiter) for line in lines if line.strip()}
    return len(lines) > 1 and len(counts) == 1 and 0 < last.count(delimiter) < counts.pop()


def _sheet(reader: Iterable[list[str]], info: SheetInfo, limits: Limits) -> Sheet:
    pool = Pool()
    grid = Grid(pool, limits)
    rows: list[int] = []
    cols: list[int] = []
    texts: list[str] = []
    for row, cells in enumerate(reader):
        for col, cell in enumerate(cells):
            if not cell:
                continue
            if len(cell) > _CELL_LIMIT // 4:
                raise _OpenQuoteError
            rows.append(row)
            cols.append(col)
            texts.append(_AS_FORMULA.sub(r"\1", cell) if cell.startswith('="') else cell)
        if len(texts) >= _BLOCK:
            _flush(grid, pool, rows, cols, texts)
            rows, cols, texts = [], [], []
    _flush(grid, pool, rows, cols, texts)
    return grid.sheet(info)


def _flush(grid: Grid, pool: Pool, rows: list[int], cols: list[int], texts: list[str]) -> None:
    first = pool.add_texts(texts)
    refs = np.arange(first, first + len(texts), dtype=np.int32)
    grid.add(np.array(rows, np.int32), np.array(cols, np.int32), refs)
