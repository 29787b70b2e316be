"""Photos of all schools: inspected together, then matched with each school's pupils and given their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from stuvalid.bundle.entries import Plan, PlanEntry
from stuvalid.findings import FileReport, Findings, RuleRuns
from stuvalid.photos.album import compare, findings_of
from stuvalid.photos.checking import Photo, Progress, inspect_pictures
from stuvalid.photos.face import engine_available
from stuvalid.photos.names import read_name
from stuvalid.photos.places import targets
from stuvalid.photos.request import PhotoOptions, PhotoResult
from stuvalid.photos.roster import Roster, RosterEntry
from stuvalid.photos.sources import Discovery, Picture
from stuvalid.photos.spec import DEFAULT, load_spec
from stuvalid.pupils.facts import CLASS, ROW, SheetFacts, read_spool

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions

PHOTOS = "照片"
_NOT_ASKED = "not-asked"
_JPEG = "JPEG"
_ROSTER_KEYS = ("name", "id_number", CLASS, "sex", "birth_date", "school_code")


@dataclass(slots=True)
class Pictures:
    """The photos of the package: findings by school, the place of each below its school, pupils that have one."""

    findings: dict[str, Findings] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)


def look_at_pictures(
    plan: Plan, options: CheckOptions, *, spec: str = "", inspect: bool = True, progress: Progress | None = None
) -> Pictures:
    """Check every included photo (``inspect`` False: names and pupils only) and find its place."""
    entries = [entry for entry in plan.included if entry.sort == "photo"]
    wanted = [_picture(entry) for entry in entries]
    faces = inspect and engine_available()
    if inspect:
        photos = inspect_pictures(
            wanted, load_spec(spec or DEFAULT), faces=faces, count=options.workers, progress=progress
        )
    else:
        photos = [Photo(picture, None, read_name(picture.stem)) for picture in wanted]
    by_school: dict[str, list[Photo]] = {}
    for entry, photo in zip(entries, photos, strict=True):
        entry.digest = entry.digest or photo.sha256
        by_school.setdefault(entry.school, []).append(photo)
    pictures = Pictures()
    for code, mine in by_school.items():
        _of_school(plan, code, mine, options, faces=faces, inspected=inspect, into=pictures)
    return pictures


def _of_school(
    plan: Plan, code: str, photos: list[Photo], options: CheckOptions, *, faces: bool, inspected: bool, into: Pictures
) -> None:
    books = plan.of_school(code, "workbook")
    roster = roster_of(books, photos)
    asked = PhotoOptions(
        (),
        school_code=code,
        select=options.select,
        ignore=options.ignore,
        severities=options.severities,
        today=options.today,
    )
    missing = compare(photos, roster, asked)
    into.pupils[code] = len(roster.entries) - len(missing) if roster is not None else 0
    for photo, target in zip(photos, targets(photos, roster), strict=True):
        into.places[photo.picture.name] = f"{PHOTOS}/{_with_true_suffix(target.path, photo)}"
    result = PhotoResult(Findings(), photos, [], faces_checked=faces)
    findings = findings_of(result, Discovery(), asked, roster_given=roster is not None)
    if not inspected:
        findings.files = [_unseen(photo) for photo in photos]
    into.findings[code] = findings


def _picture(entry: PlanEntry) -> Picture:
    place = PurePosixPath(entry.name)
    folder = "" if str(place.parent) == "." else str(place.parent)
    if entry.path is None:
        raise ValueError(f"{entry.name} has no bytes")
    return Picture(entry.name, entry.path, folder, place.stem, place.suffix)


def _with_true_suffix(path: str, photo: Photo) -> str:
    """A PNG that is named .jpg would only hide what is wrong with it."""
    kind = photo.inspection.kind if photo.inspection is not None else ""
    suffix = photo.picture.suffix.lower()
    if kind in ("", _JPEG) and suffix in ("", ".jpg", ".jpeg", ".jpe", ".jfif"):
        return path
    return path if kind == _JPEG else f"{path.removesuffix('.jpg')}{suffix or '.jpg'}"


def _unseen(photo: Photo) -> FileReport:
    return FileReport(
        photo.picture.name,
        "checked",
        rules=RuleRuns(skipped={"PHO": _NOT_ASKED}),
        reason_zh="没有检查画面",
        reason_en="the picture was not looked at",
    )


def roster_of(books: Iterable[PlanEntry], photos: Sequence[Photo]) -> Roster | None:
    """The pupils of workbooks that the photos can be of, from their spool files; None when there are no pupils.

    Where every photo is named by a number, pupils with other numbers need not be made into objects.
    """
    numbers = {photo.read.number for photo in photos} if all(photo.read.kind == "number" for photo in photos) else None
    entries: list[RosterEntry] = []
    books = [book for book in books if book.book is not None]
    sheets = [(book, sheet) for book in books if book.book is not None for sheet in book.book.sheets]
    for book, sheet in sheets:
        entries += _pupils(book, sheet, numbers)
    if not sheets:
        return None
    roster = Roster(entries)
    roster.class_codes = frozenset(code for _, sheet in sheets for code in sheet.classes if code)
    roster.school_codes = frozenset([book.school for book in books if book.school]).union(
        *(sheet.schools for _, sheet in sheets)
    )
    return roster


def _pupils(book: PlanEntry, sheet: SheetFacts, numbers: set[str] | None) -> Sequence[RosterEntry]:
    import pyarrow as pa
    import pyarrow.compute as pc

    content = read_spool(sheet.spool)
    if numbers is not None and "id_number" in content.column_names:
        plain = pc.utf8_upper(pc.utf8_trim(content["id_number"], " '\t\r\n"))
        content = content.filter(pc.is_in(plain, pa.array(sorted(numbers), pa.string())))
    rows: list[int] = content[ROW].to_pylist()
    columns: list[list[str]] = [_texts(content, key) for key in _ROSTER_KEYS]
    return [
        RosterEntry(
            name.strip(),
            number.strip().lstrip("'").upper(),
            class_code.strip(),
            sex.strip(),
            birth.strip(),
            code.strip() or book.school,
            book.name,
            sheet.sheet,
            row + 1,
        )
        for row, name, number, class_code, sex, birth, code in zip(rows, *columns, strict=True)
        if name.strip()
    ]


def _texts(content: Any, key: str) -> list[str]:
    if key in content.column_names:
        return [value or "" for value in content[key].to_pylist()]
    return [""] * int(content.num_rows)
