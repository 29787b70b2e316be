"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_key_and_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves a key or results in the home of whoever runs it, or is answered from there."""
    place: Path = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
            patch.setitem(os.environ, name, str(place / name))
        yield
