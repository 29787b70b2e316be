"""Which pupil of one submission is which of the next, whatever became of rows, sheets, file names and order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stuvalid.submissions.identities import Identity

_MOST_LOOKED_AT = 50
"""Of pupils who share a key, so many are tried; a sheet without names and numbers must not cost the square."""


def match_pupils(old: Sequence[Identity], new: Sequence[Identity]) -> dict[int, int]:
    """Positions in ``old`` to positions in ``new`` of the same pupils, each at most once.

    By number; where it is missing or was changed by name, sex and birth date; then by name and class, in the order
    of the rows; last, where a name was mended, by sex, birth date and class if there is only one on both sides.
    """
    paired: dict[int, int] = {}
    left_old, left_new = dict(enumerate(old)), dict(enumerate(new))
    for key, only_single in _STAGES:
        groups = _groups(left_new.items(), key)
        for text, mine in _groups(left_old.items(), key).items():
            theirs = groups.get(text, [])
            if only_single and not len(mine) == len(theirs) == 1:
                continue
            for position, other in _pairs(mine, theirs, old, new):
                paired[position] = other
                del left_old[position], left_new[other]
    return paired


def _groups(entries: Iterable[tuple[int, Identity]], key: Callable[[Identity], str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position, identity in entries:
        text = key(identity)
        if text:
            groups.setdefault(text, []).append(position)
    return groups


def _pairs(
    mine: list[int], theirs: list[int], old: Sequence[Identity], new: Sequence[Identity]
) -> Iterable[tuple[int, int]]:
    """Pairs within one group: who agrees in everything first, the rest in the order of the rows."""
    if len(mine) == len(theirs) == 1:
        return [] if _are_different(old[mine[0]], new[theirs[0]]) else [(mine[0], theirs[0])]
    waiting: dict[Identity, list[int]] = {}
    for other in reversed(theirs):
        waiting.setdefault(new[other], []).append(other)
    found, rest = [], []
    for position in mine:
        same = waiting.get(old[position])
        if same:
            found.append((position, same.pop()))
        else:
            rest.append(position)
    free = sorted(other for others in waiting.values() for other in others)
    for position in rest:
        near = free[:_MOST_LOOKED_AT]
        fitting = next((other for other in near if not _are_different(old[position], new[other])), None)
        if fitting is not None:
            free.remove(fitting)
            found.append((position, fitting))
    return found


def _are_different(one: Identity, other: Identity) -> bool:
    """Whether two pupils who share a key are certainly two: number and person both known and both different."""
    numbers = bool(one.number and other.number and one.number != other.number)
    persons = bool(one.person and other.person and one.person != other.person)
    return numbers and persons


def _by_class(identity: Identity) -> str:
    """Name and class; pupils without a name only if nothing else is known of them either."""
    known_otherwise = not identity.name and bool(identity.number or identity.person)
    return "" if known_otherwise else f"{identity.name}|{identity.group}"


def _by_birth(identity: Identity) -> str:
    sex_and_birth = identity.person.partition("|")[2]
    return f"{sex_and_birth}|{identity.group}" if sex_and_birth else ""


_STAGES: tuple[tuple[Callable[[Identity], str], bool], ...] = (
    (lambda identity: identity.number, False),
    (lambda identity: identity.person, False),
    (_by_class, False),
    (_by_birth, True),
)
