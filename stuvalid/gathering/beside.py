"""Values beside their labels: 姓名 | 张三 | 性别 | 男, 姓名：张三 in one cell, one digit a cell, boxes to tick."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from stuvalid import codes
from stuvalid.gathering.items import PaperItem, is_person
from stuvalid.gathering.labels import Labels, Meaning, column_word, heading, person_named
from stuvalid.gathering.page import Page, PageCell
from stuvalid.gathering.ticks import has_boxes

_COLONS = re.compile(r"[:：]")
_BRACKETED = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_BOUNDARY = re.compile(r"[\s_＿;；|，,。]+")
_EDGES = " \t\r\n\u3000_＿"
_REMARK = "备注"
"""Parents write below it, and nobody's example stands there."""

_LONGEST_NOTICE = 80
_MOST_DIGITS = 20
_UNITS = {"年", "月", "日"}
_DATE_PART = re.compile(r"[0-9]{1,4}|[年月日]")
_ITEM_NUMBER = re.compile(r"\d{1,3}")


@dataclass(slots=True)
class Beside:
    """What is found on the rows of a page that belong to no table; ``used`` are the cells that are accounted for."""

    page: Page
    labels: Labels
    taken: set[int]
    items: list[PaperItem] = field(default_factory=list)
    used: set[tuple[int, int]] = field(default_factory=set)
    headings: list[tuple[PageCell, str, bool]] = field(default_factory=list)
    hints: set[int] = field(default_factory=set)
    persons: dict[int, str] = field(default_factory=dict)
    persons_from: int = -1

    def find(self) -> Beside:
        rows = [row for row in range(self.page.height) if row not in self.taken]
        self._find_hint_columns(rows)
        self._find_columns_of_persons(rows)
        self._find_headings(rows)
        gaps = self._gaps(rows)
        for row in rows:
            for cell in self.page.row(row):
                if (cell.row, cell.column) not in self.used:
                    self._look_at(cell, gaps)
        return self

    def _find_hint_columns(self, rows: list[int]) -> None:
        """Columns of examples and explanations, by the words over them, where others are for the values."""
        for row in rows:
            words = {cell: column_word(cell.text) for cell in self.page.row(row)}
            kinds = set(words.values())
            if "label" in kinds and (kinds & {"value", "hint"}):
                self.hints |= {
                    column
                    for cell, kind in words.items()
                    if kind == "hint"
                    for column in range(cell.column, cell.right + 1)
                }
                self.used |= {(cell.row, cell.column) for cell in words}
                printed = {
                    cell.column for cell, kind in words.items() if kind == "hint" and cell.text.strip() != _REMARK
                }
                self.used |= {place for place in self.page.cells if place[1] in printed and place[0] in rows}

    def _find_columns_of_persons(self, rows: list[int]) -> None:
        """项目 | 学生 | 父亲 | 母亲 over rows of labels: each column is somebody's."""
        for row in rows:
            cells = self.page.row(row)
            scopes = {cell.column: scope for cell in cells if (scope := heading(cell.text)) not in ("", "members")}
            rest = [cell for cell in cells if cell.column not in scopes]
            below = [one for one in rows if row < one and (label := self.page.at(one, 0)) and self._is_label(label)]
            if len(scopes) < 2 or len(set(scopes.values())) < len(scopes) or 0 in scopes or len(rest) > 1:
                continue
            if len(below) > 1 and below[0] == row + 1:
                self.persons, self.persons_from = scopes, row
                self.used |= {(cell.row, cell.column) for cell in cells}
                return

    def _take_row_of_persons(self, cell: PageCell, meaning: Meaning) -> bool:
        """The values of one label for each person; not where another label stands between them."""
        beside = {one.column: one for one in self.page.beside(cell)}
        if cell.row <= self.persons_from or cell.column or not beside.keys() <= self.persons.keys():
            return False
        if any(self._is_label(one) and not self._answers(meaning, one.text) for one in beside.values()):
            return False
        for column, one in beside.items():
            who = self.persons[column]
            key = Meaning(meaning.key, meaning.leaf if who != "pupil" else "", "pupil" if who == "pupil" else who)
            self.used.add((one.row, one.column))
            self._add(key, one.text, one, cell.text, "")
        return True

    def _find_headings(self, rows: list[int]) -> None:
        for row in rows:
            cells = self.page.row(row)
            labelled = any(self.labels.meaning(cell.text) is not None for cell in cells)
            for position, cell in enumerate(cells):
                scope = heading(cell.text)
                before = next((one for one in cells[:position][::-1] if one.column not in self.hints), None)
                if not scope or (before is not None and self._takes(before, cell)):
                    continue
                following = cells[position + 1] if position + 1 < len(cells) else None
                if (
                    is_person(cell.text)
                    and following is not None
                    and not self._is_label(following)
                    and not heading(following.text)
                ):
                    continue  # 父亲 | 张建国: a label of the name
                if self._is_label(cell) and (scope != "members" or not labelled):
                    continue
                self.headings.append((cell, scope, labelled))
                self.used.add((cell.row, cell.column))

    def _takes(self, before: PageCell, cell: PageCell) -> bool:
        """Whether what looks like a heading is the value of the label left of it: 关系 | 父亲."""
        meaning = self.labels.meaning(before.text)
        return meaning is not None and (before.right + 1 == cell.column or self._answers(meaning, cell.text))

    def _is_label(self, cell: PageCell) -> bool:
        return self.labels.meaning(cell.text) is not None

    def section(self, row: int, column: int) -> str:
        """Whose part of the page a place is in."""
        found = ""
        for cell, scope, at_side in self.headings:
            if at_side:
                last = cell.bottom if cell.bottom > cell.row else self._last_of_side(cell)
                if cell.row <= row <= last and column > cell.right:
                    found = scope
            elif cell.row < row and self._covers(cell, column):
                found = scope
        return found

    def _last_of_side(self, cell: PageCell) -> int:
        """How far a heading at the side reaches where nothing is merged: to the next text in its column."""
        for row in range(cell.row + 1, self.page.height):
            if (row, cell.column) in self.page.cells or not self.page.row(row):
                return row - 1
        return self.page.height - 1

    def _covers(self, cell: PageCell, column: int) -> bool:
        beside = [other for other, _, at_side in self.headings if not at_side and other.row == cell.row]
        if len(beside) == 1:
            return True
        following = min((other.column for other in beside if other.column > cell.column), default=self.page.width)
        first = cell.column if any(other.column < cell.column for other in beside) else 0
        return first <= column < following

    def _gaps(self, rows: list[int]) -> dict[int, int]:
        """For each column of labels how far right its values begin, as most of them do."""
        counts: dict[int, Counter[int]] = {}
        for row in rows:
            for cell in self.page.row(row):
                if self._is_label(cell):
                    following = next((one for one in self.page.beside(cell) if one.column not in self.hints), None)
                    if following is not None and not self._is_label(following) and not self._is_number_of(following):
                        counts.setdefault(cell.column, Counter())[following.column - cell.right] += 1
        return {column: counter.most_common(1)[0][0] for column, counter in counts.items()}

    def _is_number_of(self, cell: PageCell) -> bool:
        """Whether a cell is the printed number of the label right of it."""
        following = next(self.page.beside(cell), None)
        return (
            _ITEM_NUMBER.fullmatch(cell.text.strip()) is not None
            and following is not None
            and self._is_label(following)
            and following.column == cell.right + 1
        )

    def _look_at(self, cell: PageCell, gaps: dict[int, int]) -> None:
        meaning = self.labels.meaning(cell.text)
        place = (cell.row, cell.column)
        if meaning is None and is_person(cell.text):
            following = next(self.page.beside(cell), None)
            if (
                following is not None
                and following.column == cell.right + 1
                and not heading(following.text)
                and not self._is_label(following)
            ):
                meaning = Meaning(leaf="name", who=person_named(cell.text))
        if meaning is not None:
            self.used.add(place)
            if self.persons and not meaning.beside and self._take_row_of_persons(cell, meaning):
                return
            self._beside(cell, meaning, gaps.get(cell.column, 1))
            return
        parts = in_cell(cell.text, self.labels)
        if parts:
            self.used.add(place)
            section = self.section(cell.row, cell.column)
            for number, (found, label, text) in enumerate(parts):
                if not text and number == len(parts) - 1:
                    self._beside(cell, found, gaps.get(cell.column, 1), label)
                else:
                    self._add(found, text, cell, label, section)

    def _beside(self, cell: PageCell, meaning: Meaning, gap: int, label: str = "") -> None:
        section = self.section(cell.row, cell.column)
        following = [one for one in self.page.beside(cell) if one.column not in self.hints]
        value = following[0] if following else None
        if value is not None and (
            (self._is_label(value) and not self._answers(meaning, value.text))
            or (value.row, value.column) in self.used
            or value.column - cell.right > max(1, gap)
            or (value.column - cell.right > 1 and heading(value.text) and not self._answers(meaning, value.text))
            or in_cell(value.text, self.labels)
        ):
            value = None
        if value is None or meaning.beside == "ignored":
            if value is not None:
                self.used.add((value.row, value.column))
            place = PageCell(cell.row, self.page.edge(cell.row, cell.column) + 1, cell.row, 0, "")
            self._add(meaning, "", place, label or cell.text, section)
            return
        joined = self._joined(value, following)
        text = (
            "".join(one.text for one in joined) if not has_boxes(value.text) else " ".join(one.text for one in joined)
        )
        self.used |= {(one.row, one.column) for one in joined}
        self._add(meaning, text, value, label or cell.text, section, joined[-1].right if len(joined) > 1 else -1)

    def _answers(self, meaning: Meaning, text: str) -> bool:
        """Whether a text that may be a label too (身份证) is one of the choices of the field before it."""
        form = self.labels.form
        entry = form.field(meaning.key) or form.field(f"member1.{meaning.leaf}")
        return entry is not None and entry.kind == "code" and codes.load(entry.codes).resolve(text.strip()) is not None

    def _joined(self, value: PageCell, following: list[PageCell]) -> list[PageCell]:
        """The value with the cells that go on with it: a digit each, or an option each."""
        joined = [value]
        for one in following[1:]:
            last = joined[-1]
            is_next = one.column == last.right + 1 and not self._is_label(one)
            digits = (
                len(one.text.strip()) == 1 == len(last.text.strip())
                and one.text.strip().isalnum()
                and one.text.isascii()
            )
            digits = digits or (
                {one.text.strip(), last.text.strip()} & _UNITS != set()
                and _DATE_PART.fullmatch(one.text.strip()) is not None
            )
            options = has_boxes(one.text) and has_boxes(last.text)
            if not is_next or len(joined) >= _MOST_DIGITS or not (digits or options):
                break
            joined.append(one)
        return joined

    def _add(self, meaning: Meaning, text: str, cell: PageCell, label: str, section: str, last: int = -1) -> None:
        self.items.append(PaperItem(meaning, text, self.page.name, cell.row, cell.column, label, section, last))


def in_cell(text: str, labels: Labels) -> list[tuple[Meaning, str, str]]:
    """The labels that stand in one text with their values behind colons: 姓名：张三  性别：男; each as (meaning, label, value)."""
    found: list[tuple[int, int, Meaning, str]] = []
    last = 0
    hidden = _BRACKETED.sub(lambda bracket: "·" * len(bracket[0]), text)  # a hint may hold a colon: （如：2015）
    for colon in _COLONS.finditer(hidden):
        start, label, meaning = _label_before(text[last : colon.start()], labels, last > 0)
        if meaning is not None:
            found.append((last + start, colon.end(), meaning, label))
            last = colon.end()
    if not found:
        return _below_itself(text, labels)
    if found[0][0] > 0 and text[: found[0][0]].strip(_EDGES) and len(text) > _LONGEST_NOTICE and len(found) == 1:
        return []  # a sentence that happens to hold 电话：
    ends = [start for start, _, _, _ in found[1:]] + [len(text)]
    return [
        (meaning, label, text[begin:end].strip(_EDGES))
        for (_, begin, meaning, label), end in zip(found, ends, strict=True)
    ]


def _label_before(text: str, labels: Labels, before: bool) -> tuple[int, str, Meaning | None]:
    """The label that a text before a colon ends with: its start, itself and its meaning."""
    starts = [0, *(match.end() for match in _BOUNDARY.finditer(text))]
    for start in starts:
        label = text[start:].strip()
        if start < starts[-1] and before and label.split()[0].isdigit():
            continue  # the value of the label before, not a number of this one
        if label and len(label) <= 40 and (meaning := labels.meaning(label)) is not None:
            return start, label, meaning
    return 0, "", None


def _below_itself(text: str, labels: Labels) -> list[tuple[Meaning, str, str]]:
    """姓名 with the value on the next line of its cell."""
    label, found, value = text.partition("\n")
    if not found or not value.strip() or value.strip()[0] in "(（" or "\n" in value.strip():
        return []
    meaning = labels.meaning(label)
    if meaning is None or meaning.beside or labels.meaning(value) is not None:
        return []
    return [(meaning, label, value.strip(_EDGES))]
