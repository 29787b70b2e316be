"""One slip of a hand: whatever `fix --unsafe-fixes` does to such a file, it overwrites nothing that was right."""

from __future__ import annotations

from collections import Counter

import pytest

from stuvalid import workers
from stuvalid.check.run import CheckOptions
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from stuvalid.rules.examples import TODAY
from tests.accidents import KINDS, Accident, accidents
from tests.lawful import book
from tests.program import _run_here

FILES = 60


@pytest.fixture(scope="module")
def outcome() -> tuple[Counter[str], Counter[str], list[str]]:
    """By kind: harmed cells, harmed cells that are right again; and the unharmed cells that were written."""
    harmed: Counter[str] = Counter()
    restored: Counter[str] = Counter()
    spoiled: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "run", _run_here)
        for number, accident in enumerate(accidents(FILES)):
            _try(number, accident, harmed, restored, spoiled)
    return harmed, restored, spoiled


def _try(number: int, accident: Accident, harmed: Counter[str], restored: Counter[str], spoiled: list[str]) -> None:
    source = Source(f"{number}.xlsx", data=book({"学生基础信息": accident.rows}))
    options = FixOptions(CheckOptions(isolated=False, workers=1, today=TODAY), unsafe=True)
    (mended,) = fix_sources([source], options).files
    cells = accident.harmed()
    harmed[accident.name] += len(cells)
    for change in mended.changes:
        true = accident.true[change.row][change.column]
        if (change.row, change.column) in cells:
            restored[accident.name] += change.new == true
        elif change.new != true:
            spoiled.append(
                f"{number} {accident.name} {accident.form} {change.rule} {change.field}: {change.old} -> {change.new}"
            )


def test_every_kind_does_harm(outcome: tuple[Counter[str], Counter[str], list[str]]) -> None:
    assert set(outcome[0]) == {kind.__name__ for kind in KINDS}
    assert all(outcome[0].values())


def test_no_unharmed_cell_is_written(outcome: tuple[Counter[str], Counter[str], list[str]]) -> None:
    assert not outcome[2], "\n".join(outcome[2][:20])
