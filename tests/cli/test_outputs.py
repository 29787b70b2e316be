"""No input is ever written, whatever is asked for; and what an output may replace."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stuvalid import files
from stuvalid.cli import app
from stuvalid.errors import UsageError
from stuvalid.files import build_folder, guarding_inputs, never_write, write_atomically, written_so_far
from stuvalid.ownmarks import LIST_MARK, PART
from tests.books import workbook
from tests.photos.portrait import Portrait, draw, jpeg

BAD = [{"sex": "女"}, {"ethnicity": "汉"}]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def state(place: Path) -> dict[str, str]:
    """The content of every file below a folder."""
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What a clerk has: a workbook, one elsewhere, a folder of workbooks, one of pictures, a list of schools."""
    (tmp_path / "v.xlsx").write_bytes(workbook(BAD))
    (tmp_path / "w.xlsx").write_bytes(workbook([{}]))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xlsx").write_bytes(workbook(BAD))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "x.jpg").write_bytes(jpeg(draw(Portrait())))
    (tmp_path / "schools.csv").write_text("学校标识码,学校名称\n2114010068,双塔西街小学\n", encoding="utf-8-sig")
    (tmp_path / "名册.csv").write_text("姓名,身份证件号\n王小明,\n", encoding="utf-8-sig")
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "v.xlsx")
    (tmp_path / "folder").symlink_to(tmp_path / "in")
    os.link(tmp_path / "in" / "a.xlsx", tmp_path / "other-name.xlsx")
    return tmp_path


CASES = [
    "check {0}/v.xlsx -o html={0}/w.xlsx",
    "check {0}/v.xlsx -o html={0}/v.xlsx --force",
    "check {0}/v.xlsx -o xlsx={0}/link.xlsx --force",
    "check {0}/in -o json={0}/in/a.xlsx --force",
    "check {0}/in -o json={0}/other-name.xlsx --force",
    "check {0}/in -o json={0}/folder/a.xlsx --force",
    "check {0}/folder -o json={0}/in/../in/a.xlsx --force",
    "check {0}/v.xlsx --write-baseline {0}/w.xlsx",
    "check {0}/v.xlsx --write-baseline {0}/v.xlsx --force",
    "check {0}/in --write-baseline {0}/in/a.xlsx --force",
    "check {0}/v.xlsx --annotate {0}/v.xlsx --force",
    "check {0}/v.xlsx --annotate {0}/link.xlsx --force",
    "fix {0}/v.xlsx -o {0}/v.xlsx --force",
    "fix {0}/in -o {0}/in --force",
    "fix {0}/in -o {0}/folder --force",
    "fix {0}/in -o {0} --force",
    "fix {0}/v.xlsx -o {0}/out.xlsx --log {0}/v.xlsx --force",
    "photos {0}/p -o html={0}/p/x.jpg --force",
    "photos {0}/p --sheet {0}/p/x.jpg --force",
    "photos {0}/p --roster {0}/名册.csv -o csv={0}/名册.csv --no-faces --force",
    "duplicates {0}/in -o json={0}/in/a.xlsx --force",
    "duplicates {0}/in --schools {0}/schools.csv -o csv={0}/schools.csv --force",
    "duplicates {0}/in -w {0}/in --force",
    "duplicates {0}/in --matches {0}/schools.csv --schools {0}/schools.csv --force",
    "status {0}/in -o {0}/in/a.xlsx --force",
    "status {0}/in --schools {0}/schools.csv -o xlsx={0}/schools.csv --force",
    "bundle {0}/in --schools {0}/schools.csv --plan --report json={0}/schools.csv --force",
    "bundle {0}/in --county 140106 --plan --report json={0}/in/a.xlsx --force",
    "bundle {0}/in --county 140106 --plan --save-plan {0}/in/a.xlsx --force",
    "bundle {0}/in --schools {0}/schools.csv --plan --save-plan {0}/schools.csv --force",
    "bundle {0}/in --plan --save-plan {0}/w.xlsx",
    "diff {0}/v.xlsx {0}/w.xlsx -o {0}/w.xlsx --force",
    "template student-2013 -o {0}/w.xlsx",
]


@pytest.mark.parametrize("command", CASES)
def test_inputs_and_strangers_are_left_as_they_are(place: Path, command: str) -> None:
    before = state(place)
    done = run(*(word.format(place) for word in command.split()))
    after = state(place)
    assert {name: after.get(name) for name in before} == before
    assert not [name for name in after if name.endswith(".key")], "a key without its list"
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output


def test_a_package_that_is_proved_gets_nothing_added(place: Path) -> None:
    out = place / "out"
    made = run("bundle", place / "in", "-o", out, "--county", "140106", "--archive", "none", "--allow-errors")
    assert made.exit_code == 0, made.output
    (package,) = out.iterdir()
    before = state(out)
    for target in ("manifest.json", "new.json", "../x/../" + package.name + "/manifest.json"):
        (out / "x").mkdir(exist_ok=True)
        done = run("verify", package, "-o", f"json={package}/{target}")
        (out / "x").rmdir()
        assert done.exit_code == 2, done.output
        assert state(out) == before
    assert run("status", package, "-o", f"{package}/manifest.json", "--force").exit_code == 2
    assert state(out) == before


def test_a_report_of_ours_is_renewed_without_force_a_strangers_is_not(place: Path) -> None:
    reports = [f"{name}={place}/r.{name}" for name in ("json", "html", "xlsx", "csv", "junit", "sarif", "gitlab")]
    words = [word for report in reports for word in ("-o", report)]
    for _ in range(2):
        assert run("check", place / "v.xlsx", "-q", *words).exit_code == 1
    (place / "r.json").write_text("{}", encoding="utf-8")
    assert run("check", place / "v.xlsx", "-q", *words).exit_code == 2
    assert (place / "r.json").read_text(encoding="utf-8") == "{}"
    assert run("check", place / "v.xlsx", "-q", "--force", *words).exit_code == 1


def test_a_report_may_stand_in_the_folder_that_is_checked(place: Path) -> None:
    for _ in range(2):
        assert run("check", place / "in", "-o", place / "in" / "报告.json").exit_code == 1


def test_of_several_outputs_those_written_before_one_fails_are_told(place: Path) -> None:
    done = run("check", place / "v.xlsx", "-o", place / "r.json", "-o", f"html={place}/w.xlsx")
    assert done.exit_code == 2
    assert f"{place}/r.json" in done.output.replace("\n", "")
    assert (place / "r.json").is_file()


def test_names_that_differ_in_case_only_are_one_input(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with guarding_inputs():
        never_write(tmp_path / "a.xlsx")
        with pytest.raises(UsageError):
            write_atomically(tmp_path / "A.XLSX", b"y", force=True)


def test_what_was_read_in_one_run_is_free_in_the_next(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with guarding_inputs():
        never_write(tmp_path / "a")
    with guarding_inputs():
        write_atomically(tmp_path / "a", b"y", force=True)
        assert written_so_far() == [tmp_path / "a"]
    assert written_so_far() == []


def refusing(error: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    return refuse


@pytest.mark.skipif(sys.platform == "win32", reason="hard links are not used there")
@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOTSUP, errno.EMLINK])
def test_a_stick_without_hard_links_is_written_to_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    monkeypatch.setattr(os, "link", refusing(error))
    write_atomically(tmp_path / "a", b"first")
    with pytest.raises(UsageError):
        write_atomically(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="hard links are not used there")
def test_a_file_that_appears_meanwhile_on_a_stick_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))

    def content(stream: object) -> None:
        (tmp_path / "a").write_bytes(b"somebody else's")

    with pytest.raises(UsageError, match="已存在"):
        write_atomically(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == b"somebody else's"


@pytest.mark.parametrize(
    ("error", "word"), [(errno.ENOSPC, "空间不足"), (errno.EXDEV, "无法写入"), (errno.EPERM, "权限")]
)
def test_what_a_disk_refuses_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, word: str
) -> None:
    (tmp_path / "old").write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", refusing(error))
    with pytest.raises(UsageError, match=word):
        write_atomically(tmp_path / "old", b"new", force=True)
    assert state(tmp_path) == {"old": hashlib.sha256(b"old").hexdigest()}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EXDEV, errno.EPERM])
def test_a_former_folder_is_put_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name == "built":
            raise OSError(error, os.strerror(error))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(UsageError), build_folder(tmp_path / "out", force=True) as folder:
        (folder / "new").write_bytes(b"new")
    assert list(state(tmp_path)) == ["out/old"]


def test_a_full_disk_while_writing_leaves_the_old_report(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def content(stream: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(UsageError, match="空间不足"):
        write_atomically(tmp_path / "a", content, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_leftovers_of_killed_runs_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    (tmp_path / ".stuvalid-dead.tmp").write_bytes(b"half")
    (tmp_path / ".stuvalid-work-dead").mkdir()
    (tmp_path / ".stuvalid-work-dead" / "lock").touch()
    stayed = []

    def content(stream: object) -> None:
        inner = files.write_atomically(tmp_path / "b", b"b")
        stayed.extend(path.name for path in tmp_path.iterdir() if path.name.startswith(".stuvalid-"))
        assert inner.is_file()

    write_atomically(tmp_path / "a", content)
    assert len(stayed) == 1, "the file being written is locked"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_reading_a_folder_tidies_it(place: Path) -> None:
    left = place / "in" / ".stuvalid-work-dead"
    left.mkdir()
    (left / "lock").touch()
    run("check", place / "in")
    assert not left.exists()


def test_lists_of_ours_carry_the_mark_and_blank_forms_do_not(place: Path) -> None:
    import zipfile

    run("check", place / "v.xlsx", "-q", "-o", place / "r.xlsx")
    run("template", "student-2013", "-o", place / "t.xlsx")
    with zipfile.ZipFile(place / "r.xlsx") as report, zipfile.ZipFile(place / "t.xlsx") as form:
        assert report.read(PART) == LIST_MARK
        assert PART not in form.namelist()


def test_our_own_outputs_in_a_folder_are_passed_over_and_said_so(place: Path) -> None:
    school = place / "in" / "a.xlsx"
    clean = run("check", place / "in", "-f", "json").output
    run("fix", school)
    run("check", school, "--annotate", place / "in" / "a.标注.xlsx")
    for name in ("xlsx", "csv", "json"):
        run("check", school, "-q", "-o", f"{name}={place}/in/报告.{name}")
    run("bundle", place / "in", "-o", place / "in", "--county", "140106", "--archive", "zip", "--allow-errors")
    run("bundle", place / "in", "-o", place / "in" / "包", "--county", "140106", "--archive", "none", "--allow-errors")
    assert len(list((place / "in").iterdir())) > 6
    import json

    before, after = json.loads(clean), json.loads(run("check", place / "in", "-f", "json").output)
    assert after["summary"] == before["summary"]
    assert [entry["kind"] for entry in after["not_checked"]] == ["own"]


def test_a_copy_alone_or_worked_on_is_a_form_like_any_other(place: Path) -> None:
    from openpyxl import load_workbook

    run("fix", place / "v.xlsx", "-o", place / "in" / "v.已修正.xlsx")
    assert "v.已修正.xlsx（" in run("check", place / "in" / "v.已修正.xlsx").output.replace("\n", "")
    alone = place / "alone"
    alone.mkdir()
    copied = Path(shutil.copy(place / "in" / "v.已修正.xlsx", alone))
    assert run("check", alone).exit_code in (0, 1)
    shutil.copy(place / "v.xlsx", alone)
    assert run("check", alone).output.replace("\n", "").count("v.xlsx（") == 1
    book = load_workbook(copied)
    book.save(copied)
    assert "v.已修正.xlsx" in run("check", alone, "-f", "json").output


def test_a_blank_form_that_was_filled_in_is_no_output_of_ours(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    run("template", "student-2013", "-o", tmp_path / "in" / "a.xlsx")
    import json

    report = json.loads(run("check", tmp_path / "in", "-f", "json").output)
    assert [entry["path"].rpartition("/")[2] for entry in report["files"]] == ["a.xlsx"]
    assert report["not_checked"] == []


@pytest.mark.parametrize("command", ["bundle {0}/in -o {0}/{1}", "fix {0}/in -o {0}/{1}"])
@pytest.mark.parametrize("target", ["w.xlsx", "w.xlsx/new", "w.xlsx/new.zip"])
def test_a_file_where_a_folder_is_to_be_is_named(place: Path, command: str, target: str) -> None:
    done = run(*command.format(place, target).split(), "--force")
    assert done.exit_code == 2
    assert "w.xlsx" in done.output and "文件夹" in done.output.replace("\n", ""), done.output
    assert "File exists" not in done.output


def test_an_output_of_yesterday_is_replaced_with_force(place: Path) -> None:
    """The list of what came in passes the output over; that makes it no input."""
    words = ["collect", place / "in", "--roster", place / "名册.csv", "--template", "student-2013"]
    for _ in range(2):
        done = run(*words, "-o", place / "out.xlsx", "--force")
        assert (place / "out.xlsx").is_file(), done.output
        assert "是输入文件" not in done.output
    again = run(*words, "-o", place / "out.xlsx")
    assert "已存在" in again.output.replace("\n", "")
