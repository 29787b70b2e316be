"""Each code point of Unicode in a name, a text and an address: the look at bytes and the rules agree on all of them."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from stuvalid.codes import characters
from stuvalid.codes.characters import HAN
from stuvalid.forms import Field, template
from stuvalid.forms.table import Column
from stuvalid.rules.accept import suspects
from stuvalid.rules.examples import TODAY, form_sheet
from stuvalid.rules.registry import Cell, all_rules
from stuvalid.rules.verdicts import Judgement, _first_fault, _says_nothing, cell_chains
from tests.rules.blocks import blocks_of

EVERY = [chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF]
SHAPES = {"name": "王{}明", "native_place": "山西省{}太原市迎泽区", "home_address": "山西省太原市迎泽区{}12号"}


def _field(key: str) -> Field:
    found = template("student-2013").field(key)
    assert found is not None
    return found


@pytest.mark.parametrize("key", SHAPES)
def test_what_is_accepted_at_a_glance_no_rule_speaks_of(key: str) -> None:
    values = [SHAPES[key].format(char) for char in EVERY]
    column = Column(_field(key), pa.array(values, pa.string()), None)
    looked_at = np.zeros(len(values), dtype=np.bool_)
    looked_at[suspects(column, TODAY, {})[0]] = True
    accepted = np.flatnonzero(~looked_at)
    assert len(accepted) > 10_000
    chain = cell_chains(tuple(all_rules().values())).of(column.field)
    # The ideographs are alike to most rules: of those, each sixty-fourth is asked about, of all others each.
    asked = [row for row in accepted.tolist() if not "\u4e00" <= EVERY[row] <= "\u9fff" or row % 64 == 0]
    for row in asked:
        spoken = _first_fault(Cell(values[row], column.field, today=20261123), chain, Judgement())
        assert spoken is None, f"U+{ord(EVERY[row]):04X} was accepted, but {spoken.rule.id} speaks"
        assert not _says_nothing(values[row], column.field)


def test_a_name_without_a_word_is_of_chinese_characters_alone() -> None:
    """One character of each block that is no ideograph stands for all of it; ideographs are those Unicode names so."""
    chain = cell_chains(tuple(all_rules().values())).of(_field("name"))
    field = _field("name")
    blocks = {point >> 6: chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF}
    for char in blocks.values():
        spoken = _first_fault(Cell(f"王{char}明", field, today=20261123), chain, Judgement())
        if re.match(f"[{HAN}·]", char):
            plain = characters.simplified(char) is None
            assert (spoken is None) is plain, f"U+{ord(char):04X}"
        else:
            assert spoken is not None, f"nothing is said of U+{ord(char):04X} in a name"
    named = [char for char in EVERY if unicodedata.name(char, "").startswith("CJK UNIFIED IDEOGRAPH")]
    assert [char for char in named if not re.match(f"[{HAN}]", char)] == []


@pytest.mark.parametrize(
    "name",
    [
        "ئايگۈل",
        "ᠨᠠᠷᠠᠨ",
        "김민수",
        "Иван",
        "Άννα",
        "דוד",
        "राम",
        "བཀྲ་ཤིས",
        "สมชาย",
        "アンナ",
        "ﾊﾅ",
        "ㄅㄆ",
        "ꀀꀁ",
        "Nguyễn",
        "José",
        "王a",
        "😀明",
        "䷀明",
        "王󠄀",
    ],
)
def test_a_name_of_another_script_is_told(name: str) -> None:
    told = {block.rule for block in blocks_of(form_sheet([{"name": name}])) if block.field == "name"}
    assert told & {"FMT003", "FMT002", "CEL005"}, name


@pytest.mark.parametrize(
    ("name", "rule", "fix", "safe"),
    [
        ("⻢小云", "CEL011", "马小云", True),
        ("⻩大明", "CEL011", "黄大明", True),
        ("⻰飞", "CEL011", "龙飞", True),
        ("张⻓江", "CEL011", "张长江", True),
        ("⾼小⽂", "CEL011", "高小文", True),
        ("王\ue863", "CEL017", "王䶮", False),
        ("李\ue816明", "CEL017", "李𠂇明", False),
        ("赵\ue5e5", "CEL017", None, False),
        ("赵\U000f0001", "CEL017", None, False),
        ("古丽娜尔-艾力", "FMT001", "古丽娜尔·艾力", False),
        ("古丽娜尔•艾力", "FMT001", "古丽娜尔·艾力", True),
    ],
)
def test_what_stands_for_another_character_is_offered(name: str, rule: str, fix: str | None, safe: bool) -> None:
    blocks = [block for block in blocks_of(form_sheet([{"name": name}])) if block.field == "name"]
    assert [block.rule for block in blocks] == [rule]
    offered = blocks[0].fixes[0] if blocks[0].fixes else None
    assert (offered.value if offered else None) == fix
    assert offered is None or offered.safe is safe


def test_the_equivalents_are_the_reviewed_ones() -> None:
    table = characters._equivalents()
    assert len(table) == 408
    assert sum(characters.is_private(char) for char in table) == 80
    assert all(re.match(f"[{HAN}]", plain) for plain in table.values())
