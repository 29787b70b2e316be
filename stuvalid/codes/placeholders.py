"""What people write where they have nothing to write: 无, 不详, 同上, N/A, /, ——.

The words are a list (``placeholders.csv``); beside them every value without a letter or digit counts. Such a cell
is as good as blank: no rule reads it, and where the form asks for a value it is missing.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("placeholders.csv")
_LONGEST = 16
# What may surround a word and changes nothing: brackets, stops and blanks are all no letters.
_AROUND = ("{}", "({})", "[{}]", "{}.", "{}/", "/{}", "-{}-", "{}-", "{},", "{};", "{}!", "{}?", "{}:")


@cache
def words() -> frozenset[str]:
    """The words of the list, as `_folded` leaves them."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return frozenset(_folded(row["word"]) for row in csv.DictReader(stream))


def is_placeholder(value: str, kind: str = "") -> bool:
    """Whether a filled cell of a field of ``kind`` says nothing."""
    if not value or len(value) > _LONGEST:
        return bool(value) and not any(char.isalnum() or _is_private(char) for char in value)
    folded = _folded(value)
    # A number of kilometres may be 0; #N/A is the error of a formula.
    if (kind == "decimal" and folded.isdigit()) or (folded and value[0] == "#"):
        return False
    return folded in words() or (not folded and not any(map(_is_private, value)))


def plain_spellings() -> Iterator[str]:
    """The words in ASCII and Chinese characters alone, in the ways they are met: what a look at bytes does not stop."""
    for word in words():
        for spelling in {word, word.upper(), word.title()}:
            for around in _AROUND:
                yield around.format(spelling)
    yield from ("N/A", "n/a", "N/a")


def _folded(value: str) -> str:
    """Letters and digits alone, without width and case."""
    return "".join(char for char in unicodedata.normalize("NFKC", value).casefold() if char.isalnum())


def _is_private(char: str) -> bool:
    """A character without meaning to others may stand for one that has: it is told as such, not as nothing."""
    return unicodedata.category(char) in ("Co", "Cn", "Cs")
