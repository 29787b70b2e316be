"""A file to which something happened, with what every cell truly is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.slips.people import Mistake, Village, with_mistakes
from stuvalid.forms import Template, template

Grid = list[list[Any]]
FORMS = ("student-2013", "student-2020", "student-2022")


@dataclass(slots=True)
class Sheet:
    """A form's rows, header first, as an accident finds and leaves them; ``true`` as they should be.

    ``beside`` are further files by name, ``sheets`` further sheets of the same workbook.
    """

    draw: random.Random
    form: Template
    rows: Grid
    true: Grid
    village: Village
    beside: dict[str, Grid] = field(default_factory=dict)
    sheets: dict[str, Grid] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return list(self.form.keys)

    @property
    def size(self) -> int:
        return len(self.rows) - 1

    def at(self, key: str) -> int:
        return self.keys.index(key)

    def having(self, *keys: str) -> list[str]:
        return [key for key in keys if key in self.form.keys]

    def column(self, key: str) -> list[Any]:
        return [row[self.at(key)] for row in self.rows[1:]]

    def put(self, key: str, values: list[Any], start: int = 1) -> None:
        for row, value in zip(self.rows[start:], values, strict=False):
            row[self.at(key)] = value

    def run(self, least: int = 6, most: int = 0) -> range:
        """Some rows at random: 1-based grid rows."""
        size = self.draw.randrange(least, (most or max(least + 1, self.size * 2 // 3)) + 1)
        size = min(size, self.size - 2)
        start = self.draw.randrange(1, self.size - size + 2)
        return range(start, start + size)


@dataclass(frozen=True, slots=True)
class Told:
    """What has to be told of an accident: one of ``slugs``, in columns among ``columns`` (keys; none: any).

    ``mends`` says of what the true values still stand in the file: ``moved`` (those that stand in harmed cells),
    ``derived`` (all), ``none``. ``whole`` False where the rows need not be told.
    """

    slugs: tuple[str, ...]
    columns: tuple[str, ...] = ()
    mends: str = "moved"
    whole: bool = True
    others: tuple[tuple[str, ...], ...] = ()


Accident = Callable[[Sheet], Told | None]


@dataclass(frozen=True, slots=True)
class Case:
    kind: int
    name: str
    sheet: Sheet
    told: Told

    def harmed(self) -> dict[tuple[int, int], Any]:
        """Harmed cells with what they should hold."""
        return {
            (row, column): true
            for row, (now, was) in enumerate(zip(self.sheet.rows, self.sheet.true, strict=True))
            for column, (one, true) in enumerate(zip(now, was, strict=True))
            if one != true
        }

    def restorable(self) -> dict[tuple[int, int], Any]:
        """Harmed cells whose true value still stands in the file."""
        cells = self.harmed()
        if self.told.mends == "derived":
            return cells
        if self.told.mends == "none":
            return {}
        held = Counter(self.sheet.rows[row][column] for row, column in cells)
        return {place: true for place, true in cells.items() if true == "" or held[true]}

    def mistakes(self) -> list[tuple[int, int]]:
        """Where ordinary mistakes stand now, each once, and where what happened has not taken what they said."""
        harmed, restorable = self.harmed(), self.restorable()
        found: dict[int, list[tuple[int, int]]] = {}
        for row, texts in enumerate(self.sheet.rows):
            for column, text in enumerate(texts):
                if isinstance(text, Mistake) and text and ((row, column) not in harmed or (row, column) in restorable):
                    found.setdefault(id(text), []).append((row, column))
        return [places[0] for places in found.values() if len(places) == 1]


def size_of(draw: random.Random, most: int) -> int:
    """30 to ``most`` pupils, small schools more often."""
    return min(
        most,
        draw.choice(
            (draw.randrange(30, 61), draw.randrange(45, 301), draw.randrange(200, 1001), draw.randrange(800, 3001))
        ),
    )


def sheet_for(seed: int, number: int, most: int, mistakes: float = 0.02) -> Sheet:
    draw = random.Random(f"{seed} {number}")
    form = template(FORMS[draw.randrange(3)])
    village = Village(
        seed * 100_003 + number,
        form,
        size_of(draw, most),
        shared=draw.choice((0.95, 0.85, 0.85, 0.7)),
        mothers_first=draw.random() < 0.12,
    )
    people = village.pupils()
    with_mistakes(draw, people, mistakes)
    header = [entry.header for entry in form.fields]
    rows = [header, *(list(one.values()) for one in people)]
    return Sheet(draw, form, rows, [list(row) for row in rows], village)


def cases(accidents: dict[Accident, int], count: int, seed: int, most: int) -> list[Case]:
    """``count`` files, the kinds in turn; an accident that a form cannot have, or that changed nothing, is another's turn."""
    made: list[Case] = []
    order, number = list(accidents), 0
    while len(made) < count:
        sheet = sheet_for(seed, number, most)
        accident = order[number % len(order)]
        number += 1
        told = accident(sheet)
        if told is None:
            continue
        case = Case(accidents[accident], accident.__name__, sheet, told)
        if told.mends == "none" or case.harmed():
            made.append(case)
    return made
