"""What data may be handed out for: one TOML a purpose, ours or the authority's. What no purpose allows is denied."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stuvalid.errors import UsageError, did_you_mean, ended
from stuvalid.exports.fields import Wanted, find, header_of
from stuvalid.files import never_write

SCHEMA = "stuvalid.purpose/1"
_FOLDER = Path(__file__).parent / "purposes"
_KEYS = ("schema", "id", "title", "title_en", "aliases", "version", "source", "fields", "public", "longest_days")
_PUBLISHING = "公示"
_PUBLISHABLE = frozenset({"name", "school_name", "grade", "class_name"})
"""All that a published list may hold, whoever writes the purpose. Source: 教育部办公厅 2017, see publication.toml."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """``fields`` are the keys it allows, ``public`` whether a copy may go out unencrypted, ``longest_days`` 0 for no limit."""

    id: str
    title: str
    fields: tuple[str, ...]
    title_en: str = ""
    aliases: tuple[str, ...] = ()
    version: str = ""
    source: str = ""
    public: bool = False
    longest_days: int = 0
    path: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, self.title, *self.aliases)

    def allows(self, wanted: Wanted) -> bool:
        """Whether every column that the word can mean may be given."""
        return bool(wanted.keys) and all(key in self.fields for key in wanted.keys)


@cache
def shipped() -> tuple[Purpose, ...]:
    """The purposes that come with the program."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.toml")))


def all_purposes(own: Iterable[Path] = ()) -> list[Purpose]:
    """Ours and those of the authority's files and folders ``own``. Raises UsageError for a name that is there already."""
    found = list(shipped())
    for place in own:
        if not place.exists():
            raise UsageError(f"找不到用途文件“{place}”。", f"There is no purpose file '{place}'.")
        never_write(place)
        for path in sorted(place.glob("*.toml")) if place.is_dir() else [place]:
            purpose = _read(path)
            for other in found:
                same = set(map(_plain, purpose.names)) & set(map(_plain, other.names))
                if same:
                    raise _refused(
                        path,
                        f"用途“{other.title}”已经有了，不能另行放宽，请换一个名称",
                        f"the purpose '{other.id}' exists and is not widened; choose another name",
                    )
            found.append(purpose)
    return found


def find_purpose(name: str, purposes: Iterable[Purpose]) -> Purpose | None:
    """The purpose that an application names; None for one that nobody has defined."""
    wanted = _plain(name)
    return next((purpose for purpose in purposes if wanted in map(_plain, purpose.names)), None)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _read(path: Path) -> Purpose:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(path, f"不是正确的 TOML（{error}）", f"is no valid TOML ({error})") from None
    for name in data:
        if name not in _KEYS:
            zh, en = did_you_mean(name, _KEYS)
            raise _refused(
                path, f"没有“{name}”这个键{zh and f'，{zh}'}", f"has an unknown key '{name}'{en and f'. {en}'}"
            )
    if data.get("schema") != SCHEMA:
        raise _refused(path, f"schema 应为 {SCHEMA}", f"schema must be {SCHEMA}")
    for key in ("id", "title", "version", "source"):
        if not isinstance(data.get(key), str) or not data[key].strip():
            raise _refused(path, f"缺 {key}", f"has no {key}")
    purpose = Purpose(
        data["id"].strip(),
        data["title"].strip(),
        tuple(_fields(path, data)),
        str(data.get("title_en", "")),
        tuple(_texts(path, data, "aliases")),
        data["version"],
        data["source"],
        _flag(path, data),
        _days(path, data),
        str(path),
    )
    _keep_published_lists_bare(path, purpose)
    return purpose


def _texts(path: Path, data: Mapping[str, Any], key: str) -> list[str]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise _refused(path, f"{key} 应为文字的列表", f"{key} must be a list of texts")
    return values


def _fields(path: Path, data: Mapping[str, Any]) -> Iterable[str]:
    named = _texts(path, data, "fields")
    if not named:
        raise _refused(path, "没有写明 fields", "names no fields")
    for word in named:
        keys = find(word).keys
        if not keys:
            raise _refused(path, f"没有字段“{word}”", f"has an unknown field '{word}'")
        yield from keys


def _flag(path: Path, data: Mapping[str, Any]) -> bool:
    value = data.get("public", False)
    if not isinstance(value, bool):
        raise _refused(path, "public 应为 true 或 false", "public must be true or false")
    return value


def _days(path: Path, data: Mapping[str, Any]) -> int:
    value = data.get("longest_days", 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _refused(path, "longest_days 应为天数", "longest_days must be a number of days")
    return value


def _keep_published_lists_bare(path: Path, purpose: Purpose) -> None:
    published = purpose.public or any(_PUBLISHING in name for name in purpose.names)
    beyond = [header_of(key) for key in purpose.fields if key not in _PUBLISHABLE]
    if published and beyond:
        raise _refused(
            path,
            f"公示的名单只能有姓名、学校、年级、班级，不能有{'、'.join(beyond)}",
            f"a published list holds name, school, grade and class only, not {', '.join(beyond)}",
        )


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(f"用途文件“{path}”：{ended(zh, '。')}", f"The purpose '{path}': {ended(en, '.')}")
