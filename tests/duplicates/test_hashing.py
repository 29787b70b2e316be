"""Keyed hashes are HMAC-SHA256, and files of them hold nothing else."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.duplicates.hashing import Hasher, is_strong, new_secret


@given(st.binary(min_size=1, max_size=100), st.binary(max_size=200))
def test_digest_is_hmac_sha256(secret: bytes, message: bytes) -> None:
    assert Hasher(secret).digest(message) == hmac.digest(secret, message, hashlib.sha256)


def test_tags_tell_numbers_from_pupils_and_secrets_apart() -> None:
    one, other = Hasher(b"a" * 32), Hasher(b"b" * 32)
    tags = [
        one.numbers([b"11010520150101001"]),
        one.pupils([b"11010520150101001"]),
        other.numbers([b"11010520150101001"]),
    ]
    assert len({tuple(tag[0].tolist()) for tag in tags}) == 3
    assert not np.any(one.numbers([b""]))
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint == Hasher(b"a" * 32).fingerprint


def test_a_secret_must_be_long_and_mixed() -> None:
    assert is_strong(new_secret().encode())
    assert not is_strong(b"short")
    assert not is_strong(b"1" * 40)
    assert new_secret() != new_secret()
