"""From the findings of a sheet to what happened to it: events are proposed, and each is tested by undoing it and judging the
sheet anew.

An event is told if the mended sheet has fewer faults, or if more agrees in it than before; what it explains is what is gone
then. What is wrong in the mended sheet as well is a mistake of its own and stays where it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa

from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import View
from stuvalid.findings import Block, CellMove, Diagnosis, Severity
from stuvalid.forms.table import Part, Table, join
from stuvalid.rules.engine import check_table
from stuvalid.rules.registry import Rule

_T = TypeVar("_T")
_LEAST_FAULTS = 3
_LEAST_FEWER = 3
_FEWER_CELLS = 2
"""So many faults are gone where only one or two rows were harmed."""

_MOST_TRIED, _FEW_TRIED = 16, 3
_MANY_FAULTS = 8
_WITHOUT_FINDINGS = 6
"""So much more has to agree before an event is told that no finding speaks of."""

_REPLACES = frozenset({"dates_offset", "counting_up", "copied_down", "sorted_alone"})
"""Events whose repair puts other values in place: nothing was moved that could be lost."""


def diagnose(
    table: Table, part: Part, blocks: Sequence[Block], rules: Sequence[Rule]
) -> tuple[list[Diagnosis], list[Block], list[Block]]:
    """What happened to the sheet of ``part``; its findings that are left, and those that are explained, each by which.

    A sheet without faults and with everything in agreement costs next to nothing.
    """
    view = View(table, part)
    chosen = {known.slug: known for known in rules}
    if not _is_suspect(view, blocks):
        return [], list(blocks), []
    told: list[Diagnosis] = []
    explained: list[Block] = []
    left = list(blocks)
    taken: set[tuple[str, int]] = set()
    faults = sum(map(len, blocks))
    most = _MOST_TRIED if faults <= _MANY_FAULTS * view.size else _FEW_TRIED  # judging such a sheet anew is dear
    for hypothesis in _proposed(view, blocks)[:most]:
        known = chosen.get(hypothesis.slug)
        if known is None or hypothesis.cells & taken:
            continue
        tried = _tested(view, hypothesis, left, rules)
        if tried is None:
            continue
        event, gone = tried
        diagnosis = _diagnosis(view, event, known, len(told))
        left, mine = _parted(left, gone, diagnosis.number, keeps_fixes=event.all_faults)
        if event.all_faults and mine:
            diagnosis = replace(diagnosis, severity=max(block.severity for block in mine))
        told.append(replace(diagnosis, explained=sum(map(len, mine))))
        explained += mine
        taken |= event.cells
    return told, left, explained


def _is_suspect(view: View, blocks: Sequence[Block]) -> bool:
    faults = sum(len(block) for block in blocks if block.severity > Severity.INFO)
    if faults >= _LEAST_FAULTS:
        return True
    from stuvalid.diagnosis.ruins import letters_may_be_gone

    return view.repeats_numbers or view.may_have_slid or letters_may_be_gone(view)


def _proposed(view: View, blocks: Sequence[Block]) -> list[Hypothesis]:
    """Every event that the data speak of, what makes most agree first."""
    from stuvalid.diagnosis import cleared, copies, members, offsets, ruins, sideways, slides

    faults = _faults_by_row(view, blocks)
    found: list[Hypothesis] = []
    found += ruins.masked_export(view, blocks)
    found += ruins.ruined_columns(view, blocks)
    found += sideways.slid_blocks(view, faults)
    found += sideways.exchanged_columns(view, faults)
    found += sideways.exchanged_alike(view)
    found += offsets.offsets(view)
    found += copies.pasted_twice(view)
    found += copies.counting_up(view)
    found += copies.copied_down(view)
    found += slides.slides(view)
    found += members.exchanged_members(view)
    found += slides.exchanged_neighbours(view)
    found += copies.sorted_alone(view)
    if any(block.rule.startswith("REQ") for block in blocks):
        found += cleared.cleared_blocks(view)
    return sorted(found, key=lambda hypothesis: (_ORDER.get(hypothesis.slug, 1), -hypothesis.gain))


_ORDER = {"masked_export": 0, "column_ruined": 0, "block_cleared": 2}
"""What a cell shows by itself goes first; that cells are blank is told where nothing else tells why."""


def _faults_by_row(view: View, blocks: Iterable[Block]) -> dict[int, set[str]]:
    """For each position the fields with an error or warning."""
    positions = view.positions
    faults: dict[int, set[str]] = defaultdict(set)
    for block in blocks:
        if block.severity > Severity.INFO:
            for row in block.rows:
                if row in positions and block.field:
                    faults[positions[row]].add(block.field)
    return faults


_Fault = tuple[str, str, int]
_Value = tuple[str, str, str]


def _tested(
    view: View, hypothesis: Hypothesis, left: Sequence[Block], rules: Sequence[Rule]
) -> tuple[Hypothesis, set[_Fault]] | None:
    """The hypothesis as it may be told, with the findings that it explains; None if undoing it makes nothing better."""
    inside = range(view.row_of(hypothesis.first) - 1, view.row_of(hypothesis.last) + 2)
    before = list(_faults(left))
    if hypothesis.all_faults:
        return _tested_cells(view, hypothesis, before, rules)
    if not hypothesis.repair:
        keys = {*hypothesis.columns, *hypothesis.related}
        gone = {
            (rule, field, row)
            for rule, field, row, _ in before
            if row in inside and field in keys and rule[:3] in _COMPARING
        }
        return hypothesis, gone
    repaired = _repaired(view, hypothesis)
    after = list(_faults(check_table(repaired, rules).blocks))
    fewer = len(before) - len(after)
    enough, telling = (_FEWER_CELLS, 0) if hypothesis.last - hypothesis.first < 2 else (_LEAST_FEWER, _WITHOUT_FINDINGS)
    if fewer < enough and (hypothesis.gain < telling or fewer < 0):
        return None
    still = {(rule, field, row) for rule, field, row, _ in after}
    values: set[_Value] = {(rule, field, value) for rule, field, _, value in after if value}
    gone = {
        (rule, field, row)
        for rule, field, row, value in before
        if row in inside
        and (rule, field, row) not in still
        and not (field in hypothesis.repair and (rule, field, value) in values)
    }
    if hypothesis.slug not in _REPLACES and _loses(view, hypothesis.repair):
        hypothesis = replace(hypothesis, repair={}, certain=False)
    return hypothesis, gone


def _tested_cells(
    view: View, hypothesis: Hypothesis, before: Sequence[tuple[str, str, int, str]], rules: Sequence[Rule]
) -> tuple[Hypothesis, set[_Fault]] | None:
    """The same of an event that every one of its cells shows: only what is wrong in a mended cell too is of its own."""
    inside = {view.row_of(position) for position in range(hypothesis.first, hypothesis.last + 1)}
    mine = {(rule, field, row) for rule, field, row, _ in before if field in hypothesis.columns and row in inside}
    mine |= {(rule, field, row) for rule, field, row, _ in before if rule == "REQ005" and row in inside}
    if not hypothesis.repair:
        return (hypothesis, mine) if mine else None
    after = [
        (rule, field, row)
        for rule, field, row, _ in _faults(check_table(_repaired(view, hypothesis), rules).blocks)
        if not (rule.startswith("REQ") and field in hypothesis.columns)
    ]
    fewer = len(before) - len(after)
    if fewer < _LEAST_FEWER and (fewer < 0 or hypothesis.gain < _WITHOUT_FINDINGS):
        return None
    wrong, still = {(field, row) for _, field, row in after}, set(after)
    beside = {(rule, field, row) for rule, field, row, _ in before if row in inside and (rule, field, row) not in still}
    return hypothesis, {fault for fault in mine if fault[1:] not in wrong} | beside


_COMPARING = ("IDN", "DAT", "ENR", "FAM", "REG", "DUP", "SPE")


def _faults(blocks: Iterable[Block]) -> Iterator[tuple[str, str, int, str]]:
    """Rule, field, sheet row and value of every error and warning."""
    for block in blocks:
        if block.severity > Severity.INFO:
            for row, value in zip(block.rows, block.values, strict=True):
                yield block.rule, block.field, row, value


def _loses(view: View, repair: Mapping[str, Mapping[int, str]]) -> bool:
    """Whether a text of the cells that are written would stand nowhere afterwards."""
    now = Counter(view.texts(key)[position] for key, cells in repair.items() for position in cells)
    then = Counter(text for cells in repair.values() for text in cells.values())
    now.pop("", None)
    return bool(now - then)


def _repaired(view: View, hypothesis: Hypothesis) -> Table:
    """The sheet as a table by itself, mended."""
    part = view.part
    columns = list(part.sheet.columns)
    kinds = None if part.sheet.kinds is None else part.sheet.kinds.copy()
    for key, cells in hypothesis.repair.items():
        number = view.column(key)
        texts = columns[number].to_pylist()
        for position, text in cells.items():
            texts[view.row_of(position)] = text or None
            if kinds is not None:
                kinds[view.row_of(position), number] = 1 if text else 0
        columns[number] = pa.array(texts, pa.string())
    sheet = replace(part.sheet, columns=columns, kinds=kinds)
    return join(view.table.template, [Part(part.file, sheet, part.match, part.rows)], view.table.today)


def _diagnosis(view: View, hypothesis: Hypothesis, known: Rule, number: int) -> Diagnosis:
    entries = [view.field(key) for key in sorted(hypothesis.columns, key=view.column)]
    moves = [
        CellMove(view.row_of(position), view.column(key), text, view.texts(key)[position], view.field(key).kind)
        for key, cells in hypothesis.repair.items()
        for position, text in cells.items()
        if view.texts(key)[position] != text
    ]
    return Diagnosis(
        known.id,
        known.severity,
        view.part.file,
        view.part.sheet.name,
        tuple(entry.key for entry in entries),
        tuple(entry.header for entry in entries),
        tuple(view.column(entry.key) for entry in entries),
        view.row_of(hypothesis.first),
        view.row_of(hypothesis.last),
        dict(hypothesis.params),
        number,
        0,
        hypothesis.certain,
        moves,
        hypothesis.safe,
    )


def _parted(
    blocks: Sequence[Block], gone: set[_Fault], number: int, *, keeps_fixes: bool
) -> tuple[list[Block], list[Block]]:
    """The blocks without what is gone, and what is gone as blocks of its own, explained by diagnosis ``number``.

    A fix of what moved would be written into another pupil's row; a safe one of a ruined cell is what it needs.
    """
    left: list[Block] = []
    explained: list[Block] = []
    for block in blocks:
        mine = [(block.rule, block.field, row) in gone for row in block.rows]
        if not any(mine):
            left.append(block)
            continue
        picked = _picked(block, mine)
        fixes = [fix if fix is not None and fix.safe else None for fix in picked.fixes] if keeps_fixes else []
        explained.append(replace(picked, fixes=fixes, explained_by=number))
        if not all(mine):
            left.append(_picked(block, [not one for one in mine]))
    return left, explained


def _picked(block: Block, chosen: Sequence[bool]) -> Block:
    """The findings of a block that are chosen."""

    def pick(values: list[_T]) -> list[_T]:
        return [value for value, one in zip(values, chosen, strict=True) if one] if values else []

    return replace(
        block,
        rows=pick(block.rows),
        values=pick(block.values),
        fixes=pick(block.fixes),
        params=pick(block.params),
        related=pick(block.related),
        related_more=pick(block.related_more),
    )
