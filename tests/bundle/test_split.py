"""Volumes: any program joins them, they are read as one, and the one that is damaged or missing is named."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.split import NOTE, cut, damaged_volumes, find_volumes
from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.received.volumes import Volumes

NAME = "140106迎泽区.zip"
DATA = bytes(range(256)) * 40


@pytest.fixture
def volumes(tmp_path: Path) -> list[Path]:
    (tmp_path / "whole").write_bytes(DATA)
    return cut(tmp_path / "whole", tmp_path / "分卷", NAME, 3_000)


def test_volumes_are_plain_pieces_with_their_sums_and_a_note(volumes: list[Path]) -> None:
    assert [path.name for path in volumes] == [f"{NAME}.00{number}" for number in (1, 2, 3, 4)]
    assert b"".join(path.read_bytes() for path in volumes) == DATA
    assert [path.stat().st_size for path in volumes] == [3_000, 3_000, 3_000, len(DATA) - 9_000]
    sums = (volumes[0].parent / f"{NAME}.sha256").read_text(encoding="utf-8")
    assert sums.splitlines() == [f"{hashlib.sha256(path.read_bytes()).hexdigest()} *{path.name}" for path in volumes]
    note = (volumes[0].parent / NOTE).read_bytes().decode("utf-8-sig")
    assert f'copy /b "{NAME}.001"+"{NAME}.002"' in note
    assert hashlib.sha256(DATA).hexdigest() in note
    assert note.count("\r\n") == note.count("\n")


def test_a_size_that_divides_leaves_no_empty_volume(tmp_path: Path) -> None:
    (tmp_path / "whole").write_bytes(DATA)
    made = cut(tmp_path / "whole", tmp_path / "x", NAME, len(DATA) // 2)
    assert [path.stat().st_size for path in made] == [len(DATA) // 2] * 2


def test_more_than_999_are_refused_with_a_size_that_does(tmp_path: Path) -> None:
    (tmp_path / "whole").write_bytes(DATA)
    with pytest.raises(UsageError) as caught:
        cut(tmp_path / "whole", tmp_path / "x", NAME, 10)
    assert "--split 1M" in caught.value.text("zh")
    assert not (tmp_path / "x").exists()


def test_many_volumes_do_not_overflow_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "whole").write_bytes(DATA)
    made = cut(tmp_path / "whole", tmp_path / "x", NAME, 20)
    assert len(made) == 512
    note = (tmp_path / "x" / NOTE).read_text(encoding="utf-8-sig")
    assert "copy /b" not in note
    assert len(note) < 1_000


def test_found_by_the_folder_or_the_first(volumes: list[Path]) -> None:
    assert find_volumes(volumes[0]) == find_volumes(volumes[0].parent) == volumes
    assert find_volumes(volumes[1]) == []


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_a_missing_volume_is_named(volumes: list[Path], missing: int) -> None:
    volumes[missing].unlink()
    with pytest.raises(UnreadableFile) as caught:
        find_volumes(volumes[0].parent)
    assert volumes[missing].name in caught.value.zh
    assert volumes[missing].name in caught.value.en


def test_without_sums_a_gap_is_still_seen(volumes: list[Path]) -> None:
    (volumes[0].parent / f"{NAME}.sha256").unlink()
    volumes[2].unlink()
    with pytest.raises(UnreadableFile, match="缺少"):
        find_volumes(volumes[0])


def test_the_damaged_volume_is_named(volumes: list[Path]) -> None:
    assert list(damaged_volumes(volumes)) == []
    volumes[2].write_bytes(bytes(3_000))
    assert list(damaged_volumes(volumes)) == [volumes[2]]
    (volumes[0].parent / f"{NAME}.sha256").unlink()
    assert list(damaged_volumes(volumes)) == []


@given(
    st.binary(min_size=1, max_size=300),
    st.integers(1, 300),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=8),
)
def test_read_as_one(data: bytes, size: int, reads: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "whole").write_bytes(data)
        made = cut(Path(name) / "whole", Path(name) / "x", NAME, size)
        with io.BufferedReader(Volumes(made), 16) as joined:
            assert joined.read() == data
            for start, length in reads:
                joined.seek(start)
                assert joined.read(length) == data[start : start + length]
            assert joined.seek(-1, io.SEEK_END) == len(data) - 1
