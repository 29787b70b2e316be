"""Every kind of archive that schools send is taken apart, and each fault of one is told as what it is."""

from __future__ import annotations

import os
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from stuvalid.received.walk import Reception, receive
from tests.received.made import aes_zip, rar, rar_volumes, seven, split_zip, zipped

TABLE = "姓名,性别\n王小明,男\n".encode()
NOISE = os.urandom(3_000)
MEMBERS = {"1班.csv": TABLE, "子/2班.csv": TABLE + b"\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "received"
    path.mkdir()
    return path


def received(folder: Path, password: str | None = None) -> Reception:
    scratch = folder.with_name(f"scratch{len(list(folder.parent.iterdir()))}")
    return receive(folder, scratch, password=password)


def content(reception: Reception) -> dict[str, bytes]:
    return {item.name: item.read() for item in reception.items}


def kinds(reception: Reception) -> dict[str, str]:
    return {entry.name: entry.kind for entry in reception.refused if entry.kind not in ("taken-apart", "volume")}


def below(name: str) -> dict[str, bytes]:
    return {f"{name}/{member}": data for member, data in MEMBERS.items()}


def test_rar_and_7z_are_taken_apart_whatever_they_are_called(folder: Path) -> None:
    (folder / "a.rar").write_bytes(rar(MEMBERS))
    (folder / "其实是rar.zip").write_bytes(rar(MEMBERS))
    seven(folder / "b.7z", MEMBERS)
    assert content(received(folder)) == below("a.rar") | below("其实是rar.zip") | below("b.7z")


def test_archives_in_archives(folder: Path, tmp_path: Path) -> None:
    seven(tmp_path / "inner.7z", MEMBERS)
    inner = (tmp_path / "inner.7z").read_bytes()
    (folder / "外.zip").write_bytes(zipped({"里.7z": inner, "里.rar": rar(MEMBERS)}))
    assert content(received(folder)) == below("外.zip/里.7z") | below("外.zip/里.rar")


@pytest.mark.parametrize("kind", ["7z", "aes", "zip-in-7z"])
def test_encrypted_archives_need_the_right_password(folder: Path, kind: str) -> None:
    name = f"a.{'zip' if kind == 'aes' else '7z'}"
    if kind == "aes":
        (folder / name).write_bytes(aes_zip(MEMBERS, "secret-密"))
    elif kind == "7z":
        seven(folder / name, MEMBERS, "secret-密")
    else:
        seven(folder / name, {"b.zip": aes_zip(MEMBERS, "secret-密")})
    without, wrong = received(folder), received(folder, "wrong")
    for reception in (without, wrong):
        assert not reception.items
        assert set(kinds(reception).values()) == {"encrypted"}
        assert all(entry.incomplete for entry in reception.not_read("workbook"))
    assert set(content(received(folder, "secret-密")).values()) == set(MEMBERS.values())


def test_a_password_does_not_turn_damage_into_a_wrong_password(folder: Path) -> None:
    seven(folder / "a.7z", {"a.csv": NOISE})
    data = bytearray((folder / "a.7z").read_bytes())
    data[100] ^= 0xFF
    (folder / "a.7z").write_bytes(data)
    assert kinds(received(folder, "any")) == {"a.7z/a.csv": "member-damaged"}


@pytest.mark.parametrize("suffix", ["rar", "7z", "zip"])
def test_a_cut_archive_is_damaged(folder: Path, tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole.{suffix}"
    match suffix:
        case "7z":
            seven(whole, {"a.csv": NOISE})
        case "rar":
            whole.write_bytes(rar({"a.csv": NOISE}))
        case _:
            whole.write_bytes(zipped({"a.csv": NOISE}))
    (folder / f"a.{suffix}").write_bytes(whole.read_bytes()[:2_000])
    reception = received(folder)
    assert not reception.items
    assert set(kinds(reception).values()) <= {"archive-damaged", "member-damaged"}
    assert any(entry.incomplete for entry in reception.not_read("workbook"))


@pytest.mark.parametrize("name", ["../逃出.csv", "/etc/x.csv", "C:/x.csv", "a/../../x.csv"])
def test_members_of_rar_and_7z_that_climb_are_refused_alone(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / "a.rar").write_bytes(rar({name: TABLE, "好.csv": TABLE}))
    placeholder = "x" * len(name)
    seven(folder / "b.7z", {placeholder: TABLE, "好.csv": TABLE})
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    reception = received(folder)
    assert "a.rar/好.csv" in content(reception)
    assert [entry.kind for entry in reception.refused if entry.name.startswith("a.rar/")] == ["path"]
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(any(part.startswith("scratch") for part in path.parts) for path in new)


def test_a_link_in_a_rar_is_refused(folder: Path) -> None:
    (folder / "a.rar").write_bytes(rar(MEMBERS, link="链接.xlsx"))
    reception = received(folder)
    assert content(reception) == below("a.rar")
    assert kinds(reception) == {"a.rar/链接.xlsx": "link"}


def test_one_rule_on_bombs_for_every_kind(folder: Path) -> None:
    zeros = bytes(60 << 20)
    (folder / "a.zip").write_bytes(zipped({"零.csv": zeros, "好.csv": TABLE}))
    seven(folder / "b.7z", {"零.csv": zeros})
    reception = received(folder)
    assert content(reception) == {"a.zip/好.csv": TABLE}
    assert kinds(reception) == {"a.zip/零.csv": "bomb", "b.7z/零.csv": "bomb"}


def test_volumes_are_read_as_one(folder: Path, tmp_path: Path) -> None:
    members = MEMBERS | {"大.csv": NOISE}
    seven(tmp_path / "whole.7z", members)
    plain = zipped(members)
    pieces = {"b.7z": (tmp_path / "whole.7z").read_bytes(), "c.zip": plain, "d.rar": rar(members)}
    for name, data in pieces.items():
        for number in range(3):
            part = data[number * 1_500 : (number + 1) * 1_500 if number < 2 else None]
            (folder / f"{name}.{number + 1:03}").write_bytes(part)
    volumes = split_zip(plain, 1_000)
    assert len(volumes) > 2
    for number, data in enumerate(volumes[:-1], start=1):
        (folder / f"e.z{number:02}").write_bytes(data)
    (folder / "e.zip").write_bytes(volumes[-1])
    for number, data in enumerate(rar_volumes("大.csv", NOISE, 3), start=1):
        (folder / f"f.part{number}.rar").write_bytes(data)
    reception = received(folder)
    assert kinds(reception) == {}
    expected = {
        f"{first}/{name}": data
        for first in ("b.7z.001", "c.zip.001", "d.rar.001", "e.zip")
        for name, data in members.items()
    }
    assert content(reception) == expected | {"f.part1.rar/大.csv": NOISE}


@pytest.mark.parametrize(
    ("gone", "told"),
    [("c.zip.002", "c.zip.001"), ("e.z02", "e.zip"), ("e.zip", "e.z01"), ("f.part2.rar", "f.part1.rar")],
)
def test_a_missing_volume_is_told_once(folder: Path, gone: str, told: str) -> None:
    members = {"大.csv": NOISE}
    plain = zipped(members)
    for number in range(3):
        (folder / f"c.zip.{number + 1:03}").write_bytes(plain[number * 1_000 : (number + 1) * 1_000])
    volumes = split_zip(plain, 1_000)
    for number, data in enumerate(volumes[:-1], start=1):
        (folder / f"e.z{number:02}").write_bytes(data)
    (folder / "e.zip").write_bytes(volumes[-1])
    for number, data in enumerate(rar_volumes("大.csv", NOISE, 3), start=1):
        (folder / f"f.part{number}.rar").write_bytes(data)
    kept = gone.partition(".")[0]
    for path in folder.iterdir():
        if path.name == gone or not path.name.startswith(f"{kept}."):
            path.unlink()
    assert kinds(received(folder)) == {told: "volumes-missing"}


def test_the_last_volume_of_a_rar_is_missing(folder: Path) -> None:
    for number, data in enumerate(rar_volumes("大.csv", NOISE, 3)[:-1], start=1):
        (folder / f"f.part{number}.rar").write_bytes(data)
    assert set(kinds(received(folder)).values()) == {"volumes-missing"}


def test_an_archive_without_its_component_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.rar").write_bytes(rar(MEMBERS))
    seven(folder / "b.7z", MEMBERS)
    for module in ("py7zr", "unrar", "unrar.cffi"):
        monkeypatch.setitem(sys.modules, module, None)
    reception = received(folder)
    assert kinds(reception) == {"a.rar": "component-missing", "b.7z": "component-missing"}
    (account,) = reception.not_read("workbook")
    assert account.count == 2 and account.incomplete
    assert "pip" not in account.zh + account.en


def test_a_zip_that_claims_too_many_members_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stuvalid.received.members.MOST_MEMBERS", 1)
    (folder / "a.zip").write_bytes(zipped(MEMBERS))
    assert kinds(received(folder)) == {"a.zip": "bomb"}


def test_overlapping_members_are_a_bomb(folder: Path) -> None:
    data = bytearray(zipped({"a.csv": NOISE, "b.csv": NOISE}))
    place = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 20, len(data))
    (folder / "a.zip").write_bytes(data)
    assert kinds(received(folder)) == {"a.zip": "bomb"}


def test_an_empty_archive_is_told(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w"):
        pass
    assert kinds(received(folder)) == {"a.zip": "empty"}
