"""The registry's year: what is open or closed on a day, and what comes next."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from stuvalid.errors import UsageError
from stuvalid.status.calendar import coming, current, read_calendar


def open_on(day: str) -> list[str]:
    return [period.key for period in current(read_calendar(), dt.date.fromisoformat(day))]


@pytest.mark.parametrize(
    ("day", "keys"),
    [
        ("2026-06-30", []),
        ("2026-07-01", ["graduating_closed", "graduation"]),
        ("2026-07-15", ["graduating_closed", "transfers_closed", "graduation"]),
        ("2026-07-31", ["graduating_closed", "transfers_closed"]),
        ("2026-08-10", ["graduating_closed", "transfers_closed", "promotion"]),
        ("2026-08-14", ["graduating_closed", "transfers_closed"]),
        ("2026-08-15", ["after_graduation_autumn"]),
        ("2026-09-30", ["after_graduation_autumn", "registration", "fitness"]),
        ("2026-12-31", ["fitness"]),
        ("2027-01-31", ["audit"]),
        ("2027-05-31", ["after_graduation_spring"]),
    ],
)
def test_what_holds_on_a_day(day: str, keys: list[str]) -> None:
    assert open_on(day) == keys


def test_what_comes_within_thirty_days_over_the_turn_of_the_year() -> None:
    ahead = coming(read_calendar(), dt.date(2026, 12, 20))
    assert [(period.key, period.days_to(dt.date(2026, 12, 20))) for period in ahead] == [("audit", 12)]
    assert coming(read_calendar(), dt.date(2026, 10, 15)) == []


def test_a_province_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "日历.toml"
    path.write_text('[[period]]\nkey = "x"\nfrom = "12-20"\nto = "01-10"\nzh = "寒假停办"\n', encoding="utf-8")
    (period,) = read_calendar(path)
    assert period.holds(dt.date(2026, 12, 31)) and period.holds(dt.date(2027, 1, 10))
    assert not period.holds(dt.date(2027, 1, 11))
    assert period.span("zh") == "12月20日–1月10日"
    for text in ("", '[[period]]\nkey = "x"\nfrom = "02-30"\nto = "03-01"\nzh = "x"\n', "[[period]]\nkey = 3\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError):
            read_calendar(path)
