"""`import stuvalid`: what the commands say, as DataFrames; and data that never were a workbook."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

import stuvalid
from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template
from stuvalid.rules.examples import record
from stuvalid.rules.registry import use_rule_files
from tests.books import column_letter, workbook

BAD = [{"sex": "女"}, {"ethnicity": "汉"}, {"phone": "12345"}, {}]
TODAY = dt.date(2026, 11, 23)
FOUND = [("IDN020", 2, "sex"), ("COD002", 3, "ethnicity"), ("FMT012", 4, "phone")]


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reading in processes of their own is tried by one test: each costs a second."""
    from stuvalid.check import conductor

    monkeypatch.setattr(
        conductor, "_isolated", lambda jobs, options, progress, meanwhile: conductor._here(jobs, progress)
    )
    yield
    use_rule_files(())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "双塔西街小学.xlsx"
    place.write_bytes(workbook(BAD, titles=["双塔西街小学学生信息表"]))
    return place


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    place = tmp_path / "plain.xlsx"
    place.write_bytes(workbook(BAD))
    return place


def found(report: stuvalid.Report) -> list[tuple[str, Any, str]]:
    frame = report.findings
    return [(rule, row, field) for rule, row, field in zip(frame["rule"], frame["row"], frame["field"], strict=True)]


def records(count: int = 3, **changes: str) -> pd.DataFrame:
    """Valid pupils by field key, the first with changes."""
    form = template("student-2013")
    rows = [record(position, form) for position in range(count)]
    rows[0] |= changes
    return pd.DataFrame(rows)


# read


def test_read_gives_the_pupils_where_they_stand(path: Path) -> None:
    frame = stuvalid.read(path)
    assert list(frame.index) == [("学生基础信息", row) for row in (3, 4, 5, 6)]
    assert list(frame.index.names) == ["sheet", "row"]
    assert tuple(frame.columns) == template("student-2013").keys
    assert {str(kind) for kind in frame.dtypes} == {"string"}
    assert frame.loc[("学生基础信息", 3), "sex"] == "女"
    assert frame["email"].isna().all()
    assert {key: frame.attrs[key] for key in ("form", "file", "sheet", "not_checked")} == {
        "form": "student-2013",
        "file": str(path),
        "sheet": "学生基础信息",
        "not_checked": [],
    }
    assert frame.attrs["columns"]["学生基础信息"]["sex"] == column_letter("sex")


def test_read_says_what_it_cannot_read(tmp_path: Path, path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(path.read_bytes()[:300])
    other = tmp_path / "other.csv"
    other.write_text("品名,数量\n粉笔,3\n", encoding="utf-8")
    with pytest.raises(stuvalid.UnreadableFile):
        stuvalid.read(broken)
    with pytest.raises(stuvalid.UsageError):
        stuvalid.read(other)
    with pytest.raises(stuvalid.UsageError, match="3"):
        stuvalid.read(tmp_path)
    with pytest.raises(stuvalid.UsageError):
        stuvalid.read(tmp_path / "nowhere.xlsx")
    with pytest.raises(stuvalid.UsageError, match="student-2013"):
        stuvalid.read(path, form="student-2031")


def test_read_refuses_forms_of_several_kinds(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name in ("student-2013", "student-2022"):
        form = template(name)
        page = book.create_sheet(name)
        page.append([entry.header for entry in form.fields])
        page.append([record(0, form)[entry.key] for entry in form.fields])
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(stuvalid.UsageError, match="student-2022"):
        stuvalid.read(tmp_path / "two.xlsx")
    assert len(stuvalid.read(tmp_path / "two.xlsx", form="student-2022")) >= 1


# validate


def test_the_report_of_a_file_says_what_the_command_says(path: Path) -> None:
    report = stuvalid.validate(path, today=TODAY)
    findings, _ = check_paths([path], CheckOptions(isolated=False, today=TODAY))
    assert len(report.findings) == len(findings)
    assert report.summary == findings.summary()
    assert not report.ok
    frame = report.findings.set_index("rule")
    assert frame.loc["COD002", ["severity", "cell", "row", "header", "value", "fix", "fix_is_safe"]].tolist() == [
        "error",
        f"{column_letter('ethnicity')}4",
        4,
        "民族",
        "汉",
        "汉族",
        True,
    ]
    assert frame.loc["TPL001", "cell"] == "A1"
    assert report.files.loc[0, ["status", "form", "rows"]].tolist() == ["checked", "student-2013", 4]
    assert list(report.findings.columns[:10]) == [
        "rule",
        "severity",
        "file",
        "sheet",
        "row",
        "cell",
        "field",
        "header",
        "message",
        "mend",
    ]


def test_paths_may_be_several_and_progress_is_told(path: Path, plain: Path) -> None:
    told: list[tuple[int, int]] = []
    report = stuvalid.validate([path, str(plain)], select="COD", on_progress=lambda *counts: told.append(counts))
    assert sorted(Path(name).name for name in report.findings["file"]) == [plain.name, path.name]
    assert told[-1] == (2, 2)
    assert set(report.findings["rule"]) == {"COD002"}


def test_options_are_those_of_the_command(path: Path, tmp_path: Path) -> None:
    assert stuvalid.validate(path, ignore=["IDN", "COD", "FMT", "TPL"]).ok
    graded = stuvalid.validate(path, select="sex_contradicts_number", severity={"IDN020": "warning"})
    assert graded.ok and graded.summary["warnings"] == 1
    config = tmp_path / "stuvalid.toml"
    config.write_text('select = ["COD"]\n[severity]\nCOD002 = "info"\n', encoding="utf-8")
    assert found(stuvalid.validate(path)) != found(stuvalid.validate(path, config=config))
    assert stuvalid.validate(path, config=config).summary["infos"] == 1
    assert not stuvalid.validate(path, config=config, severity={"COD002": "error"}).ok
    english = stuvalid.validate(path, select="COD", lang="en").findings.loc[0, "message"]
    assert "prescribed wording" in english


def test_wrong_options_are_refused_before_the_work(path: Path, tmp_path: Path) -> None:
    for wrong in (
        {"select": "IDX999"},
        {"severity": {"IDN020": "fatal"}},
        {"severity": {"IDN020": 3}},
        {"form": "nothing"},
        {"lang": "fr"},
        {"config": tmp_path / "no.toml"},
    ):
        with pytest.raises(stuvalid.UsageError):
            stuvalid.validate(path, **wrong)  # type: ignore[arg-type]
    for data in (tmp_path / "nowhere", 3, None, b"bytes", {"a": 1}):
        with pytest.raises(stuvalid.UsageError):
            stuvalid.validate(data)  # type: ignore[arg-type]


def test_rules_of_ones_own_are_asked(path: Path, tmp_path: Path) -> None:
    rules = tmp_path / "ours.py"
    rules.write_text(
        "from stuvalid.rules import Fault, Severity, rule\n"
        "@rule('SX001', Severity.ERROR, scope='cell', fields=('postcode',), zh='错', en='wrong', mend='改',\n"
        "      mend_en='mend', source='x', bad=[{}], good=[{}])\n"
        "def no_postcode(cell): return Fault()\n",
        encoding="utf-8",
    )
    assert stuvalid.validate(path, select="SX", rules=rules).summary["errors"] == 4
    assert stuvalid.validate(stuvalid.read(path), select="SX", rules=[rules]).summary["errors"] == 4
    with pytest.raises(stuvalid.UsageError):
        stuvalid.validate(path, select="SX")


def test_what_cannot_be_read_is_no_pass(tmp_path: Path, path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(path.read_bytes()[:300])
    report = stuvalid.validate(tmp_path / "broken.xlsx")
    assert not report.ok
    assert report.files.loc[0, "status"] == "unreadable"
    assert report.not_checked["grave"].any()
    assert report.findings.empty


def test_values_are_masked_unless_asked(path: Path, tmp_path: Path) -> None:
    shut, open_ = stuvalid.validate(path), stuvalid.validate(path, show_values=True)
    number = stuvalid.read(path)["id_number"].iloc[0]
    assert shut.findings.set_index("rule").loc["FMT012", "value"] != "12345"
    assert open_.findings.set_index("rule").loc["FMT012", "value"] == "12345"
    for report, shown in ((shut, False), (open_, True)):
        texts = (report.to_html(), report.to_json(), report._repr_html_(), report.findings.to_csv())
        assert ["12345" in text for text in texts] == [shown] * 4
        assert not any(number in text for text in texts if not shown)
    named = tmp_path / f"{number}.xlsx"
    path.rename(named)
    report = stuvalid.validate(named)
    assert not any(number in text for text in (report.files.to_csv(), report.findings.to_csv(), report._repr_html_()))


def test_documents_are_written_whole_and_nothing_is_lost(path: Path, tmp_path: Path) -> None:
    report = stuvalid.validate(path)
    schema = json.loads((Path(stuvalid.__file__).parent / "schema" / "report-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(report.to_json()))
    assert report.write(tmp_path / "r.html").read_text(encoding="utf-8") == report.to_html()
    assert report.write(tmp_path / "r", "sarif").read_text(encoding="utf-8").startswith("{")
    report.write(tmp_path / "r.html")  # one of ours may be renewed
    (tmp_path / "mine.html").write_text("mine", encoding="utf-8")
    with pytest.raises(stuvalid.UsageError):
        report.write(tmp_path / "mine.html")
    report.write(tmp_path / "mine.html", force=True)
    before = path.read_bytes()
    with pytest.raises(stuvalid.UsageError):
        report.write(path, force=True)
    with pytest.raises(stuvalid.UsageError):
        report.write(tmp_path / "r.unknown")
    assert path.read_bytes() == before


def test_a_report_is_neither_true_nor_false_and_shows_itself(path: Path) -> None:
    report = stuvalid.validate(path)
    with pytest.raises(TypeError, match="ok"):
        bool(report)
    assert "not ok" in repr(report)
    page = report._repr_html_()
    assert "民族" in page and "&lt;stuvalid.Report" in page
    many = stuvalid.validate(records(60).assign(phone="12"))
    assert "40" in many._repr_html_()
    mine = report.findings
    mine["rule"] = "mine"
    assert "mine" not in set(report.findings["rule"])


# DataFrames


def test_a_frame_that_was_read_is_told_at_its_cells(path: Path) -> None:
    frame = stuvalid.read(path)
    report = stuvalid.validate(frame)
    assert found(report) == [(rule, row + 1, field) for rule, row, field in FOUND]
    assert report.findings["cell"].tolist() == [f"{column_letter(field)}{row + 1}" for _, row, field in FOUND]
    assert (report.findings["file"] == str(path)).all()
    assert report.findings["sheet"].unique().tolist() == ["学生基础信息"]
    # sorted, cut, with a column more: the cells are still those of the workbook
    less = frame.iloc[::-1].drop(columns=["email"]).assign(mine="x").iloc[1:]
    assert [entry for entry in found(stuvalid.validate(less)) if entry[0] in ("IDN020", "COD002", "FMT012")] == [
        (rule, row + 1, field) for rule, row, field in FOUND
    ]


def test_a_frame_of_headers_is_told_at_its_labels(plain: Path) -> None:
    frame = pd.read_excel(plain, dtype=str, engine="openpyxl")
    frame.index = pd.Index(["甲", "乙", "丙", "丁"])
    report = stuvalid.validate(frame)
    assert found(report) == [("IDN020", "甲", "sex"), ("COD002", "乙", "ethnicity"), ("FMT012", "丙", "phone")]
    assert (report.findings["cell"] == "").all()
    assert (report.findings["file"] == "DataFrame").all()
    assert frame.loc[report.findings["row"].tolist(), "性别"].tolist() == ["女", "男", "男"]


def test_a_frame_of_keys_is_told_and_what_needs_a_workbook_is_said(path: Path) -> None:
    report = stuvalid.validate(records(sex="女"))
    assert found(report) == [("IDN020", 0, "sex")]
    gaps = report.not_checked
    said = gaps.loc[gaps["what"].str.contains("TPL013"), ["what", "why", "grave"]].iloc[0]
    assert "CEL014" in said["what"] and "IDN020" not in said["what"]
    assert (said["why"], bool(said["grave"])) == ("数据不是来自工作簿", False)
    assert stuvalid.validate(records()).ok


def test_types_of_python_are_taken_as_what_they_mean() -> None:
    frame = records(3)
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    frame["enrolment_month"] = frame["enrolment_month"].astype("int64")
    frame["class_code"] = frame["class_code"].astype("float64")
    frame["school_distance"] = [1.5, np.nan, 2.0]
    frame["only_child"] = [True, False, False]
    frame["sex"] = frame["sex"].astype("category")
    frame["orphan"] = [dt.date(2020, 1, 1), None, "否"]
    frame["phone"] = np.array([13900000001, 13900000002, 13900000003])
    told = stuvalid.validate(frame, show_values=True).findings
    assert list(zip(told["row"], told["field"], told["value"], strict=True)) == [
        (0, "orphan", "20200101"),
        (1, "orphan", ""),
    ]


def test_a_number_that_lost_its_digits_is_told_as_such() -> None:
    frame = records(2)
    frame["id_number"] = frame["id_number"].str.replace("X", "1").astype("float64")
    assert {"CEL002"} == set(stuvalid.validate(frame, select=["CEL", "IDN"]).findings["rule"])


def test_a_frame_of_a_few_columns_is_judged_by_what_it_has() -> None:
    frame = records(2, id_number="110105194912310031")[["id_number", "birth_date"]]
    report = stuvalid.validate(frame, ignore="TPL")
    assert set(report.findings["field"]) <= {"id_number", "birth_date"}
    assert not report.ok
    named = frame.rename(columns={"id_number": "身份证件号", "birth_date": "出生日期"})
    assert found(stuvalid.validate(named, form="student-2013", ignore="TPL")) == found(report)


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame(), pd.DataFrame(columns=["品名", "数量"])],
    ids=["other", "nothing", "headers"],
)
def test_a_frame_of_no_form_is_no_pass(frame: pd.DataFrame) -> None:
    report = stuvalid.validate(frame)
    assert not report.ok
    assert report.files.loc[0, "status"] == "skipped"
    with pytest.raises(stuvalid.UsageError):
        stuvalid.mend(frame)


def test_odd_indexes_and_columns_do_no_harm() -> None:
    frame = records(3, sex="女")
    twice = pd.concat([frame, frame.iloc[:1]])
    assert ("IDN020", 0, "sex") in found(stuvalid.validate(twice))
    doubled = frame.set_axis([*frame.columns[:-1], frame.columns[0]], axis=1)
    assert "TPL005" in set(stuvalid.validate(doubled).findings["rule"])
    numbered = frame.assign(**{"7": 1}).rename(columns={"7": 7})
    assert "TPL004" in set(stuvalid.validate(numbered).findings["rule"])
    several = frame.set_index(["school_code", "class_code"], drop=False)
    assert stuvalid.validate(several).findings.set_index("rule").loc["IDN020", "row"] == ("2114010068", "2013101")
    fake = frame.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("a", 3)], names=["sheet", "row"]))
    assert stuvalid.validate(fake).findings.loc[0, "row"] == ("a", 1)
    surrogate = records(2)
    surrogate["native_place"] = pd.Series(["\ud800山西", "山西省太原市"], dtype=object)
    assert isinstance(stuvalid.validate(surrogate), stuvalid.Report)


def test_pupils_twice_in_a_frame_are_found() -> None:
    frame = records(3)
    report = stuvalid.validate(pd.concat([frame, frame.iloc[[1]]], ignore_index=True), select="DUP")
    assert set(report.findings["row"]) == {1, 3}


# mend


def test_a_frame_comes_back_mended_and_the_original_is_untouched(path: Path) -> None:
    frame = stuvalid.read(path)
    before = frame.copy()
    copy, changes = stuvalid.mend(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert changes[["rule", "cell", "old", "new", "safe"]].values.tolist() == [
        ["COD002", f"{column_letter('ethnicity')}4", "汉", "汉族", True]
    ]
    assert copy.index.equals(frame.index) and copy.attrs == frame.attrs
    assert "COD002" not in set(stuvalid.validate(copy).findings["rule"])
    assert (copy.compare(frame).columns.get_level_values(0) == "ethnicity").all()
    unsafe = stuvalid.mend(frame, unsafe=True)
    assert unsafe.copy.loc[("学生基础信息", 3), "sex"] == "男"
    assert stuvalid.mend(frame, unsafe=True, only="COD").changes["rule"].tolist() == ["COD002"]


def test_frames_of_other_types_and_headers_are_mended() -> None:
    frame = records(3).rename(columns={"ethnicity": "名族"})
    frame["名族"] = ["汉", "汉族", "汉族"]
    frame["postcode"] = [30001, 30001, 30001]
    frame["birth_date"] = ["2007-03-05", " 20070305", "20070305"]
    copy, changes = stuvalid.mend(frame, form="student-2013", unsafe=True)
    assert copy.columns.tolist().count("birth_date") == 1
    assert copy["birth_date"].tolist() == ["20070305"] * 3
    assert copy["postcode"].tolist() == ["030001"] * 3
    assert frame["postcode"].dtype.kind == "i"
    assert set(changes["row"]) <= {0, 1, 2, None}
    assert (changes["cell"] == "").all()


def test_mending_goes_on_until_nothing_is_left() -> None:
    frame = records(1, ethnicity=" 汉　")
    copy, changes = stuvalid.mend(frame)
    assert copy.loc[0, "ethnicity"] == "汉族"
    again = stuvalid.mend(copy)
    assert again.changes.empty
    assert list(again.changes.columns) == list(changes.columns)


def test_a_workbook_comes_back_as_one(plain: Path, tmp_path: Path) -> None:
    before = plain.read_bytes()
    copy, changes = stuvalid.mend(plain)
    assert (copy.name, changes["rule"].tolist(), changes["new"].tolist()) == ("plain.xlsx", ["COD002"], ["汉族"])
    assert plain.read_bytes() == before
    target = copy.write(tmp_path / "mended.xlsx")
    assert found(stuvalid.validate(target)) == [entry for entry in FOUND if entry[0] != "COD002"]
    with pytest.raises(stuvalid.UsageError):
        copy.write(plain, force=True)
    with pytest.raises(stuvalid.UsageError):
        copy.write(target)
    (tmp_path / "broken.xlsx").write_bytes(before[:200])
    with pytest.raises(stuvalid.UnreadableFile):
        stuvalid.mend(tmp_path / "broken.xlsx")
    with pytest.raises(stuvalid.UsageError):
        stuvalid.mend(tmp_path)


# lists and forms


def test_lists_and_forms_are_frames(tmp_path: Path) -> None:
    ethnicity = stuvalid.code_list("ethnicity").set_index("code")
    assert ethnicity.loc["01", ["name", "aliases"]].tolist() == ["汉族", ("汉",)]
    own = tmp_path / "own.csv"
    own.write_text("name\n甲\n", encoding="utf-8")
    assert stuvalid.code_list(str(own))["name"].tolist() == ["甲"]
    with pytest.raises(stuvalid.UsageError, match="ethnicity"):
        stuvalid.code_list("ethnicty")
    forms = stuvalid.list_forms().set_index("id")
    assert forms.loc["student-2013", "columns"] == len(template("student-2013").fields)
    assert set(forms["title"]) and (forms["required"] > 0).all()


# photos


def test_a_photo_is_measured_and_judged(tmp_path: Path) -> None:
    from PIL import Image

    image = Image.new("RGB", (300, 400), (67, 142, 219))
    path = tmp_path / "photo.jpg"
    image.save(path, "JPEG", quality=90, dpi=(300, 300))
    report = stuvalid.validate_photo(path, faces=False)
    assert not report.ok
    assert (report.measures["width"], report.measures["height"], report.measures["format"]) == (300, 400, "JPEG")
    assert report.measures["bytes"] == path.stat().st_size
    assert report.measures["faces"] is None
    assert "PHO020" in set(report.findings["rule"]) and report.not_checked
    assert stuvalid.validate_photo(path.read_bytes(), faces=False).findings.equals(report.findings)
    english = stuvalid.validate_photo(path, faces=False, lang="en")
    assert english.findings["message"].str.contains("pixel").any()
    in_memory = stuvalid.validate_photo(image, faces=False)
    assert "PHO001" not in set(in_memory.findings["rule"])
    assert in_memory.measures["format"] is None and len(in_memory.not_checked) == 2
    with pytest.raises(TypeError):
        bool(report)
    damaged = stuvalid.validate_photo(b"no picture", faces=False)
    assert not damaged.ok and len(damaged.findings)
    with pytest.raises(stuvalid.UnreadableFile):
        stuvalid.validate_photo(tmp_path / "none.jpg")
    with pytest.raises(stuvalid.UsageError):
        stuvalid.validate_photo(path, spec="nothing")
    with pytest.raises(stuvalid.UsageError):
        stuvalid.validate_photo(3)  # type: ignore[arg-type]


def test_faces_that_cannot_be_looked_at_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from PIL import Image

    monkeypatch.setattr("stuvalid.photos.face.engine_available", lambda: False)
    image = Image.new("RGB", (358, 441))
    assert any("stuvalid[face]" in text for text in stuvalid.validate_photo(image).not_checked)
    with pytest.raises(stuvalid.UsageError, match="人脸"):
        stuvalid.validate_photo(image, faces=True)
