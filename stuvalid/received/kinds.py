"""What a received file is, by its content first and its name second; and the one account of what is not read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from stuvalid.excel.sniff import HEAD_BYTES, SUFFIXES, sniff
from stuvalid.ownmarks import LIST_MARK, PART, is_own_text, original_of

Kind = Literal["workbook", "photo", "document", "archive", "keys", "unknown"]

WORKBOOK_SUFFIXES = frozenset().union(*SUFFIXES.values()) - {".txt", ".xml", ".html", ".htm", ".mht", ".mhtml"}
"""Suffixes that alone make a file a workbook; the others of `SUFFIXES` are those of texts and pages, too."""

PICTURE_SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".heic",
        ".heif",
        ".webp",
        ".bmp",
        ".tif",
        ".tiff",
        ".gif",
        ".jp2",
        ".avif",
    ]
)
_DOCUMENT_SUFFIXES = frozenset(
    [
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
        ".html",
        ".htm",
        ".mht",
        ".mhtml",
    ]
)
_ARCHIVE_SUFFIXES = frozenset([".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".iso", ".cab"])
_UNFINISHED_SUFFIXES = frozenset([".crdownload", ".part", ".partial", ".download", ".td", ".xltd", ".baiduyun", ".tmp"])
_BACKUP_SUFFIXES = frozenset([".bak", ".old", ".wbk", ".xlk", ".asd"])
_PICTURES = frozenset(["jpeg", "png", "gif", "bmp", "tiff", "webp", "heif", "avif", "jp2"])
_TEXTS = frozenset(["csv", "tsv", "html", "mhtml", "xml", "empty", "unknown"])
_BY_CONTENT: dict[str, Kind] = {
    **dict.fromkeys(_PICTURES, "photo"),
    **dict.fromkeys(("biff", "old-biff", "spreadsheetml", "slk"), "workbook"),
    **dict.fromkeys(("rar", "7z", "gzip", "xz", "bzip2", "cab"), "archive"),
    **dict.fromkeys(("pdf", "rtf"), "document"),
    "parquet": "keys",
}
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", ".ds_store", "ehthumbs.db", "icon\r", "folder.htt"})
_JUNK_PREFIXES = ("._", ".stuvalid-")
_JUNK_FOLDERS = frozenset({"__macosx", "$recycle.bin", "system volume information", ".git", ".svn"})
_LONGEST_OLE = 64 << 20


class Unread(NamedTuple):
    """A kind of thing that is not read: the short reason beside its name, and the sentence of the account.

    ``loses`` when pupils may be missing for it, so that no verdict on the whole is possible. What is ``silent`` says
    nothing of pupils in any case and is only named where every file is.
    """

    zh: str
    en: str
    account_zh: str
    account_en: str
    loses: bool = False
    silent: bool = False


UNREAD: dict[str, Unread] = {
    "lock": Unread(
        "Excel 或 WPS 的锁文件",
        "a lock file of Excel or WPS",
        "锁文件（~$ 开头），说明有人正打开着工作簿：请关闭后重新运行，免得漏掉未保存的内容",
        "lock files (~$…): somebody has the workbook open; close it and run again, so that nothing unsaved is missed",
    ),
    "system": Unread(
        "操作系统或软件自己生成的文件", "a file the system or a program made for itself", "", "", silent=True
    ),
    "taken-apart": Unread("压缩包，已展开", "an archive, taken apart", "", "", silent=True),
    "volume": Unread("压缩包的分卷，随第一卷读取", "a volume, read with the first", "", "", silent=True),
    "named": Unread("学校名单或对应表", "the list of schools or the map", "", "", silent=True),
    "own": Unread(
        "stuvalid 写出的报告、名单或副本",
        "a report, list or copy that stuvalid wrote",
        "stuvalid 写出的报告、名单，和原件也在这里的副本、包：只看原件",
        "reports and lists that stuvalid wrote, and copies and packages whose originals are here, too: only those are read",
    ),
    "link": Unread(
        "符号链接，不跟随",
        "a symbolic link, not followed",
        "符号链接（快捷方式），不跟随：请放入文件本身",
        "symbolic links, not followed: put the files themselves there",
        loses=True,
    ),
    "special": Unread(
        "不是普通文件",
        "not a regular file",
        "不是普通文件（管道、设备），不读取",
        "no regular files (pipes, devices), not read",
    ),
    "unreadable": Unread(
        "读不了",
        "it cannot be read",
        "没有权限或读不了的文件、文件夹：请检查权限后重新运行",
        "files and folders that cannot be read: look at their permissions and run again",
        loses=True,
    ),
    "too-deep": Unread(
        "套得太深",
        "nested too deeply",
        "套得太深的文件夹或压缩包，没有打开：请把里面的文件移到外层",
        "folders or archives nested too deeply, not opened: move their files further up",
        loses=True,
    ),
    "unfinished": Unread(
        "没有下载完的文件",
        "an unfinished download",
        "没有下载完的文件：请下载完再放进来",
        "unfinished downloads: finish them first",
        loses=True,
    ),
    "backup": Unread(
        "备份文件",
        "a backup",
        "备份文件（.bak 等），没有读取：如果就是要交的，请改回 .xlsx",
        "backups (.bak …), not read: if one is meant to be handed in, give it its .xlsx name back",
    ),
    "empty": Unread(
        "空文件", "an empty file", "空文件（0字节）：请重新传送", "empty files (0 bytes): send them again", loses=True
    ),
    "archive-damaged": Unread(
        "不是完整的压缩包，可能没有传完",
        "not a whole archive, perhaps cut in transfer",
        "损坏或没有传完的压缩包，里面的文件没有读取：请重新传送",
        "archives that are damaged or cut short; what is in them was not read: send them again",
        loses=True,
    ),
    "archive-unknown": Unread(
        "不认识的压缩格式，请改用 zip",
        "an archive of a kind that cannot be opened; use zip",
        "不认识的压缩格式，没有打开：请解压，或改成 zip",
        "archives of a kind that cannot be opened: unpack them, or use zip",
        loses=True,
    ),
    "component-missing": Unread(
        "本机没有装打开它的组件",
        "the component that opens it is not installed",
        "rar、7z 或 AES 加密的压缩包，本机没有装打开它们的组件：请先解压，或请装 stuvalid 的人加装 archives 组件",
        "rar, 7z or AES-encrypted archives; what opens them is not installed: unpack them first, or have stuvalid "
        "installed with its extra 'archives'",
        loses=True,
    ),
    "encrypted": Unread(
        "有密码，没有打开",
        "encrypted, not opened",
        "有密码的压缩包，没有打开：请用 --password（或环境变量 STUVALID_PASSWORD）给出密码，或去掉密码",
        "encrypted archives, not opened: give --password (or set STUVALID_PASSWORD), or take the password off",
        loses=True,
    ),
    "volumes-missing": Unread(
        "分卷不全",
        "volumes are missing",
        "分卷不全的压缩包，没有打开：请把所有分卷放在同一个文件夹里",
        "archives whose volumes are not all there, not opened: put all volumes into one folder",
        loses=True,
    ),
    "bomb": Unread(
        "压缩比异常，疑似压缩炸弹",
        "its compression ratio is that of a bomb",
        "解开后过大、疑似恶意构造的压缩包或成员，没有打开：请向发送的人核实",
        "archives or members that would unpack to too much, perhaps bombs, not opened: ask the sender",
        loses=True,
    ),
    "path": Unread(
        "成员路径指向压缩包之外（路径穿越）",
        "the member's path leads out of the archive",
        "压缩包里路径指向包外的成员，没有读取：请向发送的人核实",
        "members whose path leads out of their archive, not read: ask the sender",
        loses=True,
    ),
    "member-damaged": Unread(
        "成员损坏，解不开",
        "the member is damaged and cannot be unpacked",
        "压缩包里损坏的成员，解不开：请重新打包传送",
        "damaged members of archives, which cannot be unpacked: pack and send them again",
        loses=True,
    ),
    "workbook": Unread(
        "工作簿", "a workbook", "工作簿，这个命令不读：用 stuvalid check", "workbooks, which this command does not read"
    ),
    "photo": Unread(
        "照片", "a picture", "图片，这里不检查：用 stuvalid photos", "pictures, not checked here: use stuvalid photos"
    ),
    "document": Unread(
        "文档",
        "a document",
        "Word、WPS、PDF 等文档，没有检查：学生数据请放在工作簿里",
        "documents (Word, WPS, PDF …), not checked: pupils' data belongs into a workbook",
    ),
    "keys": Unread(
        "密文", "keys", "密文（.parquet），用 stuvalid duplicates", "hashed keys (.parquet), for duplicates"
    ),
    "unknown": Unread(
        "认不出是什么文件",
        "an unknown kind of file",
        "认不出的文件，没有检查：如果是学生表，请另存为 .xlsx",
        "files of an unknown kind, not checked: if one holds pupils, save it as .xlsx",
    ),
}


def reason_by_name(name: str) -> str | None:
    """The kind of `UNREAD` of a file that is not opened for its path alone; None if it may hold pupils."""
    parts = PurePosixPath(name).parts
    leaf = parts[-1].lower() if parts else ""
    if leaf.startswith(("~$", ".~")):
        return "lock"
    if leaf in _JUNK_NAMES or leaf.startswith(_JUNK_PREFIXES) or any(p.lower() in _JUNK_FOLDERS for p in parts[:-1]):
        return "system"
    suffix = PurePosixPath(leaf).suffix
    if suffix in _UNFINISHED_SUFFIXES:
        return "unfinished"
    return "backup" if suffix in _BACKUP_SUFFIXES else None


def junk_reason(name: str) -> tuple[str, str] | None:
    """Why a file of this path says nothing of pupils, in zh and en; None if it may."""
    kind = reason_by_name(name)
    return (UNREAD[kind].zh, UNREAD[kind].en) if kind in ("lock", "system") else None


def kind_of(path: Path, name: str) -> tuple[Kind, str]:
    """What the file at ``path``, received under ``name``, is; and whether this program made it.

    The second is ``own`` for a report or list of ours, the SHA-256 of its original for an untouched copy of a workbook,
    '' for all else. Raises OSError when it cannot be read.
    """
    suffix = PurePosixPath(name).suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    content = sniff(head, name)
    if content == "zip":
        return _kind_of_zip(path, suffix)
    if content == "ole":
        return _kind_of_ole(path, suffix), ""
    if content in _TEXTS or content not in _BY_CONTENT:
        return _kind_by_suffix(suffix), "own" if is_own_text(head) else ""
    return _BY_CONTENT[content], ""


def _kind_by_suffix(suffix: str) -> Kind:
    """What a file of no telling content is meant to be; its reader will say what is wrong with it."""
    by_suffix: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("workbook", WORKBOOK_SUFFIXES),
        ("photo", PICTURE_SUFFIXES),
        ("document", _DOCUMENT_SUFFIXES),
        ("archive", _ARCHIVE_SUFFIXES),
    )
    return next((kind for kind, known in by_suffix if suffix in known), "unknown")


def _kind_of_ole(path: Path, suffix: str) -> Kind:
    """Word's and WPS's old files are of the same make as Excel's: the streams tell, where the name does not."""
    if suffix in WORKBOOK_SUFFIXES or path.stat().st_size > _LONGEST_OLE:
        return "workbook"
    from stuvalid.errors import UnreadableFile
    from stuvalid.excel.ole import CompoundFile

    try:
        names = {name.lower() for name in CompoundFile(path.read_bytes()).names}
    except (UnreadableFile, ValueError, LookupError, ArithmeticError, TypeError):
        return "document" if suffix in _DOCUMENT_SUFFIXES else "workbook"
    return "document" if names & {"worddocument", "powerpoint document"} else "workbook"


def _kind_of_zip(path: Path, suffix: str) -> tuple[Kind, str]:
    """Workbooks and documents are zips too: what lies inside decides, and the name where that cannot be read."""
    mark = b""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if PART in names and archive.getinfo(PART).file_size < HEAD_BYTES:
                mark = archive.read(PART)
    except Exception:  # noqa: BLE001  (crafted directories raise more than BadZipFile)
        by_suffix = _kind_by_suffix(suffix)
        return by_suffix if by_suffix in ("workbook", "document") else "archive", ""
    if "[Content_Types].xml" in names:
        kind: Kind = "workbook" if any(name.startswith("xl/") for name in names) else "document"
        return kind, "own" if mark == LIST_MARK else original_of(mark)
    if "mimetype" in names and "content.xml" in names:
        return "document" if suffix in (".odt", ".odp") else "workbook", ""
    return "workbook" if suffix in WORKBOOK_SUFFIXES else "archive", ""
