"""SCH: school, campus and class forms, movements and lists about pupils. The rules are data in ``schools.toml``; the code that
judges them is the package `stuvalid.collection`.
"""

from __future__ import annotations

from stuvalid.rules.registry import declare_all

declare_all("schools.toml")
