"""Which fixes are not offered although a rule knows one: where writing it could only make things worse.

A rule sees one cell or one record. Whether the sheet is the very form, and whether the same contradiction stands in the
rows around, only the whole table shows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from stuvalid import codes
from stuvalid.findings import Block, Fix, Severity
from stuvalid.forms import Field
from stuvalid.forms.choices import Choices, wording
from stuvalid.forms.table import Part, Table
from stuvalid.rules.accept import accepted_codes

_UNSEEN = re.compile(r"[\s\u3000\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x1f\x7f-\x9f'’‘`]")
_REACH = 2
_LEAST = 5
_SHARE = 0.2


def withhold(table: Table, blocks: Iterable[Block], derived: frozenset[str]) -> None:
    """Take fixes away from ``blocks`` of this table. ``derived`` are the rules that compare columns."""
    parts = {(part.file, part.sheet.name): (number, part) for number, part in enumerate(table.parts)}
    by_part: dict[tuple[int, str], list[Block]] = defaultdict(list)
    for block in blocks:
        by_part[block.file, block.sheet].append(block)
    for place, mine in by_part.items():
        number, part = parts[place]
        for block in mine:
            entry, choices = table[block.field].field, table.choices(block.field)[number]
            block.fixes = [_as_written(entry, choices, fix) for fix in block.fixes]
            if not part.match.is_certain:
                block.fixes = [
                    _as_seen(value, fix, choices) for value, fix in zip(block.values, block.fixes, strict=False)
                ]
        _without_accidents(part, [block for block in mine if block.rule in derived and not _from_itself(block)])


def _from_itself(block: Block) -> bool:
    """Whether its fixes come from the cell alone, as a safe one does: such a fault may well fill a column."""
    return any(block.fixes) and all(fix is None or fix.safe for fix in block.fixes)


def _as_written(entry: Field, choices: Choices | None, fix: Fix | None) -> Fix | None:
    """A fix in the words of the form in hand: those of its dropdown, else of its code list; none if it has none for it."""
    if fix is None or not fix.value:
        return fix
    if choices is not None:
        if fix.value in choices.values:
            return fix
        text = wording(entry, choices, fix.value)
        return fix._replace(value=text) if text is not None else None if choices.binding else fix
    if entry.kind != "code" or fix.value in accepted_codes(entry):
        return fix
    match = codes.load(entry.codes).resolve(fix.value)
    return fix._replace(value=match.entry.name) if match is not None and match.safe else None


def _as_seen(value: str, fix: Fix | None, choices: Choices | None) -> Fix | None:
    """A fix that fits any form: it changes what cannot be seen, or writes what the sheet's own dropdown offers.

    Dates, codes and places are written as a form wants.
    """
    if fix is None or _seen(value) == _seen(fix.value):
        return fix
    return fix if choices is not None and fix.value in choices.values else None


def _seen(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def _without_accidents(part: Part, blocks: Sequence[Block]) -> None:
    """No fix from another column where its neighbours, or a large share of the column, contradict it likewise.

    Then one of the columns slid, was sorted alone or exchanged: each such fix would overwrite a right cell. Nor where
    another rule doubts the cell that the fix is read from.
    """
    for block in blocks:
        if not any(block.fixes):
            continue
        others = [
            other
            for other in blocks
            if other is not block and other.severity is Severity.ERROR and _columns(block) & _columns(other)
        ]
        doubted = {row for other in others for row in other.rows}
        rows = doubted.union(block.rows)
        everywhere = len(rows) >= max(_LEAST, _SHARE * len(part.rows))
        block.fixes = [
            None if everywhere or row in doubted or _is_in_run(row, rows) else fix
            for row, fix in zip(block.rows, block.fixes, strict=True)
        ]


def _is_in_run(row: int, rows: set[int]) -> bool:
    """Whether a row near this one has the same fault: already two exchanged neighbours are an accident."""
    return sum(near in rows for near in range(row - _REACH, row + _REACH + 1)) > 1


def _columns(block: Block) -> set[int]:
    related = block.related[0] if block.related else ()
    return {block.column, *(place.column for place in related)}
