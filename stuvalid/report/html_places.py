"""Where findings are, as the HTML report groups them: files, the schools they belong to, classes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from stuvalid.findings import Block, ClassRun, FileReport, Finding, Findings
from stuvalid.report.document import path
from stuvalid.report.wording import Wording

_SEPARATOR = re.compile(r"[/\\]+")
_CLASS_NAME = re.compile(
    r"(?:(?:高|初|小学?|初中|高中)?[一二三四五六七八九1-9]年?级?|(?:20[0-9]{2}级))\s*[（(]?[一二三四五六七八九十0-9]{1,3}[）)]?\s*班"
)
_STAGES = {"1": ("小学", "primary"), "2": ("初中", "junior"), "3": ("高中", "senior")}


class Places:
    """The files of a run by number, and for each the number of its school.

    A school is the folder a file is in, below what all files have in common; a file in no such folder stands for
    itself.
    """

    def __init__(self, findings: Findings, wording: Wording) -> None:
        known = {report.path: report for report in findings.files}
        for finding in findings.extra:
            known.setdefault(finding.place.file, FileReport(finding.place.file))
        self.reports: list[FileReport] = list(known.values())
        self.number = {name: position for position, name in enumerate(known)}
        nowhere = wording.say("（不在某个文件中）", "(in no single file)")
        parts = [_SEPARATOR.split(path(name, wording) or nowhere) for name in known]
        shared = _shared_folders(parts)
        self.names = ["/".join(entry[shared:]) for entry in parts]
        tops = [entry[shared] for entry in parts]
        self.schools = list(dict.fromkeys(tops))
        numbers = {name: position for position, name in enumerate(self.schools)}
        self.school_of = [numbers[top] for top in tops]
        self.blocks = [*findings.blocks, *(self._block(finding) for finding in findings.extra)]
        self.classes = [Classes(report, wording) for report in self.reports]

    def _block(self, finding: Finding) -> Block:
        """A finding of its own as the block of one that it is."""
        place = finding.place
        return Block(
            finding.rule,
            finding.severity,
            self.number[place.file],
            place.sheet,
            finding.field,
            finding.header,
            place.column,
            [place.row],
            [finding.value],
            [finding.fix],
            [finding.params],
            [finding.related],
            finding.kind,
            finding.kinds,
            [finding.related_more],
        )


def _shared_folders(paths: Sequence[Sequence[str]]) -> int:
    """How many leading folders all ``paths`` have in common."""
    count = 0
    while all(len(entry) > count + 1 and entry[count] == paths[0][count] for entry in paths):
        if not paths:
            break
        count += 1
    return count


class Classes:
    """The class of a row of one file's sheet, as the report names it; '' where it is not known."""

    def __init__(self, report: FileReport, wording: Wording) -> None:
        self._wording = wording
        self._runs: dict[str, list[ClassRun]] = {}
        for run in report.classes:
            self._runs.setdefault(run.sheet, []).append(run)
        self._file = report.path
        self._names: dict[str, str] = {}

    def of(self, sheet: str, row: int) -> str:
        """The class of the record on the 0-based ``row``, else the class the sheet or file is named by."""
        runs = self._runs.get(sheet, [])
        position = bisect_right(runs, row, key=itemgetter(1)) - 1
        if position >= 0 and row <= runs[position].last_row:
            return class_name(runs[position].class_code, self._wording)
        if sheet not in self._names:
            leaf = _SEPARATOR.split(self._file)[-1]
            named = _CLASS_NAME.search(sheet) or _CLASS_NAME.search(leaf)
            self._names[sheet] = named[0] if named else ""
        return self._names[sheet]


def class_name(code: str, wording: Wording) -> str:
    """A class code (year of entry, stage, number) with what it says."""
    stage, number = _STAGES.get(code[4:5]), int(code[5:])
    if stage is None or not number:
        return code
    return wording.say(f"{code} {stage[0]}{code[:4]}级{number}班", f"{code} {stage[1]} {code[:4]}, class {number}")
