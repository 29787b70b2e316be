"""What each mask shows, to the character: by the kind of the column, by content, in names of files."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.errors import UsageError
from stuvalid.findings.masking import mask, mask_crash, mask_path, mask_text, mask_value, unlike, visible
from tests.program import ROOT, stuvalid, unfolded

BY_KIND = {
    ("王小明", "name"): "王**",
    ("欧阳 修文", "name"): "欧* **",
    ("古丽娜尔·艾力", "name"): "古***·**",
    ("140106200703050018", "id_number"): "140106********0018",
    ("140106070305001", "id_number"): "140106*****5001",
    ("E12345678", "id_number"): "E1*****78",
    ("12345", "id_number"): "*****",
    ("王小明", "id_number"): "王**",
    ("13912345678", "phone"): "139****5678",
    ("0351-1234567", "phone"): "035*****4567",
    ("1234567", "phone"): "1******",
    ("王明", "phone"): "王*",
    ("山西省太原市迎泽区桥东镇3号", "address"): "山西省太原市********",
    ("桥东镇3号", "address"): "桥东***",
    ("王明", "address"): "王*",
    ("20140305", "birth"): "2014****",
    ("2014-3-05", "date"): "2014-*-**",
    ("140305", "date"): "14****",
    ("王明", "birth"): "王*",
    ("wang@qq.com", "email"): "w***@qq.com",
    ("wang", "email"): "w***",
}
BY_CONTENT = {
    "140106 20070305 0018": "140106**********0018",
    "140106-2007-0305-001X": "140106***********001X",
    "１４０１０６２００７０３０５００１８": "１４０１０６********００１８",
    "G140106200703050018": "G140106********0018",
    "140106070305001": "140106*****5001",
    "1401062007030500181": "140106*********0181",
    "139 1234 5678": "139******5678",
    "+8613912345678": "+861******5678",
    "0351-1234567": "035*****4567",
    "（0351）7234567": "（03******4567",
    "电话7234567": "电话7******",
    "20140305": "2014****",
    "2014年3月5日": "2014年*月*日",
    "王小明": "王**",
    "欧阳修文": "欧***",
    "次仁卓玛": "次***",
    "其其格": "其**",
    "古丽娜尔·艾力": "古***·**",
    "太原市万柏林区千峰南路12号": "太原市万柏林********",
    "H123456789": "H1******89",
    "母亲139 1234 5678": "母亲139******5678",
}
STAY = (
    "汉",
    "男",
    "群众",
    "三年级2班",
    "高一",
    "2024102",
    "3114010104",
    "140106001000",
    "201409",
    "",
    "12",
    "初中2024级",
    "走读",
)
PATHS = {
    "甲/140106200703050018_王小明.jpg": "甲/140106********0018_王**.jpg",
    "王小明.jpg": "王**.jpg",
    "王小明13912345678.xlsx": "王**139****5678.xlsx",
    "身份证王小明.xlsx": "身份证王**.xlsx",
    "王小明_20140305.xlsx": "王**_2014****.xlsx",
    "C:\\上报\\王小明.png": "C:\\上报\\王**.png",
}
PATHS_STAY = (
    "黄庄小学.xlsx",
    "王家庄小学/高一.xlsx",
    "安定小学照片.zip",
    "微信图片_20241124123015.jpg",
    "三年级1班.xlsx",
)


@pytest.mark.parametrize(("value", "kind"), BY_KIND)
def test_by_kind(value: str, kind: str) -> None:
    assert mask(value, kind) == BY_KIND[value, kind]


@pytest.mark.parametrize("value", BY_CONTENT)
def test_by_content(value: str) -> None:
    assert mask_value(value) == BY_CONTENT[value]


@pytest.mark.parametrize("value", STAY)
def test_what_is_nobodys_stays(value: str) -> None:
    assert mask_value(value) == value


def test_words_of_the_forms_are_no_names() -> None:
    from stuvalid.report.wording import Wording

    for word in ("安徽", "其他", "国籍", "白族", "拉萨", "白色", "达斡尔族"):
        assert Wording().shown(word, "text") == word
    assert mask_value("安徽") == "安*"
    assert mask_value("安徽", {"安徽"}.__contains__) == "安徽"


@pytest.mark.parametrize("path", PATHS)
def test_in_names_of_files(path: str) -> None:
    assert mask_path(path) == PATHS[path]


@pytest.mark.parametrize("path", PATHS_STAY)
def test_schools_classes_and_days_of_sending_stay(path: str) -> None:
    assert mask_path(path) == path
    today = f"{dt.datetime.now(tz=dt.UTC):%Y%m%d}"
    assert mask_path(f"上报{today}/{path}") == f"上报{today}/{path}"


def test_a_name_known_from_the_sheet_is_masked_in_the_name_of_its_file() -> None:
    assert mask_path("王小明.xlsx") == "王小明.xlsx"
    assert mask_path("表/2024王小明的表.xlsx", frozenset({"王小明"})) == "表/2024王**的表.xlsx"


def test_a_crash_tells_nothing_a_cell_held() -> None:
    assert mask_crash(ValueError("bad '王小明' 140106200703050018")) == "ValueError: bad '王**' 140106********0018"
    ours = UsageError("没有规则“FMT”。", f"no {'140106200703050018'}")
    assert mask_crash(ours) == "UsageError: 没有规则“FMT”。 | no 140106********0018"
    assert mask_crash(KeyError("买买提\n")) == "KeyError: '买**\\n'"


@pytest.mark.parametrize(
    ("text", "shown"),
    {
        "a\nb\r\tc": "a⏎b⇥c",
        "\x1b[31mred\x07": "?[31mred?",
        "\x1b]0;title\x07": "?]0;title?",
        "abc\u202egpj.exe": "abc?gpj.exe",
        "::error::x": ": :error: :x",
        ":::": ": : :",
        "##[error]x": "## [error]x",
        "\udcd6\ufeff\u200b": "???",
        "王\u3000明": "王□明",
    }.items(),
)
def test_nothing_that_is_obeyed_is_left(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(max_size=40))
def test_what_is_shown_is_one_printable_line_without_commands(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert "::" not in shown
    assert "##[" not in shown


@given(
    st.text(max_size=20),
    st.sampled_from(["140106200703050018", "13912345678", "140106070305001"]),
    st.text(max_size=20),
)
def test_a_number_is_found_in_any_text(before: str, number: str, after: str) -> None:
    text = f"{before} / {number} / {after}"
    assert number not in mask_text(text)
    assert number not in mask_path(text)


@pytest.mark.parametrize(
    ("value", "other", "kind", "shown"),
    [
        ("20190304", "20190305", "birth", "2019***4"),
        ("20190304", "20191125", "birth", "201903**"),
        ("2019-03-04", "2019-03-14", "birth", "2019-**-0*"),
        ("唐小明", "唐晓明", "name", "唐小*"),
        ("王明", "王朋", "name", "王*"),
        ("140106201903040018", "140106201903140018", "id_number", "140106******0*0018"),
        ("140106201903040018", "140106201903040018", "id_number", "140106********0018"),
        ("140106201903040018", "140107201903140018", "id_number", "140106********0018"),
    ],
)
def test_what_two_values_differ_in_is_seen_and_neither_is_whole(value: str, other: str, kind: str, shown: str) -> None:
    masked = mask(value, kind)
    assert unlike(masked, value, mask(other, kind), other) == shown
    assert shown != value


@given(st.text("0123456789", min_size=8, max_size=8), st.text("0123456789", min_size=8, max_size=8))
def test_of_two_dates_at_least_half_stays_covered(value: str, other: str) -> None:
    shown = unlike(mask(value, "birth"), value, mask(other, "birth"), other)
    assert shown.count("*") >= 2


def test_the_screen_shows_the_difference_and_the_blank() -> None:
    done = stuvalid(
        "check", ROOT / "samples/county/2114010082解放路小学/60处错误.xlsx", "--per-rule", "9", "--no-cache"
    )
    printed = unfolded(done).replace("  ", "")
    assert "出生日期“2019***8”与身份证号中的 2019***7 不符" in printed
    assert "证件号“140107␣********9068”中夹有空格或符号" in printed
