"""COL: what parents sent, gathered by class. The rules are data in ``collecting.toml``; the code that judges them is the package `stuvalid.gathering`."""

from __future__ import annotations

from stuvalid.rules.registry import declare_all

declare_all("collecting.toml")
