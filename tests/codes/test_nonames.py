"""Words that stand where a name belongs."""

from __future__ import annotations

import pytest

from stuvalid.codes.nonames import is_no_name, words


def test_words_behind_a_name_have_two_characters_as_the_glance_looks_at_two() -> None:
    assert {len(word) for word in words("end")} == {2}


@pytest.mark.parametrize(
    "value", ["爸爸", "李大明的妈妈", "王女士", "已故", "三年级一班李小明", "初一二班李小明", "二班李小明"]
)
def test_is_no_name(value: str) -> None:
    assert is_no_name(value)


@pytest.mark.parametrize("value", ["班固", "班超群", "三班", "父子龙", "李学生", "王母", "孙先", "李亲", "高一班"])
def test_may_be_a_name(value: str) -> None:
    assert not is_no_name(value)
