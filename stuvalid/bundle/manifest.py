"""The manifest: every file of a package with size and SHA-256, and every file received with what became of it.

It lies inside the package, beside the very data it lists, and therefore names files as they are; what is printed of
it (`stuvalid verify`) is masked like everything else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

NAME = "manifest.json"
SCHEMA = "stuvalid.package/1"

LEVELS = {"school": 10, "county": 6, "city": 4, "province": 2}
"""Digits of the code that a package of each level is named by."""

BELOW = {"city": "county", "province": "city"}
"""The level whose packages a package is made of."""

Fate = Literal["included", "superseded", "refused", "passed-over"]
FATES = ("included", "superseded", "refused", "passed-over")

Kind = Literal["workbook", "photo", "document", "report", "summary", "package"]
"""What a file of a package is: received from a school (the first three), made here, or of a package one level below."""

_RECEIVED_AS_IT_IS = ("workbook", "photo", "document")
_CODE_DIGITS = 16


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of the package: ``path`` below its root; ``sources`` are names of inputs it was made of.

    ``school`` is the code of the school it belongs to, '' for the package's own tables.
    """

    path: str
    size: int
    sha256: str
    sources: tuple[str, ...]
    kind: Kind
    school: str = ""


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
        """As plain data, in the shape of `SCHEMA` (``schema/package-1.json``)."""
        return {"schema": SCHEMA, **asdict(self)}


def moment() -> str:
    """Now, as a manifest records it; what SOURCE_DATE_EPOCH says where a build is to be repeated byte by byte."""
    with suppress(ValueError, OverflowError, OSError):
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH", ""))
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def finish(folder: Path, manifest: Manifest) -> str:
    """Prove that the sum is right and write the manifest into the package's ``folder``; returns its check code.

    Raises ValueError when an input is unaccounted for or an output has no source: that is a fault of the program.
    """
    document = manifest.document()
    fault = next(accounts(json.loads(json.dumps(document))), None)
    if fault is not None:
        raise ValueError(f"unaccounted for: {fault.path}: {fault.en}")
    data = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    (folder / NAME).write_bytes(data)
    return check_code(hashlib.sha256(data).hexdigest())


def check_code(sha256: str) -> str:
    """Sixteen digits that stand for the whole package, ``1F3A-09BC-…``: to be read out on the telephone or signed.

    ``sha256`` is the manifest's: it holds the hash of every file, so its own hash stands for all of them.
    """
    digits = sha256[:_CODE_DIGITS].upper()
    return "-".join(digits[start : start + 4] for start in range(0, _CODE_DIGITS, 4))


def parse(data: bytes) -> dict[str, Any]:
    """The manifest in ``data`` as plain data. Raises ValueError when it is none or lacks what proving relies on."""
    try:
        document = json.loads(data)
        _refuse_shape(document)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no manifest") from error
    found: dict[str, Any] = document
    return found


def _refuse_shape(document: Any) -> None:
    if document["schema"] != SCHEMA or document["level"] not in LEVELS:
        raise ValueError("another schema")
    _refuse_types(document, {"title": str, "division": str, "created": str, "operator": str, "version": str})
    numbers = (document["allowed_errors"], *document["counts"].values())
    if not all(isinstance(value, int) and abs(value) < 1 << 60 for value in numbers):
        raise ValueError("counts")
    for entry in document["outputs"]:
        _refuse_types(entry, {"path": str, "size": int, "sha256": str, "sources": list, "kind": str, "school": str})
        if not all(isinstance(source, str) for source in entry["sources"]):
            raise ValueError("sources")
    for entry in document["inputs"]:
        _refuse_types(entry, {"path": str, "size": int, "sha256": str, "fate": str, "reason": str, "by": str})


def _refuse_types(entry: Any, types: Mapping[str, type]) -> None:
    for key, wanted in types.items():
        if not isinstance(entry[key], wanted):
            raise TypeError(key)


class Unaccounted(NamedTuple):
    """A file that the books of a package do not balance for, and why in both languages."""

    path: str
    zh: str
    en: str


def accounts(document: Mapping[str, Any]) -> Iterator[Unaccounted]:
    """What is wrong with the books: every input has one fate, and what is included is in the package, and only that."""
    inputs = {entry["path"]: entry for entry in document["inputs"]}
    times = Counter(entry["path"] for entry in document["inputs"])
    included = {path for path, entry in inputs.items() if entry["fate"] == "included"}
    used = {source for entry in document["outputs"] for source in entry["sources"]}
    folders = {str(parent) for path in inputs for parent in PurePosixPath(path).parents}
    for path in sorted(included - used):
        yield Unaccounted(path, "写着已收入，却不在任何文件里", "included, but in no file")
    for path in sorted(used - included):
        yield Unaccounted(path, "用到了，却没有记为已收入", "used, but not recorded as included")
    for path, entry in inputs.items():
        if times[path] > 1:
            yield Unaccounted(path, "记了不止一次", "recorded more than once")
        elif entry["fate"] not in FATES or (entry["fate"] != "included" and not entry["reason"]):
            yield Unaccounted(path, "没有写明去向或原因", "its fate or the reason is not recorded")
        elif entry["fate"] == "superseded" and not _replaced(entry, inputs, folders):
            yield Unaccounted(path, "代替它的文件不在清单里", "what took its place is not listed")
    for entry in document["outputs"]:
        yield from _sourceless(entry, inputs)


def _replaced(entry: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]], folders: Set[str]) -> bool:
    """Whether the chain of replacements ends at a file with another fate, or at a package that came as a folder."""
    seen: set[str] = set()
    while entry["fate"] == "superseded":
        by = entry["by"]
        if by in folders:
            return not entry["path"].startswith(f"{by}/")
        if by in seen or by not in inputs:
            return False
        seen.add(by)
        entry = inputs[by]
    return True


def _sourceless(output: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Unaccounted]:
    """A school's file came in one input, unchanged."""
    if output["kind"] == "package" and not output["sources"]:
        yield Unaccounted(output["path"], "没有写明来源", "its source is not recorded")
    if output["kind"] not in _RECEIVED_AS_IT_IS:
        return
    if len(output["sources"]) != 1:
        yield Unaccounted(output["path"], "没有写明来源", "its source is not recorded")
        return
    source = inputs.get(output["sources"][0])
    if source is not None and (source["sha256"], source["size"]) != (output["sha256"], output["size"]):
        yield Unaccounted(output["path"], "与收到的原件不同", "it differs from what was received")
