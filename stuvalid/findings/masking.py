"""Masking: what may leave the machine shows that a value is there, not what it is."""

from __future__ import annotations

import re

PRIVATE_KINDS = frozenset({"name", "id_number", "phone", "address", "email", "birth"})
# A birth date in full and a masked number of the same pupil make the number whole again.
PRIVATE_FIELDS = frozenset({"auxiliary_number", "continuation_mark", "homepage", "birth_date"})

_FULL_YEAR = re.compile(r"(?:19|20)[0-9]{2}[^0-9]")
# Identity and record numbers, and mobile phones; a school code of ten digits is no secret.
_LONG_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9])")


def is_private(kind: str, key: str = "") -> bool:
    """Whether values of a field of this ``kind`` and ``key`` are masked in what travels."""
    return kind in PRIVATE_KINDS or key in PRIVATE_FIELDS


def mask(value: str, kind: str) -> str:
    """``value`` as it may be shown: ``140106********1234``, ``王**``, ``138****1234``.

    Blanks, line breaks and other marks stay, so that a reader still sees what is wrong with it.
    """
    if kind == "name":
        return mask_name(value)
    if kind == "address":
        return value[:6] + "*" * max(0, len(value) - 6) if len(value) > 6 else value[:2] + "*" * max(0, len(value) - 2)
    if kind == "phone":
        return _keep_ends(value, 3, 4)
    if kind in ("date", "birth"):
        return mask_date(value)
    if kind == "email":
        return value[:1] + "***" + value[value.rfind("@") :] if "@" in value else value[:1] + "***"
    return mask_number(value)


def mask_name(value: str) -> str:
    """First character kept, every other letter a star."""
    return value[:1] + "".join("*" if char.isalnum() else char for char in value[1:])


def mask_date(value: str) -> str:
    """The year kept where it is written in full, all behind it starred but for marks: ``2014-**-**``."""
    digits = sum(char.isdigit() for char in value)
    kept = 4 if digits >= 8 or _FULL_YEAR.match(value) else 2
    return value[:kept] + "".join("*" if char.isalnum() and char not in "年月日" else char for char in value[kept:])


def mask_number(value: str) -> str:
    """Region and the last four kept where the number is long enough, else only its two ends."""
    if len(value) >= 15:
        return _keep_ends(value, 6, 4)
    return _keep_ends(value, 2, 2) if len(value) > 5 else "*" * len(value)


def _keep_ends(value: str, head: int, tail: int) -> str:
    if len(value) <= head + tail:
        return value[:1] + "*" * max(0, len(value) - 1)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def mask_text(text: str) -> str:
    """Free text (a path, an error of a library) with everything that looks like a number of a person masked."""
    return _LONG_NUMBER.sub(lambda match: mask_number(match[0]), text)
