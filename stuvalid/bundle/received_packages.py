"""Packages that came from the level below: found, opened, and proved against their own manifests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid.bundle.bag import TREE
from stuvalid.bundle.kinds import junk_reason
from stuvalid.bundle.manifest import NAME, SCHEMA
from stuvalid.bundle.naming import safe_name
from stuvalid.bundle.receiving import Refused
from stuvalid.bundle.unpacking import Reason, unpack

_MOST_MANIFEST_BYTES = 256 << 20


@dataclass(slots=True)
class Package:
    """One package: ``name`` as received, ``root`` its unpacked folder, ``files`` its content below ``root``.

    ``problem`` says why it is not what its manifest says, None when it is proved.
    """

    name: str
    root: Path
    archive: Path | None = None
    manifest: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    problem: Reason | None = None

    @property
    def title(self) -> str:
        return str(self.manifest.get("title", ""))

    @property
    def division(self) -> str:
        return str(self.manifest.get("division", ""))

    @property
    def created(self) -> str:
        return str(self.manifest.get("created", ""))

    def count(self, key: str) -> int:
        """A total of its manifest, 0 where it has none."""
        value = self.manifest.get("counts", {}).get(key, 0)
        return value if isinstance(value, int) else 0


def find_packages(
    folder: Path, scratch: Path, skip: Sequence[Path], progress: Callable[[int, int], None] | None = None
) -> tuple[list[Package], list[Refused]]:
    """Every package below ``folder`` (folders and zips), proved, and what is none."""
    packages: list[Package] = []
    others: list[Refused] = []
    skipped = {path.resolve() for path in skip}
    for path in _entries(folder, skipped):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            packages.append(Package(name, path, files=_files(path)))
        elif path.suffix.lower() == ".zip" and not junk_reason(name):
            packages.append(_unpacked(name, path, scratch / f"{len(packages):04}"))
        else:
            reason = junk_reason(name) or ("不是汇总包", "no package")
            others.append(
                Refused(
                    name, path.lstat().st_size, *reason, None if path.is_symlink() else path, passed_over=True
                )
            )
    for number, package in enumerate(packages, start=1):
        if package.problem is None:
            package.files = _without_bag(package.files)
            _prove(package)
        if progress:
            progress(number, len(packages))
    return packages, others


def _entries(folder: Path, skipped: set[Path]) -> Iterator[Path]:
    """Folders that are packages, and every file that lies in none."""
    for path in sorted(folder.iterdir()):
        if path.resolve() in skipped or path.name.startswith(".stuvalid-"):
            continue
        if path.is_dir() and not path.is_symlink() and not (path / NAME).is_file():
            yield from _entries(path, skipped)
        else:
            yield path


def _files(root: Path) -> dict[str, Path]:
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and not junk_reason(path.name)
    }


def _without_bag(files: dict[str, Path]) -> dict[str, Path]:
    """The prescribed tree of a package that came as a BagIt bag: what lies below ``data/NAME/``."""
    if "bagit.txt" not in files:
        return files
    inside = {name: path for name, path in files.items() if name.startswith(TREE)}
    return {name.removeprefix(TREE).partition("/")[2]: path for name, path in inside.items()}


def _unpacked(name: str, archive: Path, scratch: Path) -> Package:
    package = Package(name, scratch, archive)
    scratch.mkdir(parents=True)
    try:
        for member in unpack(archive, scratch):
            if member.path is None:
                package.problem = package.problem or member.refused
            else:
                top, _, inner = member.name.partition("/")
                package.files[inner or top] = member.path
    except ValueError as error:
        package.problem = error.args[0], error.args[1]
    return package


def _prove(package: Package) -> None:
    """Compare every file with the manifest; the first difference is the problem."""
    listed = package.files.get(NAME)
    if listed is None:
        package.problem = (
            "里面没有清单 manifest.json，不是 stuvalid 做的汇总包",
            "it holds no manifest.json: no package of stuvalid's",
        )
        return
    try:
        with listed.open("rb") as stream:
            manifest = json.loads(stream.read(_MOST_MANIFEST_BYTES))
        outputs = {entry["path"]: (entry["size"], entry["sha256"]) for entry in manifest["outputs"]}
        known = manifest["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        package.problem = "清单 manifest.json 读不懂", "its manifest.json cannot be read"
        return
    package.manifest = manifest
    for path, (size, digest) in outputs.items():
        file = package.files.get(path)
        if file is None:
            package.problem = f"缺少清单里的文件 {path}", f"{path} of the manifest is missing"
        elif file.stat().st_size != size or _digest(file) != digest:
            package.problem = (
                f"{path} 与清单不符，被改动过或已损坏",
                f"{path} differs from the manifest: changed or damaged",
            )
        if package.problem is not None:
            return
    extra = sorted(set(package.files) - {*outputs, NAME})
    if extra:
        package.problem = f"有清单之外的文件 {extra[0]}", f"{extra[0]} is not in the manifest"
    elif package.title != safe_name(package.title):
        package.problem = "包名不是合法的文件夹名", "its title is no legal folder name"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
