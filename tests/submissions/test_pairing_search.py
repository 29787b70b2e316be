"""Who is who between two lists of pupils."""

from __future__ import annotations

import random
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stuvalid.submissions.identities import Identity
from stuvalid.submissions.pairing import match_pupils

ONE = Identity("14010620150101001", "王一|男|20150101", "王一", "s|1")


def test_each_level_finds_who_the_level_before_lost() -> None:
    same = {0: 0}
    assert match_pupils([ONE], [ONE]) == same
    assert match_pupils([ONE], [ONE._replace(number="1")]) == same
    assert match_pupils([ONE], [ONE._replace(person="王一|女|20150101")]) == same
    assert match_pupils([ONE], [ONE._replace(number="", person="王一||")]) == same
    assert match_pupils([ONE._replace(number="")], [Identity("", "王二|男|20150101", "王二", "s|1")]) == same


def test_two_children_of_one_name_in_one_class_stay_two() -> None:
    other = Identity("14010620160202002", "王一|男|20160202", "王一", "s|1")
    assert match_pupils([ONE], [other]) == {}


def test_the_same_number_twice_is_told_apart_by_the_rest() -> None:
    twin = ONE._replace(person="王二|男|20150101", name="王二")
    assert match_pupils([ONE, twin], [twin, ONE]) == {0: 1, 1: 0}


def test_namesakes_without_number_are_paired_in_order() -> None:
    bare = Identity("", "", "王一", "s|1")
    assert match_pupils([bare, bare], [bare, bare, bare]) == {0: 0, 1: 1}


_IDENTITIES = st.builds(
    Identity,
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["", "a|男|1", "b|女|2"]),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["|", "s|1", "s|2"]),
)


@given(st.lists(_IDENTITIES, max_size=12), st.lists(_IDENTITIES, max_size=12))
@settings(max_examples=200, deadline=None)
def test_nobody_is_paired_twice_and_the_order_of_rows_does_not_matter(old: list[Identity], new: list[Identity]) -> None:
    pairs = match_pupils(old, new)
    assert len(set(pairs.values())) == len(pairs)
    assert set(match_pupils(old, old)) == set(range(len(old)))
    shuffled = random.Random(1).sample(range(len(new)), len(new))
    again = match_pupils(old, [new[n] for n in shuffled])
    unique = [n for n, one in enumerate(old) if old.count(one) == new.count(one) == 1]
    for n in unique:
        if new[pairs[n]] == old[n]:
            assert new[shuffled[again[n]]] == old[n]


def test_a_sheet_without_names_does_not_cost_the_square() -> None:
    def lines(count: int) -> int:
        """How many lines of Python it takes, which no busy machine changes."""
        old = [Identity("", f"一|男|{n}", "一", "s|1") for n in range(count)]
        new = [Identity("", f"一|女|{n}", "一", "s|1") for n in range(count)]
        steps = 0

        def trace(*_: object) -> Any:
            nonlocal steps
            steps += 1
            return trace

        sys.settrace(trace)
        try:
            pairs = match_pupils(old, new)
        finally:
            sys.settrace(None)
        assert len(pairs) == count
        return steps

    assert lines(4_000) < 15 * lines(400)
