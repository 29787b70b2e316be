"""Taking back what an earlier run put into a workbook: colours, comments, the list in front.

All three are known by signs that survive saving in Excel, WPS and LibreOffice: the colour itself, the author of
the comment, a hidden name on the sheet. What others wrote or coloured stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stuvalid.excel.address import parse_address
from stuvalid.excel.patch.comments import heading, is_signed
from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.edits import DEFAULT_AUTHOR, FILLS
from stuvalid.excel.patch.markup import Element, Markup, attribute, number, unescape
from stuvalid.excel.patch.properties import drop_titles
from stuvalid.excel.patch.relations import Relations
from stuvalid.excel.patch.table_xml import LIST_NAME
from stuvalid.excel.patch.workbook import PatchedWorkbook

_MARK = "|".join(FILLS.values()).encode()
_MARKED_FILL = re.compile(
    rb"<((?:[^\s<>/:]+:)?)patternFill\b[^<>]*>\s*<(?:[^\s<>/:]+:)?fgColor\s[^<>]*rgb\s*=\s*[\"'](?i:"
    + _MARK
    + rb")[\"'][^<>]*/>"
    rb"(?:\s*<(?:[^\s<>/:]+:)?bgColor\s([^<>]*?)/>)?\s*</(?:[^\s<>/:]+:)?patternFill\s*>"
)
_UNTOUCHED = re.compile(rb'rgb="(?:' + _MARK + rb')"/><(?:[^\s<>/:]+:)?bgColor indexed="64"/>')
_AUTOMATIC = re.compile(rb"indexed\s*=\s*[\"']64[\"']")
_ANY_SHAPE = re.compile(rb"<(?:[^\s<>/:]+:)?(?:arc|curve|group|image|line|oval|polyline|rect|roundrect|shape)[\s>/]")
_SHAPE = re.compile(rb"<((?:[^\s<>/:]+:)?)shape(?=[\s>])(?:[^<>]*/>|.*?</\1shape\s*>)", re.DOTALL)
_PLACE = re.compile(rb"<(?:[^\s<>/:]+:)?(Row|Column)>\s*([0-9]{1,7})\s*</")
_HEADING = heading(DEFAULT_AUTHOR).encode()
_TEXTS = re.compile(rb"<(?:[^\s<>/:]+:)?t(?:\s[^<>]*)?>([^<]*)</")

_Place = tuple[int, int]


def remove_marks(source: bytes) -> bytes:
    """The xlsx or xlsm without our marks; ``source`` itself when it has none.

    Raises UnreadableFile as `patch_workbook` does.
    """
    package = PackageCopy(source)
    workbook = PatchedWorkbook(package)
    _restore_fills(workbook)
    for sheet in workbook.sheets:
        if sheet.part is not None and sheet.kind == "worksheet":
            _remove_comments(workbook, sheet.part)
    _remove_list(workbook)
    if workbook.markup.changed:
        package.replace(workbook.part, workbook.markup.render())
    workbook.relations.save()
    workbook.types.save()
    return package.build()


def _restore_fills(workbook: PatchedWorkbook) -> None:
    relation = workbook.relations.first("styles")
    part = workbook.package.find(relation.target) if relation else None
    if part is None:
        return
    styles = workbook.package.read(part)
    # LibreOffice writes a second colour of its own choosing: there nothing can be put back but no fill.
    trusted = not _saved_by_libreoffice(workbook.package) or _UNTOUCHED.search(styles) is not None

    def former(found: re.Match[bytes]) -> bytes:
        prefix, kept = found[1], found[2]
        if not trusted or kept is None or _AUTOMATIC.search(kept):
            return b'<%spatternFill patternType="none"/>' % prefix
        return b'<%spatternFill patternType="solid"><%sfgColor %s/><%sbgColor indexed="64"/></%spatternFill>' % (
            prefix,
            prefix,
            kept.strip(),
            prefix,
            prefix,
        )

    restored = _MARKED_FILL.sub(former, styles)
    if restored != styles:
        workbook.package.replace(part, restored)


def _saved_by_libreoffice(package: PackageCopy) -> bool:
    part = package.find("docProps/app.xml")
    return part is not None and b"LibreOffice" in package.read(part)


def _remove_comments(workbook: PatchedWorkbook, sheet: str) -> None:
    package = workbook.package
    relations = Relations(package, sheet)
    relation = relations.first("comments")
    part = package.find(relation.target) if relation else None
    if relation is None or part is None:
        return
    data = package.read(part)
    if DEFAULT_AUTHOR.encode() not in data:
        return
    markup = Markup(data, part)
    removed, left = _strip_comments(markup)
    if left:
        package.replace(part, markup.render())
    else:
        relations.drop(relation)
        workbook.types.drop_part(part)
        package.remove(part)
    if removed:
        _remove_boxes(workbook, sheet, relations, removed)
    relations.save()


def _strip_comments(markup: Markup) -> tuple[set[_Place], int]:
    """Cut our comments out; returns the cells that have none any more, and how many comments stay."""
    listed = markup.child(markup.root, b"commentList")
    removed: set[_Place] = set()
    left = 0
    for comment in markup.children(listed) if listed is not None else ():
        tag = markup.tag(comment)
        if is_signed(_plain(markup, comment), DEFAULT_AUTHOR):
            place = parse_address(attribute(tag, b"ref") or "")
            if place is not None:
                removed.add(place)
            markup.splices.replace(comment.start, comment.end, b"")
            continue
        left += 1
        for start, end in _our_text(markup, comment):
            markup.splices.replace(start, end, b"")
    return removed, left


def _our_text(markup: Markup, comment: Element) -> Iterator[tuple[int, int]]:
    """Where in another's comment ours begins and ends: whole runs, or the end of one that a program has joined."""
    body = markup.child(comment, b"text")
    for run in markup.children(body) if body is not None else ():
        at = markup.xml.find(_HEADING, run.start, run.end)
        if at < 0:
            continue
        opened = markup.xml.rfind(b">", run.start, at) + 1
        if markup.xml[opened:at].strip() or run.name != b"r":
            yield at, markup.xml.find(b"<", at)
        else:
            yield run.start, run.end


def _plain(markup: Markup, comment: Element) -> str:
    """The text of a comment, its runs joined."""
    inside = markup.xml[comment.tag_end : comment.inner_end]
    return unescape(b"".join(_TEXTS.findall(inside)).decode("utf-8", "replace"))


def _remove_boxes(workbook: PatchedWorkbook, sheet: str, relations: Relations, removed: set[_Place]) -> None:
    """A box without its comment makes Excel repair the file."""
    package = workbook.package
    for relation in [relation for relation in relations if relation.is_a("vmlDrawing")]:
        part = package.find(relation.target)
        if part is None:
            continue
        drawing = package.read(part)
        kept = _SHAPE.sub(lambda found: b"" if _place_of(found[0]) in removed else found[0], drawing)
        if _ANY_SHAPE.search(kept) or kept == drawing:
            package.replace(part, kept)
            continue
        element = _legacy_drawing(workbook, sheet, relation.id)
        if element is not None:
            relations.drop(relation)
            workbook.types.drop_part(part)
            package.remove(part)


def _place_of(shape: bytes) -> _Place | None:
    found = {kind: int(value) for kind, value in _PLACE.findall(shape)}
    return (found[b"Row"], found[b"Column"]) if len(found) == 2 else None


def _legacy_drawing(workbook: PatchedWorkbook, sheet: str, identifier: str) -> Element | None:
    """Cut the sheet's reference to this drawing; None if it refers to another one."""
    xml = workbook.sheet(sheet)
    found = xml.legacy_drawing()
    if found is None or xml.relation_id(found[0], workbook.dialect.relations) != identifier:
        return None
    element = found[1]
    xml.markup.splices.replace(element.start, element.end, b"")
    workbook.package.replace(sheet, xml.markup.render())
    return element


def _remove_list(workbook: PatchedWorkbook) -> None:
    """Take our list sheets out of the workbook, and out of everything that counts its sheets."""
    ours = _list_sheets(workbook)
    if not ours or len(ours) == len(workbook.sheets):
        return
    markup = workbook.markup
    elements = list(markup.children(workbook.sheet_list))
    for position in ours:
        markup.splices.replace(elements[position].start, elements[position].end, b"")
        part = workbook.sheets[position].part
        if part is not None:
            _drop_part(workbook, part)
    _renumber(workbook, ours)
    drop_titles(workbook.package)


def _list_sheets(workbook: PatchedWorkbook) -> set[int]:
    names = workbook.section(b"definedNames")
    found = set()
    for name in workbook.markup.children(names) if names is not None else ():
        owner = _owner(workbook.markup, name)
        is_ours = attribute(workbook.markup.tag(name), b"name") == LIST_NAME
        if is_ours and owner is not None and owner < len(workbook.sheets):
            found.add(owner)
    return found


def _owner(markup: Markup, name: Element) -> int | None:
    """The position of the sheet a defined name belongs to; None for a name of the whole workbook."""
    owner = attribute(markup.tag(name), b"localSheetId")
    return int(owner) if owner is not None and owner.isdigit() else None


def _drop_part(workbook: PatchedWorkbook, part: str) -> None:
    for relation in workbook.relations:
        if relation.target.lower() == part.lower():
            workbook.relations.drop(relation)
            break
    folder, _, leaf = part.rpartition("/")
    # LibreOffice gives parts of relations a type of their own.
    for name in (f"{folder}/_rels/{leaf}.rels", part):
        workbook.types.drop_part(name)
        workbook.package.remove(name)


def _renumber(workbook: PatchedWorkbook, gone: set[int]) -> None:
    markup = workbook.markup
    names = workbook.section(b"definedNames")
    owners = {name: _owner(markup, name) for name in markup.children(names)} if names is not None else {}
    if names is not None and set(owners.values()) <= gone:
        markup.splices.replace(names.start, names.end, b"")
        owners = {}
    for name, owner in owners.items():
        if owner in gone:
            markup.splices.replace(name.start, name.end, b"")
        elif owner is not None:
            markup.retag(name, localSheetId=str(owner - sum(position < owner for position in gone)))
    views = workbook.section(b"bookViews")
    states = [attribute(markup.tag(sheet), b"state") or "visible" for sheet in markup.children(workbook.sheet_list)]
    left = [position for position in range(len(states)) if position not in gone]
    first = next((position for position in left if states[position] == "visible"), left[0])
    for view in markup.children(views) if views is not None else ():
        active = number(markup.tag(view), b"activeTab", 0)
        kept = first if active in gone else active
        markup.retag(view, activeTab=str(kept - sum(position < kept for position in gone)), firstSheet=None)
