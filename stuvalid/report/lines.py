"""JSON with an entry a line: short to compare, and many times faster to write than indented JSON.

Python's fast encoder cannot indent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def compact(value: Any) -> str:
    """``value`` as JSON on one line, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False)


def listed(entries: Iterable[Any]) -> str:
    """An array with an entry a line."""
    lines = ",\n".join(map(compact, entries))
    return f"[\n{lines}\n]" if lines else "[]"
