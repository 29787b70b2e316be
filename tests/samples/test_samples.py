from __future__ import annotations

import json
from pathlib import Path

from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Severity

SAMPLES = Path(__file__).parent.parent.parent / "samples"


def test_every_listed_mistake_is_told_and_right_files_are_clean() -> None:
    findings, _ = check_paths([SAMPLES / "county"], CheckOptions(isolated=False))
    told = {(Path(f.place.file).relative_to(SAMPLES / "county").as_posix(), f.place.cell) for f in findings}
    listed = json.loads((SAMPLES / "mistakes.json").read_text(encoding="utf-8"))
    assert len(listed) >= 60
    assert [entry for entry in listed if (entry["file"], entry["cell"]) not in told] == []
    faulty = {entry["file"] for entry in listed}
    serious = [f for f in findings if f.severity > Severity.INFO]
    assert {Path(f.place.file).relative_to(SAMPLES / "county").as_posix() for f in serious} == faulty
