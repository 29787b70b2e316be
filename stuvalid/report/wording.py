"""Wording a finding in a language, with private values masked: the one place between rules and reports."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from stuvalid.findings.masking import is_private, mask, mask_text
from stuvalid.rules.registry import Rule, all_rules

if TYPE_CHECKING:
    from stuvalid.findings import Cause, Finding

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+(?:\.[a-z_]+)?)\}")

_REASONS = {
    "no-roster": ("没有给名单（--roster）", "no roster was given (--roster)"),
    "no-face-runtime": ("没有安装人像组件（stuvalid[face]）", "the face component is not installed (stuvalid[face])"),
    "not-decodable": ("照片解不开", "the picture cannot be decoded"),
}


@cache
def _kinds() -> dict[str, str]:
    from stuvalid.forms import templates

    return {entry.key: entry.kind for form in templates() for entry in form.fields}


@cache
def _headers() -> dict[str, str]:
    from stuvalid.forms import templates

    return {entry.key: entry.header for form in reversed(templates()) for entry in form.fields}


def kind_of(key: str) -> str:
    """The kind of a field key in any form we ship; ``text`` for a user's own field."""
    return _kinds().get(key, "text")


class Wording:
    """Texts of findings in ``lang`` (``zh`` or ``en``); ``show_values`` opens what is masked otherwise."""

    def __init__(self, lang: str = "zh", *, show_values: bool = False) -> None:
        self.lang = lang
        self.show_values = show_values

    def say(self, zh: str, en: str) -> str:
        """``zh`` or ``en``, whichever the report is in."""
        return en if self.lang == "en" else zh

    def rule(self, finding: Finding) -> Rule | None:
        return all_rules().get(finding.rule)

    def value(self, finding: Finding) -> str:
        """The cell's value as it may be shown; what a sheet rule names is a header, not a pupil's value."""
        return self._cell_text(finding, finding.value)

    def fix_value(self, finding: Finding) -> str | None:
        """The mended value as it may be shown, None where there is none."""
        return None if finding.fix is None else self._cell_text(finding, finding.fix.value)

    def message(self, finding: Finding) -> str:
        """What is wrong, with the values."""
        known = self.rule(finding)
        if known is None:
            return finding.params.get(f"message_{self.lang}", finding.rule)
        template = known.en if self.lang == "en" else known.zh
        return _PLACEHOLDER.sub(lambda match: self._parameter(match[1], finding, known), template)

    def mend(self, finding: Finding) -> str:
        """What to do."""
        known = self.rule(finding)
        if known is None:
            return finding.params.get(f"mend_{self.lang}", "")
        return known.mend_en if self.lang == "en" else known.mend

    def reason(self, key: str) -> str:
        """Why rules did not run, where that is not a missing column: '' for the key of a field."""
        zh, en = _REASONS.get(key, ("", ""))
        return en if self.lang == "en" else zh

    def column(self, key: str) -> str:
        """A field as the form's header calls it, in English with its key; the key alone for a user's own field."""
        header = _headers().get(key, key)
        return header if header == key or self.lang != "en" else f"{header} ({key})"

    def cause(self, cause: Cause) -> str:
        """One cause behind many findings, in one sentence."""
        known = all_rules()[cause.rule]
        header = f"“{cause.header}”" if cause.header else ""
        detail = self._shown(cause.detail, kind_of(cause.field), cause.field)
        if self.lang == "en":
            what = f'the value "{detail}"' if cause.scope == "value" else "almost the whole column"
            return (
                f"rows {cause.first_row}-{cause.last_row}: {what} of {cause.header or 'the sheet'} has the same fault "
                f"({cause.rule} {known.slug}, {cause.count} cells); {known.mend_en}"
            )
        what = f"“{detail}”" if cause.scope == "value" else "几乎整列"
        return (
            f"第{cause.first_row}–{cause.last_row}行的{header}{what}是同一个问题"
            f"（{cause.rule}，共{cause.count}处），可一次改完：{known.mend}"
        )

    def shown(self, value: str, key: str) -> str:
        """A value of the field ``key`` as it may be shown."""
        return self._shown(value, kind_of(key), key)

    def _cell_text(self, finding: Finding, text: str) -> str:
        known = self.rule(finding)
        if known is not None and known.scope == "sheet":
            return _visible(text if self.show_values else mask_text(text))
        return self._shown(text, kind_of(finding.field), finding.field)

    def _parameter(self, name: str, finding: Finding, known: Rule) -> str:
        if name == "value":
            return self.value(finding)
        if name == "header" and "header" not in finding.params:
            return finding.header
        text = finding.params.get(name, "")
        if name in known.private:
            return self._shown(text, known.private[name], "")
        return self._shown(text, _kinds().get(name, "text"), name)

    def _shown(self, value: str, kind: str, key: str) -> str:
        if self.show_values or not is_private(kind, key):
            return _visible(value)
        return mask(_visible(value), kind)


def _visible(value: str) -> str:
    """Line breaks and control characters made visible, so that a cell stays on its line."""
    if value.isprintable():
        return value
    return "".join(
        {"\n": "⏎", "\r": "", "\t": "⇥", "\u3000": "□", "\u200b": "?", "\ufeff": "?"}.get(char, char)
        if char.isprintable() or char in "\n\r\t\u3000\u200b\ufeff"
        else "?"
        for char in value
    )
