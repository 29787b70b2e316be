"""The cache: the same report as without it, nothing readable on the disk, nothing taken that is not certain."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from stuvalid.check import cache as cache_module
from stuvalid.check.cache import SUFFIX, ResultCache, clear, from_plain, to_json
from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.findings import Findings, Severity, SheetBeside
from stuvalid.report.formats import render
from stuvalid.report.wording import Wording
from stuvalid.submissions.identities import PupilGleaner, SheetPupils
from tests.duplicates.county import Pupil, book
from tests.submissions.conftest import Run, wrong_check_character

COUNTY = Path(__file__).resolve().parents[2] / "samples" / "county"
TODAY = dt.date(2026, 11, 23)
OPTIONS = CheckOptions(today=TODAY, isolated=False, glean=PupilGleaner())


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def school(pupils: list[Pupil], tmp_path: Path) -> Path:
    """Four classes, faults in two of them, one pupil in two."""
    place = tmp_path / "学校"
    place.mkdir()
    pupils[3]["ethnicity"] = "汉"
    pupils[12]["id_number"] = wrong_check_character(pupils[12]["id_number"])
    for number in range(4):
        rows = pupils[7 * number : 7 * number + 7]
        (place / f"{number + 1}班.xlsx").write_bytes(book([*rows, pupils[0]] if number == 2 else rows))
    return place


def _check(path: Path, folder: Path | None, options: CheckOptions = OPTIONS) -> tuple[Findings, int]:
    memory = ResultCache(folder, options, SheetPupils) if folder else None
    findings, _ = check_paths([path], options, memory=memory)
    return findings, memory.hits if memory else 0


def _said(findings: Findings) -> list[bytes]:
    return [render(name, findings, Wording("zh", show_values=True)) for name in ("json", "text", "sarif", "csv")]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("isolated", [False, True])
def test_a_run_from_the_cache_says_the_same(folder: Path, isolated: bool) -> None:
    options = replace(OPTIONS, isolated=isolated)
    fresh, _ = _check(COUNTY, None, options)
    cold, none = _check(COUNTY, folder, options)
    warm, hits = _check(COUNTY, folder, options)
    assert (none, hits) == (0, len(fresh.files))
    assert _said(fresh) == _said(cold) == _said(warm)
    assert fresh.gleaned == warm.gleaned
    assert fresh.files == warm.files
    assert fresh.causes == warm.causes


def test_what_only_the_whole_shows_is_found_between_known_and_new_files(school: Path, folder: Path) -> None:
    fresh, _ = _check(school, None)
    assert fresh.by_rule()["DUP001"] == 2
    _check(school, folder)
    for path in _entries(folder)[::2]:
        path.unlink()
    mixed, hits = _check(school, folder)
    assert hits == 2
    assert _said(mixed) == _said(fresh)


def test_a_file_that_changed_is_checked_whatever_its_date_and_length(
    school: Path, folder: Path, pupils: list[Pupil]
) -> None:
    _check(school, folder)
    path = school / "1班.xlsx"
    state = path.stat()
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("docProps/app.xml").header_offset
    data[offset + 10] ^= 1  # the time of day of one member
    path.write_bytes(bytes(data))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert _check(school, folder)[1] == 3


def test_another_name_is_no_change_but_other_options_are(
    school: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(school, folder)
    moved = school.with_name("改名")
    school.rename(moved)
    (moved / "1班.xlsx").rename(moved / "一班.xlsx")
    findings, hits = _check(moved, folder)
    assert hits == 4
    assert str(moved / "一班.xlsx") in {report.path for report in findings.files}
    others = (
        replace(OPTIONS, ignore=("IDN",)),
        replace(OPTIONS, select=("DAT",)),
        replace(OPTIONS, password="x"),
        replace(OPTIONS, severities=(("COD002", Severity.WARNING),)),
        replace(OPTIONS, template="student-2013"),
        replace(OPTIONS, today=TODAY + dt.timedelta(days=1)),
        replace(OPTIONS, glean=None),
    )
    assert [_check(moved, folder, options)[1] for options in others] == [0] * len(others)
    monkeypatch.setattr(cache_module, "_program", lambda: "another version")
    assert _check(moved, folder)[1] == 0


def test_a_change_of_any_rule_form_or_list_of_the_program_is_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "stuvalid"
    places = ("rules/dates.py", "forms/student-2013.toml", "codes/lists/sex.csv", "codes/traditional.txt", "cli.py")
    for name in places:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name)
    monkeypatch.setattr(cache_module, "_PACKAGE", package)
    seen = {cache_module._program()}
    for name in places:
        (package / name).write_text(f"{name}.")
        seen.add(cache_module._program())
    assert len(seen) == len(places) + 1


def test_a_change_of_a_form_of_ones_own_or_its_list_is_a_change(tmp_path: Path) -> None:
    form, own = tmp_path / "form.toml", tmp_path / "own.csv"
    own.write_text("name\n甲\n", encoding="utf-8")
    form.write_text('extends = "student-2013"\n[[field]]\nkey = "x"\ncodes = "own.csv"\n', encoding="utf-8")
    options = replace(OPTIONS, template=str(form))
    seen = {cache_module._variant(options), cache_module._variant(options)}
    assert len(seen) == 1
    own.write_text("name\n甲\n乙\n", encoding="utf-8")
    seen.add(cache_module._variant(options))
    form.write_text('extends = "student-2013"\n[[field]]\nkey = "y"\ncodes = "own.csv"\n', encoding="utf-8")
    seen.add(cache_module._variant(options))
    assert len(seen) == 3


def test_damaged_entries_are_ignored_and_replaced(school: Path, folder: Path) -> None:
    fresh, _ = _check(school, folder)
    good = [path.read_bytes() for path in _entries(folder)]
    first, second, third, fourth = _entries(folder)
    first.write_bytes(b"")
    second.write_bytes(good[1][:-3])
    third.write_bytes(good[2][:20] + bytes([good[2][20] ^ 1]) + good[2][21:])
    fourth.write_bytes(good[0])  # ours, but of another file
    findings, hits = _check(school, folder)
    assert hits == 0
    assert _said(findings) == _said(fresh)
    assert _check(school, folder)[1] == 4


def test_nothing_readable_is_on_the_disk(school: Path, folder: Path, pupils: list[Pupil], home: Path) -> None:
    _check(school, folder)
    entries = _entries(folder)
    assert len(entries) == 4
    stored = b"".join(path.read_bytes() + path.name.encode() for path in entries)
    for pupil in pupils:
        for text in (pupil["name"], pupil["id_number"][:17], pupil["phone"]):
            assert len(text) < 2 or text.encode() not in stored
    if sys.platform != "win32":
        keys = [path for path in home.rglob("key") if path.is_file()]
        assert [path.stat().st_mode & 0o077 for path in [*keys, *entries]] == [0] * 5


def test_another_user_reads_nothing(school: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(school, folder)
    monkeypatch.setattr(cache_module, "machine_key", lambda: bytes(32))
    for path in _entries(folder):
        path.rename(path.with_name(_name_for_stranger(path, folder, school)))
    assert _check(school, folder)[1] == 0
    monkeypatch.setattr(cache_module, "machine_key", lambda: None)
    findings, hits = _check(school, folder)
    assert (len(findings.files), hits) == (4, 0)


def _name_for_stranger(path: Path, folder: Path, school: Path) -> str:
    """The name another user's run would look for in place of ``path``."""
    from stuvalid.received.walk import discover

    memory = ResultCache(folder, OPTIONS, SheetPupils)
    sources = discover([school]).of_kind("workbook")
    memory.find(sources)
    size = int(path.name.partition("-")[0], 16)
    source = next(source for source in sources if source.path and source.path.stat().st_size == size)
    return memory._path(source, hashlib.sha256(source.read()).hexdigest(), size).name


def test_small_runs_do_without(school: Path, folder: Path, home: Path) -> None:
    _check(school / "1班.xlsx", folder)
    assert not folder.exists()
    assert list(home.rglob("key")) == []


def test_a_zip_and_what_it_holds_are_the_same_content(school: Path, folder: Path) -> None:
    archive = school.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(school.iterdir()):
            made.write(path, path.name)
    _check(school, folder)
    assert _check(archive, folder)[1] == 4


def test_unreadable_files_are_tried_again(school: Path, folder: Path) -> None:
    (school / "坏.xlsx").write_bytes(b"PK\x03\x04 cut off")
    _check(school, folder)
    findings, hits = _check(school, folder)
    assert hits == 4
    assert len(findings.unreadable) == 1


def test_the_oldest_go_when_there_is_too_much(school: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(school, folder)
    ancient = _entries(folder)[0]
    os.utime(ancient, (0, 0))
    _check(school, folder, replace(OPTIONS, ignore=("IDN",)))
    assert not ancient.exists()
    assert len(_entries(folder)) == 7
    sizes = sum(path.stat().st_size for path in _entries(folder))
    monkeypatch.setattr(cache_module, "_MOST_BYTES", sizes // 2)
    _check(school, folder, replace(OPTIONS, ignore=("DAT",)))
    assert sum(path.stat().st_size for path in _entries(folder)) <= sizes // 2


def test_clearing_removes_entries_and_nothing_else(school: Path, folder: Path) -> None:
    _check(school, folder)
    (folder / "mine.xlsx").write_bytes(b"x")
    assert clear(folder) == 4
    assert [path.name for path in folder.iterdir()] == ["mine.xlsx"]
    assert clear(folder / "nowhere") == 0


def test_results_survive_the_way_to_json_and_back() -> None:
    from stuvalid.check.conductor import read_sources
    from stuvalid.received.walk import discover

    sources = discover([COUNTY]).of_kind("workbook")
    for result in read_sources(sources, OPTIONS):
        result.report.look.beside = [SheetBeside("字典", is_hidden=True)]
        again = from_plain(FileResult, json.loads(to_json(result)), gleaned=list[SheetPupils])
        assert again.report == result.report
        assert again.blocks == result.blocks
        assert again.gleaned == result.gleaned
        assert [type(block.severity) for block in again.blocks] == [Severity] * len(again.blocks)
        for mine, theirs in zip(again.keys, result.keys, strict=True):
            for name in ("rows", "numbers", "pupils", "bare"):
                one, other = getattr(mine, name), getattr(theirs, name)
                assert one.dtype == other.dtype
                assert one.tolist() == other.tolist()


def test_on_the_command_line(school: Path, run: Run, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    plain = run("check", school, "--format", "json", "--no-cache", "--cache-dir", place)
    assert not place.exists()
    cold = run("check", school, "--format", "json", "--cache-dir", place)
    warm = run("check", school, "--format", "json", "--cache-dir", place, "-v")
    assert plain.stdout == cold.stdout == warm.stdout
    assert "4 个文件没有变化" in warm.stderr.decode()
    cleared = run("check", school, "--cache-dir", place, "--clear-cache", "-v")
    assert "没有变化" not in cleared.stderr.decode()
    unusable = tmp_path / "file"
    unusable.write_bytes(b"")
    assert run("check", school, "--format", "json", "--cache-dir", unusable).stdout == plain.stdout


def test_two_runs_at_once(school: Path, home: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "stuvalid",
        "check",
        str(school),
        "-f",
        "json",
        "--cache-dir",
        str(tmp_path / "kept"),
    ]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = {process.communicate(timeout=900)[0] for process in runs}
    assert len(said) == 1
    assert {process.returncode for process in runs} == {1}
    shutil.rmtree(tmp_path / "kept")
