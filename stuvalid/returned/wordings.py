"""The wordings of the registry and the platforms as data, and what a text says in them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from stuvalid.forms import templates
from stuvalid.forms.matching import plain_header

Scope = Literal["local", "beyond", "registry", "passed", "waiting"]

GONE = "\x00"
"""Stands in a text for what was understood: nothing joins across it."""

_ID = r"(?:有效)?(?:身份证件?|证件)号码?"
_ID_CARD = rf"(?:{_ID}|身份证件?)"
_OPEN, _SHUT = r"""[【\[「“"'《<(]""", r"""[】\]」”"'》>)]"""
_VALUE = rf"{_OPEN}?:?(?P<value>[GJL]?[0-9A-Z*×●○#.+-]{{4,25}})?{_SHUT}?"
_NOT_OTHERS = "".join(f"(?<!{word})" for word in ("成员1", "成员2", "父亲", "母亲", "家长", "监护人", "身份", "有效"))
"""Before a field's name: what makes it another person's, or only the end of another word."""
_NO_LABEL = "(?!原因|信息|提示|代码|描述|说明|字段|类型|内容|列|行)"
_MEMBER_WORD = re.compile("成员([一二])")
_UNKNOWN_FIELD = r"[【\[「《](?P<strange>[^】\]」》\x00;。]{1,20}?)[】\]」》]"


@dataclass(frozen=True, slots=True)
class RegistryWording:
    """One thing the registry says: see `returned.toml`. ``fields`` are keys of the forms, the first the cell it is about."""

    id: str
    zh: str
    en: str
    fields: tuple[str, ...]
    scope: Scope
    rules: tuple[str, ...]
    rank: int
    mend: str
    mend_en: str
    source: str
    about: str = "pupil"
    foretold: bool = True

    def tells(self, rule: str) -> bool:
        """Whether ``rule`` of ours is one that tells this."""
        return any(rule == known or rule.rstrip("0123456789") == known for known in self.rules)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What one line says is wrong: the wording (None: in words we do not know), the fields and how they were called.

    ``value`` is a number that stood in the message, ``text`` what was said, without blanks.
    """

    wording: RegistryWording | None
    fields: tuple[str, ...]
    field_text: str
    value: str
    text: str

    @property
    def is_failure(self) -> bool:
        return self.wording is None or self.wording.scope not in ("passed", "waiting")


@dataclass(frozen=True, slots=True)
class Span:
    """A failure and where it stands in the text that was searched."""

    start: int
    end: int
    failure: Complaint


@cache
def known() -> Mapping[str, Any]:
    """What ``returned.toml`` says."""
    return tomllib.loads((Path(__file__).parent / "returned.toml").read_text(encoding="utf-8"))


@cache
def wordings() -> tuple[RegistryWording, ...]:
    """All wordings, the special before the general."""
    keys = ("id", "zh", "en", "scope", "rank", "mend", "mend_en", "source")
    return tuple(
        RegistryWording(
            **{key: entry[key] for key in keys},
            fields=tuple(entry["fields"]),
            rules=tuple(entry["rules"]),
            about=entry.get("about", "pupil"),
            foretold=entry.get("foretold", True),
        )
        for entry in known()["wording"]
    )


def wording(name: str) -> RegistryWording:
    """The wording ``name``."""
    return next(one for one in wordings() if one.id == name)


@cache
def field_keys() -> Mapping[str, str]:
    """What a column may be called (as `folded` leaves it) -> its key in the forms."""
    found: dict[str, str] = {}
    for aliases in (False, True):  # a form's own wording goes before another field's alias
        for form in templates():
            for entry in form.fields:
                for name in entry.aliases if aliases else (entry.header,):
                    plain = folded(plain_header(name))
                    if len(plain) > 1:
                        found.setdefault(plain, entry.key)
    return found | {name: "" for name in known()["text"]["columns_elsewhere"] if name not in found}


def folded(text: str) -> str:
    """``text`` as wordings are written: width folded, without blanks, members counted with digits."""
    plain = re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", text))
    return _MEMBER_WORD.sub(lambda match: "成员" + "12"["一二".index(match[1])], plain)


@cache
def _patterns() -> tuple[tuple[RegistryWording, re.Pattern[str]], ...]:
    names = "|".join(re.escape(name) for name in sorted(field_keys(), key=len, reverse=True))
    value = r"[GJL]?[0-9A-Z*×●○#]{4,25}"
    field = rf"(?:{_NOT_OTHERS}{_OPEN}?(?P<field>{names})[★*]?:?(?P<of>{value})?{_SHUT}?|{_UNKNOWN_FIELD})(?:信息|内容|列|项|字段)?"
    found = []
    for one, entry in zip(wordings(), known()["wording"], strict=True):
        for pattern in entry["patterns"]:
            text = re.sub(r"\{brackets:(.+?)\}", rf"{_OPEN}?\1{_SHUT}?", pattern)
            # Only one group of each name: a pattern may speak of the number twice.
            text = (
                text.replace("{label}", _NO_LABEL)
                .replace("{field}", field)
                .replace("{idcard}", _ID_CARD)
                .replace("{id}", _in_brackets(_ID))
            )
            head, *rest = text.split("{value}")
            text = head + "".join(
                (_VALUE if n == 0 else _VALUE.replace("?P<value>", "")) + p for n, p in enumerate(rest)
            )
            found.append((one, re.compile(f"{_OPEN}?(?:{text}){_SHUT}?", re.IGNORECASE)))
    return tuple(found)


def _in_brackets(pattern: str) -> str:
    return rf"{_NOT_OTHERS}{_OPEN}?{pattern}"


def read_failures(plain: str) -> tuple[list[Span], str]:
    """What the `folded` text says in known wordings, in order, and the text without it (`GONE` for each character)."""
    spans: list[Span] = []
    for one, pattern in _patterns():
        for match in list(pattern.finditer(plain)):
            failure = _failure(one, match)
            spans.append(Span(match.start(), match.end(), failure))
            plain = plain[: match.start()] + GONE * (match.end() - match.start()) + plain[match.end() :]
    return sorted(spans, key=lambda span: span.start), plain


def _failure(one: RegistryWording, match: re.Match[str]) -> Complaint:
    groups = match.groupdict()
    text = match[0].strip("【】[]")
    field = groups.get("field") or ""
    strange = groups.get("strange") or ""
    value = groups.get("value") or groups.get("of") or ""
    if field:
        key = field_keys()[field]
        return Complaint(one, (key,) if key else (), field, value, text)
    if strange:
        key, rest = _field_within(strange)
        return Complaint(
            one, (key,) if key else (), strange if not key else strange[: len(strange) - len(rest)], rest, text
        )
    return Complaint(one, one.fields, "", value, text)


def _field_within(text: str) -> tuple[str, str]:
    """A field's key and what stands behind its name in brackets: 身份证件号张三 is id_number and 张三."""
    plain = text.rstrip("★*:")
    for name in sorted(field_keys(), key=len, reverse=True):
        if plain.startswith(name):
            return field_keys()[name], plain[len(name) :]
    return "", ""


def in_field(failure: Complaint, field: str) -> Complaint:
    """``failure`` with the field that a column of its own names."""
    key = field_keys().get(folded(plain_header(field)), "")
    if not field or failure.fields or not failure.is_failure:
        return failure
    return replace(failure, fields=(key,) if key else (), field_text=failure.field_text or field)


def unknown(text: str, fields: Sequence[str] = ()) -> Complaint:
    """A failure in words we do not know."""
    return Complaint(None, tuple(fields), "", "", text)


def in_words_of_the_registry(rule: str, key: str) -> RegistryWording | None:
    """What the registry would say of a finding of ours on the field ``key``: the special before the general, None for nothing."""
    ours = [one for one in wordings() if one.foretold and one.scope in ("local", "beyond") and one.about == "pupil"]
    fitting = [one for one in ours if not one.fields or not key or key in one.fields]
    for exact in (True, False):
        for one in fitting:
            if (rule in one.rules) if exact else one.tells(rule):
                return one
    return None


def only_the_registry_knows() -> list[RegistryWording]:
    """What no check beforehand can tell."""
    return [one for one in wordings() if one.scope == "registry"]
