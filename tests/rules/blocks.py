"""What the rules say of an example, with no rule that crashed."""

from __future__ import annotations

from collections.abc import Sequence

from stuvalid.findings import Block
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.examples import judged
from stuvalid.rules.registry import Rule


def blocks_of(sheets: Sequence[FormSheet], rules: Sequence[Rule] | None = None) -> list[Block]:
    """All findings of the sheets and their records."""
    outcome = judged(sheets, rules)
    assert not outcome.runs.crashed, outcome.runs.crashed
    return outcome.blocks
