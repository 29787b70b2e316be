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
_MODE = 0o100644 << 16


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
    info.external_attr = _MODE
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as member:
        while block := source.read(_BLOCK):
            member.write(block)


def _encrypting(target: Path, password: str | None) -> Any:
    try:
        import pyzipper
    except ImportError:
        raise UsageError(
            "未安装加密组件。", "The encryption component is not installed.",
            mend_zh="请运行 pip install 'stuvalid[aes]'。", mend_en="Run: pip install 'stuvalid[aes]'",
        ) from None  # fmt: skip
    archive = pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES)
    archive.setpassword((password or "").encode("utf-8"))
    return archive


def cut(archive: Path, folder: Path, name: str, most: int) -> list[Path]:
    """Cut a file into volumes ``name.001``, ``name.002`` … of at most ``most`` bytes in the new ``folder``.

    7-Zip and WinRAR open the first of them; ``copy /b`` and ``cat`` put them together again.
    """
    folder.mkdir()
    volumes: list[Path] = []
    with archive.open("rb") as source:
        while block := source.read(min(_BLOCK, most)):
            volume = folder / f"{name}.{len(volumes) + 1:03}"
            volumes.append(volume)
            left = most
            with volume.open("wb") as target:
                while block:
                    left -= target.write(block)
                    block = source.read(min(_BLOCK, left)) if left else b""
    return volumes
