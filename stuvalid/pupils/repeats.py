"""What only a whole run can show: the same pupil in two files, and where related cells really are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stuvalid.findings import MOST_RELATED, Block, Findings, Place, Severity

if TYPE_CHECKING:
    from stuvalid.pupils.keys import PupilKeys


def add_repeats(findings: Findings, keys: Sequence[Sequence[PupilKeys]], rules: Mapping[str, Severity]) -> None:
    """Add what the rules on numbers and pupils that occur twice say, those of ``rules`` (id to level); ``keys`` a file."""
    sheets = [(index, sheet) for index, sheets_of_file in enumerate(keys) for sheet in sheets_of_file]
    if "DUP001" in rules:
        places = _repeated_bodies(sheets) + _repeated_texts(sheets, "others", "other_rows")
        _add(findings, "DUP001", rules["DUP001"], places, sheets, "id_number")
    if "DUP002" in rules:
        _add(findings, "DUP002", rules["DUP002"], _repeated_texts(sheets, "trios", "trio_rows"), sheets, "name")


def _repeated_bodies(sheets: Sequence[tuple[int, PupilKeys]]) -> list[list[tuple[int, int]]]:
    """Groups of (sheet number, sheet row) that share a resident number."""
    filled = [(number, keys) for number, (_, keys) in enumerate(sheets) if len(keys.bodies)]
    if not filled:
        return []
    import numpy as np

    from stuvalid.pupils.grouping import repeats

    groups = repeats(np.concatenate([keys.bodies for _, keys in filled]))
    rows = np.concatenate([keys.body_rows for _, keys in filled])
    owners = np.repeat([number for number, _ in filled], [len(keys.bodies) for _, keys in filled])
    return [list(zip(owners[group].tolist(), rows[group].tolist(), strict=True)) for group in groups]


def _repeated_texts(sheets: Sequence[tuple[int, PupilKeys]], texts: str, rows: str) -> list[list[tuple[int, int]]]:
    seen: dict[str, list[tuple[int, int]]] = {}
    for number, (_, keys) in enumerate(sheets):
        for text, row in zip(getattr(keys, texts), getattr(keys, rows), strict=True):
            seen.setdefault(text, []).append((number, row))
    return [group for group in seen.values() if len(group) > 1]


def _add(
    findings: Findings,
    rule: str,
    severity: Severity,
    groups: Sequence[list[tuple[int, int]]],
    sheets: Sequence[tuple[int, PupilKeys]],
    key: str,
) -> None:
    blocks: dict[int, Block] = {}
    for group in groups:
        places = [_place(findings, sheets, number, row, key) for number, row in group]
        for position, (number, row) in enumerate(group):
            # The first ten suffice: a list of all others in each of a thousand findings would be a million places.
            near = [place for place in places[: MOST_RELATED + 1] if place != places[position]][:MOST_RELATED]
            index, keys = sheets[number]
            block = blocks.get(number)
            if block is None:
                column = keys.number_column if key == "id_number" else keys.name_column
                block = Block(rule, severity, index, keys.sheet, key, _HEADERS[key], column, [], [], kind=key)
                blocks[number] = block
            block.rows.append(row)
            block.values.append("")
            block.related.append(tuple(near))
            block.related_more.append(len(group) - 1 - len(near))
    findings.blocks.extend(blocks.values())


_HEADERS = {"id_number": "身份证件号", "name": "姓名"}


def _place(findings: Findings, sheets: Sequence[tuple[int, PupilKeys]], number: int, row: int, key: str) -> Place:
    index, keys = sheets[number]
    column = keys.number_column if key == "id_number" else keys.name_column
    return Place(findings.files[index].path, keys.sheet, row, column)


def name_related(findings: Findings) -> None:
    """Give related cells, which a worker knows by file number only, the name of their file."""
    for block in findings.blocks:
        path = findings.files[block.file].path
        block.related = [
            tuple(Place(path, place.sheet, place.row, place.column) for place in places) for places in block.related
        ]
