"""Whose each file is, which version counts, and that nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stuvalid.bundle.mapping import HEADER, table_bytes
from stuvalid.bundle.view import plan_rows, table_rows, tree_lines
from stuvalid.errors import UsageError
from tests.books import workbook
from tests.bundle.county import FIRST, NAMES, SECOND, THIRD, County, book, pupils, zipped

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def fates(county: County, **options: object) -> dict[str, tuple[str, str]]:
    return {name: (entry.fate, entry.school) for name, entry in county.plan(**options).items()}


def test_what_a_workbook_holds_decides(county: County) -> None:
    county.put("乱七八糟.xlsx", book(FIRST))
    county.put("收件/一年级.xlsx", book(SECOND))
    county.put("包.zip", zipped({"里面/没有名字.xlsx": book(THIRD)}))
    assert fates(county) == {
        "乱七八糟.xlsx": ("included", FIRST),
        "收件/一年级.xlsx": ("included", SECOND),
        "包.zip": ("passed-over", ""),
        "包.zip/里面/没有名字.xlsx": ("included", THIRD),
    }


@pytest.mark.parametrize(
    "name",
    [
        f"{FIRST}/学生.xlsx",
        "双塔西街小学.xlsx",
        "太原市迎泽区双塔西街小学校/一年级/1班.xlsx",
        "双塔西街/新生信息.xlsx",
        f"{FIRST}双塔西街小学校（定稿）.xlsx",
    ],
)
def test_then_names_of_files_and_folders(county: County, name: str) -> None:
    county.list_schools()
    county.put(name, book(FIRST, school_code=""))
    assert fates(county)[name] == ("included", FIRST)


def test_nothing_is_guessed(county: County) -> None:
    county.list_schools()
    county.put("一年级1班.xlsx", book(FIRST, school_code=""))
    county.put("小学.xlsx", book(SECOND, school_code=""))
    county.put("双塔西街小学和青年路小学.xlsx", book(FIRST, 10, 20, school_code=""))
    county.put("青年路小学/双塔西街小学.xlsx", book(FIRST, 20, 30, school_code=""))
    mixed = workbook([*pupils(FIRST, 30, 36), *pupils(SECOND, 30, 34)])
    county.put("两所.xlsx", mixed)
    plan = county.plan()
    assert {entry.fate for entry in plan.values()} == {"unclear"}
    assert "几所学校" in plan["两所.xlsx"].zh
    assert FIRST in plan["双塔西街小学和青年路小学.xlsx"].zh
    assert county.told()[:5] == [("PKG001", name) for name in sorted(plan)]


def test_a_longer_name_that_holds_a_shorter_one_is_the_longer(county: County) -> None:
    path = county.folder.parent / "schools.csv"
    path.write_text("学校标识码,学校名称\n2114010001,实验小学\n2114010002,实验小学分校\n", encoding="utf-8")
    county.put("实验小学分校.xlsx", book(FIRST, school_code=""))
    county.put("实验小学.xlsx", book(SECOND, school_code=""))
    found = fates(county, schools=path)
    assert found["实验小学分校.xlsx"] == ("included", "2114010002")
    assert found["实验小学.xlsx"] == ("included", "2114010001")


def test_two_schools_of_one_name_stay_unclear(county: County) -> None:
    path = county.folder.parent / "schools.csv"
    path.write_text("学校标识码,学校名称\n2114010001,实验小学\n2114010002,实验小学\n", encoding="utf-8")
    county.put("实验小学.xlsx", book(FIRST, school_code=""))
    assert fates(county, schools=path)["实验小学.xlsx"] == ("unclear", "")


def test_content_wins_over_the_folder_and_that_is_told(county: County) -> None:
    county.list_schools()
    county.put(f"{SECOND}青年路小学/学生.xlsx", book(FIRST))
    assert fates(county)[f"{SECOND}青年路小学/学生.xlsx"] == ("included", FIRST)
    assert ("PKG014", f"{SECOND}青年路小学/学生.xlsx") in county.told()


def test_a_few_wrong_codes_do_not_move_a_workbook(county: County) -> None:
    county.put("a.xlsx", workbook([*pupils(FIRST, 0, 19), pupils(FIRST, 19, 20, school_code=SECOND)[0]]))
    assert fates(county)["a.xlsx"] == ("included", FIRST)
    assert ("PKG015", "a.xlsx") in county.told()


def test_a_code_that_is_not_in_the_list(county: County) -> None:
    county.list_schools(FIRST)
    county.put("a.xlsx", book(SECOND))
    county.put("双塔西街小学/b.xlsx", book(SECOND, 10, 20))
    assert fates(county)["a.xlsx"] == ("included", SECOND)
    assert fates(county)["双塔西街小学/b.xlsx"] == ("unclear", "")
    assert ("PKG002", "a.xlsx") in county.told()


def test_photos_by_pupil_then_by_name_then_by_neighbours(county: County) -> None:
    first, second = pupils(FIRST)[0]["id_number"], pupils(SECOND)[0]["id_number"]
    county.put("甲/a.xlsx", book(FIRST))
    county.put("乙/b.xlsx", book(SECOND))
    county.put(f"散照片/{first}.jpg", JPEG + b"1")
    county.put(f"乙/照片/{first}.jpg", JPEG + b"2")
    county.put(f"散照片/{SECOND}_2025101_王小明.jpg", JPEG + b"3")
    county.put("甲/照片/李小红.jpg", JPEG + b"4")
    county.put(f"{second}.jpg", JPEG + b"5")
    county.put("散照片/不知道谁.jpg", JPEG + b"6")
    found = {name: school for name, (_, school) in fates(county).items() if name.endswith(".jpg")}
    assert found == {
        f"散照片/{first}.jpg": FIRST,
        f"乙/照片/{first}.jpg": FIRST,
        f"散照片/{SECOND}_2025101_王小明.jpg": SECOND,
        "甲/照片/李小红.jpg": FIRST,
        f"{second}.jpg": SECOND,
        "散照片/不知道谁.jpg": "",
    }


def test_documents_go_with_their_school_or_are_passed_over(county: County) -> None:
    county.put("甲/a.xlsx", book(FIRST))
    county.put("甲/无身份证号证明.pdf", b"%PDF-1.4")
    county.put("甲/统计表.csv", "年级,人数\n一年级,3\n".encode())
    county.put("关于报送的通知.docx", zipped({"[Content_Types].xml": b"", "word/document.xml": b""}))
    county.put("甲/工具.exe", b"MZ\x00\x01")
    assert fates(county) == {
        "甲/a.xlsx": ("included", FIRST),
        "甲/无身份证号证明.pdf": ("included", FIRST),
        "甲/统计表.csv": ("included", FIRST),
        "关于报送的通知.docx": ("passed-over", ""),
        "甲/工具.exe": ("refused", ""),
    }


def test_the_same_bytes_twice_are_taken_once(county: County) -> None:
    county.put("甲/a.xlsx", book(FIRST))
    county.put("甲/a - 副本.xlsx", book(FIRST))
    plan = county.plan()
    assert plan["甲/a - 副本.xlsx"].fate == "superseded"
    assert plan["甲/a - 副本.xlsx"].by == "甲/a.xlsx"
    assert ("PKG007", "甲/a - 副本.xlsx") in county.told()
    assert not [rule for rule, _ in county.told() if rule == "PKG005"]


def test_the_same_records_saved_anew_are_taken_once(county: County) -> None:
    county.put("a.xlsx", book(FIRST))
    county.put("b.xlsx", workbook(list(reversed(pupils(FIRST))), titles=["标题"]))
    plan = county.plan()
    assert (plan["a.xlsx"].fate, plan["b.xlsx"].fate) == ("included", "superseded")


def test_the_larger_list_takes_the_place_of_the_one_it_holds(county: County) -> None:
    county.put("旧.xlsx", book(FIRST, 0, 10))
    county.put("新.xlsx", book(FIRST, 0, 14), age=10_000)
    plan = county.plan()
    assert (plan["旧.xlsx"].fate, plan["旧.xlsx"].by) == ("superseded", "新.xlsx")
    assert "另多4名" in plan["旧.xlsx"].zh
    assert ("PKG008", "旧.xlsx") in county.told()
    assert not [finding for finding in county.run().findings if finding.rule.startswith("DUP")]


def test_the_newer_version_takes_the_place_of_the_older(county: County) -> None:
    county.put("第一次.xlsx", book(FIRST), age=5000)
    county.put("第二次.xlsx", book(FIRST, phone="13934012345"))
    plan = county.plan()
    assert (plan["第一次.xlsx"].fate, plan["第一次.xlsx"].by) == ("superseded", "第二次.xlsx")
    assert "修改得更晚" in plan["第一次.xlsx"].zh


def test_versions_that_cannot_be_told_apart_contradict(county: County) -> None:
    county.put("a.xlsx", book(FIRST))
    county.put("b.xlsx", book(FIRST, phone="13934012345"))
    assert ("PKG006", "a.xlsx") in county.told()


def test_a_newer_version_that_lacks_pupils_contradicts(county: County) -> None:
    county.put("旧.xlsx", book(FIRST, 0, 10), age=5000)
    county.put("新.xlsx", book(FIRST, 2, 12))
    assert ("PKG006", "新.xlsx") in county.told()
    assert all(fate == "included" for fate, _ in fates(county).values())


def test_one_class_in_two_files(county: County) -> None:
    county.put("a.xlsx", book(FIRST, 0, 5))
    county.put("b.xlsx", book(FIRST, 5, 10))
    assert ("PKG005", "b.xlsx") in county.told()


def test_the_same_pupil_in_two_schools_is_found(county: County) -> None:
    county.put("a.xlsx", book(FIRST))
    county.put("b.xlsx", workbook([*pupils(SECOND), pupils(FIRST, 3, 4, school_code=SECOND)[0]]))
    found = [finding for finding in county.run().findings if finding.rule == "DUP001"]
    assert {finding.place.file for finding in found} == {"a.xlsx", "b.xlsx"}


def test_missing_schools_and_counts_that_differ(county: County) -> None:
    county.list_schools(extra=",12,1")
    county.put("a.xlsx", book(FIRST))
    county.put("b.xlsx", book(SECOND, 0, 12))
    told = county.told()
    assert ("PKG004", f"{THIRD}解放路小学") in told
    assert ("PKG009", f"{FIRST}双塔西街小学") in told
    assert ("PKG009", f"{SECOND}青年路小学") not in told
    assert [school.code for school in county.run().missing] == [THIRD]


def test_class_sizes_are_compared_with_the_list(county: County) -> None:
    path = county.folder.parent / "schools.csv"
    code = pupils(FIRST)[0]["class_code"]
    rows = f"{FIRST},双塔西街小学,140106,{code},12\n{FIRST},双塔西街小学,140106,2024101,3\n"
    path.write_text(f"学校标识码,学校名称,行政区划代码,班号,学生数\n{rows}", encoding="utf-8")
    county.put("a.xlsx", book(FIRST))
    found = county.run(schools=path, county="").findings
    sizes = {(e.params["class_code"], e.params["expected"], e.params["found"]) for e in found if e.rule == "PKG011"}
    assert sizes == {(code, "12", "10"), ("2024101", "3", "0")}
    assert [(e.params["expected"], e.params["found"]) for e in found if e.rule == "PKG009"] == [("15", "10")]
    assert [(e.params["expected"], e.params["found"]) for e in found if e.rule == "PKG010"] == [("2", "1")]


def test_names_and_counties_are_compared_with_the_list(county: County) -> None:
    path = county.folder.parent / "schools.csv"
    path.write_text(f"学校标识码,学校名称,县区\n{FIRST},双塔西街小学,杏花岭区\n", encoding="utf-8")
    county.put(f"{FIRST}山水小学/a.xlsx", book(FIRST))
    told = county.told(schools=path)
    assert ("PKG003", f"{FIRST}山水小学/a.xlsx") in told
    assert ("PKG016", f"{FIRST}双塔西街小学") in told


def test_a_map_settles_what_is_unclear(county: County) -> None:
    county.list_schools()
    county.put("一年级.xlsx", book(FIRST, school_code=""))
    county.put("旧/a.xlsx", book(SECOND))
    county.put("旧/坏.xlsx", b"PK\x03\x04 cut off")
    table = county.folder.parent / "map.csv"
    table.write_text(f"文件,学校标识码\n一年级.xlsx,{FIRST}\n旧,ignore\n", encoding="gbk")
    assert fates(county, decisions=table) == {
        "一年级.xlsx": ("included", FIRST),
        "旧/a.xlsx": ("passed-over", ""),
        "旧/坏.xlsx": ("passed-over", ""),
    }


@pytest.mark.parametrize("content", ["文件,学校标识码\na.xlsx,双塔西街\n", "名称,学校代号\na,b\n"])
def test_a_map_that_says_nothing_clear_is_refused(county: County, content: str) -> None:
    county.put("a.xlsx", book(FIRST))
    table = county.folder.parent / "map.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        county.run(decisions=table)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_saved_plan_is_a_map_that_leads_to_the_same_plan(county: County, tmp_path: Path, suffix: str) -> None:
    county.list_schools()
    county.put("甲/a.xlsx", book(FIRST))
    county.put("甲/证明.pdf", b"%PDF-1.4")
    county.put("通知.pdf", b"%PDF-1.4 ")
    county.put("双塔西街小学/重复.xlsx", book(FIRST))
    first = county.run()
    table = tmp_path / f"plan{suffix}"
    table.write_bytes(table_bytes(plan_rows(first.plan, first.findings), suffix))
    second = county.run(decisions=table)
    assert [(e.name, e.fate, e.school, e.target) for e in second.plan.entries] == [
        (e.name, e.fate, e.school, e.target) for e in first.plan.entries
    ]


def test_the_plan_as_tree_and_table_names_everything(county: County) -> None:
    county.list_schools()
    county.put("甲/a.xlsx", book(FIRST))
    county.put("甲/照片/1.jpg", JPEG)
    county.put("不清楚.xlsx", book(SECOND, school_code=""))
    result = county.run()
    lines = "\n".join(tree_lines(result))
    for word in (
        "140106迎泽区",
        f"{FIRST}双塔西街小学",
        "甲/a.xlsx",
        "待定（1）",
        "不清楚.xlsx",
        "未报（2所学校）",
        THIRD,
    ):
        assert word in lines
    assert len(table_rows(result.plan)) == 3
    assert all(len(row) == len(HEADER) for row in plan_rows(result.plan, result.findings))


def test_names_come_from_folders_where_there_is_no_list(county: County) -> None:
    county.put(f"{FIRST}{NAMES[FIRST]}/a.xlsx", book(FIRST))
    county.put("b.xlsx", book(SECOND, titles=["太原市迎泽区青年路小学2025年新生信息表"]))
    plan = county.run().plan
    assert plan.names[FIRST].short.endswith("双塔西街小学")
    assert "青年路小学" in plan.names[SECOND].name


def test_a_folder_without_pupils_is_a_mistake(county: County) -> None:
    county.put("通知.pdf", b"%PDF-1.4")
    with pytest.raises(UsageError):
        county.run()


def test_a_county_must_be_known(county: County) -> None:
    county.put("a.xlsx", book(FIRST))
    for code in ("", "140100", "999999", "迎泽区"):
        with pytest.raises(UsageError):
            county.run(county=code)
    county.put("140106迎泽区/b.xlsx", book(SECOND))
    assert county.run(county="").title == "140106迎泽区"
