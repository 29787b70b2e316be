"""A skip that nobody expects fails where CI=true: a test that never runs looks like one that passes.

Hooks of pytest, taken over by ``conftest.py``.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import pytest

EVERYWHERE = (
    "collected lists are not part of the project",
    "collection of awkward (files is optional|workbooks not present)",
)
"""Reasons that hold on every machine: larger collections than the repository carries."""

ON_WINDOWS = (
    "no process groups",
    "needs unzip",
    "closes file descriptors",
    "hard links are not used there",
    "file names are Unicode there",
    "POSIX",
    "(LibreOffice|playwright|Chromium|pdftotext|face)",
)
"""What Windows has not, or `.github/workflows/ci.yml` does not install there."""

_unexpected: list[str] = []


def is_expected(reason: str, platform: str = sys.platform) -> bool:
    """Whether a test may be skipped for this reason on this platform."""
    allowed = EVERYWHERE + (ON_WINDOWS if platform == "win32" else ())
    return any(re.search(pattern, reason) for pattern in allowed)


def _watch(report: Any) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or os.environ.get("CI", "").lower() not in ("true", "1"):
        return
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not is_expected(reason):
        _unexpected.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _watch(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _watch(report)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _unexpected:
        terminalreporter.section("skipped, and nobody expected it (tests/skips.py)")
        terminalreporter.write_line("\n".join(sorted(set(_unexpected))))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _unexpected and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
