"""From what a blank shows to the fields of a form: what is known comes along, what is not is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stuvalid import codes
from stuvalid.forms import Field, record_forms, templates
from stuvalid.forms.loading import shared_keys
from stuvalid.forms.matching import bare_header, plain_header
from stuvalid.forms.model import Condition, FieldKind
from stuvalid.learning.choices import Offered, OwnList, offered, shipped_list
from stuvalid.learning.names import exceptions, guessed_kind, known_field
from stuvalid.learning.page import IssuedColumn, IssuedPage
from stuvalid.learning.said import ColumnWords, is_other_date, read_said
from stuvalid.learning.words import KIND_WORDS

_SHAPES = {
    "division": re.compile(r"[0-9]{6}(?:[0-9]{6})?"),
    "class_code": re.compile(r"[0-9]{7}"),
    "school_code": re.compile(r"[0-9]{10}"),
    "month": re.compile(r"[0-9]{6}"),
    "postcode": re.compile(r"[0-9]{6}"),
    "decimal": re.compile(r"[0-9]+(?:\.[0-9]+)?"),
}
"""Kinds of one shape only: what the form shows otherwise is of another kind there."""

_NUMBERED = frozenset({"division", "class_code", "month"})
"""Kinds that some forms write in words under the very same header."""

_NEVER_CHOSEN = frozenset({"name", "id_number", "phone", "email", "address", "date", "validity", "postcode"})
_LONG_NUMBERS = frozenset({"id_number", "phone", "division", "school_code", "class_code"})
_PLAIN_LISTS = frozenset({"yes_no", "sex"})
_TEXT_SHARE = 0.9
_STORED_AS_NUMBER = "CEL013"
_OTHER_DATES = ("CEL003", "DAT001", "DAT002")


@dataclass(slots=True)
class DraftedField:
    """One column of the draft: ``values`` are what its table says beside the key, ``doubts`` what it could not know.

    ``base`` is our field where it is a known one; it is inherited if ``shared`` has it.
    """

    key: str
    column: IssuedColumn
    base: Field | None
    shared: bool
    values: dict[str, object] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.values.get("kind") or (self.base.kind if self.base is not None else "text"))

    @property
    def required(self) -> bool:
        return self.values.get("required") == "yes"


@dataclass(slots=True)
class Draft:
    """A form as drafted. ``lists`` are the code lists beside it, ``untold`` the rules that it does not hold anybody to."""

    page: IssuedPage
    title: str
    fields: list[DraftedField]
    lists: list[OwnList]
    untold: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)

    @property
    def known(self) -> int:
        return sum(one.base is not None for one in self.fields)

    @property
    def required(self) -> int:
        return sum(one.required for one in self.fields)

    @property
    def open(self) -> int:
        """How many places a person has to look at."""
        return len(self.doubts) + sum(len(one.doubts) for one in self.fields)


def draft_form(page: IssuedPage) -> Draft:
    """The draft of the form that a page shows."""
    told = [read_said(column) for column in page.columns]
    marked = any(column.starred or column.red or one.required for column, one in zip(page.columns, told, strict=True))
    meant = _meanings(page.columns)
    drafted = _Drafter(page, marked, meant)
    fields = [
        drafted.field(column, one, meant.get(column.column)) for column, one in zip(page.columns, told, strict=True)
    ]
    doubts = _of_the_whole(page, marked)
    if sum(column.format == "text" for column in page.columns) < _TEXT_SHARE * len(page.columns):
        drafted.untold.add(_STORED_AS_NUMBER)
        doubts.append(
            f"表里的格子不全是文本格式：存成数字的不算错（{_STORED_AS_NUMBER}）；系统只认文本的，从 untold 里删去它"
        )
    return Draft(page, _title(page), fields, drafted.lists, tuple(sorted(drafted.untold)), doubts)


def _meanings(columns: Sequence[IssuedColumn]) -> dict[int, Field]:
    """The known field of each column; of two columns of one field the one that bears its own header has it."""
    found: dict[str, tuple[bool, int, Field]] = {}
    for column in columns:
        hit = known_field(column.header)
        if hit is None:
            continue
        entry, own = hit
        if entry.key not in found or (own and not found[entry.key][0]):
            found[entry.key] = (own, column.column, entry)
    return {column: entry for _, column, entry in found.values()}


def _title(page: IssuedPage) -> str:
    texts = [text for text in page.above if len(text) <= 60]
    return re.sub(r"\s+", " ", texts[0] if texts else page.sheet)


def _of_the_whole(page: IssuedPage, marked: bool) -> list[str]:
    doubts = []
    if not marked:
        said = next((text for text in page.above if "必填" in text), "")
        quoted = f"（表上写着“{_squashed(said)}”）" if said else ""
        doubts.append(f'没有看到星号、红字或“必填”{quoted}：除姓名外都当作选填，必填的请写 required = "yes"')
    if not page.looked:
        doubts.append(
            f"{page.format} 文件看不到红字、批注和下拉列表：另存为 .xlsx 再学一次，或在这里补上 required 和 codes"
        )
    doubts += [f"表头“{_squashed(text)}”出现两次，只写了前一列" for text in page.repeated]
    if not any((hit := known_field(column.header)) and hit[0].key == "name" for column in page.columns):
        doubts.append("没有“姓名”列：一行是不是一个学生？")
    return doubts


def _squashed(text: str, most: int = 60) -> str:
    """A text of the form for a comment: on one line, and not too long."""
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()
    return line if len(line) <= most else f"{line[:most]}…"


class _Drafter:
    def __init__(self, page: IssuedPage, marked: bool, meant: Mapping[int, Field]) -> None:
        self._page = page
        self._marked = marked
        self._meant = meant
        self._keys = {entry.key for entry in meant.values()}
        self._shared = shared_keys()
        self._own: dict[int, str] = {}
        self.lists: list[OwnList] = []
        self.untold: set[str] = set()

    def field(self, column: IssuedColumn, said: ColumnWords, base: Field | None) -> DraftedField:
        key = base.key if base is not None else self._own_key(column)
        one = DraftedField(key, column, base, key in self._shared)
        one.values["header"] = column.header
        kind: FieldKind = base.kind if base is not None else guessed_kind(column.header)
        kind, list_id, audience = self._chosen(one, kind)
        if kind in _SHAPES:
            kind = self._of_shape(one, kind, said)
        if kind == "date" or (base is None and said.dated and "出生" in column.header):
            kind = self._date(one, said)
        if kind == "text" and column.format == "date":
            self.untold.update(_OTHER_DATES)
            one.doubts.append("这一列是日期格式，当作文字：日期对不对没有查")
        if base is None:
            one.doubts.insert(0, _of_its_own(kind))
        if base is None or kind != base.kind or not one.shared:
            one.values["kind"] = kind
        if kind == "code" and (base is None or not one.shared or list_id != base.codes):
            one.values["codes"] = list_id
        inherited = base.audience if base is not None and one.shared else ""
        if kind == "code" and audience != inherited:
            one.values["audience"] = audience
        self._require(one, said)
        self._lengths(one, kind, said)
        if self._page.looked and kind in _LONG_NUMBERS and column.format not in ("text", ""):
            one.doubts.append("这一列不是文本格式，长号码会被改坏：请发表的单位改成文本")
        return one

    def _own_key(self, column: IssuedColumn) -> str:
        if column.column not in self._own:
            bare = re.sub(r"[^\w]+", "_", bare_header(column.header)).strip("_") or "column"
            key, number = bare, 1
            while key in self._own.values() or key in self._keys or key in self._shared:
                number += 1
                key = f"{bare}_{number}"
            self._own[column.column] = key
        return self._own[column.column]

    def _chosen(self, one: DraftedField, kind: FieldKind) -> tuple[FieldKind, str, str]:
        """Kind, list and audience of a column once its dropdown has been read."""
        base, column = one.base, one.column
        list_id, audience = (base.codes, base.audience) if base is not None else ("", "")
        choice = offered(column.offers)
        if base is not None and kind in _NEVER_CHOSEN and choice is not None:
            one.doubts.append("这一列有下拉列表，不像是选的，没有采用")
            return kind, list_id, audience
        if choice is None:
            return self._without_dropdown(one, kind, list_id, audience)
        if choice.loose or not choice.texts:
            one.doubts.append(_unread(choice))
            return ("text" if kind in _SHAPES or kind == "code" else kind), "", ""
        if kind in _SHAPES and all(_SHAPES[kind].fullmatch(text) for text in choice.texts):
            return kind, list_id, audience
        if choice.same_shape:
            one.doubts.append(f"下拉列表里写法只差宽窄、括号的选项只写了一种：{'、'.join(choice.same_shape[:3])}")
        shipped = shipped_list(choice.texts, list_id, audience)
        if shipped is not None:
            return "code", *shipped
        return "code", self._own_list(choice, column.header), ""

    def _without_dropdown(
        self, one: DraftedField, kind: FieldKind, list_id: str, audience: str
    ) -> tuple[FieldKind, str, str]:
        if kind != "code":
            return kind, list_id, audience
        if not one.shared and list_id not in codes.list_ids():
            one.doubts.append("没有下拉列表，能填什么不清楚")
            return "text", "", ""
        right = codes.load(list_id).accepted(audience)
        if one.column.examples and not any(text in right for text in one.column.examples):
            one.doubts.append("表里的示例不是全国代码表的写法，表上又没有下拉列表：当作文字")
            return "text", "", ""
        if list_id not in _PLAIN_LISTS:
            one.doubts.append(f"没有下拉列表，暂按全国代码表“{codes.load(list_id).title_zh}”")
        return kind, list_id, audience

    def _own_list(self, choice: Offered, header: str) -> str:
        known = next((entry for entry in self.lists if entry.texts == choice.texts), None)
        if known is None:
            known = OwnList.named(header, choice.texts, {entry.name for entry in self.lists})
            self.lists.append(known)
        return known.name

    def _of_shape(self, one: DraftedField, kind: FieldKind, said: ColumnWords) -> FieldKind:
        """The kind of a known field that is written in one shape only, unless the form shows that it is not here."""
        shape = _SHAPES[kind]
        shown = one.column.examples
        if shown and not any(shape.fullmatch(text) for text in shown):
            one.doubts.append(f"表里的示例不是{KIND_WORDS[kind]}的写法，当作文字")
            return "text"
        hit = known_field(one.column.header)
        sure = said.digits or any(shape.fullmatch(text) for text in shown) or "代码" in one.column.header
        if kind in _NUMBERED and hit is not None and not hit[1] and not sure:
            one.doubts.append(f"没有说写{KIND_WORDS[kind]}还是写文字，当作文字")
            return "text"
        return kind

    def _date(self, one: DraftedField, said: ColumnWords) -> FieldKind:
        column = one.column
        if said.other_date or column.format == "date" or any(is_other_date(text) for text in column.examples):
            self.untold.update(_OTHER_DATES)
            one.doubts.append("表里的日期不是8位数字的写法：年月日之间怎么隔开，程序不管")
        elif not said.plain_date and not any(re.fullmatch(r"[0-9]{8}", text) for text in column.examples):
            one.doubts.append("没有说日期怎么写，暂按8位数字（如 20150305）")
        return "date"

    def _require(self, one: DraftedField, said: ColumnWords) -> None:
        base, column = one.base, one.column
        condition = base.condition if base is not None and self._holds(base.condition) else None
        needed = column.starred or column.red or said.required
        exceptions_here = () if base is None else exceptions(base.key) if needed else base.exempt
        exempt = [text for text in exceptions_here if self._holds(text)]
        if needed:
            one.values["required"] = "yes"
            unless = replace(condition, negated=False) if condition is not None and condition.negated else None
            if unless is not None and unless not in exempt:
                exempt.append(unless)
        elif condition is not None and (said.sometimes or not condition.negated):
            one.values["required"] = _as_text(condition)
        elif (told := self._told_condition(said)) is not None:
            one.values["required"] = _as_text(told)
        else:
            is_name = base is not None and base.key == "name"
            one.values["required"] = "yes" if is_name and not self._marked else "no"
            if said.sometimes:
                one.doubts.append(f"表上写着“{_squashed(said.sometimes)}”，条件没有写进来")
        inherited = list(base.exempt) if base is not None and one.shared else []
        if exempt != inherited:
            one.values["exempt"] = [_as_text(text) for text in exempt]

    def _told_condition(self, said: ColumnWords) -> Condition | None:
        """What the words at a column say in another column's own terms; None where that column does not offer the value."""
        if said.on is None:
            return None
        header, negated, value = said.on
        for column in self._page.columns:
            if plain_header(column.header) == plain_header(header):
                base, choice = self._meant.get(column.column), offered(column.offers)
                if choice is not None and not choice.loose and value in choice.texts:
                    key = base.key if base is not None else self._own_key(column)
                    return Condition(key, negated, (value,))
        return None

    def _holds(self, condition: Condition | None) -> bool:
        return condition is not None and condition.key in self._keys

    def _lengths(self, one: DraftedField, kind: FieldKind, said: ColumnWords) -> None:
        length = one.column.length or said.length
        if length and kind in ("text", "name", "address"):
            one.values["max_length"] = length
        elif one.base is not None and one.base.max_length and not one.shared:
            one.values["max_length"] = one.base.max_length
        if kind == "text" and said.digits and re.fullmatch(f"[0-9]{{{said.digits}}}", said.example):
            one.values["pattern"] = f"[0-9]{{{said.digits}}}"
            one.values["example"] = said.example
        elif kind == "text" and one.key == "class_name":
            one.doubts.append('没有说班级怎么写；写成 2601 这样的，加上 pattern = "[0-9]{4}" 和 example = "2601"')
        if one.column.bounded:
            one.doubts.append("这一列限定了数的范围，没有写进来（填表时 Excel 会拦）")


def _of_its_own(kind: str) -> str:
    if kind == "code":
        return "本表自有的一列，按下拉列表查"
    if kind == "text":
        return "本表自有的一列，按表头当作普通文字，不遮盖、不查内容；要查就改 kind"
    return (
        f"本表自有的一列，按表头当作{KIND_WORDS[kind]}（查写法，报告里遮盖）"
        if kind in _MASKED
        else (f"本表自有的一列，按表头当作{KIND_WORDS[kind]}")
    )


_MASKED = frozenset({"name", "id_number", "phone", "address", "email"})


def _unread(choice: Offered) -> str:
    if choice.loose and choice.texts:
        return "下拉列表随别的列变，选项没有写进来；查表时按表里自带的下拉列表"
    return "有下拉列表，但选项没有读出来（算出来的、太长，或来源已删）"


def _as_text(condition: Condition) -> str:
    """A condition as the forms' TOML writes it."""
    values = ", ".join(f"'{value}'" for value in condition.values)
    if len(condition.values) == 1:
        return f"{condition.key} {'!=' if condition.negated else '=='} {values}"
    return f"{condition.key} {'not in' if condition.negated else 'in'} ({values})"


def own_id(stem: str) -> str:
    """The id of a form in the file of this name: none of ours."""
    taken = {form.id for form in (*templates(), *record_forms())}
    return f"{stem}-own" if stem in taken else stem
