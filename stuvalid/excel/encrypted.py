"""Workbooks that a password protects: opening them in memory, and protecting a copy with the same password."""

from __future__ import annotations

import io

from stuvalid.excel.biff import is_encrypted
from stuvalid.excel.model import DEFAULT_LIMITS, Limits
from stuvalid.excel.ole import CompoundFile
from stuvalid.excel.refusals import refusal

_BUILT_IN = "VelvetSweatshop"  # what Excel itself uses to encrypt workbooks that are merely write-protected
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_protected(compound: CompoundFile) -> bool:
    """Whether a compound file holds a workbook, old or new, that has to be decrypted."""
    if "encryptedpackage" in compound.names:
        return True
    stream = next((known for known in ("workbook", "book") if known in compound.names), None)
    return stream is not None and is_encrypted(compound.read(stream))


def decrypt(data: bytes, password: str | None, limits: Limits) -> bytes:
    """The plain file; raises UnreadableFile with reason ``encrypted`` when no password fits."""
    return _open(data, password, limits)[0]


def plain_file(data: bytes, password: str | None, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, bool] | None:
    """The plain file and whether a person's ``password`` opened it; None for a file that is not encrypted.

    Raises UnreadableFile as `decrypt` does.
    """
    if not data.startswith(_OLE) or not is_protected(CompoundFile(data)):
        return None
    plain, opened_with = _open(data, password, limits)
    return plain, opened_with != _BUILT_IN


def encrypt(data: bytes, password: str) -> bytes:
    """The xlsx or xlsm as Excel protects it with ``password``."""
    from msoffcrypto.format.ooxml import OOXMLFile

    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, stream)
    return stream.getvalue()


def _open(data: bytes, password: str | None, limits: Limits) -> tuple[bytes, str]:
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
        return plain.getvalue(), candidate
    if password is None:
        raise refusal("encrypted", "no password given")
    raise refusal("encrypted", "wrong password")
