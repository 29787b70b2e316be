"""The order of rows as a mark: which copy a list is, from any part of it whose rows stand as they were handed out.

The rows of a copy are sorted by a keyed hash of the pupil's name under that copy's own seed. Names and numbers are never
altered. For any other copy the order of the same names is as good as drawn by lot: of n rows, k stand in the order of that copy
by chance with a probability of at most C(n, k) / k! (the expected number of rising rows of k among n drawn by lot), 4e-19 for 20 of 20.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence

from stuvalid.submissions.pseudonyms import Pseudonyms

_BLANKS = re.compile(r"[\s·.．•・‧\u200b\ufeff]+")


def plain(text: str) -> str:
    """A value to derive the order from: as it is recognised however it was typed over."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def rank_by(seeds: Pseudonyms, copy: str) -> Callable[[str], str]:
    """What the rows of a copy are sorted by."""
    return lambda text: seeds.of("row", copy, plain(text))


def log_chance(ranks: Sequence[str]) -> float:
    """The natural logarithm of the bound: at most so probable is it that rows drawn by lot rise as these do; 0 for certain."""
    size, rising = len(ranks), _longest_rise(ranks)
    if size < 2:
        return 0.0
    ways = math.lgamma(size + 1) - math.lgamma(rising + 1) - math.lgamma(size - rising + 1)
    return min(0.0, ways - math.lgamma(rising + 1))


def _longest_rise(ranks: Sequence[str]) -> int:
    """How many rows at most can be left standing so that they rise."""
    ends: list[str] = []
    for rank in ranks:
        at = bisect_left(ends, rank)
        if at == len(ends):
            ends.append(rank)
        else:
            ends[at] = rank
    return len(ends)
