"""`stuvalid duplicates` through the command line, on small counties."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from stuvalid.codes.identity import check_character
from tests.duplicates.county import BARE, SAME_CHILD, Pupil, book, county, write
from tests.program import stuvalid

SECRET = "one-secret-for-the-whole-province"


def run(*arguments: object, secret: str = "") -> subprocess.CompletedProcess[str]:
    done = stuvalid("duplicates", *arguments, env={"STUVALID_SECRET": secret})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def found(*arguments: object, secret: str = "") -> set[tuple[str, str, str]]:
    """(rule, file stem, cell or row) of each finding."""
    done = run(*arguments, "--format", "json", secret=secret)
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {
        (entry["rule"], Path(entry["file"]).stem, entry.get("cell") or str(entry["row"]))
        for entry in report["findings"]
    }


@pytest.fixture
def schools() -> dict[str, list[Pupil]]:
    """Three schools with one problem of each kind."""
    made = county(3)
    first, second, third = made.values()
    second[3].update({key: first[5][key] for key in SAME_CHILD})
    third[7]["id_number"] = first[9]["id_number"]
    for pupil in (first[1], first[2]):
        pupil.update(name="李小明", sex="男", birth_date="20180301", **BARE)
    first[2].update({key: first[1][key] for key in ("member1.id_number", "member1.name")})
    for pupil in (first[4], second[6]):
        pupil.update(name="王小红", sex="女", birth_date="20180305", **BARE)
    number = second[8]["id_number"]
    second[8]["id_number"] = number[:17] + ("1" if number[17] != "1" else "2")
    return made


PLANTED = {
    ("DUP001", "60", "M7"),
    ("DUP001", "61", "M5"),
    ("DUP001", "60", "M11"),
    ("DUP001", "62", "M9"),
    ("DUP002", "60", "B3"),
    ("DUP002", "60", "B4"),
    ("DUP002", "60", "B6"),
    ("DUP002", "61", "B8"),
    ("IDN008", "61", "M10"),
}


def test_the_three_kinds_within_and_across_schools(tmp_path: Path, schools: dict[str, list[Pupil]]) -> None:
    told = found(write(tmp_path, schools))
    assert told >= PLANTED
    # The pupil with the other's number contradicts it in birth date or sex as well.
    assert {entry[1:] for entry in told - PLANTED} <= {("62", "C9"), ("62", "D9"), ("62", "M9")}


def test_a_clean_county_has_none(tmp_path: Path) -> None:
    done = run(write(tmp_path, county(2)))
    assert done.returncode == 0, done.stdout


def test_numbers_match_however_they_are_written(tmp_path: Path) -> None:
    made = county(2)
    first, second = made.values()
    old = "140106" + "100305" + "123"
    body = f"{old[:6]}19{old[6:]}"
    spellings = [
        (old, body + check_character(body)),
        ("11010519491231002X", "11010519491231002x"),
        (
            "14010620180305011" + check_character("14010620180305011"),
            "１４０１０６２０１８０３０５０１１" + check_character("14010620180305011"),
        ),
        (
            "14010620180305028" + check_character("14010620180305028"),
            f"140106 20180305-028{check_character('14010620180305028')} ",
        ),
        ("E12345678", "e12345678"),
    ]
    for row, (one, other) in enumerate(spellings):
        first[row]["id_number"], second[row]["id_number"] = one, other
    first[4]["id_type"] = second[4]["id_type"] = "护照"
    told = found(write(tmp_path, made), "--select", "DUP001")
    assert told == {("DUP001", stem, f"M{row + 2}") for stem in ("60", "61") for row in range(len(spellings))}


def test_what_is_no_number_matches_nothing(tmp_path: Path) -> None:
    made = county(2)
    for rows in made.values():
        for pupil, filler in zip(
            rows, ("无", "暂无身份证", "1.40106E+17", "000000000000000000", "140106201803050000"), strict=False
        ):
            pupil["id_number"] = filler
    assert found(write(tmp_path, made), "--select", "DUP") == set()


def test_a_work_list_opens_its_own_pupils_and_masks_the_others(tmp_path: Path, schools: dict[str, list[Pupil]]) -> None:
    first, second, third = schools.values()
    done = run(write(tmp_path / "in", schools), "--worklists", tmp_path / "lists", "--county", "140106")
    assert done.returncode == 1
    names = sorted(path.name for path in (tmp_path / "lists").iterdir())
    assert names == [*(f"21140100{n}第{n}小学_问题学籍.xlsx" for n in (60, 61, 62)), "汇总.xlsx"]
    sheet = openpyxl.load_workbook(tmp_path / "lists" / names[0]).worksheets[0]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert first[5]["name"] in text and first[5]["id_number"] in text
    assert third[7]["name"] not in text and third[7]["name"][0] + "*" in text
    for pupil in (*second, *third):
        if pupil["id_number"] and pupil["id_number"] not in {mine["id_number"] for mine in first}:
            assert pupil["id_number"] not in text
    assert "山西省太原市迎泽区教育行政部门（140106）" in text
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"删除,变更,佐证"' in lists


def rows_of(path: Path) -> list[dict[str, str]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    table = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(table) if row[0] == "序号")
    return [dict(zip(table[start], row, strict=True)) for row in table[start + 1 :] if row[0].isdigit()]


def test_the_recommended_way_fits_the_case(tmp_path: Path, schools: dict[str, list[Pupil]]) -> None:
    first, second, _ = schools.values()
    first[5]["enrolment_month"], second[3]["enrolment_month"] = "202409", "202509"
    run(write(tmp_path / "in", schools), "--worklists", tmp_path / "lists")
    lists = {path.name[8:10]: rows_of(path) for path in (tmp_path / "lists").glob("2114*.xlsx")}
    ways = {(school, row["位置"].split("!")[-1]): row["建议"] for school, rows in lists.items() for row in rows}
    assert ways["60", "M7"] == "删除"
    assert ways["61", "M5"] == "佐证"
    assert ways["62", "M9"] == "变更"
    assert ways["60", "M11"] == "佐证"
    assert ways["60", "B3"] == ways["60", "B4"] == "删除"
    assert ways["60", "B6"] == ways["61", "B8"] == "佐证"
    assert ways["61", "M10"] == "变更"


def test_keys_hold_no_data_of_a_child(tmp_path: Path, schools: dict[str, list[Pupil]]) -> None:
    keys = tmp_path / "keys.parquet"
    done = run(write(tmp_path / "in", schools), "--keys", keys, secret=SECRET)
    assert done.returncode == 1 and keys.is_file()
    table = pq.read_table(keys)
    assert table.column_names == ["number", "pupil", "bare", "school_code", "file", "sheet", "row"]
    told = json.dumps([str(row) for row in table.to_pylist()]) + str(table.schema.metadata)
    data = keys.read_bytes() + told.encode() + pq.ParquetFile(keys).metadata.metadata[b"ARROW:schema"]
    for pupil in (pupil for rows in schools.values() for pupil in rows):
        for key in ("name", "id_number", "birth_date"):
            assert not pupil[key] or pupil[key].encode() not in data
    metadata = table.schema.metadata
    assert metadata[b"stuvalid.version"] == b"stuvalid.keys/1"
    assert metadata[b"stuvalid.pupils"] == b"36"
    assert metadata[b"stuvalid.without_number"] == b"4"
    assert len(metadata[b"stuvalid.secret"]) == 16
    assert SECRET.encode() not in data


def test_counties_find_each_other_by_keys_and_resolve_their_own(
    tmp_path: Path, schools: dict[str, list[Pupil]]
) -> None:
    codes = list(schools)
    one = write(tmp_path / "one", {codes[0]: schools[codes[0]]})
    other = write(tmp_path / "other", {code: schools[code] for code in codes[1:]})
    for folder in (one, other):
        run(folder, "--keys", tmp_path / f"{folder.name}.parquet", secret=SECRET)
    matches = tmp_path / "matches.csv"
    done = run(tmp_path / "one.parquet", tmp_path / "other.parquet", "--matches", matches)
    assert done.returncode == 1, done.stderr
    text = matches.read_text(encoding="utf-8-sig")
    assert not any(pupil["name"] in text for rows in schools.values() for pupil in rows)
    assert {row["学校标识码"] for row in csv.DictReader(io.StringIO(text))} == set(codes)
    mine = {entry for entry in PLANTED if entry[1] == "60"}
    assert found(one, "--resolve", matches) == mine
    run(one, "--resolve", matches, "--worklists", tmp_path / "lists")
    (path,) = (tmp_path / "lists").glob("2114*.xlsx")
    rows = rows_of(path)
    assert any(schools[codes[0]][5]["name"] in row["本校学生"] for row in rows)
    assert any(codes[1] in row["与谁相同、错在哪里"] for row in rows)


def test_keys_of_different_secrets_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", county(1, 3))
    for number in (1, 2):
        run(folder, "--keys", tmp_path / f"{number}.parquet", secret=f"{SECRET}-{number}")
    done = run(tmp_path / "1.parquet", tmp_path / "2.parquet")
    assert done.returncode == 2
    assert "不是同一个密钥" in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("secret", ["", "short", "1" * 40])
def test_keys_need_a_good_secret(tmp_path: Path, secret: str) -> None:
    done = run(write(tmp_path / "in", county(1, 3)), "--keys", tmp_path / "k.parquet", secret=secret)
    assert done.returncode == 2 and "密钥" in done.stderr
    assert not (tmp_path / "k.parquet").exists()


def test_a_new_secret_is_good_and_private(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    assert run("--new-secret", file).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    done = run(write(tmp_path / "in", county(1, 3)), "--keys", tmp_path / "k.parquet", "--secret-file", file)
    assert done.returncode == 0, done.stderr
    assert run("--new-secret", file).returncode == 2


def test_against_an_earlier_collection(tmp_path: Path) -> None:
    made = county(2)
    before = write(tmp_path / "before", made)
    codes = list(made)
    now = {code: [dict(pupil) for pupil in rows] for code, rows in made.items()}
    moved = now[codes[0]].pop(0)
    now[codes[1]].append({**moved, "school_code": codes[1]})
    now[codes[1]][2]["name"] = "改名后"
    told = found(write(tmp_path / "now", now), "--against", before)
    assert told == {("DUP006", "61", "M14"), ("DUP007", "61", "M4")}
    assert found(tmp_path / "now", "--against", tmp_path / "now") == set()
    run(before, "--keys", tmp_path / "before.parquet", secret=SECRET)
    assert found(tmp_path / "now", "--against", tmp_path / "before.parquet", secret=SECRET) == told


def test_the_school_is_known_by_folder_or_title_where_the_sheet_has_no_code(tmp_path: Path) -> None:
    made = county(2)
    first, second = made.values()
    second[0].update({key: first[0][key] for key in SAME_CHILD})
    (tmp_path / "in" / "2114010060双塔西街小学").mkdir(parents=True)
    (tmp_path / "in" / "2114010060双塔西街小学" / "a.xlsx").write_bytes(book(first, drop=["school_code"]))
    titles = ["学校名称：五一路小学  学校标识码：2114010061"]
    (tmp_path / "in" / "b.xlsx").write_bytes(book(second, drop=["school_code"], titles=titles))
    run(tmp_path / "in", "--worklists", tmp_path / "lists")
    names = {path.name for path in (tmp_path / "lists").glob("2114*")}
    assert names == {"2114010060双塔西街小学_问题学籍.xlsx", "2114010061五一路小学_问题学籍.xlsx"}


def test_mistakes_of_use_are_one_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", county(1, 3))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 this is none")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for arguments in (
        [],
        [tmp_path / "nowhere"],
        [tmp_path / "bad.parquet"],
        [folder, "--keys", "k.csv"],
        [folder, "--select", "SPE"],
        [folder, "--worklists", tmp_path / "full"],
        [folder, "--resolve", folder / "none.csv"],
    ):
        done = run(*arguments, secret=SECRET)
        assert done.returncode == 2, arguments
        assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr


def test_no_secret_can_be_given_on_the_command_line() -> None:
    text = run("--help").stdout
    assert "--secret-file" in text and "--secret " not in text
