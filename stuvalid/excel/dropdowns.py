"""What a workbook's own dropdowns offer: lists written into a validation, or cells of a sheet, often a hidden one.

Read from the XML behind the sheet's data, of ordinary validations and of those in Excel's extension list.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stuvalid.excel.address import parse_range
from stuvalid.excel.model import Offer, Sheet

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
_NAME = re.compile(r"<definedName\b[^>]*\bname=[\"']([^\"']+)[\"'][^>]*>([^<]*)</definedName>")
_REFERENCE = re.compile(r"(?:(?:'((?:[^']|'')+)'|([^'!]+))!)?(\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?)")
_MOST_CELLS = 20_000
_MOST_LISTS = 2_000
_NAME_ALONE = re.compile(r"[^\W\d][\w.]*")


def validations(text: str) -> list[tuple[str, str]]:
    """(areas, formula) of each list validation in the XML of a sheet."""
    found: list[tuple[str, str]] = []
    for match in _RULE.finditer(text):
        if not _LIST.search(match[1]):
            continue
        formula, inside = _FORMULA.search(match[2]), _SQREF.search(match[2])
        areas = inside or _ATTRIBUTE.search(match[1])
        if formula and areas:
            found.append((areas[1], html.unescape(formula[1]).strip()))
    return found


def defined_names(text: str) -> dict[str, str]:
    """What the names of a workbook stand for, from its main part."""
    return {html.unescape(match[1]): html.unescape(match[2]).strip() for match in _NAME.finditer(text)}


def settle(
    sheet: Sheet, rules: Sequence[tuple[str, str]], sheets: Mapping[str, Sheet], names: Mapping[str, str]
) -> None:
    """Give ``sheet`` its list validations.

    Those that are computed (INDIRECT …) offer nothing known, nor do those beyond `_MOST_LISTS` different lists; that
    there is a dropdown is known of them all.
    """
    offers: list[Offer] = []
    last: dict[tuple[int, int, str], int] = {}
    known: dict[str, tuple[frozenset[str], bool]] = {}
    for areas, formula in rules:
        if formula not in known:
            values = _offered(formula, sheet, sheets, names) if len(known) < _MOST_LISTS else frozenset[str]()
            known[formula] = values, not values and _is_broken(formula, names)
        for area in areas.split():
            place = parse_range(area.replace("$", ""))
            if place is None:
                continue
            # Programs write one dropdown a cell: those that continue one another downwards are one.
            first_row, first_column, last_row, last_column = place
            above = last.get((first_column, last_column, formula))
            if above is not None and offers[above].last_row + 1 == first_row:
                offers[above] = replace(offers[above], last_row=last_row)
                continue
            last[first_column, last_column, formula] = len(offers)
            offers.append(Offer(*place, *known[formula]))
    sheet.offers = tuple(offers)


def _is_broken(formula: str, names: Mapping[str, str]) -> bool:
    """Whether the cells that a dropdown takes its texts from were deleted, or the name that stood for them."""
    told = formula.lstrip("=")
    if _NAME_ALONE.fullmatch(told) and not _REFERENCE.fullmatch(told) and told not in names:
        return True
    return "#REF!" in names.get(told, told)


def _offered(formula: str, own: Sheet, sheets: Mapping[str, Sheet], names: Mapping[str, str]) -> frozenset[str]:
    if len(formula) > 1 and formula[0] == formula[-1] == '"':
        return frozenset(part.strip() for part in formula[1:-1].replace('""', '"').split(",")) - {""}
    match = _REFERENCE.fullmatch(names.get(formula.lstrip("="), formula).lstrip("="))
    if match is None:
        return frozenset()
    name = (match[1] or match[2] or "").replace("''", "'")
    sheet = sheets.get(name) if name else own
    place = parse_range(match[3].replace("$", ""))
    if sheet is None or place is None:
        return frozenset()
    first_row, first_column, last_row, last_column = place
    last_row, last_column = min(last_row, sheet.height - 1), min(last_column, sheet.width - 1)
    if (last_row - first_row + 1) * (last_column - first_column + 1) > _MOST_CELLS:
        return frozenset()
    cells = (
        sheet.text(row, column).strip()
        for row in range(first_row, last_row + 1)
        for column in range(first_column, last_column + 1)
    )
    return frozenset(cells) - {""}
