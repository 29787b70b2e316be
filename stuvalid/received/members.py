"""Members of archives: what each is called, and which are refused. One rule on bombs and one on paths, for every kind of archive."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stuvalid.received.kinds import UNREAD

MOST_MEMBERS = 1_000_000
MOST_MEMBER_BYTES = 512 << 20
_MOST_ARCHIVE_BYTES = 32 << 30
_SUSPECT_BYTES, _SUSPECT_RATIO = 50 << 20, 200
_UTF8_FLAG = 0x800
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Refusal(Exception):
    """An archive or a member that is not read: ``kind`` is a key of `UNREAD`, zh and en say it in few words."""

    def __init__(self, kind: str, zh: str = "", en: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.zh = zh or UNREAD[kind].zh
        self.en = en or UNREAD[kind].en

    def __reduce__(self) -> tuple[object, ...]:
        return Refusal, (self.kind, self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive: ``name`` inside it, and either the unpacked ``path`` or why it was ``refused``."""

    name: str
    size: int
    modified: float
    path: Path | None = None
    refused: Refusal | None = None


def readable_name(name: str) -> str:
    """A name as it is shown and written everywhere.

    What is no UTF-8 on this disk was written by a Chinese Windows, in GBK; what would act upon a terminal or a report
    (controls, marks that turn the direction) is replaced by U+FFFD.
    """
    if name.isascii() and name.isprintable():
        return name
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = name.encode("utf-8", "surrogateescape").decode("gb18030", "replace")
    return "".join("\ufffd" if unicodedata.category(char) in _INVISIBLE else char for char in name)


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


def refuse_bomb(sizes: Sequence[tuple[int, int]], archive_bytes: int) -> None:
    """Raise Refusal for more members than any archive has, for overlapping ones and for absurd compression.

    ``sizes`` are (packed, unpacked) bytes of every member as stated; packed 0 where it is not known.
    """
    if len(sizes) > MOST_MEMBERS:
        raise Refusal("bomb", f"压缩包里有{len(sizes)}个文件，过多", f"it has {len(sizes)} members, too many")
    packed, unpacked = sum(entry[0] for entry in sizes), sum(entry[1] for entry in sizes)
    if packed > archive_bytes or unpacked > _MOST_ARCHIVE_BYTES:
        raise Refusal("bomb")
    if unpacked > 5 * _SUSPECT_BYTES and unpacked > _SUSPECT_RATIO * max(1, archive_bytes):
        raise Refusal("bomb")


def refuse_member(
    name: str, size: int, packed: int, *, encrypted: bool = False, mode: int = 0, known: bool = True
) -> None:
    """Raise Refusal for a member that is not unpacked. ``packed`` 0 is not known; ``mode`` is st_mode, 0 if unknown.

    ``known`` is False for one that is packed in a way that nothing here unpacks.
    """
    if climbs(name):
        raise Refusal("path")
    if stat.S_ISLNK(mode):
        raise Refusal("link", "成员是符号链接", "the member is a symbolic link")
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refusal("special")
    if encrypted:
        raise Refusal("encrypted", "成员已加密", "the member is encrypted")
    if not known:
        raise Refusal("archive-unknown", "成员的压缩方式不支持", "it is compressed in an unknown way")
    if size > MOST_MEMBER_BYTES:
        raise Refusal("bomb", "成员解开后超过512 MB", "the member would unpack to more than 512 MB")
    if packed and size > _SUSPECT_BYTES and size > _SUSPECT_RATIO * packed:
        raise Refusal("bomb")


def climbs(name: str) -> bool:
    """Whether a path (with ``/``) leads out of where it is put."""
    return name.startswith("/") or ".." in name.split("/") or "\x00" in name or (len(name) > 1 and name[1] == ":")


def plain_suffix(name: str) -> str:
    """The suffix of a member where it is harmless, so that what opens the file by its name still can."""
    suffix = PurePosixPath(name).suffix
    return suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) < 8 else ""
