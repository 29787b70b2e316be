"""Which field of ours a header of an issued form means, and what kind a column of its own is."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from stuvalid.forms import Field, templates
from stuvalid.forms.loading import vocabulary
from stuvalid.forms.matching import bare_header, field_names, plain_header
from stuvalid.forms.model import Condition, FieldKind

_NUMBERED = re.compile(r"^(?:[0-9]{1,3}[.、．)）]|[①-⑳])")
_REMARK = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]$")
_PUPIL = re.compile(r"^(?:学生|幼儿|儿童|新生)")


@cache
def _names() -> dict[str, Field]:
    """Plain header -> field: our shared wording first, then what single forms say."""
    shared = vocabulary()
    by_key = {entry.key: entry for entry in shared.fields}
    names: dict[str, Field] = {}
    for form in (shared, *templates()):
        for name, entry in field_names(form).items():
            names.setdefault(name, by_key[entry.key])
    return names


@cache
def known_names() -> frozenset[str]:
    """The plain headers of all known fields."""
    return frozenset(_names())


def known_field(header: str) -> tuple[Field, bool] | None:
    """The field that a header means, and whether it is the field's own header rather than another wording; else None.

    The number before it, a remark in brackets behind it and 学生 before what is the pupil's do not change the meaning.
    """
    plain = plain_header(_NUMBERED.sub("", unicodedata.normalize("NFKC", header).strip()))
    bare = _REMARK.sub("", plain)
    for text in (plain, bare, _PUPIL.sub("", bare)):
        if (entry := _names().get(text)) is not None:
            return entry, text == plain_header(entry.header)
    return None


@cache
def exceptions(key: str) -> tuple[Condition, ...]:
    """Where a required field may be blank all the same: who has no household has no address of one, in any form."""
    entries = (form.field(key) for form in (vocabulary(), *templates()))
    return next((entry.exempt for entry in entries if entry is not None and entry.exempt), ())


def guessed_kind(header: str) -> FieldKind:
    """What a column of a form's own holds, by its header: what must be masked is told from what need not be."""
    bare = _REMARK.sub("", bare_header(_NUMBERED.sub("", header.strip())))
    for kind, pattern in _guesses():
        if pattern.search(bare):
            return kind
    return "text"


@cache
def _guesses() -> tuple[tuple[FieldKind, re.Pattern[str]], ...]:
    data = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8"))
    return tuple((guess["kind"], re.compile(guess["header"])) for guess in data["guess"])
