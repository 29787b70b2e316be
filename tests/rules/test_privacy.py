"""No message on any rule's own bad example gives away what was masked, nor what would make it whole again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.findings import Finding
from stuvalid.findings.masking import is_private, mask
from stuvalid.report.wording import Wording
from stuvalid.rules.examples import form_sheet
from stuvalid.rules.registry import Rule, all_rules
from tests.rules.blocks import blocks_of

EXAMPLES = [(rule, example) for rule in all_rules().values() if rule.scope != "file" for example in rule.bad]


def shown(finding: Finding) -> str:
    words = [
        part
        for wording in (Wording("zh"), Wording("en"))
        for part in (wording.message(finding), wording.value(finding), wording.fix_value(finding) or "")
    ]
    return "\n".join(words)


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}-{number}" for number, (rule, _) in enumerate(EXAMPLES)]
)
def test_a_masked_number_cannot_be_made_whole(rule: Rule, example: object) -> None:
    sheets = form_sheet(example)  # type: ignore[arg-type]
    numbers = {
        text
        for sheet in sheets
        for column in sheet.sheet.columns
        for text in column.to_pylist()
        if text and re.fullmatch(r"[0-9]{17}[0-9Xx]", text)
    }
    births = {number[6:14] for number in numbers}
    for block in blocks_of(sheets):
        for index in range(len(block)):
            text = re.sub(r"[-/.年月日]", "", shown(block.at(index, "a.xlsx")))
            assert [number for number in numbers if number in text] == []
            assert [birth for birth in births if birth in text] == []


@given(st.text(max_size=30), st.sampled_from(["name", "id_number", "phone", "address", "email", "date", "birth"]))
def test_a_mask_keeps_the_shape_and_never_the_whole(value: str, kind: str) -> None:
    masked = mask(value, kind)
    if kind != "email":
        assert len(masked) == len(value)
    if sum(char.isalnum() for char in value) > 12:
        assert masked != value


def test_a_birth_date_is_private_wherever_it_stands() -> None:
    assert is_private("date", "birth_date")
    assert mask("20140305", "date") == "2014****"
    assert mask("2014-3-05", "date") == "2014-*-**"
    assert mask("140305", "date") == "14****"


def test_the_columns_that_a_sentence_lists_are_no_secret() -> None:
    """The list of a half-filled row's blanks looked like an address, and was masked."""
    rows = [{}, {}, {"@only": {"school_code": "2114010068", "name": "王小明", "sex": "男"}}]
    (block,) = [block for block in blocks_of(form_sheet(rows)) if block.rule == "REQ005"]
    text = Wording().message(block.at(0, "a.xlsx"))
    assert "现住址" in text
    assert "*" not in text
