"""Word papers (docx) as a workbook of sheets: each table one, its cells where they stand, and one of the lines between them.

python-docx opens the document; cells are walked here, as its own `table.cell` costs the square of their number and its texts leave out
boxes to tick: content controls, form fields, symbols.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from stuvalid.errors import UnreadableFile
from stuvalid.excel.model import Sheet, Workbook

LINES = "正文"
_MOST_BYTES = 200 << 20
_MOST_TABLES, _MOST_CELLS = 200, 200_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BOXES = {
    "F052": "☑",
    "F0FE": "☑",
    "F0FC": "√",
    "F050": "√",
    "F053": "☒",
    "F0FD": "☒",
    "F054": "☒",
    "F078": "☒",
    "F0A3": "□",
    "F0A8": "□",
    "F06F": "□",
    "F071": "□",
    "F0A1": "○",
    "F0A4": "●",
}
_ON = ("1", "true", "on")


def is_available() -> bool:
    """Whether python-docx is there (the extra ``papers``)."""
    from importlib.util import find_spec

    return find_spec("docx") is not None


def read_docx(data: bytes) -> Workbook:
    """The tables of a document as sheets 表1, 表2 …, then its lines. Raises UnreadableFile."""
    if not is_available():
        raise UnreadableFile(
            "读 Word 文件要另装组件。",
            "A component is needed to read Word files.",
            reason="component-missing",
            mend_zh="运行 pip install 'stuvalid[papers]' 后再试。",
            mend_en="Run pip install 'stuvalid[papers]' and try again.",
        )
    try:
        import docx

        _refuse_large(data)

        body = docx.Document(io.BytesIO(data)).element.body
        return Workbook("docx", list(_sheets(body)))
    except UnreadableFile:
        raise
    except Exception as error:  # python-docx and lxml raise whatever a damaged part makes them
        if isinstance(error, MemoryError):
            raise
        raise UnreadableFile(
            f"Word 文件损坏，读不了（{type(error).__name__}）。",
            f"This Word file is damaged ({type(error).__name__}).",
            reason="corrupt",
            mend_zh="请家长重新发送，或另存为 .xlsx。",
            mend_en="Ask for it again, or for an .xlsx file.",
        ) from error


def _refuse_large(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
            raise UnreadableFile("这个文件解开后太大。", "This file is too large.", reason="too-large")


def _sheets(body: Any) -> Iterator[Sheet]:
    tables = [table for number, table in enumerate(body.iter(f"{_W}tbl")) if number < _MOST_TABLES]
    for number, table in enumerate(tables, start=1):
        yield _table(table, f"表{number}")
    lines = [_text(paragraph) for paragraph in body.iter(f"{_W}p") if not _is_in_table(paragraph)]
    yield _sheet(LINES, {(row, 0): text for row, text in enumerate(lines)}, [], len(lines), 1)


def _is_in_table(element: Any) -> bool:
    return any(parent.tag in (f"{_W}tc", f"{_MC}Fallback") for parent in element.iterancestors())


def _table(table: Any, name: str) -> Sheet:
    texts: dict[tuple[int, int], str] = {}
    merged: list[tuple[int, int, int, int]] = []
    growing: dict[int, tuple[int, int, int, int]] = {}
    width = row = 0
    for line in _own(table, "tr"):
        column = _number(line.find(f"{_W}trPr/{_W}gridBefore"))
        still: dict[int, tuple[int, int, int, int]] = {}
        for cell in _own(line, "tc"):
            properties = cell.find(f"{_W}tcPr")
            span = max(1, _number(properties.find(f"{_W}gridSpan")) if properties is not None else 1)
            vertical = properties.find(f"{_W}vMerge") if properties is not None else None
            going_on = vertical is not None and vertical.get(f"{_W}val", "continue") != "restart"
            if going_on and column in growing:
                top, left, _, right = growing[column]
                still[column] = (top, left, row, right)
            else:
                texts[row, column] = "\n".join(_text(part) for part in _own(cell, "p")).strip("\n")
                if vertical is not None:
                    still[column] = (row, column, row, column + span - 1)
                elif span > 1:
                    merged.append((row, column, row, column + span - 1))
            column += span
            if len(texts) > _MOST_CELLS:
                raise UnreadableFile("表格太大。", "The table is too large.", reason="too-large")
        merged += [area for place, area in growing.items() if place not in still]
        growing = still
        width, row = max(width, column), row + 1
    merged += growing.values()
    areas = [area for area in merged if area[:2] != area[2:]]
    return _sheet(name, texts, areas, row, width)


def _own(element: Any, name: str) -> Iterator[Any]:
    """The parts of this name that are an element's own: not those of a table within, content controls are looked through."""
    for child in element:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}smartTag"):
            yield from _own(child, name)


def _sheet(
    name: str, texts: dict[tuple[int, int], str], merged: list[tuple[int, int, int, int]], height: int, width: int
) -> Sheet:
    import pyarrow as pa

    columns = [
        pa.array([texts.get((row, column)) or None for row in range(height)], pa.string()) for column in range(width)
    ]
    return Sheet(name, True, False, height, width, columns, merged=tuple(merged))


def _number(element: Any) -> int:
    value = element.get(f"{_W}val") if element is not None else None
    return int(value) if value and value.isdigit() and len(value) < 4 else 0


def _text(element: Any) -> str:
    """What a person sees of a paragraph: no deleted text, no placeholder, boxes as ☑ and □."""
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        if tag == f"{_W}t":
            yield child.text or ""
        elif tag in (f"{_W}tab", f"{_W}ptab"):
            yield "\t"
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif tag == f"{_W}noBreakHyphen":
            yield "-"
        elif tag == f"{_W}sym":
            yield _BOXES.get(child.get(f"{_W}char", "").upper(), "")
        elif tag == f"{_W}fldChar":
            yield _form_field(child)
        elif tag == f"{_W}sdt":
            yield from _control(child)
        elif tag not in (
            f"{_W}del",
            f"{_W}instrText",
            f"{_W}delText",
            f"{_MC}Fallback",
            f"{_W}tbl",
            f"{_W}pPr",
            f"{_W}rPr",
        ):
            yield from _pieces(child)


def _form_field(element: Any) -> str:
    box = element.find(f"{_W}ffData/{_W}checkBox")
    if box is None:
        return ""
    state = box.find(f"{_W}checked")
    if state is None:
        state = box.find(f"{_W}default")
    return "☑" if state is not None and state.get(f"{_W}val", "1") in _ON else "□"


def _control(element: Any) -> Iterator[str]:
    properties = element.find(f"{_W}sdtPr")
    content = element.find(f"{_W}sdtContent")
    if properties is not None:
        box = properties.find(f"{_W14}checkbox")
        if box is not None:
            state = box.find(f"{_W14}checked")
            yield "☑" if state is not None and state.get(f"{_W14}val", "1") in _ON else "□"
            return
        if properties.find(f"{_W}showingPlcHdr") is not None:
            return
    if content is not None:
        yield from _pieces(content)
