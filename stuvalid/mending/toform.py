"""``stuvalid fix --to-form``: the pupils of a mended copy poured into the issued form, ready to be imported.

The form's columns in its order, all text, its dropdowns and hints; no title, sample, subtotal, remark or hidden sheet, no mark of
ours. What had no column, and rows that are no pupils, stand on a second sheet with the place they come from: nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.errors import UsageError
from stuvalid.findings import letters
from stuvalid.mending.copies import WritableCopy

if TYPE_CHECKING:
    from stuvalid.forms import Template
    from stuvalid.forms.table import Part, Table
    from stuvalid.mending.fix import Change, FixOptions, FixResult, Mended

_SECOND_SHEET = "未放入表中的内容"
_HEADER = ("原工作表", "原单元格", "姓名", "原表头", "内容")


@dataclass(slots=True)
class Found:
    """What stands on a form's sheet: its pupils by field, and every other text with its place.

    ``others`` are (cell, name of the pupil in that row, header of the column, text), the last two '' where there is none.
    """

    sheet: str
    form: str
    records: list[dict[str, str]]
    others: list[tuple[str, str, str, str]] = field(default_factory=list)
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Collector:
    """Gathers `Found` from every sheet of pupils; called in the worker that reads it."""

    def __call__(self, table: Table, part: Part) -> Found:
        columns = {matched.field.key: matched.column for matched in part.match.columns}
        texts = {key: part.sheet.columns[column].to_pylist() for key, column in columns.items()}
        rows = [int(row) for row in part.rows]
        records = [{key: cells[row] or "" for key, cells in texts.items()} for row in rows]
        order = [key for key in part.match.template.keys if key in columns]
        moved = sum(columns[key] != number for number, key in enumerate(part.match.template.keys) if key in columns)
        found = Found(part.sheet.name, part.match.template.reference, records, moved=moved)
        assert len(order) == len(columns)
        found.others = list(_others(part, columns, set(rows)))
        return found


def _others(part: Part, columns: dict[str, int], rows: set[int]) -> Iterator[tuple[str, str, str, str]]:
    """Every text that is no value of a pupil's field nor the header of one."""
    sheet, known = part.sheet, set(columns.values())
    name = columns.get("name", -1)
    headers = sheet.head(part.match.header_row + 1)[part.match.header_row] if part.match.header_row >= 0 else []
    for column in range(sheet.width):
        for row, text in enumerate(sheet.columns[column].to_pylist()):
            if not text or not text.strip():
                continue
            is_header = part.match.top <= row <= part.match.header_row
            if (row in rows or is_header) and column in known:
                continue
            who = sheet.text(row, name) if row in rows and name >= 0 else ""
            header = headers[column] if row in rows and column < len(headers) else ""
            yield f"{letters(column)}{row + 1}", who, header, text


def pour(result: FixResult, options: FixOptions) -> dict[int, list[Found]]:
    """Replace the copy of every file by its form, and check that anew; what each form was made of, by file number.

    Raises UsageError where a file has pupils of several forms: each needs a form of its own.
    """
    check = replace(options.check, password=None, glean=Collector())
    numbers = [number for number, entry in enumerate(result.files) if entry.failure is None]
    sources = [result.files[number].as_source() for number in numbers]
    read = read_sources(sources, replace(check, password=options.check.password))
    made: dict[int, list[Found]] = {}
    for number, outcome in zip(numbers, read, strict=True):
        found = [one for one in outcome.gleaned if one.records]
        if found:
            result.files[number].copy = _poured(result.files[number], found)
            made[number] = found
    after = read_sources([entry.as_source() for entry in result.files], replace(options.check, glean=None))
    result.after = findings_of(after, options.check)
    return made


def _poured(entry: Mended, found: Sequence[Found]) -> WritableCopy:
    from stuvalid.excel.blank import PlainSheet
    from stuvalid.forms import template
    from stuvalid.forms.filled import filled_form

    forms = list(dict.fromkeys(one.form for one in found))
    if len(forms) > 1:
        titles = "、".join(template(form).title for form in forms)
        raise UsageError(
            f"“{entry.source.name}”里有几种表（{titles}），不能放进一张表：请分成几个文件。",
            f"'{entry.source.name}' holds several forms ({', '.join(forms)}): make a file of each.",
        )
    records = [dict(record) for one in found for record in one.records]
    entry.changes += _in_its_words(template(forms[0]), records)
    others = [(one.sheet, *texts) for one in found for texts in one.others]
    behind = [PlainSheet(_SECOND_SHEET, [_HEADER, *others])] if others else []
    return WritableCopy(filled_form(template(forms[0]), records, behind), ".xlsx", is_form=True)


def _in_its_words(form: Template, records: Sequence[dict[str, str]]) -> list[Change]:
    """Write what another form's dropdown offered (A血型) as this one has it, where it has one text for it; what was changed."""
    from stuvalid import codes
    from stuvalid.forms.blank import form_sheet
    from stuvalid.mending.fix import Change

    changes = []
    for column, entry in enumerate(form.fields):
        if entry.kind != "code":
            continue
        known = codes.load(entry.codes)
        right = known.accepted(entry.audience)
        for row, record in enumerate(records, start=1):
            text = record.get(entry.key, "")
            match = known.resolve(text) if text and text not in right else None
            if match is not None and match.safe and match.entry.name in right:
                record[entry.key] = match.entry.name
                place = (form_sheet(form), row, column, entry.key, entry.header)
                changes.append(Change("COD002", *place, text, match.entry.name, True, entry.kind))
    return changes


def said(found: Sequence[Found]) -> tuple[str, str]:
    """What was poured, in one sentence (zh, en)."""
    from stuvalid.forms import template

    form = template(found[0].form)
    pupils = sum(len(one.records) for one in found)
    others, moved = sum(len(one.others) for one in found), max(one.moved for one in found)
    sheets = "、".join(f"“{one.sheet}”" for one in found)
    zh = f"{sheets}的 {pupils} 名学生放进了“{form.title}”（{form.id}）"
    en = f"{pupils} pupils of {', '.join(one.sheet for one in found)} were poured into {form.id}"
    if moved:
        zh, en = f"{zh}，{moved} 列换了位置", f"{en}; {moved} columns moved"
    if others:
        zh = f"{zh}；没有对应列的、不是学生的 {others} 格原样放在第二张表“{_SECOND_SHEET}”，导入前删去这张表"
        en = f"{en}; {others} cells without a column or of no pupil stand on the second sheet, to be deleted before the import"
    return f"{zh}。", f"{en}."
