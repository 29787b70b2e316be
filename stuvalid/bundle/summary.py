"""The county's 汇总 workbook: every record of every school in the form it came in, as text, written as a stream.

Workers turn spooled records into rows of XML, whole columns at a time; this process deflates them in order. A
county of 100,000 pupils is seven million cells: one at a time they would take longer than checking them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from stuvalid import workers
from stuvalid.errors import StuvalidError
from stuvalid.excel.address import column_letter
from stuvalid.excel.new import DIALECT, WorkbookWriter, WrittenSheet
from stuvalid.excel.patch.edits import LAST_ROW, sheet_reference
from stuvalid.excel.patch.front import free_sheet_name
from stuvalid.excel.patch.markup import cell_text
from stuvalid.excel.patch.styles import StyleBook, empty_styles
from stuvalid.forms import Template, template
from stuvalid.pupils.facts import SheetFacts
from stuvalid.workspace import read_sealed, remove_sealed, write_sealed

if TYPE_CHECKING:
    import pyarrow as pa

_TIMEOUT_SECONDS, _MEMORY_BYTES = 120.0, 2 << 30
_WIDTHS = {"id_number": 20, "member1.id_number": 20, "member2.id_number": 20, "home_address": 30, "school_code": 12}
_WIDTH = 12
_EFFORT = 1  # a county's rows are half a gigabyte of XML that says the same over and over
_CAREFUL_BYTES = frozenset({*range(0x20), *b"&<>_", 0x7F})
_UNCARRIED = "[\ufffe\uffff\x7f-\x9f]"


@dataclass(frozen=True, slots=True)
class Rows:
    """A task: the records of one sheet as rows of a summary sheet from the 1-based ``first`` on."""

    facts: SheetFacts
    first: int
    style: int


@dataclass(slots=True)
class _SummarySheet:
    """One sheet of the summary: a form and the records that fit on it."""

    form: Template
    tasks: list[Rows]
    rows: int


def write_summary(
    stream: BinaryIO, facts: Sequence[SheetFacts], *, count: int, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Write all records to ``stream`` as xlsx, one sheet a form (more if one overflows).

    ``facts`` are in the order wanted, ``count`` is the number of processes. Returns records by sheet name.
    """
    styles = StyleBook(empty_styles(DIALECT.main), "xl/styles.xml")
    font = styles.font(styles.body_font())
    header = styles.cell_format(
        font=styles.font(b"<{p}b/>" + styles.body_font()), text=True, alignment=b'horizontal="center"'
    )
    text = styles.cell_format(font=font, text=True, alignment=b'vertical="center"')
    sheets = _sheets(facts, text)
    pieces = _pieces([task for sheet in sheets for task in sheet.tasks], count, progress)
    written: list[WrittenSheet] = []
    with WorkbookWriter(stream, effort=_EFFORT) as writer:
        for sheet in sheets:
            name = free_sheet_name(sheet.form.sheets[0], (earlier.name for earlier in written))
            writer.add_sheet(len(written) + 1, _sheet_xml(sheet, pieces, header, selected=not written))
            area = f"$A$1:${column_letter(len(sheet.form.fields) - 1)}${sheet.rows + 1}"
            names = {"_xlnm._FilterDatabase": (sheet_reference(name, area), True)}
            written.append(WrittenSheet(name, names))
        writer.finish(written, styles.render(), own=True)
    return {entry.name: sheet.rows for entry, sheet in zip(written, sheets, strict=True)}


def _sheets(facts: Sequence[SheetFacts], style: int) -> list[_SummarySheet]:
    """The sheets, the form with most records first."""
    by_form: dict[str, list[SheetFacts]] = {}
    for entry in facts:
        by_form.setdefault(entry.template, []).append(entry)
    sheets: list[_SummarySheet] = []
    for name in sorted(by_form, key=lambda name: (-sum(entry.records for entry in by_form[name]), name)):
        sheet = _SummarySheet(template(name), [], 0)
        sheets.append(sheet)
        for entry in by_form[name]:
            if sheet.rows + entry.records > LAST_ROW and sheet.rows:
                sheet = _SummarySheet(sheet.form, [], 0)
                sheets.append(sheet)
            sheet.tasks.append(Rows(entry, sheet.rows + 2, style))
            sheet.rows += entry.records
    return sheets


def _pieces(tasks: Sequence[Rows], count: int, progress: Callable[[int, int], None] | None) -> Iterator[bytes]:
    """The XML of each task, in the order of tasks; what comes early waits for its turn."""
    early: dict[int, str] = {}
    turn = 0
    for outcomes in workers.run(
        rows_of,
        tasks,
        workers=max(1, min(count, len(tasks))),
        timeout=_TIMEOUT_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        chunk=1,
    ):
        for outcome in outcomes:
            if outcome.failure is not None or outcome.result is None:
                raise StuvalidError("汇总表写不出来。", "The summary could not be written.")
            early[outcome.index] = outcome.result
        while turn in early:
            piece = early.pop(turn)
            yield read_sealed(piece)
            remove_sealed(piece)
            turn += 1
            if progress:
                progress(turn, len(tasks))


def _sheet_xml(sheet: _SummarySheet, pieces: Iterator[bytes], header: int, *, selected: bool) -> Iterator[bytes]:
    fields = sheet.form.fields
    columns = b"".join(
        b'<col min="%d" max="%d" width="%d" customWidth="1"/>' % (at, at, _WIDTHS.get(entry.key, _WIDTH))
        for at, entry in enumerate(fields, start=1)
    )
    cells = b"".join(
        b'<c r="%s1" s="%d" t="inlineStr"><is><t>%s</t></is></c>'
        % (column_letter(column).encode(), header, cell_text(entry.header))
        for column, entry in enumerate(fields)
    )
    yield (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s"><dimension ref="A1:%s%d"/>'
        b'<sheetViews><sheetView%s workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
        b'state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>%s</cols><sheetData>'
        b'<row r="1">%s</row>'
    ) % (
        DIALECT.main,
        column_letter(len(fields) - 1).encode(),
        sheet.rows + 1,
        b' tabSelected="1"' if selected else b"",
        columns,
        cells,
    )
    for _ in sheet.tasks:
        yield next(pieces)
    yield b'</sheetData><autoFilter ref="A1:%s%d"/></worksheet>' % (
        column_letter(len(fields) - 1).encode(),
        sheet.rows + 1,
    )


def rows_of(tasks: list[Rows]) -> list[str]:
    """Each task's rows as XML in an encrypted file beside its spool; run in a worker, whose pipe is too narrow for them."""
    return [write_sealed(Path(task.facts.spool).parent, _rows(task), prefix="rows-") for task in tasks]


def _rows(task: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    from stuvalid.pupils.facts import read_spool

    content = read_spool(task.facts.spool).combine_chunks()
    if not content.num_rows:
        return b""
    numbers = pa.array(range(task.first, task.first + content.num_rows)).cast(pa.string())
    parts: list[Any] = ['<row r="', numbers, '">']
    for column, entry in enumerate(template(task.facts.template).fields):
        if entry.key in content.column_names:
            parts += _cells(content[entry.key].chunk(0), column_letter(column), numbers, task.style)
    rows = pc.binary_join_element_wise(*parts, "</row>", "")
    whole: bytes = rows.buffers()[2].to_pybytes()  # one text behind the other, as they are computed
    return whole


def _cells(values: pa.Array, letters: str, numbers: pa.Array, style: int) -> list[Any]:
    """One column's cells as XML, in parts to be joined; '' where a value is blank."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blanks = pc.equal(values, "")
    count = blanks.true_count
    if count == len(values):
        return []
    careful, edged = _looks(values)
    if careful:
        encoded = values.dictionary_encode()
        texts = [cell_text(value).decode() for value in encoded.dictionary.to_pylist()]
        values = pa.array(texts, pa.string()).take(encoded.indices)
    space = ' xml:space="preserve"' if careful or edged else ""
    parts = [f'<c r="{letters}', numbers, f'" s="{style}" t="inlineStr"><is><t{space}>', values, "</t></is></c>"]
    return [pc.if_else(blanks, "", pc.binary_join_element_wise(*parts, ""))] if count else parts


def _looks(values: pa.Array) -> tuple[bool, bool]:
    """Whether any value needs escaping, and whether any begins or ends with a blank that XML would drop."""
    import numpy as np
    import pyarrow.compute as pc

    buffers = values.buffers()
    if buffers[2] is None:
        return False, False
    offsets = np.frombuffer(buffers[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(buffers[2], dtype=np.uint8)[: int(offsets[-1])]
    filled = offsets[1:] > offsets[:-1]
    present = np.bincount(data[offsets[0] :], minlength=256) > 0
    careful = bool(present[sorted(_CAREFUL_BYTES)].any())
    if not careful and (present[0xEF] or present[0xC2]):
        careful = bool(pc.any(pc.match_substring_regex(values, _UNCARRIED)).as_py())
    edges = np.concatenate((data[offsets[:-1][filled]], data[offsets[1:][filled] - 1]))
    return careful, bool((edges == ord(" ")).any())
