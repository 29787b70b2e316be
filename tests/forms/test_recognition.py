"""Which sheets are forms, which are other lists, and which rows of a form are pupils."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from stuvalid.excel.model import Sheet, Workbook
from stuvalid.forms import template, templates
from stuvalid.forms.matching import match_sheet
from stuvalid.forms.others import other_lists
from stuvalid.forms.sheets import Survey, survey
from stuvalid.rules.examples import record

FORMS = ("student-2013", "student-2020", "student-2022", "student-continuation")
PUPIL = ("唐晓杰", "女", "20190517", "居民身份证", "140105201905177601")


def sheet(rows: Sequence[Sequence[str]], name: str = "Sheet1", *, visible: bool = True) -> Sheet:
    width = max(map(len, rows))
    grid = [[*row, *[""] * (width - len(row))] for row in rows]
    columns = [pa.array([row[column] or None for row in grid], pa.string()) for column in range(width)]
    return Sheet(name, visible, False, len(grid), width, columns)


def seen(*sheets: Sheet, file_name: str = "") -> Survey:
    return survey(Workbook("xlsx", list(sheets)), templates(), file_name)


def roster(form: str, count: int = 4, **changes: str) -> list[list[str]]:
    known = template(form)
    rows = [[entry.header for entry in known.fields]]
    for position in range(count):
        values = {**record(position, known), **(changes if position == 0 else {})}
        rows.append([values[key] for key in known.keys])
    return rows


LISTS = {
    "preschool-transfer": [["姓名", "性别", "出生日期", "身份证件类型", "身份证件号码"], PUPIL],
    "movement": [
        ["学籍异动汇总"],
        ["序号", "姓名", "性别", "身份证件号", "转出学校标识码", "转出学校名称", "转入学校标识码", "异动日期"],
        ["1", "唐晓杰", "女", PUPIL[4], "2114010068", "双塔西街小学", "2114010075", "20250901"],
    ],
    "fitness": [
        ["年级编号", "班级编号", "班级名称", "学籍号", "民族代码", "姓名", "性别", "出生日期", "家庭住址", "身高", "体重", "肺活量"],
        ["11", "1", "一年级1班", "G140105201905177601", "1", "唐晓杰", "2", "2019/5/17", "太原市", "120", "25", "900"],
    ],
    "nutrition": [
        ["营养改善计划实名制学生名单"],
        ["学籍号", "姓名", "性别", "出生日期", "身份证号", "民族", "年级", "班级", "身高", "体重", "监护人姓名", "监护人电话"],
        ["G1", "唐晓杰", "女", "20190517", PUPIL[4], "汉族", "一年级", "1班", "120", "25", "唐泽", "13800000000"],
    ],
    "teachers": [
        ["序号", "姓名", "性别", "出生日期", "身份证号", "民族", "政治面貌", "学历", "职称", "任教学科", "参加工作时间"],
        ["1", "王建国", "男", "19800101", "140106198001011010", "汉族", "中共党员", "本科", "一级教师", "数学", "2002"],
    ],
    "vocational": [
        ["姓名", "性别", "出生日期", "身份证件号", "民族", "入学年月", "专业名称", "学习形式", "招生方式", "学制", "班级"],
        ["唐晓杰", "女", "20090517", PUPIL[4], "汉族", "202509", "汽修", "全日制", "统一招生", "3", "25汽修1"],
    ],
    "number-list": [
        ["序号", "学籍号", "姓名", "性别", "年级", "班级", "身份证件号"],
        ["1", "G140105201905177601", "唐晓杰", "男", "一年级", "1班", "140105********7601"],
    ],
    "class-list": [
        ["一年级（1）班学生花名册"],
        ["学号", "姓名", "性别", "出生日期", "身份证号", "家长姓名", "家长电话", "家庭住址", "备注"],
        ["1", "唐晓杰", "女", "20190517", PUPIL[4], "唐泽嘉", "17902376473", "太原市小店区", ""],
    ],
    "class": [
        ["班级名称", "班级类型", "班号", "学制", "班主任姓名", "学校标识码", "入学年月"],
        ["小学2025级(1)班", "普通小学班", "2025101", "6", "王建国", "2114010068", "202509"],
    ],
    "city-registration": [
        ["学籍流水号*", "姓名*", "性别*", "出生日期*", "出生地", "民族*", "国籍/地区*", "身份证件类型*", "身份证件号*",
         "户籍类别", "现住址行政区划*", "现住址具体地址*", "成员一姓名*", "成员一关系*", "残疾证书号"],
        ["1", "唐晓杰", "女", "20190517", "", "汉族", "中国", "居民身份证", PUPIL[4], "常驻", "湖南省长沙市", "1号", "唐泽", "父亲", ""],
    ],
}  # fmt: skip


RECORDS = {
    "preschool-transfer": "preschool-transfer",
    "nutrition": "nutrition-pupil",
    "class": "class",
    "fitness": "fitness",
}
"""What of these lists is read, as which form."""


@pytest.mark.parametrize("kind", RECORDS)
def test_a_form_about_something_else_is_read_and_makes_no_pupils(kind: str) -> None:
    found = seen(sheet(LISTS[kind]), sheet(roster("student-2013"), "学生基础信息"))
    assert [form.sheet.name for form in found.forms] == ["学生基础信息"]
    assert [(form.match.template.id, len(form.rows.records)) for form in found.records] == [(RECORDS[kind], 1)]
    assert not found.passed


@pytest.mark.parametrize("kind", [kind for kind in LISTS if kind not in RECORDS])
def test_other_list_is_passed_over_and_named(kind: str) -> None:
    found = seen(sheet(LISTS[kind]), sheet(roster("student-2013"), "学生基础信息"))
    assert [form.sheet.name for form in found.forms] == ["学生基础信息"]
    assert [(entry.other.known.id, entry.rows) for entry in found.passed if entry.other] == [(kind, 1)]
    for lang in ("zh", "en"):
        assert found.passed[0].sentence(lang)


def test_list_data_is_whole() -> None:
    ids = [known.id for known in other_lists()]
    assert len(ids) == len(set(ids))
    assert set(LISTS) <= set(ids)
    for known in other_lists():
        assert known.words, known.id
        assert bool(known.marks) != bool(known.only), known.id


@pytest.mark.parametrize("form", FORMS)
def test_form_is_certain_and_no_list(form: str) -> None:
    found = seen(sheet(roster(form)))
    assert not found.passed
    match = found.forms[0].match
    assert (match.template.id, match.is_certain, match.lacking) == (form, True, ())


@pytest.mark.parametrize("form", FORMS)
def test_form_cut_down_is_still_a_form_and_less_than_half_is_none(form: str) -> None:
    known = template(form)
    required = [entry for entry in known.fields if entry.required]
    for share, is_form in ((0.6, True), (0.3, False)):
        kept = {entry.key for entry in required[: int(share * len(required))]}
        rows = [[entry.header for entry in known.fields if entry.key in kept]]
        rows += [[record(n, known)[key] for key in known.keys if key in kept] for n in range(3)]
        found = seen(sheet(rows))
        if is_form:
            assert found.forms
            assert not found.forms[0].match.is_certain
        else:
            assert not found.forms
            assert [entry.why for entry in found.fragments] == ["fragment"]


@pytest.mark.parametrize(
    "header",
    [
        "转出学校标识码",
        "转入学校标识码",
        "原学校标识码",
        "转出班号",
        "成员1",
        "成员2",
        "父亲姓名",
        "监护人性别",
        "入学前户口性质",
    ],
)
def test_longer_or_cut_header_is_another_column(header: str) -> None:
    form = template("student-2020")
    taken = {"学校标识码", "班号", "户口性质", "姓名", "性别"}
    match = match_sheet([[header, *(entry.header for entry in form.fields if entry.header not in taken)]], [form])
    assert match is not None
    assert (0, header) in match.unknown


@pytest.mark.parametrize(
    ("header", "key"), [("名族", "ethnicity"), ("入学年日", "enrolment_month"), ("是否孤", "orphan")]
)
def test_slip_of_the_pen_is_read(header: str, key: str) -> None:
    form = template("student-2013")
    entry = form.field(key)
    assert entry is not None
    row = [header if known is entry else known.header for known in form.fields]
    match = match_sheet([row], [form])
    assert match is not None
    assert not match.unknown or header == "是否孤"


def two_rows(form: str, groups: tuple[str, str], *, titles: int = 0, sections: bool = False) -> list[list[str]]:
    flat = roster(form, 3)
    top, leaves = [], []
    member = ""
    for header in flat[0]:
        group = header[:3] if header.startswith("成员") else ""
        if group:
            top.append(groups[int(group[2]) - 1] if group != member else "")
            leaves.append(header.removeprefix(group))
        else:
            top.append("" if sections else header)
            leaves.append(header if sections else "")
        member = group
    if sections:
        top[0] = "学生个人基础信息"
    return [["双塔西街小学2025年采集表"]] * titles + [top, leaves, *flat[1:]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "groups",
    [("成员1", "成员2"), ("家庭成员一", "家庭成员二"), ("学生家庭成员或监护人信息一", "学生家庭成员或监护人信息二")],
)
@pytest.mark.parametrize("sections", [False, True])
@pytest.mark.parametrize("titles", [0, 2])
def test_header_of_two_rows_is_read_as_one(form: str, groups: tuple[str, str], sections: bool, titles: int) -> None:
    rows = two_rows(form, groups, titles=titles, sections=sections)
    found = seen(sheet(rows))
    match = found.forms[0].match
    assert match.template.id == form
    assert {matched.field.key for matched in match.columns} == set(template(form).keys)
    assert (match.top, match.header_row, match.two_rows) == (titles, titles + 1, True)
    assert len(found.forms[0].rows.records) == 3
    assert not len(found.forms[0].rows.blanks)


def test_columns_below_father_are_not_the_pupils() -> None:
    top = ["姓名", "性别", "出生日期", "身份证件号", "成员1", "", "父亲", "", "现住址"]
    leaf = ["", "", "", "", "姓名", "关系", "姓名", "电话", ""]
    match = match_sheet([top, leaf], [template("student-2013")])
    assert match is not None
    columns = {matched.field.key: matched.column for matched in match.columns}
    assert columns["name"] == 0
    assert columns["member1.name"] == 4
    assert {text for _, text in match.unknown} == {"父亲姓名", "父亲电话"}


def test_hidden_older_copy_is_not_counted_and_another_hidden_class_is() -> None:
    rows = roster("student-2013", 6)
    found = seen(sheet(rows, "学生基础信息"), sheet(rows[:4], "旧", visible=False))
    assert [form.sheet.name for form in found.forms] == ["学生基础信息"]
    assert [(copy.of, copy.rows, copy.known) for copy in found.forms[0].copies] == [("学生基础信息", 3, 3)]
    others = [rows[0], *roster("student-2013", 11)[7:]]
    found = seen(sheet(rows, "学生基础信息"), sheet(others, "一年级", visible=False))
    assert [len(form.rows.records) for form in found.forms] == [6, 5]
    assert len(seen(sheet(rows, "甲"), sheet(rows, "乙")).forms) == 2


def samples(**changes: str) -> tuple[tuple[int, ...], int]:
    form = seen(sheet(roster("student-2013", 3, **changes))).forms[0]
    return form.rows.samples, len(form.rows.records)


@pytest.mark.parametrize("name", ["张三", "李四", "王例", "例天佑", "某某", "张某", "王五"])
def test_child_with_a_valid_number_is_a_pupil_whatever_the_name(name: str) -> None:
    assert samples(name=name) == ((), 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "王小明", "id_number": "140106********1011"},
        {"name": "张三", "id_type": "其他", "id_number": ""},
        {"name": "张三", "id_type": "护照", "id_number": "E12345678"},
        {"name": "李例", "id_number": ""},
    ],
)
def test_nothing_that_may_be_a_pupil_is_a_sample(changes: dict[str, str]) -> None:
    assert samples(**changes) == ((), 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "示例：张三"},
        {"name": "张三（例）"},
        {"name": "张三", "id_number": "110101XXXXXXXX1234"},
        {"name": "李四", "id_number": ""},
        {"name": "XXX", "id_number": "440101200001010001"},
        {"school_code": "必填"},
    ],
)
def test_sample_rows_are_known(changes: dict[str, str]) -> None:
    assert samples(**changes) == ((1,), 2)


def below(*rows: Sequence[str], blank: bool = True) -> tuple[int, int, tuple[int, ...]]:
    grid = [*roster("student-2013", 5), *([[""]] if blank else []), *rows]
    found = seen(sheet(grid)).forms[0].rows
    return len(found.records), len(found.blanks), found.strays


def test_table_and_remarks_below_the_pupils_are_no_pupils() -> None:
    assert below(["合计", "5人", "男3", "女2"]) == (5, 0, (7,))
    assert below(["", "班级", "人数", "男生", "女生"], ["", "1班", "5", "3", "2"], ["备注：以上属实"]) == (
        5,
        0,
        (7, 8, 9),
    )
    assert below(["填表人", "李老师", "校长", "王校长", "2025年9月"], blank=False) == (5, 0, (6,))


def test_half_filled_pupil_at_the_end_is_a_pupil() -> None:
    assert below(["2114010068", "王小明", "男", "20190101"], blank=False)[0] == 6
    assert below(["2114010068", "王小明", "", "", "140106000000"])[0] == 6


def test_repeated_header_is_no_pupil_and_a_remark_beside_is_no_blank_row() -> None:
    rows = roster("student-2013", 4)
    found = seen(sheet([*rows[:3], rows[0], *rows[3:]])).forms[0].rows
    assert (len(found.records), found.strays) == (4, (3,))
    note = [*[""] * len(rows[0]), "第3行起是2班"]
    found = seen(sheet([[*rows[0], "说明"], *rows[1:3], note, *rows[3:]])).forms[0].rows
    assert (len(found.records), list(found.blanks), found.strays) == (4, [], (3,))


def test_a_hidden_sheet_of_records_is_read_though_no_person_stands_on_it() -> None:
    found = seen(sheet(roster("student-2013")), sheet(LISTS["class"], "班级", visible=False))
    assert [form.match.template.id for form in found.records] == ["class"]
