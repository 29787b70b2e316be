"""What a received file is, by its content first and its name second."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import Literal

from stuvalid.received.walk import WORKBOOK_SUFFIXES

Kind = Literal["workbook", "photo", "document", "archive", "junk", "unknown"]

_HEAD_BYTES = 32
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", ".ds_store", "ehthumbs.db", "icon\r", "folder.htt"})
_JUNK_PREFIXES = ("~$", ".~", "._", ".stuvalid-")
_JUNK_FOLDERS = frozenset({"__macosx", "$recycle.bin", "system volume information", ".git", ".svn"})
_DOCUMENTS = frozenset(
    {
        ".doc",
        ".docx",
        ".wps",
        ".wpt",
        ".dot",
        ".dotx",
        ".pdf",
        ".ofd",
        ".txt",
        ".rtf",
        ".ppt",
        ".pptx",
        ".dps",
        ".md",
        ".odt",
    }
)
_PACKED = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".iso", ".cab"})
_PICTURE_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def junk_reason(name: str) -> tuple[str, str] | None:
    """Why a file of this path says nothing of pupils, in zh and en; None if it may."""
    parts = PurePosixPath(name).parts
    leaf = parts[-1].lower() if parts else ""
    if leaf.startswith(("~$", ".~")):
        return "Excel 或 WPS 的锁文件", "a lock file of Excel or WPS"
    if leaf in _JUNK_NAMES or leaf.startswith(_JUNK_PREFIXES) or any(p.lower() in _JUNK_FOLDERS for p in parts[:-1]):
        return "操作系统或软件自己生成的文件", "a file the system or a program made for itself"
    return None


def kind_of(path: Path, name: str) -> Kind:
    """What the file at ``path``, received under ``name``, is. Raises OSError when it cannot be read."""
    if junk_reason(name):
        return "junk"
    suffix = PurePosixPath(name).suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith(b"PK"):
        return _kind_of_zip(path, suffix)
    if _is_picture(head):
        return "photo"
    return _kind_by_name(suffix, head)


def _kind_by_name(suffix: str, head: bytes) -> Kind:
    if suffix in WORKBOOK_SUFFIXES:
        return "workbook"
    if suffix in _DOCUMENTS or head.startswith(b"%PDF"):
        return "document"
    if suffix in _PACKED:
        return "archive"
    if head.startswith(_OLE):
        return "workbook"
    return "photo" if suffix in {".jpg", ".jpeg"} else "unknown"


def _is_picture(head: bytes) -> bool:
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return True
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return True
    return head.startswith(_PICTURE_STARTS)


def _kind_of_zip(path: Path, suffix: str) -> Kind:
    """Workbooks and documents are zips too: what lies inside decides, and the name where that cannot be read."""
    if suffix in WORKBOOK_SUFFIXES:
        return "workbook"
    if suffix in _DOCUMENTS:
        return "document"
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return "archive"
    if "[Content_Types].xml" in names:
        return "workbook" if any(name.startswith("xl/") for name in names) else "document"
    return "archive"
