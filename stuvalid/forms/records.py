"""Which rows below a header are pupils, and which are blanks, samples or remarks."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid.excel.model import Sheet
from stuvalid.forms.matching import HeaderMatch

_SAMPLE = re.compile(
    r"示例|样例|范例|举例|填写说明|填表说明|例[：:]|^例$|^\(?(?:必填|选填|必填项|文本)\)?$"
    r"|^[Xx某×*]{2,}$|^某某"
)
_SAMPLE_NAMES = frozenset({"张三", "李四", "张三（例）", "张三(例)"})
_MASKED_NUMBER = re.compile(r"[0-9]{3,6}[Xx×*]{3,}[0-9Xx×*]*")
_FOOTER = re.compile(
    r"^(?:合计|总计|小计|共计|填表人|制表人|审核人|校长|班主任|联系人|备注|说明|注|填表日期|制表日期|单位\(?公?章)"
)
_LEAST_CELLS = 3
_SAMPLE_ROWS = 3
_TOKEN_KEYS = ("name", "id_number", "school_code", "sex", "birth_date", "continuation_mark")


@dataclass(frozen=True, slots=True)
class RecordRows:
    """0-based sheet rows: pupils, wholly blank rows among them, sample rows, other rows with a little text."""

    records: npt.NDArray[np.int32]
    blanks: npt.NDArray[np.int32]
    samples: tuple[int, ...] = ()
    strays: tuple[int, ...] = ()


def find_records(sheet: Sheet, match: HeaderMatch) -> RecordRows:
    """Sort the rows below the header of ``match``."""
    first = match.header_row + 1
    if first >= sheet.height:
        nothing = np.empty(0, dtype=np.int32)
        return RecordRows(nothing, nothing)
    counts = np.zeros(sheet.height - first, dtype=np.int32)
    for matched in match.columns:
        counts += _filled(sheet.columns[matched.column], first)
    candidates = np.flatnonzero(counts >= _LEAST_CELLS) + first
    samples = _samples(sheet, match, candidates)
    footers = {int(row) for row in candidates[-4:] if _is_footer(sheet, match, int(row))}
    dropped = samples | footers
    records = np.array([row for row in candidates if row not in dropped] if dropped else candidates, dtype=np.int32)
    few = np.flatnonzero((counts > 0) & (counts < _LEAST_CELLS)) + first
    last = int(records[-1]) if len(records) else first
    blanks = np.flatnonzero(counts == 0).astype(np.int32) + first
    strays = tuple(int(row) for row in few if row < last or not _is_number_only(sheet, match, int(row)))
    return RecordRows(
        records, blanks[blanks < last].astype(np.int32), tuple(sorted(samples)), tuple(sorted({*strays, *footers}))
    )


def _filled(values: pa.Array, first: int) -> npt.NDArray[np.bool_]:
    """Which cells from row ``first`` on have any text."""
    part = values.slice(first)
    if part.null_count == len(part):
        return np.zeros(len(part), dtype=np.bool_)
    offsets = np.frombuffer(part.buffers()[1], dtype=np.int32)[part.offset : part.offset + len(part) + 1]
    filled = np.diff(offsets) > 0
    return np.asarray(filled, dtype=np.bool_)


def _samples(sheet: Sheet, match: HeaderMatch, candidates: npt.NDArray[np.intp]) -> set[int]:
    """Sample and hint rows stand directly below the header, or say in the name that they are samples."""
    columns = {matched.field.key: matched.column for matched in match.columns}
    found = set()
    for row in candidates[:_SAMPLE_ROWS].tolist():
        cells = [sheet.text(row, columns[key]).strip() for key in _TOKEN_KEYS if key in columns]
        head = [sheet.text(row, column).strip() for column in range(min(sheet.width, 3))]
        first = row == int(candidates[0]) and len(candidates) > 1
        if (
            any(_SAMPLE.search(text) for text in (*cells, *head))
            or any(_MASKED_NUMBER.fullmatch(text) for text in cells)
            or (first and any(text in _SAMPLE_NAMES for text in cells))
        ):
            found.add(row)
    return found


def _is_footer(sheet: Sheet, match: HeaderMatch, row: int) -> bool:
    texts = [text for column in range(sheet.width) if (text := sheet.text(row, column).strip())]
    return bool(texts) and len(texts) <= max(6, len(match.columns) // 6) and _FOOTER.match(texts[0]) is not None


def _is_number_only(sheet: Sheet, match: HeaderMatch, row: int) -> bool:
    """A row that was only numbered in advance (1, 2, 3 …): no pupil and no remark."""
    texts = [sheet.text(row, column).strip() for column in range(sheet.width)]
    return all(text.isdigit() and len(text) < 5 for text in texts if text)
