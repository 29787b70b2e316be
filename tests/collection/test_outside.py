"""A county that the program has never seen, from other hands: nothing to tell of it, and what is planted in it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collection.outside.clerks import LAWFUL, LAYOUTS
from tests.collection.outside.county import KINDS, County, county, write
from tests.collection.outside.measure import findings, plant_and_check
from tests.collection.outside.mistakes import MISTAKES

COUNTY = "520424关岭布依族苗族自治县"
NUMBERLESS = {"IDN050"}
"""The certificate of a child without a number is asked for, whatever else is right."""

MAY_STAY = {"出国后还在名册"}
"""No source says whether 出国 takes a pupil off the roster."""


def told(folder: Path) -> list[tuple[str, str, str]]:
    return [(one["rule"], one["file"], one["message"]) for one in findings(folder) if one["rule"] not in NUMBERLESS]


def lawful(seed: int) -> County:
    """A county with everything lawful that clerks do."""
    made = county(seed)
    for change in LAWFUL.values():
        change(made)
    return made


@pytest.mark.parametrize("without", ["", *KINDS])
def test_a_clean_county_has_nothing_to_tell_whatever_is_lacking(without: str, tmp_path: Path) -> None:
    write(county(), tmp_path / COUNTY, without)
    assert not told(tmp_path)


@pytest.mark.parametrize("layout", ["", *LAYOUTS])
def test_other_clerks_make_no_mistakes_of_it(layout: str, tmp_path: Path) -> None:
    LAYOUTS.get(layout, write)(lawful(11), tmp_path / COUNTY, "")
    assert not told(tmp_path)


def test_a_second_look_from_the_cache_says_the_same(tmp_path: Path) -> None:
    write(county(), tmp_path / COUNTY)
    assert told(tmp_path) == told(tmp_path) == []


def test_what_is_planted_is_found(tmp_path: Path) -> None:
    folder = tmp_path / COUNTY
    found, others = plant_and_check(county(), folder, MISTAKES)
    assert len(found) > 110
    assert {one.mistake.name for one in found if not one.at_cells} == MAY_STAY
    assert {one["rule"] for one in others} <= NUMBERLESS
