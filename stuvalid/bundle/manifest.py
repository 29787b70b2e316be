"""The manifest: every file of a package with size and SHA-256, and every file received with what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

NAME = "manifest.json"
SCHEMA = "stuvalid.package/1"

Fate = Literal["included", "superseded", "refused", "passed-over"]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of the package: ``path`` below its root; ``sources`` are names of inputs it was made of."""

    path: str
    size: int
    sha256: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file received. ``reason`` says why it has its fate (zh); ``by`` names the input that took its place.

    ``sha256`` is '' where there are no bytes to hash (a refused member of an archive, a link).
    """

    path: str
    size: int
    sha256: str
    fate: Fate
    reason: str
    reason_en: str
    school: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package. ``created`` is the one thing that differs when the same input is bundled again.

    ``allowed_errors`` is the number of errors it was made in spite of; ``counts`` are totals by name.
    """

    title: str
    level: str
    division: str
    created: str
    operator: str
    version: str
    rules: str
    allowed_errors: int
    counts: Mapping[str, int]
    outputs: Sequence[OutputFile]
    inputs: Sequence[InputFile]

    def document(self) -> dict[str, Any]:
        """As plain data, in the shape of `SCHEMA`."""
        return {"schema": SCHEMA, **asdict(self)}


def finish(folder: Path, manifest: Manifest) -> None:
    """Prove that the sum is right and write the manifest into the package's ``folder``.

    Raises ValueError when an input is unaccounted for: included, but in no file of the package, or a source that
    was never received.
    """
    included = {entry.path for entry in manifest.inputs if entry.fate == "included"}
    used = {source for output in manifest.outputs for source in output.sources}
    if included != used:
        raise ValueError(f"unaccounted for: {sorted(included ^ used)[:5]}")
    text = json.dumps(manifest.document(), ensure_ascii=False, indent=1, sort_keys=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
