"""The careful reader of worksheet XML: an event parser for every shape the standard allows, and some it does not.

Serves sheets without cell references, with namespace prefixes, comments, odd encodings or damage at the
end. About four times slower than `sheet_fast`.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from xml.parsers import expat
from xml.parsers.expat import errors

import numpy as np

from stuvalid.excel.address import address, parse_address, parse_range
from stuvalid.excel.grid import Grid, SheetInfo
from stuvalid.excel.model import MAX_COLUMNS, MAX_ROWS, Kind
from stuvalid.excel.refusals import refusal
from stuvalid.excel.stored import SharedByBook, Stored, stored_as, texts_and_kinds
from stuvalid.excel.strings import decode_escapes
from stuvalid.excel.tags import as_utf8, is_true, is_utf8

_BLANKS = " \t\r\n"
_OUTSIDE_LIMIT = 10_000
_STRAY_CHARACTER = {
    errors.codes[name]
    for name in (errors.XML_ERROR_INVALID_TOKEN, errors.XML_ERROR_UNDEFINED_ENTITY, errors.XML_ERROR_BAD_CHAR_REF)
}
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#?\w{1,30};?)?")
_LONGEST_ENTITY = 32
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


class StrayCharacterError(Exception):
    """The XML holds a control character or an entity that nobody declared; the argument is the cell before or at it."""


class SheetWalk:
    """Feeds one worksheet part into a `Grid`, an event at a time."""

    def __init__(self, grid: Grid, info: SheetInfo, book: SharedByBook) -> None:
        self._grid = grid
        self._info = info
        self._book = book
        self._row = -1
        self._col = -1
        self._text: list[str] | None = None
        self._value = ""
        self._inline = ""
        self._stored = Stored.NUMBER
        self._preserve = False
        self._phonetic = False
        self._in_inline = False
        self._formula = False
        self._nowhere = False
        self._outside = 0
        self._last_row = -1
        self._sheet_data = 0
        self._done = False
        self._formulas: list[tuple[int, int]] = []

    def read(self, pieces: Iterable[bytes], *, forgiving: bool = False) -> None:
        """Read the part; what comes before a fault in the XML is kept, with a note.

        Characters that XML does not allow raise `StrayCharacterError` the first time; ``forgiving`` reads on.
        """
        parser = expat.ParserCreate("UTF-8" if forgiving else None)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            for piece in _mended(pieces) if forgiving else pieces:
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if not forgiving and getattr(error, "code", 0) in _STRAY_CHARACTER:
                raise StrayCharacterError(address(max(self._row, 0), max(self._col, 0))) from error
            if self._row < 0:
                raise refusal("corrupt", f"{self._info.name}: {error}") from error
            self._info.note("damaged-xml", str(error), 0 if self._done else self._last_row + 1)
        if self._formulas:
            self._info.formulas.append(np.array(self._formulas, np.int32))

    def _start(self, tag: str, found: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        handler = _STARTS.get(name)
        if handler is not None:
            handler(self, found)

    def _end(self, tag: str) -> None:
        handler = _ENDS.get(tag.rpartition(":")[2])
        if handler is not None:
            handler(self)

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _start_data(self, _found: dict[str, str]) -> None:
        self._sheet_data += 1
        if self._sheet_data > 1:
            self._info.note("sheetdata-twice", row=self._last_row + 1)

    def _end_data(self) -> None:
        self._done = True

    def _start_row(self, found: dict[str, str]) -> None:
        number = found.get("r", "")
        self._row = int(number) - 1 if number.isdigit() and int(number) else self._row + 1
        self._col = -1
        if is_true(found.get("hidden")):
            self._info.hidden_rows.append(self._row)

    def _start_cell(self, found: dict[str, str]) -> None:
        written = found.get("r", "")
        place = parse_address(written)
        self._nowhere = bool(written) and place is None
        if place is None:
            self._col += 1
        else:
            self._row, self._col = place
        self._last_row = max(self._last_row, self._row)
        style = found.get("s", "0")
        self._stored = stored_as(found.get("t"), style, self._book)
        if style in self._book.adding_styles:
            self._info.formats[self._row, self._col] = self._book.adding_styles[style]
        self._value = self._inline = ""
        self._formula = False

    def _start_value(self, found: dict[str, str]) -> None:
        self._preserve = found.get("xml:space") == "preserve"
        self._text = []

    def _start_text(self, found: dict[str, str]) -> None:
        if self._in_inline and not self._phonetic:
            self._start_value(found)

    def _start_formula(self, _found: dict[str, str]) -> None:
        self._formula = True
        self._formulas.append((max(self._row, 0), max(self._col, 0)))

    def _start_inline(self, _found: dict[str, str]) -> None:
        self._in_inline = True

    def _start_phonetic(self, _found: dict[str, str]) -> None:
        self._phonetic = True

    def _start_merge(self, found: dict[str, str]) -> None:
        area = parse_range(found.get("ref", ""))
        if area is not None:
            self._info.merged.append(area)

    def _start_column(self, found: dict[str, str]) -> None:
        note_hidden_columns(self._info, found)

    def _start_protection(self, found: dict[str, str]) -> None:
        self._info.protected = self._info.protected or is_true(found.get("sheet"))

    def _end_text(self) -> None:
        if self._text is not None:
            text = "".join(self._text)
            text = text if self._preserve else text.strip(_BLANKS)
            if self._in_inline:
                self._inline += text
            else:
                self._value += text
            self._text = None

    def _end_inline(self) -> None:
        self._in_inline = False

    def _end_phonetic(self) -> None:
        self._phonetic = False

    def _end_cell(self) -> None:
        value, row, col = self._value, self._row, self._col
        if self._inline and (self._stored == Stored.INLINE or not value):
            # A value beside an inline text is a copy that some writers add, or the text they replaced.
            value, self._stored = self._inline, Stored.INLINE
        if not value:
            if self._formula and self._stored != Stored.TEXT:
                self._info.note("recalculation-missing", address(row, col))
            return
        if self._nowhere or row < 0 or row >= MAX_ROWS or col >= MAX_COLUMNS:
            self._note_outside(row, col)
        elif self._stored == Stored.SHARED:
            self._put_shared(row, col, value)
        elif self._stored in {Stored.TEXT, Stored.INLINE}:
            self._grid.put(row, col, decode_escapes(value))
        else:
            raw = [value.encode("utf-8", "replace")]
            texts, kinds = texts_and_kinds(self._stored, raw, self._book)
            kind = Kind.TEXT if kinds is None else Kind(int(kinds[0]))
            self._grid.put(row, col, texts[0].decode(), kind)

    def _note_outside(self, row: int, col: int) -> None:
        self._info.note("cell-outside", f"{row + 1},{col + 1}")
        self._outside += 1
        if self._outside > _OUTSIDE_LIMIT:
            raise refusal("bomb", "cells outside of the sheet")

    def _put_shared(self, row: int, col: int, value: str) -> None:
        refs = self._book.shared_refs
        index = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else len(refs)
        if index < len(refs):
            self._grid.put_shared(row, col, int(refs[index]))
        else:
            self._info.note("text-missing", address(row, col))


_STARTS = {
    "sheetData": SheetWalk._start_data,
    "row": SheetWalk._start_row,
    "c": SheetWalk._start_cell,
    "v": SheetWalk._start_value,
    "t": SheetWalk._start_text,
    "f": SheetWalk._start_formula,
    "is": SheetWalk._start_inline,
    "rPh": SheetWalk._start_phonetic,
    "mergeCell": SheetWalk._start_merge,
    "col": SheetWalk._start_column,
    "sheetProtection": SheetWalk._start_protection,
}
_ENDS = {
    "sheetData": SheetWalk._end_data,
    "c": SheetWalk._end_cell,
    "v": SheetWalk._end_text,
    "t": SheetWalk._end_text,
    "is": SheetWalk._end_inline,
    "rPh": SheetWalk._end_phonetic,
}


def note_hidden_columns(info: SheetInfo, found: dict[str, str]) -> None:
    """Note what a ``<col>`` hides; a range to the last column stands for "everything else" and is left out."""
    first, last = found.get("min", ""), found.get("max", "")
    if not (is_true(found.get("hidden")) and first.isdigit() and last.isdigit()):
        return
    if int(last) < MAX_COLUMNS:
        info.hidden_columns.update(range(int(first) - 1, int(last)))


def _mended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The part as UTF-8 with U+FFFD for what XML does not allow, and HTML's entities as their characters."""
    stream = iter(pieces)
    head = next(stream, b"")
    if not is_utf8(head):
        head, stream = as_utf8(head + b"".join(stream)), iter(())
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    held = ""
    for piece in itertools.chain((head,), stream, (b"",)):
        text = held + decoder.decode(piece, final=not piece)
        cut = text.rfind("&", max(len(text) - _LONGEST_ENTITY, 0)) if piece else -1
        text, held = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
        yield _CONTROL.sub("\ufffd", _REFERENCE.sub(_reference, text)).encode("utf-8")


def _reference(match: re.Match[str]) -> str:
    written = match.group()
    if not written.endswith(";"):
        return "&amp;" + written[1:]
    meant = unescape(written)
    return written if written[1:-1] in _XML_ENTITIES else "\ufffd" if _CONTROL.search(meant) else escape(meant)


def _refuse_doctype(*_declaration: object) -> None:
    raise refusal("bomb", "XML DOCTYPE")
