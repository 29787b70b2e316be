"""The tree that is written: where everything stands, and that it holds what was received."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from stuvalid.bundle.entries import PlanEntry
from stuvalid.bundle.tree import Tree
from stuvalid.errors import UsageError
from stuvalid.excel import read_workbook
from stuvalid.findings import Severity
from tests.books import workbook
from tests.bundle.county import FIRST, SECOND, THIRD, County, book, pupils, zipped
from tests.photos.portrait import Portrait, draw, jpeg


def built(county: County, tmp_path: Path, **options: Any) -> Path:
    result = county.run(out=tmp_path / "out", archive="none", allow_errors=True, **options)
    (package,) = result.written
    return package


def files(package: Path) -> dict[str, bytes]:
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*") if path.is_file()}


def found(package: Path, name: str) -> Path:
    (path,) = package.rglob(name)
    return path


def rows(path: Path, sheet: int = 0) -> list[list[str]]:
    page = read_workbook(path).sheets[sheet]
    return page.head(page.height)


def test_names_of_the_tree(county: County, tmp_path: Path) -> None:
    county.list_schools()
    number = pupils(FIRST)[0]["id_number"]
    county.put("双塔/全校.xlsx", book(FIRST, 0, 60))
    county.put(f"双塔/照片/{number}.jpg", jpeg(draw(Portrait())))
    county.put(f"双塔/照片/{FIRST}_2025101_王小明.jpg", jpeg(draw(Portrait(variant=1))))
    county.put("双塔/证明.pdf", b"%PDF-1.4")
    county.put("青年路.zip", zipped({"1班.xlsx": book(SECOND, 0, 45), "2班.xlsx": book(SECOND, 45, 60)}))
    package = built(county, tmp_path, photos=True)
    assert package.name == "140106迎泽区"
    first, second = f"{FIRST}双塔西街小学", f"{SECOND}青年路小学"
    names = {name for name in files(package) if name.startswith(("2", "1"))}
    class_code = pupils(FIRST)[0]["class_code"]
    for name in (
        f"{first}/{first}.xlsx",
        f"{first}/照片/{class_code[:4]}级小学/{class_code}/{number}.jpg",
        f"{first}/照片/待确认/双塔_照片_{FIRST}_2025101_王小明.jpg",
        f"{first}/附件/证明.pdf",
        f"{first}/检查报告.xlsx",
        f"{second}/{second}_2025101.xlsx",
        f"{second}/{second}_2024101.xlsx",
        f"{second}/检查报告.xlsx",
        "140106迎泽区汇总表.xlsx",
        "140106迎泽区统计表.xlsx",
        "140106迎泽区未报学校.xlsx",
    ):
        assert any(entry.endswith(name) for entry in names), (name, sorted(names))


def test_files_are_the_very_bytes_received(county: County, tmp_path: Path) -> None:
    data = book(FIRST)
    path = county.put("a.xlsx", data)
    package = built(county, tmp_path)
    assert found(package, f"{FIRST}*.xlsx").read_bytes() == data
    assert path.read_bytes() == data


def test_a_file_that_changes_meanwhile_stops_the_bundle(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"later")
    entry = PlanEntry("a.xlsx", 5, "workbook", path, digest=hashlib.sha256(b"sooner").hexdigest())
    with pytest.raises(UsageError):
        Tree(tmp_path / "tree").copy(entry, "b.xlsx")


def test_the_summary_holds_every_record_of_every_school(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST, 0, 50, titles=["标题"]))
    county.put("b.xlsx", workbook(pupils(SECOND, 0, 7), form="student-2020"))
    county.put("c.xlsx", book(THIRD, 0, 3, home_address=" <山西> & 太原\t区 ", name="=1+1"))
    package = built(county, tmp_path)
    path = found(package, "*汇总表.xlsx")
    first, second = rows(path), rows(path, 1)
    assert [row[0] for row in first[1:]] == [FIRST] * 50 + [THIRD] * 3
    wanted = pupils(FIRST, 0, 50)
    header = first[0]
    assert [row[header.index("身份证件号")] for row in first[1:51]] == [entry["id_number"] for entry in wanted]
    assert first[-1][header.index("现住址")] == " <山西> & 太原\t区 "
    assert [row[0] for row in second[1:]] == [SECOND] * 7
    page = openpyxl.load_workbook(path).worksheets[0]
    cell = page.cell(52, header.index("姓名") + 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_statistics_count_pupils_by_school(county: County, tmp_path: Path) -> None:
    county.list_schools(extra=",9,1")
    records = [dict(entry) for entry in pupils(FIRST)]
    records[0] |= {"left_behind": "单亲留守儿童"}
    records[1] |= {"migrant_child": "是"}
    records[2] |= {"disability": "视力残疾", "inclusion": "视力残疾随班就读"}
    records[3] |= {"id_type": "其他", "id_number": ""}
    county.put("a.xlsx", workbook(records))
    county.put("a2.xlsx", workbook(records))
    package = built(county, tmp_path)
    table = rows(found(package, "*统计表.xlsx"))
    header = next(number for number, row in enumerate(table) if row[0] == "学校标识码")
    line = dict(zip(table[header], table[header + 1], strict=True))
    boys = sum(entry["sex"] == "男" for entry in records)
    expected = {
        "学校标识码": FIRST,
        "学校名称": "双塔西街小学",
        "状态": "已报",
        "学生数": "10",
        "应有学生数": "9",
        "班级数": "1",
        "男": str(boys),
        "女": str(10 - boys),
        "无身份证号": "1",
        "留守儿童": "1",
        "随迁子女": "1",
        "残疾学生": "1",
        "未收入的文件": "1",
    }
    assert {key: line[key] for key in expected} == expected
    assert [row[2] for row in table[header + 1 : header + 4]] == ["已报", "未报", "未报"]
    assert table[-1][0] == "合计"
    missing = rows(found(package, "*未报学校.xlsx"))
    assert [row[0] for row in missing if row[0].isdigit()] == [SECOND, THIRD]


def test_a_schools_report_is_masked_and_silent_about_other_schools(county: County, tmp_path: Path) -> None:
    county.list_schools()
    twin = pupils(SECOND, 0, 1)[0]
    county.put("秘密的文件名.xlsx", workbook([*pupils(FIRST), {**twin, "school_code": FIRST}]))
    county.put("b.xlsx", book(SECOND))
    package = built(county, tmp_path)
    text = "\n".join(
        "\t".join(row)
        for sheet in read_workbook(found(package, f"{SECOND}*/检查报告.xlsx")).sheets
        for row in sheet.head(sheet.height)
    )
    assert "DUP001" in text
    assert twin["id_number"] not in text
    assert "秘密的文件名" not in text
    assert "另一所学校的文件" in text


def test_errors_stop_the_bundle_unless_allowed(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST, sex="女"))
    result = county.run(out=tmp_path / "out", archive="none")
    assert result.stopped
    assert not result.written
    assert result.findings.count(Severity.ERROR)
    assert not list((tmp_path / "out").iterdir())
    assert county.run(out=tmp_path / "out", archive="none", allow_errors=True).written


def test_an_existing_package_is_replaced_only_with_force(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST))
    package = built(county, tmp_path)
    (package / "mark").write_bytes(b"")
    with pytest.raises(UsageError):
        built(county, tmp_path)
    assert (package / "mark").exists()
    assert built(county, tmp_path, force=True) == package
    assert not (package / "mark").exists()


def test_out_may_name_the_zip_itself(county: County, tmp_path: Path) -> None:
    county.put("a.xlsx", book(FIRST))
    target = tmp_path / "六月上报.zip"
    assert county.run(out=target, allow_errors=True).written == [target]
    assert target.is_file()
    with pytest.raises(UsageError):
        county.run(out=tmp_path / "七月上报.zip", archive="none", allow_errors=True)


def test_a_package_of_one_school(county: County, tmp_path: Path) -> None:
    county.list_schools()
    county.put("a.xlsx", book(FIRST))
    package = built(county, tmp_path, level="school")
    assert package.name == f"{FIRST}双塔西街小学"
    assert found(package, f"{FIRST}双塔西街小学_2025101.xlsx")
    assert not list(package.rglob("*汇总表*"))
    county.put("b.xlsx", book(SECOND))
    with pytest.raises(UsageError):
        built(county, tmp_path, level="school", force=True)


def test_names_that_windows_cannot_hold_are_changed_and_told(county: County, tmp_path: Path) -> None:
    path = county.folder.parent / "schools.csv"
    path.write_text(f"学校标识码,学校名称\n{FIRST},实验:小学?\n", encoding="utf-8")
    county.put("a.xlsx", book(FIRST))
    county.put(f"{FIRST}/" + "长" * 80 + ".pdf", b"%PDF-1.4")
    result = county.run(schools=path, out=tmp_path / "out", archive="none", allow_errors=True)
    assert found(result.written[0], f"{FIRST}实验：小学？")
    assert any(entry.rule == "PKG013" and "实验:小学?" in entry.params["found"] for entry in result.findings.extra)


def test_the_same_input_gives_the_same_files(county: County, tmp_path: Path) -> None:
    county.list_schools()
    county.put("甲.zip", zipped({"a.xlsx": book(FIRST, 0, 50)}))
    county.put("b.xlsx", book(SECOND))
    first = files(built(county, tmp_path / "1"))
    second = files(built(county, tmp_path / "2"))
    same = {name for name in first if first[name] == second.get(name)}
    assert {name for name in first if name.endswith((".xlsx", ".jpg"))} <= same
