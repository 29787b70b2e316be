"""The papers of a class through the program: every child accounted for, every value in its column with its cell, nothing dropped."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import openpyxl
import pytest

from samples.parents import _saved, _table, _xlsx
from samples.parents_class import AWKWARD, questionnaire, write_class
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template
from stuvalid.gathering import legacy
from stuvalid.gathering.collect import Collected, collect
from stuvalid.gathering.moment import said_time, saved_at
from tests.program import stuvalid

FORM = template("student-2022")


def _collected(folder: Path, roster: Path) -> Collected:
    return collect([folder], roster, CheckOptions(template=FORM.id, workers=1))[0]


def _list(path: Path, *people: tuple[str, str, str]) -> Path:
    path.write_bytes(_xlsx([["姓名", "出生日期", "班级"], *people]))
    return path


def _paper(**values: str) -> bytes:
    record = {"sex": "女", "ethnicity": "汉族", "member1.name": "王建国", "member1.relation": "父亲"} | values
    return _xlsx(_table(FORM, record))


def test_every_awkward_paper_is_accounted_for(tmp_path: Path) -> None:
    truth = write_class(tmp_path / "papers", FORM, 11, 40, AWKWARD)
    found = _collected(tmp_path / "papers", tmp_path / "list.xlsx")
    got = {row.position: {key: value.text for key, (_, value) in row.values.items()} for row in found.rows}
    assert got == truth.values
    assert set(found.missing) == truth.absent.keys()
    told = {(one.slug, Path(file).name) for one in found.troubles for file in one.files}
    slugs = {one.slug for one in found.troubles}
    unread = {Path(name).name for name, _, _ in found.unread}
    for rule, leaf in truth.told:
        assert leaf in unread if rule == "unread" else (rule, leaf) in told or (not leaf and rule in slugs), (
            rule,
            leaf,
        )


def test_the_workbook_names_the_cell_of_every_value_and_the_json_masks(tmp_path: Path) -> None:
    truth = write_class(tmp_path / "papers", FORM, 3, 6, [], layouts=["one_pair", "official", "table_far_from_corner"])
    out, sources = tmp_path / "out.xlsx", tmp_path / "out.json"
    done = stuvalid(
        "collect",
        tmp_path / "papers",
        "--roster",
        tmp_path / "list.xlsx",
        "--template",
        FORM.id,
        "-o",
        out,
        "--json",
        sources,
    )
    assert done.returncode == 0, done.stdout.decode()
    book = openpyxl.load_workbook(out)
    form, rows = book.worksheets[0], list(book["来源"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == sum(map(len, truth.values.values()))
    for _, _, target, file, sheet, cell in rows:
        paper = openpyxl.load_workbook(tmp_path / "papers" / Path(str(file)).name)
        assert paper[str(sheet)][str(cell)].value == form[str(target)].value
    assert [form.cell(row, 1).value for row in range(2, 8)] == [record["name"] for record in truth.records]
    text = sources.read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["summary"]["values"] == len(rows)
    assert not any(record["name"] in text or record["id_number"] in text for record in truth.records)
    assert not any(record["name"] in done.stdout.decode() for record in truth.records)


def test_a_questionnaires_export_is_a_row_a_child(tmp_path: Path) -> None:
    truth = write_class(tmp_path / "papers", FORM, 5, 8, [])
    (tmp_path / "export.xlsx").write_bytes(questionnaire(FORM, truth.records[::-1]))
    found = _collected(tmp_path / "export.xlsx", tmp_path / "list.xlsx")
    assert [row.position for row in found.rows] == list(range(8))
    assert found.records == list(truth.values.values())
    assert [one.slug for one in found.troubles] == ["several_children_in_a_file"]


def test_who_answers_a_questionnaire_twice_is_taken_by_the_later_time(tmp_path: Path) -> None:
    head = ["提交时间", "1、姓名", "2.身份证号（必填）", "3、性别", "4、民族", "5、出生日期", "总分"]
    rows = [
        ["2026/9/2 10:00:00", "王小明", "", "男", "汉族", "20160304", ""],
        ["2026/9/1 9:00:00", "王小明", "", "男", "汉", "20160304", ""],
    ]
    (tmp_path / "export.xlsx").write_bytes(_xlsx([head, *rows]))
    found = _collected(tmp_path / "export.xlsx", _list(tmp_path / "list.xlsx", ("王小明", "", "")))
    assert [(row.state, row.values["ethnicity"][1].text) for row in found.rows] == [("newer", "汉族")]


@pytest.mark.parametrize(("days", "state"), [((1, 2), "newer"), ((2, 2), "undecided")])
def test_of_two_papers_the_documents_own_date_decides(tmp_path: Path, days: tuple[int, int], state: str) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number, day in enumerate(days):
        data = _paper(name="王小明", ethnicity=("满族", "汉族")[number])
        (folder / f"{number}.xlsx").write_bytes(_saved(data, dt.datetime(2026, 9, day)))  # noqa: DTZ001
    (row,) = _collected(folder, _list(tmp_path / "list.xlsx", ("王小明", "", ""))).rows
    assert row.state == state
    assert [value.text for key, (_, value) in row.values.items() if key == "ethnicity"] == ["汉族"][: state == "newer"]
    assert row.differing == ["ethnicity"]


def test_namesakes_are_told_apart_by_the_birth_date_and_else_by_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    roster = _list(tmp_path / "list.xlsx", ("王伟", "20160101", ""), ("王伟", "20160202", ""), ("李静", "", ""))
    (folder / "b.xlsx").write_bytes(_paper(name="王伟", birth_date="20160202"))
    (folder / "c.xlsx").write_bytes(_paper(name="王伟"))
    found = _collected(folder, roster)
    assert [row.position for row in found.rows] == [1]
    assert [one.slug for one in found.troubles] == ["cannot_tell_which_child", "paper_missing", "paper_missing"]


def test_a_namesake_who_says_another_class_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "王伟.xlsx").write_bytes(_paper(name="王伟", grade="三年级", class_name="3班"))
    found = _collected(folder, _list(tmp_path / "list.xlsx", ("王伟", "", "三年级2班")))
    assert not found.rows
    assert found.troubles[0].slug == "paper_of_another_class"


def test_exit_codes_and_what_has_to_be_said(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    roster = _list(tmp_path / "list.xlsx", ("王小明", "", ""), ("李静", "", ""))
    (folder / "王小明.xlsx").write_bytes(_paper(name="王小明"))
    order = ("collect", folder, "--roster", roster)
    assert stuvalid(*order, "--template", FORM.id).returncode == 1  # one is missing
    assert "没有说汇总成哪种表" in stuvalid(*order).stderr.decode()
    (folder / "李静.pdf").write_bytes(b"%PDF-1.4" + bytes(100))
    assert stuvalid(*order, "--template", FORM.id).returncode == 2
    assert stuvalid("collect", folder).returncode == 2
    assert stuvalid(*order, "--split", roster).returncode == 2


def test_texts_without_a_place_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    rows = [
        ["姓名", "王小明"],
        ["性别", "女"],
        ["身高", "132厘米"],
        ["民族", "汉族"],
        ["出生日期", "20160101"],
        ["备注", "孩子对花生过敏"],
    ]
    (folder / "a.xlsx").write_bytes(_xlsx(rows))
    found = _collected(folder, _list(tmp_path / "list.xlsx", ("王小明", "", "")))
    assert {"132厘米", "孩子对花生过敏"} <= {value.text for _, _, value in found.others}


@pytest.mark.skipif(not legacy.converter(), reason="LibreOffice is not installed")
def test_an_older_word_file_is_converted(tmp_path: Path) -> None:
    import subprocess

    import docx

    document = docx.Document()
    document.add_paragraph("采集表")
    table = document.add_table(5, 2, style="Table Grid")
    for row, texts in zip(
        table.rows,
        [("姓名", "王小明"), ("性别", "女"), ("民族", "汉族"), ("出生日期", "20160101"), ("年级", "三年级")],
        strict=True,
    ):
        row.cells[0].text, row.cells[1].text = texts
    document.add_paragraph("完")
    document.save(str(tmp_path / "a.docx"))
    folder = tmp_path / "papers"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [
            legacy.converter(),
            "--headless",
            profile,
            "--convert-to",
            "doc",
            "--outdir",
            str(folder),
            str(tmp_path / "a.docx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (row,) = _collected(folder, _list(tmp_path / "list.xlsx", ("王小明", "", ""))).rows
    assert row.values["ethnicity"][1].text == "汉族"


def test_an_older_word_file_without_a_converter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "converter", lambda: "")
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "王小明.doc").write_bytes(b"{\\rtf1 hello}")
    found = _collected(folder, _list(tmp_path / "list.xlsx", ("王小明", "", "")))
    assert "LibreOffice" in found.unread[0][1]


def test_a_class_of_which_nobody_sent_anything(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    roster = _list(tmp_path / "list.xlsx", ("王小明", "", ""))
    done = stuvalid("collect", folder, "--roster", roster, "--template", FORM.id, "-o", tmp_path / "out.xlsx")
    assert done.returncode == 1
    assert "没有交" in [
        row[0] for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["待处理"].iter_rows(values_only=True)
    ]


def test_times() -> None:
    assert said_time("2026年9月1日 8:05") == dt.datetime(2026, 9, 1, 8, 5)  # noqa: DTZ001
    assert said_time("2026-13-01") is said_time("昨天") is None
    book = openpyxl.Workbook()
    stream = io.BytesIO()
    book.save(stream)
    assert saved_at(_saved(stream.getvalue(), dt.datetime(2020, 1, 2))) == dt.datetime(2020, 1, 2)  # noqa: DTZ001
    assert saved_at(b"PK broken") is saved_at(b"text") is None
