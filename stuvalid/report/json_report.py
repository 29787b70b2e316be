"""``--format json``: one document on standard output."""

from __future__ import annotations

from stuvalid.findings import Findings
from stuvalid.report.document import document
from stuvalid.report.lines import compact, listed
from stuvalid.report.wording import Wording


def render(findings: Findings, wording: Wording) -> str:
    """The document as JSON text, Chinese as it is, with a file and a finding a line."""
    members = (
        f'"{name}": {listed(value) if isinstance(value, list) else compact(value)}'
        for name, value in document(findings, wording).items()
    )
    return "{\n" + ",\n".join(members) + "\n}\n"
