"""Which county (city, province) a package is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from stuvalid.bundle.entries import Plan
from stuvalid.codes import divisions
from stuvalid.errors import UsageError

_FOLDER = re.compile(r"(?<![0-9])(?P<code>[0-9]{6})(?P<name>[\u4e00-\u9fff]+)")


def county_of(plan: Plan, folder: Path, given: str) -> str:
    """Six digits: what the user says, else what the list says of the schools received, else a folder ``140106迎泽区``.

    Raises UsageError when none of them tells, or they tell of several counties.
    """
    if given:
        return _known(given)
    listed = {school.county for code in plan.codes if (school := plan.schools.find(code)) and school.county}
    listed = listed or {school.county for school in plan.schools.schools.values() if school.county}
    if len(listed) == 1:
        return next(iter(listed))
    named = set(_named([str(folder.absolute()), *(entry.name for entry in plan.entries)]))
    if len(named & listed or named) == 1:
        return next(iter(named & listed or named))
    shown = "、".join(sorted(listed or named)[:5])
    raise UsageError(
        f"学校分属几个县（市、区）：{shown}。" if shown else "看不出是哪个县（市、区）的汇总包。",
        f"The schools belong to several counties: {shown}." if shown else "Nothing tells which county this is.",
        mend_zh="用 --county 给出行政区划代码，如 --county 140106。",
        mend_en="Give its division code, as in --county 140106.",
    )


def _known(code: str) -> str:
    """A county's code as the user gave it: six digits, or twelve of which the first six count."""
    digits = code.strip()
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{6})?", digits):
        raise UsageError(
            f"--county 应为6位行政区划代码，不是“{code}”。",
            f"--county takes a division code of 6 digits, not '{code}'.",
            mend_zh="可用 stuvalid codes division 查。",
            mend_en="stuvalid codes division looks it up.",
        )
    found = divisions.find(digits[:6])
    if found is None or not found.is_county:
        raise UsageError(
            f"没有行政区划代码 {digits[:6]} 的县（市、区）。",
            f"There is no county with the division code {digits[:6]}.",
            mend_zh="可用 stuvalid codes division 查。",
            mend_en="stuvalid codes division looks it up.",
        )
    return digits[:6]


def _named(paths: Iterable[str]) -> Iterable[str]:
    """Codes in folder names like 140106迎泽区, where code and name agree."""
    for path in paths:
        for match in _FOLDER.finditer(path):
            found = divisions.find(match["code"])
            if found is not None and found.is_county and match["name"].startswith(found.name):
                yield found.code
