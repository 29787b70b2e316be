"""Is this a valid workbook package? What Excel would call damaged, found without Excel.

`faults` names everything it objects to: parts without a type, relations that lead nowhere, elements out of order,
counts and indices that disagree. Sources: ECMA-376 parts 1 and 2, and what Excel repairs in practice.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from stuvalid.excel import parse_range

_WORKBOOK = [
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
]
WORKSHEET_ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
_STYLES = [
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
]
_TABLE = ["autoFilter", "sortState", "tableColumns", "tableStyleInfo", "extLst"]
_COUNTED = frozenset(
    [
        "numFmts",
        "fonts",
        "fills",
        "borders",
        "cellStyleXfs",
        "cellXfs",
        "cellStyles",
        "dxfs",
        "mergeCells",
        "dataValidations",
        "tableColumns",
        "tableParts",
        "rowBreaks",
        "colBreaks",
    ]
)
_TYPES = {  # the last word of a relation's type, and how the content type of what it leads to ends
    "worksheet": "worksheet+xml",
    "styles": "styles+xml",
    "sharedStrings": "sharedStrings+xml",
    "comments": "comments+xml",
    "table": "table+xml",
    "drawing": "drawing+xml",
    "vmlDrawing": "vmlDrawing",
    "theme": "theme+xml",
    "core-properties": "core-properties+xml",
    "extended-properties": "extended-properties+xml",
}
_CELL_TYPES = frozenset({"b", "d", "e", "inlineStr", "n", "s", "str"})
_NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?\s*")
_BAD_SHEET_NAME = re.compile(r"[\[\]:*?/\\]|^'|'$|^$")


def faults(data: bytes) -> set[str]:
    """What is wrong with the package, one line each; empty for a valid one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        found = {f"zip: {name} is damaged" for name in [archive.testzip()] if name}
        found |= {f"zip: {name} occurs twice" for name in _twice(name.lower() for name in names)}
        checker = _Checker({name: archive.read(name) for name in names if not name.endswith("/")})
    return found | set(checker.run())


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: ET.Element, name: str) -> str | None:
    """An attribute by its local name; the relation id is ``r:id``, never ``id``."""
    if name == "r:id":
        return next((value for key, value in element.attrib.items() if key.endswith("relationships}id")), None)
    return element.get(name)


def _below(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (element for element in root.iter() if _local(element) == name)


def _around_cells(root: ET.Element) -> Iterator[ET.Element]:
    """Every element but the rows and cells, of which there may be a great many."""
    for child in root:
        if _local(child) == "sheetData":
            yield child
        else:
            yield from child.iter()


def _children(root: ET.Element | None, name: str) -> list[ET.Element]:
    parent = next(_below(root, name), None) if root is not None else None
    return list(parent) if parent is not None else []


class _Checker:
    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.trees: dict[str, ET.Element] = {}
        self.types: dict[str, str] = {}
        self.relations: dict[str, dict[str, tuple[str, str]]] = {}
        self.looks = self.differences = self.texts = 0
        self.used_texts = 0

    def run(self) -> Iterator[str]:
        for name, content in self.parts.items():
            if name.endswith((".xml", ".rels", ".vml")):
                try:
                    self.trees[name] = ET.fromstring(content)
                except ET.ParseError as error:
                    yield f"{name}: no XML, {error}"
        yield from self._content_types()
        yield from self._relations()
        main = next((part for kind, part in self.relations.get("", {}).values() if kind == "officeDocument"), "")
        if main not in self.trees:
            yield "no workbook part"
            return
        yield from self._styles()
        yield from self._workbook(main)
        yield from self._properties()

    def _content_types(self) -> Iterator[str]:
        root = self.trees.get("[Content_Types].xml")
        if root is None:
            yield "no [Content_Types].xml"
            return
        defaults = [(entry.get("Extension", "").lower(), entry) for entry in _below(root, "Default")]
        overrides = [(entry.get("PartName", ""), entry) for entry in _below(root, "Override")]
        yield from (f"types: a second default for {name}" for name in _twice(name for name, _ in defaults))
        yield from (f"types: a second override for {name}" for name in _twice(name.lower() for name, _ in overrides))
        present = {f"/{name}".lower() for name in self.parts}
        yield from (f"types: no part {name}" for name, _ in overrides if name.lower() not in present)
        by_extension = {name: entry.get("ContentType", "") for name, entry in defaults}
        by_name = {name.lower(): entry.get("ContentType", "") for name, entry in overrides}
        for name in self.parts:
            if name == "[Content_Types].xml":
                continue
            found = by_name.get(f"/{name}".lower()) or by_extension.get(name.rpartition(".")[2].lower(), "")
            self.types[name] = found
            if not found:
                yield f"types: {name} has none"
            elif found == "application/xml" and name.startswith("xl/") and not name.startswith("xl/custom"):
                yield f"types: {name} has only {found}"

    def _relations(self) -> Iterator[str]:
        folded = {name.lower(): name for name in self.parts}
        for name, root in self.trees.items():
            if not name.endswith(".rels"):
                continue
            folder, leaf = posixpath.split(posixpath.dirname(name))[0], posixpath.basename(name).removesuffix(".rels")
            source = posixpath.join(folder, leaf)
            if source and source not in self.parts:
                yield f"{name}: there is no {source}"
            mine: dict[str, tuple[str, str]] = {}
            for entry in _below(root, "Relationship"):
                key, kind = entry.get("Id", ""), entry.get("Type", "").rpartition("/")[2]
                if key in mine:
                    yield f"{name}: {key} occurs twice"
                target = entry.get("Target", "")
                if entry.get("TargetMode") == "External":
                    mine[key] = (kind, target)
                    continue
                part = (
                    target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                )
                mine[key] = (kind, folded.get(part.lower(), part))
                if part.lower() not in folded:
                    yield f"{name}: {key} leads to {part}, which is not there"
                elif kind in _TYPES and not self.types.get(mine[key][1], "").endswith(_TYPES[kind]):
                    yield f"{name}: {part} is a {kind} of type {self.types.get(mine[key][1])}"
            self.relations[source] = mine

    def _order(self, part: str, root: ET.Element, order: list[str]) -> Iterator[str]:
        known = [_local(child) for child in root if _local(child) in order]
        if known != sorted(known, key=order.index):
            yield f"{part}: elements out of order: {' '.join(dict.fromkeys(known))}"
        single = [name for name in known if name != "conditionalFormatting"]
        yield from (f"{part}: a second {name}" for name in _twice(single))
        for element in _around_cells(root):
            if _local(element) in _COUNTED and element.get("count") not in {None, str(len(element))}:
                yield f"{part}: {_local(element)} counts {element.get('count')} and holds {len(element)}"

    def _part_of(self, source: str, kind: str) -> str | None:
        return next((part for found, part in self.relations.get(source, {}).values() if found == kind), None)

    def _styles(self) -> Iterator[str]:
        part = next((name for name, kind in self.types.items() if kind.endswith("styles+xml")), None)
        root = self.trees.get(part or "")
        if part is None or root is None:
            self.looks = 1
            return
        yield from self._order(part, root, _STYLES)
        sizes = {name: len(_children(root, name)) for name in ("fonts", "fills", "borders", "cellStyleXfs")}
        self.looks, self.differences = len(_children(root, "cellXfs")), len(_children(root, "dxfs"))
        custom = {entry.get("numFmtId") for entry in _children(root, "numFmts")}
        yield from (f"{part}: number format {name} twice" for name in _twice(str(entry) for entry in custom))
        for number, look in enumerate((*_children(root, "cellXfs"), *_children(root, "cellStyleXfs"))):
            for attribute, kind in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
                if int(look.get(attribute, "0")) >= max(sizes[kind], 1):
                    yield f"{part}: look {number} has {attribute} {look.get(attribute)} of {sizes[kind]}"
            if int(look.get("xfId", "0")) >= max(sizes["cellStyleXfs"], 1):
                yield f"{part}: look {number} has xfId {look.get('xfId')}"
            if int(look.get("numFmtId", "0")) >= 164 and look.get("numFmtId") not in custom:
                yield f"{part}: look {number} has the number format {look.get('numFmtId')}, which is not there"

    def _workbook(self, main: str) -> Iterator[str]:
        root = self.trees[main]
        yield from self._order(main, root, _WORKBOOK)
        texts = self._part_of(main, "sharedStrings")
        sst = self.trees.get(texts or "")
        self.texts = sum(_local(child) == "si" for child in sst) if sst is not None else 0
        if sst is not None and sst.get("uniqueCount") not in {None, str(self.texts)}:
            yield f"{texts}: counts {sst.get('uniqueCount')} texts and holds {self.texts}"
        sheets = _children(root, "sheets")
        titles = [sheet.get("name", "") for sheet in sheets]
        yield from (f"{main}: two sheets named {name}" for name in _twice(name.casefold() for name in titles))
        yield from (f"{main}: two sheets of id {name}" for name in _twice(sheet.get("sheetId", "") for sheet in sheets))
        yield from (f"{main}: bad name {name}" for name in titles if len(name) > 31 or _BAD_SHEET_NAME.search(name))
        if not any(sheet.get("state", "visible") == "visible" for sheet in sheets):
            yield f"{main}: no visible sheet"
        for view in _children(root, "bookViews"):
            active = int(view.get("activeTab", "0"))
            if active >= len(sheets) or int(view.get("firstSheet", "0")) >= len(sheets):
                yield f"{main}: the active or first sheet does not exist"
            elif sheets[active].get("state", "visible") != "visible":
                yield f"{main}: the active sheet is hidden"
        for name in _children(root, "definedNames"):
            if int(name.get("localSheetId", "0")) >= len(sheets):
                yield f"{main}: {name.get('name')} belongs to a sheet that does not exist"
        named = (
            f"{name.get('name', '').lower()} {name.get('localSheetId')}" for name in _children(root, "definedNames")
        )
        yield from (f"{main}: the name {name} twice" for name in _twice(named))
        for sheet in sheets:
            kind, part = self.relations.get(main, {}).get(_attribute(sheet, "r:id") or "", ("", ""))
            if not kind:
                yield f"{main}: {sheet.get('name')} has no part"
            elif kind == "worksheet" and part in self.trees:
                yield from self._worksheet(part)
        if sst is not None and int(sst.get("count", self.used_texts)) < self.used_texts:
            yield f"{texts}: says {sst.get('count')} uses, there are {self.used_texts}"
        yield from self._tables()

    def _worksheet(self, part: str) -> Iterator[str]:
        root = self.trees[part]
        yield from self._order(part, root, WORKSHEET_ORDER)
        yield from self._cells(part, root)
        for element in _around_cells(root):
            key = _attribute(element, "r:id")
            if key is not None and key not in self.relations.get(part, {}):
                yield f"{part}: {_local(element)} has no relation {key}"
            if element.get("dxfId") is not None and int(element.get("dxfId", "0")) >= self.differences:
                yield f"{part}: dxfId {element.get('dxfId')} of {self.differences}"
        last = 0
        for column in _children(root, "cols"):
            if int(column.get("min", "0")) <= last or int(column.get("max", "0")) < int(column.get("min", "0")):
                yield f"{part}: columns overlap or are out of order"
            last = int(column.get("max", "0"))
            if int(column.get("style", "0")) >= self.looks:
                yield f"{part}: a column has the look {column.get('style')} of {self.looks}"
        areas = [parse_range(entry.get("ref", "")) for entry in _children(root, "mergeCells")]
        for number, one in enumerate(areas):
            for other in areas[:number]:
                if (
                    one
                    and other
                    and one[0] <= other[2]
                    and other[0] <= one[2]
                    and one[1] <= other[3]
                    and other[1] <= one[3]
                ):
                    yield f"{part}: merged cells overlap"
        comments = self.trees.get(self._part_of(part, "comments") or "")
        if comments is not None:
            authors, entries = _children(comments, "authors"), _children(comments, "commentList")
            yield from (f"{part}: two comments on {ref}" for ref in _twice(entry.get("ref", "") for entry in entries))
            if any(int(entry.get("authorId", "0")) >= len(authors) for entry in entries):
                yield f"{part}: a comment without an author"
            if next(_below(root, "legacyDrawing"), None) is None:
                yield f"{part}: comments without a drawing"

    def _cells(self, part: str, root: ET.Element) -> Iterator[str]:
        previous = 0
        for row in _children(root, "sheetData"):
            number = int(row.get("r", previous + 1))
            if number <= previous or number > 1_048_576:
                yield f"{part}: row {number} after {previous}"
            previous, column = number, (0, "")
            if int(row.get("s", "0")) >= self.looks:
                yield f"{part}: row {number} has the look {row.get('s')} of {self.looks}"
            for cell in row:
                place = cell.get("r", "")
                if place:
                    letters = place.rstrip("0123456789")
                    if place[len(letters) :] != str(number) or (len(letters), letters) <= column:
                        yield f"{part}: {place} stands in row {number} after {column[1]}"
                    column = (len(letters), letters)
                if int(cell.get("s", "0")) >= self.looks:
                    yield f"{part}: {cell.get('r')} has the look {cell.get('s')} of {self.looks}"
                kind = cell.get("t", "n")
                value = next((child for child in cell if child.tag.endswith("}v")), None) if len(cell) else None
                if kind not in _CELL_TYPES:
                    yield f"{part}: {cell.get('r')} is of type {kind}"
                if kind == "s":
                    self.used_texts += 1
                    if value is None or not (value.text or "").isdigit() or int(value.text or "0") >= self.texts:
                        yield f"{part}: {cell.get('r')} refers to a text that is not there"
                elif kind == "n" and value is not None and not _NUMBER.fullmatch(value.text or ""):
                    yield f"{part}: {cell.get('r')} is no number"

    def _tables(self) -> Iterator[str]:
        tables = {name: self.trees[name] for name, kind in self.types.items() if kind.endswith(".table+xml")}
        yield from (f"two tables of id {key}" for key in _twice(root.get("id", "") for root in tables.values()))
        names = (root.get("displayName", "").lower() for root in tables.values())
        yield from (f"two tables named {name}" for name in _twice(names))
        for part, root in tables.items():
            yield from self._order(part, root, _TABLE)
            columns = _children(root, "tableColumns")
            area = parse_range(root.get("ref", ""))
            if area is None or area[3] - area[1] + 1 != len(columns):
                yield f"{part}: {len(columns)} columns for {root.get('ref')}"
            yield from (
                f"{part}: two columns named {name}"
                for name in _twice(column.get("name", "").lower() for column in columns)
            )

    def _properties(self) -> Iterator[str]:
        for name, root in self.trees.items():
            if not self.types.get(name, "").endswith("extended-properties+xml"):
                continue
            for vector in _below(root, "vector"):
                if vector.get("size") != str(len(vector)):
                    yield f"{name}: a vector of {vector.get('size')} holds {len(vector)}"
            titles = next((len(next(iter(entry), [])) for entry in _below(root, "TitlesOfParts")), None)
            pairs = [
                int(entry.text or "0") for heading in _below(root, "HeadingPairs") for entry in _below(heading, "i4")
            ]
            if titles is not None and pairs and sum(pairs) != titles:
                yield f"{name}: {sum(pairs)} parts announced, {titles} named"
