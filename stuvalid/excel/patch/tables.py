"""Excel tables repeat their header cells; whoever renames a header cell must rename the table's column too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stuvalid.excel.address import parse_range
from stuvalid.excel.patch.markup import Element, Markup, attribute, escape, number
from stuvalid.excel.patch.relations import Relations
from stuvalid.excel.patch.workbook import Workbook


@dataclass(frozen=True, slots=True)
class _HeaderCell:
    table: Markup
    column: Element
    old: str


class TableHeaders:
    """The header cells of all tables on one sheet."""

    def __init__(self, workbook: Workbook, part: str) -> None:
        self._workbook = workbook
        self._cells: dict[tuple[int, int], _HeaderCell] = {}
        for relation in Relations(workbook.package, part):
            name = workbook.package.find(relation.target) if relation.is_a("table") else None
            if name is not None:
                self._read(Markup(workbook.package.read(name), name))

    def rename(self, place: tuple[int, int], value: str | None) -> str | None:
        """Follow an edit of the cell ``place``; returns a note code, or None when it is no table header.

        ``table-header-kept`` means the edit must not be made: the name would be empty or taken, or formulas
        refer to the column by the old one.
        """
        cell = self._cells.get(place)
        if cell is None:
            return None
        if value == cell.old:
            return "table-header-renamed"
        names = {
            other.old.casefold() for other in self._cells.values() if other.table is cell.table and other is not cell
        }
        if not value or value.casefold() in names or self._is_referred_to(cell.old):
            return "table-header-kept"
        cell.table.retag(cell.column, name=_stored(value))
        self._cells[place] = _HeaderCell(cell.table, cell.column, value)
        return "table-header-renamed"

    def save(self) -> None:
        for table in {id(cell.table): cell.table for cell in self._cells.values()}.values():
            if table.changed:
                self._workbook.package.replace(table.part, table.render())

    def _read(self, table: Markup) -> None:
        tag = table.tag(table.root)
        area = parse_range(attribute(tag, b"ref") or "")
        columns = table.child(table.root, b"tableColumns")
        if area is None or columns is None or number(tag, b"headerRowCount", 1) == 0:
            return
        for offset, column in enumerate(table.children(columns)):
            old = _shown(attribute(table.tag(column), b"name") or "")
            self._cells[area[0], area[1] + offset] = _HeaderCell(table, column, old)

    def _is_referred_to(self, name: str) -> bool:
        """Whether any formula of the workbook says ``Table[name]`` (or ``[@name]``, ``[[#All],[name]]``)."""
        package = self._workbook.package
        word = re.compile(rb"[\[@]" + re.escape(escape(re.sub(r"(['\[\]#])", r"'\1", name))) + rb"\]")
        parts = [sheet.part for sheet in self._workbook.sheets if sheet.part]
        others = [part for part in package.names() if "/tables/" in part.lower() or "/charts/" in part.lower()]
        return any(word.search(package.read(part, limit=1 << 30)) for part in [self._workbook.part, *parts, *others])


def _stored(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\n", "_x000a_")


def _shown(stored: str) -> str:
    return re.sub(r"_x000[aA]_", "\n", stored)
