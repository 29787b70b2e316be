"""A small county of invented schools as its files arrive, for the tests of bundling."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from samples.people import People
from stuvalid.bundle.command import run_bundle
from stuvalid.bundle.entries import PlanEntry
from stuvalid.bundle.options import BundleOptions, BundleResult
from stuvalid.check.run import CheckOptions
from stuvalid.forms import template
from tests.books import workbook

FIRST, SECOND, THIRD = "2114010068", "2114010075", "2114010082"
NAMES = {FIRST: "太原市迎泽区双塔西街小学校", SECOND: "太原市迎泽区青年路小学", THIRD: "太原市迎泽区解放路小学"}
CHECK = CheckOptions(isolated=False, workers=1)
LONG_AGO = 1_700_000_000


@cache
def _people(code: str, seed: int) -> tuple[Mapping[str, str], ...]:
    return tuple(People(seed, code).rows(template("student-2013"), 60))


def pupils(code: str, start: int = 0, stop: int = 10, **changes: str) -> list[dict[str, str]]:
    """Pupils of a school, the same for the same numbers."""
    return [{**entry, **changes} for entry in _people(code, int(code[-4:]))[start:stop]]


def book(code: str, start: int = 0, stop: int = 10, *, titles: Sequence[str] = (), **changes: str) -> bytes:
    return workbook(pupils(code, start, stop, **changes), titles=titles)


def zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 9, 1, 8, 0, 0)), data)
    return stream.getvalue()


@dataclass
class County:
    """A folder of received files; `plan` says what would become of them."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, data: bytes, *, age: int = 0) -> Path:
        """A received file, ``age`` seconds older than the youngest there can be."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (LONG_AGO - age, LONG_AGO - age))
        return path

    def list_schools(self, *codes: str, extra: str = "") -> None:
        """Give the official list of these schools (all three if none is named)."""
        lines = ["学校标识码,学校名称,县区代码" + (",学生数,班级数" if extra else "")]
        lines += [f"{code},{NAMES[code]},140106{extra}" for code in codes or NAMES]
        path = self.folder.parent / "schools.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        self.options["schools"] = path

    def run(self, **options: Any) -> BundleResult:
        given = {"county": "140106", "check": CHECK, "photos": False, **self.options, **options}
        return run_bundle(BundleOptions(self.folder, **given))

    def plan(self, **options: Any) -> dict[str, PlanEntry]:
        """What becomes of each file, by its name."""
        return {entry.name: entry for entry in self.run(**options).plan.entries}

    def told(self, **options: Any) -> list[tuple[str, str]]:
        """Rules of packages that speak, with the file or school they speak of."""
        findings = self.run(**options).findings
        return [(entry.rule, entry.place.file) for entry in findings.extra if entry.rule.startswith("PKG")]
