"""What lies below a folder: every file is received, passed over or refused with a reason, and none escapes."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from stuvalid.errors import UsageError
from stuvalid.received.walk import Reception, receive
from tests.books import workbook

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "received"
    path.mkdir()
    return path


def received(folder: Path, tmp_path: Path, **options: Sequence[Path]) -> Reception:
    (tmp_path / "scratch").mkdir()
    return receive(folder, tmp_path / "scratch", **options)


def kinds(reception: Reception) -> dict[str, str]:
    return {item.name: item.kind for item in reception.items}


def reasons(reception: Reception) -> dict[str, str]:
    return {entry.name: entry.zh for entry in reception.refused}


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], deflate: bool = False) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as writer:
        for name, data in members:
            writer.writestr(name, data)
    return stream.getvalue()


def gbk_archive(name: str, data: bytes) -> bytes:
    """A zip as Chinese Windows packs it: GBK names without the UTF-8 flag."""
    raw = name.encode("gbk")
    plain = archive(("x" * len(raw), data))
    return plain.replace(b"x" * len(raw), raw)


def test_kinds_are_told_by_content(folder: Path, tmp_path: Path) -> None:
    book = workbook([{}])
    (folder / "a.xlsx").write_bytes(book)
    (folder / "改名了.dat").write_bytes(book)
    (folder / "照片.png").write_bytes(JPEG)
    (folder / "没有扩展名").write_bytes(JPEG)
    (folder / "通知.docx").write_bytes(archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"")))
    (folder / "证明.pdf").write_bytes(b"%PDF-1.4")
    (folder / "名单.csv").write_bytes("姓名\n".encode())
    (folder / "奇怪.bin").write_bytes(b"\x00\x01")
    assert kinds(received(folder, tmp_path)) == {
        "a.xlsx": "workbook",
        "改名了.dat": "workbook",
        "照片.png": "photo",
        "没有扩展名": "photo",
        "通知.docx": "document",
        "证明.pdf": "document",
        "名单.csv": "workbook",
        "奇怪.bin": "unknown",
    }


def test_archives_are_taken_apart_however_they_were_packed(folder: Path, tmp_path: Path) -> None:
    book = workbook([{}])
    inner = gbk_archive("一年级/1班.xlsx", book)
    (folder / "双塔西街.zip").write_bytes(archive(("学生.xlsx", book), ("班级.ZIP", inner)))
    (folder / "不像压缩包").write_bytes(archive(("b.xlsx", book)))
    reception = received(folder, tmp_path)
    assert set(kinds(reception)) == {
        "双塔西街.zip/学生.xlsx",
        "双塔西街.zip/班级.ZIP/一年级/1班.xlsx",
        "不像压缩包/b.xlsx",
    }
    assert all(item.path.read_bytes() == book for item in reception.items)
    assert {item.archive for item in reception.items} == {"双塔西街.zip", "双塔西街.zip/班级.ZIP", "不像压缩包"}
    assert all(entry.passed_over for entry in reception.refused)
    assert len(reception.refused) == 3


@pytest.mark.parametrize("name", ["../逃出.xlsx", "/etc/x.xlsx", "C:\\x.xlsx", "a/../../x.xlsx", "..\\x.xlsx"])
def test_paths_that_lead_out_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / "a.zip").write_bytes(archive((name, b"x"), ("好.csv", b"a,b\n")))
    before = set(tmp_path.rglob("*"))
    reception = received(folder, tmp_path)
    assert list(kinds(reception)) == ["a.zip/好.csv"]
    assert [entry.zh for entry in reception.refused if not entry.passed_over] == ["成员路径指向压缩包之外（路径穿越）"]
    new = set(tmp_path.rglob("*")) - before
    assert all(tmp_path / "scratch" in (path, *path.parents) for path in new)


def test_links_are_refused_and_never_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.xlsx").write_bytes(workbook([{}]))
    (folder / "link").symlink_to(outside)
    (folder / "file.xlsx").symlink_to(outside / "secret.xlsx")
    info = zipfile.ZipInfo("inside.xlsx")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    (folder / "a.zip").write_bytes(archive((info, b"../outside/secret.xlsx")))
    reception = received(folder, tmp_path)
    assert not reception.items
    assert {name for name, why in reasons(reception).items() if "符号链接" in why} == {
        "link",
        "file.xlsx",
        "a.zip/inside.xlsx",
    }


def test_bombs_are_refused_before_they_unpack(folder: Path, tmp_path: Path) -> None:
    (folder / "bomb.zip").write_bytes(archive(("zeros.csv", bytes(80 << 20)), deflate=True))
    reception = received(folder, tmp_path)
    assert reasons(reception)["bomb.zip/zeros.csv"].startswith("压缩比异常")
    assert not any(path.is_file() for path in (tmp_path / "scratch").rglob("*"))


def test_a_member_that_lies_about_its_size_is_refused(folder: Path, tmp_path: Path) -> None:
    data = bytearray(archive(("a.csv", bytes(1000)), deflate=True))
    for start in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        struct.pack_into("<I", data, start, 10)
    (folder / "a.zip").write_bytes(bytes(data))
    reception = received(folder, tmp_path)
    assert not reception.items
    assert "解不开" in reasons(reception)["a.zip/a.csv"]


def test_what_cannot_be_opened_is_refused_with_its_reason(folder: Path, tmp_path: Path) -> None:
    (folder / "a.rar").write_bytes(b"Rar!\x1a\x07\x00" + bytes(30))
    (folder / "b.zip").write_bytes(archive(("a.csv", b"a"))[:-10])
    (folder / "c.xlsx").write_bytes(b"")
    locked = bytearray(archive(("a.csv", b"a,b")))
    for start in (locked.find(b"PK\x03\x04") + 6, locked.find(b"PK\x01\x02") + 8):
        locked[start] |= 1
    (folder / "d.zip").write_bytes(bytes(locked))
    deep = b"a,b\n"
    for level in range(7):
        deep = archive((f"{level}.zip" if level else "a.csv", deep))
    (folder / "e.zip").write_bytes(deep)
    found = reasons(received(folder, tmp_path))
    assert "rar" in found["a.rar"]
    assert "zip" in found["b.zip"]
    assert found["c.xlsx"] == "空文件"
    assert found["d.zip/a.csv"] == "成员已加密"
    assert "压缩包套得太深" in found.values()


def test_junk_is_passed_over_not_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("~$学生.xlsx", "Thumbs.db", ".DS_Store", "._a.jpg"):
        (folder / name).write_bytes(b"x")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "a.xlsx").write_bytes(b"x")
    reception = received(folder, tmp_path)
    assert not reception.items
    assert len(reception.refused) == 5
    assert all(entry.passed_over for entry in reception.refused)


def test_two_members_of_one_name_are_two_files(folder: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(("a.csv", b"1,2\n"), ("a.csv", b"3,4\n"))
    (folder / "a.zip").write_bytes(data)
    reception = received(folder, tmp_path)
    assert {item.name: item.path.read_bytes() for item in reception.items} == {
        "a.zip/a.csv": b"1,2\n",
        "a.zip/a.csv (2)": b"3,4\n",
    }


def test_the_list_of_schools_is_no_submission(folder: Path, tmp_path: Path) -> None:
    (folder / "schools.csv").write_bytes(b"a,b\n")
    (folder / "out").mkdir()
    (folder / "out" / "old.csv").write_bytes(b"a,b\n")
    reception = received(folder, tmp_path, skip=[folder / "schools.csv", folder / "out"])
    assert not reception.items
    assert list(reasons(reception)) == ["schools.csv"]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_names_in_gbk_on_the_disk_are_read(folder: Path, tmp_path: Path) -> None:
    name = "青年路小学.csv".encode("gbk").decode("utf-8", "surrogateescape")
    (folder / name).write_bytes(b"a,b\n")
    assert list(kinds(received(folder, tmp_path))) == ["青年路小学.csv"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(UsageError):
        receive(tmp_path / "a.xlsx", tmp_path)
