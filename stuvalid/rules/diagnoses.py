"""DIA: what happened to a sheet. The rules are data in ``diagnoses.toml``; the code that judges them is `stuvalid.diagnosis`."""

from __future__ import annotations

from stuvalid.rules.registry import declare_all

declare_all("diagnoses.toml")
