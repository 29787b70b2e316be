"""Running the rules: accept fast, explain slowly, say each mistake once.

Order: how the form stands on its sheet, then every column's cells, then what several columns say
together. A cell that was found unreadable is *unknown* to the later rules, a missing column makes them
*skipped*, and a rule that raises is *crashed*: none of these is a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stuvalid.findings import MOST_RELATED, Block, Fix, Place
from stuvalid.findings.masking import PLAIN, mask_crash
from stuvalid.forms.sheets import FormSheet
from stuvalid.forms.table import Table
from stuvalid.rules.registry import Hits, Rule, Scope, SheetHit
from stuvalid.rules.verdicts import Judgement, RelatedPlaces, cell_chains, judge_column, named_fields, spread_rows
from stuvalid.rules.withholding import withhold

if TYPE_CHECKING:
    from stuvalid.rules.reading import Reading


def check_file(file: int, reading: Reading, rules: Sequence[Rule], outcome: Judgement) -> None:
    """Run the file rules on what the reader noted."""
    _look_at("file", reading, "", file, rules, outcome)


def check_sheet(file: int, sheet: FormSheet, rules: Sequence[Rule], outcome: Judgement) -> None:
    """Run the sheet rules on one form."""
    if not sheet.match.is_form:  # how a sheet that is no form differs from one is nobody's mistake
        rules = [known for known in rules if known.slug == "not_a_form"]
    _look_at("sheet", sheet, sheet.sheet.name, file, rules, outcome)


def _look_at(
    scope: Scope, subject: Reading | FormSheet, name: str, file: int, rules: Sequence[Rule], outcome: Judgement
) -> None:
    for known in rules:
        if known.scope != scope or known.function is None:
            continue
        try:
            hits: list[SheetHit] = list(known.function(subject))
        except Exception as error:  # noqa: BLE001 - a crashing rule must not stop the others, and is reported
            outcome.runs.crashed[known.id] = mask_crash(error)
            continue
        outcome.runs.ran += 1
        for hit in hits:
            fix: list[Fix | None] = [Fix(hit.fix, hit.safe)] if hit.fix is not None else []
            outcome.blocks.append(
                Block(
                    known.id,
                    known.severity,
                    file,
                    hit.sheet or name,
                    hit.field,
                    hit.params.get("header", ""),
                    hit.column,
                    [hit.row],
                    [hit.value],
                    fix,
                    [hit.params],
                    kinds={"header": PLAIN} if hit.field else {},
                )
            )


def check_table(table: Table, rules: Sequence[Rule]) -> Judgement:
    """Run the cell rules and the table rules on the records of ``table``."""
    outcome = Judgement()
    if untold := table.template.untold:
        rules = [known for known in rules if known.id not in untold]
    chains = cell_chains(tuple(rules))
    for column in table.columns.values():
        judge_column(table, column, chains, outcome)
    outcome.runs.ran += sum(known.scope == "cell" for known in rules)
    for known in rules:
        if known.scope == "table" and known.function is not None:
            _run_table_rule(table, known, outcome)
    withhold(table, outcome.blocks, frozenset(known.id for known in rules if known.scope == "table"))
    return outcome


def _run_table_rule(table: Table, known: Rule, outcome: Judgement) -> None:
    missing = [key for key in known.fields if key not in table]
    if missing:
        # A form that never had the column has nothing to check there; a sheet that lost it does.
        if set(missing) <= set(table.template.keys):
            outcome.runs.skipped[known.id] = missing[0]
            absent = table.template.field(missing[0])
            if absent is not None:
                outcome.runs.headers[missing[0]] = absent.header
        return
    try:
        result = known.function(table)  # type: ignore[misc]
        hits: Iterable[Hits] = [result] if isinstance(result, Hits) else (result or [])
        for hit in hits:
            if len(hit.rows):
                _place_hits(table, known, hit, outcome)
    except Exception as error:  # noqa: BLE001 - a crashing rule must not stop the others, and is reported
        outcome.runs.crashed[known.id] = mask_crash(error)
        return
    outcome.runs.ran += 1
    for key in known.fields:
        unreadable = table[key].unreadable
        if unreadable is not None and unreadable.any():
            owners, counts = np.unique(table.part_of[unreadable], return_counts=True)
            for owner, count in zip(owners.tolist(), counts.tolist(), strict=True):
                cells = outcome.unknown.setdefault(owner, {})
                cells[known.id] = max(cells.get(known.id, 0), count)


def _place_hits(table: Table, known: Rule, hit: Hits, outcome: Judgement) -> None:
    column = table[hit.at]
    rows = hit.rows.tolist()
    params = [dict(zip(hit.params, values, strict=True)) for values in zip(*hit.params.values(), strict=True)]
    named = [key for key in named_fields(known) if key in table and key not in hit.params]
    if named:
        params = params or [{} for _ in rows]
        for key in named:
            for entry, text in zip(params, table[key].texts(hit.rows), strict=True):
                entry[key] = text
    fixes = (
        [Fix(value, hit.safe) if value is not None else None for value in hit.fixes] if hit.fixes is not None else []
    )
    spread_rows(table, known, hit.at, rows, column.raws(hit.rows), fixes, params, _related(table, hit), outcome)


def _related(table: Table, hit: Hits) -> RelatedPlaces | None:
    """The related cells of each hit: of the same record, then of other records."""
    if not hit.related and hit.others is None:
        return None
    result = RelatedPlaces([], [])
    own = [key for key in hit.related if key in table]
    for position, row in enumerate(hit.rows.tolist()):
        part = table.parts[int(table.part_of[row])]
        sheet_row = int(table.sheet_rows[row])
        places = [Place(str(part.file), part.sheet.name, sheet_row, part.column_of(key)) for key in own]
        others = hit.others[position] if hit.others is not None else ()
        for other in others[: MOST_RELATED - len(places)]:
            beside = table.parts[int(table.part_of[other])]
            row_of, column = int(table.sheet_rows[other]), beside.column_of(hit.at)
            places.append(Place(str(beside.file), beside.sheet.name, row_of, column))
        result.places.append(tuple(places))
        further = hit.others_more[position] if hit.others_more is not None else 0
        result.more.append(len(own) + len(others) - len(places) + further)
    return result
