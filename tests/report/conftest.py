from __future__ import annotations

import pytest

from stuvalid.findings import Findings
from tests.report.cases import school


@pytest.fixture(scope="session")
def found() -> Findings:
    """Real findings of a small workbook, beside a file that cannot be read and one without mistakes."""
    return school()
