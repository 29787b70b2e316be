"""Which pupils collide, on columns made by hand: every rule from both sides, and what may never leave."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import pytest

from stuvalid.duplicates.collisions import collisions
from stuvalid.duplicates.keyfile import write_keys
from stuvalid.duplicates.keysets import SheetKeys
from stuvalid.duplicates.parties import Owner, Owners, common_superior
from stuvalid.duplicates.people import Gathering, People

ONE, OTHER = "2114010060", "2114010061"
NUMBER, SLIP, ELSE = 14010620150101001, 14010620150101002, 14010720160202003


class Pupil(NamedTuple):
    """A row: number and pupil as keys, its school, whether it is of an earlier collection."""

    number: int = 0
    pupil: int = 0
    school: str = ONE
    earlier: bool = False


def gathered(pupils: list[Pupil], *, one_sheet: bool = False) -> People:
    """Each pupil on a sheet of its own, or all on one."""
    gathering = Gathering(Owners())
    sheets = [pupils] if one_sheet else [[pupil] for pupil in pupils]
    for number, rows in enumerate(sheets):
        keys = SheetKeys(
            "s",
            1,
            0,
            np.arange(1, len(rows) + 1, dtype=np.int32),
            np.array([pupil.number for pupil in rows], dtype=np.int64),
            np.array([pupil.pupil for pupil in rows], dtype=np.int64),
            None,
            None,
            np.array([not pupil.number for pupil in rows]),
            (rows[0].school,),
            np.zeros(len(rows), dtype=np.int32),
        )
        gathering.add_sheets(f"{number}.xlsx", f"{number:064x}", [keys], file=number, earlier=rows[0].earlier)
    return gathering.people()


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (Pupil(NUMBER, 1), Pupil(NUMBER, 2), "DUP001"),
        (Pupil(NUMBER, 0), Pupil(NUMBER, 0), "DUP001"),
        (Pupil(-5, 1), Pupil(-5, 2), "DUP001"),
        (Pupil(NUMBER, 1), Pupil(ELSE, 2), ""),
        (Pupil(NUMBER, 1), Pupil(ELSE, 1), ""),
        (Pupil(NUMBER, 1), Pupil(SLIP, 1), "DUP005"),
        (Pupil(NUMBER, 1), Pupil(SLIP, 2), ""),
        (Pupil(NUMBER, 0), Pupil(SLIP, 0), ""),
        (Pupil(0, 1), Pupil(0, 1), "DUP002"),
        (Pupil(0, 1), Pupil(0, 2), ""),
        (Pupil(0, 0), Pupil(0, 0), ""),  # two of whom nothing is known are not the same
        (Pupil(0, 1), Pupil(NUMBER, 1), "DUP004"),
        (Pupil(0, 0), Pupil(NUMBER, 0), ""),
        (Pupil(NUMBER, 1), Pupil(NUMBER, 1, OTHER, earlier=True), "DUP006"),
        (Pupil(NUMBER, 1), Pupil(NUMBER, 1, ONE, earlier=True), ""),
        (Pupil(NUMBER, 1), Pupil(NUMBER, 2, ONE, earlier=True), "DUP007"),
        (Pupil(NUMBER, 0), Pupil(NUMBER, 2, ONE, earlier=True), ""),
        (Pupil(NUMBER, 1), Pupil(NUMBER, 0, ONE, earlier=True), ""),
        (Pupil(0, 1), Pupil(0, 1, OTHER, earlier=True), "DUP008"),
        (Pupil(0, 1), Pupil(0, 1, ONE, earlier=True), ""),
        (Pupil(NUMBER, 1, ONE, earlier=True), Pupil(NUMBER, 2, OTHER, earlier=True), ""),
    ],
)
def test_two_pupils_from_both_sides(one: Pupil, other: Pupil, rule: str) -> None:
    for pair in ([one, other], [other, one]):
        found = [(name, sorted(group.tolist())) for name, group in collisions(gathered(pair))]
        assert found == ([(rule, [0, 1])] if rule else [])


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (NUMBER + 1, True),  # one digit
        (NUMBER + 11, True),  # two digits
        (NUMBER + 111, False),  # three
        (NUMBER, False),  # none: that is the same number
    ],
)
def test_how_many_digits_a_slip_may_be(number: int, told: bool) -> None:
    found = [rule for rule, _ in collisions(gathered([Pupil(NUMBER, 1), Pupil(number, 1)]))]
    assert ("DUP005" in found) == told


def test_alike_numbers_on_one_sheet_are_another_rules_word() -> None:
    assert not list(collisions(gathered([Pupil(NUMBER, 1), Pupil(SLIP, 1)], one_sheet=True)))


def test_a_repeat_now_leaves_out_its_own_past_and_names_anothers() -> None:
    rows = [Pupil(NUMBER, 1), Pupil(NUMBER, 2, OTHER), Pupil(NUMBER, 1, ONE, earlier=True)]
    assert [(rule, group.tolist()) for rule, group in collisions(gathered(rows))] == [("DUP001", [0, 1])]
    rows[2] = Pupil(NUMBER, 1, "2114010069", earlier=True)
    assert [(rule, group.tolist()) for rule, group in collisions(gathered(rows))] == [("DUP001", [0, 1, 2])]


def test_whose_number_is_told_already_is_not_told_as_alike() -> None:
    rows = [Pupil(NUMBER, 1), Pupil(NUMBER, 1), Pupil(SLIP, 1)]
    assert [(rule, group.tolist()) for rule, group in collisions(gathered(rows))] == [("DUP001", [0, 1])]


def test_only_the_rules_asked_for_are_told() -> None:
    rows = [Pupil(NUMBER, 1), Pupil(NUMBER, 2), Pupil(0, 9), Pupil(0, 9)]
    assert [rule for rule, _ in collisions(gathered(rows), {"DUP002"})] == ["DUP002"]
    assert [rule for rule, _ in collisions(gathered(rows), {"DUP001"})] == ["DUP001"]


def test_only_hashed_keys_may_leave() -> None:
    stream = io.BytesIO()
    with pytest.raises(ValueError, match="only hashed keys may leave"):
        write_keys(gathered([Pupil(NUMBER, 1)]), "secret", stream)
    assert stream.getvalue() == b""


@pytest.mark.parametrize(
    ("owners", "level", "code"),
    [
        ([Owner(ONE, "", "140106"), Owner(OTHER, "", "140106")], "county", "140106"),
        ([Owner(ONE, "", "140106"), Owner(OTHER, "", "140107")], "city", "140100"),
        ([Owner(ONE, "", "140106"), Owner(OTHER, "", "140202")], "province", "140000"),
        ([Owner(ONE, "", "140106"), Owner(OTHER, "", "")], "unknown", ""),
        ([Owner(ONE, "", ""), Owner(OTHER, "", "")], "unknown", ""),
        ([Owner(ONE, "", ""), Owner("2113010061", "", "")], "ministry", ""),
        ([Owner(ONE, "", "140106"), Owner("2113010061", "", "130102")], "ministry", ""),
        ([Owner(ONE, "", "140106"), Owner("", "某小学", "")], "unknown", ""),
    ],
)
def test_who_arbitrates(owners: list[Owner], level: str, code: str) -> None:
    for order in (owners, owners[::-1]):
        superior = common_superior(order)
        assert (superior.level, superior.code) == (level, code)


def sheet(schools: tuple[str, ...], *titles: str) -> SheetKeys:
    """A sheet with one pupil of each of ``schools``, '' for one without a code."""
    size = len(schools)
    keys = np.zeros(size, dtype=np.int64)
    of = np.arange(size, dtype=np.int32)
    return SheetKeys("s", 1, 0, of, keys, keys, None, None, keys == 0, schools, of, titles)


def test_a_row_is_its_own_codes_then_its_sheets_then_its_files() -> None:
    third = "2114010062"
    files = {
        "a.xlsx": [sheet((ONE, ONE, ONE)), sheet(("", OTHER), f"学校标识码：{third}"), sheet(("",))],
        f"{OTHER}第二小学/b.xlsx": [sheet(("",))],
        f"{OTHER}第二小学/c.xlsx": [sheet(("",), f"学校标识码：{ONE}")],
        "d.xlsx": [sheet(("",))],
    }
    owners = Owners()
    owners.learn(files)
    codes = {
        path: [[owners.all[number].code for number in numbers] for numbers in owners.of_file(path, sheets)]
        for path, sheets in files.items()
    }
    assert codes == {
        "a.xlsx": [[ONE, ONE, ONE], [third, OTHER], [""]],
        f"{OTHER}第二小学/b.xlsx": [[OTHER]],
        f"{OTHER}第二小学/c.xlsx": [[ONE]],
        "d.xlsx": [[""]],
    }
    assert owners.all[owners.of_file("d.xlsx", files["d.xlsx"])[0][0]].label == "学校不明（d.xlsx）"
