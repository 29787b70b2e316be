"""What a form is: its fields in order, and for each how it is written and when it is required."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from stuvalid.errors import UsageError

FieldKind = Literal[
    "text",
    "name",
    "date",
    "month",
    "code",
    "id_number",
    "phone",
    "postcode",
    "division",
    "class_code",
    "school_code",
    "decimal",
    "email",
    "address",
    "validity",
]

PUPIL = "pupil"
"""What a roster's row is about; forms about anything else make nobody a pupil."""

_CONDITION = re.compile(r"^([\w.-]+) *(==|!=|in|not in) *('[^']*'|\('[^']*'(?:, *'[^']*')*\))$")


@dataclass(frozen=True, slots=True)
class Condition:
    """``key == 'value'``, ``key in ('one', 'other')`` or their contrary, over another field of the same record."""

    key: str
    negated: bool
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, where: str) -> Condition:
        """Read a condition as TOML forms write it; UsageError names the form when it is malformed."""
        match = _CONDITION.match(text)
        if not match:
            raise UsageError(
                f"模板 {where} 的条件写法不对：{text}。",
                f"Template {where} has a malformed condition: {text}.",
                mend_zh="写成 字段 == '值'、字段 != '值'、字段 in ('值', '值') 或 字段 not in ('值', '值')。",
                mend_en="Write it as field == 'value', field != 'value', field in ('value', 'value') or not in.",
            )
        return cls(match[1], match[2] in ("!=", "not in"), tuple(re.findall(r"'([^']*)'", match[3])))


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One column of a form. ``item`` is its number on the paper form, 0 where it has none.

    ``required`` fields must be filled except where one of ``exempt`` holds, others where ``condition`` does. ``none`` is the
    word that the form itself wants where there is nothing to write. A text of a ``pattern`` is written like the
    ``example``.

    Each form's field is one object, compared as such: it is a key of many caches.
    """

    key: str
    header: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()
    item: int = 0
    required: bool = False
    condition: Condition | None = None
    codes: str = ""
    audience: str = ""
    max_length: int = 0
    none: str = ""
    exempt: tuple[Condition, ...] = ()
    pattern: str = ""
    example: str = ""

    @property
    def member(self) -> int:
        """1 or 2 for a family member's field, 0 for the pupil's own."""
        return {"member1": 1, "member2": 2}.get(self.key.partition(".")[0], 0)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One official form: ``fields`` in the order of its columns. Compared as an object, as its fields are.

    ``path`` is the file of a user's own form, '' for ours. ``about`` says what a row of it tells of: a pupil to be
    registered, or something beside (``school``, ``campus``, ``class``, ``grade``, ``movement``, ``preschool``, …). ``untold`` are ids of rules on
    single cells that this form does not hold anybody to, though their readings are taken. Its header begins on row
    ``header_top``, as people count, and takes ``header_rows`` rows.
    """

    id: str
    title: str
    title_en: str
    source: str
    sheets: tuple[str, ...]
    fields: tuple[Field, ...]
    path: str = ""
    about: str = PUPIL
    untold: frozenset[str] = frozenset()
    header_top: int = 1
    header_rows: int = 1

    @property
    def reference(self) -> str:
        """What `forms.template` finds it by, also in another process: its id, or the file of a user's own."""
        return self.path or self.id

    def field(self, key: str) -> Field | None:
        """The field with this key, or None if the form does not have it."""
        return next((field for field in self.fields if field.key == key), None)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(field.key for field in self.fields)
