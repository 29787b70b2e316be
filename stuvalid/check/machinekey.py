"""The key of this computer's user: what keeps cached results and pupils' pseudonyms unreadable elsewhere.

A masked number still shows region and last digits, so that some four thousand birth dates are all that is left to
guess: no hash of it is safe, however slow, unless it is keyed. The key is 32 random bytes in a file that only its
owner can read, apart from the cache it protects.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_BYTES = 32
_FILE = "key"


def machine_key() -> bytes | None:
    """This user's key, made when it is first asked for; None where there is nowhere to keep one."""
    from platformdirs import user_data_path

    return key_in(user_data_path("stuvalid", appauthor=False) / _FILE)


def key_in(path: Path) -> bytes | None:
    """The key in this file, made if there is none; None if it can be neither read nor made, or is damaged."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(path)
    except OSError:
        return None
    return read_key(path)


def read_key(path: Path) -> bytes | None:
    """The key in this file; None if there is none or it is damaged."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _make(path: Path) -> None:
    """Write a fresh key; when two runs do so at once, both go on with the first one's."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # a disk without hard links
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
