"""What ``stuvalid photos`` does, without arguments and printing: options in, findings and written files out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stuvalid.errors import UsageError
from stuvalid.findings import FileReport, Finding, Findings, Place, RuleRuns, Severity
from stuvalid.photos.checking import Photo, Progress, find_same, inspect_pictures, judge_names, match_roster
from stuvalid.photos.request import PhotoOptions, PhotoResult
from stuvalid.photos.roster import Roster, RosterEntry, read_rosters
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.sources import Discovery, pictures_of
from stuvalid.photos.spec import Spec, load_spec
from stuvalid.received.walk import receiving
from stuvalid.rules.photos import PHOTO_RULES

if TYPE_CHECKING:
    pass

# Rules that need the face nets: named in the report when those are not installed.
_OF_FACES = (
    "squeezed",
    "no_face",
    "several_faces",
    "head_tilted",
    "head_slightly_tilted",
    "head_turned",
    "head_slightly_turned",
    "off_centre",
    "slightly_off_centre",
    "wrong_head_size",
    "doubtful_head_size",
    "head_cut_off",
    "blurred",
    "slightly_blurred",
    "badly_exposed",
    "doubtful_exposure",
    "colour_cast",
    "faded_colours",
    "half_in_shadow",
    "red_eyes",
    "over_processed",
    "head_misplaced",
    "head_slightly_misplaced",
    "something_beside",
    "someone_at_edge",
    "badly_cut_out",
    "face_perhaps_covered",
    "head_perhaps_covered",
    "eyes_perhaps_closed",
    "eyes_perhaps_covered",
    "same_picture_twice",
    "picture_very_alike",
)
NO_FACE_RUNTIME = "no-face-runtime"
FACES_LEFT_OUT = "faces-left-out"
NO_ROSTER = "no-roster"
UNDECODABLE = "not-decodable"
_OF_ROSTER = (
    "pupil_without_photo",
    "photo_without_pupil",
    "wrong_class_folder",
    "several_photos_of_pupil",
    "name_without_number",
    "name_ambiguous",
)


def run_photos(options: PhotoOptions, progress: Progress | None = None) -> PhotoResult:
    """Check, and as asked repair, pack and lay out, the pictures below ``options.paths``.

    Raises UsageError when there is nothing to check or a request cannot be carried out.
    """
    spec = load_spec(options.spec)
    faces = _faces(options)
    roster = (
        read_rosters(options.rosters, options.template, options.password, options.today) if options.rosters else None
    )
    with receiving(options.paths, password=options.password, relative=True) as reception:
        result = _run(pictures_of(reception), roster, spec, options, progress, faces=faces)
        result.findings.not_checked += reception.not_read("photo")
        return result


def _run(
    found: Discovery,
    roster: Roster | None,
    spec: Spec,
    options: PhotoOptions,
    progress: Progress | None,
    *,
    faces: bool,
) -> PhotoResult:
    if not found.pictures and not found.faults:
        raise UsageError(
            "没有找到照片。",
            "There is no picture to check.",
            mend_zh="请给出放照片的文件夹、照片文件或 zip。",
            mend_en="Give a folder of pictures, pictures or zip archives.",
        )
    photos = inspect_pictures(found.pictures, spec, faces=faces, count=options.workers, progress=progress)
    missing = compare(photos, roster, options)
    result = PhotoResult(Findings(), photos, missing, faces_checked=faces)
    if options.fix is not None:
        from stuvalid.photos.tidy import write_repaired

        write_repaired(result, roster, spec, options, progress)
    result.findings = findings_of(result, found, options, roster_given=roster is not None)
    if options.sheet is not None:
        from stuvalid.photos.sheet import write_sheet

        result.written.append(write_sheet(options.sheet, result, roster, spec, options))
    return result


def compare(photos: Sequence[Photo], roster: Roster | None, options: PhotoOptions) -> list[RosterEntry]:
    """Names, roster and each other; returns the pupils without a photo."""
    codes = roster.school_codes if roster else frozenset()
    judge_names(photos, codes | ({options.school_code} if options.school_code else frozenset()))
    missing = [roster.entries[position] for position in match_roster(photos, roster, options.today)] if roster else []
    find_same(photos)
    return missing


def _faces(options: PhotoOptions) -> bool:
    from stuvalid.photos.face import engine_available

    available = engine_available()
    if (options.faces or options.fix is not None) and not available:
        raise UsageError(
            "未安装人脸检测组件。",
            "The face runtime is not installed.",
            mend_zh="请运行 pip install 'stuvalid[face]'。",
            mend_en="Run: pip install 'stuvalid[face]'",
        )
    return available if options.faces is None else options.faces


def findings_of(result: PhotoResult, found: Discovery, options: PhotoOptions, *, roster_given: bool) -> Findings:
    """Everything as findings, with the rules chosen and their severities as the user set them."""
    levels = _levels(options)
    findings = Findings()
    reason = FACES_LEFT_OUT if options.faces is False else NO_FACE_RUNTIME
    skipped = dict.fromkeys(_ids(_OF_FACES), reason) if not result.faces_checked else {}
    skipped |= {} if roster_given else dict.fromkeys(_ids(_OF_ROSTER), NO_ROSTER)
    for photo in result.photos:
        findings.files.append(_report(photo, len(levels), skipped))
        for number, entry in enumerate(photo.faults):
            other = photo.related.get(number, "")
            _add(findings, entry, photo.picture.name, levels, related=(Place(other),) if other else ())
    reported = {report.path for report in findings.files}
    for name, entry in found.faults:
        if name not in reported:
            reported.add(name)
            findings.files.append(FileReport(name, "skipped", reason_zh="不是照片", reason_en="no photo"))
        _add(findings, entry, name, levels)
    for pupil in result.missing:
        entry = fault(
            "pupil_without_photo",
            name=pupil.name,
            id_number=pupil.id_number or "无身份证号",
            about="name",
            value=pupil.name,
        )
        _add(findings, entry, pupil.file, levels, row=pupil.row - 1, sheet=pupil.sheet)
    return findings


def _levels(options: PhotoOptions) -> dict[str, Severity]:
    from stuvalid.rules.registry import selected_rules

    chosen = selected_rules(options.select, options.ignore, options.severities)
    return {known.id: known.severity for known in chosen if known.id in PHOTO_RULES}


def _ids(slugs: Sequence[str]) -> list[str]:
    return [rule.id for rule in PHOTO_RULES.values() if rule.slug in slugs]


def _report(photo: Photo, rules: int, skipped: dict[str, str]) -> FileReport:
    seen = photo.inspection
    if seen is None:
        return FileReport(
            photo.picture.name, "unreadable", reason_zh="照片读不出来", reason_en="the picture cannot be read"
        )
    if "picture" in seen.unchecked:
        skipped = skipped | dict.fromkeys(_ids(_OF_FACES), UNDECODABLE)
    crashed = {entry.rule: entry.params["reason"] for entry in seen.faults if entry.slug == "check_crashed"}
    runs = RuleRuns(ran=rules - len(skipped), skipped=skipped, crashed=crashed)
    return FileReport(photo.picture.name, "checked", seen.sha256, format=seen.kind, rules=runs)


def _add(
    findings: Findings,
    entry: PhotoFault,
    name: str,
    levels: dict[str, Severity],
    *,
    related: tuple[Place, ...] = (),
    row: int = -1,
    sheet: str = "",
) -> None:
    if entry.rule in levels:
        place = Place(name, sheet, row)
        findings.add(
            Finding(
                entry.rule,
                levels[entry.rule],
                place,
                entry.field,
                value=entry.value,
                params=entry.params,
                related=related,
            )
        )
