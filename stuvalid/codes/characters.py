"""Characters in names that look right and are not: traditional forms, compatibility forms, private ones."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_COMPATIBILITY = ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
_PRIVATE = ((0xE000, 0xF8FF), (0xF0000, 0x10FFFD))
# Kept as they are by Unicode: compatibility block, but unified ideographs in their own right.
_UNIFIED = frozenset("﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩")
# The blocks of unified ideographs up to Unicode 17, and 〇: what a name of Chinese characters may hold.
HAN = r"〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df\U0002a700-\U0002ee5d\U00030000-\U00033479" + "".join(
    sorted(_UNIFIED)
)


@cache
def _simplified() -> dict[str, str]:
    lines = (_FOLDER / "traditional.txt").read_text(encoding="utf-8").splitlines()
    return {line[0]: line[1] for line in lines if len(line) == 2}


@cache
def _equivalents() -> dict[str, str]:
    """From Unicode's table of radicals and the 80 positions of GB 18030 (``scripts/build_equivalents.py``)."""
    with (_FOLDER / "equivalents.csv").open(encoding="utf-8", newline="") as stream:
        return {chr(int(row["code"], 16)): row["plain"] for row in csv.DictReader(stream)}


def simplified(char: str) -> str | None:
    """The standard form of a traditional character that is no standard character itself, else None."""
    return _simplified().get(char)


def compatible(char: str) -> str | None:
    """The ordinary character that a compatibility ideograph or radical stands for, else None."""
    point = ord(char)
    if char in _UNIFIED or not any(low <= point <= high for low, high in _COMPATIBILITY):
        return None
    plain = _equivalents().get(char) or unicodedata.normalize("NFKC", char)
    return plain if plain != char and len(plain) == 1 else None


def is_private(char: str) -> bool:
    """Whether the character has no meaning outside the machine it was typed on."""
    return any(low <= ord(char) <= high for low, high in _PRIVATE)


def published(char: str) -> str | None:
    """The character that GB 18030 gave to a private one of older systems (U+E863 is 䶮), else None."""
    return _equivalents().get(char) if is_private(char) else None


@cache
def surnames() -> frozenset[str]:
    """The commonest surnames of one character: what a second person's name in a cell begins with."""
    return frozenset("".join((_FOLDER / "surnames.txt").read_text(encoding="utf-8").split()))


def are_people(parts: Sequence[str]) -> bool:
    """Whether each part of a cell may be a whole Chinese name: 王建国 and 李秀英 are two people, not one with a dot."""
    known = surnames()
    return len(parts) > 1 and all(2 <= len(part) <= 3 and part[0] in known for part in parts)


def ungarbled(text: str) -> str | None:
    """What ``text`` says if it is UTF-8 that a program read as GBK (寮犱笁 for 张三), or as Western (å¼ ä¸‰); None if it is not.

    Characters that were lost on the way (鐜嬪皬鏄?) are ``?`` in the result. At least two characters must come out, and
    nothing that is not Chinese: a name that happens to be such bytes is next to impossible.
    """
    if "\ufffd" in text or any(mark in text for mark in LOST_TEXT):
        return "?"
    if len(text) >= _LEAST_GARBLED and (meant := _from_western(text)):
        return meant
    if len(text) < _LEAST_GARBLED or not _begins_garbled(text):
        return None
    try:
        data = b"\xff".join(part.encode("gbk") for part in _REPLACED.split(text))
    except UnicodeEncodeError:
        return None
    found = data.decode(errors="replace")
    chinese = sum(_is_han(char) for char in found)
    lost = len(_BROKEN.findall(found))
    others = sum(not (_is_han(char) or char.isascii() or char in "·（），。\ufffd") for char in found)
    least, most = (1, chinese + 2) if _REPLACED.search(text) else (_LEAST_CHINESE, 0)
    if chinese < least or others or lost > most:
        return None
    return _BROKEN.sub("?", found)


def _from_western(text: str) -> str:
    """What UTF-8 says that was read as Latin-1 or Windows-1252, '' if it is no such: one Western letter a byte."""
    if max(text) < "\u00e3" or _WESTERN.search(text) is None:
        return ""
    try:
        found = b"".join(char.encode("latin-1" if char <= "\xff" else "cp1252") for char in text).decode()
    except UnicodeError:
        return ""
    return (
        found
        if sum(map(_is_han, found)) and all(_is_han(char) or char.isascii() or char in "·（），。" for char in found)
        else ""
    )


_WESTERN = re.compile("[\u00e3-\u00e9][^\u0000-\u007f]{2}")
"""How a Chinese character of three bytes begins when each is read as a letter."""

_REPLACED = re.compile("[?？□]+")
_BROKEN = re.compile("\ufffd+")
_LEAST_GARBLED, _LEAST_CHINESE = 3, 2
LOST_TEXT = ("锟斤", "斤拷", "烫烫烫", "屯屯屯")
"""What is left of text whose characters were replaced by U+FFFD and read as GBK, or never written at all."""


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _begins_garbled(text: str) -> bool:
    """Whether the first character of a text may be the first two bytes of a Chinese one in UTF-8."""
    return ord(text[0]) in garbled_beginnings()


@cache
def garbled_beginnings() -> frozenset[int]:
    """Code points of the characters that GBK makes of the first two UTF-8 bytes of a Chinese character."""
    points = set()
    for lead in range(0xE4, 0xEA):
        for trail in range(0x80, 0xC0):
            try:
                points.add(ord(bytes((lead, trail)).decode("gbk")))
            except UnicodeDecodeError:
                continue
    return frozenset(points | {ord(mark[0]) for mark in LOST_TEXT})
