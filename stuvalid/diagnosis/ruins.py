"""Columns that one operation ruined: digits and zeros lost, wrong encoding, replaced throughout, taken apart, dead references.

Each event has a mark that a cell bears by itself; it is told where nearly all cells of a run bear it. What the cell still tells
is put back; what is lost is said to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stuvalid.codes.characters import ungarbled
from stuvalid.diagnosis.fits import fits
from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import View
from stuvalid.excel.model import Kind
from stuvalid.findings import Block, Fix
from stuvalid.forms import Field

_LEAST = 5
_SHARE, _MOSTLY = 0.8, 0.6
_SOME = 8
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{1,2}")
_MASKED = re.compile(r"[^*]*[*＊]{2,}[^*]*")
_LETTERS = re.compile(r"[0-9OoIlXx]*[OoIl][0-9OoIlXx]*")
_PLACES = "省市县区镇乡村路街号"
_DIGITS = {"postcode": 6, "school_code": 10, "division": 12}


@dataclass(frozen=True, slots=True)
class _Event:
    """``marks`` says whether a text of a field, stored as a kind, bears the mark; ``zh`` and ``en`` what happened."""

    marks: Callable[[str, Field, int], bool]
    zh: str
    en: str
    lost: bool = False


_OF_DIGITS = frozenset({"id_number", "date", "month", "phone", "postcode", "division", "class_code", "school_code"})
_EVENTS: tuple[_Event, ...] = (
    _Event(
        lambda text, _, kind: text in _ERRORS or kind == Kind.ERROR,
        "都成了公式错误（#REF!、#N/A 等），公式引用的表已经不在了；从原来的表按“值”重新粘贴",
        "are errors of formulas whose source is gone; paste them as values from the source",
        lost=True,
    ),
    _Event(
        lambda text, _, kind: _EXPONENT.fullmatch(text) is not None,
        "都变成了科学计数法（如1.4E+17），后面的数字已丢失；从原表按文本重新导入",
        "became scientific notation (1.4E+17), their last digits are lost; import them again as text",
        lost=True,
    ),
    _Event(
        lambda text, entry, kind: entry.kind == "id_number" and kind == Kind.NUMBER and len(text) > 15,
        "都存成了数字，第15位以后的数字已丢失；从原表按文本重新导入",
        "were stored as numbers, what is beyond 15 digits is lost; import them again as text",
        lost=True,
    ),
    _Event(
        lambda text, entry, _: entry.kind in ("name", "text", "address") and ungarbled(text) is not None,
        "都是乱码：打开或导入时选错了编码；用原文件按正确的编码重新导入",
        "are garbled: the file was opened in a wrong encoding; import the original again",
    ),
    _Event(
        lambda text, entry, kind: (
            text.isascii()
            and text.isdigit()
            and (
                len(text) == _DIGITS.get(entry.kind, 0) - 1
                or (entry.kind == "phone" and len(text) in (10, 11) and (text[0] in "2345678" or len(text) == 10))
            )
        ),
        "都少了开头的0：存成了数字；把列设为文本后补0",
        "lost their leading zero: they were stored as numbers; make the column text and put it back",
    ),
    _Event(
        lambda text, entry, _: entry.kind in _OF_DIGITS and _LETTERS.fullmatch(text) is not None and len(text) > 5,
        "里的数字0或1都被替换成了字母；用“查找和替换”换回来",
        "have letters in place of 0 or 1 throughout; replace them back",
    ),
    _Event(
        lambda text, entry, kind: entry.kind in ("date", "month") and kind == Kind.DATE,
        "都被存成了 Excel 日期，不是要求的8位数字文本；把列设为文本后重填",
        "were stored as Excel dates, not as the eight digits that are wanted; make the column text",
    ),
)


def ruined_columns(view: View, blocks: Iterable[Block]) -> Iterator[Hypothesis]:
    """Every column that one operation ruined, those of one event together."""
    faults = _faulty_rows(view, blocks)
    suspects = [key for key in view.keys if len(faults.get(key, ())) >= _LEAST]
    taken: set[str] = set()
    for event in _EVENTS:
        found: dict[str, list[int]] = {}
        for key in suspects:
            rows = _marked(view, key, event) if key not in taken else []
            if len(rows) >= _LEAST:
                found[key] = rows
        taken |= found.keys()
        # Columns of one event that reach over the same rows were ruined at once.
        while found:
            lead = next(iter(found))
            span = found[lead][0], found[lead][-1]
            mine = [key for key, rows in found.items() if _alike(span, (rows[0], rows[-1]))]
            yield _ruined(view, {key: found.pop(key) for key in mine}, event, blocks)
    rest = [key for key in suspects if key not in taken]
    yield from _replaced_codes(view, rest, blocks)
    yield from taken_apart(view, faults)
    yield from _unmerged(view, rest)
    yield from _letters_gone(view)


def _faulty_rows(view: View, blocks: Iterable[Block]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for block in blocks:
        if block.field in view:
            found.setdefault(block.field, set()).update(block.rows)
    return found


def _marked(view: View, key: str, event: _Event) -> list[int]:
    """The rows that bear the mark, if they are nearly all of a run."""
    texts, entry, kinds = view.texts(key), view.field(key), view.kinds(key)
    rows = [p for p, text in enumerate(texts) if text and event.marks(text, entry, kinds[p])]
    if len(rows) < _LEAST:
        return []
    filled = sum(bool(text) for text in texts[rows[0] : rows[-1] + 1])
    return rows if len(rows) >= _SHARE * filled else []


def _alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] - other[0]) <= _LEAST and abs(one[1] - other[1]) <= _LEAST


def _ruined(view: View, found: Mapping[str, list[int]], event: _Event, blocks: Iterable[Block]) -> Hypothesis:
    rows = sorted({p for mine in found.values() for p in mine})
    repair: dict[str, dict[int, str]] = {}
    safe = not event.lost
    if not event.lost:
        for key, mine in found.items():
            fixes = _fixes_of(view, key, blocks)
            known = {p: fixes[p].value for p in mine if p in fixes}
            safe = safe and all(fixes[p].safe for p in known)
            if event.zh.startswith("都是乱码"):
                known, safe = known | {p: text for p in mine if (text := _meant(view.texts(key)[p]))}, False
            if len(known) >= _MOSTLY * len(mine):
                repair[key] = known
    return _hypothesis(tuple(found), rows, repair, event.zh, event.en, safe=safe and bool(repair))


def _meant(text: str) -> str:
    """What a garbled text was, where that is certain: written and read again the wrong way it is the same."""
    meant = ungarbled(text)
    if meant is None or "?" in meant or "\ufffd" in meant:
        return ""
    for wrong in ("latin-1", "cp1252", "gb18030"):
        try:
            if meant.encode("utf-8").decode(wrong) == text:
                return meant
        except UnicodeError:
            continue
    return ""


def _hypothesis(
    keys: tuple[str, ...],
    rows: Sequence[int],
    repair: Mapping[str, Mapping[int, str]],
    zh: str,
    en: str,
    *,
    safe: bool = False,
) -> Hypothesis:
    return Hypothesis(
        "column_ruined",
        keys,
        rows[0],
        rows[-1],
        len(rows) * len(keys),
        repair,
        {"event": zh, "event_en": en},
        all_faults=True,
        safe=safe,
    )


def _fixes_of(view: View, key: str, blocks: Iterable[Block]) -> dict[int, Fix]:
    """What the rules would write in a column, by position."""
    found: dict[int, Fix] = {}
    for block in blocks:
        if block.field == key and block.fixes:
            for row, fix in zip(block.rows, block.fixes, strict=True):
                if fix is not None and row in view.positions:
                    found.setdefault(view.positions[row], fix)
    return found


def _replaced_codes(view: View, suspects: Sequence[str], blocks: Iterable[Block]) -> Iterator[Hypothesis]:
    """The same characters are missing, or too many, in nearly all codes of a column: 汉 for 汉族."""
    for key in suspects:
        fixes = _fixes_of(view, key, blocks)
        if view.field(key).kind != "code" or len(fixes) < _LEAST:
            continue
        texts = view.texts(key)
        filled = sum(map(bool, texts))
        ends = {_gone(texts[p], fix.value) for p, fix in fixes.items()} - {""}
        for end in ends:
            rows = sorted(p for p, fix in fixes.items() if _gone(texts[p], fix.value) == end)
            if len(rows) >= _SHARE * filled:
                zh = f"里的“{end}”都被替换没了；用原来的值，或按代码表逐类替换回来"
                yield _hypothesis(
                    (key,), rows, {key: {p: fixes[p].value for p in rows}}, zh, f"lost {end} everywhere by replacing"
                )


def _gone(text: str, meant: str) -> str:
    """What was cut off the end of a code: 族 of 汉; '' if it differs otherwise."""
    return meant[len(text) :] if text and meant.startswith(text) else ""


def letters_may_be_gone(view: View) -> bool:
    """Whether the first addresses of a column differ from those beside them by one character; cheap to ask."""
    addresses = [key for key in view.keys if view.field(key).kind == "address"]
    some = [view.first_texts(key, _SOME) for key in addresses]
    return (
        any(
            len(one) > len(other) and _lacks(one, other)
            for texts in zip(*some, strict=True)
            for one in texts
            for other in texts
        )
        if len(addresses) > 1
        else False
    )


def _lacks(one: str, other: str) -> bool:
    return bool(other) and any(char not in other and one.replace(char, "") == other for char in set(one) & set(_PLACES))


def _letters_gone(view: View) -> Iterator[Hypothesis]:
    """Addresses of one column lack a character that the same address has elsewhere in its row: 市 replaced by nothing."""
    addresses = [key for key in view.keys if view.field(key).kind == "address"]
    for key in addresses:
        mine = view.texts(key)
        for char in _PLACES:
            if any(char in text for text in mine):
                continue
            for other in addresses:
                theirs = view.texts(other) if other != key else []
                rows = [
                    p for p, text in enumerate(theirs) if mine[p] and char in text and text.replace(char, "") == mine[p]
                ]
                if len(rows) >= _LEAST and len(rows) >= _MOSTLY * sum(map(bool, mine)):
                    zh, en = f"里的“{char}”都被替换没了", f"lost {char} everywhere by replacing"
                    repair = {key: {p: theirs[p] for p in rows}}
                    every = [p for p, text in enumerate(mine) if text]
                    yield _hypothesis((key,), every, repair, zh, en)
                    return


def taken_apart(view: View, faults: Mapping[str, set[int]]) -> Iterator[Hypothesis]:
    """Text to columns: a value lies in pieces in its own column and those to the right of it."""
    for number, key in enumerate(view.keys):
        entry = view.field(key)
        if entry.kind not in ("id_number", "date", "address"):
            continue
        for width in (3, 2):
            keys = view.keys[number : number + width]
            if len(keys) < width or not any(len(faults.get(one, ())) >= _LEAST for one in keys):
                continue
            columns = [view.texts(one) for one in keys]
            whole = ["".join(texts) for texts in zip(*columns, strict=True)]
            rows = [p for p in range(view.size) if _in_pieces(view, key, p, whole[p], columns)]
            least = _MOSTLY if entry.kind == "address" else _SHARE
            if len(rows) < _LEAST or len(rows) < least * (rows[-1] - rows[0] + 1):
                continue
            repair = {key: {p: whole[p] for p in rows}}
            for one, texts in zip(keys[1:], columns[1:], strict=True):
                strange = [p for p in rows if fits(texts[p], view.field(one)) <= 0]
                if entry.kind == "address" or len(strange) >= _MOSTLY * len(rows):
                    repair[one] = dict.fromkeys(rows, "")
            zh = "是被“分列”拆开的，右边的列原来的内容已被盖掉；先拼回第一列，其余的重填"
            yield _hypothesis(tuple(repair), rows, repair, zh, "were taken apart by text to columns")
            return


def _in_pieces(view: View, key: str, position: int, whole: str, columns: Sequence[Sequence[str]]) -> bool:
    pieces = [texts[position] for texts in columns]
    if not all(pieces):
        return False
    entry = view.field(key)
    if entry.kind != "address":
        return fits(pieces[0], entry) <= 0 < fits(whole, entry)
    return any(
        whole == view.texts(other)[position]
        for other in view.keys
        if other != key and view.field(other).kind == "address" and view.texts(other) is not columns[1]
    )


_FILLED_DOWN = ("class_code", "class_name", "grade", "school_code", "enrolment_month", "campus_code")


def _unmerged(view: View, suspects: Sequence[str]) -> Iterator[Hypothesis]:
    """Merged cells taken apart: the first row of each group has the value, those below are blank."""
    for key in _FILLED_DOWN:
        if key not in suspects:
            continue
        texts = view.texts(key)
        blank = [p for p, text in enumerate(texts) if not text]
        if not texts[0] or len(blank) < 2 * _LEAST or len(blank) < _MOSTLY * view.size:
            continue
        repair: dict[int, str] = {}
        value = ""
        for p, text in enumerate(texts):
            value = text or value
            if not text:
                repair[p] = value
        zh = "是取消合并单元格后留下的：只有每组第一行有值，下面的都空着；选中后用“定位空值”向下填充"
        yield _hypothesis(
            (key,),
            blank,
            {key: repair},
            zh,
            "had merged cells that were taken apart: only the first row of a group has the value",
        )


def masked_export(view: View, blocks: Iterable[Block]) -> Iterator[Hypothesis]:
    """Numbers and phones of which the middle is stars, in nearly all rows: a list that a system put out for show."""
    faults = _faulty_rows(view, blocks)
    found: dict[str, list[int]] = {}
    for key in view.keys:
        if view.field(key).kind in ("id_number", "phone", "name", "address") and len(faults.get(key, ())) >= _LEAST:
            texts = view.texts(key)
            rows = [p for p, text in enumerate(texts) if text and _MASKED.fullmatch(text)]
            if rows and len(rows) >= _SHARE * sum(map(bool, texts)):
                found[key] = rows
    if not any(view.field(key).kind == "id_number" for key in found):
        return
    rows = sorted({p for mine in found.values() for p in mine})
    yield Hypothesis("masked_export", tuple(found), rows[0], rows[-1], len(rows) * len(found), all_faults=True)
