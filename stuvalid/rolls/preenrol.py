"""学前调档: the list that hands first graders over from kindergarten, and what comes back.

The list has five columns of text (姓名, 性别, 出生日期, 身份证件类型, 身份证件号码). The registry's own macro writes it in Excel only.
Its answer sorts the pupils into 已匹配, 待确认 and 未查询到; the last are registered anew. The five values are locked afterwards.
Sources: 2016 接续手册; 新生注册模板【学前调档】; see `docs/clauses.md`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stuvalid import codes
from stuvalid.check.run import CheckOptions
from stuvalid.codes import identity
from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.pupils.keys import plain_number
from stuvalid.rolls.people import Person, read_lists
from stuvalid.rules.told import Told

SHEET = "学前调档学生信息"
HEADERS = ("姓名", "性别", "出生日期", "身份证件类型", "身份证件号码")
_KEYS = ("name", "sex", "birth_date", "id_type", "id_number")
_WORDS_EN = ("name", "sex", "birth date", "type of document", "number")
_WIDTHS = (14, 8, 14, 26, 26)
_PRIMARY = "1"
_RESIDENT = "居民身份证"

Answer = Literal["matched", "undecided", "not-found", "none"]
ANSWERS: Mapping[Answer, tuple[str, str]] = {
    "matched": ("已匹配学前学籍", "matched"),
    "undecided": ("待确认", "to be confirmed"),
    "not-found": ("未查询到学前学籍", "not found: to be registered"),
    "none": ("没有答复", "without an answer"),
}
_STATES: tuple[tuple[str, Answer], ...] = (
    ("未查询", "not-found"),
    ("未匹配", "not-found"),
    ("查无", "not-found"),
    ("无学前", "not-found"),
    ("待确认", "undecided"),
    ("匹配一条或多条", "undecided"),
    ("匹配多条", "undecided"),
    ("多条", "undecided"),
    ("已匹配", "matched"),
    ("匹配成功", "matched"),
    ("匹配", "matched"),
)
"""Words of an answer, the telling ones first: 未匹配 and 待确认 hold what 匹配 alone would say."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One pupil to be handed over: the five values as the list holds them, and where they stand."""

    person: Person
    values: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What an answer is recognised by: number and name."""
        return plain_number(self.values[4]), self.person.spelling


@dataclass(slots=True)
class HandOver:
    """The pupils of the entering grade: ``entrants`` can be handed over, ``lacking`` miss something (what, as `_KEYS` numbers).

    ``others`` are pupils of other grades, left out. ``answers`` are by the entrant's position, ``strangers`` answers that
    are nobody's.
    """

    year: int
    entrants: list[Entrant] = field(default_factory=list)
    lacking: list[tuple[Person, tuple[int, ...]]] = field(default_factory=list)
    others: int = 0
    answers: dict[int, Answer] = field(default_factory=dict)
    why: dict[int, tuple[str, str]] = field(default_factory=dict)
    strangers: list[Person] = field(default_factory=list)

    def of(self, answer: Answer) -> list[Entrant]:
        return [one for position, one in enumerate(self.entrants) if self.answers.get(position, "none") == answer]


def hand_over(people: Sequence[Person], year: int) -> HandOver:
    """The pupils who enter primary school in ``year``; of a list that tells no class, all of them."""
    found = HandOver(year)
    told = any(person.class_code for person in people)
    for person in people:
        if told and person.class_code[:5] != f"{year}{_PRIMARY}":
            found.others += 1
            continue
        values = _values(person)
        lacking = tuple(number for number, text in enumerate(values) if not text)
        if not lacking and values[3] == _RESIDENT and not identity.body_of(values[4]):
            lacking = (4,)
        if lacking:
            found.lacking.append((person, lacking))
        else:
            found.entrants.append(Entrant(person, values))
    return found


def _values(person: Person) -> tuple[str, ...]:
    """The five values as the registry takes them: the type by its name, the number in capitals, eight digits of birth."""
    match = codes.load("id_type").resolve(person.id_type) if person.id_type else None
    number = plain_number(person.id_number)
    kind = match.entry.name if match is not None else person.id_type
    if not kind and identity.body_of(number):
        kind = _RESIDENT
    return (" ".join(person.name.split()), person.sex, person.born, kind, number)


def take_answers(found: HandOver, answers: Sequence[Person]) -> None:
    """Give each entrant what the registry answered. Number *and* name make the match; nobody is guessed."""
    positions: dict[tuple[str, str], list[int]] = {}
    numbers: dict[str, list[int]] = {}
    names: dict[str, list[int]] = {}
    for position, one in enumerate(found.entrants):
        number, name = one.key
        positions.setdefault((number, name), []).append(position)
        numbers.setdefault(number, []).append(position)
        names.setdefault(name, []).append(position)
    heard: dict[int, set[Answer]] = {}
    for answer in answers:
        number, name = plain_number(answer.id_number), answer.spelling
        state = _state(answer)
        sure = positions.get((number, name), [])
        near = sure or numbers.get(number, []) or ([] if number else names.get(name, []))
        if not near:
            found.strangers.append(answer)
        for position in near:
            heard.setdefault(position, set()).add(state if sure else "undecided")
            if not sure:
                found.why[position] = (
                    ("答复里号码相同、姓名不同", "the answer has the number and another name")
                    if number
                    else ("答复里没有号码，只有姓名相同", "the answer has no number, only the name agrees")
                )
    for position, states in heard.items():
        found.answers[position] = next(iter(states)) if len(states) == 1 else "undecided"
        if len(states) > 1:
            found.why.setdefault(position, ("几份答复不一致", "the answers contradict each other"))


def _state(answer: Person) -> Answer:
    """What an answer says, by its own column or else by the name of its sheet or file; undecided if neither does."""
    for text in (answer.reply, answer.status, answer.sheet, answer.file):
        for word, state in _STATES:
            if word in text:
                return state
    return "undecided"


def list_book(entrants: Sequence[Entrant]) -> bytes:
    """The five-column list as xlsx: one sheet, text cells, nothing of ours in it."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    for row, texts in enumerate((HEADERS, *(one.values for one in entrants)), start=1):
        for column, text in enumerate(texts, start=1):
            cell = sheet.cell(row, column)
            cell.value, cell.data_type, cell.number_format = text, "s", "@"
            if row == 1:
                cell.font = Font(bold=True, color="FFFF0000")
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def registration_book(entrants: Sequence[Entrant], form_id: str) -> bytes:
    """A registration form with those whom the registry did not find, their five values filled in, to be completed."""
    from stuvalid.forms import template
    from stuvalid.forms.filled import filled_form

    return filled_form(template(form_id), [dict(zip(_KEYS, one.values, strict=True)) for one in entrants])


def changed_since(found: HandOver, sent: Sequence[Person]) -> list[tuple[Person, Person, tuple[int, ...]]]:
    """Pupils whose five values are not those that were sent: the pupil now, as sent, and which (`_KEYS` numbers).

    Found by number, else by name and birth date; who was not sent is not held against anything.
    """
    by_number = {plain_number(one.id_number): one for one in sent if one.id_number}
    by_person = {(one.spelling, one.born): one for one in sent}
    changed = []
    people = [(one.person, one.values) for one in found.entrants] + [(one, _values(one)) for one, _ in found.lacking]
    for person, values in people:
        before = by_number.get(values[4]) or by_person.get((person.spelling, person.born))
        if before is not None:
            differing = tuple(n for n, (now, was) in enumerate(zip(values, _values(before), strict=True)) if now != was)
            if differing:
                changed.append((person, before, differing))
    return changed


def tell(found: HandOver, told: Told, *, answered: bool) -> None:
    """Tell who cannot be handed over, and of whom the answer leaves something to decide."""
    for person, lacking in found.lacking:
        told.add("hand_over_value_missing", person.place, name=person.name, **_what(lacking))
    if not answered:
        return
    for position, one in enumerate(found.entrants):
        answer = found.answers.get(position, "none")
        if answer in ("undecided", "none"):
            zh, en = found.why.get(position, ANSWERS[answer])
            told.add("hand_over_undecided", one.person.place, name=one.person.name, reason=zh, reason_en=en)
    for stranger in found.strangers:
        told.add("reply_is_nobodys", stranger.place, name=stranger.name)


def _what(numbers: Sequence[int]) -> dict[str, str]:
    return {
        "what": "、".join(HEADERS[number] for number in numbers),
        "what_en": ", ".join(_WORDS_EN[number] for number in numbers),
    }


def check_hand_over(
    paths: Sequence[Path],
    replies: Sequence[Path],
    sent: Sequence[Path],
    options: CheckOptions,
    year: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[HandOver, Findings]:
    """Read the pupils, the registry's answers and the list that was sent, and say what is left to do.

    Raises UsageError where nobody enters in ``year``.
    """
    from stuvalid.rules.registry import selected_rules

    lists = read_lists(paths, options, progress=progress)
    found = hand_over(lists.people, year)
    if not found.entrants and not found.lacking:
        raise UsageError(
            f"名单里没有{year}年入学的小学新生（{found.others}名是其他年级）。",
            f"Nobody on the list enters primary school in {year} ({found.others} are of other grades).",
            mend_zh="用 --year 指明入学年份。",
            mend_en="Say the year of entry with --year.",
        )
    told = Told.of(selected_rules(options.select, options.ignore, options.severities))
    more = []
    if replies:
        answers = read_lists(replies, options)
        more.append(answers)
        take_answers(found, [*answers.people, *answers.movements])
    tell(found, told, answered=bool(replies))
    if sent:
        before = read_lists(sent, options)
        more.append(before)
        for person, was, differing in changed_since(found, before.people):
            told.add(
                "controlled_field_changed", person.place, related=[was.place], name=person.name, **_what(differing)
            )
    findings = lists.findings(*more)
    told.into(findings)
    return found, findings
