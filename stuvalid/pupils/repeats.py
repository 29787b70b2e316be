"""Who stands twice in a run, and where related cells really are: told at each pupil's cell, the others named beside it.

A group of n costs what n pupils cost, not n times n: beyond `MOST_RELATED` its members are only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from stuvalid.findings import MOST_RELATED, Block, Findings, Place, Severity

if TYPE_CHECKING:
    from stuvalid.pupils.keys import PupilKeys

HEADERS = {"id_number": "身份证件号", "name": "姓名"}
"""The fields at whose cells repeats are told."""

T = TypeVar("T")


def others_of(members: Sequence[T]) -> Iterator[tuple[T, tuple[T, ...], int]]:
    """Each member of a group, of the others the first ten, and how many more there are.

    All members behind the first eleven share one tuple.
    """
    first = tuple(members[: MOST_RELATED + 1])
    most = first[:MOST_RELATED]
    more = len(members) - 1 - MOST_RELATED
    for position, member in enumerate(members):
        rest = first[:position] + first[position + 1 :] if position <= MOST_RELATED else most
        yield member, rest, max(0, more)


def add_repeats(findings: Findings, keys: Sequence[Sequence[PupilKeys]], rules: Mapping[str, Severity]) -> None:
    """Add what the rules on repeats say, those of ``rules`` (id to level); ``keys`` are those of each file in turn.

    A file that is byte by byte another one is told as such, and its pupils are not compared again.
    """
    copies = _copies(findings) if "DUP009" in rules else {}
    for copy, original in copies.items():
        _tell_copy(findings, copy, original, rules["DUP009"])
    sheets = [(number, sheet) for number, of_file in enumerate(keys) if number not in copies for sheet in of_file]
    if "DUP001" in rules:
        _add(findings, "DUP001", rules["DUP001"], sheets, "id_number")
    if "DUP002" in rules:
        _add(findings, "DUP002", rules["DUP002"], sheets, "name")


def _copies(findings: Findings) -> dict[int, int]:
    """By number the files with pupils that are byte by byte an earlier one, and which."""
    first: dict[str, int] = {}
    found = {}
    for number, report in enumerate(findings.files):
        if report.sha256 and report.rows:
            original = first.setdefault(report.sha256, number)
            if original != number:
                found[number] = original
    return found


def _tell_copy(findings: Findings, copy: int, original: int, severity: Severity) -> None:
    other = findings.files[original]
    block = Block("DUP009", severity, copy, "", "", "", -1, [-1], [""])
    block.params.append({"count": str(other.rows)})
    block.related.append((Place(other.path),))
    findings.blocks.append(block)


def _add(findings: Findings, rule: str, severity: Severity, sheets: Sequence[tuple[int, PupilKeys]], key: str) -> None:
    """Compare the pupils of all sheets by number, or those without one by name, sex and birth date."""
    column = "numbers" if key == "id_number" else "pupils"
    filled = [(number, sheet) for number, sheet in sheets if len(sheet.rows)]
    if not filled:
        return
    import numpy as np

    from stuvalid.pupils.grouping import repeats

    wanted = [_keys(sheet, column) for _, sheet in filled]
    rows = np.concatenate([sheet.rows for _, sheet in filled])
    owners = np.repeat(np.arange(len(filled)), [len(sheet.rows) for _, sheet in filled])
    blocks: dict[int, Block] = {}
    for group in repeats(np.concatenate(wanted)):
        members = list(zip(owners[group].tolist(), rows[group].tolist(), strict=True))
        places = [_place(findings, filled[owner], row, key) for owner, row in members[: MOST_RELATED + 1]]
        told = zip(members, others_of(places + [places[0]] * (len(members) - len(places))), strict=True)
        for (owner, row), (_, rest, more) in told:
            block = blocks.get(owner)
            if block is None:
                number, sheet = filled[owner]
                at = sheet.number_column if key == "id_number" else sheet.name_column
                block = blocks[owner] = Block(
                    rule, severity, number, sheet.sheet, key, HEADERS[key], at, [], [], kind=key
                )
            block.rows.append(row)
            block.values.append("")
            block.related.append(rest)
            block.related_more.append(more)
    findings.blocks.extend(blocks.values())


def _keys(sheet: PupilKeys, column: str) -> Any:
    import numpy as np

    return sheet.numbers if column == "numbers" else np.where(sheet.bare, sheet.pupils, 0)


def _place(findings: Findings, of_file: tuple[int, PupilKeys], row: int, key: str) -> Place:
    number, sheet = of_file
    column = sheet.number_column if key == "id_number" else sheet.name_column
    return Place(findings.files[number].path, sheet.sheet, row, column)


def name_related(findings: Findings) -> None:
    """Give related cells, which a worker knows by file number only, the name of their file."""
    for block in findings.blocks:
        path = findings.files[block.file].path
        block.related = [
            tuple(Place(path, place.sheet, place.row, place.column) for place in places) for places in block.related
        ]
