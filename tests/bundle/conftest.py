from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundle.county import County


@pytest.fixture
def county(tmp_path: Path) -> County:
    folder = tmp_path / "收到的材料"
    folder.mkdir()
    return County(folder)
