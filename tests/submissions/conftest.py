"""A submission, and a home of its own for the key and the cache of every test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.duplicates.county import Pupil, school
from tests.program import stuvalid

CODE = "2114010060"
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where key and cache are kept during the test, for this process and those it starts."""
    place = tmp_path / "home"
    place.mkdir()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(place))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return place


@pytest.fixture
def run(home: Path) -> Run:
    return stuvalid


@pytest.fixture
def document(run: Run) -> Callable[..., dict[str, Any]]:
    def call(*arguments: object) -> dict[str, Any]:
        return json.loads(run(*arguments, "--format", "json").stdout)  # type: ignore[no-any-return]

    return call


@pytest.fixture
def pupils() -> list[Pupil]:
    """Thirty pupils of one school without a fault."""
    return school(CODE, 30, set())


def wrong_check_character(number: str) -> str:
    return number[:-1] + ("0" if number[-1] != "0" else "1")
