"""Files that one slip of a hand harmed: seeded, with what every cell truly is. All people are invented.

`accidents` gives for each seed a form's rows as they arrive, and the cells that the slip changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from samples.people import People
from stuvalid.codes.identity import check_character
from stuvalid.forms import template

Grid = list[list[str]]
FORMS = ("student-2013", "student-2020", "student-2022")


@dataclass(frozen=True, slots=True)
class Accident:
    """``rows`` (header first) as harmed, ``true`` as they were; a cell is harmed where the two differ."""

    name: str
    form: str
    rows: Grid
    true: Grid

    def harmed(self) -> set[tuple[int, int]]:
        return {
            (row, column)
            for row, (now, was) in enumerate(zip(self.rows, self.true, strict=True))
            for column, (one, other) in enumerate(zip(now, was, strict=True))
            if one != other
        }


def _columns(keys: Sequence[str], *wanted: str) -> list[int]:
    return [keys.index(key) for key in wanted if key in keys]


def slid_column(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """One column moved up or down by a few rows from some row on; what leaves the table is lost."""
    column = draw.choice(
        _columns(keys, "id_number", "name", "birth_date", "sex", "phone", "home_address", "class_code")
    )
    start, by = draw.randrange(1, len(rows) // 2), draw.choice((1, 1, 2, 3, -1, -2))
    cells = [row[column] for row in rows]
    for row in range(start, len(rows)):
        source = row - by
        rows[row][column] = cells[source] if start <= source < len(rows) else ""


def slid_block(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """In a run of rows all cells from some column on moved by one or two columns."""
    first = draw.randrange(3, len(keys) - 6)
    start = draw.randrange(1, len(rows) - 6)
    by = draw.choice((1, 1, 2, -1))
    for row in rows[start : start + draw.randrange(3, 12)]:
        cells = row[first:]
        row[first:] = [*[""] * by, *cells[:-by]] if by > 0 else [*cells[-by:], *[""] * -by]


def exchanged_columns(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """Two columns exchanged, whole or in a block."""
    pairs = [
        ("birth_date", "id_number"), ("sex", "ethnicity"), ("name", "former_name"), ("id_type", "nationality"),
        ("member1.id_number", "id_number"), ("home_address", "phone"), ("class_code", "enrolment_month"),
        ("member1.name", "name"), ("orphan", "disabled"), ("only_child", "preschool"),
    ]  # fmt: skip
    one, other = draw.choice([pair for pair in pairs if set(pair) <= set(keys)])
    a, b = keys.index(one), keys.index(other)
    start = draw.choice((1, draw.randrange(1, len(rows) // 2)))
    for row in rows[start : draw.choice((len(rows), start + 12))]:
        row[a], row[b] = row[b], row[a]


def exchanged_members(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """Father and mother exchanged, or only their relations, or only their numbers."""
    parts = draw.choice((("relation",), ("name", "id_number"), ("id_number",), ("name", "id_number", "phone")))
    start = draw.choice((1, draw.randrange(1, len(rows) // 2)))
    for row in rows[start:]:
        for part in parts:
            a, b = keys.index(f"member1.{part}"), keys.index(f"member2.{part}")
            row[a], row[b] = row[b], row[a]


def sorted_alone(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """One column, or the columns up to some one, sorted without the rest."""
    column = draw.choice(_columns(keys, "name", "id_number", "birth_date", "sex"))
    for row, value in zip(rows[1:], sorted(row[column] for row in rows[1:]), strict=True):
        row[column] = value


def offset(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """Every year one too early, days and months exchanged, sexes turned over, a place cut out of every address."""
    how = draw.randrange(4)
    for row in rows[1:]:
        if how == 0:
            for column in _columns(keys, "birth_date"):
                row[column] = f"{int(row[column][:4]) - 1}{row[column][4:]}"
        elif how == 1:
            for column in _columns(keys, "birth_date"):
                row[column] = row[column][:4] + row[column][6:] + row[column][4:6]
        elif how == 2:
            for column in _columns(keys, "sex"):
                row[column] = "男"
        else:
            for column in _columns(keys, "enrolment_month"):
                row[column] = f"{int(row[column][:4]) - 1}{row[column][4:]}"


def filled_down(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """The fill handle: one pupil's cells copied down over many, or a number counting up."""
    columns = draw.choice(
        (
            _columns(keys, "sex"),
            _columns(keys, "birth_date"),
            [n for n, key in enumerate(keys) if key.startswith("member1.")],
            _columns(keys, "phone", "home_address"),
        )
    ) or _columns(keys, "sex")
    start = draw.randrange(1, len(rows) // 2)
    for row in rows[start + 1 : start + draw.randrange(8, 25)]:
        for column in columns:
            row[column] = rows[start][column]


def two_rows_mixed(draw: random.Random, rows: Grid, keys: Sequence[str]) -> None:
    """Two neighbours' numbers, or birth dates, exchanged here and there."""
    column = draw.choice(_columns(keys, "id_number", "birth_date", "name"))
    for row in draw.sample(range(1, len(rows) - 1, 4), 3):
        rows[row][column], rows[row + 1][column] = rows[row + 1][column], rows[row][column]


KINDS: tuple[Callable[[random.Random, Grid, Sequence[str]], None], ...] = (
    slid_column,
    slid_block,
    exchanged_columns,
    exchanged_members,
    sorted_alone,
    offset,
    filled_down,
    two_rows_mixed,
)


def accidents(count: int, seed: int = 1) -> Iterator[Accident]:
    """``count`` files, the kinds and forms in turn, 30 to 80 pupils."""
    for number in range(count):
        draw = random.Random(seed * 1000 + number)
        form = template(FORMS[number % len(FORMS)])
        people = People(seed * 1000 + number, "2114010068").rows(form, draw.randrange(30, 80))
        true = [[entry.header for entry in form.fields], *([record[key] for key in form.keys] for record in people)]
        rows = [list(row) for row in true]
        kind = KINDS[number // len(FORMS) % len(KINDS)]
        kind(draw, rows, form.keys)
        yield Accident(kind.__name__, form.id, rows, true)


def _twins(draw: random.Random, people: list[dict[str, str]]) -> None:
    for place in draw.sample(range(1, len(people) - 3, 3), 3):
        one, other = people[place], people[place + 1]
        for key in one:
            if (
                key.startswith("member")
                or "address" in key
                or key in ("phone", "native_place", "household_division", "birthplace_division")
            ):
                other[key] = one[key]
        other["name"] = one["name"][0] + other["name"][1:]
        other["birth_date"] = one["birth_date"]
        body = one["id_number"][:14] + other["id_number"][14:17]
        other["id_number"] = body + check_character(body)


def _one_surname(draw: random.Random, people: list[dict[str, str]]) -> None:
    for one in people:
        for key in ("name", "member1.name", *(["member2.name"] if draw.random() < 0.5 else [])):
            one[key] = "王" + one[key][1:]


def _one_employer(draw: random.Random, people: list[dict[str, str]]) -> None:
    for one in people:
        one["member1.employer"] = one["member2.employer"] = "太原钢铁集团"


def _running_phones(draw: random.Random, people: list[dict[str, str]]) -> None:
    for number, one in enumerate(people):
        one["member1.phone"] = str(13903510000 + number)
        if "phone" in one:
            one["phone"] = one["member1.phone"]


def _sorted_by_name(draw: random.Random, people: list[dict[str, str]]) -> None:
    people.sort(key=lambda one: one["name"])


def _sorted_by_number(draw: random.Random, people: list[dict[str, str]]) -> None:
    people.sort(key=lambda one: one["id_number"])


def _boarders(draw: random.Random, people: list[dict[str, str]]) -> None:
    for one in people:
        for key in ("home_address", "mail_address", "family_address"):
            if key in one:
                one[key] = "山西省太原市迎泽区双塔西街12号学校宿舍"


def _school_phone(draw: random.Random, people: list[dict[str, str]]) -> None:
    for one in people[10:]:
        if "phone" in one:
            one["phone"] = "13900001111"


def _mothers_first(draw: random.Random, people: list[dict[str, str]]) -> None:
    for one in people:
        for key in [key for key in one if key.startswith("member1.")]:
            other = f"member2.{key[8:]}"
            one[key], one[other] = one[other], one[key]


def _siblings(draw: random.Random, people: list[dict[str, str]]) -> None:
    for place in range(3, min(len(people) - 2, 15), 4):
        for other in people[place + 1 : place + 3]:
            other.update({key: text for key, text in people[place].items() if key.startswith("member")})
            other["name"] = people[place]["name"][0] + other["name"][1:]


def ordinary_mistakes(draw: random.Random, people: list[dict[str, str]]) -> None:
    """Here and there a digit, a sex, a word: one pupil in twenty."""
    for one in draw.sample(people, max(3, len(people) // 20)):
        key = draw.choice(
            [key for key in ("id_number", "birth_date", "sex", "phone", "name", "ethnicity") if key in one]
        )
        text = one[key]
        other = {"sex": "男" if text == "女" else "女", "ethnicity": "汉"}
        one[key] = other.get(key) or (text[:-1] + str((int(text[-1]) + 1) % 10) if text[-1:].isdigit() else f"{text}x")


INNOCENT: tuple[Callable[[random.Random, list[dict[str, str]]], None], ...] = (
    _twins,
    _one_surname,
    _one_employer,
    _running_phones,
    _sorted_by_name,
    _sorted_by_number,
    _boarders,
    _school_phone,
    _mothers_first,
    _siblings,
    ordinary_mistakes,
)


def innocents(count: int, seed: int = 1) -> Iterator[tuple[str, Grid]]:
    """``count`` files to which nothing happened, each of a kind that looks like it."""
    for number in range(count):
        draw = random.Random(seed * 1000 + number)
        form = template(FORMS[number % len(FORMS)])
        kind = INNOCENT[number // len(FORMS) % len(INNOCENT)]
        people = [
            dict(one) for one in People(seed * 1000 + number, "2114010068").rows(form, draw.choice((30, 60, 120)))
        ]
        kind(draw, people)
        rows = [[entry.header for entry in form.fields], *([one[key] for key in form.keys] for one in people)]
        yield kind.__name__, rows
