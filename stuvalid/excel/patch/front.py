"""The sheet put before all others: a title, a header, rows that link to the cells they speak of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stuvalid.excel.patch.edits import (
    FILLS,
    LAST_ROW,
    LONGEST_TEXT,
    SEVERITIES,
    FrontCell,
    FrontSheet,
    Link,
    Severity,
    a1,
    column_letters,
    sheet_reference,
)
from stuvalid.excel.patch.markup import cell_text, escape_attribute
from stuvalid.excel.patch.properties import add_title_first
from stuvalid.excel.patch.styles import StyleBook
from stuvalid.excel.patch.workbook import Workbook

_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MOST_LINKS = 65_530  # Excel opens a sheet with more of them only after "repairing" it
_WRAPPED = b'vertical="top" wrapText="1"'


@dataclass(frozen=True, slots=True)
class _Looks:
    """Format numbers of the front sheet."""

    title: int
    line: int
    header: int
    body: dict[Severity | None, int]
    link: dict[Severity | None, int]


def free_sheet_name(wanted: str, taken: list[str]) -> str:
    """``wanted`` made a legal sheet name that no sheet has: 问题清单, 问题清单2, 问题清单3 …"""
    plain = _NOT_IN_NAMES.sub("_", wanted).strip("'")[:_LONGEST_NAME] or "Sheet"
    used = {name.casefold() for name in taken}
    name, count = plain, 1
    while name.casefold() in used:
        count += 1
        suffix = str(count)
        name = plain[: _LONGEST_NAME - len(suffix)] + suffix
    return name


def add_front_sheet(workbook: Workbook, front: FrontSheet) -> list[str]:
    """Insert ``front`` as the first and active sheet; returns note codes."""
    notes = []
    name = free_sheet_name(front.name, [sheet.name for sheet in workbook.sheets])
    if name != front.name:
        notes.append("front-sheet-renamed")
    folder = workbook.part.rpartition("/")[0]
    part = workbook.package.free_name((folder + "/" if folder else "") + "worksheets/sheet{}.xml")
    writer = _FrontWriter(front, _looks(workbook.styles), [sheet.name for sheet in workbook.sheets])
    workbook.package.add(part, writer.xml(workbook))
    workbook.add_sheet_first(name, part)
    workbook.add_names_to_first(
        {
            "_xlnm._FilterDatabase": (sheet_reference(name, writer.filter_range(absolute=True)), True),
            "_xlnm.Print_Titles": (
                sheet_reference(name, f"${writer.header_row}:${writer.header_row}"),
                False,
            ),
        }
    )
    add_title_first(workbook.package, name)
    return notes + writer.notes


def _looks(styles: StyleBook) -> _Looks:
    base = re.sub(rb"<(?:[^\s<>/]+:)?(?:b|i|u|color|strike)(?=[\s/>])[^<>]*/>", b"", styles.body_font())
    size = re.compile(rb"(<(?:[^\s<>/]+:)?sz\s+val=)[\"'][^\"']*[\"']")
    bold = b"<{p}b/>" + base
    title = styles.font(size.sub(rb'\g<1>"16"', bold))
    header = styles.font(_coloured(bold, b'rgb="FFFFFFFF"'))
    link = styles.font(_coloured(b"<{p}u/>" + base, b'rgb="FF0563C1"'))
    plain = styles.font(base)
    border = styles.thin_border()
    fills: dict[Severity | None, int] = {None: 0, **{s: styles.solid_fill(FILLS[s]) for s in SEVERITIES}}

    def body(font: int, fill: int, *, text: bool) -> int:
        return styles.cell_format(font=font, fill=fill, border=border, text=text, alignment=_WRAPPED)

    return _Looks(
        title=styles.cell_format(font=title, text=True, alignment=b'vertical="center"'),
        line=styles.cell_format(font=plain, text=True, alignment=b'vertical="center"'),
        header=styles.cell_format(
            font=header,
            fill=styles.solid_fill("FF44546A"),
            border=border,
            text=True,
            alignment=b'horizontal="center" vertical="center" wrapText="1"',
        ),
        body={severity: body(plain, fill, text=False) for severity, fill in fills.items()},
        link={severity: body(link, fill, text=False) for severity, fill in fills.items()},
    )


def _coloured(font: bytes, colour: bytes) -> bytes:
    """A font with a colour at the place the schema gives it: behind the size, before the name."""
    element = b"<{p}color " + colour + b"/>"
    found = re.search(rb"<(?:[^\s<>/]+:)?sz\s[^<>]*/>", font)
    if found is None:
        return element + font
    return font[: found.end()] + element + font[found.end() :]


class _FrontWriter:
    def __init__(self, front: FrontSheet, looks: _Looks, sheets: list[str]) -> None:
        self._front = front
        self._looks = looks
        self._sheets = set(sheets)
        self.notes: list[str] = []
        self.header_row = 2 + len(front.lines)  # as people count
        room = LAST_ROW + 1 - self.header_row
        self._rows = front.rows[:room]
        if len(front.rows) > room:
            self.notes.append("front-sheet-truncated")
        self._links: list[bytes] = []

    def filter_range(self, *, absolute: bool = False) -> str:
        last = column_letters(max(len(self._front.header) - 1, 0))
        bottom = self.header_row + len(self._rows)
        mark = "$" if absolute else ""
        return f"{mark}A{mark}{self.header_row}:{mark}{last}{mark}{bottom}"

    def xml(self, workbook: Workbook) -> bytes:
        rows = [self._line(1, self._front.title, self._looks.title, height=27)]
        rows += [self._line(at, text, self._looks.line) for at, text in enumerate(self._front.lines, start=2)]
        rows.append(self._header())
        rows += [self._row(at, row) for at, row in enumerate(self._rows, start=self.header_row + 1)]
        top = f"A{self.header_row + 1}".encode()
        links = b"<hyperlinks>" + b"".join(self._links) + b"</hyperlinks>" if self._links else b""
        return b"".join(
            [
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">'
                % workbook.dialect.main,
                b'<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>',
                b'<dimension ref="A1:%s"/>' % self.filter_range().partition(":")[2].encode(),
                b'<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">',
                b'<pane ySplit="%d" topLeftCell="%s" activePane="bottomLeft" state="frozen"/>'
                % (self.header_row, top),
                b'<selection pane="bottomLeft" activeCell="%s" sqref="%s"/></sheetView></sheetViews>'
                % (top, top),
                b'<sheetFormatPr defaultRowHeight="15"/>',
                self._columns(),
                b"<sheetData>",
                *rows,
                b'</sheetData><autoFilter ref="%s"/>' % self.filter_range().encode(),
                links,
                b'<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>',
                b'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
                b"<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter></worksheet>",
            ]
        )

    def _columns(self) -> bytes:
        columns = b"".join(
            b'<col min="%d" max="%d" width="%.2f" customWidth="1"/>' % (at, at, width)
            for at, width in enumerate(self._front.widths, start=1)
        )
        return b"<cols>" + columns + b"</cols>" if columns else b""

    def _line(self, row: int, text: str, style: int, *, height: int = 0) -> bytes:
        tall = b' ht="%d" customHeight="1"' % height if height else b""
        return b'<row r="%d"%s>%s</row>' % (row, tall, _text_cell(row, 0, text, style))

    def _header(self) -> bytes:
        row = self.header_row
        cells = (
            _text_cell(row, col, text, self._looks.header) for col, text in enumerate(self._front.header)
        )
        return b'<row r="%d" ht="22" customHeight="1">%s</row>' % (row, b"".join(cells))

    def _row(self, row: int, values: Sequence[str | int | FrontCell]) -> bytes:
        cells = []
        for col, value in enumerate(values):
            cell = value if isinstance(value, FrontCell) else FrontCell(value)
            linked = cell.link is not None and self._link(row, col, cell.link)
            style = (self._looks.link if linked else self._looks.body)[cell.severity]
            if isinstance(cell.value, int):
                cells.append(
                    b'<c r="%s" s="%d"><v>%d</v></c>' % (a1(row - 1, col).encode(), style, cell.value)
                )
            else:
                cells.append(_text_cell(row, col, cell.value, style))
        return b'<row r="%d">%s</row>' % (row, b"".join(cells))

    def _link(self, row: int, col: int, link: Link) -> bool:
        if link.sheet not in self._sheets:
            return False
        if len(self._links) >= _MOST_LINKS:
            if "links-limited" not in self.notes:
                self.notes.append("links-limited")
            return False
        target = a1(link.row, link.col)
        place = escape_attribute(sheet_reference(link.sheet, target))
        self._links.append(b'<hyperlink ref="%s" location="%s"/>' % (a1(row - 1, col).encode(), place))
        return True


def _text_cell(row: int, col: int, text: str, style: int) -> bytes:
    """``row`` as people count. Always a string: a value that begins with ``=`` never becomes a formula."""
    place = a1(row - 1, col).encode()
    if not text:
        return b'<c r="%s" s="%d"/>' % (place, style)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    return b'<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (
        place, style, cell_text(text),
    )  # fmt: skip
