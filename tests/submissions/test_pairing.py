"""Who is paired with whom, from both sides; until which day an explanation holds."""

from __future__ import annotations

import datetime as dt

import pytest

from stuvalid.submissions.accepting import _Book
from stuvalid.submissions.baseline import Explanation
from stuvalid.submissions.identities import Identity
from stuvalid.submissions.pairing import match_pupils

NUMBER, OTHER = "14010620150101001", "14010620150101002"
PERSON, SISTER = "李明|1|20150101", "李明|2|20150101"


def child(number: str = "", person: str = "", name: str = "", group: str = "2114010060|2021101") -> Identity:
    return Identity(number, person, name, group)


@pytest.mark.parametrize(
    ("one", "other", "paired"),
    [
        (child(NUMBER, PERSON, "李明"), child(NUMBER, PERSON, "李明"), True),
        (child(NUMBER, PERSON, "李明"), child(OTHER, PERSON, "李明"), True),  # the number was mended
        (child(NUMBER, PERSON, "李明"), child(NUMBER, SISTER, "李鸣"), True),  # the rest was mended
        (child(NUMBER, PERSON, "李明"), child(OTHER, SISTER, "李明"), False),  # all is different but the name
        (child(NUMBER, PERSON, "李明"), child("", "", "李明"), True),
        (child(NUMBER, PERSON, "李明"), child("", "", "李明", "2114010060|2021102"), False),
        (child(NUMBER, PERSON, "李明"), child("", "", ""), False),
        (child(NUMBER), child(NUMBER), True),
        (child(NUMBER), child(OTHER), False),
        (child("", PERSON, "李明"), child("", PERSON, "李明", "2114010061|2021101"), True),
        (child("", "李明|1|20150101", "李明"), child("", "李朋|1|20150101", "李朋"), True),  # the name was mended
        (child("", "李明|1|20150101", "李明"), child("", "李朋|1|20150102", "李朋"), False),
        (child("", "李明|1|20150101", "李明"), child("", "李朋|2|20150101", "李朋"), False),
        (child(), child(), True),  # an empty row each
        (child(group=""), child(), False),
    ],
)
def test_two_pupils_from_both_sides(one: Identity, other: Identity, paired: bool) -> None:
    assert match_pupils([one], [other]) == ({0: 0} if paired else {})
    assert match_pupils([other], [one]) == ({0: 0} if paired else {})


def test_a_mended_name_is_found_only_where_one_child_can_be_meant() -> None:
    old = [child("", "李明|1|20150101", "李明")]
    twins = [child("", "王一|1|20150101", "王一"), child("", "王二|1|20150101", "王二")]
    assert match_pupils(old, twins) == {}
    assert match_pupils(twins, old) == {}
    assert match_pupils(old, twins[:1]) == {0: 0}


def test_the_number_decides_before_the_person_and_the_person_before_the_row() -> None:
    old = [child(NUMBER, PERSON, "李明"), child(OTHER, SISTER, "李明")]
    new = [child(OTHER, PERSON, "李明"), child(NUMBER, SISTER, "李明")]
    assert match_pupils(old, new) == {0: 1, 1: 0}
    bare = [child("", SISTER, "李明"), child("", PERSON, "李明")]
    assert match_pupils(old, bare) == {0: 1, 1: 0}


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_an_explanation_holds_through_its_last_day(days: int, holds: bool) -> None:
    today = dt.date(2026, 6, 1)
    entry = Explanation(
        "IDN050", "id_number", "", "", "", reason="在办", person="王老师", until=today + dt.timedelta(days=days)
    )
    book = _Book([entry], today)
    assert (book.holds(entry), book.is_expired(entry)) == (holds, not holds)


@pytest.mark.parametrize("lacking", ["reason", "person", "until"])
def test_an_explanation_that_lacks_a_part_does_not_hold(lacking: str) -> None:
    parts = {"reason": "在办", "person": "王老师", "until": dt.date(2026, 6, 2)}
    entry = Explanation("IDN050", "id_number", "", "", "", **{k: v for k, v in parts.items() if k != lacking})  # type: ignore[arg-type]
    assert not _Book([entry], dt.date(2026, 6, 1)).holds(entry)
