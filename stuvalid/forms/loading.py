"""Reading the forms' TOML files, ours and a user's own."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

from stuvalid.codes.lists import OWN_SUFFIX
from stuvalid.errors import UsageError, did_you_mean
from stuvalid.files import never_write
from stuvalid.forms.model import PUPIL, Condition, Field, FieldKind, Template

_FOLDER = Path(__file__).parent
SHARED = "student-fields"
_NO_FORMS = frozenset({"other-lists.toml"})
_FORM_KEYS = {
    "id": "text",
    "about": "text",
    "title": "text",
    "title_en": "text",
    "source": "text",
    "sheets": "texts",
    "columns": "texts",
    "untold": "texts",
    "extends": "text",
    "abstract": "flag",
    "header_top": "number",
    "header_rows": "number",
    "field": "tables",
    "member": "tables",
    "override": "named tables",
    "member_override": "named tables",
}
_FIELD_KEYS = {
    "key": "text",
    "header": "text",
    "kind": "text",
    "aliases": "texts",
    "item": "number",
    "required": "text",
    "codes": "text",
    "audience": "text",
    "max_length": "number",
    "none": "text",
    "exempt": "texts",
    "pattern": "text",
    "example": "text",
}
_SHAPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int),
    "texts": lambda value: isinstance(value, list) and all(isinstance(part, str) for part in value),
    "tables": lambda value: (
        isinstance(value, list) and all(isinstance(part, dict) and isinstance(part.get("key"), str) for part in value)
    ),
    "named tables": lambda value: isinstance(value, dict) and all(isinstance(part, dict) for part in value.values()),
}


@cache
def templates() -> tuple[Template, ...]:
    """Every form of pupils the package ships, oldest first."""
    return tuple(form for form in _shipped() if form.about == PUPIL)


@cache
def record_forms() -> tuple[Template, ...]:
    """Every form the package ships that is about something else than pupils to be registered."""
    return tuple(form for form in _shipped() if form.about != PUPIL)


@cache
def vocabulary() -> Template:
    """Every field that a form of pupils of ours has, once: as all forms share it, else as the first that has it."""
    shared = _build(_read(_FOLDER / f"{SHARED}.toml"), SHARED)
    others = {entry.key: entry for form in reversed(templates()) for entry in form.fields}
    for key in shared.keys:
        others.pop(key, None)
    return replace(shared, fields=(*shared.fields, *others.values()))


@cache
def shared_keys() -> frozenset[str]:
    """The keys of the fields that all forms of pupils share, which a form that extends `SHARED` inherits."""
    return frozenset(_fields(_read(_FOLDER / f"{SHARED}.toml"), SHARED))


@cache
def national_list(key: str) -> str:
    """The code list that the national forms have for this field, '' for a field that is none of theirs."""
    return _national_lists().get(key, "")


@cache
def _national_lists() -> dict[str, str]:
    fields = _fields(_read(_FOLDER / f"{SHARED}.toml"), SHARED)
    return {key: entry["codes"] for key, entry in fields.items() if entry.get("codes")}


@cache
def _shipped() -> tuple[Template, ...]:
    found = []
    for path in sorted(_FOLDER.glob("*.toml")):
        if path.name in _NO_FORMS:
            continue
        data = _read(path)
        if not data.get("abstract"):
            found.append(_build(data, path.stem))
    return tuple(found)


def template(name: str) -> Template:
    """The form with this id, or the one in this TOML file; UsageError with near misses otherwise."""
    for form in _shipped():
        if form.id == name:
            return form
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        form = _usable(_build(_read(path), path.name), path.name)
        return replace(form, path=str(path.absolute()))
    if path.suffix == ".toml":
        raise UsageError(f"找不到模板文件 {name}。", f"The form {name} does not exist.")
    known = [form.id for form in _shipped()]
    known_zh, known_en = f"可用：{'、'.join(known)}。", f"Known: {', '.join(known)}."
    hint_zh, hint_en = did_you_mean(name, known, most=2, zh=known_zh, en=known_en)
    raise UsageError(
        f"没有名为“{name}”的模板。", f"There is no template named {name!r}.", mend_zh=hint_zh, mend_en=hint_en
    )


def chosen_forms(name: str) -> tuple[Template, ...]:
    """The forms a workbook may be: the one of this id or TOML file, every form we ship for ''."""
    return (template(name),) if name else templates()


def _usable(form: Template, where: str) -> Template:
    """A user's own form, once what it names is known to exist: better said now than by every file."""
    from stuvalid import codes

    headers: dict[str, str] = {}
    if form.id in {known.id for known in _shipped()} and form not in _shipped():
        raise _refused(where, f"id “{form.id}”是自带模板的", f"has the id {form.id!r} of a form we ship")
    for entry in form.fields:
        if headers.setdefault(entry.header, entry.key) != entry.key:
            raise _refused(where, f"有两列叫“{entry.header}”", f"has two columns called {entry.header!r}")
        if entry.codes and entry.kind != "code":
            raise _refused(
                where,
                f"的字段 {entry.key} 写了 codes，kind 却是 {entry.kind}，应为 code",
                f"gives field {entry.key} codes but the kind {entry.kind}; it must be code",
            )
        if entry.kind == "code" and not entry.codes:
            raise _refused(where, f"的字段 {entry.key} 没有写 codes", f"gives field {entry.key} no codes")
        if entry.kind == "code":
            codes.load(entry.codes)
        for condition in (*((entry.condition,) if entry.condition else ()), *entry.exempt):
            _can_hold(entry, condition, form, where)
    return form


def _can_hold(entry: Field, condition: Condition, form: Template, where: str) -> None:
    """Refuse a condition that no record could ever meet, which would be a rule that never speaks."""
    from stuvalid import codes

    other = form.field(condition.key)
    if other is None:
        raise _refused(
            where,
            f"的字段 {entry.key} 的条件用到了没有的字段 {condition.key}",
            f"gives field {entry.key} a condition on the unknown field {condition.key}",
            near=(condition.key, form.keys),
        )
    if other.kind != "code":
        return
    # What a form inherits may name entries of the country's list that its own lacks.
    lists = [codes.load(list_id) for list_id in (other.codes, national_list(other.key)) if list_id]
    offered = frozenset[str]().union(*(known.names | known.accepted(other.audience) for known in lists))
    for value in condition.values:
        if value and value not in offered:
            raise _refused(
                where,
                f"的字段 {entry.key} 的条件用到了“{other.header}”代码表里没有的“{value}”",
                f"gives field {entry.key} a condition on {value!r}, not in the code list of {other.header}",
                near=(value, sorted(offered)),
            )


def _refused(where: str, zh: str, en: str, *, near: tuple[str, Iterable[str]] = ("", ())) -> UsageError:
    """``near`` is a word that may be misspelt, and what it could have been."""
    mend_zh, mend_en = did_you_mean(near[0], near[1]) if near[0] else ("", "")
    return UsageError(f"模板 {where} {zh}。", f"Template {where} {en}.", mend_zh=mend_zh, mend_en=mend_en)


def _read(path: Path) -> dict[str, Any]:
    try:
        never_write(path)
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"模板文件 {path.name} 不是有效的 TOML：{error}。", f"Template {path.name} is not valid TOML: {error}."
        ) from error
    _refuse_unknown(data, _FORM_KEYS, path.name)
    _locate(data, path.parent)
    return data


def _locate(data: dict[str, Any], folder: Path) -> None:
    """Lists and forms that a file names are beside it, wherever the program is run."""
    parent = data.get("extends", "")
    if parent.endswith(".toml"):
        data["extends"] = str(folder.absolute() / parent)
    tables = [data.get(name, ()) for name in ("field", "member")]
    tables += [data.get(name, {}).values() for name in ("override", "member_override")]
    for table in itertools.chain.from_iterable(tables):
        if isinstance(table.get("codes"), str) and table["codes"].lower().endswith(OWN_SUFFIX):
            table["codes"] = str(folder.absolute() / table["codes"])


def _refuse_unknown(data: dict[str, Any], known: Mapping[str, str], where: str) -> None:
    for key, value in data.items():
        if key in known and not _SHAPES[known[key]](value):
            raise UsageError(
                f"模板 {where} 中“{key}”的写法不对。",
                f"Template {where} gives {key!r} in a wrong shape.",
                mend_zh="格式见 CONTRIBUTING.md。",
                mend_en="CONTRIBUTING.md shows the shape.",
            )
        if key not in known:
            zh, en = did_you_mean(key, sorted(known))
            raise UsageError(
                f"模板 {where} 中不认识“{key}”。",
                f"Template {where} has an unknown key {key!r}.",
                mend_zh=zh,
                mend_en=en,
            )


def _build(data: dict[str, Any], where: str) -> Template:
    fields = _fields(data, where)
    columns: list[str] = data.get("columns", list(fields))
    missing = [key for key in columns if key not in fields]
    if missing:
        raise UsageError(
            f"模板 {where} 的 columns 中没有定义 {missing[0]}。",
            f"Template {where} lists the undefined column {missing[0]}.",
        )
    return Template(
        id=data.get("id", where),
        title=data.get("title", where),
        title_en=data.get("title_en", data.get("title", where)),
        source=data.get("source", ""),
        sheets=tuple(data.get("sheets", ())),
        about=data.get("about", PUPIL),
        untold=frozenset(data.get("untold", ())),
        header_top=data.get("header_top", 1),
        header_rows=data.get("header_rows", 1),
        fields=tuple(_field(fields[key], where) for key in columns),
    )


def _fields(data: dict[str, Any], where: str, heirs: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Field tables by key: the parent's, then this form's own and its differences."""
    fields: dict[str, dict[str, Any]] = {}
    if parent := data.get("extends"):
        path = Path(parent) if parent.endswith(".toml") else _FOLDER / f"{parent}.toml"
        shown = path.name if parent.endswith(".toml") else parent
        if not path.is_file():
            raise UsageError(
                f"模板 {where} 所继承的 {shown} 不存在。", f"Template {where} extends {shown}, which does not exist."
            )
        if str(path) in heirs:
            raise _refused(where, f"所继承的 {shown} 又继承它自己", f"extends {shown}, which in turn extends it")
        base = _read(path)
        fields.update(_fields(base, shown, (*heirs, str(path))))
        if "columns" not in data and "columns" in base:
            data["columns"] = [*base["columns"], *(entry["key"] for entry in data.get("field", ()))]
    for entry in data.get("field", ()):
        fields[entry["key"]] = dict(entry)
    for entry in data.get("member", ()):
        fields.update(_both_members(entry["key"], entry))
    for key, change in data.get("member_override", {}).items():
        for full_key, entry in _both_members(key, change).items():
            fields.setdefault(full_key, {"key": full_key}).update(entry)
    for key, change in data.get("override", {}).items():
        fields.setdefault(key, {"key": key}).update(change)
    return fields


def _both_members(key: str, entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"member{n}.{key}": {**{name: _numbered(value, n) for name, value in entry.items()}, "key": f"member{n}.{key}"}
        for n in (1, 2)
    }


def _numbered(value: Any, n: int) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", str(n)).replace("{一}", "一二"[n - 1])
    if isinstance(value, list):
        return [_numbered(part, n) for part in value]
    return value


def _field(entry: dict[str, Any], where: str) -> Field:
    _refuse_unknown(entry, _FIELD_KEYS, f"{where} [{entry.get('key', '?')}]")
    kind = entry.get("kind", "code" if entry.get("codes") else "text")
    if kind not in get_args(FieldKind):
        raise UsageError(
            f"模板 {where} 的字段 {entry['key']} 的 kind 不对：{kind}。",
            f"Field {entry['key']} of template {where} has the unknown kind {kind}.",
            mend_zh=f"可用：{'、'.join(get_args(FieldKind))}。",
            mend_en=f"Known: {', '.join(get_args(FieldKind))}.",
        )
    required = entry.get("required", "no")
    return Field(
        key=entry["key"],
        header=entry.get("header", entry["key"]),
        kind=kind,
        aliases=tuple(entry.get("aliases", ())),
        item=entry.get("item", 0),
        required=required == "yes",
        condition=None if required in ("yes", "no") else Condition.parse(required, where),
        codes=entry.get("codes", ""),
        audience=entry.get("audience", ""),
        max_length=entry.get("max_length", 0),
        none=entry.get("none", ""),
        exempt=tuple(Condition.parse(text, where) for text in entry.get("exempt", ())),
        pattern=_pattern(entry, kind, where),
        example=entry.get("example", ""),
    )


def _pattern(entry: dict[str, Any], kind: str, where: str) -> str:
    """How a text is written, as a regular expression; an example has to go with it, for people read that."""
    pattern: str = entry.get("pattern", "")
    if not pattern:
        return ""
    try:
        fits = kind == "text" and re.fullmatch(pattern, entry.get("example", "")) is not None
    except re.error:
        fits = False
    if not fits:
        raise _refused(
            where,
            f'的字段 {entry["key"]} 的 pattern 用不了：只用于 kind = "text"，是正则表达式，还要有合乎它的 example',
            f"gives field {entry['key']} a pattern that does not do: it is a regular expression for the kind text, "
            "and needs an example that fits it",
        )
    return pattern
