"""Who of the pupils sent is meant by a line of a returned list. What does not tell for certain stays open.

A number that is whole and right says who it is, if the name does not contradict it; a name says it where one pupil has it and
nothing beside it (number, class, birth date, school) contradicts. Row numbers are never trusted: titles shift them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from stuvalid.codes.characters import simplified
from stuvalid.pupils.keys import plain_number
from stuvalid.returned.lines import Subject
from stuvalid.returned.sent import SentPupil, by_spelling, class_meant
from stuvalid.rolls.pairing import differs_by_one
from stuvalid.rolls.people import plain_spelling

By = Literal["number", "number-and-name", "name", "spelling", "row", ""]
Why = Literal[
    "",
    "same-name",
    "other-name",
    "other-number",
    "other-class",
    "other-birth",
    "other-school",
    "masked",
    "near",
    "row",
    "nobody",
]

_STARS = re.compile(r"[*×●○•…#]+")
_NAME_MASK = re.compile(r"[*●○×□〇某]")
_SCIENTIFIC = re.compile(r"([0-9])\.([0-9]+)E\+?([0-9]{2})")
_WHOLE = re.compile(r"[0-9]{17}[0-9X]")
_SURE_DIGITS = 14
_MOST_SHOWN = 10
_FEW_DIFFERENT = 2


@dataclass(frozen=True, slots=True)
class Meant:
    """Who was meant: ``pupil`` is a position among the pupils, -1 while it is open; ``candidates`` are who it may be."""

    pupil: int = -1
    by: By = ""
    why: Why = ""
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A number as a list shows it: what it begins and ends with, and whether that is all of it."""

    head: str
    tail: str = ""
    whole: bool = True

    @property
    def known(self) -> int:
        return len(self.head) + len(self.tail)

    def fits(self, number: str) -> bool:
        if self.whole:
            return number == self.head
        return len(number) >= self.known and number.startswith(self.head) and number.endswith(self.tail)


def pattern_of(text: str) -> NumberPattern | None:
    """The pattern of a number in a list: whole, masked (1401****0018) or ruined by Excel (1.40106E+17); None for none."""
    plain = plain_number(_STARS.sub("*", text)) if "E" not in text else text
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        return NumberPattern((scientific[1] + scientific[2]).rstrip("0"), "", whole=False)
    plain = re.sub(r"^[GJL](?=[0-9*]{4})", "", plain)
    if "*" in plain:
        head, _, tail = plain.partition("*")
        tail = tail.rpartition("*")[2]
        return NumberPattern(head, tail, whole=False) if len(head) + len(tail) >= 4 else None
    if _WHOLE.fullmatch(plain) and plain.endswith("000"):
        return NumberPattern(plain[:15], "", whole=False)
    return NumberPattern(plain) if len(plain) >= 6 else None


@dataclass
class Matcher:
    """Finds pupils by what a list says of them."""

    pupils: Sequence[SentPupil]
    today: dt.date
    _by_number: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for position, pupil in enumerate(self.pupils):
            for number in pupil.numbers:
                self._by_number.setdefault(number, []).append(position)

    def find(self, subject: Subject) -> Meant:
        """The pupil that the subject of a line is."""
        patterns = [pattern for text in subject.numbers if (pattern := pattern_of(text)) is not None]
        school = subject.school_code
        if len(school) == 10 and self._schools and school not in self._schools:
            return Meant(why="other-school")
        named = self._named(subject.name)
        if subject.doubtful and named:
            return Meant(why="near", candidates=tuple(named)[:_MOST_SHOWN])
        if patterns:
            return self._by_both(subject, patterns, named)
        if not subject.name:
            return Meant(why="row" if subject.row else "nobody")
        return self._by_name(subject, named)

    def _by_both(self, subject: Subject, patterns: Sequence[NumberPattern], named: Sequence[int]) -> Meant:
        numbered = self._numbered(patterns)
        both = [position for position in named if position in numbered]
        if both:
            return self._one_of(subject, both, "number-and-name")
        if numbered:
            return self._other_name(subject, patterns, numbered, named)
        if not named:
            return self._near(subject)
        left = [position for position in named if self._may_have(position, patterns)]
        if len(left) == 1 and len(named) == 1:
            return self._one_of(subject, left, "name")
        return Meant(why="other-number", candidates=tuple(named))

    def _other_name(
        self, subject: Subject, patterns: Sequence[NumberPattern], numbered: Sequence[int], named: Sequence[int]
    ) -> Meant:
        """The number is somebody's, the name is not his: certain where the name is blank or written otherwise."""
        sure = any(pattern.whole or pattern.known >= _SURE_DIGITS for pattern in patterns)
        if not subject.name:
            if not sure and len(numbered) == 1:
                return Meant(why="masked", candidates=tuple(numbered))
            return self._one_of(subject, numbered, "number")
        spelt = [position for position in numbered if _is_spelt(subject.name, self.pupils[position].spelling)]
        if len(spelt) == 1 and not named:
            return self._one_of(subject, spelt, "spelling")
        return Meant(why="other-name", candidates=(*numbered, *named)[:_MOST_SHOWN])

    def _by_name(self, subject: Subject, named: Sequence[int]) -> Meant:
        if not named:
            return self._near(subject)
        if _is_masked(subject.name):
            seen = len(_NAME_MASK.sub("", subject.name))
            told = self._narrowed(subject, named)
            if len(named) > 1 or (seen < 2 and not (subject.class_text or subject.born)):
                return Meant(why="masked", candidates=tuple(told or named)[:_MOST_SHOWN])
        return self._one_of(subject, named, "name")

    def _one_of(self, subject: Subject, found: Sequence[int], by: By) -> Meant:
        """The one of ``found`` whom nothing in the line contradicts; open where none or several are left."""
        left = self._narrowed(subject, found)
        if len(left) == 1:
            return Meant(left[0], by)
        if not left and by != "name" and len(found) == 1:
            return Meant(found[0], by)
        why: Why = "same-name" if len(found) > 1 else self._contradiction(subject, found[0])
        return Meant(why=why, candidates=tuple(found)[:_MOST_SHOWN])

    def _narrowed(self, subject: Subject, found: Sequence[int]) -> list[int]:
        left = [position for position in found if not self._contradiction(subject, position)]
        if len(left) > 1 and subject.sex in ("男", "女"):
            return [position for position in left if self.pupils[position].sex in ("", subject.sex)]
        return left

    def _contradiction(self, subject: Subject, position: int) -> Why:
        pupil = self.pupils[position]
        if len(subject.born) == 8 and len(pupil.born) == 8 and subject.born != pupil.born:
            return "other-birth"
        meant = self._meant(subject.class_text)
        if meant and pupil.class_code and pupil.class_code not in meant:
            return "other-class"
        if subject.school_code and pupil.school_code and subject.school_code != pupil.school_code:
            return "other-school"
        return ""

    def _meant(self, text: str) -> frozenset[str]:
        return class_meant(text, self._classes, self.today) if text else frozenset()

    def _may_have(self, position: int, patterns: Sequence[NumberPattern]) -> bool:
        """Whether a pupil of the name may be meant although no number agrees: none was sent, or a digit or two differ."""
        numbers = self.pupils[position].numbers
        return not numbers or any(_is_close(pattern, number) for pattern in patterns for number in numbers)

    def _numbered(self, patterns: Sequence[NumberPattern]) -> list[int]:
        whole = [
            position for pattern in patterns if pattern.whole for position in self._by_number.get(pattern.head, ())
        ]
        if whole:
            return list(dict.fromkeys(whole))
        parts = [pattern for pattern in patterns if not pattern.whole]
        return [
            position
            for position, pupil in enumerate(self.pupils)
            if any(pattern.fits(number) for pattern in parts for number in pupil.numbers)
        ]

    def _named(self, name: str) -> list[int]:
        if _is_masked(name):
            pattern = re.compile(
                "".join("." if _NAME_MASK.fullmatch(char) else re.escape(char) for char in plain_spelling(name))
            )
            return [n for n, pupil in enumerate(self.pupils) if pupil.spelling and pattern.fullmatch(pupil.spelling)]
        spelling = plain_spelling(name)
        return list(self._names.get(spelling, ())) or list(self._folded.get(_simple(spelling), ()))

    def _near(self, subject: Subject) -> Meant:
        """Nobody has the name; whose differs by one character may be meant, and is not taken for him."""
        spelling = plain_spelling(subject.name)
        if not spelling:
            return Meant(why="nobody")
        near = [n for n, pupil in enumerate(self.pupils) if differs_by_one(spelling, pupil.spelling)]
        if subject.class_text:
            near = self._narrowed(subject, near)
        return Meant(
            why="near" if near and len(near) <= _MOST_SHOWN else "nobody", candidates=tuple(near[:_MOST_SHOWN])
        )

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        return dict(by_spelling(self.pupils))

    @cached_property
    def _folded(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for name, positions in self._names.items():
            found.setdefault(_simple(name), []).extend(positions)
        return found

    @cached_property
    def _classes(self) -> frozenset[str]:
        return frozenset(pupil.class_code for pupil in self.pupils if pupil.class_code)

    @cached_property
    def _schools(self) -> frozenset[str]:
        return frozenset(pupil.school_code for pupil in self.pupils if len(pupil.school_code) == 10)


def _simple(spelling: str) -> str:
    """A name in standard characters."""
    return "".join(simplified(char) or char for char in spelling)


def _is_masked(name: str) -> bool:
    return bool(re.search("[*●○×□〇]", name) or re.fullmatch("[\u3400-\u9fff]某{1,2}", name))


def _is_spelt(name: str, spelling: str) -> bool:
    """Whether ``name`` may be how somebody wrote (or masked) the name with this spelling."""
    mine = plain_spelling(name)
    if _is_masked(name):
        ends = _NAME_MASK.split(mine)
        return spelling.startswith(ends[0]) and spelling.endswith(ends[-1])
    return differs_by_one(_simple(mine), _simple(spelling)) or _simple(mine) == _simple(spelling)


def _is_close(pattern: NumberPattern, number: str) -> bool:
    """Whether a whole number differs from another by a slip of the finger or two."""
    if not pattern.whole or len(pattern.head) != len(number):
        return False
    return sum(one != other for one, other in zip(pattern.head, number, strict=True)) <= _FEW_DIFFERENT


def groups_of(candidates: Iterable[int], pupils: Sequence[SentPupil]) -> str:
    """Who and where the candidates are, for a person who decides."""
    return "、".join(
        f"{pupils[n].name} {pupils[n].group or pupils[n].sheet} {pupils[n].place().cell}" for n in candidates
    )
