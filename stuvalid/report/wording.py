"""Wording a finding in a language, with private values masked: the one place between rules and reports."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import TYPE_CHECKING

from stuvalid.findings.masking import (
    PATH,
    PLAIN,
    blanks_shown,
    is_private,
    mask,
    mask_path,
    mask_text,
    mask_value,
    unlike,
    visible,
)
from stuvalid.rules.registry import Rule, all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stuvalid.findings import Cause, Finding, Place

_COLOURS = frozenset({"白色", "红色", "蓝色", "黄色", "淡蓝色", "深红色"})
_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+(?:\.[a-z_]+)?)\}")

_REASONS = {
    "no-roster": ("没有给名单（--roster）", "no roster was given (--roster)"),
    "faces-left-out": ("按 --no-faces 没有看人像", "faces were left out by --no-faces"),
    "no-face-runtime": ("没有安装人像组件（stuvalid[face]）", "the face component is not installed (stuvalid[face])"),
    "no-workbook": ("数据不是来自工作簿", "the data were never cells of a workbook"),
    "not-decodable": ("照片解不开", "the picture cannot be decoded"),
}


_SHOWN_PLACES = 3


# What parameters of these names are wherever neither the rule nor the column says it.
_PARAMETERS = {
    "name": "name",
    "id_number": "id_number",
    "phone": "phone",
    "address": "address",
    "email": "email",
    **dict.fromkeys(("folder", "entry", "file", "path", "other"), PATH),
    **dict.fromkeys(("count", "row", "rule", "until", "limit", "missing", "missing_en", "headers"), PLAIN),
}


@cache
def _words() -> frozenset[str]:
    """Words of the forms and lists: no names of persons, though some begin like one (安徽, 国籍, 白族)."""
    from stuvalid import codes
    from stuvalid.codes import divisions
    from stuvalid.forms import templates

    listed = (entry for name in codes.list_ids() for entry in codes.load(name).entries)
    words = {word for entry in listed for word in (entry.name, *entry.aliases, *entry.hints)}
    words |= {word for form in templates() for field in form.fields for word in (field.header, *field.aliases)}
    return frozenset(words | divisions.names() | _COLOURS)


def _is_word(text: str) -> bool:
    return text in _words()


@cache
def _placeholders(template: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def _tell_apart(worded: dict[str, str], finding: Finding) -> None:
    """Uncover what two values of a sentence differ in where their masks look the same."""
    for one, other in itertools.combinations(worded, 2):
        if worded[one] == worded[other] and "*" in worded[one]:
            mine, theirs = (finding.value if name == "value" else finding.params.get(name, "") for name in (one, other))
            mask_ = worded[one]
            worded[one], worded[other] = unlike(mask_, mine, mask_, theirs), unlike(mask_, theirs, mask_, mine)


class Wording:
    """Texts of findings in ``lang`` (``zh`` or ``en``); ``show_values`` opens what is masked otherwise.

    ``show_paths`` False masks names of files even then: what goes back to a school names other schools' files.
    """

    def __init__(self, lang: str = "zh", *, show_values: bool = False, show_paths: bool | None = None) -> None:
        self.lang = lang
        self.show_values = show_values
        self.show_paths = show_values if show_paths is None else show_paths
        self._names: frozenset[str] = frozenset()
        self._paths: dict[str, str] = {}

    def say(self, zh: str, en: str) -> str:
        """``zh`` or ``en``, whichever the report is in."""
        return en if self.lang == "en" else zh

    def rule(self, finding: Finding) -> Rule | None:
        return all_rules().get(finding.rule)

    def value(self, finding: Finding) -> str:
        """The cell's value as it may be shown; what a sheet rule names is a header, not a pupil's value."""
        return self._beside_fix(finding)[0]

    def fix_value(self, finding: Finding) -> str | None:
        """The mended value as it may be shown, None where there is none."""
        return None if finding.fix is None else self._beside_fix(finding)[1]

    def _beside_fix(self, finding: Finding) -> tuple[str, str]:
        if finding.fix is None:
            return self.shown(finding.value, finding.kind, finding.field), ""
        return self.pair(finding.value, finding.fix.value, finding.kind, finding.field)

    def pair(self, one: str, other: str, kind: str, key: str = "") -> tuple[str, str]:
        """Two values of one field as they may be shown side by side: what the mask would hide of their difference is seen."""
        first, second = self.shown(one, kind, key), self.shown(other, kind, key)
        if self.show_values or one == other:
            return first, second
        if "".join(one.split()) == "".join(other.split()):
            return blanks_shown(first, one), blanks_shown(second, other)
        if not is_private(kind, key):
            return first, second
        return unlike(first, one, second, other), unlike(second, other, first, one)

    def path(self, name: str) -> str:
        """A file's name as it may be shown: files are named by numbers and names of pupils."""
        known = self._paths.get(name)
        if known is None:
            known = self._paths[name] = visible(name if self.show_paths else mask_path(name, self._names))
        return known

    def know_names(self, names: Iterable[str]) -> None:
        """Mask these pupils' names in the names of files, however they are written around."""
        self._names = self._names.union(names)
        self._paths.clear()

    def sheet(self, name: str) -> str:
        """A sheet's name as it may be shown."""
        return visible(name if self.show_values else mask_text(name))

    def header(self, header: str, field: str) -> str:
        """A column's header as it may be shown; of no ``field`` it is what stands in the sheet's first rows."""
        return visible(header) if field else self.shown(header, "text")

    def text(self, text: str) -> str:
        """A sentence of the program or of a library, in which a value or a path may stand."""
        return visible(text if self.show_values else mask_text(text))

    def place(self, place: Place, beside: Place | None = None) -> str:
        """A place in words: the cell, with the sheet and the file in front where they are not those of ``beside``."""
        words = place.cell
        if not words and place.row >= 0:
            words = self.say(f"第{place.row + 1}行", f"row {place.row + 1}")
        if place.sheet and (beside is None or place[:2] != beside[:2]):
            words = f"{self.sheet(place.sheet)}!{words}" if words else self.sheet(place.sheet)
        if place.file and (beside is None or place.file != beside.file):
            words = f"{self.path(place.file)} {words}".rstrip()
        return words

    def others(self, finding: Finding) -> str:
        """The related places of a finding in words, the first few of many."""
        shown = [self.place(place, finding.place) for place in finding.related[:_SHOWN_PLACES]]
        count = len(finding.related) + finding.related_more
        more = f" …（{count}）" if count > _SHOWN_PLACES else ""
        return "、".join(shown) + more

    def message(self, finding: Finding) -> str:
        """What is wrong, with the values."""
        known = self.rule(finding)
        if known is None:
            return self.text(finding.params.get(f"message_{self.lang}", finding.rule))
        template = known.en if self.lang == "en" else known.zh
        worded = {name: self._parameter(name, finding, known) for name in _placeholders(template)}
        if len(worded) > 1 and not self.show_values:
            _tell_apart(worded, finding)
        return _PLACEHOLDER.sub(lambda match: worded[match[1]], template)

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

    def column(self, key: str, header: str = "") -> str:
        """A field as the form's header calls it, in English with its key."""
        return header if header and self.lang != "en" else f"{header} ({key})" if header else key

    def cause(self, cause: Cause) -> str:
        """One cause behind many findings, in one sentence."""
        known = all_rules()[cause.rule]
        header = f"“{cause.header}”" if cause.header else ""
        detail = self.shown(cause.detail, cause.kind, cause.field)
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

    def shown(self, value: str, kind: str, key: str = "") -> str:
        """A value of a column of this ``kind`` and ``key`` as it may be shown."""
        if self.show_values or kind == PLAIN or not value:
            return visible(value)
        if is_private(kind, key):
            return mask(visible(value), kind)
        return mask_value(visible(value), _is_word)

    def _parameter(self, name: str, finding: Finding, known: Rule) -> str:
        text = finding.params.get(name)
        if text is None:
            if name == "value":
                return self.value(finding)
            if name == "header":
                return visible(finding.header)
            if name in ("other", "others"):
                return self.others(finding)
            return ""
        kind = known.private.get(name) or finding.kinds.get(name) or _PARAMETERS.get(name, "text")
        return self.path(text) if kind == PATH else self.shown(text, kind, name)
