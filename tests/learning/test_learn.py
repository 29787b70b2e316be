"""What `learn` drafts from an issued blank loads at once, takes what is filled in correctly, and finds what is not."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Severity
from stuvalid.findings.masking import is_private
from stuvalid.forms import Field, Template, template
from stuvalid.forms.blank import blank_form
from stuvalid.received.walk import Source
from tests.changsha import TODAY, book, pupils
from tests.forms.test_blank import filled
from tests.forms.test_changsha import MISTAKES, spoilt
from tests.issued_forms import Issued, guizhou, henan
from tests.program import Done, stuvalid

ISSUED = {"guizhou": guizhou(), "henan": henan()}
OFFICIAL = ("student-2013", "student-2020", "student-2022")
own_forms = pytest.mark.parametrize("issued", ISSUED.values(), ids=ISSUED)


def learnt(folder: Path, blank: bytes, name: str = "blank.xlsx") -> tuple[Path, Done]:
    (folder / name).write_bytes(blank)
    done = stuvalid("learn", folder / name, "-o", folder / "form.toml")
    assert done.returncode == 0, done.stderr.decode()
    return folder / "form.toml", done


def told(form: Path, data: bytes, least: Severity = Severity.ERROR) -> set[tuple[str, str]]:
    """(rule, cell) of what is found in a filled file with the drafted form."""
    findings = check_sources(
        [Source("filled.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY, template=str(form))
    )
    assert findings.files[0].template == template(str(form)).id
    return {(finding.rule, finding.place.cell) for finding in findings if finding.severity >= least}


def of(form: Template, header: str) -> Field:
    return next(entry for entry in form.fields if entry.header.rstrip("*") == header)


@pytest.mark.parametrize("name", OFFICIAL)
def test_an_official_form_is_learnt_as_it_is(tmp_path: Path, name: str) -> None:
    official = template(name)
    form, done = learnt(tmp_path, blank_form(official))
    draft = template(str(form))
    asked = re.findall(r"^  (.*?)：", done.stderr.decode(), re.MULTILINE)
    assert asked == (["M 班级"] if name == "student-2022" else [])
    assert len(draft.fields) == len(official.fields)
    for ours, drafted in zip(official.fields, draft.fields, strict=True):
        for what in ("key", "header", "kind", "codes", "audience", "required", "condition", "exempt", "max_length"):
            assert getattr(drafted, what) == getattr(ours, what), (ours.key, what)
    assert told(form, filled(official, 30, example=False), Severity.INFO) == set()


@pytest.mark.parametrize("style", ["range", "name"])
def test_a_city_s_form_is_learnt_with_its_lists(tmp_path: Path, style: str) -> None:
    form, _ = learnt(tmp_path, book([], style=style))
    assert told(form, book(pupils(), style=style)) == set()
    assert told(form, book(pupils(), dropdowns=False)) == set()  # its lists are kept, whatever became of the dropdowns
    records, places = spoilt()
    errors = told(form, book(records, style=style), Severity.WARNING)
    keys = template(str(form)).keys
    rows = {f"{get_column_letter(keys.index(key) + 1)}{row + 2}": key for row, key in places}
    missed = [key for cell, key in rows.items() if cell not in {cell for _, cell in errors}]
    # What the platform makes is no star's business, and how a class is written the blank does not say.
    assert len(missed) <= 2, missed
    assert len(MISTAKES) - len(missed) >= 50


@own_forms
def test_what_is_filled_in_correctly_has_no_finding(tmp_path: Path, issued: Issued) -> None:
    form, _ = learnt(tmp_path, issued.blank())
    assert told(form, issued.filled(), Severity.INFO) == set()


PLANTED = {
    "guizhou": {
        (0, "学生姓名*"): "",
        (1, "性别*"): "1",
        (2, "身份证件类型*"): "户口簿",
        (3, "身份证件号码*"): "520302201904151110",
        (4, "民族*"): "穿青族",
        (5, "户籍类别"): "外县",
        (6, "是否易地搬迁户*"): "不是",
        (7, "现住址*"): "",
        (8, "监护人一与学生关系*"): "祖父",
        (9, "监护人一身份证号*"): "520302198810083211",
        (10, "监护人一联系电话*"): "1388521",
        (10, "监护人二身份证号"): "520302199011183",
        (1, "出生日期*"): "2019-02-15",
        (3, "监护人一姓名*"): "",
    },
    "henan": {
        (0, "性别"): "",
        (1, "出生年月日"): "2019-02-30",
        (2, "民族"): "朝鲜族",
        (3, "身份证件号码"): "520302201904151110",
        (4, "政治面貌"): "共产党员",
        (5, "户籍户口所在地"): "河南省洛阳市",
        (6, "年级"): "七年级",
        (7, "班级"): "一班",
        (8, "是否留守儿童"): "单亲",
        (1, "留守类型"): "",
        (9, "家庭成员一姓名"): "",
        (10, "家庭成员一关系"): "爷爷",
        (11, "家庭成员一联系电话"): "137",
        (2, "家庭成员二身份证件号"): "520302199003183002",
        (4, "家长手机"): "12345",
    },
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_mistakes_are_found_at_their_cells(tmp_path: Path, name: str) -> None:
    issued, changes = ISSUED[name], PLANTED[name]
    form, _ = learnt(tmp_path, issued.blank())
    names = [column.heading + column.header for column in issued.columns]
    cells = {f"{get_column_letter(names.index(key) + 1)}{issued.first + row}": key for row, key in changes}
    assert len(cells) == len(changes)
    errors = told(form, issued.filled(changes=changes))
    assert {cell: key for cell, key in cells.items() if cell not in {cell for _, cell in errors}} == {}
    rows = {cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for cell in cells}
    assert {cell for _, cell in errors if cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") not in rows} == set()


@own_forms
def test_fix_leaves_headers_and_what_the_form_offers(tmp_path: Path, issued: Issued) -> None:
    form, _ = learnt(tmp_path, issued.blank())
    (tmp_path / "filled.xlsx").write_bytes(issued.filled())
    done = stuvalid("fix", tmp_path / "filled.xlsx", "-o", tmp_path / "mended.xlsx", "--template", form)
    assert done.returncode == 0, done.stderr.decode()
    before, after = (
        [[cell.value for cell in row] for row in load_workbook(tmp_path / name)[issued.sheet].iter_rows()]
        for name in ("filled.xlsx", "mended.xlsx")
    )
    assert before == after


def test_what_must_be_masked_is_told_from_what_need_not_be(tmp_path: Path) -> None:
    form = template(str(learnt(tmp_path, guizhou().blank())[0]))
    private = {entry.header.rstrip("*") for entry in form.fields if is_private(entry.kind, entry.key)}
    assert private == {
        "学生姓名", "出生日期", "身份证件号码", "现住址", "监护人一姓名", "监护人一身份证号", "监护人一联系电话", "监护人二姓名", "监护人二身份证号", "监护人二联系电话",
    }  # fmt: skip


def test_stars_red_ink_words_and_lists_are_read(tmp_path: Path) -> None:
    form = template(str(learnt(tmp_path, henan().blank())[0]))
    assert (form.header_top, form.header_rows) == (2, 2)
    assert of(form, "详细地址").required
    assert not of(form, "曾用名").required
    left = of(form, "留守类型").condition
    assert left is not None
    assert (left.key, left.values) == ("left_behind", ("是",))
    assert (of(form, "班级").pattern, of(form, "班级").example) == ("[0-9]{4}", "2601")
    assert of(form, "是否残疾人").codes == "yes_no"
    assert Path(of(form, "政治面貌").codes).read_text("utf-8-sig").splitlines() == [
        "name",
        "少先队员",
        "共青团员",
        "群众",
    ]


def test_every_own_column_and_every_doubt_is_marked_and_counted(tmp_path: Path) -> None:
    form, done = learnt(tmp_path, guizhou().blank())
    text = form.read_text("utf-8")
    marks = text.count("\n# 请核对: ")
    assert f"请核对 {marks} 处" in done.stderr.decode()
    own = [entry["key"] for entry in tomllib.loads(text)["field"] if not entry["key"].isascii()]
    lines = text.splitlines()
    assert all(lines[lines.index(f'key = "{key}"') - 2].startswith("# 请核对: ") for key in own)


def test_nothing_that_stands_below_the_header_gets_into_the_form(tmp_path: Path) -> None:
    form, done = learnt(tmp_path, guizhou().filled())
    text = form.read_text("utf-8") + done.stdout.decode() + done.stderr.decode()
    assert "12 行内容" in text
    assert not [word for word in ("王小明", "王建国", "520302", "13885", "会址路", "第一幼儿园") if word in text]


def test_inputs_and_what_stands_there_are_left_alone(tmp_path: Path) -> None:
    blank = guizhou().blank()
    form, _ = learnt(tmp_path, blank)
    before = form.read_bytes()
    again = stuvalid("learn", tmp_path / "blank.xlsx", "-o", form)
    assert again.returncode == 2
    assert (form.read_bytes(), (tmp_path / "blank.xlsx").read_bytes()) == (before, blank)
    assert stuvalid("learn", tmp_path / "blank.xlsx", "-o", form, "--force").returncode == 0
    assert form.read_bytes() == before
    assert stuvalid("learn", tmp_path / "blank.xlsx", "-o", tmp_path / "form.xlsx").returncode == 2


def one_sheet(rows: list[list[str]], title: str = "Sheet1") -> bytes:
    made = Workbook()
    page = made.worksheets[0]
    page.title = title
    for row in rows:
        page.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (one_sheet([["登记表"], ["姓名", "王小明"]]), "没有找到一行表头"),
        (one_sheet([]), "没有找到一行表头"),
        (b"", "空"),
        (b"PK\x03\x04 no zip", ""),
    ],
)
def test_what_is_no_form_is_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "blank.xlsx").write_bytes(data)
    done = stuvalid("learn", tmp_path / "blank.xlsx", "-o", tmp_path / "form.toml")
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1
    assert not (tmp_path / "form.toml").exists()


def test_what_a_form_does_not_say_is_asked(tmp_path: Path) -> None:
    rows = [["姓名", "性别", "民族", "出生日期", "出生地", "奖惩情况", "备注", "备注"]]
    form, done = learnt(tmp_path, one_sheet(rows))
    words = done.stderr.decode()
    for said in (
        "没有看到星号",
        "出现两次",
        "没有下拉列表，暂按全国代码表“民族”",
        "没有说日期怎么写",
        "不全是文本格式",
    ):
        assert said in words
    assert "备注" in words
    assert template(str(form)).untold == {"CEL013"}


def test_awkward_texts_of_a_form_are_written_as_toml(tmp_path: Path) -> None:
    rows = [["姓\n名", '"引号"', "反\\斜杠", "制\t表", "a=b#c", "\u2028行", "身份证件号"]]
    form = template(str(learnt(tmp_path, one_sheet(rows, "表'\"1"))[0]))
    assert [entry.header for entry in form.fields] == rows[0]
    assert form.sheets == ("表'\"1",)
