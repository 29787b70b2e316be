"""Several workbooks of one school that tell of the same pupils: copies, newer versions, contradictions. Never silently."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from stuvalid.pupils.facts import read_spool

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.pupils.keys import PupilKeys

_SAME_LIST = 0.5
"""Two workbooks that share at least this part of the smaller one's pupils are versions of one list."""

_CLEARLY_NEWER_SECONDS = 120.0  # zip archives keep even seconds only, and copying takes its time
_CHINA = dt.timezone(dt.timedelta(hours=8))
_EACH_WITH_EACH = 8
"""Up to so many workbooks every pair that shares pupils is looked at; of more only neighbours, round after round."""


@dataclass(slots=True, eq=False)
class Version:
    """One workbook. ``modified`` is when it was changed (seconds of the epoch), ``digest`` the SHA-256 of its bytes.

    ``keys`` are those of its pupils, each once; ``spools`` the files of its records.
    """

    name: str
    modified: float
    digest: str
    keys: npt.NDArray[np.int64]
    spools: Sequence[str]
    _records: Counter[bytes] | None = field(default=None)

    @property
    def records(self) -> Counter[bytes]:
        """Its records as digests of their filled cells, whatever the order of rows and columns."""
        if self._records is None:
            self._records = Counter()
            for spool in self.spools:
                self._records.update(_digests(spool))
        return self._records


class Replaced(NamedTuple):
    """``kept`` stands for ``gone``; ``same`` when both hold the same content, ``copy`` when they are the same bytes."""

    gone: Version
    kept: Version
    kind: Literal["copy", "same", "newer"]
    zh: str
    en: str


class Contradiction(NamedTuple):
    """Two workbooks that share ``shared`` pupils and differ, and why neither can be chosen."""

    first: Version
    second: Version
    shared: int
    zh: str
    en: str


def keys_of_book(keys: Iterable[PupilKeys]) -> npt.NDArray[np.int64]:
    """The keys of a workbook's pupils, each once, in ascending order."""
    import numpy as np

    found = [sheet.certain for sheet in keys]
    whole = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    return np.asarray(whole[whole != 0], dtype=np.int64)


def settle(versions: Sequence[Version]) -> tuple[list[Replaced], list[Contradiction]]:
    """Which of one school's workbooks stand for others, and which contradict each other.

    Takes the time of all their pupils together; a chain of versions is resolved link by link.
    """
    replaced: list[Replaced] = []
    left = _without_copies(versions, replaced)
    while True:
        contradictions: list[Contradiction] = []
        gone: set[int] = set()
        for first, second, shared in _pairs(left):
            if id(first) in gone or id(second) in gone:
                continue
            verdict = _judge(first, second, shared)
            if isinstance(verdict, Replaced):
                replaced.append(verdict)
                gone.add(id(verdict.gone))
            else:
                contradictions.append(verdict)
        if not gone:
            return replaced, contradictions
        left = [version for version in left if id(version) not in gone]


def plainer(name: str) -> tuple[int, str]:
    """Sorts the names of equal files: a copy's is the longer."""
    return len(name), name


def _without_copies(versions: Sequence[Version], replaced: list[Replaced]) -> list[Version]:
    """The workbooks without byte-identical copies of others."""
    first: dict[str, Version] = {}
    left = []
    for version in sorted(versions, key=lambda version: plainer(version.name)):
        kept = first.setdefault(version.digest, version) if version.digest else version
        if kept is version:
            left.append(version)
        else:
            zh, en = f"与 {kept.name} 是同一个文件", f"the same file as {kept.name}"
            replaced.append(Replaced(version, kept, "copy", zh, en))
    return sorted(left, key=lambda version: version.name)


def _pairs(versions: Sequence[Version]) -> list[tuple[Version, Version, int]]:
    """Pairs that are versions of one list with the number of pupils they share, those that share most first."""
    if len(versions) < 2:
        return []
    shared = _shared(versions)
    pairs = [
        (versions[one], versions[other], count)
        for (one, other), count in shared.items()
        if count >= _SAME_LIST * max(1, min(len(versions[one].keys), len(versions[other].keys)))
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0].name, pair[1].name))


def _shared(versions: Sequence[Version]) -> dict[tuple[int, int], int]:
    """How many pupils two workbooks, by their position, share."""
    import numpy as np

    keys = np.concatenate([version.keys for version in versions])
    holders = np.repeat(np.arange(len(versions)), [len(version.keys) for version in versions])
    order = np.lexsort((holders, keys))
    keys, holders = keys[order], holders[order]
    counts: dict[tuple[int, int], int] = {}
    reach = len(versions) - 1 if len(versions) <= _EACH_WITH_EACH else 1
    for step in range(1, reach + 1):
        same = keys[step:] == keys[:-step]
        codes, sizes = np.unique(holders[:-step][same] * len(versions) + holders[step:][same], return_counts=True)
        for code, size in zip(codes.tolist(), sizes.tolist(), strict=True):
            pair = divmod(code, len(versions))
            counts[pair] = counts.get(pair, 0) + size
    return counts


def _judge(one: Version, other: Version, shared: int) -> Replaced | Contradiction:
    """Which of two versions stands for the other: the one that holds all the other holds, else the newer one."""
    mine, theirs = one.records, other.records
    if mine == theirs:
        gone, kept = sorted((one, other), key=lambda version: version.modified)
        if kept.modified - gone.modified < _CLEARLY_NEWER_SECONDS:
            kept, gone = sorted((one, other), key=lambda version: plainer(version.name))
        en = "the same pupils, the same in all that was compared"
        return _replaced(gone, kept, "same", "学生和所比的内容都一样", en)
    for small, large in ((other, one), (one, other)):
        if small.records <= large.records:
            size, more = small.records.total(), large.records.total() - small.records.total()
            zh, en = f"它包含这{size}名学生，另多{more}名", f"it holds these {size} pupils and {more} more"
            return _replaced(small, large, "newer", zh, en)
    return _by_age(one, other, shared)


def _by_age(one: Version, other: Version, shared: int) -> Replaced | Contradiction:
    """The newer one counts if it lacks none of the other's pupils; else nobody but the school can tell."""
    older, newer = sorted((one, other), key=lambda version: version.modified)
    lost = len(older.keys) - shared
    when = dt.datetime.fromtimestamp(newer.modified, _CHINA).strftime("%Y-%m-%d %H:%M")
    if newer.modified - older.modified >= _CLEARLY_NEWER_SECONDS and not lost:
        zh, en = f"它修改得更晚，{when}，学生一个不少", f"it was changed later, {when}, and lacks no pupil"
        return _replaced(older, newer, "newer", zh, en)
    if lost:
        zh, en = f"较新的一份（{when}）少了{lost}名学生", f"the newer of the two ({when}) lacks {lost} pupils"
    else:
        zh, en = "修改时间分不出先后", "their times do not tell which is newer"
    return Contradiction(one, other, shared, zh, en)


def _replaced(gone: Version, kept: Version, kind: Literal["same", "newer"], zh: str, en: str) -> Replaced:
    return Replaced(gone, kept, kind, zh, en)


def _digests(spool: str) -> Iterable[bytes]:
    import pyarrow as pa
    import pyarrow.compute as pc

    content = read_spool(spool)
    keys = sorted(name for name in content.column_names if not name.startswith("_"))
    cells: list[Any] = [
        pc.if_else(pc.equal(content[key], ""), "", pc.binary_join_element_wise(key, content[key], "=")) for key in keys
    ]
    joined = pc.binary_join_element_wise(*cells, "\x1f") if cells else pa.array([], pa.string())
    return (hashlib.blake2b(text.encode(), digest_size=16).digest() for text in joined.to_pylist())
