"""Classic comments: a part of its own for a sheet that has none, merged into the part that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stuvalid.excel.address import address, parse_address
from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.edits import LAST_COLUMN, LAST_ROW, LONGEST_TEXT, text_lines
from stuvalid.excel.patch.markup import Element, Markup, attribute, broken_part, cell_text, escape, unescape
from stuvalid.excel.patch.relations import Dialect, Relation, Relations
from stuvalid.excel.patch.sheet import SheetXml
from stuvalid.excel.patch.workbook import PatchedWorkbook

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_LOOK = b'<{p}rPr><{p}sz val="9"/><{p}color indexed="81"/><{p}rFont val="\xe5\xae\x8b\xe4\xbd\x93"/><{p}charset val="134"/></{p}rPr>'
_RUN_TEXT = rb"<%st(?=[\s>])[^<>]*>([^<]*)</%st\s*>"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment to be put on a cell."""

    text: str
    author: str


class CommentWriter:
    """Writes comments into the sheets of one workbook; shape ids stay unique across them."""

    def __init__(self, workbook: PatchedWorkbook) -> None:
        self._workbook = workbook
        self._package = workbook.package
        self._next_block: int | None = None
        self.notes: list[str] = []

    def add(self, part: str, notes: Mapping[tuple[int, int], Comment]) -> None:
        """Put notes on the cells (row, column) of the sheet stored in ``part``."""
        relations = Relations(self._package, part)
        present = relations.first("comments")
        comments = self._package.find(present.target) if present else None
        if any(relation.is_a("threadedComment") for relation in relations):
            self._tell_about_threads(comments, notes)
        if comments is None:
            comments = self._new_part(part, relations)
        list_of = CommentList(self._package.read(comments), comments)
        new = list_of.merge(notes)
        self._package.replace(comments, list_of.render())
        boxes = [CommentBox(row, col, notes[row, col].text) for row, col in new]
        self._draw(part, relations, boxes, list_of.present)
        # The sheet may get its first relationships, and LibreOffice declares that type part by part.
        self._workbook.types.add_extension("rels", _RELATIONS_TYPE)
        relations.save()

    def _new_part(self, sheet: str, relations: Relations) -> str:
        folder = self._workbook.part.rpartition("/")[0]
        part = self._package.free_name((folder + "/" if folder else "") + "comments{}.xml")
        namespace = self._workbook.dialect.main
        self._package.add(
            part,
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            b'<comments xmlns="%s"><authors/><commentList/></comments>' % namespace,
        )
        relations.add(self._workbook.dialect.kind("comments"), part)
        self._workbook.types.add_part(part, _COMMENTS_TYPE)
        return part

    def _draw(
        self, part: str, relations: Relations, boxes: list[CommentBox], former: list[tuple[int, int, str]]
    ) -> None:
        sheet = self._workbook.sheet(part)
        drawing = self._legacy_drawing(part, relations)
        xml = self._package.read(drawing) if drawing else None
        if xml is None or b'ObjectType="Note"' not in xml.replace(b"'", b'"'):
            # Comments written without any box (some exporters) would not show: they get theirs as well.
            boxes = [*(CommentBox(*place) for place in former), *boxes]
        if not boxes:
            return
        if self._next_block is None:
            self._next_block = used_blocks(self._package) + 1
        target = drawing or self._new_drawing(part, relations)
        drawn = with_boxes(xml, target, boxes, sheet, self._next_block)
        self._next_block += -(-len(boxes) // 1023)
        self._package.add(target, drawn)

    def _legacy_drawing(self, part: str, relations: Relations) -> str | None:
        sheet = self._workbook.sheet(part)
        found = sheet.legacy_drawing()
        if found is None:
            return None
        identifier = sheet.relation_id(found[0], self._workbook.dialect.relations)
        relation: Relation | None = relations.by_id(identifier) or relations.first("vmlDrawing")
        return self._package.find(relation.target) if relation else None

    def _new_drawing(self, part: str, relations: Relations) -> str:
        folder = self._workbook.part.rpartition("/")[0]
        name = self._package.free_name((folder + "/" if folder else "") + "drawings/vmlDrawing{}.vml")
        # Strict files, too, relate to it in the words of the transitional standard.
        identifier = relations.add(Dialect(strict=False).kind("vmlDrawing"), name)
        self._workbook.types.add_extension("vml", _VML_TYPE)
        sheet = self._workbook.sheet(part)
        dangling = sheet.legacy_drawing()
        if dangling is not None:
            sheet.markup.splices.replace(dangling[1].start, dangling[1].end, b"")
        sheet.add_legacy_drawing(identifier, self._workbook.dialect.relations)
        return name

    def _tell_about_threads(self, comments: str | None, notes: Mapping[tuple[int, int], Comment]) -> None:
        """In a conversation (Excel 365) only its classic twin can be extended; Excel itself shows the thread."""
        if comments is None:
            return
        conversation = CommentList(self._package.read(comments), comments)
        if any((row, col) in notes for row, col, _ in conversation.present):
            self.notes.append("threaded-comment")


def heading(author: str) -> str:
    """The line that ends a comment of ours, and begins our part of another's.

    The author alone does not tell: the hints of our blank forms have the same, and LibreOffice drops all authors.
    """
    return f"—— {author} ——"


def is_signed(text: str, author: str) -> bool:
    """Whether a comment of this text is ours as a whole."""
    return text.rstrip().endswith(heading(author))


class CommentList:
    """A ``comments.xml``."""

    def __init__(self, data: bytes, part: str) -> None:
        self._markup = Markup(data, part)
        root = self._markup.root
        self._authors = self._markup.child(root, b"authors")
        self._list = self._markup.child(root, b"commentList")
        self._names = [self._author_name(child) for child in self._items(self._authors)]
        self._kept_authors = len(self._names)
        self._comments = self._index()

    @property
    def present(self) -> list[tuple[int, int, str]]:
        """The comments that were there: row, column, plain text."""
        return [(row, col, self._plain(element)) for (row, col), element in self._comments.items()]

    def merge(self, notes: Mapping[tuple[int, int], Comment]) -> list[tuple[int, int]]:
        """Add notes; returns the cells that had no comment before.

        What others wrote stays, ours goes below it; what we wrote in an earlier run is replaced.
        """
        new = sorted(place for place in notes if place not in self._comments)
        for place, note in notes.items():
            element = self._comments.get(place)
            if element is not None:
                self._extend(element, note)
        text = b"".join(self._written(place, notes[place]) for place in new)
        if text:
            self._append(self._list, b"commentList", text)
        return new

    def render(self) -> bytes:
        p = self._markup.prefix
        names = self._names[self._kept_authors :]
        if names:
            text = b"".join(b"<%sauthor>%s</%sauthor>" % (p, escape(name), p) for name in names)
            self._append(self._authors, b"authors", text)
        return self._markup.render()

    def _append(self, area: Element | None, name: bytes, text: bytes) -> None:
        if area is not None:
            self._markup.append_inside(area, text)
            return
        full = self._markup.prefix + name
        whole = b"<%s>%s</%s>" % (full, text, full)
        if name == b"authors":
            self._markup.splices.insert(self._markup.root.tag_end, whole)
        else:
            self._markup.append_inside(self._markup.root, whole)

    def _items(self, area: Element | None) -> list[Element]:
        return list(self._markup.children(area)) if area is not None else []

    def _index(self) -> dict[tuple[int, int], Element]:
        found = {}
        for element in self._items(self._list):
            place = parse_address(attribute(self._markup.tag(element), b"ref") or "")
            if place is not None:
                found[place] = element
        return found

    def _author_name(self, element: Element) -> str:
        return unescape(self._markup.xml[element.tag_end : element.inner_end].decode("utf-8", "replace"))

    def _author(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def _written(self, place: tuple[int, int], note: Comment) -> bytes:
        p = self._markup.prefix
        return b'<%scomment ref="%s" authorId="%d"><%stext>%s</%stext></%scomment>' % (
            p,
            address(*place).encode(),
            self._author(note.author),
            p,
            self._run(note.text, f"\n{heading(note.author)}"),
            p,
            p,
        )

    def _run(self, text: str, ending: str = "") -> bytes:
        if len(text) + len(ending) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1 - len(ending)] + "…"
        text += ending
        p = self._markup.prefix
        return b'<%sr>%s<%st xml:space="preserve">%s</%st></%sr>' % (
            p,
            _LOOK.replace(b"{p}", p),
            p,
            cell_text(text),
            p,
            p,
        )

    def _extend(self, element: Element, note: Comment) -> None:
        markup = self._markup
        body = markup.child(element, b"text")
        if body is None:
            markup.append_inside(element, self._text(self._run(note.text, f"\n{heading(note.author)}")))
            return
        if is_signed(self._plain(element), note.author):
            markup.splices.replace(body.start, body.end, self._text(self._run(note.text, f"\n{heading(note.author)}")))
            return
        runs = self._runs_of_others(body, note.author)
        ours = self._run(f"\n{heading(note.author)}\n{note.text}")
        markup.splices.replace(body.start, body.end, self._text(runs + ours))

    def _text(self, runs: bytes) -> bytes:
        p = self._markup.prefix
        return b"<%stext>%s</%stext>" % (p, runs, p)

    def _runs_of_others(self, body: Element, author: str) -> bytes:
        """The runs that are there, a bare text made a run, without what ``author`` appended before."""
        markup = self._markup
        p = markup.prefix
        begun = f"\n{heading(author)}\n".encode()
        kept = []
        for child in markup.children(body):
            piece = markup.xml[child.start : child.end]
            if child.name == b"t":
                kept.append(b"<%sr>%s</%sr>" % (p, piece, p))
            elif child.name == b"r" and begun not in piece:
                kept.append(piece)
        return b"".join(kept)

    def _plain(self, element: Element) -> str:
        p = re.escape(self._markup.prefix)
        inside = self._markup.xml[element.tag_end : element.inner_end]
        return unescape(b"".join(re.findall(_RUN_TEXT % (p, p), inside)).decode("utf-8", "replace"))


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
