"""PKG: packages. The rules are data in ``packages.toml``; the code that judges them is the package `stuvalid.bundle`."""

from __future__ import annotations

from stuvalid.rules.registry import declare_all

declare_all("packages.toml")
