"""From one submission to the next: what was mended, what is new, what is left, pupil by pupil."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stuvalid.check.machinekey import machine_key
from stuvalid.errors import UsageError
from stuvalid.report.wording import Wording
from stuvalid.submissions.identities import Identity, PupilGleaner
from stuvalid.submissions.pairing import match_pupils
from stuvalid.submissions.pseudonyms import Pseudonyms
from stuvalid.submissions.sides import Entry, Side, is_report, read_report, side_of

if TYPE_CHECKING:
    import pyarrow as pa

    from stuvalid.check.run import CheckOptions
    from stuvalid.findings import Findings
    from stuvalid.received.walk import NotRead, Source


By = Literal["pupil", "content"]

_BLANKS = re.compile(r"[ ?␣□⇥⏎]")


@dataclass(slots=True)
class Changes:
    """The step from ``old`` to ``new``.

    ``gone`` are findings of pupils who are no longer there. ``left`` pairs each finding with what it was before.
    ``by`` tells how findings were compared: ``content`` where reports do not say whose they are. ``came`` and
    ``vanished`` are positions of pupils, None where a report cannot tell; likewise ``values``. ``headers`` are what the
    forms call each field; ``key_fields`` those whose change needs approval.
    """

    old: Side
    new: Side
    by: By
    mended: list[Entry] = field(default_factory=list)
    fresh: list[Entry] = field(default_factory=list)
    left: list[tuple[Entry, Entry]] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)
    came: list[int] | None = None
    vanished: list[int] | None = None
    values: list[ValueChange] | None = None
    fields_gone: list[str] = field(default_factory=list)
    fields_added: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    key_fields: frozenset[str] = frozenset()

    @property
    def key_changes(self) -> list[ValueChange]:
        """Changes of key data (关键数据): they need evidence and approval, and the pupil is matched anew."""
        return [change for change in self.values or () if change.field in self.key_fields]

    @property
    def is_worse(self) -> bool:
        """Whether anything is new that the registry would refuse."""
        return any(entry["severity"] == "error" for entry in self.fresh)

    @property
    def is_unfinished(self) -> bool:
        """Whether a file of either side could not be checked."""
        return self.old.unfinished or self.new.unfinished


def compare_paths(
    old: Path,
    new: Path,
    options: CheckOptions,
    wording: Wording,
    *,
    key_data: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Changes, list[NotRead]]:
    """Check what has to be checked and compare; each path a workbook, folder, zip archive or json report.

    Raises UsageError when a side has nothing to check or is a report of something else.
    """
    from stuvalid.forms import chosen_forms, templates
    from stuvalid.submissions.keydata import with_added
    from stuvalid.workspace import private_folder

    forms = (*reversed(templates()), *chosen_forms(options.template))
    headers = {entry.key: entry.header for form in forms for entry in form.fields}
    keys = with_added(key_data, headers)
    with private_folder() as folder:
        sides, ignored = _sides((old, new), folder, options, wording, progress)
        changes = compare(*sides, wording)
    changes.headers, changes.key_fields = headers, keys
    return changes, ignored


def _sides(
    paths: tuple[Path, Path],
    folder: Path,
    options: CheckOptions,
    wording: Wording,
    progress: Callable[[int, int], None] | None,
) -> tuple[tuple[Side, Side], list[NotRead]]:
    """Both sides; their workbooks are read together, so that all processors are busy to the end."""
    from dataclasses import replace

    from stuvalid.check.conductor import findings_of, read_sources

    options = replace(options, glean=PupilGleaner(str(folder)))
    reports = [read_report(path, wording) if is_report(path) else None for path in paths]
    sources: list[Sequence[Source]] = []
    ignored: list[NotRead] = []
    for path, report in zip(paths, reports, strict=True):
        found, passed = (
            ([], []) if report is not None else _discover(path, options.password, folder / f"received{len(sources)}")
        )
        sources.append(found)
        ignored.extend(passed)
    results = read_sources([*sources[0], *sources[1]], options, progress=progress)
    parts = results[: len(sources[0])], results[len(sources[0]) :]
    one, other = (
        report
        if report is not None
        else side_of(wording.path(str(path)), _readable(path, findings_of(part, options)), wording)
        for path, report, part in zip(paths, reports, parts, strict=True)
    )
    return (one, other), ignored


def _readable(path: Path, findings: Findings) -> Findings:
    """The findings, if there is any pupil form among the files: else everything would seem to have changed."""
    if not any(report.status == "checked" for report in findings.files):
        first = findings.files[0]
        raise UsageError(
            f"“{path}”没有可以比较的学生表：{first.reason_zh}", f"'{path}' has no pupils to compare: {first.reason_en}"
        )
    return findings


def _discover(path: Path, password: str | None, scratch: Path) -> tuple[list[Source], list[NotRead]]:
    from stuvalid.received.walk import receiving

    with receiving([path], password=password, scratch=scratch) as reception:
        sources = reception.of_kind("workbook")
    if not sources:
        raise UsageError(f"“{path}”里没有可以检查的工作簿。", f"There is no workbook to check in '{path}'.")
    return sources, reception.passed_over("workbook")


def compare(old: Side, new: Side, wording: Wording) -> Changes:
    """What changed between two sides. Spool files of workbooks must still be there."""
    if not old.from_report and not new.from_report:
        return _compare_workbooks(old, new, wording)
    both = _in_pseudonyms(old, new)
    changes = Changes(old, new, "content" if both is None else "pupil")
    if both is None:
        _settle(changes, [-1] * len(old.entries), [-1] * len(new.entries))
        return changes
    one, other = both
    changes.pairs = match_pupils(one.identities, other.identities)
    # A report does not list who has no finding: that a pupil is not in it does not mean that they left.
    lost = [] if new.from_report else [n for n in range(len(one.identities)) if n not in changes.pairs]
    _settle(changes, one.owners, other.owners, lost)
    return changes


def _compare_workbooks(old: Side, new: Side, wording: Wording) -> Changes:
    changes = Changes(old, new, "pupil", pairs=match_pupils(old.identities, new.identities))
    known = set(changes.pairs.values())
    changes.vanished = [n for n in range(len(old.identities)) if n not in changes.pairs]
    changes.came = [n for n in range(len(new.identities)) if n not in known]
    changes.values, changes.fields_gone, changes.fields_added = changed_values(old, new, changes.pairs, wording)
    _settle(changes, old.owners, new.owners, changes.vanished)
    return changes


@dataclass(slots=True)
class _Named:
    """The pupils of a side by pseudonym, and for each finding the position of its pupil among them."""

    identities: list[Identity]
    owners: list[int]


def _in_pseudonyms(old: Side, new: Side) -> tuple[_Named, _Named] | None:
    """Both sides under the one key of the reports among them; None if there is no such key."""
    keys = {side.pupil_key for side in (old, new) if side.from_report and (side.pupil_key or side.entries)}
    if len(keys) > 1 or "" in keys:
        return None
    if old.from_report and new.from_report:
        return _Named(old.identities, old.owners), _Named(new.identities, new.owners)
    key = machine_key()
    if key is None or (keys and keys != {Pseudonyms(key).fingerprint}):
        return None
    return _named(old, Pseudonyms(key)), _named(new, Pseudonyms(key))


def _named(side: Side, pseudonyms: Pseudonyms) -> _Named:
    """A side as a report would tell of it: who shares a number is one, who has neither number nor person nobody."""
    if side.from_report:
        return _Named(side.identities, side.owners)
    identities: list[Identity] = []
    positions: dict[str, int] = {}
    entity_of = []
    for identity in side.identities:
        named = pseudonyms.pupil(identity)
        key = named.number or named.person
        if key and key not in positions:
            positions[key] = len(identities)
            identities.append(named)
        entity_of.append(positions.get(key, -1))
    return _Named(identities, [entity_of[owner] if owner >= 0 else -1 for owner in side.owners])


def _settle(changes: Changes, old_owners: Sequence[int], new_owners: Sequence[int], lost: Iterable[int] = ()) -> None:
    """Give every finding its fate. The same fault of the same pupil is the same finding, whatever its value now."""
    lost = frozenset(lost)
    waiting: dict[tuple[object, ...], deque[Entry]] = {}
    for entry, owner in zip(changes.old.entries, old_owners, strict=True):
        if owner in lost:
            changes.gone.append(entry)
        else:
            pupil = ("new", changes.pairs[owner]) if owner in changes.pairs else ("old", owner)
            waiting.setdefault((pupil if owner >= 0 else None, *_content(entry, owner)), deque()).append(entry)
    for entry, owner in zip(changes.new.entries, new_owners, strict=True):
        known = waiting.get((("new", owner) if owner >= 0 else None, *_content(entry, owner)))
        if known:
            changes.left.append((known.popleft(), entry))
        else:
            changes.fresh.append(entry)
    for entries in waiting.values():
        changes.mended.extend(entries)


def _content(entry: Entry, owner: int) -> tuple[str, ...]:
    """What makes a finding the same: rule and field of a known pupil; of no known pupil also the value shown."""
    if owner >= 0:
        return entry["rule"], entry["field"]
    # One side may show its values, the other mask them, with ␣ for a blank and ? for one that is not seen.
    shown = Wording().shown(entry["value"], entry.get("kind", "text"), entry["field"])
    return entry["rule"], entry["field"], _BLANKS.sub("", shown)


def by_severity(entries: Iterable[Entry]) -> dict[str, int]:
    """How many of the findings are errors, warnings and infos."""
    counts = Counter(entry["severity"] for entry in entries)
    return {"errors": counts["error"], "warnings": counts["warning"], "infos": counts["info"]}


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
                ValueChange(int(mine[at]), int(theirs[at]), key, *wording.pair(was, now, kind, key))
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
