"""How many returned failures come to the right pupil and cell, over seeded schools of 1,000 pupils.

    python benchmarks/reconciling.py [SEED …]

Each school gets 400 failures in the registry's wordings, with noise in names and numbers, in seven shapes of lists (`tests.returned.answers`):
363 that tell one pupil, 37 that do not and must stay open. A failure at a wrong pupil or cell is worse than an open one.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from stuvalid.check.run import CheckOptions
from stuvalid.returned.entries import Answer
from stuvalid.returned.reconcile import check_returned
from tests.returned.answers import Returned, answers, school, school_book, write_lists

_HEADER_ROWS = 2


@dataclass
class Figures:
    """What became of the 400."""

    right: int = 0
    open_certain: list[Returned] = field(default_factory=list)
    wrong: list[tuple[Returned, Answer]] = field(default_factory=list)
    left_open: int = 0
    guessed: list[tuple[Returned, Answer]] = field(default_factory=list)
    not_read: list[Returned] = field(default_factory=list)
    unforeseen: int = 0

    def __str__(self) -> str:
        certain = self.right + len(self.open_certain) + len(self.wrong)
        return (
            f"{self.right} of {certain} certain ones at the right pupil and cell ({self.right / certain:.1%}), "
            f"{len(self.open_certain)} left open, {len(self.wrong)} wrong; "
            f"of the others {self.left_open} left open, {len(self.guessed)} guessed; {len(self.not_read)} not read"
        )


def measure(seed: int, folder: Path) -> Figures:
    """The figures of one school."""
    records = school(seed)
    (folder / "sent.xlsx").write_bytes(school_book(records))
    lists = folder / "lists"
    lists.mkdir()
    where = write_lists(answers(records, seed), lists, seed)
    options = CheckOptions(isolated=False, today=dt.date(2026, 11, 25))
    found, _ = check_returned([folder / "sent.xlsx"], [lists], options, folder)
    told: dict[tuple[str, int], list[Answer]] = {}
    for entry in found.entries:
        told.setdefault((Path(entry.line.file).name, entry.line.row), []).append(entry)
    figures = Figures()
    for place, said in where.items():
        entries = list(told.get(place, []))
        for one in sorted(said, key=lambda one: not any(_is_it(one, entry) for entry in entries)):
            _judge(one, entries, figures)
    figures.unforeseen = len(found.unforeseen())
    return figures


def _judge(one: Returned, entries: list[Answer], figures: Figures) -> None:
    """Take the entry that is this failure off the list and count it."""
    mine = next((entry for entry in entries if _is_it(one, entry)), None)
    if mine is None:
        mine = next((entry for entry in entries if entry.pupil is None), entries[0] if entries else None)
    if mine is None:
        figures.not_read.append(one)
        if one.pupil >= 0:
            figures.open_certain.append(one)
        return
    entries.remove(mine)
    if one.pupil < 0:
        figures.left_open += mine.pupil is None
        if mine.pupil is not None:
            figures.guessed.append((one, mine))
    elif mine.pupil is None:
        figures.open_certain.append(one)
    elif _is_it(one, mine):
        figures.right += 1
    else:
        figures.wrong.append((one, mine))


def _is_it(one: Returned, entry: Answer) -> bool:
    """Whether the entry stands at the pupil and cell of the failure."""
    return (
        entry.pupil is not None
        and entry.pupil.position == one.pupil
        and entry.place == entry.pupil.place(one.field)
        and one.field in entry.pupil.page.columns
    )


def main() -> None:
    for seed in map(int, sys.argv[1:] or ("1", "2", "3")):
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(seed, Path(folder))
        print(f"seed {seed}: {figures}")
        for one, entry in (*figures.wrong, *figures.guessed):
            print(
                "  wrong:",
                one,
                "->",
                entry.pupil and entry.pupil.position,
                entry.match.by,
                entry.failure.text,
                "|",
                entry.line.whole,
            )
        for one in figures.open_certain[:20]:
            print("  open:", one)


if __name__ == "__main__":
    main()
