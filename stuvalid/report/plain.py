"""``--output report.txt``: the terminal's report without colours, as a file."""

from __future__ import annotations

import io

from rich.console import Console

from stuvalid.findings import Findings
from stuvalid.report import text
from stuvalid.report.wording import Wording

_WIDTH = 100
_SHOWN_PER_RULE = 1_000


def render(findings: Findings, wording: Wording) -> str:
    """The text report, infos included: a file is for reading all of it."""
    stream = io.StringIO()
    console = Console(file=stream, width=_WIDTH, highlight=False, emoji=False, markup=False, color_system=None)
    text.render(findings, wording, console, per_rule=_SHOWN_PER_RULE, verbose=True)
    return stream.getvalue()
