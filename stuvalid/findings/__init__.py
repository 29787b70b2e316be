"""What is wrong, where, and with which mend: the one thing that everything gives and every report takes."""

from stuvalid.findings.model import (
    Accepted,
    Block,
    Cause,
    ClassRun,
    FileReport,
    FileState,
    Finding,
    Findings,
    Fix,
    Group,
    NotChecked,
    Place,
    RuleRuns,
    Severity,
    letters,
)

__all__ = [
    "Accepted",
    "Block",
    "Cause",
    "ClassRun",
    "FileReport",
    "FileState",
    "Finding",
    "Findings",
    "Fix",
    "Group",
    "NotChecked",
    "Place",
    "RuleRuns",
    "Severity",
    "letters",
]
