"""Returned lists against what was sent: each failure at its pupil's cell, with what our check says there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.findings import Findings, NotChecked
from stuvalid.returned.entries import KNOWN, WHY, Answer, Known, Reconciled
from stuvalid.returned.lines import Names, Said, Subject, columns_beside, read_line, read_message, without_people
from stuvalid.returned.lists import AnswerLine, Returned, read_returned
from stuvalid.returned.matching import Matcher, Meant
from stuvalid.returned.sent import Sent, SentPupil, read_sent
from stuvalid.returned.wordings import Complaint, folded, in_field, known, unknown
from stuvalid.rules.told import Told

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions

_RULES: Mapping[Known, str] = {"told": "", "would": "", "registry": "可先查 ", "unforeseen": "有规则 "}
_LEAST_NAMED = 3
_TITLE_ROWS = 3


def reconcile(sent: Sent, returned: Returned, options: CheckOptions) -> Reconciled:
    """Meant every line to the pupils sent."""
    found = Reconciled(sent, returned)
    matcher = Matcher(sent.pupils, options.today)
    names = Names.of([pupil.spelling for pupil in sent.pupils])
    for line in returned.lines:
        said = _said(line, names)
        if not said:
            _count_mute(found, line)
        for one in said:
            _take(found, _scrubbed(one, names), line, matcher)
    _mute_files(found)
    _settle_rows(found)
    found.entries = [_judged(entry, sent, options) for entry in found.entries]
    return found


def _scrubbed(said: Said, names: Names) -> Said:
    """Words we do not know are shown, and go to the maintainers: without anybody's name or number."""
    if said.failure.wording is not None:
        return said
    return replace(said, failure=replace(said.failure, text=without_people(said.failure.text, names)))


def _said(line: AnswerLine, names: Names) -> list[Said]:
    """The failures of a line with their subjects."""
    if line.has_columns and not ({"name", "id_number", "record_number"} & line.texts.keys()):
        row = columns_beside(line.texts)
        said, _ = read_line(line.texts.get("message", line.whole), names)
        failures = [one.failure for one in said] if said else _context(line)
        subjects = [one.subject for one in said] if said else [None] * len(failures)
        return [
            Said(
                subject if subject is not None and subject.is_named else row,
                in_field(failure, line.texts.get("field", "")),
            )
            for subject, failure in zip(subjects, failures, strict=True)
        ]
    if line.has_columns:
        return _of_columns(line)
    said, named = read_line(line.whole, names)
    if said or not named:
        return said
    return [Said(subject, failure) for failure in _context(line) or [unknown("")] for subject in named]


def _of_columns(line: AnswerLine) -> list[Said]:
    subject = columns_beside(line.texts)
    message = line.texts.get("message", "")
    failures = read_message(message)
    if not failures:
        beside = [text for key, text in line.texts.items() if key not in ("name", "message")]
        failures = read_message(";".join([*line.rest, *beside]))
    field_name = line.texts.get("field", "")
    failures = [in_field(failure, field_name) for failure in failures] or _context(line)
    for failure in failures:
        if failure.value and failure.fields[:1] in (("id_number",), ("continuation_mark",)) and not subject.numbers:
            subject.numbers.append(failure.value.upper())
    if not failures:
        if not subject.is_named:
            return []
        failures = [unknown(folded(message))]
    return [Said(subject, failure) for failure in failures]


def _context(line: AnswerLine) -> list[Complaint]:
    """What the list as a whole says is wrong with those on it: 身份证件号重复名单."""
    for text in line.context:
        failures = [failure for failure in read_message(text) if failure.wording is not None]
        if failures:
            return failures
    return []


def _count_mute(found: Reconciled, line: AnswerLine) -> None:
    plain = folded(line.whole)
    is_title = line.row <= _TITLE_ROWS and not re.search("[0-9*]{3}", plain) and not line.has_columns
    if not is_title and not any(re.search(pattern, plain) for pattern in known()["text"]["chatter"]):
        found.mute.append(line)


def _mute_files(found: Reconciled) -> None:
    """A list of which nothing was understood holds no titles: its lines are counted."""
    spoken = {entry.line.file for entry in (*found.entries, *found.about_files)}
    said_well = found.passed + found.waiting
    if said_well:
        return
    listed = {(line.file, line.row) for line in found.mute}
    for line in found.returned.lines:
        if line.file not in spoken and (line.file, line.row) not in listed:
            found.mute.append(line)


def _take(found: Reconciled, said: Said, line: AnswerLine, matcher: Matcher) -> None:
    wording = said.failure.wording
    subject = said.subject or Subject()
    if wording is not None and wording.scope in ("passed", "waiting"):
        found.passed += wording.scope == "passed"
        found.waiting += wording.scope == "waiting"
        return
    if wording is not None and wording.about == "file":
        found.about_files.append(Answer(line, subject, said.failure, Meant()))
        return
    if said.failure.value and said.failure.fields[:1] == ("id_number",) and not subject.numbers:
        subject = replace(subject, numbers=[said.failure.value.upper()])
    match = matcher.find(subject)
    pupil = matcher.pupils[match.pupil] if match.pupil >= 0 else None
    found.entries.append(Answer(line, subject, said.failure, match, pupil))


def _settle_rows(found: Reconciled) -> None:
    """Lines with a row number alone: where the list's named lines all shift alike, the row may be said, not trusted.

    It is the pupil's only where our own check tells this very failure at that cell; else it is shown as who it may be.
    """
    shifts: dict[str, Counter[int]] = {}
    places: dict[str, set[tuple[str, str]]] = {}
    for entry in found.entries:
        if entry.pupil is not None and entry.subject.row:
            shifts.setdefault(entry.line.file, Counter())[entry.pupil.row - entry.subject.row] += 1
            places.setdefault(entry.line.file, set()).add((entry.pupil.file, entry.pupil.sheet))
    rows = {(pupil.file, pupil.sheet, pupil.row): number for number, pupil in enumerate(found.sent.pupils)}
    sheets = {key[:2] for key in rows}
    for number, entry in enumerate(found.entries):
        if entry.match.why != "row":
            continue
        seen = shifts.get(entry.line.file, Counter())
        known_sheets = places.get(entry.line.file) or (sheets if len(sheets) == 1 else set())
        shift = next(iter(seen)) if len(seen) == 1 and sum(seen.values()) >= _LEAST_NAMED else None
        if len(known_sheets) != 1:
            continue
        at = rows.get((*next(iter(known_sheets)), entry.subject.row + (shift or 0)))
        if at is None:
            continue
        pupil = found.sent.pupils[at]
        if shift is not None and _tells(found.sent, pupil, entry.failure):
            found.entries[number] = replace(entry, pupil=pupil, match=Meant(at, "row"))
        else:
            found.entries[number] = replace(entry, match=Meant(why="row", candidates=(at,)))


def _tells(sent: Sent, pupil: SentPupil, failure: Complaint) -> tuple[str, ...]:
    """The rules of ours that tell this failure at the pupil's cells today."""
    fields = failure.fields
    found = []
    for rule, key in sent.told_of(pupil):
        if failure.wording is None:
            fits = bool(fields) and key in fields
        elif fields and failure.wording.fields != fields:
            fits = key in fields
        else:
            fits = failure.wording.tells(rule) and (not fields or key in fields or key in ("name", ""))
        if fits:
            found.append(rule)
    return tuple(dict.fromkeys(found))


def _judged(entry: Answer, sent: Sent, options: CheckOptions) -> Answer:
    """The entry with its cells and with what our rules say of it."""
    pupil, wording = entry.pupil, entry.failure.wording
    if pupil is None:
        return replace(entry, known="registry" if wording is not None and wording.scope == "registry" else "unforeseen")
    fields = tuple(key for key in entry.failure.fields if key in pupil.page.columns)
    rules = _tells(sent, pupil, entry.failure)
    if rules:
        return replace(entry, fields=fields, known="told", rules=rules)
    if wording is None:
        return replace(entry, fields=fields)
    used = _used(options)
    unused = tuple(rule for rule in _all_of(wording.rules) if rule not in used)
    exact = tuple(rule for rule in wording.rules if rule[-1:].isdigit())
    if unused and exact and not set(exact) & used:
        return replace(entry, fields=fields, known="would", rules=unused[:5])
    known_as: Known = "registry" if wording.scope in ("registry", "beyond") else "unforeseen"
    return replace(entry, fields=fields, known=known_as, rules=wording.rules)


def _used(options: CheckOptions) -> frozenset[str]:
    from stuvalid.rules.registry import selected_rules

    return frozenset(rule.id for rule in selected_rules(options.select, options.ignore, options.severities))


def _all_of(names: Iterable[str]) -> list[str]:
    from stuvalid.rules.registry import all_rules

    wanted = set(names)
    return [rule for rule in all_rules() if rule in wanted or rule.rstrip("0123456789") in wanted]


def tell(found: Reconciled, told: Told) -> None:
    """Tell each failure at the pupil's cell, and at the list's line what has no pupil."""
    for entry in found.placed:
        _tell_placed(entry, told)
    for entry in found.about_files:
        told.add("returned_about_file", entry.line.place, said=entry.said(), said_en=entry.said("en"))
    for entry in found.open:
        zh, en = WHY[entry.match.why or "same-name"]
        places = [found.sent.pupils[n].place() for n in entry.match.candidates]
        told.add("returned_undecided", entry.line.place, related=places, **_who(entry), reason=zh, reason_en=en)
    for entry in found.strangers:
        zh, en = WHY[entry.match.why or "nobody"]
        told.add("returned_for_nobody", entry.line.place, **_who(entry), reason=zh, reason_en=en)


def _who(entry: Answer) -> dict[str, str]:
    row = f"第{entry.subject.row}行 " if entry.subject.row else ""
    name = entry.subject.name or next(iter(entry.subject.numbers), "")
    return {"where": row, "name": name, "said": entry.said(), "said_en": entry.said("en")}


def _tell_placed(entry: Answer, told: Told) -> None:
    pupil, wording = entry.pupil, entry.failure.wording
    assert pupil is not None
    zh, en = KNOWN[entry.known]
    rules = "、".join(entry.rules[:3])
    slug = "returned_failure" if wording is not None else "returned_in_unknown_words"
    told.add(
        slug,
        entry.place,
        related=[entry.line.place],
        name=pupil.name,
        said=entry.said(),
        said_en=entry.said("en"),
        known=f"{zh}（{_RULES[entry.known]}{rules}）" if rules else zh,
        known_en=f"{en} ({rules})" if rules else en,
        first=wording.mend if wording else "",
        first_en=wording.mend_en if wording else "",
    )


def check_returned(
    sent_paths: Sequence[Path],
    returned_paths: Sequence[Path],
    options: CheckOptions,
    folder: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Reconciled, Findings]:
    """Read what was sent and what came back, and report. The sent records are kept in ``folder`` meanwhile."""
    from stuvalid.rules.registry import selected_rules

    sent = read_sent(sent_paths, options, folder, progress=progress)
    returned = read_returned(returned_paths, options.password)
    found = reconcile(sent, returned, options)
    told = Told.of(selected_rules((), (), options.severities))
    tell(found, told)
    files = {report.path: replace(report) for report in sent.findings.files}
    files |= {report.path: report for report in returned.files if report.path not in files}
    findings = Findings(list(files.values()))
    findings.not_checked += [*sent.findings.not_checked, *returned.not_read]
    if found.mute:
        findings.not_checked.append(_mute(found.mute))
    told.into(findings)
    return found, findings


def _mute(lines: Sequence[AnswerLine]) -> NotChecked:
    from stuvalid.findings import MOST_EXAMPLES

    return NotChecked(
        "returned-line-not-understood",
        "返回名单里有没看懂的行，没有认出学生和原因：请人工看一遍",
        "lines of the returned lists were not understood: look at them yourself",
        len(lines),
        tuple(line.place for line in lines[:MOST_EXAMPLES]),
        incomplete=True,
    )
