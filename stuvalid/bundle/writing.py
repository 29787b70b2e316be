"""From a plan to a package under its final name: the tree, its proof, the archive, and the one step that publishes it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from stuvalid import files
from stuvalid.bundle.bag import BAG_SUFFIX, bagged
from stuvalid.bundle.entries import PlanEntry
from stuvalid.bundle.manifest import InputFile, Manifest, OutputFile, finish, moment
from stuvalid.bundle.options import BundleOptions, BundleResult, Progress
from stuvalid.bundle.pictures import Pictures
from stuvalid.bundle.split import cut
from stuvalid.bundle.statistics import SchoolRow, school_rows
from stuvalid.bundle.tree import TreeOptions, write_tree
from stuvalid.errors import UsageError
from stuvalid.findings import Severity
from stuvalid.version import __version__
from stuvalid.workspace import swap_in

VOLUMES = "分卷"
_UNSETTLED = (
    "没有确定归属，按 --allow-errors 留在包外",
    "its owner was never settled; left out as --allow-errors asks",
)


def target_of(options: BundleOptions, title: str) -> Path:
    """Where the package will be: OUT itself if that names a zip, else in the folder OUT.

    Volumes appear together in a folder of their own, so that there is never a part of them only.
    """
    if options.out is None:
        raise ValueError("a plan has no target")
    out = options.out
    if out.suffix.lower() == ".zip":
        return out.with_name(f"{out.stem}{VOLUMES}") if options.split else out
    if options.archive == "none":
        return out / (f"{title}{BAG_SUFFIX}" if options.bag else title)
    return out / (f"{title}{VOLUMES}" if options.split else f"{title}.zip")


def refuse_target(options: BundleOptions, title: str) -> None:
    """Raise UsageError, before the work begins, for a target that exists, cannot be made or is the inputs' place."""
    if options.out is None:
        return
    if options.archive == "none" and options.out.suffix.lower() == ".zip":
        raise UsageError(
            f"“{options.out}”是 zip 的名字，但 --archive none 不打包。",
            f"'{options.out}' names a zip, but --archive none makes none.",
            mend_zh="用 -o 给出文件夹。",
            mend_en="Give a folder with -o.",
        )
    if options.archive == "zip-aes":
        encryption()
    target, folder = target_of(options, title), options.folder.resolve()
    if target.resolve() in (folder, *folder.parents) or options.out.resolve() == folder:
        raise UsageError(
            f"输出位置“{options.out}”就是收件的文件夹，原件不能动。",
            f"The output '{options.out}' is the folder of what was received.",
            mend_zh="请用 -o 换一个文件夹。",
            mend_en="Choose another folder with -o.",
        )
    inputs = [path for path in (options.folder, options.schools, options.decisions) if path is not None]
    as_folder = options.archive == "none" or bool(options.split)
    files.refuse_target(target, force=options.force, inputs=inputs, folder=as_folder)


def stage(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    """``progress`` for one stage."""
    if progress is None:
        return None
    told = progress

    def tell(done: int, total: int) -> None:
        told(name, done, total)

    return tell


def write_package(
    work: Path, result: BundleResult, pictures: Pictures, county: str, options: BundleOptions, progress: Progress | None
) -> None:
    """Build the package in ``work`` and publish it; ``result.written`` then names it."""
    target = target_of(options, result.title)
    built = work / "package" / result.title
    built.mkdir(parents=True)
    root = built if county else built.parent
    rows = school_rows(result.plan, result.findings, pictures)
    settings = TreeOptions(
        result.title if county else "", county, options.lang, options.check.workers or os.cpu_count() or 1
    )
    written = write_tree(root, result.plan, result.findings, pictures, rows, settings, stage(progress, "write"))
    if root != built:  # a package of one school is that school's folder
        written = [replace(file, path=file.path.removeprefix(f"{result.title}/")) for file in written]
    result.check_code = finish(built, manifest_of(result, written, rows, county, options))
    publish(built, target, work, options, progress)
    result.written.append(target)


def publish(built: Path, target: Path, work: Path, options: BundleOptions, progress: Progress | None) -> None:
    """Archive the finished folder ``built`` as asked, and give it its final name in one step."""

    def _swap(whole: Path) -> None:
        with files.clear_errors(target):
            swap_in(whole, target, work, replace=options.force)

    if options.bag:
        built = bagged(built, work / "bag")
    if options.archive == "none":
        _swap(built)
        files.has_written(target)
        return
    if progress:
        progress("archive", 0, 1)
    packed = work / "package.zip"
    write_archive(built, packed, options.archive, options.password)
    if options.split:
        volumes = work / target.name
        cut(packed, volumes, f"{target.name.removesuffix(VOLUMES)}.zip", options.split)
        _swap(volumes)
    else:
        _swap(packed)
    files.has_written(target)


def manifest_of(
    result: BundleResult, written: Sequence[OutputFile], rows: Sequence[SchoolRow], county: str, options: BundleOptions
) -> Manifest:
    """The manifest of a package that was just written."""
    plan, findings = result.plan, result.findings
    errors = findings.count(Severity.ERROR)
    return Manifest(
        title=result.title,
        level=options.level,
        division=county,
        created=moment(),
        operator=options.operator,
        version=__version__,
        rules=__version__,
        allowed_errors=errors,
        counts={
            "schools": len(plan.received),
            "missing_schools": len(result.missing),
            "pupils": sum(row.counts.pupils for row in rows),
            "photos": sum(row.photos for row in rows),
            "errors": errors,
            "warnings": findings.count(Severity.WARNING),
            "received": len(plan.entries),
            "files": len(written),
            "bytes": sum(file.size for file in written),
        },
        outputs=written,
        inputs=[_input(entry) for entry in plan.entries],
    )


def _input(entry: PlanEntry) -> InputFile:
    digest = entry.sha256()
    if entry.fate == "unclear":
        reason, reason_en = f"{_UNSETTLED[0]}：{entry.zh}", f"{_UNSETTLED[1]}: {entry.en}"
        return InputFile(entry.name, entry.size, digest, "refused", reason, reason_en)
    return InputFile(entry.name, entry.size, digest, entry.fate, entry.zh, entry.en, entry.school, entry.by)


ArchiveKind = Literal["zip", "zip-aes"]

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DEFLATED = frozenset({".json", ".txt", ".csv", ".tsv", ".html", ".htm", ".xml"})
_BLOCK = 1 << 20
_AE2 = 2
_UNIX, _MODE = 3, 0o100644 << 16


def write_archive(folder: Path, target: Path, kind: ArchiveKind, password: str | None = None) -> None:
    """Zip ``folder`` with its own name on top: sorted, dated 1980, text deflated and the rest stored.

    Encrypted, that zip is the one member of another: AES hides contents only, and photos are named by identity
    numbers. The salt of the encryption is random, so only the inner zip is the same each time.
    """
    if kind == "zip":
        _write_plain(folder, target)
        return
    inner = target.with_name(f"{target.name}.inner")
    try:
        _write_plain(folder, inner)
        with encrypting(target, password) as archive:
            _add(archive, inner, f"{folder.name}.zip")
    finally:
        inner.unlink(missing_ok=True)


def _write_plain(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file():
                _add(archive, path, f"{folder.name}/{path.relative_to(folder).as_posix()}")


def _add(archive: Any, path: Path, name: str) -> None:
    describe = getattr(archive, "zipinfo_cls", zipfile.ZipInfo)
    info = describe(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED if path.suffix.lower() in _DEFLATED else zipfile.ZIP_STORED
    info.create_system, info.external_attr = _UNIX, _MODE  # whichever system packs it
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as member:
        while block := source.read(_BLOCK):
            member.write(block)


def encryption() -> Any:
    """The library that encrypts, asked for before the work begins. Raises UsageError where it is not installed."""
    try:
        import pyzipper
    except ImportError:
        raise UsageError(
            "未安装加密组件。",
            "The encryption component is not installed.",
            mend_zh="请运行 pip install 'stuvalid[aes]'。",
            mend_en="Run: pip install 'stuvalid[aes]'",
        ) from None
    return pyzipper


def encrypting(target: Path | BinaryIO, password: str | None) -> Any:
    """AES-256 in the form of WinZip's AE-2, which 7-Zip, WinRAR and WPS open; it keeps no checksum of the content."""
    if not password:
        raise ValueError("an encrypted archive needs a password")
    library = encryption()
    archive = library.AESZipFile(target, "w")
    archive.setpassword(password.encode("utf-8"))
    archive.setencryption(library.WZ_AES, nbits=256, force_wz_aes_version=_AE2)
    return archive
