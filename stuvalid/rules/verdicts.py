"""What is wrong with one cell: the cell rules asked in order, once per distinct value; the first to speak wins.

Here also stands what a judgement is made of (`Judgement`), and how a verdict is spread over the rows that earn it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from stuvalid import codes
from stuvalid.codes import divisions, identity
from stuvalid.codes.placeholders import is_placeholder
from stuvalid.excel.model import Kind
from stuvalid.findings import Block, Fix, Place, RuleRuns, Severity
from stuvalid.findings.masking import mask_crash
from stuvalid.forms import Field
from stuvalid.forms.choices import Choices, meaning
from stuvalid.forms.table import Column, Table
from stuvalid.rules import spellings
from stuvalid.rules.accept import suspects
from stuvalid.rules.registry import Cell, Fault, Rule, all_rules

_KEYS = re.compile(r"\{([a-z0-9_]+(?:\.[a-z_]+)?)\}")
_MOST_MENDS = 8
_CLASS_CODE_DIGITS = 7
_MOST_VERDICTS = 20_000


@dataclass(slots=True)
class Judgement:
    """Blocks found, what became of each rule, and for each part of the table the cells a rule could not judge."""

    blocks: list[Block] = field(default_factory=list)
    runs: RuleRuns = field(default_factory=RuleRuns)
    unknown: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Verdict:
    rule: Rule
    fault: Fault
    fix: str | None
    safe: bool
    reading: str | None


@dataclass(slots=True)
class Chain:
    """The cell rules for one field kind in the order they are asked, and verdicts already given.

    The same wrong value occurs in many cells, columns and files of a run: it is explained once. With ``asks_all``
    a rule from outside wants to see every value.
    """

    rules: tuple[Rule, ...]
    told: frozenset[str]
    asks_all: bool = False
    verdicts: dict[Cell, _Verdict | None] = field(default_factory=dict)


class Chains:
    """`Chain` by field kind, for the fields that a rule names its own; ``last`` only for cells whose one fault is
    being stored as a number.

    Every cell rule is asked, only those selected are told: a rule that the user ignores must not leave its
    cells to a vaguer rule behind it, nor keep the rules on several columns from reading what was meant.
    """

    def __init__(self, selected: tuple[Rule, ...]) -> None:
        chosen = {known.id: known for known in selected if known.scope == "cell"}
        asked = (chosen.get(known.id, known) for known in all_rules().values() if known.scope == "cell")
        self._rules = sorted(asked, key=lambda known: known.last)
        self._told = frozenset(chosen)
        self._named = frozenset(key for known in self._rules for key in known.fields)
        self._chains: dict[tuple[str, str, bool], Chain] = {}

    def of(self, entry: Field, *, last: bool = False) -> Chain:
        """The chain for a field."""
        key = (entry.kind, entry.key if entry.key in self._named else "", last)
        if key not in self._chains:
            chosen = tuple(known for known in self._rules if _looks_at(known, entry) and known.last >= last)
            asks_all = any(known.origin and known.id in self._told for known in chosen)
            self._chains[key] = Chain(chosen, self._told, asks_all)
        return self._chains[key]


def _looks_at(known: Rule, entry: Field) -> bool:
    return (not known.kinds or entry.kind in known.kinds) and (not known.fields or entry.key in known.fields)


def know_divisions(added: Sequence[str]) -> None:
    """Judge from now on with these division codes known beside the list, and forget what was judged without."""
    if divisions.also(added):
        cell_chains.cache_clear()
        spellings.is_right.cache_clear()


@lru_cache(maxsize=16)
def cell_chains(rules: tuple[Rule, ...]) -> Chains:
    """The chains of a selection of rules, kept for the next table."""
    return Chains(rules)


def judge_column(table: Table, column: Column, chains: Chains, outcome: Judgement) -> None:
    rows, numbers = suspects(column, table.today, table.numbers)
    key = column.field.key
    chain = chains.of(column.field)
    if chain.asks_all:  # what is accepted at a glance is right in the eyes of our rules only
        rows, numbers = np.flatnonzero(column.filled), numbers[:0]
    if column.field.kind == "id_number" and key not in table.numbers:
        table.numbers[key] = identity.read_numbers(
            len(column), np.empty(0, dtype=np.intp), np.empty((0, 18), dtype=np.uint8), 0
        )
    rows, numbers = _under_choices(table, column, rows, numbers)
    rows = _without_placeholders(column, rows)
    if len(rows):
        _explain(table, column, rows, chain, outcome)
    if len(numbers):
        _explain(table, column, numbers, chains.of(column.field, last=True), outcome)
    if column.field.kind == "date":
        table.births[key] = _dates(column)


def _under_choices(table: Table, column: Column, rows: Any, numbers: Any) -> tuple[Any, Any]:
    """The suspect ``rows``, and ``numbers``, once the form in hand has said what may be chosen in this column.

    What its dropdown offers is right there, also what our lists do not know; where it binds, nothing else is.
    """
    found = table.choices(column.field.key)
    if not any(found):
        return rows, numbers
    suspect = np.zeros((2, len(column)), dtype=np.bool_)
    suspect[0, rows], suspect[1, numbers] = True, True
    offered = table.offered(column.field.key)
    suspect &= ~offered
    for part, choices in zip(table.parts, found, strict=True):
        if choices is not None and choices.binding:
            mine = slice(part.offset, part.offset + len(part.rows))
            suspect[0, mine], suspect[1, mine] = column.filled[mine] & ~offered[mine], False
    return np.flatnonzero(suspect[0]), np.flatnonzero(suspect[1])


def _without_placeholders(column: Column, rows: Any) -> Any:
    """The suspect ``rows`` that hold a value; those that hold 无, / or the like are set aside as blank."""
    if not len(rows):
        return rows
    empty = np.fromiter((_says_nothing(value, column.field) for value in column.raws(rows)), np.bool_, len(rows))
    if empty.any():
        column.set_aside(rows[empty])
    return rows[~empty]


@lru_cache(maxsize=4096)
def _says_nothing(value: str, entry: Field) -> bool:
    if value == entry.none or not is_placeholder(value, entry.kind):
        return False
    # 无 of 残疾类型 means 无残疾: what a code list knows is for its rules.
    return entry.kind != "code" or codes.load(entry.codes).resolve(value) is None


def _explain(table: Table, column: Column, rows: Any, chain: Chain, outcome: Judgement) -> None:
    """Judge the suspect cells, each distinct value once, and make the blocks."""
    if len(chain.verdicts) > _MOST_VERDICTS:
        chain.verdicts.clear()
    stored = column.kinds[rows].tolist() if column.kinds is not None else [int(Kind.TEXT)] * len(rows)
    companions = _companions(table, column, rows)
    offered = table.choices(column.field.key)
    owners = table.part_of[rows].tolist() if any(offered) else [0] * len(rows)
    today = int(table.today.strftime("%Y%m%d"))
    found: dict[str, tuple[Rule, list[int], list[_Verdict], list[str]]] = {}
    unreadable: list[int] = []
    verdicts: dict[tuple[str, int, str, Choices | None], _Verdict | None] = {}
    values = column.raws(rows)
    choices = [offered[owner] for owner in owners]
    for row, token in zip(rows.tolist(), zip(values, stored, companions, choices, strict=True), strict=True):
        if token not in verdicts:
            verdicts[token] = _known_verdict(
                Cell(token[0], column.field, Kind(token[1]), token[2], today, token[3]), chain, outcome
            )
        value, verdict = token[0], verdicts[token]
        if verdict is None:
            _accept(table, column, row, value, changed=False)
            continue
        if verdict.rule.id in chain.told:
            entry = found.setdefault(verdict.rule.id, (verdict.rule, [], [], []))
            entry[1].append(row)
            entry[2].append(verdict)
            entry[3].append(value)
        if verdict.reading is None:
            unreadable.append(row)
        elif verdict.reading != value or column.field.kind == "id_number":
            _accept(table, column, row, verdict.reading, changed=verdict.reading != value)
    if unreadable:
        if column.unreadable is None:
            column.unreadable = np.zeros(len(column), dtype=np.bool_)
        column.unreadable[unreadable] = True
        if (numbers := table.numbers.get(column.field.key)) is not None:
            numbers.forget(unreadable)
        column.__dict__.pop("readable", None)
    for known, positions, told, texts in found.values():
        fixes = [Fix(v.fix, v.safe) if v.fix is not None else None for v in told]
        # A hundred thousand cells are told the same words: kept once, here and in what is sent to the main process.
        words: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        params = [words.setdefault(tuple(v.fault.params.items()), v.fault.params) for v in told]
        spread_rows(
            table,
            known,
            column.field.key,
            positions,
            texts,
            fixes if any(fixes) else [],
            params if any(params) else [],
            None,
            outcome,
        )


def _known_verdict(cell: Cell, chain: Chain, outcome: Judgement) -> _Verdict | None:
    """The verdict on a cell, remembered for the rest of the run unless a rule crashed over it."""
    if cell in chain.verdicts:
        return chain.verdicts[cell]
    verdict = _verdict(cell, chain, outcome)
    if not outcome.runs.crashed:
        chain.verdicts[cell] = verdict
    return verdict


def _companions(table: Table, column: Column, rows: Any) -> list[str]:
    """What stands beside a cell and decides how it is read: see `Cell.companion`.

    Such columns stand before or after, so only the raw text counts.
    """
    entry = column.field
    if entry.kind == "id_number":
        return _as_meant(table, entry.key.replace("id_number", "id_type"), "id_type", rows)
    if entry.codes == "id_type":
        number = entry.key.replace("id_type", "id_number")
        return table[number].raws(rows) if number in table else [""] * len(rows)
    if entry.kind == "name":
        own = _as_meant(table, f"{entry.key.rpartition('.')[0]}.ethnicity".lstrip("."), "ethnicity", rows)
        pupils = _as_meant(table, "ethnicity", "ethnicity", rows) if entry.member else own
        return [mine or theirs for mine, theirs in zip(own, pupils, strict=True)]
    if entry.codes == "entry_way" and "class_code" in table:
        return [code[4:5] if len(code) == _CLASS_CODE_DIGITS else "" for code in table["class_code"].texts(rows)]
    return [""] * len(rows)


def _as_meant(table: Table, key: str, list_id: str, rows: Any) -> list[str]:
    """The texts of a code column, each as the name it safely stands for; blank where there is no such column."""
    if key not in table:
        return [""] * len(rows)
    beside, entry = table[key].texts(rows), table[key].field
    if entry.kind == "code":
        return [meaning(entry, value) if value else "" for value in beside]
    known, readings = codes.load(list_id), dict[str, str]()
    for value in set(beside):
        match = known.resolve(value) if value else None
        readings[value] = match.entry.name if match is not None and match.safe else value
    return [readings[value] for value in beside]


def _verdict(cell: Cell, chain: Chain, outcome: Judgement) -> _Verdict | None:
    """Ask the rules in turn. A safe mend is itself judged: the first cause speaks, with the final mend.

    If what a safe mend leaves is wrong and has no safe mend, that deeper fault is the one to tell.
    """
    first: _Verdict | None = None
    current = cell
    for _ in range(_MOST_MENDS):
        verdict = _first_fault(current, chain, outcome)
        if verdict is None:
            return first
        deeper = first is not None and not (verdict.fix is not None and verdict.safe)
        if deeper and verdict.rule.severity >= first.rule.severity:  # type: ignore[union-attr]
            return verdict
        certain = verdict.fix is not None and verdict.safe
        if first is None:
            first = verdict
        else:
            first.reading = verdict.reading
            if certain:
                first.fix = verdict.fix
        # A milder fault that no one reading mends is told once this one is mended.
        if not certain or verdict.fix in (current.value, ""):
            return first
        current = replace(current, value=str(verdict.fix), stored=Kind.TEXT)
    return first


def _first_fault(cell: Cell, chain: Chain, outcome: Judgement) -> _Verdict | None:
    if cell.choices is not None and cell.value in cell.choices.values:
        return None
    for known in chain.rules:
        if known.id in outcome.runs.crashed or known.function is None:
            continue
        try:
            fault: Fault | None = known.function(cell)
        except Exception as error:  # noqa: BLE001 - a crashing rule must not stop the others, and is reported
            if known.id in chain.told:
                outcome.runs.crashed[known.id] = mask_crash(error)
            continue
        if fault is not None:
            readable = fault.fix if fault.safe else None
            if readable is None and known.severity < Severity.ERROR and not fault.opaque:
                readable = cell.value
            return _Verdict(known, fault, fault.fix, fault.safe, readable)
    return None


def _accept(table: Table, column: Column, row: int, value: str, *, changed: bool) -> None:
    """Take ``value`` as what the cell means, for the rules that look at several columns."""
    if changed:
        column.mended[row] = value
    numbers = table.numbers.get(column.field.key)
    if numbers is None or not value:
        return
    valid = identity.RESIDENT.fullmatch(value) and identity.calendar_date(value[6:14])
    if valid and identity.check_character(value[:17]) == value[17]:
        numbers.put(row, value)
    else:
        numbers.other[row] = True


def _dates(column: Column) -> Any:
    """YYYYMMDD of each readable record, 0 elsewhere."""
    births = np.zeros(len(column), dtype=np.int32)
    rows = np.flatnonzero(column.readable & (column.lengths == 8))
    good, value = identity.digits_of(column.matrix(rows, 8))
    births[rows[good]] = value[good]
    for row, text in column.mended.items():
        births[row] = int(text) if identity.calendar_date(text) else 0
    return births


@cache
def named_fields(known: Rule) -> tuple[str, ...]:
    """The parameters that a rule's messages name."""
    return tuple(dict.fromkeys(_KEYS.findall(known.zh + known.en)))


@dataclass(slots=True)
class RelatedPlaces:
    """For each hit at most `MOST_RELATED` places, whose file is only a number yet, and how many more there are."""

    places: list[tuple[Place, ...]]
    more: list[int]


def spread_rows(
    table: Table,
    known: Rule,
    key: str,
    rows: list[int],
    values: list[str],
    fixes: Sequence[Fix | None],
    params: Sequence[Mapping[str, str]],
    related: RelatedPlaces | None,
    outcome: Judgement,
) -> None:
    """Give every hit to the file and sheet it stands on."""
    by_part: dict[int, list[int]] = {}
    for position, owner in enumerate(table.part_of[rows].tolist()):
        by_part.setdefault(owner, []).append(position)
    for number, positions in by_part.items():
        part = table.parts[number]
        entry = table[key].field
        outcome.blocks.append(
            Block(
                known.id,
                known.severity,
                part.file,
                part.sheet.name,
                key,
                entry.header,
                part.column_of(key),
                [int(table.sheet_rows[rows[p]]) for p in positions],
                [values[p] for p in positions],
                [fixes[p] for p in positions] if fixes else [],
                [params[p] for p in positions] if params else [],
                [related.places[p] for p in positions] if related else [],
                entry.kind,
                {name: table[name].field.kind for name in named_fields(known) if name in table},
                [related.more[p] for p in positions] if related else [],
            )
        )
