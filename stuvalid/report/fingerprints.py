"""Naming a finding so that the next run recognises it, wherever its row has moved to.

Only what a report shows anyway goes into a fingerprint: from masked reports nobody can compute back a number.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from stuvalid.findings import Finding
from stuvalid.messages import Wording
from stuvalid.report.document import path


class Fingerprints:
    """Gives each finding of a run its fingerprint; the same shown content twice is told apart by its order."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._seen: Counter[tuple[str, ...]] = Counter()

    def of(self, finding: Finding) -> str:
        """Forty hexadecimal digits that do not depend on the row."""
        key = (
            finding.rule,
            path(finding.place.file, self._wording),
            finding.place.sheet,
            finding.field,
            self._wording.value(finding),
        )
        self._seen[key] += 1
        return hashlib.sha256("\x1f".join((*key, str(self._seen[key]))).encode()).hexdigest()[:40]
