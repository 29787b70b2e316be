"""A city bundles its counties' packages, a province its cities', each proved first."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stuvalid.bundle.command import run_bundle
from stuvalid.bundle.options import BundleOptions, BundleResult
from stuvalid.errors import UsageError
from tests.bundle.county import CHECK, FIRST, SECOND, County, book


@pytest.fixture
def counties(tmp_path: Path) -> Path:
    """Two packages as a city receives them: one as a folder, one as a zip."""
    place = tmp_path / "市收到"
    place.mkdir()
    for number, (code, county, archive) in enumerate(((FIRST, "140106", "none"), (SECOND, "140107", "zip"))):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        received = County(folder)
        received.put("a.xlsx", book(code))
        received.run(county=county, out=place, archive=archive, allow_errors=True)
    return place


def bundle(folder: Path, **options: Any) -> BundleResult:
    given = {"level": "city", "check": CHECK, "archive": "none", "out": folder.parent / "市", **options}
    return run_bundle(BundleOptions(folder, **given))


def test_a_city_holds_its_counties(counties: Path) -> None:
    result = bundle(counties)
    (package,) = result.written
    assert package.name == "1401太原市"
    names = {path.relative_to(package).as_posix() for path in package.rglob("*.xlsx")}
    assert f"140106迎泽区/{FIRST}/{FIRST}_2025101.xlsx" in names
    assert f"140107杏花岭区/{SECOND}/{SECOND}_2025101.xlsx" in names
    assert {"1401太原市统计表.xlsx", "1401太原市未报单位.xlsx"} <= names
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["pupils"] == 20
    assert {entry["path"].split("/")[0] for entry in manifest["inputs"]} == {"140106迎泽区", "140107杏花岭区.zip"}
    missing = {finding.params["expected"] for finding in result.findings if finding.rule == "PKG017"}
    assert "140105小店区" in missing
    assert not missing & {"140106迎泽区", "140107杏花岭区"}


def test_a_province_holds_its_cities(counties: Path, tmp_path: Path) -> None:
    place = tmp_path / "省收到"
    place.mkdir()
    bundle(counties, archive="zip", out=place)
    (package,) = bundle(place, level="province", out=tmp_path / "省").written
    assert package.name == "14山西省"
    assert list(package.glob("1401太原市/140106迎泽区/*/*_2025101.xlsx"))


@pytest.mark.parametrize("how", ["changed", "missing", "added", "no manifest"])
def test_a_package_that_is_not_what_its_manifest_says_is_refused(counties: Path, how: str) -> None:
    package = counties / "140106迎泽区"
    book_ = next(package.rglob("*_2025101.xlsx"))
    match how:
        case "changed":
            book_.write_bytes(book_.read_bytes()[:-1] + b"x")
        case "missing":
            book_.unlink()
        case "added":
            (package / "多出来.xlsx").write_bytes(b"x")
        case _:
            (package / "manifest.json").write_bytes(b"{}")
    result = bundle(counties)
    assert result.stopped
    assert not result.written
    assert [finding.place.file for finding in result.findings if finding.rule == "PKG012"] == ["140106迎泽区"]
    allowed = bundle(counties, allow_errors=True)
    assert [path.name for path in allowed.written[0].iterdir() if path.is_dir()] == ["140107杏花岭区"]
    manifest = json.loads((allowed.written[0] / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["fate"] for entry in manifest["inputs"] if entry["path"].startswith("140106")} == {"refused"}


def test_the_later_of_two_packages_of_a_county_counts(counties: Path) -> None:
    again = counties / "补报"
    again.mkdir()
    shutil.copytree(counties / "140106迎泽区", again / "140106迎泽区")
    manifest = again / "140106迎泽区" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, "created": "2099-01-01T00:00:00+00:00"}), encoding="utf-8")
    result = bundle(counties)
    fates = {entry.name.rsplit("/", 1)[0]: entry.fate for entry in result.plan.entries if "140106" in entry.name}
    assert fates["140106迎泽区"] == "superseded"
    assert fates["补报/140106迎泽区"] == "included"


def test_a_package_of_another_city_is_refused(counties: Path) -> None:
    result = bundle(counties, county="1402")
    assert {finding.rule for finding in result.findings if finding.severity.word == "error"} == {"PKG018"}


def test_a_hostile_archive_is_refused(counties: Path) -> None:
    with zipfile.ZipFile(counties / "坏.zip", "w") as archive:
        archive.writestr("../../x.xlsx", b"x")
    result = bundle(counties)
    assert result.stopped
    assert [finding.place.file for finding in result.findings if finding.rule == "PKG012"] == ["坏.zip"]


def test_nothing_to_bundle_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    with pytest.raises(UsageError):
        bundle(tmp_path / "空")
