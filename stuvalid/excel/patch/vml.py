"""The boxes of classic comments: one shape each in the sheet's VML drawing, beside buttons that may be there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.edits import LAST_COLUMN, LAST_ROW, text_lines
from stuvalid.excel.patch.markup import broken_part
from stuvalid.excel.patch.sheet import SheetXml

_IDS_PER_BLOCK = 1023  # block n owns the ids n*1024+1 … n*1024+1023
_SHAPE_ID = re.compile(rb"_x0000_s([0-9]{1,9})")
_BLOCKS = re.compile(rb"<o:idmap\b[^>]*?\bdata\s*=\s*(\"[0-9, ]*\"|'[0-9, ]*')")
_CLOSING = re.compile(rb"</(?:[^\s<>/:]+:)?xml\s*>\s*$")
_BOX_CHARACTERS = 34.0
_LINE_PIXELS, _ROW_PIXELS = 17, 20
_TALLEST_BOX = 24  # rows
_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_START = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel">'
)


@dataclass(frozen=True, slots=True)
class CommentBox:
    """The comment box of one cell; ``text`` decides its size."""

    row: int
    col: int
    text: str


def used_blocks(package: PackageCopy) -> int:
    """The highest block of shape ids any drawing of the workbook uses."""
    highest = 0
    for name in package.parts():
        if not name.lower().endswith(".vml"):
            continue
        xml = package.read(name)
        for found in _BLOCKS.finditer(xml):
            blocks = [int(item) for item in re.findall(rb"[0-9]{1,6}", found[1])]
            highest = max([highest, *blocks])
        for found in _SHAPE_ID.finditer(xml):
            highest = max(highest, int(found[1]) // 1024)
    return highest


def with_boxes(xml: bytes | None, part: str, boxes: Sequence[CommentBox], sheet: SheetXml, first_block: int) -> bytes:
    """The drawing (or a new one) with boxes added; shape ids are taken from ``first_block`` on."""
    count = -(-len(boxes) // _IDS_PER_BLOCK)
    blocks = b",".join(b"%d" % (first_block + index) for index in range(count))
    shapes = b"".join(
        _shape(box, 1024 * (first_block + index // _IDS_PER_BLOCK) + 1 + index % _IDS_PER_BLOCK, index, sheet)
        for index, box in enumerate(boxes)
    )
    if xml is None:
        layout = b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%s"/></o:shapelayout>' % blocks
        return _START + layout + _TYPE + shapes + b"</xml>"
    closing = _CLOSING.search(xml)
    if closing is None:
        raise broken_part(part, "它不完整", "it is truncated")
    kind = b"" if b'"_x0000_t202"' in xml else _TYPE
    declared = _BLOCKS.search(xml)
    body = xml[: closing.start()]
    if declared is not None:
        quote = declared[1][:1]
        grown = quote + declared[1][1:-1].rstrip(b" ,") + b"," + blocks + quote
        body = body[: declared.start(1)] + grown + body[declared.end(1) :]
    return body + _with_namespaces(xml, kind + shapes) + xml[closing.start() :]


def _with_namespaces(xml: bytes, shapes: bytes) -> bytes:
    """Shapes for a drawing whose root may lack (or rename) the customary prefixes."""
    head = xml[: xml.find(b">", xml.find(b"<xml")) + 1]
    missing = [
        declaration
        for declaration in re.findall(rb"xmlns:[vox]=\"[^\"]*\"", _START)
        if declaration not in head.replace(b"'", b'"')
    ]
    if not missing:
        return shapes
    # Each top-level element declares what the root does not.
    extra = b" " + b" ".join(missing)
    return re.sub(rb"<v:shape(type)?(?=\s)", lambda found: found[0] + extra, shapes)


def _shape(box: CommentBox, identifier: int, order: int, sheet: SheetXml) -> bytes:
    return (
        b'<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;margin-left:60pt;'
        b'margin-top:1.5pt;width:190pt;height:80pt;z-index:%d;visibility:hidden" fillcolor="#ffffe1" '
        b'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        b'<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        b'<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note">'
        b"<x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%s</x:Anchor><x:AutoFill>False</x:AutoFill>"
        b"<x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>"
        % (identifier, order + 1, _anchor(box, sheet), box.row, box.col)
    )


def _anchor(box: CommentBox, sheet: SheetXml) -> bytes:
    """Left column, offset, top row, offset, right column, offset, bottom row, offset (offsets in pixels)."""
    left = right = min(box.col + 1, LAST_COLUMN)
    width = 0.0
    while width < _BOX_CHARACTERS and right < LAST_COLUMN:
        width += sheet.column(right).width  # hidden columns give no room
        right += 1
    if right == LAST_COLUMN:
        left = max(0, LAST_COLUMN - 4)
    rows = min(_TALLEST_BOX, 1 + -(-text_lines(box.text, _BOX_CHARACTERS * 0.95) * _LINE_PIXELS // _ROW_PIXELS))
    top = max(0, min(box.row, LAST_ROW - rows - 1) - 1)
    return b"%d, 12, %d, 8, %d, 12, %d, 8" % (left, top, right, top + rows + 1)
