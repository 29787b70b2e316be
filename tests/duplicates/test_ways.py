"""Which way is recommended to each of two schools: every case from both sides."""

from __future__ import annotations

import pytest

from stuvalid.duplicates import ways
from stuvalid.duplicates.collisions import (
    ALIKE_NUMBER,
    DETAILS_CHANGED,
    NUMBER_EARLIER,
    ONCE_BARE,
    PUPIL_EARLIER,
    SAME_NUMBER,
    SAME_PUPIL_BARE,
)
from stuvalid.duplicates.keysets import Locator
from stuvalid.duplicates.parties import Owner
from stuvalid.duplicates.results import WRONG_NUMBER, CollidingPupil
from stuvalid.findings import Place
from stuvalid.rules.registry import all_rules

A, B, C = Owner("2114010060", "甲"), Owner("2114010061", "乙"), Owner("2114010062", "丙")


def member(
    owner: Owner = A, pupil: int = 7, *, wrong: bool = False, earlier: bool = False, **shown: str
) -> CollidingPupil:
    place = Place("a.xlsx", "s", 1, 1)
    return CollidingPupil(0, owner, place, Locator("", 1, 2), "", earlier, (pupil, 0), wrong, shown)


def month(text: str, owner: Owner, pupil: int = 7) -> CollidingPupil:
    return member(owner, pupil, enrolment_month=text)


@pytest.mark.parametrize(
    ("rule", "one", "other", "to_one", "to_other"),
    [
        # One number, one pupil.
        (SAME_NUMBER, member(A), member(A), ways._TWICE_HERE, ways._TWICE_HERE),
        (SAME_NUMBER, month("202309", A), month("202409", B), ways._MOVED_AWAY, ways._MOVED_HERE),
        (SAME_NUMBER, month("202409", A), month("202409", B), ways._SAME_CHILD, ways._SAME_CHILD),
        (SAME_NUMBER, month("", A), month("202409", B), ways._SAME_CHILD, ways._SAME_CHILD),
        (SAME_NUMBER, month("20249", A), month("202409", B), ways._SAME_CHILD, ways._SAME_CHILD),
        # One number, two pupils.
        (SAME_NUMBER, member(A, 1, wrong=True), member(B, 2), ways._OWN_WRONG, ways._OTHER_WRONG),
        (SAME_NUMBER, member(A, 1, wrong=True), member(B, 2, wrong=True), ways._OWN_WRONG, ways._OWN_WRONG),
        (SAME_NUMBER, member(A, 1, name="李明"), member(B, 2, name="李明"), ways._SAME_NAME, ways._SAME_NAME),
        (SAME_NUMBER, member(A, 1, name="李明"), member(B, 2, name="王芳"), ways._STRANGERS, ways._STRANGERS),
        (SAME_NUMBER, member(A, 1), member(B, 2), ways._STRANGERS, ways._STRANGERS),
        # Nothing is known of either pupil: two unknowns are not the same.
        (SAME_NUMBER, member(A, 0), member(B, 0), ways._STRANGERS, ways._STRANGERS),
        (SAME_NUMBER, member(A, 0), member(A, 0), ways._STRANGERS, ways._STRANGERS),
        (SAME_NUMBER, member(A, 0), member(A, 7), ways._STRANGERS, ways._STRANGERS),
        # Name, sex and birth date, no number: the parents tell.
        (
            SAME_PUPIL_BARE,
            member(A, **{"member1.id_number": "11x "}),
            member(A, **{"member2.id_number": "11X"}),
            ways._SAME_PARENTS,
            ways._SAME_PARENTS,
        ),
        (
            SAME_PUPIL_BARE,
            member(A, **{"member1.name": "赵一"}, enrolment_month="202309"),
            member(B, **{"member1.name": "赵一"}, enrolment_month="202409"),
            ways._MOVED_AWAY,
            ways._MOVED_HERE,
        ),
        (
            SAME_PUPIL_BARE,
            member(A, **{"member1.name": "赵一"}),
            member(B, **{"member1.name": "钱二"}),
            ways._OTHER_PARENTS,
            ways._OTHER_PARENTS,
        ),
        (SAME_PUPIL_BARE, member(A, **{"member1.name": "赵一"}), member(A), ways._UNSURE, ways._UNSURE),
        # Numbers count before names: other numbers are other parents, though the names agree.
        (
            SAME_PUPIL_BARE,
            member(A, **{"member1.id_number": "1", "member1.name": "赵一"}),
            member(A, **{"member1.id_number": "2", "member1.name": "赵一"}),
            ways._OTHER_PARENTS,
            ways._OTHER_PARENTS,
        ),
        (ONCE_BARE, member(A, id_number="1"), member(B, id_number=" "), ways._ONCE_NAMED, ways._ONCE_BARE_HERE),
        (ALIKE_NUMBER, member(A), member(B), ways._SLIP, ways._SLIP),
    ],
)
def test_the_way_for_each_side(
    rule: str, one: CollidingPupil, other: CollidingPupil, to_one: ways.Advice, to_other: ways.Advice
) -> None:
    assert ways.advise(rule, one, [other]) is to_one
    assert ways.advise(rule, other, [one]) is to_other


@pytest.mark.parametrize(
    ("rule", "now", "before", "way"),
    [
        (NUMBER_EARLIER, member(A), member(B, earlier=True), ways._EARLIER_CHILD),
        (NUMBER_EARLIER, member(A, 1, wrong=True), member(B, 2, earlier=True), ways._OWN_WRONG),
        (NUMBER_EARLIER, member(A, 1), member(B, 2, earlier=True), ways._STRANGERS),
        (PUPIL_EARLIER, member(A), member(B, earlier=True), ways._EARLIER_CHILD),
        (DETAILS_CHANGED, member(A, 1), member(A, 2, earlier=True), ways._CHANGED),
    ],
)
def test_the_way_against_an_earlier_collection(
    rule: str, now: CollidingPupil, before: CollidingPupil, way: ways.Advice
) -> None:
    assert ways.advise(rule, now, [before]) is way


def test_all_others_must_agree_not_only_one() -> None:
    same, stranger = member(B), member(C, 8)
    assert ways.advise(SAME_NUMBER, member(A), [same]) is ways._SAME_CHILD
    assert ways.advise(SAME_NUMBER, member(A), [same, stranger]) is ways._STRANGERS
    assert ways.advise(SAME_NUMBER, member(A, 1), [member(B, 2, wrong=True), member(C, 3)]) is ways._STRANGERS
    assert ways.advise(NUMBER_EARLIER, member(A), [member(B, earlier=True), stranger]) is ways._STRANGERS
    assert ways.advise(SAME_NUMBER, month("202309", A), [month("202309", B), month("202409", C)]) is ways._MOVED_AWAY
    assert ways.advise(SAME_NUMBER, month("202309", A), [month("202309", B), month("", C)]) is ways._SAME_CHILD
    parents = {"member1.name": "赵一"}
    assert ways.advise(SAME_PUPIL_BARE, member(A, **parents), [member(A, **parents), member(A)]) is ways._UNSURE
    one_of_another_school = [member(A), member(B)]
    assert ways.advise(SAME_NUMBER, member(A), one_of_another_school) is ways._SAME_CHILD


def test_an_earlier_wrong_number_excuses_nobody() -> None:
    earlier = member(C, 3, earlier=True)
    assert ways.advise(SAME_NUMBER, member(A, 1), [member(B, 2, wrong=True), earlier]) is ways._OTHER_WRONG
    assert ways.advise(SAME_NUMBER, member(A, 1), [member(B, 2), earlier]) is ways._STRANGERS


def test_every_rule_on_numbers_without_a_safe_mend_makes_a_problem_record() -> None:
    """What a number cell holds instead of a number is told by ever more rules: none of them may be forgotten here."""
    safely_mended = {"IDN001", "IDN002", "IDN015"}  # separators, case, words beside a whole number
    merely_likely = {"IDN011"}  # another type's number, which may be right as it stands
    judged = {known.id for known in all_rules().values() if known.scope == "cell" and known.id.startswith("IDN0")}
    assert judged - WRONG_NUMBER == safely_mended | merely_likely
