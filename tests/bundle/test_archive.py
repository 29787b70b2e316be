"""The zip of a package: the same bytes each time, names every program reads, nothing readable once encrypted."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import pyzipper

from stuvalid.bundle.writing import write_archive
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UsageError
from tests.bundle.county import FIRST, County, book

TITLE = "140106迎泽区"
CONTENT = {
    "manifest.json": b'{"a": 1}' * 100,
    "2114010068双塔西街小学/学生 𠮷.xlsx": b"PK" + bytes(5_000),
    "2114010068双塔西街小学/七年级/110105201501010017.jpg": b"\xff\xd8" + bytes(3_000),
    "2114010068双塔西街小学/附件/说明.txt": "谢谢".encode() * 500,
}


def folder(place: Path, *, backwards: bool = False, age: int = 0) -> Path:
    root = place / TITLE
    for name in sorted(CONTENT, reverse=backwards):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[name])
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    return root


def test_bytes_depend_on_nothing_but_names_and_content(tmp_path: Path) -> None:
    write_archive(folder(tmp_path / "a"), tmp_path / "a.zip", "zip")
    write_archive(folder(tmp_path / "b", backwards=True, age=99_999), tmp_path / "b.zip", "zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_members_are_sorted_dated_and_named_for_every_program(tmp_path: Path) -> None:
    write_archive(folder(tmp_path), tmp_path / "x.zip", "zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        infos = archive.infolist()
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in infos} == {
            f"{TITLE}/{name}": data for name, data in CONTENT.items()
        }
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    for info in infos:
        assert info.flag_bits & 0x800, "without the UTF-8 flag Windows reads the name in its own code page"
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
        text = info.filename.endswith((".txt", ".json"))
        assert info.compress_type == (zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="needs unzip")
def test_another_program_reads_it(tmp_path: Path) -> None:
    write_archive(folder(tmp_path), tmp_path / "x.zip", "zip")
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(["unzip", "-q", str(tmp_path / "x.zip"), "-d", str(tmp_path / "out")], check=True, env=env)
    found = {
        path.relative_to(tmp_path / "out" / TITLE).as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert found == CONTENT


def test_encrypted_it_shows_one_name_and_no_checksum(tmp_path: Path) -> None:
    write_archive(folder(tmp_path), tmp_path / "x.zip", "zip-aes", "a long password 1")
    write_archive(tmp_path / TITLE, tmp_path / "plain.zip", "zip")
    data = (tmp_path / "x.zip").read_bytes()
    assert "双塔".encode() not in data
    assert b"110105201501010017" not in data
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        (info,) = archive.infolist()
    assert (info.filename, info.CRC, info.compress_type) == (f"{TITLE}.zip", 0, 99)
    assert info.extra[-11:] == b"\x01\x99\x07\x00\x02\x00AE\x03\x00\x00", "AE-2, 256 bits, stored"
    with pyzipper.AESZipFile(tmp_path / "x.zip") as archive:
        archive.setpassword(b"a long password 1")
        assert archive.read(info.filename) == (tmp_path / "plain.zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [TITLE, "plain.zip", "x.zip"]


def test_each_encryption_has_its_own_salt(tmp_path: Path) -> None:
    for name in "ab":
        write_archive(folder(tmp_path), tmp_path / name, "zip-aes", "a long password 1")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    root = tmp_path / TITLE
    root.mkdir()
    with (root / "大.xlsx").open("wb") as stream:
        stream.truncate(64 << 20)
    write_archive(root, tmp_path / "warm.zip", "zip")  # imports are not what is measured
    tracemalloc.start()
    try:
        write_archive(root, tmp_path / "x.zip", "zip")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_beyond_what_plain_zips_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1_000)
    write_archive(folder(tmp_path), tmp_path / "x.zip", "zip")
    data = (tmp_path / "x.zip").read_bytes()
    assert b"PK\x06\x06" in data, "a Zip64 end of central directory"
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None


def test_without_the_component_nothing_is_begun(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.put("a.xlsx", book(FIRST))
    monkeypatch.setitem(sys.modules, "pyzipper", None)
    with pytest.raises(UsageError) as caught:
        county.run(out=tmp_path / "out", archive="zip-aes", password="a long password 1")
    assert "stuvalid[aes]" in caught.value.text("zh")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "word", ["short1", "123456789012", "abcdefghijklm", "aaaaaaaaaaaa1", "密码密码密码密码密码12ab", "tab\tinside 123"]
)
def test_weak_new_passwords_are_refused(tmp_path: Path, word: str) -> None:
    (tmp_path / "pw").write_text(word, encoding="utf-8")
    with pytest.raises(UsageError):
        ask_password(tmp_path / "pw", "", twice=True)
    assert ask_password(tmp_path / "pw", "") == word, "one that was chosen elsewhere must still open its package"


def test_a_good_password_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pw").write_bytes(b"\xef\xbb\xbfYingze-2026-Baobei\r\n")
    assert ask_password(tmp_path / "pw", "", twice=True) == "Yingze-2026-Baobei"
    monkeypatch.setenv("WORD", "Yingze-2026-Baobei")
    assert ask_password(None, "WORD", twice=True) == "Yingze-2026-Baobei"
