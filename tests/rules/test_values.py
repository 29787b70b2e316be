"""Values on both sides of a rule's line: what passes, what is told, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stuvalid.codes.identity import calendar_date, check_character, hong_kong_check, is_calendar
from stuvalid.findings import Fix
from stuvalid.rules.examples import form_sheet, number
from tests.rules.blocks import blocks_of

HONG_KONG = {"id_type": "香港特区护照/身份证明", "nationality": "香港", "overseas_status": "香港同胞"}
MACAU = {"id_type": "澳门特区护照/身份证明", "nationality": "澳门", "overseas_status": "澳门同胞"}


def told(key: str, value: str, **others: str) -> tuple[set[str], Fix | None]:
    """The rules that speak of one field's value (no hints), and the fix the first of them offers."""
    blocks = [
        block
        for block in blocks_of(form_sheet({key: value, **others}))
        if block.field == key and block.rule != "CEL015"
    ]
    return {block.rule for block in blocks}, next((block.fixes[0] for block in blocks if block.fixes), None)


@pytest.mark.parametrize(
    ("phone", "fix", "safe"),
    [
        ("+8613812345678", "13812345678", True),
        ("0086-13812345678", "13812345678", True),
        ("0086 138 1234 5678", "13812345678", True),
        ("138-1234-5678", "13812345678", True),
        ("电话：13812345678", "13812345678", True),
        ("手机13812345678", "13812345678", True),
        ("13812345678.0", "13812345678", True),
        ("13812345678；", "13812345678", True),
        ("13812345678（妈妈）", "13812345678", False),
        ("妈妈13812345678", "13812345678", False),
        ("(0351)4123456", "0351-4123456", True),
        ("（0351）4123456", "0351-4123456", True),
        ("0351—4012345", "0351-4012345", True),
        ("0351/4012345", "0351-4012345", True),
        ("03514123456转801", "03514123456-801", True),
        ("1381234567", None, True),
        ("138123456789", None, True),
        ("12812345678", None, True),
    ],
)
def test_the_one_phone_that_is_meant_is_offered(phone: str, fix: str | None, safe: bool) -> None:
    rules, offered = told("phone", phone)
    assert rules
    assert (offered.value if offered else None) == fix
    assert offered is None or offered.safe is safe


@pytest.mark.parametrize(
    "phone", ["13812345678", "0351-4123456", "03514123456", "4123456", "0351-4123456-801", "400-123-4567"]
)
def test_phones_that_are_right(phone: str) -> None:
    assert told("phone", phone)[0] == set()


@pytest.mark.parametrize(
    ("native", "right"),
    [
        ("山西省太原市迎泽区", True),
        ("山西省平遥县", True),
        ("北京市海淀区", True),
        ("内蒙古自治区呼和浩特市土默特左旗", True),
        ("湖北省仙桃市", True),
        ("海南省儋州市", True),
        ("北京市崇文区", True),
        ("山西省", False),
        ("山西省太原市", False),
        ("太原", False),
        ("上海市", False),
        ("山西省运城市", False),
    ],
)
def test_a_native_place_goes_down_to_the_county(native: str, right: bool) -> None:
    assert told("native_place", native)[0] == (set() if right else {"REG020"})


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("山西省太原市迎泽区双塔西街12号", True),
        ("山西省太原市迎泽区双塔西街12号3号楼2单元501室", True),
        ("山西省太原市迎泽区五一路十二号", True),
        ("山西省平遥县段村镇东安社村", True),
        ("山西省平遥县段村镇东安社村三组", True),
        ("内蒙古自治区四子王旗红格尔苏木白音嘎查", True),
        ("山西省太原市迎泽区阳光小区3栋", True),
        ("山西省太原市迎泽区", False),
        ("山西省平遥县段村镇", False),
        ("山西省太原市迎泽区双塔西街", False),
        ("山西省太原市迎泽区五一路", False),
        ("山西省太原市迎泽区107国道旁", False),
        ("030001山西省太原市迎泽区", False),
        ("13912345678迎泽区桥东镇", False),
        ("山西省太原市迎泽区（邮编030001）", False),
        ("王村3组", True),
        ("12号楼3单元501室", False),
        ("12号", False),
        ("99", False),
    ],
)
def test_an_address_goes_down_to_the_door(address: str, right: bool) -> None:
    assert told("home_address", address)[0] == (set() if right else {"REG021"})


@pytest.mark.parametrize(
    ("category", "rules"),
    [
        *((category, set()) for category in ("21", "31", "34", "51", "91")),
        *((category, {"FMT045"}) for category in ("11", "22", "32", "33", "35", "36", "41", "42")),
        ("12", {"FMT042"}),
    ],
)
def test_only_schools_of_this_registry_pass(category: str, rules: set[str]) -> None:
    assert told("school_code", f"{category}14010068")[0] == rules


@pytest.mark.parametrize(
    ("date", "fix"),
    [
        ("09/13/2018", "20180913"),
        ("13/09/2018", "20180913"),
        ("13.9.2018", "20180913"),
        ("09/10/2018", None),
        ("二〇一八年九月十三日", "20180913"),
        ("二零一八年十二月三十一日", "20181231"),
        ("180913", "20180913"),
        ("991301", None),
        ("农历20180913", None),
        ("2018-10", None),
    ],
)
def test_the_one_date_that_is_meant_is_offered(date: str, fix: str | None) -> None:
    numberless = {"id_type": "其他", "id_number": "", "class_code": "", "enrolment_month": ""}
    rules, offered = told("birth_date", date, **numberless)
    assert any(rule.startswith("DAT00") for rule in rules)
    assert (offered.value if offered else None) == fix


@pytest.mark.parametrize(
    ("value", "right"), [("长期", True), ("20250101-长期", True), ("20250101", False), ("永久", False)]
)
def test_a_validity_without_an_end_is_as_the_blank_form_advises(value: str, right: bool) -> None:
    assert told("id_validity", value)[0] == (set() if right else {"DAT030"})


@pytest.mark.parametrize(
    ("value", "rule", "fix"),
    [
        ("身份证140106200703050014", "IDN015", "140106200703050014"),
        ("140106200703050014（新）", "IDN015", "140106200703050014"),
        ("G140106200703050014", "IDN012", "140106200703050014"),
        ("L140106200703051234", "IDN012", None),
        ("140106********0013", "IDN013", None),
        ("140106XXXXXXXX0013", "IDN013", None),
        ("140106200703050014 140106200703050014", "IDN014", "140106200703050014"),
        ("140106200703050000", "IDN017", None),
        ("999211401006800001", "IDN016", None),
        ("999999200703050013", "IDN016", None),
        ("140106-20070305-0014", "IDN001", "140106200703050014"),
        ("140106200703050010", "IDN008", None),
        ("140106200713050013", "IDN007", None),
        ("14010620070305001", "IDN005", None),
    ],
)
def test_what_stands_in_a_number_cell_is_named(value: str, rule: str, fix: str | None) -> None:
    rules, offered = told("id_number", value)
    assert rules == {rule}
    assert (offered.value if offered else None) == fix


def test_a_member_is_judged_as_the_pupil_is() -> None:
    for value, rule in (("999999198503121010", "IDN016"), ("140106********0013", "IDN013")):
        assert told("member1.id_number", value)[0] == {rule}
    assert told("member1.household_division", "140107000000")[0] == {"REG012"}
    # The whole family has moved.
    moved = {"household_division": "140107000000", "id_number": number("140107", "20070305", 1)}
    assert told("member1.household_division", "140107000000", **moved)[0] == set()
    # The number's county is no longer in force: it says nothing of today's household.
    old = number("110103", "19800101", 1)
    assert told("member1.household_division", "110101000000", **{"member1.id_number": old})[0] == set()


@pytest.mark.parametrize(
    ("value", "others", "rules"),
    [
        ("A123456(3)", HONG_KONG, set()),
        ("A123456(4)", HONG_KONG, {"IDN018"}),
        ("AB987654(3)", HONG_KONG, set()),
        ("AB987654(2)", HONG_KONG, {"IDN018"}),
        ("8123456(7)", MACAU, set()),
        ("1123456(7)", MACAU, set()),
        ("9123456(7)", MACAU, {"IDN011"}),
    ],
)
def test_cards_of_hong_kong_and_macau(value: str, others: Mapping[str, str], rules: set[str]) -> None:
    assert told("id_number", value, **others)[0] == rules


def test_the_hong_kong_check_digit() -> None:
    assert [hong_kong_check(body) for body in ("A123456", "AB987654", "G123456")] == ["3", "3", "A"]


def test_days_that_exist_are_the_same_for_one_and_for_many() -> None:
    import numpy as np

    days = [20000229, 19000229, 21000229, 20040229, 20230229, 19991231, 20240431, 20241301, 20240100]
    assert [calendar_date(str(day)) is not None for day in days] == is_calendar(np.array(days)).tolist()
    assert is_calendar(np.array([20000229, 19000229])).tolist() == [True, False]


@pytest.mark.parametrize(("birth", "right"), [("18991231", False), ("19000101", True), ("20000229", True)])
def test_births_before_1900_are_impossible(birth: str, right: bool) -> None:
    body = f"140106{birth}001"
    rules, _ = told("member1.id_number", body + check_character(body))
    assert ("IDN007" in rules) is not right


@pytest.mark.parametrize(
    ("mark", "rules"),
    [
        ("G{own}", set()),
        ("G140106200713050013", {"IDN062"}),
        ("L140106200703051234", set()),
        ("L14010620070305123X", {"IDN062"}),
        ("L990106200703051234", {"IDN062"}),
        ("L140106200703061234", {"IDN063"}),
        ("J{own}", {"IDN064"}),
        ("G14010620070305001", {"IDN060"}),
    ],
)
def test_record_numbers_are_read_inside(mark: str, rules: set[str]) -> None:
    own = number("140106", "20070305", 1)
    value = mark.format(own=own)
    assert told("continuation_mark", value, **{"@form": "student-continuation", "id_number": own})[0] == rules


def test_nothing_is_read_from_digits_that_excel_lost() -> None:
    lost = {"@kinds": {"id_number": "number"}, "id_number": "140106200703050000", "sex": "男"}
    assert {block.rule for block in blocks_of(form_sheet(lost))} == {"CEL002"}
    # By chance the check character fits: still no word against the sex, for the 17th digit may be lost.
    cut = next(
        f"1401062007030{n}{d}00"
        for n in range(1, 9)
        for d in range(1, 10)
        if check_character(f"1401062007030{n}{d}00") == "0"
    )
    change = {"id_number": f"{cut}0", "sex": "男", "birth_date": cut[6:14]}
    assert {block.rule for block in blocks_of(form_sheet(change))} == {"IDN023"}


def test_a_child_without_a_number_can_be_clean() -> None:
    for form in ("student-2013", "student-2020", "student-2022"):
        blocks = blocks_of(form_sheet({"@form": form, "id_type": "其他", "id_number": ""}))
        assert {(block.rule, block.severity.name) for block in blocks} == {("IDN050", "WARNING")}


@pytest.mark.parametrize(
    "document",
    [
        {"id_type": "护照", "id_number": "E12345678", "nationality": "美国", "overseas_status": "外国人"},
        {
            "id_type": "境外永久居住证",
            "id_number": "USA110480010156",
            "nationality": "美国",
            "overseas_status": "外国人",
        },
        {"id_number": "A123456(3)", **HONG_KONG},
        {"id_number": "1123456(7)", **MACAU},
        {
            "id_type": "台湾居民来往大陆通行证",
            "id_number": "12345678",
            "nationality": "台湾",
            "overseas_status": "台湾同胞",
        },
    ],
)
def test_children_from_elsewhere_are_clean_without_a_household(document: dict[str, str]) -> None:
    nothing = dict.fromkeys(("birthplace_division", "household_division", "native_place", "household_type"), "")
    assert blocks_of(form_sheet({**document, **nothing})) == []


def test_both_members_owe_their_numbers_where_the_pupil_has_none() -> None:
    change = {
        "id_type": "其他",
        "id_number": "",
        "member1.id_number": "",
        "member2.id_number": "",
        "member2.id_type": "",
    }
    told_of = {block.field for block in blocks_of(form_sheet(change)) if block.rule == "FAM002"}
    assert told_of == {"member1.id_number", "member2.id_number", "member2.id_type"}


@pytest.mark.parametrize(("pupils", "told_of"), [(3, False), (4, True)])
def test_a_phone_may_be_shared_by_three(pupils: int, told_of: bool) -> None:
    rows = [{"phone": "13912345678"}] * pupils + [{}]
    assert ("DUP010" in {block.rule for block in blocks_of(form_sheet(rows))}) is told_of


@pytest.mark.parametrize(("length", "rules"), [(26, set()), (59, set()), (60, {"CEL016"})])
def test_how_long_an_address_may_be(length: int, rules: set[str]) -> None:
    address = "山西省太原市迎泽区双塔西街12号" + "东" * (length - 16)
    assert len(address) == length
    blocks = blocks_of(form_sheet({"home_address": address}))
    assert {block.rule for block in blocks if block.field == "home_address"} == rules


@pytest.mark.parametrize(("length", "rules"), [(10, set()), (11, {"CEL015"})])
def test_a_limit_that_the_form_states_is_told(length: int, rules: set[str]) -> None:
    blocks = blocks_of(form_sheet({"talent": "绘" * length}))
    assert {block.rule for block in blocks if block.field == "talent"} == rules


@pytest.mark.parametrize(("name", "rules"), [("王" * 25, set()), ("王" * 26, {"FMT004"}), ("王", {"FMT004"})])
def test_how_long_a_name_may_be(name: str, rules: set[str]) -> None:
    assert {rule for rule in told("name", name)[0] if rule.startswith("FMT")} == rules


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("山西省太原市迎泽区双塔西街12号3号楼2单元501", True),
        ("100246号信箱山西省太原市迎泽区双塔西街12号", True),
        ("030001山西省太原市迎泽区双塔西街12号", False),
        ("13912345678迎泽区桥东镇1号", False),
        ("山西省太原市迎泽区双塔西街12号 0351-4123456", False),
        ("山西省太原市迎泽区双塔西街12号13912345678", False),
        ("140106000000山西省太原市迎泽区双塔西街12号", False),
    ],
)
def test_an_address_holds_no_other_number(address: str, right: bool) -> None:
    assert told("home_address", address)[0] == (set() if right else {"REG022"})


@pytest.mark.parametrize(
    ("phone", "right"),
    [
        ("010-62345678", True),
        ("021-62345678", True),
        ("0755-25123456", True),
        ("010-12345678", False),
        ("01012345678", False),
        ("0000-2345678", False),
        ("13900000000", False),
    ],
)
def test_a_landline_has_a_real_area_code(phone: str, right: bool) -> None:
    assert told("phone", phone)[0] == (set() if right else {"FMT012"})


@pytest.mark.parametrize(
    ("name", "fix", "safe"),
    [
        ("古丽娜尔.艾力", "古丽娜尔·艾力", True),
        ("古丽娜尔、艾力", "古丽娜尔·艾力", False),
        ("王建国、李秀英", None, False),
        ("王建国.李秀英", None, False),
    ],
)
def test_two_people_are_not_joined_by_a_dot(name: str, fix: str | None, safe: bool) -> None:
    rules, offered = told("member1.name", name)
    assert rules == {"FMT001"}
    assert (offered.value if offered else None, bool(offered and offered.safe)) == (fix, safe)


def test_a_class_of_a_year_to_come_makes_no_other_class_an_old_one() -> None:
    rows: list[dict[str, str]] = [{} for _ in range(5)]
    slipped = {"class_code": "2035101"}
    assert "ENR003" not in {block.rule for block in blocks_of(form_sheet([*rows, slipped]))}
