"""How the first rows of a workbook look and what is said at its cells: red ink, number formats, comments, prompts.

None of it is content, and only OOXML packages are looked into: whoever learns a form from its blank wants to know.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stuvalid.excel.address import parse_address, parse_range
from stuvalid.excel.model import DEFAULT_LIMITS, Limits
from stuvalid.excel.ooxml import main_part, part_text, relations
from stuvalid.excel.package import Package
from stuvalid.excel.tags import attributes, elements, section
from stuvalid.excel.values import is_date_id

ROWS = 60
"""Rows that are looked at: the header of a form and what is prepared below it."""

_ROW = re.compile(r"<(?:\w+:)?row\b([^>]*?)(/?)>")
_CELL = re.compile(r"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?v>([0-9]+)</(?:\w+:)?v>")
_STRING = re.compile(r"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_RUN = re.compile(r"<(?:\w+:)?r\b[^>]*>(.*?)</(?:\w+:)?r>", re.DOTALL)
_FONT = re.compile(r"<(?:\w+:)?font\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?font>)", re.DOTALL)
_VALIDATION = re.compile(
    r"<(?:\w+:)?dataValidation\b((?:[^>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*)(?:/>|>(.*?)</(?:\w+:)?dataValidation>)",
    re.DOTALL,
)
_COMMENT = re.compile(r"<(?:\w+:)?comment\b([^>]*)>(.*?)</(?:\w+:)?comment>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t\b[^>]*>(.*?)</(?:\w+:)?t>", re.DOTALL)
_SCHEME = re.compile(
    r"<a:(dk1|lt1|dk2|lt2|accent[1-6])>\s*<a:(?:srgbClr val|sysClr [^>]*?lastClr)=[\"']([0-9A-Fa-f]{6})"
)
_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)))
_RED_INDEXES = frozenset({"2", "10", "16"})
_LEAST_RED, _MOST_OTHER = 0xB0, 0x60
_TEXT_FORMAT = "49"
_GENERAL = "0"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a validation lets be typed into an area: ``kind`` as Excel calls it (textLength, whole, date …)."""

    area: tuple[int, int, int, int]
    kind: str
    operator: str
    first: str
    second: str


@dataclass(slots=True)
class SheetLooks:
    """The looks of one sheet, at 0-based (row, column).

    ``red`` are cells whose whole text is red, ``formats`` are ``text``, ``date`` or ``number`` of cells that have a
    number format and ``column_formats`` of whole columns. ``comments`` stand at cells, ``prompts`` and ``limits`` at areas.
    """

    red: frozenset[tuple[int, int]] = frozenset()
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    column_formats: Mapping[int, str] = field(default_factory=dict)
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    prompts: tuple[tuple[tuple[int, int, int, int], str], ...] = ()
    limits: tuple[Limit, ...] = ()

    def format_at(self, row: int, column: int) -> str:
        """``text``, ``date``, ``number``, or '' where the cell has the general format."""
        return self.formats.get((row, column), self.column_formats.get(column, ""))


def looks(data: bytes, limits: Limits = DEFAULT_LIMITS) -> dict[str, SheetLooks]:
    """The looks of each worksheet of an OOXML package by name; raises UnreadableFile where it is damaged."""
    package = Package(io.BytesIO(data), limits)
    main = main_part(package)
    targets = relations(package, main)
    parts = {target.kind: target.part for target in targets.values() if target.part in package}
    styles = _Styles(package, parts)
    found = {}
    for entry in elements(section(part_text(package, main), "sheets"), "sheet"):
        target = targets.get(entry.get("id", ""))
        if target is not None and target.part in package:
            found[entry.get("name", "")] = _looks_of(package, target.part, styles)
    return found


class _Styles:
    """What the styles, the theme and the shared texts of a workbook say of a cell."""

    def __init__(self, package: Package, parts: Mapping[str, str]) -> None:
        text = part_text(package, parts["styles"]) if "styles" in parts else ""
        theme = part_text(package, parts["theme"]) if "theme" in parts else ""
        scheme = dict(_SCHEME.findall(theme))
        self._theme = [scheme.get(name, "") for name in _THEME_ORDER]
        custom = {
            int(one["numFmtId"]): one.get("formatCode", "")
            for one in elements(section(text, "numFmts"), "numFmt")
            if one.get("numFmtId", "").isdigit()
        }
        fonts = [self.is_red(inside or "") for inside in _FONT.findall(section(text, "fonts"))]
        self._styles: list[tuple[bool, str]] = []
        for one in elements(section(text, "cellXfs"), "xf"):
            font, number = one.get("fontId", "0"), one.get("numFmtId", _GENERAL)
            red = font.isdigit() and int(font) < len(fonts) and fonts[int(font)]
            self._styles.append((red, _format(number, custom)))
        shared = part_text(package, parts["sharedStrings"]) if "sharedStrings" in parts else ""
        self._shared = [self._runs_are_red(inside or "") for inside in _STRING.findall(shared)]

    def is_red(self, properties: str) -> bool:
        """Whether the properties of a font or a run have a red colour."""
        colour = next(elements(properties, "color"), {})
        if colour.get("indexed") in _RED_INDEXES:
            return True
        theme = colour.get("theme", "")
        rgb = colour.get("rgb", "")[-6:]
        if theme.isdigit() and int(theme) < len(self._theme):
            rgb = self._theme[int(theme)]
        try:
            red, green, blue = bytes.fromhex(rgb)
        except ValueError:
            return False
        return red >= _LEAST_RED and max(green, blue) <= _MOST_OTHER

    def _runs_are_red(self, string: str) -> bool | None:
        """Whether all text of a string in several runs is red, None where the cell's own font decides."""
        verdicts = []
        for run in _RUN.findall(string):
            properties = section(run, "rPr")
            if "".join(_TEXT.findall(run)).strip():
                verdicts.append(self.is_red(properties))
        return all(verdicts) if verdicts else None

    def of(self, style: str, kind: str, inside: str) -> tuple[bool, str]:
        """(whether its text is red, its format) of a cell with this style, type and content."""
        index = int(style) if style.isdigit() else 0
        red, number = self._styles[index] if index < len(self._styles) else (False, "")
        if kind == "s" and (value := _VALUE.search(inside)) and int(value[1]) < len(self._shared):
            runs = self._shared[int(value[1])]
        else:
            runs = self._runs_are_red(inside) if kind == "inlineStr" else None
        return (red if runs is None else runs), number


def _format(number: str, custom: Mapping[int, str]) -> str:
    if number in ("", _GENERAL) or not number.isdigit():
        return ""
    code = custom.get(int(number), "")
    if number == _TEXT_FORMAT or code == "@":
        return "text"
    if is_date_id(int(number), dict(custom)):
        return "date"
    return "" if code.lower() == "general" else "number"


def _looks_of(package: Package, part: str, styles: _Styles) -> SheetLooks:
    text = part_text(package, part)
    red, formats = set(), {}
    for row, column, found in _cells(text):
        is_red, number = styles.of(found[0].get("s", ""), found[0].get("t", ""), found[1])
        if is_red:
            red.add((row, column))
        formats[row, column] = number
    columns = {}
    for entry in elements(section(text, "cols"), "col"):
        first, last = entry.get("min", ""), entry.get("max", "")
        if first.isdigit() and last.isdigit() and entry.get("style", "").isdigit():
            number = styles.of(entry["style"], "", "")[1]
            columns.update(dict.fromkeys(range(int(first) - 1, min(int(last), int(first) + 999)), number))
    prompts, limits = _validations(text)
    comments = next((target.part for target in relations(package, part).values() if target.kind == "comments"), "")
    said = _comments(part_text(package, comments)) if comments and comments in package else {}
    return SheetLooks(frozenset(red), formats, columns, said, prompts, limits)


def _cells(text: str) -> Iterator[tuple[int, int, tuple[dict[str, str], str]]]:
    """Row, column, attributes and inside of the cells of the first rows."""
    row = -1
    rows = list(_ROW.finditer(text))
    for place, match in enumerate(rows):
        told = attributes(match[1]).get("r", "")
        row = int(told) - 1 if told.isdigit() else row + 1
        if row >= ROWS:
            return
        if match[2]:
            continue
        end = rows[place + 1].start() if place + 1 < len(rows) else len(text)
        column = -1
        for cell in _CELL.finditer(text, match.end(), end):
            own = attributes(cell[1])
            at = parse_address(own.get("r", ""))
            column = at[1] if at is not None else column + 1
            yield row, column, (own, cell[2] or "")


def _comments(text: str) -> dict[tuple[int, int], str]:
    found = {}
    for match in _COMMENT.finditer(text):
        place = parse_address(attributes(match[1]).get("ref", ""))
        if place is not None:
            found[place] = html.unescape("".join(_TEXT.findall(match[2]))).strip()
    return found


def _validations(text: str) -> tuple[tuple[tuple[tuple[int, int, int, int], str], ...], tuple[Limit, ...]]:
    prompts, limits = [], []
    for match in _VALIDATION.finditer(text):
        own, inside = attributes(match[1]), match[2] or ""
        areas = own.get("sqref", "") or section(inside, "sqref")
        said = "：".join(part for part in (own.get("promptTitle", ""), own.get("prompt", "")) if part)
        first, second = (
            html.unescape(section(section(inside, name) or "", "f") or section(inside, name)).strip()
            for name in ("formula1", "formula2")
        )
        for area in areas.split():
            place = parse_range(area.replace("$", ""))
            if place is None:
                continue
            if said:
                prompts.append((place, said))
            if own.get("type", "none") not in ("none", "list"):
                limits.append(Limit(place, own["type"], own.get("operator", "between"), first, second))
    return tuple(prompts), tuple(limits)
