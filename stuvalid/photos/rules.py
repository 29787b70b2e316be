"""What can be said of a photo: the rules of ``rules.toml`` by slug, and one fault of one photo."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from stuvalid.findings import Severity


@dataclass(frozen=True, slots=True)
class PhotoRule:
    """One rule; ``zh`` and ``en`` are message templates, ``source`` where the demand comes from.

    ``private`` says which parameters are masked in what travels, and as what kind of value.
    """

    id: str
    slug: str
    severity: Severity
    zh: str
    en: str
    mend_zh: str
    mend_en: str
    source: str
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a photo: rule id, severity, the message's parameters and the value judged."""

    rule: str
    severity: Severity
    params: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    value: str = ""

    @property
    def slug(self) -> str:
        return photo_rules()[self.rule].slug

    def message(self, lang: str = "zh") -> str:
        """The sentence in ``zh`` or ``en``, unmasked."""
        rule = photo_rules()[self.rule]
        return (rule.en if lang == "en" else rule.zh).format_map(self.params)


@cache
def photo_rules() -> Mapping[str, PhotoRule]:
    """Every photo rule by id."""
    text = (resources.files("stuvalid.photos") / "rules.toml").read_text(encoding="utf-8")
    return {
        rule_id: PhotoRule(
            rule_id,
            entry["slug"],
            Severity.parse(entry["severity"]),
            entry["zh"],
            entry["en"],
            entry["mend_zh"],
            entry["mend_en"],
            entry["source"],
        )
        for rule_id, entry in tomllib.loads(text).items()
    }


@cache
def _by_slug() -> Mapping[str, PhotoRule]:
    return {rule.slug: rule for rule in photo_rules().values()}


def fault(slug: str, *, about: object = "", value: object = "", **params: object) -> Fault:
    """A fault by its rule's slug; ``about`` is the field judged, ``params`` fill the message."""
    rule = _by_slug()[slug]
    texts = {key: str(entry) for key, entry in params.items()}
    return Fault(rule.id, rule.severity, texts, str(about), str(value))
