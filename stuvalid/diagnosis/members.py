"""Father and mother exchanged: told by the sexes in their numbers, and by whose surname the pupil bears."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Codes, View

_LEAST_ROWS = 4
_SHARE = 0.85
_FATHER, _MOTHER = "父亲", "母亲"


def exchanged_members(view: View) -> Iterator[Hypothesis]:
    """In a run of rows 父亲 has a woman's number and 母亲 a man's: their relations, or their numbers, are exchanged.

    The smaller change is taken for what happened. Where the pupils bear the surname of who is called 母亲, the relations
    are wrong; where that of who is called 父亲, the numbers.
    """
    needed = [f"member{n}.{key}" for n in (1, 2) for key in ("relation", "id_number")]
    if not all(key in view for key in needed):
        return
    relations = [_relation_sexes(view, f"member{n}.relation") for n in (1, 2)]
    sexes = [view.number_sexes(f"member{n}.id_number") for n in (1, 2)]
    both = (
        (relations[0] != 0) & (relations[1] != 0) & (sexes[0] != 0) & (sexes[1] != 0) & (relations[0] != relations[1])
    )
    crossed = both & (relations[0] == sexes[1]) & (relations[1] == sexes[0]) & (sexes[0] != sexes[1])
    right = both & (relations[0] == sexes[0]) & (relations[1] == sexes[1])
    if int(crossed.sum()) < _LEAST_ROWS:
        return
    first, last = int(np.flatnonzero(crossed)[0]), int(np.flatnonzero(crossed)[-1])
    inside = slice(first, last + 1)
    if crossed[inside].sum() < _SHARE * (crossed | right)[inside].sum():
        return
    keys, alternative = _what_was_exchanged(view, crossed, relations)
    # Of the usual order, father first, it is as likely that everything but the relations was exchanged.
    moved = keys != ("relation",) or 2 * int((crossed & (relations[0] == 2)).sum()) > int(crossed.sum())
    rows = [position for position in range(first, last + 1) if not right[position]]
    repair: dict[str, dict[int, str]] = {}
    for key in keys:
        one, two = f"member1.{key}", f"member2.{key}"
        mine, theirs = view.texts(one), view.texts(two)
        repair |= {one: {p: theirs[p] for p in rows}, two: {p: mine[p] for p in rows}}
    params = {
        "what": "关系" if keys == ("relation",) else "、".join(view.field(f"member1.{key}").header[3:] for key in keys),
        "what_en": ", ".join(keys),
        "other": alternative[0],
        "other_en": alternative[1],
    }
    columns, gain = tuple(repair), 2 * int(crossed.sum())
    related = tuple(f"member{n}.{key}" for n in (1, 2) for key in ("relation", "id_number", "name"))
    yield Hypothesis(
        "members_exchanged", columns, first, last, gain, repair if moved else {}, params, related, certain=moved
    )


def _relation_sexes(view: View, key: str) -> Codes:
    found = view.table.is_any(key, _FATHER) * 1 + view.table.is_any(key, _MOTHER) * 2
    return np.asarray(found[view.rows], dtype=np.int64)


def _what_was_exchanged(view: View, crossed: Codes, relations: list[Codes]) -> tuple[tuple[str, ...], tuple[str, str]]:
    """The fields of the members that are exchanged, and the event that would leave the same file (zh, en)."""
    relation = ("relation",), ("除关系外的各项互换", "everything but the relations exchanged")
    if not all(f"member{n}.name" in view for n in (1, 2)) or "name" not in view:
        return relation
    pupil = view.surnames("name")
    one, two = view.surnames("member1.name"), view.surnames("member2.name")
    father = np.where(relations[0] == 1, one, two)
    mother = np.where(relations[0] == 2, one, two)
    told = crossed & (pupil != 0) & (father != mother)
    as_father, as_mother = int((told & (pupil == father)).sum()), int((told & (pupil == mother)).sum())
    if as_father >= _LEAST_ROWS and as_father > 4 * as_mother:
        return ("id_number",), ("", "")
    return relation
