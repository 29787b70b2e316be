"""The keyed hashes that stand for a number or a pupil outside the county: HMAC-SHA256, cut to 16 bytes.

Whoever has neither the secret nor the workbooks learns nothing from them. Whoever has the secret can test whether
a child already known is among them: the secret is to be kept as the data itself.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

TAG_BYTES = 16
LEAST_SECRET = 20
_LEAST_DIFFERENT = 8
_BLOCK = 64
_NUMBER, _PUPIL, _IDENTITY = (b"stuvalid.keys/1 number\0", b"stuvalid.keys/1 pupil\0", b"stuvalid.keys/1 secret\0")

Tags = npt.NDArray[np.int64]
"""The two halves of each tag, as a (n, 2) array; (0, 0) where there is nothing to hash."""


class Hasher:
    """HMAC-SHA256 under one secret; the two halves of the key are digested once, not once a value."""

    def __init__(self, secret: bytes) -> None:
        key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        """HMAC-SHA256 of ``message``, 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits by which two owners of the same secret recognise each other."""
        return self.digest(_IDENTITY)[:8].hex()

    def numbers(self, texts: Iterable[bytes]) -> Tags:
        """Tags of plain numbers; none for an empty one."""
        return self._tags(texts, _NUMBER)

    def pupils(self, texts: Iterable[bytes]) -> Tags:
        """Tags of name|sex|birth date; none for an empty one."""
        return self._tags(texts, _PUPIL)

    def _tags(self, texts: Iterable[bytes], domain: bytes) -> Tags:
        digest = self.digest
        joined = b"".join(digest(domain + text)[:TAG_BYTES] if text else bytes(TAG_BYTES) for text in texts)
        return np.frombuffer(joined, dtype="<i8").astype(np.int64).reshape(-1, 2)


def is_strong(secret: bytes) -> bool:
    """Whether a secret is long and mixed enough not to be guessed together with the numbers."""
    return len(secret) >= LEAST_SECRET and len(set(secret)) >= _LEAST_DIFFERENT


def new_secret() -> str:
    """A fresh secret of 256 bits, as text that survives being typed: lower-case letters and digits in fives."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(11))
