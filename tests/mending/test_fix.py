"""`stuvalid fix` on files: what has one reading is mended, all else stays as it was, and a second run has nothing to do."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msoffcrypto.format.ooxml import OOXMLFile
from rich.cells import cell_len

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.ownmarks import PART
from stuvalid.received.walk import Source
from stuvalid.rules.examples import TODAY, record
from tests.books import column_letter, workbook
from tests.program import stuvalid as run

BAD = [
    {"ethnicity": "汉"},
    {"sex": "女"},
    {"phone": "１３９１２３４５６７８"},
    {"name": " 王伟 ", "birth_date": "2007/3/5"},
]
CHECK = CheckOptions(isolated=False, today=TODAY)


@pytest.fixture
def school(tmp_path: Path) -> Path:
    path = tmp_path / "学校.xlsx"
    path.write_bytes(workbook(BAD))
    return path


def cells(data: bytes) -> dict[str, object]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}


def test_safe_fixes_are_applied_and_nothing_else(school: Path, tmp_path: Path) -> None:
    before = school.read_bytes()
    done = run("fix", str(school), "-o", str(tmp_path / "out.xlsx"))
    assert done.returncode == 1, "the sex still contradicts the number"
    assert school.read_bytes() == before
    old, new = cells(before), cells((tmp_path / "out.xlsx").read_bytes())
    changed = {place: new[place] for place in new if new[place] != old[place]}
    assert changed == {
        f"{column_letter('ethnicity')}2": "汉族",
        f"{column_letter('phone')}4": "13912345678",
        f"{column_letter('name')}5": "王伟",
        f"{column_letter('birth_date')}5": "20070305",
    }


def test_a_second_run_changes_nothing_and_check_finds_no_safe_fix(school: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    run("fix", str(school), "-o", str(once))
    run("fix", str(once), "-o", str(twice))
    assert once.read_bytes() == twice.read_bytes()
    report = json.loads(run("check", str(once), "-f", "json").stdout)
    assert [entry for entry in report["findings"] if entry.get("fix", {}).get("safe")] == []
    assert {entry["rule"] for entry in report["findings"]} == {"IDN020"}


def test_unsafe_fixes_only_when_asked(school: Path, tmp_path: Path) -> None:
    run("fix", str(school), "-o", str(tmp_path / "out.xlsx"), "--unsafe-fixes")
    assert cells((tmp_path / "out.xlsx").read_bytes())[f"{column_letter('sex')}3"] == "男"
    log = json.loads((tmp_path / "out.修改记录.json").read_text(encoding="utf-8"))
    assert {change["rule"] for change in log["files"][0]["changes"] if not change["safe"]} == {"IDN020"}


def test_only_the_rules_chosen_are_mended(school: Path, tmp_path: Path) -> None:
    run("fix", str(school), "-o", str(tmp_path / "out.xlsx"), "--select", "COD")
    log = json.loads((tmp_path / "out.修改记录.json").read_text(encoding="utf-8"))
    assert {change["rule"] for change in log["files"][0]["changes"]} == {"COD002"}


def test_the_log_names_every_change_masked_with_the_hashes_of_both_files(school: Path, tmp_path: Path) -> None:
    run("fix", str(school), "-o", str(tmp_path / "out.xlsx"))
    log = json.loads((tmp_path / "out.修改记录.json").read_text(encoding="utf-8"))
    entry = log["files"][0]
    assert entry["input_sha256"] == hashlib.sha256(school.read_bytes()).hexdigest()
    assert entry["output_sha256"] == hashlib.sha256((tmp_path / "out.xlsx").read_bytes()).hexdigest()
    assert [change["cell"] for change in entry["changes"]] == [
        f"{column_letter('name')}5",
        f"{column_letter('phone')}4",
        f"{column_letter('ethnicity')}2",
        f"{column_letter('birth_date')}5",
    ]
    listed = openpyxl.load_workbook(tmp_path / "out.修改记录.xlsx").worksheets[0]
    text = json.dumps(log, ensure_ascii=False) + str(list(listed.iter_rows(values_only=True)))
    assert "王伟" not in text
    assert "13912345678" not in text
    run("fix", str(school), "-o", str(tmp_path / "open.xlsx"), "--show-values")
    assert "王伟" in (tmp_path / "open.修改记录.json").read_text(encoding="utf-8")


def test_diff_shows_and_writes_nothing(school: Path, tmp_path: Path) -> None:
    done = run("fix", str(school), "--diff")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["学校.xlsx"]
    shown = done.stdout.decode()
    assert "- 汉\n    + 汉族" in shown
    assert "王伟" not in shown
    assert "+ 139****5678" in shown


def test_nothing_is_overwritten_without_force(school: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "out.xlsx", school.read_bytes()
    out.write_bytes(b"precious")
    assert run("fix", str(school), "-o", str(out)).returncode == 2
    assert out.read_bytes() == b"precious"
    assert run("fix", str(school), "-o", str(out), "--force").returncode == 1
    assert run("fix", str(school), "-o", str(school), "--force").returncode == 2
    assert school.read_bytes() == before


def test_without_a_name_the_copy_stands_beside_the_original(school: Path, tmp_path: Path) -> None:
    run("fix", str(school))
    assert (tmp_path / "学校.已修正.xlsx").is_file()


def test_other_parts_are_kept_byte_by_byte(school: Path, tmp_path: Path) -> None:
    run("fix", str(school), "-o", str(tmp_path / "out.xlsx"))
    with zipfile.ZipFile(school) as old, zipfile.ZipFile(tmp_path / "out.xlsx") as new:
        assert [*old.namelist(), PART] == new.namelist()
        differing = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert differing == {"xl/worksheets/sheet1.xml", "xl/styles.xml"}


def test_an_old_workbook_becomes_xlsx_and_is_told(tmp_path: Path) -> None:
    form = template("student-2013")
    book = xlwt.Workbook()
    sheet = book.add_sheet("学生基础信息")
    values = {**record(0, form), "ethnicity": "汉"}
    for column, entry in enumerate(form.fields):
        sheet.write(0, column, entry.header)
        sheet.write(1, column, values[entry.key])
    book.save(str(tmp_path / "old.xls"))
    done = run("fix", str(tmp_path / "old.xls"), "-o", str(tmp_path / "new.xlsx"))
    assert done.returncode == 0
    assert "已转成 .xlsx" in done.stderr.decode()
    assert cells((tmp_path / "new.xlsx").read_bytes())[f"{column_letter('ethnicity')}2"] == "汉族"
    wrong = run("fix", str(tmp_path / "old.xls"), "-o", str(tmp_path / "new.xls"))
    assert wrong.returncode == 2
    assert not (tmp_path / "new.xls").exists()


def test_a_folder_and_an_archive_are_mirrored_and_nobody_climbs_out(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "一年级").mkdir(parents=True)
    (source / "一年级" / "1班.xlsx").write_bytes(workbook(BAD[:1]))
    (source / "2班.xlsx").write_bytes(workbook([{}]))
    with zipfile.ZipFile(source / "交来.zip", "w") as archive:
        archive.writestr("../../evil.xlsx", workbook(BAD[:1]))
        archive.writestr("3班.xlsx", workbook(BAD[:1]))
    assert run("fix", str(source)).returncode == 2
    done = run("fix", str(source), "-o", str(tmp_path / "out"))
    assert b"Traceback" not in done.stderr
    assert done.returncode == 2
    assert "路径指向包外" in done.stderr.decode()
    names = sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert names == ["2班.xlsx", "一年级/1班.xlsx", "交来.zip/3班.xlsx", "修改记录.json", "修改记录.xlsx"]
    assert not (tmp_path / "evil.xlsx").exists()
    assert (tmp_path / "out" / "2班.xlsx").read_bytes() == (source / "2班.xlsx").read_bytes()


def test_a_protected_file_keeps_its_password_unless_it_is_to_lose_it(tmp_path: Path) -> None:
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook(BAD))).encrypt("geheim123", stream)
    path = tmp_path / "locked.xlsx"
    path.write_bytes(stream.getvalue())
    assert msoffcrypto.OfficeFile(io.BytesIO(stream.getvalue())).is_encrypted()
    assert run("fix", str(path), "-o", str(tmp_path / "no.xlsx")).returncode == 2
    done = run("fix", str(path), "--password", "geheim123", "-o", str(tmp_path / "closed.xlsx"))
    assert "密码与原文件相同" in done.stderr.decode()
    closed = (tmp_path / "closed.xlsx").read_bytes()
    assert closed[:2] != b"PK"
    assert run("check", str(tmp_path / "closed.xlsx")).returncode == 2
    plain = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(closed))
    office.load_key(password="geheim123")
    office.decrypt(plain)
    assert cells(plain.getvalue())[f"{column_letter('ethnicity')}2"] == "汉族"
    done = run("fix", str(path), "--password", "geheim123", "--decrypt", "-o", str(tmp_path / "open.xlsx"))
    assert cells((tmp_path / "open.xlsx").read_bytes()) == cells(plain.getvalue())
    assert "没有打开密码" in done.stderr.decode()
    assert not list(tmp_path.glob("*王伟*"))


def test_what_the_registry_does_not_take_becomes_xlsx_even_without_a_fault(tmp_path: Path) -> None:
    form = template("student-2013")
    values = record(0, form)
    lines = [",".join(entry.header for entry in form.fields), ",".join(values[entry.key] for entry in form.fields)]
    (tmp_path / "学校.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    (tmp_path / "旧.xls").write_bytes(workbook([{}]))
    for name, rule in (("学校.csv", "TPL024"), ("旧.xls", "TPL023")):
        report = json.loads(run("check", str(tmp_path / name), "-f", "json").stdout)
        assert rule in {entry["rule"] for entry in report["findings"]}
    done = run("fix", str(tmp_path / "学校.csv"))
    assert done.returncode == 0
    assert "毁掉长号码" in done.stderr.decode()
    assert cells((tmp_path / "学校.已修正.xlsx").read_bytes())[f"{column_letter('id_number')}2"] == values["id_number"]
    assert run("fix", str(tmp_path / "学校.csv"), "--ignore", "TPL024", "-o", str(tmp_path / "b.csv")).returncode == 1
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "学校.csv").read_bytes()


def test_an_old_workbook_without_a_name_for_the_copy_gets_one_that_tells_the_truth(tmp_path: Path) -> None:
    form = template("student-2013")
    book = xlwt.Workbook()
    sheet = book.add_sheet("学生基础信息")
    for column, entry in enumerate(form.fields):
        sheet.write(0, column, entry.header)
        sheet.write(1, column, {**record(0, form), "ethnicity": "汉"}[entry.key])
    book.save(str(tmp_path / "old.xls"))
    assert run("fix", str(tmp_path / "old.xls")).returncode == 0
    assert (tmp_path / "old.已修正.xlsx").read_bytes()[:2] == b"PK"


def test_headers_are_mended_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([{}], headers={"name": "★姓 名", "ethnicity": "名族"}, titles=["某校"]))
    assert run("fix", str(path)).returncode == 1, "the line above the header is for a person"
    mended = cells((tmp_path / "a.已修正.xlsx").read_bytes())
    assert mended["A1"] == "某校"
    assert mended[f"{column_letter('name')}2"] == "姓名"
    assert mended[f"{column_letter('ethnicity')}2"] == "民族"


def test_standard_input_is_mended_into_the_file_named(school: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    command = [sys.executable, "-m", "stuvalid", "fix", "-", "-o", str(out)]
    done = subprocess.run(command, input=school.read_bytes(), capture_output=True, check=False, timeout=900)
    assert done.returncode == 1
    assert cells(out.read_bytes())[f"{column_letter('ethnicity')}2"] == "汉族"
    assert run("fix", "-").returncode == 2


def test_one_damaged_file_costs_itself_only(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "好.xlsx").write_bytes(workbook(BAD[:1]))
    (source / "坏.xlsx").write_bytes(workbook(BAD[:1])[:3000])
    done = run("fix", str(source), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "坏.xlsx" in done.stderr.decode()
    assert cells((tmp_path / "out" / "好.xlsx").read_bytes())[f"{column_letter('ethnicity')}2"] == "汉族"


def test_nothing_is_written_when_the_log_cannot_be(school: Path, tmp_path: Path) -> None:
    (tmp_path / "out.修改记录.json").write_text("mine", encoding="utf-8")
    assert run("fix", str(school), "-o", str(tmp_path / "out.xlsx")).returncode == 2
    assert not (tmp_path / "out.xlsx").exists()
    assert run("fix", str(school), "-o", str(tmp_path / "out.xlsx"), "--log", str(tmp_path / "log.txt")).returncode == 2
    assert not (tmp_path / "out.xlsx").exists()


def test_what_is_left_can_be_marked_in_the_copy_and_the_marks_go_again(school: Path, tmp_path: Path) -> None:
    run("fix", str(school), "-o", str(tmp_path / "marked.xlsx"), "--mark")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert book.sheetnames == ["问题清单", "学生基础信息"]
    sheet = book["学生基础信息"]
    marked = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment]
    assert marked == [f"{column_letter('sex')}3"]
    assert sheet[f"{column_letter('ethnicity')}2"].value == "汉族"
    done = run("fix", str(tmp_path / "marked.xlsx"), "-o", str(tmp_path / "plain.xlsx"))
    assert "已去掉上次标注" in done.stderr.decode()
    assert openpyxl.load_workbook(tmp_path / "plain.xlsx").sheetnames == ["学生基础信息"]


def test_the_preview_fits_the_terminal_and_tells_cells_that_change_alike_once(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook([{"ethnicity": "汉"}] * 3 + [{}] + [{"ethnicity": "汉"}]))
    for language in ("zh", "en"):
        shown = run("fix", str(path), "--diff", "--lang", language).stdout.decode().splitlines()
        letter = column_letter("ethnicity")
        assert sum(f"{letter}2:{letter}4,{letter}6" in line for line in shown) == 1
        assert max(map(cell_len, shown[1:])) <= 80


def repacked(data: bytes, changes: dict[str, tuple[bytes, bytes]], added: dict[str, bytes]) -> bytes:
    """The workbook with ``changes`` {part: (old, new)} made and parts ``added``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            before, after = changes.get(name, (b"", b""))
            new.writestr(name, old.read(name).replace(before, after) if before else old.read(name))
        for name, content in added.items():
            new.writestr(name, content)
    return stream.getvalue()


MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
TYPES = "[Content_Types].xml"


def test_macros_stay_and_a_template_becomes_a_workbook(tmp_path: Path) -> None:
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    vba = {"xl/vbaProject.bin": b"\xd0\xcf macros"}
    (tmp_path / "a.xlsm").write_bytes(repacked(workbook(BAD), {TYPES: (MAIN, macro)}, vba))
    run("fix", str(tmp_path / "a.xlsm"))
    with zipfile.ZipFile(tmp_path / "a.已修正.xlsm") as package:
        assert package.read("xl/vbaProject.bin") == vba["xl/vbaProject.bin"]
        assert macro in package.read(TYPES)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
    (tmp_path / "b.xltx").write_bytes(repacked(workbook(BAD), {TYPES: (MAIN, kind)}, {}))
    run("fix", str(tmp_path / "b.xltx"))
    with zipfile.ZipFile(tmp_path / "b.已修正.xlsx") as package:
        assert MAIN in package.read(TYPES)


def test_a_lost_signature_is_told(school: Path, tmp_path: Path) -> None:
    relation = (
        b'<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" '
        b'Target="_xmlsignatures/origin.sigs"/></Relationships>'
    )
    signed = {"_xmlsignatures/origin.sigs": b"", "_xmlsignatures/sig1.xml": b"<Signature/>"}
    (tmp_path / "s.xlsx").write_bytes(
        repacked(school.read_bytes(), {"_rels/.rels": (b"</Relationships>", relation)}, signed)
    )
    done = run("fix", str(tmp_path / "s.xlsx"))
    assert "数字签名已失效" in done.stderr.decode()
    assert not [name for name in zipfile.ZipFile(tmp_path / "s.已修正.xlsx").namelist() if "signature" in name]


def test_the_log_follows_its_schema(school: Path, tmp_path: Path) -> None:
    schema = json.loads(files("stuvalid").joinpath("schema/changes-1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    run("fix", str(school), "-o", str(tmp_path / "out.xlsx"), "--unsafe-fixes", "--log", str(tmp_path / "log.json"))
    log = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(log)
    assert log["masked"] is True
    assert len(log["files"][0]["changes"]) == 5


VALUES = st.one_of(
    st.sampled_from(
        [
            "汉",
            " 男",
            "１",
            "无",
            "2007-3-5",
            "1-男",
            "140106",
            "是 ",
            "13912345678 ",
            "x",
            "身份证",
            "140106２００７03050018",
        ]
    ),
    st.text(max_size=12).filter(str.isprintable),
)
KEYS = st.sampled_from(
    [
        "name",
        "sex",
        "birth_date",
        "id_number",
        "phone",
        "ethnicity",
        "class_code",
        "household_division",
        "member1.phone",
    ]
)


@settings(max_examples=20, deadline=None)
@given(changes=st.lists(st.dictionaries(KEYS, VALUES, max_size=5), min_size=1, max_size=3), unsafe=st.booleans())
def test_mending_reaches_a_point_where_it_stays(changes: list[dict[str, str]], unsafe: bool) -> None:
    first = fix_sources([Source("a.xlsx", data=workbook(changes))], FixOptions(CHECK, unsafe=unsafe))
    data = first.files[0].content()
    second = fix_sources([Source("a.xlsx", data=data)], FixOptions(CHECK, unsafe=unsafe))
    assert second.files[0].changes == []
    assert second.files[0].content() == data
    left = check_sources([Source("a.xlsx", data=data)], CHECK)
    assert [finding for finding in left if finding.fix is not None and finding.fix.safe and finding.place.cell] == []
