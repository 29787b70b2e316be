"""What the rules say of an example, with no rule that crashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stuvalid.excel import Note
from stuvalid.findings import Block
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.engine import check_file
from stuvalid.rules.examples import judged
from stuvalid.rules.reading import Reading
from stuvalid.rules.registry import Rule, all_rules
from stuvalid.rules.verdicts import Judgement


def blocks_of(sheets: Sequence[FormSheet], rules: Sequence[Rule] | None = None) -> list[Block]:
    """All findings of the sheets and their records."""
    outcome = judged(sheets, rules)
    assert not outcome.runs.crashed, outcome.runs.crashed
    return outcome.blocks


def file_blocks(example: Mapping[str, Any]) -> list[Block]:
    """The findings of a file whose reader noted what ``@notes`` lists as (code, detail, sheet, row)."""
    outcome = Judgement()
    notes = [Note(*entry) for entry in example.get("@notes", ())]
    check_file(0, Reading(notes, ["学生基础信息"]), tuple(all_rules().values()), outcome)
    assert not outcome.runs.crashed, outcome.runs.crashed
    return outcome.blocks
