"""An unexpected skip fails in CI, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import is_expected

ROOT = Path(__file__).resolve().parents[1]
LATE = "import pytest\ndef test_it():\n    pytest.skip('{}')\n"
EARLY = "import pytest\npytest.importorskip('nothing_of_this_name')\ndef test_it(): pass\n"
EXPECTED = "the collected lists are not part of the project"


@pytest.mark.parametrize(
    ("text", "ci", "status"),
    [
        (LATE.format("no Chromium"), "true", 1),
        (EARLY, "true", 5),  # pytest's own code where no test runs at all
        (LATE.format(EXPECTED), "true", 0),
        (LATE.format("no Chromium"), "", 0),
        ("def test_it(): pass\n", "true", 0),
    ],
)
def test_only_expected_skips_pass(tmp_path: Path, text: str, ci: str, status: int) -> None:
    (tmp_path / "test_one.py").write_text(text + "\ndef test_other(): pass\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
    )
    assert done.returncode == status, done.stdout
    assert ("nobody expected it" in done.stdout) == bool(status)


def test_what_windows_has_not_may_be_skipped_there() -> None:
    assert is_expected("LibreOffice is not installed", "win32")
    assert not is_expected("LibreOffice is not installed", "linux")
    assert not is_expected("somebody was lazy", "win32")
