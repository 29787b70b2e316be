"""`stuvalid verify`: a sound package is proved, whatever it came as; every tampering is found; nothing hostile runs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
import pyzipper
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.bag import decode_path, encode_path
from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.verify import VerifyOptions, verify_package
from tests.bundle.county import CHECK, FIRST, SECOND, County, book

TITLE = "140106迎泽区"
PASSWORD = "长长的密码 12345"


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Make the package of a county of two schools; returns its path."""

    def make(**options: object) -> Path:
        received = tmp_path / "received"
        if not received.exists():
            county = County(received)
            county.put("双塔西街小学/学生.xlsx", book(FIRST))
            county.put("青年路小学.xlsx", book(SECOND, 10, 25))
            county.put("说明.txt", "谢谢".encode())
        result = County(received).run(out=tmp_path / f"out{len(list(tmp_path.iterdir()))}", **options)
        assert result.written
        return result.written[0]

    return make


def found(path: Path, **options: object) -> dict[str, list[str]]:
    """Rule → what it was told of."""
    result = verify_package(VerifyOptions(path, check=CHECK, **options))  # type: ignore[arg-type]
    told: dict[str, list[str]] = {}
    for finding in result.findings.extra:
        told.setdefault(finding.rule, []).append(finding.place.file)
    return told


@pytest.mark.parametrize(
    "options",
    [
        {"archive": "none"},
        {"archive": "zip"},
        {"archive": "none", "bag": True},
        {"archive": "zip", "bag": True},
        {"archive": "zip", "split": 5_000},
    ],
    ids=["folder", "zip", "bag", "zipped bag", "volumes"],
)
def test_a_sound_package_is_proved_whatever_it_came_as(
    made: Callable[..., Path], options: dict[str, object]
) -> None:
    package = made(**options)
    assert found(package) == {}
    assert found(package, recheck=True) == {}
    result = verify_package(VerifyOptions(package, check=CHECK))
    assert result.manifest["title"] == TITLE
    assert result.manifest["counts"]["pupils"] == 25


def test_an_independent_reader_agrees(made: Callable[..., Path]) -> None:
    with zipfile.ZipFile(made(archive="zip")) as package:
        names = [name.removeprefix(f"{TITLE}/") for name in package.namelist()]
        manifest = json.loads(package.read(f"{TITLE}/{NAME}"))
        assert sorted(entry["path"] for entry in manifest["outputs"]) == sorted(set(names) - {NAME})
        for entry in manifest["outputs"]:
            data = package.read(f"{TITLE}/{entry['path']}")
            assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["size"], entry["sha256"])
        assert all(info.flag_bits & 0x800 for info in package.infolist()), "names are marked as UTF-8"
        assert {
            info.compress_type for info in package.infolist() if info.filename.endswith((".xlsx", ".jpg"))
        } == {zipfile.ZIP_STORED}


def test_the_bag_library_agrees_and_finds_the_same_damage(made: Callable[..., Path]) -> None:
    bag = made(archive="none", bag=True)
    assert bag.name == f"{TITLE}-bag"
    assert bagit.Bag(str(bag)).validate()
    victim = next((bag / "data").rglob("*.xlsx"))
    victim.write_bytes(victim.read_bytes() + b"x")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()
    assert {"PKG054", "PKG060"} <= set(found(bag))


def test_the_same_input_gives_the_same_bytes_but_for_the_time(made: Callable[..., Path]) -> None:
    first, second = made(archive="none"), made(archive="none")

    def content(root: Path) -> dict[str, object]:
        files: dict[str, object] = {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }
        manifest = json.loads(files[NAME])  # type: ignore[arg-type]
        files[NAME] = {key: value for key, value in manifest.items() if key != "created"}
        return files

    assert content(first) == content(second)


def test_encrypted_nobody_reads_a_name_and_only_the_password_opens_it(made: Callable[..., Path]) -> None:
    package = made(archive="zip-aes", password=PASSWORD)
    with zipfile.ZipFile(package) as outer:
        assert outer.namelist() == [f"{TITLE}.zip"]
    with pyzipper.AESZipFile(package) as outer:
        outer.setpassword(PASSWORD.encode())
        with zipfile.ZipFile(io.BytesIO(outer.read(f"{TITLE}.zip"))) as inner:
            assert f"{TITLE}/{NAME}" in inner.namelist()
    assert found(package, password=lambda: PASSWORD) == {}
    assert set(found(package, password=lambda: "wrong")) == {"PKG050"}
    assert set(found(package)) == {"PKG050"}


def test_every_tampering_is_found(made: Callable[..., Path]) -> None:
    sound = made(archive="none")
    books = sorted(path.relative_to(sound).as_posix() for path in sound.rglob("*.xlsx"))
    one, other = books[0], books[-1]

    def after(change: Callable[[Path], object]) -> dict[str, list[str]]:
        copy = sound.parent / "copy" / TITLE
        shutil.copytree(sound, copy)
        try:
            change(copy)
            return found(copy)
        finally:
            shutil.rmtree(copy.parent)

    def flip(root: Path) -> None:
        data = bytearray((root / one).read_bytes())
        data[len(data) // 2] ^= 1
        (root / one).write_bytes(data)

    def swap(root: Path) -> None:
        first, second = (root / one).read_bytes(), (root / other).read_bytes()
        (root / one).write_bytes(second)
        (root / other).write_bytes(first)

    assert after(flip) == {"PKG054": [one]}
    assert after(lambda root: (root / one).unlink()) == {"PKG053": [one]}
    assert after(lambda root: (root / "多余.xlsx").write_bytes(b"x")) == {"PKG055": ["多余.xlsx"]}
    assert set(after(lambda root: (root / one).rename(root / "改名.xlsx"))) == {"PKG053", "PKG055"}
    assert after(swap) == {"PKG054": [one, other]} or set(after(swap)["PKG054"]) == {one, other}
    assert after(lambda root: (root / NAME).unlink()).keys() == {"PKG052"}
    assert after(lambda root: (root / NAME).write_text("{", encoding="utf-8")).keys() == {"PKG052"}
    assert after(lambda root: (root / "Thumbs.db").write_bytes(b"x")) == {"PKG063": ["Thumbs.db"]}


def test_a_manifest_that_was_tampered_with_contradicts_itself(made: Callable[..., Path]) -> None:
    sound = made(archive="none")

    def after(change: Callable[[dict[str, object]], object]) -> set[str]:
        text = (sound / NAME).read_text(encoding="utf-8")
        manifest = json.loads(text)
        change(manifest)
        (sound / NAME).write_text(json.dumps(manifest), encoding="utf-8")
        try:
            return set(found(sound, recheck=True))
        finally:
            (sound / NAME).write_text(text, encoding="utf-8")

    assert after(lambda m: m["counts"].update(files=99)) == {"PKG056"}  # type: ignore[attr-defined]
    assert after(lambda m: m["counts"].update(pupils=26)) == {"PKG056"}  # type: ignore[attr-defined]
    assert after(lambda m: m.update(title="140107杏花岭区")) == {"PKG057"}
    assert "PKG058" in after(lambda m: m["inputs"].pop(0))  # type: ignore[attr-defined]
    assert "PKG058" in after(lambda m: m["inputs"][-1].update(fate="eaten"))  # type: ignore[index]
    assert after(lambda m: m.update(allowed_errors=3)) == {"PKG059"}
    assert after(lambda m: m.update(schema="other/1")) == {"PKG052"}
    assert after(lambda m: m.update(outputs="none")) == {"PKG052"}


def test_wrong_names_are_told(made: Callable[..., Path], tmp_path: Path) -> None:
    sound = made(archive="none")
    renamed = tmp_path / "迎泽区"
    shutil.copytree(sound, renamed)
    assert set(found(renamed)) == {"PKG057"}
    school = next(path for path in renamed.iterdir() if path.is_dir())
    school.rename(renamed / "双塔西街小学")
    assert found(renamed)["PKG057"] == ["迎泽区", "双塔西街小学"]


def test_hostile_members_are_refused_and_nothing_is_written(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    package = made(archive="zip")
    before = sorted(tmp_path.rglob("*"))
    with zipfile.ZipFile(package, "a") as archive:
        for name in ("../../evil.txt", "/etc/evil", "C:/evil.txt", f"{TITLE}/{NAME.upper()}"):
            archive.writestr(name, b"x")
        link = zipfile.ZipInfo(f"{TITLE}/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    told = found(package)
    assert len(told["PKG051"]) == 5
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_is_not_read_to_its_end(made: Callable[..., Path]) -> None:
    package = made(archive="zip")
    data = bytearray(package.read_bytes())
    with zipfile.ZipFile(package) as archive:
        info = next(info for info in archive.infolist() if info.filename.endswith(".json"))
    for start in (info.header_offset + 22, data.rindex(info.filename.encode()) - 22):
        data[start : start + 4] = (10).to_bytes(4, "little")
    package.write_bytes(data)
    assert set(found(package)) & {"PKG050", "PKG052", "PKG054"}


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "text"])
def test_what_is_no_package_is_told_in_a_sentence(made: Callable[..., Path], damage: str) -> None:
    package = made(archive="zip")
    data = package.read_bytes()
    package.write_bytes(
        {"cut": data[: len(data) // 2], "noise": os.urandom(5_000), "empty": b"", "text": b"hello"}[damage]
    )
    # Half a zip can end inside a stored workbook, which is a zip itself: then it is a package without a manifest.
    assert set(found(package)) in ({"PKG050"}, {"PKG052"})


def test_volumes_must_be_complete(made: Callable[..., Path]) -> None:
    folder = made(archive="zip", split=5_000)
    volumes = sorted(folder.iterdir())
    assert len(volumes) > 2
    assert found(volumes[0]) == {}
    assert b"".join(path.read_bytes() for path in volumes)[:2] == b"PK"
    volumes[1].unlink()
    assert set(found(folder)) == {"PKG050"}


def test_the_command_exits_as_it_should(made: Callable[..., Path], tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "stuvalid", "verify", *arguments],
            capture_output=True,
            check=False,
            timeout=60,
        )

    package = made(archive="zip-aes", password=PASSWORD)
    (tmp_path / "pw").write_text(PASSWORD + "\n", encoding="utf-8")
    good = run(str(package), "--password-file", str(tmp_path / "pw"), "--recheck")
    assert good.returncode == 0
    assert "2 所学校，25 名学生" in good.stderr.decode()
    assert run(str(package)).returncode == 2
    assert run(str(tmp_path / "nowhere.zip")).returncode == 2
    folder = made(archive="none")
    next(folder.rglob("*.xlsx")).write_bytes(b"x")
    bad = run(str(folder), "--format", "json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["findings"][0]["rule"] == "PKG054"


@given(st.text(min_size=1, max_size=40))
def test_paths_in_bag_manifests_come_back_as_they_were(path: str) -> None:
    encoded = encode_path(path)
    assert decode_path(encoded) == path
    assert "\n" not in encoded
    assert "\r" not in encoded
