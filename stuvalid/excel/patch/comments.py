"""Classic comments: a part of its own for a sheet that has none, merged into the part that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stuvalid.excel.address import address, parse_address
from stuvalid.excel.patch.edits import LONGEST_TEXT
from stuvalid.excel.patch.markup import Element, Markup, attribute, cell_text, escape, unescape
from stuvalid.excel.patch.relations import Dialect, Relation, Relations
from stuvalid.excel.patch.vml import CommentBox, used_blocks, with_boxes
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
