"""Findings that code tells rather than a rule over a table: about files, schools, pictures, lists. By the rule's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from stuvalid.findings import MOST_RELATED, Finding, Findings, Place
from stuvalid.forms import Field
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
            places = [_place(one) for one in related]
            more = len(places[MOST_RELATED:])
            self.findings.append(
                Finding(
                    rule.id,
                    rule.severity,
                    _place(place),
                    params=texts,
                    related=tuple(places[:MOST_RELATED]),
                    related_more=more,
                )
            )

    def add_on(
        self, slug: str, place: Place, entry: Field, text: str, /, related: Iterable[str | Place] = (), **params: object
    ) -> None:
        """The same of a cell that holds ``text`` for a form's field: the message's ``{value}`` and ``{header}``."""
        before = len(self.findings)
        self.add(slug, place, related=related, **{"header": entry.header} | params)
        for number in range(before, len(self.findings)):
            self.findings[number] = replace(
                self.findings[number], field=entry.key, header=entry.header, kind=entry.kind, value=text
            )

    def into(self, findings: Findings) -> None:
        """Add them all to the findings of a run."""
        for finding in self.findings:
            findings.add(finding)


def _place(place: str | Place) -> Place:
    return Place(place) if isinstance(place, str) else place
