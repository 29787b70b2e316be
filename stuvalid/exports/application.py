"""The application: who asks for which fields of whom, what for, until when, and who approved it. A TOML file."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid.errors import UsageError, did_you_mean, ended
from stuvalid.exports.fields import words
from stuvalid.files import never_write

SCHEMA = "stuvalid.application/1"
EVERYBODY = ("全部", "all")


@dataclass(frozen=True, slots=True)
class Application:
    """What the file states. ``scope`` holds the names of schools, grades, classes, counties asked for; empty for everybody."""

    path: Path
    purpose: str
    range: str
    way: str
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    until: dt.date
    responsible: str
    operator: str
    approved_by: str
    approved_on: dt.date
    plan: str
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""
    number: str = ""


def read_application(path: Path) -> Application:
    """Read it. Raises UsageError that names everything that is missing, or the one thing that is written wrongly."""
    if not path.is_file():
        raise UsageError(
            f"找不到申请“{path}”。",
            f"There is no application '{path}'.",
            mend_zh=f"用 stuvalid export --new {path.name} 生成一份来填。",
            mend_en=f"stuvalid export --new {path.name} makes one to fill in.",
        )
    never_write(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(
            path,
            f"不是正确的 TOML（{error}）；中文的键要加英文引号",
            f"is no valid TOML ({error}); Chinese keys need quotes",
        ) from None
    if data.pop("schema", SCHEMA) != SCHEMA:
        raise _refused(path, f"schema 应为 {SCHEMA}", f"schema must be {SCHEMA}")
    values = _values(path, data)
    missing = [item for item in words()["item"] if values.get(item["key"]) in (None, "", (), {})]
    if missing:
        zh, en = "、".join(item["zh"] for item in missing), ", ".join(item["key"] for item in missing)
        raise _refused(path, f"没有写明：{zh}", f"does not state: {en}")
    scope = values.pop("rows")
    return Application(path=path, scope={} if scope in EVERYBODY else scope, **values)


def _values(path: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """What is stated, by our keys, each of its kind."""
    items = {item["key"]: item for item in words()["item"]}
    names = {"说明": "note", "note": "note", "文号": "number", "number": "number"}
    for key, item in items.items():
        names |= dict.fromkeys((key, item["zh"], *item["aliases"]), key)
    values: dict[str, Any] = {}
    for name, value in data.items():
        key = names.get(name)
        if key is None:
            zh, en = did_you_mean(name, [item["zh"] for item in items.values()])
            raise _refused(
                path, f"没有“{name}”这一项{zh and f'，{zh}'}", f"has an unknown key '{name}'{en and f'. {en}'}"
            )
        if key in values:
            raise _refused(path, f"“{name}”写了两次", f"states '{key}' twice")
        kind = items.get(key, {}).get("kind", "text")
        values[key] = _value(path, name, kind, value)
    return values


def _value(path: Path, name: str, kind: str, value: Any) -> Any:
    if kind == "words":
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise _refused(path, f"“{name}”应为文字的列表", f"'{name}' must be a list of texts")
        return tuple(dict.fromkeys(one.strip() for one in found if one.strip()))
    if kind == "date":
        return _date(path, name, value)
    if kind == "rows":
        return _scope(path, name, value)
    if not isinstance(value, str):
        raise _refused(path, f"“{name}”应为文字", f"'{name}' must be a text")
    return value.strip()


def _date(path: Path, name: str, value: Any) -> dt.date | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        raise _refused(path, f"“{name}”应为日期，如 2026-12-31", f"'{name}' must be a date, as 2026-12-31") from None


def _scope(path: Path, name: str, value: Any) -> Any:
    """``all``, or the names by what they are names of."""
    if value in EVERYBODY:
        return EVERYBODY[0]
    if value in ("", {}):
        return None
    known = {
        word: entry["key"] for entry in words()["scope"] for word in (entry["key"], entry["zh"], *entry["aliases"])
    }
    if not isinstance(value, dict):
        raise _refused(
            path,
            f"“{name}”应为“全部”，或写明学校、年级、班级、县区",
            f"'{name}' must be 'all' or a table of schools, grades, classes, counties",
        )
    scope: dict[str, tuple[str, ...]] = {}
    for word, names in value.items():
        if word not in known:
            raise _refused(path, f"“{name}”里没有“{word}”这一项", f"'{name}' has an unknown key '{word}'")
        found = _value(path, f"{name}.{word}", "words", names)
        if not found:
            raise _refused(path, f"“{name}.{word}”是空的", f"'{name}.{word}' is empty")
        scope[known[word]] = found
    return scope


def blank_application() -> bytes:
    """An application to be filled in: every item with its word, empty, and a line on what it is for."""
    lines = [
        "# 数据导出申请（stuvalid export --for 本文件 名单… -o 导出.xlsx）。每一项都要写；最少够用的字段。",
        f"# {words()['source']}",
        f"schema = {json.dumps(SCHEMA)}",
        "",
    ]
    blanks = {
        "words": '[""]',
        "rows": '"全部"   # 或 { "年级" = ["三年级"], "班级" = ["2024102"], "学校" = ["2114010068"], "县区" = ["140106"] }',
    }
    for item in words()["item"]:
        hint = f"   # {item['hint']}" if item["hint"] else ""
        kind = item.get("kind", "text")
        text = blanks.get(kind, '""')
        lines.append(f'"{item["zh"]}" = {text}{"" if kind == "rows" else hint}')
    lines += ['"文号" = ""   # 可不写', '"说明" = ""   # 可不写', ""]
    return "\n".join(lines).encode()


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(f"申请“{path.name}”：{ended(zh, '。')}", f"The application '{path.name}': {ended(en, '.')}")
