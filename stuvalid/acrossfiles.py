"""What only a whole run can show: the same pupil in two files, and where related cells really are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid import identity
from stuvalid.excel.model import Kind
from stuvalid.findings import Block, Findings, Place, letters

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.check import CheckOptions, FileResult, PupilKeys
    from stuvalid.table import Column, Part, Table

_SEPARATORS = re.compile(r"[\s'’‘`\-—–.,，·。、；;]+")
_DOCUMENT = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9A-Z()]{6,}")
_EXCEL_DIGITS, _RESIDENT_LENGTH = 15, 18
_SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True)
class NumberKeys:
    """What the pupils' numbers are for comparing, one entry a record.

    ``bodies`` are the 17 digits of right numbers (18 characters, or 15 digits as they would be today), else 0;
    ``others`` holds the plain text of other numbers by position; ``bare`` marks records without any number.
    """

    bodies: npt.NDArray[np.int64]
    others: dict[int, str]
    bare: npt.NDArray[np.bool_]


def number_keys(table: Table, rows: npt.NDArray[np.intp]) -> NumberKeys:
    """The keys of the pupils' numbers at ``rows`` of the table.

    A number that Excel cut short or that is no more than a filler names nobody and has no key.
    """
    import numpy as np

    if "id_number" not in table:
        return NumberKeys(np.zeros(len(rows), dtype=np.int64), {}, np.ones(len(rows), dtype=np.bool_))
    column, numbers = table["id_number"], table.numbers["id_number"]
    resident = numbers.resident[rows]
    bodies = np.where(resident, numbers.body[rows], 0)
    bare = ~column.filled[rows]
    others: dict[int, str] = {}
    odd = np.flatnonzero(~resident & ~bare)
    for position, text in zip(odd.tolist(), column.texts(rows[odd]) if len(odd) else (), strict=True):
        plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
        bodies[position] = identity.body_of(plain)
        if not any(char.isdigit() for char in plain):
            bare[position] = True
        elif (
            not bodies[position]
            and _names_someone(plain)
            and not _is_cut_short(plain, column, int(rows[position]))
        ):
            others[position] = plain
    return NumberKeys(bodies, others, bare)


def _names_someone(number: str) -> bool:
    return _DOCUMENT.fullmatch(number) is not None and len(set(number)) > 2


def _is_cut_short(number: str, column: Column, row: int) -> bool:
    """Excel keeps 15 digits of a number: cut short, those of many children are the same."""
    if len(number) <= _EXCEL_DIGITS:
        return False
    stored = column.kinds is not None and column.kinds[row] == Kind.NUMBER
    return stored or (len(number) == _RESIDENT_LENGTH and number.endswith("000"))


def pupil_keys(table: Table, part: Part) -> PupilKeys:
    """The keys of one sheet's pupils, compact enough to cross a process border by the million."""
    import numpy as np

    from stuvalid.check import PupilKeys

    rows = np.arange(part.offset, part.offset + len(part.rows))
    keys = number_keys(table, rows)
    named = np.flatnonzero(keys.bodies)
    bare = np.flatnonzero(keys.bare)
    trios = pupil_trios(table, rows[bare]) if len(bare) else []
    known = [n for n, trio in enumerate(trios) if trio]
    return PupilKeys(
        sheet=part.sheet.name,
        number_column=part.column_of("id_number"),
        name_column=part.column_of("name"),
        body_rows=part.rows[named],
        bodies=keys.bodies[named],
        other_rows=[int(part.rows[position]) for position in keys.others],
        others=list(keys.others.values()),
        trio_rows=[int(part.rows[bare[n]]) for n in known],
        trios=[trios[n] for n in known],
    )


def pupil_trios(table: Table, rows: Any) -> list[str]:
    """name|sex|birth date of the pupils at ``rows`` of the table, '' where one of them cannot be read."""
    births = table.births.get("birth_date")
    if births is None or not table.has("name", "sex"):
        return [""] * len(rows)
    readable = table["name"].readable[rows].tolist()
    texts = zip(
        table["name"].texts(rows), table["sex"].texts(rows), births[rows].tolist(), readable, strict=True
    )
    return [f"{name}|{sex}|{birth}" if fine and birth else "" for name, sex, birth, fine in texts]


def add_repeats(findings: Findings, results: Sequence[FileResult], options: CheckOptions) -> None:
    """Add the findings of the rules on numbers and pupils that occur twice in the run."""
    from stuvalid.rules.registry import selected_rules

    chosen = {known.id: known for known in selected_rules(options.select, options.ignore, options.severities)}
    sheets = [(index, keys) for index, result in enumerate(results) for keys in result.keys]
    if "DUP001" in chosen:
        places = _repeated_bodies(sheets) + _repeated_texts(sheets, "others", "other_rows")
        _add(findings, chosen["DUP001"], places, sheets, "id_number")
    if "DUP002" in chosen:
        _add(findings, chosen["DUP002"], _repeated_texts(sheets, "trios", "trio_rows"), sheets, "name")


def _repeated_bodies(sheets: Sequence[tuple[int, PupilKeys]]) -> list[list[tuple[int, int]]]:
    """Groups of (sheet number, sheet row) that share a resident number."""
    filled = [(number, keys) for number, (_, keys) in enumerate(sheets) if len(keys.bodies)]
    if not filled:
        return []
    import numpy as np

    from stuvalid.grouping import repeats

    groups = repeats(np.concatenate([keys.bodies for _, keys in filled]))
    rows = np.concatenate([keys.body_rows for _, keys in filled])
    owners = np.repeat([number for number, _ in filled], [len(keys.bodies) for _, keys in filled])
    return [list(zip(owners[group].tolist(), rows[group].tolist(), strict=True)) for group in groups]


def _repeated_texts(
    sheets: Sequence[tuple[int, PupilKeys]], texts: str, rows: str
) -> list[list[tuple[int, int]]]:
    seen: dict[str, list[tuple[int, int]]] = {}
    for number, (_, keys) in enumerate(sheets):
        for text, row in zip(getattr(keys, texts), getattr(keys, rows), strict=True):
            seen.setdefault(text, []).append((number, row))
    return [group for group in seen.values() if len(group) > 1]


def _add(
    findings: Findings, known: Any, groups: Sequence[list[tuple[int, int]]],
    sheets: Sequence[tuple[int, PupilKeys]], key: str,
) -> None:  # fmt: skip
    blocks: dict[int, Block] = {}
    for group in groups:
        places = [_place(findings, sheets, number, row, key) for number, row in group]
        for position, (number, row) in enumerate(group):
            rest = tuple(places[:position] + places[position + 1 :])
            index, keys = sheets[number]
            block = blocks.get(number)
            if block is None:
                column = keys.number_column if key == "id_number" else keys.name_column
                block = Block(known.id, known.severity, index, keys.sheet, key, _HEADERS[key], column, [], [])
                blocks[number] = block
            block.rows.append(row)
            block.values.append("")
            block.params.append({"others": _words(rest, places[position])})
            block.related.append(rest)
    findings.blocks.extend(blocks.values())


_HEADERS = {"id_number": "身份证件号", "name": "姓名"}


def _place(
    findings: Findings, sheets: Sequence[tuple[int, PupilKeys]], number: int, row: int, key: str
) -> Place:
    index, keys = sheets[number]
    column = keys.number_column if key == "id_number" else keys.name_column
    return Place(findings.files[index].path, keys.sheet, row, column)


def _words(places: Sequence[Place], here: Place) -> str:
    """Other places in words: the cell, with the file in front where it is another one."""
    shown = [
        f"{letters(place.column)}{place.row + 1}"
        if place.file == here.file and place.sheet == here.sheet
        else f"{place.file} {place.sheet}!{letters(place.column)}{place.row + 1}"
        for place in places[:_SHOWN_PLACES]
    ]
    more = f" …（{len(places)}）" if len(places) > _SHOWN_PLACES else ""
    return "、".join(shown) + more


def name_related(findings: Findings) -> None:
    """Give related cells, which a worker knows by file number only, the name of their file."""
    for block in findings.blocks:
        path = findings.files[block.file].path
        block.related = [
            tuple(Place(path, place.sheet, place.row, place.column) for place in places)
            for places in block.related
        ]
