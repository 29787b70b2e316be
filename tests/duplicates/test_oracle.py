"""Random counties, read from workbooks, against a naive search over what was written."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stuvalid.check.run import CheckOptions
from stuvalid.codes.identity import check_character
from stuvalid.duplicates.run import DuplicateOptions, find_duplicates
from tests.duplicates.county import BARE, county, write

_SCHOOLS, _PUPILS = 3, 4
_BODIES = [f"14010620180305{sequence:03}" for sequence in (11, 12, 13, 28)]
_SPELLINGS = ("plain", "lower", "spaced", "wide", "short")

_pupil = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["李小明", "王小红", "欧阳娜娜"]),
        "sex": st.sampled_from("男女"),
        "birth_date": st.sampled_from(["20180305", "20190901"]),
        "body": st.sampled_from([None, None, *_BODIES]),
        "spelling": st.sampled_from(_SPELLINGS),
    }
)


def spelled(body: str, spelling: str) -> str:
    number = body + check_character(body)
    if spelling == "lower":
        return number.lower()
    if spelling == "spaced":
        return f" {number[:6]} {number[6:]}"
    if spelling == "wide":
        return "".join(chr(ord(char) + 0xFEE0) for char in number)
    return number


def naive(pupils: list[tuple[str, int, dict[str, str]]]) -> set[tuple[str, frozenset[tuple[str, int]]]]:
    numbers, trios = defaultdict(set), defaultdict(set)
    for code, row, pupil in pupils:
        if pupil["body"]:
            numbers[pupil["body"]].add((code, row))
        trios[pupil["name"], pupil["sex"], pupil["birth_date"]].add((code, row, bool(pupil["body"])))
    found = {("DUP001", frozenset(places)) for places in numbers.values() if len(places) > 1}
    for places in trios.values():
        bare = frozenset(place[:2] for place in places if not place[2])
        if len(bare) > 1:
            found.add(("DUP002", bare))
        if bare and len(bare) < len(places):
            found.add(("DUP004", frozenset(place[:2] for place in places)))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_pupil, min_size=_SCHOOLS * _PUPILS, max_size=_SCHOOLS * _PUPILS), st.booleans())
def test_collisions_are_those_of_the_naive_search(drawn: list[dict[str, str]], hashed: bool) -> None:
    schools = county(_SCHOOLS, _PUPILS)
    pupils = []
    for number, (code, rows) in enumerate(schools.items()):
        for row, pupil in enumerate(rows):
            change = drawn[number * _PUPILS + row]
            pupil.update({key: change[key] for key in ("name", "sex", "birth_date")})
            pupil.update({"id_number": spelled(change["body"], change["spelling"])} if change["body"] else BARE)
            pupils.append((code, row + 2, change))
    options = DuplicateOptions(
        check=CheckOptions(isolated=False, select=("DUP001", "DUP002", "DUP004")),
        secret=b"a secret of thirty-two characters" if hashed else b"",
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        find_duplicates([write(Path(folder), schools)], options=options) as run,
    ):
        found = {
            (collision.rule, frozenset((member.owner.code, member.place.row + 1) for member in collision.members))
            for collision in run.problems.collisions
        }
    assert found == naive(pupils)
