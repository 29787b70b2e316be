"""What was ticked: ☑男 □女, 男√ 女□, [√]是 [ ]否, 是√ 否."""

from __future__ import annotations

import re

_TICKED, _EMPTY = "☑✓✔√■●☒▣◉⊙☻🗹✅", "□☐○◯▢◻❑❒"
_IN_BRACKETS = re.compile(r"[\[(（【〔]\s*([√✓✔vVxX×☑■●]?)\s*[\])）】〕]")
_ANY = re.compile(f"[{_TICKED}{_EMPTY}]")
_TRIM = " \t\r\n\u3000、,，;；/|．。_＿"


def has_boxes(text: str) -> bool:
    """Whether a text is a choice with boxes or ticks, so that `ticked` says more than the text itself."""
    return _ANY.search(_boxed(text)) is not None


def ticked(text: str) -> str | None:
    """The option that is ticked, '' where none is; None where several are or it cannot be told."""
    boxed = _boxed(text)
    options = _options(boxed)
    if options is None:
        return None
    chosen = [option for option, on in options if on]
    if len(chosen) > 1:
        return None
    return chosen[0] if chosen else ""


def _boxed(text: str) -> str:
    """With every tick in brackets as a box."""
    if not _IN_BRACKETS.search(text):
        return text
    return _IN_BRACKETS.sub(lambda found: "☑" if found[1] else "□", text)


def _options(text: str) -> list[tuple[str, bool]] | None:
    marks = list(_ANY.finditer(text))
    if not marks:
        return None
    before = text[: marks[0].start()].strip(_TRIM)
    after = text[marks[-1].end() :].strip(_TRIM)
    only_ticks = all(mark[0] in _TICKED for mark in marks)
    if only_ticks and len(marks) == 1:
        return _single(text, marks[0])
    if before and after:
        return None
    pieces: list[tuple[str, bool]] = []
    if not before:
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        pieces = [
            (text[mark.end() : end].strip(_TRIM), mark[0] in _TICKED) for mark, end in zip(marks, ends, strict=True)
        ]
    else:
        starts = [0] + [mark.end() for mark in marks[:-1]]
        pieces = [
            (text[start : mark.start()].strip(_TRIM), mark[0] in _TICKED)
            for mark, start in zip(marks, starts, strict=True)
        ]
    return pieces


def _single(text: str, mark: re.Match[str]) -> list[tuple[str, bool]] | None:
    """One tick and no box: 男√ 女, √男 女, or a lone √ (which is a value of its own)."""
    left, right = text[: mark.start()], text[mark.end() :]
    words_left, words_right = left.split(), right.split()
    if not words_left and not words_right:
        return None
    tight_left, tight_right = bool(left) and not left[-1].isspace(), bool(right) and not right[0].isspace()
    if words_left and (tight_left or not words_right) and not (tight_right and not tight_left):
        return [(words_left[-1].strip(_TRIM).rpartition("/")[2], True)]
    if words_right:
        return [(re.split(r"[/、,，;；]", words_right[0].strip(_TRIM))[0], True)]
    return None
