"""`check --annotate`: every faulty cell coloured, explained and listed; a second time renews and never piles up."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.excel.encrypted import plain_file
from stuvalid.excel.patch import remove_marks
from stuvalid.excel.patch.edits import FILLS
from stuvalid.mending.annotate import MOST_COMMENTS, annotate, by_file
from stuvalid.mending.copies import CopyRequest
from stuvalid.received.walk import Source
from stuvalid.report.wording import Wording
from stuvalid.rules.examples import TODAY
from tests.books import column_letter, workbook
from tests.program import stuvalid as run
from tests.report.cases import many

BAD = [{"ethnicity": "汉"}, {"sex": "女"}, {"postcode": "123456"}, {"name": "=HYPERLINK(1)"}]
CHECK = CheckOptions(isolated=False, today=TODAY)
SOFFICE = shutil.which("soffice")


def annotated(data: bytes) -> bytes:
    source = Source("学校.xlsx", data=data)
    found = by_file(check_sources([source], CHECK))["学校.xlsx"]
    return annotate(CopyRequest(source), found, Wording()).data


def looks(data: bytes) -> dict[str, tuple[object, str, str | None]]:
    """Of each cell of the pupils' sheet: value, fill colour, comment."""
    sheet = openpyxl.load_workbook(io.BytesIO(data))["学生基础信息"]
    return {
        cell.coordinate: (
            cell.value,
            cell.fill.fgColor.rgb if cell.fill.patternType else "",
            cell.comment.text if cell.comment else None,
        )
        for row in sheet.iter_rows()
        for cell in row
    }


def theirs() -> bytes:
    """A school's workbook with colours and comments of its own on cells that are wrong, and on others."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(BAD)))
    sheet = book["学生基础信息"]
    wrong, other = sheet[f"{column_letter('ethnicity')}2"], sheet["B2"]
    for cell in (wrong, other):
        cell.fill = PatternFill("solid", fgColor="FF00FF00")
        cell.comment = Comment("家长说是汉族", "王老师")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_faulty_cells_are_coloured_explained_and_listed() -> None:
    data = annotated(workbook(BAD))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["问题清单", "学生基础信息"]
    cells = looks(data)
    ethnicity, postcode = f"{column_letter('ethnicity')}2", f"{column_letter('postcode')}4"
    assert cells[ethnicity][1] == FILLS["error"]
    assert cells[postcode][1] == FILLS["warning"]
    assert "汉族" in str(cells[ethnicity][2])
    assert "怎么改" in str(cells[ethnicity][2])
    assert sum(bool(fill in FILLS.values()) for _, fill, _ in cells.values()) == len(BAD)
    page = book["问题清单"]
    listed = [row for row in page.iter_rows(min_row=5) if row[0].value in ("错误", "警告", "提示")]
    assert {row[2].value for row in listed} == {
        place for place, (_, fill, _) in cells.items() if fill in FILLS.values()
    }
    assert all(row[2].hyperlink.location == f"'学生基础信息'!{row[2].value}" for row in listed)
    assert [row[0].value for row in listed] == sorted(
        (row[0].value for row in listed), key=["错误", "警告", "提示"].index
    )
    assert page.auto_filter.ref
    assert page.freeze_panes
    assert page.page_setup.orientation == "landscape"
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} <= {
        "s",
        "n",
        "inlineStr",
    }


def test_the_list_names_the_pupil_the_way_to_mend_and_the_cell_compared() -> None:
    data = annotated(workbook([{"ethnicity": "汉", "name": "王一一"}, {"sex": "女", "name": "李二二"}]))
    rows = list(openpyxl.load_workbook(io.BytesIO(data))["问题清单"].iter_rows(values_only=True))
    titles = next(row for row in rows if row[0] == "级别")
    listed = {row[titles.index("规则")]: dict(zip(titles, row, strict=True)) for row in rows}
    assert (listed["COD002"]["学生"], listed["COD002"]["改法"]) == ("王一一", "自动")
    assert (listed["IDN020"]["学生"], listed["IDN020"]["改法"]) == ("李二二", "核实")
    other = f"{column_letter('id_number')}3"
    assert f"（对照 {other} 身份证件号" in str(listed["IDN020"]["问题"])
    cells = looks(data)
    assert other in str(cells[f"{column_letter('sex')}3"][2])
    assert "stuvalid fix 可自动改" in str(cells[f"{column_letter('ethnicity')}2"][2])


def test_what_is_left_out_for_its_number_is_said() -> None:
    found = by_file(many(MOST_COMMENTS + 50))["large.xlsx"]
    data = annotate(CopyRequest(Source("large.xlsx", data=workbook([{}]))), found, Wording()).data
    lines = [
        row[0] for row in openpyxl.load_workbook(io.BytesIO(data))["问题清单"].iter_rows(max_row=6, values_only=True)
    ]
    assert any(f"前 {MOST_COMMENTS} 格写了批注" in str(line) for line in lines)


def test_the_copy_of_a_protected_file_is_protected(tmp_path: Path) -> None:
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook(BAD))).encrypt("geheim123", stream)
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    out = tmp_path / "out.xlsx"
    done = run("check", str(tmp_path / "a.xlsx"), "--password", "geheim123", "--annotate", str(out))
    assert "密码与原文件相同" in done.stderr.decode()
    assert out.read_bytes()[:2] != b"PK"
    plain = plain_file(out.read_bytes(), "geheim123")
    assert plain is not None
    assert openpyxl.load_workbook(io.BytesIO(plain[0])).sheetnames == ["问题清单", "学生基础信息"]


def test_marks_are_taken_back_and_what_was_theirs_is_there_again() -> None:
    data = theirs()
    marked = annotated(data)
    assert looks(marked)[f"{column_letter('ethnicity')}2"][1] == FILLS["error"]
    assert "王老师" not in str(looks(marked)["B2"][1])
    cleaned = remove_marks(marked)
    assert looks(cleaned) == looks(data)
    assert openpyxl.load_workbook(io.BytesIO(cleaned)).sheetnames == ["学生基础信息"]
    assert remove_marks(cleaned) == cleaned
    assert remove_marks(data) == data


def test_annotating_again_renews_and_does_not_pile_up() -> None:
    once = annotated(theirs())
    twice = annotated(once)
    assert looks(once) == looks(twice)
    assert openpyxl.load_workbook(io.BytesIO(twice)).sheetnames == ["问题清单", "学生基础信息"]
    with zipfile.ZipFile(io.BytesIO(once)) as first, zipfile.ZipFile(io.BytesIO(twice)) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def test_a_file_that_became_clean_carries_no_marks() -> None:
    marked = annotated(workbook([{"ethnicity": "汉"}, {}]))
    book = openpyxl.load_workbook(io.BytesIO(marked))
    book["学生基础信息"][f"{column_letter('ethnicity')}2"].value = "汉族"
    stream = io.BytesIO()
    book.save(stream)
    again = annotated(stream.getvalue())
    assert not [fill for _, fill, _ in looks(again).values() if fill in FILLS.values()]
    assert not [comment for _, _, comment in looks(again).values() if comment]
    page = openpyxl.load_workbook(io.BytesIO(again))["问题清单"]
    assert "没有发现问题" in str(page["A2"].value)


def test_check_of_an_annotated_file_finds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "学校.xlsx"
    path.write_bytes(workbook(BAD))
    before = path.read_bytes()
    done = run("check", str(path), "--annotate", str(tmp_path / "标注.xlsx"), "-f", "json")
    assert path.read_bytes() == before
    again = run("check", str(tmp_path / "标注.xlsx"), "-f", "json")

    def places(output: bytes) -> list[tuple[str, str]]:
        return [(entry["rule"], entry.get("cell", "")) for entry in json.loads(output)["findings"]]

    assert places(done.stdout) == places(again.stdout)
    assert run("check", str(path), "--annotate", str(tmp_path / "标注.xlsx")).returncode == 2
    assert run("check", "-", "--annotate", str(tmp_path / "x.xlsx")).returncode == 2


def test_a_folder_becomes_a_folder(tmp_path: Path) -> None:
    source = tmp_path / "县" / "学校"
    source.mkdir(parents=True)
    (source / "1班.xlsx").write_bytes(workbook(BAD))
    (source / "说明.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    run("check", str(tmp_path / "县"), "--annotate", str(tmp_path / "标注"))
    names = [
        path.relative_to(tmp_path / "标注").as_posix() for path in (tmp_path / "标注").rglob("*") if path.is_file()
    ]
    assert names == ["学校/1班.xlsx"]


def test_very_many_faults_are_all_coloured_and_the_first_explained() -> None:
    count = MOST_COMMENTS + 50
    findings = many(count)
    found = by_file(findings)["large.xlsx"]
    source = Source("large.xlsx", data=workbook([{}]))
    data = annotate(CopyRequest(source), found, Wording("en")).data
    sheet = openpyxl.load_workbook(io.BytesIO(data))["学生基础信息"]
    column = [sheet.cell(row + 2, 24) for row in range(count)]
    assert all(cell.fill.fgColor.rgb == FILLS["error"] for cell in column)
    assert sum(cell.comment is not None for cell in column) == MOST_COMMENTS


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_marks_are_known_after_libreoffice_saved_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(annotated(workbook(BAD)))
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(tmp_path / "saved"),
            str(tmp_path / "a.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=900,
    )
    saved = (tmp_path / "saved" / "a.xlsx").read_bytes()
    cleaned = remove_marks(saved)
    assert openpyxl.load_workbook(io.BytesIO(cleaned)).sheetnames == ["学生基础信息"]
    assert not [fill for _, fill, _ in looks(cleaned).values() if fill in FILLS.values()]
    with zipfile.ZipFile(io.BytesIO(cleaned)) as package:
        styles = package.read("xl/styles.xml").decode()
    marked = re.compile(f'fgColor rgb="(?:{"|".join(FILLS.values())})"', re.IGNORECASE)
    assert not marked.search(styles.partition("<fills")[2].partition("</fills>")[0])
