"""Naming a finding so that the next run recognises it, wherever its row has moved to.

Only what a report shows anyway goes into a fingerprint: from masked reports nobody can compute back a number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from pathlib import PurePath

from stuvalid.report.items import WordedFinding


@lru_cache(maxsize=1024)
def repository_path(name: str) -> str:
    """A shown file name as services write it that know a repository: ``上报/学校.xlsx`` on every system."""
    return PurePath(name).as_posix()


def digest(*parts: str) -> str:
    """Forty hexadecimal digits for these texts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


class Fingerprints:
    """Gives each finding of a run its fingerprint; the same shown content twice is told apart by its order."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def of(self, finding: WordedFinding) -> str:
        """Forty hexadecimal digits that do not depend on the row."""
        place = finding.place
        key = (finding.rule, repository_path(place.file), place.sheet, finding.field, finding.value)
        # Half a million findings are remembered by sixteen bytes each, not by their texts.
        short = bytes.fromhex(digest(*key))[:16]
        self._seen[short] += 1
        return digest(*key, str(self._seen[short]))
