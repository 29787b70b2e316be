"""``--fix``: repaired pictures named and sorted into a fresh folder, upload archives, and the log of every step."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stuvalid.errors import UnreadableFile
from stuvalid.files import build_folder
from stuvalid.findings import Severity
from stuvalid.photos.checking import Photo, Progress, engine_for, in_workers
from stuvalid.photos.cropping import Step
from stuvalid.photos.inspect import Inspection
from stuvalid.photos.places import PhotoTarget, free_path, pack, targets, undecided
from stuvalid.photos.repair import Repaired, repair_photo
from stuvalid.photos.roster import Roster
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.sources import LOG_CSV, LOG_JSON, Picture
from stuvalid.photos.spec import Spec
from stuvalid.rules.photos import PHOTO_RULES
from stuvalid.workers import Outcome

if TYPE_CHECKING:
    from stuvalid.photos.request import PhotoOptions, PhotoResult

# What a right name and place in OUT settles; the rest of a name's faults stays true.
_SETTLED_BY_NAMING = frozenset(
    {
        "name_not_recognised",
        "small_x_in_name",
        "wrong_extension",
        "spelling_of_name",
        "outside_no_number_folder",
        "in_no_number_folder",
        "wrong_class_folder",
        "name_without_number",
    }
)


@dataclass(frozen=True, slots=True)
class RepairTask:
    """What a worker needs to repair one picture."""

    picture: Picture
    before: Inspection
    spec: Spec
    background: bool


@dataclass(slots=True)
class LogEntry:
    """One picture in the log."""

    source: str
    target: str
    steps: tuple[Step, ...]
    before: list[str]
    after: list[str]
    reason: str = ""


def write_repaired(
    result: PhotoResult, roster: Roster | None, spec: Spec, options: PhotoOptions, progress: Progress | None
) -> None:
    """Fill ``options.fix`` and leave in ``result`` what remains wrong. The folder appears whole or not at all."""
    if options.fix is None:
        return
    inputs = [*options.paths, *options.rosters]
    places = targets(result.photos, roster)
    used = {target.path.casefold() for target in places}
    log: list[LogEntry] = []
    with build_folder(options.fix, force=options.force, inputs=inputs) as root:
        ready: list[PhotoTarget] = []
        for photo, target, repaired in _repaired(result.photos, places, spec, options, progress):
            entry = _settle(photo, target, repaired)
            log.append(entry)
            data = repaired.data if repaired.data is not None else _source(photo)
            result.unrepaired += repaired.data is None
            if data is None:
                continue
            fails = _fails(repaired)
            place = free_path(undecided(target.path), used) if fails and target.decided else target.path
            path = root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            entry.target = place
            photo.output = options.fix / place
            result.repaired += bool(repaired.steps)
            if target.decided and not any(fault.severity == Severity.ERROR for fault in photo.faults):
                ready.append(target)
        if options.zip_by is not None:
            for archive in pack(root, ready, options.zip_by, options.zip_cap):
                result.written.append(options.fix / archive.relative_to(root))
        log.sort(key=lambda entry: entry.source)
        (root / LOG_JSON).write_text(json.dumps(_as_json(log, spec), ensure_ascii=False, indent=1), encoding="utf-8")
        (root / LOG_CSV).write_text(_as_csv(log), encoding="utf-8-sig", newline="")
    result.written.insert(0, options.fix)


def _repaired(
    photos: list[Photo], places: list[PhotoTarget], spec: Spec, options: PhotoOptions, progress: Progress | None
) -> Iterator[tuple[Photo, PhotoTarget, Repaired]]:
    """Each photo with its target and its repair, as they are done."""
    numbers = [number for number, photo in enumerate(photos) if photo.inspection is not None]
    tasks = [
        RepairTask(photo.picture, photo.inspection, spec, options.background)
        for photo in photos
        if photo.inspection is not None
    ]
    done = 0
    for outcomes in in_workers(repair_chunk, tasks, options.workers):
        for outcome in outcomes:
            number = numbers[outcome.index]
            yield photos[number], places[number], _of_outcome(outcome)
        done += len(outcomes)
        if progress:
            progress(done, len(tasks))


def _fails(repaired: Repaired) -> bool:
    """Whether the picture would still be refused."""
    found = repaired.inspection.faults if repaired.inspection is not None else ()
    return repaired.data is None or any(entry.severity == Severity.ERROR for entry in (*repaired.faults, *found))


def _source(photo: Photo) -> bytes | None:
    """The picture as it came, for a person to look at, if it is a JPEG that opens."""
    seen = photo.inspection
    if seen is None or seen.kind != "JPEG" or "picture" in seen.unchecked:
        return None
    try:
        return photo.picture.read()
    except UnreadableFile:
        return None


def _of_outcome(outcome: Outcome) -> Repaired:
    if outcome.failure is None and isinstance(outcome.result, Repaired):
        return outcome.result
    kind = outcome.failure.kind if outcome.failure else "died"
    detail = outcome.failure.detail if outcome.failure else ""
    return Repaired(None, (), (fault("not_repaired", reason=detail or kind, reason_en=kind),))


def repair_chunk(tasks: list[RepairTask]) -> list[Repaired]:
    """Repair pictures in this process."""
    engine = engine_for(True)
    repaired = []
    for task in tasks:
        try:
            data = task.picture.read()
        except UnreadableFile as error:
            repaired.append(Repaired(None, (), (fault("not_repaired", reason=error.zh, reason_en=error.en),)))
            continue
        repaired.append(repair_photo(data, task.before, task.spec, engine, background=task.background))
    return repaired


def _settle(photo: Photo, target: PhotoTarget, repaired: Repaired) -> LogEntry:
    """Replace what was said of the picture by what remains, and write it down."""
    seen = photo.inspection.faults if photo.inspection else ()
    own = set(map(id, seen))
    before = [entry.slug for entry in photo.faults]
    kept: list[tuple[PhotoFault, str]] = []
    for number, entry in enumerate(photo.faults):
        of_picture = id(entry) in own
        settled = target.decided and entry.slug in _SETTLED_BY_NAMING
        if not settled and (repaired.data is None or not of_picture):
            kept.append((entry, photo.related.get(number, "")))
    photo.faults, photo.related = [], {}
    for entry, other in kept:
        photo.add(entry, other)
    of_result = set()
    for entry in (*repaired.faults, *(repaired.inspection.faults if repaired.inspection else ())):
        of_result.add(id(entry))
        photo.add(entry)
    if repaired.inspection is not None:
        photo.inspection = repaired.inspection
    after = [entry.slug for entry in photo.faults]
    left = {entry.slug for entry in photo.faults}
    photo.steps = tuple(step.what for step in repaired.steps)
    photo.mended = tuple(entry for entry in seen if entry.slug not in left)
    wrong = [entry for entry in photo.faults if entry.severity == Severity.ERROR]
    reason = "；".join(entry.message("zh") for entry in wrong if id(entry) in of_result or repaired.data is None)
    return LogEntry(photo.picture.name, "", repaired.steps, before, after, reason)


def _as_json(log: list[LogEntry], spec: Spec) -> dict[str, Any]:
    return {
        "schema": "stuvalid.photo-log/1",
        "spec": spec.id,
        "photos": [
            {
                "source": entry.source,
                "target": entry.target,
                "steps": [{"what": step.what, "before": step.before, "after": step.after} for step in entry.steps],
                "before": entry.before,
                "after": entry.after,
                "reason": entry.reason,
            }
            for entry in log
        ],
    }


def _as_csv(log: list[LogEntry]) -> str:
    words = {rule.slug: f"{rule.id} {rule.slug}" for rule in PHOTO_RULES.values()}
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["原文件", "新文件", "处理", "处理前", "处理后", "原有问题", "剩余问题", "原因"])
    for entry in log:
        problems = [" ".join(words[slug] for slug in slugs) for slugs in (entry.before, entry.after)]
        for step in entry.steps or (Step("", "", ""),):
            writer.writerow(
                map(_inert, [entry.source, entry.target, step.what, step.before, step.after, *problems, entry.reason])
            )
    return stream.getvalue()


def _inert(text: str) -> str:
    """A file name must not become a formula when the list is opened in Excel."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
