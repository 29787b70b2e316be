"""Streams that close, readers that leave, interrupts: one sentence, the true verdict, and what was written is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from typer.testing import CliRunner

from stuvalid.cli import app
from stuvalid.workspace import private_folder, read_sealed, remove_sealed, write_sealed
from tests.books import workbook

posix = pytest.mark.skipif(sys.platform == "win32", reason="closes file descriptors")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "双塔西街小学.xlsx"
    path.write_bytes(workbook([{"sex": "女"}, {"ethnicity": "汉"}]))
    return path


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "stuvalid", *map(str, words)]


@pytest.mark.parametrize("format_", ["text", "json", "html"])
def test_a_reader_that_leaves_does_not_change_the_verdict(bad: Path, format_: str) -> None:
    process = subprocess.Popen(command("check", bad, "-f", format_), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()  # before anything can have been written
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 1
    assert errors == ""


@posix
@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1), (0, 1, 2)])
def test_closed_streams_do_not_hide_the_verdict(bad: Path, tmp_path: Path, closed: tuple[int, ...]) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    done = subprocess.run(
        command("check", bad, "-o", tmp_path / "r.json"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=close,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert ("标准输出是关着的" in done.stderr.decode()) == (1 in closed and 2 not in closed)
    assert (tmp_path / "r.json").read_bytes().startswith(b"{")


@posix
def test_closed_standard_input_is_one_sentence() -> None:
    done = subprocess.run(
        command("check", "-"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=lambda: os.close(0),
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout + done.stderr


def test_an_interrupt_after_writing_says_what_was_written(
    bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stuvalid.report import text

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(text, "show", interrupt)
    done = CliRunner().invoke(app, ["check", str(bad), "-o", str(tmp_path / "r.json")])
    assert done.exit_code == 130
    assert f"已写出：{tmp_path / 'r.json'}" in done.output.replace("\n", "")
    assert "没有写出" not in done.output
    done = CliRunner().invoke(app, ["check", str(bad)])
    assert done.exit_code == 130
    assert "没有写出任何文件" in done.output


@posix
def test_what_a_killed_run_leaves_holds_no_number_and_goes_with_the_next(bad: Path, tmp_path: Path) -> None:
    """Killed when the spool of the pupils is on the disk: by an audit hook at its file, not by a clock."""
    place = tmp_path / "tmp"
    place.mkdir()
    killing = (
        "import os, signal, sys\n"
        "here = os.getpid()\n"
        "def kill(event, arguments):\n"
        "    if event == 'shutil.rmtree' and os.getpid() == here and '.stuvalid-' in str(arguments[0]):\n"
        "        os.killpg(0, signal.SIGKILL)\n"
        "sys.addaudithook(kill)\n"
        "from stuvalid.__main__ import main\n"
        "main()\n"
    )
    environment = {**os.environ, "TMPDIR": str(place)}
    process = subprocess.run(
        [sys.executable, "-c", killing, "duplicates", str(bad)],
        env=environment,
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    left = [path for path in place.rglob("*") if path.is_file() and path.stat().st_size]
    assert left, "the records of the pupils"
    assert not any(b"140106" in path.read_bytes() or "双塔".encode() in path.read_bytes() for path in left)
    assert subprocess.run(command("duplicates", bad), env=environment, capture_output=True, check=False).returncode == 1
    assert not list(place.iterdir())


def test_a_sealed_file_opens_with_what_was_given_only() -> None:
    with private_folder() as folder:
        sealed = write_sealed(folder, b"140106199001010011", prefix="records-")
        (path,) = (path for path in folder.iterdir() if path.name.startswith("records-"))
        assert b"140106" not in path.read_bytes()
        assert read_sealed(sealed) == b"140106199001010011"
        with pytest.raises(InvalidTag):
            read_sealed(sealed[:-2] + ("00" if sealed[-2:] != "00" else "11"))
        remove_sealed(sealed)
        assert not path.exists()
    assert not folder.exists()
