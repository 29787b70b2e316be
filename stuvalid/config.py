"""``stuvalid.toml``: what holds for a folder of files and everything below it.

The nearest one above the first input counts, alone (as with ruff); a flag wins over it. `SETTINGS` is the one
list of what may stand there: from it come reading, suggestions for unknown keys, ``stuvalid config`` and
the JSON Schema.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from stuvalid.errors import UsageError, did_you_mean

FILE_NAME = "stuvalid.toml"
SEVERITIES = ("error", "warning", "info")
Kind = Literal["text", "flag", "count", "words", "path", "paths", "form", "date", "table"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: what it takes, what holds without it, and a sentence for people.

    A ``table`` holds free keys (rule ids), each with one of ``choices``.
    """

    key: str
    kind: Kind
    default: Any
    zh: str
    en: str
    choices: tuple[str, ...] = ()


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        setting.key: setting
        for setting in (
            Setting("language", "text", "zh", "报告的语言", "Language of reports", ("zh", "en")),
            Setting("template", "form", "", "模板名称或 TOML 文件", "Form by its id, or a TOML file"),
            Setting("select", "words", (), "只用这些规则", "Only these rules"),
            Setting("ignore", "words", (), "不用这些规则", "Not these rules"),
            Setting("rules", "paths", (), "自己的规则文件（.py）", "Files with rules of one's own (.py)"),
            Setting("severity", "table", {}, "规则的级别", "Levels of rules", SEVERITIES),
            Setting("strict", "flag", False, "警告也算错误", "Warnings count as errors"),
            Setting("show_values", "flag", False, "不遮盖证件号、姓名等", "ID numbers and names are not masked"),
            Setting("per_rule", "count", 5, "屏幕上每条规则列出几处", "Findings shown per rule and file"),
            Setting("baseline", "path", "", "已说明问题的清单", "File of findings that were explained"),
            Setting("cache", "flag", True, "没有变化的文件不再重查", "Unchanged files are not checked again"),
            Setting("schools", "path", "", "学校名单（xlsx 或 csv）", "Official list of schools (xlsx or csv)"),
            Setting("school_code", "text", "", "本校的学校标识码", "The school's own code"),
            Setting("county", "text", "", "本县的行政区划代码", "The county's division code"),
            Setting(
                "divisions",
                "words",
                (),
                "另外承认的6位行政区划代码",
                "Division codes (6 digits) to know beside our list",
            ),
            Setting(
                "key_data",
                "words",
                (),
                "另外算作关键数据的列（变更须审批）",
                "Columns that are key data as well (a change needs approval)",
            ),
            Setting("calendar", "path", "", "本省的学籍日历（toml）", "The province's calendar of the year (toml)"),
            Setting("operator", "text", "", "经办人", "Who makes the package"),
            Setting("ledger", "path", "", "导出台账", "Ledger of what was handed out"),
            Setting(
                "purposes", "paths", (), "主管部门的用途文件", "Purposes that the authority allows (files, folders)"
            ),
            Setting("archive", "text", "zip", "打包方式", "How a package is archived", ("zip", "zip-aes", "none")),
            Setting("notice", "path", "", "给家长的告知书（toml）", "Notice to guardians (toml)"),
            Setting("photos.spec", "text", "", "照片规格", "Photo specification"),
            Setting("photos.background", "flag", False, "允许换成蓝色背景", "The background may be replaced"),
            Setting(
                "deadlines.entry", "date", None, "录入、核对、签字的期限", "When entry, check and signature are due"
            ),
            Setting("deadlines.school", "date", None, "学校报县的期限", "When schools owe the county"),
            Setting("deadlines.county", "date", None, "县报市的期限", "When the county owes the city"),
            Setting("deadlines.city", "date", None, "市报省的期限", "When the city owes the province"),
            Setting("deadlines.audit", "date", None, "审核的期限", "When the audit is due"),
            Setting("deadlines.problems", "date", None, "问题学籍处理的期限", "When problem records are due"),
            Setting("deadlines.photos", "date", None, "照片的期限", "When photos are due"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Config:
    """What a ``stuvalid.toml`` says: ``values`` by dotted key, ``path`` None when there is no such file."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, flag: Any = None) -> Any:
        """The value that holds: ``flag`` if the user gave one (neither None nor empty), the file's, the default."""
        if flag is not None and flag not in ((), [], ""):
            return flag
        return self.values.get(key, SETTINGS[key].default)

    def defaults(self) -> dict[str, Any]:
        """What the file says, as defaults of the options with the same names (``a.b`` is ``a_b``), written as one types them."""
        return {key.replace(".", "_"): _as_typed(value) for key, value in self.values.items()}

    def source(self, key: str) -> str:
        """Where `get` has it from: the file's path, or '' for the default."""
        return str(self.path) if key in self.values and self.path else ""


def _as_typed(value: Any) -> Any:
    match value:
        case dict():
            return [f"{name}={word}" for name, word in value.items()]
        case tuple():
            return list(value)
        case dt.date():
            return value.isoformat()
    return value


def find_config(start: Path) -> Config:
    """The nearest ``stuvalid.toml`` in or above ``start`` (a file or folder, which need not exist)."""
    place = start.absolute()
    for folder in (place, *place.parents):
        path = folder / FILE_NAME
        if path.is_file():
            return read_config(path)
    return Config()


def read_config(path: Path) -> Config:
    """Read one configuration file; UsageError for what it may not hold, with a suggestion."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(path, f"不是正确的 TOML（{error}）", f"is no valid TOML ({error})") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(path, f"读不了（{reason}）", f"cannot be read ({reason})") from None
    values: dict[str, Any] = {}
    for key, value in _flat(data):
        setting = SETTINGS.get(key)
        if setting is None:
            raise _unknown(path, key)
        values[key] = _value(path, setting, value)
    return Config(path, values)


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in data.items():
        key = prefix + name.replace("-", "_")
        if isinstance(value, dict) and key not in SETTINGS:
            yield from _flat(value, f"{key}.") if value else [(key, value)]
        else:
            yield key, value


def _value(path: Path, setting: Setting, value: Any) -> Any:
    read = _READERS[setting.kind](setting, value, path)
    if read is None:
        wanted_zh, wanted_en = _WANTED[setting.kind]
        if setting.choices:
            wanted_zh = wanted_en = " | ".join(setting.choices)
        raise _refused(path, f"{setting.key} 应为{wanted_zh}", f"{setting.key} must be {wanted_en}")
    return read


def _text(setting: Setting, value: Any, path: Path) -> str | None:
    fine = isinstance(value, str) and (not setting.choices or value in setting.choices)
    return value if fine else None


def _flag(setting: Setting, value: Any, path: Path) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(setting: Setting, value: Any, path: Path) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _words(setting: Setting, value: Any, path: Path) -> tuple[str, ...] | None:
    words = [value] if isinstance(value, str) else value
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _path(setting: Setting, value: Any, path: Path) -> str | None:
    """A path is meant from where the file stands, not from where the user happens to be."""
    return str(path.parent / value) if isinstance(value, str) else None


def _paths(setting: Setting, value: Any, path: Path) -> tuple[str, ...] | None:
    words = _words(setting, value, path)
    return None if words is None else tuple(str((path.parent / word).absolute()) for word in words)


def _form(setting: Setting, value: Any, path: Path) -> str | None:
    """A form's id, or the path of its file."""
    is_file = isinstance(value, str) and value.endswith(".toml")
    return _path(setting, value, path) if is_file else _text(setting, value, path)


def _date(setting: Setting, value: Any, path: Path) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return None
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, dt.date) else None


def _table(setting: Setting, value: Any, path: Path) -> dict[str, str] | None:
    fine = isinstance(value, dict) and all(entry in setting.choices for entry in value.values())
    return dict(value) if fine else None


_READERS = {
    "text": _text,
    "flag": _flag,
    "count": _count,
    "words": _words,
    "path": _path,
    "paths": _paths,
    "form": _form,
    "date": _date,
    "table": _table,
}
_WANTED = {
    "text": ("文字", "a text"),
    "flag": (" true 或 false", "true or false"),
    "count": ("不小于0的整数", "a number from 0"),
    "words": ("文字的列表", "a list of texts"),
    "path": ("文件路径", "a path"),
    "paths": ("文件路径的列表", "a list of paths"),
    "form": ("文字", "a text"),
    "date": ("日期，如 2026-06-01", "a date, as 2026-06-01"),
    "table": ("级别", "levels"),
}


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(f"配置文件“{path}”：{zh}。", f"The configuration '{path}': {en}.")


def _unknown(path: Path, key: str) -> UsageError:
    zh, en = did_you_mean(key, SETTINGS)
    known_zh, known_en = "可用的键见 stuvalid config。", "stuvalid config lists the keys."
    return UsageError(
        f"配置文件“{path}”里没有“{key}”这个键。",
        f"The configuration '{path}' has an unknown key '{key}'.",
        mend_zh=zh + known_zh,
        mend_en=f"{en} {known_en}".strip(),
    )


_JSON_TYPES: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "text": {"type": "string"},
        "flag": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 0},
        "words": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "path": {"type": "string"},
        "paths": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "form": {"type": "string"},
        "date": {"type": "string", "format": "date"},
    }
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a ``stuvalid.toml``, for editors that complete and check as one types."""
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stuvalid.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {},
    }
    for setting in SETTINGS.values():
        *tables, name = setting.key.split(".")
        where = root
        for table in tables:
            where = where["properties"].setdefault(
                table, {"type": "object", "additionalProperties": False, "properties": {}}
            )
        where["properties"][name] = _json_type(setting)
    return root


def _json_type(setting: Setting) -> dict[str, Any]:
    text = {"description": f"{setting.zh} / {setting.en}"}
    if setting.kind == "table":
        return {"type": "object", "additionalProperties": {"enum": list(setting.choices)}, **text}
    entry = {**_JSON_TYPES[setting.kind], **text}
    if setting.choices:
        entry["enum"] = list(setting.choices)
    if setting.default not in (None, "", ()):
        entry["default"] = setting.default
    return entry
