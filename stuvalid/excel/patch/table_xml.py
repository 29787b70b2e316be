"""The XML of a list sheet: title, header, rows that may link to the cells they speak of, ready to print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from stuvalid.excel.address import address, column_letter
from stuvalid.excel.patch.edits import (
    FILLS,
    LAST_ROW,
    LONGEST_TEXT,
    SEVERITIES,
    FrontCell,
    FrontSheet,
    Link,
    Severity,
    sheet_reference,
    text_lines,
)
from stuvalid.excel.patch.markup import cell_text, escape_attribute
from stuvalid.excel.patch.styles import StyleBook

_MOST_LINKS = 65_530  # Excel opens a sheet with more of them only after "repairing" it
_LINE_POINTS, _TALLEST_ROW = 16, 409
_WRAPPED = b'vertical="top" wrapText="1"'
_PRINTING = (
    b'<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    b'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
    b"<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
)


LIST_NAME = "stuvalid.list"
"""A hidden name on every list sheet we write; by it a later run knows the sheet as ours, whoever saved the file."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Format numbers of a list sheet."""

    title: int
    line: int
    header: int
    body: dict[Severity | None, int]
    link: dict[Severity | None, int]


def list_looks(styles: StyleBook) -> Looks:
    """The formats of list sheets, in the workbook's own font."""
    base = re.sub(rb"<(?:[^\s<>/]+:)?(?:b|i|u|color|strike)(?=[\s/>])[^<>]*/>", b"", styles.body_font())
    size = re.compile(rb"(<(?:[^\s<>/]+:)?sz\s+val=)[\"'][^\"']*[\"']")
    bold = b"<{p}b/>" + base
    title = styles.font(size.sub(rb'\g<1>"16"', bold))
    header = styles.font(_coloured(bold, b'rgb="FFFFFFFF"'))
    link = styles.font(_coloured(b"<{p}u/>" + base, b'rgb="FF0563C1"'))
    plain = styles.font(base)
    border = styles.thin_border()
    fills: dict[Severity | None, int] = {None: 0, **{s: styles.solid_fill(FILLS[s]) for s in SEVERITIES}}

    def body(font: int, fill: int) -> int:
        return styles.cell_format(font=font, fill=fill, border=border, text=False, alignment=_WRAPPED)

    return Looks(
        title=styles.cell_format(font=title, text=True, alignment=b'vertical="center"'),
        line=styles.cell_format(font=plain, text=True, alignment=b'vertical="center"'),
        header=styles.cell_format(
            font=header,
            fill=styles.solid_fill("FF44546A"),
            border=border,
            text=True,
            alignment=b'horizontal="center" vertical="center" wrapText="1"',
        ),
        body={severity: body(plain, fill) for severity, fill in fills.items()},
        link={severity: body(link, fill) for severity, fill in fills.items()},
    )


def _coloured(font: bytes, colour: bytes) -> bytes:
    """A font with a colour at the place the schema gives it: behind the size, before the name."""
    element = b"<{p}color " + colour + b"/>"
    found = re.search(rb"<(?:[^\s<>/]+:)?sz\s[^<>]*/>", font)
    if found is None:
        return element + font
    return font[: found.end()] + element + font[found.end() :]


class TableXml:
    """Writes one list sheet piece by piece; what depends on the number of rows is known afterwards.

    ``sheets`` are the names links may lead to. ``rows`` are the table's own unless given; what a sheet
    cannot hold stays in it.
    """

    def __init__(
        self,
        table: FrontSheet,
        looks: Looks,
        sheets: Sequence[str],
        *,
        namespace: bytes,
        selected: bool = True,
        rows: Iterator[Sequence[str | int | FrontCell]] | None = None,
    ) -> None:
        self._table = table
        self._looks = looks
        self._sheets = set(sheets)
        self._namespace = namespace
        self._selected = selected
        self._links: list[bytes] = []
        self._count = 0
        self._columns = [column_letter(col) for col in range(len(table.header))]
        self.notes: list[str] = []
        self.header_row = (1 if table.title else 0) + len(table.lines) + 1  # as people count
        self.rows = iter(table.rows) if rows is None else rows

    @property
    def filter_range(self) -> str:
        """Header and rows, e.g. ``A3:H80``."""
        return f"A{self.header_row}:{column_letter(max(len(self._table.header) - 1, 0))}{self._last_row}"

    def names(self, sheet: str) -> dict[str, tuple[str, bool]]:
        """The sheet's defined names: {name: (formula, hidden)}."""
        header, last = self.header_row, column_letter(max(len(self._table.header) - 1, 0))
        area = f"$A${header}:${last}${self._last_row}"
        return {
            "_xlnm._FilterDatabase": (sheet_reference(sheet, area), True),
            "_xlnm.Print_Titles": (sheet_reference(sheet, f"${header}:${header}"), False),
            LIST_NAME: (sheet_reference(sheet, "$A$1"), True),
        }

    def pieces(self) -> Iterator[bytes]:
        """The whole XML."""
        yield self._head()
        row = 0
        for row, (text, style, height) in enumerate(self._opening(), start=1):
            yield b'<row r="%d"%s>%s</row>' % (row, height, self._text(f"A{row}", text, style))
        yield self._header()
        for values in islice(self.rows, LAST_ROW + 1 - self.header_row):
            self._count += 1
            yield self._row(self._last_row, values)
        links = b"<hyperlinks>" + b"".join(self._links) + b"</hyperlinks>" if self._links else b""
        yield b'</sheetData><autoFilter ref="%s"/>' % self.filter_range.encode() + links + _PRINTING

    @property
    def _last_row(self) -> int:
        return self.header_row + self._count

    def _head(self) -> bytes:
        top = f"A{self.header_row + 1}".encode()
        columns = b"".join(
            b'<col min="%d" max="%d" width="%.2f" customWidth="1"/>' % (at, at, width)
            for at, width in enumerate(self._table.widths, start=1)
        )
        return (
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">'
            b'<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
            b'<sheetViews><sheetView showGridLines="0"%s workbookViewId="0">'
            b'<pane ySplit="%d" topLeftCell="%s" activePane="bottomLeft" state="frozen"/>'
            b'<selection pane="bottomLeft" activeCell="%s" sqref="%s"/></sheetView></sheetViews>'
            b'<sheetFormatPr defaultRowHeight="15"/>%s<sheetData>'
        ) % (
            self._namespace,
            b' tabSelected="1"' if self._selected else b"",
            self.header_row,
            top,
            top,
            top,
            b"<cols>" + columns + b"</cols>" if columns else b"",
        )

    def _opening(self) -> list[tuple[str, int, bytes]]:
        title = [(self._table.title, self._looks.title, b' ht="27" customHeight="1"')] if self._table.title else []
        return [*title, *((line, self._looks.line, b"") for line in self._table.lines)]

    def _header(self) -> bytes:
        row = self.header_row
        cells = (
            self._text(f"{letter}{row}", text, self._looks.header)
            for letter, text in zip(self._columns, self._table.header, strict=True)
        )
        return b'<row r="%d" ht="22" customHeight="1">%s</row>' % (row, b"".join(cells))

    def _row(self, row: int, values: Sequence[str | int | FrontCell]) -> bytes:
        cells = []
        for col, value in enumerate(values):
            letters = self._columns[col] if col < len(self._columns) else column_letter(col)
            place = f"{letters}{row}"
            cell = value if isinstance(value, FrontCell) else None
            plain = cell.value if cell is not None else value
            style = self._style(place, cell)
            if isinstance(plain, int):
                cells.append(b'<c r="%s" s="%d"><v>%d</v></c>' % (place.encode(), style, plain))
            else:
                cells.append(self._text(place, str(plain), style))
        return b'<row r="%d" ht="%d" customHeight="1">%s</row>' % (row, self._height(values), b"".join(cells))

    def _style(self, place: str, cell: FrontCell | None) -> int:
        if cell is None:
            return self._looks.body[None]
        linked = cell.link is not None and self._link(place, cell.link)
        return (self._looks.link if linked else self._looks.body)[cell.severity]

    def _height(self, values: Sequence[str | int | FrontCell]) -> int:
        """Points the row needs; LibreOffice and WPS do not fit rows to wrapped text when they open a file."""
        lines = 1
        for value, width in zip(values, self._table.widths, strict=False):
            text = value.value if isinstance(value, FrontCell) else value
            if isinstance(text, str) and (2 * len(text) >= width or "\n" in text):
                lines = max(lines, text_lines(text, width - 1))
        return min(_LINE_POINTS * lines + 2, _TALLEST_ROW)

    def _link(self, place: str, link: Link) -> bool:
        if link.sheet not in self._sheets:
            return False
        if len(self._links) >= _MOST_LINKS:
            if "links-limited" not in self.notes:
                self.notes.append("links-limited")
            return False
        target = escape_attribute(sheet_reference(link.sheet, address(link.row, link.col)))
        self._links.append(b'<hyperlink ref="%s" location="%s"/>' % (place.encode(), target))
        return True

    @staticmethod
    def _text(place: str, text: str, style: int) -> bytes:
        """Always a string: a value that begins with ``=`` never becomes a formula."""
        if not text:
            return b'<c r="%s" s="%d"/>' % (place.encode(), style)
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        return b'<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (
            place.encode(),
            style,
            cell_text(text),
        )
