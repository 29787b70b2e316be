"""Papers of older programs (.doc, .wps, .rtf, .odt) made into .docx by LibreOffice, where one is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SUFFIXES = (".doc", ".wps", ".rtf", ".odt", ".dot", ".wpt")
_SECONDS_A_FILE, _SECONDS = 10, 60


def converter() -> str:
    """The program that converts, '' where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def as_docx(files: Sequence[tuple[str, bytes]], scratch: Path) -> list[bytes | None]:
    """Each file (its suffix, its content) as docx; None for what could not be converted. All in one run of the program."""
    program = converter()
    if not program or not files:
        return [None] * len(files)
    source, target = scratch / "papers", scratch / "converted"
    source.mkdir()
    target.mkdir()
    paths = []
    for number, (suffix, data) in enumerate(files):
        path = source / f"{number}{suffix}"
        path.write_bytes(data)
        paths.append(path)
    profile = (scratch / "profile").absolute().as_uri()
    order = [
        program,
        "--headless",
        "--norestore",
        f"-env:UserInstallation={profile}",
        "--convert-to",
        "docx:MS Word 2007 XML",
    ]
    # What is there was converted, even if the program was stopped or broke off.
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [*order, "--outdir", str(target), *map(str, paths)],
            check=False,
            capture_output=True,
            timeout=_SECONDS + _SECONDS_A_FILE * len(paths),
        )
    made = [target / f"{number}.docx" for number in range(len(files))]
    return [path.read_bytes() if path.is_file() else None for path in made]
