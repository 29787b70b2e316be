"""What only a whole run can show: the same pupil in two files, and where related cells really are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stuvalid.findings import Block, Findings, Place, letters

if TYPE_CHECKING:
    from stuvalid.check import CheckOptions, FileResult, PupilKeys
    from stuvalid.table import Part, Table

_SHORTEST_NUMBER = 6
_SHOWN_PLACES = 3


def pupil_keys(table: Table, part: Part) -> PupilKeys:
    """The keys of one sheet's pupils, compact enough to cross a process border by the million."""
    import numpy as np

    from stuvalid.check import PupilKeys

    rows = np.arange(part.offset, part.offset + len(part.rows))
    sheet_rows = part.rows
    numbers = table.numbers.get("id_number")
    resident = numbers.resident[rows] if numbers is not None else np.zeros(len(rows), dtype=np.bool_)
    filled = table["id_number"].filled[rows] if "id_number" in table else np.zeros(len(rows), dtype=np.bool_)
    odd = np.flatnonzero(filled & ~resident)
    others = table["id_number"].texts(rows[odd]) if len(odd) else []
    kept = [n for n, text in enumerate(others) if len(text) >= _SHORTEST_NUMBER]
    bare = np.flatnonzero(~filled)
    trios = _trios(table, rows[bare]) if len(bare) else []
    known = [n for n, trio in enumerate(trios) if trio]
    return PupilKeys(
        sheet=part.sheet.name,
        number_column=part.column_of("id_number"),
        name_column=part.column_of("name"),
        body_rows=sheet_rows[resident].copy(),
        bodies=numbers.body[rows][resident] if numbers is not None else np.empty(0, dtype=np.int64),
        other_rows=[int(sheet_rows[odd[n]]) for n in kept],
        others=[others[n] for n in kept],
        trio_rows=[int(sheet_rows[bare[n]]) for n in known],
        trios=[trios[n] for n in known],
    )


def _trios(table: Table, rows: Any) -> list[str]:
    births = table.births.get("birth_date")
    if births is None or not table.has("name", "sex"):
        return [""] * len(rows)
    readable = table["name"].readable[rows].tolist()
    texts = zip(table["name"].texts(rows), table["sex"].texts(rows), births[rows].tolist(), readable, strict=True)
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

    bodies = np.concatenate([keys.bodies for _, keys in filled])
    order = np.argsort(bodies, kind="stable")
    ordered = bodies[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if not len(same):
        return []
    rows = np.concatenate([keys.body_rows for _, keys in filled])
    owners = np.repeat([number for number, _ in filled], [len(keys.bodies) for _, keys in filled])
    groups: list[list[tuple[int, int]]] = []
    last = -2
    for position in same.tolist():
        second = int(order[position + 1])
        if position != last + 1:
            first = int(order[position])
            groups.append([(int(owners[first]), int(rows[first]))])
        groups[-1].append((int(owners[second]), int(rows[second])))
        last = position
    return groups


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


def _place(findings: Findings, sheets: Sequence[tuple[int, PupilKeys]], number: int, row: int, key: str) -> Place:
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
            tuple(Place(path, place.sheet, place.row, place.column) for place in places) for places in block.related
        ]
