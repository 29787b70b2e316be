"""The code lists as data, and how cells are read as their entries."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid import codes
from stuvalid.errors import UsageError

LISTS = (
    "attendance",
    "bilingual_mode",
    "blood_type",
    "boarder",
    "class_type",
    "country",
    "disability",
    "disability_degree",
    "disability_proof",
    "entry_way",
    "ethnicity",
    "fitness_sex",
    "grade",
    "health",
    "household_type",
    "id_type",
    "inclusion",
    "left_behind",
    "left_behind_yes_no",
    "movement",
    "overseas_status",
    "political_status",
    "record_status",
    "relation",
    "school_sponsor",
    "school_type",
    "sex",
    "special_attendance",
    "stage",
    "student_source",
    "transport",
    "urban_rural",
    "yes_no",
)

every_list = pytest.mark.parametrize("list_id", LISTS)


def test_the_lists_are_these() -> None:
    assert codes.list_ids() == LISTS


@every_list
def test_codes_and_names_are_unique(list_id: str) -> None:
    known = codes.load(list_id)
    assert known.entries
    for values in ([entry.name for entry in known.entries], [entry.code for entry in known.entries if entry.code]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


@every_list
def test_every_entry_has_a_source_and_the_list_titles(list_id: str) -> None:
    known = codes.load(list_id)
    assert [entry.name for entry in known.entries if not entry.source] == []
    assert known.title_zh != list_id
    assert known.title_en != list_id


@every_list
def test_every_spelling_leads_to_its_own_entry(list_id: str) -> None:
    known = codes.load(list_id)
    for entry in known.entries:
        for text, hows in (
            (entry.name, {"name"}),
            *((alias, {"alias"}) for alias in entry.aliases),
            *((spelling, {"alias", "form"}) for spelling in entry.same),
            *(((entry.code, {"code", "form"}),) if entry.code else ()),
        ):
            match = known.resolve(text)
            assert match is not None, text
            assert (match.entry.name, match.safe) == (entry.name, True), text
            assert match.how in hows, text


@every_list
def test_a_hint_is_never_safe(list_id: str) -> None:
    known = codes.load(list_id)
    for entry in known.entries:
        for hint in entry.hints:
            match = known.resolve(hint)
            assert match is not None, hint
            assert (match.how, match.safe) == ("hint", False), hint
            assert hint in match.entry.hints, hint


@every_list
def test_accepted_spellings_are_offered_ones_and_their_equals(list_id: str) -> None:
    known = codes.load(list_id)
    assert known.offered() <= known.accepted()
    assert known.offered() <= known.names
    for spelling in known.accepted() - known.offered():
        match = known.resolve(spelling)
        assert match is not None
        assert spelling in match.entry.same
    assert set(known.by_code) == {entry.code for entry in known.entries if entry.code}


@pytest.mark.parametrize(
    ("list_id", "text", "name", "how"),
    [
        ("sex", "男", "男", "name"),
        ("sex", "1", "男", "code"),
        ("sex", "01", "男", "code"),
        ("sex", "１", "男", "code"),
        ("sex", "1-男", "男", "code-name"),
        ("sex", "1、男", "男", "code-name"),
        ("sex", "1 男", "男", "code-name"),
        ("sex", "1.男", "男", "code-name"),
        ("sex", "1男", "男", "code-name"),
        ("sex", "男(1)", "男", "code-name"),
        ("sex", "２－女", "女", "code-name"),
        ("sex", " 男\u3000", "男", "form"),
        ("sex", "男\u200b", "男", "form"),
        ("ethnicity", "汉", "汉族", "alias"),
        ("ethnicity", "1", "汉族", "code"),
        ("ethnicity", "01-汉", "汉族", "code-name"),
        ("ethnicity", "毛难族", "毛南族", "alias"),
        ("ethnicity", "崩龙族", "德昂族", "alias"),
        ("country", "chn", "中国", "code"),
        ("country", "CHN-中国", "中国", "code-name"),
        ("country", "chn 中国", "中国", "code-name"),
        ("country", "中国(CHN)", "中国", "code-name"),
        ("country", "刚果（金）", "刚果(金)", "form"),
        ("country", "中国香港", "香港", "alias"),
        ("id_type", "a", "护照", "code"),
        ("id_type", "Ａ－护照", "护照", "code-name"),
        ("id_type", "户口薄", "户口簿", "alias"),
        ("entry_way", "12-其他", "义务教育阶段其他", "code-name"),
        ("entry_way", "99-其他", "高中阶段其他", "code-name"),
        ("transport", "自行车(含摩托车，电动自行车)", "自行车（含摩托车、电动自行车）", "form"),
        ("relation", "外婆", "祖父母或外祖父母", "alias"),
        ("overseas_status", "0", "否", "code"),
        ("overseas_status", "非港澳台侨", "否", "alias"),
        ("political_status", "少先队员", "群众", "hint"),
        ("relation", "父子", "其他", "hint"),
        ("entry_way", "其他", "义务教育阶段其他", "hint"),
    ],
)
def test_readings(list_id: str, text: str, name: str, how: str) -> None:
    match = codes.load(list_id).resolve(text)
    assert match is not None
    assert (match.entry.name, match.how, match.safe) == (name, how, how != "hint")


@pytest.mark.parametrize(
    ("list_id", "text"),
    [
        ("sex", ""),
        ("sex", "　"),
        ("sex", "2-男"),
        ("sex", "男女"),
        ("sex", "11"),
        ("sex", "1-"),
        ("sex", "1-1"),
        ("ethnicity", "97-汉族"),
        ("ethnicity", "佘组"),
        ("left_behind", "是"),
        ("entry_way", "11-其他"),
    ],
)
def test_nothing_is_guessed(list_id: str, text: str) -> None:
    assert codes.load(list_id).resolve(text) is None


def test_a_code_unknown_to_the_list_makes_a_reading_unsafe() -> None:
    match = codes.load("sex").resolve("7-男")
    assert match is not None
    assert (match.entry.name, match.safe) == ("男", False)
    codeless = codes.load("transport").resolve("1-步行")
    assert codeless is not None
    assert codeless.safe


@pytest.mark.parametrize(
    ("list_id", "text", "name"),
    [
        ("ethnicity", "佘", "畲族"),
        ("ethnicity", "土家", "土家族"),
        ("country", "中囯", "中国"),
        ("ethnicity", "佘组", "畲族"),
        ("ethnicity", "哈萨客族", "哈萨克族"),
        ("id_type", "居民身分证", "居民身份证"),
        ("attendance", "走渎", "走读"),
        ("household_type", "农业户囗", "农业户口"),
        ("health", "健康良好", "健康或良好"),
        ("country", "中国香港人", "香港"),
    ],
)
def test_suggestions(list_id: str, text: str, name: str) -> None:
    assert codes.load(list_id).suggest(text)[0] == name


def test_suggestions_are_few_and_none_for_nonsense() -> None:
    assert len(codes.load("ethnicity").suggest("克族", limit=2)) <= 2
    assert codes.load("ethnicity").suggest("qwertyuiop") == []
    assert codes.load("ethnicity").suggest("汉族", limit=0) == []
    assert codes.load("id_type").suggest("驾照") == []


@pytest.mark.parametrize(
    ("list_id", "text"),
    [
        ("sex", "男女"),
        ("sex", "男 女"),
        ("relation", "父亲/母亲"),
        ("ethnicity", "苗族土家族"),
        ("id_type", "居住证"),
        ("id_type", "学生证"),
    ],
)
def test_of_two_names_and_of_other_documents_none_is_suggested(list_id: str, text: str) -> None:
    assert codes.load(list_id).suggest(text) == []


def test_audiences() -> None:
    students = codes.load("id_type").offered("student")
    members = codes.load("id_type").offered("member")
    assert members - students == {"户口簿"}
    assert {codes.load("id_type").resolve(code).entry.name for code in "16789AZ"} == students  # type: ignore[union-attr]
    assert "港澳台居民居住证" in codes.load("id_type").names - members
    assert codes.load("id_type").accepted("member") - members == {"军官证", "士兵证", "文职干部证", "部队离退休证"}
    assert codes.load("id_type").resolve("外国人永久居留身份证").entry.name == "境外永久居住证"  # type: ignore[union-attr]
    assert codes.load("political_status").offered("student") == {"中共党员", "中共预备党员", "共青团员", "群众"}
    assert codes.load("sex").offered("student") == {"男", "女"}
    assert codes.load("left_behind_yes_no").accepted() == {"是", "否", "非留守儿童"}
    assert codes.load("overseas_status").accepted("student") >= {"否", "非港澳台侨"}


def test_sizes_by_the_standards() -> None:
    ethnicity = codes.load("ethnicity")
    assert [f"{number:02}" in ethnicity.by_code for number in range(1, 57)] == [True] * 56
    assert len(codes.load("country").entries) == 269
    assert len(codes.load("political_status").entries) == 13
    assert len(codes.load("overseas_status").entries) == 16


def test_an_unknown_list_is_a_usage_error_with_a_near_miss() -> None:
    with pytest.raises(UsageError, match="ethnicty") as caught:
        codes.load("ethnicty")
    assert "ethnicity" in caught.value.mend_en


@given(list_id=st.sampled_from(LISTS), text=st.text(max_size=30))
def test_any_text_can_be_asked(list_id: str, text: str) -> None:
    known = codes.load(list_id)
    match = known.resolve(text)
    assert match is None or match.entry in known.entries
    assert set(known.suggest(text)) <= known.names


@given(list_id=st.sampled_from(LISTS), data=st.data())
def test_width_and_blanks_never_change_a_reading(list_id: str, data: st.DataObject) -> None:
    known = codes.load(list_id)
    entry = data.draw(st.sampled_from(known.entries))
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in entry.name)
    match = known.resolve(f" {wide}\u3000")
    assert match is not None
    assert (match.entry, match.safe) == (entry, True)


def test_lookup_by_hand() -> None:
    assert [hit.name for hit in codes.lookup("sex", "")][:2] == ["男", "女"]
    assert codes.lookup("ethnicity", "佘")[0].name == "畲族"
    assert ("division", "140106000000") in [(hit.list_id, hit.code) for hit in codes.lookup(None, "140106")]
    assert {hit.list_id for hit in codes.lookup(None, "畲族")} >= {"ethnicity"}
    with pytest.raises(UsageError):
        codes.lookup("nothing", "x")
