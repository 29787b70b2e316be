"""ROL: lists held against one another. The rules are data in ``rolls.toml``; the code that judges them is the package `stuvalid.rolls`."""

from __future__ import annotations

from stuvalid.rules.registry import declare_all

declare_all("rolls.toml")
