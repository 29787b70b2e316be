"""One file of a package: a zip whose bytes depend on its content alone, encrypted if asked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal

from stuvalid.errors import UsageError

ArchiveKind = Literal["zip", "zip-aes"]

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DEFLATED = frozenset({".json", ".txt", ".csv", ".tsv", ".html", ".htm", ".xml"})
_BLOCK = 1 << 20
_AE2 = 2
_UNIX, _MODE = 3, 0o100644 << 16


def write_archive(folder: Path, target: Path, kind: ArchiveKind, password: str | None = None) -> None:
    """Zip ``folder`` with its own name on top: sorted, dated 1980, text deflated and the rest stored.

    Encrypted, that zip is the one member of another: AES hides contents only, and photos are named by identity
    numbers. The salt of the encryption is random, so only the inner zip is the same each time.
    """
    if kind == "zip":
        _write_plain(folder, target)
        return
    inner = target.with_name(f"{target.name}.inner")
    try:
        _write_plain(folder, inner)
        with _encrypting(target, password) as archive:
            _add(archive, inner, f"{folder.name}.zip")
    finally:
        inner.unlink(missing_ok=True)


def _write_plain(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file():
                _add(archive, path, f"{folder.name}/{path.relative_to(folder).as_posix()}")


def _add(archive: Any, path: Path, name: str) -> None:
    describe = getattr(archive, "zipinfo_cls", zipfile.ZipInfo)
    info = describe(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED if path.suffix.lower() in _DEFLATED else zipfile.ZIP_STORED
    info.create_system, info.external_attr = _UNIX, _MODE  # whichever system packs it
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as member:
        while block := source.read(_BLOCK):
            member.write(block)


def encryption() -> Any:
    """The library that encrypts, asked for before the work begins. Raises UsageError where it is not installed."""
    try:
        import pyzipper
    except ImportError:
        raise UsageError(
            "未安装加密组件。",
            "The encryption component is not installed.",
            mend_zh="请运行 pip install 'stuvalid[aes]'。",
            mend_en="Run: pip install 'stuvalid[aes]'",
        ) from None
    return pyzipper


def _encrypting(target: Path, password: str | None) -> Any:
    """AES-256 in the form of WinZip's AE-2, which 7-Zip, WinRAR and WPS open; it keeps no checksum of the content."""
    if not password:
        raise ValueError("an encrypted archive needs a password")
    library = encryption()
    archive = library.AESZipFile(target, "w")
    archive.setpassword(password.encode("utf-8"))
    archive.setencryption(library.WZ_AES, nbits=256, force_wz_aes_version=_AE2)
    return archive
