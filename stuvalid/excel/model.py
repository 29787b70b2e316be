"""What a workbook is to the rest of the program: sheets of text columns with true addresses.

Row index 0 is Excel's row 1 and column index 0 is column A, always: leading blank rows and columns
are kept, so that every finding can name the cell a person sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


class Kind(IntEnum):
    """How a cell is stored, which decides what its text is worth (a NUMBER of 18 digits is damaged)."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    DATE = 3
    BOOLEAN = 4
    ERROR = 5


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the reading that is no failure, e.g. ``stray-cell`` at ``XFD9``; `stuvalid.rules.reading` tells it.

    ``row`` is Excel's number of the last row that was read where what follows may be lost, 0 where nothing is.
    """

    code: str
    detail: str = ""
    sheet: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no honest school file meets and that keep a crafted one from exhausting the machine.

    Sizes are bytes. ``inflated_bytes`` is what all parts read from one archive may inflate to together,
    ``dense_cells`` the largest grid (height x width) that is laid out in memory.
    """

    file_bytes: int = 512 << 20
    inflated_bytes: int = 600 << 20
    text_bytes: int = 256 << 20
    archive_entries: int = 20_000
    sheets: int = 1_000
    cells: int = 60_000_000
    dense_cells: int = 80_000_000


DEFAULT_LIMITS = Limits()
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Offer:
    """A dropdown in an area of 0-based, inclusive rows and columns, and the texts that it offers, in its order.

    ``values`` is empty where they are computed; ``broken`` where what it took them from is gone. A ``loose`` one lets
    other values pass: it says so, or what it offers in a cell depends on others and ``values`` are all it may offer.
    """

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    values: tuple[str, ...]
    broken: bool = False
    loose: bool = False


@dataclass(slots=True)
class Sheet:
    """One worksheet.

    ``columns`` holds ``width`` Arrow utf8 arrays of length ``height``; null or ``""`` is an empty cell.
    ``kinds`` is a uint8 matrix (height, width) of `Kind`, or None when every non-empty cell is proven TEXT.
    ``formulas`` is an int32 array (k, 2) of 0-based row and column of cells that hold a formula.
    ``stored`` gives by 0-based (row, column) what is stored in the cells whose number format adds digits or letters:
    their text is the one a person sees. ``merged`` holds 0-based inclusive (first row, first column, last row, last column).
    ``feeds`` when dropdowns of another sheet take what they offer from here.
    """

    name: str
    visible: bool
    protected: bool
    height: int
    width: int
    columns: list[pa.Array]
    kinds: npt.NDArray[np.uint8] | None = None
    formulas: npt.NDArray[np.int32] | None = None
    hidden_rows: npt.NDArray[np.int32] | None = None
    hidden_columns: tuple[int, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    offers: tuple[Offer, ...] = ()
    stored: dict[tuple[int, int], str] = field(default_factory=dict)
    feeds: bool = False

    def text(self, row: int, col: int) -> str:
        """The text of the cell at 0-based ``row`` and ``col``; empty outside the used extent."""
        if not (0 <= row < self.height and 0 <= col < self.width):
            return ""
        return self.columns[col][row].as_py() or ""

    def kind(self, row: int, col: int) -> Kind:
        """How the cell at 0-based ``row`` and ``col`` is stored."""
        if not (0 <= row < self.height and 0 <= col < self.width):
            return Kind.EMPTY
        if self.kinds is not None:
            return Kind(int(self.kinds[row, col]))
        return Kind.TEXT if self.text(row, col) else Kind.EMPTY

    def head(self, rows: int) -> list[list[str]]:
        """The first ``rows`` rows (fewer if the sheet is shorter) as lists of ``width`` texts."""
        count = min(rows, self.height)
        columns = [column.slice(0, count).to_pylist() for column in self.columns]
        if not columns:
            return [[] for _ in range(count)]
        return [[value or "" for value in row] for row in zip(*columns, strict=True)]


@dataclass(slots=True)
class Workbook:
    """A workbook as read; ``format`` is what the content is, whatever the name says.

    ``stamp`` is what `excel.stamps` wrote into it when it was issued, '' if it bears none.
    """

    format: str
    sheets: list[Sheet]
    macros: bool = False
    producer: str = ""
    stamp: str = ""
    notes: list[Note] = field(default_factory=list)
