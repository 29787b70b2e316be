"""Several files of one school that tell of the same pupils: copies, newer versions, contradictions. Never silently."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from stuvalid.bundle.entries import Entry, Plan
from stuvalid.bundle.gleaning import read_spool

_SAME_LIST = 0.5
"""Two workbooks that share at least this part of the smaller one's pupils are versions of one list."""

_CLEARLY_NEWER_SECONDS = 120.0  # zip archives keep even seconds only, and copying takes its time
_CHINA = dt.timezone(dt.timedelta(hours=8))
_BLOCK = 1 << 20


def settle_versions(plan: Plan) -> None:
    """Among the included files of each school, let one stand for each list and each picture, and tell which."""
    for code in plan.codes:
        _settle_copies(plan, plan.of_school(code, "workbook"))
        _settle_lists(plan, plan.of_school(code, "workbook"))
        _settle_copies(plan, plan.of_school(code, "photo"), same_name=True)
        _settle_copies(plan, plan.of_school(code, "document"), same_name=True)
        _tell_shared_classes(plan, plan.of_school(code, "workbook"))


def _settle_copies(plan: Plan, entries: Sequence[Entry], *, same_name: bool = False) -> None:
    """The same bytes twice: the first is taken. Photos and documents are copies only under the same name."""
    groups: dict[tuple[int, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (len(entry.name), entry.name)):  # a copy's name is the longer
        name = PurePosixPath(entry.name).name.casefold() if same_name else ""
        groups.setdefault((entry.size, name), []).append(entry)
    for group in groups.values():
        first: dict[str, Entry] = {}
        for entry in group if len(group) > 1 else ():
            kept = first.setdefault(digest_of(entry), entry)
            if kept is not entry:
                entry.settle(
                    "superseded", f"与 {kept.name} 是同一个文件", f"the same file as {kept.name}", by=kept.name
                )
                plan.told.add("same_file_again", entry.name, related=(kept.name,), other=kept.name)


def digest_of(entry: Entry) -> str:
    """SHA-256 of the file's bytes, read once."""
    if not entry.digest and entry.path is not None:
        summed = hashlib.sha256()
        with entry.path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                summed.update(block)
        entry.digest = summed.hexdigest()
    return entry.digest


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two workbooks of one school that share ``shared`` pupils of ``first`` and ``second``'s."""

    first: Entry
    second: Entry
    shared: int


def _settle_lists(plan: Plan, entries: Sequence[Entry]) -> None:
    for pair in _pairs(entries):
        if pair.first.fate == pair.second.fate == "included":
            _settle_pair(plan, pair)


def _pairs(entries: Sequence[Entry]) -> list[_Pair]:
    """Pairs that are versions of one list, those that share most first."""
    if len(entries) < 2:
        return []
    holders: dict[object, list[int]] = {}
    sizes = []
    for number, entry in enumerate(entries):
        keys = _keys(entry)
        sizes.append(len(keys))
        for key in keys:
            holders.setdefault(key, []).append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        shared.update(combinations(numbers, 2))
    pairs = [
        _Pair(entries[one], entries[other], count)
        for (one, other), count in shared.items()
        if count >= _SAME_LIST * max(1, min(sizes[one], sizes[other]))
    ]
    return sorted(pairs, key=lambda pair: (-pair.shared, pair.first.name, pair.second.name))


def _keys(entry: Entry) -> set[object]:
    found: set[object] = set()
    for keys in entry.result.keys if entry.result is not None else ():
        found.update(keys.bodies.tolist())
        found.update(keys.others)
        found.update(keys.trios)
    return found


def _settle_pair(plan: Plan, pair: _Pair) -> None:
    mine, theirs = _records(pair.first), _records(pair.second)
    if mine == theirs:
        _supersede(
            plan,
            pair.second,
            pair.first,
            "same_file_again",
            "学生和内容都一样",
            "the same pupils with the same content",
        )
        return
    for small, large, inner, outer in (
        (pair.second, pair.first, theirs, mine),
        (pair.first, pair.second, mine, theirs),
    ):
        if inner <= outer:
            more = outer.total() - inner.total()
            zh, en = (
                f"它包含这{inner.total()}名学生，另多{more}名",
                f"it holds these {inner.total()} pupils and {more} more",
            )
            _supersede(plan, small, large, "replaced_by_newer", zh, en)
            return
    _settle_by_age(plan, pair, len(_keys(pair.first)), len(_keys(pair.second)))


def _settle_by_age(plan: Plan, pair: _Pair, first: int, second: int) -> None:
    """The newer one counts if it lacks none of the other's pupils; else nobody but the school can tell."""
    older, newer = sorted((pair.first, pair.second), key=_moment)
    lost = (first if older is pair.first else second) - pair.shared
    if _moment(newer) - _moment(older) >= _CLEARLY_NEWER_SECONDS and not lost:
        when = dt.datetime.fromtimestamp(_moment(newer), _CHINA).strftime("%Y-%m-%d %H:%M")
        zh, en = f"它修改得更晚，{when}，学生一个不少", f"it was changed later, {when}, and lacks no pupil"
        _supersede(plan, older, newer, "replaced_by_newer", zh, en)
        return
    if lost:
        zh, en = f"较新的 {newer.name} 少了{lost}名学生", f"the newer {newer.name} lacks {lost} pupils"
    else:
        zh, en = "修改时间分不出先后", "their times do not tell which is newer"
    related = (pair.second.name,)
    plan.told.add(
        "files_contradict",
        pair.first.name,
        related=related,
        other=pair.second.name,
        count=pair.shared,
        reason=zh,
        reason_en=en,
    )


def _moment(entry: Entry) -> float:
    """When it was changed; the times in zip archives are those of a clock in China."""
    return entry.modified - 8 * 3600 if entry.archive else entry.modified


def _supersede(plan: Plan, gone: Entry, kept: Entry, slug: str, zh: str, en: str) -> None:
    gone.settle("superseded", f"由 {kept.name} 代替：{zh}", f"{kept.name} takes its place: {en}", by=kept.name)
    plan.told.add(slug, gone.name, related=(kept.name,), other=kept.name, reason=zh, reason_en=en)


def _records(entry: Entry) -> Counter[bytes]:
    """The records of a workbook as digests of their filled cells, whatever the order of rows and columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Counter[bytes] = Counter()
    for sheet in entry.book.sheets if entry.book is not None else ():
        content = read_spool(sheet)
        keys = sorted(name for name in content.column_names if name != "_row")
        cells = [
            pc.if_else(pc.equal(content[key], ""), "", pc.binary_join_element_wise(key, content[key], "="))
            for key in keys
        ]
        joined = pc.binary_join_element_wise(*cells, "\x1f") if cells else pa.array([], pa.string())
        found.update(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in joined.to_pylist())
    return found


def _tell_shared_classes(plan: Plan, entries: Iterable[Entry]) -> None:
    holders: dict[str, list[str]] = {}
    for entry in entries:
        for code in entry.book.classes if entry.book is not None else ():
            if code:
                holders.setdefault(code, []).append(entry.name)
    for code, names in holders.items():
        for name in names[1:]:
            plan.told.add("class_in_two_files", name, related=(names[0],), class_code=code, other=names[0])
