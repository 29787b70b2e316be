"""What the registry gives back, at the right pupil and cell; what does not tell stays open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
from jsonschema import Draft202012Validator

from benchmarks.reconciling import measure
from stuvalid.returned.lines import Names, read_line
from stuvalid.returned.wordings import folded, read_failures, wordings
from tests.books import workbook
from tests.lawful import book
from tests.program import stuvalid
from tests.rolls.school import Pupil, pupils, write


def form(people: Sequence[Pupil], **change: str) -> bytes:
    rows = [
        {
            "name": one["name"],
            "sex": one["sex"],
            "birth_date": one["born"],
            "id_number": one["number"],
            "class_code": one["class"],
            "enrolment_month": f"{one['class'][:4]}09",
            **change,
        }
        for one in people
    ]
    return workbook(rows)


def run(folder: Path, *more: object) -> tuple[dict, int, str]:
    done = stuvalid("reconcile", "--sent", folder / "送出.xlsx", "--returned", folder / "退回", "--json", *more)
    return json.loads(done.stdout), done.returncode, done.stderr.decode()


def test_four_hundred_failures_come_to_their_pupils_and_nobody_is_guessed(tmp_path: Path) -> None:
    figures = measure(29, tmp_path)
    assert figures.right >= 0.98 * 363
    assert not figures.wrong
    assert (figures.left_open, figures.guessed, figures.not_read) == (37, [], [])


# checks.md 9.1: each as it is told there, its wording and the field of its cell.
TOLD = [
    ("【公安部校验校验不通过：身份证号不存在】", "police-absent", "id_number"),
    ("【公安部校验校验不通过：身份证号与姓名不匹配】", "police-name", "id_number"),
    ("身份证号或姓名与户籍不匹配", "household-mismatch", "id_number"),
    ("身份证号重复（外省已注册有学籍）", "number-repeated-elsewhere", "id_number"),
    ("身份证号已经录入的，不允许重复录入", "number-entered-already", "id_number"),
    ("身份证件号错误", "number-wrong", "id_number"),
    ("身份证件号重复", "number-repeated", "id_number"),
    ("姓名性别出生日期重复", "person-repeated", "name"),
    ("无身份证号的重复学籍", "person-repeated", "name"),
    ("第9行【民族】为空", "blank", "ethnicity"),
    ("【姓名】只能为汉字", "name-not-chinese", "name"),
    ("出生日期和身份证不相符", "birth-differs", "birth_date"),
    ("出生地行政区划代码和身份证不相符", "birthplace-differs", "birthplace_division"),
    ("户口所在地行政区划和身份证不相符", "household-differs", "household_division"),
    ("学校标识码为【2114010068】的学校不存在", "school-unknown", "school_code"),
    ("无权限管理", "no-permission", "school_code"),
    ("【身份证件号140106201203040018】格式不正确", "number-wrong", "id_number"),
    ("成员1身份证件号格式不正确", "format", "member1.id_number"),
    ("【学籍接续标识G140106201203040018】重复", "value-repeated", "continuation_mark"),
    ("已在其他学校导入", "imported-elsewhere", "id_number"),
    ("出生地不能为空!", "blank", "birthplace_division"),
    ("姓名拼音输入有误 (^[a-zA-Z ]+$)", "format", "name_pinyin"),
    ("联系电话应为11手机号", "format", "phone"),
    ("邮政编码应为6位数字", "format", "postcode"),
    ("电子信箱输入有误", "format", "email"),
    ('"随班就读"与"残疾类型"选择不符！', "inclusion-disability", "inclusion"),
    ("上下学距离…请输入一个整数值", "distance", "school_distance"),
    ("身份证件号只能包含数字与字母", "number-characters", "id_number"),
    ('请将"学生个人扩展信息"补充完整', "extension-incomplete", ""),
    ("属性[姓名★]为空", "blank", "name"),
    ("文件大小不能超过5M", "file-too-large", ""),
    ("必须为excel表格xls或xlsx格式", "file-no-excel", ""),
    ("未查重", "waiting", ""),
    ("查重无问题", "passed", ""),
    ("查重有问题", "duplicate-check-failed", "id_number"),
]


@pytest.mark.parametrize(("text", "wording", "field"), TOLD)
def test_each_wording_of_the_sources_is_understood(text: str, wording: str, field: str) -> None:
    for spaced in (text, " ".join(text), text.replace("号", "号\u3000")):
        spans, _ = read_failures(folded(spaced))
        assert [span.failure.wording and span.failure.wording.id for span in spans] == [wording]
        assert spans[0].failure.fields[:1] == ((field,) if field else ())


def test_every_wording_has_its_source_and_says_what_to_do() -> None:
    for one in wordings():
        assert one.source
        assert one.en
        assert one.mend or one.scope in ("passed",)
        spans, _ = read_failures(folded(one.zh.replace("【字段】", "【民族】")))
        assert [span.failure.wording for span in spans] == [one]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("李四光：出生地为空", [("李四光", "birthplace_division")]),
        ("张 三 丰 出生地为空", [("张三丰", "birthplace_division")]),
        ("张三李四 出生地为空", [("张三李四", "birthplace_division")]),
        ("身份证件号重复：张三、李四", [("张三", "id_number"), ("李四", "id_number")]),
        ("张三身份证件号重复（与李四重复）", [("张三", "id_number")]),
        ("张三：身份证号不存在；出生地为空", [("张三", "id_number"), ("张三", "birthplace_division")]),
        ("张三：身份证号不存在，李四：民族为空", [("张三", "id_number"), ("李四", "ethnicity")]),
        ("张三紧急联系电话不能为空", [("张三", "")]),
        ("张三父亲身份证号不存在", [("张三", "")]),
        ("学生张 三(1401****0018)的身份证号不存在", [("张三", "id_number")]),
        ("姓名：张 三 身份证件号码：14010620120304001x 错误原因：【民族】为空", [("张三", "ethnicity")]),
    ],
)
def test_a_line_is_about_whom_it_names(line: str, said: list[tuple[str, str]]) -> None:
    found, _ = read_line(line, Names.of(["张三", "李四", "王芳"]))
    told = [(one.subject.name if one.subject else "", (one.failure.fields or ("",))[0]) for one in found]
    assert told == said


@pytest.mark.parametrize(
    "line",
    [
        "张三 2024101 140106201203040018 民族为空",
        "张三 140106 20120304 0018 民族为空",
        "张三 １４０１０６２０１２０３０４００１８ 民族为空",
        "第3行,张三,'140106201203040018,民族为空",
    ],
)
def test_two_numbers_beside_each_other_are_not_one(line: str) -> None:
    found, _ = read_line(line, Names.of(["张三"]))
    assert [one.subject and one.subject.numbers for one in found] == [["140106201203040018"]]


def test_a_failure_says_whether_our_check_tells_it(tmp_path: Path) -> None:
    people = pupils(("2024101",), 6)
    people[1]["number"] = f"{people[1]['number'][:-1]}{'1' if people[1]['number'][-1] != '1' else '2'}"
    rows = [["姓名", "失败原因"], *([one["name"], text] for one, text in zip(people, (
        "身份证号不存在", "身份证件号错误", "【民族】为空", "学籍已被锁定，不能导入", "查重无问题", "未查重",
    ), strict=True))]  # fmt: skip
    write(tmp_path, {"送出.xlsx": form(people), "退回/结果.xlsx": book({"结果": rows})})
    found, code, told = run(tmp_path, "-o", tmp_path / "处理.xlsx")
    assert code == 1
    schema = json.loads(files("stuvalid").joinpath("schema/reconcile-1.json").read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(found))
    known = {entry["wording"]: (entry["known"], entry["fields"]) for entry in found["failures"]}
    assert known == {
        "police-absent": ("registry", ["id_number"]),
        "number-wrong": ("told", ["id_number"]),
        "blank": ("unforeseen", ["ethnicity"]),
        "": ("unforeseen", []),
    }
    assert [entry["wording"] for entry in found["failures"]] == ["number-wrong", "police-absent", "blank", ""]
    assert found["summary"] | {"passed": 1, "waiting": 1, "placed": 4} == found["summary"]
    assert {entry["said"] for entry in found["unforeseen"]} == {"【民族】为空", "学籍已被锁定,不能导入"}
    assert people[0]["name"] not in json.dumps(found, ensure_ascii=False) + told
    book_ = openpyxl.load_workbook(tmp_path / "处理.xlsx")
    assert book_.sheetnames == ["逐人改", "检查没有预见"]
    assert [row[3].value for row in book_.worksheets[0].iter_rows(min_row=5)] == [
        people[n]["name"] for n in (1, 0, 2, 3)
    ]


def test_no_row_number_decides(tmp_path: Path) -> None:
    people = pupils(("2024101",), 8)
    people[6]["name"] = people[2]["name"]
    lines = [f"第{n + 4}行 {one['name']}：【民族】为空" for n, one in enumerate(people)]
    lines.append("第6行：【民族】为空")
    write(tmp_path, {"送出.xlsx": form(people), "退回/页面.txt": "\n".join(lines).encode()})
    found, code, _ = run(tmp_path)
    assert code == 1
    placed = sorted(entry["pupil"]["row"] for entry in found["failures"] if entry["state"] == "placed")
    assert placed == [n + 2 for n in range(8) if n not in (2, 6)]
    left = [entry for entry in found["failures"] if entry["state"] == "open"]
    assert sorted(entry["why"] for entry in left) == ["row", "same-name", "same-name"]
    assert [one["row"] for entry in left for one in entry["candidates"] if entry["why"] == "row"] == [4]


def test_who_was_not_sent_and_what_was_not_read_is_told(tmp_path: Path) -> None:
    people = pupils(("2024101",), 5)
    rows = [["姓名", "身份证号", "班级", "问题"], ["欧阳不在", "", "", "身份证件号错误"],
        [people[0]["name"], "110101201001010011", "", "身份证件号错误"],
        [people[1]["name"], "", "2022级3班", "身份证件号错误"]]  # fmt: skip
    write(
        tmp_path,
        {
            "送出.xlsx": form(people),
            "退回/a.xlsx": book({"a": rows}),
            "退回/b.txt": "随便写的一段话\n没有学生".encode(),
        },
    )
    found, code, _ = run(tmp_path)
    assert code == 2  # a list of which nothing was understood
    assert sorted((entry["state"], entry["why"]) for entry in found["failures"]) == [
        ("open", "other-class"), ("open", "other-number"), ("stranger", "nobody")]  # fmt: skip
    assert found["summary"]["not_understood"] == 2


def test_all_passed_is_exit_code_0_and_missing_options_are_a_sentence(tmp_path: Path) -> None:
    people = pupils(("2024101",), 3)
    rows = [["姓名", "查重状态"], *([one["name"], "查重无问题"] for one in people)]
    write(tmp_path, {"送出.xlsx": form(people), "退回/a.xlsx": book({"a": rows})})
    found, code, _ = run(tmp_path)
    assert (code, found["summary"]["passed"], found["failures"]) == (0, 3, [])
    done = stuvalid("reconcile", "--sent", tmp_path / "送出.xlsx")
    assert done.returncode == 2
    assert "--returned" in done.stderr.decode()


def test_one_pupil_with_several_merged_rows_and_a_list_by_its_title(tmp_path: Path) -> None:
    people = pupils(("2024101",), 4)
    made = openpyxl.Workbook()
    page = made.active
    for row in (["姓名", "原因"], [people[0]["name"], "身份证号不存在"], ["", "【民族】为空"]):
        page.append(row)
    page.merge_cells("A2:A3")
    (tmp_path / "退回").mkdir()
    made.save(tmp_path / "退回" / "合并.xlsx")
    titled = [["身份证件号重复学生名单"], ["序号", "姓名", "性别"], ["1", people[2]["name"], people[2]["sex"]]]
    write(tmp_path, {"送出.xlsx": form(people), "退回/重复.xlsx": book({"Sheet1": titled})})
    found, _, _ = run(tmp_path)
    told = [(entry["wording"], entry.get("pupil", {}).get("row")) for entry in found["failures"]]
    assert sorted(told) == [("blank", 2), ("number-repeated", 4), ("police-absent", 2)]
