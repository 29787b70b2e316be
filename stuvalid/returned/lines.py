"""What one line or cell of a returned list says of whom: names, numbers and failures, however they are written together.

A name counts where it stands alone: with blanks, marks, known words or what was understood on both its sides. 李四 in 李四光 is
nobody's name. Who is meant by a name is not decided here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal, NamedTuple

from stuvalid.findings.masking import looks_like_name
from stuvalid.pupils.classes import CLASS_IN_TEXT
from stuvalid.returned.wordings import GONE, Complaint, Span, folded, known, read_failures, unknown

_NUMBER = re.compile(
    r"(?<![0-9A-Z])(?:[GJL]?[0-9]{17}[0-9X](?![0-9])|[0-9]{15}(?![0-9])|[0-9]\.[0-9]{2,}E\+?1[0-9](?![0-9])"
    r"|[GJL]?(?=[0-9*×●○•…#]*[0-9]{3})[0-9]{0,17}[*×●○•…#]{2,}[0-9]{0,17}[0-9X]?(?![0-9])|[A-Z]{1,2}[0-9]{7,10}(?![0-9]))",
    re.IGNORECASE,
)
_ROW = re.compile(r"第([0-9]{1,6})行|(?:行号|所在行|row|^行|(?<=[;,\n])行):?#?([0-9]{1,6})(?![0-9])", re.IGNORECASE)
_CLASS_CODE = re.compile(r"(?<!\d)(?:19|20)\d{2}[123]\d{2}(?!\d)")
_MASKED_NAME = re.compile(r"[\u3400-\u9fff](?:[*●○×□〇]{1,3}|某{1,2})[\u3400-\u9fff]?(?![\u3400-\u9fff*])")
_LETTERS = re.compile(r"[^\W\d_]+")
_DOTS = re.compile(r"(?<=[^\W\d_])[·•・‧．.](?=[^\W\d_])")
_INVISIBLE = re.compile(r"[\u200b-\u200f\ufeff\u2060]")
_ELLIPSIS = re.compile(r"(?<=[0-9])\s*(?:…+|\.{2,})\s*(?=[0-9])")
_APART = re.compile(
    r"(?<![0-9])[0-9]{6}[ -]{1,2}[0-9]{8}[ -]{1,2}[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
    r"|(?<![0-9] )(?<![0-9])(?:[0-9] ){17}[0-9Xx](?![0-9A-Za-z])|[0-9]{3,6} ?[*●○•]{2,} ?[0-9]{0,4}[Xx]?"
)
"""A number written in groups, as 140106 20120304 0018."""
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9Xx*])[ \t\u3000\u00a0]+(?=[0-9*])")
_SEPARATORS = ";。\n"
_LIKE_WITH = "与和同跟及"
_GENERAL = ("blank", "format", "value-repeated")

Kind = Literal["name", "number", "row", "class", "failure", "other", "end"]


@dataclass(slots=True)
class Subject:
    """Whom a failure is about, as the list says it; '' and 0 where it does not."""

    name: str = ""
    numbers: list[str] = field(default_factory=list)
    row: int = 0
    class_text: str = ""
    sex: str = ""
    born: str = ""
    school_code: str = ""
    doubtful: bool = False
    """Whether the name is only what looked like one: it may be part of a longer word."""

    @property
    def is_named(self) -> bool:
        return bool(self.name or self.numbers)


class Token(NamedTuple):
    """A piece of a line: where it stands in the folded text, what it is, its text or failure."""

    start: int
    kind: Kind
    text: str = ""
    failure: Complaint | None = None
    mention: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One failure of one subject (None where the line names nobody)."""

    subject: Subject | None
    failure: Complaint


@dataclass(frozen=True, slots=True)
class Names:
    """The names to look for, by their spelling."""

    spellings: frozenset[str]
    longest: int

    @classmethod
    def of(cls, spellings: Sequence[str]) -> Names:
        known_names = frozenset(name for name in spellings if len(name) > 1)
        return cls(known_names, max(map(len, known_names), default=0))


def read_line(text: str, names: Names) -> tuple[list[Said], list[Subject]]:
    """The failures that a free text tells, with their subjects; and those it names without telling a failure."""
    return _told(list(tokens(text, names)))


def read_message(text: str) -> list[Complaint]:
    """The failures in a text that is a message and nothing else."""
    found, plain = read_failures(folded(text))
    rest = re.sub(_ROW, GONE, plain)
    found = [*found, *(Span(start, start, unknown(said)) for start, said in _telling(rest))]
    return [span.failure for span in sorted(found, key=lambda span: span.start)]


def _telling(plain: str) -> Iterator[tuple[int, str]]:
    """Parts of a text not understood that tell of a failure."""
    for match in re.finditer(rf"[^{GONE};。\n]+", plain):
        said = match[0].strip(",.、:!()【】[]\"“”'")
        if len(said) > 2 and any(word in said for word in known()["text"]["telling"]):
            yield match.start(), said


def tokens(text: str, names: Names) -> Iterator[Token]:
    """The pieces of a free text in order."""
    plain, blanks = _squeezed(text)
    spans, rest = read_failures(plain)
    found: list[Token] = []
    for kind, pattern in (
        ("row", _ROW),
        ("number", _NUMBER),
        ("class", CLASS_IN_TEXT),
        ("class", _CLASS_CODE),
        ("name", _MASKED_NAME),
    ):
        for match in list(pattern.finditer(rest)):
            said = next((group for group in match.groups() if group), "") if kind == "row" else match[0]
            found.append(Token(match.start(), kind, said))  # type: ignore[arg-type]
            rest = rest[: match.start()] + GONE * len(match[0]) + rest[match.end() :]
    pieces = [piece for run in _LETTERS.finditer(rest) for piece in _pieces(run[0], run.start(), names, blanks, rest)]
    for start, kind, said in pieces:
        if kind == "name":
            before = rest[start - 1] if start else ""
            found.append(Token(start, "name", said, mention=before in _LIKE_WITH and before != ""))
    strangers = {(start, said) for start, kind, said in pieces if kind == "other"}
    found += [Token(span.start, "failure", "", _owned(span, strangers)) for span in spans]
    found += [Token(n, "end") for n, char in enumerate(plain) if char in _SEPARATORS]
    found += [Token(start, "other", said) for start, kind, said in pieces if kind == "other"]
    return iter(sorted(found))


def _owned(span: Span, strangers: set[tuple[int, str]]) -> Complaint:
    """The failure, without its field where other words stand right before that: 紧急联系电话 is not 联系电话."""
    failure = span.failure
    if failure.wording is None or failure.wording.id not in _GENERAL or not failure.field_text:
        return failure
    for start, said in strangers:
        if start + len(said) == span.start and not looks_like_name(said):
            return replace(failure, fields=(), field_text=f"{said}{failure.field_text}")
    return failure


def _squeezed(text: str) -> tuple[str, frozenset[int]]:
    """The text width folded, without blanks and names' dots; and before which characters a blank stood."""
    spaced = _DOTS.sub("", _widths(text))
    spaced = _APART.sub(lambda match: re.sub("[ -]", "", match[0]), spaced)
    spaced = _BETWEEN_DIGITS.sub(",", spaced)  # two numbers side by side are not one
    spaced = re.sub(r"[\r\n]+", "\n", spaced)
    chars: list[str] = []
    blanks = set()
    for char in spaced:
        if char.isspace() and char != "\n":
            blanks.add(len(chars))
        else:
            chars.append(char)
    return re.sub("成员一", "成员1", re.sub("成员二", "成员2", "".join(chars))), frozenset(blanks)


def _widths(text: str) -> str:
    """The text width folded, without invisible characters; what is left out of a number is stars."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", _ELLIPSIS.sub("****", text)))


@cache
def _words() -> tuple[frozenset[str], int]:
    words = frozenset(known()["text"]["words"])
    return words, max(map(len, words))


def _pieces(run: str, start: int, names: Names, blanks: frozenset[int], rest: str) -> Iterator[tuple[int, Kind, str]]:
    """The names and other words of one run of letters; what touches without a blank between is one word."""
    cut = _segments(run, names)
    bounds = [*(at for at, _ in cut), len(run)]
    other, since = "", 0
    for number, (at, what) in enumerate(cut):
        said = run[at : bounds[number + 1]]
        alone = what == "name" and _stands_alone(cut, number, bounds, run, start, blanks, rest)
        joins = what == "other" or len(said) == 1 or (what == "name" and not alone)
        apart = start + at in blanks and len(said) > 1 and len(other) > 1
        if other and (alone or not joins or apart):
            yield start + since, "other", other
            other = ""
        if alone:
            yield start + at, "name", said
        elif what != "word" or (other and joins):
            other, since = other + said, since if other else at
    if other:
        yield start + since, "other", other


def _segments(run: str, names: Names) -> list[tuple[int, str]]:
    """The run cut into names, words and the rest, as little rest and as few pieces as can be: (start, what)."""
    words, longest = _words()
    plain = run.casefold()
    best: list[tuple[int, int, str]] = [(0, 0, "")] + [(1 << 30, 0, "")] * len(run)
    for end in range(1, len(run) + 1):
        options = [(best[end - 1][0] + (10 if best[end - 1][2] == "other" else 11), end - 1, "other")]
        for size in range(1, min(end, max(longest, names.longest)) + 1):
            piece = plain[end - size : end]
            if size > 1 and piece in names.spellings:
                options.append((best[end - size][0] + 1, end - size, "name"))
            elif piece in words:
                options.append((best[end - size][0] + 2, end - size, "word"))
        best[end] = min(options)
    cut: list[tuple[int, str]] = []
    end = len(run)
    while end:
        _, start, what = best[end]
        if what == "other" and cut and cut[-1][1] == "other":
            cut[-1] = (start, what)
        else:
            cut.append((start, what))
        end = start
    return cut[::-1]


def _stands_alone(
    cut: Sequence[tuple[int, str]],
    number: int,
    bounds: Sequence[int],
    run: str,
    start: int,
    blanks: frozenset[int],
    rest: str,
) -> bool:
    """Whether nothing touches the name that could be more of it."""
    for side in (-1, 1):
        beside = number + side
        edge = start + (cut[number][0] if side < 0 else bounds[number + 1])
        if not 0 <= beside < len(cut):
            continue
        size = bounds[beside + 1] - bounds[beside]
        what = cut[beside][1]
        if edge in blanks:
            if what == "other" and size < 2:
                return False
            continue
        if what in ("other", "name"):
            return False
        if size == 1:  # 的, 与: no part of a name only where something known stands behind it
            beyond = beside + side
            if 0 <= beyond < len(cut):
                if cut[beyond][1] == "other":
                    return False
                continue
            outside = start - 1 if side < 0 else start + len(run)
            if not (0 <= outside < len(rest) and rest[outside] == GONE):
                return False
    return True


@dataclass(slots=True)
class _Telling:
    """Who is spoken of while a line is read."""

    said: list[Said] = field(default_factory=list)
    named: list[Subject] = field(default_factory=list)
    pending: list[Subject] = field(default_factory=list)
    carried: list[Subject] = field(default_factory=list)
    leading: list[Complaint] = field(default_factory=list)
    row: int = 0
    class_text: str = ""
    other: list[str] = field(default_factory=list)

    def begin(self, name: str = "", number: str = "", *, doubtful: bool = False) -> None:
        one = Subject(name, [number] if number else [], self.row, self.class_text, doubtful=doubtful)
        self.row, self.class_text = 0, ""
        self.pending.append(one)

    def tell(self, failure: Complaint) -> None:
        if not self.pending:
            stranger = next((word for word in self.other if looks_like_name(word)), "")
            if stranger or self.row or self.class_text:
                self.begin(stranger, doubtful=True)
        self.other.clear()
        if self.pending:
            self.said += [Said(one, failure) for one in self.pending]
            self.carried, self.pending = self.pending, []
        elif self.carried:
            self.said += [Said(one, failure) for one in self.carried]
        else:
            self.leading.append(failure)

    def end(self) -> None:
        """The end of a clause: what stood before the names was about them; words we do not know may tell a failure."""
        words = "".join(self.other)
        if self.leading and self.pending:
            self.said += [Said(one, failure) for failure in self.leading for one in self.pending]
            self.leading, self.pending, self.carried = [], [], []
        elif words and len(words) > 2 and any(word in words for word in known()["text"]["telling"]):
            self.other.clear()
            self.tell(unknown(words))
        self.other.clear()


def _told(found: Sequence[Token]) -> tuple[list[Said], list[Subject]]:
    """Put failures and subjects together: a failure is about who was named since the last one, else about that one's."""
    state = _Telling()
    for token in found:
        if token.kind == "failure" and token.failure is not None:
            state.tell(token.failure)
        elif token.kind == "end":
            state.end()
        else:
            _take(state, token)
    state.end()
    said = state.said + [Said(None, failure) for failure in state.leading]
    return said, state.pending if not said else []


def _take(state: _Telling, token: Token) -> None:
    """Take in what a token says of whom the line is about."""
    last = state.pending[-1] if state.pending else None
    if token.kind == "name":
        if token.mention and state.carried and last is None:
            return
        if last is not None and not last.name:
            last.name = token.text
        else:
            state.begin(token.text)
    elif token.kind == "number":
        _take_number(state, token.text.upper())
    elif token.kind == "row":
        state.row, state.carried = int(token.text), []
    elif token.kind == "class" and last is not None and not last.class_text:
        last.class_text = token.text
    elif token.kind == "class":
        state.class_text = token.text
    else:
        state.other.append(token.text)


def _take_number(state: _Telling, number: str) -> None:
    if state.pending and len(state.pending[-1].numbers) < 2:
        state.pending[-1].numbers.append(number)
    elif not state.pending and state.carried and len(state.carried) == 1 and not state.carried[0].numbers:
        state.carried[0].numbers.append(number)
    else:
        state.begin(number=number)


def without_people(text: str, names: Names) -> str:
    """A text as it may go to the maintainers: without numbers and without what is or looks like a name."""
    plain, _ = _squeezed(text)
    for token in sorted(tokens(text, names), reverse=True):
        if token.kind in ("number", "name") or (token.kind == "other" and looks_like_name(token.text)):
            plain = f"{plain[: token.start]}…{plain[token.start + len(token.text) :]}"
    return re.sub("[0-9A-Z*]{6,}", "…", plain)


def columns_beside(texts: Mapping[str, str]) -> Subject:
    """The subject that the columns of a list tell."""
    return Subject(
        _clean_name(texts.get("name", "")),
        [number for key in ("id_number", "record_number") if (number := _plain(texts.get(key, "")))],
        _row(texts.get("row", "")),
        texts.get("class_code", "") or f"{texts.get('grade', '')}{texts.get('class_name', '')}",
        texts.get("sex", ""),
        re.sub("[^0-9]", "", texts.get("birth_date", "")),
        re.sub("[^0-9]", "", texts.get("school_code", "")),
    )


def _plain(text: str) -> str:
    """A number without blanks, hyphens and words around it."""
    plain = re.sub(r"[\s'’‘`\-–—,，、]+", "", _widths(text)).upper()
    found = _NUMBER.search(plain)
    return found[0].upper() if found else plain if re.search("[0-9]{4}", plain) else ""


def _clean_name(text: str) -> str:
    """A name without what people and pages write around it: 1、张三（男）, 姓名:张三同学."""
    plain = _widths(text).strip()
    plain = re.sub(r"^(?:学生)?(?:姓名)?[:：]", "", plain)
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】", "", plain)
    plain = re.sub(r"^[0-9]+[、.)\s]*|[0-9]+$", "", plain.strip()).strip(" ,;:、。'\"-_/|")
    return re.sub(r"(?<=..)(?:同学|学生)$", "", plain)


def _row(text: str) -> int:
    found = re.search("[0-9]{1,6}", unicodedata.normalize("NFKC", text))
    return int(found[0]) if found else 0
