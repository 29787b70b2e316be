"""Finding the workbooks below what a user names: files, folders, zip archives, standard input."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stuvalid.errors import UnreadableFile, UsageError

WORKBOOK_SUFFIXES = frozenset(
    {".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ett", ".ods", ".csv", ".tsv", ".xltx", ".xltm", ".xlt"}
)
_MEMBER_BYTES = 512 << 20
_UTF8_FLAG = 0x800


@dataclass(frozen=True, slots=True)
class Source:
    """One workbook to read: a file, a member of a zip archive, or bytes from standard input."""

    name: str
    path: Path | None = None
    member: str = ""
    data: bytes | None = None

    def read(self) -> bytes:
        """The whole content. Raises UnreadableFile with the reason ``not-found``, ``corrupt`` or ``too-large``."""
        if self.data is not None:
            return self.data
        if self.path is None:
            raise UnreadableFile("没有可读的内容。", "There is nothing to read.", reason="not-found")
        try:
            if self.member:
                return _read_member(self.path, self.member)
            return self.path.read_bytes()
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise UnreadableFile(
                f"读不了这个文件（{type(error).__name__}）。",
                f"This file cannot be read ({type(error).__name__}).",
                reason="not-found" if isinstance(error, FileNotFoundError) else "corrupt",
                mend_zh="检查文件是否存在、是否被占用、是否完整。",
                mend_en="Check that it exists, is whole and is not in use.",
            ) from error


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that was passed over, and why (said with ``-v``)."""

    name: str
    zh: str
    en: str


def discover(paths: Iterable[Path]) -> tuple[list[Source], list[Ignored]]:
    """The workbooks below ``paths`` in a stable order, and what was passed over in folders and archives.

    A file named outright is always taken, whatever its extension. Raises UsageError for a path that is not there.
    """
    sources: list[Source] = []
    ignored: list[Ignored] = []
    for path in paths:
        if str(path) == "-":
            sources.append(Source("<stdin>", data=sys.stdin.buffer.read()))
        elif path.is_dir():
            _walk(path, sources, ignored)
        elif path.is_file():
            _file(path, sources, ignored, named=True)
        else:
            raise UsageError(
                f"找不到 {path}。", f"{path} does not exist.", mend_zh="检查路径是否写对。", mend_en="Check the path."
            )
    unique = {(source.path.resolve() if source.path else None, source.member): source for source in sources}
    return list(unique.values()), ignored


def _walk(folder: Path, sources: list[Source], ignored: list[Ignored]) -> None:
    for path in sorted(_files_below(folder)):
        _file(path, sources, ignored, named=False)


def _files_below(folder: Path) -> Iterator[Path]:
    """Every regular file below ``folder``; links are not followed, so that no loop and no way out exists."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def _file(path: Path, sources: list[Source], ignored: list[Ignored], *, named: bool) -> None:
    reason = _why_ignored(path.name, path.suffix.lower())
    if path.suffix.lower() == ".zip":
        _archive(path, sources, ignored, named=named)
    elif named or reason is None:
        sources.append(Source(str(path), path))
    else:
        ignored.append(Ignored(str(path), *reason))


def _why_ignored(name: str, suffix: str) -> tuple[str, str] | None:
    if name.startswith("~$") or name.startswith(".~"):
        return "Excel 或 WPS 的锁文件", "a lock file of Excel or WPS"
    if name.startswith("._"):
        return "macOS 的附属文件", "a companion file of macOS"
    if suffix not in WORKBOOK_SUFFIXES:
        return "不是工作簿", "not a workbook"
    return None


def _archive(path: Path, sources: list[Source], ignored: list[Ignored], *, named: bool) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile):
        if named:
            sources.append(Source(str(path), path))
        else:
            ignored.append(Ignored(str(path), "不是完整的 zip 压缩包", "not a whole zip archive"))
        return
    for info in members:
        name = member_name(info)
        leaf = name.rsplit("/", 1)[-1]
        suffix = "." + leaf.rsplit(".", 1)[-1].lower() if "." in leaf else ""
        reason = _why_ignored(leaf, suffix)
        if reason is None:
            sources.append(Source(f"{path}/{name}", path, info.filename))
        else:
            ignored.append(Ignored(f"{path}/{name}", *reason))


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its packer meant it: without the UTF-8 flag, Chinese Windows wrote GBK."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _read_member(path: Path, member: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
        with archive.open(info) as stream:
            data = stream.read(_MEMBER_BYTES + 1)
    if len(data) > _MEMBER_BYTES:
        raise UnreadableFile(
            "压缩包内的这个文件解开后超过512 MB。", "This member inflates to more than 512 MB.", reason="too-large"
        )
    return data
