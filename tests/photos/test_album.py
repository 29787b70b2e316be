"""Whole folders: checked, compared with the roster, repaired, sorted, packed and shown."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageFont

from stuvalid.codes.identity import check_character
from stuvalid.errors import UsageError
from stuvalid.findings import Severity
from stuvalid.photos import checking, face, sheet_pdf
from stuvalid.photos.album import FACES_LEFT_OUT, NO_FACE_RUNTIME, run_photos
from stuvalid.photos.face import engine_available
from stuvalid.photos.request import PhotoOptions, PhotoResult
from stuvalid.report.wording import Wording
from stuvalid.rules.photos import PHOTO_RULES
from tests.photos.portrait import DISTINCT, Portrait, draw, jpeg

pytestmark = pytest.mark.skipif(not engine_available(), reason="the extra stuvalid[face] is not installed")

TODAY = dt.date(2025, 11, 1)
SCHOOL = "2114010001"


def number(serial: int) -> str:
    body = f"14010620150305{serial:03d}"
    return body + check_character(body)


def person(serial: int, **changes: object) -> bytes:
    """A portrait of pupil ``serial``: different people look different."""
    skins = [(224, 178, 150), (200, 150, 120), (240, 200, 175)]
    hairs = [(38, 30, 28), (90, 60, 40), (20, 20, 24)]
    return jpeg(
        draw(
            Portrait(variant=DISTINCT + serial, seed=serial, skin=skins[serial % 3], hair=hairs[serial // 3 % 3]).but(
                **changes
            )
        )
    )


PUPILS = [
    ("张三丰", number(1), "2023101"),
    ("李小明", number(2), "2023101"),
    ("王芳", number(3), "2023101"),
    ("王芳", number(4), "2023101"),
    ("买买提·吐尔逊", "", "2023102"),
    ("赵敏", number(6), "2023102"),
    ("周杰", number(7), "2023102"),
]


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A school's folder as teachers hand it in, with its roster beside it."""
    lines = ["姓名,身份证件号,班号,学校标识码", *(f"{name},{ident},{code},{SCHOOL}" for name, ident, code in PUPILS)]
    (tmp_path / "名册.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    first, second = tmp_path / "照片" / "三年级1班", tmp_path / "照片" / "三年级2班"
    first.mkdir(parents=True)
    second.mkdir()
    (first / f"{number(1)}.jpg").write_bytes(person(1))
    (first / "02 李小明.JPG").write_bytes(person(2, head=0.5, top=0.2))
    (first / "王芳.jpg").write_bytes(person(8))
    (second / f"{SCHOOL}_2023102_买买提·吐尔逊.jpg").write_bytes(person(5))
    (second / f"{number(6)}.jpg").write_bytes(person(6, roll=9))
    (second / "无名.jpg").write_bytes(b"not a picture")
    return tmp_path


def run(school: Path, **options: object) -> PhotoResult:
    return run_photos(PhotoOptions((school / "照片",), (school / "名册.csv",), today=TODAY, **options))  # type: ignore[arg-type]


def told(result: PhotoResult) -> set[tuple[str, str]]:
    return {(finding.place.file.rsplit("/", 1)[-1], PHOTO_RULES[finding.rule].slug) for finding in result.findings}


def test_a_folder_is_checked_against_its_roster(school: Path) -> None:
    result = run(school)
    found = told(result)
    assert ("02 李小明.JPG", "wrong_head_size") in found
    assert ("02 李小明.JPG", "name_without_number") in found
    assert ("王芳.jpg", "name_ambiguous") in found
    assert (f"{number(6)}.jpg", "head_tilted") in found
    assert ("无名.jpg", "not_a_jpeg") in found
    assert ("名册.csv", "pupil_without_photo") in found
    missing = [finding for finding in result.findings if finding.rule == "PHO080"]
    assert [(finding.value, finding.place.row) for finding in missing] == [("周杰", 7)]
    assert not any(name == f"{number(1)}.jpg" for name, _ in found)
    assert (f"{SCHOOL}_2023102_买买提·吐尔逊.jpg", "outside_no_number_folder") in found


def test_nothing_travels_unmasked(school: Path) -> None:
    result = run(school)
    wording = Wording("zh")
    for finding in result.findings:
        assert not re.search(r"[0-9]{15}", wording.message(finding))
        assert wording.message(finding) and Wording("en").message(finding)


def test_repaired_pictures_are_named_sorted_and_packed(school: Path) -> None:
    before = {path: path.read_bytes() for path in (school / "照片").rglob("*") if path.is_file()}
    out = school / "OUT"
    result = run(school, fix=out, zip_by="class", sheet=school / "一览.html")
    assert {path: path.read_bytes() for path in before} == before
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {
        f"2023级小学/2023101/{number(1)}.jpg",
        f"2023级小学/2023101/{number(2)}.jpg",
        f"2023级小学/2023102/{number(6)}.jpg",
        f"无身份证号/{SCHOOL}_2023102_买买提·吐尔逊.jpg",
        "待确认/三年级1班_王芳.jpg",
        "处理记录.json",
        "处理记录.csv",
        "上传包/2023101.zip",
        "上传包/2023102.zip",
        "上传包/无身份证号.zip",
    }
    with zipfile.ZipFile(out / "上传包" / "2023101.zip") as archive:
        assert sorted(archive.namelist()) == [f"{number(1)}.jpg", f"{number(2)}.jpg"]
    log = json.loads((out / "处理记录.json").read_text(encoding="utf-8"))
    steps = {entry["source"]: [step["what"] for step in entry["steps"]] for entry in log["photos"]}
    assert "crop" in steps["三年级1班/02 李小明.JPG"]
    assert "level" in steps[f"三年级2班/{number(6)}.jpg"]
    assert steps[f"三年级1班/{number(1)}.jpg"] == []
    with (out / "处理记录.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert {row["原文件"] for row in csv.DictReader(stream)} == set(steps)
    assert ("无名.jpg", "not_repaired") in told(result)
    assert ("02 李小明.JPG", "wrong_head_size") not in told(result)
    again = run_photos(PhotoOptions((out,), (school / "名册.csv",), today=TODAY))
    wrong = {(name, slug) for name, slug in told(again) if slug not in {"pupil_without_photo", "name_ambiguous"}}
    assert {pair for pair in wrong if "王芳" not in pair[0]} == set()


def test_an_existing_folder_is_not_overwritten_and_no_half_is_left(school: Path) -> None:
    out = school / "OUT"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    with pytest.raises(UsageError):
        run(school, fix=out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert not [path for path in school.iterdir() if path.name.startswith(".stuvalid")]


def test_archives_stay_below_their_cap(school: Path) -> None:
    run(school, fix=school / "OUT", zip_by="school", zip_cap=60_000)
    archives = sorted((school / "OUT" / "上传包").glob("全校*.zip"))
    assert len(archives) > 1
    assert sum(len(zipfile.ZipFile(path).namelist()) for path in archives) == 3


def test_the_same_picture_for_two_pupils_is_found(tmp_path: Path) -> None:
    for serial, data in (
        (1, person(1)),
        (2, person(1)),
        (3, person(4, head=0.62)),
        (4, person(4, head=0.66)),
        (5, person(7)),
    ):
        (tmp_path / f"{number(serial)}.jpg").write_bytes(data)
    found = told(run_photos(PhotoOptions((tmp_path,))))
    assert {name for name, slug in found if slug == "same_file_twice"} == {f"{number(1)}.jpg", f"{number(2)}.jpg"}
    assert {f"{number(3)}.jpg", f"{number(4)}.jpg"} <= {name for name, slug in found if slug == "same_picture_twice"}


def test_a_copy_under_the_same_number_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / f"{number(1)}.jpg").write_bytes(person(1))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"{number(1)}.jpg", person(1))
    assert told(run_photos(PhotoOptions((tmp_path,)))) == set()


def test_many_pictures_go_through_workers(tmp_path: Path) -> None:
    for serial in range(40):
        (tmp_path / f"{number(serial)}.jpg").write_bytes(person(serial % 4))
    told_progress: list[tuple[int, int]] = []
    result = run_photos(PhotoOptions((tmp_path,), workers=2), lambda done, total: told_progress.append((done, total)))
    assert len(result.findings.files) == 40
    assert told_progress[-1] == (40, 40)
    assert [report.path for report in result.findings.files] == sorted(report.path for report in result.findings.files)


def test_without_the_runtime_the_report_says_what_was_not_checked(
    school: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face, "engine_available", lambda: False)
    result = run(school)
    skipped = result.findings.files[0].rules.skipped
    assert skipped["PHO040"] == NO_FACE_RUNTIME
    assert not result.faces_checked
    assert not {slug for _, slug in told(result)} & {"no_face", "wrong_head_size", "head_tilted"}
    with pytest.raises(UsageError):
        run(school, fix=school / "OUT")


def test_faces_left_out_are_not_said_to_lack_a_component(school: Path) -> None:
    result = run(school, faces=False)
    skipped = next(report.rules.skipped for report in result.findings.files if report.rules)
    assert skipped["PHO040"] == FACES_LEFT_OUT


def test_the_folder_of_pupils_without_number_is_theirs(tmp_path: Path) -> None:
    for serial in (1, 2, 3):
        (tmp_path / f"{SCHOOL}_2023102_学生{'甲乙丙'[serial - 1]}.jpg").write_bytes(person(serial))
    (tmp_path / f"{number(4)}.jpg").write_bytes(person(4))
    found = told(run_photos(PhotoOptions((tmp_path,), today=TODAY, faces=False)))
    assert found == {(f"{number(4)}.jpg", "in_no_number_folder")}


def test_what_still_fails_is_put_aside_with_the_reason(tmp_path: Path) -> None:
    whole = Image.open(io.BytesIO(person(1)))
    (tmp_path / f"{number(1)}.jpg").write_bytes(jpeg(whole.crop((0, 70, 358, 441))))
    (tmp_path / f"{number(2)}.jpg").write_bytes(person(2, aside=0.1))
    out = tmp_path / "OUT"
    result = run_photos(PhotoOptions((tmp_path,), today=TODAY, fix=out, zip_by="school"))
    assert (out / "待确认" / f"{number(1)}.jpg").read_bytes() == (tmp_path / f"{number(1)}.jpg").read_bytes()
    assert (out / f"{number(2)}.jpg").is_file()
    with zipfile.ZipFile(out / "上传包" / "全校.zip") as archive:
        assert archive.namelist() == [f"{number(2)}.jpg"]
    reasons = {
        entry["source"]: entry["reason"] for entry in json.loads((out / "处理记录.json").read_text("utf-8"))["photos"]
    }
    assert "头部被照片上边" in reasons[f"{number(1)}.jpg"]
    assert reasons[f"{number(2)}.jpg"] == ""
    assert (f"{number(1)}.jpg", "not_repaired") in told(result)


def test_rules_can_be_chosen(school: Path) -> None:
    result = run(school, ignore=("PHO08",), severities=(("PHO048", Severity.WARNING),))
    assert not any(finding.rule.startswith("PHO08") for finding in result.findings)
    assert {finding.severity for finding in result.findings if finding.rule == "PHO048"} == {Severity.WARNING}


def test_the_sheet_is_one_file_with_masked_numbers(school: Path) -> None:
    run(school, sheet=school / "一览.html")
    text = (school / "一览.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64,") == 5
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", text)
    assert not any(ident in text for _, ident, _ in PUPILS if ident)
    assert "周杰" in text and "没有照片" in text
    with pytest.raises(UsageError):
        run(school, sheet=school / "一览.docx")


def test_the_sheet_shows_before_and_after_the_worst_first(school: Path) -> None:
    run(school, fix=school / "OUT", sheet=school / "一览.html")
    text = (school / "一览.html").read_text(encoding="utf-8")
    pairs = text.count("<figcaption>原照片</figcaption>")
    assert pairs == text.count("<figcaption>处理后</figcaption>") == 2
    assert text.count("data:image/jpeg;base64,") == 5 + pairs
    assert "已处理：重新裁剪" in text and "原来：头部占照片高度" in text
    for section in text.split("<section")[1:]:
        grades = re.findall(r'<div class="card ?(\w*)"', section)
        assert grades == sorted(grades, key=["error", "warning", ""].index)
    assert "<small>3 名学生，2 张照片，1 张要看" in text
    assert "<small>0 名学生，1 张照片，1 张要看" in text


def test_the_sheet_as_pdf(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_pdf, "_font_file", lambda: Path("any"))
    fonts = SimpleNamespace(truetype=lambda _, size: ImageFont.load_default(size))
    monkeypatch.setattr(sheet_pdf, "ImageFont", fonts)
    run(school, fix=school / "OUT", sheet=school / "一览.pdf")
    data = (school / "一览.pdf").read_bytes()
    assert data.startswith(b"%PDF") and data.count(b"/Type /Page\n") == 4
    monkeypatch.setattr(sheet_pdf, "_font_file", lambda: None)
    with pytest.raises(UsageError):
        run(school, sheet=school / "二.pdf")


def test_names_in_the_sheet_are_text(tmp_path: Path) -> None:
    (tmp_path / "照片").mkdir()
    (tmp_path / "照片" / "<b>x&.jpg").write_bytes(person(1))
    run_photos(PhotoOptions((tmp_path / "照片",), sheet=tmp_path / "s.html"))
    assert "<b>x" not in (tmp_path / "s.html").read_text(encoding="utf-8")


def test_a_dying_worker_costs_one_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from stuvalid import workers

    (tmp_path / f"{number(1)}.jpg").write_bytes(person(1))
    lost = workers.Outcome(0, None, workers.Failure("died", "SIGSEGV"))
    monkeypatch.setattr(checking, "in_workers", lambda function, tasks, count: [[lost]])
    result = run_photos(PhotoOptions((tmp_path,)))
    assert told(result) == {(f"{number(1)}.jpg", "check_crashed")}


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run_photos(PhotoOptions((tmp_path,)))
