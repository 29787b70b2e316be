"""One returned failure and what became of it; all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stuvalid.findings import Place
from stuvalid.returned.lines import Subject
from stuvalid.returned.lists import AnswerLine, Returned
from stuvalid.returned.matching import Meant, groups_of
from stuvalid.returned.sent import Sent, SentPupil
from stuvalid.returned.wordings import Complaint

Known = Literal["told", "would", "registry", "unforeseen"]
KNOWN: Mapping[Known, tuple[str, str]] = {
    "told": ("检查已经报过", "our check tells it"),
    "would": ("有规则，这次没有用", "a rule of ours, not used this time"),
    "registry": ("只有系统才知道", "only the registry can know"),
    "unforeseen": ("检查没有报", "our check did not tell it"),
}
WHY: Mapping[str, tuple[str, str]] = {
    "same-name": ("同名的有几个，分不清是谁", "several have this name"),
    "other-name": ("号码是一个人的，姓名是另一个人的", "the number is one pupil's, the name another's"),
    "other-number": ("姓名相同，号码不同", "the name agrees, the number does not"),
    "other-class": ("姓名相同，班级不同", "the name agrees, the class does not"),
    "other-birth": ("姓名相同，出生日期不同", "the name agrees, the birth date does not"),
    "other-school": ("是别的学校的", "it is another school's"),
    "masked": ("姓名或号码遮盖过，不够认人", "name or number is masked too far"),
    "near": ("没有这个姓名，有只差一个字的", "nobody has this name; one differs by a character"),
    "row": ("只有行号，没有姓名、号码；行号会被标题行错开", "a row number alone, which titles shift"),
    "nobody": ("送出的学生里没有这个人", "none of the pupils sent"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One returned failure: where the list says it, whom it names, who that is, and what we know of it.

    ``fields`` are keys with a column in what was sent; ``rules`` those of ours that tell it (or would).
    """

    line: AnswerLine
    subject: Subject
    failure: Complaint
    match: Meant
    pupil: SentPupil | None = None
    fields: tuple[str, ...] = ()
    known: Known = "unforeseen"
    rules: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """The cell it is about, where the pupil is known; else the line of the list."""
        return self.pupil.place(self.fields[0] if self.fields else "name") if self.pupil else self.line.place

    @property
    def rank(self) -> int:
        return self.failure.wording.rank if self.failure.wording else 7

    def said(self, lang: str = "zh") -> str:
        """What was returned, in the wording's own words; a field with its name."""
        one = self.failure.wording
        if one is None:
            return self.failure.text or ("（没有写原因）" if lang != "en" else "(no reason given)")
        text = one.en if lang == "en" else one.zh
        if "【字段】" in one.zh:
            name = self.failure.field_text or (
                self.pupil.page.headers.get(self.fields[0], "") if self.pupil and self.fields else ""
            )
            return text.replace("【字段】", f"【{name}】") if lang != "en" else f"{text} ({name})"
        return text


@dataclass(slots=True)
class Reconciled:
    """What became of the returned lists. ``about_files`` are failures of no pupil, ``mute`` lines that were not understood."""

    sent: Sent
    returned: Returned
    entries: list[Answer] = field(default_factory=list)
    about_files: list[Answer] = field(default_factory=list)
    passed: int = 0
    waiting: int = 0
    mute: list[AnswerLine] = field(default_factory=list)

    @property
    def placed(self) -> list[Answer]:
        """What has its pupil, first what is to be mended first."""
        found = [entry for entry in self.entries if entry.pupil is not None]
        return sorted(found, key=lambda entry: (entry.rank, entry.place))

    @property
    def open(self) -> list[Answer]:
        """What somebody must decide: several candidates, or one who is not certain."""
        return [entry for entry in self.entries if entry.pupil is None and entry.match.candidates]

    @property
    def strangers(self) -> list[Answer]:
        """What is none of the pupils sent, as far as the list tells."""
        return [entry for entry in self.entries if entry.pupil is None and not entry.match.candidates]

    def unforeseen(self) -> list[tuple[str, str, tuple[str, ...], int]]:
        """What no rule foresaw, without anybody's data: (wording's id or '', what was said, fields, how often)."""
        counts = Counter(
            (entry.failure.wording.id if entry.failure.wording else "", entry.said(), entry.fields[:1])
            for entry in self.entries
            if entry.known == "unforeseen" and (entry.pupil is not None or entry.failure.wording is None)
        )
        return [(name, said, fields, count) for (name, said, fields), count in counts.most_common()]

    def first(self) -> list[tuple[str, str, int]]:
        """What to mend first: (what the registry says, what to do, how many), in that order."""
        groups: dict[tuple[int, str, str], int] = {}
        for entry in [*self.about_files, *self.placed]:
            one = entry.failure.wording
            key = (entry.rank, entry.said(), one.mend if one else "看原文，逐条处理")
            groups[key] = groups.get(key, 0) + 1
        ordered = sorted(groups.items(), key=lambda group: (group[0][0], -group[1]))
        return [(said, mend, count) for (_, said, mend), count in ordered]


def candidates_in_words(entry: Answer, sent: Sent) -> str:
    """Who may be meant, for the list."""
    return groups_of(entry.match.candidates, sent.pupils)
