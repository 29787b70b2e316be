"""Pseudonyms of pupils: keyed hashes by which two documents of one owner tell that they mean the same child.

HMAC-SHA256, cut to 12 bytes: who has not the key learns nothing from them, not even by trying all numbers of a
region. Reports are keyed with the user's own key (`machine_key`), a baseline with the key that stands beside it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from stuvalid.submissions.identities import Identity

if TYPE_CHECKING:
    from stuvalid.findings import Findings

_BYTES = 12


class Pseudonyms:
    """Names things under one key; what is empty stays empty."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.fingerprint = self.of("stuvalid.key")[:8]
        """By it two documents tell that they were made with the same key."""

    def of(self, *parts: str) -> str:
        """24 hexadecimal digits for these texts."""
        message = "\x1f".join(parts).encode()
        return hmac.digest(self._key, message, "sha256")[:_BYTES].hex()

    def pupil(self, identity: Identity) -> Identity:
        """The identity with number and person as pseudonyms, and nothing else."""
        return Identity(
            self.of("number", identity.number) if identity.number else "",
            self.of("person", identity.person) if identity.person else "",
        )


def name_pupils(findings: Findings, pseudonyms: Pseudonyms) -> None:
    """Give the findings their pupils' pseudonyms, from what a `PupilGleaner` gathered while reading."""
    wanted: dict[tuple[str, str], set[int]] = {}
    for block in findings.blocks:
        wanted.setdefault((findings.files[block.file].path, block.sheet), set()).update(block.rows)
    findings.pseudonym_key = pseudonyms.fingerprint
    for report, gleaned in zip(findings.files, findings.gleaned, strict=True):
        for pupils in gleaned:
            rows = wanted.get((report.path, pupils.sheet), set())
            texts = zip(pupils.rows, pupils.numbers, pupils.persons, strict=True)
            for row, number, person in texts if rows else ():
                if row in rows:
                    named = pseudonyms.pupil(Identity(number, person))
                    findings.pseudonyms[report.path, pupils.sheet, row] = (named.number, named.person)
