"""`stuvalid verify`: a sound package is proved, whatever it came as; every tampering is found; nothing hostile runs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import stat
import tempfile
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import bagit
import pytest
import pyzipper
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.bag import PROFILE, decode_path, encode_path
from stuvalid.bundle.command import run_bundle
from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.options import BundleOptions
from stuvalid.bundle.verify import VerifyOptions, verify_package
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Severity
from tests.bundle.county import CHECK, FIRST, SECOND, THIRD, County, book, zipped
from tests.program import Done, stuvalid

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


def run(*arguments: object) -> Done:
    return stuvalid("verify", *arguments)


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
def test_a_sound_package_is_proved_whatever_it_came_as(made: Callable[..., Path], options: dict[str, object]) -> None:
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
        assert {info.compress_type for info in package.infolist() if info.filename.endswith((".xlsx", ".jpg"))} == {
            zipfile.ZIP_STORED
        }


def test_the_script_in_the_documentation_proves_a_package(
    made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "bundle.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    package = made(archive="zip")
    monkeypatch.chdir(package.parent)
    exec(script, {})
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr(f"{TITLE}/more.txt", b"x")
    with pytest.raises(AssertionError):
        exec(script, {})


def test_with_the_moment_fixed_the_whole_zip_is_the_same(
    made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    assert made(archive="zip").read_bytes() == made(archive="zip").read_bytes()


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


def test_hostile_members_are_refused_and_nothing_is_written(made: Callable[..., Path], tmp_path: Path) -> None:
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


def deflated(name: str, size: int) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return stream.getvalue()


def overlapping() -> bytes:
    """One stored member that the directory lists a hundred times."""
    data = bytearray(zipped({"a" * 8: bytes(10_000)}))
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry = bytes(data[start:end])
    many = b"".join(entry.replace(b"a" * 8, b"%08d" % number) for number in range(100))
    tail = bytearray(data[end:])
    tail[8:12] = (100).to_bytes(2, "little") * 2
    tail[12:16] = len(many).to_bytes(4, "little")
    return bytes(data[:start]) + many + bytes(tail)


@pytest.mark.parametrize("kind", ["bomb", "bomb inside", "overlap", "nested"])
def test_bombs_are_refused_before_they_are_read(tmp_path: Path, kind: str) -> None:
    package = tmp_path / "140106迎泽区.zip"
    bomb = deflated("a.xlsx", 300 << 20)
    nested = zipped({"a.zip": zipped({"a.zip": zipped({"a.zip": zipped({"a.zip": b""})})})})
    package.write_bytes(
        {"bomb": bomb, "bomb inside": zipped({"a.zip": bomb}), "overlap": overlapping(), "nested": nested}[kind]
    )
    assert set(found(package)) == ({"PKG052"} if kind == "nested" else {"PKG050"})


def test_ways_of_packing_that_could_eat_memory_are_refused(made: Callable[..., Path]) -> None:
    package = made(archive="zip")
    with zipfile.ZipFile(package, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"{TITLE}/a.xlsx", b"x" * 1_000)
    assert found(package) == {"PKG051": [f"{TITLE}/a.xlsx"]}


def test_a_folder_may_hold_links_and_pipes_and_odd_names(made: Callable[..., Path]) -> None:
    package = made(archive="none")
    (package / "link").symlink_to("/etc/passwd")
    (package / "folder").symlink_to("/etc")
    os.mkfifo(package / "pipe")
    (package / "a\x1b[2Jb.txt").write_bytes(b"x")
    (package / os.fsdecode(b"a\xff.txt")).write_bytes(b"x")
    (package / "110105201501010017.jpg").write_bytes(b"x")
    told = found(package)
    assert sorted(told["PKG051"]) == ["a\ufffd.txt", "a\ufffd[2Jb.txt", "folder", "link", "pipe"]
    assert told["PKG055"] == ["110105201501010017.jpg"]
    for name in ("text", "json", "junit", "markdown", "csv", "github", "gitlab"):
        done = run(str(package), "--format", name)
        assert done.returncode == 1, done.stderr
        for text in ("PKG055", "110105********0017.jpg", "PKG051"):
            assert text in done.stdout.decode().replace("\\*", "*"), name
        assert "110105201501010017" not in done.stdout.decode()
        assert "\x1b" not in done.stdout.decode()


def test_names_taken_apart_or_packed_by_old_windows_are_the_same_names(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    sound = made(archive="none")
    accent = "附件é.docx"
    manifest = json.loads((sound / NAME).read_text(encoding="utf-8"))
    content = {path.relative_to(sound).as_posix(): path.read_bytes() for path in sound.rglob("*") if path.is_file()}
    manifest["outputs"].append(
        {
            "path": accent,
            "size": 1,
            "sha256": hashlib.sha256(b"x").hexdigest(),
            "sources": [],
            "kind": "summary",
            "school": "",
        }
    )
    manifest["counts"]["files"] += 1
    manifest["counts"]["bytes"] += 1
    content |= {NAME: json.dumps(manifest).encode(), unicodedata.normalize("NFD", accent): b"x"}
    package = tmp_path / "x.zip"
    package.write_bytes(zipped({f"{TITLE}/{name}".replace("/", "\\"): data for name, data in content.items()}))
    with zipfile.ZipFile(package) as archive:
        assert any("\\" in info.orig_filename for info in archive.infolist())
    assert found(package) == {}


def test_what_lies_beside_the_package_in_its_zip_is_told(made: Callable[..., Path]) -> None:
    package = made(archive="zip")
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("readme.exe", b"x")
    assert found(package) == {"PKG051": ["readme.exe"]}


def test_unpacked_into_a_folder_of_the_same_name(made: Callable[..., Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(made(archive="zip")) as archive:
        archive.extractall(tmp_path / "下载" / TITLE)
    assert found(tmp_path / "下载" / TITLE) == {}


def test_choosing_rules_for_the_check_does_not_silence_the_proof(made: Callable[..., Path]) -> None:
    package = made(archive="none")
    next(package.rglob("*.xlsx")).write_bytes(b"x")
    only = CheckOptions(isolated=False, workers=1, select=("IDN",))
    result = verify_package(VerifyOptions(package, check=only, recheck=True))
    assert {finding.rule for finding in result.findings.extra} >= {"PKG054"}
    assert run(str(package / "nowhere"), "--ignore", "PKG050").returncode == 2


def test_the_check_code_tells_a_consistent_forgery(made: Callable[..., Path]) -> None:
    package = made(archive="none")
    code = verify_package(VerifyOptions(package, check=CHECK)).code
    assert found(package, code=code) == found(package, code=code.lower().replace("-", " ")) == {}
    manifest = json.loads((package / NAME).read_text(encoding="utf-8"))
    manifest["operator"] = "别人"
    (package / NAME).write_text(json.dumps(manifest), encoding="utf-8")
    assert found(package) == {}
    assert set(found(package, code=code)) == {"PKG062"}


def test_the_volume_to_be_sent_again_is_named(made: Callable[..., Path]) -> None:
    folder = made(archive="zip", split=5_000)
    victim = folder / f"{TITLE}.zip.002"
    data = bytearray(victim.read_bytes())
    data[2_000] ^= 1
    victim.write_bytes(data)
    assert found(folder)["PKG061"] == [victim.name]


@pytest.mark.parametrize("position", [0.02, 0.3, 0.9])
def test_a_damaged_encrypted_package_is_told(made: Callable[..., Path], position: float) -> None:
    package = made(archive="zip-aes", password=PASSWORD)
    data = bytearray(package.read_bytes())
    data[int(len(data) * position)] ^= 1
    package.write_bytes(data)
    assert found(package, password=lambda: PASSWORD)


def test_breaking_off_at_the_password_is_no_damage(made: Callable[..., Path]) -> None:
    class Abort(RuntimeError):
        """What the prompt raises when a person breaks off."""

    def break_off() -> str:
        raise Abort

    with pytest.raises(Abort):
        found(made(archive="zip-aes", password=PASSWORD), password=break_off)


def test_a_header_of_an_unknown_encryption_is_damage(made: Callable[..., Path]) -> None:
    package = made(archive="zip-aes", password=PASSWORD)
    package.write_bytes(package.read_bytes().replace(b"AE\x03", b"AE\x00"))
    assert set(found(package, password=lambda: PASSWORD)) == {"PKG050"}


def city(tmp_path: Path, **options: object) -> Path:
    """A city of two counties, each with one school."""
    received = tmp_path / "市"
    for code, school in (("140106", FIRST), ("140107", THIRD)):
        County(tmp_path / code).put(f"{school}学校/a.xlsx", book(school))
        made = County(tmp_path / code).run(out=received, archive="zip", county=code, allow_errors=True)
        assert made.written
    done = run_bundle(
        BundleOptions(
            received, tmp_path / "out", level="city", county="1401", check=CHECK, archive="none", allow_errors=True
        )
    )
    return done.written[0]


def test_a_citys_package_is_proved_down_to_its_counties(tmp_path: Path) -> None:
    package = city(tmp_path)
    told = found(package, recheck=True)
    assert set(told) <= {"PKG059"}, told
    inner = package / "140106迎泽区" / NAME
    manifest = json.loads(inner.read_text(encoding="utf-8"))
    manifest["counts"]["pupils"] = 9
    for entry in manifest["outputs"]:
        entry["school"] = entry["school"] and THIRD
    inner.write_text(json.dumps(manifest), encoding="utf-8")
    told = found(package, recheck=True)
    assert f"140106迎泽区/{NAME}" in told["PKG054"]
    assert {"140106迎泽区", "1401太原市"} <= set(told["PKG056"])
    assert any(place.startswith("140106迎泽区/") for place in told["PKG057"])
    shutil.rmtree(package / "140106迎泽区")
    assert {"PKG053", "PKG056"} <= set(found(package))


def test_a_city_refuses_what_verify_would_not_prove(tmp_path: Path) -> None:
    received = tmp_path / "市"
    County(tmp_path / "in").put(f"{FIRST}学校/a.xlsx", book(FIRST))
    (package,) = County(tmp_path / "in").run(out=received, archive="none").written
    manifest = json.loads((package / NAME).read_text(encoding="utf-8"))
    manifest["inputs"].append({**manifest["inputs"][0], "path": "lost.xlsx"})
    (package / NAME).write_text(json.dumps(manifest), encoding="utf-8")
    assert "PKG058" in found(package)
    result = run_bundle(BundleOptions(received, level="city", county="1401", check=CHECK))
    (refused,) = [finding for finding in result.findings if finding.rule == "PKG012"]
    assert "lost.xlsx" in refused.params["reason"]
    assert {entry.fate for entry in result.plan.entries} == {"refused"}


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    package = tmp_path / TITLE
    package.mkdir()
    with (package / "大.xlsx").open("wb") as stream:
        stream.truncate(64 << 20)
    (package / NAME).write_text("{}", encoding="utf-8")
    found(package)
    tracemalloc.start()
    try:
        found(package)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def sound_zip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("fuzz")
    county = County(place / "in")
    county.put("a.xlsx", book(FIRST))
    done = county.run(out=place / "out")
    return done.written[0].read_bytes()


@given(st.data())
def test_no_damage_whatever_is_an_exception_or_goes_unseen(sound_zip: bytes, data: st.DataObject) -> None:
    """Bytes of the zip replaced, mostly in its directory: an error is found, or what is read is still what was sent."""
    damaged = bytearray(sound_zip)
    directory = sound_zip.rindex(b"PK\x05\x06") - 2_000
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(directory, len(damaged) - 1) | st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as name:
        package = Path(name) / f"{TITLE}.zip"
        package.write_bytes(damaged)
        result = verify_package(VerifyOptions(package, check=CHECK))
        if not result.findings.count(Severity.ERROR):
            sound = Path(name) / "sound.zip"
            sound.write_bytes(sound_zip)
            assert result.code == verify_package(VerifyOptions(sound, check=CHECK)).code


def test_a_bag_keeps_to_the_profile_that_ships(made: Callable[..., Path]) -> None:
    profile = json.loads(files("stuvalid").joinpath("schema/bagit-profile-1.json").read_text(encoding="utf-8"))
    bag = bagit.Bag(str(made(archive="none", bag=True, operator="张三")))
    assert bag.info["BagIt-Profile-Identifier"] == PROFILE == profile["BagIt-Profile-Info"]["BagIt-Profile-Identifier"]
    wanted = {key for key, value in profile["Bag-Info"].items() if value["required"]}
    assert wanted <= set(bag.info) <= set(profile["Bag-Info"])
    top = {path.name for path in Path(str(bag)).iterdir() if path.is_file()}
    assert top == set(profile["Tag-Files-Allowed"])
    assert bag.algorithms == profile["Manifests-Required"]
    assert bag.version in profile["Accept-BagIt-Version"]


def test_every_tampering_with_a_bag_is_found(made: Callable[..., Path]) -> None:
    bag = made(archive="none", bag=True)

    def after(name: str, change: Callable[[str], str]) -> list[str]:
        text = (bag / name).read_text(encoding="utf-8") if (bag / name).exists() else ""
        (bag / name).write_text(change(text), encoding="utf-8")
        try:
            return found(bag).get("PKG060", [])
        finally:
            (bag / name).write_text(text, encoding="utf-8")
            if not text:
                (bag / name).unlink()

    assert found(bag) == {}
    assert "bag-info.txt" in after("bag-info.txt", lambda text: text + "Note: x\n")
    assert "bag-info.txt" in after("bag-info.txt", lambda text: text.replace("Payload-Oxum: ", "Payload-Oxum: 1"))
    assert "bagit.txt" in after("bagit.txt", lambda text: text.replace("1.0", "0.1"))
    assert f"data/{TITLE}/{NAME}" in after("manifest-sha256.txt", lambda text: "\n".join(text.splitlines()[:-1]))
    assert "manifest-sha256.txt" in after("manifest-sha256.txt", lambda text: text + "nonsense\n")
    assert "bagit.txt" in after("tagmanifest-sha256.txt", lambda text: text.replace("bagit.txt", "bagit.md"))
    assert "fetch.txt" in after("fetch.txt", lambda text: "http://example.org 1 data/x\n")


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
    package = made(archive="zip-aes", password=PASSWORD)
    (tmp_path / "pw").write_text(PASSWORD + "\n", encoding="utf-8")
    good = run(str(package), "--password-file", str(tmp_path / "pw"), "--recheck")
    assert good.returncode == 0
    assert "2 所学校，25 名学生" in good.stderr.decode()
    assert "包完整" in good.stderr.decode()
    assert run(str(package)).returncode == 2
    assert run(str(tmp_path / "nowhere.zip")).returncode == 2
    folder = made(archive="none")
    next(folder.rglob("*.xlsx")).write_bytes(b"x")
    bad = run(str(folder), "--format", "json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["findings"][0]["rule"] == "PKG054"
    assert "包完整" not in bad.stderr.decode()
    weak = run(str(folder), "--format", "json", "--ignore", "PKG054")
    assert weak.returncode == 0
    assert "包完整" not in weak.stderr.decode(), "leaving out a rule does not make the package whole"


@given(st.text(min_size=1, max_size=40))
def test_paths_in_bag_manifests_come_back_as_they_were(path: str) -> None:
    encoded = encode_path(path)
    assert decode_path(encoded) == path
    assert "\n" not in encoded
    assert "\r" not in encoded
