"""How stored numbers become text, and which number formats make a number a date."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from functools import lru_cache

_BUILTIN_DATES = frozenset((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)))
_LITERALS = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]')
_SECTIONS = re.compile(r'(?:"[^"]*"?|\\.|[^;"\\])+')
_TOKENS = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|.', re.DOTALL)
_EXACT_DIGITS = 15
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_DURATION = re.compile(
    r"P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6}(?:[.,][0-9]*)?)S)?)?", re.IGNORECASE
)
_NO_DAY = frozenset({"", "1899-12-30", "1899-12-31"})  # how a pure time of day is dated
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)

LAST_SERIAL = 2_958_465
"""The serial number of 9999-12-31, the last day Excel knows."""

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The error codes of the binary formats (MS-XLS 2.5.10)."""


def is_date_format(number_format: str) -> bool:
    """True when a number under this format is shown as a point in time (elapsed hours are a number)."""
    section = number_format.split(";", 1)[0]
    if _ELAPSED.search(section) or section.strip().lower() in {"general", "standard"}:
        return False
    return bool(_DATE_LETTERS.search(_LITERALS.sub("", section)))


def is_date_id(format_id: int, custom: dict[int, str]) -> bool:
    """Whether the number format id means a date; ``custom`` holds the workbook's own formats."""
    if format_id in custom:
        return is_date_format(custom[format_id])
    return format_id in _BUILTIN_DATES


def shown_text(number_format: str, stored: str, *, number: bool) -> str:
    """What a person sees where the format adds digits or letters to what is stored; else ``stored``.

    ``000000`` shows 30001 as 030001, ``"140106"@`` shows a text with a prefix. Formats that only set apart, group, round
    or colour change nothing that is read; dates are `serial_text`'s.
    """
    sections = _SECTIONS.findall(number_format)
    if number:
        pattern = sections[0] if sections and stored.isascii() and stored.isdigit() else ""
        tokens = [_token(match) for match in _TOKENS.finditer(pattern)]
        places = [number for number, (kind, _) in enumerate(tokens) if kind == "digit"]
        if not places or any(kind == "other" for kind, _ in tokens) or len(stored) > _EXACT_DIGITS:
            return stored
        digits = stored.zfill(sum(text == "0" for _, text in tokens)) if stored != "0" else stored
        split = len(digits) - len(places) + 1  # what has no place of its own stands at the first
        left = iter(
            [digits[: max(split, 0)], *digits[max(split, 0) :]] if split > 0 else ["", *digits.rjust(len(places))[1:]]
        )
        shown = "".join(next(left, "") if kind == "digit" else text for kind, text in tokens).replace(" ", "")
    else:
        pattern = sections[3] if len(sections) > 3 else sections[0] if len(sections) == 1 else ""
        tokens = [_token(match) for match in _TOKENS.finditer(pattern)]
        if not any(text == "@" for _, text in tokens):
            return stored
        shown = "".join(stored if text == "@" else text for kind, text in tokens if kind == "literal" or text == "@")
    return shown if shown.isascii() and shown.isalnum() and stored in shown else stored


def _token(match: re.Match[str]) -> tuple[str, str]:
    """A piece of a number format: (digit, literal, nothing or other, its text)."""
    text = match.group()
    if text in "0#?":
        return "digit", text
    if text[0] == '"':
        return "literal", text.strip('"')
    if text[0] == "\\":
        return "literal", text[1:]
    if text[0] in "_*[":
        return ("other" if text[0] == "[" and text[1:2] in "<>=" else "nothing"), ""
    return ("literal" if text in "-+/():!^&'~{}=<>$ " else "other"), text


def adds_text(number_format: str) -> bool:
    """Whether a number format may show digits or letters that are not stored."""
    bare = _LITERALS.sub("", number_format)
    return not is_date_format(number_format) and ("00" in bare or ('"' in number_format or "\\" in number_format))


def number_text(value: float) -> str:
    """Whole numbers without a fraction (above 1e15 as integer digits), others as short as is exact."""
    if not math.isfinite(value):
        return repr(value)
    if value == int(value):
        return str(int(value))
    return repr(value)


def number_bytes(raw: bytes) -> bytes:
    """`number_text` of a number written in XML; what is no number at all is returned as it stands."""
    if len(raw) < 16 and raw.isdigit() and not raw.startswith(b"0"):
        return raw
    try:
        return number_text(float(raw)).encode()
    except ValueError:
        return raw.strip()


@lru_cache(maxsize=65536)
def serial_text(serial: float, epoch_1904: bool) -> str | None:
    """``2011-01-01``, with `` HH:MM:SS`` if there is a time; None when no calendar day has this serial.

    A pure time (serial below 1) is the time alone. Serial 60 is Excel's fictitious 1900-02-29.
    """
    if not 0 <= serial <= LAST_SERIAL + 1:  # also not a number
        return None
    seconds = round(serial * 86400)
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    if days == 0 and not epoch_1904:
        return clock
    if days + (1462 if epoch_1904 else 0) > LAST_SERIAL:
        return None
    if epoch_1904:
        day = (date(1904, 1, 1) + timedelta(days=days)).isoformat()
    elif days == 60:
        day = "1900-02-29"
    else:
        day = (date(1899, 12, 31 if days < 60 else 30) + timedelta(days=days)).isoformat()
    return f"{day} {clock}" if rest else day


def iso_text(raw: str) -> str:
    """A date cell written in ISO 8601 (``t="d"``, ODS) in the same spelling as `serial_text`."""
    duration = _DURATION.fullmatch(raw.strip())
    if duration is not None:
        days, hours, minutes, seconds = (float(part or 0) for part in duration.groups())
        whole = round(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    day, _, clock = raw.strip().rstrip("Z").partition("T")
    clock = clock.split(".", 1)[0]
    if day in _NO_DAY and clock:
        return clock
    return day if clock in {"", "00:00:00"} else f"{day} {clock}"


def clean(text: str) -> str:
    """``text`` with halves of a character joined and lone ones, which UTF-8 cannot hold, replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
