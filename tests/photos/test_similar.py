"""The nearest picture of another pupil, whatever the order and however many there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stuvalid.photos import similar
from stuvalid.photos.similar import ALIKE, nearest_of_others


def fingerprint(seed: int, changed: int = 0) -> bytes:
    """256 signs and as many of the mirror image, the first ``changed`` of both turned over."""
    signs = np.random.default_rng(seed).integers(0, 2, 512, dtype=np.uint8)
    signs[:changed] ^= 1
    signs[256 : 256 + changed] ^= 1
    return np.packbits(signs).tobytes()


def differing(first: bytes, second: bytes) -> int:
    """The slow way: signs as they are against signs as they are, and against the mirror image."""
    plain, mirrored = (
        bin(int.from_bytes(first[:32]) ^ int.from_bytes(part)).count("1") for part in (second[:32], second[32:])
    )
    return min(plain, mirrored)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.sampled_from(["", "a", "b", "c"])), max_size=12))
@settings(deadline=None)
def test_it_is_the_nearest_of_another_owner(pictures: list[tuple[int, int, str]]) -> None:
    prints = [fingerprint(seed, changed) for seed, changed, _ in pictures]
    owners = [owner for _, _, owner in pictures]
    found = nearest_of_others(prints, owners)
    for number in range(len(prints)):
        others = [
            differing(*(prints[place] for place in sorted((number, other))))
            for other in range(len(prints))
            if other != number and not (owners[number] and owners[number] == owners[other])
        ]
        if others and min(others) <= ALIKE:
            assert found[number].distance == min(others)
            assert found[number].position != number
        else:
            assert number not in found


def test_blocks_and_gaps_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prints = [fingerprint(number % 5, number) if number % 4 else b"" for number in range(40)]
    owners = [str(number) for number in range(40)]
    whole = nearest_of_others(prints, owners)
    assert whole
    monkeypatch.setattr(similar, "_CELLS", 90)
    assert nearest_of_others(prints, owners) == whole
