"""毕业升级: last year's roll against this year's. Who leaves, who cannot and why, who is in a lower grade, new, or gone.

The ministry moves all other grades up by itself on 10 August; what a school has to settle before and after is who does not
go the usual way. Sources: 毕业升级 notices (教基司厅函〔2017〕23号 and those before it); 学籍管理办法, 异动.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stuvalid.check.run import CheckOptions
from stuvalid.codes.classcodes import class_title
from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.rolls.pairing import pair
from stuvalid.rolls.people import Lists, Person, read_lists
from stuvalid.rules.told import Told

Fate = Literal[
    "leaves", "cannot-leave", "not-left", "lower", "higher", "new", "came", "moved", "gone", "undecided", "untold", "up"
]
WORDS: Mapping[Fate, tuple[str, str]] = {
    "cannot-leave": ("不能毕业", "cannot leave"),
    "not-left": ("该毕业没有毕业", "should have left"),
    "lower": ("年级低于应在年级", "lower grade than expected"),
    "gone": ("没有手续就不见了", "gone without a move"),
    "undecided": ("同名分不清", "same name, cannot be told apart"),
    "untold": ("看不出年级", "grade not told"),
    "higher": ("年级高于应在年级", "higher grade than expected"),
    "came": ("中途来的", "came in a later grade"),
    "moved": ("办了异动", "moved"),
    "leaves": ("毕业", "leaves"),
    "new": ("新生", "new"),
    "up": ("升级", "moves up"),
}
"""What becomes of a pupil, what has to be settled first, as the list calls it (zh, en)."""

SYSTEMS: Mapping[str, Mapping[str, int]] = {"6-3": {"1": 6, "2": 3, "3": 3}, "5-4": {"1": 5, "2": 4, "3": 3}}
"""Grades of each stage (1 primary, 2 junior, 3 senior) by 学制."""

_SUSPENDED = ("休学",)
_STAYS = ("休学", "其他离校", "失踪", "出国", "保留学籍")
"""With these the record stays, and its pupil neither leaves nor goes up."""

_ENDS = ("复学", "恢复", "回国")
_LEAVES = ("转出", "转学", "转往", "死亡", "退学", "开除", "出国", "升学", "注销", "毕业", "结业")
_COMES = ("转入", "复学", "恢复", "回国", "转学", "新建")
_OPEN = ("待", "未办结", "审核中", "核办中", "办理中")
_NEW_SCHOOL_YEAR = 8  # month


@dataclass(frozen=True, slots=True)
class Passage:
    """One pupil from last year's list to this year's; ``why`` explains the fate (zh, en). Either person may be None."""

    fate: Fate
    last: Person | None
    this: Person | None
    why: tuple[str, str] = ("", "")

    @property
    def person(self) -> Person:
        person = self.this or self.last
        assert person is not None
        return person


@dataclass(slots=True)
class Promotion:
    """Every pupil's step into the school year that begins in ``year``."""

    year: int
    steps: list[Passage] = field(default_factory=list)
    last: int = 0
    this: int = 0

    def of(self, fate: Fate) -> list[Passage]:
        return [step for step in self.steps if step.fate == fate]

    def counts(self) -> dict[Fate, int]:
        counter = Counter(step.fate for step in self.steps)
        return {fate: counter[fate] for fate in WORDS if counter[fate]}


def school_year(today: dt.date) -> int:
    """The year in which the school year of ``today`` began: it begins in August for whoever moves pupils up."""
    return today.year - (today.month < _NEW_SCHOOL_YEAR)


def promote(
    last: Sequence[Person], this: Sequence[Person], movements: Sequence[Person], year: int, grades: Mapping[str, int]
) -> Promotion:
    """Say of every pupil of both lists what becomes of them in the school year that begins in ``year``."""
    pairs = pair(last, this)
    found = Promotion(year, last=len(last), this=len(this))
    known = _Movements(movements)
    problems = _problems(last)
    for position, before in enumerate(last):
        match = pairs.other.get(position)
        after = this[match] if match is not None else None
        if after is None and position in pairs.undecided[0]:
            found.steps.append(Passage("undecided", before, None))
        else:
            found.steps.append(_step(before, after, known.of(before), problems.get(position), year, grades))
    paired = set(pairs.other.values())
    for position, after in enumerate(this):
        if position not in paired:
            found.steps.append(_arrival(after, known.of(after), position in pairs.undecided[1], year))
    return found


def _step(
    before: Person,
    after: Person | None,
    moves: Sequence[Person],
    problem: tuple[str, str] | None,
    year: int,
    grades: Mapping[str, int],
) -> Passage:
    entry, stage = _entry(before)
    if not entry:
        return Passage("untold", before, after)
    if _left(moves):
        return (
            Passage("moved", before, after, _words(moves)) if after is None else _grade_step(before, after, moves, year)
        )
    if year - entry >= grades[stage]:
        return _leaving(before, after, _obstacles(before, moves, problem), year)
    if after is None:
        away = _standing(before, moves)
        why = (
            (f"{away}的学生仍在册，名单里却没有", f"{away}: the record stays, but it is not on the list")
            if away
            else ("", "")
        )
        return Passage("gone", before, None, why)
    return _grade_step(before, after, moves, year)


def _leaving(before: Person, after: Person | None, obstacles: list[tuple[str, str]], year: int) -> Passage:
    """A pupil of the last grade: gone, moved on to the next stage, or still there."""
    entry, stage = _entry(before)
    now, now_stage = _entry(after) if after is not None else (0, "")
    why = "；".join(zh for zh, _ in obstacles), "; ".join(en for _, en in obstacles)
    if after is not None and now_stage == stage and now >= entry:
        return Passage("cannot-leave" if obstacles else "not-left", before, after, why)
    if obstacles:
        return Passage("cannot-leave", before, after, why)
    if after is not None and now_stage > stage:
        return Passage("leaves", before, after, (f"升入{after.group}", f"goes on to {after.group}"))
    return Passage("leaves", before, after)


def _grade_step(before: Person, after: Person, moves: Sequence[Person], year: int) -> Passage:
    """A pupil of both lists in a grade that goes up."""
    entry, stage = _entry(before)
    now, now_stage = _entry(after)
    if not now:
        return Passage("untold", before, after)
    if (now_stage, now) == (stage, entry):
        return Passage("up", before, after)
    if now_stage < stage or (now_stage == stage and now > entry):
        lawful = next(
            (word for word in _SUSPENDED if word in before.status or any(word in move.movement for move in moves)), ""
        )
        lawful = lawful or next((move.movement for move in moves if any(word in move.movement for word in _ENDS)), "")
        return Passage("lower", before, after, (lawful, lawful))
    return Passage("higher", before, after)


def _arrival(after: Person, moves: Sequence[Person], undecided: bool, year: int) -> Passage:
    entry, _ = _entry(after)
    if undecided:
        return Passage("undecided", None, after)
    if not entry:
        return Passage("untold", None, after)
    if entry == year:
        return Passage("new", None, after)
    came = [move for move in moves if any(word in move.movement for word in _COMES)]
    return Passage("came", None, after, _words(came))


def _entry(person: Person) -> tuple[int, str]:
    """Year of entry and digit of the stage, (0, '') where the class does not tell."""
    code = person.class_code
    return (int(code[:4]), code[4]) if len(code) == 7 and code.isdigit() else (0, "")


def _words(moves: Sequence[Person]) -> tuple[str, str]:
    text = "、".join(f"{move.movement}{move.date}" for move in moves)
    return text, text


def _left(moves: Sequence[Person]) -> bool:
    """Whether the last of the movements takes the pupil away from the school."""
    return bool(moves) and any(word in moves[-1].movement for word in _LEAVES) and not _is_arrival(moves[-1])


def _is_arrival(move: Person) -> bool:
    return "转入" in move.movement or any(word in move.movement for word in _ENDS)


def _standing(before: Person, moves: Sequence[Person]) -> str:
    """The status that keeps a record where it is: of the last movement, else of the list; '' if there is none."""
    texts = [move.movement for move in moves[-1:]] or [before.status]
    return next(
        (word for word in _STAYS for text in texts if word in text and not any(end in text for end in _ENDS)), ""
    )


def _obstacles(before: Person, moves: Sequence[Person], problem: tuple[str, str] | None) -> list[tuple[str, str]]:
    """Why a pupil of the last grade cannot leave (zh, en)."""
    found = []
    standing = _standing(before, moves)
    if standing:
        found.append((standing, f"status {standing}"))
    pending = next((move for move in moves if any(word in move.status for word in _OPEN)), None)
    if pending is not None:
        found.append((f"有未办结业务：{pending.movement}", f"open business: {pending.movement}"))
    if problem is not None:
        found.append(problem)
    return found


def _problems(people: Sequence[Person]) -> dict[int, tuple[str, str]]:
    """Pupils whose number another pupil has too, or, without a number, name, sex and birth date: 问题学籍."""
    seen: dict[str, list[int]] = {}
    for position, person in enumerate(people):
        trio = f"{person.spelling}|{person.sex}|{person.born}" if person.sex and person.born else ""
        key = person.number or trio
        if key:
            seen.setdefault(key, []).append(position)
    words = (
        ("问题学籍：身份证件号重复", "problem record: same number"),
        ("问题学籍：姓名性别出生日期重复", "problem record: same pupil"),
    )
    return {
        position: words[not people[position].number]
        for positions in seen.values()
        if len({people[position].place for position in positions}) > 1
        for position in positions
    }


class _Movements:
    """The movements of each pupil, in the order of their dates: by number, else by name, sex and birth or class."""

    def __init__(self, movements: Sequence[Person]) -> None:
        self._by: dict[str, list[Person]] = {}
        for move in sorted(movements, key=lambda one: one.date):
            for key in self._keys(move):
                self._by.setdefault(key, []).append(move)

    @staticmethod
    def _keys(person: Person) -> list[str]:
        if person.number:
            return [person.number]
        trio = [f"{person.spelling}|{person.sex}|{person.born}"] if person.sex and person.born else []
        return trio or [f"{person.spelling}|{person.class_code or person.class_text}"]

    def of(self, person: Person) -> list[Person]:
        """Those whose list says as much of the pupil as is needed to know that it is this one."""
        if person.number in self._by:
            return self._by[person.number]
        weaker = (
            f"{person.spelling}|{person.sex}|{person.born}",
            f"{person.spelling}|{person.class_code}",
            f"{person.spelling}|{person.class_text}",
        )
        return next((self._by[key] for key in weaker if key in self._by), [])


def tell(promotion: Promotion, told: Told) -> None:
    """Tell what has to be settled, at the pupil's cell."""
    for step in promotion.steps:
        person, where = step.person, {"name": step.person.name}
        before = (step.last or person).group
        if step.fate == "cannot-leave":
            told.add(
                "cannot_leave",
                (step.last or person).place,
                **where,
                group=before,
                reason=step.why[0],
                reason_en=step.why[1],
            )
        elif step.fate == "not-left":
            told.add("has_not_left", person.place, **where, group=before)
        elif step.fate == "gone":
            told.add("gone_without_a_move", person.place, **where, group=before)
        elif step.fate == "undecided":
            told.add("years_cannot_be_told_apart", person.place, **where, group=person.group)
        elif step.fate == "untold":
            told.add("grade_not_told", person.place, **where, found=person.class_text)
        elif step.fate == "came" and not step.why[0]:
            told.add("came_without_a_move", person.place, **where, group=person.group)
        elif step.fate in ("lower", "higher") and not step.why[0]:
            slug = "grade_lower_than_expected" if step.fate == "lower" else "grade_higher_than_expected"
            related = [step.last.place] if step.last else []
            told.add(
                slug, person.place, related=related, **where, expected=_cohort(before, step.last), found=person.group
            )


def _cohort(group: str, person: Person | None) -> str:
    """The cohort that a pupil belongs to, which keeps its name from year to year: 小学2023级."""
    return class_title(person.class_code).partition("(")[0] if person is not None and person.class_code else group


def check_promotion(
    last: Path,
    this: Path,
    movements: Sequence[Path],
    options: CheckOptions,
    year: int,
    grades: Mapping[str, int],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Promotion, Findings]:
    """Read both years' lists, each as of its own school year, and the movements in them and beside them."""
    from stuvalid.rules.registry import selected_rules

    before = read_lists([last], dataclasses.replace(options, today=dt.date(year, 6, 1)), progress=progress)
    after = read_lists([this], dataclasses.replace(options, today=dt.date(year, 10, 1)), progress=progress)
    beside = read_lists(list(movements), options, progress=progress) if movements else Lists()
    for lists, zh, en in ((before, "上学年", "last year's"), (after, "本学年", "this year's")):
        if not lists.people:
            raise UsageError(f"{zh}的材料里没有学生名单。", f"There is no list of pupils in {en} data.")
    moves = [*before.movements, *after.movements, *beside.movements, *(beside.people if movements else [])]
    promotion = promote(before.people, after.people, moves, year, grades)
    told = Told.of(selected_rules(options.select, options.ignore, options.severities))
    tell(promotion, told)
    findings = before.findings(after, beside)
    told.into(findings)
    return promotion, findings
