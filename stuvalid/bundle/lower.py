"""Packages that came from the level below: found among what was received, and proved against their own manifests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from stuvalid.bundle.bag import TREE
from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.naming import safe_name
from stuvalid.bundle.opening import BAG_DECLARATION, PackageMember, Reason
from stuvalid.bundle.proof import NAMELESS, Faults, PackageTree, prove
from stuvalid.findings import Finding, Severity
from stuvalid.findings.masking import shown_path
from stuvalid.received.walk import NotRead, Reception, Source
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules
from stuvalid.rules.told import Told


@dataclass(slots=True)
class LowerPackage:
    """One package: ``name`` as received, ``archive`` the file it came in, ``files`` its content by path in it.

    ``packed`` when it is one file to whoever sent it; ``problem`` says why it is not what its manifest says, None when it is proved.
    """

    name: str
    archive: Path | None = None
    packed: bool = False
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
    reception: Reception, progress: Callable[[int, int], None] | None = None
) -> tuple[list[LowerPackage], list[NotRead]]:
    """Every package among what was received (as folders and in archives), proved, and what is none."""
    roots = _roots(reception)
    archives = {entry.name: entry for entry in reception.refused if entry.kind == "taken-apart"}
    packages: dict[str, LowerPackage] = {}
    for root in roots:
        archive = _outermost(root, archives)
        shared = archive is not None and sum(_outermost(other, archives) is archive for other in roots) > 1
        name = archive.name if archive is not None and not shared else root
        packages[root] = LowerPackage(name, archive.path if archive is not None else None, archive is not None)
    others: list[NotRead] = []
    for item in reception.items:
        package = packages.get(_above(item.name, roots))
        if package is not None and item.path is not None:
            package.files[item.name.removeprefix(f"{_above(item.name, roots)}/")] = item.path
        elif _outermost(item.name, archives) is None:
            others.append(NotRead(item.name, item.size, "unknown", "不是汇总包", "no package", item.path))
    for entry in reception.refused:
        package = packages.get(_above(entry.name, roots))
        inside = _outermost(entry.name, archives)
        if package is not None and entry.kind == "own" and entry.path is not None:
            package.files[entry.name.removeprefix(f"{_above(entry.name, roots)}/")] = entry.path
        elif package is not None and not entry.passed_over:
            package.problem = package.problem or (entry.zh, entry.en)
        elif package is None and inside is None and not entry.passed_over and entry.kind not in ("link", "special"):
            packages[entry.name] = LowerPackage(entry.name, entry.path, True, problem=(entry.zh, entry.en))
        elif package is None and inside is entry and not any(_outermost(root, archives) is entry for root in roots):
            packages[entry.name] = LowerPackage(
                entry.name, entry.path, True, problem=_first_refused(reception, entry.name)
            )
        elif package is None and inside is None:
            others.append(entry)
    found = sorted(packages.values(), key=lambda package: package.name)
    _prove_all(found, progress)
    return found, others


def _prove_all(packages: Sequence[LowerPackage], progress: Callable[[int, int], None] | None) -> None:
    for number, package in enumerate(packages, start=1):
        if package.problem is None:
            package.files = _without_bag(package.files)
            _prove(package)
        if progress:
            progress(number, len(packages))


def _roots(reception: Reception) -> list[str]:
    """The folders that hold a manifest or a bag, the outermost only; by their names as received."""
    holding = {
        item.name.rpartition("/")[0]
        for item in reception.items
        if item.name.rpartition("/")[2] in (NAME, BAG_DECLARATION)
    }
    outermost: list[str] = []
    for place in sorted(holding - {""}):
        if not any(place.startswith(f"{root}/") for root in outermost):
            outermost.append(place)
    return outermost


def _above(name: str, roots: Sequence[str]) -> str:
    """The package a file lies in, '-' for none."""
    return next((root for root in roots if name.startswith(f"{root}/")), "-")


def _outermost(name: str, archives: Mapping[str, NotRead]) -> NotRead | None:
    """The archive, of those not in another, that a name is, or lies in."""
    parts = name.split("/")
    return next(
        (
            archives[place]
            for place in map("/".join, (parts[:n] for n in range(1, len(parts) + 1)))
            if place in archives
        ),
        None,
    )


def _first_refused(reception: Reception, archive: str) -> Reason | None:
    inside = (entry for entry in reception.refused if entry.name.startswith(f"{archive}/") and not entry.passed_over)
    first = next(inside, None)
    return (first.zh, first.en) if first is not None else None


def _without_bag(files: dict[str, Path]) -> dict[str, Path]:
    """The prescribed tree of a package that came as a BagIt bag: what lies below ``data/NAME/``."""
    if BAG_DECLARATION not in files:
        return files
    inside = {name: path for name, path in files.items() if name.startswith(TREE)}
    return {name.removeprefix(TREE).partition("/")[2]: path for name, path in inside.items()}


def _prove(package: LowerPackage) -> None:
    """Prove it as ``stuvalid verify`` does; the first error is the problem. How its outer folder is called does not matter."""
    told = Told.of(all_rules().values())
    members = {name: PackageMember(path.stat().st_size, _opener(path)) for name, path in package.files.items()}
    listed = NAME in members
    hashes = (
        {name: (members[name].size, Source(name, path).sha256()) for name, path in package.files.items()}
        if listed
        else {}
    )
    proved = prove(PackageTree(NAMELESS, members, hashes), package.name, Faults(told))
    package.manifest = proved.manifest if proved is not None else {}
    fault = next((finding for finding in told.findings if finding.severity is Severity.ERROR), None)
    if fault is not None:
        package.problem = _sentence(fault, package, "zh"), _sentence(fault, package, "en")
    elif package.title != safe_name(package.title):
        package.problem = "包名不是合法的文件夹名", "its title is no legal folder name"


def _sentence(fault: Finding, package: LowerPackage, lang: str) -> str:
    message, place = Wording(lang).message(fault), fault.place.file
    return message if place == package.name else f"{shown_path(place)}: {message}"


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")
