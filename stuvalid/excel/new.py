"""Fresh workbooks of plain lists, written as they come: reports, summaries, work lists.

Every text is written as a string cell, so that ``=…`` from a data file never becomes a formula. Rows are
taken from an iterator and compressed at once, so that memory does not grow with their number. Written here and
not with a library because a county's findings are millions of cells: XlsxWriter and openpyxl take two to
four times longer (``benchmarks/writing.py``).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from stuvalid.excel.patch.edits import FrontSheet
from stuvalid.excel.patch.front import free_sheet_name
from stuvalid.excel.patch.markup import escape, escape_attribute
from stuvalid.excel.patch.relations import Dialect
from stuvalid.excel.patch.styles import StyleBook, empty_styles
from stuvalid.excel.patch.table_xml import TableXml, list_looks
from stuvalid.excel.patch.workbook import STYLES_TYPE, WORKSHEET_TYPE
from stuvalid.ownmarks import LIST_MARK, PART

TableSheet = FrontSheet
"""One list: the same thing that `patch_workbook` puts in front of a workbook."""

DIALECT = Dialect(strict=False)
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE_RELATIONS = b"http://schemas.openxmlformats.org/package/2006/relationships"
_CONTENT_TYPES = b"http://schemas.openxmlformats.org/package/2006/content-types"
_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_BUFFER = 1 << 18


def write_table_workbook(sheets: Sequence[TableSheet], stream: BinaryIO | None = None) -> bytes:
    """An xlsx with one list per sheet, to ``stream`` if given (then the result is empty), else as bytes.

    Links lead to cells of the workbook's own sheets. Sheet names are made legal and unique; a list longer than
    a sheet goes on in a further one. The same content gives the same bytes.
    """
    target: BinaryIO = io.BytesIO() if stream is None else stream
    styles = StyleBook(empty_styles(DIALECT.main), "xl/styles.xml")
    looks = list_looks(styles)
    names = [sheet.name for sheet in sheets]
    written: list[WrittenSheet] = []
    with WorkbookWriter(target) as writer:
        for sheet in sheets:
            rows = iter(sheet.rows)
            while True:
                name = free_sheet_name(sheet.name, (earlier.name for earlier in written))
                table = TableXml(sheet, looks, names, namespace=DIALECT.main, selected=not written, rows=rows)
                writer.add_sheet(len(written) + 1, table.pieces())
                written.append(WrittenSheet(name, table.names(name)))
                left = list(islice(rows, 1))
                if not left:
                    break
                rows = chain(left, rows)
        writer.finish(written, styles.render(), own=True)
    return target.getvalue() if isinstance(target, io.BytesIO) and stream is None else b""


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet as the workbook will list it; ``names`` are its defined names: {name: (formula, hidden)}."""

    name: str
    names: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    visible: bool = True


class WorkbookWriter:
    """The zip of a fresh workbook: sheets streamed in as pieces of XML, the rest written by ``finish``.

    ``effort`` is zlib's level: 1 takes half the time of 4 and makes a tenth more.
    """

    def __init__(self, stream: BinaryIO, *, effort: int = 4) -> None:
        self._archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=effort)

    def __enter__(self) -> WorkbookWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def add_sheet(self, number: int, pieces: Iterable[bytes]) -> None:
        """Write the sheet ``number`` (from 1)."""
        # By name: a ZipInfo of one's own would be packed with zlib's default level. Its date is 1980 either way.
        with self._archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
            waiting: list[bytes] = []
            size = 0
            for piece in pieces:
                waiting.append(piece)
                size += len(piece)
                if size > _BUFFER:
                    part.write(b"".join(waiting))
                    waiting, size = [], 0
            part.write(b"".join(waiting))

    def finish(self, sheets: Sequence[WrittenSheet], styles: bytes, *, own: bool = False) -> None:
        """Write everything but the sheets. ``own`` marks a list or report, which is nobody's data."""
        if own:
            self._put(PART, LIST_MARK)
        self._put("xl/styles.xml", styles)
        self._put("xl/workbook.xml", _workbook(sheets))
        kinds = ["worksheet"] * len(sheets) + ["styles"]
        parts = [f"worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)] + ["styles.xml"]
        self._put("xl/_rels/workbook.xml.rels", _relations(kinds, parts))
        self._put("_rels/.rels", _relations(["officeDocument"], ["xl/workbook.xml"]))
        self._put("[Content_Types].xml", _content_types(len(sheets)))

    def _put(self, name: str, data: bytes) -> None:
        self._archive.writestr(_member(name), data)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _workbook(sheets: Sequence[WrittenSheet]) -> bytes:
    listed = b"".join(
        b'<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>'
        % (escape_attribute(sheet.name), number, b"" if sheet.visible else b' state="hidden"', number)
        for number, sheet in enumerate(sheets, start=1)
    )
    names = b"".join(
        b'<definedName name="%s" localSheetId="%d"%s>%s</definedName>'
        % (name.encode(), index, b' hidden="1"' if hidden else b"", escape(formula))
        for index, sheet in enumerate(sheets)
        for name, (formula, hidden) in sheet.names.items()
    )
    shown = next((index for index, sheet in enumerate(sheets) if sheet.visible), 0)
    return (
        b'%s<workbook xmlns="%s" xmlns:r="%s"><bookViews><workbookView activeTab="%d"/></bookViews>'
        b"<sheets>%s</sheets>%s</workbook>"
        % (
            _HEAD,
            DIALECT.main,
            DIALECT.relations,
            shown,
            listed,
            b"<definedNames>%s</definedNames>" % names if names else b"",
        )
    )


def _relations(kinds: Sequence[str], parts: Sequence[str]) -> bytes:
    items = b"".join(
        b'<Relationship Id="rId%d" Type="%s" Target="%s"/>' % (number, DIALECT.kind(kind).encode(), part.encode())
        for number, (kind, part) in enumerate(zip(kinds, parts, strict=True), start=1)
    )
    return b'%s<Relationships xmlns="%s">%s</Relationships>' % (_HEAD, _PACKAGE_RELATIONS, items)


def _content_types(sheets: int) -> bytes:
    parts = {f"xl/worksheets/sheet{number}.xml": WORKSHEET_TYPE for number in range(1, sheets + 1)}
    parts |= {"xl/workbook.xml": _WORKBOOK_TYPE, "xl/styles.xml": STYLES_TYPE}
    overrides = b"".join(
        b'<Override PartName="/%s" ContentType="%s"/>' % (part.encode(), kind.encode()) for part, kind in parts.items()
    )
    return (
        b'%s<Types xmlns="%s"><Default Extension="rels" '
        b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Default Extension="xml" ContentType="application/xml"/>%s</Types>' % (_HEAD, _CONTENT_TYPES, overrides)
    )
