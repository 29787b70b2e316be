"""Who on one list is who on another, where one of them may hold no more than names.

Nobody is guessed: who cannot be told from others of the same name stays undecided, and is said so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stuvalid.rolls.people import Person

By = Literal["number", "person", "class", "name", "spelling"]
_MOST_IN_CLASS = 400
"""A class larger than this is no class: names in it are not compared for their spelling."""


@dataclass(slots=True)
class Pairs:
    """Positions on the one list to those on the other, and what told it; ``undecided`` share a name with others."""

    other: dict[int, int] = field(default_factory=dict)
    by: dict[int, By] = field(default_factory=dict)
    undecided: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))


def pair(one: Sequence[Person], other: Sequence[Person]) -> Pairs:
    """Pair by number; by name, sex and birth date; by name within a class; by a name left once on both; by spelling.

    What is known of two people on both lists and differs keeps them apart. A name alone is not enough where a list is
    of several schools and the other does not say of which.
    """
    pairs = Pairs()
    left, right = set(range(len(one))), set(range(len(other)))
    for by, key in _STAGES:
        if by == "name" and not _same_schools(one, other):
            continue
        groups = _grouped(other, right, key)
        for text, mine in _grouped(one, left, key).items():
            for position, match in _told_apart(mine, groups.get(text, []), one, other, by):
                _join(pairs, left, right, position, match, by)
    _by_spelling(pairs, left, right, one, other)
    names = {one[position].spelling for position in left} & {other[position].spelling for position in right}
    for undecided, positions, people in zip(pairs.undecided, (left, right), (one, other), strict=True):
        undecided.update(position for position in positions if people[position].spelling in names)
    return pairs


def _same_schools(one: Sequence[Person], other: Sequence[Person]) -> bool:
    """Whether both lists are of one school, as far as they say."""
    return all(len({person.school_code for person in people if person.school_code}) < 2 for people in (one, other))


def _join(pairs: Pairs, left: set[int], right: set[int], position: int, match: int, by: By) -> None:
    pairs.other[position], pairs.by[position] = match, by
    left.discard(position)
    right.discard(match)


def _person_key(person: Person) -> str:
    return f"{person.spelling}|{person.sex}|{person.born}" if person.sex and person.born else ""


def _class_key(person: Person) -> str:
    group = person.class_code or person.class_text
    return f"{person.spelling}|{group}" if group else ""


_STAGES: tuple[tuple[By, Callable[[Person], str]], ...] = (
    ("number", lambda person: person.number),
    ("person", _person_key),
    ("class", _class_key),
    ("name", lambda person: person.spelling),
)


def _grouped(people: Sequence[Person], positions: set[int], key: Callable[[Person], str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position in sorted(positions):
        text = key(people[position])
        if text:
            groups.setdefault(text, []).append(position)
    return groups


def _told_apart(
    mine: Sequence[int], theirs: Sequence[int], one: Sequence[Person], other: Sequence[Person], by: By
) -> list[tuple[int, int]]:
    """The pairs within a group that leave no choice: what differs rules out, one possibility on both sides is a pair.

    Entries that a list says the very same of (the same pupil twice, or two it does not tell apart) go in order.
    """
    several = len(mine) > 1 or len(theirs) > 1
    found = []
    free = list(theirs)
    for position in mine:
        fitting = [match for match in free if _may_be(one[position], other[match], several)]
        best = [match for match in fitting if _agree(one[position], other[match])] or fitting
        rivals = any(
            _may_be(one[rival], other[match], several) for rival in mine if rival != position for match in best
        )
        if len(best) == 1 and (not rivals or by == "number" or _agree(one[position], other[best[0]])):
            found.append((position, best[0]))
            free.remove(best[0])
    if not found and len(mine) == len(theirs) > 1 and by in ("number", "person", "class"):
        found = list(zip(mine, theirs, strict=True))
    return found


def _may_be(one: Person, other: Person, several: bool) -> bool:
    """Whether two of one name may be one. The sex decides only between ``several``: it is mistyped, too."""
    return not are_different(one, other) and not (several and one.sex and other.sex and one.sex != other.sex)


def _agree(one: Person, other: Person) -> bool:
    """Whether both lists say something beyond the name that is the same."""
    return any(mine and mine == theirs for mine, theirs in ((one.number, other.number), (one.born, other.born)))


def are_different(one: Person, other: Person) -> bool:
    """Whether two of one name are certainly two: their birth dates are known and differ, and no number is the same."""
    if one.number and one.number == other.number:
        return False
    return bool(one.born and other.born and one.born != other.born)


def _by_spelling(pairs: Pairs, left: set[int], right: set[int], one: Sequence[Person], other: Sequence[Person]) -> None:
    """Pairs of one class whose names differ by one character, where nobody else comes into question."""
    classes: dict[str, list[int]] = {}
    for match in sorted(right):
        classes.setdefault(other[match].class_code or other[match].class_text, []).append(match)
    near: dict[int, list[int]] = {}
    for position in sorted(left):
        mine = classes.get(one[position].class_code or one[position].class_text, [])
        if len(mine) <= _MOST_IN_CLASS:
            near[position] = [match for match in mine if _is_near(one[position], other[match])]
    wanted: dict[int, int] = {}
    for matches in near.values():
        for match in matches:
            wanted[match] = wanted.get(match, 0) + 1
    for position, matches in near.items():
        if len(matches) == 1 and wanted[matches[0]] == 1:
            _join(pairs, left, right, position, matches[0], "spelling")


def _is_near(one: Person, other: Person) -> bool:
    if (one.sex and other.sex and one.sex != other.sex) or (one.born and other.born and one.born != other.born):
        return False
    return differs_by_one(one.spelling, other.spelling)


def differs_by_one(one: str, other: str) -> bool:
    """Whether two names differ in one character: another one, one more, or two exchanged.

    Of two-character names the surname must be the same: else any two share half.
    """
    if one == other or min(len(one), len(other)) < 2 or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        wrong = [position for position in range(len(one)) if one[position] != other[position]]
        exchanged = len(wrong) == 2 and sorted(one) == sorted(other)
        return exchanged or (len(wrong) == 1 and (len(one) > 2 or wrong == [1]))
    short, long = sorted((one, other), key=len)
    return any(long[:position] + long[position + 1 :] == short for position in range(len(long)))
