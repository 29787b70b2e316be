"""Word papers as parents send them; importing this adds them to `samples.parents.LAYOUTS`."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from typing import Any

from samples.parents import Paper, Record, _family, _fields, _official, _pairs, layout, leaf, ticks
from stuvalid.forms import Template


def _save(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _table(document: Any, rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]] = ()) -> Any:
    width = max(map(len, rows))
    table = document.add_table(len(rows), width)
    grid = [list(row.cells) for row in table.rows]
    for top, left, bottom, right in merged:
        grid[top][left].merge(grid[bottom][right])
    for cells, row in zip(grid, rows, strict=True):
        for cell, text in zip(cells, row, strict=False):
            if text:
                cell.text = text
    return table


@layout
def word_one_pair(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    document.add_heading("学生信息采集表")
    _table(document, _pairs(form, record, 1))
    return ".docx", _save(document)


@layout
def word_two_pairs(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    document.add_paragraph("学校：____________    班级：____________")
    _table(document, _pairs(form, record, 2, star=True))
    document.add_paragraph("家长签字：            日期：    年  月  日")
    return ".docx", _save(document)


@layout
def word_official(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    rows, _, headings = _official(form, record)
    _table(
        document,
        [list(row) + [""] * (6 - len(row)) for row in rows],
        [(0, 0, 0, 5), *((row - 1, 0, row - 1, 5) for row in headings)],
    )
    return ".docx", _save(document)


@layout
def word_ticked(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    _table(document, [[entry.header, ticks(entry, record.get(entry.key, ""), draw, 0)] for entry in form.fields])
    return ".docx", _save(document)


@layout
def word_boxes_of_controls(form: Template, record: Record, draw: random.Random) -> Paper:
    """Boxes as Word makes them: content controls and form fields, which hold no text."""
    import docx
    from docx.oxml import parse_xml

    namespaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    )
    document = docx.Document()
    table = _table(document, [[entry.header, ""] for entry in form.fields])
    for entry, row in zip(form.fields, table.rows, strict=True):
        text = record.get(entry.key, "")
        boxed = ticks(entry, text, draw, 0)
        paragraph = row.cells[1].paragraphs[0]
        if "□" not in boxed:
            paragraph.add_run(text)
            continue
        for option in boxed.split(" "):
            on = int(option[0] == "☑")
            if draw.random() < 0.5:
                xml = f'<w:sdt {namespaces}><w:sdtPr><w14:checkbox><w14:checked w14:val="{on}"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt>'
            else:
                xml = f'<w:r {namespaces}><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked w:val="{on}"/></w:checkBox></w:ffData></w:fldChar></w:r>'
            paragraph._p.append(parse_xml(xml))
            paragraph.add_run(option[1:] + " ")
    return ".docx", _save(document)


@layout
def word_lines(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    document.add_paragraph("学生信息采集表")
    texts = [f"{entry.header}：{record.get(entry.key, '')}" for entry in form.fields]
    for start in range(0, len(texts), 2):
        document.add_paragraph("      ".join(texts[start : start + 2]))
    return ".docx", _save(document)


@layout
def word_family_table(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    document = docx.Document()
    rows = _family(form, record)
    cut = next(number for number, row in enumerate(rows) if row == ["家庭成员情况"])
    _table(document, rows[1:cut])
    document.add_paragraph("家庭成员情况")
    _table(document, rows[cut + 1 : -1])
    return ".docx", _save(document)


@layout
def word_family_merged(form: Template, record: Record, draw: random.Random) -> Paper:
    import docx

    rows, merged = [], []
    for entry in _fields(form, 0):
        rows.append([entry.header, record.get(entry.key, ""), ""])
        merged.append((len(rows) - 1, 1, len(rows) - 1, 2))
    for member, title in ((1, "成员一"), (2, "成员二")):
        entries = _fields(form, member)
        first = len(rows)
        rows += [[title if not n else "", leaf(entry), record.get(entry.key, "")] for n, entry in enumerate(entries)]
        merged.append((first, 0, len(rows) - 1, 0))
    document = docx.Document()
    _table(document, rows, merged)
    return ".docx", _save(document)


@layout
def word_nested(form: Template, record: Record, draw: random.Random) -> Paper:
    """The form within a cell of a frame."""
    import docx

    document = docx.Document()
    frame = document.add_table(1, 1)
    inner = frame.cell(0, 0).add_table(len(form.fields), 2)
    for row, entry in zip(inner.rows, form.fields, strict=True):
        row.cells[0].text, row.cells[1].text = entry.header, record.get(entry.key, "")
    return ".docx", _save(document)
