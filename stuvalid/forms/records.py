"""Which rows below a header are pupils, and which are blanks, samples or remarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stuvalid.codes import identity
from stuvalid.excel.model import Sheet
from stuvalid.forms.matching import HeaderMatch, MatchedColumn

_HINT = re.compile(r"示例|样例|范例|举例|填写说明|填表说明|例[：:]|^\(?(?:必填|选填|必填项|文本)\)?$|张三[（(]例[）)]")
_SAMPLE_NAME = re.compile(r"例|[Xx某×*]{2,}|某某.?|[张李王][Xx某×*]+|张三|李四|王五")
_FOOTER = re.compile(
    r"^(?:合计|总计|小计|共计|本页|填表人|制表人|审核人|填报人|经办人|负责人|校长|班主任|联系人|备注|说明|注[：:]|填表日期"
    r"|制表日期|填报日期|日期[：:]|单位\(?（?公?章|学校\(?（?公?章|盖章|签字|签名)"
)
_LEAST_CELLS = 3
_SAMPLE_ROWS = 3
_LAST_ROWS = 10
_BARELY_FILLED = 0.4
_TOKEN_KEYS = ("name", "id_number", "school_code", "sex", "birth_date", "continuation_mark")
_PERSON_KEYS = ("name", "sex", "birth_date", "id_number")
_LEAST_DIGITS = 8
_NAME = re.compile(r"[\u3400-\u9fff·]{2,4}")
_NO_NAME = re.compile(r"班级|年级|人数|男生?|女生?|序号|姓名|项目|总数|其中|统计|类别|表格|标题")
_SEXES = {"男": 1, "女": 0}


@dataclass(frozen=True, slots=True)
class RecordRows:
    """0-based sheet rows: pupils, wholly blank rows among them, sample rows, other rows with a little text."""

    records: npt.NDArray[np.int32]
    blanks: npt.NDArray[np.int32]
    samples: tuple[int, ...] = ()
    strays: tuple[int, ...] = ()


def find_records(sheet: Sheet, match: HeaderMatch, least: int = _LEAST_CELLS) -> RecordRows:
    """Sort the rows below the header of ``match``; a record has at least ``least`` cells."""
    first = match.header_row + 1
    if first >= sheet.height:
        nothing = np.empty(0, dtype=np.int32)
        return RecordRows(nothing, nothing)
    counts = np.zeros(sheet.height - first, dtype=np.int32)
    for matched in match.columns:
        counts += _filled(sheet.columns[matched.column], first)
    outside = np.zeros(len(counts), dtype=np.bool_)
    for column in set(range(sheet.width)) - {matched.column for matched in match.columns}:
        outside |= _filled(sheet.columns[column], first)
    candidates = np.flatnonzero(counts >= least) + first
    samples = _samples(sheet, match, candidates)
    others = _others(sheet, match, candidates, counts[candidates - first])
    dropped = samples | others
    records = np.array([row for row in candidates if row not in dropped] if dropped else candidates, dtype=np.int32)
    last = int(records[-1]) if len(records) else first
    few = np.flatnonzero(((counts > 0) | outside) & (counts < least)) + first
    blanks = np.flatnonzero((counts == 0) & ~outside).astype(np.int32) + first
    strays = {int(row) for row in few if not _is_number_only(sheet, int(row)) or (row < last and counts[row - first])}
    return RecordRows(
        records, blanks[blanks < last].astype(np.int32), tuple(sorted(samples)), tuple(sorted(strays | others))
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
    """Sample and hint rows: they stand directly below the header and say so, or have a sample's name and no number.

    Nothing that may be a pupil is one: children are called 张三, and an export masks everybody's number.
    """
    columns = {matched.field.key: matched.column for matched in match.columns}
    found = set()
    for row in candidates[:_SAMPLE_ROWS].tolist():
        cells = {key: sheet.text(row, columns[key]).strip() for key in (*_TOKEN_KEYS, "id_type") if key in columns}
        head = [sheet.text(row, column).strip() for column in range(min(sheet.width, 3))]
        if any(_HINT.search(text) for text in (*cells.values(), *head)) or (
            _SAMPLE_NAME.fullmatch(cells.get("name", "")) and not _may_be_pupil(cells)
        ):
            found.add(row)
    return found


def _may_be_pupil(cells: dict[str, str]) -> bool:
    """Whether what stands beside a sample's name is a person's: a valid number that agrees, or a reason for none."""
    number, kind = cells.get("id_number", "").upper(), cells.get("id_type", "")
    if kind and "身份证" not in kind and kind != "居民户口簿":
        return True
    if not identity.RESIDENT.fullmatch(number) or not identity.body_of(number):
        return "id_number" not in cells
    sex, birth = cells.get("sex", ""), re.sub(r"[^0-9]", "", cells.get("birth_date", ""))
    agrees = sex not in _SEXES or int(number[16]) % 2 == _SEXES[sex]
    return agrees and (len(birth) != 8 or birth == number[6:14])


def _others(
    sheet: Sheet, match: HeaderMatch, candidates: npt.NDArray[np.intp], counts: npt.NDArray[np.int32]
) -> set[int]:
    """Rows with several cells that are no pupils: totals and signatures, the header again, a table below the pupils."""
    columns = {matched.field.key: matched for matched in match.columns}
    found = {int(row) for row in candidates[-_LAST_ROWS:] if _is_footer(sheet, match, int(row))}
    if "name" in columns and not match.two_rows:
        repeated = pc.equal(sheet.columns[columns["name"].column], columns["name"].text)
        again = np.flatnonzero(pc.fill_null(repeated, False).to_numpy(zero_copy_only=False))
        found |= {int(row) for row in again if row > match.header_row}
    if len(candidates) < 2:
        return found
    usual = float(np.median(counts))
    for position in range(len(candidates) - 1, 0, -1):
        row = int(candidates[position])
        if row in found:
            continue
        if counts[position] > _BARELY_FILLED * usual or _has_person(sheet, columns, row):
            break
        found.add(row)
    return found


def _has_person(sheet: Sheet, columns: Mapping[str, MatchedColumn], row: int) -> bool:
    """Whether a barely filled row is a pupil all the same: a name or a sex stands where it should, or a number."""
    texts = {key: sheet.text(row, columns[key].column).strip() for key in _PERSON_KEYS if key in columns}
    number, name = texts.get("id_number", ""), texts.get("name", "")
    return (
        len(number) >= _LEAST_DIGITS
        or texts.get("sex", "") in _SEXES
        or len(texts.get("birth_date", "")) >= len("20150101")
        or (_NAME.fullmatch(name) is not None and not _FOOTER.match(name) and not _NO_NAME.search(name))
    )


def _is_footer(sheet: Sheet, match: HeaderMatch, row: int) -> bool:
    texts = [text for column in range(sheet.width) if (text := sheet.text(row, column).strip())]
    return bool(texts) and len(texts) <= max(6, len(match.columns) // 6) and _FOOTER.match(texts[0]) is not None


def _is_number_only(sheet: Sheet, row: int) -> bool:
    """A row that was only numbered in advance (1, 2, 3 …): no pupil and no remark."""
    texts = [sheet.text(row, column).strip() for column in range(sheet.width)]
    return all(text.isdigit() and len(text) < 5 for text in texts if text)
