"""All pupils of a run in columns: their keys, where each stands, whose each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stuvalid.duplicates.keysets import HashedKeys, Locator, SheetKeys
from stuvalid.duplicates.parties import short_paths
from stuvalid.findings import Place, letters
from stuvalid.pupils.facts import read_spool

if TYPE_CHECKING:
    from stuvalid.check.run import FileResult
    from stuvalid.duplicates.parties import Owner, Owners

Whole = npt.NDArray[np.int64]


@dataclass(slots=True)
class Origin:
    """One sheet, or one file of hashed keys, whose pupils stand together from ``start`` on.

    ``file`` is its number in the run's files, -1 for what is only compared with. ``sheet`` counts the file's
    sheets of pupils from 1. ``shown`` is as much of the path as tells it from all others.
    """

    path: str
    digest: str
    sheet: int
    start: int
    earlier: bool
    file: int
    keys: SheetKeys | HashedKeys
    shown: str = ""

    @property
    def part(self) -> slice:
        """Where its pupils stand in the arrays of `People`."""
        return slice(self.start, self.start + len(self.keys.rows))

    def place(self, position: int, key: str) -> Place:
        """The pupil's cell of the field ``key`` (id_number or name); of hashed keys only their file."""
        if not isinstance(self.keys, SheetKeys):
            return Place(self.path)
        column = self.keys.number_column if key == "id_number" else self.keys.name_column
        column = column if column >= 0 else max(self.keys.number_column, self.keys.name_column, 0)
        return Place(self.path, self.keys.sheet, int(self.keys.rows[position - self.start]), column)

    def locator(self, position: int) -> Locator:
        """What finds the pupil in the workbook, whatever it is called."""
        if isinstance(self.keys, SheetKeys):
            return Locator(self.digest[:32], self.sheet, int(self.keys.rows[position - self.start]) + 1)
        return self.keys.locator(position - self.start)

    def words(self, position: int, key: str) -> str:
        """Where the pupil stands, for a person."""
        if not isinstance(self.keys, SheetKeys):
            return self.locator(position).text
        place = self.place(position, key)
        return f"{self.shown} {place.sheet}!{letters(place.column)}{place.row + 1}"


@dataclass(slots=True)
class People:
    """One entry a pupil in every array; see `SheetKeys` for the keys. ``owner_of`` points into ``owners``."""

    numbers: Whole
    pupils: Whole
    number_rest: Whole | None
    pupil_rest: Whole | None
    bare: npt.NDArray[np.bool_]
    earlier: npt.NDArray[np.bool_]
    owner_of: npt.NDArray[np.int32]
    owners: list[Owner]
    origins: list[Origin]
    _starts: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self._starts = np.array([origin.start for origin in self.origins], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.numbers)

    def origin_numbers(self, positions: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """For each position the number of its origin."""
        return np.searchsorted(self._starts, positions, side="right") - 1

    def origin(self, position: int) -> Origin:
        return self.origins[int(np.searchsorted(self._starts, position, side="right")) - 1]

    def owner(self, position: int) -> Owner:
        return self.owners[int(self.owner_of[position])]

    def shown(self, positions: npt.NDArray[np.intp]) -> dict[int, dict[str, str]]:
        """What work lists show of the pupils at ``positions``; nothing of those known by hashes only."""
        ordered = np.unique(positions)
        numbers = self.origin_numbers(ordered)
        found: dict[int, dict[str, str]] = {}
        for number in np.unique(numbers).tolist():
            origin = self.origins[number]
            if isinstance(origin.keys, SheetKeys):
                mine = ordered[numbers == number]
                rows = read_spool(origin.keys.spool, mine - origin.start).to_pylist()
                found.update(zip(mine.tolist(), rows, strict=True))
        return found


@dataclass(slots=True)
class Gathering:
    """Collects what belongs to one run and joins it into `People`."""

    owners: Owners
    origins: list[Origin] = field(default_factory=list)
    _owner_of: list[npt.NDArray[np.int32]] = field(default_factory=list)
    _size: int = 0

    def add_workbooks(self, results: Sequence[FileResult], *, earlier: bool) -> None:
        """Add what `KeyGleaner` brought from these workbooks; their owners must have been learnt."""
        for number, result in enumerate(results):
            report = result.report
            self.add_sheets(report.path, report.sha256, result.gleaned, file=-1 if earlier else number, earlier=earlier)

    def add_sheets(self, path: str, digest: str, sheets: Sequence[SheetKeys], *, file: int, earlier: bool) -> None:
        """Add the sheets of one workbook; ``digest`` is its SHA-256, ``file`` its number in the run."""
        schools = self.owners.of_file(path, sheets)
        for ordinal, (keys, mine) in enumerate(zip(sheets, schools, strict=True), start=1):
            owners = np.array(mine, dtype=np.int32)[keys.school_of]
            self._add(path, digest, ordinal, keys, owners, file, earlier)

    def add_hashed(self, path: str, keys: HashedKeys, *, file: int, earlier: bool) -> None:
        """Add a file of hashed keys."""
        mine = np.array([self.owners.of_code(code) for code in keys.schools], dtype=np.int32)
        self._add(path, "", 0, keys, mine[keys.school_of], file, earlier)

    def _add(
        self,
        path: str,
        digest: str,
        ordinal: int,
        keys: SheetKeys | HashedKeys,
        owners: npt.NDArray[np.int32],
        file: int,
        earlier: bool,
    ) -> None:
        self.origins.append(Origin(path, digest, ordinal, self._size, earlier, file, keys))
        self._owner_of.append(owners)
        self._size += len(keys.rows)

    def people(self) -> People:
        """Everything gathered, joined; the parts then share the memory of the whole."""
        names = short_paths(origin.path for origin in self.origins)
        for origin in self.origins:
            origin.shown = names[origin.path]
        hashed = any(origin.keys.number_rest is not None for origin in self.origins)
        earlier = [np.full(len(origin.keys.rows), origin.earlier) for origin in self.origins]
        return People(
            self._column("numbers", np.int64),
            self._column("pupils", np.int64),
            self._column("number_rest", np.int64) if hashed else None,
            self._column("pupil_rest", np.int64) if hashed else None,
            self._column("bare", np.bool_),
            _joined(earlier, np.bool_),
            _joined(self._owner_of, np.int32),
            self.owners.all,
            self.origins,
        )

    def _column(self, name: str, kind: type[np.generic]) -> Any:
        whole = _joined([getattr(origin.keys, name) for origin in self.origins], kind)
        for origin in self.origins:
            setattr(origin.keys, name, whole[origin.part])
        return whole


def _joined(parts: Sequence[Any], kind: type[np.generic]) -> Any:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)
