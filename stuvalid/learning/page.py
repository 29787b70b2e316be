"""What an issued blank shows: which sheet is the form, where its header stands, and what is said of each column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stuvalid.errors import StuvalidError, UsageError
from stuvalid.excel.looks import SheetLooks
from stuvalid.excel.model import Offer, Sheet, Workbook
from stuvalid.forms.matching import HEADER_SEARCH_ROWS, header_row, plain_header, under_heading
from stuvalid.learning.names import known_field, known_names

_LEAST_COLUMNS = 3
_LONGEST_HEADER = 60
_TITLE_SHARE = 0.8
_DECORATION_SHARE = 0.9
_EXAMPLE_ROWS = 3
_LEAST_CELLS = 3
_STAR = re.compile(r"[★☆*]|\((?:\*|★)?(?:必填|必采|必填项)[^)]*\)")
_PUPIL = re.compile(r"学生|幼儿|儿童|新生|个人|基[本础]|本人")
_HINTS = re.compile(r"必填|选填|填写|例如|如[:：]|格式|不超过|以内|下拉|[0-9]+位|示例|样例")
_LEAST_HINTS = 0.34
_MOST_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class IssuedColumn:
    """One column of a blank: 0-based ``column``, the ``header`` as it is to be read, and whether it bears a star or is red.

    ``said`` are its comments, prompts and hints. ``format`` is ``text``, ``date``, ``number`` or ''; ``length`` the most
    characters that may be typed, 0 where it does not say. ``examples`` are what stands below the header of a blank.
    """

    column: int
    header: str
    starred: bool = False
    red: bool = False
    said: tuple[str, ...] = ()
    format: str = ""
    offers: tuple[Offer, ...] = ()
    length: int = 0
    bounded: bool = False
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedPage:
    """A blank as read: its header takes the 0-based rows ``top`` to ``row``; ``head`` are the sheet's first rows.

    ``above`` is what stands over the header, ``rows`` how many filled rows below it, ``others`` the other visible
    sheets with text, ``repeated`` headers that stand there twice. ``looked`` is False where red ink, comments and
    formats could not be seen.
    """

    sheet: str
    top: int
    row: int
    columns: tuple[IssuedColumn, ...]
    head: tuple[tuple[str, ...], ...]
    above: tuple[str, ...] = ()
    rows: int = 0
    others: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    looked: bool = True
    format: str = "xlsx"


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads a blank, in a process of its own; ``sheet`` chooses a sheet, '' the one that looks most like a form."""

    sheet: str = ""
    password: str | None = None

    def __call__(self, path: Path) -> IssuedPage | StuvalidError:
        from stuvalid.excel import read_workbook
        from stuvalid.excel.encrypted import plain_file
        from stuvalid.excel.looks import looks

        try:
            data = path.read_bytes()
            workbook = read_workbook(data, name=path.name, password=self.password)
            seen: Mapping[str, SheetLooks] = {}
            if looked := workbook.format in ("xlsx", "xlsm"):
                plain = plain_file(data, self.password)
                seen = looks(plain[0] if plain is not None else data)
            page = self._page(workbook, seen)
        except StuvalidError as error:
            return error
        return replace(page, looked=looked, format=workbook.format)

    def _page(self, workbook: Workbook, seen: Mapping[str, SheetLooks]) -> IssuedPage:
        named = [sheet for sheet in workbook.sheets if sheet.name == self.sheet]
        if self.sheet and not named:
            names = "、".join(sheet.name for sheet in workbook.sheets)
            raise UsageError(
                f"没有名为“{self.sheet}”的工作表。",
                f"There is no sheet named '{self.sheet}'.",
                mend_zh=f"有：{names}。",
                mend_en=f"There are: {names}.",
            )
        shown = [sheet for sheet in workbook.sheets if sheet.height and sheet.visible]
        found = [(header, sheet) for sheet in named or shown if (header := _find_header(sheet)) is not None]
        if not found:
            raise UsageError(
                "没有找到一行表头（至少3列）。",
                "No row of headers was found (at least three columns).",
                mend_zh="要学的是一行一个学生的空白表；一人一张的登记表学不了。",
                mend_en="A form to be learnt has a row a pupil; a sheet a pupil cannot be learnt.",
            )
        header, sheet = max(found, key=lambda one: one[0].worth)
        others = tuple(other.name for other in shown if other is not sheet and not other.feeds)
        return _read(sheet, header, seen.get(sheet.name, SheetLooks()), others)


@dataclass(frozen=True, slots=True)
class _Header:
    """Headers by column on rows ``top`` to ``row``; of two the one of greater ``worth`` is the header."""

    row: int
    top: int
    texts: Mapping[int, str]
    worth: tuple[int, int] = field(default=(0, 0))


def _find_header(sheet: Sheet) -> _Header | None:
    """The row, or two rows, whose texts are most of all headers that we know; else the first with most short texts."""
    head = sheet.head(HEADER_SEARCH_ROWS)
    best: _Header | None = None
    for number in range(len(head)):
        for header in _readings(sheet, head, number):
            texts = {plain_header(text) for text in header.texts.values()}
            known = sum(known_field(text) is not None for text in header.texts.values())
            if len(texts) < _LEAST_COLUMNS or any(len(text) > _LONGEST_HEADER for text in texts):
                continue
            worth = (known, len(texts))
            if best is None or worth > best.worth:
                best = replace(header, worth=worth)
    return best


def _readings(sheet: Sheet, head: Sequence[Sequence[str]], number: int) -> Iterator[_Header]:
    """Row ``number`` as headers by itself, and with the row above where cells are merged over it."""
    row = head[number]
    yield _Header(number, number, {column: text for column, text in enumerate(row) if text.strip()})
    if not number:
        return
    merged = _under_merged(sheet, head, number)
    if merged is not None:
        yield merged  # what is merged over what says more than the texts alone
        return
    both = header_row(head, number, known_names())
    if both.top < number:
        yield _Header(number, both.top, {column: text for column, text in enumerate(both.texts) if text.strip()})


def _under_merged(sheet: Sheet, head: Sequence[Sequence[str]], number: int) -> _Header | None:
    """Two rows of headers: cells merged downwards are headers, cells merged sideways stand over leaves."""
    row, above = head[number], head[number - 1]
    headings: dict[int, str] = {}
    down: set[int] = set()
    for first_row, first, last_row, last in sheet.merged:
        text = sheet.text(first_row, first).strip()
        if not text or last >= sheet.width:
            continue
        if last_row == number and first_row <= number - 1:
            down.add(first)
        elif first_row == last_row == number - 1 and last > first and last - first + 1 < _TITLE_SHARE * len(row):
            headings.update(dict.fromkeys(range(first, last + 1), text))
    leaves = [plain_header(text) for text in row if text.strip()]
    texts: dict[int, str] = {}
    taken = False
    for column, leaf in enumerate(row):
        heading = headings.get(column, "")
        if not leaf.strip():
            if above[column].strip() and (column in down or column not in headings):
                texts[column], taken = above[column], True
        elif heading and _needs_heading(heading, leaf, leaves):
            texts[column], taken = under_heading(heading, leaf), True
        else:
            texts[column] = leaf
    return _Header(number, number - 1, texts) if taken and (down or headings) else None


def _needs_heading(heading: str, leaf: str, leaves: Sequence[str]) -> bool:
    """Whether a leaf says too little by itself: another has the same text, or only both together are known or a person's."""
    both = under_heading(heading, leaf)
    if known_field(both) is not None:
        return True
    if leaves.count(plain_header(leaf)) > 1:
        return _PUPIL.search(heading) is None
    return known_field(leaf) is None and (both != f"{heading.strip()}{leaf.strip()}" or len(leaf.strip()) <= 2)


def _read(sheet: Sheet, header: _Header, look: SheetLooks, others: tuple[str, ...]) -> IssuedPage:
    above = [text.strip() for texts in sheet.head(header.top) for text in texts if text.strip()]
    first = header.row + 1
    hints, first = _hint_row(sheet, header, first)
    rows = [row for row in range(first, sheet.height) if _filled(sheet, row) >= _LEAST_CELLS]
    columns: dict[str, IssuedColumn] = {}
    repeated = []
    for column, text in sorted(header.texts.items()):
        one = _column(sheet, header, column, text, look, first, rows if len(rows) <= _EXAMPLE_ROWS else ())
        if hint := hints.get(column, ""):
            one = replace(one, said=(*one.said, hint))
        if plain_header(text) in columns:
            repeated.append(text)
        else:
            columns[plain_header(text)] = one
    found = list(columns.values())
    if sum(one.red for one in found) >= _DECORATION_SHARE * len(found) or _is_optional(above, "红"):
        found = [replace(one, red=False) for one in found]
    if _is_optional(above, "[*★☆＊星]"):
        found = [replace(one, starred=False) for one in found]
    head = tuple(tuple(texts) for texts in sheet.head(header.row + 2))
    return IssuedPage(
        sheet.name, header.top, header.row, tuple(found), head, tuple(above), len(rows), others, tuple(repeated)
    )


def _is_optional(above: Sequence[str], mark: str) -> bool:
    """Whether a note over the header says that what bears a mark need not be filled."""
    return any(re.search(rf"{mark}[^，。；,;]{{0,8}}(?:选填|可不填|非必|不必填)", text) for text in above)


def _hint_row(sheet: Sheet, header: _Header, row: int) -> tuple[dict[int, str], int]:
    """What a row of hints right below the header says by column, and the row behind it."""
    texts = {column: text for column in header.texts if (text := sheet.text(row, column).strip())}
    hints = sum(_HINTS.search(text) is not None for text in texts.values())
    if hints and hints >= _LEAST_HINTS * len(texts):
        return texts, row + 1
    return {}, row


def _filled(sheet: Sheet, row: int) -> int:
    return sum(bool(sheet.text(row, column).strip()) for column in range(sheet.width))


def _column(
    sheet: Sheet, header: _Header, column: int, text: str, look: SheetLooks, first: int, rows: Sequence[int]
) -> IssuedColumn:
    at_header = [(row, column) for row in range(header.top, header.row + 1)]
    shown = [place for place in at_header if sheet.text(*place).strip()]
    said = [look.comments[place] for place in at_header if place in look.comments]
    said += [words for area, words in look.prompts if _reaches(area, column, header.row)]
    marks = " ".join(sheet.text(*place) for place in shown)
    bounds = [limit for limit in look.limits if _reaches(limit.area, column, first)]
    lengths = [_most(limit.operator, limit.first, limit.second) for limit in bounds if limit.kind == "textLength"]
    dated = any(limit.kind == "date" for limit in bounds)
    offers = tuple(
        offer
        for offer in sheet.offers
        if offer.first_column <= column <= offer.last_column and offer.last_row > header.row
    )
    return IssuedColumn(
        column,
        text,
        _STAR.search(unicodedata.normalize("NFKC", f"{marks} {text}")) is not None,
        bool(shown) and shown[-1] in look.red,
        tuple(dict.fromkeys(said)),
        "date" if dated else look.format_at(first, column),
        offers,
        min((length for length in lengths if length), default=0),
        any(limit.kind in ("whole", "decimal") for limit in bounds),
        tuple(dict.fromkeys(words for row in rows if (words := sheet.text(row, column).strip()))),
    )


def _reaches(area: tuple[int, int, int, int], column: int, row: int) -> bool:
    return area[1] <= column <= area[3] and area[2] >= row


def _most(operator: str, first: str, second: str) -> int:
    """The most characters that a validation of lengths lets pass, 0 where it is no plain number."""
    told = second if operator == "between" else first
    if not told.isdigit() or int(told) > _MOST_LENGTH:
        return 0
    return {"lessThan": int(told) - 1, "lessThanOrEqual": int(told), "equal": int(told), "between": int(told)}.get(
        operator, 0
    )
