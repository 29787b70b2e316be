"""Taking archives apart: every member becomes a plain file in a scratch folder, or is refused with a reason.

Nothing a member says of itself decides where it is written: the files in the scratch folder are numbered. Zip is read here; 7z and rar, whose readers are native or may be
sent into endless loops, in a process that may die (`stuvalid.received.native`).
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from stuvalid.received.members import Member, Refusal, member_name, plain_suffix, refuse_bomb, refuse_member

_ENCRYPTED, _AES = 0x01, 99
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, _AES})
_BLOCK = 1 << 20
_NO_TIME = dt.datetime(1980, 1, 1, tzinfo=dt.UTC).timestamp()


def unpack(
    parts: Sequence[Path], kind: str, scratch: Path, password: str | None = None, *, in_parts: bool = False
) -> list[Member]:
    """Every member of the archive that ``parts`` make, unpacked into the folder ``scratch``.

    ``kind`` is what the first part's content says: ``zip``, ``rar``, ``7z``, anything else is refused. ``in_parts``
    when the parts are not plain pieces but volumes by their format's own rules. Raises Refusal when the archive as a
    whole is not opened.
    """
    if kind == "zip":
        return _unpack_zip(parts, scratch, password, in_parts=in_parts)
    if kind in ("rar", "7z"):
        from stuvalid.received.native import unpack_native

        return unpack_native(parts, kind, scratch, password, in_parts=in_parts)
    raise Refusal("archive-damaged" if kind in ("unknown", "empty", "csv", "tsv") else "archive-unknown")


def open_zip(stream: BinaryIO, password: str | None = None) -> Any:
    """The zip in ``stream``, ready to read what is encrypted in it where a ``password`` is given.

    Raises Refusal when it is none, the password does not fit or what decrypts it is not installed.
    """
    try:
        archive = zipfile.ZipFile(stream)
        locked = [info for info in archive.infolist() if info.flag_bits & _ENCRYPTED]
    except Exception as error:  # crafted directories raise more than BadZipFile
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, zipfile.BadZipFile):
            raise
        raise Refusal("archive-damaged", "不是完整的 zip 压缩包", "not a whole zip archive") from error
    if password is None or not locked:
        return archive
    if any(info.compress_type == _AES for info in locked):
        archive.close()
        archive = _aes_zip(stream)
        locked = [info for info in archive.infolist() if info.flag_bits & _ENCRYPTED]
    for encoding in ("utf-8", "gb18030"):  # Chinese Windows takes a password in its own code page
        archive.setpassword(password.encode(encoding))
        try:
            archive.open(locked[0]).close()
        except RuntimeError:
            continue
        except Exception as error:
            raise Refusal("archive-damaged", "不是完整的 zip 压缩包", "not a whole zip archive") from error
        return archive
    archive.close()
    raise Refusal("encrypted", "密码不正确", "the password is wrong")


def is_encrypted(archive: Any) -> bool:
    """Whether any member of an opened zip is."""
    return any(info.flag_bits & _ENCRYPTED for info in archive.infolist())


def _aes_zip(stream: BinaryIO) -> Any:
    try:
        import pyzipper
    except ImportError as error:
        raise Refusal("component-missing") from error
    try:
        return pyzipper.AESZipFile(stream)
    except Exception as error:
        raise Refusal("archive-damaged", "不是完整的 zip 压缩包", "not a whole zip archive") from error


def _unpack_zip(parts: Sequence[Path], scratch: Path, password: str | None, *, in_parts: bool) -> list[Member]:
    from stuvalid.received.volumes import joined, open_parts

    if in_parts:
        parts = [joined(parts, scratch / "joined.zip")]
    with open_parts(parts) as stream, open_zip(stream, password) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        refuse_bomb([(info.compress_size, info.file_size) for info in infos], sum(p.stat().st_size for p in parts))
        taken = [_take(archive, info, scratch / f"{number:06}", password) for number, info in enumerate(infos)]
    return taken


def _take(archive: Any, info: Any, target: Path, password: str | None) -> Member:
    name = member_name(info).replace("\\", "/")
    modified = _modified(info.date_time)
    locked = bool(info.flag_bits & _ENCRYPTED) and password is None
    mode = info.external_attr >> 16
    try:
        known = info.compress_type in _METHODS
        refuse_member(name, info.file_size, info.compress_size, encrypted=locked, mode=mode, known=known)
        path = target.with_suffix(plain_suffix(name))
        _write(archive, info, path)
    except Refusal as refusal:
        return Member(name, info.file_size, modified, refused=refusal)
    return Member(name, info.file_size, modified, path)


def _write(archive: Any, info: Any, path: Path) -> None:
    """No more than it says it has; a member that cannot be read to its end leaves no file."""
    try:
        with archive.open(info) as source, path.open("wb") as target:
            left = info.file_size
            while left > 0 and (block := source.read(min(_BLOCK, left))):
                left -= target.write(block)
            if left or source.read(1):
                raise ValueError("size")  # noqa: TRY301
    except Exception as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the member's
        kind = type(error).__name__
        raise Refusal(
            "member-damaged", f"成员损坏，解不开（{kind}）", f"the member is damaged and cannot be unpacked ({kind})"
        ) from error


def _modified(moment: Iterable[int]) -> float:
    """Seconds since the epoch; archive times carry no zone and are compared among themselves only."""
    try:
        return dt.datetime(*moment, tzinfo=dt.UTC).timestamp()  # type: ignore[misc,arg-type]
    except (ValueError, TypeError):
        return _NO_TIME
