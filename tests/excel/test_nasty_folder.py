"""Awkward files of the wild, each read in a worker: a workbook or a reason, soon and within bounds."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

import pytest

from stuvalid.errors import UnreadableFile
from stuvalid.excel import read_workbook
from stuvalid.workers import run

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
pytestmark = pytest.mark.skipif(not NASTY.exists(), reason="the collection of awkward files is optional")

REASONS = {
    "not-a-workbook",
    "lock-file",
    "apple-double",
    "empty",
    "truncated",
    "encrypted",
    "old-format",
    "too-large",
    "bomb",
    "corrupt",
}


@dataclass(frozen=True)
class Reading:
    """What reading one file came to, and what it cost its worker."""

    reason: str
    cells: int
    peak_mib: int


def read_one(paths: list[Path]) -> list[Reading]:
    readings = []
    for path in paths:
        reason, cells = "", 0
        try:
            for sheet in read_workbook(path).sheets:
                assert len(sheet.columns) == sheet.width
                assert all(len(column) == sheet.height for column in sheet.columns)
                assert sheet.kinds is None or sheet.kinds.shape == (sheet.height, sheet.width)
                cells += sheet.height * sheet.width
        except UnreadableFile as error:
            reason = error.reason
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        readings.append(Reading(reason, cells, peak))
    return readings


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    files = sorted(path for path in NASTY.iterdir() if path.name != "manifest.csv")
    found = {}
    # Spawned, because a forked worker would inherit what other tests left in memory, which counts.
    batches = run(read_one, files, workers=2, timeout=300, memory_bytes=1 << 30, chunk=1, start_method="spawn")
    for outcomes in batches:
        for outcome in outcomes:
            assert outcome.failure is None, f"{files[outcome.index].name}: {outcome.failure}"
            found[files[outcome.index].name] = outcome.result
    assert len(found) == len(files)
    return found


def test_each_is_a_workbook_or_has_a_reason(readings: dict[str, Reading]) -> None:
    assert {reading.reason for reading in readings.values()} <= REASONS | {""}


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("001_", "bomb"),
        ("002_", "bomb"),
        ("016_", "bomb"),
        ("043_", "encrypted"),
        ("046_", "encrypted"),
        ("052_", "encrypted"),
        ("053_", "encrypted"),
        ("058_", "old-format"),
        ("082_", "not-a-workbook"),
        ("S13_", "bomb"),
        ("S15_", "bomb"),
        ("S19_", "truncated"),
        ("S27_", "empty"),
        ("S30_", "not-a-workbook"),
        ("S32_", "old-format"),
        ("S16_", ""),
        ("S18_", ""),
        ("103_", ""),
        ("113_", ""),
        ("119_", ""),
    ],
)
def test_reasons_of_known_files(readings: dict[str, Reading], start: str, reason: str) -> None:
    found = [reading.reason for name, reading in readings.items() if name.startswith(start)]
    assert found == [reason]
