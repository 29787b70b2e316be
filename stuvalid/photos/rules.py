"""One fault of one photo, by the rules of `stuvalid.rules.photos`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stuvalid.findings import Finding, Place, Severity
from stuvalid.report.wording import Wording
from stuvalid.rules.photos import PHOTO_RULES

_BY_SLUG = {rule.slug: rule for rule in PHOTO_RULES.values()}


@dataclass(frozen=True, slots=True)
class PhotoFault:
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
        """The sentence in ``zh`` or ``en``, masked as in every report."""
        place = Place("")
        found = Finding(self.rule, self.severity, place, self.field, value=self.value, params=self.params)
        return Wording(lang).message(found)


def fault(slug: str, *, about: object = "", value: object = "", **params: object) -> PhotoFault:
    """A fault by its rule's slug; ``about`` is the field judged, ``params`` fill the message."""
    rule = _BY_SLUG[slug]
    texts = {key: str(entry) for key, entry in params.items()}
    return PhotoFault(rule.id, rule.severity, texts, str(about), str(value))
