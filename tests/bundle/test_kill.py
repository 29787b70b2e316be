"""A bundle killed at any change it makes: no input changes, nothing broken bears the final name, the next run finishes.

python -m tests.bundle.test_kill --runs 200
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from stuvalid.workspace import PREFIX, swap_in, sweep, workspace
from tests.bundle.county import FIRST, SECOND, THIRD, County, book, zipped
from tests.photos.portrait import Portrait, draw, jpeg

RUNS = 5
TITLE = "140106迎泽区"


def received(folder: Path) -> County:
    """A small county in many shapes."""
    county = County(folder)
    county.put("双塔西街/全校.xlsx", book(FIRST, 0, 50))
    county.put("双塔西街/照片/王小明.jpg", jpeg(draw(Portrait())))
    county.put("青年路.zip", zipped({"1班.xlsx": book(SECOND, 0, 45), "2班.xlsx": book(SECOND, 45, 60)}))
    county.put("三.xlsx", book(THIRD))
    return county


def contents(place: Path) -> dict[str, bytes]:
    """Every file below a folder, or in a zip, that does not record the time."""
    if place.is_file():
        with zipfile.ZipFile(place) as archive:
            assert archive.testzip() is None
            found = {info.filename: archive.read(info) for info in archive.infolist()}
    else:
        found = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if name.endswith((".xlsx", ".jpg"))}


_KILLED_AT = """
import os, signal, sys
EVENTS = {"open", "os.rename", "os.link", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "os.truncate"}
here, seen, last, log = os.getpid(), 0, int(sys.argv.pop(1)), sys.argv.pop(1)

def count(event, arguments):
    global seen
    if event not in EVENTS or os.getpid() != here:
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    seen += 1
    if seen == last:
        os.killpg(0, signal.SIGKILL)

from stuvalid.__main__ import main
sys.addaudithook(count)
try:
    main()
finally:
    with open(log, "w") as file:
        file.write(str(seen))
"""
"""A run of the program that kills itself, workers and all, at the Nth change it makes on the disk."""


def start(folder: Path, out: Path, archive: str, log: Path, last: int = 0) -> subprocess.Popen[bytes]:
    """A bundle that is killed at its change number ``last`` (0: never) and else writes how many it made to ``log``."""
    words = [str(folder), "-o", str(out), "--county", "140106", "--archive", archive]
    words += ["--allow-errors", "--no-photos", "--force", "-j", "2"]
    return subprocess.Popen(
        [sys.executable, "-c", _KILLED_AT, str(last), str(log), "bundle", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_at_random(place: Path, runs: int, archive: str, seed: int) -> int:
    """Kill ``runs`` bundles at changes drawn at random and look after each; returns how many were killed."""
    draw_change = random.Random(seed)
    folder, out, log = place / "收到", place / "out", place / "log"
    folder.mkdir()
    received(folder)
    inputs = contents(folder) | {"zip": (folder / "青年路.zip").read_bytes()}
    package = out / (TITLE if archive == "none" else f"{TITLE}.zip")
    assert start(folder, out, archive, log).wait() in (0, 1)
    changes = int(log.read_text())
    whole = contents(package)
    assert whole and changes > 10
    killed = 0
    for _ in range(runs):
        process = start(folder, out, archive, log, draw_change.randint(1, changes))
        killed += process.wait() == -signal.SIGKILL
        assert contents(folder) | {"zip": (folder / "青年路.zip").read_bytes()} == inputs
        if package.exists():
            assert contents(package) == whole
        else:
            assert list(out.glob(f"{PREFIX}*/former/{TITLE}"))
    assert start(folder, out, archive, log).wait() in (0, 1)
    assert contents(package) == whole
    assert [path.name for path in out.iterdir()] == [package.name]
    return killed


@pytest.mark.skipif(os.name == "nt", reason="no process groups")
@pytest.mark.parametrize("archive", ["none", "zip"])
def test_a_bundle_killed_at_any_moment_breaks_nothing(tmp_path: Path, archive: str) -> None:
    assert kill_at_random(tmp_path, RUNS, archive, seed=5) >= RUNS - 1  # the count varies a little from run to run


def test_a_killed_run_s_folder_is_swept_but_a_living_one_s_stays(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}dead"
    (left / "package").mkdir(parents=True)
    (left / "lock").touch()
    with workspace(tmp_path) as alive:
        assert not left.exists()
        sweep(tmp_path)
        assert alive.exists()
    assert not alive.exists()


def test_a_package_set_aside_by_a_killed_run_gets_its_place_back(tmp_path: Path) -> None:
    former = tmp_path / f"{PREFIX}dead" / "former" / TITLE
    former.mkdir(parents=True)
    (former / "a").write_bytes(b"old")
    sweep(tmp_path)
    assert (tmp_path / TITLE / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == [TITLE]


def test_a_package_that_cannot_be_published_leaves_the_former_one(tmp_path: Path) -> None:
    target = tmp_path / TITLE
    target.mkdir()
    (target / "a").write_bytes(b"old")
    with workspace(tmp_path) as work, pytest.raises(FileNotFoundError):
        swap_in(work / "never built", target, work, replace=True)
    assert (target / "a").read_bytes() == b"old"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for kind in ("none", "zip"):
        with tempfile.TemporaryDirectory() as name:
            count = kill_at_random(Path(name), given.runs // 2, kind, given.seed)
        print(f"{kind}: {given.runs // 2} runs, {count} killed at work, nothing broken")
