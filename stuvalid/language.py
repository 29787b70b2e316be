"""The user's language: ``--lang``, else the environment, else what ``stuvalid.toml`` says, else Chinese."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

LANGUAGES = ("zh", "en")
_configured: list[str] = []


def configure_language(lang: str) -> None:
    """Let the configuration choose the language of reports, where neither option nor environment does."""
    _configured[:] = [lang]


def language(argv: Sequence[str] | None = None) -> str:
    """``zh`` or ``en``, from ``--lang`` anywhere on the command line or STUVALID_LANG.

    Help texts are made before options are parsed, so the option is looked for by hand.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for position, word in enumerate(words):
        if word == "--lang" and position + 1 < len(words) and words[position + 1] in LANGUAGES:
            return words[position + 1]
        if word.startswith("--lang=") and word[7:] in LANGUAGES:
            return word[7:]
    chosen = os.environ.get("STUVALID_LANG", "")
    return chosen if chosen in LANGUAGES else next(iter(_configured), "zh")


def say(zh: str, en: str) -> str:
    """``zh`` or ``en``, whichever the user reads."""
    return en if language() == "en" else zh
