"""What a diagnosis is while it is made: a hypothesis with its repair, to be tested on the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Hypothesis:
    """One event that would explain what is seen.

    ``slug`` names its rule; ``columns`` are the fields whose cells are wrong now; ``first`` and ``last`` the positions of
    the first and last pupil that show it. ``repair`` gives by field and position the texts that undo it ('' for what no
    longer stands in the file); empty where it is told and not mended. ``params`` fill the sentence, ``gain`` is how many
    things agree after the repair that did not before. ``certain`` False where two events would leave the same file. With
    ``all_faults`` whatever is wrong in its cells follows from it, mended or not. ``safe`` where the rules' safe fixes are the repair.
    """

    slug: str
    columns: tuple[str, ...]
    first: int
    last: int
    gain: int
    repair: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    certain: bool = True
    all_faults: bool = False
    safe: bool = False

    @property
    def cells(self) -> set[tuple[str, int]]:
        """Every cell that the repair writes, else that the event touched."""
        if self.repair:
            return {(key, position) for key, texts in self.repair.items() for position in texts}
        return {(key, position) for key in self.columns for position in range(self.first, self.last + 1)}
