"""What to bundle and how, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stuvalid.bundle.entries import Plan
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Findings
from stuvalid.pupils.schools import School

Level = Literal["school", "county", "city", "province"]
ArchiveKind = Literal["zip", "zip-aes", "none"]

Progress = Callable[[str, int, int], None]
"""Told (what is being done, steps done, steps in all); ``what`` is one of the keys of `STAGES`."""

STAGES = {
    "receive": ("接收", "receiving"),
    "check": ("检查", "checking"),
    "photos": ("检查照片", "checking photos"),
    "write": ("写出", "writing"),
    "summary": ("汇总", "summing up"),
    "archive": ("打包", "archiving"),
    "verify": ("核验", "verifying"),
}


@dataclass(frozen=True, slots=True)
class BundleOptions:
    """``out`` is the folder the package appears in, or the package itself if it ends in .zip; None only plans.

    ``county`` is the division code of what is bundled. ``split`` is the most bytes of a volume, 0 for one file.
    With ``bag`` the tree is wrapped into a BagIt bag.
    """

    folder: Path
    out: Path | None = None
    level: Level = "county"
    schools: Path | None = None
    county: str = ""
    decisions: Path | None = None
    allow_errors: bool = False
    archive: ArchiveKind = "zip"
    password: str | None = None
    split: int = 0
    bag: bool = False
    operator: str = ""
    photos: bool = True
    photo_spec: str = ""
    lang: str = "zh"
    force: bool = False
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(slots=True)
class BundleResult:
    """``title`` is the package's name; ``written`` is empty when it was only planned or ``stopped`` by errors.

    ``check_code`` stands for the whole package, see `manifest.check_code`.
    """

    title: str
    level: Level
    plan: Plan
    findings: Findings
    missing: list[School] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    stopped: bool = False
    check_code: str = ""
