"""The search for repeats against the obvious way to do it."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.pupils import grouping
from stuvalid.pupils.grouping import repeats

KEYS = st.lists(st.integers(-3, 6) | st.integers(-(2**63), 2**63 - 1), max_size=60)


def naive(keys: list[tuple[int, int]]) -> list[list[int]]:
    seen: dict[tuple[int, int], list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key[0]:
            seen[key].append(position)
    return [group for group in seen.values() if len(group) > 1]


@given(KEYS)
def test_groups_are_those_of_the_naive_search(keys: list[int]) -> None:
    found = [group.tolist() for group in repeats(np.array(keys, dtype=np.int64))]
    assert found == naive([(key, 0) for key in keys])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_both_halves_of_a_key_count(keys: list[tuple[int, int]]) -> None:
    first, rest = (np.array([key[n] for key in keys], dtype=np.int64) for n in (0, 1))
    found = [group.tolist() for group in repeats(first, rest)]
    assert found == naive(keys)


@given(KEYS)
def test_buckets_change_nothing(keys: list[int]) -> None:
    whole = [group.tolist() for group in repeats(np.array(keys, dtype=np.int64))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "_BUCKET", 5)
        assert [group.tolist() for group in repeats(np.array(keys, dtype=np.int64))] == whole


@given(KEYS)
def test_kept_groups_stay_whole(keys: list[int]) -> None:
    groups = repeats(np.array(keys, dtype=np.int64))
    wanted = groups.sizes > 2
    assert [g.tolist() for g in groups.kept(wanted)] == [g.tolist() for g in groups if len(g) > 2]
