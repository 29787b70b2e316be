"""Recognising a form on a sheet by its headers, wherever the header row is. Never by column position."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from stuvalid.forms.model import Field, Template

HEADER_SEARCH_ROWS = 30
_LEAST_FIELDS = 5
_LEAST_GROUPED = 2
_SHORTEST_CUT = 3
_CLOSE_SCORES = 0.01
_NEAR_HEADER = 0.72
_PLAINLY = 0.7
_MOST_UNKNOWN = 0.1
_MOST_MISSING = 0.1
_MOST_ALIASES = 0.1
_MOST_MARKED = 2
_MEMBER = re.compile(r"(?:学生)?(?:家庭)?成员(?:或监护人)?(?:信息)?\(?([12一二])\)?")
_GROUP = re.compile(r"成员[12](?:基本)?(?:信息|情况)?")
_PERSON = re.compile(r"(?:父亲|母亲|爸爸|妈妈|父母|家长|第?[一二]?监护人[一二12]?)(?:信息|情况)?")
_REMARK = re.compile(r"\((?:\*|★)?(?:必填|选填|必采|文本|可不填|必填项)[^)]*\)")
_MARK = re.compile(r"[★☆*]")
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
    """A form recognised on a sheet: ``header_row`` is 0-based, ``score`` between 0 and 1.

    ``header_row`` is the last row of the header; it begins on ``top``, one row above where members' names stand over
    their columns. ``named`` when whoever gave the data called the columns by the form's own keys.
    """

    template: Template
    header_row: int
    columns: tuple[MatchedColumn, ...]
    duplicates: tuple[MatchedColumn, ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()
    missing: tuple[Field, ...] = ()
    score: float = 0.0
    rivals: tuple[str, ...] = field(default=(), compare=False)
    top: int = 0
    named: bool = False

    @property
    def two_rows(self) -> bool:
        """Whether headers are put together from two rows, so that no one cell holds them."""
        return self.top < self.header_row

    @property
    def lacking(self) -> tuple[Field, ...]:
        """Required fields, conditionally required ones too, without a column."""
        return tuple(entry for entry in self.missing if entry.required or entry.condition is not None)

    @property
    def is_form(self) -> bool:
        """Whether at least half of what the form requires is there: less is another list about pupils.

        Of a form that requires hardly anything, half of all its columns.
        """
        required = sum(entry.required for entry in self.template.fields)
        if required < min(_LEAST_FIELDS, len(self.template.fields)):
            return 2 * len(self.missing) <= len(self.template.fields)
        return 2 * sum(entry.required for entry in self.missing) <= required

    @property
    def is_certain(self) -> bool:
        """Whether the sheet is the form itself and no relative of it, so that it may be written as the form is.

        A city's own template shares most of our columns; with our headers and code names its platform refuses it. So
        does one that marks its columns in a way of its own (姓名*): one or two marks are a person's.
        """
        if self.named:
            return True
        required = sum(entry.required for entry in self.template.fields)
        aliases = sum(matched.how in ("alias", "near") for matched in self.columns)
        return (
            sum(entry.required for entry in self.missing) <= _MOST_MISSING * required
            and len(self.unknown) <= max(2, _MOST_UNKNOWN * len(self.columns))
            and aliases <= max(2, _MOST_ALIASES * len(self.columns))
            and sum(_is_marked(matched) for matched in self.columns) <= _MOST_MARKED
        )


def _is_marked(matched: MatchedColumn) -> bool:
    """Whether a header bears ★, * or (必填) that the form's own has not."""
    return _bears_mark(matched.text) and not _bears_mark(matched.field.header)


@lru_cache(maxsize=4096)
def _bears_mark(text: str) -> bool:
    folded = unicodedata.normalize("NFKC", text)
    return _MARK.search(folded) is not None or _REMARK.search(folded) is not None


@lru_cache(maxsize=4096)
def plain_header(text: str) -> str:
    """A header to compare by: `bare_header`, and family members numbered alike (家庭成员一 is 成员1)."""
    bare = bare_header(text)
    member = _MEMBER.match(bare) if "成员" in bare else None
    return f"成员{'1' if member[1] in '1一' else '2'}{bare[member.end() :]}" if member else bare


def bare_header(text: str) -> str:
    """A header without marks: width folded, no blanks, line breaks, ★, * or (必填)."""
    folded = unicodedata.normalize("NFKC", text)
    return _DECORATION.sub("", _REMARK.sub("", folded))


@cache
def field_names(template: Template) -> dict[str, Field]:
    """Plain header -> field; the form's own wording goes before another field's alias."""
    names: dict[str, Field] = {}
    for entry in template.fields:
        for alias in entry.aliases:
            names.setdefault(plain_header(alias), entry)
    return names | {plain_header(entry.header): entry for entry in template.fields}


def match_sheet(head: Sequence[Sequence[str]], forms: Sequence[Template]) -> HeaderMatch | None:
    """The form whose headers stand on one of the first rows ``head``, or None if there is none.

    The row with most of a form's headers is its header row; among forms those that are `is_form` go first, then the
    best share of headers wins and the close ones are named in ``rivals``. A match that is not `is_form` is the form
    that the sheet resembles most, not one it is.
    """
    rows = _candidate_rows(head, forms)
    found = [match for form in forms if (match := _match_form(rows, form)) is not None]
    if not found:
        return None
    found.sort(key=lambda match: (match.is_form, match.score), reverse=True)
    best = found[0]
    rivals = tuple(
        match.template.id
        for match in found[1:]
        if match.is_form and best.score < 1 and best.score - match.score < _CLOSE_SCORES
    )
    return replace(best, rivals=rivals)


def match_record_form(
    head: Sequence[Sequence[str]], forms: Sequence[Template], dispensable: Set[str] = frozenset()
) -> HeaderMatch | None:
    """The best of ``forms``, which are about other things than pupils, whose headers stand on one of the first rows.

    They are short, and which kind of list it is was told otherwise: two headers are enough if nothing required lacks
    but what is ``dispensable``.
    """
    found = []
    for form in forms:
        names = field_names(form)
        best, best_count = None, 1
        for number in range(len(head)):
            for row in (header_row(head, number), _below_headings(head, number, names)):
                count = len({names[plain_header(text)].key for text in row.texts if plain_header(text) in names})
                if count > best_count:
                    best, best_count = row, count
        if best is not None:
            match = replace(match_row(best.texts, best.number, form), top=best.top)
            if not any(entry.required and entry.key not in dispensable for entry in match.missing):
                found.append(match)
    return max(found, key=lambda match: (len(match.columns), match.score), default=None)


def _below_headings(head: Sequence[Sequence[str]], number: int, names: Mapping[str, Field]) -> HeaderRow:
    """Row ``number`` as the leaves of a header of two rows: 学制 over 小学 and 初中, 校长 over 姓名; what has no leaf is whole.

    A heading reaches to the next one. Of a leaf by itself, behind its heading and before it the first that is a field's
    name counts: 小学学制, 校长姓名.
    """
    if not number:
        return HeaderRow(tuple(head[0]), 0, 0)
    above, texts, heading = head[number - 1], [], ""
    for column, text in enumerate(head[number]):
        leaf, over = text.strip(), above[column].strip() if column < len(above) else ""
        heading = over or heading
        ways = (f"{heading}{leaf}", f"{leaf}{heading}", leaf) if leaf else (over,)
        texts.append(next((way for way in ways if plain_header(way) in names), leaf or over))
    return HeaderRow(tuple(texts), number, number - 1)


def _candidate_rows(head: Sequence[Sequence[str]], forms: Sequence[Template]) -> list[HeaderRow]:
    """The first rows as headers, down to the first that is plainly a header row of one of the forms."""
    rows = []
    known = frozenset[str]().union(*(field_names(form) for form in forms))
    for number in range(min(len(head), HEADER_SEARCH_ROWS)):
        row = header_row(head, number, known)
        rows.append(row)
        plain = {plain_header(text) for text in row.texts if text}
        if (
            len(plain) >= _LEAST_FIELDS
            and not any(_is_group(text) for text in row.texts)
            and any(len(plain & field_names(form).keys()) >= _PLAINLY * len(plain) for form in forms)
        ):
            below = header_row(head, number + 1, known) if number + 1 < len(head) else row
            if below.top == number:
                rows.append(below)
            break
    return rows


class HeaderRow(NamedTuple):
    """Row ``number`` read as headers, which begin on row ``top``."""

    texts: tuple[str, ...]
    number: int
    top: int


def header_row(head: Sequence[Sequence[str]], number: int, known: Set[str] = frozenset()) -> HeaderRow:
    """Row ``number`` as headers, with a row of group headings above it where there is one.

    A leaf under 成员1 is read as both together, one under 父亲 likewise, one under 学生个人基础信息 by itself; where
    the leaf is blank its cell was merged with the heading above, which is then the header. A heading reaches to the
    next one; a leaf that is ``known`` by itself only is beyond it all the same.
    """
    row = tuple(head[number])
    above = head[number - 1] if number else ()
    alone = HeaderRow(row, number, number)
    if not any(_is_group(text) for text in above):
        both = _under_headings(row, above, known)
        return HeaderRow(both, number, number - 1) if both != row else alone
    prefix = said = ""
    texts = []
    grouped = 0
    for column, text in enumerate(row):
        heading = above[column].strip() if column < len(above) else ""
        if heading:
            prefix, said = _prefix(heading), heading
        if not text.strip():
            texts.append("" if prefix else heading)
        elif prefix and "成员" not in text and not _is_beyond(prefix, text, known):
            grouped += prefix.startswith("成员")
            texts.append(f"{prefix}{text.strip()}")
        else:
            both_texts = under_heading(said, text)
            texts.append(both_texts if not prefix and said and plain_header(both_texts) in known else text)
    if grouped < _LEAST_GROUPED:
        return alone
    return HeaderRow(tuple(texts), number, number - 1)


def under_heading(heading: str, leaf: str) -> str:
    """The header that a leaf below a heading stands for, where the leaf alone does not say enough."""
    return f"{_prefix(heading) or heading.strip()}{leaf.strip()}"


def _under_headings(row: tuple[str, ...], above: Sequence[str], known: Set[str]) -> tuple[str, ...]:
    """``row`` with the headings ``above`` it, where more headers are ``known`` of both than of either: 父亲 over 姓名."""
    heading, texts = "", []
    for column, text in enumerate(row):
        own = above[column].strip() if column < len(above) else ""
        heading = own or heading
        both = under_heading(heading, text) if heading and text.strip() else ""
        texts.append(both if both and plain_header(both) in known else text if text.strip() else own)

    def count(some: Sequence[str]) -> int:
        return len(known & {plain_header(text) for text in some if text.strip()})

    read = tuple(texts)
    return read if known and count(read) > max(count(row), count(above)) else row


def _is_beyond(prefix: str, leaf: str, known: Set[str]) -> bool:
    """Whether a leaf right of a member's columns is none of them: known by itself, and no member has the like."""
    plain = plain_header(leaf)
    if not prefix.startswith("成员") or plain not in known:
        return False
    return not any(name.startswith(prefix) and name.endswith(plain) for name in known)


def _is_group(text: str) -> bool:
    return "成员" in text and _GROUP.fullmatch(plain_header(text)) is not None


def _prefix(heading: str) -> str:
    """What a heading adds to the headers below it: 成员1, 父亲; '' for the title of a section."""
    if _is_group(heading):
        return plain_header(heading)[:3]
    return bare_header(heading) if _PERSON.fullmatch(bare_header(heading)) else ""


def _match_form(rows: Sequence[HeaderRow], form: Template) -> HeaderMatch | None:
    names = field_names(form)
    best, best_count = rows[0] if rows else None, 0
    for row in rows:
        count = len({names[plain_header(text)].key for text in row.texts if text and plain_header(text) in names})
        if count > best_count:
            best, best_count = row, count
    if best is None or best_count < min(_LEAST_FIELDS, len(form.fields)):
        return None
    return replace(match_row(best.texts, best.number, form), top=best.top)


@lru_cache(maxsize=256)
def match_row(row: tuple[str, ...], number: int, form: Template) -> HeaderMatch:
    """``row`` (0-based ``number``) read as the header row of ``form``."""
    names = field_names(form)
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
        matched = MatchedColumn(column, hit, text, _how(text, hit))
        rival = columns.get(hit.key)
        if rival is None:
            columns[hit.key] = matched
        elif rival.how == "alias" and matched.how != "alias":
            columns[hit.key] = matched
            duplicates.append(rival)
        else:
            duplicates.append(matched)
    unknown = _near_misses(unknown, columns, form)
    missing = tuple(entry for entry in form.fields if entry.key not in columns)
    own = sum(1.0 if matched.how in ("exact", "decorated") else 0.9 for matched in columns.values())
    # A sheet with few columns of a large form is that form cut down, so what it has counts more than what it lacks.
    score = 0.7 * own / (len(columns) + len(unknown)) + 0.3 * own / len(form.fields)
    return HeaderMatch(
        form, number, tuple(columns.values()), tuple(duplicates), tuple(unknown), missing, score, top=number
    )


def _how(text: str, entry: Field) -> How:
    if text == entry.header:
        return "exact"
    return "decorated" if bare_header(text) == bare_header(entry.header) else "alias"


def _near_misses(
    unknown: list[tuple[int, str]], columns: dict[str, MatchedColumn], form: Template
) -> list[tuple[int, str]]:
    """Give misspelt headers to fields that are still free; returns the headers that stay unknown."""
    free = {plain_header(entry.header): entry for entry in form.fields if entry.key not in columns}
    rest = []
    for column, text in unknown:
        plain = plain_header(text)
        near = difflib.get_close_matches(plain, list(free), n=1, cutoff=_NEAR_HEADER)
        if near and _is_misspelling(plain, near[0]):
            entry = free.pop(near[0])
            columns[entry.key] = MatchedColumn(column, entry, text, "near")
        else:
            rest.append((column, text))
    return rest


def _is_misspelling(text: str, header: str) -> bool:
    """Whether ``text`` is ``header`` with a slip of the pen, not another column that speaks of the same thing.

    转出学校标识码 says more than 学校标识码 and 成员1 less than 成员1民族: what one has beyond the other is meaning,
    unless it is a last character left out. Digits are never a spelling mistake.
    """
    if re.findall(r"[0-9]", text) != re.findall(r"[0-9]", header) or abs(len(text) - len(header)) > 1:
        return False
    if text in header:
        return header.startswith(text) and len(text) > _SHORTEST_CUT
    return header not in text
