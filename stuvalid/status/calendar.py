"""The registry's year: what is open or closed on a day, and what comes next.

The periods are data (``calendar.toml``); a province that sets narrower ones gives a file of its own in the same shape
(``calendar`` in ``stuvalid.toml``).
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stuvalid.errors import UsageError

_SHIPPED = Path(__file__).with_name("calendar.toml")
_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Period:
    """From ``first`` to ``last``, (month, day) of every year, both included; it may go over the turn of the year."""

    key: str
    first: tuple[int, int]
    last: tuple[int, int]
    zh: str
    en: str

    def holds(self, today: dt.date) -> bool:
        day = (today.month, today.day)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    def days_to(self, today: dt.date) -> int:
        """Days until it begins the next time, 0 on its first day."""
        for year in (today.year, today.year + 1):
            begins = _date(year, self.first)
            if begins >= today:
                return (begins - today).days
        raise AssertionError("a period begins every year")

    def span(self, lang: str) -> str:
        first, last = self.first, self.last
        if lang == "en":
            return f"{first[0]:02}-{first[1]:02} to {last[0]:02}-{last[1]:02}"
        begins, ends = f"{first[0]}月{first[1]}日", f"{last[0]}月{last[1]}日"
        return begins if first == last else f"{begins}–{ends}"


def _date(year: int, day: tuple[int, int]) -> dt.date:
    month, number = day
    leap = dt.date(year, 3, 1) - dt.timedelta(days=1)
    return dt.date(year, month, min(number, leap.day) if month == leap.month else number)


def read_calendar(path: Path | None = None) -> tuple[Period, ...]:
    """The periods of the file, or those we ship. Raises UsageError for a file that holds none."""
    source = path or _SHIPPED
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
        return tuple(_period(entry) for entry in data["period"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"读不了日历“{source}”：要有 [[period]]，各写 key、from、to（月-日，如 07-15）、zh。",
            f"The calendar '{source}' cannot be read: it needs [[period]] with key, from, to (as 07-15) and zh.",
        ) from error


def _period(entry: dict[str, Any]) -> Period:
    zh = str(entry["zh"])
    return Period(str(entry["key"]), _day(entry["from"]), _day(entry["to"]), zh, str(entry.get("en", zh)))


def _day(text: str) -> tuple[int, int]:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day = int(found[1]), int(found[2])
    dt.date(2024, *day)
    return day


def current(periods: Sequence[Period], today: dt.date) -> list[Period]:
    """The periods that hold on a day."""
    return [period for period in periods if period.holds(today)]


def coming(periods: Sequence[Period], today: dt.date) -> list[Period]:
    """Those that begin within thirty days, the next first."""
    ahead = [period for period in periods if not period.holds(today) and period.days_to(today) <= _SOON_DAYS]
    return sorted(ahead, key=lambda period: period.days_to(today))
