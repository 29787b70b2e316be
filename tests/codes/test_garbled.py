"""UTF-8 read as GBK is known as such, whole or with characters lost, and no lawful text is taken for it."""

from __future__ import annotations

import random

import pytest

from stuvalid.codes import divisions
from stuvalid.codes.characters import ungarbled

TEXTS = ("张三", "王小明", "李秀英", "欧阳明月", "古丽娜尔·艾力", "山西省太原市迎泽区双塔西街12号", "太原钢铁集团")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("lost", ["\ufffd", "?", "？"])
def test_what_was_garbled_is_known(text: str, lost: str) -> None:
    garbled = text.encode().decode("gbk", "replace")
    found = ungarbled(garbled.replace("\ufffd", lost))
    assert found is not None
    if "\ufffd" not in garbled:
        assert found == text
    elif lost != "\ufffd":
        assert any(char in found for char in text)
        assert "?" in found


@pytest.mark.parametrize("text", ["锟斤拷", "山西省锟斤拷", "烫烫烫烫", "屯屯屯", "王\ufffd"])
def test_what_was_lost_is_known(text: str) -> None:
    assert ungarbled(text) == "?"


def test_no_place_and_no_rare_name_is_garbled() -> None:
    assert not [name for name in divisions.names() if ungarbled(name)]
    rng = random.Random(5)
    han = [char for code in range(0x4E00, 0xA000) if (char := chr(code)).encode("gbk", "ignore")]
    names = ["".join(rng.choices(han, k=rng.randint(2, 4))) for _ in range(60_000)]
    assert sum(ungarbled(name) is not None for name in names) <= 6
    assert not [name for name in names if len(name) == 2 and ungarbled(name)]
