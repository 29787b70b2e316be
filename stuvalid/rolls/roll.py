"""人籍一致核查: the registry's roll against who sits in the room, class by class.

Source: 学籍管理办法 (人籍一致、籍随人走): every term each school holds its roll against the pupils present.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stuvalid.check.run import CheckOptions
from stuvalid.errors import UsageError
from stuvalid.findings import MOST_EXAMPLES, Findings, NotChecked
from stuvalid.pupils.classes import codes_meant
from stuvalid.rolls.pairing import Pairs, pair
from stuvalid.rolls.people import Person, read_lists
from stuvalid.rules.told import Told

What = Literal[
    "same", "not-in-room", "not-on-paper", "other-class", "other-spelling", "other-details", "undecided", "twice"
]
WORDS: dict[What, tuple[str, str]] = {
    "not-in-room": ("有籍无人", "on paper, not in the room"),
    "not-on-paper": ("有人无籍", "in the room, not on paper"),
    "other-class": ("班级不同", "in another class"),
    "other-spelling": ("姓名写法不同", "name spelt otherwise"),
    "other-details": ("其他信息不同", "other details differ"),
    "undecided": ("同名，分不清", "same name, cannot be told apart"),
    "twice": ("名单里重复", "twice on a list"),
    "same": ("一致", "agrees"),
}
"""What is found of a pupil, gravest first, as the reports call it (zh, en)."""

AWAY = ("休学", "出国", "失踪", "其他离校", "离校", "保留学籍", "借出")
"""Words of a status with which a pupil is rightly on paper and not in the room."""


@dataclass(frozen=True, slots=True)
class Line:
    """One pupil: as on paper, as in the room (None where not there), and what was found, gravest first.

    ``away`` is the status that explains an absence, '' for none.
    """

    paper: Person | None
    room: Person | None
    found: tuple[What, ...]
    away: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether somebody has to look into it."""
        return self.found != ("same",) and not (self.found == ("not-in-room",) and self.away)

    @property
    def name(self) -> str:
        person = self.paper or self.room
        assert person is not None
        return person.name


@dataclass(slots=True)
class Roll:
    """The lines by class, each class under the name by which it is known; ``paper`` and ``room`` count the pupils.

    ``classes_without`` are classes of the registry that no class list is about: their pupils are not compared.
    """

    classes: dict[str, list[Line]] = field(default_factory=dict)
    paper: int = 0
    room: int = 0
    classes_without: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        return [line for lines in self.classes.values() for line in lines]

    def counts(self) -> dict[What, int]:
        """How many lines tell of what; an explained absence is not counted among 有籍无人."""
        counter = Counter(
            what for line in self.lines if line.is_fault or line.found == ("same",) for what in line.found
        )
        return {what: counter[what] for what in WORDS}

    @property
    def away(self) -> int:
        """Pupils who are not in the room for a reason that their status gives."""
        return sum(line.found == ("not-in-room",) and bool(line.away) for line in self.lines)


def compare(paper: Sequence[Person], room: Sequence[Person], today: dt.date) -> Roll:
    """Hold the registry's ``paper`` against the ``room``.

    A class of which there is no list is left out and counted, unless no class list says which class it is.
    """
    known = {person.class_code for person in paper if person.class_code}
    seated = [_in_known_class(person, known, today) for person in room]
    listed = {person.class_code for person in seated if person.class_code}
    roll = Roll(paper=len(paper), room=len(room))
    pairs = pair(paper, seated)
    paired = set(pairs.other.values())
    twice = _twice(paper), _twice(seated)
    unlisted = known - listed if listed else set[str]()
    lines: dict[str, list[Line]] = {}
    for position, person in enumerate(paper):
        match = pairs.other.get(position)
        if match is None and person.class_code in unlisted:
            roll.classes_without[person.class_code] = roll.classes_without.get(person.class_code, 0) + 1
            continue
        line = _line(person, seated[match] if match is not None else None, position, match, pairs, twice)
        lines.setdefault(person.class_code or person.class_text, []).append(line)
    for position, person in enumerate(seated):
        if position not in paired:
            found: list[What] = ["undecided" if position in pairs.undecided[1] else "not-on-paper"]
            found += ["twice"] if position in twice[1] else []
            lines.setdefault(person.class_code or person.class_text, []).append(Line(None, person, tuple(found)))
    roll.classes = dict(sorted(lines.items()))
    return roll


def _in_known_class(person: Person, known: set[str], today: dt.date) -> Person:
    """The person in the registry's class that the list means: 三年级2班 leaves open which year that is."""
    if person.class_code in known:
        return person
    meant = codes_meant(person.class_text, known, today)
    return person._replace(class_code=next(iter(meant))) if len(meant) == 1 else person


def _twice(people: Sequence[Person]) -> set[int]:
    """Positions of those who stand on the list before: the same number, or name, sex and birth date."""
    seen: set[str] = set()
    found = set()
    for position, person in enumerate(people):
        keys = {
            person.number,
            f"{person.spelling}|{person.sex}|{person.born}" if person.born and person.sex else "",
        } - {""}
        if keys & seen:
            found.add(position)
        seen |= keys
    return found


def _line(
    paper: Person, room: Person | None, position: int, match: int | None, pairs: Pairs, twice: tuple[set[int], set[int]]
) -> Line:
    found: list[What] = []
    if room is None:
        found.append("undecided" if position in pairs.undecided[0] else "not-in-room")
    else:
        if room.class_code != paper.class_code and (room.class_code or room.class_text) and paper.class_code:
            found.append("other-class")
        if paper.spelling != room.spelling:
            found.append("other-spelling")
        if details_that_differ(paper, room):
            found.append("other-details")
    if position in twice[0] or (match is not None and match in twice[1]):
        found.append("twice")
    away = next((word for word in AWAY if word in paper.status), "") if room is None else ""
    return Line(paper, room, tuple(found) or ("same",), away)


def details_that_differ(one: Person, other: Person) -> list[tuple[str, str]]:
    """What both lists say of a pupil and say otherwise (zh, en)."""
    pairs = (
        (("性别", "sex"), one.sex, other.sex),
        (("出生日期", "birth date"), one.born, other.born),
        (("证件号", "number"), one.number, other.number),
    )
    return [words for words, mine, theirs in pairs if mine and theirs and mine != theirs]


def tell(roll: Roll, told: Told) -> None:
    """Tell what was found of each pupil, at the roll's cell where there is one."""
    for line in roll.lines:
        for what in line.found:
            _TELL[what](line, told)


def _not_in_room(line: Line, told: Told) -> None:
    paper = _known(line.paper)
    if line.away:
        told.add("away_with_reason", paper.place, name=paper.name, group=paper.group, status=line.away)
    else:
        told.add("on_roll_not_in_room", paper.place, name=paper.name, group=paper.group)


def _not_on_paper(line: Line, told: Told) -> None:
    room = _known(line.room)
    told.add("in_room_not_on_roll", room.place, name=room.name, group=room.group)


def _other_class(line: Line, told: Told) -> None:
    paper, room = _known(line.paper), _known(line.room)
    told.add(
        "in_another_class", paper.place, related=[room.place], name=paper.name, group=paper.group, found=room.group
    )


def _other_spelling(line: Line, told: Told) -> None:
    paper, room = _known(line.paper), _known(line.room)
    told.add("name_spelt_otherwise", paper.place, related=[room.place], expected=paper.name, found=room.name)


def _other_details(line: Line, told: Told) -> None:
    paper, room = _known(line.paper), _known(line.room)
    differing = details_that_differ(paper, room)
    told.add(
        "details_differ",
        paper.place,
        related=[room.place],
        name=paper.name,
        what="、".join(zh for zh, _ in differing),
        what_en=", ".join(en for _, en in differing),
    )


def _either(slug: str) -> Callable[[Line, Told], None]:
    def tell_one(line: Line, told: Told) -> None:
        person = _known(line.paper or line.room)
        told.add(slug, person.place, name=person.name, group=person.group)

    return tell_one


def _known(person: Person | None) -> Person:
    assert person is not None
    return person


_TELL: Mapping[What, Callable[[Line, Told], None]] = {
    "not-in-room": _not_in_room,
    "not-on-paper": _not_on_paper,
    "other-class": _other_class,
    "other-spelling": _other_spelling,
    "other-details": _other_details,
    "undecided": _either("cannot_be_told_apart"),
    "twice": _either("twice_on_a_list"),
    "same": lambda line, told: None,
}


def check_roll(
    paths: Sequence[Path],
    registry: Sequence[Path],
    options: CheckOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Roll, Findings]:
    """Read the lists below ``paths`` (and ``registry``, which are the roll whatever they look like) and compare.

    Raises UsageError where there is no roll or no list of the room.
    """
    from stuvalid.rules.registry import selected_rules

    lists = read_lists(paths, options, progress=progress)
    if registry:
        paper_lists, room_lists = read_lists(registry, options, progress=progress), lists
    else:
        paper_lists, room_lists = lists.where(True), lists.where(False)
    paper, room = paper_lists.people, room_lists.people
    if not paper or not room:
        raise _one_sided(bool(paper))
    roll = compare(paper, room, options.today)
    told = Told.of(selected_rules(options.select, options.ignore, options.severities))
    tell(roll, told)
    findings = lists.findings(*([paper_lists] if registry else []))
    told.into(findings)
    if roll.classes_without:
        findings.not_checked.append(_without_list(roll, paper))
    return roll, findings


def _one_sided(is_roll: bool) -> UsageError:
    if is_roll:
        return UsageError(
            "给的都是花名册，没有班级名单。",
            "All of this is the registry's roll; there is no list of a class.",
            mend_zh="再给各班的名单；名单里也有学籍号的，用 --registry 指明哪一份是花名册。",
            mend_en="Give the class lists too; if they have 学籍号 as well, name the roll with --registry.",
        )
    return UsageError(
        "给的都是班级名单，没有学籍系统导出的花名册。",
        "There is no list of the registry among these.",
        mend_zh="花名册要有“学籍号”列，或用 --registry 指明。",
        mend_en="It has the column 学籍号, or name it with --registry.",
    )


def _without_list(roll: Roll, paper: Sequence[Person]) -> NotChecked:
    count = sum(roll.classes_without.values())
    first = [one.place for one in paper if one.class_code in roll.classes_without]
    return NotChecked(
        "class-without-list",
        f"{len(roll.classes_without)} 个班没有班级名单，这些班的学生没有核对",
        f"of {len(roll.classes_without)} classes there is no list; their pupils were not compared",
        count,
        tuple(first[:MOST_EXAMPLES]),
    )
