"""What people write where a name belongs and is none: 爸爸, 王女士, 已故, 转走, 一班王小明.

The words are a list (``no-names.csv``): those that are the whole cell, and those of two characters at its end.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("no-names.csv")
CLASS_MARK = "班"
_CLASS = re.compile(r"[初高小]?[一二三四五六七八九十]{1,2}(?:年级)?[一二三四五六七八九十]{0,2}班..+")


def is_no_name(value: str) -> bool:
    """Whether a cell filled with Chinese characters says who somebody is to whom, or what became of him, not his name."""
    return is_word(value) or value[-2:] in words("end") or _CLASS.fullmatch(value) is not None


def is_word(value: str) -> bool:
    """Whether the cell holds such a word and nothing of a person."""
    return value in words("whole") or value in words("end")


@cache
def words(where: str) -> frozenset[str]:
    """The words that stand alone (``whole``), or also behind others (``end``)."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["word"] for row in csv.DictReader(stream) if row["where"] == where)
