"""What will be handed out, judged before a byte of it is written: fields by purpose, rows by scope, values by their content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stuvalid.exports.application import Application, read_application
from stuvalid.exports.fields import Wanted, find, near
from stuvalid.exports.purposes import Purpose, all_purposes, find_purpose
from stuvalid.exports.reading import Pupil, Read, ages, read_pupils
from stuvalid.exports.scope import Chosen, choose
from stuvalid.findings import Place
from stuvalid.findings.masking import looks_like_address, mask_text
from stuvalid.report.wording import Wording

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions

_SAMPLE_ROWS = 3
_BARE_KINDS = frozenset({"name", "text", "code", "address"})
"""Kinds of columns in which no number, phone or date belongs."""


class Asked(NamedTuple):
    """A field asked for. ``allowed`` by the purpose; if not, why (zh, en). ``filled`` rows hold something in it."""

    wanted: Wanted
    allowed: bool
    zh: str = ""
    en: str = ""
    filled: int = 0


@dataclass(slots=True)
class ExportPlan:
    """What would be handed out. ``refusals`` are sentences (zh, en) for which nothing is; ``slipped`` are cells that hold
    what was not asked for, in a column that was.
    """

    application: Application
    purpose: Purpose | None
    asked: list[Asked] = field(default_factory=list)
    read: Read = field(default_factory=Read)
    chosen: Chosen = field(default_factory=Chosen)
    ages: dict[str, int] = field(default_factory=dict)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    slipped: list[tuple[Place, str]] = field(default_factory=list)
    twice: int = 0

    @property
    def denied(self) -> list[Asked]:
        return [one for one in self.asked if not one.allowed]

    @property
    def rows(self) -> list[list[str]]:
        """The texts handed out, in the order of the data."""
        keys = [one.wanted.keys for one in self.asked]
        return [[_text(pupil, each) for each in keys] for pupil in self.chosen.pupils]

    def sample(self, wording: Wording) -> list[list[str]]:
        """The first rows as they may be shown."""
        kinds = [(one.wanted.kind, one.wanted.key) for one in self.asked]
        return [
            [wording.shown(text, kind, key) for text, (kind, key) in zip(row, kinds, strict=True)]
            for row in self.rows[:_SAMPLE_ROWS]
        ]


def make_plan(
    paths: Sequence[Path],
    application: Path,
    options: CheckOptions,
    *,
    purposes: Iterable[Path] = (),
    schools: Path | None = None,
    skip: Sequence[Path] = (),
    progress: Callable[[int, int], None] | None = None,
) -> ExportPlan:
    """Judge the application, and read the pupils if it asks for nothing that is denied."""
    asked_for = read_application(application)
    purpose = find_purpose(asked_for.purpose, all_purposes(purposes))
    plan = ExportPlan(asked_for, purpose, [_judge(word, purpose) for word in asked_for.fields])
    _judge_dates(plan, options.today)
    if purpose is None:
        plan.refusals.insert(
            0,
            (
                f"没有名为“{asked_for.purpose}”的用途，一个字段也不给",
                f"there is no purpose '{asked_for.purpose}', so every field is denied",
            ),
        )
    elif plan.denied:
        names = "、".join(one.wanted.word for one in plan.denied)
        plan.refusals.append(
            (
                f"用途“{purpose.title}”不给这些字段：{names}",
                f"the purpose '{purpose.id}' denies: {', '.join(one.wanted.word for one in plan.denied)}",
            )
        )
    if plan.refusals:
        return plan  # nobody's data is read for what is refused anyway
    plan.read = read_pupils(paths, options, schools, skip=[application, *skip], progress=progress)
    plan.chosen = choose(plan.read.pupils, asked_for.scope, options.today)
    _judge_rows(plan)
    plan.ages = ages(plan.chosen.pupils, options.today)
    plan.twice = len(plan.chosen.pupils) - sum(plan.ages.values())
    return plan


def _text(pupil: Pupil, keys: Sequence[str]) -> str:
    return next((text for key in keys if (text := pupil.text(key))), "")


def _judge(word: str, purpose: Purpose | None) -> Asked:
    wanted = find(word)
    if not wanted.keys:
        zh, en = near(word)
        return Asked(wanted, False, f"没有这个字段{zh and f'，{zh}'}", f"there is no such field{en and f'. {en}'}")
    if purpose is None:
        return Asked(wanted, False, "没有这个用途", "there is no such purpose")
    if not purpose.allows(wanted):
        return Asked(wanted, False, f"用途“{purpose.title}”不含这个字段", f"not among the fields of '{purpose.id}'")
    return Asked(wanted, True)


def _judge_dates(plan: ExportPlan, today: dt.date) -> None:
    application, purpose = plan.application, plan.purpose
    if application.until < today:
        plan.refusals.append((f"有效期限 {application.until} 已经过了", f"its term ended on {application.until}"))
    if application.approved_on > today:
        plan.refusals.append(
            (
                f"批准日期 {application.approved_on} 还没有到",
                f"it is approved on {application.approved_on}, which is to come",
            )
        )
    if purpose is not None and purpose.longest_days:
        last = today + dt.timedelta(days=purpose.longest_days)
        if application.until > last:
            plan.refusals.append(
                (
                    f"用途“{purpose.title}”最长 {purpose.longest_days} 天，有效期限不能晚于 {last}",
                    f"'{purpose.id}' lasts {purpose.longest_days} days at most, until {last}",
                )
            )


def _judge_rows(plan: ExportPlan) -> None:
    """Refuse what would hand out too little or too much unnoticed."""
    read, chosen = plan.read, plan.chosen
    if read.lost:
        plan.refusals.append(
            (
                f"有 {len(read.lost)} 处没有读成，里面的学生会漏掉",
                f"{len(read.lost)} files were not read; their pupils would be missing",
            )
        )
    if chosen.unmet:
        plan.refusals.append(
            (
                f"导出范围里的这些名称没有学生：{'、'.join(chosen.unmet)}",
                f"nobody answers to these names of the scope: {', '.join(chosen.unmet)}",
            )
        )
    if not chosen.pupils and not plan.refusals:
        plan.refusals.append(("范围里没有学生", "there is no pupil in scope"))
    plan.asked = [
        one._replace(filled=sum(bool(_text(pupil, one.wanted.keys)) for pupil in chosen.pupils)) for one in plan.asked
    ]
    empty = [one.wanted for one in plan.asked if chosen.pupils and not one.filled]
    if empty:
        more = "（学校名称可用 --schools 给出名单）" if any(one.key == "school_name" for one in empty) else ""
        plan.refusals.append(
            (
                f"数据里没有：{'、'.join(one.word for one in empty)}{more}",
                f"the data lack: {', '.join(one.word for one in empty)}",
            )
        )
    plan.slipped = list(_slipped(plan))
    if plan.slipped:
        plan.refusals.append(
            (
                f"有 {len(plan.slipped)} 格里夹着没有申请的内容（号码、电话、日期、住址），先改正数据",
                f"{len(plan.slipped)} cells hold what was not asked for (numbers, phones, dates, addresses)",
            )
        )


def _slipped(plan: ExportPlan) -> Iterable[tuple[Place, str]]:
    """Cells of a column that may hold no number, phone, date or address, and do: rows slip, people write remarks."""
    for one in plan.asked:
        if one.wanted.kind not in _BARE_KINDS:
            continue
        for pupil in plan.chosen.pupils:
            text = _text(pupil, one.wanted.keys)
            if mask_text(text) != text or (one.wanted.kind != "address" and looks_like_address(text)):
                yield Place(pupil.file, pupil.sheet, pupil.row - 1), one.wanted.word
