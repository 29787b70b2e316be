from __future__ import annotations

from typing import Any

import pytest

from stuvalid.findings import Block, Severity
from stuvalid.rules.examples import form_sheet
from stuvalid.rules.registry import Rule, all_rules
from tests.rules.blocks import blocks_of, file_blocks

LOCAL = [known for known in all_rules().values() if known.scope != "run"]
BAD = [(known, example) for known in LOCAL for example in known.bad]
GOOD = [(known, example) for known in LOCAL for example in known.good]


def _name(value: object) -> str | None:
    return value.id if isinstance(value, Rule) else None


def _blocks(known: Rule, example: Any) -> list[Block]:
    return file_blocks(example) if known.scope == "file" else blocks_of(form_sheet(example))


@pytest.mark.parametrize("known", LOCAL, ids=_name)
def test_every_rule_has_examples_of_both_sorts(known: Rule) -> None:
    assert known.bad
    assert known.good


@pytest.mark.parametrize(("known", "example"), BAD, ids=_name)
def test_bad_example_is_told_by_its_rule(known: Rule, example: object) -> None:
    blocks = _blocks(known, example)
    assert known.id in {block.rule for block in blocks}, [(b.rule, b.field, b.values) for b in blocks]


@pytest.mark.parametrize(("known", "example"), GOOD, ids=_name)
def test_good_example_has_no_error_or_warning(known: Rule, example: object) -> None:
    blocks = [block for block in _blocks(known, example) if block.severity > Severity.INFO]
    assert not blocks, [(block.rule, block.field, block.values) for block in blocks]


@pytest.mark.parametrize(("known", "example"), BAD, ids=_name)
def test_one_mistake_is_said_once(known: Rule, example: object) -> None:
    cells = [
        (block.sheet, row, block.column)
        for block in _blocks(known, example)
        for row in block.rows
        if block.column >= 0 and block.severity > Severity.INFO
    ]
    assert len(cells) == len(set(cells))
