"""One fault of one photo, by the rules of `stuvalid.rules.photos`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stuvalid.findings import Severity
from stuvalid.rules.photos import PHOTO_RULES

_BY_SLUG = {rule.slug: rule for rule in PHOTO_RULES.values()}


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
        return PHOTO_RULES[self.rule].slug

    def message(self, lang: str = "zh") -> str:
        """The sentence in ``zh`` or ``en``, unmasked."""
        rule = PHOTO_RULES[self.rule]
        return (rule.en if lang == "en" else rule.zh).format_map(self.params)


def fault(slug: str, *, about: object = "", value: object = "", **params: object) -> Fault:
    """A fault by its rule's slug; ``about`` is the field judged, ``params`` fill the message."""
    rule = _BY_SLUG[slug]
    texts = {key: str(entry) for key, entry in params.items()}
    return Fault(rule.id, rule.severity, texts, str(about), str(value))
