"""The fields that can be asked for, by every name the forms know them by.

A word that means several columns is each of them: it is granted only where all are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stuvalid.errors import did_you_mean
from stuvalid.forms import templates
from stuvalid.forms.matching import plain_header


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field as it was asked for: ``word``, and the ``keys`` it can mean; none where there is no such field."""

    word: str
    keys: tuple[str, ...]
    kind: str = "text"

    @property
    def key(self) -> str:
        return self.keys[0] if self.keys else ""


@cache
def words() -> Mapping[str, Any]:
    """What ``words.toml`` says."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@cache
def _known() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, str]]]:
    """Keys by plain name, and (header, kind) by key; our own fields come before those of the forms."""
    by_name: dict[str, list[str]] = {}
    about: dict[str, tuple[str, str]] = {}
    own = words()["field"]
    taken = {plain_header(name) for entry in own for name in (entry["header"], *entry["aliases"])}
    entries = [(entry["key"], entry["header"], entry["kind"], entry["aliases"], True) for entry in own]
    entries += [
        (entry.key, entry.header, entry.kind, entry.aliases, False) for form in templates() for entry in form.fields
    ]
    for key, header, kind, aliases, mine in entries:
        about.setdefault(key, (header, "birth" if key == "birth_date" else kind))
        for name in (header, *aliases):
            plain = plain_header(name)
            keys = by_name.setdefault(plain, [])
            if key not in keys and (mine or plain not in taken):
                keys.append(key)
    return {name: tuple(keys) for name, keys in by_name.items() if keys}, about


def find(word: str) -> Wanted:
    """The field that ``word`` (a header, another name of it, or its key) means."""
    by_name, about = _known()
    word = word.strip()
    keys = (word,) if word in about else by_name.get(plain_header(word), ())
    return Wanted(word, keys, about[keys[0]][1] if keys else "text")


def header_of(key: str) -> str:
    """What the forms call a field."""
    return _known()[1].get(key, (key, ""))[0]


def is_header(text: str) -> bool:
    """Whether a text is the name of a column."""
    return plain_header(text) in _known()[0]


def near(word: str) -> tuple[str, str]:
    """The question after the field that a misspelt ``word`` may mean, '' where nothing is near."""
    return did_you_mean(word, [header for header, _ in _known()[1].values()])
