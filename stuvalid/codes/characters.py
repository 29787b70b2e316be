"""Characters in names that look right and are not: traditional forms, compatibility forms, private ones."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("traditional.txt")
_COMPATIBILITY = ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
_PRIVATE = ((0xE000, 0xF8FF), (0xF0000, 0x10FFFD))
# Kept as they are by Unicode: compatibility block, but unified ideographs in their own right.
_UNIFIED = frozenset("﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩")


@cache
def _simplified() -> dict[str, str]:
    return {line[0]: line[1] for line in _FILE.read_text(encoding="utf-8").splitlines() if len(line) == 2}


def simplified(char: str) -> str | None:
    """The standard form of a traditional character that is no standard character itself, else None."""
    return _simplified().get(char)


def compatible(char: str) -> str | None:
    """The ordinary character that a compatibility ideograph or radical stands for, else None."""
    point = ord(char)
    if char in _UNIFIED or not any(low <= point <= high for low, high in _COMPATIBILITY):
        return None
    plain = unicodedata.normalize("NFKC", char)
    return plain if plain != char and len(plain) == 1 else None


def private_use(char: str) -> bool:
    """Whether the character has no meaning outside the machine it was typed on."""
    return any(low <= ord(char) <= high for low, high in _PRIVATE)
