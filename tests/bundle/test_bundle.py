"""`stuvalid bundle` through the command line, on files: from the received mess to one package."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stuvalid.commands.bundle import parse_size
from stuvalid.errors import UsageError
from tests.bundle.county import FIRST, NAMES, SECOND, THIRD, County, book, pupils, zipped
from tests.photos.portrait import Portrait, draw, jpeg
from tests.program import stuvalid

TITLE = "140106迎泽区"


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = stuvalid("bundle", *arguments, env={"COLUMNS": "80", **(env or {})})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def mess(county: County) -> County:
    """A county in many shapes, with something of everything."""
    county.list_schools()
    number = pupils(FIRST)[0]["id_number"]
    county.put("双塔西街小学/全校学生.xlsx", book(FIRST, 0, 20))
    county.put(f"双塔西街小学/照片/{number}.jpg", jpeg(draw(Portrait())))
    county.put("双塔西街小学/~$全校学生.xlsx", b"lock")
    county.put(
        "青年路.zip", zipped({"青年路小学/一年级.xlsx": book(SECOND), "青年路小学/一年级 (2).xlsx": book(SECOND)})
    )
    county.put("关于报送学籍数据的通知.pdf", b"%PDF-1.4")
    return county


def manifest_in(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/manifest.json"))
        return json.loads(archive.read(name))  # type: ignore[no-any-return]


def test_one_command_from_the_mess_to_the_package(mess: County, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in mess.folder.rglob("*") if path.is_file()}
    out = tmp_path / "上报"
    done = run(mess.folder, "-o", out, "--schools", mess.options["schools"], "--by", "王老师", "--allow-errors")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir()] == [f"{TITLE}.zip"]
    assert {path: path.read_bytes() for path in mess.folder.rglob("*") if path.is_file()} == before
    manifest = manifest_in(out / f"{TITLE}.zip")
    assert (manifest["operator"], manifest["division"], manifest["counts"]["pupils"]) == ("王老师", "140106", 30)
    assert manifest["counts"]["missing_schools"] == 1
    assert THIRD in done.stdout


def test_every_byte_in_and_out_is_in_the_manifest(mess: County, tmp_path: Path) -> None:
    mess.put("解放路/坏.xlsx", b"PK\x03\x04 cut off")
    mess.put("不知道是谁的.xlsx", book(THIRD, school_code=""))
    run(mess.folder, "-o", tmp_path, "--schools", mess.options["schools"], "--allow-errors")
    package = tmp_path / f"{TITLE}.zip"
    manifest = manifest_in(package)
    with zipfile.ZipFile(package) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
    listed = {entry["path"]: (entry["size"], entry["sha256"]) for entry in manifest["outputs"]}
    for path, (size, digest) in listed.items():
        (name,) = (name for name in held if name.endswith(f"/{path}"))
        assert (len(held[name]), hashlib.sha256(held[name]).hexdigest()) == (size, digest)
    inputs = {entry["path"]: entry for entry in manifest["inputs"]}
    on_disk = {path.relative_to(mess.folder).as_posix() for path in mess.folder.rglob("*") if path.is_file()}
    assert on_disk <= set(inputs)
    assert {name: inputs[name]["fate"] for name in on_disk} == {
        "双塔西街小学/全校学生.xlsx": "included",
        "双塔西街小学/~$全校学生.xlsx": "passed-over",
        "青年路.zip": "passed-over",
        f"双塔西街小学/照片/{pupils(FIRST)[0]['id_number']}.jpg": "included",
        "关于报送学籍数据的通知.pdf": "passed-over",
        "解放路/坏.xlsx": "refused",
        "不知道是谁的.xlsx": "refused",
    }
    copy = inputs["青年路.zip/青年路小学/一年级 (2).xlsx"]
    assert (copy["fate"], copy["by"]) == ("superseded", "青年路.zip/青年路小学/一年级.xlsx")
    assert all(entry["reason"] and entry["reason_en"] for entry in inputs.values())
    assert manifest["allowed_errors"] >= 2


def test_the_plan_is_shown_in_80_columns_and_nothing_is_written(mess: County, tmp_path: Path) -> None:
    from rich.cells import cell_len

    before = set(tmp_path.rglob("*"))
    done = run(mess.folder, "--schools", mess.options["schools"], "--plan", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert set(tmp_path.rglob("*")) == before
    assert f"{FIRST}双塔西街小学" in done.stdout
    assert "按表内学校标识码" in done.stdout
    tree = done.stdout.split("收到的文件")[0]
    assert all(cell_len(line) <= 80 for line in tree.splitlines())
    assert pupils(FIRST)[0]["id_number"] not in done.stdout


def test_errors_stop_and_say_so(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST, sex="女"))
    done = run(county.folder, "-o", tmp_path / "out", "--county", "140106")
    assert done.returncode == 1
    assert "--allow-errors" in done.stderr
    assert not list((tmp_path / "out").iterdir())


def test_unclear_files_are_settled_by_the_saved_plan(county: County, tmp_path: Path) -> None:
    county.list_schools()
    county.put("一年级.xlsx", book(FIRST, school_code=FIRST))
    county.put("二年级.xlsx", book(SECOND, school_code="")[:])
    table = tmp_path / "plan.csv"
    done = run(county.folder, "--schools", county.options["schools"], "--plan", "--save-plan", table)
    assert done.returncode == 1
    assert "PKG001" in done.stdout
    text = table.read_text(encoding="utf-8-sig").replace("二年级.xlsx,,", f"二年级.xlsx,{SECOND},")
    table.write_text(text, encoding="utf-8-sig")
    done = run(county.folder, "--schools", county.options["schools"], "--plan", "--map", table)
    assert "PKG001" not in done.stdout
    assert "按对应表" in done.stdout


def test_reports_in_other_formats(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST))
    report = tmp_path / "report.json"
    done = run(county.folder, "-o", tmp_path / "out", "--county", "140106", "--format", "json", "--report", report)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"]["rows"] == 10
    assert json.loads(report.read_text(encoding="utf-8"))["files"][0]["path"] == "a.xlsx"


def test_encrypted_needs_a_password_that_is_not_an_argument(county: County, tmp_path: Path) -> None:
    pyzipper = pytest.importorskip("pyzipper")
    county.put("a.xlsx", book(FIRST))
    common = [county.folder, "-o", tmp_path / "out", "--county", "140106", "--archive", "zip-aes"]
    refused = run(*common)
    assert refused.returncode == 2
    assert "密码" in refused.stderr
    done = run(*common, "--password-env", "SECRET_WORD", env={"SECRET_WORD": "Mima-2026-0106"})
    assert done.returncode == 0, done.stderr
    with pyzipper.AESZipFile(tmp_path / "out" / f"{TITLE}.zip") as archive:
        archive.setpassword(b"Mima-2026-0106")
        inner = tmp_path / "inner.zip"
        inner.write_bytes(archive.read(f"{TITLE}.zip"))
    assert manifest_in(inner)["title"] == TITLE
    with (
        zipfile.ZipFile(tmp_path / "out" / f"{TITLE}.zip") as plain,
        pytest.raises((RuntimeError, NotImplementedError)),
    ):
        plain.read(f"{TITLE}.zip")


def test_volumes_for_media_together_are_the_package(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST, 0, 60))
    out = tmp_path / "out"
    assert run(county.folder, "-o", out, "--county", "140106", "--split", "20K").returncode == 0
    (folder,) = out.iterdir()
    volumes = sorted(folder.glob("*.zip.0*"))
    assert len(volumes) > 1
    assert volumes[0].name == f"{TITLE}.zip.001"
    assert all(path.stat().st_size == 20_000 for path in volumes[:-1])
    whole = tmp_path / "whole.zip"
    whole.write_bytes(b"".join(path.read_bytes() for path in volumes))
    assert manifest_in(whole)["title"] == TITLE


def test_mistakes_of_the_user_are_sentences(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST))
    for arguments in (
        [county.folder],
        [county.folder, "-o", tmp_path / "o"],
        [tmp_path / "不存在", "-o", tmp_path / "o"],
        [county.folder, "-o", county.folder, "--county", "140106"],
        [county.folder, "--plan", "--level", "国家"],
        [county.folder, "--plan", "--archive", "rar"],
        [county.folder, "--plan", "--split", "大"],
        [county.folder, "--plan", "--schools", tmp_path / "没有.xlsx"],
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("错误：")
        assert "Traceback" not in done.stderr


def test_the_zip_is_the_same_each_time_but_for_the_recorded_moment(mess: County, tmp_path: Path) -> None:
    names = []
    for number in "12":
        run(mess.folder, "-o", tmp_path / number, "--schools", mess.options["schools"], "--allow-errors")
        with zipfile.ZipFile(tmp_path / number / f"{TITLE}.zip") as archive:
            held = {info.filename: (info.date_time, archive.read(info)) for info in archive.infolist()}
        manifest = json.loads(held.pop(f"{TITLE}/manifest.json")[1])
        manifest.pop("created")
        names.append((held, manifest))
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("text", "size"),
    [("650M", 650_000_000), ("4.7g", 4_700_000_000), ("100", 100), ("1 TB", 10**12), ("650MiB", 650 << 20), ("", 0)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["0", "-1M", "M", "5X"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_size(text)


def test_names_are_those_of_the_list(mess: County) -> None:
    assert NAMES[FIRST].endswith("双塔西街小学校")
    done = run(mess.folder, "--schools", mess.options["schools"], "--plan", "--lang", "en")
    assert f"{FIRST}双塔西街小学" in done.stdout
    assert "schools" in done.stdout
