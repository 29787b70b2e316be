"""Cells that are under another column's header: a block of rows slid to the right or left, two columns exchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stuvalid.diagnosis.fits import fits
from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Agreement, Codes, View
from stuvalid.forms import Field

_FURTHEST = 3
_LEAST_CELLS = 4
_LEAST_GAIN = 4
_LEAST_ROWS = 3
_MOST_ROWS = 4_000
_MANY, _SOME = 120, 40
_LEAST_FITTING = 0.75
_LEAST_IN_ONE_ROW = 7
_SHARE = 0.8


def slid_blocks(view: View, faults: Mapping[int, set[str]]) -> Iterator[Hypothesis]:
    """Rows whose cells from some column on stand one to three columns to the right or left.

    ``faults`` gives for each position the fields with a fault: rows with many are looked at, no others.
    """
    suspects = sorted(position for position, keys in faults.items() if len(keys) >= _LEAST_CELLS)
    if len(suspects) > _MOST_ROWS:
        return
    keys = view.keys
    columns = [view.column(key) for key in keys]
    if columns != list(range(columns[0], columns[0] + len(keys))):
        return  # a column that is no field lies between: what slid through it cannot be put back by fields
    entries = [view.field(key) for key in keys]
    if len(suspects) > _MANY and not _one_shift(view, suspects, keys, entries):
        return
    shifted = {position: _row_shift(view, position, keys, entries) for position in suspects}
    for run in _runs([position for position in suspects if shifted[position]]):
        by = Counter(shifted[position] for position in run).most_common(1)[0][0]
        mine = [position for position in run if shifted[position] == by]
        block = _block(view, mine, by, keys, entries)
        if block is not None:
            yield block


def _one_shift(view: View, suspects: Sequence[int], keys: Sequence[str], entries: Sequence[Field]) -> bool:
    """Whether most of some of the rows slid, and alike: where nearly everything is wrong nothing slid."""
    some = suspects[:: max(1, len(suspects) // _SOME)]
    found = Counter(_row_shift(view, position, keys, entries) for position in some)
    by, count = found.most_common(1)[0]
    return by != 0 and count >= _SHARE * len(some)


def _runs(positions: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring positions; one row between that was not suspected is passed over."""
    run: list[int] = []
    for position in positions:
        if run and position - run[-1] > 2:
            yield run
            run = []
        run.append(position)
    if run:
        yield run


def _row_shift(view: View, position: int, keys: Sequence[str], entries: Sequence[Field]) -> int:
    """By how many columns the end of a row slid, 0 if it did not: the shift by which most cells fit that did not."""
    best, gain = 0, _LEAST_GAIN - 1
    for by in (distance * sign for distance in range(1, _FURTHEST + 1) for sign in (1, -1)):
        scores = _gains(view, [position], by, keys, entries)
        total = int(np.cumsum(scores[::-1]).max())
        if total > gain:
            best, gain = by, total
    return best


def _gains(view: View, positions: Sequence[int], by: int, keys: Sequence[str], entries: Sequence[Field]) -> Codes:
    """For each column how much better its cells fit the field ``by`` columns to the left than their own."""
    scores = np.zeros(len(keys), np.int64)
    for column, key in enumerate(keys):
        target = column - by
        texts = view.texts(key)
        for position in positions:
            text = texts[position]
            if text:
                own = fits(text, entries[column])
                other = fits(text, entries[target]) if 0 <= target < len(keys) else -1
                scores[column] += other - own
    return scores


def _block(
    view: View, positions: Sequence[int], by: int, keys: Sequence[str], entries: Sequence[Field]
) -> Hypothesis | None:
    """The block: from the column on where all its rows together fit best, with every cell moved back."""
    scores = _gains(view, positions, by, keys, entries)
    totals = np.cumsum(scores[::-1])[::-1]
    start = int(np.flatnonzero(totals == totals.max())[-1])
    first_wrong = start - by if by > 0 else start
    if by > 0:  # of starts that fit alike the one behind the blanks that the slide left
        blank = [all(not view.texts(key)[position] for position in positions) for key in keys]
        likely = [at for at in range(len(keys) - by) if all(blank[at : at + by]) and totals[at + by] == totals[start]]
        first_wrong = likely[-1] if likely and not blank[max(first_wrong, 0)] else first_wrong
    first_wrong = max(first_wrong, 0)
    if not _fit_there(view, positions, range(start, len(keys)), by, keys, entries):
        return None
    if len(positions) == 1 and totals.max() < _LEAST_IN_ONE_ROW:
        return None
    repair: dict[str, dict[int, str]] = {}
    for column in range(first_wrong, len(keys)):
        source = column + by
        lost = not 0 <= source < len(keys) or (by < 0 and source < first_wrong)
        cells = None if lost else view.texts(keys[source])
        repair[keys[column]] = {position: cells[position] if cells else "" for position in positions}
    repair = {
        key: cells
        for key, cells in repair.items()
        if any(view.texts(key)[position] != text for position, text in cells.items())
    }
    first, last = min(positions), max(positions)
    params = {
        "by": str(abs(by)),
        "way": "右" if by > 0 else "左",
        "way_en": "right" if by > 0 else "left",
        "from_header": view.field(keys[first_wrong]).header,
    }
    return Hypothesis("block_slid", tuple(repair), first, last, int(totals.max()), repair, params)


def _fit_there(
    view: View, positions: Sequence[int], columns: range, by: int, keys: Sequence[str], entries: Sequence[Field]
) -> bool:
    """Whether nearly all cells of a block fit the fields that they would be moved to."""
    verdicts = [
        fits(view.texts(keys[column])[position], entries[column - by])
        for column in columns
        for position in positions
        if 0 <= column - by < len(keys)
    ]
    good, bad = verdicts.count(1), verdicts.count(-1)
    return good >= _LEAST_FITTING * (good + bad)


def exchanged_columns(view: View, faults: Mapping[int, set[str]]) -> Iterator[Hypothesis]:
    """Two columns exchanged, or two neighbouring cells of one row: each holds what fits the other and not itself.

    One of the two may be blank, as a former name mostly is.
    """
    by_key: dict[str, list[int]] = {}
    for position, keys in sorted(faults.items()):
        for key in keys:
            if key in view:
                by_key.setdefault(key, []).append(position)
    wrong = sorted(by_key, key=view.column)
    seen: set[str] = set()
    for one in wrong:
        others = [key for key in wrong if view.column(key) > view.column(one)]
        for other in (*others, *_blank_elsewhere(view, one, by_key[one])):
            if {one, other} & seen:
                continue
            some = by_key[one][:: max(1, len(by_key[one]) // _SOME)]
            if len(some) > _LEAST_ROWS and sum(_fit_crosswise(view, one, other, p) for p in some) < 0.3 * len(some):
                continue
            rows = [position for position in by_key[one] if other in faults[position] or other not in by_key]
            crossed = [position for position in rows if _fit_crosswise(view, one, other, position)]
            near = abs(view.column(one) - view.column(other)) == 1
            if crossed and len(crossed) >= (1 if near else _LEAST_ROWS) and len(crossed) >= _SHARE * len(rows):
                seen |= {one, other}
                yield _exchange(view, one, other, min(crossed), max(crossed), set(crossed))


def _blank_elsewhere(view: View, one: str, rows: Sequence[int]) -> Iterator[str]:
    """Columns of the kind of ``one`` that are filled where it is blank, and blank where it is filled."""
    mine = view.texts(one)
    empty = [position for position in rows if not mine[position]]
    if len(empty) < _LEAST_ROWS:
        return
    inside = set(empty)
    for key in view.keys:
        if key != one and view.field(key).kind == view.field(one).kind:
            texts = view.texts(key)
            outside = [texts[p] for p in range(view.size) if p not in inside]
            filled = sum(map(bool, outside))
            if sum(bool(texts[p]) for p in empty) >= _SHARE * len(empty) and filled <= 0.2 * len(outside):
                yield key


def _fit_crosswise(view: View, one: str, other: str, position: int) -> bool:
    mine, theirs = view.texts(one)[position], view.texts(other)[position]
    first, second = view.field(one), view.field(other)
    if not mine and not theirs:
        return False
    if not mine or not theirs:
        return fits(theirs or mine, first if theirs else second) >= 0 and first.kind == second.kind
    return fits(mine, second) > 0 > fits(mine, first) and fits(theirs, first) > 0 > fits(theirs, second)


def _exchange(view: View, one: str, other: str, first: int, last: int, crossed: set[int]) -> Hypothesis:
    rows = [
        position
        for position in range(first, last + 1)
        if position in crossed or not _fits_itself(view, one, other, position)
    ]
    mine, theirs = view.texts(one), view.texts(other)
    repair = {one: {p: theirs[p] for p in rows}, other: {p: mine[p] for p in rows}}
    return Hypothesis("columns_exchanged", (one, other), first, last, 2 * len(rows), repair)


def _fits_itself(view: View, one: str, other: str, position: int) -> bool:
    return (
        fits(view.texts(one)[position], view.field(one)) > 0 or fits(view.texts(other)[position], view.field(other)) > 0
    )


def exchanged_alike(view: View) -> Iterator[Hypothesis]:
    """Two columns of one kind exchanged, told by what each should agree with: the pupil's number and a guardian's."""
    for relation, key, other, keys in _candidates(view):
        mine, rest = relation.keys_of(key)
        broken = (mine != rest) & (rest != 0) & ((mine != 0) | (keys != 0))
        better = (keys == rest) & (rest != 0) & broken
        if int(better.sum()) < _LEAST_ROWS:
            continue
        first, last = int(np.flatnonzero(better)[0]), int(np.flatnonzero(better)[-1])
        inside = slice(first, last + 1)
        if better[inside].sum() < _SHARE * (rest[inside] != 0).sum():
            continue
        one, two = view.texts(key), view.texts(other)
        rows = range(first, last + 1)
        repair = {key: {p: two[p] for p in rows}, other: {p: one[p] for p in rows}}
        yield Hypothesis("columns_exchanged", (key, other), first, last, int(better.sum()), repair)
        return


def _candidates(view: View) -> Iterator[tuple[Agreement, str, str, Codes]]:
    """A relation of a column of the pupil's, a member's column of the same kind, and what that would say in its place."""
    for relation in view.relations:
        if relation.x == "id_number" and relation.y == "birth_date":
            for member in ("member1", "member2"):
                if f"{member}.id_number" in view:
                    yield relation, "id_number", f"{member}.id_number", view.number_births(f"{member}.id_number")
