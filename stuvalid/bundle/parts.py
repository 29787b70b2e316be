"""The part of a run's findings that concerns some files, under the names those have in the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stuvalid.findings import FileReport, Finding, Findings, Place, Severity


def part_of(findings: Findings, names: Mapping[str, str], strangers: str) -> Findings:
    """Findings in the files of ``names`` (received name to new name); places in other files become ``strangers``.

    A school's own report must not tell how other schools call their files.
    """
    numbers = {
        position: number
        for number, position in enumerate(
            position for position, report in enumerate(findings.files) if report.path in names
        )
    }
    part = Findings([_renamed_report(findings.files[position], names, strangers) for position in numbers])
    for block in findings.blocks:
        if block.file in numbers:
            related = [tuple(_renamed(place, names, strangers) for place in places) for places in block.related]
            part.blocks.append(replace(block, file=numbers[block.file], related=related))
    for finding in findings.extra:
        if finding.place.file in names:
            part.add(_moved(finding, names, strangers))
    part.causes = [replace(cause, file=names[cause.file]) for cause in findings.causes if cause.file in names]
    return part


def count_by_file(findings: Findings) -> dict[str, dict[Severity, int]]:
    """Findings of each severity by file."""
    counts: dict[str, dict[Severity, int]] = {}
    for (name, severity), count in findings.by_file().items():
        counts.setdefault(name, dict.fromkeys(Severity, 0))[severity] += count
    return counts


def _renamed_report(report: FileReport, names: Mapping[str, str], strangers: str) -> FileReport:
    not_checked = [
        replace(entry, examples=tuple(_renamed(place, names, strangers) for place in entry.examples))
        for entry in report.not_checked
    ]
    return replace(report, path=names[report.path], not_checked=not_checked)


def _moved(finding: Finding, names: Mapping[str, str], strangers: str) -> Finding:
    related = tuple(_renamed(place, names, strangers) for place in finding.related)
    return replace(finding, place=_renamed(finding.place, names, strangers), related=related)


def _renamed(place: Place, names: Mapping[str, str], strangers: str) -> Place:
    return place._replace(file=names.get(place.file, strangers))
