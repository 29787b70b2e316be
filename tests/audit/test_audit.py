"""The yearly audit: every number counted a second way, no pupil named, what is overdue or unread in the exit code."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.bundle.county import book
from tests.exports.desk import TODAY, Desk
from tests.program import Done, stuvalid
from tests.rolls.school import class_list, pupils

YEAR = TODAY.year


def age(born: str, day: dt.date) -> int:
    return day.year - int(born[:4]) - ((day.month, day.day) < (int(born[4:6]), int(born[6:])))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A school of children from primary to senior school, of whom lists went out."""
    (tmp_path / "材料").mkdir()
    desk = Desk(
        tmp_path / "材料", pupils(tuple(f"{YEAR - years}{stage}01" for years in (0, 1, 2) for stage in "123"), 15)
    )
    for name, days in (("甲.xlsx", 0), ("乙.xlsx", 100)):
        until = TODAY + dt.timedelta(days=days)
        assert desk.export(name, "--plain", 有效期限=str(until)).returncode == 0
    return desk


def run(desk: Desk, *more: object) -> tuple[int, dict[str, Any], str]:
    year = () if "--year" in more else ("--year", YEAR)  # in January the last year is meant
    done = stuvalid("audit", desk.folder, "--format", "json", *year, *more)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr.decode()


def said(done: Done) -> str:
    return done.stdout.decode() + done.stderr.decode()


def test_children_are_counted_by_age_on_the_day(desk: Desk) -> None:
    for on in (TODAY, dt.date(YEAR, 12, 31)):
        code, found, _ = run(desk, "--on", on, "--year", YEAR)
        ages = [age(one["born"], on) for one in desk.people]
        assert found["summary"]["ages"] == {
            "under_14": sum(years < 14 for years in ages),
            "from_14": sum(14 <= years < 18 for years in ages),
            "adult": sum(years >= 18 for years in ages),
            "unknown": 0,
        }
        assert min(found["summary"]["ages"]["under_14"], found["summary"]["ages"]["from_14"]) > 0
        assert code == (1 if on > TODAY else 0)  # the first copy's term ends today


def test_a_birthday_counts_from_the_day_on(desk: Desk) -> None:
    born = min(one["born"] for one in desk.people if one["born"][4:] > "0102" and one["class"][4] == "2")
    day = dt.date(int(born[:4]) + 14, int(born[4:6]), int(born[6:]))
    counts = [
        run(desk, "--on", on, "--year", on.year)[1]["summary"]["ages"]["under_14"]
        for on in (day - dt.timedelta(days=1), day)
    ]
    assert counts[0] - counts[1] == sum(one["born"] == born for one in desk.people)


def test_a_pupil_in_several_files_is_one_pupil(desk: Desk) -> None:
    (desk.folder / "副本").mkdir()
    (desk.folder / "副本" / "x.xlsx").write_bytes(desk.data.read_bytes())
    (desk.folder / "名单.xlsx").write_bytes(class_list(pupils(("2024101",), 4, seed=8), "小学2024级1班"))
    _, found, _ = run(desk)
    assert found["summary"]["pupils"] == len(desk.people) + 4
    assert found["summary"]["ages"]["unknown"] == 4
    assert {one["name"]: one["rows"] for one in found["held"]} == {
        desk.data.parent.name: len(desk.people),
        "副本": len(desk.people),
        "名单.xlsx": 4,
    }


def test_what_went_out_and_what_is_overdue(desk: Desk) -> None:
    later = TODAY + dt.timedelta(days=40)
    code, found, _ = run(desk, "--on", later, "--year", YEAR)
    assert code == 1
    states = [(one["copy"], one["state"], one["overdue_days"]) for one in found["handed_out"]]
    copies = [entry["copy"] for entry in desk.entries() if entry["kind"] == "export"]
    assert states == [(copies[0], "overdue", 40), (copies[1], "valid", 0)]
    assert found["summary"]["overdue"] == 1
    assert run(desk, "--on", later, "--year", YEAR, "--exit-zero")[0] == 0
    destroyed = stuvalid("destroy", "--ledger", desk.ledger, "--number", 2, "--yes", "--by", "李老师")
    assert destroyed.returncode == 0
    code, found, _ = run(desk, "--on", later, "--year", YEAR)
    assert (code, found["handed_out"][0]["state"], found["summary"]["destroyed"]) == (1, "unconfirmed", 1)
    stuvalid("destroy", "--ledger", desk.ledger, "--declared", 2, "--by", "李老师", "--note", "函")
    code, found, _ = run(desk, "--on", later, "--year", YEAR)
    assert (code, found["handed_out"][0]["state"], found["summary"]["destroyed"]) == (0, "settled", 2)


def test_what_comes_after_the_day_is_not_reported(desk: Desk) -> None:
    before = dt.date(YEAR - 1, 12, 31)
    _, found, _ = run(desk, "--year", YEAR - 1)
    assert (found["on"], found["since"]) == (str(before), f"{YEAR - 1}-01-01")
    assert found["handed_out"] == []


@pytest.mark.parametrize("harm", ["cut", "edited", "gone"])
def test_a_ledger_that_does_not_verify_is_reported(desk: Desk, harm: str) -> None:
    data = desk.ledger.read_bytes()
    if harm == "gone":
        desk.ledger.unlink()
    elif harm == "cut":
        desk.ledger.write_bytes(b"".join(data.splitlines(keepends=True)[:2]))
    else:
        desk.ledger.write_bytes(data.replace(b'"rows": ', b'"rows": 1', 1))
    code, found, _ = run(desk)
    assert (code, found["summary"]["broken_ledgers"]) == (1, 1)
    assert found["ledgers"][0]["breaks"]


def test_consents_are_those_that_collecting_reported(desk: Desk) -> None:
    assert run(desk)[1]["consents"] is None
    for number in (1, 2):
        summary = {"consent_given": 30, "consent_refused": 1, "consent_none": 2}
        text = json.dumps({"schema": "stuvalid.collect/1", "summary": summary})
        (desk.folder / f"收集{number}.json").write_text(text, encoding="utf-8")
    assert run(desk)[1]["consents"] == {"files": 2, "given": 60, "refused": 2, "none": 4}
    (desk.folder / "收集3.json").write_text('{"schema": "stuvalid.collect/1"}', encoding="utf-8")
    code, found, _ = run(desk)
    assert (code, len(found["not_read"])) == (2, 1)


def test_what_cannot_be_read_is_told_and_ends_with_2(desk: Desk) -> None:
    from stuvalid.excel.encrypted import encrypt

    (desk.folder / "密.xlsx").write_bytes(encrypt(desk.data.read_bytes(), "x" * 12))
    code, found, told = run(desk)
    assert code == 2
    assert len(found["not_read"]) == 1 and "密.xlsx" in found["not_read"][0]["file"]
    assert "不全" in told
    desk.secret.write_text("x" * 12, encoding="utf-8")
    assert run(desk, "--password-file", desk.secret)[0] == 0


def test_nobody_is_named_in_any_format(desk: Desk) -> None:
    outputs = [desk.folder.parent / f"审计{suffix}" for suffix in (".html", ".md", ".xlsx", ".json")]
    done = stuvalid("audit", desk.folder, "--year", YEAR, *(word for path in outputs for word in ("-o", path)))
    assert done.returncode == 0, said(done)
    book = openpyxl.load_workbook(outputs[2])
    cells = "\n".join(str(cell.value) for page in book.worksheets for row in page.iter_rows() for cell in row)
    texts = [path.read_text(encoding="utf-8") for path in outputs if path.suffix != ".xlsx"] + [cells, said(done)]
    for text in texts:
        assert f"{len(desk.people)} 名学生" in text
        assert "双塔西街小学" in text
        assert not [one for one in desk.people if one["name"] in text or one["number"] in text]
    assert (
        stuvalid("audit", desk.folder, "--year", YEAR, "-o", outputs[0]).returncode == 0
    )  # a report of ours is renewed


def test_refusals(desk: Desk) -> None:
    empty = desk.folder.parent / "空"
    empty.mkdir()
    for words in ([empty], [desk.data], [desk.folder, "--on", "x"], [desk.folder, "-o", "x.doc"], [empty / "无"]):
        assert stuvalid("audit", *words).returncode == 2, words
    assert stuvalid("audit", desk.folder, "--on", f"{YEAR}-05-01", "--year", YEAR + 1).returncode == 2


def test_packages_are_held_too(tmp_path: Path) -> None:
    county, received = tmp_path, tmp_path / "收件"
    received.mkdir()
    for code in ("2114010068", "2114010075"):
        (received / f"{code}.xlsx").write_bytes(book(code))
    done = stuvalid(
        "bundle", received, "--county", "140106", "-o", county, "--allow-errors", "--no-photos", "--by", "周科员"
    )
    assert done.returncode == 0, said(done)
    package = next(county.glob("*.zip"))
    found = json.loads(stuvalid("audit", county, "--year", YEAR, "--format", "json").stdout)
    held = {one["name"]: one for one in found["held"]}
    mine = held[package.name]
    assert mine["package"] and mine["by"] == "周科员"
    assert mine["code"] in done.stderr.decode()
    assert mine["rows"] == mine["stated"] > 0
    assert found["summary"]["pupils"] == mine["rows"] == held["收件"]["rows"]
