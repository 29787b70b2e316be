"""How values of each field kind are written when they are right, and the one way to read them when not.

Both sides of the house use this: `accept` to let right values through, the cell rules to mend wrong ones.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from stuvalid.codes import divisions, schoolcodes
from stuvalid.codes.identity import calendar_date

_DIVISION = re.compile(r"[0-9]{6}000000")
_CLASS_CODE = re.compile(r"(?:19|20)[0-9]{2}[123][0-9]{2}")
_DECIMAL = re.compile(r"[0-9]{1,3}(?:\.[0-9]+)?")
_VALIDITY = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})-(?:([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})|(长期))")
_FOREVER = "长期"
# The time of day that a program adds to a date; with a Z behind it, it is another day in China from 16:00 on.
_TIME = r"(?:(?:T|\s+)[0-9:.]+)?"
_CHINESE_DATE = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_NUMERALS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_DATE_PARTS = re.compile(r"([0-9]{4})\s*[-/.年、。\s]\s*([0-9]{1,2})\s*[-/.月、。\s]\s*([0-9]{1,2})\s*[日号]?" + _TIME)
_WITH_TIME = re.compile(r"([0-9]{8})(?:T|\s+)0?0:00(?::00)?(?:\.0+)?")
_MONTH_PARTS = re.compile(
    r"([0-9]{4})\s*[-/.年、。\s]\s*([0-9]{1,2})\s*(?:月|[-/.月、。\s]\s*[0-9]{1,2}\s*[日号]?)?" + _TIME
)
_FULL_WIDTH = re.compile(r"[！-～]")
FALSE_POSTCODES = frozenset({"000000", "123456", "111111", "999999", "666666", "888888"})
MAX_DISTANCE_KM = 200
_TERM_MONTHS = ("02", "03", "08", "09")


@lru_cache(maxsize=65536)
def is_right(kind: str, value: str, year: int) -> bool:
    """Whether ``value`` of a field of ``kind`` needs no word, judged in ``year``."""
    judge = _JUDGES.get(kind)
    return judge is not None and judge(value, year)


def is_month(value: str) -> bool:
    """YYYYMM with a month of the calendar."""
    return (
        len(value) == 6
        and value.isascii()
        and value.isdigit()
        and "01" <= value[4:] <= "12"
        and "1950" <= value[:4] <= "2100"
    )


def read_date(value: str) -> str | None:
    """A date in any common writing as YYYYMMDD; None when it has no single reading."""
    text = half_width(value).strip()
    if match := _CHINESE_DATE.fullmatch(text):
        year = "".join(_NUMERALS[char] for char in match[1])
        text = f"{year}{_small(match[2]):02}{_small(match[3]):02}"
    if match := _DATE_PARTS.fullmatch(text):
        text = f"{match[1]}{int(match[2]):02}{int(match[3]):02}"
    elif match := _WITH_TIME.fullmatch(text):
        text = match[1]
    return text if len(text) == 8 and calendar_date(text) else None


def read_year_last(value: str) -> str | None:
    """09/13/2018 or 13.9.2018 as YYYYMMDD, where only one of the two numbers can be the month."""
    match = _YEAR_LAST.fullmatch(half_width(value).strip())
    if match is None:
        return None
    first, second = int(match[1]), int(match[2])
    readings = {f"{match[3]}{month:02}{day:02}" for month, day in ((first, second), (second, first))}
    dates = [reading for reading in readings if calendar_date(reading)]
    return dates[0] if len(dates) == 1 else None


def read_short_year(value: str, today: int) -> str | None:
    """190212 or 19-2-12 as YYYYMMDD of this century, if that day is past; ``today`` as YYYYMMDD."""
    parts = re.fullmatch(r"([0-9]{2})(?:([0-9]{2})([0-9]{2})|[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?)", value)
    if parts is None:
        return None
    reading = f"20{parts[1]}{int(parts[2] or parts[4]):02}{int(parts[3] or parts[5]):02}"
    return reading if calendar_date(reading) and int(reading) <= today else None


def _small(text: str) -> int:
    """1 to 99 from 一 … 九十九; 0 from anything else."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(_NUMERALS.get(text, "0")) if len(text) == 1 else 0
    return int(_NUMERALS.get(tens, "1" if not tens else "0")) * 10 + int(_NUMERALS.get(ones, "0"))


def read_serial(value: str) -> str | None:
    """An Excel day serial (1900 system) between 1980 and 2060 as YYYYMMDD."""
    if not re.fullmatch(r"[2-5][0-9]{4}(?:\.0+)?", value):
        return None
    return (dt.date(1899, 12, 30) + dt.timedelta(days=int(float(value)))).strftime("%Y%m%d")


def read_month(value: str) -> str | None:
    """A month, or the month of a date, in any common writing as YYYYMM."""
    text = half_width(value).strip()
    if match := _MONTH_PARTS.fullmatch(text):
        text = f"{match[1]}{int(match[2]):02}"
    elif len(text) == 8 and calendar_date(text):
        text = text[:6]
    return text if is_month(text) else None


def read_validity(value: str) -> tuple[str, str] | None:
    """Start and end (YYYYMMDD, or 99991231 for 长期) of a card's validity; None when unreadable.

    长期 alone, as our blank forms advise for a card without an end, has the start 00010101.
    """
    if half_width(value).strip() == _FOREVER:
        return "00010101", "99991231"
    match = _VALIDITY.fullmatch(with_hyphen(half_width(value)).strip())
    if not match:
        return None
    start = f"{match[1]}{match[2]}{match[3]}"
    end = "99991231" if match[7] else f"{match[4]}{match[5]}{match[6]}"
    if not calendar_date(start) or not calendar_date(end):
        return None
    return start, end


def with_hyphen(value: str) -> str:
    """A span of dates with the one sign that both official ways of writing it have between them."""
    return value.replace("—", "-").replace("~", "-")


def half_width(value: str) -> str:
    """Full-width letters, digits and signs as their ASCII forms; everything else as it is."""
    return _FULL_WIDTH.sub(lambda match: unicodedata.normalize("NFKC", match[0]), value).replace("　", " ")


_JUDGES: dict[str, Callable[[str, int], bool]] = {
    "month": lambda value, year: is_month(value) and value[4:] in _TERM_MONTHS and int(value[:4]) <= year,
    "division": lambda value, _: _DIVISION.fullmatch(value) is not None and divisions.is_county(value[:6]),
    "class_code": lambda value, year: (
        _CLASS_CODE.fullmatch(value) is not None and value[5:] != "00" and int(value[:4]) <= year
    ),
    "school_code": lambda value, _: (
        schoolcodes.names_a_school(value)
        and schoolcodes.is_possible(value)
        and value[:2] not in schoolcodes.OUTSIDE_SCOPE
    ),
    "postcode": lambda value, _: (
        len(value) == 6 and value.isascii() and value.isdigit() and value not in FALSE_POSTCODES
    ),
    "decimal": lambda value, _: _DECIMAL.fullmatch(value) is not None and float(value) <= MAX_DISTANCE_KM,
    "validity": lambda value, _: with_hyphen(half_width(value)) == value and read_validity(value) is not None,
}
