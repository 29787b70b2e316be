"""The fast reader of worksheet XML: finds tags with numpy instead of parsing them one by one.

Works on the shape that all common programs write: every cell is ``<c r="B2" ...>``, in one namespace
without a prefix, without comments. Whatever deviates raises `UnusualError`, and the careful reader
(`sheet_careful`) does the sheet over; so this one may be strict and need not be clever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.address import address, parse_address
from stuvalid.excel.grid import Grid, Ints, SheetInfo
from stuvalid.excel.slices import LONGEST_FINGERPRINT, cut_texts, fingerprints
from stuvalid.excel.stored import SharedByBook, Stored, stored_as, texts_and_kinds
from stuvalid.excel.strings import are_damaged, rich_text, without_markup
from stuvalid.excel.tags import attributes, is_utf8

_CHUNK = 1 << 20
_LONGEST_CELL = 64 << 20
_LONGEST_TAIL = 32 << 20
_PADDING = bytes(32)
_AHEAD = 5
_MAX_DIGITS = 7
_MAX_INDEX_DIGITS = 8
# What may follow the name of a tag.
_ENDS_NAME = np.bincount((0x20, 0x2F, 0x3E), minlength=256).astype(np.bool_)
# What may follow the name of a tag, but a blank, which follows that of nearly all cells.
_ODD_CELL = np.bincount((0x09, 0x0A, 0x0D, 0x2F, 0x3E), minlength=256).astype(np.bool_)
# What may follow the "<" of a tag: a letter or a slash.
_BEGINS_TAG = np.bincount((0x2F, *range(0x41, 0x5B), *range(0x61, 0x7B)), minlength=256).astype(np.bool_)
_MANY_TAGS = 50  # honest sheets have fewer different combinations of type and style in one chunk

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


class UnusualError(Exception):
    """The XML is not of the common shape; no verdict on whether it is sound."""


class _Types(dict[bytes, int]):
    """What the attributes behind ``r="B2"`` say about how a cell is stored; each spelling is read once."""

    def __init__(self, book: SharedByBook) -> None:
        super().__init__()
        self._book = book

    def __missing__(self, suffix: bytes) -> int:
        found = attributes(suffix.decode("utf-8", "replace"))
        self[suffix] = stored = stored_as(found.get("t"), found.get("s"), self._book)
        return stored


class SheetScan:
    """Feeds the chunks of one worksheet part into a `Grid`; ``head`` and ``tail`` keep what is around the data."""

    def __init__(self, grid: Grid, info: SheetInfo, book: SharedByBook) -> None:
        self.grid = grid
        self.info = info
        self.book = book
        self.types = _Types(book)
        styles = "|".join(book.adding_styles).encode()
        self._adding = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*? s="(%s)"' % styles) if styles else None
        self.head = b""
        self.tail = b""

    def read(self, pieces: Iterable[bytes]) -> None:
        """Read the whole part; raises `UnusualError`, also when its end is missing."""
        for chunk in self._chunks(iter(pieces)):
            self._scan(chunk)
        if b"</worksheet" not in self.tail or b"<sheetData" in self.tail:
            raise UnusualError

    def _chunks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Chunks of sheet data that begin at a cell or row and end before one."""
        rest = self._read_head(pieces)
        parts = [rest]
        size, wanted = len(rest), _CHUNK
        for piece in pieces:
            parts.append(piece)
            size += len(piece)
            if size < wanted:
                continue
            data = b"".join(parts)
            cut = len(data) if self.tail else max(data.rfind(b"<c "), data.rfind(b"<row"))
            if cut > 0:
                yield data[:cut]
                data, wanted = data[cut:], _CHUNK
            elif size > _LONGEST_CELL:
                raise UnusualError
            else:
                wanted = 2 * size  # not to search all of it again for every further piece
            parts, size = [data], len(data)
        yield b"".join(parts)

    def _read_head(self, pieces: Iterator[bytes]) -> bytes:
        head = b""
        for piece in pieces:
            head += piece
            place = head.find(b"<sheetData")
            if 0 <= place < len(head) - 16:
                if not is_utf8(head[:place]):
                    raise UnusualError
                self.head = head[:place]
                return head[place:]
            if len(head) > 4 * _CHUNK:
                break
        raise UnusualError

    def _scan(self, chunk: bytes) -> None:
        if self.tail:
            if len(self.tail) < _LONGEST_TAIL:
                self.tail += chunk
            return
        data = np.frombuffer(chunk + _PADDING, np.uint8)
        tags = np.flatnonzero(data == 60)
        first = data[tags + 1]
        if not _BEGINS_TAG[first].all():  # a comment, CDATA, or a text with a bare "<"
            raise UnusualError
        end = tags[(first == 47) & (data[tags + 2] == 115)]
        ends = [int(place) for place in end if chunk.startswith(b"</sheetData", int(place))]
        if ends:
            self.tail = chunk[ends[0] :]
            tags = tags[tags < ends[0]]
            chunk = chunk[: ends[0]]
            first = first[: len(tags)]
        if self._adding is not None:
            for found in self._adding.finditer(chunk):
                place = parse_address(found.group(1).decode())
                if place is not None:
                    self.info.formats[place] = self.book.adding_styles[found.group(2).decode()]
        if len(tags):
            _Chunk(chunk, data, tags, first).fill(self)


class _Chunk:
    """One piece of sheet data with the places of its tags; ``tags`` are the places of all ``<``."""

    def __init__(self, text: bytes, data: Bytes, tags: Places, first: Bytes) -> None:
        self.text = text
        self.data = data
        # Room behind the last tag, so that looking a few tags ahead needs no check.
        self.tags = np.append(tags, [len(text)] * _AHEAD)
        self.first = np.append(first, [np.uint8(0)] * _AHEAD)

    def fill(self, scan: SheetScan) -> None:
        self._note_rows(scan.info)
        cells = self._cells()
        if not len(cells):
            if (self.first == 118).any():
                raise UnusualError
            return
        rows, cols, ref_ends = self._addresses(self.tags[cells])
        next_tags = self.tags[cells + 1]
        if (self.data[next_tags - 1] != 62).any():
            raise UnusualError
        shared = self._ends_with(next_tags, b' t="s">')
        self._note_formulas(cells, rows, cols, scan.info)
        starts, ends = self._values(cells)
        has_value = ends > starts
        self._add_shared(scan, rows, cols, starts, ends, shared & has_value)
        rest = np.flatnonzero(~shared)
        inline = self._count_inline()
        if not len(rest):
            if inline:
                raise UnusualError
            return
        stored = self._stored(scan.types, ref_ends[rest] + 1, next_tags[rest] - 1)
        if (self.first == 102).any():
            is_formula = self._is_formula(cells[rest])
            self._note_uncalculated(scan.info, rows[rest], cols[rest], stored, has_value[rest], is_formula)
        if inline != np.count_nonzero(stored == Stored.INLINE):
            raise UnusualError
        for way in np.flatnonzero(np.bincount(stored)).tolist():
            chosen = rest[stored == way]
            if way == Stored.INLINE:
                self._add_inline(scan, cells, rows, cols, chosen)
                continue
            chosen = chosen[has_value[chosen]]
            if way == Stored.SHARED:
                mask = np.zeros(len(cells), np.bool_)
                mask[chosen] = True
                self._add_shared(scan, rows, cols, starts, ends, mask)
            elif len(chosen):
                self._add_values(scan, Stored(way), rows[chosen], cols[chosen], starts[chosen], ends[chosen])

    def _ends_with(self, places: Places, ending: bytes) -> npt.NDArray[np.bool_]:
        """Whether ``ending`` stands right before each place."""
        found = np.ones(len(places), np.bool_)
        for back, byte in enumerate(reversed(ending), start=1):
            found &= self.data[places - back] == byte
        return found

    def _stored(self, types: _Types, starts: Places, ends: Places) -> npt.NDArray[np.uint8]:
        """How each cell is stored, by what stands between its address and the end of its tag."""
        text = self.text
        stored = np.zeros(len(starts), np.uint8)
        left: Places = np.arange(len(starts))
        if int((ends - starts).max()) <= LONGEST_FINGERPRINT:
            marks = fingerprints(self.data, starts, ends)
            for _ in range(_MANY_TAGS):
                first = int(left[0])
                same = marks[left] == marks[first]
                stored[left[same]] = types[text[int(starts[first]) : int(ends[first])]]
                left = left[~same]
                if not len(left):
                    return stored
        spans = zip(starts[left].tolist(), ends[left].tolist(), strict=True)
        stored[left] = [types[text[start:end]] for start, end in spans]
        return stored

    def _count_inline(self) -> int:
        """How many ``<is>`` there are; one in a cell of another type would be lost."""
        places = self.tags[np.flatnonzero(self.first == 105)]
        return int(np.count_nonzero((self.data[places + 2] == 115) & _ENDS_NAME[self.data[places + 3]]))

    def _is_formula(self, cells: Places) -> npt.NDArray[np.bool_]:
        after = self.data[self.tags[cells + 1] + 2]
        found: npt.NDArray[np.bool_] = (self.first[cells + 1] == 102) & _ENDS_NAME[after]
        return found

    def _note_rows(self, info: SheetInfo) -> None:
        places = np.flatnonzero(self.first == 114)
        places = places[self.data[self.tags[places] + 2] == 111]
        text, tags = self.text, self.tags
        for start, end in zip(tags[places].tolist(), tags[places + 1].tolist(), strict=True):
            tag = text[start:end]
            if b"hidden" in tag:
                found = attributes(tag.decode("utf-8", "replace"))
                if found.get("hidden") in {"1", "true"} and found.get("r", "").isdigit():
                    info.hidden_rows.append(int(found["r"]) - 1)

    def _cells(self) -> Places:
        """Indices into ``tags`` of cells that are not blank."""
        cells: Places = np.flatnonzero(self.first == 99)
        places = self.tags[cells]
        second = self.data[places + 2]
        if _ODD_CELL[second].any():
            raise UnusualError
        cells = cells[second == 32]
        blank = self.data[self.tags[cells + 1] - 2] == 47
        cells = cells[~blank]
        places = self.tags[cells]
        named = (self.data[places + 3] == 114) & (self.data[places + 4] == 61) & (self.data[places + 5] == 34)
        if not named.all():
            raise UnusualError
        return cells

    def _addresses(self, places: Places) -> tuple[Ints, Ints, Places]:
        """0-based rows and columns of the cells, and where the quote behind each reference stands."""
        data = self.data
        col = data[places + 6].astype(np.int32) - 64
        if ((col < 1) | (col > 26)).any():
            raise UnusualError
        place = places + 7
        for _ in range(2):
            letter = data[place].astype(np.int32) - 64
            more = letter > 0
            col = np.where(more, col * 26 + letter, col)
            place = place + more
        row = np.zeros(len(places), np.int32)
        active = np.ones(len(places), np.bool_)
        for _ in range(_MAX_DIGITS):
            digit = data[place] - np.uint8(48)
            active &= digit < 10
            if not active.any():
                break
            row = np.where(active, row * 10 + digit, row)
            place = place + active
        if (data[place] != 34).any() or (row < 1).any():
            raise UnusualError
        return row - np.int32(1), col - np.int32(1), place

    def _note_formulas(self, cells: Places, rows: Ints, cols: Ints, info: SheetInfo) -> None:
        places = np.flatnonzero(self.first == 102)
        places = places[_ENDS_NAME[self.data[self.tags[places] + 2]]]
        if len(places):
            owner = np.searchsorted(cells, places) - 1
            if (owner < 0).any():
                raise UnusualError
            info.formulas.append(np.stack([rows[owner], cols[owner]], axis=1))

    @staticmethod
    def _note_uncalculated(
        info: SheetInfo,
        rows: Ints,
        cols: Ints,
        stored: npt.NDArray[np.uint8],
        has_value: npt.NDArray[np.bool_],
        is_formula: npt.NDArray[np.bool_],
    ) -> None:
        missing = np.flatnonzero(is_formula & ~has_value & (stored != Stored.TEXT))
        if len(missing):
            info.note("recalculation-missing", address(int(rows[missing[0]]), int(cols[missing[0]])))

    def _values(self, cells: Places) -> tuple[Places, Places]:
        """For each cell, where the text of its ``<v>`` starts and ends (both 0 when it has none)."""
        starts, ends = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
        found = np.flatnonzero(self.first == 118)
        third = self.data[self.tags[found] + 2]
        if (third != 62).any():
            if (third == 32).any():
                raise UnusualError
            found = found[third == 62]
        if len(found) == len(cells) and (found == cells + 1).all():
            return self.tags[found] + 3, self.tags[found + 1]
        owner = np.searchsorted(cells, found) - 1
        if len(found) and (owner[0] < 0 or (np.diff(owner) == 0).any()):
            raise UnusualError
        starts[owner] = self.tags[found] + 3
        ends[owner] = self.tags[found + 1]
        return starts, ends

    def _add_shared(
        self, scan: SheetScan, rows: Ints, cols: Ints, starts: Places, ends: Places, chosen: npt.NDArray[np.bool_]
    ) -> None:
        if not chosen.all():
            rows, cols, starts, ends = rows[chosen], cols[chosen], starts[chosen], ends[chosen]
        if not len(rows):
            return
        index = np.zeros(len(rows), np.int32)
        lengths = ends - starts
        longest = int(lengths.max())
        if longest > _MAX_INDEX_DIGITS:
            raise UnusualError
        for step in range(longest):
            digit = self.data[starts + step] - np.uint8(48)
            inside = lengths > step
            if (inside & (digit > 9)).any():
                raise UnusualError
            index = np.where(inside, index * 10 + digit, index)
        known = index < len(scan.book.shared_refs)
        if not known.all():
            scan.info.note("text-missing")
            rows, cols, index = rows[known], cols[known], index[known]
        scan.grid.add(rows, cols, scan.book.shared_refs[index])

    def _add_values(
        self, scan: SheetScan, stored: Stored, rows: Ints, cols: Ints, starts: Places, ends: Places
    ) -> None:
        text = self.text
        raw = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        if stored == Stored.TEXT and are_damaged(raw):
            raise UnusualError
        texts, kinds = texts_and_kinds(stored, raw, scan.book)
        first = scan.grid.pool.add(texts)
        scan.grid.add(rows, cols, np.arange(first, first + len(rows), dtype=np.int32), kinds)

    def _add_inline(self, scan: SheetScan, cells: Places, rows: Ints, cols: Ints, chosen: Places) -> None:
        tags, first, text = self.tags, self.first, self.text
        own = cells[chosen]
        if (first[own + 1] != 105).any():
            raise UnusualError
        # <is><t>text</t></is> is told from rich text by its tags: "t", "/", "/" after the "i".
        plain = (first[own + 2] == 116) & (first[own + 3] == 47) & (self.data[tags[own + 2] + 2] != 47)
        plain &= self.data[tags[own + 3] + 2] == 116
        plain &= (first[own + 4] == 47) & (self.data[tags[own + 4] + 2] == 105)
        starts = np.where(plain, tags[own + 2] + 3, tags[own + 1])
        stops = np.where(plain, tags[own + 3], starts)
        preserved = np.zeros(len(own), np.bool_)
        for index in np.flatnonzero(plain & (self.data[tags[own + 2] + 2] != 62)).tolist():
            start = int(starts[index])
            end = text.find(b">", start, int(stops[index]))
            preserved[index] = b"preserve" in text[start:end]
            starts[index] = end + 1
        last = np.append(cells, len(tags) - 1)[chosen + 1]

        def rich(index: int) -> bytes:
            return rich_text(without_markup(text[int(starts[index]) : int(tags[last[index]])]))

        try:
            texts, places, damaged = cut_texts(text, self.data, starts, stops, preserved, ~plain, rich)
        except pa.ArrowInvalid as error:
            raise UnusualError from error
        if damaged:
            raise UnusualError
        first_ref = scan.grid.pool.add_array(texts.take(pa.array(places)))
        refs = np.arange(first_ref, first_ref + len(places), dtype=np.int32)
        scan.grid.add(rows[chosen], cols[chosen], refs)
