"""Recognising a form on a sheet by its headers, wherever the header row is. Never by column position."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal

from stuvalid.forms.model import Field, Template

HEADER_SEARCH_ROWS = 30
_LEAST_FIELDS = 5
_CLOSE_SCORES = 0.01
_NEAR_HEADER = 0.72
_PLAINLY = 0.7
_REMARK = re.compile(r"\((?:\*|★)?(?:必填|选填|必采|文本|可不填|必填项)[^)]*\)")
_DECORATION = re.compile(r"[\s★☆*＊：:]+")

How = Literal["exact", "decorated", "alias", "near", "renamed"]


@dataclass(frozen=True, slots=True)
class MatchedColumn:
    """Sheet column ``column`` (0-based) holds the form's ``field``; ``how`` its header said so."""

    column: int
    field: Field
    text: str
    how: How


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """A form recognised on a sheet: ``header_row`` is 0-based, ``score`` between 0 and 1."""

    template: Template
    header_row: int
    columns: tuple[MatchedColumn, ...]
    duplicates: tuple[MatchedColumn, ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()
    missing: tuple[Field, ...] = ()
    score: float = 0.0
    rivals: tuple[str, ...] = field(default=(), compare=False)


@lru_cache(maxsize=4096)
def plain_header(text: str) -> str:
    """A header without marks: width folded, no blanks, line breaks, ★, * or (必填)."""
    folded = unicodedata.normalize("NFKC", text)
    return _DECORATION.sub("", _REMARK.sub("", folded))


@cache
def _names(template: Template) -> dict[str, tuple[Field, bool]]:
    """Plain header -> (field, whether it is the form's own wording)."""
    names: dict[str, tuple[Field, bool]] = {}
    for entry in template.fields:
        for alias in entry.aliases:
            names.setdefault(plain_header(alias), (entry, False))
    for entry in template.fields:
        names[plain_header(entry.header)] = (entry, True)
    return names


def match_sheet(head: Sequence[Sequence[str]], forms: Sequence[Template]) -> HeaderMatch | None:
    """The form whose headers stand on one of the first rows ``head``, or None if there is none.

    The row with most of a form's headers is its header row; among forms the best share of headers wins
    and the close ones are named in ``rivals``.
    """
    rows = _candidate_rows(head, forms)
    found = [match for form in forms if (match := _match_form(rows, form)) is not None]
    if not found:
        return None
    found.sort(key=lambda match: match.score, reverse=True)
    best = found[0]
    rivals = tuple(
        match.template.id for match in found[1:] if best.score < 1 and best.score - match.score < _CLOSE_SCORES
    )
    return HeaderMatch(
        best.template, best.header_row, best.columns, best.duplicates, best.unknown, best.missing, best.score, rivals
    )


def _candidate_rows(head: Sequence[Sequence[str]], forms: Sequence[Template]) -> list[tuple[str, ...]]:
    """The first rows as headers, down to the first that is plainly a header row of one of the forms."""
    rows = []
    for number in range(min(len(head), HEADER_SEARCH_ROWS)):
        row = _header_texts(head, number)
        rows.append(row)
        plain = {plain_header(text) for text in row if text}
        if len(plain) >= _LEAST_FIELDS and any(
            len(plain & _names(form).keys()) >= _PLAINLY * len(plain) for form in forms
        ):
            break
    return rows


def _header_texts(head: Sequence[Sequence[str]], number: int) -> tuple[str, ...]:
    """Row ``number`` as headers; a leaf under a group heading (成员1 over 姓名) is read as both together."""
    row = head[number]
    if number == 0 or not any(_is_group(text) for text in head[number - 1]):
        return tuple(row)
    group = ""
    texts = []
    for column, text in enumerate(row):
        above = head[number - 1][column] if column < len(head[number - 1]) else ""
        if above:
            group = plain_header(above) if _is_group(above) else ""
        texts.append(f"{group.removeprefix('家庭')}{text}" if group and text and "成员" not in text else text)
    return tuple(texts)


def _is_group(text: str) -> bool:
    return "成员" in text and re.fullmatch(r"(?:家庭)?成员[12]", plain_header(text)) is not None


def _match_form(rows: Sequence[tuple[str, ...]], form: Template) -> HeaderMatch | None:
    names = _names(form)
    best_row, best_count = -1, 0
    for number, row in enumerate(rows):
        count = len({names[plain_header(text)][0].key for text in row if text and plain_header(text) in names})
        if count > best_count:
            best_row, best_count = number, count
    if best_count < min(_LEAST_FIELDS, len(form.fields)):
        return None
    return match_row(rows[best_row], best_row, form)


@lru_cache(maxsize=256)
def match_row(row: tuple[str, ...], number: int, form: Template) -> HeaderMatch:
    """``row`` (0-based ``number``) read as the header row of ``form``."""
    names = _names(form)
    columns: dict[str, MatchedColumn] = {}
    duplicates: list[MatchedColumn] = []
    unknown: list[tuple[int, str]] = []
    for column, text in enumerate(row):
        if not text.strip():
            continue
        hit = names.get(plain_header(text))
        if hit is None:
            unknown.append((column, text))
            continue
        matched = MatchedColumn(column, hit[0], text, _how(text, hit[0], own=hit[1]))
        rival = columns.get(hit[0].key)
        if rival is None:
            columns[hit[0].key] = matched
        elif rival.how == "alias" and matched.how != "alias":
            columns[hit[0].key] = matched
            duplicates.append(rival)
        else:
            duplicates.append(matched)
    unknown = _near_misses(unknown, columns, form)
    missing = tuple(entry for entry in form.fields if entry.key not in columns)
    own = sum(1.0 if matched.how in ("exact", "decorated") else 0.9 for matched in columns.values())
    # A sheet with few columns of a large form is that form cut down, so what it has counts more than what it lacks.
    score = 0.7 * own / (len(columns) + len(unknown)) + 0.3 * own / len(form.fields)
    return HeaderMatch(form, number, tuple(columns.values()), tuple(duplicates), tuple(unknown), missing, score)


def _how(text: str, entry: Field, *, own: bool) -> How:
    if text == entry.header:
        return "exact"
    return "decorated" if own else "alias"


def _near_misses(
    unknown: list[tuple[int, str]], columns: dict[str, MatchedColumn], form: Template
) -> list[tuple[int, str]]:
    """Give misspelt headers to fields that are still free; returns the headers that stay unknown."""
    free = {plain_header(entry.header): entry for entry in form.fields if entry.key not in columns}
    rest = []
    for column, text in unknown:
        near = difflib.get_close_matches(plain_header(text), list(free), n=1, cutoff=_NEAR_HEADER)
        if near and _same_member(plain_header(text), near[0]):
            entry = free.pop(near[0])
            columns[entry.key] = MatchedColumn(column, entry, text, "near")
        else:
            rest.append((column, text))
    return rest


def _same_member(text: str, header: str) -> bool:
    """Whether both headers speak of the same person: digits are never a spelling mistake."""
    return re.findall(r"[0-9]", text) == re.findall(r"[0-9]", header)
