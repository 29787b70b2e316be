"""The findings inside the HTML report: columns of numbers into lists of distinct texts, so that 100,000 stay small."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stuvalid.findings import Block, Finding, Place
from stuvalid.report.document import path
from stuvalid.report.html_places import Places
from stuvalid.report.wording import Wording
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


def embed(places: Places, wording: Wording, words: dict[str, str]) -> tuple[str, int]:
    """The findings as JSON that is safe inside a script element, and how many are left out of it.

    At most `MOST_FINDINGS` and about `MOST_CHARACTERS` of text are taken: the gravest level first, and of a level
    that does not fit the first of every block, so that every file and rule keeps some.
    """
    told = _Embedded()
    left = 0
    for block, take in _shares(places.blocks):
        left += len(block) - _add(told, block, take, places, wording)
    return _json(told, places, wording, words), left


def _shares(blocks: Iterable[Block]) -> list[tuple[Block, int]]:
    """Each block with how many of its findings are taken, in the order of the list: gravest first, then by place."""
    ordered = sorted(
        blocks, key=lambda b: (-b.severity, b.file, b.sheet, b.rows[0] if len(b) else -1, b.column, b.rule)
    )
    room = MOST_FINDINGS
    shares: list[tuple[Block, int]] = []
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


def _add(told: _Embedded, block: Block, take: int, places: Places, wording: Wording) -> int:
    """Add the first ``take`` findings of ``block``, while there is room; how many were added."""
    name = places.reports[block.file].path
    columns, classes = told.columns, places.classes[block.file]
    before, mend = len(told), ""
    worded: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    for index in range(take):
        key = _same(block, index)
        numbers = worded.get(key)
        if numbers is None:
            if told.characters >= MOST_CHARACTERS:
                break
            finding = block.at(index, name)
            numbers = worded[key] = _word(told, finding, wording)
            mend = mend or wording.mend(finding)
        if block.related and block.related[index]:
            told.related[str(len(told))] = _related(
                told, block.related[index], block.related_more[index] if block.related_more else 0, wording
            )
        row = block.rows[index]
        columns["class"].append(told.classes.number(classes.of(block.sheet, row)))
        columns["row"].append(row + 1)
        for column, number in zip(("value", "message", "fix"), numbers, strict=True):
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


def _same(block: Block, index: int) -> tuple[Any, ...]:
    """Findings of a block for which this is equal are worded alike."""
    params = tuple(block.params[index].items()) if block.params else ()
    return block.values[index], block.fixes[index] if block.fixes else None, params


def _word(told: _Embedded, finding: Finding, wording: Wording) -> tuple[int, int, int]:
    """The numbers of value, message and fix of a finding."""
    value = wording.value(finding)
    message = wording.message(finding).replace(_VALUE, "?")
    if value:
        message = message.replace(value, _VALUE)
    fix = finding.fix
    if fix is None:
        return told.values.number(value), told.messages.number(message), -1
    same = fix.value == finding.value
    mended = wording.say("（存为文本）", "(stored as text)") if same else wording.fix_value(finding) or ""
    return told.values.number(value), told.messages.number(message), told.values.number(mended) * 2 + fix.safe


def _related(told: _Embedded, others: tuple[Place, ...], more: int, wording: Wording) -> list[int]:
    """How many more there are, then for each of the first its site (file and sheet), row and column."""
    numbers = [more + max(0, len(others) - _MOST_RELATED)]
    for other in others[:_MOST_RELATED]:
        site = " › ".join(part for part in (path(other.file, wording), other.sheet) if part)
        numbers += (told.sites.number(site), other.row + 1, other.column)
    return numbers


def _json(told: _Embedded, places: Places, wording: Wording, words: dict[str, str]) -> str:
    content = {
        "words": words,
        "lang": "en" if wording.lang == "en" else "zh-CN",
        "files": places.names,
        "schools": places.schools,
        "schoolOf": places.school_of,
        "sheets": told.sheets.all,
        "headers": told.headers.all,
        "classes": told.classes.all,
        "rules": [_rule(name) for name in told.rules.all],
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


def _rule(name: str) -> list[str]:
    known = all_rules().get(name)
    return [name, known.slug, known.source] if known else [name, "", ""]
