"""From a folder of what came in, or a finished package, to one `SchoolStatus` a school."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from stuvalid.bundle.crosschecks import Waiting, compare_with_list, missing_schools, waiting_schools
from stuvalid.bundle.entries import Plan
from stuvalid.bundle.layout import REPORT
from stuvalid.bundle.mapping import Decisions, read_decisions
from stuvalid.bundle.pictures import look_at_pictures
from stuvalid.bundle.planning import make_plan
from stuvalid.bundle.statistics import SchoolRow, absent_row, school_rows
from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions
from stuvalid.errors import UsageError
from stuvalid.findings import NotChecked
from stuvalid.findings.masking import shown_path
from stuvalid.pupils.facts import Gleaner
from stuvalid.pupils.schools import School, SchoolList, read_schools
from stuvalid.received.walk import Reception, receive
from stuvalid.rules.registry import selected_rules
from stuvalid.rules.told import Told
from stuvalid.status.calendar import Period, read_calendar
from stuvalid.status.rows import SchoolStatus, Times, judge
from stuvalid.workspace import workspace

_OF_A_PACKAGE = re.compile(r"^[0-9]{2,6}[\u4e00-\u9fff].*(?:汇总表|统计表|未报学校)(?:_[0-9]+)?\.xlsx$")
DEADLINES: Mapping[str, tuple[str, str]] = {
    "entry": ("录入核对签字期限", "entry, check and signature"),
    "school": ("学校报送期限", "deadline of schools"),
    "county": ("县报市期限", "county to city"),
    "city": ("市报省期限", "city to province"),
    "audit": ("审核期限", "audit"),
    "problems": ("问题学籍处理期限", "problem records"),
    "photos": ("照片期限", "photos"),
}
"""The dates of the collection scheme in their order, which stuvalid.toml may set; each is the last day."""

_EARLIEST_TIME = 315_619_200.0  # 1980-01-02: a reproducible package bears no true times


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """``schools`` is the official list, ``county`` limits it to one county's. ``deadlines`` are those of `DEADLINES`.

    ``decisions`` is the table that settles whose a file is, as for `bundle`.
    """

    folder: Path
    schools: Path | None = None
    county: str = ""
    deadlines: Mapping[str, dt.date] = field(default_factory=dict)
    decisions: Path | None = None
    calendar: Path | None = None
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(slots=True)
class Status:
    """All schools, the most urgent first, and what concerns the whole. ``unclear`` are files of no known school.

    ``deadlines`` are those set, by their key in `DEADLINES`; ``listed`` whether an official list was given;
    ``not_checked`` is the account of what was not read; ``strangers`` are files without pupils that belong to no school.
    """

    folder: str
    today: dt.date
    schools: list[SchoolStatus]
    unclear: list[str]
    listed: bool
    deadlines: Mapping[str, dt.date] = field(default_factory=dict)
    not_checked: list[NotChecked] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    calendar: tuple[Period, ...] = ()

    @property
    def calls(self) -> list[SchoolStatus]:
        """The schools that have to be telephoned."""
        return [school for school in self.schools if school.call]

    @property
    def missing(self) -> list[SchoolStatus]:
        return [school for school in self.schools if school.state == "missing"]

    @property
    def undecided(self) -> list[SchoolStatus]:
        """Schools of which something came that does not count yet."""
        return [school for school in self.schools if school.state == "undecided"]


def survey(options: StatusOptions, progress: Callable[[int, int], None] | None = None) -> Status:
    """Read and check everything below the folder and judge each school. Raises UsageError when there is nothing."""
    calendar = read_calendar(options.calendar)
    schools = read_schools(options.schools) if options.schools else SchoolList()
    told = Told.of(selected_rules(options.check.select, options.check.ignore, options.check.severities))
    with workspace(Path(tempfile.gettempdir())) as work:
        reception = _received(options, work)
        plan, rows = _judged(reception, schools, options, told, work, progress)
        absent = missing_schools(plan, options.county)
        times = _times(options.folder, plan)
    waiting = waiting_schools(plan)
    sent = {row.code for row in rows}
    # Schools of which nothing came but files that cannot be read have to be called, too.
    unread = sorted(code for code, one in waiting.items() if one.refused)
    known = sent | {school.code for school in absent}
    absent += [plan.names.get(code) or School(code, "") for code in unread if code not in known]
    if not rows and not absent:
        raise UsageError(
            f"“{options.folder}”里没有学生表，也没有给出学校名单。",
            f"'{options.folder}' holds no pupils, and there is no list of schools.",
            mend_zh="请给出放着各校材料的文件夹，或加 --schools 学校名单。",
            mend_en="Give the folder of what the schools sent, or add --schools.",
        )
    deadline, today = options.deadlines.get("school"), options.check.today
    everybody = [_whole(row, plan) for row in rows]
    everybody += [absent_row(school) for school in absent if school.code not in sent]
    found = [judge(row, times.get(row.code), waiting.get(row.code, Waiting()), deadline, today) for row in everybody]
    for school in found:
        listed = schools.find(school.code)
        if listed is not None:
            school.phone, school.contact = listed.phone, listed.contact
    _expect_photos(found, options.deadlines.get("photos"), today)
    found.sort(key=lambda school: school.urgency)
    unclear = [
        shown_path(entry.name)
        for entry in plan.entries
        if entry.fate == "unclear" or (entry.fate == "refused" and not entry.school)
    ]
    strangers = [
        shown_path(entry.name)
        for entry in plan.entries
        if entry.fate == "passed-over" and entry.sort == "document" and not entry.school
    ]
    return Status(
        str(options.folder),
        today,
        found,
        unclear,
        schools.given,
        options.deadlines,
        reception.not_read("workbook", "photo", "document"),
        strangers,
        calendar,
    )


def _received(options: StatusOptions, work: Path) -> Reception:
    """What came in, without the workbooks that a package adds to it."""
    skip = [path for path in (options.schools, options.decisions) if path is not None]
    reception = receive(options.folder, work / "received", skip=skip, password=options.check.password)
    reception.items = [item for item in reception.items if not _is_of_package(item.name)]
    return reception


def _is_of_package(name: str) -> bool:
    leaf = PurePosixPath(name).name
    return leaf == REPORT or _OF_A_PACKAGE.match(leaf) is not None


def _judged(
    reception: Reception,
    schools: SchoolList,
    options: StatusOptions,
    told: Told,
    work: Path,
    progress: Callable[[int, int], None] | None,
) -> tuple[Plan, list[SchoolRow]]:
    spool = work / "spool"
    spool.mkdir()
    items = reception.of_kind("workbook")
    checking = replace(options.check, glean=Gleaner(str(spool)))
    results = read_sources(items, checking, progress=progress)
    by_name = {item.name: result for item, result in zip(items, results, strict=True)}
    decisions = read_decisions(options.decisions) if options.decisions is not None else Decisions()
    plan = make_plan(reception, by_name, schools, decisions, told)
    pictures = look_at_pictures(plan, options.check, inspect=False)
    compare_with_list(plan, options.county)
    taken = [by_name[entry.name] for entry in plan.included if entry.name in by_name]
    return plan, school_rows(plan, findings_of(taken, options.check), pictures)


def _whole(row: SchoolRow, plan: Plan) -> SchoolRow:
    """The row with the school's full name where it is known."""
    school = plan.names.get(row.code)
    return replace(row, name=row.name or (school.name if school else ""))


def _times(folder: Path, plan: Plan) -> Mapping[str, Times]:
    """For each school when its files came, by the time of the file (of the archive, where it came in one)."""
    found: dict[str, list[float]] = {}
    names: dict[str, list[str]] = {}
    for entry in plan.entries:
        if entry.school and entry.fate in ("included", "superseded") and entry.sort in ("workbook", "photo"):
            found.setdefault(entry.school, []).append(_time(folder, entry.name, entry.modified))
            if entry.sort == "workbook":
                names.setdefault(entry.school, []).append(shown_path(entry.name))
    times = {}
    for code, stamps in found.items():
        true = [stamp for stamp in stamps if stamp > _EARLIEST_TIME]
        first, last = (_local(min(true)), _local(max(true))) if true else (None, None)
        times[code] = Times(first, last, tuple(names.get(code, ())), len(stamps))
    return times


def _time(folder: Path, name: str, modified: float) -> float:
    """When the file itself, or the outermost archive it lies in, was written into the folder."""
    place = folder
    for part in PurePosixPath(name).parts:
        place = place / part
        if place.is_file():
            return place.stat().st_mtime
    return modified


def _local(stamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(stamp).replace(microsecond=0)  # noqa: DTZ006 - the clerk's own clock


def _expect_photos(schools: list[SchoolStatus], deadline: dt.date | None, today: dt.date) -> None:
    """Photos are due later than the data; without a day for them they are missed once some school has sent its own."""
    if deadline is not None or any(school.photos for school in schools):
        for school in schools:
            school.miss_photos(deadline, today)
