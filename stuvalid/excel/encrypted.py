"""Opening workbooks that a password protects, in memory."""

from __future__ import annotations

import io

from stuvalid.excel.model import Limits
from stuvalid.excel.refusals import refusal

_BUILT_IN = "VelvetSweatshop"  # what Excel itself uses to encrypt workbooks that are merely write-protected


def decrypt(data: bytes, password: str | None, limits: Limits) -> bytes:
    """The plain file; raises UnreadableFile with reason ``encrypted`` when no password fits."""
    try:
        import msoffcrypto
        from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
    except ImportError as error:
        raise refusal("encrypted", "msoffcrypto-tool") from error

    for candidate in (_BUILT_IN, password):
        if candidate is None:
            continue
        plain = io.BytesIO()
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(data))
            office.load_key(password=candidate, verify_password=True)
            office.decrypt(plain)
        except (InvalidKeyError, DecryptionError):
            continue
        except Exception as error:
            if candidate != _BUILT_IN:
                raise refusal("encrypted", f"{type(error).__name__}: {error}") from error
            continue
        if plain.tell() > limits.file_bytes:
            raise refusal("too-large", "decrypted")
        return plain.getvalue()
    if password is None:
        raise refusal("encrypted", "未给出密码 / no password given")
    raise refusal("encrypted", "密码不正确 / wrong password")
