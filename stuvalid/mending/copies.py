"""From a received workbook to one that can be written into: an xlsx or xlsm without our earlier marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stuvalid.discovery import Source
from stuvalid.errors import StuvalidError, UnreadableFile

_IN_PLACE = ("xlsx", "xlsm")
CONVERTED = "converted"
DECRYPTED = "decrypted"
UNMARKED = "marks-removed"


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """One workbook to be made writable. A protected one is only taken when ``decrypt`` was asked for."""

    source: Source
    password: str | None = None
    decrypt: bool = False


@dataclass(frozen=True, slots=True)
class WritableCopy:
    """``data`` is an xlsx or xlsm; ``suffix`` its extension; ``notes`` what a person should be told, as codes.

    ``failure`` is why there is none.
    """

    data: bytes
    suffix: str
    notes: tuple[str, ...] = ()
    failure: StuvalidError | None = None


def writable_copies(requests: Sequence[CopyRequest]) -> list[WritableCopy]:
    """One copy a request, in order: what a worker does for a chunk of files."""
    copies = []
    for request in requests:
        try:
            copies.append(_copy(request))
        except StuvalidError as error:
            copies.append(WritableCopy(b"", "", failure=error))
    return copies


def _copy(request: CopyRequest) -> WritableCopy:
    from stuvalid.excel import read_workbook
    from stuvalid.excel.convert import xls_to_xlsx
    from stuvalid.excel.patch import remove_marks

    data = request.source.read()
    name = request.source.member or request.source.name
    notes = []
    workbook = None
    if request.password is not None and _needs_password(data, name):
        if not request.decrypt:
            raise UnreadableFile(
                "文件有打开密码，改好的副本将没有密码，因此没有写出。", "The file is protected; a mended copy would not be, so none was written.",
                reason="encrypted", mend_zh="确定可以的话加 --decrypt。", mend_en="Add --decrypt if that is all right.",
            )  # fmt: skip
        notes.append(DECRYPTED)
        workbook = read_workbook(data, name=name, password=request.password)
    elif data[:2] != b"PK":
        workbook = read_workbook(data, name=name)
    else:
        workbook = None if _is_package(data) else read_workbook(data, name=name)
    if workbook is not None:
        return WritableCopy(xls_to_xlsx(workbook), ".xlsx", (*notes, CONVERTED))
    plain = remove_marks(data)
    suffix = ".xlsm" if b"macroEnabled" in _content_types(data) else ".xlsx"
    return WritableCopy(plain, suffix, (UNMARKED,) if plain != data else ())


def _needs_password(data: bytes, name: str) -> bool:
    from stuvalid.excel import read_workbook

    try:
        read_workbook(data, name=name)
    except UnreadableFile as error:
        return error.reason == "encrypted"
    return False


def _is_package(data: bytes) -> bool:
    """Whether a zip is an xlsx or xlsm, and not an xlsb or ods."""
    types = _content_types(data)
    return b"sheet.main+xml" in types or b"macroEnabled.main+xml" in types or b"template.main+xml" in types


def _content_types(data: bytes) -> bytes:
    from stuvalid.excel.patch.package import Package

    package = Package(data)
    part = package.find("[Content_Types].xml")
    return package.read(part) if part else b""
