"""Many pictures: inspected in worker processes, compared with each other, with their names and with the roster."""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid import workers
from stuvalid.errors import UnreadableFile
from stuvalid.photos.inspect import Inspection, inspect_photo
from stuvalid.photos.names import PhotoName, judge_name, read_name
from stuvalid.photos.roster import Roster, RosterMatch, classes_of_folders, match_photo
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.similar import SAME, nearest_of_others
from stuvalid.photos.sources import Picture
from stuvalid.photos.spec import Spec

CHUNK = 32
_ENOUGH_FOR_WORKERS = 24  # fewer pictures are done before a worker has started
_TIMEOUT_SECONDS = 60.0
_MEMORY_BYTES = 2 << 30

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Photo:
    """One picture of the run; ``inspection`` is None when its bytes could not be had.

    ``output`` is the repaired file, if one was written, ``steps`` what was done to it and ``mended`` what was wrong
    with it before; ``related`` names other pictures by position in ``faults``.
    """

    picture: Picture
    inspection: Inspection | None
    read: PhotoName
    match: RosterMatch = field(default_factory=RosterMatch)
    faults: list[PhotoFault] = field(default_factory=list)
    related: dict[int, str] = field(default_factory=dict)
    output: Path | None = None
    steps: tuple[str, ...] = ()
    mended: tuple[PhotoFault, ...] = ()

    @property
    def sha256(self) -> str:
        """Sum of the bytes, '' when they could not be had."""
        return self.inspection.sha256 if self.inspection is not None else ""

    @property
    def pupil(self) -> str:
        """Whose picture it says it is, in a form that can be compared; '' if it does not say."""
        if self.match.entry >= 0:
            return f"#{self.match.entry}"
        return self.read.number or (self.read.expected if self.read.kind == "no_number" else "")

    def add(self, found: PhotoFault, other: str = "") -> None:
        """Take a fault; ``other`` is the name of another picture it concerns."""
        if other:
            self.related[len(self.faults)] = other
        self.faults.append(found)


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker needs to inspect one picture."""

    picture: Picture
    spec: Spec
    faces: bool


def inspect_pictures(
    pictures: Sequence[Picture], spec: Spec, *, faces: bool, count: int = 0, progress: Progress | None = None
) -> list[Photo]:
    """Inspect all of them, in ``count`` processes (0: one per processor)."""
    tasks = [Task(picture, spec, faces) for picture in pictures]
    photos: list[Photo | None] = [None] * len(tasks)
    done = 0
    for outcomes in in_workers(inspect_chunk, tasks, count):
        for outcome in outcomes:
            photos[outcome.index] = _photo(pictures[outcome.index], outcome.result, outcome.failure)
        done += len(outcomes)
        if progress:
            progress(done, len(tasks))
    return [photo for photo in photos if photo is not None]


def in_workers(
    function: Callable[[list[Any]], list[Any]], tasks: Sequence[Any], count: int
) -> Iterable[list[workers.Outcome]]:
    """Outcomes of ``function`` over ``tasks``; a handful is worked off here, which is sooner done."""
    if len(tasks) < _ENOUGH_FOR_WORKERS:
        return ([workers.Outcome(index, function([task])[0], None)] for index, task in enumerate(tasks))
    processes = count or os.cpu_count() or 1
    return workers.run(
        function,
        tasks,
        workers=processes,
        timeout=_TIMEOUT_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        chunk=max(1, min(CHUNK, -(-len(tasks) // processes))),
    )


def inspect_chunk(tasks: list[Task]) -> list[Inspection | str]:
    """Inspect pictures in this process; a text says why one could not be read."""
    found: list[Inspection | str] = []
    for task in tasks:
        try:
            data = task.picture.read()
        except UnreadableFile as error:
            found.append(error.zh)
            continue
        found.append(inspect_photo(data, task.picture.name, task.spec, engine_for(task.faces)))
    return found


def engine_for(faces: bool) -> Any:
    """The engine of this process, or None where faces are not checked."""
    if not faces:
        return None
    from stuvalid.photos.face import process_engine

    return process_engine()


def _photo(picture: Picture, result: Inspection | str | None, failure: workers.Failure | None) -> Photo:
    read = read_name(picture.stem)
    if isinstance(result, Inspection):
        return Photo(picture, result, read, faults=list(result.faults))
    if failure is not None:
        reason = {"died": "程序崩溃", "timeout": "超时", "memory": "内存不足"}.get(failure.kind, failure.detail)
        return Photo(picture, None, read, faults=[fault("check_crashed", reason=reason)])
    return Photo(picture, None, read, faults=[fault("broken_picture", reason=result or "")])


def judge_names(photos: Sequence[Photo], school_codes: frozenset[str]) -> None:
    """Names by themselves, and the one folder for pupils without a number."""
    for photo in photos:
        for found in judge_name(photo.picture.stem, photo.picture.suffix, photo.read):
            photo.add(found)
        code = photo.read.school_code
        if photo.read.kind == "no_number" and len(code) == 10 and school_codes and code not in school_codes:
            reasons = {"reason": "不是本校的", "reason_en": "not this school's"}
            photo.add(fault("wrong_school_code_in_name", found=code, about="school_code", **reasons))
    _judge_no_number_folder(photos)


def _judge_no_number_folder(photos: Sequence[Photo]) -> None:
    """The folder with most of them is theirs: they belong nowhere else, and others do not belong there."""
    folders: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        if not photo.picture.archive:  # an archive is a way of sending, not a place of keeping
            folders[photo.picture.folder].append(photo)
    counts = {name: sum(photo.read.kind == "no_number" for photo in inside) for name, inside in folders.items()}
    theirs = [name for name, count in counts.items() if count * 2 > len(folders[name])]
    separate = max(theirs, key=lambda name: counts[name], default=None)
    for name, inside in folders.items():
        for photo in inside if counts[name] else ():
            folder = name or "（最外层）"
            if photo.read.kind == "no_number" and name != separate:
                photo.add(fault("outside_no_number_folder", folder=folder, about="folder"))
            elif photo.read.kind == "number" and name == separate:
                photo.add(fault("in_no_number_folder", folder=folder, about="folder"))


def match_roster(photos: Sequence[Photo], roster: Roster, today: dt.date) -> list[int]:
    """Whose photo each is, with the faults that follow; returns the positions of pupils without a photo."""
    folders = [photo.picture.folder for photo in photos]
    classes = classes_of_folders(folders, [photo.read for photo in photos], roster, today)
    taken: set[int] = set()
    for photo in photos:
        folder_classes = classes[photo.picture.folder]
        photo.match = match_photo(photo.read, folder_classes, roster, today)
        if photo.match.entry >= 0:
            taken.add(photo.match.entry)
        _judge_match(photo, folder_classes, roster)
    undecided = {position for photo in photos for position in photo.match.candidates}
    return [position for position in range(len(roster.entries)) if position not in taken and position not in undecided]


def _judge_match(photo: Photo, folder_classes: frozenset[str], roster: Roster) -> None:
    match, read = photo.match, photo.read
    if match.candidates:
        name = roster.entries[match.candidates[0]].name
        _drop(photo, "name_not_recognised")
        photo.add(fault("name_ambiguous", name=name, count=len(match.candidates), about="file_name"))
        return
    if match.entry < 0:
        if read.kind != "name":
            who = read.number or read.name
            photo.add(fault("photo_without_pupil", who=who, about="id_number" if read.number else "name", value=who))
        return
    entry = roster.entries[match.entry]
    if read.kind != "number" and entry.id_number:
        _drop(photo, "name_not_recognised")
        photo.add(fault("name_without_number", name=entry.name, id_number=entry.id_number, about="file_name"))
    if read.kind == "no_number" and entry.class_code and entry.class_code != read.class_code:
        photo.add(fault("wrong_class_in_name", found=read.class_code, expected=entry.class_code, about="file_name"))
    if folder_classes and entry.class_code and entry.class_code not in folder_classes:
        folder = photo.picture.folder
        photo.add(fault("wrong_class_folder", folder=folder, expected=entry.class_code, about="class_code"))


def _drop(photo: Photo, slug: str) -> None:
    photo.faults = [found for found in photo.faults if found.slug != slug]


def find_same(photos: Sequence[Photo]) -> None:
    """Several pictures of one pupil, and one picture for several: the same bytes, or the same face cut out alike.

    The same file twice under one pupil's name (as in a folder and in the zip made of it) is no fault.
    """
    _judge_several(photos)
    by_bytes: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        if photo.inspection is not None and photo.inspection.size:
            by_bytes[photo.sha256].append(photo)
    for same in by_bytes.values():
        for photo in same:
            other = next((one for one in same if _of_others(photo, one)), None)
            if other is not None:
                name = other.picture.name
                photo.add(fault("same_file_twice", other=name, about="picture"), name)
    _judge_alike([group[0] for group in by_bytes.values()])


def _of_others(photo: Photo, other: Photo) -> bool:
    return photo is not other and not (photo.pupil and photo.pupil == other.pupil)


def _judge_several(photos: Sequence[Photo]) -> None:
    of_pupil: dict[str, dict[str, Photo]] = defaultdict(dict)
    for photo in photos:
        if photo.pupil:
            of_pupil[photo.pupil].setdefault(photo.sha256, photo)
    for photo in photos:
        different = of_pupil.get(photo.pupil, {}) if photo.pupil else {}
        if len(different) > 1:
            other = next(one for sha256, one in different.items() if sha256 != photo.sha256).picture.name
            photo.add(fault("several_photos_of_pupil", count=len(different), other=other), other)


def _judge_alike(distinct: Sequence[Photo]) -> None:
    """Compare pictures of different bytes; each is told its nearest."""
    prints = [photo.inspection.fingerprint if photo.inspection else b"" for photo in distinct]
    nearest = nearest_of_others(prints, [photo.pupil for photo in distinct])
    for position, near in nearest.items():
        other = distinct[near.position].picture.name
        slug = "same_picture_twice" if near.distance <= SAME else "picture_very_alike"
        distinct[position].add(fault(slug, other=other, distance=near.distance, about="picture"), other)
