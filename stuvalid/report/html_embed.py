"""The findings inside the HTML report: columns of numbers into lists of distinct texts, so that 100,000 stay small."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from stuvalid.report.html_overview import Places, rule_title
from stuvalid.report.items import WordedFinding, WordedPlace
from stuvalid.report.shown import WordedBlock, WordedRun
from stuvalid.rules.registry import all_rules

MOST_FINDINGS = 100_000
MOST_CHARACTERS = 12_000_000
_LONGEST_TEXT = 300
_MOST_RELATED = 5
_RELATED_WEIGHT = 60
# Stands for the value in a message, so that a thousand messages that differ in nothing else are one text.
_VALUE = "\x01"
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class _Texts:
    """Distinct texts in the order of their first use."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.characters = 0

    def number(self, text: str) -> int:
        """The number of ``text``, cut where no reader would follow it."""
        if len(text) > _LONGEST_TEXT:
            text = f"{text[: _LONGEST_TEXT - 1]}…"
        known = self.numbers.get(text)
        if known is None:
            known = self.numbers[text] = len(self.numbers)
            self.characters += len(text)
        return known

    @property
    def all(self) -> list[str]:
        return list(self.numbers)


@dataclass
class _Embedded:
    """What the script reads. Columns run in step, one entry a finding; ``fix`` is -1 or text number * 2 + safe."""

    sheets: _Texts = field(default_factory=_Texts)
    headers: _Texts = field(default_factory=_Texts)
    rules: _Texts = field(default_factory=_Texts)
    classes: _Texts = field(default_factory=_Texts)
    values: _Texts = field(default_factory=_Texts)
    messages: _Texts = field(default_factory=_Texts)
    mends: _Texts = field(default_factory=_Texts)
    sites: _Texts = field(default_factory=_Texts)
    related: dict[str, list[int]] = field(default_factory=dict)
    blocks: list[tuple[int, ...]] = field(default_factory=list)
    columns: dict[str, list[int]] = field(
        default_factory=lambda: {"row": [], "value": [], "message": [], "fix": [], "class": []}
    )

    def __len__(self) -> int:
        return len(self.columns["row"])

    @property
    def characters(self) -> int:
        """What the texts weigh; a related cell weighs like a short one."""
        texts = (self.values, self.messages, self.mends, self.sites)
        return sum(entry.characters for entry in texts) + len(self.related) * _RELATED_WEIGHT


def embed(run: WordedRun, places: Places, words: dict[str, str]) -> tuple[str, int]:
    """The findings as JSON that is safe inside a script element, and how many are left out of it.

    At most `MOST_FINDINGS` and about `MOST_CHARACTERS` of text are taken: the gravest level first, and of a level
    that does not fit the first of every block, so that every file and rule keeps some.
    """
    told = _Embedded()
    left = 0
    for block, take in _shares(run.blocks()):
        left += len(block) - _add(told, block, take, places, run)
    return _json(told, places, run, words), left


def _shares(blocks: Iterable[WordedBlock]) -> list[tuple[WordedBlock, int]]:
    """Each block with how many of its findings are taken, in the order of the list: gravest first, then by place."""
    ordered = sorted(
        blocks, key=lambda b: (-b.severity, b.file, b.sheet, b.rows[0] if len(b) else -1, b.column, b.rule)
    )
    room = MOST_FINDINGS
    shares: list[tuple[WordedBlock, int]] = []
    for severity in sorted({block.severity for block in ordered}, reverse=True):
        mine = [block for block in ordered if block.severity is severity]
        cap = _cap([len(block) for block in mine], room)
        for block in mine:
            take = min(len(block), cap, room)
            room -= take
            shares.append((block, take))
    return shares


def _cap(sizes: list[int], room: int) -> int:
    """The largest share per block with which all of them fit into ``room``, and at least one."""
    if sum(sizes) <= room:
        return max(sizes, default=0)
    low, high = 1, max(sizes)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _add(told: _Embedded, block: WordedBlock, take: int, places: Places, run: WordedRun) -> int:
    """Add the first ``take`` findings of ``block``, while there is room; how many were added."""
    columns, classes = told.columns, places.classes[block.file]
    before, mend = len(told), ""
    for row, finding in zip(block.rows[:take], block.findings(), strict=False):
        if told.characters >= MOST_CHARACTERS:
            break
        mend = mend or finding.mend
        if finding.related:
            told.related[str(len(told))] = _related(told, finding)
        columns["class"].append(told.classes.number(classes.of(block.sheet, row - 1)))
        columns["row"].append(row)
        for column, number in zip(("value", "message", "fix"), _word(told, finding, run), strict=True):
            columns[column].append(number)
    taken = len(told) - before
    told.blocks.append(
        (
            taken,
            block.file,
            told.sheets.number(block.sheet),
            told.headers.number(block.header),
            block.column,
            told.rules.number(block.rule),
            int(block.severity),
            told.mends.number(mend),
        )
    )
    return taken


def _word(told: _Embedded, finding: WordedFinding, run: WordedRun) -> tuple[int, int, int]:
    """The numbers of value, message and fix of a finding."""
    message = finding.message.replace(finding.value, _VALUE) if finding.value else finding.message
    value, said = told.values.number(finding.value), told.messages.number(message)
    if finding.fix is None:
        return value, said, -1
    mended = run.say("（存为文本）", "(stored as text)") if finding.stored_only else finding.fix
    return value, said, told.values.number(mended) * 2 + finding.safe


def _related(told: _Embedded, finding: WordedFinding) -> list[int]:
    """How many more there are, then for each of the first its site (file and sheet), row and column."""
    shown = finding.related[:_MOST_RELATED]
    numbers = [len(finding.related) - len(shown) + finding.related_more]
    for other in shown:
        numbers += (told.sites.number(_site(other)), other.row, other.column)
    return numbers


def _site(place: WordedPlace) -> str:
    return " › ".join(part for part in (place.file, place.sheet) if part)


def _json(told: _Embedded, places: Places, run: WordedRun, words: dict[str, str]) -> str:
    content = {
        "words": words,
        "lang": "en" if run.lang == "en" else "zh-CN",
        "files": places.names,
        "schools": places.schools,
        "schoolOf": places.school_of,
        "sheets": told.sheets.all,
        "headers": told.headers.all,
        "classes": told.classes.all,
        "rules": [_rule(name, run) for name in told.rules.all],
        "values": told.values.all,
        "messages": told.messages.all,
        "mends": told.mends.all,
        "sites": told.sites.all,
        "related": told.related,
        "blocks": told.blocks,
        "columns": told.columns,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for char, escaped in _UNSAFE.items():
        text = text.replace(char, escaped)
    return text


def _rule(name: str, run: WordedRun) -> list[str]:
    known = all_rules().get(name)
    return [name, known.slug, known.source, rule_title(name, run)] if known else [name, "", "", name]
