"""A column, or some columns together, slid up or down by a few rows; two neighbours exchanged a cell.

Columns that say the same of a pupil are compared at a distance: a shift by which they agree where they did not is a slide. Which
side slid is told by the rest of the row: what still agrees with most others stayed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Agreement, Codes, Mask, View

_FURTHEST = 12
_LEAST_GAIN = 4
_LEAST_AGREEMENT = 0.85
_LEAST_OF_HALF = 10
"""Sexes agree by chance half of the time: so much better they have to agree at a distance."""

_USUAL = 0.7


@dataclass(frozen=True, slots=True)
class _Shift:
    """In ``relation`` the values of ``x`` for position p stand ``by`` rows further down, from ``first`` to ``last``."""

    relation: Agreement
    by: int
    first: int
    last: int
    gain: int


def slides(view: View) -> Iterator[Hypothesis]:
    """Every slide of a column, the best supported first."""
    found = [
        shift for relation in view.relations if relation.may_have_slid and (shift := _best_shift(relation)) is not None
    ]
    telling = [shift for shift in found if shift.relation.telling or shift.gain >= _LEAST_OF_HALF]
    while telling:
        lead = max(telling, key=lambda shift: shift.gain)
        mine = [shift for shift in found if _together(shift, lead)]
        moved, by = _who_moved(view, mine, lead)
        yield _slide(view, moved, by, mine)
        telling = [shift for shift in telling if not _together(shift, lead)]


def is_usual(relation: Agreement) -> bool:
    """Whether the two columns agree in most rows, so that where they do not is worth a look."""
    known = int(relation.known.sum())
    return known > _LEAST_GAIN and int(relation.agrees.sum()) >= (1 - _USUAL) * known


def _best_shift(relation: Agreement) -> _Shift | None:
    """The distance at which the two columns agree best where they do not agree as they stand; None if none does."""
    broken = relation.breaks
    if int(broken.sum()) < _LEAST_GAIN:
        return None
    best: _Shift | None = None
    for by in (distance * sign for distance in range(1, min(_FURTHEST, len(broken) - 2) + 1) for sign in (1, -1)):
        shifted = _moved(relation.kx, by)
        known = (shifted != 0) & (relation.ky != 0)
        score = np.where(known & (shifted == relation.ky), 1, 0) - np.where(relation.agrees, 1, 0)
        score -= np.where(known & (shifted != relation.ky) & broken, 1, 0)
        first, last, total = _best_run(score)
        if total < _LEAST_GAIN or (best is not None and total <= best.gain):
            continue
        inside = slice(first, last + 1)
        share = (known & (shifted == relation.ky))[inside].sum() / max(1, int(known[inside].sum()))
        if share >= _LEAST_AGREEMENT:
            best = _Shift(relation, by, first, last, total)
    return best


def _moved(keys: Codes, by: int) -> Codes:
    """At each position what stands ``by`` rows further down; 0 beyond the ends."""
    moved = np.zeros_like(keys)
    if by > 0:
        moved[:-by] = keys[by:]
    else:
        moved[-by:] = keys[:by]
    return moved


def _best_run(score: Codes) -> tuple[int, int, int]:
    """The run with the largest sum: first and last position, and the sum."""
    sums = np.concatenate(([0], np.cumsum(score)))
    lowest = np.minimum.accumulate(sums[:-1])
    gains = sums[1:] - lowest
    last = int(np.argmax(gains))
    first = int(np.flatnonzero(sums[: last + 1] == lowest[last])[-1])
    return first, last, int(gains[last])


def _together(one: _Shift, lead: _Shift) -> bool:
    """Whether two shifts may be of one event: the same distance, and most of the shorter run inside the longer."""
    overlap = min(one.last, lead.last) - max(one.first, lead.first) + 1
    shorter = min(one.last - one.first, lead.last - lead.first) + 1
    return abs(one.by) == abs(lead.by) and overlap >= 0.6 * shorter


def _who_moved(view: View, mine: Sequence[_Shift], lead: _Shift) -> tuple[tuple[str, ...], int]:
    """The columns that moved and how far down: the side whose rest of the row contradicts it.

    Of each column the relations that broke are held against those that stayed whole in the same rows; a blank where a slide
    begins decides a tie.
    """
    inside = slice(lead.first, lead.last + 1)
    broken: dict[str, int] = defaultdict(int)
    whole: dict[str, int] = defaultdict(int)
    for shift in mine:
        broken[shift.relation.x] += 1
        broken[shift.relation.y] += 1
    tied = {shift.relation for shift in mine}
    for relation in view.relations:
        known = relation.known[inside]
        if relation in tied or not known.any() or relation.agrees[inside].sum() < _USUAL * known.sum():
            continue
        whole[relation.x] += 1
        whole[relation.y] += 1
    x, y = lead.relation.x, lead.relation.y
    blanks = {key: _blanks_at(view, key, lead) for key in (x, y)}
    rank = {key: (broken[key] - whole[key], blanks[key], key in _MOSTLY_MOVED) for key in (x, y)}
    moved = x if rank[x] >= rank[y] else y
    by = lead.by if moved == x else -lead.by
    columns = [moved]
    for shift in mine:
        for key in (shift.relation.x, shift.relation.y):
            if key not in columns and whole[key] < broken[key] and _moved_alike(key, moved, mine, by):
                columns.append(key)
    return tuple(columns), by


_MOSTLY_MOVED = ("name", "id_number", "home_address", "phone")
"""What people paste anew and leave out cells of, more than what stands beside it."""


def _moved_alike(key: str, moved: str, mine: Sequence[_Shift], by: int) -> bool:
    """Whether a column broke with others, as ``moved`` did, by the same distance, and never with ``moved`` itself."""
    signs = []
    for shift in mine:
        pair = {shift.relation.x, shift.relation.y}
        if key in pair:
            if moved in pair:
                return False
            signs.append(shift.by if shift.relation.x == key else -shift.by)
    return bool(signs) and all(sign == by for sign in signs)


def _blanks_at(view: View, key: str, lead: _Shift) -> int:
    """How many blanks a column has around the two ends of the run."""
    texts = view.texts(key)
    size = abs(lead.by)
    near = [*range(lead.first - size, lead.first + size), *range(lead.last - size + 1, lead.last + size + 1)]
    return sum(not texts[position] for position in near if 0 <= position < len(texts))


def _slide(view: View, moved: tuple[str, ...], by: int, mine: Sequence[_Shift]) -> Hypothesis:
    """The hypothesis with its repair: each value back to its pupil, what has no value left blank.

    ``by`` > 0: the value of position p stands at p + by. The wrong cells are those that hold another pupil's value, and
    the blanks that the slide left.
    """
    runs = [_pupils(shift, moved, by) for shift in mine]
    first, last = min(run[0] for run in runs), max(run[1] for run in runs)
    start, stop = (first, last + by) if by > 0 else (first + by, last)
    start, stop = max(start, 0), min(stop, view.size - 1)
    repair = {}
    for key in moved:
        texts = view.texts(key)
        begin, end = _grown(view, texts, start, stop, by)
        repair[key] = {
            position: (texts[position + by] if begin <= position + by <= end else "")
            for position in range(begin, end + 1)
            if begin <= position + by <= end or not _agrees_as_it_stands(view, key, position)
        }
    begin, end = min(min(cells) for cells in repair.values()), max(max(cells) for cells in repair.values())
    gain = sum(shift.gain for shift in mine)
    params = {"by": str(abs(by)), "way": "下" if by > 0 else "上", "way_en": "down" if by > 0 else "up"}
    return Hypothesis("column_slid", moved, begin, end, gain, repair, params)


def _agrees_as_it_stands(view: View, key: str, position: int) -> bool:
    """Whether a cell that would become blank agrees with its row by chance: a sex, a birth date."""
    mine = [relation for relation in view.relations if key in (relation.x, relation.y)]
    return any(one.agrees[position] for one in mine) and not any(one.breaks[position] for one in mine)


def _pupils(shift: _Shift, moved: tuple[str, ...], by: int) -> tuple[int, int]:
    """The first and last pupil whose value stands ``by`` rows away: positions of a shift are those of its unmoved side."""
    if shift.relation.x in moved or shift.relation.y not in moved:
        return shift.first, shift.last
    return shift.first + shift.by, shift.last + shift.by


def _grown(view: View, texts: Sequence[str], start: int, stop: int, by: int) -> tuple[int, int]:
    """The run with the blanks beside it that the slide left: above it if it went down, below if it went up."""
    for _ in range(abs(by)):
        if by > 0 and start > 0 and not texts[start - 1]:
            start -= 1
        if by < 0 and stop < view.size - 1 and not texts[stop + 1]:
            stop += 1
    return start, stop


def exchanged_neighbours(view: View) -> Iterator[Hypothesis]:
    """Two rows, one below the other, that exchanged a cell: both disagree as they stand and agree crosswise."""
    votes: dict[tuple[int, str], list[Agreement]] = defaultdict(list)
    for relation in view.relations:
        if not is_usual(relation):
            continue
        for position in _crossed(relation).nonzero()[0].tolist():
            votes[position, relation.x].append(relation)
            votes[position, relation.y].append(relation)
    seen: set[int] = set()
    order = sorted(votes.items(), key=lambda one: (-len(one[1]), one[0][0], one[0][1] not in _MOSTLY_MOVED, one[0][1]))
    for (position, key), relations in order:
        if position in seen or not any(relation.telling for relation in relations):
            continue
        if key == "id_number" and len(relations) == 1 and not _number_moved(view, position):
            continue  # its sex and region fit where it stands: the birth dates are exchanged
        rest = [
            relation
            for relation in view.relations
            if key in (relation.x, relation.y) and relation not in relations and relation.telling
        ]
        if any(relation.agrees[position : position + 2].all() for relation in rest):
            continue  # it agrees with something else: the other column is the exchanged one
        seen |= {position - 1, position, position + 1}
        texts = view.texts(key)
        repair = {key: {position: texts[position + 1], position + 1: texts[position]}}
        certain = key != "birth_date" or _number_is_home(view, position)
        gain = 2 * len(relations)
        yield Hypothesis(
            "cells_exchanged",
            (key,),
            position,
            position + 1,
            gain,
            repair if certain else {},
            {},
            ("id_number",),
            certain,
        )


def _number_moved(view: View, position: int) -> bool:
    """Whether the sexes or regions of two rows' numbers do not fit where they stand."""
    return any(
        relation.breaks[position] or relation.breaks[position + 1]
        for relation in view.relations
        if relation.x == "id_number" and relation.y != "birth_date" and is_usual(relation)
    )


def _number_is_home(view: View, position: int) -> bool:
    """Whether the numbers of two rows fit where they stand in what they would not fit exchanged: sex or region."""
    for relation in view.relations:
        if relation.x == "id_number" and relation.y != "birth_date" and is_usual(relation):
            kx, fine = relation.kx, relation.agrees
            if fine[position] and fine[position + 1] and kx[position] != kx[position + 1]:
                return True
    return False


def _crossed(relation: Agreement) -> Mask:
    """Positions that agree with the next one crosswise, and with their own row not."""
    kx, ky = relation.kx, relation.ky
    crossed = np.zeros(len(kx), np.bool_)
    broken = relation.breaks
    crossed[:-1] = broken[:-1] & broken[1:] & (kx[:-1] == ky[1:]) & (kx[1:] == ky[:-1])
    return crossed
