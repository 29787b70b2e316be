"""Findings that code tells rather than a rule over a table: about files, schools, pictures, lists. By the rule's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stuvalid.findings import Finding, Findings, Place
from stuvalid.rules.registry import Rule


@dataclass(slots=True)
class Told:
    """Findings by the rules that were chosen."""

    rules: Mapping[str, Rule]
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Told:
        return cls({rule.slug: rule for rule in rules})

    def add(self, slug: str, place: str | Place, *, related: Iterable[str | Place] = (), **params: object) -> None:
        """Tell one fault of a file (its name) or cell; nothing happens when its rule was not chosen."""
        rule = self.rules.get(slug)
        if rule is not None:
            texts = {key: str(value) for key, value in params.items()}
            places = tuple(map(_place, related))
            self.findings.append(Finding(rule.id, rule.severity, _place(place), params=texts, related=places))

    def into(self, findings: Findings) -> None:
        """Add them all to the findings of a run."""
        for finding in self.findings:
            findings.add(finding)


def _place(place: str | Place) -> Place:
    return Place(place) if isinstance(place, str) else place
