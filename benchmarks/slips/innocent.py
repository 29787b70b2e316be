"""Files to which nothing happened, each of a kind that looks like it."""

from __future__ import annotations

import random

from benchmarks.slips.model import Grid, size_of
from benchmarks.slips.people import Record, Village, with_mistakes
from stuvalid.codes.identity import check_character
from stuvalid.forms import template


def twins(draw: random.Random, people: list[Record]) -> None:
    for place in draw.sample(range(0, len(people) - 1, 2), min(4, len(people) // 4)):
        one, other = people[place], people[place + 1]
        given = other["name"][1:]
        own = {key: other[key] for key in ("sex",)}
        sequence = other["id_number"][14:17]
        other.update({key: text for key, text in one.items() if key not in ("seat_number", "blood_type")})
        other["name"], other["sex"] = one["name"][0] + given, own["sex"]
        body = one["id_number"][:14] + sequence
        other["id_number"] = body + check_character(body)


def one_surname(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        for key in ("name", "member1.name"):
            one[key] = "李" + one[key][1:]
        if draw.random() < 0.6:
            one["member2.name"] = "李" + one["member2.name"][1:]


def one_employer(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        for n in (1, 2):
            one[f"member{n}.employer"] = "临泉县第一煤矿"
            if f"member{n}.post" in one:
                one[f"member{n}.post"] = "工人"


def running_phones(draw: random.Random, people: list[Record]) -> None:
    first = draw.randrange(13800000000, 13899990000)
    for number, one in enumerate(people):
        one["member1.phone"] = str(first + number)
        if "phone" in one:
            one["phone"] = one["member1.phone"] if draw.random() < 0.5 else one["phone"]


def running_phones_all(draw: random.Random, people: list[Record]) -> None:
    first = draw.randrange(13800000000, 13899990000)
    for number, one in enumerate(people):
        for key in ("phone", "member1.phone"):
            if key in one:
                one[key] = str(first + number)


def by_name(draw: random.Random, people: list[Record]) -> None:
    people.sort(key=lambda one: one["name"])


def by_number(draw: random.Random, people: list[Record]) -> None:
    people.sort(key=lambda one: one["id_number"])


def by_sex(draw: random.Random, people: list[Record]) -> None:
    people.sort(key=lambda one: one["sex"])


def by_birth(draw: random.Random, people: list[Record]) -> None:
    people.sort(key=lambda one: one["birth_date"])


def boarders(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        for key in ("home_address", "mail_address"):
            if key in one:
                one[key] = "安徽省阜阳市临泉县城关镇学府路1号学生公寓"
        if draw.random() < 0.5 and "phone" in one:
            one["phone"] = "05586512345"


def some_boarders(draw: random.Random, people: list[Record]) -> None:
    start = draw.randrange(len(people) // 2)
    boarders(draw, people[start : start + draw.randrange(8, 40)])


def mothers_first(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        for key in [key for key in one if key.startswith("member1.")]:
            other = f"member2.{key[8:]}"
            one[key], one[other] = one[other], one[key]


def mothers_first_in_one_class(draw: random.Random, people: list[Record]) -> None:
    start = draw.randrange(len(people) // 2)
    mothers_first(draw, people[start : start + 40])


def siblings(draw: random.Random, people: list[Record]) -> None:
    for place in range(0, min(len(people) - 4, 60), 7):
        for other in people[place + 1 : place + draw.choice((2, 3, 4))]:
            other.update(
                {
                    key: text
                    for key, text in people[place].items()
                    if key.startswith("member") or "address" in key or "division" in key
                }
            )
            other["name"] = people[place]["name"][0] + other["name"][1:]
            body = people[place]["id_number"][:6] + other["id_number"][6:17]
            other["id_number"] = body + check_character(body)


def one_village(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        for key in [key for key in one if key.endswith("address")]:
            one[key] = "安徽省阜阳市临泉县谭棚镇李桥村"


def grandparents(draw: random.Random, people: list[Record]) -> None:
    for one in draw.sample(people, len(people) // 2):
        one["member1.relation"] = {"父亲": "祖父或外祖父", "母亲": "祖母或外祖母"}[one["member1.relation"]]
        text = one["member1.id_number"]
        body = f"{text[:6]}{int(text[6:10]) - 25}{text[10:12]}{min(28, int(text[12:14])):02}{text[14:17]}"
        one["member1.id_number"] = body + check_character(body)


def one_member(draw: random.Random, people: list[Record]) -> None:
    for one in draw.sample(people, len(people) // 2):
        for key in [key for key in one if key.startswith("member2.")]:
            one[key] = ""


def mothers_surname(draw: random.Random, people: list[Record]) -> None:
    for one in people:
        _, mother = (1, 2) if one["member1.relation"] == "父亲" else (2, 1)
        if draw.random() < 0.5:
            one["name"] = one[f"member{mother}.name"][0] + one["name"][1:]


def only_mistakes(draw: random.Random, people: list[Record]) -> None:
    """More of the ordinary: one in ten."""
    with_mistakes(draw, people, 0.08)


def late_enrolled(draw: random.Random, people: list[Record]) -> None:
    """A school of one year's intake, one class after the other a single entry month; nobody went to nursery."""
    for one in people:
        for key in ("preschool", "only_child"):
            if key in one:
                one[key] = "否"


INNOCENT = (
    twins, one_surname, one_employer, running_phones, running_phones_all, by_name, by_number, by_sex, by_birth, boarders, some_boarders,
    mothers_first, mothers_first_in_one_class, siblings, one_village, grandparents, one_member, mothers_surname, only_mistakes, late_enrolled,
)  # fmt: skip


def innocents(count: int, seed: int, most: int) -> list[tuple[str, Grid]]:
    made = []
    for number in range(count):
        draw = random.Random(f"innocent {seed} {number}")
        form = template(("student-2013", "student-2020", "student-2022")[draw.randrange(3)])
        kind = INNOCENT[number % len(INNOCENT)]
        people = Village(
            seed * 99_991 + number,
            form,
            size_of(draw, most),
            shared=draw.choice((0.0, 0.5, 0.9)),
            mothers_first=draw.random() < 0.1,
        ).pupils()
        kind(draw, people)
        with_mistakes(draw, people)
        made.append((kind.__name__, [[entry.header for entry in form.fields], *(list(one.values()) for one in people)]))
    return made
