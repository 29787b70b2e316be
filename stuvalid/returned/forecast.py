"""``check --forecast``: what is known against each pupil's acceptance, in the registry's own words, summed by class.

Nobody is said to be accepted: that our check finds nothing is all that is known, and what only the registry can know is
listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stuvalid.codes.classcodes import class_title
from stuvalid.findings import Block, Findings, Place, Severity
from stuvalid.report.wording import Wording
from stuvalid.returned.wordings import in_words_of_the_registry, known, only_the_registry_knows
from stuvalid.version import __version__

if TYPE_CHECKING:
    from stuvalid.submissions.identities import SheetPupils

SCHEMA = "stuvalid.forecast/1"
_FIELD = "【字段】"
_MOST_SAID, _LAST = 3, 8


class Against(NamedTuple):
    """One thing known against a pupil: what the registry would say, the wording's id, the rule of ours, the field and header."""

    said: str
    said_en: str
    wording: str
    rule: str
    field: str
    header: str
    rank: int


@dataclass(slots=True)
class Expected:
    """One pupil: where, who, and what is known ``against`` acceptance; ``doubtful`` is what should be looked at first."""

    place: Place
    name: str
    school: str
    group: str
    against: list[Against] = field(default_factory=list)
    doubtful: list[Against] = field(default_factory=list)


@dataclass(slots=True)
class Forecast:
    """All pupils of a run, and what is known against whole files (path, rule, how often)."""

    pupils: list[Expected]
    files: list[tuple[str, str, int]]
    unchecked: int

    @property
    def classes(self) -> dict[tuple[str, str], list[Expected]]:
        """The pupils by school code and class, in the order in which the classes come."""
        found: dict[tuple[str, str], list[Expected]] = {}
        for one in self.pupils:
            found.setdefault((one.school, one.group), []).append(one)
        return found

    def counts(self, pupils: list[Expected] | None = None) -> tuple[int, int, int]:
        """How many have something known against them, only something doubtful, nothing known."""
        some = self.pupils if pupils is None else pupils
        against = sum(bool(one.against) for one in some)
        doubtful = sum(bool(one.doubtful) and not one.against for one in some)
        return against, doubtful, len(some) - against - doubtful


def forecast(findings: Findings) -> Forecast:
    """What a run tells; a `PupilGleaner` must have gathered the pupils."""
    pupils: dict[tuple[str, str, int], Expected] = {}
    for report, gleaned in zip(findings.files, findings.gleaned, strict=True):
        for page in gleaned:
            for row, name, school, group in _pupils_of(page):
                place = Place(report.path, page.sheet, row, -1)
                pupils[report.path, page.sheet, row] = Expected(place, name, school, group)
    about: Counter[tuple[str, str]] = Counter()
    for block in (*findings.all_blocks(), *findings.explained):
        path = findings.paths[block.file]
        for row in block.rows:
            one = pupils.get((path, block.sheet, row))
            if one is not None and not _is_of_sheet(block):
                _add(one, block)
            elif block.severity == Severity.ERROR:
                about[path, block.rule] += 1
    for one in pupils.values():
        one.against.sort(key=lambda entry: entry.rank)
    unchecked = sum(report.status == "unreadable" for report in findings.files)
    return Forecast(list(pupils.values()), [(*key, count) for key, count in about.items()], unchecked)


def _pupils_of(page: SheetPupils) -> Iterator[tuple[int, str, str, str]]:
    for row, name, group, named in zip(page.rows, page.names, page.groups, page.classes, strict=True):
        school, _, code = group.partition("|")
        yield row, name, school, class_title(code) or named


def _is_of_sheet(block: Block) -> bool:
    """Whether a finding is about how the sheet stands, though it has a row."""
    return block.rule[:3] in ("TPL", "FIL", "DIA")


def _add(one: Expected, block: Block) -> None:
    wording = in_words_of_the_registry(block.rule, block.field)
    if wording is None:  # an error of ours, or of a rule from outside, that no wording of the registry is known for
        entry = Against(
            f"检查 {block.rule} 报的错误", f"error {block.rule}", "", block.rule, block.field, block.header, _LAST
        )
    else:
        said = wording.zh.replace(_FIELD, f"【{block.header}】")
        said_en = f"{wording.en} ({block.field})" if _FIELD in wording.zh else wording.en
        entry = Against(said, said_en, wording.id, block.rule, block.field, block.header, wording.rank)
    if block.severity == Severity.ERROR:
        one.against.append(entry)
    elif block.severity == Severity.WARNING and wording is not None and block.rule in _exact(wording.rules):
        one.doubtful.append(entry)


def _exact(rules: tuple[str, ...]) -> frozenset[str]:
    return frozenset(rule for rule in rules if rule[-1:].isdigit())


def lines(found: Forecast, wording: Wording, *, most: int) -> Iterator[str]:
    """The forecast as text, at most ``most`` pupils a class (all for 0)."""
    say = wording.say
    against, doubtful, none = found.counts()
    yield say(
        f"{len(found.pupils)} 名学生：已知会被退回或成为问题学籍的 {against}，最好先核实的 {doubtful}，没有已知问题的 {none}。",
        f"{len(found.pupils)} pupils: {against} with something known against them, {doubtful} to look at first, {none} with nothing known.",
    )
    yield say(
        "“没有已知问题”不等于会通过：下面最后列的，只有系统才知道。",
        "Nothing known is not a promise: what only the registry knows is listed at the end.",
    )
    for path, rule, count in found.files:
        yield say(
            f"{wording.path(path)}：表本身有错误（{rule}，{count} 处），先改",
            f"{wording.path(path)}: the form itself ({rule}, {count})",
        )
    if found.unchecked:
        yield say(
            f"{found.unchecked} 个文件读不了，里面的学生不在内。",
            f"{found.unchecked} files cannot be read; their pupils are left out.",
        )
    schools = {school for school, _ in found.classes}
    for (school, group), pupils in found.classes.items():
        name = group or say("班级不明", "class unknown")
        yield from _class_lines(f"{school} {name}" if len(schools) > 1 else name, pupils, found, wording, most)
    yield say("只有系统才知道的：", "What only the registry can know:")
    for one in only_the_registry_knows():
        yield f"  {say(one.zh, one.en)}"


def _class_lines(name: str, pupils: list[Expected], found: Forecast, wording: Wording, most: int) -> Iterator[str]:
    say = wording.say
    against, doubtful, none = found.counts(pupils)
    yield say(
        f"{name}：{len(pupils)} 人，已知有问题 {against}，先核实 {doubtful}，没有已知问题 {none}",
        f"{name}: {len(pupils)}, known {against}, doubtful {doubtful}, nothing known {none}",
    )
    said = Counter(
        say(entry.said, entry.said_en) for one in pupils for entry in {e.said: e for e in one.against}.values()
    )
    if said:
        yield "  " + say("；", "; ").join(f"{text} {count}" for text, count in said.most_common(_MOST_SAID))
    shown = [one for one in pupils if one.against or one.doubtful]
    before = pupils[0].place if len({one.place.file for one in found.pupils}) < 2 else None
    for one in shown[: most or None]:
        words = wording.place(one.place, before)
        yield f"  {words} {wording.shown(one.name, 'name', 'name')}{say('：', ': ')}{_said(one, wording)}"
        before = one.place
    if most and len(shown) > most:
        yield say(f"  …还有 {len(shown) - most} 名（-v 全部列出）", f"  … and {len(shown) - most} more (-v lists all)")


def _said(one: Expected, wording: Wording) -> str:
    say = wording.say
    told = list(dict.fromkeys(say(entry.said, entry.said_en) for entry in one.against))
    perhaps = list(dict.fromkeys(say(entry.said, entry.said_en) for entry in one.doubtful))
    parts = [*told, *(say(f"可能{text}", f"perhaps {text}") for text in perhaps if text not in told)]
    return say("；", "; ").join(parts)


def document(found: Forecast, wording: Wording) -> dict[str, Any]:
    """The forecast as plain data, in the shape of ``schema/forecast-1.json``; every pupil is in it."""
    against, doubtful, none = found.counts()
    return {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "wordings": known()["version"],
        "summary": {"pupils": len(found.pupils), "against": against, "doubtful": doubtful, "nothing_known": none},
        "classes": [
            {
                "school_code": school,
                "class": group,
                "pupils": len(pupils),
                **dict(zip(("against", "doubtful", "nothing_known"), found.counts(pupils), strict=True)),
            }
            for (school, group), pupils in found.classes.items()
        ],
        "pupils": [_pupil(one, wording) for one in found.pupils],
        "files": [{"file": wording.path(path), "rule": rule, "count": count} for path, rule, count in found.files],
        "files_unread": found.unchecked,
        "only_the_registry": [{"wording": one.id, "said": one.zh} for one in only_the_registry_knows()],
    }


def _pupil(one: Expected, wording: Wording) -> dict[str, Any]:
    return {
        "file": wording.path(one.place.file),
        "sheet": wording.sheet(one.place.sheet),
        "row": one.place.row + 1,
        "name": wording.shown(one.name, "name", "name"),
        "school_code": one.school,
        "class": one.group,
        "against": [_entry(entry) for entry in one.against],
        "doubtful": [_entry(entry) for entry in one.doubtful],
    }


def _entry(entry: Against) -> dict[str, str]:
    return {"wording": entry.wording, "said": entry.said, "rule": entry.rule, "field": entry.field}
