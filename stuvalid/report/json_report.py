"""``--format json``: one document on standard output."""

from __future__ import annotations

import json

from stuvalid.findings import Findings
from stuvalid.messages import Wording
from stuvalid.report.document import document


def render(findings: Findings, wording: Wording) -> str:
    """The document as JSON text, Chinese as it is."""
    return json.dumps(document(findings, wording), ensure_ascii=False, indent=1) + "\n"
