"""One school's standing: what it sent, what is wrong, and whether somebody has to telephone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from stuvalid.bundle.crosschecks import Waiting
from stuvalid.bundle.statistics import SchoolRow

State = Literal["missing", "undecided", "problems", "differs", "complete"]
STATES: dict[State, tuple[str, str]] = {
    "missing": ("未报", "missing"),
    "undecided": ("收到未定", "undecided"),
    "problems": ("有错误", "errors"),
    "differs": ("待核实", "to clear up"),
    "complete": ("齐全", "complete"),
}

_MISSING, _REFUSED, _ERRORS, _UNDECIDED, _FEWER, _MORE, _PHOTOS, _LATE, _WARNINGS, _NOTE, _FINE = range(11)


class Times(NamedTuple):
    """When a school's files came (None where files bear no true time), its workbooks, and how many files."""

    first: dt.datetime | None
    last: dt.datetime | None
    workbooks: tuple[str, ...]
    files: int


class Reason(NamedTuple):
    """What there is to say to the school, and how urgent it is (`rank`, small is urgent)."""

    rank: int
    zh: str
    en: str


@dataclass(slots=True)
class SchoolStatus:
    """One school. Expected counts are -1 where none is known; ``photos`` are pupils that have one.

    ``refused`` files of it cannot be read, ``undecided`` ones may be its own: nobody has said yet.
    """

    code: str
    name: str
    received: bool
    times: Times | None
    pupils: int
    expected: int
    classes: int
    expected_classes: int
    errors: int
    warnings: int
    photos: int
    refused: int
    undecided: int = 0
    phone: str = ""
    contact: str = ""
    overdue: int = 0
    reasons: list[Reason] = field(default_factory=list)

    @property
    def call(self) -> bool:
        """Whether somebody has to telephone: for warnings and late arrivals nobody has."""
        return any(reason.rank < _LATE for reason in self.reasons)

    @property
    def state(self) -> State:
        """One word for it all."""
        if not self.received:
            return "undecided" if self.refused or self.undecided else "missing"
        worst = min((reason.rank for reason in self.reasons), default=_FINE)
        if worst <= _ERRORS:
            return "problems"
        return "differs" if worst < _LATE else "complete"

    @property
    def urgency(self) -> tuple[int, bool, int, str]:
        """Sorts the most urgent first: by gravest reason, overdue before others, more pupils before fewer."""
        worst = min((reason.rank for reason in self.reasons), default=_FINE)
        return worst, self.overdue <= 0, -max(self.errors, self.expected, 0), self.code

    def miss_photos(self, deadline: dt.date | None, today: dt.date) -> None:
        """Say how many pupils have no photo: something to telephone about once photos are due, before that a note."""
        lacking = self.pupils - self.photos
        if not self.received or lacking <= 0:
            return
        left = (deadline - today).days if deadline is not None else 0
        if left > 0:
            day = f"{deadline:%m-%d}"
            note = Reason(_NOTE, f"{lacking}人的照片到{day}前交", f"photos of {lacking} due by {day}")
            self.reasons.append(note)
        else:
            self.reasons.append(Reason(_PHOTOS, f"缺{lacking}人照片", f"{lacking} photos lacking"))

    def words(self, lang: str) -> str:
        """What there is to say, gravest first."""
        ordered = sorted(self.reasons)
        if lang == "en":
            return "; ".join(reason.en for reason in ordered)
        return "；".join(reason.zh for reason in ordered)


def judge(
    row: SchoolRow, times: Times | None, waiting: Waiting, deadline: dt.date | None, today: dt.date
) -> SchoolStatus:
    """A school's standing on the day ``today``, from its numbers, what does not count yet, and the deadline if any."""
    refused, undecided = waiting
    school = SchoolStatus(
        row.code,
        row.name,
        row.received,
        times,
        row.counts.pupils,
        row.expected_pupils,
        row.classes,
        row.expected_classes,
        row.errors,
        row.warnings,
        row.pupils_with_photo,
        refused,
        undecided,
    )
    left = (deadline - today).days if deadline is not None else None
    if not row.received:
        school.overdue = max(0, -left) if left is not None else 0
        school.reasons.append(_missing(left) if not refused and not undecided else _waiting(left))
    if undecided:
        zh, en = f"{undecided}个文件可能是它的，待确认", f"{undecided} files may be its own: settle them with --map"
        school.reasons.append(Reason(_UNDECIDED, zh, en))
    if refused:
        school.reasons.append(Reason(_REFUSED, f"{refused}个文件读不了", f"{refused} files unreadable"))
    if row.received:
        _add_problems(school, left, row.counts.need_certificate)
        _add_late(school, deadline)
    return school


def _waiting(left: int | None) -> Reason:
    """Something came, but nothing that counts yet: the school has sent, so it is not told that it has not."""
    late_zh, late_en = (f"，逾期{-left}天", f", {-left} days overdue") if left is not None and left < 0 else ("", "")
    return Reason(
        _MISSING, f"收到了文件，还没有能用的学生表{late_zh}", f"files came, but no usable list of pupils yet{late_en}"
    )


def _missing(left: int | None) -> Reason:
    if left is None:
        return Reason(_MISSING, "未报", "nothing received")
    if left < 0:
        return Reason(_MISSING, f"未报，逾期{-left}天", f"nothing received, {-left} days overdue")
    if left == 0:
        return Reason(_MISSING, "未报，今天到期", "nothing received, due today")
    return Reason(_MISSING, f"未报，还有{left}天", f"nothing received, {left} days left")


def _add_problems(school: SchoolStatus, left: int | None, certificates: int) -> None:
    if school.errors:
        school.overdue = max(0, -left) if left is not None else 0
        late_zh = f"，逾期{school.overdue}天" if school.overdue else ""
        late_en = f", {school.overdue} days overdue" if school.overdue else ""
        school.reasons.append(
            Reason(_ERRORS, f"{school.errors}个错误未改{late_zh}", f"{school.errors} errors to mend{late_en}")
        )
    if school.expected >= 0 and school.pupils != school.expected:
        gap = school.pupils - school.expected
        school.reasons.append(
            Reason(_FEWER, f"少{-gap}人", f"{-gap} pupils too few")
            if gap < 0
            else Reason(_MORE, f"多{gap}人", f"{gap} pupils too many")
        )
    if school.expected_classes >= 0 and school.classes != school.expected_classes:
        gap = school.classes - school.expected_classes
        school.reasons.append(
            Reason(_FEWER, f"少{-gap}个班", f"{-gap} classes too few")
            if gap < 0
            else Reason(_MORE, f"多{gap}个班", f"{gap} classes too many")
        )
    if certificates:
        zh, en = f"{certificates}人无身份证号，须附在校就读证明", f"{certificates} certificates of attendance needed"
        school.reasons.append(Reason(_NOTE, zh, en))
    if school.warnings:
        school.reasons.append(Reason(_WARNINGS, f"{school.warnings}个警告", f"{school.warnings} warnings"))


def _add_late(school: SchoolStatus, deadline: dt.date | None) -> None:
    first = school.times.first if school.times is not None else None
    if deadline is not None and first is not None and first.date() > deadline:
        days = (first.date() - deadline).days
        school.reasons.append(Reason(_LATE, f"迟交{days}天", f"{days} days late"))
