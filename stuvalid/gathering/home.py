"""A form for each child to take home: prefilled, protected but for its value cells, with the notice and the guardian's consent.

It bears a stamp, in the document's properties and on a hidden sheet (which also survives what keeps no properties), that tells whose it
is, and the cell of each item: so it is read back cell by cell, whatever the file is called by then.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid.consent import Notice
from stuvalid.excel.model import Sheet, Workbook
from stuvalid.excel.stamps import STAMP_NAME
from stuvalid.forms import Field, Template
from stuvalid.forms.blank import hint_of
from stuvalid.forms.issued import offered_choices
from stuvalid.gathering.items import PaperRecord, Value
from stuvalid.gathering.labels import Labels
from stuvalid.gathering.reading import PaperReading
from stuvalid.rolls.people import Person

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HOME_SHEET, MAP_SHEET, LIST_SHEET = "学生信息", "表号", "选项"
_MARK = "home"
_FONT = "宋体"
_RED, _GREY, _FILL, _OPEN = "FFC00000", "FF7F7F7F", "FFF2F2F2", "FFFFFDE7"
_WIDTHS = (23.0, 27.0, 23.0, 27.0)
_SECTIONS = {0: "学生信息", 1: "家庭成员或监护人（一）", 2: "家庭成员或监护人（二）"}
_LINE = 15.0
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,5})")


def stamp_of_child(form: Template, roster: Sequence[Person], position: int) -> str:
    """What a child's form bears: whose it is as digests of the name and of what else is known, its place among namesakes."""
    person = roster[position]
    same = [number for number, one in enumerate(roster) if one.spelling == person.spelling]
    return (
        f"{_MARK} {form.id} {_digest(person.spelling)} {_digest(_known(person))} {same.index(position) + 1}/{len(same)}"
    )


def fits_stamp(stamp: str, roster: Sequence[Person], position: int) -> bool:
    """Whether a stamp is that of the child at this position of the list."""
    parts = stamp.split(" ")
    if len(parts) != 5 or parts[2] != _digest(roster[position].spelling):
        return False
    same = [number for number, one in enumerate(roster) if one.spelling == roster[position].spelling]
    if len(same) == 1:
        return parts[3] in (_digest(""), _digest(_known(roster[position]))) or not _known(roster[position])
    sure = [number for number in same if parts[3] != _digest("") and parts[3] == _digest(_known(roster[number]))]
    if sure:
        return sure == [position]
    return parts[4] == f"{same.index(position) + 1}/{len(same)}" and parts[3] == _digest("")


def _known(person: Person) -> str:
    return person.number or person.born


def _digest(text: str) -> str:
    return hashlib.sha256(f"stuvalid {text}".encode()).hexdigest()[:12] if text else "-"


@dataclass(frozen=True, slots=True)
class HomeForm:
    """What goes home with one child: ``values`` by key as they are known so far."""

    stamp: str
    values: Mapping[str, str]
    name: str


@dataclass(frozen=True, slots=True)
class HomeMap:
    """A form that came back: its stamp and what stands in its cells."""

    stamp: str
    reading: PaperReading


def write_home(form: Template, child: HomeForm, notice: Notice, group: str = "") -> bytes:
    """The form of one child as xlsx: label beside value on A4, then the notice and the consent."""
    from openpyxl import Workbook as Book
    from openpyxl.packaging.custom import StringProperty

    book = Book()
    sheet = book.worksheets[0]
    sheet.title = HOME_SHEET
    for letter, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    row = _heading_lines(sheet, form, child, group)
    lists = _Lists(book)
    places: dict[str, str] = {}
    for member, title in _SECTIONS.items():
        entries = [entry for entry in form.fields if entry.member == member]
        if entries:
            row = _section(sheet, row, title, entries, child.values, lists, places)
    row = _consent(sheet, row, notice, lists, places)
    lists.finish()
    hidden = book.create_sheet(MAP_SHEET)
    hidden.sheet_state = "hidden"
    for number, (key, text) in enumerate([("stamp", child.stamp), *places.items()], start=1):
        for column, cell_text in enumerate((key, text), start=1):
            cell = hidden.cell(number, column, cell_text)
            cell.data_type = "s"
    for one in (sheet, hidden):
        one.protection.sheet = True
        one.protection.formatCells = False
        one.protection.formatRows = False
    properties: list[Any] = book.custom_doc_props.props  # type: ignore[attr-defined]
    properties.append(StringProperty(name=STAMP_NAME, value=child.stamp))
    _for_paper(sheet, row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _heading_lines(sheet: Worksheet, form: Template, child: HomeForm, group: str) -> int:
    title = f"{group}　{form.title}" if group else form.title
    _line(sheet, 1, title, bold=True, size=14, centred=True)
    sheet.row_dimensions[1].height = 26
    _line(
        sheet,
        2,
        f"学生：{child.name or '（未填）'}。请只填浅黄色的格子，填后保存，原样发回班主任，不用改文件名。带★的必填。",
        colour=_GREY,
    )
    return 3


def _line(
    sheet: Worksheet,
    row: int,
    text: str,
    *,
    bold: bool = False,
    size: int = 10,
    centred: bool = False,
    colour: str = "",
    lines: int = 1,
) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
    cell = sheet.cell(row, 1, text)
    cell.data_type = "s"
    cell.font = Font(name=_FONT, bold=bold, size=size, color=colour or None)
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center" if centred else "left")
    sheet.row_dimensions[row].height = _LINE * lines + 4


def _section(
    sheet: Worksheet,
    row: int,
    title: str,
    entries: Sequence[Field],
    values: Mapping[str, str],
    lists: _Lists,
    places: dict[str, str],
) -> int:
    _line(sheet, row, title, bold=True, size=11)
    sheet.cell(row, 1).fill = _filled(_FILL)
    row += 1
    half = (len(entries) + 1) // 2
    for number, entry in enumerate(entries):
        line, column = row + number % half, 1 if number < half else 3
        _label(sheet, line, column, f"{entry.header}★" if entry.required else entry.header, required=entry.required)
        text = values.get(entry.key, "")
        _value(sheet, line, column + 1, text, lists, offered_choices(entry), hint_of(entry), entry.header)
        places[entry.key] = f"{'BD'[column // 2]}{line}"
        height = _LINE * max(1, _lines(text, _WIDTHS[column]), _lines(entry.header + "★", _WIDTHS[column - 1])) + 4
        sheet.row_dimensions[line].height = max(height, sheet.row_dimensions[line].height or 0)
    return row + half


def _label(sheet: Worksheet, row: int, column: int, text: str, *, required: bool = False) -> None:
    from openpyxl.styles import Alignment, Font

    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
    cell.font = Font(name=_FONT, size=10, color=_RED if required else None)
    cell.fill = _filled(_FILL)
    cell.border = _border()
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def _value(
    sheet: Worksheet, row: int, column: int, text: str, lists: _Lists, choices: Sequence[str], hint: str, header: str
) -> None:
    from openpyxl.styles import Alignment, Font, Protection

    cell = sheet.cell(row, column)
    if text:
        cell.value = text
        cell.data_type = "s"
    cell.number_format = "@"
    cell.font = Font(name=_FONT, size=10)
    cell.fill = _filled(_OPEN)
    cell.border = _border()
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.protection = Protection(locked=False)
    lists.offer(sheet, cell.coordinate, choices, hint, header)


def _consent(sheet: Worksheet, row: int, notice: Notice, lists: _Lists, places: dict[str, str]) -> int:
    width = sum(_WIDTHS)
    _line(sheet, row, notice.title, bold=True, size=11)
    sheet.cell(row, 1).fill = _filled(_FILL)
    _line(sheet, row + 1, notice.lead, lines=_lines(notice.lead, width))
    row += 2
    for number, (_, heading, text) in enumerate(notice.items, start=1):
        line = f"{number}. {heading}：{text}"
        _line(sheet, row, line, lines=_lines(line, width))
        row += 1
    _line(sheet, row, notice.consent["text"], lines=_lines(notice.consent["text"], width))
    row += 1
    _label(sheet, row, 1, f"{notice.consent['label']}（{' / '.join(notice.choices)}）", required=True)
    _value(sheet, row, 2, "", lists, notice.choices, "", notice.consent["label"])
    places["consent"] = f"B{row}"
    _label(sheet, row, 3, notice.reference)
    sheet.row_dimensions[row].height = 3 * _LINE + 4
    row += 1
    for column, key in ((1, "signature"), (3, "date")):
        _label(sheet, row, column, notice.consent[key])
        _value(sheet, row, column + 1, "", lists, (), "", notice.consent[key])
    places["signature"], places["signed"] = f"B{row}", f"D{row}"
    return row


def _lines(text: str, width: float) -> int:
    from stuvalid.excel.patch.edits import text_lines

    return text_lines(text, width - 2)


def _filled(colour: str) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=colour)


def _border() -> Any:
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color="FFBFBFBF")
    return Border(left=side, right=side, top=side, bottom=side)


def _for_paper(sheet: Worksheet, last: int) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.paperSize = 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_area = f"A1:D{last}"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.4


class _Lists:
    """The dropdowns of a form: equal lists stand once on a hidden sheet."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._sheet = book.create_sheet(LIST_SHEET)
        self._sheet.sheet_state = "hidden"
        self._known: dict[tuple[str, ...], str] = {}

    def offer(self, sheet: Worksheet, cell: str, choices: Sequence[str], hint: str, header: str) -> None:
        from openpyxl.worksheet.datavalidation import DataValidation

        if not choices and not hint:
            return
        rule = DataValidation(
            type="list" if choices else None, formula1=self._area(tuple(choices)) if choices else None, allow_blank=True
        )
        if choices:
            rule.showErrorMessage, rule.errorStyle = True, "stop"
            rule.errorTitle, rule.error = header[:32], "请从下拉列表中选择。"
        if hint:
            rule.showInputMessage, rule.promptTitle, rule.prompt = True, header[:32], hint[:255]
        rule.add(cell)
        sheet.add_data_validation(rule)

    def _area(self, choices: tuple[str, ...]) -> str:
        from stuvalid.excel.address import column_letter
        from stuvalid.excel.patch.edits import sheet_reference

        if choices not in self._known:
            letter = column_letter(len(self._known))
            for row, choice in enumerate(choices, start=1):
                self._sheet.cell(row, len(self._known) + 1, choice).data_type = "s"
            self._known[choices] = sheet_reference(LIST_SHEET, f"${letter}$1:${letter}${len(choices)}")
        return self._known[choices]

    def finish(self) -> None:
        self._sheet.protection.sheet = True


def read_home(workbook: Workbook, labels: Labels) -> HomeMap | None:
    """A form of ours that came back, read by its map; None where it is none, or its cells are no longer where they were."""
    hidden = next((sheet for sheet in workbook.sheets if sheet.name == MAP_SHEET), None)
    sheet = next((one for one in workbook.sheets if one.name == HOME_SHEET), None)
    stamp = workbook.stamp if workbook.stamp.startswith(f"{_MARK} ") else ""
    if hidden is not None and hidden.text(0, 0) == "stamp" and hidden.text(0, 1).startswith(f"{_MARK} "):
        stamp = hidden.text(0, 1)
    if hidden is None or sheet is None or not stamp:
        return None
    places = {hidden.text(row, 0): hidden.text(row, 1) for row in range(1, hidden.height)}
    record = PaperRecord()
    reading = PaperReading([record])
    known = {entry.key for entry in labels.form.fields}
    for key, address in places.items():
        found = _ADDRESS.fullmatch(address)
        if found is None:
            return None
        row, column = int(found[2]) - 1, "ABCDEFGH".find(found[1])
        if not _is_in_place(sheet, labels, key, row, column):
            return None
        _take(
            record,
            key,
            Value(sheet.text(row, column), sheet.name, row, column, sheet.text(row, column - 1)),
            key in known,
        )
    reading.labels = len(places)
    reading.others = _elsewhere(sheet, set(places.values()))
    return HomeMap(stamp, reading)


def _is_in_place(sheet: Sheet, labels: Labels, key: str, row: int, column: int) -> bool:
    title = labels.titles.get(key)
    return title is None or column < 1 or sheet.text(row, column - 1).rstrip("★") == title


def _take(record: PaperRecord, key: str, value: Value, is_field: bool) -> None:
    if key in ("consent", "signature", "signed"):
        record.beside[key] = value
        return
    record.asked.add(key)
    if value.text:
        if is_field:
            record.values[key] = value
        else:
            record.others.append(value)


def _elsewhere(sheet: Sheet, places: set[str]) -> list[Value]:
    """What was written right of the form: below and inside, all is locked."""
    return [
        Value(text, sheet.name, row, column)
        for column in range(4, min(sheet.width, 50))
        for row, text in enumerate(sheet.columns[column].to_pylist())
        if text and text.strip()
    ]
