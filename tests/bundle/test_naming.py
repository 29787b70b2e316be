"""Names as the rules want them and as every Windows takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.naming import Taken, division_folder, fitting, path_units, safe_name, school_folder
from stuvalid.pupils.schools import short_name

_FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in range(32)}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("140106", "140106迎泽区"),
        ("1401", "1401太原市"),
        ("14", "14山西省"),
        ("140100", "140100太原市"),
        ("999999", "999999"),
    ],
)
def test_divisions_are_code_and_name(code: str, name: str) -> None:
    assert division_folder(code) == name


def test_abolished_divisions_have_names_too() -> None:
    assert division_folder("110103") == "110103崇文区"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("太原市迎泽区双塔西街小学校", "双塔西街小学"),
        ("山西省太原市迎泽区双塔西街小学", "双塔西街小学"),
        ("迎泽区青年路小学", "青年路小学"),
        ("太原师范学院附属中学", "太原师范学院附属中学"),
        ("太原市第五中学校", "第五中学"),
        ("太原市迎泽区小学", "迎泽区小学"),
        ("山西省实验中学", "实验中学"),
        ("迎泽区聋哑学校", "聋哑学校"),
        ("双塔西街小学", "双塔西街小学"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name, "140106") == short


def test_the_example_of_the_rules() -> None:
    assert school_folder("2114010068", short_name("太原市迎泽区双塔西街小学校", "140106")) == "2114010068双塔西街小学"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('a<b>c:d"e/f\\g|h?i*j', "a＜b＞c：d＂e／f＼g｜h？i＊j"),
        ("名称. ", "名称"),
        ("CON", "_CON"),
        ("con.xlsx", "_con.xlsx"),
        ("COM1.txt", "_COM1.txt"),
        ("CONSOLE", "CONSOLE"),
        ("a\u202eb\x07", "ab"),
        ("", "_"),
        ("...", "_"),
        ("青年路小学", "青年路小学"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_every_name_becomes_one_that_windows_and_linux_take(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & _FORBIDDEN
    assert safe[-1] not in " ."
    assert len(safe.encode("utf-8")) <= 255
    assert safe_name(safe) == safe


@given(st.lists(st.text("甲乙aB.", min_size=1, max_size=120), min_size=1, max_size=4), st.integers(60, 240))
def test_long_paths_lose_the_middle_of_their_last_name_only(parts: list[str], longest: int) -> None:
    path = "/".join(safe_name(part) for part in parts) + ".xlsx"
    fit = fitting(path, longest)
    assert fit.rsplit("/", 1)[:-1] == path.rsplit("/", 1)[:-1]
    assert fit.endswith(".xlsx")
    folder = path.rpartition("/")[0]
    assert path_units(fit) <= max(longest, path_units(folder) + len("/x.xlsx"))


def test_two_files_never_share_a_name_even_in_another_case() -> None:
    taken = Taken(["a/检查报告.xlsx"])
    names = [taken.take(name) for name in ("a/B.xlsx", "a/b.xlsx", "a/B.xlsx", "a/检查报告.xlsx")]
    assert names == ["a/B.xlsx", "a/b_2.xlsx", "a/B_3.xlsx", "a/检查报告_2.xlsx"]
