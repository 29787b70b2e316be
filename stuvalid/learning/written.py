"""A draft as files: the TOML with its marks, and the code lists beside it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from stuvalid.excel.address import column_letter
from stuvalid.forms import Template, template
from stuvalid.forms.loading import SHARED
from stuvalid.forms.matching import match_sheet
from stuvalid.learning.draft import Draft, DraftedField, own_id

MARK = "# 请核对: "
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def lists_folder(toml: Path) -> Path:
    """The folder beside the TOML that its code lists are in."""
    return toml.with_name(f"{toml.stem}-lists")


def finished(draft: Draft, toml: Path, blank: str) -> str:
    """The TOML of ``draft`` as it is to be written to ``toml``, learnt from the file called ``blank``.

    It has been loaded once, with its lists, and held against the blank: columns that it would not know again are marked.
    """
    text = _rendered(draft, toml, blank)
    for one in _not_found_again(draft, _loaded(draft, toml, text)):
        one.doubts.append("照这个表头认不出这一列：请核对 header，或在 aliases 里加上表上的写法")
    return _rendered(draft, toml, blank)


def _loaded(draft: Draft, toml: Path, text: str) -> Template:
    """The form as the program reads it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lists = lists_folder(folder / toml.name)
        lists.mkdir()
        for entry in draft.lists:
            (lists / entry.name).write_bytes(entry.csv())
        path = folder / toml.name
        path.write_text(text, encoding="utf-8")
        return template(str(path))


def _not_found_again(draft: Draft, form: Template) -> Iterator[DraftedField]:
    match = match_sheet(draft.page.head, [form])
    found = {one.column: one.field.key for one in match.columns} if match is not None else {}
    yield from (one for one in draft.fields if found.get(one.column.column) != one.key)


def _rendered(draft: Draft, toml: Path, blank: str) -> str:
    page = draft.page
    lines = [
        f"# 由 stuvalid learn 从“{_line(blank)}”的工作表“{_line(page.sheet)}”起草，要由人核对：{draft.open} 处标了“{MARK.strip()}”。",
        *(f"{MARK}{_line(doubt)}" for doubt in draft.doubts),
        f"id = {_value(own_id(toml.stem))}",
        f"title = {_value(draft.title)}",
        f'extends = "{SHARED}"',
        f"sheets = {_value([page.sheet])}",
        f"source = {_value(f'{blank}（stuvalid learn 起草）')}",
    ]
    if page.top:
        lines.append(f"header_top = {page.top + 1}")
    if page.row > page.top:
        lines.append(f"header_rows = {page.row - page.top + 1}")
    if draft.untold:
        lines.append(f"untold = {_value(list(draft.untold))}")
    lines.append("columns = [")
    lines += [
        f"    {_value(one.key)},  # {column_letter(one.column.column)} {_line(one.column.header)}"
        for one in draft.fields
    ]
    lines.append("]")
    folder = lists_folder(toml).name
    for one in draft.fields:
        lines += ["", *_table(one, folder, {entry.name for entry in draft.lists})]
    return "\n".join(lines) + "\n"


def _table(one: DraftedField, folder: str, own: set[str]) -> Iterator[str]:
    yield from (f"{MARK}{_line(doubt)}" for doubt in one.doubts)
    if one.shared:
        yield f"[override.{_key(one.key)}]"
    else:
        yield "[[field]]"
        yield f"key = {_value(one.key)}"
    values: Mapping[str, object] = one.values
    for name, value in values.items():
        placed = f"{folder}/{value}" if name == "codes" and value in own else value
        yield f"{name} = {_value(placed)}"


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _value(key)


def _value(value: object) -> str:
    """A text, number or list of texts as TOML, whose texts are those of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()
