from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from stuvalid.errors import UsageError
from stuvalid.files import build_folder, write_atomically


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_bytes_and_writers_arrive_whole(tmp_path: Path) -> None:
    name = "第三小学" * 15 + ".xlsx"
    assert write_atomically(tmp_path / name, b"abc").read_bytes() == b"abc"

    def write(stream: BinaryIO) -> None:
        stream.write(b"x" * 10)

    write_atomically(tmp_path / "b", write)
    assert (tmp_path / "b").read_bytes() == b"x" * 10
    assert leftovers(tmp_path) == sorted([name, "b"])


def test_existing_file_is_kept_without_force_and_replaced_with_it(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"old")
    with pytest.raises(UsageError) as caught:
        write_atomically(target, b"new")
    assert "--force" in caught.value.text("zh") and "--force" in caught.value.text("en")
    assert target.read_bytes() == b"old"
    write_atomically(target, b"new", force=True)
    assert target.read_bytes() == b"new"


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    source = tmp_path / "in.xlsx"
    source.write_bytes(b"mine")
    with pytest.raises(UsageError):
        write_atomically(tmp_path / "." / "in.xlsx", b"x", force=True, inputs=[source])
    assert source.read_bytes() == b"mine"


def test_a_failing_writer_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_atomically(target, fail, force=True)
    assert target.read_bytes() == b"old"
    assert leftovers(tmp_path) == ["a"]


def test_a_file_that_appears_meanwhile_is_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "a"

    def slow(stream: BinaryIO) -> None:
        target.write_bytes(b"theirs")
        stream.write(b"ours")

    with pytest.raises(UsageError):
        write_atomically(target, slow)
    assert target.read_bytes() == b"theirs"
    assert leftovers(tmp_path) == ["a"]


def test_impossible_places_are_said_in_words(tmp_path: Path) -> None:
    for target in (tmp_path / "none" / "a", tmp_path):
        with pytest.raises(UsageError):
            write_atomically(target, b"x", force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_permissions_are_the_usual_ones(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        target = write_atomically(tmp_path / "a", b"x")
        assert stat.S_IMODE(target.stat().st_mode) == 0o644
    finally:
        os.umask(umask)


def test_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "包"
    with pytest.raises(RuntimeError), build_folder(target) as building:
        (building / "a").write_bytes(b"1")
        raise RuntimeError("stop")
    assert leftovers(tmp_path) == []
    with build_folder(target) as building:
        (building / "子").mkdir()
        (building / "子" / "a").write_bytes(b"1")
        assert not target.exists()
    assert (target / "子" / "a").read_bytes() == b"1"
    with pytest.raises(UsageError), build_folder(target):
        pass
    with build_folder(target, force=True) as building:
        (building / "b").write_bytes(b"2")
    assert leftovers(target) == ["b"]
    assert leftovers(tmp_path) == ["包"]


def test_folder_that_is_an_input_is_kept(tmp_path: Path) -> None:
    with pytest.raises(UsageError), build_folder(tmp_path, force=True, inputs=[tmp_path]):
        pass
