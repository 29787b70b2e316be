"""A class split into forms to take home, filled and collected again: cell by cell, with the guardians' answers."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from samples.people import People
from stuvalid.consent import MATTERS, read_notice, said
from stuvalid.errors import UsageError
from stuvalid.forms import template
from stuvalid.forms.filled import filled_form
from tests.program import stuvalid

FORM = template("student-2022")


def _class(path: Path) -> list[dict[str, str]]:
    records = list(People(4).rows(FORM, 5))
    records[3] |= {"name": records[1]["name"], "home_address": "  两个空格  ", "member1.employer": "=无"}
    path.write_bytes(filled_form(FORM, records))
    return records


def _cells(path: Path) -> list[list[object]]:
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def _answer(path: Path, answer: str, *, rename: str = "") -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["学生信息"]
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if str(cell.value or "").startswith("监护人是否同意")]
    sheet.cell(cell.row, 2).value = answer
    book.save(path.with_name(rename) if rename else path)
    if rename:
        path.unlink()


def test_what_is_split_and_collected_again_is_the_same(tmp_path: Path) -> None:
    _class(tmp_path / "class.xlsx")
    assert stuvalid("collect", "--split", tmp_path / "class.xlsx", "-o", tmp_path / "home").returncode == 0
    files = sorted((tmp_path / "home").iterdir())
    for number, path in enumerate(files):
        _answer(path, "同意" if number else "不同意", rename=f"mmexport{9 - number}.xlsx")
    done = stuvalid(
        "collect",
        tmp_path / "home",
        "--roster",
        tmp_path / "class.xlsx",
        "--template",
        FORM.id,
        "-o",
        tmp_path / "back.xlsx",
    )
    assert done.returncode == 1  # one guardian refused
    assert "监护人同意 4，不同意 1，没有表示 0" in done.stderr.decode()
    assert _cells(tmp_path / "back.xlsx") == _cells(tmp_path / "class.xlsx")


def test_a_childs_form_is_protected_and_holds_nobody_else(tmp_path: Path) -> None:
    records = _class(tmp_path / "class.xlsx")
    stuvalid("collect", "--split", tmp_path / "class.xlsx", "-o", tmp_path / "home")
    for path, record in zip(sorted((tmp_path / "home").iterdir()), records, strict=True):
        book = openpyxl.load_workbook(path)
        texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
        others = {one["id_number"] for one in records} - {record["id_number"]}
        assert record["id_number"] in texts
        assert not any(number in text for number in others for text in texts)
        sheet = book["学生信息"]
        assert sheet.protection.sheet
        unlocked = [cell for row in sheet.iter_rows() for cell in row if not cell.protection.locked]
        assert len(unlocked) == len(FORM.fields) + 3
        assert {cell.number_format for cell in unlocked} == {"@"}
        assert all(any(heading in text for text in texts) for _, heading, _ in read_notice().items)


def test_a_bare_list_gives_blank_forms_that_find_their_children(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["姓名"], ["王小明"], ["李静"]]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "list.xlsx")
    order = ("collect", "--split", tmp_path / "list.xlsx", "-o", tmp_path / "home")
    assert stuvalid(*order).returncode == 2
    assert stuvalid(*order, "--template", FORM.id).returncode == 0
    first = min((tmp_path / "home").iterdir())
    filled = openpyxl.load_workbook(first)
    filled["学生信息"]["B4"].value = "王晓明"  # the list was wrong
    filled.save(tmp_path / "home" / "x.xlsx")
    first.unlink()
    done = stuvalid(
        "collect",
        tmp_path / "home",
        "--roster",
        tmp_path / "list.xlsx",
        "--template",
        FORM.id,
        "-o",
        tmp_path / "back.xlsx",
    )
    assert [row[0] for row in _cells(tmp_path / "back.xlsx")] == ["姓名", "王晓明", "李静"]
    assert "COL012" in done.stdout.decode()
    assert "COL016" in done.stdout.decode()


def test_a_schools_own_notice_stands_on_the_form_and_must_tell_everything(tmp_path: Path) -> None:
    import stuvalid.consent.notice as room

    _class(tmp_path / "class.xlsx")
    text = (Path(room.__file__).parent / "notice.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('school = "本校"', 'school = "双塔西街小学"'), encoding="utf-8")
    (tmp_path / "stuvalid.toml").write_text('notice = "own.toml"\n', encoding="utf-8")
    stuvalid("collect", "--split", tmp_path / "class.xlsx", "-o", tmp_path / "home", cwd=tmp_path)
    sheet = openpyxl.load_workbook(min((tmp_path / "home").iterdir()))["学生信息"]
    assert any("双塔西街小学采集" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    for matter in MATTERS:
        own.write_text(text.replace(f'key = "{matter}"', 'key = "other"'), encoding="utf-8")
        with pytest.raises(UsageError, match=matter):
            read_notice(own)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("同意", "given"),
        ("我同意。", "given"),
        ("不 同意", "refused"),
        ("√", "given"),
        ("", ""),
        ("再想想", "unclear"),
        ("否", "refused"),
    ],
)
def test_what_a_guardian_says(text: str, answer: str) -> None:
    assert said(text) == answer
