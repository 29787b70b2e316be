"""Where findings are, as the HTML report groups them: files, the schools they belong to, classes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from stuvalid.findings import ClassRun
from stuvalid.report.worded import WordedFile, WordedRun

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

    def __init__(self, run: WordedRun) -> None:
        nowhere = run.say("（不在某个文件中）", "(in no single file)")
        parts = [_SEPARATOR.split(file.path or nowhere) for file in run.files]
        shared = _shared_folders(parts)
        self.names = ["/".join(entry[shared:]) for entry in parts]
        tops = [entry[shared] for entry in parts]
        self.schools = list(dict.fromkeys(tops))
        numbers = {name: position for position, name in enumerate(self.schools)}
        self.school_of = [numbers[top] for top in tops]
        self.classes = [Classes(file, run) for file in run.files]


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

    def __init__(self, file: WordedFile, run: WordedRun) -> None:
        self._run = run
        self._runs: dict[str, list[ClassRun]] = {}
        for rows in file.classes:
            self._runs.setdefault(rows.sheet, []).append(rows)
        self._file = file.path
        self._names: dict[str, str] = {}

    def of(self, sheet: str, row: int) -> str:
        """The class of the record on the 0-based ``row``, else the class the sheet or file is named by."""
        runs = self._runs.get(sheet, [])
        position = bisect_right(runs, row, key=itemgetter(1)) - 1
        if position >= 0 and row <= runs[position].last_row:
            return class_name(runs[position].class_code, self._run)
        if sheet not in self._names:
            leaf = _SEPARATOR.split(self._file)[-1]
            named = _CLASS_NAME.search(sheet) or _CLASS_NAME.search(leaf)
            self._names[sheet] = named[0] if named else ""
        return self._names[sheet]


def class_name(code: str, run: WordedRun) -> str:
    """A class code (year of entry, stage, number) with what it says."""
    stage, number = _STAGES.get(code[4:5]), int(code[5:])
    if stage is None or not number:
        return code
    return run.say(f"{code} {stage[0]}{code[:4]}级{number}班", f"{code} {stage[1]} {code[:4]}, class {number}")
