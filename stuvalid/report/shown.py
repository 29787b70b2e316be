"""A run as it may be shown: everything a report takes, in words and masked.

A format gets a `WordedRun` and nothing else, so that no format can print a value or a path as it came in. Findings are
worded one by one while they are written: a county's million is never held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stuvalid.findings import Block, FileReport, Finding, Findings, NotChecked, Place, Severity, letters
from stuvalid.report.items import (
    Unchecked,
    WordedAccepted,
    WordedCause,
    WordedDiagnosis,
    WordedEntry,
    WordedFile,
    WordedFinding,
    WordedGroup,
    WordedLook,
    WordedPlace,
)
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules

_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class WordedBlock:
    """Findings of one rule on one field of one sheet; ``rows`` count from 1, one entry a finding."""

    run: WordedRun
    block: Block
    file: int
    sheet: str

    def __len__(self) -> int:
        return len(self.block)

    @property
    def rule(self) -> str:
        return self.block.rule

    @property
    def severity(self) -> Severity:
        return self.block.severity

    @property
    def header(self) -> str:
        return self.run.wording.header(self.block.header, self.block.field)

    @property
    def column(self) -> int:
        return self.block.column

    @property
    def rows(self) -> Sequence[int]:
        return [row + 1 for row in self.block.rows]

    @property
    def safe(self) -> int:
        """How many have only one reading and are mended by a safe fix."""
        return sum(fix is not None and fix.safe for fix in self.block.fixes)

    def findings(self) -> Iterator[WordedFinding]:
        return (self.run.word_of(self.block, index) for index in range(len(self.block)))


class WordedRun:
    """What reports are made of. ``say`` and ``lang`` are the report's language."""

    def __init__(self, findings: Findings, wording: Wording) -> None:
        self.wording = wording
        wording.know_names(name for report in findings.files for name in report.named)
        self._findings = findings
        self._texts: dict[tuple[Any, ...], tuple[str, str, str | None]] = {}

    @property
    def lang(self) -> str:
        return self.wording.lang

    @property
    def show_values(self) -> bool:
        return self.wording.show_values

    def say(self, zh: str, en: str) -> str:
        """``zh`` or ``en``, whichever the report is in."""
        return self.wording.say(zh, en)

    def __len__(self) -> int:
        return len(self._findings)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The numbers every report leads with."""
        return self._findings.summary()

    @property
    def incomplete(self) -> bool:
        return self._findings.incomplete

    @property
    def pupil_key(self) -> str:
        return self._findings.pseudonym_key

    @cached_property
    def by_rule(self) -> Mapping[str, int]:
        return self._findings.by_rule()

    @cached_property
    def files(self) -> list[WordedFile]:
        """Every file with a finding or of the run, by number; those of the run first."""
        found = self._findings
        listed = {report.path: report for report in found.files}
        counts = found.by_file()
        return [
            self._file(number, listed.get(path) or FileReport(path), path in listed, counts)
            for number, path in enumerate(found.paths)
        ]

    def _file(
        self, number: int, report: FileReport, listed: bool, counts: Mapping[tuple[str, Severity], int]
    ) -> WordedFile:
        return WordedFile(
            number,
            self.wording.path(report.path),
            listed,
            report.status,
            self.wording.text(self.say(report.reason_zh, report.reason_en)),
            report.template,
            self.wording.sheet(report.sheet),
            report.rows,
            report.format,
            report.sha256,
            report.rules,
            [run._replace(sheet=self.wording.sheet(run.sheet)) for run in report.classes],
            {severity: counts.get((report.path, severity), 0) for severity in Severity},
            self._look(report),
        )

    def _look(self, report: FileReport) -> WordedLook | None:
        """What the file is, in words: classes by their names, hidden sheets called so."""
        from stuvalid.codes.classcodes import class_title
        from stuvalid.forms import template

        look = report.look
        if report.status != "checked":
            return None
        hidden = self.say("（隐藏）", " (hidden)")
        return WordedLook(
            tuple(self.say(known.title, known.title_en) for known in map(template, look.forms)),
            tuple((self.wording.text(code), count) for code, count in look.schools.items()),
            tuple((self.wording.text(class_title(code)), count) for code, count in sorted(look.classes.items())),
            tuple(f"{self.wording.sheet(name)}{hidden if is_hidden else ''}" for name, is_hidden in look.beside),
        )

    def findings(self, *levels: Severity) -> Iterator[WordedFinding]:
        """Each finding (of these levels) in the order of files, sheets and rows."""
        paths = self._findings.paths
        for block, index in self._findings.in_order():
            if not levels or block.severity in levels:
                yield self.word(block.at(index, paths[block.file]))

    def blocks(self) -> list[WordedBlock]:
        """The findings by rule and column, as they were made."""
        return [
            WordedBlock(self, block, block.file, self.wording.sheet(block.sheet))
            for block in self._findings.all_blocks()
        ]

    def groups(self, samples: int) -> list[tuple[WordedFile, list[WordedGroup]]]:
        """Every file with its findings by rule, gravest first, and at most ``samples`` of each in words."""
        grouped = self._findings.groups(samples)
        return [
            (
                file,
                [
                    WordedGroup(
                        group.rule,
                        group.severity,
                        group.count,
                        self.wording.mend(group.samples[0]),
                        tuple(map(self.word, group.samples)),
                    )
                    for group in grouped.get(path, ())
                ],
            )
            for file, path in zip(self.files, self._findings.paths, strict=True)
        ]

    @cached_property
    def causes(self) -> list[WordedCause]:
        """Causes behind many findings, the largest first."""
        severities = {(block.rule, block.file): block.severity for block in self._findings.blocks}
        numbers = {path: number for number, path in enumerate(self._findings.paths)}
        return [
            WordedCause(
                cause.rule,
                severities.get((cause.rule, numbers[cause.file]), all_rules()[cause.rule].severity),
                numbers[cause.file],
                self.wording.path(cause.file),
                self.wording.sheet(cause.sheet),
                cause.field,
                cause.scope,
                cause.count,
                cause.first_row,
                cause.last_row,
                self.wording.cause(cause),
                (cause.rule, cause.field, cause.scope, self.wording.shown(cause.detail, cause.kind, cause.field)),
            )
            for cause in self._findings.causes
        ]

    @cached_property
    def diagnoses(self) -> list[WordedDiagnosis]:
        """What happened to the sheets, in the order of files; what explains most first."""
        paths = self._findings.paths
        found = []
        for number, one in enumerate(self._findings.diagnoses, start=1):
            said = self.word(one.finding(paths[one.file]))
            found.append(
                WordedDiagnosis(
                    f"D{number}",
                    one.rule,
                    one.severity,
                    one.file,
                    said.place.file,
                    said.place.sheet,
                    one.fields,
                    tuple(
                        self.wording.header(header, key) for header, key in zip(one.headers, one.fields, strict=True)
                    ),
                    tuple(map(letters, one.columns)),
                    one.first_row + 1,
                    one.last_row + 1,
                    one.explained,
                    one.certain,
                    bool(one.moves),
                    one.safe,
                    said.message,
                    said.mend,
                )
            )
        return sorted(found, key=lambda one: (one.number, -one.explained))

    def explained(self) -> Iterator[tuple[WordedFinding, str]]:
        """Every finding that a diagnosis explains, which does not count, with the id of that."""
        known = {(one.file, one.number): f"D{n}" for n, one in enumerate(self._findings.diagnoses, start=1)}
        for block in self._findings.explained:
            for index in range(len(block)):
                yield self.word_of(block, index), known[block.file, block.explained_by]

    @property
    def accepted(self) -> Iterator[WordedAccepted]:
        """What was explained, in order."""
        for entry in self._findings.accepted:
            text = self.wording.text
            yield WordedAccepted(self.word(entry.finding), text(entry.reason), text(entry.person), text(entry.until))

    @property
    def accepted_count(self) -> int:
        return len(self._findings.accepted)

    @cached_property
    def account(self) -> list[WordedEntry]:
        """What came in and was not read, checked or understood, what may lack pupils first."""
        return [
            WordedEntry(
                entry.kind,
                entry.count,
                entry.incomplete,
                self.wording.text(self.say(entry.zh, entry.en)),
                self._examples(entry),
                tuple(map(self._place, entry.examples)),
            )
            for entry in self._findings.account()
        ]

    def _examples(self, entry: NotChecked) -> str:
        """The examples of an entry in words, each file once, and how many more there are."""
        inside: dict[str, list[str]] = {}
        for place in entry.examples:
            cell = self.wording.place(place._replace(file=""))
            inside.setdefault(place.file, []).extend([cell] if cell else [])
        words = [
            " ".join(filter(None, (self.wording.path(file), "、".join(dict.fromkeys(cells)))))
            for file, cells in inside.items()
        ]
        left = entry.count - len(entry.examples)
        if left > 0 and words:
            words.append(self.say(f"……还有{left}处", f"... {left} more"))
        return self.say("；", "; ").join(words)

    def unchecked(self) -> Iterator[Unchecked]:
        """The account, files that were skipped or unreadable, rules that crashed, did not run or could not judge a cell."""
        for entry in self.account:
            what = self.say(f"没有检查（{entry.count}处）", f"not checked ({entry.count})")
            yield Unchecked(entry.where, what, entry.message, entry.incomplete, entry.kind)
        skipped: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file in self.files:
            if file.status != "checked":
                broken = file.status == "unreadable"
                what = self.say("整个文件", "whole file") if broken else self.say("略过", "passed over")
                yield Unchecked(file.path, what, file.reason, broken, file.status)
            for rule, error in file.rules.crashed.items():
                why = self.wording.text(error)
                yield Unchecked(
                    file.path, rule, self.say(f"规则出错：{why}", f"the rule crashed: {why}"), True, "crashed"
                )
            for rule, key in file.rules.skipped.items():
                skipped[file.path, self.missing(file, key)].append(rule)
            if file.rules.unknown:
                cells = max(file.rules.unknown.values())
                why = self.say(f"有 {cells} 个格读不懂，改好后再查", f"{cells} cells could not be read")
                yield Unchecked(file.path, ", ".join(sorted(file.rules.unknown)), why, False, "unknown")
        for (name, why), rules in skipped.items():
            yield Unchecked(name, ", ".join(sorted(rules)), why, False, "rules")

    def missing(self, file: WordedFile, key: str) -> str:
        """Why a rule did not run: what the reason or the field ``key`` of `RuleRuns.skipped` stands for."""
        column = self.wording.column(key, file.rules.headers.get(key, ""))
        return self.wording.reason(key) or self.say(f"缺少“{column}”列", f"the column {column} is missing")

    def word_of(self, block: Block, index: int) -> WordedFinding:
        """One finding of a block in words."""
        return self.word(block.at(index, self._findings.paths[block.file]))

    def word(self, finding: Finding) -> WordedFinding:
        """One finding in words."""
        value, message, fix = self._said(finding)
        place = finding.place
        return WordedFinding(
            finding.rule,
            finding.severity,
            self._place(place),
            finding.field,
            self.wording.header(finding.header, finding.field),
            finding.kind,
            message,
            self.wording.mend(finding),
            value,
            fix,
            finding.fix is not None and finding.fix.safe,
            finding.fix is not None and finding.fix.value == finding.value,
            tuple(map(self._place, finding.related)),
            finding.related_more,
            self._findings.pseudonyms.get((place.file, place.sheet, place.row), ("", "")),
        )

    def _said(self, finding: Finding) -> tuple[str, str, str | None]:
        """Value, message and mended value; kept, since a county's findings say the same few things."""
        key = (
            finding.rule,
            finding.field,
            finding.kind,
            finding.header,
            finding.value,
            finding.fix,
            tuple(finding.params.items()),
            (finding.place, finding.related, finding.related_more) if finding.related else (),
        )
        known = self._texts.get(key)
        if known is None:
            if len(self._texts) >= _MOST_KEPT:
                self._texts.clear()
            wording = self.wording
            known = wording.value(finding), wording.message(finding), wording.fix_value(finding)
            self._texts[key] = known
        return known

    def _place(self, place: Place) -> WordedPlace:
        return WordedPlace(self.wording.path(place.file), self.wording.sheet(place.sheet), place.row + 1, place.column)
