"""Which pupils collide: groups of positions, by the rule that tells of them.

Everything is decided on whole columns; only groups that are told become objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from stuvalid.duplicates.people import People
from stuvalid.pupils.grouping import Groups, repeats

SAME_NUMBER = "DUP001"
SAME_PUPIL_BARE = "DUP002"
ONCE_BARE = "DUP004"
ALIKE_NUMBER = "DUP005"
NUMBER_EARLIER = "DUP006"
DETAILS_CHANGED = "DUP007"
PUPIL_EARLIER = "DUP008"
MATCHED = (SAME_NUMBER, SAME_PUPIL_BARE, ONCE_BARE, ALIKE_NUMBER, NUMBER_EARLIER, DETAILS_CHANGED, PUPIL_EARLIER)
_MOST_DIFFERENT = 2
_BLOCK = 6
_MOST_COMPARED = 200

Positions = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def collisions(people: People, rules: Collection[str] = MATCHED) -> Iterator[tuple[str, Positions]]:
    """Each collision as the rule that tells of it and the positions of all pupils in it, earlier ones included."""
    numbers = repeats(people.numbers, people.number_rest)
    twice, again = _split(people, numbers)
    if SAME_NUMBER in rules:
        yield from ((SAME_NUMBER, _without_own_past(people, group)) for group in twice)
    elsewhere, changed = _against(people, again)
    if NUMBER_EARLIER in rules:
        yield from ((NUMBER_EARLIER, group) for group in again.kept(elsewhere))
    if DETAILS_CHANGED in rules:
        yield from ((DETAILS_CHANGED, group) for group in again.kept(changed & ~elsewhere))
    told = np.zeros(len(people), dtype=np.bool_)
    told[numbers.positions] = True
    yield from _by_pupil(people, rules, told)


def _by_pupil(people: People, rules: Collection[str], told: Mask) -> Iterator[tuple[str, Positions]]:
    """Collisions of name, sex and birth date; ``told`` are pupils whose number collides already."""
    pupils = repeats(people.pupils, people.pupil_rest)
    bare = _only(pupils, people.bare[pupils.positions])
    twice, again = _split(people, bare)
    if SAME_PUPIL_BARE in rules:
        yield from ((SAME_PUPIL_BARE, _without_own_past(people, group)) for group in twice)
    if PUPIL_EARLIER in rules:
        yield from ((PUPIL_EARLIER, group) for group in again.kept(_against(people, again)[0]))
    present = _only(pupils, ~people.earlier[pupils.positions])
    if ONCE_BARE in rules:
        some = _any(present, people.bare[present.positions])
        all_ = ~_any(present, ~people.bare[present.positions])
        yield from ((ONCE_BARE, group) for group in present.kept(some & ~all_))
    if ALIKE_NUMBER in rules and people.number_rest is None:
        named = _only(present, (people.numbers[present.positions] > 0) & ~told[present.positions])
        yield from ((ALIKE_NUMBER, group) for group in _alike(people, named))


def _split(people: People, groups: Groups) -> tuple[Groups, Groups]:
    """The groups with two or more present pupils, and those with one present and others earlier."""
    present = _sum(groups, ~people.earlier[groups.positions])
    return groups.kept(present > 1), groups.kept(present == 1)


def _without_own_past(people: People, group: Positions) -> Positions:
    """The group without earlier records of the schools that are in it now: those are what they were made from."""
    earlier = people.earlier[group]
    owners = people.owner_of[group]
    return group[~(earlier & np.isin(owners, owners[~earlier]))]


def _against(people: People, groups: Groups) -> tuple[Mask, Mask]:
    """For groups of one present pupil and earlier ones: is one of these in another school, or another person?"""
    owners = people.owner_of[groups.positions]
    pupils = people.pupils[groups.positions]
    if people.pupil_rest is not None:
        pupils = pupils ^ people.pupil_rest[groups.positions]
    known = pupils != 0
    other_school = _any(groups, owners != _of_present(people, groups, owners))
    theirs = _of_present(people, groups, pupils)
    return other_school, _any(groups, known & (theirs != 0) & (pupils != theirs))


def _of_present(people: People, groups: Groups, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """For each member the value of its group's one present pupil."""
    present = ~people.earlier[groups.positions]
    return np.asarray(values[present][groups.group_of])


def _alike(people: People, groups: Groups) -> Iterator[Positions]:
    """Groups on different sheets whose numbers differ, but by no more than a slip of the finger or two."""
    for group in groups:
        if len(np.unique(people.origin_numbers(group))) < 2:
            continue
        bodies = [f"{body:017}" for body in people.numbers[group].tolist()]
        blocks = _by_block(bodies)
        close = [n for n, body in enumerate(bodies) if _is_near(body, _candidates(body, blocks))]
        if close:
            yield group[close]


def _is_near(body: str, others: Iterable[str]) -> bool:
    return any(0 < _differing(body, other) <= _MOST_DIFFERENT for other in others)


def _by_block(bodies: Iterable[str]) -> dict[tuple[int, str], list[str]]:
    """The numbers by each third of theirs: two that differ in two digits at most have a third in common."""
    blocks: dict[tuple[int, str], list[str]] = {}
    for body in dict.fromkeys(bodies):
        for block in _blocks_of(body):
            blocks.setdefault(block, []).append(body)
    return blocks


def _candidates(body: str, blocks: dict[tuple[int, str], list[str]]) -> Iterator[str]:
    """Numbers that may be near, not more than `_MOST_COMPARED` of each third: a crowd must not cost its square."""
    for block in _blocks_of(body):
        yield from blocks[block][:_MOST_COMPARED]


def _blocks_of(body: str) -> Iterator[tuple[int, str]]:
    return ((start, body[start : start + _BLOCK]) for start in range(0, len(body), _BLOCK))


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _only(groups: Groups, members: Mask) -> Groups:
    """The groups reduced to some of their members, as far as two are left."""
    sizes = _sum(groups, members)
    left = Groups(groups.positions[members], np.concatenate(([0], np.cumsum(sizes))))
    return left.kept(left.sizes > 1)


def _sum(groups: Groups, members: Mask) -> npt.NDArray[np.int64]:
    return np.bincount(groups.group_of[members], minlength=len(groups)).astype(np.int64)


def _any(groups: Groups, members: Mask) -> Mask:
    return np.asarray(_sum(groups, members) > 0, dtype=np.bool_)
