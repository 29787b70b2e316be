"""Divisions of seven decades: what stands in identity numbers was once a county, and must be known."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.codes import divisions
from stuvalid.codes.divisions import Standing

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
    ],
)
def test_standing(code: str, standing: Standing) -> None:
    assert divisions.standing(code) is standing


@given(st.text(max_size=12))
def test_any_text_has_a_standing_and_never_raises(text: str) -> None:
    assert isinstance(divisions.standing(text), Standing)


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
