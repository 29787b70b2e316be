"""From a folder to the evidence: packages by their manifests, pupils by their age, ledgers, consents."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.audit.model import Audit, Ended, Handed, Held, LedgerReport
from stuvalid.bundle.manifest import NAME, check_code, parse
from stuvalid.bundle.opening import damage, open_package
from stuvalid.check.run import CheckOptions
from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.exports.chain import EXPORT
from stuvalid.exports.chain import SCHEMA as LEDGER
from stuvalid.exports.destroying import DECLARED, DESTROYED, settled
from stuvalid.exports.ledger import Ledger, date_of, day_of
from stuvalid.exports.ledgerview import state_of
from stuvalid.exports.reading import Pupil, ages, read_pupils
from stuvalid.files import never_write
from stuvalid.findings.masking import shown_path

if TYPE_CHECKING:
    from stuvalid.bundle.opening import Opened

_COLLECTED = "stuvalid.collect/1"
_HEAD_BYTES, _MOST_JSON = 256, 64 << 20
_AGE_KEYS = ("name", "sex", "birth_date", "id_number", "record_number", "continuation_mark")


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """``on`` is the day of the audit, ``since`` the first of the year reported; ``ledgers`` are those kept elsewhere.

    ``password`` is asked for packages that are encrypted.
    """

    folder: Path
    on: dt.date
    since: dt.date
    ledgers: Sequence[Path] = ()
    password: Callable[[], str] | None = None
    check: CheckOptions = field(default_factory=CheckOptions)


def survey(options: AuditOptions, progress: Callable[[int, int], None] | None = None) -> Audit:
    """Gather the evidence. Raises UsageError where the folder is none or holds nothing to report."""
    if not options.folder.is_dir():
        raise UsageError(f"“{options.folder}”不是文件夹。", f"'{options.folder}' is not a folder.")
    never_write(options.folder)
    audit = Audit(shown_path(options.folder.resolve().name), options.on, options.since)
    files = list(_files(options.folder))
    ledgers = list(dict.fromkeys([*map(Path.resolve, options.ledgers), *_ledgers(files)]))
    copies = _read_ledgers(audit, ledgers, options)
    known = {path.resolve() for path in files if _is_copy(path, copies)}
    pupils: list[Pupil] = []
    packages = list(_packages(files, known, options, audit))
    for path, manifest, code in packages:
        held = _held_package(path, manifest, code, options)
        pupils += _read_into(audit, held, [path], options, (), progress)
        audit.held.append(held)
    kept = [one for path in ledgers for one in Ledger(path).files]
    beside = [path for path, _, _ in packages] + [*known, *kept]
    pupils += _beside(audit, options, [path for path in beside if path.exists()], progress)
    audit.ages = ages(pupils, options.on)
    _count_consents(audit, files)
    if not (audit.held or audit.books or audit.unread or audit.consents.files):
        raise UsageError(
            f"“{options.folder}”里没有学生数据、汇总包，也没有台账。",
            f"'{options.folder}' holds neither pupils nor packages nor a ledger.",
            mend_zh="给出保存学籍材料的文件夹；台账在别处的，加 --ledger。",
            mend_en="Give the folder where the data are kept; name a ledger kept elsewhere with --ledger.",
        )
    return audit


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names))


def _ledgers(files: Sequence[Path]) -> Iterator[Path]:
    """Every ledger, by what it begins with; and where a head or a key was left behind, the one that is gone."""
    for path in files:
        if path.suffix == ".head":
            yield path.with_suffix("").resolve()
        elif path.suffix == ".jsonl" and f'"schema": "{LEDGER}"'.encode() in _beginning(path):
            yield path.resolve()


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except OSError:
        return b""


def _read_ledgers(
    audit: Audit, ledgers: Sequence[Path], options: AuditOptions
) -> dict[tuple[int, str], Mapping[str, Any]]:
    """Every ledger's entries until the day of the audit; the copies they know, by size and hash.

    Of a ledger that does not verify what can be read is reported, beside the fault.
    """
    copies: dict[tuple[int, str], Mapping[str, Any]] = {}
    for path in ledgers:
        name = shown_path(path.name)
        try:
            proof = Ledger(path).prove()
        except UnreadableFile as error:
            audit.unread.append((name, error.text("zh"), error.text("en")))
            continue
        entries = [entry for entry in proof.chain.entries if day_of(entry) <= options.on]
        audit.books.append(LedgerReport(name, len(proof.chain.entries), proof.code, tuple(proof.breaks)))
        ends = settled(entries)
        for entry in entries:
            day = day_of(entry)
            if entry["kind"] == EXPORT:
                until = date_of(entry, "until") or options.on
                state = state_of(entry, ends, options.on)
                audit.handed.append(Handed(entry, name, day, state, (options.on - until).days))
                copies[int(entry["size"]), str(entry["sha256"])] = entry
            elif entry["kind"] in (DESTROYED, DECLARED):
                audit.ended.append(Ended(entry, name, day))
    return copies


def _is_copy(path: Path, copies: Mapping[tuple[int, str], Any]) -> bool:
    """Whether a file is a copy that a ledger knows: it is reported there."""
    try:
        size = path.stat().st_size
        if not any(size == known for known, _ in copies):
            return False
        with path.open("rb") as stream:
            return (size, hashlib.file_digest(stream, "sha256").hexdigest()) in copies
    except OSError:
        return False


def _packages(
    files: Sequence[Path], known: set[Path], options: AuditOptions, audit: Audit
) -> Iterator[tuple[Path, Mapping[str, Any], str]]:
    """Every package with its manifest and check code, the outermost of those inside one another."""
    inside: list[Path] = []
    for path in sorted(files, key=lambda one: (len(one.parts), one)):
        is_folder = path.name == NAME
        place = path.parent if is_folder else path
        if not is_folder and (path.suffix.lower() != ".zip" and not path.name.lower().endswith(".zip.001")):
            continue
        if path.resolve() in known or any(outer in place.parents for outer in inside):
            continue
        try:
            with open_package(place, options.password) as opened:
                found = _manifest(opened)
        except UnreadableFile as error:
            if error.reason == "encrypted":
                audit.unread.append((shown_path(str(path.relative_to(options.folder))), error.zh, error.en))
            continue
        if found is not None:
            inside.append(place)
            yield place, *found


def _manifest(opened: Opened) -> tuple[Mapping[str, Any], str] | None:
    name = next((name for name in opened.files if name == NAME or name.endswith(f"/{NAME}")), None)
    if name is None or opened.files[name].size > _MOST_JSON:
        return None
    try:
        with opened.files[name].open() as stream:
            data = stream.read(opened.files[name].size)
        return parse(data), check_code(hashlib.sha256(data).hexdigest())
    except damage():
        return None


def _held_package(path: Path, manifest: Mapping[str, Any], code: str, options: AuditOptions) -> Held:
    counts = manifest["counts"]
    return Held(
        shown_path(str(path.relative_to(options.folder)) if path != options.folder else path.resolve().name),
        True,
        files=len(manifest["outputs"]),
        photos=counts.get("photos", 0),
        made=manifest["created"][:10],
        by=manifest["operator"],
        code=code,
        stated=counts.get("pupils", -1),
    )


def _read_into(
    audit: Audit,
    held: Held,
    paths: Sequence[Path],
    options: AuditOptions,
    skip: Sequence[Path],
    progress: Callable[[int, int], None] | None,
) -> list[Pupil]:
    """The pupils below ``paths``, counted into ``held``."""
    check = options.check
    if options.password is not None and check.password is None:
        check = replace(check, password=options.password())
    try:
        found = read_pupils(paths, check, skip=skip, keys=_AGE_KEYS, progress=progress)
    except UsageError:
        return []  # nobody stands there
    for name, zh, en in found.lost:
        audit.unread.append((shown_path(name) if name else held.name, zh, en))
        held.read = False
    held.rows = len(found.pupils)
    held.ages = ages(found.pupils, options.on)
    held.files = held.files or len([report for report in found.findings.files if report.rows])
    return found.pupils


def _beside(
    audit: Audit, options: AuditOptions, skip: Sequence[Path], progress: Callable[[int, int], None] | None
) -> list[Pupil]:
    """The pupils that stand in no package, by the folder or file right below the one named."""
    whole = Held("", False)
    pupils = _read_into(audit, whole, [options.folder], options, skip, progress)
    top = f"{str(options.folder).rstrip('/')}/"
    places: dict[str, list[Pupil]] = {}
    for pupil in pupils:
        places.setdefault(pupil.file.removeprefix(top).split("/")[0], []).append(pupil)
    for name, mine in sorted(places.items()):
        audit.held.append(
            Held(shown_path(name), False, len(mine), ages(mine, options.on), len({one.file for one in mine}))
        )
    return pupils


def _count_consents(audit: Audit, files: Sequence[Path]) -> None:
    """What reports of `stuvalid collect` (json) say of guardians' consent."""
    for path in files:
        if path.suffix.lower() != ".json" or f'"{_COLLECTED}"'.encode() not in _beginning(path):
            continue
        try:
            summary = json.loads(path.read_bytes()[:_MOST_JSON])["summary"]
            counts = [int(summary[f"consent_{name}"]) for name in ("given", "refused", "none")]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            audit.unread.append((shown_path(path.name), "同意情况读不懂", "its consents cannot be read"))
            continue
        audit.consents.files += 1
        audit.consents.given += counts[0]
        audit.consents.refused += counts[1]
        audit.consents.none += counts[2]
