"""One cause behind many findings, said first and once.

Two hundred scattered mistakes and one mistake on every row need different words: the second is mended
in one go, and the clerk should hear that before anything else.
"""

from __future__ import annotations

from collections import Counter

from stuvalid.findings import Block, Cause, Findings

_LEAST = 5
_SHARE = 0.8
_VALUE_SHARE = 0.9


def find_causes(findings: Findings) -> list[Cause]:
    """Causes that explain at least five findings: a whole column, or one value repeated."""
    causes = []
    for block in findings.blocks:
        cause = _cause(block, findings)
        if cause is not None:
            causes.append(cause)
    causes.sort(key=lambda cause: -cause.count)
    return causes


def _cause(block: Block, findings: Findings) -> Cause | None:
    if len(block) < _LEAST or block.rows[0] < 0 or block.column < 0:
        return None
    report = findings.files[block.file]
    count = len(block)
    first, last = min(block.rows) + 1, max(block.rows) + 1
    if report.rows and count >= _SHARE * report.rows:
        return Cause(
            block.rule,
            report.path,
            block.sheet,
            block.field,
            block.header,
            "column",
            "",
            count,
            first,
            last,
            block.kind,
        )
    value, repeats = Counter(block.values).most_common(1)[0]
    if value and repeats >= _LEAST and repeats >= _VALUE_SHARE * count:
        return Cause(
            block.rule,
            report.path,
            block.sheet,
            block.field,
            block.header,
            "value",
            value,
            repeats,
            first,
            last,
            block.kind,
        )
    return None
