"""Packages that came from the level below: found, opened, and proved against their own manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from stuvalid.bundle.bag import TREE
from stuvalid.bundle.entries import Told
from stuvalid.bundle.kinds import junk_reason
from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.naming import safe_name
from stuvalid.bundle.opening import Member
from stuvalid.bundle.proving import NAMELESS, Faults, Tree, prove
from stuvalid.bundle.receiving import Refused
from stuvalid.bundle.unpacking import Reason, unpack
from stuvalid.findings import Finding, Severity
from stuvalid.findings.masking import mask_text
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules


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
                Refused(name, path.lstat().st_size, *reason, None if path.is_symlink() else path, passed_over=True)
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
    """Prove it as ``stuvalid verify`` does; the first error is the problem. How its outer folder is called does not matter."""
    told = Told.of(all_rules().values())
    members = {name: Member(path.stat().st_size, _opener(path)) for name, path in package.files.items()}
    listed = NAME in members
    hashes = {name: (members[name].size, _digest(path)) for name, path in package.files.items()} if listed else {}
    proved = prove(Tree(NAMELESS, members, hashes), package.name, Faults(told))
    package.manifest = proved.manifest if proved is not None else {}
    fault = next((finding for finding in told.findings if finding.severity is Severity.ERROR), None)
    if fault is not None:
        package.problem = _sentence(fault, package, "zh"), _sentence(fault, package, "en")
    elif package.title != safe_name(package.title):
        package.problem = "包名不是合法的文件夹名", "its title is no legal folder name"


def _sentence(fault: Finding, package: Package, lang: str) -> str:
    message, place = Wording(lang).message(fault), fault.place.file
    return message if place == package.name else f"{mask_text(place)}: {message}"


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
