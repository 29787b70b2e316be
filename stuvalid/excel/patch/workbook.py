"""The workbook part: its sheets, its defined names, which sheet shows first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stuvalid.errors import UnreadableFile
from stuvalid.excel.patch.copy import LARGEST_PART, PackageCopy
from stuvalid.excel.patch.markup import Element, Markup, attribute, broken_part, escape, escape_attribute, number
from stuvalid.excel.patch.relations import ContentTypes, Dialect, Relations
from stuvalid.excel.patch.sheet import SheetXml
from stuvalid.excel.patch.styles import StyleBook, empty_styles

STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BEFORE_DEFINED_NAMES = {
    b"fileVersion",
    b"fileSharing",
    b"workbookPr",
    b"workbookProtection",
    b"bookViews",
    b"sheets",
    b"functionGroups",
    b"externalReferences",
    b"AlternateContent",
    b"revisionPtr",
}
_SHEET_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; ``part`` is None when its part is missing."""

    name: str
    part: str | None
    kind: str  # worksheet, chartsheet, dialogsheet …


class PatchedWorkbook:
    """A package opened as a workbook. Parts are loaded once and written back by ``save``."""

    def __init__(self, package: PackageCopy) -> None:
        self.package = package
        main = Relations(package, "").first("officeDocument")
        self.part = package.find(main.target if main else "xl/workbook.xml") or ""
        if not self.part.lower().endswith(".xml"):
            raise UnreadableFile(
                "该文件不是 xlsx 或 xlsm 工作簿，无法原样改写。",
                "The file is not an xlsx or xlsm workbook and cannot be patched in place.",
                reason="not-xlsx",
                mend_zh="请先另存为 .xlsx。",
                mend_en="Save it as .xlsx first.",
            )
        self.relations = Relations(package, self.part)
        self.types = ContentTypes(package)
        self.markup = Markup(package.read(self.part), self.part)
        namespace = attribute(self.markup.tag(self.markup.root), self._namespace_attribute())
        self.dialect = Dialect(strict=bool(namespace) and "purl.oclc.org" in str(namespace))
        self._children = {child.name: child for child in self.markup.children(self.markup.root)}
        listed = self._children.get(b"sheets")
        if listed is None:
            raise broken_part(self.part, "它没有列出工作表", "it lists no sheets")
        self.sheet_list: Element = listed
        self.sheets = [self._entry(child) for child in self.markup.children(listed)]
        self._loaded: dict[str, SheetXml] = {}
        self._recalculates = False
        self._styles: StyleBook | None = None

    def entry(self, name: str) -> SheetEntry | None:
        """A sheet by its name; like Excel, case does not tell sheets apart."""
        exact = next((sheet for sheet in self.sheets if sheet.name == name), None)
        return exact or next((sheet for sheet in self.sheets if sheet.name.casefold() == name.casefold()), None)

    def section(self, name: bytes) -> Element | None:
        """The workbook's child element with this name."""
        return self._children.get(name)

    def sheet(self, part: str) -> SheetXml:
        if part not in self._loaded:
            self._loaded[part] = SheetXml(self.package.read(part, limit=LARGEST_PART), part)
        return self._loaded[part]

    @property
    def styles(self) -> StyleBook:
        if self._styles is None:
            relation = self.relations.first("styles")
            part = self.package.find(relation.target) if relation else None
            if part is None:
                part = self._add_styles()
            self._styles_part = part
            self._styles = StyleBook(self.package.read(part), part)
        return self._styles

    def add_sheet_first(self, name: str, part: str) -> None:
        """List a new worksheet before all others and make it the one that shows."""
        identifier = self.relations.add(self.dialect.kind("worksheet"), part)
        self.types.add_part(part, WORKSHEET_TYPE)
        taken = [number(self.markup.tag(child), b"sheetId", 0) for child in self.markup.children(self.sheet_list)]
        tag = b'<%ssheet name="%s" sheetId="%d" %s="%s"/>' % (
            self.markup.prefix,
            escape_attribute(name),
            max(taken, default=0) + 1,
            self._relation_attribute(),
            identifier.encode(),
        )
        self.markup.splices.insert(self.sheet_list.tag_end, tag)
        self._show_first()
        for sheet in self.sheets:
            if sheet.part is not None:
                self._deselect(sheet.part)

    def add_names_to_first(self, names: dict[str, tuple[str, bool]]) -> None:
        """Shift the sheets the defined names belong to and add ``{name: (formula, hidden)}`` for the new first."""
        p = self.markup.prefix
        texts = b"".join(
            b'<%sdefinedName name="%s" localSheetId="0"%s>%s</%sdefinedName>'
            % (p, name.encode(), b' hidden="1"' if hidden else b"", escape(formula), p)
            for name, (formula, hidden) in names.items()
        )
        area = self._children.get(b"definedNames")
        if area is None:
            whole = b"<%sdefinedNames>%s</%sdefinedNames>" % (p, texts, p)
            self.markup.splices.insert(self._behind(_BEFORE_DEFINED_NAMES), whole)
            return
        for child in self.markup.children(area):
            old = attribute(self.markup.tag(child), b"localSheetId")
            if old is not None and old.isdigit():
                self.markup.retag(child, localSheetId=str(int(old) + 1))
        self.markup.append_inside(area, texts)

    def recalculate_on_open(self) -> None:
        """Cached results may rest on what was overwritten: let the spreadsheet program compute anew."""
        settings = self._children.get(b"calcPr")
        if settings is not None:
            self.markup.retag(settings, fullCalcOnLoad="1")
            return
        self._recalculates = True

    def drop_calculation_chain(self) -> None:
        """It lists every formula cell; programs rebuild it, but refuse one that lists a cell without formula."""
        relation = self.relations.first("calcChain")
        if relation is not None:
            self.relations.drop(relation)
            self.types.drop_part(relation.target)
            self.package.remove(relation.target)

    def has_formulas(self, sheets: list[str]) -> bool:
        """Whether results may be stale now: any formula in ``sheets`` or a list of formulas in the workbook."""
        if self.relations.first("calcChain") is not None:
            return True
        pattern = re.compile(rb"<(?:[^\s<>/]+:)?f[\s/>]")
        return any(pattern.search(self.sheet(part).markup.shadow) for part in sheets)

    def save(self) -> None:
        """Write every changed part back into the package."""
        if self._recalculates:  # at last, for it stands behind names that are new themselves
            text = b'<%scalcPr fullCalcOnLoad="1"/>' % self.markup.prefix
            self.markup.splices.insert(self._behind(_BEFORE_DEFINED_NAMES | {b"definedNames"}), text)
        for part, sheet in self._loaded.items():
            if sheet.markup.changed:
                self.package.replace(part, sheet.markup.render())
        if self._styles is not None and self._styles.changed:
            self.package.replace(self._styles_part, self._styles.render())
        if self.markup.changed:
            self.package.replace(self.part, self.markup.render())
        self.relations.save()
        self.types.save()

    def _namespace_attribute(self) -> bytes:
        return b"xmlns:" + self.markup.prefix[:-1] if self.markup.prefix else b"xmlns"

    def _relation_attribute(self) -> bytes:
        """The name ``r:id`` goes by in this file."""
        namespace = re.escape(self.dialect.relations)
        root = self.markup.tag(self.markup.root)
        found = re.search(rb"xmlns:([^\s=]+)\s*=\s*[\"']" + namespace + rb"[\"']", root)
        if found:
            return found[1] + b":id"
        return b'xmlns:r="%s" r:id' % self.dialect.relations

    def _entry(self, element: Element) -> SheetEntry:
        tag = self.markup.tag(element)
        found = re.search(rb"\s[^\s=:]+:id\s*=\s*[\"']([^\"'<]*)[\"']", tag)
        relation = self.relations.by_id(found[1].decode("utf-8", "replace")) if found else None
        name = attribute(tag, b"name") or ""
        if relation is None:
            return SheetEntry(name, None, "missing")
        return SheetEntry(name, self.package.find(relation.target), relation.kind.rpartition("/")[2])

    def _show_first(self) -> None:
        views = self._children.get(b"bookViews")
        if views is None:
            p = self.markup.prefix
            text = b"<%sbookViews><%sworkbookView/></%sbookViews>" % (p, p, p)
            self.markup.splices.insert(self.sheet_list.start, text)
            return
        for position, view in enumerate(self.markup.children(views)):
            tag = self.markup.tag(view)
            if position == 0:
                self.markup.retag(view, activeTab=None, firstSheet=None)
            else:
                self.markup.retag(view, activeTab=str(number(tag, b"activeTab", 0) + 1))

    def _deselect(self, part: str) -> None:
        if part in self._loaded:
            self._loaded[part].deselect()
        elif b"tabSelected" in self.package.peek(part, _SHEET_HEAD):
            data = self.package.read(part, limit=LARGEST_PART)
            markup = Markup(data, part)
            for element in markup.descendants(b"sheetView", 0, _SHEET_HEAD):
                tag = element[0]
                span_tag = re.sub(rb"\stabSelected\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", tag)
                markup.splices.replace(element.start(), element.end(), span_tag)
            if markup.changed:
                self.package.replace(part, markup.render())

    def _behind(self, names: set[bytes]) -> int:
        ends = [
            child.end
            for child in self._children.values()
            if child.name.rpartition(b":")[2] in names or child.name in names
        ]
        return max(ends)

    def _add_styles(self) -> str:
        folder = self.part.rpartition("/")[0]
        part = f"{folder}/styles.xml" if folder else "styles.xml"  # some readers know it by this name only
        self.package.add(part, empty_styles(self.dialect.main))
        self.relations.add(self.dialect.kind("styles"), part)
        self.types.add_part(part, STYLES_TYPE)
        return part
