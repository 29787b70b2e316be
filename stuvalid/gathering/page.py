"""A sheet, or a table of a Word paper, as the cells that hold something, each with what it spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from stuvalid.excel.model import Sheet

_MOST_ROWS, _MOST_COLUMNS = 20_000, 400


class PageCell(NamedTuple):
    """A cell with text: from ``row`` and ``column`` to ``bottom`` and ``right``, all 0-based and inclusive."""

    row: int
    column: int
    bottom: int
    right: int
    text: str


@dataclass(slots=True)
class Page:
    """``cells`` by their first row and column; ``owner`` says whose every covered place is."""

    name: str
    height: int
    width: int
    cells: dict[tuple[int, int], PageCell] = field(default_factory=dict)
    owner: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def of(cls, sheet: Sheet) -> Page:
        page = cls(sheet.name, min(sheet.height, _MOST_ROWS), min(sheet.width, _MOST_COLUMNS))
        page.cut = sheet.height > _MOST_ROWS or sheet.width > _MOST_COLUMNS
        for top, left, bottom, right in sheet.merged:
            if bottom < _MOST_ROWS and right < _MOST_COLUMNS and (bottom - top + 1) * (right - left + 1) < _MOST_ROWS:
                page.spans[top, left] = (bottom, right)
                for row in range(top, bottom + 1):
                    for column in range(left, right + 1):
                        page.owner[row, column] = (top, left)
        for column in range(page.width):
            for row, text in enumerate(sheet.columns[column].slice(0, page.height).to_pylist()):
                if text and text.strip() and page.owner.get((row, column), (row, column)) == (row, column):
                    bottom, right = page.spans.get((row, column), (row, column))
                    page.cells[row, column] = PageCell(row, column, bottom, right, text)
        return page

    @property
    def is_flat(self) -> bool:
        """Whether nothing is merged, so that gaps may be what merging left (csv)."""
        return not self.spans

    def at(self, row: int, column: int) -> PageCell | None:
        """The cell that covers this place, None where nothing stands."""
        return self.cells.get(self.owner.get((row, column), (row, column)))

    def row(self, row: int) -> list[PageCell]:
        """The cells that begin on this row, from left to right."""
        return [cell for column in range(self.width) if (cell := self.cells.get((row, column))) is not None]

    def edge(self, row: int, column: int) -> int:
        """The last column of what covers this place."""
        top, left = self.owner.get((row, column), (row, column))
        return self.spans.get((top, left), (top, left))[1]

    def beside(self, cell: PageCell) -> Iterator[PageCell]:
        """What stands right of a cell on its row, also what reaches there from above."""
        column = cell.right + 1
        while column < self.width:
            found = self.at(cell.row, column)
            if found is not None:
                yield found
                column = found.right + 1
            else:
                column += 1
