"""What two other readers agree on, we read too: a short run of `benchmarks/fuzzing.py`."""

from __future__ import annotations

import random

from tests.excel.differential import compared, flipped, made, ours

FILES = 120


def test_other_readers_agree_with_us() -> None:
    outcome = compared(list(made(2026, FILES)))
    assert outcome.wrong == []
    assert outcome.refused == 0
    assert outcome.files == FILES
    assert outcome.compared > 20 * FILES
    assert outcome.undecided < outcome.compared / 10


def test_damaged_files_are_read_alike_refused_or_told() -> None:
    rng = random.Random(11)
    files = [(label, flipped(rng, data)) for label, data in made(2027, FILES)]
    outcome = compared([(label, data) for label, data in files if "xlwt" not in label])  # xls has no checksums
    assert outcome.wrong == []


def test_the_same_cells_however_they_are_written() -> None:
    for label, data in made(2028, 20):
        book, cells = ours(data)
        assert cells, label
        assert not book.notes, label
