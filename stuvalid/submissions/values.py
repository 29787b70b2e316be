"""Which values of the same pupils differ between two submissions, field by field over whole columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid.submissions.sides import Side

if TYPE_CHECKING:
    import pyarrow as pa

    from stuvalid.report.wording import Wording


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value of one pupil (by position in the old and the new side) that is another one now, as shown."""

    old_pupil: int
    new_pupil: int
    field: str
    before: str
    after: str


def changed_values(
    old: Side, new: Side, pairs: Mapping[int, int], wording: Wording
) -> tuple[list[ValueChange], list[str], list[str]]:
    """The changed values by field, then pupil; and the fields that only the old or only the new side has."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    before, after = _records(old), _records(new)
    mine = np.fromiter(pairs.keys(), np.int64, len(pairs))
    theirs = np.fromiter(pairs.values(), np.int64, len(pairs))
    order = np.argsort(theirs, kind="stable")
    mine, theirs = mine[order], theirs[order]
    kinds = {key: kind for side in (old, new) for _, pupils in side.sheets for key, kind in pupils.kinds.items()}
    changes: list[ValueChange] = []
    for key in [name for name in after.column_names if name in before.column_names]:
        one, other = before[key].take(pa.array(mine)), after[key].take(pa.array(theirs))
        differing = np.flatnonzero(np.asarray(pc.not_equal(one, other).to_numpy(zero_copy_only=False)))
        if len(differing):
            where = pa.array(differing)
            kind = kinds.get(key, "text")
            texts = zip(one.take(where).to_pylist(), other.take(where).to_pylist(), strict=True)
            changes.extend(
                ValueChange(
                    int(mine[at]), int(theirs[at]), key, wording.shown(was, kind, key), wording.shown(now, kind, key)
                )
                for at, (was, now) in zip(differing.tolist(), texts, strict=True)
            )
    gone = [name for name in before.column_names if name not in after.column_names]
    added = [name for name in after.column_names if name not in before.column_names]
    return changes, gone, added


def _records(side: Side) -> pa.Table:
    """All records of a side in the order of its pupils: text columns by field, '' where a sheet lacks one."""
    import pyarrow as pa

    from stuvalid.pupils.facts import CLASS, ROW, read_spool

    tables = [read_spool(pupils.spool) for _, pupils in side.sheets]
    names = list(dict.fromkeys(name for table in tables for name in table.column_names if name not in (ROW, CLASS)))
    columns: list[Any] = [
        pa.chunked_array([chunk for table in tables for chunk in _column(table, name)], pa.string()).combine_chunks()
        for name in names
    ]
    return pa.Table.from_arrays(columns, names=names)


def _column(table: pa.Table, name: str) -> list[Any]:
    import pyarrow as pa

    if name not in table.column_names:
        return [pa.repeat("", table.num_rows)]
    return list(table[name].chunks)
