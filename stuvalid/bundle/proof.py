"""Proving a tree against its manifest: files, counts, names and books; for a city, the counties' packages in it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stuvalid.bundle.manifest import BELOW, LEVELS, NAME, accounts, parse
from stuvalid.bundle.naming import division_folder
from stuvalid.bundle.opening import PackageMember, damage
from stuvalid.rules.told import Told

NAMELESS = ""
"""The name of a tree whose own folder may be called anything."""

_MOST_MANIFEST_BYTES, _USUAL_MANIFEST_BYTES, _BYTES_A_FILE = 256 << 20, 16 << 20, 8 << 10
_WORDS = {
    "files": ("文件数", "files"),
    "bytes": ("字节数", "bytes"),
    "received": ("收到的文件数", "files received"),
    "schools": ("学校数", "schools"),
    "missing_schools": ("未报学校数", "missing schools"),
    "pupils": ("学生数", "pupils"),
    "photos": ("照片数", "photos"),
    "errors": ("错误数", "errors"),
    "warnings": ("警告数", "warnings"),
    "packages": ("下级包数", "packages"),
}
_SUMMED = ("schools", "missing_schools", "pupils", "photos", "errors", "warnings")
_BELOW_DIGITS = {"county": LEVELS["school"], "city": LEVELS["county"], "province": LEVELS["city"]}


@dataclass(frozen=True, slots=True)
class PackageTree:
    """A package's folder inside what was opened, ``place`` naming it to the user ('' for the outermost).

    ``hashes`` are size and SHA-256 of each file as they are, (-1, '') for one that cannot be read.
    """

    name: str
    files: Mapping[str, PackageMember]
    hashes: Mapping[str, tuple[int, str]]
    place: str = ""


@dataclass(slots=True)
class Proved:
    """A tree with its manifest, and the packages inside it."""

    tree: PackageTree
    manifest: dict[str, Any]
    label: str
    inside: list[Proved] = field(default_factory=list)

    def walk(self) -> Iterator[Proved]:
        """It and all inside it."""
        yield self
        for proved in self.inside:
            yield from proved.walk()


class Faults:
    """Tells each fault of each place once, although every package around a file speaks of it."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._seen: set[tuple[str, str]] = set()

    def add(self, slug: str, place: str, **params: Any) -> None:
        """Tell a fault that a place has only once."""
        if (slug, place) not in self._seen:
            self._seen.add((slug, place))
            self._told.add(slug, place, **params)

    def count(self, place: str, key: str, expected: object, found: object) -> None:
        """Tell that a total is wrong, if it is; one that the manifest does not state cannot be."""
        if expected is not None and expected != found:
            zh, en = _WORDS.get(key, (key, key))
            self._told.add("count_wrong", place, what=zh, what_en=en, expected=expected, found=found)

    def name(self, place: str, found: str, expected: str, expected_en: str = "") -> None:
        """Tell that a folder has the wrong name."""
        self.add("wrong_folder_name", place, found=found, expected=expected, expected_en=expected_en or expected)


def prove(tree: PackageTree, label: str, faults: Faults) -> Proved | None:
    """Compare a tree with its manifest, telling ``faults``; ``label`` names the package. None without a manifest."""
    manifest = _manifest(tree, label, faults)
    if manifest is None:
        return None
    proved = Proved(tree, manifest, label)
    _compare(tree, manifest, faults)
    for fault in accounts(manifest):
        faults.add("input_unaccounted", fault.path, reason=fault.zh, reason_en=fault.en)
    _names(tree, manifest, label, faults)
    if manifest["level"] in BELOW:
        proved.inside = _inside(tree, manifest, faults)
    _counts(proved, faults)
    if manifest["allowed_errors"]:
        faults.add("made_in_spite_of_errors", label, found=manifest["allowed_errors"])
    return proved


def _manifest(tree: PackageTree, label: str, faults: Faults) -> dict[str, Any] | None:
    member = tree.files.get(NAME)
    if member is None:
        faults.add(
            "manifest_missing",
            label,
            reason=f"里面没有清单 {NAME}，不是 stuvalid 做的包",
            reason_en=f"it holds no {NAME}: no package of stuvalid's",
        )
        return None
    # A manifest is no longer than its files are many: what is read into memory is bounded by what was sent.
    most = min(_MOST_MANIFEST_BYTES, _USUAL_MANIFEST_BYTES + _BYTES_A_FILE * len(tree.files))
    try:
        with member.open() as stream:
            data = stream.read(min(most, member.size) + 1)
        if len(data) > most:
            raise ValueError("too large")
        return parse(data)
    except damage():
        faults.add("manifest_missing", label, reason=f"清单 {NAME} 读不懂", reason_en=f"its {NAME} cannot be read")
        return None


def _compare(tree: PackageTree, manifest: Mapping[str, Any], faults: Faults) -> None:
    for entry in manifest["outputs"]:
        place = tree.place + entry["path"]
        size, digest = tree.hashes.get(entry["path"], (None, ""))
        if size is None:
            faults.add("file_missing", place)
        elif size < 0:
            faults.add("file_changed", place, reason="读不出来", reason_en="it cannot be read")
        elif size != entry["size"]:
            faults.add(
                "file_changed",
                place,
                reason=f"大小 {size}，应为 {entry['size']}",
                reason_en=f"{size} bytes, not {entry['size']}",
            )
        elif digest != entry["sha256"]:
            faults.add("file_changed", place, reason="内容不同", reason_en="other content")
    for path in sorted(set(tree.files) - {entry["path"] for entry in manifest["outputs"]} - {NAME}):
        faults.add("file_not_listed", tree.place + path)


def _names(tree: PackageTree, manifest: Mapping[str, Any], label: str, faults: Faults) -> None:
    """Code + name on every level, the names as the divisions have them."""
    title, level = manifest["title"], manifest["level"]
    if tree.name not in (title, NAMELESS) and not tree.name.endswith((".zip", ".001")):
        faults.name(label, tree.name, title)
    if level == "school":
        _school_name(label, title, faults)
    elif title != division_folder(manifest["division"]) or len(manifest["division"]) != LEVELS[level]:
        faults.name(label, title, division_folder(manifest["division"]))
    folders = sorted({path.partition("/")[0] for path in tree.files if "/" in path})
    for folder in folders if level in BELOW else ():
        code = folder[: _BELOW_DIGITS[level]]
        if not code.startswith(manifest["division"]) or folder != division_folder(code):
            known = code.isascii() and code.isdigit() and code.startswith(manifest["division"])
            digits = _BELOW_DIGITS[level]
            faults.name(
                tree.place + folder,
                folder,
                division_folder(code) if known else f"{digits}位代码+名称",
                "" if known else f"code of {digits} digits + name",
            )
    if level == "county":
        for folder in folders:
            _school_name(tree.place + folder, folder, faults)
        for entry in manifest["outputs"]:
            folder = entry["path"].partition("/")[0]
            if entry["school"] and not folder.startswith(entry["school"]):
                faults.name(tree.place + folder, folder, f"{entry['school']}…")


def _school_name(place: str, folder: str, faults: Faults) -> None:
    digits = LEVELS["school"]
    code, name = folder[:digits], folder[digits:]
    if not (len(code) == digits and code.isascii() and code.isdigit()) or name[:1].isdigit():
        faults.name(place, folder, f"{digits}位代码+名称", f"code of {digits} digits + name")


def _inside(tree: PackageTree, manifest: Mapping[str, Any], faults: Faults) -> list[Proved]:
    """The packages of the level below, each proved against its own manifest."""
    members: dict[str, dict[str, PackageMember]] = {}
    for path, member in tree.files.items():
        folder, _, below = path.partition("/")
        if below:
            members.setdefault(folder, {})[below] = member
    proved = []
    for folder, files in sorted(members.items()):
        hashes = {below: tree.hashes[f"{folder}/{below}"] for below in files}
        label = tree.place + folder
        found = prove(PackageTree(folder, files, hashes, f"{label}/"), label, faults)
        if found is not None:
            proved.append(found)
            if found.manifest["level"] != BELOW[manifest["level"]]:
                faults.name(label, folder, BELOW[manifest["level"]])
    return proved


def _counts(proved: Proved, faults: Faults) -> None:
    """Every total that follows from the files or from the packages inside."""
    manifest, outputs = proved.manifest, proved.manifest["outputs"]
    actual = {
        "files": len(outputs),
        "bytes": sum(entry["size"] for entry in outputs),
        "received": len(manifest["inputs"]),
    }
    if manifest["level"] in BELOW:
        actual["packages"] = len(proved.inside)
        for key in _SUMMED:
            actual[key] = sum(inside.manifest["counts"].get(key, 0) for inside in proved.inside)
    else:
        schools = {entry["school"] for entry in outputs if entry["kind"] == "workbook"}
        actual["schools"] = len(schools)
        actual["photos"] = sum(entry["kind"] == "photo" for entry in outputs)
    for key, found in actual.items():
        faults.count(proved.label, key, manifest["counts"].get(key), found)


def workbooks(proved: Proved) -> list[str]:
    """Paths of the schools' workbooks that are as the manifest says, those inside its inner packages not included."""
    return [
        entry["path"]
        for entry in proved.manifest["outputs"]
        if entry["kind"] == "workbook" and proved.tree.hashes.get(entry["path"]) == (entry["size"], entry["sha256"])
    ]
