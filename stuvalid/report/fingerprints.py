"""Naming a finding so that the next run recognises it, wherever its row has moved to.

Only what a report shows anyway goes into a fingerprint: from masked reports nobody can compute back a number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from pathlib import PurePath

from stuvalid.findings import Finding
from stuvalid.report.document import path
from stuvalid.report.wording import Wording


def repository_path(name: str, wording: Wording) -> str:
    """A file's name as services show it that know a repository: ``上报/学校.xlsx`` on every system, masked."""
    return _posix(path(name, wording))


@lru_cache(maxsize=1024)
def _posix(name: str) -> str:
    return PurePath(name).as_posix()


def digest(*parts: str) -> str:
    """Forty hexadecimal digits for these texts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


class Fingerprints:
    """Gives each finding of a run its fingerprint; the same shown content twice is told apart by its order."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._seen: Counter[tuple[str, ...]] = Counter()

    def of(self, finding: Finding) -> str:
        """Forty hexadecimal digits that do not depend on the row."""
        key = (
            finding.rule,
            repository_path(finding.place.file, self._wording),
            finding.place.sheet,
            finding.field,
            self._wording.value(finding),
        )
        self._seen[key] += 1
        return digest(*key, str(self._seen[key]))
