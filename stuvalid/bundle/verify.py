"""Proving a received package: every file by its hash, the names, the counts, and that nothing received got lost."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from stuvalid.bundle.bag import BAG_FILES, TREE, bag_faults
from stuvalid.bundle.entries import Told
from stuvalid.bundle.manifest import NAME, SCHEMA
from stuvalid.bundle.naming import division_folder
from stuvalid.bundle.opening import Member, Opened, open_package
from stuvalid.check import CheckOptions
from stuvalid.errors import UnreadableFile
from stuvalid.findings import FileReport, Findings
from stuvalid.rules.registry import selected_rules

_BLOCK = 1 << 20
_MOST_MANIFEST_BYTES = 256 << 20
_LEVELS = {"school": 10, "county": 6, "city": 4, "province": 2}
_FATES = {"included", "superseded", "refused", "passed-over"}
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """``password`` is asked only if the package is encrypted; ``recheck`` also runs the check on its workbooks."""

    path: Path
    password: Callable[[], str] | None = None
    recheck: bool = False
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(slots=True)
class VerifyResult:
    """What was found, and the package as it describes itself ({} when it could not be read)."""

    findings: Findings
    manifest: dict[str, Any] = field(default_factory=dict)
    files: int = 0
    size: int = 0


def verify_package(
    options: VerifyOptions, progress: Callable[[int, int], None] | None = None
) -> VerifyResult:
    """Prove the package at ``options.path``; whatever is wrong with it is a finding, never an exception."""
    told = Told.of(selected_rules(options.check.select, options.check.ignore, options.check.severities))
    findings = Findings([FileReport(options.path.name, "checked")])
    result = VerifyResult(findings)
    try:
        with open_package(options.path, options.password) as opened:
            _verify(opened, result, told, options, progress)
    except UnreadableFile as error:
        told.add(
            "package_unreadable",
            options.path.name,
            reason=error.zh.rstrip("。"),
            reason_en=error.en.rstrip("."),
        )
    told.into(findings)
    return result


def _verify(
    opened: Opened,
    result: VerifyResult,
    told: Told,
    options: VerifyOptions,
    progress: Callable[[int, int], None] | None,
) -> None:
    for name, (zh, en) in opened.refused:
        told.add("hostile_member", options.path.name, found=name, reason=zh, reason_en=en)
    hashes = _hashes(opened, told, options.path.name, progress)
    result.files, result.size = len(opened.files), sum(member.size for member in opened.files.values())
    for zh, en in bag_faults(opened, hashes):
        told.add("bag_broken", options.path.name, reason=zh, reason_en=en)
    tree = _tree(opened)
    manifest = _manifest(tree, told, options.path.name)
    if manifest is None:
        return
    result.manifest = manifest
    below = {
        name.removeprefix(tree.prefix): digest
        for name, digest in hashes.items()
        if name.startswith(tree.prefix)
    }
    _compare(tree, manifest, below, told)
    _count(manifest, told, options.path.name)
    _names(tree, manifest, told)
    _inputs(manifest, told, options.path.name)
    if manifest.get("allowed_errors"):
        told.add("made_in_spite_of_errors", options.path.name, found=manifest["allowed_errors"])
    if options.recheck:
        _recheck(tree, manifest, result.findings, told, options)


@dataclass(slots=True)
class _Tree:
    """The prescribed tree inside what was opened: in a bag it is below ``data/NAME/``."""

    name: str
    prefix: str
    files: dict[str, Member]


def _tree(opened: Opened) -> _Tree:
    if "bagit.txt" not in opened.files:
        return _Tree(opened.name, "", opened.files)
    inside = {name for name in opened.files if name.startswith(TREE)}
    title = next(iter(sorted(name.removeprefix(TREE).partition("/")[0] for name in inside)), "")
    prefix = f"{TREE}{title}/"
    return _Tree(
        title,
        prefix,
        {name.removeprefix(prefix): opened.files[name] for name in inside if name.startswith(prefix)},
    )


def _hashes(
    opened: Opened, told: Told, package: str, progress: Callable[[int, int], None] | None
) -> dict[str, tuple[int, str]]:
    """Real size and SHA-256 of each file; ('' where it cannot be read)."""
    found: dict[str, tuple[int, str]] = {}
    for number, (name, member) in enumerate(opened.files.items(), start=1):
        try:
            found[name] = _hash(member)
        except _DAMAGED:
            found[name] = (-1, "")
        if progress:
            progress(number, len(opened.files))
    return found


def _hash(member: Member) -> tuple[int, str]:
    """A member that unpacks to more than it said is not read to its end."""
    digest, size = hashlib.sha256(), 0
    with member.open() as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > member.size:
                return -1, ""
            digest.update(block)
    return size, digest.hexdigest()


def _manifest(tree: _Tree, told: Told, package: str) -> dict[str, Any] | None:
    member = tree.files.get(NAME)
    if member is None:
        told.add(
            "manifest_missing",
            package,
            reason=f"里面没有清单 {NAME}，不是 stuvalid 做的包",
            reason_en=f"it holds no {NAME}: no package of stuvalid's",
        )
        return None
    try:
        if member.size > _MOST_MANIFEST_BYTES:
            raise ValueError("too large")
        with member.open() as stream:
            data = json.loads(stream.read(_MOST_MANIFEST_BYTES))
        _refuse_shape(data)
    except (*_DAMAGED, KeyError, TypeError, AttributeError, RecursionError):
        told.add(
            "manifest_missing", package, reason=f"清单 {NAME} 读不懂", reason_en=f"its {NAME} cannot be read"
        )
        return None
    document: dict[str, Any] = data
    return document


def _refuse_shape(data: Any) -> None:
    """Raise unless the manifest has the shape that everything below relies on."""
    if data["schema"] != SCHEMA or data["level"] not in _LEVELS:
        raise ValueError("another schema")
    if not all(isinstance(value, int) for value in data["counts"].values()):
        raise ValueError("counts")
    for text in (data["title"], data["division"]):
        if not isinstance(text, str):
            raise TypeError("title")
    for entry in data["outputs"]:
        _ = entry["path"] + entry["sha256"], entry["size"] + 0, [source + "" for source in entry["sources"]]
    for entry in data["inputs"]:
        _ = entry["path"] + entry["sha256"] + entry["fate"] + entry["by"] + entry["reason"], entry["size"] + 0


def _compare(
    tree: _Tree, manifest: Mapping[str, Any], hashes: Mapping[str, tuple[int, str]], told: Told
) -> None:
    listed = {entry["path"]: entry for entry in manifest["outputs"]}
    for path, entry in listed.items():
        if path not in hashes:
            told.add("file_missing", path)
            continue
        size, digest = hashes[path]
        if size < 0:
            told.add("file_changed", path, reason="读不出来", reason_en="it cannot be read")
        elif size != entry["size"]:
            told.add(
                "file_changed",
                path,
                reason=f"大小 {size}，应为 {entry['size']}",
                reason_en=f"{size} bytes, not {entry['size']}",
            )
        elif digest != entry["sha256"]:
            told.add("file_changed", path, reason="内容不同", reason_en="other content")
    for path in sorted(set(tree.files) - {*listed, NAME}):
        told.add("file_not_listed", path)


def _count(manifest: Mapping[str, Any], told: Told, package: str) -> None:
    outputs = manifest["outputs"]
    actual = {"files": len(outputs), "bytes": sum(entry["size"] for entry in outputs)}
    words = {"files": ("文件数", "files"), "bytes": ("字节数", "bytes")}
    for key, found in actual.items():
        expected = manifest["counts"].get(key)
        if expected is not None and expected != found:
            zh, en = words[key]
            told.add("count_wrong", package, what=f"{zh}/{en}", expected=expected, found=found)


def _names(tree: _Tree, manifest: Mapping[str, Any], told: Told) -> None:
    """Code + name on every level, the names as the divisions have them."""
    title, level = manifest["title"], manifest["level"]
    if tree.name != title and not tree.name.endswith((".zip", ".001")):
        told.add("wrong_folder_name", tree.name, found=tree.name, expected=title)
    if level != "school" and title != division_folder(manifest["division"]):
        told.add("wrong_folder_name", tree.name, found=title, expected=division_folder(manifest["division"]))
    depths = {"school": (), "county": (10,), "city": (6, 10), "province": (4, 6, 10)}[level]
    seen = set()
    for path in tree.files:
        for depth, name in enumerate(PurePosixPath(path).parts[:-1][: len(depths)]):
            seen.add((depth, name))
    for depth, name in sorted(seen):
        digits = depths[depth]
        code = name[:digits]
        good = (
            len(code) == digits
            and code.isascii()
            and code.isdigit()
            and not name[digits : digits + 1].isdigit()
        )
        if good and digits < _LEVELS["school"]:
            good = name == division_folder(code)
        if not good:
            expected = (
                division_folder(code)
                if digits < _LEVELS["school"] and code.isdigit()
                else f"{digits}位代码+名称"
            )
            told.add("wrong_folder_name", name, found=name, expected=expected)


def _inputs(manifest: Mapping[str, Any], told: Told, package: str) -> None:
    """Every file received has a fate, and included means that it is in a file of the package."""
    fates = Counter(entry["path"] for entry in manifest["inputs"])
    known = {entry["path"]: entry["fate"] for entry in manifest["inputs"]}
    used = {source for entry in manifest["outputs"] for source in entry["sources"]}
    for path in sorted({path for path, fate in known.items() if fate == "included"} - used):
        told.add(
            "input_unaccounted",
            package,
            found=path,
            reason="写着已收入，却不在任何文件里",
            reason_en="included, but in no file",
        )
    for path in sorted(used - {path for path, fate in known.items() if fate == "included"}):
        told.add(
            "input_unaccounted",
            package,
            found=path,
            reason="用到了，却没有记为已收入",
            reason_en="used, but not recorded as included",
        )
    for entry in manifest["inputs"]:
        if (
            entry["fate"] not in _FATES
            or (entry["fate"] != "included" and not entry["reason"])
            or fates[entry["path"]] > 1
        ):
            told.add(
                "input_unaccounted",
                package,
                found=entry["path"],
                reason="记录不全",
                reason_en="its record is not whole",
            )
        elif entry["fate"] == "superseded" and entry["by"] not in known:
            told.add(
                "input_unaccounted",
                package,
                found=entry["path"],
                reason="代替它的文件不在清单里",
                reason_en="what took its place is not listed",
            )


def _recheck(
    tree: _Tree, manifest: Mapping[str, Any], findings: Findings, told: Told, options: VerifyOptions
) -> None:
    """Check the schools' workbooks again, and count their pupils."""
    from stuvalid.check import check_sources
    from stuvalid.discovery import Source

    sources = [Source(name, data=_content(tree.files[name])) for name in _workbooks(tree.files, manifest["level"])]
    if not sources:
        return
    checked = check_sources(sources, options.check)
    findings.files += checked.files
    findings.blocks += _moved(checked, len(findings.files) - len(checked.files))
    for finding in checked.extra:
        findings.add(finding)
    pupils, expected = sum(report.rows for report in checked.files), manifest["counts"].get("pupils")
    if expected is not None and pupils != expected:
        told.add("count_wrong", options.path.name, what="学生数/pupils", expected=expected, found=pupils)


def _moved(checked: Findings, offset: int) -> list[Any]:
    for block in checked.blocks:
        block.file += offset
    return checked.blocks


def _workbooks(names: Mapping[str, Member], level: str) -> Sequence[str]:
    """The workbooks in school folders; reports and attachments are none, nor are the summaries above them."""
    from stuvalid.bundle.layout import ATTACHMENTS, REPORT
    from stuvalid.discovery import WORKBOOK_SUFFIXES

    chosen = []
    for name in sorted(names):
        path = PurePosixPath(name)
        in_school = level == "school" or any(part[:10].isdigit() and len(part) > 10 for part in path.parts[:-1])
        if (
            path.suffix.lower() in WORKBOOK_SUFFIXES
            and in_school
            and path.name != REPORT
            and ATTACHMENTS not in path.parts
        ):
            chosen.append(name)
    return [name for name in chosen if name not in BAG_FILES]


def _content(member: Member) -> bytes:
    try:
        with member.open() as stream:
            return stream.read(member.size)
    except _DAMAGED:
        return b""
