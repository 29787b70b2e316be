"""Putting a list sheet before all others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stuvalid.excel.patch.edits import FrontSheet
from stuvalid.excel.patch.properties import add_title_first
from stuvalid.excel.patch.table_xml import TableXml, list_looks
from stuvalid.excel.patch.workbook import PatchedWorkbook

_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def free_sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """``wanted`` made a legal sheet name that no sheet has: 问题清单, 问题清单2, 问题清单3 …"""
    plain = _NOT_IN_NAMES.sub("_", wanted)[:_LONGEST_NAME].strip("'") or "Sheet"
    used = {name.casefold() for name in taken}
    name, count = plain, 1
    while name.casefold() in used:
        count += 1
        suffix = str(count)
        name = plain[: _LONGEST_NAME - len(suffix)] + suffix
    return name


def add_front_sheet(workbook: PatchedWorkbook, front: FrontSheet) -> list[str]:
    """Insert ``front`` as the first and active sheet; returns note codes."""
    present = [sheet.name for sheet in workbook.sheets]
    name = free_sheet_name(front.name, present)
    notes = ["front-sheet-renamed"] if name != front.name else []
    folder = workbook.part.rpartition("/")[0]
    part = workbook.package.free_name((folder + "/" if folder else "") + "worksheets/sheet{}.xml")
    table = TableXml(front, list_looks(workbook.styles), present, namespace=workbook.dialect.main)
    workbook.package.add(part, b"".join(table.pieces()))
    if next(table.rows, None) is not None:
        notes.append("front-sheet-truncated")
    workbook.add_sheet_first(name, part)
    workbook.add_names_to_first(table.names(name))
    add_title_first(workbook.package, name)
    return notes + table.notes
