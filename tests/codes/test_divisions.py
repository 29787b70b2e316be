"""Divisions of seven decades: what stands in identity numbers was once a county, and must be known."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.command import _known
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.codes import divisions
from stuvalid.codes.divisions import Standing
from stuvalid.duplicates.parties import _county_around
from stuvalid.errors import UsageError
from stuvalid.pupils.schools import _county
from stuvalid.received.walk import Source
from stuvalid.rules.examples import TODAY, number
from tests.books import workbook

DATA = Path(__file__).parents[3] / "shared" / "data" / "codes"


@pytest.mark.parametrize(
    ("code", "standing"),
    [
        ("140106", Standing.CURRENT),
        ("110101", Standing.CURRENT),
        ("110103", Standing.ABOLISHED),
        ("140101", Standing.AGGREGATE),
        ("140000", Standing.PROVINCE),
        ("140100", Standing.PREFECTURE),
        ("140199", Standing.UNKNOWN_COUNTY),
        ("149906", Standing.UNKNOWN_PREFECTURE),
        ("999999", Standing.UNKNOWN_PROVINCE),
        ("000000", Standing.UNKNOWN_PROVINCE),
        ("", Standing.UNKNOWN_PROVINCE),
        # Cities without counties are their own; Sanya was until 2013.
        ("441900", Standing.CURRENT),
        ("442000", Standing.CURRENT),
        ("460300", Standing.CURRENT),
        ("460400", Standing.CURRENT),
        ("620200", Standing.CURRENT),
        ("460200", Standing.ABOLISHED),
        # Counties made cities, before the city had its own code.
        ("430419", Standing.ABOLISHED),
        ("321119", Standing.ABOLISHED),
    ],
)
def test_standing(code: str, standing: Standing) -> None:
    assert divisions.standing(code) is standing


@given(st.text(max_size=12))
def test_any_text_has_a_standing_and_never_raises(text: str) -> None:
    assert isinstance(divisions.standing(text), Standing)


def test_a_city_without_counties_is_a_county_everywhere() -> None:
    own = [code for code in ("441900", "442000", "460300", "460400", "620200") if divisions.find(code).is_county]  # type: ignore[union-attr]
    assert len(own) == 5
    assert not divisions.find("460200").is_county  # type: ignore[union-attr]
    assert not divisions.find("140100").is_county  # type: ignore[union-attr]
    assert divisions.full_name("441900") == "广东省东莞市"
    assert _known("441900") == "441900"
    assert _county("东莞市") == "441900"
    assert _county_around("441900东莞市/2144010068莞城小学/1班.xlsx") == "441900"
    with pytest.raises(UsageError):
        _known("140100")


def test_a_user_may_add_codes_and_take_them_back() -> None:
    data = workbook([{"member1.id_number": number("140199", "19800101", 1), "member1.household_division": ""}])
    told = {}
    for added in ((), ("140199",), ()):
        options = CheckOptions(isolated=False, today=TODAY, divisions=added, select=("IDN033", "REG005"))
        told[added] = check_sources([Source("a.xlsx", data=data)], options).by_rule()
    assert set(told[("140199",)]) == set()
    assert set(told[()]) == {"IDN033"}


def test_the_list_is_the_reviewed_one() -> None:
    """What is changed by hand is noticed: count and checksum change together with a reviewed new list."""
    path = Path(divisions.__file__).with_name("divisions.csv")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 7421
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == "c4552daa2edb2d9f"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["code"] for row in rows] == sorted({row["code"] for row in rows})
    assert all(row["code"].isascii() and row["code"].isdigit() and len(row["code"]) == 6 for row in rows)
    assert {row["kind"] for row in rows} == {"", "aggregate", "county", "once-county"}


def test_every_province_has_its_code() -> None:
    assert {"11", "14", "31", "50", "65", "71", "81", "82"} <= set(divisions.province_codes())
    assert "10" not in divisions.province_codes()


def test_names_run_from_the_province_down_and_old_ones_carry_their_years() -> None:
    assert divisions.full_name("140106") == "山西省太原市迎泽区"
    assert divisions.full_name("110103").startswith("北京市")
    assert divisions.full_name("110103").endswith("（1980–2009）")


def test_search_puts_what_stands_today_first() -> None:
    assert divisions.search("迎泽区")[0].code == "140106"
    assert divisions.search("140106000000")[0].name == "迎泽区"
    assert divisions.search("qwertz") == []
    assert divisions.search("") == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the collected lists are not part of the project")
def test_no_county_that_two_public_lists_know_is_unknown() -> None:
    with (DATA / "division6_history_union.csv").open(encoding="utf-8-sig", newline="") as stream:
        codes = [row["code"] for row in csv.DictReader(stream) if int(row["n_sources"]) > 1]
    unknown = {Standing.UNKNOWN_COUNTY, Standing.UNKNOWN_PREFECTURE, Standing.UNKNOWN_PROVINCE}
    assert len(codes) > 3000
    assert [code for code in codes if divisions.standing(code) in unknown] == []


@pytest.mark.parametrize(("code", "last"), [("500112", 2025), ("500105", 2025), ("540422", 2023), ("540530", 2023)])
def test_a_county_ends_when_it_ended_and_not_with_a_list(code: str, last: int) -> None:
    assert divisions.find(code).last_year == last  # type: ignore[union-attr]


def test_what_sums_up_others_has_no_end_that_no_list_tells() -> None:
    """All but 18 of what ended in 2021 was the end of a source: the 18 became districts and cities that year."""
    with divisions._FILE.open(encoding="utf-8", newline="") as stream:
        ended = [row for row in csv.DictReader(stream) if row["last_year"] == "2021"]
    assert len(ended) == 18
    assert not [row for row in ended if row["kind"] == "aggregate"]
    assert divisions.find("430101").last_year is None  # type: ignore[union-attr]
    assert divisions.search("湖南省长沙市", 5)[0].code == "430100"
    assert _county("仙桃市") == "429004"
