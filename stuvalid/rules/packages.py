"""PKG: packages. The rules are data in ``packages.toml``; the code that judges them is the package `stuvalid.bundle`."""

from __future__ import annotations

import tomllib
from importlib import resources

from stuvalid.findings import Severity
from stuvalid.rules.registry import declare

_TEXT = (resources.files("stuvalid.rules") / "packages.toml").read_text(encoding="utf-8")

for _id, _entry in tomllib.loads(_TEXT).items():
    declare(
        _id,
        _entry["slug"],
        Severity.parse(_entry["severity"]),
        zh=_entry["zh"],
        en=_entry["en"],
        mend=_entry["mend_zh"],
        mend_en=_entry["mend_en"],
        source=_entry["source"],
        private=_entry.get("private", {}),
    )
