"""Dates that are all wrong by the same: a year too early, day and month exchanged, four years off, another calendar's years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np

from stuvalid.codes.identity import calendar_date
from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Codes, View

_LEAST_ROWS = 5
_SHARE = 0.85
_DAYS_1904 = 1462


def _exchanged(date: int) -> int:
    month, day = date // 100 % 100, date % 100
    return date // 10000 * 10000 + day * 100 + month


def _days(by: int) -> Callable[[int], int]:
    def moved(date: int) -> int:
        found = calendar_date(str(date))
        return int((found + dt.timedelta(days=by)).strftime("%Y%m%d")) if found is not None else 0

    return moved


_EVENTS: tuple[tuple[str, str, Callable[[int], int]], ...] = (
    ("年份都早了一年", "every year is one too early", lambda date: date + 10000),
    ("年份都晚了一年", "every year is one too late", lambda date: date - 10000),
    ("月和日都颠倒了", "day and month are exchanged", _exchanged),
    ("年份都早了两年", "every year is two too early", lambda date: date + 20000),
    ("年份都晚了两年", "every year is two too late", lambda date: date - 20000),
    ("都早了1462天（1904日期系统）", "all are 1462 days early (1904 date system)", _days(_DAYS_1904)),
    ("都晚了1462天（1904日期系统）", "all are 1462 days late (1904 date system)", _days(-_DAYS_1904)),
    ("用的是佛历年份", "the years are of the Buddhist calendar", lambda date: date - 5430000),
    ("用的是民国年份", "the years are of the Minguo calendar", lambda date: date + 19110000),
    ("年份都早了十年", "every year is ten too early", lambda date: date + 100000),
    ("年份都晚了十年", "every year is ten too late", lambda date: date - 100000),
)
"""What may have happened to dates (zh, en), and what a date was before it."""


def offsets(view: View) -> Iterator[Hypothesis]:
    """Birth dates against the numbers, months of entry against the classes."""
    if "id_number" in view and "birth_date" in view:
        yield from _births(view)
    if "class_code" in view and "enrolment_month" in view:
        yield from _months(view)


def _births(view: View) -> Iterator[Hypothesis]:
    born = view.number_births("id_number")
    texts = view.texts("birth_date")
    plain = [text if text.isascii() and text.isdigit() and 7 <= len(text) <= 8 else "" for text in texts]
    stated = np.array([int(text) if text else 0 for text in plain], dtype=np.int64)
    known = (born != 0) & (stated != 0)
    wrong = known & (born != stated)
    if int(wrong.sum()) < _LEAST_ROWS:
        return
    for zh, en, before in _EVENTS:
        meant = np.array(
            [before(date) if bad else 0 for date, bad in zip(stated.tolist(), wrong.tolist(), strict=True)]
        )
        right = wrong & (meant == born)
        run = _run(right, known & ~_same_either_way(stated, before))
        if run is None:
            continue
        first, last = run
        rows = [p for p in range(first, last + 1) if right[p]]
        repair = {"birth_date": {p: f"{int(meant[p]):08}" for p in rows}}
        yield Hypothesis(
            "dates_offset",
            ("birth_date",),
            first,
            last,
            len(rows),
            repair,
            {"event": zh, "event_en": en},
            ("id_number",),
        )
        return


def _same_either_way(dates: Codes, before: Callable[[int], int]) -> Codes:
    """Dates that an event leaves as they are: 0505."""
    return np.array([before(date) == date if date else False for date in dates.tolist()], dtype=np.bool_)


def _run(right: Codes, known: Codes) -> tuple[int, int] | None:
    """The rows that an event explains, if it explains most between the first and the last of them."""
    if int(right.sum()) < _LEAST_ROWS:
        return None
    first, last = int(np.flatnonzero(right)[0]), int(np.flatnonzero(right)[-1])
    inside = slice(first, last + 1)
    return (first, last) if right[inside].sum() >= _SHARE * known[inside].sum() else None


def _months(view: View) -> Iterator[Hypothesis]:
    """The year of entry in the month against that of the class. Which is wrong the pupils' ages tell."""
    by_class, by_month = view.years("class_code", 7), view.years("enrolment_month", 6)
    known = (by_class != 0) & (by_month != 0)
    for late in (1, -1):  # how much later the class says it was
        right = known & (by_month + late == by_class)
        run = _run(right, known)
        if run is None:
            continue
        first, last = run
        rows = [p for p in range(first, last + 1) if right[p]]
        wrong = _odder(view, by_class, by_month, rows)
        by = -late if wrong == "class_code" else late
        key, other = ("class_code", "enrolment_month") if wrong == "class_code" else ("enrolment_month", "class_code")
        texts = view.texts(key)
        repair = {key: {p: f"{int(texts[p][:4]) + by}{texts[p][4:]}" for p in rows}} if wrong else {}
        zh, en, _ = _EVENTS[0 if by > 0 else 1]
        params = {"event": zh, "event_en": en}
        yield Hypothesis("dates_offset", (key,), first, last, len(rows), repair, params, (other,), certain=bool(wrong))
        return


def _odder(view: View, by_class: Codes, by_month: Codes, rows: list[int]) -> str:
    """The column whose years of entry make the pupils odder in age; '' where that does not tell."""
    born = view.number_births("id_number") if "id_number" in view else view.births("birth_date")
    years = born[rows] // 10000
    fine = years > 0
    if not fine.any():
        return ""
    stages = np.array(
        [int(text[4:5] or 1) if text[4:5].isdigit() else 1 for text in (view.texts("class_code")[p] for p in rows)]
    )
    usual = np.select([stages == 2, stages == 3], [12.5, 15.5], 6.5)
    odd = [float(np.abs(entry[rows][fine] - years[fine] - usual[fine]).mean()) for entry in (by_class, by_month)]
    if abs(odd[0] - odd[1]) < 0.3:
        return ""
    return "class_code" if odd[0] > odd[1] else "enrolment_month"
