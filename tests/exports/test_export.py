"""Handing out: what is denied, what is chosen, what is written, and that it is written whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from stuvalid.errors import UsageError
from stuvalid.exports.ledger import Ledger
from stuvalid.exports.purposes import all_purposes, shipped
from stuvalid.forms import templates
from tests.books import workbook
from tests.exports.desk import BASIC, FITNESS, LATER, PASSWORD, TODAY, Desk, listing, rows_of
from tests.program import stuvalid
from tests.rolls.school import class_list, pupils, registry


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_copy_holds_the_fields_asked_for_and_every_row_as_it_stands(desk: Desk) -> None:
    done = desk.export(**FITNESS)
    assert done.returncode == 0, done.stderr.decode()
    title, line, header, *rows = desk.rows()
    assert title[0] == "体质健康测试"
    assert header == FITNESS["数据字段名称"]
    assert sorted(row[0] for row in rows) == sorted(one["name"] for one in desk.people)
    by_name = {one["name"]: one for one in desk.people}
    for name, sex, born, _, group in rows:
        one = by_name[name]
        assert (sex, born) == (one["sex"], one["born"])
        assert group == f"小学{one['class'][:4]}级({int(one['class'][5:])})班"
    entry = desk.entries()[-1]
    assert all(word in line[0] for word in (entry["copy"], "双塔西街小学", str(LATER), "李老师"))
    assert (entry["rows"], entry["fields"]) == (len(desk.people), header)
    assert hashlib.sha256((desk.folder / "名单.xlsx").read_bytes()).hexdigest() == entry["sha256"]
    receipt = json.loads((desk.folder / "名单.xlsx.导出单.json").read_text(encoding="utf-8"))
    assert receipt["ledger"]["hash"] == entry["hash"]
    assert receipt["ledger"]["code"] in done.stderr.decode()


def test_nothing_of_a_pupil_is_shown_or_recorded(desk: Desk) -> None:
    done = desk.export(**FITNESS)
    told = done.stdout + done.stderr + desk.ledger.read_bytes() + (desk.folder / "名单.xlsx.导出单.json").read_bytes()
    for one in desk.people:
        assert one["name"].encode() not in told
        assert one["number"].encode() not in told
        assert one["born"].encode() not in told
    assert desk.people[0]["number"].encode() not in (desk.folder / "名单.xlsx").read_bytes()


@pytest.mark.parametrize("key", sorted({field.key for form in templates() for field in form.fields}))
def test_every_field_that_a_published_list_does_not_hold_is_refused_by_name(key: str) -> None:
    from stuvalid.exports.fields import find, header_of

    publication = next(purpose for purpose in shipped() if purpose.title == "公示")
    for word in (key, header_of(key)):
        assert publication.allows(find(word)) == (key in {"name", "school_name", "grade", "class_name"}), word


@pytest.mark.parametrize(
    "words",
    [["身份证件号"], ["现住址"], ["联系电话"], ["出生日期"], ["银行卡号"], ["学籍号"], ["成员一联系电话"], ["曾用名"]],
)
def test_a_denied_field_is_named_and_nothing_is_written(desk: Desk, words: list[str]) -> None:
    before = listing(desk.folder)
    done = desk.export(数据字段名称=["姓名", *words])
    assert done.returncode == 1
    assert words[0] in done.stderr.decode()
    assert listing(desk.folder) - {"申请.toml"} == before
    found = json.loads(desk.export("x.xlsx", "--format", "json", 数据字段名称=["姓名", *words]).stdout)
    assert found["status"] == "refused"
    assert [(one["word"], one["granted"]) for one in found["fields"]] == [("姓名", True), (words[0], False)]
    assert found["sample"] == [] and found["written"] is None


def test_an_unknown_purpose_denies_everything(desk: Desk) -> None:
    done = desk.export("x.xlsx", "--format", "json", 数据用途="招生宣传")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert not any(one["granted"] for one in found["fields"])
    assert found["rows"]["read"] == 0
    assert not desk.ledger.exists()


@pytest.mark.parametrize("name", list(BASIC))
def test_every_item_of_the_application_must_be_stated(desk: Desk, name: str) -> None:
    for value in (None, [] if isinstance(BASIC[name], list) else ""):
        done = desk.export(**{name: value})
        assert done.returncode == 2
        assert name in done.stderr.decode()
    assert not desk.ledger.exists()


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"有效期限": "2026-13-01"}, 2, "应为日期"),
        ({"有效期限": str(TODAY - dt.timedelta(days=1))}, 1, "已经过了"),
        ({"有效期限": str(TODAY + dt.timedelta(days=151))}, 1, "最长 150 天"),
        ({"批准日期": str(LATER)}, 1, "还没有到"),
        ({"导出范围": {"班级": ["2024109"]}}, 1, "没有学生：2024109"),
        ({"导出范围": {"村": ["x"]}}, 2, "没有“村”这一项"),
        ({"导出范围": "一部分"}, 2, "应为“全部”"),
        ({"数据字段名称": ["姓名", "残疾类型"]}, 1, "残疾类型"),
        ({"数据用途": "体质健康测试", "数据字段名称": ["姓名", "民族", "年级"], "数据字段": ["姓名"]}, 2, "写了两次"),
        ({"用徒": "x"}, 2, "没有“用徒”这一项"),
        ({"数据字段名称": [1]}, 2, "应为文字的列表"),
        ({"接收方": ["甲", "乙"]}, 2, "一份只给一方"),
    ],
)
def test_an_application_that_does_not_hold_is_refused(
    desk: Desk, change: dict[str, object], code: int, said: str
) -> None:
    done = desk.export(**change)
    assert (done.returncode, said in done.stderr.decode()) == (code, True), done.stderr.decode()
    assert not (desk.folder / "名单.xlsx").exists()
    assert not desk.ledger.exists()


@pytest.mark.parametrize(
    ("scope", "classes"),
    [
        ({"班级": ["2024102"]}, {"2024102"}),
        ({"班级": ["2024级2班", "小学2023级(1)班"]}, {"2024102", "2023101"}),
        ({"年级": ["2024级"]}, {"2024101", "2024102"}),
        ({"年级": ["小学2023级"]}, {"2023101"}),
        ({"学校": ["双塔西街小学"], "年级": ["2023级"]}, {"2023101"}),
        ({"schools": ["2114010068"]}, {"2024101", "2024102", "2023101"}),
    ],
)
def test_rows_by_scope(desk: Desk, scope: dict[str, list[str]], classes: set[str]) -> None:
    assert desk.export(导出范围=scope).returncode == 0
    wanted = sorted(one["name"] for one in desk.people if one["class"] in classes)
    assert sorted(row[0] for row in desk.rows()[3:]) == wanted


def test_rows_by_county_need_the_list_of_schools(desk: Desk) -> None:
    schools = desk.folder / "学校.csv"
    schools.write_text("学校标识码,学校名称,县区代码\n2114010068,双塔西街小学,140106\n", encoding="utf-8")
    assert desk.export(导出范围={"县区": ["迎泽区"]}).returncode == 1
    done = desk.export("县.xlsx", "--schools", schools, 导出范围={"县区": ["迎泽区"]})
    assert done.returncode == 0, done.stderr.decode()
    assert desk.entries()[-1]["rows"] == len(desk.people)


def test_who_cannot_be_placed_is_left_out_and_counted(desk: Desk) -> None:
    changes = rows_of(desk.people)
    changes[3]["class_code"] = changes[4]["class_code"] = ""
    desk.data.write_bytes(workbook(changes))
    found = json.loads(desk.export("名单.xlsx", "--format", "json", 导出范围={"年级": ["2024级"]}).stdout)
    assert (found["rows"]["in_scope"], found["rows"]["unplaced"], found["rows"]["outside"]) == (22, 2, 12)


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("王小明140106201501010017", True),
        ("王小明13912345678", True),
        ("山西省太原市迎泽区双塔西街12号", True),
        ("王小明20150101", True),
        ("阿卜杜热西提·买买提", False),
    ],
)
def test_a_number_that_slipped_into_another_column_is_not_handed_out(desk: Desk, value: str, refused: bool) -> None:
    changes = rows_of(desk.people)
    changes[5]["name"] = value
    desk.data.write_bytes(workbook(changes))
    done = desk.export()
    assert done.returncode == (1 if refused else 0), done.stderr.decode()
    assert (desk.folder / "名单.xlsx").exists() != refused
    assert value not in done.stdout.decode() + done.stderr.decode()


def test_a_file_that_is_not_read_stops_the_export(desk: Desk) -> None:
    (desk.data.parent / "坏.xlsx").write_bytes(desk.data.read_bytes()[:3000])
    desk.data = desk.data.parent
    done = desk.export()
    assert done.returncode == 1
    assert "没有读成" in done.stdout.decode()
    assert not (desk.folder / "名单.xlsx").exists()


def test_lists_that_are_no_forms_are_read_and_others_named(desk: Desk) -> None:
    folder = desk.data.parent
    desk.data.unlink()
    people = pupils(("2024101",), 6)
    (folder / "花名册.xlsx").write_bytes(registry(people))
    (folder / "2024级2班.xlsx").write_bytes(class_list(pupils(("2024102",), 5, seed=4), "小学2024级2班"))
    (folder / "通知.csv").write_text("事项,时间\n开会,周一\n", encoding="utf-8")
    desk.data = folder
    done = desk.export(数据字段名称=["姓名", "班级"])
    assert done.returncode == 0, done.stderr.decode()
    assert len(desk.rows()) == 3 + 11
    assert "通知.csv" in done.stdout.decode()


def test_a_zip_opens_with_the_password_and_only_with_it(desk: Desk) -> None:
    pyzipper = pytest.importorskip("pyzipper")
    from tests.exports.desk import rows_in

    assert desk.export("名单.zip").returncode == 0
    with pyzipper.AESZipFile(desk.folder / "名单.zip") as archive:
        with pytest.raises(RuntimeError):
            archive.read("名单.xlsx")
        archive.setpassword(PASSWORD.encode())
        rows = rows_in(archive.read("名单.xlsx"))
    assert len(rows) == 3 + len(desk.people)
    assert stuvalid("ledger", "trace", desk.folder / "名单.zip", "--ledger", desk.ledger).returncode == 0


def test_only_a_published_list_may_be_plain(desk: Desk) -> None:
    assert desk.export("开.xlsx", "--plain", **FITNESS).returncode == 2
    assert not (desk.folder / "开.xlsx").exists()
    assert desk.export("开.xlsx", "--plain").returncode == 0
    assert desk.entries()[-1]["encrypted"] is False


def test_a_plan_shows_all_and_writes_nothing(desk: Desk) -> None:
    application = desk.apply()
    before = listing(desk.folder)
    done = stuvalid("export", "--for", application, desk.data, "--plan")
    assert done.returncode == 0
    assert "范围内 36 行" in done.stdout.decode()
    assert listing(desk.folder) == before


def test_outputs_are_refused_before_anything_is_recorded(desk: Desk) -> None:
    for out in ("申请.toml", "密码.txt", "导出台账.jsonl", "无此文件夹/x.xlsx"):
        assert desk.export(out).returncode == 2, out
    assert desk.export(f"{desk.data.parent.name}/学生.xlsx", "--force").returncode == 2
    assert not desk.ledger.exists()
    assert desk.export().returncode == 0
    assert desk.export().returncode == 2
    assert len(desk.entries()) == 2
    assert desk.export("名单.xlsx", "--force").returncode == 0


def test_earlier_copies_and_the_ledger_beside_the_data_are_no_data(desk: Desk) -> None:
    desk.ledger = desk.data.parent / "台账.jsonl"
    for name in ("甲.xlsx", "乙.xlsx"):
        done = stuvalid(
            "export",
            *("--for", desk.apply(), desk.data.parent, "-o", desk.data.parent / name, "--ledger", desk.ledger),
            *("--password-file", desk.secret),
        )
        assert done.returncode == 0, done.stderr.decode()
        assert "范围内 36 行" in done.stdout.decode()
    assert len(desk.entries()) == 3


def test_a_copy_that_cannot_be_written_is_withdrawn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from stuvalid.exports import writing

    def full(path: Path, *_: object, **__: object) -> Path:
        if path.name == "名单.xlsx":
            raise UsageError("磁盘空间不足。", "No space left.")
        path.write_bytes(b"{}")
        return path

    monkeypatch.setattr(writing, "write_atomically", full)
    assert desk.export().returncode == 2
    assert [entry["kind"] for entry in desk.entries()] == ["opened", "export", "withdrawn"]
    assert not (desk.folder / "名单.xlsx.导出单.json").exists()
    assert not Ledger(desk.ledger).prove().breaks


def test_ages_are_recorded_on_the_day(tmp_path: Path) -> None:
    people = pupils(("2024101",), 4)
    for one, born in zip(people, (TODAY.year - 10, TODAY.year - 14, TODAY.year - 15, TODAY.year - 19), strict=True):
        one["born"] = f"{born}{TODAY:%m%d}" if f"{TODAY:%m%d}" != "0229" else f"{born}0228"
        one["number"] = ""
    desk = Desk(tmp_path, people)
    assert desk.export().returncode == 0
    assert desk.entries()[-1]["ages"] == {"under_14": 1, "from_14": 2, "adult": 1, "unknown": 0}


def test_the_authority_adds_purposes_but_widens_none(desk: Desk) -> None:
    own = desk.folder / "用途"
    own.mkdir()
    text = 'schema = "stuvalid.purpose/1"\nid = "{}"\ntitle = "{}"\nversion = "1"\nsource = "局办"\nfields = {}\n'
    (own / "a.toml").write_text(text.format("bus", "校车", '["姓名", "现住址", "联系电话"]'), encoding="utf-8")
    done = desk.export("车.xlsx", "--purposes", own, 数据用途="校车", 数据字段名称=["姓名", "现住址"])
    assert done.returncode == 0, done.stderr.decode()
    for name, title, fields in (
        ("publication", "别的", '["姓名"]'),
        ("x", "公示", '["姓名"]'),
        ("x", "资助名单公示", '["姓名", "身份证件号"]'),
        ("x", "别的", '["没有的"]'),
        ("x", "别的", "[]"),
    ):
        (own / "b.toml").write_text(text.format(name, title, fields), encoding="utf-8")
        with pytest.raises(UsageError):
            all_purposes([own])


def test_an_application_to_fill_in_asks_for_everything(desk: Desk) -> None:
    path = desk.folder / "新.toml"
    assert stuvalid("export", "--new", path).returncode == 0
    done = desk.export(application=path)
    assert done.returncode == 2
    assert all(name in done.stderr.decode() for name in BASIC if name != "导出范围")


def test_a_word_for_several_columns_is_granted_only_where_all_are(desk: Desk) -> None:
    text = 'schema = "stuvalid.purpose/1"\nid = "home"\ntitle = "户口"\nversion = "1"\nsource = "局办"\nfields = {}\n'
    own = desk.folder / "户口.toml"
    for fields, code in (('["household_division"]', 1), ('["household_division", "household_address"]', 0)):
        own.write_text(text.format(fields), encoding="utf-8")
        done = desk.export("x.xlsx", "--purposes", own, 数据用途="户口", 数据字段名称=["户口所在地"])
        assert done.returncode == code, done.stderr.decode()
