"""PHO: photos. The rules are data in ``photos.toml``; the code that judges them is the package `stuvalid.photos`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

from stuvalid.findings import Severity
from stuvalid.rules.registry import declare


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


def _load() -> dict[str, PhotoRule]:
    text = (resources.files("stuvalid.rules") / "photos.toml").read_text(encoding="utf-8")
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
            entry.get("private", {}),
        )
        for rule_id, entry in tomllib.loads(text).items()
    }


PHOTO_RULES: Mapping[str, PhotoRule] = _load()

for _rule in PHOTO_RULES.values():
    declare(
        _rule.id,
        _rule.slug,
        _rule.severity,
        zh=_rule.zh,
        en=_rule.en,
        mend=_rule.mend_zh,
        mend_en=_rule.mend_en,
        source=_rule.source,
        private=_rule.private,
    )
