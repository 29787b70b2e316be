"""A province's form, told in TOML and csv alone, through every command: its list, its condition, its names and phones."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from stuvalid.excel import read_workbook
from stuvalid.forms import template
from stuvalid.report.formats import FORMATS
from tests.books import workbook
from tests.bundle.county import FIRST, NAMES, SECOND, pupils
from tests.program import stuvalid

FORM = """
id = "shanxi-2026"
title = "山西省小学新生信息表"
title_en = "Shanxi, new pupils"
extends = "student-2013"
sheets = ["新生信息"]

[[field]]
key = "travel"
header = "到校方式"
aliases = ["怎样到校"]
codes = "lists/到校方式.csv"
required = "yes"

[[field]]
key = "bus_number"
header = "校车编号"
max_length = 6
required = "travel == '校车'"

[[field]]
key = "sponsor.name"
header = "资助人姓名"
kind = "name"

[[field]]
key = "sponsor.phone"
header = "资助人电话"
kind = "phone"

[override.phone]
header = "家长手机"
"""
LIST = "code,name,aliases\n1,步行,走路|走着\n2,校车,学校班车\n3,家长接送,\n"
SPONSOR, TELEPHONE = "欧阳震华", "13812345670"
GOOD = {"travel": "步行", "bus_number": "", "sponsor.name": SPONSOR, "sponsor.phone": TELEPHONE}
Run = Callable[..., Any]


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two schools on the province's form, the form and its list beside the settings."""
    (tmp_path / "省").mkdir()
    (tmp_path / "省" / "lists").mkdir()
    (tmp_path / "省" / "province.toml").write_text(FORM, encoding="utf-8")
    (tmp_path / "省" / "lists" / "到校方式.csv").write_bytes(LIST.encode("gb18030"))
    (tmp_path / "stuvalid.toml").write_text('template = "省/province.toml"\ncounty = "140106"\n', encoding="utf-8")
    lines = ["学校标识码,学校名称,县区代码", *(f"{code},{NAMES[code]},140106" for code in (FIRST, SECOND))]
    (tmp_path / "schools.csv").write_text("\n".join(lines), encoding="utf-8")
    for code in (FIRST, SECOND):
        (tmp_path / "收到" / NAMES[code]).mkdir(parents=True)
        (tmp_path / "收到" / NAMES[code] / "新生.xlsx").write_bytes(book(code, [GOOD] * 4, tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def book(code: str, changes: list[dict[str, str]], place: Path) -> bytes:
    form = str(place / "省" / "province.toml")
    return workbook(
        [{**pupil, **change} for pupil, change in zip(pupils(code), changes, strict=False)], form=form, sheet="新生信息"
    )


def spoil(county: Path) -> Path:
    """One school with a fault in each of its own columns."""
    changes = [
        {**GOOD, "travel": "走路"},
        {**GOOD, "travel": "飞机"},
        {**GOOD, "travel": "校车"},
        {**GOOD, "sponsor.name": f"{SPONSOR}１", "sponsor.phone": f"{TELEPHONE}0"},
    ]
    path = county / "收到" / NAMES[FIRST] / "新生.xlsx"
    path.write_bytes(book(FIRST, changes, county))
    return path


def findings(*arguments: str) -> list[tuple[str, str, int]]:
    report = json.loads(stuvalid("check", *arguments, "-f", "json", "--no-cache").stdout)
    return sorted(
        (entry["rule"], entry["field"], entry["row"]) for entry in report["findings"] if entry["severity"] == "error"
    )


def test_check_judges_by_its_list_and_its_condition(county: Path) -> None:
    assert findings("收到") == []
    path = spoil(county)
    wanted = [
        ("COD002", "travel", 2),
        ("COD004", "travel", 3),
        ("FMT012", "sponsor.phone", 5),
        ("REQ002", "bus_number", 4),
    ]
    found = findings("收到")
    assert [entry for entry in wanted if entry not in found] == []
    assert {field for _, field, _ in found} == {"travel", "bus_number", "sponsor.name", "sponsor.phone"}
    assert findings(str(path), "-t", str(county / "省" / "province.toml")) == found


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_shows_its_names_and_phones(county: Path, name: str) -> None:
    path = spoil(county)
    shown = stuvalid("check", str(path), "-v", "-o", f"{name}=report.{name}")
    data = (county / f"report.{name}").read_bytes()
    if FORMATS[name].binary:
        book = load_workbook(io.BytesIO(data))
        data = str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]).encode()
    for text in (data.decode("utf-8"), shown.stdout.decode(), shown.stderr.decode()):
        assert SPONSOR not in text and SPONSOR.encode("unicode_escape").decode() not in text
        assert TELEPHONE not in text
    assert "校车编号" in data.decode("utf-8") or "校车编号" in json.dumps(json.loads(data), ensure_ascii=False)


def test_the_blank_form_has_its_columns_and_its_dropdown(county: Path) -> None:
    done = stuvalid("template", "省/province.toml", "-o", "空白.xlsx")
    assert done.returncode == 0, done.stderr
    page = load_workbook("空白.xlsx")["新生信息"]
    headers = [cell.value for cell in page[1]]
    assert headers[-4:] == ["到校方式", "校车编号", "资助人姓名", "资助人电话"] and "家长手机" in headers
    column = headers.index("到校方式") + 1
    rule = next(
        entry for entry in page.data_validations.dataValidation if page.cell(2, column).coordinate in entry.sqref
    )
    assert "步行" in _choices(rule.formula1, page.parent)
    assert "校车" in _choices(rule.formula1, page.parent)


def _choices(formula: str, book: Any) -> str:
    """What a dropdown offers: said in place, or in a named range of a hidden sheet."""
    if formula.startswith('"'):
        return formula
    area = book.defined_names[formula.lstrip("=")].attr_text
    name, _, cells = area.replace("'", "").replace("$", "").partition("!")
    return str([[cell.value for cell in row] for row in book[name][cells]])


def test_fix_mends_by_its_list(county: Path) -> None:
    path = spoil(county)
    done = stuvalid("fix", str(path), "-o", "改好.xlsx", "--log", "log.json")
    assert done.returncode in (0, 1), done.stderr
    sheet = read_workbook((county / "改好.xlsx").read_bytes(), name="x.xlsx").sheets[0]
    assert sheet.text(1, template("省/province.toml").keys.index("travel")) == "步行"
    text = (county / "log.json").read_text(encoding="utf-8") + done.stdout.decode() + done.stderr.decode()
    assert SPONSOR not in text and TELEPHONE not in text
    assert ("COD002", "travel", 2) not in findings("改好.xlsx")


def test_the_annotated_copy_marks_its_cells(county: Path) -> None:
    path = spoil(county)
    stuvalid("check", str(path), "--annotate", "标注.xlsx")
    book = load_workbook("标注.xlsx")
    page = book["新生信息"]
    listed = str([cell.value for sheet in book for row in sheet.iter_rows() for cell in row if sheet is not page])
    assert pupils(FIRST)[2]["name"] in listed
    at = template("省/province.toml").keys.index("bus_number") + 1
    assert page.cell(4, at).comment is not None
    assert "校车" in page.cell(4, at).comment.text


def test_bundle_takes_it_and_its_summary_has_its_columns(county: Path) -> None:
    done = stuvalid("bundle", "收到", "-o", "包", "--schools", "schools.csv", "--archive", "none")
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    books = list((county / "包").rglob("*.xlsx"))
    merged = [path for path in books if SPONSOR in _all_text(path) and NAMES[FIRST] not in path.as_posix()]
    assert merged, [path.name for path in books]
    assert "到校方式" in _all_text(merged[0])
    assert "COD" not in stuvalid("verify", "包", "--recheck").stdout.decode()
    spoil(county)
    refused = stuvalid("bundle", "收到", "-o", "包2", "--schools", "schools.csv", "--archive", "none")
    assert refused.returncode == 1
    said = refused.stdout.decode() + refused.stderr.decode()
    assert SPONSOR not in said and TELEPHONE not in said


def _all_text(path: Path) -> str:
    book = read_workbook(path.read_bytes(), name=path.name)
    return str([sheet.head(20) for sheet in book.sheets])


def test_duplicates_knows_its_pupils(county: Path) -> None:
    twice = [*pupils(SECOND, 0, 3), pupils(FIRST)[0]]
    form = str(county / "省" / "province.toml")
    rows = [{**pupil, **GOOD, "school_code": SECOND} for pupil in twice]
    (county / "收到" / NAMES[SECOND] / "新生.xlsx").write_bytes(workbook(rows, form=form, sheet="新生信息"))
    done = stuvalid("duplicates", "收到", "--schools", "schools.csv", "-f", "json")
    report = json.loads(done.stdout)
    assert {entry["rule"] for entry in report["findings"]} & {"DUP001", "DUP011", "DUP010", "DUP012"}
    assert all(file["status"] == "checked" for file in report["files"])
    assert done.returncode == 1


def test_photos_reads_its_roster_and_status_its_schools(county: Path) -> None:
    from PIL import Image

    (county / "照片").mkdir()
    number = pupils(FIRST)[0]["id_number"]
    Image.new("RGB", (358, 441), (67, 142, 219)).save(county / "照片" / f"{number}.jpg", dpi=(300, 300))
    roster = county / "收到" / NAMES[FIRST] / "新生.xlsx"
    done = stuvalid("photos", "照片", "--roster", str(roster), "-f", "json", "--no-faces")
    rules = [entry["rule"] for entry in json.loads(done.stdout)["findings"]]
    assert rules.count("PHO080") == 3
    status = json.loads(stuvalid("status", "收到", "--schools", "schools.csv", "-f", "json").stdout)
    assert "4" in json.dumps(status) and SPONSOR not in json.dumps(status, ensure_ascii=False)


def test_photos_finds_the_columns_by_the_form_where_headers_are_its_own(county: Path) -> None:
    """The roster's number stands under a header that only the province's form knows."""
    from PIL import Image

    form = county / "省" / "province.toml"
    form.write_text(FORM + '[override.id_number]\nheader = "学生证件"\naliases = []\n', encoding="utf-8")
    (county / "照片").mkdir()
    roster = county / "名册.xlsx"
    roster.write_bytes(book(FIRST, [GOOD] * 2, county))
    number = pupils(FIRST)[0]["id_number"]
    Image.new("RGB", (358, 441), (67, 142, 219)).save(county / "照片" / f"{number}.jpg", dpi=(300, 300))
    done = stuvalid("photos", "照片", "--roster", str(roster), "-f", "json", "--no-faces")
    rules = [entry["rule"] for entry in json.loads(done.stdout)["findings"]]
    assert "PHO081" not in rules and rules.count("PHO080") == 1


def test_diff_follows_its_pupils_and_masks_them(county: Path) -> None:
    before = county / "上次.xlsx"
    path = spoil(county)
    before.write_bytes(path.read_bytes())
    path.write_bytes(book(FIRST, [GOOD] * 4, county))
    done = stuvalid("diff", str(before), str(path), "-f", "json", "-o", "diff.json", "-v")
    text = done.stdout.decode() + (county / "diff.json").read_text(encoding="utf-8")
    assert "travel" in text and "到校方式" in text
    shown = stuvalid("diff", str(before), str(path), "-v").stdout.decode()
    assert "到校方式 x" in shown
    for said in (text, shown):
        assert SPONSOR not in said and TELEPHONE not in said


def test_python_reads_checks_and_mends_it(county: Path) -> None:
    import stuvalid as front

    form = "省/province.toml"
    path = spoil(county)
    frame = front.read(path, form=form)
    assert {"travel", "sponsor.name"} <= set(frame.columns)
    assert set(front.validate(frame).findings["field"]) == set(front.validate(path, form=form).findings["field"])
    assert not front.validate(frame).findings.to_csv().count(SPONSOR)
    assert front.mend(frame).copy["travel"].iloc[0] == "步行"
