"""The list of accepted findings: what was explained, why, by whom, until when. Made to be read and edited by people.

TOML or JSON (``schema/baseline-1.json``). A pupil and a value stand in it as keyed pseudonyms, for people also masked
as in a report. The key is in a file of its own beside the list (``LIST.key``): the list alone tells nobody a number, as
a hash without a key would, since masked numbers leave only a few thousand birth dates to try. Who hands on the list
to someone who has the workbooks hands on both files.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid.errors import UsageError, did_you_mean, ended

SCHEMA = "stuvalid.baseline/1"
_TOP = ("schema", "key", "defaults", "accepted")
_EXPLAINING = ("reason", "person", "until")
_TEXTS = ("rule", "field", "where", "pupil", "shown", "value", "number_id", "person_id", *_EXPLAINING)
_HEAD = """\
# 已说明的问题清单（stuvalid check --baseline 本文件）。每条写上 reason 原因、person 核实人、until 有效期，写全了才算。
# 每条都一样时，只写在 [defaults] 里。不该接受的条目，整段删去。没有同名的 .key 文件，这份清单不能用。
# Accepted findings (stuvalid check --baseline FILE). Each needs a reason, a person and until, its own or the defaults;
# delete what is not to be accepted. The list works only together with its .key file.
"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One accepted finding and why.

    ``number_id``, ``person_id`` and ``value`` are pseudonyms; ``where``, ``pupil`` and ``shown`` are for people.
    A finding that is no pupil's has the file and sheet in ``person_id``. ``count`` such findings are accepted.
    """

    rule: str
    field: str
    value: str
    number_id: str = ""
    person_id: str = ""
    where: str = ""
    pupil: str = ""
    shown: str = ""
    count: int = 1
    reason: str = ""
    person: str = ""
    until: dt.date | None = None

    @property
    def recognised_by(self) -> tuple[str, ...]:
        """What makes it the explanation of one finding and no other."""
        return self.rule, self.field, self.number_id, self.person_id, self.value

    @property
    def missing(self) -> tuple[str, ...]:
        """Which parts of the explanation are not written yet."""
        return tuple(name for name in _EXPLAINING if not getattr(self, name))


@dataclass(frozen=True, slots=True)
class Baseline:
    """The list in ``path``, made under the key with the fingerprint ``key``."""

    path: Path
    key: str
    explanations: Sequence[Explanation] = field(default_factory=tuple)


def key_path(path: Path) -> Path:
    """Where the key of the list in ``path`` is."""
    return path.with_name(f"{path.name}.key")


def read_baseline(path: Path) -> Baseline:
    """Read a list; UsageError in one sentence, with the entry and the nearest right word, for what it may not hold."""
    data = _load(path)
    for name in data:
        _know(path, name, _TOP, "")
    if data.get("schema") != SCHEMA:
        raise _refused(path, f"schema 应为 {SCHEMA}", f"schema must be {SCHEMA}")
    defaults, accepted = data.get("defaults", {}), data.get("accepted", [])
    if not isinstance(defaults, dict) or not isinstance(accepted, list):
        raise _refused(path, "应有 [defaults] 和 [[accepted]]", "it must have [defaults] and [[accepted]]")
    for name in defaults:
        _know(path, name, _EXPLAINING, "[defaults]")
    common = _explaining(path, defaults, "[defaults]")
    entries = tuple(_entry(path, entry, number, common) for number, entry in enumerate(accepted, 1))
    return Baseline(path, str(data.get("key", "")), entries)


def _load(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also what is no UTF-8, TOML or JSON
        raise _refused(path, f"不是正确的 TOML 或 JSON（{error}）", f"is no valid TOML or JSON ({error})") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(path, f"读不了（{reason}）", f"cannot be read ({reason})") from None
    return data if isinstance(data, dict) else {}


def _entry(path: Path, entry: object, number: int, common: Mapping[str, Any]) -> Explanation:
    where = f"[[accepted]] {number}"
    if not isinstance(entry, dict):
        raise _refused(path, f"{where} 应为一段", f"{where} must be a table")
    for name in entry:
        _know(path, name, (*_TEXTS, "count"), where)
    if not entry.get("rule"):
        raise _refused(path, f"{where} 缺 rule", f"{where} has no rule")
    if not entry.get("value") or not (entry.get("number_id") or entry.get("person_id")):
        raise _refused(
            path,
            f"{where} 缺 value 或 number_id、person_id，请用 --write-baseline 生成",
            f"{where} has no value, or neither number_id nor person_id; let --write-baseline make it",
        )
    count = entry.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise _refused(path, f"{where} 的 count 应为正整数", f"count of {where} must be a number from 1")
    texts = {name: entry[name] for name in _TEXTS if name in entry and name not in _EXPLAINING}
    if not all(isinstance(text, str) for text in texts.values()):
        raise _refused(path, f"{where} 的值应为文字", f"values of {where} must be texts")
    own = {name: value for name, value in _explaining(path, entry, where).items() if value}
    return Explanation(**{**texts, "field": texts.get("field", ""), "count": count, **common, **own})


def _explaining(path: Path, entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("reason", "person"):
        text = entry.get(name, "")
        if not isinstance(text, str):
            raise _refused(path, f"{where} 的 {name} 应为文字", f"{name} of {where} must be a text")
        found[name] = text.strip()
    found["until"] = _date(path, entry.get("until", ""), where)
    return found


def _date(path: Path, value: object, where: str) -> dt.date | None:
    if value == "":
        return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        raise _refused(
            path, f"{where} 的 until 应为日期，如 2026-12-31", f"until of {where} must be a date, as 2026-12-31"
        ) from None


def _know(path: Path, name: str, known: Iterable[str], where: str) -> None:
    known = tuple(known)
    if name not in known:
        zh, en = did_you_mean(name, known)
        raise _refused(
            path,
            f"{where} 没有“{name}”这个键{zh and f'，{zh}'}",
            f"{where} has an unknown key '{name}'{en and f'. {en}'}",
        )


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(
        f"说明清单“{path}”：{ended(zh.strip(), '。')}", f"The baseline '{path}': {ended(en.strip(), '.')}"
    )


def dump(baseline: Baseline, until: dt.date) -> bytes:
    """The list as the bytes of a file: JSON where its name says so, else TOML. ``until`` is the default date."""
    defaults = {"reason": "", "person": "", "until": until.isoformat()}
    entries = [dict(_filled(entry)) for entry in baseline.explanations]
    if baseline.path.suffix.lower() == ".json":
        document = {"schema": SCHEMA, "key": baseline.key, "defaults": defaults, "accepted": entries}
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
    lines = [_HEAD, f"schema = {_quoted(SCHEMA)}", f"key = {_quoted(baseline.key)}", "", "[defaults]"]
    lines += [f"{name} = {_toml(name, value)}" for name, value in defaults.items()]
    for entry in entries:
        lines += ["", "[[accepted]]", *(f"{name} = {_toml(name, value)}" for name, value in entry.items())]
    return ("\n".join(lines) + "\n").encode()


def _filled(entry: Explanation) -> Iterator[tuple[str, Any]]:
    """What is to be written of an entry: for people first, pseudonyms last."""
    order = (
        "rule",
        "where",
        "pupil",
        "shown",
        "reason",
        "person",
        "until",
        "field",
        "count",
        "number_id",
        "person_id",
        "value",
    )
    for name in order:
        value = getattr(entry, name)
        if name == "count" and value == 1:
            continue
        if value or name in ("reason", "person"):
            yield name, value.isoformat() if isinstance(value, dt.date) else value


def _toml(name: str, value: object) -> str:
    if name == "until" or not isinstance(value, str):
        return str(value)
    return _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
