"""Collisions as objects, and as findings at the cells of the pupils concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stuvalid.duplicates.allowed import letter_of, sentence
from stuvalid.duplicates.collisions import (
    ALIKE_NUMBER,
    DETAILS_CHANGED,
    NUMBER_EARLIER,
    SAME_NUMBER,
    Positions,
    collisions,
)
from stuvalid.duplicates.keysets import Locator, SheetKeys
from stuvalid.duplicates.parties import Owner, Superior, common_superior
from stuvalid.duplicates.people import Origin, People
from stuvalid.findings import Block, Finding, Findings, Place
from stuvalid.findings.masking import shown_path
from stuvalid.pupils.repeats import HEADERS, others_of
from stuvalid.rules.registry import Rule

_WORDED = 3
_ABOUT_NUMBERS = frozenset({SAME_NUMBER, ALIKE_NUMBER, NUMBER_EARLIER, DETAILS_CHANGED})
WRONG_NUMBER = frozenset(
    {
        "IDN003",
        "IDN004",
        "IDN005",
        "IDN006",
        "IDN007",
        "IDN008",
        "IDN010",
        "IDN012",
        "IDN013",
        "IDN014",
        "IDN016",
        "IDN017",
        "IDN018",
        "IDN020",
        "IDN021",
        "IDN022",
        "IDN034",
        "CEL001",
        "CEL002",
    }
)
"""Rules that find 身份证件号错误: no safe mend, and the registry keeps the record as a 问题学籍."""

_BESIDE_NUMBER = frozenset({"IDN020", "IDN021"})


@dataclass(frozen=True, slots=True)
class CollidingPupil:
    """One pupil of a collision; ``position`` in `People` is -1 for one of another county. ``shown`` are the fields a work list shows, empty where only hashes are known.

    ``pupil`` is the key of name, sex and birth date (0 unknown), ``wrong`` whether the number itself is found wrong.
    """

    position: int
    owner: Owner
    place: Place
    locator: Locator
    where: str
    earlier: bool
    pupil: tuple[int, int]
    wrong: bool
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def letter(self) -> str:
        """The letter of its 学籍号, '' where none is known."""
        return letter_of(self.shown.get("continuation_mark", ""))

    @property
    def own(self) -> bool:
        """Whether it is one of the pupils asked about, not one that they are compared with."""
        return not self.earlier and self.position >= 0


@dataclass(frozen=True, slots=True)
class Collision:
    """Pupils of whom at most one can be right as they stand; ``rule`` says why, ``superior`` who arbitrates."""

    rule: str
    members: tuple[CollidingPupil, ...]
    superior: Superior


@dataclass(frozen=True, slots=True)
class Wrong:
    """A pupil with a wrong number (身份证件号错误): what was found."""

    member: CollidingPupil
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Problems:
    """All 问题学籍 of a run: ``findings`` for reports, the rest for work lists."""

    findings: Findings
    collisions: list[Collision]
    wrong: list[Wrong]
    people: People

    def kinds(self) -> set[tuple[str, str]]:
        """The kinds of problem as (rule, '' for a wrong number; letter of the 学籍号), for `allowed`."""
        found = {(one.rule, member.letter) for one in self.collisions for member in one.members if member.own}
        return found | {("", one.member.letter) for one in self.wrong} | {(rule, "") for rule, _ in found}


def key_of(rule: str) -> str:
    """The field at whose cell a collision is told: id_number or name."""
    return "id_number" if rule in _ABOUT_NUMBERS else "name"


def is_wrong_number(block: Block) -> bool:
    """Whether a block of `check` is about the pupil's own number being wrong."""
    return block.rule in WRONG_NUMBER and (block.field == "id_number" or block.rule in _BESIDE_NUMBER)


def matched(people: People, findings: Findings, rules: Mapping[str, Rule], made: Sequence[Collision]) -> Problems:
    """Add collisions that were found elsewhere to ``findings``."""
    findings.blocks.extend(_blocks(people, made, rules))
    return Problems(findings, list(made), [], people)


def problems(people: People, findings: Findings, rules: Mapping[str, Rule]) -> Problems:
    """Add the collisions among ``people`` that ``rules`` (by id) tell of to ``findings``."""
    wrong_at = _wrong_cells(findings)
    found = [(rule, group) for rule, group in collisions(people, rules)]
    wrong_positions = _positions_of(people, wrong_at)
    touched = [group for _, group in found] + [np.array(list(wrong_positions.values()), dtype=np.intp)]
    shown = people.shown(np.concatenate(touched))
    wrong = set(wrong_positions.values())
    made = [_collision(people, rule, group, wrong, shown) for rule, group in found]
    findings.blocks.extend(_blocks(people, made, rules))
    wrongs = [
        Wrong(_member(people, SAME_NUMBER, wrong_positions[cell], wrong, shown), tuple(wrong_at[cell]))
        for cell in wrong_at
        if cell in wrong_positions
    ]
    return Problems(findings, made, wrongs, people)


_Cell = tuple[int, str, int]


def _wrong_cells(findings: Findings) -> dict[_Cell, list[Finding]]:
    """Findings on wrong numbers by file number, sheet and row."""
    cells: dict[_Cell, list[Finding]] = defaultdict(list)
    for block in findings.blocks:
        if is_wrong_number(block):
            path = findings.files[block.file].path
            for index, row in enumerate(block.rows):
                cells[block.file, block.sheet, row].append(block.at(index, path))
    return cells


def _positions_of(people: People, cells: Iterable[_Cell]) -> dict[_Cell, int]:
    origins = {
        (origin.file, origin.keys.sheet): origin for origin in people.origins if isinstance(origin.keys, SheetKeys)
    }
    positions = {}
    for file, sheet, row in cells:
        origin = origins.get((file, sheet))
        if origin is not None:
            index = int(np.searchsorted(origin.keys.rows, row))
            if index < len(origin.keys.rows) and int(origin.keys.rows[index]) == row:
                positions[file, sheet, row] = origin.start + index
    return positions


def _collision(
    people: People, rule: str, group: Positions, wrong: set[int], shown: Mapping[int, Mapping[str, str]]
) -> Collision:
    members = tuple(_member(people, rule, position, wrong, shown) for position in group.tolist())
    return Collision(rule, members, common_superior([member.owner for member in members]))


def _member(
    people: People, rule: str, position: int, wrong: set[int], shown: Mapping[int, Mapping[str, str]]
) -> CollidingPupil:
    origin = people.origin(position)
    key = key_of(rule)
    rest = int(people.pupil_rest[position]) if people.pupil_rest is not None else 0
    return CollidingPupil(
        position,
        people.owner(position),
        origin.place(position, key),
        origin.locator(position),
        shown_path(origin.words(position, key)),
        origin.earlier,
        (int(people.pupils[position]), rest),
        position in wrong,
        shown.get(position, {}),
    )


def _blocks(people: People, made: Sequence[Collision], rules: Mapping[str, Rule]) -> Iterable[Block]:
    blocks: dict[tuple[str, int], Block] = {}
    for collision in made:
        known = rules[collision.rule]
        key = key_of(collision.rule)
        for member, rest, more in others_of(collision.members):
            if not member.own:
                continue
            origin = people.origin(member.position)
            block = blocks.get((known.id, origin.start))
            if block is None:
                block = _empty_block(known, origin, key)
                blocks[known.id, origin.start] = block
            block.rows.append(member.place.row if member.place.row >= 0 else member.locator.row - 1)
            block.values.append("")
            block.params.append({"others": _words(member, rest, more), **_ways(collision.rule, member)})
            block.related.append(tuple(other.place for other in rest))
            block.related_more.append(more)
    return blocks.values()


def _ways(rule: str, member: CollidingPupil) -> dict[str, str]:
    """What the sources allow, as the finding's own mend; nothing where the registry knows no such kind."""
    zh, en = sentence(rule, member.letter, "zh"), sentence(rule, member.letter, "en")
    return {"also_zh": zh, "also_en": en} if zh else {}


def _empty_block(known: Rule, origin: Origin, key: str) -> Block:
    if isinstance(origin.keys, SheetKeys):
        place = origin.place(origin.start, key)
        return Block(known.id, known.severity, origin.file, place.sheet, key, HEADERS[key], place.column, [], [])
    return Block(known.id, known.severity, origin.file, "", key, HEADERS[key], -1, [], [])


def _words(member: CollidingPupil, others: Sequence[CollidingPupil], more: int) -> str:
    """The others in words: the cell on the same sheet, else file and cell, with the school where it is another."""
    words = []
    for other in others[:_WORDED]:
        same_sheet = other.place.cell and other.place[:2] == member.place[:2]
        where = other.place.cell if same_sheet else other.where
        words.append(where if other.owner == member.owner else f"{other.owner.label or '?'} {where}")
    count = len(others) + more
    rest = f" …（{count}）" if count > _WORDED else ""
    own = "" if member.place.cell else f"（{member.owner.label} {member.where}）"
    return "、".join(words) + rest + own
