"""`stuvalid photos` through the command line, on folders as teachers hand them in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from stuvalid.photos.face import engine_available
from tests.photos.portrait import DISTINCT, Portrait, draw, jpeg
from tests.photos.test_album import PUPILS, SCHOOL, number, person
from tests.program import Done, stuvalid

pytestmark = pytest.mark.skipif(not engine_available(), reason="the extra stuvalid[face] is not installed")


def run(*arguments: object) -> Done:
    return stuvalid("photos", *arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class folder: one photo as it should be, one too large and named by name, and the roster beside it."""
    lines = [
        "姓名,身份证件号,班号,学校标识码",
        *(f"{name},{ident},{code},{SCHOOL}" for name, ident, code in PUPILS[:2]),
    ]
    (tmp_path / "名册.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    photos = tmp_path / "2023101"
    photos.mkdir()
    (photos / f"{number(1)}.jpg").write_bytes(person(1))
    (photos / "02 李小明.jpg").write_bytes(jpeg(draw(Portrait(width=900, height=1200, head=0.45, top=0.25, seed=2))))
    return tmp_path


def test_what_is_wrong_is_told_and_what_can_be_mended_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "2023101").iterdir()}
    bad = run(folder / "2023101", "--roster", folder / "名册.csv", "--format", "json", "--show-values")
    assert bad.returncode == 1
    rules = {entry["rule"] for entry in json.loads(bad.stdout)["findings"] if "李小明" not in entry["file"]}
    assert rules == set(), "the good one has no finding"
    done = run(
        folder / "2023101",
        "--roster",
        folder / "名册.csv",
        "--fix",
        folder / "out",
        "--zip",
        "class",
        "--sheet",
        folder / "核对.html",
        "-o",
        folder / "报告.html",
        "-o",
        folder / "照片.xlsx",
    )
    assert done.returncode == 0, done.stdout.decode()
    assert "修好 1 张，未能修 0 张" in done.stderr.decode()
    again = run(folder / "out", "--roster", folder / "名册.csv", "--format", "json")
    assert [entry for entry in json.loads(again.stdout)["findings"] if entry["severity"] == "error"] == []
    made = sorted(path.name for path in (folder / "out").rglob("*.jpg"))
    assert made == sorted(f"{number(serial)}.jpg" for serial in (1, 2))
    with zipfile.ZipFile(next((folder / "out").rglob("*.zip"))) as archive:
        assert sorted(archive.namelist()) == made
    with Image.open(next((folder / "out").rglob(f"{number(2)}.jpg"))) as picture:
        assert (picture.size, picture.info["dpi"]) == ((358, 441), (350, 350))
    assert all(path.stat().st_size < 58_000 for path in (folder / "out").rglob("*.jpg"))
    assert {path: path.read_bytes() for path in before} == before
    for name in ("核对.html", "报告.html", "照片.xlsx"):
        assert (folder / name).is_file()
    assert number(1) not in (folder / "报告.html").read_text(encoding="utf-8")


def test_text_fits_the_terminal_and_masks(folder: Path) -> None:
    from rich.cells import cell_len

    done = run(folder / "2023101", "--roster", folder / "名册.csv")
    text = done.stdout.decode()
    assert number(1) not in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "怎么改：" in text
    assert "名学生" not in text


def test_options_that_make_no_sense_are_one_sentence(folder: Path) -> None:
    for arguments in (
        ("--zip", "class"),
        ("--zip", "town", "--fix", folder / "x"),
        ("--spec", "nowhere"),
        ("--select", "PHO999"),
        ("--sheet", folder / "a.doc"),
    ):
        done = run(folder / "2023101", *arguments)
        assert done.returncode == 2, arguments
        assert len(done.stderr.decode().strip().splitlines()) == 1
    assert run(folder / "nowhere").returncode == 2


def test_without_faces_the_rest_is_checked_and_it_says_so(folder: Path) -> None:
    done = run(folder / "2023101", "--no-faces")
    assert done.returncode == 1
    assert "没有检查人像" in done.stderr.decode()


def test_location_and_device_are_told_and_removed(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "HUAWEI"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 52.0, 0.0)
    path = folder / "2023101" / f"{number(1)}.jpg"
    with Image.open(io.BytesIO(person(1))) as picture:
        picture.save(path, "JPEG", quality=92, dpi=(350, 350), exif=exif)
    told = json.loads(run(path, "--format", "json").stdout)["findings"]
    assert {entry["rule"] for entry in told} >= {"PHO012", "PHO013"}
    run(folder / "2023101", "--roster", folder / "名册.csv", "--fix", folder / "out")
    with Image.open(next((folder / "out").rglob(f"{number(1)}.jpg"))) as mended:
        assert not mended.getexif()


def test_names_in_an_archive_of_chinese_windows_read_right(folder: Path) -> None:
    archive = folder / "照片.zip"
    raw = "2023101/02 李小明.jpg".encode("gbk")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("x" * len(raw), person(2))
    # zipfile would mark the name as UTF-8; Chinese Windows wrote the plain bytes.
    archive.write_bytes(archive.read_bytes().replace(b"x" * len(raw), raw))
    told = json.loads(run(archive, "--roster", folder / "名册.csv", "--format", "json", "--show-values").stdout)
    assert any("李小明" in entry["file"] or "李小明" in entry["message"] for entry in told["findings"])


def test_pictures_of_an_iphone_are_read(folder: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    path = folder / "2023101" / f"{number(1)}.jpg"
    path.unlink()
    draw(Portrait(width=900, height=1200, variant=DISTINCT + 1, hair=(90, 60, 40))).save(
        folder / "2023101" / "张三丰.heic", quality=90
    )
    done = run(folder / "2023101", "--roster", folder / "名册.csv", "--fix", folder / "out")
    assert done.returncode == 0, done.stdout.decode()
    with Image.open(next((folder / "out").rglob(f"{number(1)}.jpg"))) as mended:
        assert mended.format == "JPEG"
