"""PHO: photos. The rules are data in ``photos.toml``; the code that judges them is the package `stuvalid.photos`."""

from __future__ import annotations

from collections.abc import Mapping

from stuvalid.rules.registry import Rule, declare_all

PHOTO_RULES: Mapping[str, Rule] = declare_all("photos.toml")
