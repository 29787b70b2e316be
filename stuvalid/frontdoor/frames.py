"""Frames to sheets, sheets to frames: the pupils of a workbook as a DataFrame, and any DataFrame as a form's sheet.

Workers import this module, too: pandas is only loaded where a frame is made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stuvalid.errors import UsageError
from stuvalid.excel.address import column_letter, parse_address
from stuvalid.excel.model import MAX_ROWS, Kind, Sheet, Workbook
from stuvalid.forms import Template, chosen_forms, templates
from stuvalid.forms.matching import match_row
from stuvalid.forms.records import RecordRows
from stuvalid.forms.sheets import FormSheet, find_forms
from stuvalid.frontdoor.results import Mending, changes_frame

if TYPE_CHECKING:
    import pandas as pd

    from stuvalid.check.run import CheckOptions, FileResult
    from stuvalid.forms.table import Part, Table
    from stuvalid.mending.fix import Change, FixOptions
    from stuvalid.report.wording import Wording

NAME = "DataFrame"
LEVELS = ("sheet", "row")
_MOST_ROUNDS = 6
_MOSTLY = 0.5
_FLOAT_DIGITS = 10**15


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """The pupils of one sheet: 0-based sheet ``rows`` and, by field key, the sheet column and the texts."""

    sheet: str
    form: str
    rows: npt.NDArray[np.int32]
    columns: Mapping[str, tuple[int, pa.Array]]


@dataclass(frozen=True, slots=True)
class FrameGleaner:
    """Brings what `read` needs from where a workbook is read."""

    def __call__(self, table: Table, part: Part) -> SheetFrame:
        columns = {}
        for key, column in table.columns.items():
            values = column.values.slice(part.offset, len(part.rows))
            # Joined to itself it is a copy: a slice would carry the texts of all other sheets along.
            columns[key] = part.column_of(key), pa.concat_arrays([values, values.slice(0, 0)])
        return SheetFrame(part.sheet.name, table.template.id, part.rows, columns)


def frame_of(
    gleaned: Sequence[SheetFrame], *, file: str, form: str, sheet: str, not_checked: list[str]
) -> pd.DataFrame:
    """What `read` gives: the pupils of all sheets one below the other."""
    import pandas as pd

    kinds = list(dict.fromkeys(one.form for one in gleaned))
    if len(kinds) > 1:
        raise UsageError(
            f"这个工作簿里有几种表：{'、'.join(kinds)}。",
            f"This workbook holds forms of several kinds: {', '.join(kinds)}.",
            mend_zh="请用 form= 指定一种。",
            mend_en="Say which one with form=.",
        )
    keys = list(dict.fromkeys(key for one in gleaned for key in one.columns))
    data = {key: pd.array(_together(gleaned, key), dtype="string") for key in keys}
    index = pd.MultiIndex.from_arrays(
        [
            np.repeat([one.sheet for one in gleaned], [len(one.rows) for one in gleaned]) if gleaned else [],
            np.concatenate([one.rows for one in gleaned]).astype(np.int64) + 1 if gleaned else [],
        ],
        names=list(LEVELS),
    )
    frame = pd.DataFrame(data, index=index, columns=keys)
    letters = {one.sheet: {key: column_letter(at) for key, (at, _) in one.columns.items()} for one in gleaned}
    frame.attrs = {"form": form, "file": file, "sheet": sheet, "columns": letters, "not_checked": not_checked}
    return frame


def _together(gleaned: Sequence[SheetFrame], key: str) -> Any:
    """One column of all sheets as Python texts, None for a blank cell or a sheet without the column."""
    texts: list[str | None] = []
    for one in gleaned:
        found = one.columns.get(key)
        texts += [text or None for text in found[1].to_pylist()] if found else [None] * len(one.rows)
    return np.array(texts, dtype=object)


class FrameSheets:
    """A DataFrame as the sheets it was read from, or as one sheet with its headers in row 1.

    ``form`` is the form's id or TOML, which a frame of `read` also carries; ``chosen`` that the caller named it, so
    that the columns are taken for it whatever they are called.
    """

    def __init__(self, frame: pd.DataFrame, form: str, *, chosen: bool) -> None:
        self.frame = frame
        self.file = str(frame.attrs.get("file") or NAME)
        self.columns = [str(name) for name in frame.columns]
        self.texts = [_texts(frame.iloc[:, at]) for at in range(len(self.columns))]
        self.has_cells = _has_cells(frame)
        self._rows: dict[str, npt.NDArray[np.int64]] = {}
        self._positions: dict[str, dict[int, int]] = {}
        self._at: dict[str, list[int]] = {}
        forms = _forms(form, frame)
        self.form = _by_keys(self.columns, forms) or (forms[0] if chosen or form else None)
        self._parts = self._of_cells() if self.has_cells else {"": np.arange(len(frame), dtype=np.int64)}
        self.sheets = self._sheets(forms)

    def label(self, sheet: str, row: int) -> Any:
        """The label in the frame's index of a 0-based sheet row, None for one that is no row of the frame."""
        position = self.position(sheet, row)
        return None if position < 0 else self.frame.index[position]

    def position(self, sheet: str, row: int) -> int:
        """Where in the frame a 0-based sheet row stands, -1 for a header or a row that is not there."""
        if sheet not in self._positions:
            nothing = np.empty(0, dtype=np.int64)
            rows, positions = self._rows.get(sheet, nothing), self._parts.get(sheet, nothing)
            self._positions[sheet] = dict(zip(rows.tolist(), positions.tolist(), strict=True))
        return self._positions[sheet].get(row, -1)

    def column(self, sheet: str, column: int) -> int:
        """Which of the frame's columns stands at a 0-based sheet column, -1 for none."""
        places = self._at.get(sheet, [])
        return places.index(column) if column in places else -1

    def check(self, options: CheckOptions) -> FileResult:
        """What the rules say of it."""
        from stuvalid.check.conductor import check_sheets

        return check_sheets(self.file, self.sheets, options)

    def _of_cells(self) -> dict[str, npt.NDArray[np.int64]]:
        """By sheet the positions of its pupils in the frame."""
        names = np.asarray(self.frame.index.get_level_values(LEVELS[0]), dtype=object)
        return {str(name): np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}

    def _sheets(self, forms: Sequence[Template]) -> list[FormSheet]:
        found: list[FormSheet] = []
        for name, positions in self._parts.items():
            sheet, header = self._sheet(name, positions)
            if self.form is None:
                found += find_forms(Workbook("dataframe", [sheet]), forms)
                continue
            match = replace(match_row(tuple(sheet.head(header + 1)[header]), header, self.form), named=True)
            filled = np.zeros(sheet.height, dtype=np.bool_)
            for matched in match.columns:
                filled |= _filled(sheet.columns[matched.column])
            filled[: header + 1] = False
            blank = np.setdiff1d(self._rows[name], np.flatnonzero(filled)).astype(np.int32)
            found.append(
                FormSheet(sheet, match, RecordRows(np.flatnonzero(filled).astype(np.int32), blank), "dataframe")
            )
        for one in found:
            one.format = "dataframe"
        return found

    def _sheet(self, name: str, positions: npt.NDArray[np.int64]) -> tuple[Sheet, int]:
        """The sheet ``name`` with headers and texts where they stand in the workbook, and its header row."""
        if self.has_cells:
            rows = np.asarray(self.frame.index.get_level_values(LEVELS[1]), dtype=np.int64)[positions] - 1
            header = int(rows.min()) - 1
            letters = (self.frame.attrs.get("columns") or {}).get(name, {})
            places = _places(self.columns, letters)
        else:
            rows, header, places = positions + 1, 0, list(range(len(self.columns)))
        self._rows[name], self._at[name] = rows, places
        height, width = int(rows.max(initial=header)) + 1, max(places, default=-1) + 1
        columns: list[pa.Array] = [pa.nulls(height, pa.string())] * width
        kinds = np.zeros((height, width), dtype=np.uint8)
        for at, title, (texts, damaged) in zip(places, self.columns, self.texts, strict=True):
            source = np.full(height, -1, dtype=np.int64)
            source[rows], source[header] = positions, len(texts)
            with_title = pa.concat_arrays([texts, pa.array([self._header(title)], pa.string())])
            columns[at] = with_title.take(pa.array(source, mask=source < 0))
            kinds[_filled(columns[at]), at] = Kind.TEXT
            kinds[rows[damaged[positions]], at] = Kind.NUMBER
        plain = not (kinds > Kind.TEXT).any()
        return Sheet(name, True, False, height, width, columns, None if plain else kinds), header

    def _header(self, column: str) -> str:
        """What the form calls a column that is named by its key."""
        entry = self.form.field(column) if self.form is not None else None
        return entry.header if entry is not None else column


def _filled(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which of the texts are there and not ''."""
    filled = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _forms(name: str, frame: pd.DataFrame) -> Sequence[Template]:
    if name:
        return chosen_forms(name)
    try:
        return chosen_forms(str(frame.attrs.get("form") or ""))
    except UsageError:  # a form that was there when the frame was read
        return templates()


def _by_keys(columns: Sequence[str], forms: Sequence[Template]) -> Template | None:
    """The form whose field keys most of the columns are called by."""
    known = {id(form): len(set(columns) & set(form.keys)) for form in forms}
    best = max(forms, key=lambda form: (known[id(form)], -len(form.keys)))
    return best if known[id(best)] >= max(1.0, _MOSTLY * len(columns)) else None


def _has_cells(frame: pd.DataFrame) -> bool:
    """Whether the index says where in a workbook each row stands, once each."""
    if tuple(frame.index.names) != LEVELS or not len(frame) or not frame.index.is_unique:
        return False
    rows = frame.index.get_level_values(LEVELS[1])
    if rows.dtype.kind not in "iu":
        return False
    return bool(rows.min() > 1 and rows.max() <= MAX_ROWS)


def _places(columns: Sequence[str], letters: Mapping[str, str]) -> list[int]:
    """A sheet column for each of the frame's: where it was read from, new ones behind the others."""
    known = []
    for name in columns:
        address = parse_address(f"{letters[name]}1") if name in letters else None
        known.append(-1 if address is None else address[1])
    free = max(known, default=-1) + 1
    places: list[int] = []
    for place in known:
        taken = place < 0 or place in places
        places.append(free if taken else place)
        free += taken
    return places


def _texts(values: pd.Series[Any]) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """A column as texts, blank ones null, and which of them lost digits as a floating number."""
    lost = np.zeros(len(values), dtype=np.bool_)
    kind = values.dtype.kind if isinstance(values.dtype, np.dtype) else ""
    if kind == "f":
        lost = np.asarray(values.abs() >= _FLOAT_DIGITS, dtype=np.bool_)
    if kind not in "fiubM":
        try:
            array = pa.array(values, type=pa.string(), from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, UnicodeError):
            pass  # not all of them texts
        else:
            return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array, lost
    missing = np.asarray(values.isna(), dtype=np.bool_)
    texts = [None if gap else _text(value) for value, gap in zip(values.tolist(), missing, strict=True)]
    return pa.array(texts, pa.string()), lost


def _text(value: Any) -> str:
    """What a value of Python means in a cell of the form."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.isoformat(" ")
    return value.strftime("%Y%m%d") if isinstance(value, dt.date) else str(value)


@dataclass(slots=True)
class _Round:
    """A frame while it is mended: the copy, what was written, and where."""

    frame: pd.DataFrame
    changes: list[Change] = field(default_factory=list)


def mend_frame(frame: pd.DataFrame, options: FixOptions, wording: Wording, *, chosen: bool) -> Mending[pd.DataFrame]:
    """A mended copy of ``frame``, to the fixed point as `mending.fix` does, and what was written."""
    from stuvalid.mending.fix import wanted_changes

    state = _Round(frame.copy())
    state.frame.attrs = dict(frame.attrs)
    sheets = FrameSheets(state.frame, options.check.template, chosen=chosen)
    if not sheets.sheets:
        raise UsageError(
            "这个 DataFrame 的列不像任何模板。",
            "The columns of this DataFrame are those of no form.",
            mend_zh="列名用表头或字段名，或用 form= 指定模板。",
            mend_en="Call them by headers or field keys, or give form=.",
        )
    done: set[tuple[str, int, int, str]] = set()
    for _ in range(_MOST_ROUNDS):
        result = sheets.check(replace(options.check))
        plan = [
            change
            for change in wanted_changes(result, options)
            if (change.sheet, change.row, change.column, change.new) not in done
        ]
        if not plan:
            break
        done |= {(change.sheet, change.row, change.column, change.new) for change in plan}
        state.changes += [change for change in plan if _apply(state.frame, sheets, change)]
        sheets = FrameSheets(state.frame, options.check.template, chosen=chosen)
    return Mending(state.frame, changes_frame(state.changes, sheets.file, wording, sheets))


def _apply(frame: pd.DataFrame, sheets: FrameSheets, change: Change) -> bool:
    """Write one change into ``frame``: a cell, or the name of a column."""
    import pandas as pd

    column = sheets.column(change.sheet, change.column)
    row = sheets.position(change.sheet, change.row)
    if column < 0:
        return False
    if row < 0:
        if sheets.columns[column] != change.old:  # a key of ours stood for the header
            return False
        names = list(frame.columns)
        names[column] = change.new
        frame.columns = pd.Index(names)
        return True
    if not (pd.api.types.is_string_dtype(frame.dtypes.iloc[column]) or frame.dtypes.iloc[column].kind == "O"):
        frame.isetitem(column, frame.iloc[:, column].astype(object).array)
    frame.iat[row, column] = change.new if change.new else pd.NA
    return True
