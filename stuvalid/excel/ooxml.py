"""Workbooks in OOXML packages: xlsx, xlsm and their templates, transitional and strict."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from stuvalid.errors import UnreadableFile
from stuvalid.excel.address import parse_range
from stuvalid.excel.dropdowns import MARK, defined_names, settle, validations
from stuvalid.excel.grid import Grid, Pool, SheetInfo
from stuvalid.excel.model import Limits, Note, Sheet, Workbook
from stuvalid.excel.package import Package
from stuvalid.excel.refusals import refusal
from stuvalid.excel.sharedstrings import SharedStrings, shared_strings
from stuvalid.excel.sheet_careful import SheetWalk, StrayCharacterError, note_hidden_columns
from stuvalid.excel.sheet_fast import SheetScan, UnusualError
from stuvalid.excel.stamps import STAMP_PART, stamp_of
from stuvalid.excel.stored import SharedByBook
from stuvalid.excel.tags import as_utf8, elements, is_true, section
from stuvalid.excel.values import adds_text, is_date_id

_SHEET_PART = re.compile(r"xl/worksheets/sheet[0-9]+\.xml")
_PRODUCERS = (("wps", "WPS"), ("kingsoft", "WPS"), ("microsoft", "Excel"), ("libreoffice", "LibreOffice"))


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A sheet as the workbook part lists it."""

    name: str
    visible: bool
    part: str


def read_ooxml(package: Package, limits: Limits) -> Workbook:
    """All worksheets of the package."""
    reader = _Reader(package, limits)
    return reader.workbook()


class _Reader:
    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        self._notes: list[Note] = []
        self._main = main_part(package)
        self._relations = relations(package, self._main)
        self._dropdowns: dict[str, list[tuple[str, str, bool]]] = {}

    def workbook(self) -> Workbook:
        text = part_text(self._package, self._main)
        entries = self._entries(text)
        strings = self._strings()
        properties = next(elements(text, "workbookPr"), {})
        styles = self._styles()
        epoch_1904 = is_true(properties.get("date1904"))
        book = SharedByBook(date_styles(styles), epoch_1904, strings.refs, adding_styles(styles))
        sheets = []
        for entry in entries:
            sheet = self._sheet(entry, strings.texts, book)
            if sheet is not None:
                sheets.append(sheet)
        by_name = {sheet.name: sheet for sheet in sheets}
        for name, rules in self._dropdowns.items():
            settle(by_name[name], rules, by_name, defined_names(text))
        if not sheets:
            raise refusal("corrupt", "; ".join(note.detail for note in self._notes) or "no worksheet")
        macros = any(name.endswith("vbaproject.bin") for name in self._package.names)
        own = producer(self._package), stamp_of(self._custom_properties())
        return Workbook("xlsm" if macros else "xlsx", sheets, macros, *own, self._notes)

    def _custom_properties(self) -> str:
        return part_text(self._package, STAMP_PART) if STAMP_PART in self._package else ""

    def _entries(self, text: str) -> list[PartEntry]:
        entries = []
        for found in elements(section(text, "sheets"), "sheet"):
            target = self._relations.get(found.get("id", ""))
            if target is None:
                if found.get("id"):
                    self._notes.append(Note("sheet-missing", found["id"], found.get("name", "")))
                continue
            if target.kind not in {"worksheet", ""}:
                continue  # chart, dialog and macro sheets hold no cells
            visible = found.get("state", "visible") == "visible"
            entries.append(PartEntry(found.get("name", ""), visible, target.part))
        if len(entries) > self._limits.sheets:
            raise refusal("bomb", f"{len(entries)} sheets")
        return entries or self._unrelated_entries(text)

    def _unrelated_entries(self, text: str) -> list[PartEntry]:
        """Sheets by the order of their parts, for books whose relationships are lost."""
        parts = sorted(
            (name for name in self._package.names if _SHEET_PART.fullmatch(name)), key=lambda name: (len(name), name)
        )[: self._limits.sheets]
        listed = list(elements(section(text, "sheets"), "sheet"))
        if parts:
            self._notes.append(Note("relations-missing"))
        if len(listed) != len(parts):
            return [PartEntry(f"Sheet{number}", True, part) for number, part in enumerate(parts, 1)]
        pairs = zip(listed, parts, strict=True)
        return [
            PartEntry(found.get("name", ""), found.get("state", "visible") == "visible", part) for found, part in pairs
        ]

    def _strings(self) -> SharedStrings:
        part = self._part("sharedStrings")
        if part is None:
            return shared_strings(lambda: ())
        strings = shared_strings(lambda: self._bounded(part))
        if strings.fault:
            self._notes.append(Note(strings.fault, part))
        return strings

    def _part(self, kind: str) -> str | None:
        """The part of this kind, None where the workbook has none; one that is missing is noted."""
        part = next((target.part for target in self._relations.values() if target.kind == kind), None)
        if part is not None and part not in self._package:
            self._notes.append(Note("part-missing", part))
            return None
        return part

    def _bounded(self, part: str) -> Iterator[bytes]:
        size = 0
        for piece in self._package.pieces(part):
            size += len(piece)
            if size > self._limits.text_bytes:
                raise refusal("bomb", f"more than {size >> 20} MB of shared strings")
            yield piece

    def _styles(self) -> str:
        part = self._part("styles")
        return "" if part is None else part_text(self._package, part)

    def _sheet(self, entry: PartEntry, texts: pa.Array, book: SharedByBook) -> Sheet | None:
        if entry.part not in self._package:
            self._notes.append(Note("sheet-missing", entry.part, entry.name))
            return None
        try:
            return self._read_sheet(entry, texts, book)
        except UnreadableFile as error:
            if error.reason not in {"corrupt", "truncated"}:
                raise
            self._notes.append(Note("sheet-unreadable", error.en, entry.name))
            return None

    def _read_sheet(self, entry: PartEntry, texts: pa.Array, book: SharedByBook) -> Sheet:
        try:
            return self._scan(entry, texts, book)
        except UnusualError:
            return self._walk(entry, texts, book)

    def _scan(self, entry: PartEntry, texts: pa.Array, book: SharedByBook) -> Sheet:
        info = SheetInfo(entry.name, entry.visible)
        grid = Grid(Pool(texts), self._limits)
        scan = SheetScan(grid, info, book)
        scan.read(self._package.pieces(entry.part))
        surroundings(info, scan.head, scan.tail)
        sheet = grid.sheet(info)
        if MARK in scan.tail:
            self._dropdowns[sheet.name] = validations(scan.tail.decode("utf-8", "replace"))
        self._notes += info.notes
        return sheet

    def _walk(self, entry: PartEntry, texts: pa.Array, book: SharedByBook) -> Sheet:
        info = SheetInfo(entry.name, entry.visible)
        grid = Grid(Pool(texts), self._limits)
        try:
            SheetWalk(grid, info, book).read(self._package.pieces(entry.part))
        except StrayCharacterError as error:
            info, grid = SheetInfo(entry.name, entry.visible), Grid(Pool(texts), self._limits)
            info.note("damaged-text", str(error))
            SheetWalk(grid, info, book).read(self._package.pieces(entry.part), forgiving=True)
        sheet = grid.sheet(info)
        tail = b"".join(self._package.pieces(entry.part)).rpartition(b"sheetData>")[2]
        if MARK in tail:
            self._dropdowns[sheet.name] = validations(tail.decode("utf-8", "replace"))
        self._notes += info.notes
        return sheet


@dataclass(frozen=True, slots=True)
class SheetTarget:
    """Where a relationship points: its kind (the last word of its type) and the part's name."""

    kind: str
    part: str


def main_part(package: Package) -> str:
    """The name of the workbook part; raises when the package holds something else."""
    for target in relations(package, "").values():
        if target.kind == "officeDocument" and target.part in package:
            return target.part
    for name in ("xl/workbook.xml", "xl/workbook.bin"):
        if name in package:
            return name
    raise refusal("not-a-workbook", "no workbook part")


def relations(package: Package, part: str) -> dict[str, SheetTarget]:
    """The relationships of a part (or of the package, ``""``) by id."""
    folder, name = posixpath.split(part)
    source = posixpath.join(folder, "_rels", f"{name}.rels")
    if source not in package:
        return {}
    found = {}
    for relation in elements(part_text(package, source), "Relationship"):
        if relation.get("TargetMode") == "External":
            continue
        target = relation.get("Target", "").replace("\\", "/")
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        if full not in package and target.lstrip("/") in package:
            full = target.lstrip("/")
        found[relation.get("Id", "")] = SheetTarget(relation.get("Type", "").rpartition("/")[2], full)
    return found


def part_text(package: Package, name: str) -> str:
    """A small XML part as text."""
    return as_utf8(package.read(name)).decode("utf-8", "replace")


def _formats(styles: str) -> tuple[dict[int, str], list[str]]:
    """The workbook's own number formats by id, and the id of each cell style."""
    custom = {}
    for found in elements(section(styles, "numFmts"), "numFmt"):
        if found.get("numFmtId", "").isdigit():
            custom[int(found["numFmtId"])] = found.get("formatCode", "")
    return custom, [found.get("numFmtId", "0") for found in elements(section(styles, "cellXfs"), "xf")]


def adding_styles(styles: str) -> dict[str, str]:
    """The number formats that may show digits or letters that are not stored, by the style index as it is written."""
    custom, ids = _formats(styles)
    adding = {str(number): text for number, text in custom.items() if adds_text(text)}
    return {str(index): adding[text] for index, text in enumerate(ids) if text in adding}


def date_styles(styles: str) -> tuple[bool, ...]:
    """For each cell style index, whether its number format shows a date."""
    custom, ids = _formats(styles)
    verdicts = {text: text.isdigit() and is_date_id(int(text), custom) for text in set(ids)}
    return tuple(verdicts[text] for text in ids)


def surroundings(info: SheetInfo, head: bytes, tail: bytes) -> None:
    """Hidden columns, merged areas and protection, from what stands before and after the sheet data."""
    if b"hidden" in head:
        for found in elements(head.decode("utf-8", "replace"), "col"):
            note_hidden_columns(info, found)
    if b"mergeCell" not in tail and b"sheetProtection" not in tail:
        return
    text = tail.decode("utf-8", "replace")
    areas = (parse_range(found.get("ref", "")) for found in elements(section(text, "mergeCells"), "mergeCell"))
    info.merged += [area for area in areas if area is not None]
    info.protected = any(is_true(found.get("sheet")) for found in elements(text, "sheetProtection"))


def producer(package: Package) -> str:
    """The program that wrote the package, by its own words; empty when it does not say."""
    if "docprops/app.xml" not in package:
        return ""
    application = section(part_text(package, "docProps/app.xml"), "Application").strip()
    for mark, name in _PRODUCERS:
        if mark in application.lower():
            return name
    return application[:60]
