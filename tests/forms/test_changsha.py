"""The import form of Changsha: 300 lawful pupils have no finding, mistakes are found at their cells, and `fix` keeps it as it is."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from stuvalid import codes
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Findings
from stuvalid.findings.masking import is_private
from stuvalid.forms import template
from stuvalid.forms.loading import _usable
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from tests import changsha
from tests.changsha import ID, TODAY, book, form, number, pupils
from tests.program import stuvalid

OPTIONS = CheckOptions(isolated=False, today=TODAY)
BORN = dt.date(2014, 3, 5)
WAYS: dict[str, Mapping[str, Any]] = {"range": {}, "name": {"style": "name"}, "none": {"dropdowns": False}}
every_way = pytest.mark.parametrize("way", WAYS)


def checked(data: bytes, name: str = "雨花中学.xlsx") -> Findings:
    return check_sources([Source(name, data=data)], OPTIONS)


@every_way
def test_lawful_pupils_have_no_finding(way: str) -> None:
    findings = checked(book(pupils(), **WAYS[way]))
    assert (findings.files[0].template, findings.files[0].rows) == (ID, 300)
    assert [(finding.rule, finding.place.cell, finding.value) for finding in findings] == []


# Field and what is written there, of pupils that are ordinary otherwise; a pair stands at either of its cells.
MISTAKES: tuple[tuple[str, str], ...] = (
    ("sex", "1"),
    ("sex", "男性别"),
    ("birth_date", "2014-03-05"),
    ("birth_date", "20141305"),
    ("birth_date", "20990101"),
    ("birthplace_division", "430111000000"),
    ("native_place", "长沙"),
    ("ethnicity", "汉"),
    ("ethnicity", "毛南族"),
    ("nationality", "香港"),
    ("nationality", "俄罗斯"),
    ("id_type", "身份证"),
    ("id_type", "户口簿"),
    ("id_type", "香港特区护照/身份证明"),
    ("id_number", "43011120140305001"),
    ("id_number", "4.30111E+17"),
    ("id_number", ""),
    ("overseas_status", "否"),
    ("health", "很好"),
    ("political_status", "共青团员"),
    ("blood_type", "A"),
    ("household_division", "北京市海淀区"),
    ("household_division", "湖南省长沙市市辖区"),
    ("household_address", ""),
    ("household_type", "居民户口"),
    ("household_category", "常住"),
    ("class_name", "初一(1)班"),
    ("class_name", ""),
    ("entry_way", "义务教育阶段其他"),
    ("attendance", "寄宿"),
    ("continuation_mark", "G43011120140305"),
    ("home_division", "430111"),
    ("home_address", "12栋"),
    ("postcode", "4100"),
    ("left_behind", "单亲留守儿童"),
    ("rural_left_behind", "非留守"),
    ("disabled", ""),
    ("special_attendance", "康复机构特教学校办学点就读"),
    ("disability_degree", "三级"),
    ("disability_proof", "医疗诊断证明"),
    ("boarder", "住校"),
    ("transport", "公交"),
    ("member1.name", ""),
    ("member1.relation", "祖父母或外祖父母"),
    ("member1.relation", "爸爸"),
    ("member1.phone", "1381234567"),
    ("member1.guardian", "√"),
    ("member1.household_division", "长沙市雨花区"),
    ("member2.id_number", "43011119800101001X"),
    ("member2.relation", "外婆"),
    ("name", "王小明1"),
    ("serial_number", ""),
)


def spoilt() -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    """Pupils with one mistake in every third row, and the rows and fields of the mistakes."""
    records, places = pupils(), []
    ordinary = [
        row for row, record in enumerate(records) if record["id_type"] == "居民身份证" and record["member2.name"]
    ]
    for row, (key, text) in zip(ordinary[::3], MISTAKES, strict=False):
        records[row][key] = text
        places.append((row, key))
    return records, places


@every_way
def test_mistakes_are_found_at_their_cells(way: str) -> None:
    records, places = spoilt()
    assert len(places) == len(MISTAKES) >= 40
    findings = checked(book(records, **WAYS[way]))
    told = {(finding.place.row - 1, finding.field) for finding in findings}
    assert [(place, records[place[0]][place[1]]) for place in places if place not in told] == []
    assert {row for row, _ in told} == {row for row, _ in places}


@every_way
@pytest.mark.parametrize("unsafe", [False, True])
def test_fix_leaves_every_header_and_every_offered_value(way: str, unsafe: bool) -> None:
    records, places = spoilt()
    for given in (pupils(), records):
        data = book(given, **WAYS[way])
        (mended,) = fix_sources([Source("a.xlsx", data=data)], FixOptions(OPTIONS, unsafe=unsafe)).files
        before, after = (
            [[cell.value for cell in row] for row in load_workbook(io.BytesIO(one))["新生1"].iter_rows()]
            for one in (data, mended.content())
        )
        assert after[0] == before[0] == [entry.header for entry in form().fields]
        changed = {
            (row - 1, form().fields[column].key): after[row][column]
            for row in range(1, len(before))
            for column in range(len(form().fields))
            if after[row][column] != before[row][column]
        }
        if given is records:
            assert set(changed) <= set(places)
            assert changed[places[0]] == "男"
            offered = {entry.key: codes.load(entry.codes).accepted() for entry in form().fields if entry.kind == "code"}
            assert [
                item for item in changed.items() if item[0][1] in offered and item[1] not in offered[item[0][1]]
            ] == []
        else:
            assert changed == {}


def test_a_form_that_lost_its_stars_gets_them_back_and_a_misspelt_header_is_told() -> None:
    bare = {entry.key: entry.header.rstrip("*") for entry in form().fields}
    data = book(pupils(20), headers=bare)
    (mended,) = fix_sources([Source("a.xlsx", data=data)], FixOptions(OPTIONS)).files
    page = load_workbook(io.BytesIO(mended.content()))["新生1"]
    assert [cell.value for cell in page[1]] == [entry.header for entry in form().fields]


def test_where_two_documents_are_meant_nobody_is_guessed() -> None:
    records = pupils(20)
    records[0]["id_type"] = "港澳居民来往内地通行证"
    (finding,) = [one for one in checked(book(records)) if one.field == "id_type"]
    assert finding.rule == "COD003" and finding.fix is None
    assert finding.params["meant"] == "港澳居民来往内地通行证（香港）”或“港澳居民来往内地通行证（澳门）"


def test_a_second_member_may_be_left_out_or_begun() -> None:
    records = pupils(10)
    for record in records:
        record |= {key: "" for key in record if key.startswith("member2.")}
        record["member2.name"] = "陈桂兰"
    assert [finding.rule for finding in checked(book(records))] == []


def test_what_follows_from_an_answer_is_asked_for() -> None:
    records = pupils(6)
    records[1] |= {"disabled": "是", "disability": "", "special_attendance": ""}
    records[2] |= {"member1.relation": "其他", "member1.relation_note": ""}
    told = {(finding.rule, finding.field) for finding in checked(book(records))}
    assert {("REQ002", "disability"), ("REQ002", "special_attendance"), ("REQ002", "member1.relation_note")} <= told


def test_rules_know_documents_and_guardians_by_the_words_of_the_form() -> None:
    records = pupils(12)
    records[1] |= {"id_type": "港澳居民居住证", "id_number": "12345"}
    records[2]["member1.relation"] = "母亲" if records[2]["member1.relation"] == "父亲" else "父亲"
    records[3] |= {"political_status": "中国共产主义青年团团员"}
    records[3] |= _born(dt.date(2015, 3, 5), records[3]["sex"])
    told = {(finding.rule, finding.field) for finding in checked(book(records))}
    assert ("IDN011", "id_number") in told
    assert ("ENR011", "political_status") in told
    assert any(field in ("member1.relation", "member1.id_number") for _, field in told)


def _born(born: dt.date, sex: str) -> dict[str, str]:
    own = number("430111", born, 940 + (sex == "男"))
    return {"birth_date": f"{born:%Y%m%d}", "id_number": own, "continuation_mark": f"G{own}"}


def test_names_numbers_phones_and_addresses_are_masked(tmp_path: Path) -> None:
    records = pupils(20)
    keys = (
        "name",
        "name_pinyin",
        "id_number",
        "phone",
        "home_address",
        "serial_number",
        "member1.name",
        "member2.phone",
    )
    for row, key in enumerate((*keys, "disability_number", "member1.household_address", "continuation_mark"), start=11):
        records[row % 20 or 1][key] = (records[row % 20 or 1][key] or "430111201403050019") + "\x07"
    (tmp_path / "新生.xlsx").write_bytes(book(records))
    done = stuvalid("check", tmp_path / "新生.xlsx", "-v", "-o", f"json={tmp_path / 'r.json'}", "--no-cache")
    shown = done.stdout.decode() + (tmp_path / "r.json").read_text(encoding="utf-8")
    assert "姓名" in shown and "学籍流水号" in shown
    for record in records:
        for key, kind in ((entry.key, entry.kind) for entry in form().fields):
            if is_private(kind, key) and len(record[key]) > 2 and key != "birth_date":
                assert record[key].rstrip("\x07") not in shown, key


def test_the_form_is_sound_as_a_users_own_would_have_to_be() -> None:
    known = template(ID)
    assert _usable(known, ID) is known
    assert (len(known.fields), sum(entry.header.endswith("*") for entry in known.fields)) == (86, 26)
    assert all(entry.required == entry.header.endswith("*") for entry in known.fields)
    regions = codes.load(known.field("household_division").codes)  # type: ignore[union-attr]
    assert {"北京北京市海淀区", "重庆重庆市云阳县", "湖北省仙桃市", "湖南省长沙市雨花区"} <= regions.accepted()
    assert {"台湾台北市大安区", "香港特别行政区九龙观塘区", "澳门特别行政区氹仔嘉模堂区"} <= regions.accepted()
    assert not any(name.endswith("市辖区") for name in regions.accepted())
    assert changsha.form() is known
