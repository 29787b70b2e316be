"""Taking explained findings out of what counts, and telling which explanations hold no longer."""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from stuvalid.check.machinekey import key_in, read_key
from stuvalid.errors import UsageError
from stuvalid.findings import Accepted, FileReport, Finding, Findings, Place, Severity
from stuvalid.submissions.baseline import Baseline, Explanation, dump, key_path
from stuvalid.submissions.identities import Identity
from stuvalid.submissions.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from stuvalid.findings import Block
    from stuvalid.report.wording import Wording
    from stuvalid.rules.registry import Rule

_DAYS = 365
_LONGEST_SHOWN = 40
_MISSING = {"reason": ("原因", "a reason"), "person": ("核实人", "a person"), "until": ("有效期", "a date")}


class _Key(NamedTuple):
    """What a finding is recognised by in a list: pseudonyms of its owner and its value."""

    number_id: str
    person_id: str
    value: str


class _Owners:
    """Whose the findings of a run are, under one key."""

    def __init__(self, findings: Findings, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self._identities: dict[tuple[str, str, int], Identity] = {}
        for report, gleaned in zip(findings.files, findings.gleaned, strict=True):
            for pupils in gleaned:
                places = ((report.path, pupils.sheet, row) for row in pupils.rows)
                self._identities.update(zip(places, pupils.identities(), strict=True))

    def identity(self, finding: Finding) -> Identity | None:
        place = finding.place
        return self._identities.get((place.file, place.sheet, place.row))

    def key(self, finding: Finding) -> _Key:
        identity = self.identity(finding)
        value = self.pseudonyms.of("value", finding.value)
        if identity is None:
            leaf = PurePosixPath(finding.place.file.replace("\\", "/")).name
            return _Key("", self.pseudonyms.of("place", leaf, finding.place.sheet, finding.header), value)
        named = self.pseudonyms.pupil(identity)
        if not named.number and not named.person:
            return _Key("", self.pseudonyms.of("class", identity.name, identity.group), value)
        return _Key(named.number, named.person, value)

    def everybody(self) -> frozenset[str]:
        """All pseudonyms by which a pupil of the run can be found in a list."""
        named = map(self.pseudonyms.pupil, set(self._identities.values()))
        return frozenset(text for pupil in named for text in (pupil.number, pupil.person) if text)


def apply_baseline(findings: Findings, baseline: Baseline, chosen: Mapping[str, Rule], today: dt.date) -> None:
    """Move what is explained from the findings to `Findings.accepted`, and add what is wrong with the list.

    A `PupilGleaner` must have gathered the pupils. ``chosen`` are the rules of the run by id: an explanation of
    another rule is neither used nor unused. Raises UsageError when the list's key is not beside it.
    """
    key = read_key(key_path(baseline.path))
    if key is None or Pseudonyms(key).fingerprint != baseline.key:
        raise UsageError(
            f"说明清单“{baseline.path}”旁边没有它的密钥 {key_path(baseline.path).name}，或密钥不对。",
            f"The baseline '{baseline.path}' lacks its key {key_path(baseline.path).name}, or that is another one.",
            mend_zh="请把做清单的电脑上的这个文件一起拷来。",
            mend_en="Copy that file, too, from where the list was made.",
        )
    judged = [entry for entry in baseline.explanations if entry.rule in chosen]
    book = _Book(judged, today)
    owners = _Owners(findings, Pseudonyms(key))
    for block in findings.blocks:
        _accept(block, findings, owners, book)
    findings.blocks = [block for block in findings.blocks if len(block)]
    rest = []
    for finding in findings.extra:
        entry = book.take(finding, owners)
        if entry is None:
            rest.append(finding)
        else:
            findings.accepted.append(_accepted(finding, entry))
    findings.extra = rest
    from stuvalid.check.causes import find_causes

    findings.causes = find_causes(findings)
    _judge_list(findings, baseline.path, book, owners, chosen)


class _Book:
    """The explanations, each used as often as it may be."""

    def __init__(self, entries: list[Explanation], today: dt.date) -> None:
        self._today = today
        self._left = [entry.count for entry in entries]
        self._met = [False] * len(entries)
        self.entries = entries
        self.kinds = {(entry.rule, entry.field) for entry in entries}
        self._by_key: dict[tuple[str, ...], deque[int]] = {}
        for number, entry in enumerate(entries):
            # Who has a number is known by it: another number is another case, to be explained again.
            owner = ("number", entry.number_id) if entry.number_id else ("person", entry.person_id)
            self._by_key.setdefault((entry.rule, entry.field, entry.value, *owner), deque()).append(number)

    def take(self, finding: Finding, owners: _Owners) -> Explanation | None:
        """The explanation that holds for this finding; what is met but does not hold is remembered."""
        if (finding.rule, finding.field) not in self.kinds:
            return None
        key = owners.key(finding)
        owner = ("number", key.number_id) if key.number_id else ("person", key.person_id)
        for number in self._by_key.get((finding.rule, finding.field, key.value, *owner), ()):
            self._met[number] = True
            if self._left[number] and self.holds(self.entries[number]):
                self._left[number] -= 1
                return self.entries[number]
        return None

    def holds(self, entry: Explanation) -> bool:
        return not entry.missing and not self.is_expired(entry)

    def is_expired(self, entry: Explanation) -> bool:
        return entry.until is not None and entry.until < self._today

    def states(self) -> Iterator[tuple[Explanation, bool]]:
        """Each explanation, and whether there was a finding for it."""
        return zip(self.entries, self._met, strict=True)


def _accept(block: Block, findings: Findings, owners: _Owners, book: _Book) -> None:
    """Take the accepted findings out of one block."""
    if (block.rule, block.field) not in book.kinds:
        return
    path = findings.files[block.file].path
    kept = []
    for index in range(len(block)):
        finding = block.at(index, path)
        entry = book.take(finding, owners)
        if entry is None:
            kept.append(index)
        else:
            findings.accepted.append(_accepted(finding, entry))
    if len(kept) < len(block):
        for name in ("rows", "values", "fixes", "params", "related", "related_more"):
            entries = getattr(block, name)
            setattr(block, name, [entries[index] for index in kept] if entries else [])


def _accepted(finding: Finding, entry: Explanation) -> Accepted:
    return Accepted(finding, entry.reason, entry.person, entry.until.isoformat() if entry.until else "")


def _judge_list(findings: Findings, path: Path, book: _Book, owners: _Owners, chosen: Mapping[str, Rule]) -> None:
    """Findings on the list itself; it becomes a file of the run if there are any."""
    everybody = owners.everybody()
    absent = 0
    told: list[tuple[str, dict[str, str]]] = []
    for entry, met in book.states():
        params = {"rule": entry.rule, "where": entry.where}
        if not met and entry.pupil and not {entry.number_id, entry.person_id} & everybody:
            absent += 1
        elif not met:
            told.append(("BAS001", params))
        elif entry.missing:
            zh, en = zip(*(_MISSING[name] for name in entry.missing), strict=True)
            told.append(("BAS003", {**params, "missing": "、".join(zh), "missing_en": ", ".join(en)}))
        elif book.is_expired(entry):
            told.append(("BAS002", {**params, "until": str(entry.until)}))
    if absent:
        told.append(("BAS004", {"count": str(absent)}))
    told = [(rule, params) for rule, params in told if rule in chosen]
    if told:
        findings.files.append(FileReport(str(path)))
        findings.gleaned.append([])
    for rule, params in told:
        findings.add(Finding(rule, chosen[rule].severity, Place(str(path)), params=params))


def write_baseline(
    path: Path,
    findings: Findings,
    today: dt.date,
    wording: Wording,
    *,
    former: Baseline | None = None,
    force: bool = False,
) -> int:
    """Start a list in ``path`` from the findings, its key beside it; how many entries it has.

    Explanations of findings that are accepted already are kept, and what is half written in ``former``, where that
    has the same key; other errors and warnings are added, to be explained. ``wording`` must mask.
    """
    from stuvalid.files import refuse_target, write_atomically

    refuse_target(path, force=force, inputs=(), folder=False)  # before a key is left beside a list that is not written
    key = key_in(key_path(path))
    if key is None:
        raise UsageError(
            f"“{key_path(path)}”无法写入，或不是密钥。", f"'{key_path(path)}' cannot be written, or is no key."
        )
    pseudonyms = Pseudonyms(key)
    owners = _Owners(findings, pseudonyms)
    entries = [
        replace(
            _explanation(accepted.finding, owners, wording),
            reason=accepted.reason,
            person=accepted.person,
            until=dt.date.fromisoformat(accepted.until),
        )
        for accepted in findings.accepted
    ]
    entries += [
        _explanation(finding, owners, wording)
        for finding in findings
        if finding.severity > Severity.INFO and not finding.rule.startswith("BAS")
    ]
    written = {entry.recognised_by: entry for entry in former.explanations} if former else {}
    for number, entry in enumerate(entries):
        old = written.get(entry.recognised_by)
        if old is not None:
            entries[number] = replace(entry, reason=old.reason, person=old.person, until=old.until)
    merged = [replace(entry, count=count) for entry, count in Counter(entries).items()]
    until = today + dt.timedelta(days=_DAYS)
    write_atomically(path, dump(Baseline(path, pseudonyms.fingerprint, merged), until), force=force)
    return len(merged)


def _explanation(finding: Finding, owners: _Owners, wording: Wording) -> Explanation:
    """The entry of a finding, yet to be explained; what is for people is masked, whatever the report shows."""
    identity = owners.identity(finding)
    key = owners.key(finding)
    place = finding.place
    where = f"{wording.path(place.file)} {place.cell or place.sheet} {finding.header}".strip()
    shown = wording.value(finding)
    return Explanation(
        finding.rule,
        finding.field,
        key.value,
        key.number_id,
        key.person_id,
        where,
        wording.shown(identity.name, "name", "name") if identity is not None else "",
        shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…",
    )
