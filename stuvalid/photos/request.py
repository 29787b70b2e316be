"""What ``stuvalid photos`` is asked, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.findings import Findings, Severity
from stuvalid.photos.checking import Photo
from stuvalid.photos.places import DEFAULT_CAP
from stuvalid.photos.roster import RosterEntry
from stuvalid.photos.spec import DEFAULT

if TYPE_CHECKING:
    from stuvalid.photos.places import Grouping


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """What to check and what to write. ``workers`` 0 means one per processor.

    ``fix`` is the folder for repaired pictures, ``sheet`` the contact sheet (.html or .pdf), ``zip_by`` how
    upload archives are grouped ('' for none; needs ``fix``). ``faces`` None: checked if the runtime is there.
    ``password`` opens encrypted archives and rosters; ``template`` is the form rosters are on, '' for any known one.
    """

    paths: tuple[Path, ...]
    rosters: tuple[Path, ...] = ()
    template: str = ""
    spec: str = DEFAULT
    fix: Path | None = None
    background: bool = False
    sheet: Path | None = None
    zip_by: Grouping | None = None
    zip_cap: int = DEFAULT_CAP
    school_code: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()
    faces: bool | None = None
    workers: int = 0
    force: bool = False
    show_values: bool = False
    password: str | None = None
    today: dt.date = field(default_factory=dt.date.today)


@dataclass(slots=True)
class PhotoResult:
    """The findings (after repair: what remains), what was written, and how many pictures were repaired."""

    findings: Findings
    photos: list[Photo]
    missing: list[RosterEntry]
    written: list[Path] = field(default_factory=list)
    repaired: int = 0
    unrepaired: int = 0
    faces_checked: bool = True
