"""What Windows has: workers that are spawned, streams in code page 936, and long paths of Chinese names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.books import workbook
from tests.photos.portrait import Portrait, draw, jpeg
from tests.received.made import seven, zipped

_SPAWNING = """
import stuvalid.workers as workers
workers.START_METHOD = "spawn"
from stuvalid.__main__ import main
main()
"""
SCHOOL = "2114010068双塔西街小学"


def run(*words: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": "cp936", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", _SPAWNING, *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, env=environment, timeout=600)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school's folder whose paths are longer than Windows takes without asking."""
    place = (
        tmp_path_factory.mktemp("县")
        / "二〇二六年秋季学期全县义务教育阶段学生学籍信息采集材料"
        / ("很长的文件夹名" * 8)
    )
    folder = place / SCHOOL / ("再一层很长的名字" * 8) / ("各年级各班学生基础信息采集表" * 4) / ("又一层" * 10)
    folder.mkdir(parents=True)
    assert len(str(folder)) > 250
    book = workbook([{"sex": "女"}, {}])
    for number in range(1, 4):
        (folder / f"{number}班学生基础信息.xlsx").write_bytes(book)
    (folder / "四班.zip").write_bytes(zipped({"四班学生.xlsx": book}))
    seven(folder / "五班.7z", {"五班学生.xlsx": book})
    (folder / "张三丰.jpg").write_bytes(jpeg(draw(Portrait())))
    return place


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("check {0}", 1),
        ("check {0} --annotate {1}", 1),
        ("fix {0} -o {1}", 1),
        ("photos {0} --no-faces", 1),
        ("duplicates {0}", 1),
        ("bundle {0} -o {1} --county 140106 --allow-errors --no-photos", 0),
        ("status {0} --county 140106", 1),
        ("diff {0} {0}", 0),
    ],
)
def test_a_run_of_each_command(inbox: Path, tmp_path: Path, command: str, code: int) -> None:
    done = run(*(word.format(inbox, tmp_path / "结果") for word in command.split()))
    output = done.stdout.decode("cp936") + done.stderr.decode("cp936")
    assert "Traceback" not in output
    assert done.returncode == code, output
    assert "个" in output or "没有" in output or "学生" in output
