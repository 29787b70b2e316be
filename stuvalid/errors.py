"""The one exception hierarchy.

A user's mistake in a workbook is a finding, never an exception. What is raised here is either a
request that cannot be carried out (bad arguments, nothing to check) or an input that cannot be read.
Each carries one clear sentence in both languages, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable


class StuvalidError(Exception):
    """Base of all errors a user may see; the command line turns it into one sentence and exit code 2."""

    def __init__(self, zh: str, en: str, *, mend_zh: str = "", mend_en: str = "") -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en
        self.mend_zh = mend_zh
        self.mend_en = mend_en

    def __str__(self) -> str:
        """Both languages, for who meets it as an exception of Python."""
        return f"{self.text('zh')} | {self.text('en')}"

    def text(self, lang: str) -> str:
        """The sentence and, behind it, what to do next, in ``lang`` (``zh`` or ``en``)."""
        if lang == "en":
            return f"{self.en} {self.mend_en}".strip()
        return f"{self.zh}{self.mend_zh}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; the default would lose the keyword arguments.
        return (_rebuild, (type(self), self.zh, self.en, self.mend_zh, self.mend_en))


def _rebuild(kind: type[StuvalidError], zh: str, en: str, mend_zh: str, mend_en: str) -> StuvalidError:
    error = kind.__new__(kind)
    StuvalidError.__init__(error, zh, en, mend_zh=mend_zh, mend_en=mend_en)
    return error


class UsageError(StuvalidError):
    """The request itself cannot be carried out: bad argument, nothing to check, no space."""


class UnreadableFile(StuvalidError):
    """One input cannot be read; the run goes on without it and ends with exit code 2."""

    def __init__(self, zh: str, en: str, *, reason: str = "corrupt", mend_zh: str = "", mend_en: str = "") -> None:
        super().__init__(zh, en, mend_zh=mend_zh, mend_en=mend_en)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_unreadable, (self.zh, self.en, self.reason, self.mend_zh, self.mend_en))


def _rebuild_unreadable(zh: str, en: str, reason: str, mend_zh: str, mend_en: str) -> UnreadableFile:
    return UnreadableFile(zh, en, reason=reason, mend_zh=mend_zh, mend_en=mend_en)


def did_you_mean(
    word: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6, zh: str = "", en: str = ""
) -> tuple[str, str]:
    """The question after what is near a misspelt ``word``, in both languages; ``zh`` and ``en`` where nothing is."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=most, cutoff=cutoff)
    return (f"是不是 {'、'.join(near)}？", f"Did you mean {', '.join(near)}?") if near else (zh, en)


def ended(sentence: str, stop: str) -> str:
    """``sentence`` with its full ``stop``, unless it ends in a question."""
    return sentence if sentence.endswith(("？", "?")) else sentence + stop
