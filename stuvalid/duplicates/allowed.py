"""The ways out of a 问题学籍 that the sources allow: kind × letter of the 学籍号 × year, each with its source (``allowed.csv``).

It advises and refuses nothing: where sources differ all of them are shown. Of 2.0 (2026) no source was found.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Answer = Literal["yes", "no", "unclear"]
KINDS: Mapping[str, str] = {
    "": "number-wrong",
    "DUP001": "number-repeated",
    "DUP006": "number-repeated",
    "DUP002": "person-repeated",
    "DUP008": "person-repeated",
    "DUP007": "key-changed",
}
"""Which kind of the table a problem is, by the rule that tells it; '' is 身份证件号错误. Others are no kind of the registry's."""

WORDS: Mapping[str, tuple[str, str]] = {
    "number-wrong": ("身份证件号错误", "wrong ID number"),
    "number-repeated": ("身份证件号重复", "same ID number"),
    "person-repeated": ("姓名性别出生日期重复", "same name, sex and birth date"),
    "key-changed": ("关键信息与先前数据不一致", "key data changed"),
}
ANSWERS: Mapping[Answer, tuple[str, str]] = {
    "yes": ("可以", "yes"),
    "no": ("不可以", "no"),
    "unclear": ("说法不一", "unclear"),
}
NEWEST = (
    "2026年起的 2.0 系统怎么办，没有查到；以主管部门的说法为准。",
    "How the registry of 2026 does it was not found; what the authority says holds.",
)
_ORDER = ("删除", "变更", "佐证")


@dataclass(frozen=True, slots=True)
class Allowed:
    """One line of the table: a source's answer on one way; ``letter`` '' is any 学籍号."""

    kind: str
    letter: str
    way: str
    answer: Answer
    year: str
    zh: str
    en: str
    source: str
    sure: str


@cache
def table() -> tuple[Allowed, ...]:
    """All lines."""
    with (Path(__file__).parent / "allowed.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(Allowed(**row) for row in csv.DictReader(stream))  # type: ignore[arg-type]


def letter_of(record_number: str) -> str:
    """G, J or L of a 学籍号, '' for none."""
    first = record_number.strip()[:1].upper()
    return first if first in ("G", "J", "L") else ""


def allowed(rule: str, letter: str = "") -> list[Allowed]:
    """What the sources say of a problem that ``rule`` tells, of any 学籍号 and of those with this letter."""
    kind = KINDS.get(rule, "")
    found = [line for line in table() if line.kind == kind and line.letter in ("", letter)] if rule in KINDS else []
    return sorted(found, key=lambda line: (_ORDER.index(line.way), line.year, line.letter))


@cache
def sentence(rule: str, letter: str, lang: str = "zh") -> str:
    """The ways in one sentence; '' where the registry knows no such kind."""
    lines = allowed(rule, letter)
    if not lines:
        return ""
    english = lang == "en"
    words = []
    for way in dict.fromkeys(line.way for line in lines):
        answers = {line.answer for line in lines if line.way == way}
        mark = (
            "" if answers == {"yes"} else ANSWERS["no"][english] if answers == {"no"} else ANSWERS["unclear"][english]
        )
        words.append(
            f"{_english(way) if english else way}{f' ({mark})' if mark and english else f'（{mark}）' if mark else ''}"
        )
    if english:
        return f"The sources allow: {', '.join(words)}."
    return f"按来源可用的办法：{'、'.join(words)}。"


def _english(way: str) -> str:
    return {"删除": "delete", "变更": "amend", "佐证": "evidence"}[way]


def in_text(kinds: Iterable[tuple[str, str]], lang: str) -> Iterator[str]:
    """The lines of the table for the problems of a run, given as (rule, letter), for a screen."""
    english = lang == "en"
    found: dict[str, dict[Allowed, None]] = {}
    for rule, letter in sorted(kinds):
        if rule in KINDS:
            found.setdefault(KINDS[rule], {}).update(dict.fromkeys(allowed(rule, letter)))
    if found:
        yield (
            "What the sources allow; where they differ, all of them:"
            if english
            else "来源里允许的办法（说法不一的都列出，以主管部门为准）："
        )
    for kind, lines in found.items():
        yield f"  {WORDS[kind][english]}"
        for line in sorted(lines, key=lambda one: (_ORDER.index(one.way), one.letter, one.year)):
            way = _english(line.way) if english else line.way
            letter = f" {line.letter}…" if line.letter else ""
            how = line.en if english else line.zh
            yield f"    {way}{letter} {ANSWERS[line.answer][english]}（{line.year}）{how} ［{line.source}，{line.sure}］"
    if found:
        yield f"  {NEWEST[english]}"
