"""What a workbook's own dropdowns offer: lists written into a validation, or cells of a sheet, often a hidden one.

Read from the XML behind the sheet's data, of ordinary validations and of those in Excel's extension list.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stuvalid.excel.address import parse_range
from stuvalid.excel.model import MAX_ROWS, Offer, Sheet

MARK = b"dataValidation"
_RULE = re.compile(
    r"<(?:\w+:)?dataValidation\b((?:[^>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*)>(.*?)</(?:\w+:)?dataValidation>", re.DOTALL
)
"""One with something in it: ``<dataValidation … />`` is a hint alone, and the next begins behind it."""

_FORMULA = re.compile(
    r"<(?:\w+:)?formula1>\s*(?:<(?:\w+:)?f>)?(.*?)(?:</(?:\w+:)?f>)?\s*</(?:\w+:)?formula1>", re.DOTALL
)
_SQREF = re.compile(r"<(?:\w+:)?sqref>(.*?)</(?:\w+:)?sqref>", re.DOTALL)
_ATTRIBUTE = re.compile(r"\bsqref=[\"']([^\"']*)[\"']")
_LIST = re.compile(r"\btype=[\"']list[\"']")
_LETS_PASS = re.compile(r"\berrorStyle=[\"'](?:warning|information)[\"']")
_NAME = re.compile(r"<definedName\b[^>]*\bname=[\"']([^\"']+)[\"'][^>]*>([^<]*)</definedName>")
_REFERENCE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^'!(]+))!)?"
    r"(\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?|(\$?[A-Z]{1,3}):(\$?[A-Z]{1,3}))"
)
_SAID = re.compile(r"INDIRECT\(\s*\"([^\"]+)\"\s*(?:,\s*(?:TRUE|1))?\s*\)", re.IGNORECASE)
_BY_ANOTHER_CELL = re.compile(r"INDIRECT\(.*\)", re.IGNORECASE)
_GROWING = re.compile(r"OFFSET\(\s*([^,()]+?)\s*,.*\)", re.IGNORECASE)
_MOST_CELLS = 20_000
_MOST_LISTS = 2_000
_MOST_OF_ONE = 5_000
_NAME_ALONE = re.compile(r"[^\W\d][\w.]*")


def validations(text: str) -> list[tuple[str, str, bool]]:
    """(areas, formula, whether it lets other values pass) of each list validation in the XML of a sheet."""
    found: list[tuple[str, str, bool]] = []
    for match in _RULE.finditer(text):
        if not _LIST.search(match[1]):
            continue
        formula, inside = _FORMULA.search(match[2]), _SQREF.search(match[2])
        areas = inside or _ATTRIBUTE.search(match[1])
        if formula and areas:
            found.append((areas[1], html.unescape(formula[1]).strip(), _LETS_PASS.search(match[1]) is not None))
    return found


def defined_names(text: str) -> dict[str, str]:
    """What the names of a workbook stand for, from its main part."""
    return {html.unescape(match[1]): html.unescape(match[2]).strip() for match in _NAME.finditer(text)}


def settle(
    sheet: Sheet, rules: Sequence[tuple[str, str, bool]], sheets: Mapping[str, Sheet], names: Mapping[str, str]
) -> None:
    """Give ``sheet`` its list validations.

    Of a list that is computed from another cell (INDIRECT) all named lists may be meant; others that are computed offer
    nothing known, nor do those beyond `_MOST_LISTS` different lists. That there is a dropdown is known of them all.
    """
    offers: list[Offer] = []
    last: dict[tuple[int, int, str, bool], int] = {}
    known: dict[str, tuple[tuple[str, ...], bool, bool]] = {}
    for areas, formula, lets_pass in rules:
        if formula not in known:
            values, loose = _offered(formula, sheet, sheets, names) if len(known) < _MOST_LISTS else ((), False)
            known[formula] = values, not values and _is_broken(formula, names), loose
        values, broken, loose = known[formula]
        for area in areas.split():
            place = parse_range(area.replace("$", ""))
            if place is None:
                continue
            # Programs write one dropdown a cell: those that continue one another downwards are one.
            first_row, first_column, last_row, last_column = place
            column = (first_column, last_column, formula, lets_pass)
            above = last.get(column)
            if above is not None and offers[above].last_row + 1 == first_row:
                offers[above] = replace(offers[above], last_row=last_row)
                continue
            last[column] = len(offers)
            offers.append(Offer(*place, values, broken, loose or lets_pass))
    sheet.offers = tuple(offers)


def _is_broken(formula: str, names: Mapping[str, str]) -> bool:
    """Whether the cells that a dropdown takes its texts from were deleted, or the name that stood for them."""
    told = formula.lstrip("=")
    if _NAME_ALONE.fullmatch(told) and not _REFERENCE.fullmatch(told) and told not in names:
        return True
    return "#REF!" in names.get(told, told)


def _offered(
    formula: str, own: Sheet, sheets: Mapping[str, Sheet], names: Mapping[str, str]
) -> tuple[tuple[str, ...], bool]:
    """The texts that a list offers, and whether other texts may be right in some of its cells."""
    if len(formula) > 1 and formula[0] == formula[-1] == '"':
        return _distinct(formula[1:-1].replace('""', '"').split(",")), False
    told = names.get(formula.lstrip("="), formula).lstrip("=")
    if said := _SAID.fullmatch(told):
        told = names.get(said[1], said[1]).lstrip("=")
    elif _BY_ANOTHER_CELL.fullmatch(told):
        lists = [_cells(text.lstrip("="), own, sheets) for text in _of_lists(names)[:_MOST_LISTS]]
        return _distinct(text for texts in lists if len(texts) <= _MOST_OF_ONE for text in texts), True
    elif (growing := _GROWING.fullmatch(told)) and (place := _REFERENCE.fullmatch(growing[1])):
        cell = place[3].replace("$", "").partition(":")[0]
        column = cell.rstrip("0123456789")
        sheet = growing[1].rpartition("!")[0]
        down = f"{cell}:{column}{MAX_ROWS}"
        return _distinct(_cells(f"{sheet}!{down}" if sheet else down, own, sheets)), True
    return _distinct(_cells(told, own, sheets)), False


def _of_lists(names: Mapping[str, str]) -> list[str]:
    """What the names stand for that a person gave; those of areas to print or to filter are the program's."""
    return [text for name, text in names.items() if not name.startswith("_xlnm")]


def _cells(reference: str, own: Sheet, sheets: Mapping[str, Sheet]) -> list[str]:
    """The texts of the cells that a reference names; none where it names none, or too many."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return []
    name = (match[1] or match[2] or "").replace("''", "'")
    sheet = sheets.get(name) if name else own
    area = f"{match[4]}1:{match[5]}{MAX_ROWS}" if match[4] else match[3]
    place = parse_range(area.replace("$", ""))
    if sheet is None or place is None:
        return []
    first_row, first_column, last_row, last_column = place
    last_row, last_column = min(last_row, sheet.height - 1), min(last_column, sheet.width - 1)
    if (last_row - first_row + 1) * (last_column - first_column + 1) > _MOST_CELLS:
        return []
    sheet.feeds = sheet.feeds or sheet is not own
    return [
        sheet.text(row, column)
        for row in range(first_row, last_row + 1)
        for column in range(first_column, last_column + 1)
    ]


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts in their order, each once. What is chosen may be written with the blanks around it that its cell has."""
    listed = [text for text in texts if text.strip()]
    return tuple(dict.fromkeys([*(text.strip() for text in listed), *listed]))
