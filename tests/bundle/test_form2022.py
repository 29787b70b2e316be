"""The form of 2022 has neither school code nor class code: owner by prescribed name, class by 年级 and 班级."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from PIL import Image

from samples.people import People
from stuvalid.bundle.command import run_bundle
from stuvalid.bundle.crosschecks import class_counts
from stuvalid.bundle.options import BundleOptions, BundleResult
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template
from stuvalid.photos.album import run_photos
from stuvalid.photos.request import PhotoOptions
from stuvalid.status.survey import StatusOptions, survey

CODE, COUNTY, TODAY = "2114010068", "140106", dt.date(2025, 11, 1)
FORM = template("student-2022")
HERE = CheckOptions(isolated=False, today=TODAY)
CLASSES = ("小学2024级(1)班", "小学2024级(1)班", "小学2024级(2)班", "小学2024级(2)班")


def pupils(bare: Sequence[int] = ()) -> list[dict[str, str]]:
    rows = list(People(3, CODE, used=set()).rows(FORM, len(CLASSES)))
    for number, (pupil, name) in enumerate(zip(rows, CLASSES, strict=True)):
        pupil.update(grade="小学二年级", class_name=name)
        if number in bare:
            pupil.update(id_type="其他", id_number="")
    return rows


def put(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    path = folder / "二年级.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("学生基本信息采集表")
        for column, entry in enumerate(FORM.fields):
            sheet.write_string(0, column, entry.header)
            for row, pupil in enumerate(rows, start=1):
                sheet.write_string(row, column, pupil.get(entry.key, ""))
    return path


def picture(path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (358, 441), (150, 190, 230)).save(stream, "JPEG")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue())


def bundled(folder: Path) -> BundleResult:
    return run_bundle(BundleOptions(folder, county=COUNTY, photos=False, check=HERE))


def test_its_folder_its_classes_and_its_photos_are_right(tmp_path: Path) -> None:
    rows = pupils(bare=[3])
    rows[0].update(rural_left_behind="是")
    rows[1].update(rural_left_behind="是", disabled="是", disability="视力残疾")
    school = tmp_path / f"{CODE}双塔西街小学"
    put(school, rows)
    for pupil in rows:
        picture(school / "照片" / f"{pupil['id_number'] or pupil['name']}.jpg")
    result = bundled(tmp_path)
    assert result.plan.codes == [CODE]
    photos = sorted(entry.target for entry in result.plan.of_school(CODE, "photo"))
    folder = f"{CODE}双塔西街小学/照片"
    assert photos == sorted(
        [
            f"{folder}/2024级小学/2024101/{rows[0]['id_number']}.jpg",
            f"{folder}/2024级小学/2024101/{rows[1]['id_number']}.jpg",
            f"{folder}/2024级小学/2024102/{rows[2]['id_number']}.jpg",
            f"{folder}/无身份证号/{CODE}_2024102_{rows[3]['name']}.jpg",
        ]
    )
    (book,) = result.plan.of_school(CODE, "workbook")
    assert class_counts(result.plan, CODE) == {"2024101": 2, "2024102": 2}
    counts = book.counts
    assert (counts.pupils, counts.without_number, counts.need_certificate) == (4, 1, 1)
    assert (counts.left_behind, counts.disabled, counts.boys + counts.girls) == (2, 1, 4)


def test_a_citizen_without_a_number_is_a_warning_that_asks_for_the_certificate(tmp_path: Path) -> None:
    rows = pupils(bare=[1])
    put(tmp_path / f"{CODE}双塔西街小学", rows)
    found = [finding for finding in bundled(tmp_path).findings if finding.field in ("id_number", "id_type")]
    assert [(finding.rule, finding.severity.word, finding.place.row) for finding in found] == [("IDN050", "warning", 2)]
    (school,) = survey(StatusOptions(tmp_path, check=HERE)).schools
    assert "1人无身份证号，须附在校就读证明" in school.words("zh")
    assert not [reason for reason in school.reasons if "证明" in reason.zh and school.call]


def test_a_school_of_which_no_name_is_known_is_asked_for_it(tmp_path: Path) -> None:
    put(tmp_path / CODE, pupils())
    told = [finding for finding in bundled(tmp_path).findings if finding.rule == "PKG064"]
    assert [finding.params["school_code"] for finding in told] == [CODE]
    put(tmp_path / f"{CODE}双塔西街小学", pupils())
    (tmp_path / CODE / "二年级.xlsx").unlink()
    assert not [finding for finding in bundled(tmp_path).findings if finding.rule == "PKG064"]


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        (f"{CODE}_2024102_甲某.jpg", set()),
        (f"{CODE}_2024101_甲某.jpg", {"PHO086"}),
        (f"{CODE}_2024102_乙某.jpg", {"PHO081"}),
        ("3114010104_2024101_甲某.jpg", {"PHO081", "PHO066"}),
    ],
)
def test_the_class_in_a_photos_name_against_the_roster(tmp_path: Path, name: str, rules: set[str]) -> None:
    rows = pupils(bare=[3])
    rows[3]["name"] = "甲某"
    roster = put(tmp_path / f"{CODE}双塔西街小学", rows)
    picture(tmp_path / "photos" / name)
    options = PhotoOptions((tmp_path / "photos",), (roster,), faces=False, today=TODAY)
    told = {
        f.rule: f for f in run_photos(options).findings if f.rule.startswith(("PHO06", "PHO08")) and f.rule != "PHO080"
    }
    assert set(told) >= rules
    assert ("PHO081" in told) == ("PHO081" in rules)
    assert ("PHO086" in told) == ("PHO086" in rules)
    if "PHO086" in rules:
        assert told["PHO086"].params["expected"] == "2024102"
