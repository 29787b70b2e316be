"""Rows of a paper below headers: children of a questionnaire, a row each, and the members of a family."""

from __future__ import annotations

from dataclasses import dataclass, field

from stuvalid.gathering.items import PaperItem, is_person
from stuvalid.gathering.labels import Labels, Meaning, heading, is_hint, person_named
from stuvalid.gathering.page import Page, PageCell

_LEAST_LABELS = 3
_LEAST_ADJACENT = 2
_ALSO_OF_MEMBERS = frozenset({"sex", "birth_date", "political_status", "health"})


@dataclass(slots=True)
class Header:
    """A row of headers with the one above it, if they go together: from ``top`` to ``bottom``; labels by column."""

    top: int
    bottom: int
    labels: dict[int, tuple[Meaning, str, str]] = field(default_factory=dict)
    is_family: bool = False
    unknown: dict[int, str] = field(default_factory=dict)

    @property
    def name_column(self) -> int:
        return next((column for column, (meaning, _, section) in self.labels.items() if _is_name(meaning, section)), -1)


def _is_name(meaning: Meaning, section: str) -> bool:
    return meaning.key == "name" and meaning.who in ("", "pupil") and section in ("", "pupil")


def find_headers(page: Page, labels: Labels) -> list[Header]:
    """Every row of headers on a page, from above."""
    found: list[Header] = []
    row = 0
    while row < page.height:
        is_below = bool(found) and found[-1].bottom == row - 2  # what stands above is the value of the header before
        header = _header_at(page, labels, row, is_below)
        if header is None:
            row += 1
            continue
        found.append(header)
        row = header.bottom + 1
    return found


def _header_at(page: Page, labels: Labels, row: int, is_below: bool) -> Header | None:
    if not _is_header(page, labels, row):
        return None
    below = row + 1 < page.height and _goes_with(page, labels, row)
    bottom = row + 1 if below else row
    top = row - 1 if not below and not is_below and row and _is_group_row(page, row - 1) else row
    header = Header(top, bottom)
    for column in range(page.width):
        cell = page.at(bottom, column)
        if cell is None and top < bottom:
            cell = page.at(top, column)
            cell = cell if cell is not None and (cell.right == cell.column) and not heading(cell.text) else None
        if cell is None or cell.column != column:
            continue
        meaning = labels.meaning(cell.text)
        if meaning is None and cell.row == bottom and (who := person_named(cell.text)):
            meaning = Meaning(leaf="name", who=who)
        section = _group_over(page, top, column) if top < bottom and cell.row > top else ""
        if meaning is not None:
            header.labels[column] = (meaning, cell.text, section)
        elif not is_hint(cell.text):
            header.unknown[column] = cell.text
    header.is_family = _is_family(page, header)
    return header


def _is_header(page: Page, labels: Labels, row: int) -> bool:
    cells = page.row(row)
    known = [cell for cell in cells if labels.meaning(cell.text) is not None]
    if len(known) < _LEAST_LABELS or 2 * len(known) < len(cells):
        return False
    ends = {cell.right for cell in known}
    adjacent = sum(cell.column - 1 in ends for cell in known)
    return adjacent >= max(_LEAST_ADJACENT, (len(known) - 1) // 2)


def _goes_with(page: Page, labels: Labels, row: int) -> bool:
    """Whether the next row completes this one: leaves below headings, where the labels of this one end or are blank below."""
    below = [cell for cell in page.row(row + 1) if labels.meaning(cell.text) is not None]
    if len(below) < _LEAST_ADJACENT or len(below) < len(page.row(row + 1)) / 2:
        return False
    single = {
        cell.column for cell in page.row(row) if labels.meaning(cell.text) is not None and cell.right == cell.column
    }
    return not any(cell.column in single for cell in below)


def _is_group_row(page: Page, row: int) -> bool:
    """Whether a row is headings of groups over the columns: 成员1信息, 父亲."""
    cells = page.row(row)
    return len(cells) > 1 and 2 * sum(bool(heading(cell.text)) for cell in cells) >= len(cells)


def _group_over(page: Page, row: int, column: int) -> str:
    cell = page.at(row, column)
    place = column
    while cell is None and place > 0 and page.is_flat:
        place -= 1
        cell = page.at(row, place)
    return heading(cell.text) if cell is not None else ""


def _is_family(page: Page, header: Header) -> bool:
    """Whether the rows below are members of a family: 关系 姓名 电话, or below a heading or beside one that says so."""
    meanings = [meaning for meaning, _, section in header.labels.values() if section in ("", "members")]
    if any(meaning.who not in ("", "pupil") for meaning in meanings):
        return False
    plain = [meaning for meaning in meanings if not meaning.beside]
    pupils = {meaning.key for meaning in plain if meaning.key and not meaning.leaf} - _ALSO_OF_MEMBERS
    has_name = sum(meaning.leaf == "name" for meaning in plain) == 1
    if not has_name or pupils:
        return False
    if any(meaning.leaf == "relation" for meaning in plain):
        return True
    first = page.at(header.bottom + 1, min(header.labels) - 1) if header.labels and min(header.labels) else None
    return first is not None and is_person(first.text)


def body_rows(page: Page, header: Header, following: int, labels: Labels) -> list[int]:
    """The rows below a header, to the next one; those of a family end with the first blank one, a single row's with a label."""
    rows: list[int] = []
    for row in range(header.bottom + 1, following):
        cells = page.row(row)
        if header.is_family and (not cells or (len(cells) == 1 and heading(cells[0].text))):
            break
        if (
            header.name_column < 0
            and not header.is_family
            and (rows or any(labels.meaning(cell.text) for cell in cells))
        ):
            break
        if cells:
            rows.append(row)
    return rows


def row_items(page: Page, header: Header, row: int, labels: Labels) -> list[PaperItem]:
    """The values of one row, in the order of the columns."""
    items = []
    for column, (meaning, label, section) in header.labels.items():
        cell = page.at(row, column)
        text = cell.text if cell is not None else ""
        place = (cell.row, cell.column) if cell is not None else (row, column)
        items.append(PaperItem(meaning, text, page.name, *place, label, section))
    return items


def family_items(page: Page, header: Header, row: int, number: int) -> list[PaperItem]:
    """The values of one member of a family; who it is may stand in the first column without a header."""
    who = f"#row{number}"
    items = []
    has_relation = any(meaning.leaf == "relation" for meaning, _, _ in header.labels.values())
    if not has_relation:
        first = next((cell for cell in page.row(row) if is_person(cell.text)), None)
        if first is not None:
            items.append(
                PaperItem(Meaning(leaf="relation", who=who), first.text, page.name, first.row, first.column, "关系")
            )
    for column, (meaning, label, _) in header.labels.items():
        cell = page.at(row, column)
        if meaning.leaf and cell is not None:
            items.append(
                PaperItem(Meaning(leaf=meaning.leaf, who=who), cell.text, page.name, cell.row, cell.column, label)
            )
    texts = {item.meaning.leaf for item in items if item.text.strip() and not is_hint(item.text)}
    return items if texts - {"relation"} else []


def others_of(page: Page, header: Header, row: int) -> list[PageCell]:
    """What a row says in columns whose header is no label."""
    return [cell for column in header.unknown if (cell := page.at(row, column)) is not None]
