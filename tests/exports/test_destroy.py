"""What is past its date: `verify` tells it, `destroy` lists it, removes it and records it, and touches nothing else."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stuvalid.exports import destroying
from stuvalid.exports.ledger import Ledger
from tests.exports.desk import LATER, PASSWORD, TODAY, Desk
from tests.program import Done, stuvalid


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Three copies: two past their date (the clock is put on), one not."""
    desk = Desk(tmp_path)
    for name, days in (("甲.xlsx", 3), ("乙.xlsx", 5), ("丙.xlsx", 90)):
        done = desk.export(name, "--plain", 有效期限=str(TODAY + dt.timedelta(days=days)))
        assert done.returncode == 0, done.stderr.decode()
    put_on(monkeypatch, 30)
    return desk


def put_on(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the commands find another day than today."""

    class Date(dt.date):
        @classmethod
        def today(cls) -> Any:
            return TODAY + dt.timedelta(days=days)

    from stuvalid.commands import destroy, ledger

    for module in (destroy, ledger):
        monkeypatch.setattr(module.dt, "date", Date)


def run(desk: Desk, *more: object) -> Done:
    return stuvalid("destroy", "--ledger", desk.ledger, *more)


def kinds(desk: Desk) -> list[str]:
    return [entry["kind"] for entry in desk.entries()][4:]


def test_without_yes_it_only_lists(desk: Desk) -> None:
    before = desk.ledger.read_bytes()
    done = run(desk)
    assert done.returncode == 1
    said = done.stdout.decode()
    assert "甲.xlsx" in said and "乙.xlsx" in said and "丙.xlsx" not in said
    assert desk.ledger.read_bytes() == before
    assert (desk.folder / "甲.xlsx").exists()


def test_what_is_due_goes_with_its_receipt_and_is_recorded(desk: Desk) -> None:
    other = desk.folder / "别处"
    other.mkdir()
    shutil.copy(desk.folder / "甲.xlsx", other / "改了名.bin")
    shutil.copy(desk.data, other / "学生.xlsx")
    done = run(desk, other, "--yes", "--by", "李老师")
    assert done.returncode == 0, done.stderr.decode()
    assert {path.name for path in desk.folder.glob("*.xlsx")} == {"丙.xlsx"}
    assert [path.name for path in other.iterdir()] == ["学生.xlsx"]
    assert not (desk.folder / "甲.xlsx.导出单.json").exists()
    assert (desk.folder / "丙.xlsx.导出单.json").exists()
    assert kinds(desk) == ["destroying", "destroyed"] * 2
    assert [entry["files"] for entry in desk.entries()[4:]] == [2, 2, 1, 1]
    assert not Ledger(desk.ledger).prove().breaks
    said = done.stderr.decode()
    assert all(word in said for word in ("固态硬盘", "备份", "网盘", "接收方"))
    assert run(desk, "--yes", "--by", "李老师").returncode == 0
    assert len(desk.entries()) == 8


def test_a_file_that_was_changed_is_left_alone(desk: Desk) -> None:
    path = desk.folder / "甲.xlsx"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "没有找到文件" in run(desk).stdout.decode()
    run(desk, "--yes", "--by", "李老师")
    assert path.exists()
    assert desk.entries()[5]["how"] == "no file found"


def test_the_last_day_still_counts(desk: Desk) -> None:
    entries = desk.entries()
    for days, numbers in ((3, []), (4, [2]), (5, [2]), (6, [2, 3])):
        found = destroying.due(entries, TODAY + dt.timedelta(days=days))
        assert [one.number for one in found] == numbers


def test_what_was_changed_after_it_was_listed_is_left_alone(desk: Desk) -> None:
    found = destroying.due(desk.entries(), TODAY + dt.timedelta(days=30))
    path = found[0].files[0]
    path.write_bytes(b"something else")
    (_, left), *_ = destroying.destroy(found, Ledger(desk.ledger), "李老师")
    assert left == [path]
    assert path.read_bytes() == b"something else"


def test_a_link_is_not_followed(desk: Desk) -> None:
    path = desk.folder / "甲.xlsx"
    path.rename(desk.folder / "真.xlsx")
    path.symlink_to(desk.folder / "真.xlsx")
    run(desk, "--yes", "--by", "李老师")
    assert (desk.folder / "真.xlsx").exists()


def test_what_cannot_be_removed_is_said_and_stays_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(destroying, "_remove", lambda path, sha256: path.name != "甲.xlsx")
        done = run(desk, "--yes", "--by", "李老师")
    assert done.returncode == 2
    assert "删不掉" in done.stderr.decode()
    assert kinds(desk) == ["destroying", "destroying", "destroyed"]
    assert "甲.xlsx" in run(desk).stdout.decode()


@pytest.mark.parametrize("stop", ["before", "after"])
def test_broken_off_the_next_run_ends_it(desk: Desk, monkeypatch: pytest.MonkeyPatch, stop: str) -> None:
    true = destroying._remove

    def killed(path: Path, sha256: str) -> bool:
        if stop == "after":
            true(path, sha256)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(destroying, "_remove", killed)
        assert run(desk, "--yes", "--by", "李老师").returncode == 130
    assert kinds(desk) == ["destroying"]
    assert not Ledger(desk.ledger).prove().breaks
    assert run(desk, "--yes", "--by", "李老师").returncode == 0
    assert not (desk.folder / "甲.xlsx").exists()
    assert kinds(desk) == ["destroying", "destroying", "destroyed", "destroying", "destroyed"]


def test_done_early_and_declared_by_the_recipient(desk: Desk) -> None:
    assert run(desk, "--number", 4, "--yes", "--by", "李老师").returncode == 0
    assert not (desk.folder / "丙.xlsx").exists()
    assert (desk.folder / "甲.xlsx").exists()
    assert "接收方未确认" in shown(desk)
    assert run(desk, "--declared", 4, "--by", "李老师").returncode == 2
    assert run(desk, "--declared", 1, "--by", "李老师", "--note", "函").returncode == 2
    assert run(desk, "--declared", 4, "--by", "李老师", "--note", "2027年1月5日来函").returncode == 0
    assert shown(desk).count("过期未销毁") == 2
    assert "2027年1月5日来函" in shown(desk)


def shown(desk: Desk) -> str:
    return stuvalid("ledger", "show", desk.ledger).stdout.decode().replace("\n", "").replace(" ", "")


def test_nobody_destroys_without_a_name_or_a_ledger(desk: Desk) -> None:
    assert run(desk, "--yes").returncode == 2
    assert stuvalid("destroy", "--yes", "--by", "x").returncode == 2
    assert stuvalid("destroy", "--ledger", desk.folder / "没有.jsonl").returncode == 2
    assert (desk.folder / "甲.xlsx").exists()


def verify(path: Path, *more: object) -> tuple[int, list[str], str]:
    done = stuvalid("verify", path, "--format", "json", *more)
    found = json.loads(done.stdout) if done.stdout else {"findings": []}
    return done.returncode, [one["rule"] for one in found["findings"]], done.stderr.decode()


def test_verify_tells_the_term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    assert desk.export().returncode == 0
    path = desk.folder / "名单.xlsx"
    code, found, said = verify(path)
    assert (code, found) == (0, [])
    assert f"有效至 {LATER}，还有 60 天" in said
    receipt = desk.folder / "名单.xlsx.导出单.json"
    past = {**json.loads(receipt.read_text(encoding="utf-8")), "until": str(TODAY - dt.timedelta(days=2))}
    receipt.write_text(json.dumps(past), encoding="utf-8")
    assert verify(path)[:2] == (1, ["PKG070"])
    past["until"] = str(TODAY)
    receipt.write_text(json.dumps(past), encoding="utf-8")
    assert verify(path)[:2] == (0, [])
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"\0" + b"x")
    assert verify(path)[:2] == (1, ["PKG071"])
    path.write_bytes(data)
    receipt.write_text("{}", encoding="utf-8")
    assert verify(path)[0] == 2
    receipt.unlink()
    assert verify(path, "--password-file", desk.secret)[:2] == (0, ["PKG072"])
    (desk.folder / "错.txt").write_text(PASSWORD[::-1], encoding="utf-8")
    assert verify(path, "--password-file", desk.folder / "错.txt")[0] == 2
    assert verify(desk.data)[0] == 2


def test_the_ledger_on_the_command_line(desk: Desk) -> None:
    done = stuvalid("ledger", "verify", desk.ledger, "--format", "json")
    proof = json.loads(done.stdout)
    assert (done.returncode, proof["sound"], proof["entries"]) == (0, True, 4)
    code = proof["code"]
    run(desk, "--yes", "--by", "李老师")
    done = stuvalid("ledger", "verify", desk.ledger, "--code", code)
    assert (done.returncode, "第4条，之后又有 4 条" in done.stderr.decode()) == (0, True)
    lines = desk.ledger.read_bytes().splitlines(keepends=True)
    desk.ledger.write_bytes(b"".join(lines[:3]))
    done = stuvalid("ledger", "verify", desk.ledger, "--code", code)
    assert (done.returncode, "末尾" in done.stdout.decode()) == (1, True)
    assert stuvalid("ledger", "show", desk.ledger).returncode == 2
    assert run(desk, "--yes", "--by", "李老师").returncode == 2
    for path in (desk.folder / "没有.jsonl", desk.folder):
        assert stuvalid("ledger", "verify", path).returncode == 2
    (desk.folder / "噪声.jsonl").write_bytes(bytes(range(256)) * 40)
    assert stuvalid("ledger", "verify", desk.folder / "噪声.jsonl").returncode == 1
